//! Takes what suppressions hide out of what valgrind saw, and keeps an account of it.

use super::entries;
use super::pattern::Written;
use harness_judge::attribution::rate::Rate;
use harness_judge::attribution::sites::{Observation, Totals};
use harness_judge::attribution::stack::UNKNOWN_INLINED;
use harness_model::{Frame, Hidden, LeakKind, Linked};
use std::path::PathBuf;

/// The entries that hold in a run.
#[derive(Debug, Default)]
pub struct Suppressions {
    entries: Vec<(String, Written)>,
}

impl Suppressions {
    /// Reads files. A file that is named twice counts once.
    ///
    /// # Errors
    ///
    /// A sentence for the user.
    pub fn read(files: &[PathBuf]) -> Result<Suppressions, String> {
        let mut entries = Vec::new();
        for (index, file) in files.iter().enumerate() {
            if !files[..index].contains(file) {
                let shown = file.to_string_lossy().into_owned();
                let read = entries::read_undated(file)?.into_iter();
                entries.extend(read.map(|written| (shown.clone(), written)));
            }
        }
        Ok(Suppressions { entries })
    }

    /// The entries, as what they hid of nothing.
    pub fn without_figures(&self) -> Vec<Hidden> {
        let entries = self.entries.iter().map(|(file, written)| Hidden {
            name: written.name.clone(),
            file: file.clone(),
            line: written.line,
            reason: written.reason(),
            expires: written.expires(),
            bytes_per_iteration: 0.0,
            blocks_per_iteration: 0.0,
            long_bytes: 0,
            long_blocks: 0,
        });
        entries.collect()
    }

    /// The first entry that hides this.
    pub fn first(&self, kind: LeakKind, stack: &[&Linked]) -> Option<usize> {
        self.entries.iter().position(|(_, written)| {
            let pattern = written.pattern.as_ref();
            pattern.is_some_and(|pattern| pattern.hides(kind, stack))
        })
    }

    /// Takes out of both runs what an entry hides, and says how much each hid. The first entry that matches counts.
    pub fn hide(&self, short: &mut Observation, long: &mut Observation) -> Vec<Hidden> {
        let of_short = self.take_out(short);
        let of_long = self.take_out(long);
        let between = long.iterations.saturating_sub(short.iterations);
        let gained = |short: u64, long: u64| {
            Rate::new(i128::from(long) - i128::from(short), between).as_f64()
        };
        let totals = of_short.iter().zip(&of_long);
        let entries = self.entries.iter().zip(totals);
        let used = entries.filter(|(_, (short, long))| short.blocks > 0 || long.blocks > 0);
        used.map(|((file, written), (short, long))| Hidden {
            name: written.name.clone(),
            file: file.clone(),
            line: written.line,
            reason: written.reason(),
            expires: written.expires(),
            bytes_per_iteration: gained(short.bytes, long.bytes),
            blocks_per_iteration: gained(short.blocks, long.blocks),
            long_bytes: long.bytes,
            long_blocks: long.blocks,
        })
        .collect()
    }

    /// What each entry hid.
    fn take_out(&self, seen: &mut Observation) -> Vec<Totals> {
        let mut hidden = vec![Totals::default(); self.entries.len()];
        seen.records.retain(|record| {
            let stack: Vec<&Linked> = record.frames.iter().map(|frame| &frame.linked).collect();
            let entry = self.entries.iter().position(|(_, written)| {
                let pattern = written.pattern.as_ref().zip(record.kind);
                pattern.is_some_and(|(pattern, kind)| pattern.hides(kind, &stack))
            });
            if let Some(entry) = entry {
                hidden[entry].add(record.bytes, record.blocks);
            }
            entry.is_none()
        });
        hidden
    }
}

