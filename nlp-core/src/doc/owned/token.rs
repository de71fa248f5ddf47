//! One token of a document that owns all it holds.

use serde::{Deserialize, Serialize};

use crate::attr::Attr;
use crate::doc::{Doc, Token};
use crate::error::FormatError;
use crate::pos::Pos;

/// Makes [`OwnedToken`], and all that must agree with it, of a table: each annotation by its name in JSON, with the
/// attribute that tells whether a document has it, and where a token has it. Heads are no row: a document has them where it
/// has `dep`, and a negative one is refused.
macro_rules! annotations {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $attr:expr, $get:expr;)*) => {
        /// One token. Attributes are `None` where no token of the document is annotated with them.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "TokenFields")]
        pub struct OwnedToken {
            /// Its position in the document.
            pub id: usize,
            /// Where it starts in the text, in code points.
            pub start: usize,
            /// Where it ends in the text, in code points, without the space that may follow.
            pub end: usize,
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$type>,
            )*
            /// The position of the head, which is the token's own for a root. Whoever follows heads may come to a circle
            /// instead of a root: see [`OwnedDoc::check`](crate::OwnedDoc::check).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub head: Option<usize>,
        }

        /// The fields as they are read. Numbers may be negative here, to be refused with the field's name.
        #[derive(Deserialize)]
        struct TokenFields {
            id: i64,
            start: i64,
            end: i64,
            $($name: Option<$type>,)*
            head: Option<i64>,
        }

        impl TryFrom<TokenFields> for OwnedToken {
            type Error = FormatError;

            fn try_from(fields: TokenFields) -> Result<Self, FormatError> {
                Ok(OwnedToken {
                    id: natural("id", fields.id)?,
                    start: natural("start", fields.start)?,
                    end: natural("end", fields.end)?,
                    $($name: fields.$name,)*
                    head: fields.head.map(|head| natural("head", head)).transpose()?,
                })
            }
        }

        impl OwnedToken {
            /// Whether each annotation is set, by its name in JSON.
            pub(super) fn is_set(&self) -> impl Iterator<Item = (&'static str, bool)> {
                let annotations = [$((stringify!($name), self.$name.is_some()),)*];
                annotations.into_iter().chain([("head", self.head.is_some())])
            }
        }

        /// What the tokens of a document are annotated with.
        pub(super) struct Annotated {
            $($name: bool,)*
        }

        impl Annotated {
            pub fn new(doc: &Doc<'_>) -> Self {
                Annotated {
                    $($name: doc.has_annotation($attr),)*
                }
            }

            /// A token of the document.
            pub fn token(&self, token: Token<'_>) -> OwnedToken {
                OwnedToken {
                    id: token.i(),
                    start: token.idx(),
                    end: token.idx() + token.len(),
                    $($name: self.$name.then(|| $get(&token).into()),)*
                    head: self.dep.then(|| token.head().i()),
                }
            }
        }
    };
}

annotations! {
    /// The fine-grained tag.
    tag: String = Attr::Tag, Token::tag;
    /// The coarse part of speech.
    pos: Pos = Attr::Pos, Token::pos;
    /// The morphological features, such as `Case=Nom|Number=Sing`.
    morph: String = Attr::Morph, Token::morph;
    /// The lemma.
    lemma: String = Attr::Lemma, Token::lemma;
    /// The label of the arc from the head.
    dep: String = Attr::Dep, Token::dep;
}

/// A number that may not be negative, of the field called so.
pub(super) fn natural(field: &str, number: i64) -> Result<usize, FormatError> {
    usize::try_from(number)
        .map_err(|_| FormatError::new(format!("\"{field}\" is {number}, and must not be negative")))
}
