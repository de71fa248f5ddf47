//! Places where a guest does harm easily, or finds no room: the program does as it does alone.

use crate::{Bench, at_end, first};
use harness::recording::{self, Kind, Recording, Trouble};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn said(output: &Output) -> (Option<i32>, String) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

/// Runs a command both ways: what was recorded, once it is known that the program did the same.
fn unharmed(bench: &Bench, command: impl Fn() -> Command) -> Vec<Recording> {
    let alone = command().output().unwrap();
    let (under, recordings) = bench.record("scan", &mut command());
    assert_eq!(said(&under), said(&alone));
    recordings
}

/// The process that a shell became.
fn last(recordings: &[Recording]) -> &Recording {
    recordings.iter().max_by_key(|one| one.begun_ns).unwrap()
}

fn shell(script: &str, program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(program);
    command
}

#[test]
fn forks_signals_and_threads_come_in_storms() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("hard.c");
    for (what, count) in [("forks", "40"), ("signals", "200"), ("threads", "1000")] {
        let recordings = unharmed(&bench, || {
            let mut command = Command::new(&program);
            command.args([what, count]);
            command
        });
        let own = first(&recordings);
        assert_eq!(own.state, recording::State::Leaving, "{what}");
        match what {
            // Each has a child of its own, and half of these borrow its memory until they end.
            "forks" => assert_eq!(recordings.len(), 1 + 40 + 20),
            // What came after the storm was recorded as ever.
            "signals" => assert!(at_end(own, Kind::Heap).0 >= 1000),
            _ => assert_eq!(at_end(own, Kind::Thread).0, 0),
        }
    }
}

#[test]
fn limited_addresses_are_left_to_the_program_and_it_is_said() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("hard.c");
    let limited = |script: &str, wanted: &str| {
        let command = || {
            let mut command = shell(script, &program);
            command.args(["limits", wanted]);
            command
        };
        let alone = command().output().unwrap();
        let (under, recordings) = bench.record("scan", &mut command());
        let got = |output: &Output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let number = text.strip_prefix("limits ").unwrap().trim().parse::<u32>();
            number.unwrap()
        };
        (got(&alone), got(&under), recordings)
    };
    let (alone, under, recordings) = limited("ulimit -v 300000; exec \"$@\"", "1000");
    // The code of the library itself takes two megabytes.
    assert!(alone >= 200 && under >= alone - 4, "{alone} {under}");
    assert_eq!(last(&recordings).trouble, [Trouble::NoAddresses]);
    // Where there are plenty of them, it is recorded.
    let (alone, under, recordings) = limited("ulimit -v 8000000; exec \"$@\"", "100");
    assert_eq!((alone, under), (100, 100));
    assert!(at_end(last(&recordings), Kind::Heap).0 >= 100);
}

#[test]
fn a_limit_of_the_size_of_files_ends_no_child() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("hard.c");
    let recordings = unharmed(&bench, || {
        let mut command = Command::new(&program);
        command.args(["file_size", "0"]);
        command
    });
    assert_eq!(recordings.len(), 1);
}

#[test]
fn closed_descriptors_and_daemons_are_theirs() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("hard.c");
    let recordings = unharmed(&bench, || {
        shell("exec \"$1\" stacks 30 <&- >&- 2>&-", &program)
    });
    assert!(at_end(last(&recordings), Kind::Heap).0 >= 30);

    let told = bench.folder.path().join("told");
    let mut command = Command::new(&program);
    command.arg("daemons").arg(&told);
    let (output, _) = bench.record("scan", &mut command);
    assert!(output.status.success());
    let text = (0..200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        std::fs::read_to_string(&told)
            .ok()
            .filter(|text| !text.is_empty())
    });
    assert_eq!(text.as_deref(), Some("daemon 0\n"));
}

#[test]
fn a_child_that_borrows_memory_keeps_its_own_books() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("lends.c");
    let recordings = unharmed(&bench, || Command::new(&program));
    let own = first(&recordings);
    let sites = own
        .sites
        .iter()
        .filter(|site| site.kind == Kind::Descriptor);
    let most = sites.map(|site| site.end.blocks).max();
    assert_eq!(most, Some(7));
    assert_eq!(at_end(own, Kind::Child).0, 5);
}

/// Compiles C++; `false` where that cannot be done here.
fn compile_objects(bench: &Bench, options: &[&str], source: &str, program: &Path) -> bool {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorder");
    let done = Command::new("c++")
        .args(["-g", "-O1", "-fno-builtin", "-o"])
        .arg(bench.folder.path().join(program))
        .arg(sources.join(source))
        .args(options)
        .output();
    done.is_ok_and(|done| done.status.success())
}

#[test]
fn plug_ins_find_their_own_operator_new() {
    let Some(bench) = Bench::new() else { return };
    let plugins = ["shared.so", "static.so"].map(|name| bench.folder.path().join(name));
    let options = [
        &["-shared", "-fPIC"][..],
        &["-shared", "-fPIC", "-static-libstdc++", "-static-libgcc"],
    ];
    for (plugin, options) in plugins.iter().zip(options) {
        if !compile_objects(&bench, options, "plugin.cpp", plugin) {
            return;
        }
    }
    let program = bench.compile("plugs.c");
    let recordings = unharmed(&bench, || {
        let mut command = Command::new(&program);
        command.args(&plugins);
        command
    });
    let own = first(&recordings);
    let heap = own.sites.iter().filter(|site| site.kind == Kind::Heap);
    assert!(heap.map(|site| site.taken).sum::<u64>() > 600);
}

