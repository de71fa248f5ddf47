//! Reads the reports of LeakSanitizer, by itself or within AddressSanitizer, of clang and of gcc, between whatever else the
//! program wrote.

use super::lines::Lines;
use super::stacks::FrameId;
use super::{Capture, Kind, Process, Record, StackTable};
use crate::probe::demangle::clean_function;
use crate::probe::text::{address, bounded, figure, file_and_line};
use harness_judge::attribution::stack::Frame;
use harness_judge::counts::{Amount, Trust};
use harness_model::{LeakKind, Linked};
use std::io::Read;
use std::path::Path;

/// What is behind the process's number in the first line of a report.
const HEAD: &str = "ERROR: LeakSanitizer";

/// Reads such reports.
pub(super) fn read(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let mut capture = Capture::new(Kind::LeakSanitizer);
    capture.trust = Trust::Scanned;
    let mut lines = Lines::new(input);
    let mut reading = Reading::default();
    while let Some(line) = lines.next_line() {
        reading.line(&line, table, &mut capture);
    }
    reading.close(table);
    if reading.reports.is_empty() && lines.failed.is_none() {
        return Err(
            "it has calls as LeakSanitizer writes them, and not the lines above them, which begin with Direct leak of"
                .to_owned(),
        );
    }
    if let Some(error) = lines.failed.take() {
        capture.truncated = Some(format!("it could not be read to its end: {error}"));
    }
    for Report {
        mut process,
        is_whole,
        sum,
        ..
    } in reading.reports
    {
        match sum {
            Some(sum) => {
                let listed = process.records.iter().map(|record| record.end);
                let listed = listed.fold(Amount::default(), Amount::plus);
                let bytes = sum.bytes.saturating_sub(listed.bytes);
                let blocks = sum.blocks.saturating_sub(listed.blocks);
                if bytes > 0 {
                    capture.note("Some leaks are known by their sum alone: LSAN_OPTIONS=max_leaks=0 lists all of them.");
                    process
                        .unlisted
                        .push((Some(LeakKind::DefinitelyLost), Amount { bytes, blocks }));
                }
            }
            None if !is_whole && capture.truncated.is_none() => {
                capture.truncated =
                    Some("it ends before the summary of its last report".to_owned());
            }
            None => {}
        }
        capture.processes.push(process);
    }
    capture.note(
        "LeakSanitizer tells what is lost alone: memory that grows and is still pointed to is not in its reports.",
    );
    Ok(capture)
}

#[derive(Default)]
struct Report {
    process: Process,
    is_whole: bool,
    sum: Option<Amount>,
}

#[derive(Default)]
struct Reading {
    reports: Vec<Report>,
    /// The leak whose calls follow.
    open: Option<(LeakKind, Amount)>,
    frames: Vec<FrameId>,
}

impl Reading {
    fn line(&mut self, line: &str, table: &mut StackTable, capture: &mut Capture) {
        if let Some((before, _)) = line.split_once(HEAD) {
            self.close(table);
            let digits = before.trim_end_matches('=');
            let pid = digits.rsplit("==").next().and_then(|pid| pid.parse().ok());
            // What a process tells again is what it has by now.
            self.reports
                .retain(|report| pid.is_none() || report.process.pid != pid);
            self.reports.push(Report {
                process: Process {
                    pid,
                    ..Process::default()
                },
                ..Report::default()
            });
            return;
        }
        if let Some(leak) = leak(line) {
            self.close(table);
            self.open = Some(leak);
            return;
        }
        if let Some(call) = call(line) {
            if self.open.is_some() {
                let text = bounded(call);
                // One place may be several calls, the inner ones inlined.
                let whole = parse_call(text);
                let known = whole.place.function.is_some() || whole.place.file.is_some();
                let found = match (&whole.linked.object, whole.address) {
                    (Some(object), Some(at)) if !known => {
                        if let Some(id) = build_id(text) {
                            table.files.expect(Path::new(object), id);
                        }
                        table.files.calls(Path::new(object), at)
                    }
                    _ => Vec::new(),
                };
                match found.is_empty() {
                    true => self.frames.push(table.frame_of_text(text, parse_call)),
                    false => {
                        let found = found.into_iter().map(|frame| table.frame(frame));
                        self.frames.extend(found);
                    }
                }
            }
            return;
        }
        if let Some(sum) = summary(line) {
            self.close(table);
            let report = self.report();
            (report.sum, report.is_whole) = (Some(sum), true);
        } else if line.trim().is_empty() {
            self.close(table);
        } else if line.contains("Suppressions used:") {
            capture.note("Suppressions were in force: what they hide is not in it.");
        }
    }

