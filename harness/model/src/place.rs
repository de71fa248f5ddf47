//! Places in the source, and how they are written.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in the source. `F` is `Option<String>` where the function need not be known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place<F = String> {
    /// The function, demangled; of a call without a name its address.
    pub function: F,
    /// The file, as far as it is known.
    pub file: Option<String>,
    /// The line in it, counted from 1.
    pub line: Option<u32>,
}

impl Place {
    /// Where nothing is known.
    pub fn unknown() -> Place {
        Place {
            function: "an unknown function".to_owned(),
            file: None,
            line: None,
        }
    }

    /// Whether both are of the same function of the same file.
    pub fn is_in(&self, function: &Place) -> bool {
        self.function == function.function && self.file == function.file
    }

    /// Whether two tools mean the same place: the same line of files that end alike (each cuts paths its own way).
    pub fn is_like(&self, other: &Place) -> bool {
        let (Some(file), Some(other_file)) = (&self.file, &other.file) else {
            return self.function == other.function;
        };
        let mut tails = file.rsplit('/').zip(other_file.rsplit('/'));
        self.line == other.line && tails.all(|(a, b)| a == b)
    }

    /// The function with these lines of it, which are in order and each there once:
    /// `resize_activations (nlp-core/src/transition/activations.rs:64-68)`, as far as file and lines are known.
    pub fn with_lines(&self, lines: &[u32]) -> String {
        let function = &self.function;
        match &self.file {
            Some(file) if !lines.is_empty() => format!("{function} ({file}:{})", ranges(lines)),
            Some(file) => format!("{function} ({file})"),
            None => function.clone(),
        }
    }
}

/// `resize_activations (activations.rs:93)`, as far as file and line are known.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_lines(self.line.as_slice()))
    }
}

impl Place<Option<String>> {
    /// A line of a file, of no function.
    pub fn of_line(file: impl Into<String>, line: u32) -> Self {
        Place {
            function: None,
            file: Some(file.into()),
            line: Some(line),
        }
    }

    /// The place with its function, where that is known.
    pub fn known(&self) -> Option<Place> {
        self.function.clone().map(|function| Place {
            function,
            file: self.file.clone(),
            line: self.line,
        })
    }
}

impl From<Place> for Place<Option<String>> {
    fn from(place: Place) -> Self {
        Place {
            function: Some(place.function),
            file: place.file,
            line: place.line,
        }
    }
}

/// Lines of a file, in order and each once: `64-68`, `12, 40`.
fn ranges(lines: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &line in lines {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(line) => *last = line,
            _ => ranges.push((line, line)),
        }
    }
    let ranges: Vec<String> = ranges
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    ranges.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(function: &str, file: &str, line: u32) -> Place {
        Place {
            function: function.to_owned(),
            file: Some(file.to_owned()),
            line: Some(line),
        }
    }

    #[test]
    fn a_place_is_written_as_far_as_it_is_known() {
        let mut place = place("take", "a.rs", 7);
        assert_eq!(place.to_string(), "take (a.rs:7)");
        assert_eq!(place.with_lines(&[7, 8]), "take (a.rs:7-8)");
        place.line = None;
        assert_eq!(place.to_string(), "take (a.rs)");
        place.file = None;
        assert_eq!(place.to_string(), "take");
    }

    #[test]
    fn two_tools_that_cut_paths_differently_mean_the_same_place() {
        let whole = place("Pool::remember", "demo/src/pool/keep.rs", 7);
        assert!(whole.is_like(&place("remember", "src/pool/keep.rs", 7)));
        assert!(!whole.is_like(&place("remember", "src/pool/keep.rs", 8)));
        assert!(!whole.is_like(&place("remember", "src/lake/keep.rs", 7)));
    }

    #[test]
    fn a_place_of_no_function_has_its_fields_beside_those_of_what_it_is_of() {
        let of_line = Place::of_line("known.supp", 3);
        assert_eq!(of_line.known(), None);
        assert_eq!(
            serde_json::to_string(&of_line).unwrap(),
            r#"{"function":null,"file":"known.supp","line":3}"#
        );
        let of_function = Place::from(place("take", "a.rs", 7));
        assert_eq!(of_function.known(), Some(place("take", "a.rs", 7)));
    }

    #[test]
    fn lines_that_follow_one_another_are_a_range() {
        assert_eq!(
            [&[64, 65, 66, 67, 68][..], &[12, 40], &[7], &[]].map(ranges),
            ["64-68", "12, 40", "7", ""]
        );
    }
}
