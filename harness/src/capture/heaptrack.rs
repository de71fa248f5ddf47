//! Reads what `heaptrack_print` prints, and the collapsed stacks that it writes with `--print-flamegraph`.
//!
//! The print rounds: `4.80K` is 4,800 bytes, give or take ten. The calls that it counts are those that ever allocated, and
//! not blocks that are left.

use super::lines::Lines;
use super::stacks::FrameId;
use super::{Capture, Kind, Process, Record, StackTable};
use crate::probe::text::{figure, file_and_line, named};
use harness_judge::attribution::stack::Frame;
use harness_judge::counts::{Amount, Grain};
use harness_model::Linked;
use std::collections::BTreeMap;
use std::io::Read;

/// The sections of the print that are of use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Peaks,
    Leaks,
    Other,
}

/// Bytes as they are printed, and how fine that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rounded {
    bytes: u64,
    step: u64,
}

/// Reads the print.
pub(super) fn read_print(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let mut lines = Lines::new(input);
    let mut reading = Reading {
        section: Section::Other,
        of_leaks: Found::default(),
        of_peaks: Found::default(),
        head: Vec::new(),
        open: None,
        calls: Vec::new(),
        command: Vec::new(),
        leaked: None,
        peak: None,
        is_whole: false,
    };
    while let Some(line) = lines.next_line() {
        reading.line(&line, table);
    }
    reading.close(table);
    let mut capture = Capture::new(Kind::HeaptrackPrint);
    capture.counts_blocks = false;
    if let Some(error) = lines.failed.take() {
        capture.truncated = Some(format!("it could not be read to its end: {error}"));
    } else if !reading.is_whole {
        capture.truncated = Some("it ends before the sums".to_owned());
    }
    let has_leaks = reading.of_leaks.is_there;
    let (found, sum) = match has_leaks {
        true => (reading.of_leaks, reading.leaked),
        false => (reading.of_peaks, reading.peak),
    };
    if !has_leaks {
        capture.note(
            "Its leaks are not in it (heaptrack_print --print-leaks=1 lists them): what each call site held at the peak is \
             compared.",
        );
    }
    let mut process = Process {
        command: reading.command,
        ..Process::default()
    };
    let mut listed = 0_u64;
    let mut blur = 0;
    for (stack, held) in found.held {
        listed = listed.saturating_add(held.bytes);
        blur += held.step;
        process.records.push(Record {
            grain: match held.step {
                0..=1 => Grain::Exact,
                bytes => Grain::Rounded { bytes },
            },
            ..Record::of_heap(stack, held.bytes, held.bytes)
        });
    }
    let missing = sum.map_or(0, |sum| {
        // Sums are rounded too: less than that is nothing.
        let rest = sum.bytes.saturating_sub(listed);
        if rest > blur.saturating_add(sum.step) {
            rest
        } else {
            0
        }
    });
    if missing > 0 {
        capture.note(
            "It lists the largest call sites alone: heaptrack_print --peak-limit=1000 --sub-peak-limit=100 lists more.",
        );
        let amount = Amount {
            bytes: missing,
            blocks: missing,
        };
        process.unlisted.push((None, amount));
    }
    capture
        .note("heaptrack_print rounds what it prints, to three digits or so; rates are as coarse.");
    capture.processes.push(process);
    Ok(capture)
}

/// What a section has.
#[derive(Default)]
struct Found {
    is_there: bool,
    held: Vec<(super::StackId, Rounded)>,
}

struct Reading {
    section: Section,
    of_leaks: Found,
    of_peaks: Found,
    /// The innermost calls that the stacks which follow have in common.
    head: Vec<FrameId>,
    open: Option<Open>,
    /// The calls of what is open, each as far as it was read.
    calls: Vec<Frame>,
    command: Vec<String>,
    leaked: Option<Rounded>,
    peak: Option<Rounded>,
    is_whole: bool,
}

/// What the calls that follow are of.
#[derive(Clone, Copy)]
enum Open {
    /// The calls that several stacks begin with.
    Head,
    /// A stack.
    Stack(Rounded),
}

impl Reading {
    fn line(&mut self, line: &str, table: &mut StackTable) {
        let text = line.trim();
        let section = match text {
            "MEMORY LEAKS" => Some(Section::Leaks),
            "PEAK MEMORY CONSUMERS" => Some(Section::Peaks),
            _ if text.starts_with("MOST ") => Some(Section::Other),
            _ => None,
        };
        if let Some(section) = section {
            self.close(table);
            self.section = section;
            match section {
                Section::Leaks => self.of_leaks.is_there = true,
                Section::Peaks => self.of_peaks.is_there = true,
                Section::Other => {}
            }
        } else if let Some(command) = text.strip_prefix("Debuggee command was: ") {
            self.command = command.split_whitespace().map(str::to_owned).collect();
        } else if let Some(sum) = text.strip_prefix("total memory leaked: ") {
            self.close(table);
            self.section = Section::Other;
            (self.leaked, self.is_whole) = (rounded(sum), true);
        } else if let Some(sum) = text.strip_prefix("peak heap memory consumption: ") {
            self.peak = rounded(sum);
        } else if text.starts_with("total runtime:") {
            self.close(table);
            self.section = Section::Other;
        } else if self.section != Section::Other {
            self.in_section(line, text, table);
        }
    }

