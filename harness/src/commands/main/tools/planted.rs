//! The block that a child leaks on purpose, by which a tool shows that it sees the heap, taken out of what it saw.

use crate::probe::proof::{PLANTED_BYTES, PLANTED_IN};
use harness_judge::attribution::sites::{Observation, Record};
use harness_model::Proof;

/// Takes the planted block out of both runs, or says that the tool of this name has not seen it.
///
/// # Errors
///
/// A sentence: the tool saw nothing of the heap, or cannot name its functions.
pub(super) fn take_out_planted(
    tool: &str,
    short: &mut Observation,
    long: &mut Observation,
) -> Result<Proof, String> {
    take_out(tool, short)?;
    take_out(tool, long)?;
    Ok(Proof {
        function: PLANTED_IN.to_owned(),
        bytes: PLANTED_BYTES,
    })
}

fn take_out(tool: &str, seen: &mut Observation) -> Result<(), String> {
    let before = seen.records.len();
    seen.records.retain(|record| !is_planted(record));
    if seen.records.len() == before {
        let unnamed = |record: &Record| record.bytes == PLANTED_BYTES && record.blocks == 1;
        if seen.records.iter().any(unnamed) {
            return Err(format!(
                "{tool} saw a block of {PLANTED_BYTES} bytes and not that {PLANTED_IN} leaked it, so this program has no \
                 names of functions: was it stripped? Build it with symbols and line tables"
            ));
        }
        return Err(format!(
            "{tool} did not report the block of {PLANTED_BYTES} bytes that {PLANTED_IN} leaks on purpose, so it did \
             not see this program's heap: is another allocator preloaded (LD_PRELOAD)?"
        ));
    }
    Ok(())
}

fn is_planted(record: &Record) -> bool {
    let planted_in = |function: &String| function.contains(PLANTED_IN);
    record.bytes == PLANTED_BYTES
        && record.blocks == 1
        && record
            .frames
            .iter()
            .any(|frame| frame.place.function.as_ref().is_some_and(planted_in))
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_judge::attribution::stack::Frame;
    use harness_model::LeakKind;
    use harness_model::Place;

    fn record(function: &str, bytes: u64) -> Record {
        Record {
            kind: Some(LeakKind::DefinitelyLost),
            part: None,
            bytes,
            blocks: 1,
            frames: vec![Frame {
                place: Place {
                    function: Some(function.to_owned()),
                    ..Place::default()
                },
                ..Frame::default()
            }],
            held: Vec::new(),
        }
    }

    #[test]
    fn the_planted_block_is_known_by_its_function_and_its_size() {
        let planted = "harness::probe::proof::plant_heap_proof";
        assert!(is_planted(&record(planted, PLANTED_BYTES)));
        assert!(!is_planted(&record(planted, PLANTED_BYTES + 1)));
        assert!(!is_planted(&record("elsewhere", PLANTED_BYTES)));
    }

    #[test]
    fn a_report_without_the_planted_block_proves_nothing() {
        let mut seen = Observation::default();
        seen.records.push(record("elsewhere", 64));
        let error = take_out("valgrind", &mut seen).unwrap_err();
        assert!(error.contains("did not see this program's heap"), "{error}");
        seen.records.push(record("0x1234", PLANTED_BYTES));
        let error = take_out("valgrind", &mut seen).unwrap_err();
        assert!(error.contains("stripped"), "{error}");
        seen.records.pop();
        seen.records.push(record(PLANTED_IN, PLANTED_BYTES));
        assert_eq!(take_out("valgrind", &mut seen), Ok(()));
        assert_eq!(seen.records.len(), 1);
    }
}
