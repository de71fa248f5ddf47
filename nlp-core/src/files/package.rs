//! Pipelines that were installed as Python packages, as `spacy package` makes them: a module whose `meta.json` says what
//! the directory in it is called that holds the pipeline.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::PipelineFiles;
use super::directory::Directory;
use crate::error::{Error, FormatError};
use crate::format;

/// The most bytes of a file that says where packages are which were installed in place.
const LONGEST_LIST: u64 = 64 << 10;

/// Whether a package could have this name. Python takes a hyphen for an underscore when it installs one.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The directory of the pipeline of the package called `name`, from the first of the `places` that has it. A package
/// that is no pipeline does not count.
pub(super) fn find(name: &str, places: &[PathBuf]) -> Result<Option<PathBuf>, Error> {
    let module = name.replace('-', "_");
    for place in places {
        let in_place = installed_in_place(place, &module);
        for place in std::iter::once(place).chain(&in_place) {
            let package = place.join(&module);
            if is_package(&package) {
                return directory(&package).map(Some);
            }
        }
    }
    Ok(None)
}

/// The directory of the package called `name`, whatever is in it, from the first of the `places` that has it.
pub(super) fn module(name: &str, places: &[PathBuf]) -> Option<PathBuf> {
    places.iter().find_map(|place| {
        let in_place = installed_in_place(place, name);
        let packages = std::iter::once(place).chain(&in_place);
        packages
            .map(|place| place.join(name))
            .find(|package| package.join("__init__.py").is_file())
    })
}

/// Whether `path` is the directory of a package with a pipeline in it.
pub(super) fn is_package(path: &Path) -> bool {
    path.join("__init__.py").is_file() && path.join("meta.json").is_file()
}

/// The directory of the pipeline in the package at `package`.
pub(super) fn directory(package: &Path) -> Result<PathBuf, Error> {
    let path = package.join("meta.json");
    let fault = |reason: String| FormatError::new(reason).in_file(&path);
    let files = Directory::new(package.to_path_buf());
    let bytes = files.read("meta.json")?;
    let meta = format::json(&bytes).map_err(|e| e.in_file(&path))?;
    let text = |key: &str| {
        let text = meta.get(key).and_then(Value::as_str);
        text.ok_or_else(|| fault(format!("has no text as {key:?}")))
    };
    let name = format!("{}_{}-{}", text("lang")?, text("name")?, text("version")?);
    let mut parts = Path::new(&name).components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if *part == *name)
    {
        return Err(fault(format!(
            "calls the pipeline {name:?}, which is no name of a directory"
        )));
    }
    let directory = package.join(&name);
    if directory.join("config.cfg").is_file() {
        return Ok(directory);
    }
    // Some who wrote their package by hand put the pipeline beside it.
    if package.join("config.cfg").is_file() {
        return Ok(package.to_path_buf());
    }
    Err(fault(format!(
        "calls the pipeline {name:?}, and no directory beside it of that name has a config.cfg"
    )))
}

/// The directories that files in `place` name for Python to look in too, as far as they may hold `module`.
fn installed_in_place(place: &Path, module: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let hyphens = module.replace('_', "-");
    for stem in [module, &hyphens] {
        let link = place.join(format!("{stem}.egg-link"));
        found.extend(lines(&link).first().map(|line| place.join(line)));
    }
    let mut lists: Vec<PathBuf> = fs::read_dir(place)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "pth"))
        .collect();
    // In the order in which Python reads them.
    lists.sort();
    for line in lists.iter().flat_map(|list| lines(list)) {
        // Others are code, which Python runs.
        if !line.starts_with(['#']) && !line.starts_with("import ") && !line.starts_with("import\t")
        {
            found.push(place.join(line));
        }
    }
    found
}

/// The lines of a short file; none where it cannot be read.
fn lines(path: &Path) -> Vec<String> {
    let mut text = String::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(LONGEST_LIST).read_to_string(&mut text));
    match read {
        Ok(_) => text
            .lines()
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .collect(),
        Err(_) => Vec::new(),
    }
}
