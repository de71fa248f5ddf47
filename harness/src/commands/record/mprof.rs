//! Writes resident memory in the form of memory_profiler's `mprof`, so that its plots can be made of a recording.

use crate::files::Named;
use harness_model::record::{RecordBegin, RecordLine, RecordProcessFigures};
use std::fmt::Write;
use std::path::Path;

/// Bytes of mprof's unit.
const MIB: f64 = 1024.0 * 1024.0;

/// What has been recorded, in mprof's form.
pub(super) struct Mprof {
    text: String,
    main: u32,
    began: f64,
}

impl Mprof {
    /// Begins with the command.
    pub(super) fn begin(begin: &RecordBegin) -> Mprof {
        let command = begin.command.join(" ").replace('\n', " ");
        Mprof {
            text: format!("CMDLINE {command}\n"),
            main: begin.pid,
            began: begin.unix_seconds,
        }
    }

    /// Takes in a line of the recording: what the command's own process has, and then what each of the others has.
    pub(super) fn take(&mut self, line: &RecordLine) {
        let RecordLine::Sample(sample) = line else {
            return;
        };
        let time = self.began + sample.seconds;
        let is_main = |one: &&RecordProcessFigures| one.pid == self.main;
        let own = sample.each.iter().filter(is_main);
        let others = sample.each.iter().filter(|one| !is_main(one));
        for one in own.chain(others) {
            let Some(resident) = one.figures.resident_bytes else {
                continue;
            };
            let mib = resident as f64 / MIB;
            // Writing to a String returns no error.
            let _ = match one.pid == self.main {
                true => writeln!(self.text, "MEM {mib:.6} {time:.4}"),
                false => writeln!(self.text, "CHLD {} {mib:.6} {time:.4}", one.pid),
            };
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// What the system says, with the file's name.
    pub(super) fn write(&self, path: &Path, out: &Path) -> std::io::Result<()> {
        Named::new(path, Some(out)).replace(&printable::block(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Tool;
    use harness_model::record::{RecordFigures, RecordSample};

    #[test]
    fn the_own_process_is_mem_and_the_others_are_children_by_their_numbers() {
        let mut mprof = Mprof::begin(&RecordBegin {
            version: 1,
            tool: Tool {
                name: String::new(),
                version: String::new(),
                profile: String::new(),
            },
            command: vec!["python3".to_owned(), "a\nb".to_owned()],
            pid: 7,
            attached: false,
            preloaded: false,
            started_at: String::new(),
            unix_seconds: 1_000.0,
            interval_seconds: 0.1,
        });
        let of = |pid| RecordProcessFigures {
            pid,
            figures: RecordFigures {
                resident_bytes: Some(3 << 19),
                ..RecordFigures::default()
            },
        };
        mprof.take(&RecordLine::Sample(RecordSample {
            seconds: 0.25,
            marks: 0,
            processes: 3,
            total: RecordFigures::default(),
            each: vec![of(9), of(7), of(8)],
        }));
        assert_eq!(
            mprof.text,
            "CMDLINE python3 a b\nMEM 1.500000 1000.2500\nCHLD 9 1.500000 1000.2500\nCHLD 8 1.500000 1000.2500\n"
        );
    }
}
