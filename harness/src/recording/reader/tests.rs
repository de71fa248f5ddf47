//! What is read of a record that is whole, of one that is being written, and of one that is damaged.

use super::*;
use crate::recording::testing::Writer;
use crate::recording::{Call, Python, PythonFrames, StackKeys, State, Totals, Trouble};
use harness_preload::record::Kind as K;
use proptest::prelude::*;
use std::fs::File;
use tempfile::TempDir;

/// A record of two stacks of one caller, and its folder.
fn written(edit: impl FnOnce(&mut Writer)) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("7-0.record");
    let mut writer = Writer::begin(&path);
    writer.command(Path::new("/bin/demo"), &["demo", "--all", "10"]);
    writer.module(Path::new(""), 0x1000, 0x1000, 0x9000);
    writer.module(
        Path::new("/lib/libdemo.so"),
        0x70_0000,
        0x70_0000,
        0x80_0000,
    );
    let main = writer.node(0, 1, 0x1100);
    let take = writer.node(main, 2, 0x70_0200);
    let keep = writer.node(main, 1, 0x1300);
    writer.site(take, K::HEAP, 480, 10);
    writer.site(keep, K::DESCRIPTOR, 0, 3);
    edit(&mut writer);
    (folder, path)
}

fn calls(recording: &Recording, site: usize) -> Vec<u64> {
    let stack = recording.sites[site].stack;
    recording
        .stacks
        .calls(stack)
        .map(|call| match call {
            Call::Code { returns_to, .. } => returns_to,
            Call::Python { .. } => panic!("none was written: {call:?}"),
        })
        .collect()
}

#[test]
fn a_process_that_was_looked_at_and_has_not_ended_gave_no_exit_code() {
    let (_folder, path) = written(|writer| {
        writer.u32(offset_of!(Header, state), record::State::LOOKED);
    });
    let recording = read(&path).unwrap();
    assert_eq!(
        (recording.state, recording.exit_code),
        (State::Leaving, None)
    );
}

#[test]
fn what_holds_the_objects_stands_beside_the_record() {
    let (_folder, path) = written(|_| ());
    let line = r#"{"stack":1,"objects":[["list",1]],"held_by":["list","module demo"]}"#;
    std::fs::write(path.with_extension("holders"), format!("{line}\nno line\n")).unwrap();
    let recording = read(&path).unwrap();
    let held = &recording.held[&StackId(1)];
    assert_eq!(held.held_by, ["list", "module demo"]);
    let wanted = "1 lines of what holds its objects cannot be made out";
    assert_eq!(recording.damage, [wanted]);
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let (_folder, path) = written(|writer| {
        writer.u32(offset_of!(Header, pid), 7);
        writer.u32(offset_of!(Header, state), record::State::LEAVING);
        writer.u32(offset_of!(Header, exit_code), 3);
        writer.u32(offset_of!(Header, trouble), 1 | 4);
        writer.u64(offset_of!(Header, left), 99);
        writer.u64(
            offset_of!(Header, at_end) + offset_of!(record::Resources, resident),
            4096,
        );
    });
    let recording = read(&path).unwrap();
    assert_eq!((recording.pid, recording.exit_code), (7, Some(3)));
    assert_eq!(
        (recording.state, recording.left_ns),
        (State::Leaving, Some(99))
    );
    assert_eq!(recording.command, ["demo", "--all", "10"]);
    assert_eq!(recording.trouble, [Trouble::TableFull, Trouble::NoMemory]);
    assert_eq!(recording.at_end.resident, Some(4096));
    assert_eq!(recording.at_end.own, None);
    let paths: Vec<&Path> = recording
        .modules
        .iter()
        .map(|module| module.path.as_path())
        .collect();
    assert_eq!(
        paths,
        [Path::new("/bin/demo"), Path::new("/lib/libdemo.so")]
    );
    assert_eq!(calls(&recording, 0), [0x70_0200, 0x1100]);
    assert_eq!(calls(&recording, 1), [0x1300, 0x1100]);
    let live = Amount {
        bytes: 480,
        blocks: 10,
    };
    assert_eq!(
        (recording.sites[0].kind, recording.sites[0].live),
        (Kind::Heap, live)
    );
    assert_eq!(recording.sites[1].kind, Kind::Descriptor);
    assert_eq!(recording.damage, [] as [String; 0]);
    assert!(recording.begun.is_some_and(|begun| begun.elapsed().is_ok()));
}

