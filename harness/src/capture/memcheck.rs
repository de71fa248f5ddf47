//! What memcheck says of losses, in its XML and in its log: records, searches, and what becomes of a process's.

use super::{Capture, Kind, Process, Record, StackId, StackTable};
use crate::probe::leak_search::{Searches, Sentence};
use crate::probe::valgrind_xml::{ErrorKind, ValgrindReport};
use harness_judge::counts::{Amount, Grain, Trust};
use harness_model::LeakKind;
use harness_model::program::Resource;
use std::collections::HashMap;
use std::io::Read;

/// The losses of a process, as its last search tells them.
#[derive(Debug, Default)]
pub(super) struct Losses {
    by_stack: HashMap<(StackId, LeakKind), Loss>,
    searches: Searches,
}

#[derive(Debug, Default, Clone, Copy)]
struct Loss {
    direct: u64,
    indirect: u64,
    blocks: u64,
}

impl Losses {
    /// A search that tells everything anew begins.
    pub(super) fn begin_search(&mut self) {
        self.by_stack.clear();
        self.searches.end();
    }

    /// The search came to its end.
    pub(super) fn end_search(&mut self) {
        self.searches.end();
    }

    /// Adds a record.
    pub(super) fn add(&mut self, sentence: &Sentence, stack: StackId) {
        if self.searches.begins_with(sentence) {
            self.by_stack.clear();
        }
        let loss = Loss {
            direct: sentence.direct,
            indirect: sentence.indirect,
            blocks: sentence.blocks,
        };
        let known = self.by_stack.entry((stack, sentence.kind)).or_default();
        *known = match sentence.is_change {
            true => loss,
            false => Loss {
                direct: known.direct.saturating_add(loss.direct),
                indirect: known.indirect.saturating_add(loss.indirect),
                blocks: known.blocks.saturating_add(loss.blocks),
            },
        };
    }

    /// What they come to; `sums` are those of the last search, bytes and blocks by kind.
    pub(super) fn finish(self, sums: &[(LeakKind, u64, u64)], process: &mut Process) {
        // Blocks that only lost blocks point to have records of their own, or are in the sum of those that point to them.
        let has_indirect = self
            .by_stack
            .keys()
            .any(|(_, kind)| *kind == LeakKind::IndirectlyLost);
        let mut listed: HashMap<LeakKind, Amount> = HashMap::new();
        let mut add = |kind, bytes, blocks| {
            let sum = listed.entry(kind).or_default();
            *sum = sum.plus(Amount { bytes, blocks });
        };
        for ((stack, kind), loss) in self.by_stack {
            let indirect = if has_indirect { 0 } else { loss.indirect };
            add(kind, loss.direct, loss.blocks);
            add(LeakKind::IndirectlyLost, indirect, 0);
            let bytes = loss.direct.saturating_add(indirect);
            process.records.push(Record {
                kind: Some(kind),
                ..Record::of_heap(stack, bytes, loss.blocks)
            });
        }
        // The map's order is no order.
        process
            .records
            .sort_by_key(|record| (record.stack, record.kind.map(|kind| kind as u8)));
        for (kind, bytes, blocks) in sums {
            let known = listed.get(kind).copied().unwrap_or_default();
            let rest = Amount {
                bytes: bytes.saturating_sub(known.bytes),
                blocks: blocks.saturating_sub(known.blocks),
            };
            if rest.bytes > 0 {
                process.unlisted.push((Some(*kind), rest));
            }
        }
    }
}

/// What is said where sums have more than records.
pub(super) const NOT_LISTED: &str = "Some losses are known by their sums alone: with --leak-check=full and --show-leak-kinds=all \
     valgrind lists all of them.";

/// Reads what `valgrind --xml=yes` wrote.
pub(super) fn read_xml(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let mut capture = Capture::new(Kind::MemcheckXml);
    capture.trust = Trust::Scanned;
    ValgrindReport::parse_each(input, |report| add(&mut capture, report, table))?;
    Ok(capture)
}