/// A call that the library recorded, by the name that valgrind would give it. An inlined one has no symbol: in C that is its
/// name, and of others valgrind often knows none.
pub fn linked_of(frame: &Frame) -> Linked {
    let mut linked = frame.linked.clone();
    if linked.symbol.is_none() && frame.place.line.is_some() {
        linked.symbol = Some(match frame.language.as_deref() {
            Some("C") => frame.place.function.clone(),
            _ => UNKNOWN_INLINED.to_owned(),
        });
    }
    linked
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_judge::attribution::sites::Record;
    use harness_judge::attribution::stack;

    fn suppressions(text: &str) -> Suppressions {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.supp");
        std::fs::write(&file, text).unwrap();
        // Named twice, as by the configuration and by the directory that it stands in.
        Suppressions::read(&[file.clone(), file]).unwrap()
    }

    fn seen(iterations: u64, records: &[(&str, u64)]) -> Observation {
        let record = |(symbol, blocks): &(&str, u64)| Record {
            kind: Some(LeakKind::DefinitelyLost),
            part: None,
            bytes: blocks * 24,
            blocks: *blocks,
            frames: vec![stack::Frame {
                linked: Linked {
                    symbol: Some((*symbol).to_owned()),
                    object: None,
                },
                ..stack::Frame::default()
            }],
            held: Vec::new(),
        };
        Observation {
            iterations,
            records: records.iter().map(record).collect(),
        }
    }

    #[test]
    fn what_an_entry_hides_is_taken_out_and_told_by_the_iteration() {
        let held = suppressions(
            "# reason: known\n# expires: 2027-01-31\n{\nold\nMemcheck:Leak\nfun:take\n}\n{\nunused\nMemcheck:Leak\nfun:x\n}\n",
        );
        let (mut short, mut long) = (
            seen(1, &[("take", 1), ("give", 1)]),
            seen(10, &[("take", 10), ("give", 1), ("take", 1)]),
        );
        let hidden = held.hide(&mut short, &mut long);
        assert_eq!((short.records.len(), long.records.len()), (1, 1));
        assert_eq!(hidden.len(), 1, "{hidden:?}");
        assert_eq!((hidden[0].name.as_str(), hidden[0].line), ("old", 3));
        assert_eq!(hidden[0].reason.as_deref(), Some("known"));
        assert_eq!(hidden[0].expires.as_deref(), Some("2027-01-31"));
        assert_eq!((hidden[0].long_bytes, hidden[0].long_blocks), (264, 11));
        assert_eq!(hidden[0].bytes_per_iteration, 240.0 / 9.0);
        assert_eq!(hidden[0].blocks_per_iteration, 10.0 / 9.0);
    }

    #[test]
    fn what_was_hidden_in_the_shorter_run_alone_is_told_too() {
        let held = suppressions("{\nold\nMemcheck:Leak\nfun:take\n}\n");
        let hidden = held.hide(&mut seen(1, &[("take", 9)]), &mut seen(10, &[]));
        assert_eq!((hidden.len(), hidden[0].long_blocks), (1, 0));
        assert_eq!(hidden[0].blocks_per_iteration, -1.0);
    }

    #[test]
    fn every_file_counts_and_each_of_them_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let file = folder.path().join(name);
            let entry = format!("{{\n{name}\nMemcheck:Leak\nfun:{name}\n}}\n");
            std::fs::write(&file, entry).unwrap();
            file
        };
        let (a, b) = (write("take"), write("give"));
        let held = Suppressions::read(&[a.clone(), b, a]).unwrap();
        let both = [("take", 1), ("give", 1)];
        let hidden = held.hide(&mut seen(1, &both), &mut seen(10, &both));
        let names: Vec<&str> = hidden.iter().map(|hidden| hidden.name.as_str()).collect();
        assert_eq!(names, ["take", "give"]);
    }

    #[test]
    fn of_two_entries_that_match_the_first_counts() {
        let held = suppressions(
            "{\nfirst\nMemcheck:Leak\nfun:ta*\n}\n\n{\nsecond\nMemcheck:Leak\nfun:take\n}\n",
        );
        let (mut short, mut long) = (seen(1, &[]), seen(10, &[("take", 10)]));
        let hidden = held.hide(&mut short, &mut long);
        assert_eq!(hidden.len(), 1);
        assert_eq!(hidden[0].name, "first");
    }
}
