//! What a lemma is made from: a token's text and what was said of it.

use std::borrow::Cow;

use crate::frozen::Frozen;
use crate::lang;
use crate::pos::Pos;
use crate::vocab::morphology;

/// A token, as lemmatizers see it.
#[derive(Debug, Clone, Copy)]
pub struct Word<'t> {
    /// As it stands in the text.
    pub text: &'t str,
    /// Its coarse part of speech.
    pub pos: Pos,
    /// Its features, as they are kept: `Case=Nom|Number=Sing`, or `_` for none. `None` where nobody said.
    pub morph: Option<&'t str>,
    /// Whether a sentence is known to begin here.
    pub starts_sentence: bool,
}

impl<'t> Word<'t> {
    /// The text in lower case.
    pub fn lower(self) -> Cow<'t, str> {
        lang::lower(self.text)
    }

    /// The text in lower case, but that of a name as it is.
    pub fn lower_unless_name(self) -> Cow<'t, str> {
        match self.pos {
            Pos::Propn => Cow::Borrowed(self.text),
            _ => self.lower(),
        }
    }

    /// Whether rules leave the word alone because of its part of speech: it has none, or is no word.
    pub fn is_blank(self) -> bool {
        matches!(self.pos, Pos::NoTag | Pos::Eol | Pos::Space)
    }

    /// Its features: field and values, which are several where there are commas.
    pub fn features(self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let morph = self.morph.filter(|&morph| morph != morphology::EMPTY);
        let features = morph.unwrap_or("").split('|');
        features.filter_map(|feature| feature.split_once('='))
    }

    /// The values of a feature, in one string.
    pub fn feature(self, field: &str) -> Option<&'t str> {
        self.features()
            .find(|(f, _)| *f == field)
            .map(|(_, values)| values)
    }

    /// Whether one of the values of the feature is this one.
    pub fn has(self, field: &str, value: &str) -> bool {
        self.features()
            .filter(|(f, _)| *f == field)
            .any(|(_, values)| values.split(',').any(|v| v == value))
    }
}

/// The way to a lemma of one language and mode.
#[allow(
    private_bounds,
    reason = "what was loaded is walked by the crate alone"
)]
pub trait Lemmatize: Frozen + Send + Sync {
    /// The lemma.
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str>;
}
