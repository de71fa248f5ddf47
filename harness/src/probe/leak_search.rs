//! Searches for leaks, as memcheck's XML and its log tell of them: the sentence of a record, and where one search ends and the
//! next begins.

use super::text::figure;
use harness_model::LeakKind;

/// `1,440 (560 direct, 880 indirect) bytes in 10 blocks are definitely lost in loss record 3 of 5`, and its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) kind: LeakKind,
    /// Bytes of the blocks themselves.
    pub(crate) direct: u64,
    /// Bytes that only they point to.
    pub(crate) indirect: u64,
    pub(crate) blocks: u64,
    /// The record's number in its search, and how many that has.
    pub(crate) number: (u64, u64),
    /// The search tells only what changed since the one before.
    pub(crate) is_change: bool,
}

impl Sentence {
    /// Reads one; `None` for what is none.
    pub(crate) fn parse(text: &str) -> Option<Sentence> {
        let (amounts, rest) = text.split_once(" blocks are ")?;
        let (kind, number) = rest.split_once(" in ")?;
        let kind = match kind {
            "definitely lost" => LeakKind::DefinitelyLost,
            "indirectly lost" => LeakKind::IndirectlyLost,
            "possibly lost" => LeakKind::PossiblyLost,
            "still reachable" => LeakKind::StillReachable,
            _ => return None,
        };
        let is_new = number.starts_with("new ");
        let (_, number) = number.split_once("loss record ")?;
        let (at, of) = number.split_once(" of ")?;
        // Changes stand in parentheses behind each figure: `10 (+10) bytes in 1 (+1) blocks`.
        let is_change = is_new || amounts.contains("(+") || amounts.contains("(-");
        let plain = without_changes(amounts);
        let (bytes, blocks) = plain.split_once(" bytes in ")?;
        let (direct, indirect) = match bytes.split_once(" (") {
            None => (figure(bytes)?, 0),
            Some((_, parts)) => {
                let (direct, indirect) = parts.split_once(" direct, ")?;
                (
                    figure(direct)?,
                    figure(indirect.strip_suffix(" indirect)")?)?,
                )
            }
        };
        Some(Sentence {
            kind,
            direct,
            indirect,
            blocks: figure(blocks)?,
            number: (figure(at)?, figure(of.split_whitespace().next()?)?),
            is_change,
        })
    }
}

/// Drops ` (+10)` and ` (-1,024)`.
fn without_changes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = [" (+", " (-"]
        .iter()
        .filter_map(|sign| rest.find(sign))
        .min()
    {
        plain.push_str(&rest[..at]);
        rest = rest[at..].split_once(')').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    plain
}

/// Finds where one search for leaks ends and the next begins: what a search tells is a state, and not more of it.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    last: Option<(u64, u64)>,
}

impl Searches {
    /// Whether the record with this sentence is the first of a search that tells everything anew.
    pub(crate) fn begins(&mut self, sentence: &str) -> bool {
        Sentence::parse(sentence).is_some_and(|sentence| self.begins_with(&sentence))
    }

    /// The same of a sentence that was read.
    pub(crate) fn begins_with(&mut self, sentence: &Sentence) -> bool {
        let last = self.last.replace(sentence.number);
        let (at, of) = sentence.number;
        // Records stand in order, and a search has as many from its beginning to its end.
        !sentence.is_change
            && last.is_some_and(|(before, of_before)| at <= before || of != of_before)
    }

    /// The search came to its end.
    pub(crate) fn end(&mut self) {
        // No record has such a number: the next one begins a search.
        self.last = Some((u64::MAX, 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_read_whatever_stands_between_their_figures() {
        let lost = |direct, indirect, blocks, number, is_change| Sentence {
            kind: LeakKind::DefinitelyLost,
            direct,
            indirect,
            blocks,
            number,
            is_change,
        };
        for (text, expected) in [
            (
                "480 bytes in 10 blocks are definitely lost in loss record 3 of 5",
                lost(480, 0, 10, (3, 5), false),
            ),
            (
                "1,440 (560 direct, 880 indirect) bytes in 1,000 blocks are definitely lost in loss record 3 of 1,005",
                lost(560, 880, 1_000, (3, 1_005), false),
            ),
            (
                "10 (+10) bytes in 1 (+1) blocks are definitely lost in new loss record 1 of 2",
                lost(10, 0, 1, (1, 2), true),
            ),
            (
                "1,440 (-8) (560 (+0) direct, 880 (-8) indirect) bytes in 10 (+0) blocks are definitely lost in loss record 2 of 2",
                lost(560, 880, 10, (2, 2), true),
            ),
        ] {
            assert_eq!(Sentence::parse(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "definitely lost: 4 bytes in 1 blocks",
            "1 bytes in 1 blocks are gone in loss record 1 of 1",
        ] {
            assert_eq!(Sentence::parse(text), None, "{text}");
        }
    }
}
