//! Calls in a stack.

use crate::place::Place;
use serde::{Deserialize, Serialize};

/// One frame of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Frame {
    /// The function and the line of the call, the file as the tool wrote it.
    #[serde(flatten)]
    pub place: Place,
    /// The call as the linker knows it, where the tool tells.
    #[serde(flatten)]
    pub linked: Linked,
    /// The language of the function, where it is known: `C`, `C++`, `Rust`, `Python`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A call of which the tool told no more than its place.
impl From<Place> for Frame {
    fn from(place: Place) -> Frame {
        Frame {
            place,
            linked: Linked::default(),
            language: None,
        }
    }
}

/// A call as the linker knows it: valgrind's suppressions go by that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Linked {
    /// The function's symbol as valgrind wrote it, mangled. An inlined call has its bare name, or none that valgrind
    /// could find.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The program or shared object that holds the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
}

impl Linked {
    /// Whether the tool told neither.
    pub fn is_unknown(&self) -> bool {
        self.symbol.is_none() && self.object.is_none()
    }
}
