//! Pipelines that a test may spoil.

#![allow(dead_code, reason = "no test uses all of it")]

use std::fs;
use std::path::{Path, PathBuf};

use nlp_core::{Error, Language};

pub fn toy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/pipelines")
        .join(name)
}

/// A copy of a pipeline that a test may spoil; gone when it is dropped.
pub struct Copy(pub PathBuf);

impl Copy {
    pub fn of(name: &str, test: &str) -> Copy {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        copy_dir(&toy(name), &dir);
        Copy(dir)
    }

    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut dirs = vec![self.0.clone()];
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    dirs.push(path)
                } else {
                    files.push(path)
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub fn error_of(dir: &Path) -> Error {
    Language::load(dir).expect_err("a spoilt pipeline does not load")
}

/// Changes the labels in a component's `cfg`.
pub fn change_cfg(file: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let mut cfg = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    change(&mut cfg);
    fs::write(file, cfg.to_string()).unwrap();
}

/// A copy of a pipeline whose configuration was changed.
pub fn with_config(test: &str, change: impl FnOnce(&str) -> String) -> Copy {
    let copy = Copy::of("de_toy", test);
    let path = copy.0.join("config.cfg");
    let changed = change(&fs::read_to_string(&path).unwrap());
    fs::write(path, changed).unwrap();
    copy
}
