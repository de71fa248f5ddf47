//! Reads heap profiles as text: jemalloc's (`heap_v2/RATE`), those of gperftools, and Go's with `debug=1`.
//!
//! Most are samples, one in RATE bytes or so. A block of s bytes is seen with the probability 1 - exp(-s/RATE), so that one
//! which was seen stands for 1 / (1 - exp(-s/RATE)), as jeprof and pprof have it.

use super::lines::Lines;
use super::stacks::FrameId;
use super::{Capture, Kind, Process, Record, StackTable};
use crate::probe::text::{address, bounded, file_and_line, go_file, named};
use harness_judge::attribution::stack::Frame;
use harness_judge::counts::{Amount, Grain};
use harness_model::Linked;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// How often something was seen: so many blocks, so many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) blocks: f64,
    pub(super) bytes: f64,
}

/// What a sampler of this mean distance in bytes stands for by what it saw; all of it where it is 1 or less.
pub(super) fn unbiased(seen: Seen, rate: f64) -> (Amount, Grain) {
    let whole = |value: f64| value.round().clamp(0.0, u64::MAX as f64) as u64;
    if seen.blocks <= 0.0 || seen.bytes <= 0.0 || rate <= 1.0 {
        let amount = Amount {
            bytes: whole(seen.bytes),
            blocks: whole(seen.blocks),
        };
        return (amount, Grain::Exact);
    }
    let size = seen.bytes / seen.blocks;
    let each = 1.0 / -(-size / rate).exp_m1();
    let amount = Amount {
        bytes: whole(seen.bytes * each),
        blocks: whole(seen.blocks * each),
    };
    (amount, grain(size, each))
}

/// How fine figures are where a block of this size that was seen stands for `each`.
pub(super) fn grain(size: f64, each: f64) -> Grain {
    let whole = |value: f64| value.round().clamp(1.0, u64::MAX as f64) as u64;
    match each < 1.001 {
        true => Grain::Exact,
        false => Grain::Sampled {
            bytes: whole(size * each),
            blocks: whole(each),
        },
    }
}

/// How a profile begins that names its addresses first.
pub(super) const SYMBOLS: &str = "--- symbol";

/// A mapping of the process.
struct Mapping {
    begin: u64,
    end: u64,
    offset: u64,
    path: String,
}

/// Stacks of addresses, with what was live of them and what was ever taken.
#[derive(Default)]
struct Reading {
    rate: f64,
    stacks: HashMap<Vec<u64>, [Seen; 2]>,
    order: Vec<Vec<u64>>,
    mappings: Vec<Mapping>,
    /// The calls at addresses that it names at its beginning.
    symbols: HashMap<u64, Vec<Frame>>,
    /// The calls of stacks that the file names itself, and the stack that it names just now.
    names: HashMap<Vec<u64>, Vec<Frame>>,
    last: Option<Vec<u64>>,
    /// The stack that figures follow, as jemalloc has it.
    current: Option<Vec<u64>>,
    is_in_mappings: bool,
    odd: u64,
}

