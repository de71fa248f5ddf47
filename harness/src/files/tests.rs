//! What somebody planted in a report's folder is never written through.

use super::*;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use tempfile::TempDir;

/// A report's folder, and a file outside it that must stay as it is.
struct Scene {
    root: TempDir,
}

const BEFORE: &str = "precious\n";

impl Scene {
    fn new() -> Scene {
        let scene = Scene {
            root: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(scene.out()).unwrap();
        fs::write(scene.victim(), BEFORE).unwrap();
        scene
    }

    fn out(&self) -> PathBuf {
        self.root.path().join("out")
    }

    fn victim(&self) -> PathBuf {
        self.root.path().join("victim")
    }

    fn file(&self) -> PathBuf {
        self.out().join("file")
    }

    fn victim_is_whole(&self) -> bool {
        fs::read_to_string(self.victim()).unwrap() == BEFORE
    }

    /// What is in the folder, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.out()).unwrap().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn pipe(path: &Path) {
    let path = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: the path is a C string that lives through the call.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

/// Puts something there.
type Plant = fn(&Scene);

/// What can be planted by a file's name, and lead elsewhere or hang whoever opens it.
const PLANTED: [(&str, Plant); 7] = [
    ("nothing", |_| {}),
    ("a link", |scene| {
        symlink(scene.victim(), scene.file()).unwrap()
    }),
    ("a link to nothing yet", |scene| {
        symlink(scene.root.path().join("new"), scene.file()).unwrap();
    }),
    ("a link to a folder", |scene| {
        symlink(scene.root.path(), scene.file()).unwrap()
    }),
    ("a link to a device", |scene| {
        symlink("/dev/full", scene.file()).unwrap()
    }),
    ("another name of a file", |scene| {
        fs::hard_link(scene.victim(), scene.file()).unwrap()
    }),
    ("a pipe", |scene| pipe(&scene.file())),
];

#[test]
fn a_file_replaces_what_has_its_name_and_not_what_that_leads_to() {
    for (what, plant) in PLANTED {
        let scene = Scene::new();
        plant(&scene);
        replace(&scene.file(), b"new", Access::Private).unwrap();
        assert_eq!(fs::read(scene.file()).unwrap(), b"new", "{what}");
        assert!(
            fs::symlink_metadata(scene.file()).unwrap().is_file(),
            "{what}"
        );
        assert!(scene.victim_is_whole(), "{what}");
        assert!(!scene.root.path().join("new").exists(), "{what}");
        assert_eq!(scene.names(), ["file"], "{what}");
    }
}

#[test]
fn a_file_that_grows_or_that_a_tool_writes_is_a_new_one() {
    for (what, plant) in PLANTED {
        let scene = Scene::new();
        plant(&scene);
        begin(&scene.file())
            .unwrap()
            .write_all(b"a line\n")
            .unwrap();
        assert_eq!(fs::read(scene.file()).unwrap(), b"a line\n", "{what}");
        assert_eq!(mode(&scene.file()), 0o600, "{what}");
        assert!(scene.victim_is_whole(), "{what}");
        let scene = Scene::new();
        plant(&scene);
        reserve(&scene.file()).unwrap();
        // As a tool opens it.
        fs::write(scene.file(), "report").unwrap();
        assert!(scene.victim_is_whole(), "{what}");
        assert_eq!(mode(&scene.file()), 0o600, "{what}");
    }
}

#[test]
fn a_folder_in_the_way_is_an_error_that_names_it_and_nothing_is_left_behind() {
    let scene = Scene::new();
    fs::create_dir(scene.file()).unwrap();
    for error in [
        replace(&scene.file(), b"new", Access::Private).unwrap_err(),
        begin(&scene.file()).unwrap_err(),
    ] {
        assert!(error.to_string().contains("out/file: "), "{error}");
    }
    assert_eq!(scene.names(), ["file"]);
    let missing = scene.out().join("no\n/file");
    let error = replace(&missing, b"new", Access::Private).unwrap_err();
    assert!(error.to_string().contains("no\\n/file: "), "{error}");
}

#[test]
fn what_may_hold_texts_is_the_users_alone_and_a_mode_that_was_given_stays() {
    let scene = Scene::new();
    replace(&scene.file(), b"1", Access::Private).unwrap();
    assert_eq!(mode(&scene.file()), 0o600);
    for given in [0o644, 0o640, 0o444] {
        fs::set_permissions(scene.file(), fs::Permissions::from_mode(given)).unwrap();
        replace(&scene.file(), b"2", Access::Private).unwrap();
        assert_eq!(mode(&scene.file()), given);
    }
    fs::set_permissions(scene.file(), fs::Permissions::from_mode(0o4755)).unwrap();
    replace(&scene.file(), b"3", Access::Private).unwrap();
    assert_eq!(mode(&scene.file()), 0o755);
    directory(&scene.out().join("a/b"), Access::Private).unwrap();
    assert_eq!(
        (mode(&scene.out().join("a")), mode(&scene.out().join("a/b"))),
        (0o700, 0o700)
    );
}

#[test]
fn the_link_that_once_was_followed_is_not_even_opened() {
    let scene = Scene::new();
    symlink(scene.victim(), scene.out().join("file.part")).unwrap();
    replace(&scene.file(), b"new", Access::Private).unwrap();
    assert!(scene.victim_is_whole());
    assert_eq!(scene.names(), ["file", "file.part"]);
}

#[test]
fn a_folder_within_a_report_is_no_link_and_no_file() {
    let scene = Scene::new();
    own_directory(&scene.out(), "tools").unwrap();
    assert_eq!(mode(&scene.out().join("tools")), 0o700);
    own_directory(&scene.out(), "tools").unwrap();
    symlink(scene.root.path(), scene.out().join("link")).unwrap();
    symlink("nowhere", scene.out().join("dangling")).unwrap();
    fs::write(scene.file(), "").unwrap();
    for (name, says) in [
        ("link", "symbolic link"),
        ("dangling", "symbolic link"),
        ("file", "not a directory"),
    ] {
        let error = own_directory(&scene.out(), name).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(says), "{error}");
    }
}

#[test]
fn a_link_of_the_users_is_followed() {
    let scene = Scene::new();
    let link = scene.root.path().join("link");
    symlink("victim", &link).unwrap();
    let named = |path| Named { path, out: None };
    named(&link).append("more\n").unwrap();
    assert_eq!(
        fs::read_to_string(scene.victim()).unwrap(),
        "precious\nmore\n"
    );
    fs::set_permissions(scene.victim(), fs::Permissions::from_mode(0o640)).unwrap();
    named(&link).replace("whole\n").unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(scene.victim()).unwrap(), "whole\n");
    assert_eq!(mode(&scene.victim()), 0o640);
    let dangling = scene.root.path().join("dangling");
    symlink("out/new", &dangling).unwrap();
    named(&dangling).replace("new").unwrap();
    assert_eq!(fs::read_to_string(scene.out().join("new")).unwrap(), "new");
    let around = scene.root.path().join("around");
    symlink("around", &around).unwrap();
    let error = named(&around).append("x").unwrap_err();
    assert!(error.to_string().contains("links lead nowhere"), "{error}");
}