#[test]
fn the_verdict_of_a_scan_counts_only_where_it_came_to_its_end() {
    for (scan, definite) in [
        (record::Scan::DONE, 48),
        (record::Scan::DOUBTFUL, 48),
        (record::Scan::BROKEN, 0),
        (record::Scan::NONE, 0),
    ] {
        let (_folder, path) = written(|writer| {
            writer.u32(offset_of!(Header, scan), scan);
            // Far behind the first pieces of the table, which are a hole.
            for _ in 0..9000 {
                writer.site(1, K::HEAP, 64, 1);
            }
            let last = writer.site(1, K::HEAP, 64, 1);
            writer.lost(last, 48);
        });
        let recording = read(&path).unwrap();
        let lost: Vec<u64> = recording
            .sites
            .iter()
            .map(|site| site.definite.bytes)
            .collect();
        assert_eq!(lost.last(), Some(&definite));
        assert_eq!(lost.iter().sum::<u64>(), definite);
    }
}

#[test]
fn stacks_of_two_runs_have_one_key_wherever_they_were_loaded() {
    let keys = |bias: u64, path: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("1-0.record");
        let mut writer = Writer::begin(&file);
        // The other run loads more, and meets its stacks in another order.
        let (mut ids, mut parent) = (Vec::new(), 0);
        if bias > 0 {
            writer.module(Path::new("/lib/other.so"), 5, 5, 6);
            writer.node(0, 1, 77);
        }
        let module = writer.module(Path::new(path), bias, bias, bias + 100);
        for offset in [10, 20, 30] {
            parent = writer.node(parent, module, bias + offset);
            ids.push(StackId(parent));
        }
        let recording = read(&file).unwrap();
        let keys = StackKeys::new(&recording);
        ids.into_iter().map(|id| keys.of(id)).collect::<Vec<_>>()
    };
    let (one, same) = (keys(0, "/bin/demo"), keys(1 << 40, "/bin/demo"));
    assert_eq!(one, same);
    assert!(one[0] != one[1] && one[1] != one[2]);
    assert_ne!(one, keys(0, "/bin/demo2"));
}

#[test]
fn frames_of_python_are_read_with_their_functions_and_lines() {
    let (_folder, path) = written(|writer| {
        writer.u32(offset_of!(Header, python), 0x030B_07F0);
        writer.u32(
            offset_of!(Header, python_frames),
            record::PythonFrames::READ,
        );
        writer.u32(offset_of!(Header, python_module), 2);
        writer.u32(offset_of!(Header, python_collected), 1);
        let main = writer.function("<module>", "/home/me/job.py", 1);
        let work = writer.function("Client.wörk", "/home/me/job.py", 7);
        let outer = writer.node(1, record::PYTHON, u64::from(main) << 32 | 12);
        let inner = writer.node(outer, record::PYTHON, u64::from(work) << 32);
        let lost = writer.node(inner, record::PYTHON, 9 << 32 | 1);
        writer.site(lost, K::HEAP, 64, 1);
    });
    let recording = read(&path).unwrap();
    let python = Python {
        version: (3, 11),
        frames: PythonFrames::Read,
        module: Some(1),
        cut: 0,
        collected: true,
    };
    assert_eq!(recording.python, Some(python));
    let stack = recording.sites.last().unwrap().stack;
    let told: Vec<String> = recording
        .stacks
        .calls(stack)
        .map(|call| match call {
            Call::Code { returns_to, .. } => format!("{returns_to:#x}"),
            Call::Python { function, line } => match recording.stacks.function(function) {
                Some(function) => format!("{} {}:{line:?}", function.name, function.file),
                None => "?".to_owned(),
            },
        })
        .collect();
    assert_eq!(
        told,
        [
            "?",
            "Client.wörk /home/me/job.py:None",
            "<module> /home/me/job.py:Some(12)",
            "0x1100"
        ]
    );
}

