//! Takes `/proc/PID/smaps` and `smaps_rollup` as captures: resident memory by what it is for, without call sites.

use super::{Capture, Kind, Process, Record, StackTable};
use crate::probe::text::named;
use harness_judge::counts::Grain;
use std::io::{BufReader, Read};

/// The kernel counts resident pages in batches, and allocators take them in larger ones.
const UNIT: u64 = 64 << 10;

/// Reads such a file.
pub(super) fn read(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let smaps = crate::probe::smaps::read(BufReader::new(input))
        .map_err(|error| format!("it could not be read to its end: {error}"))?;
    let mut capture = Capture::new(Kind::Smaps);
    capture.counts_blocks = false;
    if smaps.truncated {
        capture.truncated = Some("it ends inside a mapping".to_owned());
    }
    if smaps.odd_lines > 0 {
        capture.note(format!("{} of its lines make no sense.", smaps.odd_lines));
    }
    capture.note("Mappings have no call sites: what takes the memory is told by a heap profile, or by harness run.");
    let resident = smaps.resident;
    let mut process = Process::default();
    for (name, bytes) in [
        ("anonymous memory", resident.anonymous),
        ("the heap of brk", resident.system_heap),
        ("stacks", resident.stacks),
        ("files and shared memory", resident.files),
    ] {
        if bytes > 0 {
            let call = table.frame(named(name));
            process.records.push(Record {
                grain: Grain::Rounded { bytes: UNIT },
                ..Record::of_heap(table.stack(&[call]), bytes, bytes)
            });
        }
    }
    capture.processes.push(process);
    Ok(capture)
}