    fn in_section(&mut self, line: &str, text: &str, table: &mut StackTable) {
        if text.is_empty() {
            self.close(table);
            self.head.clear();
        } else if let Some((open, is_indented)) = opening(line) {
            self.close(table);
            if !is_indented && !matches!(open, Open::Stack(_) if !self.head.is_empty()) {
                self.head.clear();
            }
            self.open = Some(open);
        } else if let Some(rest) = text.strip_prefix("and ") {
            // `and 1.2K from 3 other places`
            self.close(table);
            if let Some((amount, _)) = rest.split_once(" from ")
                && let Some(amount) = rounded(amount)
            {
                let stack = table.stack(&self.head);
                self.found().held.push((stack, amount));
            }
        } else if let Some(place) = text.strip_prefix("at ") {
            if let Some(call) = self.calls.last_mut() {
                let (file, line) = file_and_line(place);
                (call.place.file, call.place.line) = (Some(file), line);
            }
        } else if let Some(object) = text.strip_prefix("in ") {
            // Of several calls in one another the outermost has the file.
            for call in self.calls.iter_mut().rev() {
                match call.linked.object {
                    Some(_) => break,
                    None => call.linked.object = Some(object.to_owned()),
                }
            }
        } else if self.open.is_some() {
            self.calls.push(match crate::probe::text::address(text) {
                Some(address) => Frame {
                    address: Some(address),
                    linked: Linked::default(),
                    ..Frame::default()
                },
                None => named(text),
            });
        }
    }

    fn found(&mut self) -> &mut Found {
        match self.section {
            Section::Leaks => &mut self.of_leaks,
            _ => &mut self.of_peaks,
        }
    }

    /// The calls of what is open are all there.
    fn close(&mut self, table: &mut StackTable) {
        let calls = std::mem::take(&mut self.calls);
        let calls: Vec<FrameId> = calls.into_iter().map(|call| table.frame(call)).collect();
        match self.open.take() {
            Some(Open::Head) => self.head = calls,
            Some(Open::Stack(held)) => {
                let whole: Vec<FrameId> = self.head.iter().chain(&calls).copied().collect();
                let stack = table.stack(&whole);
                self.found().held.push((stack, held));
            }
            None => {}
        }
    }
}

/// `4.80K leaked over 100 calls from`, which begins what several stacks have in common, or a stack where a colon follows.
fn opening(line: &str) -> Option<(Open, bool)> {
    let text = line.trim();
    let (rest, is_stack) = match text.strip_suffix(" calls from:") {
        Some(rest) => (rest, true),
        None => (text.strip_suffix(" calls from")?, false),
    };
    let known = [
        " leaked over ",
        " peak memory consumed over ",
        " consumed over ",
    ];
    let (amount, _) = known.iter().find_map(|between| rest.split_once(between))?;
    let amount = rounded(amount)?;
    let open = match is_stack {
        true => Open::Stack(amount),
        false => Open::Head,
    };
    Some((open, line.starts_with(' ')))
}