#[test]
fn frames_of_python_have_one_key_whatever_their_functions_numbers() {
    let keys = |others: u32, name: &str, line: u64| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("1-0.record");
        let mut writer = Writer::begin(&file);
        for other in 0..others {
            writer.function(&format!("other{other}"), "/home/me/other.py", other);
        }
        let number = writer.function(name, "/home/me/job.py", 3);
        let node = writer.node(0, record::PYTHON, u64::from(number) << 32 | line);
        StackKeys::new(&read(&file).unwrap()).of(StackId(node))
    };
    assert_eq!(keys(0, "work", 8), keys(5, "work", 8));
    assert_ne!(keys(0, "work", 8), keys(0, "work", 9));
    assert_ne!(keys(0, "work", 8), keys(0, "wor", 8));
}

#[test]
fn what_is_no_record_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("a.record", b"a text, and no record");
    write("b.record", &[]);
    write("c.record", &[0; 9000]);
    write("notes.txt", b"not looked at");
    let mut newer = vec![0; 9000];
    newer[..8].copy_from_slice(&record::MAGIC);
    newer[8] = 200;
    write("d.record", &newer);
    newer[8] = record::VERSION as u8;
    write("e.record", &newer[..100]);
    std::fs::create_dir(folder.path().join("f.record")).unwrap();
    let (recordings, complaints) = read_folder(folder.path());
    assert_eq!(recordings, []);
    let expected = [
        ("a.record", "it is no record"),
        ("b.record", "before its record was begun"),
        ("c.record", "before its record was begun"),
        ("d.record", "another version"),
        ("e.record", "ends within its head"),
        ("f.record", "could not be opened"),
    ];
    assert_eq!(complaints.len(), expected.len());
    for (complaint, (file, why)) in complaints.iter().zip(expected) {
        assert!(
            complaint.contains(file) && complaint.contains(why),
            "{complaint}"
        );
    }
    let (_, complaints) = read_folder(&folder.path().join("absent"));
    assert!(complaints[0].contains("absent"), "{complaints:?}");
}

#[test]
fn a_record_that_was_cut_gives_what_is_left_and_says_so() {
    let (_folder, path) = written(|_| {});
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len((record::SITES + 2 * size_of::<Site>()) as u64)
        .unwrap();
    let recording = read(&path).unwrap();
    assert_eq!(recording.sites.len(), 1);
    assert_eq!(recording.damage, ["its last 1 of 3 sites are missing"]);
    file.set_len(record::NODES as u64 + 20).unwrap();
    let recording = read(&path).unwrap();
    assert_eq!((recording.sites.len(), recording.modules.len()), (0, 2));
    assert_eq!(recording.stacks.len(), 1);
}

#[test]
fn a_tree_that_leads_in_circles_has_stacks_that_end() {
    let (_folder, path) = written(|writer| {
        let a = writer.node(6, 1, 0x1500);
        let b = writer.node(5, 1, 0x1600);
        let c = writer.node(u32::MAX, 900, 0x1700);
        assert_eq!((a, b, c), (4, 5, 6));
        for node in [a, b, c, 1 << 30] {
            writer.site(node, K::HEAP, 1, 1);
        }
        writer.site(1, 77, 1, 1);
    });
    let recording = read(&path).unwrap();
    assert_eq!(recording.sites.len(), 6, "and one is of no known kind");
    assert_eq!(calls(&recording, 2), [0x1500]);
    assert_eq!(calls(&recording, 4), [0x1700]);
    assert_eq!(calls(&recording, 5), [] as [u64; 0]);
    assert_eq!(recording.damage.len(), 3, "{:?}", recording.damage);
}

