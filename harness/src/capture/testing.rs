//! What the readers' tests ask of what was read.

use super::{Capture, Kind, StackTable, read_bytes};
use std::collections::BTreeMap;

/// A capture, with the stacks that it speaks of.
pub(super) type Read = (Capture, StackTable);

/// Reads a text, which has to be of this kind.
pub(super) fn read_as(kind: Kind, text: &str) -> Read {
    read_as_bytes(kind, text.as_bytes())
}

/// Reads bytes, which have to be of this kind.
pub(super) fn read_as_bytes(kind: Kind, bytes: &[u8]) -> Read {
    let mut table = StackTable::default();
    let capture = read_bytes(bytes, &mut table).unwrap();
    assert_eq!(capture.kind, kind);
    (capture, table)
}

/// The bytes of each innermost call, by its name or its address.
pub(super) fn bytes_by_function((capture, table): &Read) -> Vec<(String, u64)> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for record in capture.processes.iter().flat_map(|one| &one.records) {
        let innermost = table.calls(record.stack).next();
        let name = innermost.map_or_else(String::new, |call| {
            let address = || format!("{:#x}", call.address.unwrap_or_default());
            call.place.function.clone().unwrap_or_else(address)
        });
        if record.end.bytes > 0 {
            *sums.entry(name).or_default() += record.end.bytes;
        }
    }
    sums.into_iter().collect()
}