#[test]
fn an_allocator_s_own_operator_new_is_recorded() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.folder.path().join("objects");
    for library in ["-lstdc++", "-ljemalloc", "-ltcmalloc_minimal"] {
        if !compile_objects(&bench, &[library], "objects.cpp", &program) {
            continue;
        }
        let recordings = unharmed(&bench, || Command::new(&program));
        let heap = || {
            let sites = first(&recordings).sites.iter();
            sites.filter(|site| site.kind == Kind::Heap)
        };
        // The strings that are kept, to the byte; and of all others each was given back.
        let kept =
            |site: &&recording::RecordedSite| (site.end.blocks, site.end.bytes) == (500, 500 * 101);
        assert_eq!(heap().filter(kept).count(), 1, "{library}");
        assert!(
            heap().map(|site| site.taken).sum::<u64>() > 8_000,
            "{library}"
        );
        assert!(
            heap().map(|site| site.end.blocks).sum::<u64>() < 520,
            "{library}"
        );
    }
}

#[test]
fn what_is_killed_at_any_moment_leaves_a_record_that_can_be_read() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("hard.c");
    let records = tempfile::tempdir_in(bench.folder.path()).unwrap();
    for round in 0..30_u64 {
        let mut child = Command::new(&program)
            .args(["stacks", "100000000"])
            .env("LD_PRELOAD", &bench.library)
            .env("HARNESS_RECORD_DIR", records.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(round * round * 300));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (recordings, complaints) = recording::read_folder(records.path());
    assert!(recordings.len() >= 10);
    for one in &recordings {
        assert_eq!(one.damage, Vec::<String>::new());
        assert_eq!(one.state, recording::State::Running);
    }
    for complaint in complaints {
        assert!(
            complaint.contains("before its record was begun"),
            "{complaint}"
        );
    }
}

#[test]
fn a_full_disk_is_not_the_program_s_trouble() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("hard.c");
    let (disk, kept) = (
        bench.folder.path().join("disk"),
        bench.folder.path().join("kept"),
    );
    std::fs::create_dir(&disk).unwrap();
    std::fs::create_dir(&kept).unwrap();
    for (size, is_recorded) in [("8k", false), ("200k", true)] {
        // A small disk of its own, which is gone with the shell.
        let script = "mount -t tmpfs -o size=$1 none \"$2\" || exit 77
            LD_PRELOAD=\"$4\" HARNESS_RECORD_DIR=\"$2\" HARNESS_RECORD=scan \"$5\" stacks 20000 || exit
            LD_PRELOAD=\"$4\" HARNESS_RECORD_DIR=\"$2\" \"$5\" forks 4 && cp --sparse=always \"$2\"/* \"$3\"";
        let output = Command::new("unshare")
            .args(["-rm", "sh", "-c", script, "sh", size])
            .args([&disk, &kept, &bench.library, &program])
            .output();
        let Ok(output) = output else { return };
        if output.status.code() == Some(77) || output.stdout.is_empty() {
            return; // This user cannot mount anything.
        }
        assert_eq!(
            said(&output),
            (Some(0), "stacks 20000\nforks 4 bad 0\n".to_owned())
        );
        let (recordings, _) = recording::read_folder(&kept);
        assert_eq!(!recordings.is_empty(), is_recorded);
        assert!(
            recordings
                .iter()
                .any(|one| one.trouble == [Trouble::DiskFull])
                == is_recorded
        );
    }
}

#[test]
fn a_user_without_any_right_is_recorded_as_well() {
    let Some(bench) = Bench::new() else { return };
    // SAFETY: it takes nothing and gives a number.
    if unsafe { libc::geteuid() } != 0 {
        return; // Every other test runs as such a user then.
    }
    let program = bench.compile("hard.c");
    let records = bench.folder.path().join("records");
    std::fs::create_dir(&records).unwrap();
    for (path, mode) in [
        (bench.folder.path(), 0o755),
        (&records, 0o777),
        (&bench.library, 0o755),
    ] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }
    let output = Command::new("setpriv")
        .args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--bounding-set=-all",
        ])
        .args(["--inh-caps=-all", "--no-new-privs"])
        .arg(&program)
        .args(["stacks", "300"])
        .env("LD_PRELOAD", &bench.library)
        .env("HARNESS_RECORD_DIR", &records)
        .env("HARNESS_RECORD", "scan")
        .output();
    let Ok(output) = output else { return };
    assert_eq!(said(&output), (Some(0), "stacks 300\n".to_owned()));
    let (recordings, complaints) = recording::read_folder(&records);
    assert_eq!(complaints, Vec::<String>::new());
    let own = recordings.iter().find(|one| one.executable == program);
    assert_eq!(own.unwrap().scan.kind, recording::ScanKind::Done);
}
