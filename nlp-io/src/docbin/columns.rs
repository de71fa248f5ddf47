//! Which attributes a DocBin has.

use nlp_core::Attr;

/// The most bytes that the table of tokens may have: msgpack counts them in 32 bits. A token takes 8 bytes an attribute.
pub const MOST_BYTES: u64 = u32::MAX as u64;

/// The attributes that a DocBin has of each token, and whether it has the user's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    attrs: Vec<Attr>,
    user_data: bool,
}

impl Default for Columns {
    /// What spaCy's `DocBin()` has.
    fn default() -> Self {
        use Attr::*;
        Columns::new(&[
            Orth, Norm, Tag, Head, Dep, EntIob, EntType, EntKbId, EntId, Lemma, Morph, Pos,
            SentStart,
        ])
    }
}

impl Columns {
    /// These attributes, in the order that spaCy gives them: the text first, which is always there, as are the spaces.
    pub fn new(attrs: &[Attr]) -> Columns {
        let mut attrs = attrs.to_vec();
        attrs.retain(|&attr| attr != Attr::Orth && attr != Attr::Spacy);
        attrs.sort_by_key(|&attr| attr as u32);
        attrs.dedup();
        attrs.insert(0, Attr::Orth);
        Columns {
            attrs,
            user_data: false,
        }
    }

    /// With the user's data, or without, as at first.
    pub fn with_user_data(mut self, user_data: bool) -> Columns {
        self.user_data = user_data;
        self
    }

    /// The attributes, in order.
    pub fn attrs(&self) -> &[Attr] {
        &self.attrs
    }

    /// Whether the user's data are there.
    pub fn has_user_data(&self) -> bool {
        self.user_data
    }
}
