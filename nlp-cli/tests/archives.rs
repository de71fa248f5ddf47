//! The program with pipelines as people have them: fetched as archives, or installed as packages.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use packing::{Member, gzip, member, members_of, tar, zip};

#[path = "../../nlp-core/tests/packing/mod.rs"]
mod packing;

const WHEEL: &str = "de_toy/de_toy-1.0.0/";

fn toy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../nlp-core/tests/data/pipelines/de_toy")
}

/// A new directory for the test called `test`.
fn place(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("archives")
        .join(test);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// Runs `nlp info --model MODEL` in `dir`, where no environment of Python is but those of `variables`.
fn info(dir: &Path, model: &str, variables: &[(&str, &Path)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nlp"))
        .args(["info", "--format", "json", "--model", model])
        .current_dir(dir)
        .env_clear()
        .env("HOME", dir)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// What the program says of the pipeline when it is loaded from its directory.
fn expected() -> String {
    said(&info(&toy(), ".", &[]))
}

fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The error, after it was seen to be one line.
fn refused(output: &Output) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    error
}

/// The toy with what goes with it in a wheel.
fn wheel() -> Vec<Member> {
    let mut members = members_of(&toy(), WHEEL);
    members.push(member("de_toy/__init__.py", "raise SystemError"));
    members.push(member(
        "de_toy/meta.json",
        fs::read(toy().join("meta.json")).unwrap(),
    ));
    members.push(member("de_toy-1.0.0.dist-info/RECORD", ""));
    members
}

#[test]
fn every_archive_is_the_directory_that_was_packed() {
    let dir = place("forms");
    let stored = |mut members: Vec<Member>| {
        members
            .iter_mut()
            .for_each(|member| member.deflated = false);
        members
    };
    let long = format!("{}/", "de_toy-1.0".repeat(12));
    let at = |prefix: &str| tar(&members_of(&toy(), prefix));
    let half = at("").len() / 2;
    let forms = [
        ("de_toy-1.0-py3-none-any.whl", zip(&wheel())),
        ("stored.whl", zip(&stored(wheel()))),
        ("bare.zip", zip(&members_of(&toy(), ""))),
        ("dotted.zip", zip(&members_of(&toy(), "./de_toy/"))),
        (
            "noted.zip",
            [zip(&members_of(&toy(), "")), b"a comment".to_vec()].concat(),
        ),
        ("de_toy-1.0.tar.gz", gzip(&tar(&wheel()))),
        ("bare.tgz", gzip(&at("./"))),
        ("long.tar.gz", gzip(&at(&long))),
        (
            "in_two.tar.gz",
            [gzip(&at("")[..half]), gzip(&at("")[half..])].concat(),
        ),
        ("zeros.tar.gz", [gzip(&at("")), vec![0; 700]].concat()),
        ("no-ending", gzip(&at(""))),
    ];
    let expected = expected();
    for (name, bytes) in forms {
        fs::write(dir.join(name), bytes).unwrap();
        assert_eq!(said(&info(&dir, name, &[])), expected, "{name}");
    }
}

#[test]
fn a_package_is_found_wherever_python_would_find_it() {
    let site = "lib/python3.9/site-packages";
    let install = |site: &Path| {
        for member in wheel() {
            let path = site.join(&member.name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, member.content).unwrap();
        }
    };
    let expected = expected();
    for (variable, prefix, site) in [
        ("VIRTUAL_ENV", "venv", site),
        ("CONDA_PREFIX", "conda", "lib/python3.12/site-packages"),
        ("PYTHONPATH", "path", ""),
        ("HOME", "home", ".local/lib/python3.10/site-packages"),
        ("PYTHONUSERBASE", "base", "lib/python3.10/site-packages"),
    ] {
        let dir = place(variable);
        install(&dir.join(prefix).join(site));
        let prefix = dir.join(prefix);
        for name in ["de_toy", "de-toy"] {
            assert_eq!(
                said(&info(&dir, name, &[(variable, &prefix)])),
                expected,
                "{variable}"
            );
        }
        // Its directory is as good as its name.
        let package = prefix.join(site).join("de_toy");
        assert_eq!(said(&info(&dir, package.to_str().unwrap(), &[])), expected);
        let error = refused(&info(&dir, "de_toy", &[("HOME", Path::new("/nowhere"))]));
        assert!(error.contains("no pipeline \"de_toy\""), "{error}");
    }

    // The environment that the first Python on the path belongs to, and the one that it was made from.
    let dir = place("PATH");
    for bin in ["venv/bin", "other/bin"] {
        fs::create_dir_all(dir.join(bin)).unwrap();
        fs::write(dir.join(bin).join("python3"), "").unwrap();
    }
    install(&dir.join("base").join(site));
    let home = format!("home = {}\n", dir.join("base/bin").display());
    fs::write(dir.join("venv/pyvenv.cfg"), home).unwrap();
    let path = |bin: &str| dir.join(bin);
    assert_eq!(
        said(&info(&dir, "de_toy", &[("PATH", &path("venv/bin"))])),
        expected
    );
    refused(&info(&dir, "de_toy", &[("PATH", &path("other/bin"))]));

    // pyenv's Python is a script that looks up its version.
    let dir = place("pyenv");
    fs::create_dir_all(dir.join("shims")).unwrap();
    fs::write(dir.join("shims/python3"), "").unwrap();
    fs::write(dir.join("version"), "3.9.1\n").unwrap();
    install(&dir.join("versions/3.9.1").join(site));
    assert_eq!(
        said(&info(&dir, "de_toy", &[("PATH", &dir.join("shims"))])),
        expected
    );

    // Installed in place: a file says where.
    for (name, text) in [
        ("a.pth", "import os\n# no\n\n../src\n"),
        ("de-toy.egg-link", "../src\n../..\n"),
    ] {
        let dir = place(name);
        install(&dir.join("src"));
        let site = dir.join("site");
        fs::create_dir_all(&site).unwrap();
        fs::write(site.join(name), text).unwrap();
        assert_eq!(
            said(&info(&dir, "de_toy", &[("PYTHONPATH", &site)])),
            expected,
            "{name}"
        );
    }
}

#[test]
fn an_installed_package_goes_before_a_directory_of_its_name_and_a_path_is_no_package() {
    let dir = place("precedence");
    fs::create_dir_all(dir.join("de_toy")).unwrap();
    let refused_here = |variables: &[(&str, &Path)], name| refused(&info(&dir, name, variables));
    let error = refused_here(&[], "de_toy");
    assert!(error.contains("de_toy/config.cfg"), "{error}");
    let site = dir.join("site");
    for member in wheel() {
        let path = site.join(&member.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, member.content).unwrap();
    }
    assert_eq!(
        said(&info(&dir, "de_toy", &[("PYTHONPATH", &site)])),
        expected()
    );
    let error = refused_here(&[("PYTHONPATH", &site)], "./de_toy");
    assert!(error.contains("de_toy/config.cfg"), "{error}");

    // What is wrong with the package is said of the package.
    fs::write(
        site.join("de_toy/meta.json"),
        r#"{"lang": "de", "name": "toy", "version": "2/../x"}"#,
    )
    .unwrap();
    let error = refused_here(&[("PYTHONPATH", &site)], "de_toy");
    assert!(
        error.contains("site/de_toy/meta.json: calls the pipeline"),
        "{error}"
    );
}

#[test]
fn a_name_that_is_nowhere_is_told_with_the_places_that_were_looked_in() {
    let dir = place("nowhere");
    let site = dir.join("venv/lib/python3.11/site-packages");
    fs::create_dir_all(&site).unwrap();
    let error = refused(&info(
        &dir,
        "xx_none",
        &[("VIRTUAL_ENV", &dir.join("venv"))],
    ));
    let expected = format!("no such package in {}", site.display());
    assert!(
        error.contains("no pipeline \"xx_none\"") && error.contains(&expected),
        "{error}"
    );
    let error = refused(&info(&dir, "no/such.whl", &[]));
    assert!(error.contains("cannot read no/such.whl"), "{error}");
}

/// The bytes of `archive` with `patch` at the place after `mark`.
fn patched(archive: &[u8], mark: &[u8], skip: usize, patch: &[u8]) -> Vec<u8> {
    let at = archive
        .windows(mark.len())
        .position(|window| window == mark)
        .unwrap()
        + skip;
    let mut archive = archive.to_vec();
    archive[at..at + patch.len()].copy_from_slice(patch);
    archive
}

#[test]
fn a_hostile_archive_is_refused_with_its_name_and_the_members() {
    let dir = place("hostile");
    let model = format!("{WHEEL}ner/model");
    let one = |member: Member| {
        let mut members = wheel();
        members.retain(|other| other.name != member.name);
        members.push(member);
        members
    };
    let with = |change: &dyn Fn(&mut Member)| {
        let mut members = wheel();
        change(
            members
                .iter_mut()
                .find(|member| member.name == model)
                .unwrap(),
        );
        members
    };
    let bomb = || member(&model, vec![0; 70 << 20]);
    let zipped = zip(&wheel());
    let tarred = tar(&wheel());
    let twice = [wheel(), vec![member(&model, "")]].concat();
    let as_data = |name: &str| one(member(name, "x"));
    let kind = |kind: u8| {
        tar(&with(&|member| {
            member.kind = kind;
            member.content.clear();
        }))
    };
    let data = model.as_bytes();
    let mut method = zipped.clone();
    let entry = zipped
        .windows(data.len())
        .rposition(|window| window == data);
    method[entry.unwrap() - 36] = 14;
    let hostile: Vec<(&str, Vec<u8>, &str)> = vec![
        ("bomb.whl", zip(&one(bomb())), "ner/model: says that its"),
        (
            "bomb.tar.gz",
            gzip(&tar(&one(bomb()))),
            "unpacks to more than",
        ),
        (
            "understated.whl",
            zip(&with(&|member| member.claims = Some(10))),
            "ner/model: unpacks to more than the 10 bytes that it claims",
        ),
        (
            "overstated.whl",
            zip(&with(&|member| {
                member.claims = Some(member.content.len() as u64 + 1)
            })),
            "ner/model: ends after",
        ),
        (
            "up.whl",
            zip(&as_data("../x")),
            "its member \"../x\" would lie outside",
        ),
        (
            "up.tar.gz",
            gzip(&tar(&as_data("a/../../x"))),
            "its member \"a/../../x\" would lie outside",
        ),
        (
            "absolute.zip",
            zip(&as_data("/etc/x")),
            "its member \"/etc/x\" would lie outside",
        ),
        (
            "drive.zip",
            zip(&as_data("C:/x")),
            "its member \"C:/x\" is named as on Windows",
        ),
        ("slash.zip", zip(&as_data("a\\x")), "is named as on Windows"),
        ("nul.zip", zip(&as_data("a\0x")), "has a NUL"),
        (
            "twice.whl",
            zip(&twice),
            "has two members called \"de_toy/de_toy-1.0.0/ner/model\"",
        ),
        ("twice.tar.gz", gzip(&tar(&twice)), "has two members called"),
        (
            "locked.whl",
            zip(&with(&|member| member.flags = 1)),
            "ner/model: is encrypted",
        ),
        ("method.whl", method, "ner/model: is packed by method 14"),
        (
            "cut.whl",
            zipped[..zipped.len() - 30].to_vec(),
            "cut.whl: is cut short",
        ),
        ("cut.tar.gz", gzip(&tarred)[..5000].to_vec(), "ends early"),
        ("cut_inside.tar.gz", gzip(&tarred[..5000]), "ends"),
        (
            "crc.whl",
            patched(&zipped, data, data.len() + 20, &[0x55; 4]),
            "ner/model",
        ),
        (
            "header.whl",
            patched(&zipped, data, 0, b"x"),
            "ner/model: has another name in its header",
        ),
        (
            "sum.tar.gz",
            gzip(&patched(&tarred, b"ustar", 0, b"x")),
            "checksum of a header",
        ),
        (
            "behind.tar.gz",
            [gzip(&tarred), b"more".to_vec()].concat(),
            "other data behind the end",
        ),
        (
            "link.tar.gz",
            gzip(&kind(b'2')),
            "ner/model: is a symbolic link",
        ),
        (
            "hard.tar.gz",
            gzip(&kind(b'1')),
            "ner/model: is a hard link",
        ),
        (
            "sparse.tar.gz",
            gzip(&kind(b'S')),
            "ner/model: is a sparse file",
        ),
        ("pipe.tar.gz", gzip(&kind(b'6')), "ner/model: is a pipe"),
        (
            "link.whl",
            zip(&with(&|member| member.kind = b'2')),
            "ner/model: is a symbolic link",
        ),
        (
            "other.zip",
            zip(&[member("a.txt", "")]),
            "holds no pipeline of spaCy v3",
        ),
        (
            "two.zip",
            zip(&[members_of(&toy(), "a/"), members_of(&toy(), "b/")].concat()),
            "holds 2 pipelines: unpack it, and load one of a/, b/",
        ),
        ("empty.zip", zip(&[]), "holds no pipeline"),
        ("nothing", Vec::new(), "is no archive that is read"),
        (
            "text.whl",
            b"no archive".to_vec(),
            "is no archive that is read",
        ),
    ];
    for (name, bytes, said) in hostile {
        fs::write(dir.join(name), bytes).unwrap();
        let error = refused(&info(&dir, name, &[]));
        assert!(
            error.contains(name) && error.contains(said),
            "{name}: {error}"
        );
    }
}