#[test]
fn a_link_in_the_reports_folder_is_not_the_users() {
    for (what, plant) in PLANTED {
        for out in [Some("out"), Some("way")] {
            let scene = Scene::new();
            plant(&scene);
            // However the folder is called.
            symlink("out", scene.root.path().join("way")).unwrap();
            let out = out.map(|name| scene.root.path().join(name));
            let file = scene.file();
            let named = Named::new(&file, out.as_deref());
            let appended = named.append("more\n");
            assert_eq!(appended.is_ok(), what == "nothing", "{what}: {appended:?}");
            named.replace("whole").unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "whole", "{what}");
            assert!(scene.victim_is_whole(), "{what}");
        }
    }
}

#[test]
fn a_folder_that_is_a_link_within_the_reports_folder_is_not_gone_through() {
    let scene = Scene::new();
    symlink(scene.root.path(), scene.out().join("sub")).unwrap();
    let (path, out) = (scene.out().join("sub/victim"), scene.out());
    let named = Named::new(&path, Some(&out));
    for result in [named.append("more"), named.replace("more")] {
        let error = result.unwrap_err().to_string();
        assert!(error.contains("out/sub: it is a symbolic link"), "{error}");
    }
    assert!(scene.victim_is_whole());
}

#[test]
fn devices_and_pipes_of_the_users_are_written_to_and_never_waited_for() {
    let scene = Scene::new();
    let named = |path| Named { path, out: None };
    named(Path::new("/dev/null")).replace("x").unwrap();
    named(Path::new("/dev/null")).append("x").unwrap();
    assert!(!fs::symlink_metadata("/dev/null").unwrap().is_file());
    for result in [
        named(Path::new("/dev/full")).replace("x"),
        named(Path::new("/dev/full")).append("x"),
    ] {
        assert!(result.unwrap_err().to_string().starts_with("/dev/full: "));
    }
    let fifo = scene.root.path().join("fifo");
    pipe(&fifo);
    let error = named(&fifo).append("x").unwrap_err().to_string();
    assert!(error.contains("a pipe that nobody reads"), "{error}");
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || fs::read_to_string(fifo).unwrap()
    });
    // More than a pipe holds. The reader may not be there yet.
    let text = "x".repeat(200_000);
    while named(&fifo).replace(&text).is_err() {
        std::thread::yield_now();
    }
    assert_eq!(reader.join().unwrap(), text);
}

#[test]
fn a_line_that_was_cut_short_ends_before_what_is_added() {
    let scene = Scene::new();
    let file = scene.root.path().join("new/folder/history");
    let named = Named::new(&file, None);
    named.append("1\n").unwrap();
    fs::write(&file, "1\ncut").unwrap();
    named.append("2\n").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "1\ncut\n2\n");
}

#[test]
fn no_two_names_are_the_same() {
    let names: std::collections::HashSet<u64> = (0..1_000).map(|_| random()).collect();
    assert_eq!(names.len(), 1_000);
}

#[test]
fn what_is_no_file_is_not_read_and_not_waited_for() {
    let scene = Scene::new();
    let fifo = scene.root.path().join("in the way");
    pipe(&fifo);
    for path in [fifo.as_path(), Path::new("/dev/zero"), scene.root.path()] {
        let error = super::read(path).unwrap_err().to_string();
        assert!(error.contains("no regular file"), "{error}");
        assert!(super::read_text(path).is_err());
        // Those who read reports, histories and files of tools go this way.
        assert!(crate::report::read_samples(path).is_err());
        assert!(crate::commands::gate::baseline::Baseline::read(path).is_err());
        assert!(crate::probe::valgrind_xml::ValgrindReport::read(path).is_err());
        assert!(crate::probe::dhat_json::DhatReport::read(path).is_err());
    }
}
