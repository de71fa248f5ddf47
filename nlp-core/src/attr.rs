//! The token attributes that a model can read as features, numbered as spaCy numbers them.

use crate::frozen::frozen;

/// An attribute of a token or lexeme, with spaCy's id (`spacy/attrs.pxd`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[allow(missing_docs)] // the names are the field's own, and explain themselves
pub enum Attr {
    IsAlpha = 1,
    IsAscii = 2,
    IsDigit = 3,
    IsLower = 4,
    IsPunct = 5,
    IsSpace = 6,
    IsTitle = 7,
    IsUpper = 8,
    LikeUrl = 9,
    LikeNum = 10,
    LikeEmail = 11,
    IsStop = 12,
    IsBracket = 14,
    IsQuote = 15,
    IsLeftPunct = 16,
    IsRightPunct = 17,
    IsCurrency = 18,
    Id = 64,
    Orth = 65,
    Lower = 66,
    Norm = 67,
    Shape = 68,
    Prefix = 69,
    Suffix = 70,
    Length = 71,
    Lemma = 73,
    Pos = 74,
    Tag = 75,
    Dep = 76,
    EntIob = 77,
    EntType = 78,
    Head = 79,
    SentStart = 80,
    Spacy = 81,
    Lang = 83,
    Morph = 453,
}

frozen!(hash Attr);

impl Attr {
    /// The attribute with spaCy's number `id`; `None` as for [`Attr::from_name`].
    pub fn from_id(id: u64) -> Option<Attr> {
        use Attr::*;
        const ALL: [Attr; 36] = [
            IsAlpha,
            IsAscii,
            IsDigit,
            IsLower,
            IsPunct,
            IsSpace,
            IsTitle,
            IsUpper,
            LikeUrl,
            LikeNum,
            LikeEmail,
            IsStop,
            IsBracket,
            IsQuote,
            IsLeftPunct,
            IsRightPunct,
            IsCurrency,
            Id,
            Orth,
            Lower,
            Norm,
            Shape,
            Prefix,
            Suffix,
            Length,
            Lemma,
            Pos,
            Tag,
            Dep,
            EntIob,
            EntType,
            Head,
            SentStart,
            Spacy,
            Lang,
            Morph,
        ];
        ALL.into_iter().find(|attr| *attr as u64 == id)
    }

    /// The attribute that a configuration calls `name`, in any case; `None` where
    /// spaCy has no such attribute or it cannot be read from a token.
    pub fn from_name(name: &str) -> Option<Attr> {
        use Attr::*;
        Some(match name.to_ascii_uppercase().as_str() {
            "IS_ALPHA" => IsAlpha,
            "IS_ASCII" => IsAscii,
            "IS_DIGIT" => IsDigit,
            "IS_LOWER" => IsLower,
            "IS_PUNCT" => IsPunct,
            "IS_SPACE" => IsSpace,
            "IS_TITLE" => IsTitle,
            "IS_UPPER" => IsUpper,
            "LIKE_URL" => LikeUrl,
            "LIKE_NUM" => LikeNum,
            "LIKE_EMAIL" => LikeEmail,
            "IS_STOP" => IsStop,
            "IS_BRACKET" => IsBracket,
            "IS_QUOTE" => IsQuote,
            "IS_LEFT_PUNCT" => IsLeftPunct,
            "IS_RIGHT_PUNCT" => IsRightPunct,
            "IS_CURRENCY" => IsCurrency,
            "ID" => Id,
            "ORTH" | "TEXT" => Orth,
            "LOWER" => Lower,
            "NORM" => Norm,
            "SHAPE" => Shape,
            "PREFIX" => Prefix,
            "SUFFIX" => Suffix,
            "LENGTH" => Length,
            "LEMMA" => Lemma,
            "POS" => Pos,
            "TAG" => Tag,
            "DEP" => Dep,
            "ENT_IOB" => EntIob,
            "ENT_TYPE" => EntType,
            "HEAD" => Head,
            "SENT_START" => SentStart,
            "SPACY" => Spacy,
            "LANG" => Lang,
            "MORPH" => Morph,
            _ => return None,
        })
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
    }
}
