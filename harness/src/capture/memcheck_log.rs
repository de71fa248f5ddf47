//! Reads memcheck's log, as it goes to standard error or to `--log-file`: by several processes at once, and between the
//! program's own lines.
//!
//! Each line of valgrind's begins with `==PID== `, with `--time-stamp=yes` also `==00:00:00:01.234 PID== `; what stands
//! before that on the line is somebody else's.

use super::lines::Lines;
use super::memcheck::{Losses, NOT_LISTED, descriptor};
use super::stacks::FrameId;
use super::{Capture, Kind, Process, StackTable};
use crate::probe::leak_search::Sentence;
use crate::probe::text::{figure, valgrind_frame};
use harness_judge::counts::Trust;
use harness_model::LeakKind;
use std::collections::HashMap;
use std::io::Read;

/// A line of valgrind's: whose it is, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogLine<'l> {
    pub(super) pid: u64,
    pub(super) says: &'l str,
}

impl<'l> LogLine<'l> {
    /// Reads one; `None` where valgrind wrote nothing on it.
    pub(super) fn parse(line: &'l str) -> Option<LogLine<'l>> {
        let mut from = 0;
        while let Some(at) = line[from..].find("==") {
            let begin = from + at + 2;
            if let Some(found) = Self::behind(&line[begin..]) {
                return Some(found);
            }
            // `===123==` is one of them too.
            from = begin - 1;
        }
        None
    }

    /// `123== text` or `00:00:00:01.234 123== text`.
    fn behind(text: &'l str) -> Option<LogLine<'l>> {
        let (prefix, says) = text.split_once("==")?;
        let (time, pid) = prefix.rsplit_once(' ').unwrap_or(("", prefix));
        let is_time = time
            .chars()
            .all(|c| c.is_ascii_digit() || c == ':' || c == '.');
        let is_pid = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
        // An end of the line, or a space: `==7==ERROR` is a sanitizer's.
        let says = match says {
            "" => "",
            _ => says.strip_prefix(' ')?,
        };
        (is_time && is_pid)
            .then(|| pid.parse().ok())
            .flatten()
            .map(|pid| LogLine { pid, says })
    }
}

/// What its summaries begin with.
const SUMMARIES: [&str; 3] = ["HEAP SUMMARY:", "LEAK SUMMARY:", "ERROR SUMMARY:"];

impl LogLine<'_> {
    /// Whether it says what nobody but valgrind does.
    pub(super) fn is_memchecks(&self) -> bool {
        let says = self.says.trim();
        says.starts_with("at 0x")
            || says.starts_with("by 0x")
            || SUMMARIES.iter().any(|summary| says.starts_with(summary))
            || says.contains("Using Valgrind-")
            || says.contains(" detector")
            || says.starts_with("Warning: ")
            || Sentence::parse(says).is_some()
            || sum(says).is_some()
    }
}

/// What is being read of a process.
#[derive(Default)]
struct Writer {
    process: Process,
    has_head: bool,
    losses: Losses,
    sums: Vec<(LeakKind, u64, u64)>,
    /// The loss record or the descriptor whose calls follow.
    open: Option<Open>,
    frames: Vec<FrameId>,
    finished: bool,
    died_of: Option<String>,
}

enum Open {
    Loss(Sentence),
    Descriptor,
}

/// Reads such a log.
pub(super) fn read(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let mut lines = Lines::new(input);
    let mut reading = Reading {
        capture: Capture::new(Kind::MemcheckLog),
        order: Vec::new(),
        writers: HashMap::new(),
    };
    reading.capture.trust = Trust::Scanned;
    let mut is_memchecks = false;
    while let Some(line) = lines.next_line() {
        if let Some(line) = LogLine::parse(&line) {
            is_memchecks = is_memchecks || line.is_memchecks();
            reading.line(line, table)?;
        }
    }
    let failed = lines.failed.take();
    if !is_memchecks && failed.is_none() {
        return Err(
            "its lines are prefixed as valgrind's are, and none is memcheck's: what counts begins with HEAP SUMMARY"
                .to_owned(),
        );
    }
    Ok(reading.finish(failed.map(|error| error.to_string()), table))
}

struct Reading {
    capture: Capture,
    /// The processes in the order in which they were first heard of.
    order: Vec<u64>,
    writers: HashMap<u64, Writer>,
}

impl Reading {
    fn line(&mut self, line: LogLine<'_>, table: &mut StackTable) -> Result<(), String> {
        let order = &mut self.order;
        let writer = self.writers.entry(line.pid).or_insert_with(|| {
            order.push(line.pid);
            Writer::default()
        });
        let says = line.says.trim();
        let call = says
            .strip_prefix("at 0x")
            .or_else(|| says.strip_prefix("by 0x"));
        if call.is_some() {
            if writer.open.is_some() {
                // With the `0x`.
                let text = &says[3..];
                writer
                    .frames
                    .push(table.frame_of_text(text, valgrind_frame));
            }
            return Ok(());
        }
        writer.close(table);
        if let Some(sentence) = Sentence::parse(says) {
            writer.open = Some(Open::Loss(sentence));
            return Ok(());
        }
        if let Some((tool, _)) = says.split_once(", a ")
            && [
                "Helgrind",
                "DRD",
                "Massif",
                "DHAT",
                "Cachegrind",
                "Callgrind",
            ]
            .contains(&tool)
        {
            return Err(format!(
                "it is the log of valgrind's {tool}, and losses are told by memcheck's alone"
            ));
        }
        if let Some((_, rest)) = says.split_once("Using Valgrind-") {
            let version: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '.')
                .collect();
            self.capture.tool = format!("valgrind {version}");
            writer.has_head = true;
        } else if let Some(command) = says.strip_prefix("Command: ") {
            writer.process.command = command.split_whitespace().map(str::to_owned).collect();
        } else if let Some(parent) = says.strip_prefix("Parent PID: ") {
            writer.process.parent = parent.parse().ok();
        } else if says.starts_with("HEAP SUMMARY:") {
            // The last search: what the program asked for before is in it again.
            writer.losses.begin_search();
            writer.sums.clear();
        } else if says.starts_with("All heap blocks were freed") {
            writer.losses.begin_search();
            writer.sums.clear();
            writer.finished = true;
        } else if says.starts_with("LEAK SUMMARY:") {
            writer.losses.end_search();
            writer.sums.clear();
        } else if let Some((kind, bytes, blocks)) = sum(says) {
            match kind {
                Some(kind) => writer.sums.push((kind, bytes, blocks)),
                None if bytes > 0 => self.capture.note(format!(
                    "Suppressions hide {bytes} bytes of losses of process {}.",
                    line.pid
                )),
                None => {}
            }
        } else if says.starts_with("ERROR SUMMARY:") {
            writer.finished = true;
        } else if says.starts_with("Open ") && says.contains(" descriptor ")
            || says.starts_with("Open AF_")
        {
            writer.open = Some(Open::Descriptor);
        } else if let Some(signal) =
            says.strip_prefix("Process terminating with default action of signal ")
        {
            writer.died_of = Some(signal.to_owned());
        }
        Ok(())
    }

