//! How much documents may take that were read: a few bytes of a file can name a long string for every token of it.

use std::cell::Cell;

use nlp_core::FormatError;

/// Bytes that may still be taken.
pub struct Budget {
    whole: u64,
    left: Cell<u64>,
}

impl Budget {
    pub fn new(whole: u64) -> Self {
        Budget {
            whole,
            left: Cell::new(whole),
        }
    }

    /// # Errors
    /// If there are not as many bytes left.
    pub fn spend(&self, bytes: usize) -> Result<(), FormatError> {
        let left = self.left.get().checked_sub(bytes as u64).ok_or_else(|| {
            FormatError::new(format!(
                "the documents would take more than {} bytes in memory",
                self.whole
            ))
        })?;
        self.left.set(left);
        Ok(())
    }

    /// A copy of a string, paid for.
    pub fn copy(&self, text: &str) -> Result<String, FormatError> {
        self.spend(text.len())?;
        Ok(text.to_owned())
    }
}
