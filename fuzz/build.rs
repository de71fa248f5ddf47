//! Puts the small pipelines of nlp-core's tests into the program, so that it needs no file of the repository.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"))
        .join("../nlp-core/tests/data/pipelines");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut code = String::from("&[");
    for pipeline in sorted(&root) {
        let _ = write!(code, "({:?}, &[", pipeline.file_name().unwrap_or_default());
        for file in files(&pipeline) {
            let relative = file.strip_prefix(&pipeline).expect("under it");
            let _ = write!(code, "({relative:?}, include_bytes!({file:?})),");
        }
        code.push_str("]),");
    }
    code.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    fs::write(out.join("pipelines.rs"), code).expect("writes its own folder");
}

fn sorted(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("the pipelines are there");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    paths
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in sorted(dir) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}