/// Reads such a file.
pub(super) fn read(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let mut capture = Capture::new(Kind::HeapProfile);
    let mut lines = Lines::new(input);
    let mut reading = Reading::default();
    let mut is_first = true;
    let mut is_in_symbols = false;
    while let Some(line) = lines.next_line() {
        if is_first && (is_in_symbols || line.starts_with(SYMBOLS)) {
            // Names of addresses, which jeprof's and others' symbolised profiles begin with.
            is_in_symbols = !line.starts_with("--- heap") && !line.starts_with("--- profile");
            if let Some((at, names)) = line.split_once(' ')
                && let Some(at) = address(at)
            {
                let names = names.trim().split("--").filter(|name| !name.is_empty());
                reading.symbols.insert(at, names.map(named).collect());
            }
        } else if is_first {
            let head = Head::parse(&line).ok_or("its first line is not that of a heap profile")?;
            capture.tool = head.tool.to_owned();
            reading.rate = head.rate;
            is_first = false;
        } else {
            reading.line(&line);
        }
    }
    if let Some(error) = lines.failed.take() {
        capture.truncated = Some(format!("it could not be read to its end: {error}"));
    } else if !reading.is_in_mappings && reading.names.is_empty() && reading.symbols.is_empty() {
        capture.truncated =
            Some("it ends before the list of mapped files (MAPPED_LIBRARIES)".to_owned());
    }
    if reading.rate > 1.0 {
        capture.note(format!(
            "It is sampled, one in {} bytes or so: what is small and rare may be missing, and figures are as good as the samples \
             are many.",
            harness_model::units::count(reading.rate as u64)
        ));
    }
    if reading.odd > 0 {
        capture.note(format!("{} of its lines make no sense.", reading.odd));
    }
    let mut process = Process::default();
    let mut unnamed = false;
    let mut known: HashMap<u64, Vec<FrameId>> = HashMap::new();
    for addresses in std::mem::take(&mut reading.order) {
        let Some([live, taken]) = reading.stacks.get(&addresses).copied() else {
            continue;
        };
        let mut frames = Vec::new();
        let names = reading.names.remove(&addresses).unwrap_or_default();
        let is_named = !names.is_empty();
        frames.extend(names.into_iter().map(|frame| table.frame(frame)));
        for at in addresses.iter().filter(|_| !is_named) {
            let calls = known
                .entry(*at)
                .or_insert_with(|| reading.calls(*at, table));
            frames.extend_from_slice(calls);
        }
        let (end, grain) = unbiased(live, reading.rate);
        let (taken, _) = unbiased(taken, reading.rate);
        let stack = table.stack(&frames);
        unnamed |= table.calls(stack).all(|call| call.place.function.is_none());
        process.records.push(Record {
            taken: (taken.blocks >= end.blocks && taken.blocks > 0).then_some(taken.blocks),
            grain,
            ..Record::of_heap(stack, end.bytes, end.blocks)
        });
    }
    if unnamed {
        capture.note(
            "Its calls are addresses, and the files that they are in are not on this machine, or are newer than the profile: \
             addr2line -e FILE ADDRESS names them where those are.",
        );
    }
    capture.processes.push(process);
    Ok(capture)
}

/// The first line.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    tool: &'static str,
    /// Bytes from one sample to the next in the mean; 1 where nothing is left out.
    rate: f64,
}

impl Head {
    /// `heap_v2/524288`, or `heap profile:  30:  7044 [  40:  17044] @ heapprofile`.
    pub(super) fn parse(line: &str) -> Option<Head> {
        if let Some(rate) = line.strip_prefix("heap_v2/") {
            let rate = rate.trim().parse().ok()?;
            return Some(Head {
                tool: "jemalloc",
                rate,
            });
        }
        let rest = line.strip_prefix("heap profile:")?;
        let kind = rest.rsplit_once("] @")?.1.trim();
        let (name, rate) = kind.split_once('/').unwrap_or((kind, ""));
        let rate: f64 = rate.parse().unwrap_or(1.0);
        Some(match name {
            "heap_v2" => Head {
                tool: "tcmalloc",
                rate,
            },
            // The first form has twice the rate in it.
            "heap" => Head {
                tool: "Go, or an early tcmalloc",
                rate: rate / 2.0,
            },
            _ => Head {
                tool: "gperftools",
                rate: 1.0,
            },
        })
    }
}

impl Reading {
    fn line(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() {
            return;
        }
        if self.is_in_mappings {
            self.mappings.extend(mapping(text));
        } else if text.starts_with("MAPPED_LIBRARIES:") {
            self.is_in_mappings = true;
        } else if let Some(stack) = text.strip_prefix("@ ") {
            // jemalloc: the figures follow, of all threads together first.
            self.current = Some(addresses(stack));
        } else if let Some(figures) = text.strip_prefix("t*:") {
            match (self.current.take(), seen(figures)) {
                (Some(stack), Some(seen)) => self.add(stack, seen),
                // The sum of all.
                (None, Some(_)) => {}
                _ => self.odd += 1,
            }
        } else if text.starts_with('t') && text.contains(':') {
            // One thread's.
        } else if let Some(name) = text.strip_prefix('#') {
            if let (Some(frame), Some(stack)) = (named_call(name), &self.last) {
                self.names.entry(stack.clone()).or_default().push(frame);
            }
        } else if let Some((figures, stack)) = text.split_once('@') {
            let stack = addresses(stack);
            // What was named once needs no names again.
            self.last = (!self.names.contains_key(&stack)).then(|| stack.clone());
            match seen(figures) {
                Some(seen) => self.add(stack, seen),
                None => self.odd += 1,
            }
        } else {
            self.odd += 1;
        }
    }

