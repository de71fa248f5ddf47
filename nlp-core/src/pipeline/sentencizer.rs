//! Sentence starts by rule: after a mark that ends a sentence.

use std::collections::HashSet;

use serde_json::Value;

use super::component::{Component, Source};
use crate::attr::Attr;
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::format;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Scope;

/// The marks that end a sentence where the pipeline names none, in code point order.
const MARKS: &str = "!.?։؟۔܀܁܂߹।॥၊။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨᪩᪪᪫᭚᭛᭞᭟᰻᰼᱾᱿‼‽⁇⁈⁉⸮⸼。꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫﹒﹖﹗！．？｡𐩖𐩗𑁇𑁈𑂾𑂿𑃀𑃁𑅁𑅂𑅃𑇅𑇆𑇍𑇞𑇟𑈸𑈹𑈻𑈼𑊩𑑋𑑌𑗂𑗃𑗉𑗊𑗋𑗌𑗍𑗎𑗏𑗐𑗑𑗒𑗓𑗔𑗕𑗖𑗗𑙁𑙂𑜼𑜽𑜾𑩂𑩃𑪛𑪜𑱁𑱂𖩮𖩯𖫵𖬷𖬸𖭄𛲟𝪈";

/// Tokens that are looked at before the clock is.
const TOKENS_A_LOOK: usize = 4096;

/// spaCy's `sentencizer` component (`pipeline/sentencizer.pyx`).
pub(super) struct Sentencizer {
    /// What ends a sentence: whole tokens.
    marks: HashSet<String>,
    overwrite: bool,
}

frozen!(Sentencizer { marks, overwrite });

impl Sentencizer {
    /// Reads the file `sentencizer.json`, which spaCy writes beside the folders of the other components.
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (bytes, path) = source.file_beside("json")?;
        let cfg = format::json(&bytes).map_err(|e| e.in_file(&path))?;
        let fault = |reason: &str| FormatError::new(reason).in_file(&path);
        if !cfg.is_object() {
            return Err(fault("holds no JSON object"));
        }
        let marks = match cfg.get("punct_chars") {
            None => MARKS.chars().map(String::from).collect(),
            Some(Value::String(marks)) => marks.chars().map(String::from).collect(),
            Some(Value::Array(marks)) => marks
                .iter()
                .map(|mark| mark.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| fault("\"punct_chars\" holds something that is not text"))?,
            Some(_) => return Err(fault("\"punct_chars\" is no list of texts")),
        };
        Ok(Sentencizer {
            marks,
            overwrite: source.flag(&cfg, "overwrite", false),
        })
    }

    /// Whether a sentence starts at each token: at the first, and at the first token after an ending mark that is
    /// neither such a mark itself nor punctuation.
    fn starts(&self, doc: &Doc<'_>, budget: Budget) -> Result<Vec<bool>, OutOfTime> {
        let mut starts = Vec::with_capacity(doc.len());
        let mut after_mark = false;
        for (i, token) in doc.tokens.iter().enumerate() {
            if i % TOKENS_A_LOOK == 0 {
                budget.check()?;
            }
            let is_mark = self.marks.contains(token.lexeme.orth.text);
            let start = after_mark && !is_mark && !token.lexeme.flag(Attr::IsPunct);
            after_mark = is_mark || (after_mark && !start);
            starts.push(start || i == 0);
        }
        Ok(starts)
    }
}

impl Component for Sentencizer {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        _scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        for doc in docs {
            let starts = self.starts(doc, budget)?;
            for (token, start) in doc.tokens.iter_mut().zip(starts) {
                if self.overwrite || token.sent_start == 0 {
                    token.sent_start = if start { 1 } else { -1 };
                }
            }
        }
        Ok(())
    }
}
