//! Reads `massif.out`, which ms_print shows (valgrind's manual, "Massif: a heap profiler"): snapshots of the heap, some of
//! them with a tree of who took it.

use super::lines::Lines;
use super::stacks::FrameId;
use super::{Capture, Kind, Process, Record, StackTable};
use crate::probe::text::{named, valgrind_frame};
use harness_judge::counts::{Amount, Grain};
use harness_model::units::{bytes, count};
use std::collections::BTreeMap;
use std::io::Read;

/// What stands for call sites that the tool left out.
const BELOW: &str = "places below massif's threshold";
/// Trees are no deeper.
const MAX_DEPTH: usize = 1_000;

/// A snapshot: its number, its bytes, and the bytes of its stacks where it has a tree.
#[derive(Default)]
struct Snapshot {
    number: u64,
    total: u64,
    is_detailed: bool,
    is_peak: bool,
    stacks: BTreeMap<super::StackId, u64>,
}

#[derive(Default)]
struct Reading {
    current: Option<Snapshot>,
    /// The last one with a tree, and the peak, if it has one.
    last_detailed: Option<Snapshot>,
    peak: Option<Snapshot>,
    last_total: u64,
    snapshots: u64,
    /// The calls above the line that is read, innermost first, each with how many lines below it are to come, and the bytes
    /// that those do not tell.
    path: Vec<FrameId>,
    /// For each call of the path: how many children it has still.
    children: Vec<u64>,
    has_below: bool,
    is_in_tree: bool,
}

/// Reads such a file.
pub(super) fn read(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let mut capture = Capture::new(Kind::Massif);
    capture.counts_blocks = false;
    let mut process = Process::default();
    let mut lines = Lines::new(input);
    let mut reading = Reading::default();
    while let Some(line) = lines.next_line() {
        if let Some(command) = line.strip_prefix("cmd: ") {
            process.command = command.split_whitespace().map(str::to_owned).collect();
        } else if let Some(number) = line.strip_prefix("snapshot=") {
            reading.end_snapshot();
            reading.current = Some(Snapshot {
                number: number.parse().unwrap_or(0),
                ..Snapshot::default()
            });
            reading.snapshots += 1;
        } else if let Some(total) = line.strip_prefix("mem_heap_B=") {
            if let (Some(current), Ok(total)) = (&mut reading.current, total.parse()) {
                current.total = total;
                reading.last_total = total;
            }
        } else if let Some(tree) = line.strip_prefix("heap_tree=") {
            if let Some(current) = &mut reading.current {
                current.is_detailed = matches!(tree, "detailed" | "peak");
                current.is_peak = tree == "peak";
            }
            reading.is_in_tree = tree != "empty";
            (reading.path, reading.children) = (Vec::new(), Vec::new());
        } else if reading.is_in_tree {
            reading.node(&line, table);
        }
    }
    if reading.is_in_tree && (lines.is_cut || reading.children.iter().any(|left| *left > 0)) {
        // Its tree is not whole: the one before is.
        capture.truncated = Some("it ends inside a snapshot".to_owned());
        if let Some(current) = &mut reading.current {
            current.is_detailed = false;
        }
    }
    if let Some(error) = lines.failed.take() {
        capture.truncated = Some(format!("it could not be read to its end: {error}"));
    }
    reading.end_snapshot();
    let Some(last) = &reading.last_detailed else {
        capture.note(format!(
            "None of its {} snapshots is detailed, so that call sites are not known: --detailed-freq=1 makes all of them so.",
            count(reading.snapshots)
        ));
        process.unlisted.push((
            None,
            Amount {
                bytes: reading.last_total,
                blocks: reading.last_total,
            },
        ));
        capture.processes.push(process);
        return Ok(capture);
    };
    for (stack, held) in &last.stacks {
        let amount = |bytes| Amount {
            bytes,
            blocks: bytes,
        };
        let at_most = reading
            .peak
            .as_ref()
            .and_then(|peak| peak.stacks.get(stack));
        process.records.push(Record {
            peak: at_most.map(|most| amount(*held.max(most))),
            grain: Grain::Exact,
            ..Record::of_heap(*stack, *held, *held)
        });
    }
    let missing = reading.last_total.saturating_sub(last.total);
    if last.total != reading.last_total {
        capture.note(format!(
            "The last snapshot is not detailed; that of number {} is used, which has {} where the last has {}: \
             --detailed-freq=1 makes all of them so.",
            last.number,
            bytes(last.total as f64),
            bytes(reading.last_total as f64)
        ));
    }
    if missing > 0 {
        process.unlisted.push((
            None,
            Amount {
                bytes: missing,
                blocks: missing,
            },
        ));
    }
    if reading.has_below {
        capture.note(
            "Massif leaves out call sites below its threshold of the whole, and only their sum is known: --threshold=0 lists \
             them.",
        );
    }
    capture.processes.push(process);
    Ok(capture)
}

