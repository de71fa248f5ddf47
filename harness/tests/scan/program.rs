//! Programs that are compiled for a test, run with the library, and what its record says of them.

use harness_preload::record::{Header, LOST, Lost, SITE_LIMIT};
use std::mem::{offset_of, size_of};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Bytes and blocks.
type Amount = (u64, u64);

/// What is lost, of all sites together.
#[derive(Debug, Default, PartialEq)]
pub struct Losses {
    pub definite: Amount,
    pub indirect: Amount,
    pub possible: Amount,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub output: String,
    /// See `record::Scan`.
    pub scan: u32,
    pub unstopped: u32,
    pub losses: Losses,
}

/// A program, or a library, of this folder.
pub struct Program {
    file: PathBuf,
    folder: TempDir,
}

impl Program {
    pub fn c(name: &str) -> Program {
        Program::compiled("cc", &format!("{name}.c"), &["-fno-builtin"])
    }

    pub fn cpp(name: &str) -> Program {
        Program::compiled("c++", &format!("{name}.cc"), &[])
    }

    pub fn library(name: &str) -> Program {
        Program::compiled("cc", &format!("{name}.c"), &["-shared", "-fPIC"])
    }

    fn compiled(compiler: &str, source: &str, options: &[&str]) -> Program {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("program");
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/scan")
            .join(source);
        let status = Command::new(compiler)
            .args(["-g", "-O1", "-w", "-pthread"])
            .args(options)
            .arg("-o")
            .args([&file, &source])
            .status()
            .unwrap_or_else(|error| panic!("{compiler}: {error}"));
        assert!(status.success(), "{source:?} could not be compiled");
        Program { file, folder }
    }

    pub fn path(&self) -> &str {
        self.file.to_str().unwrap()
    }

    /// Runs it with the library.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[])
    }

    /// Runs it with the library, and others preloaded behind it.
    pub fn run_with(&self, arguments: &[&str], others: &[&str]) -> Ended {
        self.run_in(arguments, others, &[])
    }

    /// Runs it so, with variables in its environment.
    pub fn run_in(&self, arguments: &[&str], others: &[&str], variables: &[(&str, &str)]) -> Ended {
        let library = harness::preloaded::write_into(self.folder.path()).unwrap();
        let mut preloaded = library.into_os_string();
        for other in others {
            preloaded.push(" ");
            preloaded.push(other);
        }
        let records = TempDir::new_in(self.folder.path()).unwrap();
        let output = Command::new(&self.file)
            .args(arguments)
            .env("LD_PRELOAD", preloaded)
            .env("HARNESS_RECORD_DIR", records.path())
            .env("HARNESS_RECORD", "scan")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let mut files = std::fs::read_dir(records.path()).unwrap();
        let record = files.next().expect("a record").unwrap().path();
        assert!(files.next().is_none(), "one process has one record");
        let mut ended = read(&record);
        ended.code = output.status.code();
        ended.output = String::from_utf8(output.stdout).unwrap();
        ended.output += std::str::from_utf8(&output.stderr).unwrap();
        ended
    }
}

/// What a record says of the scan.
fn read(record: &Path) -> Ended {
    let file = std::fs::File::open(record).unwrap();
    let word = |at: usize| {
        let mut bytes = [0; 4];
        file.read_exact_at(&mut bytes, at as u64).unwrap();
        u32::from_le_bytes(bytes)
    };
    let sites = word(offset_of!(Header, sites)) as usize;
    assert!(sites <= SITE_LIMIT);
    let mut lost = vec![0; sites * size_of::<Lost>()];
    file.read_exact_at(&mut lost, LOST as u64).unwrap();
    let sum = |at: usize| -> u64 {
        lost.chunks_exact(size_of::<Lost>())
            .map(|site| u64::from_le_bytes(site[at..at + 8].try_into().unwrap()))
            .sum()
    };
    Ended {
        code: None,
        output: String::new(),
        scan: word(offset_of!(Header, scan)),
        unstopped: word(offset_of!(Header, scan_unstopped)),
        losses: Losses {
            definite: (
                sum(offset_of!(Lost, definite_bytes)),
                sum(offset_of!(Lost, definite_blocks)),
            ),
            indirect: (
                sum(offset_of!(Lost, indirect_bytes)),
                sum(offset_of!(Lost, indirect_blocks)),
            ),
            possible: (
                sum(offset_of!(Lost, possible_bytes)),
                sum(offset_of!(Lost, possible_blocks)),
            ),
        },
    }
}

/// What memcheck says; `None` where valgrind is not installed.
pub fn memcheck(program: &Program, arguments: &[&str]) -> Option<Losses> {
    // The libc frees its own at the end only under valgrind.
    let output = Command::new("valgrind")
        .args([
            "--leak-check=full",
            "--run-libc-freeres=no",
            "--run-cxx-freeres=no",
        ])
        .arg(&program.file)
        .args(arguments)
        .output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: valgrind is not installed, so nothing is compared with it");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stderr);
    let amount = |class: &str| -> Amount {
        // `definitely lost: 1,234 bytes in 5 blocks`; nothing at all where everything was freed.
        let Some((_, rest)) = text.split_once(class) else {
            return (0, 0);
        };
        let mut numbers = rest
            .split_whitespace()
            .filter_map(|word| word.replace(',', "").parse().ok());
        (numbers.next().unwrap(), numbers.next().unwrap())
    };
    assert!(text.contains("HEAP SUMMARY"), "{text}");
    Some(Losses {
        definite: amount("definitely lost:"),
        indirect: amount("indirectly lost:"),
        possible: amount("possibly lost:"),
    })
}