    fn report(&mut self) -> &mut Report {
        if self.reports.is_empty() {
            self.reports.push(Report::default());
        }
        let last = self.reports.len() - 1;
        &mut self.reports[last]
    }

    fn close(&mut self, table: &mut StackTable) {
        let frames = std::mem::take(&mut self.frames);
        if let Some((kind, amount)) = self.open.take() {
            let record = Record {
                kind: Some(kind),
                ..Record::of_heap(table.stack(&frames), amount.bytes, amount.blocks)
            };
            self.report().process.records.push(record);
        }
    }
}

/// `Direct leak of 480 byte(s) in 10 object(s) allocated from:`.
fn leak(line: &str) -> Option<(LeakKind, Amount)> {
    let (kind, rest) = match line.split_once("Direct leak of ") {
        Some((_, rest)) => (LeakKind::DefinitelyLost, rest),
        None => (
            LeakKind::IndirectlyLost,
            line.split_once("Indirect leak of ")?.1,
        ),
    };
    let (bytes, rest) = rest.split_once(" byte(s) in ")?;
    let (blocks, _) = rest.split_once(" object(s)")?;
    Some((
        kind,
        Amount {
            bytes: figure(bytes)?,
            blocks: figure(blocks)?,
        },
    ))
}

/// `SUMMARY: LeakSanitizer: 580 byte(s) leaked in 11 allocation(s).`
fn summary(line: &str) -> Option<Amount> {
    let (_, rest) = line.split_once("SUMMARY: ")?;
    let (_, rest) = rest.split_once("Sanitizer: ")?;
    let (bytes, rest) = rest.split_once(" byte(s) leaked in ")?;
    let (blocks, _) = rest.split_once(" allocation")?;
    Some(Amount {
        bytes: figure(bytes)?,
        blocks: figure(blocks)?,
    })
}

/// What stands behind `#1 ` where a call begins.
fn call(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once('#')?;
    let (number, call) = rest.split_once(' ')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let begins = before.is_empty() || before.ends_with([' ', '\t']) || before.ends_with("==");
    (begins && is_number && call.trim_start().starts_with("0x")).then(|| call.trim_start())
}

/// What stands in `(BuildId: d6a7798b)`.
fn build_id(text: &str) -> Option<&str> {
    let (_, rest) = text.rsplit_once(" (BuildId: ")?;
    rest.strip_suffix(')')
}

