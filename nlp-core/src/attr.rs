//! The token attributes that a model can read as features, numbered as spaCy numbers them.

use crate::frozen::frozen;

/// Makes [`Attr`] of a table: each attribute with spaCy's id and the names that a configuration has for it.
macro_rules! attrs {
    ($($attr:ident = $id:literal, $($name:literal)|+;)*) => {
        /// An attribute of a token or lexeme, with spaCy's id (`spacy/attrs.pxd`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u32)]
        #[allow(missing_docs)] // the names are the field's own, and explain themselves
        pub enum Attr {
            $($attr = $id,)*
        }

        impl Attr {
            /// The attribute with spaCy's number `id`; `None` as for [`Attr::from_name`].
            pub fn from_id(id: u64) -> Option<Attr> {
                match id {
                    $($id => Some(Attr::$attr),)*
                    _ => None,
                }
            }

            /// What spaCy calls it: `"LOWER"`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Attr::$attr => [$($name),+][0],)*
                }
            }

            /// The attribute that a configuration calls `name`, in any case; `None` where
            /// spaCy has no such attribute or it cannot be read from a token.
            pub fn from_name(name: &str) -> Option<Attr> {
                match name.to_ascii_uppercase().as_str() {
                    $($($name)|+ => Some(Attr::$attr),)*
                    _ => None,
                }
            }
        }
    };
}

attrs! {
    IsAlpha = 1, "IS_ALPHA";
    IsAscii = 2, "IS_ASCII";
    IsDigit = 3, "IS_DIGIT";
    IsLower = 4, "IS_LOWER";
    IsPunct = 5, "IS_PUNCT";
    IsSpace = 6, "IS_SPACE";
    IsTitle = 7, "IS_TITLE";
    IsUpper = 8, "IS_UPPER";
    LikeUrl = 9, "LIKE_URL";
    LikeNum = 10, "LIKE_NUM";
    LikeEmail = 11, "LIKE_EMAIL";
    IsStop = 12, "IS_STOP";
    IsBracket = 14, "IS_BRACKET";
    IsQuote = 15, "IS_QUOTE";
    IsLeftPunct = 16, "IS_LEFT_PUNCT";
    IsRightPunct = 17, "IS_RIGHT_PUNCT";
    IsCurrency = 18, "IS_CURRENCY";
    Id = 64, "ID";
    Orth = 65, "ORTH" | "TEXT";
    Lower = 66, "LOWER";
    Norm = 67, "NORM";
    Shape = 68, "SHAPE";
    Prefix = 69, "PREFIX";
    Suffix = 70, "SUFFIX";
    Length = 71, "LENGTH";
    Lemma = 73, "LEMMA";
    Pos = 74, "POS";
    Tag = 75, "TAG";
    Dep = 76, "DEP";
    EntIob = 77, "ENT_IOB";
    EntType = 78, "ENT_TYPE";
    Head = 79, "HEAD";
    SentStart = 80, "SENT_START";
    Spacy = 81, "SPACY";
    Lang = 83, "LANG";
    EntKbId = 452, "ENT_KB_ID";
    Morph = 453, "MORPH";
    EntId = 454, "ENT_ID";
}

frozen!(hash Attr);

impl Attr {
    /// Whether its values are texts, given by the ids of strings.
    pub(crate) fn is_text(self) -> bool {
        use Attr::*;
        matches!(
            self,
            Orth | Lower
                | Norm
                | Shape
                | Prefix
                | Suffix
                | Lemma
                | Tag
                | Dep
                | Morph
                | EntType
                | EntId
                | EntKbId
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Attr;

    #[test]
    fn an_attribute_is_known_by_its_name_in_any_case_and_by_its_number() {
        assert_eq!(Attr::from_name("orth"), Some(Attr::Orth));
        assert_eq!(Attr::from_id(Attr::Morph as u64), Some(Attr::Morph));
        assert_eq!(Attr::from_id(13), None);
        assert_eq!(Attr::Orth.name(), "ORTH");
    }
}
