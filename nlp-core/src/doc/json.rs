//! A document as JSON, in the form of spaCy's `Doc.to_json`.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Doc;

impl Doc<'_> {
    /// The document as spaCy's `Doc.to_json` writes it: `text`; `ents` and `sents` by character offsets, where they are
    /// annotated; of each token `id`, `start`, `end`, and what is annotated of `tag`, `pos`, `morph`, `lemma`, `dep`
    /// and `head`; and as `_` the user data, where there is any. [`OwnedDoc`](super::OwnedDoc) reads it back.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self.to_owned()).expect("plain data under names is JSON")
    }
}

impl Serialize for Doc<'_> {
    /// As [`Doc::to_json`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_owned().serialize(serializer)
    }
}