    fn add(&mut self, stack: Vec<u64>, seen: [Seen; 2]) {
        let order = &mut self.order;
        let sums = self.stacks.entry(stack).or_insert_with_key(|stack| {
            order.push(stack.clone());
            Default::default()
        });
        for (sum, seen) in sums.iter_mut().zip(seen) {
            sum.blocks += seen.blocks;
            sum.bytes += seen.bytes;
        }
    }

    /// The calls that return to an address.
    fn calls(&self, at: u64, table: &mut StackTable) -> Vec<FrameId> {
        if let Some(names) = self.symbols.get(&at).filter(|names| !names.is_empty()) {
            let names = names.iter().cloned();
            return names.map(|frame| table.frame(frame)).collect();
        }
        let mapping = self
            .mappings
            .iter()
            .find(|mapping| (mapping.begin..mapping.end).contains(&at));
        let Some(mapping) = mapping else {
            let frame = Frame {
                address: Some(at),
                ..Frame::default()
            };
            return vec![table.frame(frame)];
        };
        let offset = (at - mapping.begin).saturating_add(mapping.offset);
        let named = table
            .files
            .calls_at_offset(Path::new(&mapping.path), offset);
        if named.is_empty() {
            let frame = Frame {
                address: Some(offset),
                linked: Linked {
                    symbol: None,
                    object: Some(mapping.path.clone()),
                },
                ..Frame::default()
            };
            return vec![table.frame(frame)];
        }
        named.into_iter().map(|frame| table.frame(frame)).collect()
    }
}

/// ` 10: 480 [ 40: 17044]`: live, and ever taken.
fn seen(text: &str) -> Option<[Seen; 2]> {
    let (live, taken) = text.split_once('[').unwrap_or((text, "0: 0]"));
    let pair = |text: &str| {
        let (blocks, bytes) = text.split_once(':')?;
        let number = |text: &str| {
            let value: f64 = text.trim().parse().ok()?;
            Some(if value.is_finite() {
                value.max(0.0)
            } else {
                0.0
            })
        };
        Some(Seen {
            blocks: number(blocks)?,
            bytes: number(bytes)?,
        })
    };
    Some([pair(live)?, pair(taken.trim_end().strip_suffix(']')?)?])
}

fn addresses(text: &str) -> Vec<u64> {
    text.split_whitespace()
        .map_while(address)
        .take(1_000)
        .collect()
}

/// `0x4a1b7c main.keep+0x5c /tmp/leaky/leaky.go:17`, with tabs between, as Go writes it behind a stack.
fn named_call(text: &str) -> Option<Frame> {
    let mut parts = text.trim().split('\t').filter(|part| !part.is_empty());
    address(parts.next()?.trim())?;
    let name = parts.next()?.trim();
    let name = name.rsplit_once("+0x").map_or(name, |(name, _)| name);
    let mut frame = named(name);
    if let Some(place) = parts.next() {
        let (file, line) = file_and_line(bounded(place.trim()));
        (frame.place.file, frame.place.line) = (Some(go_file(&file).to_owned()), line);
    }
    Some(frame)
}

