//! What was not right with recording.

use crate::recording::{Python, PythonFrames, Recording, ScanKind, Trouble};

/// What was not right with recording, one sentence each.
pub(super) fn troubles<'r>(recordings: impl Iterator<Item = &'r Recording> + Clone) -> Vec<String> {
    let sum = |of: fn(&Recording) -> u64| recordings.clone().map(of).sum::<u64>();
    let mut troubles = Vec::new();
    let unrecorded = sum(|one| one.unrecorded);
    if unrecorded > 0 {
        troubles.push(format!(
            "{unrecorded} allocations were served without being recorded."
        ));
    }
    let different = sum(|one| one.different);
    if different > 0 {
        troubles.push(format!(
            "{different} stacks differed from those of a full unwinder."
        ));
    }
    let cut = sum(|one| one.cut);
    if cut > 0 {
        troubles.push(format!("{cut} stacks end at code without unwind tables."));
    }
    let python: Vec<Python> = recordings.clone().filter_map(|one| one.python).collect();
    let deep: u64 = python.iter().map(|one| one.cut).sum();
    if deep > 0 {
        troubles.push(format!(
            "{deep} stacks have more frames of Python than are kept: the outermost are missing."
        ));
    }
    let left_out =
        |one: &&Python| matches!(one.frames, PythonFrames::Strange | PythonFrames::Unknown);
    if let Some(one) = python.iter().find(left_out) {
        let (major, minor) = one.version;
        troubles.push(match one.frames {
            PythonFrames::Unknown => format!(
                "Where Python {major}.{minor} keeps its frames is not known: its lines are missing in the stacks."
            ),
            _ => format!(
                "This build of Python {major}.{minor} keeps its frames elsewhere: its lines are missing in the stacks."
            ),
        });
    }
    let doubtful = recordings
        .clone()
        .filter_map(|one| match one.scan.kind {
            ScanKind::Doubtful { unstopped } => Some(unstopped),
            _ => None,
        })
        .max();
    if let Some(unstopped) = doubtful {
        let why = match unstopped {
            0 => "Not all memory could be looked at by the scan",
            _ => "Threads could not be stopped for the scan",
        };
        troubles.push(format!("{why}: what seems lost is possibly lost."));
    }
    let refused = recordings
        .clone()
        .any(|one| matches!(one.scan.kind, ScanKind::Refused | ScanKind::Broken));
    if refused {
        troubles.push(
            "The scan that tells lost from held could not be made, or did not come to its end."
                .to_owned(),
        );
    }
    let mut all: Vec<Trouble> = recordings.flat_map(|one| one.trouble.clone()).collect();
    all.dedup();
    let sentence = |trouble: &Trouble| match trouble {
        Trouble::TableFull => {
            "There was no room for further stacks: later ones are counted without one."
        }
        Trouble::DiskFull => "There was no room on the disk: later stacks are counted without one.",
        Trouble::NoMemory => "There was no memory for the map of blocks: some were not recorded.",
        Trouble::NoFile => "A child could not make a record: what it counted is lost.",
        Trouble::NoAddresses => {
            "Addresses are limited (ulimit -v), and recording needs some 500 MB of them that the program could miss: nothing was recorded."
        }
    };
    for trouble in all {
        let text = sentence(&trouble).to_owned();
        if !troubles.contains(&text) {
            troubles.push(text);
        }
    }
    troubles
}
