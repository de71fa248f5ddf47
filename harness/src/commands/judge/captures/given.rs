//! The files that were given, by the count of iterations at which they were recorded.

use crate::capture::{self, Capture, Kind, StackTable};
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of one count.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct At {
    /// The count; none where it was not given.
    pub iterations: Option<u64>,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// What was read of one count.
pub(super) struct Read {
    /// The count.
    pub iterations: Option<u64>,
    /// Each file with what stands in it.
    pub captures: Vec<(PathBuf, Capture)>,
}

/// Sorts the words behind `--at` into counts with their files: a count begins a group, and files of one count may come in
/// several groups. A folder stands for the files in it.
///
/// # Errors
///
/// A sentence: what is wrong with them.
pub(super) fn sort(words: &[OsString]) -> Result<Vec<At>, String> {
    let mut all: Vec<At> = Vec::new();
    let mut current: Option<(u64, usize)> = None;
    let lonely = |count: u64| {
        format!(
            "--at {count} names no file: give the count of iterations and then its files, as in --at 10 a.xml"
        )
    };
    for word in words {
        if let Some(count) = count_of(word) {
            if let Some((before, 0)) = current {
                return Err(lonely(before));
            }
            current = Some((count, 0));
            continue;
        }
        let Some((count, files)) = &mut current else {
            return Err(format!(
                "--at wants the count of iterations before its files, and {} is no count",
                printable::path(Path::new(word))
            ));
        };
        *files += 1;
        let found = files_of(Path::new(word))?;
        match all.iter_mut().find(|at| at.iterations == Some(*count)) {
            Some(at) => at.files.extend(found),
            None => all.push(At {
                iterations: Some(*count),
                files: found,
            }),
        }
    }
    match current {
        Some((count, 0)) => return Err(lonely(count)),
        None => return Err("--at wants a count of iterations and its files".to_owned()),
        _ => {}
    }
    for (index, at) in all.iter().enumerate() {
        let others = all[index + 1..].iter().flat_map(|other| &other.files);
        if let Some(twice) = at
            .files
            .iter()
            .find(|file| others.clone().any(|other| other == *file))
        {
            return Err(format!(
                "{} is given at two counts of iterations",
                printable::path(twice)
            ));
        }
    }
    all.sort_by_key(|at| at.iterations);
    Ok(all)
}

/// A count of iterations, with or without commas: `1000` and `1,000`.
fn count_of(word: &OsStr) -> Option<u64> {
    let word = word.to_str()?.replace([',', '_'], "");
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| word.parse().ok()).flatten()
}

/// The file, or those of the folder.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let shown = printable::path(path).into_owned();
    let entries = fs::read_dir(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    match files.is_empty() {
        true => Err(format!("there are no files in {shown}")),
        false => Ok(files),
    }
}

/// Reads all of them, which have to be of one kind.
///
/// # Errors
///
/// A sentence: which file cannot be read and why, or which two are of different kinds.
pub(super) fn read(given: Vec<At>, table: &mut StackTable) -> Result<(Kind, Vec<Read>), String> {
    let mut first: Option<(PathBuf, Kind)> = None;
    let mut all = Vec::new();
    for at in given {
        let mut captures = Vec::new();
        for path in at.files {
            let capture = capture::read(&path, table).map_err(|error| error.to_string())?;
            match &first {
                Some((other, kind)) if *kind != capture.kind => {
                    return Err(format!(
                        "{} is of the kind {}, and {} of the kind {}: captures that are compared have to be of one kind",
                        printable::path(other),
                        kind.title(),
                        printable::path(&path),
                        capture.kind.title()
                    ));
                }
                Some(_) => {}
                None => first = Some((path.clone(), capture.kind)),
            }
            captures.push((path, capture));
        }
        all.push(Read {
            iterations: at.iterations,
            captures,
        });
    }
    match first {
        Some((_, kind)) => Ok((kind, all)),
        None => Err("no file was given".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(words: &[&str]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let shown = |at: At| {
            let files = at
                .files
                .iter()
                .map(|file| file.to_string_lossy().into_owned());
            (at.iterations.unwrap(), files.collect())
        };
        sort(&words).map(|all| all.into_iter().map(shown).collect())
    }

    #[test]
    fn files_are_sorted_by_their_counts_however_they_are_given() {
        let text = |text: &str| text.to_owned();
        let expected = vec![(10, vec![text("a"), text("b")]), (1_000, vec![text("c")])];
        for words in [
            &["10", "a", "b", "1000", "c"][..],
            &["10", "a", "10", "b", "1,000", "c"],
            &["1_000", "c", "10", "a", "b"],
        ] {
            assert_eq!(sorted(words).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_given_wrongly_is_said() {
        for (words, expected) in [
            (&["a.xml"][..], "a.xml is no count"),
            (&["10"], "--at 10 names no file"),
            (&["10", "20", "a"], "--at 10 names no file"),
            (&["10", "a", "20", "a"], "a is given at two counts"),
            (&[], "wants a count"),
        ] {
            let refused = sorted(words).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
