//! Where Python would look for a package: the `site-packages` of all environments that can be found without running it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The value of a variable of the environment.
type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// All places that there are, the first to look in first.
pub(super) fn all() -> Vec<PathBuf> {
    let system = [Path::new("/usr/local"), Path::new("/usr")];
    of(&|name| std::env::var_os(name), &system)
}

/// The places that the environment's variables lead to, and those of the `system`.
fn of(variable: Variable<'_>, system: &[&Path]) -> Vec<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let mut places = Vec::new();
    if let Some(paths) = set("PYTHONPATH") {
        places.extend(std::env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()));
    }
    let mut prefixes: Vec<PathBuf> = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .into_iter()
        .filter_map(|name| set(name).map(PathBuf::from))
        .collect();
    // A virtual environment may leave out what its Python has, and it may be there nonetheless.
    let virtual_env = prefixes.first().cloned();
    prefixes.extend(on_path(variable));
    prefixes.extend(virtual_env.and_then(|prefix| base(&prefix)));
    prefixes.extend(set("PYTHONUSERBASE").map(PathBuf::from));
    prefixes.extend(set("HOME").map(|home| Path::new(&home).join(".local")));
    prefixes.extend(system.iter().map(|prefix| prefix.to_path_buf()));
    places.extend(prefixes.iter().flat_map(|prefix| of_prefix(prefix)));
    let mut seen = Vec::new();
    places.retain(|place| {
        // One place under two names, as /lib and /usr/lib, is looked in once.
        let Ok(real) = place.canonicalize() else {
            return false;
        };
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    places
}

/// The places of an installation of Python, of its newest version first.
fn of_prefix(prefix: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = ["lib", "lib64"]
        .into_iter()
        .flat_map(|lib| fs::read_dir(prefix.join(lib)))
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let minor = name.to_str()?.strip_prefix("python3.")?.parse().ok()?;
            Some((minor, entry.path()))
        })
        .collect();
    versions.sort_by_key(|(minor, _)| std::cmp::Reverse(*minor));
    let versions = versions.into_iter().map(|(_, path)| path);
    versions
        // Debian's own, for all versions.
        .chain([prefix.join("lib/python3")])
        .flat_map(|lib| ["site-packages", "dist-packages"].map(|name| lib.join(name)))
        .collect()
}

/// The installations that the first `python3` or `python` on the search path belongs to.
fn on_path(variable: Variable<'_>) -> Vec<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    let program = ["python3", "python"].into_iter().find_map(|name| {
        std::env::split_paths(&path)
            .map(|dir| dir.join(name))
            .find(|program| program.is_file())
    });
    let Some(program) = program else {
        return Vec::new();
    };
    let mut prefixes = Vec::new();
    let prefix = |program: &Path| Some(program.parent()?.parent()?.to_path_buf());
    if let Some(found) = prefix(&program) {
        match program.parent().is_some_and(|dir| dir.ends_with("shims")) {
            true => prefixes.extend(of_pyenv(&found, variable)),
            false => {
                let base = base(&found);
                prefixes.push(found);
                prefixes.extend(base);
            }
        }
    }
    // What it is a link to: the Python that an environment was made from.
    prefixes.extend(program.canonicalize().ok().and_then(|real| prefix(&real)));
    prefixes
}

/// The installations that pyenv's `python3` would run: those that a variable names, a file in this directory or in one
/// above it, or pyenv's own.
fn of_pyenv(root: &Path, variable: Variable<'_>) -> Vec<PathBuf> {
    let named = variable("PYENV_VERSION").and_then(|value| value.into_string().ok());
    let names = named.map(|names| names.replace(':', "\n")).or_else(|| {
        let here = variable("PWD").map(PathBuf::from).unwrap_or_default();
        let mut files = here.ancestors().map(|dir| dir.join(".python-version"));
        files
            .find_map(|file| fs::read_to_string(file).ok())
            .or_else(|| fs::read_to_string(root.join("version")).ok())
    });
    names
        .unwrap_or_default()
        .split_whitespace()
        .map(|version| root.join("versions").join(version))
        .collect()
}

/// The installation that a virtual environment was made from.
fn base(environment: &Path) -> Option<PathBuf> {
    let settings = fs::read_to_string(environment.join("pyvenv.cfg")).ok()?;
    let home = settings.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "home").then(|| value.trim().to_owned())
    })?;
    Some(Path::new(&home).parent()?.to_path_buf())
}