impl Reading {
    /// A line of a tree: ` n1: 4096 0x109176: set_up (leaky.c:36)`, in as far as it is deep.
    fn node(&mut self, line: &str, table: &mut StackTable) {
        let depth = line.len() - line.trim_start_matches(' ').len();
        let node = line
            .trim_start_matches(' ')
            .strip_prefix('n')
            .and_then(|rest| {
                let (children, rest) = rest.split_once(": ")?;
                let (bytes, text) = rest.split_once(' ').unwrap_or((rest, ""));
                Some((
                    children.parse::<u64>().ok()?,
                    bytes.parse::<u64>().ok()?,
                    text,
                ))
            });
        let Some((children, held, text)) =
            node.filter(|_| depth <= MAX_DEPTH.min(self.children.len()))
        else {
            return;
        };
        self.children.truncate(depth);
        self.path.truncate(depth.saturating_sub(1));
        if let Some(left) = self.children.last_mut() {
            *left = left.saturating_sub(1);
        }
        self.children.push(children);
        if depth > 0 {
            let is_below = text.starts_with("in ") && text.contains("below massif's threshold");
            self.has_below |= is_below;
            let call = match is_below {
                true => table.frame(named(BELOW)),
                false => table.frame_of_text(text, valgrind_frame),
            };
            self.path.push(call);
        }
        // What a call took is that of its callers together.
        if children == 0
            && held > 0
            && let Some(current) = &mut self.current
        {
            let stack = table.stack(&self.path);
            let sum = current.stacks.entry(stack).or_default();
            *sum = sum.saturating_add(held);
        }
    }

    fn end_snapshot(&mut self) {
        let Some(snapshot) = self.current.take() else {
            return;
        };
        self.is_in_tree = false;
        if !snapshot.is_detailed {
            return;
        }
        if snapshot.is_peak {
            self.peak = Some(Snapshot {
                stacks: snapshot.stacks.clone(),
                ..Snapshot::default()
            });
        }
        self.last_detailed = Some(snapshot);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_by_function, read_as};
    use super::*;

    const HEAD: &str = "desc: --detailed-freq=1\ncmd: ./leaky 10\ntime_unit: i\n#-----------\n";

    fn snapshot(number: u32, total: u64, tree: &str) -> String {
        format!(
            "snapshot={number}\n#-----------\ntime=1\nmem_heap_B={total}\nmem_heap_extra_B=8\nmem_stacks_B=0\nheap_tree={tree}\n#-----------\n"
        )
    }

    const TREE: &str = "detailed\nn3: 4244 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n \
         n2: 4096 0x109176: take (leaky.c:36)\n  n1: 4000 0x1: one (leaky.c:58)\n   n0: 4000 0x2: main (leaky.c:60)\n  \
         n0: 96 0x3: two (leaky.c:59)\n n0: 48 0x1092BA: lose (leaky.c:16)\n \
         n0: 100 in 5 places, all below massif's threshold (1.00%)";

    #[test]
    fn what_a_call_took_is_told_by_its_callers_and_is_counted_once() {
        let text = format!(
            "{HEAD}{}{}",
            snapshot(0, 0, "empty"),
            snapshot(1, 4244, TREE)
        );
        let capture = read_as(Kind::Massif, &text);
        assert_eq!(
            bytes_by_function(&capture),
            [
                ("lose".to_owned(), 48),
                (BELOW.to_owned(), 100),
                ("take".to_owned(), 4096)
            ]
        );
        assert_eq!(capture.0.processes[0].records.len(), 4);
        assert_eq!(capture.0.processes[0].command, ["./leaky", "10"]);
        assert!(capture.0.notes[0].contains("--threshold=0"));
        assert!(!capture.0.counts_blocks && capture.0.truncated.is_none());
    }

    #[test]
    fn the_last_detailed_snapshot_is_used_and_what_came_after_it_is_said() {
        let text = format!(
            "{HEAD}{}{}",
            snapshot(1, 4244, TREE),
            snapshot(2, 5000, "empty")
        );
        let capture = read_as(Kind::Massif, &text).0;
        assert!(capture.notes[0].contains("number 1"), "{:?}", capture.notes);
        assert_eq!(capture.processes[0].unlisted[0].1.bytes, 756);
    }

    #[test]
    fn a_snapshot_that_is_cut_short_gives_way_to_the_one_before() {
        let whole = format!("{HEAD}{}", snapshot(1, 4244, TREE));
        let more = TREE.replace("4096", "8192").replace("4000", "8096");
        let cut = format!("{whole}{}", snapshot(2, 8340, &more));
        let cut = &cut[..cut.len() - 180];
        let capture = read_as(Kind::Massif, cut);
        assert!(bytes_by_function(&capture).contains(&("take".to_owned(), 4096)));
        assert!(capture.0.truncated.is_some());
    }
}
