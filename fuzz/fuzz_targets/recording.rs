//! A record of what a program allocated: whatever stands in it, what is read of it is no more than was written, every
//! stack ends, and what is refused is refused in a sentence that names the file.
//!
//! The input is the head, and for each table how many bytes of it follow; between them the file is a hole.
#![no_main]

use std::io;
use std::path::Path;

use harness::recording::{Source, StackKeys, Totals, read_from};
use libfuzzer_sys::fuzz_target;
use nlp_core_fuzz::{Unstructured, pick};

/// Where the tables begin in a record of this layout, after the head.
const TABLES: [u64; 4] = [
    harness_preload::record::MODULES as u64,
    harness_preload::record::NODES as u64,
    harness_preload::record::SITES as u64,
    harness_preload::record::LOST as u64,
];

/// A file of a few parts, with holes between them.
struct Sparse<'a> {
    parts: Vec<(u64, &'a [u8])>,
    length: u64,
}

impl Source for Sparse<'_> {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let rest = self.length.saturating_sub(at);
        let count = buffer.len().min(rest as usize);
        let buffer = &mut buffer[..count];
        buffer.fill(0);
        for (begin, bytes) in &self.parts {
            for (offset, byte) in bytes.iter().enumerate() {
                let place = (begin + offset as u64).checked_sub(at);
                if let Some(place) = place.and_then(|place| buffer.get_mut(place as usize)) {
                    *place = *byte;
                }
            }
        }
        Ok(count)
    }
}

fuzz_target!(|data: &[u8]| {
    // Four numbers of two bytes say how long the tables are that stand behind the head.
    let Some((sizes, mut rest)) = data.split_at_checked(10) else {
        return;
    };
    let mut u = Unstructured::new(sizes);
    let u = &mut u;
    let mut parts = Vec::new();
    for table in TABLES.into_iter().rev() {
        let (before, part) = rest.split_at(rest.len() - pick(u, rest.len() + 1));
        parts.push((table, part));
        rest = before;
    }
    // So that the input need not find it out.
    let mut head = rest.to_vec();
    if pick(u, 8) > 0 {
        head.resize(head.len().max(12), 0);
        head[..8].copy_from_slice(&harness_preload::record::MAGIC);
        head[8..12].copy_from_slice(&harness_preload::record::VERSION.to_le_bytes());
    }
    parts.push((0, &head));
    let cut = [u64::MAX, TABLES[1] + 100, TABLES[2] + 100, 9000];
    let length = cut[pick(u, cut.len())].min(harness_preload::record::BYTES as u64);
    let written: usize = parts.iter().map(|(_, part)| part.len()).sum();
    let file = Sparse { parts, length };
    let totals = Totals::read(&file).expect("reading from memory does not fail");
    match read_from(&file, Path::new("7-0.record")) {
        Ok(recording) => {
            let keys = StackKeys::new(&recording);
            for site in &recording.sites {
                keys.of(site.stack);
                assert!(recording.stacks.calls(site.stack).count() <= recording.stacks.len());
            }
            assert!(totals.is_some());
            // A piece of a table in which anything stands is read whole.
            assert!(recording.sites.len() <= written);
            assert!(recording.stacks.len() <= (written + 1) * (64 << 10) / 16);
        }
        Err(error) => assert!(error.to_string().contains("7-0.record")),
    }
});