/// Adds the report of a process.
fn add(capture: &mut Capture, report: ValgrindReport, table: &mut StackTable) {
    let mut losses = Losses::default();
    let mut process = Process {
        pid: report.pid,
        parent: report.parent,
        is_forked: report.pid.is_none(),
        command: report.args.clone(),
        ..Process::default()
    };
    for error in &report.errors {
        let frames: Vec<_> = error
            .frames
            .iter()
            .map(|frame| table.frame(frame.clone()))
            .collect();
        match error.kind {
            ErrorKind::Loss {
                kind,
                bytes,
                blocks,
            } => {
                let sentence = Sentence::parse(&error.what).unwrap_or(Sentence {
                    kind,
                    direct: bytes,
                    indirect: 0,
                    blocks,
                    number: (u64::MAX, u64::MAX),
                    is_change: true,
                });
                let stack = table.stack(&frames);
                losses.add(&sentence, stack);
            }
            ErrorKind::OpenDescriptor => {
                // The innermost is the library's function that makes the system call.
                let stack = table.stack(frames.get(1..).unwrap_or_default());
                process.records.push(descriptor(stack));
            }
            ErrorKind::Other(_) => {}
        }
    }
    losses.finish(&report.sums, &mut process);
    if !process.unlisted.is_empty() {
        capture.note(NOT_LISTED);
    }
    if let Some(version) = &report.version {
        capture.tool = format!("valgrind {version}");
    }
    let whose = report
        .pid
        .map_or_else(|| "A process".to_owned(), |pid| format!("Process {pid}"));
    match (&report.truncated, report.finished) {
        (Some(why), _) => capture.truncated = Some(why.clone()),
        (None, false) => capture.note(format!(
            "{whose} did not come to its end under valgrind: its last search for leaks is missing, and what it held then."
        )),
        (None, true) => {}
    }
    if let Some(signal) = &report.fatal_signal {
        capture.note(format!("{whose} was ended by {signal}."));
    }
    capture.processes.push(process);
}

/// A descriptor that was open at the end.
pub(super) fn descriptor(stack: StackId) -> Record {
    Record {
        resource: Resource::FileDescriptor,
        grain: Grain::Exact,
        ..Record::of_heap(stack, 0, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_by_function, read_as};
    use super::*;

    fn document(inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<valgrindoutput><protocolversion>4</protocolversion><protocoltool>memcheck\
             </protocoltool><pid>7</pid>{inside}</valgrindoutput>\n"
        )
    }

    fn lost(what: &str, bytes: u64, function: &str) -> String {
        format!(
            "<error><unique>0x{bytes:x}</unique><kind>Leak_DefinitelyLost</kind><xwhat><text>{what}</text><leakedbytes>\
             {bytes}</leakedbytes><leakedblocks>1</leakedblocks></xwhat><stack><frame><ip>0x1</ip><fn>{function}</fn>\
             </frame></stack></error>"
        )
    }

    #[test]
    fn of_several_searches_in_a_file_that_is_cut_short_the_last_one_counts() {
        let of = |bytes: u64| {
            lost(
                &format!("{bytes} bytes in 1 blocks are definitely lost in loss record 1 of 1"),
                bytes,
                "keep",
            )
        };
        let text = document(&format!("{}{}{}", of(100), of(200), of(300)));
        let capture = read_as(Kind::MemcheckXml, &text);
        assert_eq!(bytes_by_function(&capture), [("keep".to_owned(), 300)]);
        assert!(capture.0.notes[0].contains("did not come to its end"));
    }

    #[test]
    fn a_search_that_tells_changes_alone_adds_to_what_is_known() {
        let text = document(&format!(
            "{}{}{}",
            lost(
                "100 bytes in 1 blocks are definitely lost in loss record 1 of 1",
                100,
                "keep"
            ),
            lost(
                "100 (+0) bytes in 1 (+0) blocks are definitely lost in loss record 1 of 2",
                100,
                "keep"
            ),
            lost(
                "7 (+7) bytes in 1 (+1) blocks are definitely lost in new loss record 2 of 2",
                7,
                "lose"
            ),
        ));
        let capture = read_as(Kind::MemcheckXml, &text);
        assert_eq!(
            bytes_by_function(&capture),
            [("keep".to_owned(), 100), ("lose".to_owned(), 7)]
        );
    }

    #[test]
    fn what_lost_blocks_point_to_is_counted_once_listed_or_not() {
        let whole = lost(
            "1,440 (560 direct, 880 indirect) bytes in 10 blocks are definitely lost in loss record 2 of 2",
            1440,
            "keep",
        );
        let part = lost(
            "880 bytes in 20 blocks are indirectly lost in loss record 1 of 2",
            880,
            "under",
        )
        .replace("Leak_DefinitelyLost", "Leak_IndirectlyLost");
        let finished = "<status><state>FINISHED</state></status>";
        let alone = read_as(Kind::MemcheckXml, &document(&format!("{finished}{whole}")));
        assert_eq!(bytes_by_function(&alone), [("keep".to_owned(), 1440)]);
        let both = read_as(
            Kind::MemcheckXml,
            &document(&format!("{finished}{part}{whole}")),
        );
        assert_eq!(
            bytes_by_function(&both),
            [("keep".to_owned(), 560), ("under".to_owned(), 880)]
        );
    }
}
