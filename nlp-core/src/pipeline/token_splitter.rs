//! Splits long tokens into short ones.

use super::component::{Component, Source};
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Scope;

/// spaCy's `token_splitter` component (`pipeline/functions.py`). Lengths are in code points.
pub(super) struct TokenSplitter {
    /// Tokens that are at least so long are split.
    min_length: usize,
    /// What they are split into; 0 splits nothing.
    split_length: usize,
}

frozen!(TokenSplitter {
    min_length,
    split_length
});

impl TokenSplitter {
    /// Reads the file `cfg`: what it lacks is 0, whatever the configuration says.
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (bytes, path) = source.file("cfg")?;
        let cfg = crate::format::json(&bytes).map_err(|e| e.in_file(&path))?;
        let length = |key: &str| match cfg.get(key) {
            None => Ok(0),
            // A negative length is as good as none.
            Some(length) => match (length.as_u64(), length.as_i64()) {
                (Some(length), _) => Ok(usize::try_from(length).unwrap_or(usize::MAX)),
                (None, Some(_)) => Ok(0),
                _ => {
                    let reason = format!("\"{key}\" is {length}, and must be a whole number");
                    Err(FormatError::new(reason).in_file(&path))
                }
            },
        };
        Ok(TokenSplitter {
            min_length: length("min_length")?,
            split_length: length("split_length")?,
        })
    }
}

impl Component for TokenSplitter {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        if self.min_length == 0 || self.split_length == 0 {
            return Ok(());
        }
        for doc in docs {
            doc.split_long(self.min_length, self.split_length, scope, budget)?;
        }
        Ok(())
    }
}