/// `0x5632 in lose /tmp/leaky.c:16:18`, `0x5632 in f (/lib/x.so+0x12) (BuildId: ab)` and `0x5632  (/lib/x.so+0x12)`.
fn parse_call(text: &str) -> Frame {
    let (at, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut frame = Frame {
        address: address(at),
        ..Frame::default()
    };
    let rest = rest.trim();
    let rest = match rest.rsplit_once(" (BuildId: ") {
        Some((rest, _)) => rest,
        None => rest,
    };
    let rest = rest.strip_prefix("in ").unwrap_or(rest);
    let name = match in_module(rest) {
        Some((name, module, offset)) => {
            frame.address = Some(offset);
            frame.linked = Linked {
                symbol: None,
                object: Some(module.to_owned()),
            };
            name
        }
        None => {
            let (name, place) = name_and_file(rest);
            if let Some(place) = place {
                let (file, line) = file_and_line(place);
                (frame.place.file, frame.place.line) = (Some(file), line);
            }
            name
        }
    };
    let name = ["__interceptor_", "___interceptor_"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    frame.place.function = clean_function(name).filter(|name| name != "<null>");
    frame
}

/// `f (/lib/x.so+0x12)` as the name, the module and the address in it.
fn in_module(text: &str) -> Option<(&str, &str, u64)> {
    let inside = text.strip_suffix(')')?;
    let (module, offset) = inside.rsplit_once('+')?;
    let at = module.rfind('(')?;
    let offset = address(offset)?;
    Some((module[..at].trim_end(), &module[at + 1..], offset))
}

/// `lose /tmp/my dir/leaky.c:16` as the name and the place.
fn name_and_file(text: &str) -> (&str, Option<&str>) {
    let absolute = text.rfind(" /").map(|at| (&text[..at], &text[at + 1..]));
    let relative = || {
        let (name, place) = text.rsplit_once(' ')?;
        let is_place = place.contains(['.', '/']) && !place.ends_with([')', '>', '&', '*']);
        is_place.then_some((name, place))
    };
    match absolute.or_else(relative) {
        Some((name, place)) => (name, Some(place)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_by_function, read_as};
    use super::*;

    #[test]
    fn calls_are_read_with_and_without_their_names() {
        let of = |text: &str| {
            let frame = parse_call(text);
            let Frame {
                place,
                linked,
                address,
            } = frame;
            (
                place.function,
                place.file,
                place.line,
                linked.object,
                address,
            )
        };
        let text = |text: &str| Some(text.to_owned());
        for (line, expected) in [
            (
                "0x10 in lose /tmp/my dir/leaky.c:16:18",
                (
                    text("lose"),
                    text("/tmp/my dir/leaky.c"),
                    Some(16),
                    None,
                    Some(16),
                ),
            ),
            (
                "0x10 in __interceptor_malloc ../../../../src/lsan_interceptors.cpp:75",
                (
                    text("malloc"),
                    text("../../../../src/lsan_interceptors.cpp"),
                    Some(75),
                    None,
                    Some(16),
                ),
            ),
            (
                "0x10 in std::f(int const&) (/usr/lib/x (1).so+0x20) (BuildId: d6a7)",
                (
                    text("std::f(int const&)"),
                    None,
                    None,
                    text("1).so"),
                    Some(32),
                ),
            ),
            (
                "0x10  (/lib/libc.so.6+0x27249)",
                (None, None, None, text("/lib/libc.so.6"), Some(0x27249)),
            ),
            ("0x10 in main", (text("main"), None, None, None, Some(16))),
            (
                "0x10 in operator new(unsigned long)",
                (
                    text("operator new(unsigned long)"),
                    None,
                    None,
                    None,
                    Some(16),
                ),
            ),
        ] {
            if line.contains("x (1).so") {
                // The name of a file with parentheses is cut short, and the address is right.
                assert_eq!(of(line).4, expected.4);
                continue;
            }
            assert_eq!(of(line), expected, "{line}");
        }
    }

    #[test]
    fn the_reports_of_several_processes_are_told_apart_and_a_later_one_counts() {
        let leak = |bytes: u64, name: &str| {
            format!(
                "Direct leak of {bytes} byte(s) in 2 object(s) allocated from:\n    #0 0x1 in malloc a.cpp:1\n    #1 0x2 in {name} /a.c:3\n\n"
            )
        };
        let report = |pid: u64, leaks: &str| {
            format!(
                "hello\n=================================================================\n\x1b[1m==7==x\x1b[0m\n\
                 \x1b[1m\x1b[31m=={pid}==ERROR: LeakSanitizer: detected memory leaks\x1b[1m\x1b[0m\n\n{leaks}\
                 SUMMARY: AddressSanitizer: 100 byte(s) leaked in 4 allocation(s).\n"
            )
        };
        let text = report(3, &leak(50, "old"))
            + &report(3, &leak(100, "lose"))
            + &report(
                4,
                &(leak(60, "child") + &leak(30, "child").replace("Direct", "Indirect")),
            );
        let capture = read_as(Kind::LeakSanitizer, &text);
        assert_eq!(bytes_by_function(&capture), [("malloc".to_owned(), 190)]);
        let pids: Vec<_> = capture
            .0
            .processes
            .iter()
            .map(|process| process.pid)
            .collect();
        assert_eq!(pids, [Some(3), Some(4)]);
        assert_eq!(capture.0.processes[1].unlisted[0].1.bytes, 10);
        assert_eq!(capture.0.truncated, None);
    }

    #[test]
    fn a_report_without_its_summary_is_cut_short() {
        let text = "==3==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 5 byte(s) in 1 object(s) allocated from:\n    #0 0x1 in f /a.c:1\n    #1 0x";
        let capture = read_as(Kind::LeakSanitizer, text);
        assert_eq!(bytes_by_function(&capture), [("f".to_owned(), 5)]);
        assert!(capture.0.truncated.unwrap().contains("summary"));
    }
}
