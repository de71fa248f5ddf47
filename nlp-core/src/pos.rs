//! The coarse parts of speech of Universal Dependencies.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::frozen::frozen;

/// A coarse part of speech, with spaCy's id (`spacy/parts_of_speech.pyx`), which is also the id of its name as a
/// symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
#[allow(missing_docs)] // the names are the field's own, and explain themselves
pub enum Pos {
    /// None was assigned; its name is the empty string.
    #[default]
    NoTag = 0,
    Adj = 84,
    Adp,
    Adv,
    Aux,
    Conj,
    Cconj,
    Det,
    Intj,
    Noun,
    Num,
    Part,
    Pron,
    Propn,
    Punct,
    Sconj,
    Sym,
    Verb,
    X,
    Eol,
    Space = 103,
}

frozen!(hash Pos);

impl Pos {
    /// Every part of speech, by ascending id.
    pub const ALL: [Pos; 21] = {
        use Pos::*;
        [
            NoTag, Adj, Adp, Adv, Aux, Conj, Cconj, Det, Intj, Noun, Num, Part, Pron, Propn, Punct,
            Sconj, Sym, Verb, X, Eol, Space,
        ]
    };

    /// The id that spaCy stores.
    pub const fn id(self) -> u64 {
        self as u64
    }

    /// The part of speech with this id.
    pub fn from_id(id: u64) -> Option<Pos> {
        match id {
            0 => Some(Pos::NoTag),
            84..=103 => Some(Pos::ALL[id as usize - 83]),
            _ => None,
        }
    }

    /// The name, such as `"NOUN"`; empty for [`Pos::NoTag`].
    pub fn name(self) -> &'static str {
        crate::symbols::symbol_name(self.id()).unwrap_or_default()
    }

    /// The part of speech of this name, which is in capitals.
    pub fn from_name(name: &str) -> Option<Pos> {
        Pos::from_id(crate::symbols::symbol_id(name)?)
    }
}

impl Serialize for Pos {
    /// As the name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Pos {
    /// From the name.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Pos::from_name(&name).ok_or_else(|| {
            D::Error::custom(format!(
                "\"{name}\" is no coarse part of speech such as \"NOUN\": other tags go into \"tag\""
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Pos;

    #[test]
    fn ids_and_names_lead_back_to_the_part_of_speech() {
        for pos in Pos::ALL {
            assert_eq!(Pos::from_id(pos.id()), Some(pos));
            assert_eq!(Pos::from_name(pos.name()), Some(pos));
        }
    }

    #[test]
    fn names_are_those_of_universal_dependencies() {
        assert_eq!(Pos::Adj.name(), "ADJ");
        assert_eq!(Pos::Cconj.name(), "CCONJ");
        assert_eq!(Pos::Verb.id(), 100);
        assert_eq!(Pos::Space.name(), "SPACE");
        assert_eq!(Pos::NoTag.name(), "");
    }

    #[test]
    fn other_symbols_are_no_part_of_speech() {
        for id in [1, 83, 104, u64::MAX] {
            assert_eq!(Pos::from_id(id), None, "{id}");
        }
        assert_eq!(Pos::from_name("nsubj"), None);
        assert_eq!(Pos::from_name("noun"), None);
    }
}