    fn finish(mut self, failed: Option<String>, table: &mut StackTable) -> Capture {
        let mut unfinished = Vec::new();
        for pid in &self.order {
            let Some(mut writer) = self.writers.remove(pid) else {
                continue;
            };
            writer.close(table);
            let mut process = writer.process;
            process.pid = Some(*pid);
            process.is_forked = !writer.has_head && !self.capture.processes.is_empty();
            let is_quiet = writer.sums.is_empty() && !writer.finished && !writer.has_head;
            writer.losses.finish(&writer.sums, &mut process);
            if !process.unlisted.is_empty() {
                self.capture.note(NOT_LISTED);
            }
            if let Some(signal) = writer.died_of {
                self.capture
                    .note(format!("Process {pid} was ended by signal {signal}."));
            }
            // With -q there are no sums, and no end.
            if !writer.finished && !is_quiet {
                unfinished.push(pid.to_string());
            }
            self.capture.processes.push(process);
        }
        if !unfinished.is_empty() {
            self.capture.truncated = Some(format!(
                "it ends before valgrind's summary of process {}",
                unfinished.join(", ")
            ));
        }
        if let Some(why) = failed {
            self.capture.truncated = Some(format!("it could not be read to its end: {why}"));
        }
        self.capture
    }
}

impl Writer {
    /// The calls of what is open are all there.
    fn close(&mut self, table: &mut StackTable) {
        let frames = std::mem::take(&mut self.frames);
        match self.open.take() {
            Some(Open::Loss(sentence)) => {
                let stack = table.stack(&frames);
                self.losses.add(&sentence, stack);
            }
            // Those that were inherited have no calls.
            Some(Open::Descriptor) if !frames.is_empty() => {
                let stack = table.stack(&frames[1..]);
                self.process.records.push(descriptor(stack));
            }
            _ => {}
        }
    }
}