/// `1000B`, `4.80K`, `4.80KB` or `72.70M`, in steps of a thousand.
fn rounded(text: &str) -> Option<Rounded> {
    let text = text.trim().trim_end_matches('B');
    let (number, unit) = match text.chars().next_back()? {
        'K' => (&text[..text.len() - 1], 1_000_u64),
        'M' => (&text[..text.len() - 1], 1_000_000),
        'G' => (&text[..text.len() - 1], 1_000_000_000),
        'T' => (&text[..text.len() - 1], 1_000_000_000_000),
        _ => (text, 1),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = part.len().min(6) as u32;
    let step = unit.checked_div(10_u64.pow(digits))?.max(1);
    let part = match part {
        "" => 0,
        part => figure(&part[..digits as usize])?,
    };
    let bytes = figure(whole)?
        .saturating_mul(unit)
        .saturating_add(part.saturating_mul(step));
    Some(Rounded { bytes, step })
}

/// Reads collapsed stacks: `main (leaky.c);lose (leaky.c); 4800`, outermost first.
pub(super) fn read_collapsed(
    input: &mut dyn Read,
    table: &mut StackTable,
) -> Result<Capture, String> {
    let mut capture = Capture::new(Kind::CollapsedStacks);
    capture.counts_blocks = false;
    let mut lines = Lines::new(input);
    let mut process = Process::default();
    let mut odd = 0_u64;
    let mut sums: BTreeMap<super::StackId, u64> = BTreeMap::new();
    while let Some(line) = lines.next_line() {
        let Some((stack, held)) = collapsed(&line) else {
            odd += u64::from(!line.trim().is_empty());
            continue;
        };
        let mut calls: Vec<FrameId> = stack
            .split(';')
            .map(str::trim)
            .filter(|call| !call.is_empty())
            .map(|call| table.frame_of_text(call, of_collapsed))
            .collect();
        calls.reverse();
        if held > 0 {
            let sum = sums.entry(table.stack(&calls)).or_default();
            *sum = sum.saturating_add(held);
        }
    }
    let records = sums.into_iter();
    process.records = records
        .map(|(stack, held)| Record::of_heap(stack, held, held))
        .collect();
    if lines.is_cut && odd > 0 {
        capture.truncated = Some("its last line is cut short".to_owned());
    } else if odd > 0 {
        capture.note(format!("{odd} of its lines are no stack with a figure."));
    }
    capture.note(
        "Collapsed stacks do not say what they count: they are taken for bytes that were not freed \
         (heaptrack_print --flamegraph-cost-type=leaked).",
    );
    capture.processes.push(process);
    Ok(capture)
}

/// The stack and the figure of a line.
pub(super) fn collapsed(line: &str) -> Option<(&str, u64)> {
    let (stack, held) = line.trim_end().rsplit_once(' ')?;
    let is_stack = stack.contains(';');
    let held = held
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| figure(held))??;
    is_stack.then_some((stack, held))
}

/// `lose (leaky.c)`.
fn of_collapsed(text: &str) -> Frame {
    if let Some(address) = crate::probe::text::address(text) {
        return Frame {
            address: Some(address),
            ..Frame::default()
        };
    }
    let (name, file) = crate::probe::text::name_and_place(text);
    let mut frame = named(name);
    if !file.is_empty() {
        let (file, line) = file_and_line(file);
        (frame.place.file, frame.place.line) = (Some(file), line);
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_by_function, read_as};
    use super::*;

    #[test]
    fn figures_are_read_with_how_fine_they_are() {
        for (text, bytes, step) in [
            ("1000B", 1_000, 1),
            ("4.80K", 4_800, 10),
            ("4.8K", 4_800, 100),
            ("1.59KB", 1_590, 10),
            ("72.70M", 72_700_000, 10_000),
            ("0B", 0, 1),
        ] {
            assert_eq!(rounded(text), Some(Rounded { bytes, step }), "{text}");
        }
        for text in ["many", "4.8\u{fffd}K", "4.80000\u{fffd}\u{fffd}K"] {
            assert_eq!(rounded(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_merged_by_its_innermost_call_is_told_stack_by_stack() {
        let text = "reading file \"a\"\nDebuggee command was: ./a 10\n\nPEAK MEMORY CONSUMERS\n9K peak memory consumed over 1 calls from\nx\n\n\
             MEMORY LEAKS\n4.80K leaked over 100 calls from\nlose\n  at /tmp/a.c:16\n  in /tmp/a\n\
             3.00K leaked over 60 calls from:\n    one\n      at /tmp/a.c:60\n      in /tmp/a\n\
             1.50K leaked over 30 calls from:\n    two\n      at /tmp/a.c:61\n      in /tmp/a\n  and 300B from 2 other places\n\n\
             48B leaked over 1 calls from\n0x7f28b08a57b9\n  in /lib/b.so\n48B leaked over 1 calls from:\n    main\n\n\n\
             total runtime: 0.01s.\npeak heap memory consumption: 9.00K\ntotal memory leaked: 14.24K\n";
        let capture = read_as(Kind::HeaptrackPrint, text);
        assert_eq!(
            bytes_by_function(&capture),
            [
                ("0x7f28b08a57b9".to_owned(), 48),
                ("lose".to_owned(), 4_800)
            ]
        );
        assert_eq!(capture.0.processes[0].records.len(), 4);
        assert_eq!(capture.0.processes[0].unlisted[0].1.bytes, 14_240 - 4_848);
        assert_eq!(capture.0.truncated, None);
        let cut = read_as(Kind::HeaptrackPrint, &text[..text.len() - 60]);
        assert!(cut.0.truncated.is_some());
    }

    #[test]
    fn collapsed_stacks_stand_the_other_way_round() {
        let capture = read_as(
            Kind::CollapsedStacks,
            "main (leaky.c);lose (leaky.c); 4800\n0x7f (rtld.c);keep(int) (a.c); 0\nmain (leaky.c);keep 32\n",
        );
        assert_eq!(
            bytes_by_function(&capture),
            [("keep".to_owned(), 32), ("lose".to_owned(), 4_800)]
        );
    }
}
