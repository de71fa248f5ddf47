//! What was wrong with rows, counted; and a sentence for each kind.

use harness_model::units::count;
use std::collections::BTreeMap;

/// Something about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remark {
    /// It has not the fields that the others have.
    Fields,
    /// It is no JSON.
    NoJson,
    /// A quote is not closed.
    Quote,
    /// Longer than any row.
    TooLong,
    /// Its time or iteration cannot be read.
    NoPlace,
    /// A value cannot be read.
    NoNumber,
    /// A value is below zero.
    BelowZero,
    /// A value is too large to be one.
    TooLarge,
    /// A value is missing.
    Missing,
    /// It has none of the values.
    Nothing,
    /// It came after rows that are later.
    Late,
    /// It is the same as the one before.
    Twice,
    /// It has the time of the one before, and other values.
    SameTime,
    /// What is measured began anew with it.
    BeganAnew,
    /// The clock was set back before it.
    ClockWentBack,
    /// It is of one group too many.
    GroupTooMany,
    /// It is the last, and has no end.
    Cut,
}

impl Remark {
    /// Whether such a row is left out.
    pub(super) fn is_bad(self) -> bool {
        matches!(
            self,
            Remark::Fields
                | Remark::NoJson
                | Remark::Quote
                | Remark::TooLong
                | Remark::NoPlace
                | Remark::GroupTooMany
                | Remark::Cut
        )
    }

    /// What is said of so many of them, the first in this line.
    fn words(self, many: u64, line: u64) -> String {
        let rows = if many == 1 {
            "1 row".to_owned()
        } else {
            format!("{} rows", count(many))
        };
        let values = if many == 1 {
            "1 value".to_owned()
        } else {
            format!("{} values", count(many))
        };
        let (is, has, was, comes) = match many {
            1 => ("is", "has", "was", "comes"),
            _ => ("are", "have", "were", "come"),
        };
        let first = match many {
            1 => format!("in line {line}"),
            _ => format!("the first in line {line}"),
        };
        match self {
            Remark::Fields => format!(
                "{rows} {was} left out, {first}: another number of fields than the columns."
            ),
            Remark::NoJson => format!("{rows} {was} left out, {first}: no JSON object."),
            Remark::Quote => format!("{rows} {was} left out, {first}: a quote is not closed."),
            Remark::TooLong => format!("{rows} {was} left out, {first}: longer than a MiB."),
            Remark::NoPlace => format!(
                "{rows} {was} left out, {first}: the time or iteration is missing or cannot be read."
            ),
            Remark::NoNumber => format!("{values} {is} no number, {first}."),
            Remark::BelowZero => {
                format!("{values} {is} below zero, {first}, and {was} taken for missing.")
            }
            Remark::TooLarge => {
                format!("{values} {is} too large to be true, {first}, and {was} taken for missing.")
            }
            Remark::Missing => format!("{values} {is} missing, {first}."),
            Remark::Nothing => format!("{rows} {has} none of the values, {first}."),
            Remark::Late => {
                format!("{rows} {comes} after later ones, {first}, and {was} put in their place.")
            }
            Remark::Twice => format!("{rows} {is} the same as the one before, {first}."),
            Remark::SameTime => {
                format!("{rows} {has} the same time or iteration as the one before, {first}.")
            }
            Remark::BeganAnew => match many {
                1 => format!("What was measured began anew in line {line}."),
                _ => format!(
                    "What was measured began anew {} times, {first}.",
                    count(many)
                ),
            },
            Remark::ClockWentBack => match many {
                1 => format!(
                    "The clock was set back before line {line}; time goes on from where it was."
                ),
                _ => format!(
                    "The clock was set back {} times, {first}; time goes on from where it was.",
                    count(many)
                ),
            },
            Remark::GroupTooMany => {
                format!("{rows} {was} left out, {first}: more groups than are told apart.")
            }
            Remark::Cut => "The last line has no end and may be cut: it was left out.".to_owned(),
        }
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Remarks {
    counts: BTreeMap<Remark, (u64, u64)>,
    /// An example of what cannot be read as a number.
    example: Option<(String, String)>,
    said: Vec<String>,
    /// Units that were guessed, and the columns.
    guessed: Vec<(&'static str, Vec<String>)>,
}

impl Remarks {
    /// Counts one.
    pub(super) fn note(&mut self, remark: Remark, line: u64) {
        self.counts.entry(remark).or_insert((0, line)).0 += 1;
    }

    /// Counts a value that is no number.
    pub(super) fn no_number(&mut self, line: u64, column: &str, value: &str) {
        self.note(Remark::NoNumber, line);
        if self.example.is_none() {
            self.example = Some((column.to_owned(), printable::Line(value).to_string()));
        }
    }

    /// Says something else.
    pub(super) fn say(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.said.contains(&sentence) {
            self.said.push(sentence);
        }
    }

    /// Says that a column has no unit, and what it was taken for.
    pub(super) fn guessed(&mut self, unit: &'static str, column: &str) {
        let column = printable::Line(column).to_string();
        match self.guessed.iter_mut().find(|(known, _)| *known == unit) {
            Some((_, columns)) => columns.push(column),
            None => self.guessed.push((unit, vec![column])),
        }
    }

    pub(super) fn count(&self, remark: Remark) -> u64 {
        self.counts.get(&remark).map_or(0, |(many, _)| *many)
    }

    /// Rows that were left out.
    pub(super) fn bad_rows(&self) -> u64 {
        let bad = self.counts.iter().filter(|(remark, _)| remark.is_bad());
        bad.map(|(_, (many, _))| many).sum()
    }

    /// The first line that was left out, and why.
    pub(super) fn first_bad(&self) -> Option<String> {
        let bad = self.counts.iter().filter(|(remark, _)| remark.is_bad());
        let first = bad.min_by_key(|(_, (_, line))| *line);
        first.map(|(remark, (many, line))| remark.words(*many, *line))
    }

    /// A sentence each.
    pub(super) fn sentences(&self) -> Vec<String> {
        let counted = self.counts.iter().map(|(remark, (many, line))| {
            let sentence = remark.words(*many, *line);
            match (remark, &self.example) {
                (Remark::NoNumber, Some((column, value))) => {
                    format!("{} Such as \u{201c}{value}\u{201d} in {column}.", sentence)
                }
                _ => sentence,
            }
        });
        let guessed = self.guessed.iter().map(|(unit, columns)| {
            let (has, was) = if columns.len() == 1 { ("has", "was") } else { ("have", "were") };
            format!(
                "{} {has} no unit and {was} taken for {unit}, by their size: --column NAME=MEASURE:UNIT says otherwise.",
                columns.join(", ")
            )
        });
        self.said
            .iter()
            .cloned()
            .chain(guessed)
            .chain(counted)
            .collect()
    }
}