#[test]
fn what_is_only_claimed_takes_no_memory() {
    let (_folder, path) = written(|writer| {
        for count in [
            offset_of!(Header, modules),
            offset_of!(Header, nodes),
            offset_of!(Header, sites),
        ] {
            writer.u32(count, u32::MAX);
        }
    });
    let recording = read(&path).unwrap();
    assert_eq!(recording.sites.len(), 2);
    assert!(recording.stacks.len() <= 4096 && recording.modules.len() <= 64);
    assert_eq!(recording.damage.len(), 3, "{:?}", recording.damage);
}

#[test]
fn totals_are_the_sums_by_kind_and_none_before_the_record_is_begun() {
    let (_folder, path) = written(|writer| {
        writer.site(1, K::HEAP, 20, 2);
        writer.site(1, K::HEAP, -8, 0);
    });
    let totals = Totals::read(&File::open(&path).unwrap()).unwrap().unwrap();
    let heap = Amount {
        bytes: 500,
        blocks: 12,
    };
    assert_eq!(totals.of(Kind::Heap), heap);
    assert_eq!(totals.of(Kind::Descriptor).blocks, 3);
    assert!(totals.of(Kind::Thread).is_zero());
    let nothing: &[u8] = &[0; 90_000];
    assert_eq!(Totals::read(nothing).unwrap(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_the_reader_panic(
        edits in prop::collection::vec((0..7_usize, 0..400_usize, any::<u64>()), 0..12),
        length in prop::option::of(0..record::BYTES as u64),
    ) {
        let (_folder, path) = written(|writer| {
            let parts = [
                8,
                record::MODULES,
                record::NODES,
                record::SITES,
                record::LOST,
                record::CODES,
                record::TEXTS,
            ];
            let number = writer.function("work", "/home/me/job.py", 3);
            let node = writer.node(0, record::PYTHON, u64::from(number) << 32 | 4);
            writer.site(node, K::HEAP, 64, 1);
            for (part, at, value) in edits {
                writer.u64(parts[part] + at, value);
            }
        });
        if let Some(length) = length {
            File::options().write(true).open(&path).unwrap().set_len(length).unwrap();
        }
        if let Ok(recording) = read(&path) {
            let keys = StackKeys::new(&recording);
            for site in &recording.sites {
                let depth = recording.stacks.calls(site.stack).count();
                prop_assert!(depth < recording.stacks.len());
                keys.of(site.stack);
                for call in recording.stacks.calls(site.stack) {
                    if let Call::Python { function, .. } = call {
                        recording.stacks.function(function);
                    }
                }
            }
        }
        let _ = Totals::read(&File::open(&path).unwrap()).unwrap();
    }
}

#[test]
fn what_threads_count_in_parts_is_one_site_under_the_number_of_the_first() {
    let (_folder, path) = written(|writer| {
        let whole = writer.site(1, K::HEAP, 20, 2);
        let (other, part) = (
            writer.site(2, K::HEAP, 5, 1),
            writer.site(1, K::HEAP, 300, 4),
        );
        writer.part(part, 3);
        // Two blocks of the part were given back by another thread.
        let given_back = writer.site(1, K::HEAP, -80, 0);
        let at = record::SITES + given_back as usize * size_of::<Site>();
        writer.u64(at + offset_of!(Site, taken), 0);
        writer.u64(at + offset_of!(Site, freed), 2);
        writer.part(given_back, 3 | Site::GIVEN_BACK);
        assert!(whole < other && other < part);
    });
    let file = File::open(&path).unwrap();
    let of_it = |stack: StackId, kind| (stack, kind) == (StackId(1), Kind::Heap);
    let recording = read(&path).unwrap();
    let sites = recording.sites.iter();
    let sites: Vec<_> = sites.filter(|site| of_it(site.stack, site.kind)).collect();
    let mut live = Vec::new();
    Totals::read_each(&file, |site| {
        if of_it(site.stack, site.kind) {
            live.push((site.number, site.live));
        }
    })
    .unwrap();
    assert_eq!((sites.len(), live.len()), (1, 1));
    assert_eq!(live[0], (sites[0].number as usize, sites[0].live));
    // (The first two took one block more, and gave it back themselves.)
    let all = (sites[0].taken, sites[0].live.bytes, sites[0].live.blocks);
    assert_eq!(all, (8, 240, 4));
}