/// A line of the summary: `definitely lost: 4,676 bytes in 12 blocks`, with the kind, or none for what is suppressed.
fn sum(says: &str) -> Option<(Option<LeakKind>, u64, u64)> {
    let (name, rest) = says.split_once(':')?;
    let kind = match name {
        "definitely lost" => Some(LeakKind::DefinitelyLost),
        "indirectly lost" => Some(LeakKind::IndirectlyLost),
        "possibly lost" => Some(LeakKind::PossiblyLost),
        "still reachable" => Some(LeakKind::StillReachable),
        "suppressed" => None,
        _ => return None,
    };
    let (bytes, blocks) = rest.split_once(" bytes in ")?;
    // Behind each figure may stand by how much it changed.
    let first = |text: &str| figure(text.trim().split(' ').next()?);
    Some((kind, first(bytes)?, first(blocks)?))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_by_function, read_as};
    use super::*;

    #[test]
    fn a_line_is_known_by_its_prefix_wherever_it_stands() {
        for (line, pid, says) in [
            ("==7== LEAK SUMMARY:", 7, "LEAK SUMMARY:"),
            (
                "==00:00:00:01.234 7==    at 0x1: f (a.c:1)",
                7,
                "   at 0x1: f (a.c:1)",
            ),
            ("progress ===7== x", 7, "x"),
            ("web-1  | ==1== ", 1, ""),
            ("a == b ==12== c", 12, "c"),
            ("==7==", 7, ""),
        ] {
            assert_eq!(LogLine::parse(line), Some(LogLine { pid, says }), "{line}");
        }
        for line in [
            "==7==ERROR: LeakSanitizer",
            "== 7 ==",
            "a == b",
            "=====",
            "==x== y",
            "",
        ] {
            assert_eq!(LogLine::parse(line), None, "{line}");
        }
    }

    const RECORD: &str = "==1== 48 bytes in 1 blocks are definitely lost in loss record 1 of 2\n\
         ==1==    at 0x48417B4: malloc (in /usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so)\n\
         ==1==    by 0x1092BA: lose (leaky.c:16)\n==1== \n";

    #[test]
    fn lines_of_several_processes_and_of_the_program_are_told_apart() {
        let text = "==1== 48 bytes in 1 blocks are definitely lost in loss record 1 of 2\n\
             ==2== 7 bytes in 1 blocks are definitely lost in loss record 1 of 1\n\
             ==1==    at 0x1: lose (leaky.c:16)\nhello\n\
             ==2==    at 0x2: child (leaky.c:20)\n\
             ==1==    by 0x3: ??? (in /lib/libc.so.6)\n==1== \n\
             out==1== 5 bytes in 1 blocks are still reachable in loss record 2 of 2\n\
             ==1==    at 0x9: keep (leaky.c:30)\n==2== \n==1== \n";
        let capture = read_as(Kind::MemcheckLog, text);
        let processes: Vec<(Option<u64>, usize)> = capture
            .0
            .processes
            .iter()
            .map(|process| (process.pid, process.records.len()))
            .collect();
        assert_eq!(processes, [(Some(1), 2), (Some(2), 1)]);
        assert_eq!(
            bytes_by_function(&capture),
            [
                ("child".to_owned(), 7),
                ("keep".to_owned(), 5),
                ("lose".to_owned(), 48)
            ]
        );
        assert_eq!(capture.0.truncated, None, "with -q there is no summary");
    }

    #[test]
    fn the_last_search_for_leaks_counts_alone() {
        let again = RECORD.replace("48 bytes", "96 bytes");
        let text = format!(
            "==1== Using Valgrind-3.19.0 and LibVEX\n{RECORD}==1== LEAK SUMMARY:\n==1==    definitely lost: 48 bytes in 1 blocks\n\
             {again}==1== LEAK SUMMARY:\n==1== HEAP SUMMARY:\n{again}==1== LEAK SUMMARY:\n\
             ==1==    definitely lost: 96 bytes in 1 blocks\n==1== ERROR SUMMARY: 1 errors\n"
        );
        let capture = read_as(Kind::MemcheckLog, &text);
        assert_eq!(bytes_by_function(&capture), [("malloc".to_owned(), 96)]);
        assert_eq!(capture.0.tool, "valgrind 3.19.0");
    }

    #[test]
    fn what_the_sums_have_and_no_record_is_known_by_its_kind() {
        let text = "==1== Using Valgrind-3.19.0 and LibVEX\n==1== HEAP SUMMARY:\n==1==     in use at exit: 7,044 bytes in 30 blocks\n\
             ==1== LEAK SUMMARY:\n==1==    definitely lost: 4,676 bytes in 12 blocks\n\
             ==1==      possibly lost: 0 bytes in 0 blocks\n==1==    still reachable: 2,368 (+0) bytes in 18 (+0) blocks\n\
             ==1==         suppressed: 64 bytes in 2 blocks\n==1== ERROR SUMMARY: 0 errors\n";
        let capture = read_as(Kind::MemcheckLog, text).0;
        let amount = |bytes, blocks| harness_judge::counts::Amount { bytes, blocks };
        assert_eq!(
            capture.processes[0].unlisted,
            [
                (Some(LeakKind::DefinitelyLost), amount(4_676, 12)),
                (Some(LeakKind::StillReachable), amount(2_368, 18))
            ]
        );
        assert!(
            capture
                .notes
                .iter()
                .any(|note| note.contains("Suppressions hide 64 bytes"))
        );
        assert!(
            capture
                .notes
                .iter()
                .any(|note| note.contains("--leak-check=full"))
        );
    }

    #[test]
    fn a_log_that_ends_before_its_summary_says_so_and_keeps_what_it_had() {
        let text = format!(
            "==1== Using Valgrind-3.19.0 and LibVEX\n{RECORD}==1== 4,096 bytes in 1 blocks are sti"
        );
        let capture = read_as(Kind::MemcheckLog, &text);
        assert_eq!(bytes_by_function(&capture), [("malloc".to_owned(), 48)]);
        assert!(capture.0.truncated.unwrap().contains("process 1"));
    }
}
