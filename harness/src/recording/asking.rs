//! Asks a process that is recorded for its last look while it runs.

use std::fs::{File, OpenOptions};
use std::io;
use std::mem::offset_of;
use std::os::unix::fs::FileExt;
use std::path::Path;

use harness_preload::record::Header;

use super::head::Head;
use super::recorded::State;

/// Asks the process of a record for its last look, if it runs; whether it was.
///
/// # Errors
///
/// What the system says.
pub fn ask_to_look(record: &Path) -> io::Result<bool> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the record is the library's, and a word of it is written where it lies"
    )]
    let file = OpenOptions::new().read(true).write(true).open(record)?;
    let head = Head::read_figures(&file)?;
    let can = head.check().is_ok() && head.state() == State::Running;
    if can {
        file.write_all_at(&1_u32.to_ne_bytes(), offset_of!(Header, asked) as u64)?;
    }
    Ok(can)
}

/// How far the process of a record has come; `None` where it cannot be read.
pub fn state_of(record: &Path) -> Option<State> {
    let head = Head::read_figures(&File::open(record).ok()?).ok()?;
    head.check().ok().map(|()| head.state())
}

#[cfg(test)]
mod tests {
    use super::super::testing::Writer;
    use super::*;
    use harness_preload::record;

    #[test]
    fn only_who_runs_is_asked() {
        let folder = tempfile::TempDir::new().unwrap();
        for (state, is_asked) in [
            (record::State::RUNNING, true),
            (record::State::LOOKED, false),
        ] {
            let path = folder.path().join("7-0.record");
            let writer = Writer::begin(&path);
            writer.u32(offset_of!(Header, state), state);
            assert_eq!(ask_to_look(&path).unwrap(), is_asked);
            let mut word = [0; 4];
            let at = offset_of!(Header, asked) as u64;
            File::open(&path)
                .unwrap()
                .read_exact_at(&mut word, at)
                .unwrap();
            assert_eq!(u32::from_ne_bytes(word), u32::from(is_asked));
        }
    }
}