/// `560f5cf7e000-560f5cf7f000 r-xp 00001000 00:00 10010691    /tmp/leaky`, where a file was mapped.
fn mapping(line: &str) -> Option<Mapping> {
    let mut fields = line.splitn(6, ' ');
    let (begin, end) = fields.next()?.split_once('-')?;
    let hex = |text: &str| u64::from_str_radix(text, 16).ok();
    let (begin, end) = (hex(begin)?, hex(end)?);
    let offset = fields.nth(1).and_then(hex)?;
    let path = fields.nth(2)?.trim();
    (path.starts_with('/') && begin < end).then(|| Mapping {
        begin,
        end,
        offset,
        path: bounded(path).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_by_function, read_as};
    use super::*;

    #[test]
    fn the_first_line_tells_how_it_was_sampled() {
        for (line, rate) in [
            ("heap_v2/524288", 524_288.0),
            ("heap profile:  1:  2 [ 3: 4] @ heapprofile", 1.0),
            ("heap profile:  1:  2 [ 3: 4] @ heap_v2/512", 512.0),
            ("heap profile: 1: 2 [3: 4] @ heap/1048576", 524_288.0),
            ("heap profile:  1:  2 [ 3: 4] @ growthz", 1.0),
        ] {
            assert_eq!(
                Head::parse(line).map(|head| head.rate),
                Some(rate),
                "{line}"
            );
        }
        assert_eq!(Head::parse("heap of things"), None);
    }

    #[test]
    fn a_small_block_that_was_seen_stands_for_many() {
        let one = Seen {
            blocks: 1.0,
            bytes: 1024.0,
        };
        let (amount, grain) = unbiased(one, 524_288.0);
        // 1 / (1 - exp(-1/512)) = 512.5
        assert_eq!((amount.blocks, amount.bytes), (513, 524_800));
        assert_eq!(
            grain,
            Grain::Sampled {
                bytes: 524_800,
                blocks: 513
            }
        );
        let (amount, grain) = unbiased(one, 1.0);
        assert_eq!((amount.bytes, grain), (1024, Grain::Exact));
        // Larger than many a sampling distance: always seen.
        let large = Seen {
            blocks: 2.0,
            bytes: 1e9,
        };
        assert_eq!(unbiased(large, 524_288.0).1, Grain::Exact);
    }

    const MAPPED: &str = "\nMAPPED_LIBRARIES:\n1000-2000 r--p 00000000 00:00 1    /no/such/leaky (deleted)\n\
         2000-3000 r-xp 00001000 00:00 1    /no/such/leaky (deleted)\n3000-4000 rw-p 00000000 00:00 0 \n";

    #[test]
    fn both_forms_give_the_module_and_the_address_in_it() {
        let jemalloc = format!(
            "heap_v2/1\n  t*: 3: 96 [0: 0]\n  t0: 3: 96 [0: 0]\n@ 0x2010 0x2100\n  t*: 2: 64 [0: 0]\n  t0: 1: 32 [0: 0]\n  \
             t1: 1: 32 [0: 0]\n@ 0x2011\n  t*: 1: 32 [0: 0]\n{MAPPED}"
        );
        let gperftools = format!(
            "heap profile:  3:  96 [  4:  128] @ heapprofile\n  2:  64 [  3:  96] @ 0x2010 0x2100\n  1: 32 [ 1: 32] @ 0x2011\n{MAPPED}"
        );
        for text in [jemalloc, gperftools] {
            let capture = read_as(Kind::HeapProfile, &text);
            assert_eq!(
                bytes_by_function(&capture),
                [("0x1010".to_owned(), 64), ("0x1011".to_owned(), 32)]
            );
            assert_eq!(capture.0.processes[0].records[0].end.blocks, 2);
            assert_eq!(capture.0.truncated, None);
            let cut = read_as(Kind::HeapProfile, text.split("MAPPED").next().unwrap());
            assert!(cut.0.truncated.is_some());
        }
    }

    #[test]
    fn a_profile_may_name_its_addresses_before_it_begins() {
        let text = "--- symbol\nbinary=/tmp/leaky\n0x2010 alloc--lose\n0x2100 main\n---\n--- heap\nheap_v2/1\n  t*: 2: 64 [0: 0]\n\
             @ 0x2010 0x2100\n  t*: 2: 64 [0: 0]\n";
        let capture = read_as(Kind::HeapProfile, text);
        assert_eq!(bytes_by_function(&capture), [("alloc".to_owned(), 64)]);
        let stack = capture.0.processes[0].records[0].stack;
        assert_eq!(capture.1.calls(stack).count(), 3);
        assert_eq!(capture.0.truncated, None);
    }

    #[test]
    fn go_names_its_calls_itself() {
        let text = "heap profile: 2: 2048 [2: 2048] @ heap/2\n2: 2048 [2: 2048] @ 0x4a1b7c 0x4a1c00\n\
             #\t0x4a1b7b\tmain.keep+0x5b\t/tmp/leaky/leaky.go:17\n#\t0x4a1bff\tmain.main+0xbf\t/tmp/leaky/leaky.go:31\n\n# runtime.MemStats\n";
        let capture = read_as(Kind::HeapProfile, text);
        assert_eq!(
            bytes_by_function(&capture),
            [("main.keep".to_owned(), 2048)]
        );
    }

    #[test]
    fn calls_are_named_by_the_files_that_they_are_in() {
        // This very test, as it is mapped.
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let at = calls_are_named_by_the_files_that_they_are_in as fn() as usize as u64 + 8;
        let text =
            format!("heap_v2/1\n@ 0x{at:x}\n  t*: 1: 48 [0: 0]\n\nMAPPED_LIBRARIES:\n{maps}");
        let capture = read_as(Kind::HeapProfile, &text);
        let found = bytes_by_function(&capture);
        assert!(
            found[0].0.contains("calls_are_named_by_the_files"),
            "{found:?}"
        );
    }
}
