//! The user's source files: which file a frame means, the lines around it, and the function that holds a line.

use harness_judge::attribution::sources::Sources;
use harness_model::Place;
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Directories that hold what was built or fetched, not what the user wrote.
const SKIPPED: [&str; 5] = ["target", "node_modules", "vendor", "venv", "__pycache__"];
/// Where the harness's own allocators are, which count and pass on to others.
const ALLOCATORS: [&str; 2] = ["harness/src/allocator", "harness/tally/src"];
/// Endings of files whose lines are worth showing.
const ENDINGS: [&str; 9] = ["rs", "c", "h", "cc", "cpp", "cxx", "hpp", "pyx", "py"];
/// Bounds on the walk, so that a root such as `/` costs little.
const MAX_DEPTH: usize = 12;
const MAX_ENTRIES: usize = 50_000;
/// Bounds on what is read of one file.
const MAX_SOURCE_BYTES: u64 = 8 << 20;
const MAX_LINE_CHARS: usize = 200;

/// A line of source, as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// Number of the line, counted from 1.
    pub number: u32,
    /// The line without its end, cut at 200 characters.
    pub text: String,
}

/// An index of the source files under the directories of the user's project.
#[derive(Debug, Default)]
pub struct SourceTree {
    roots: Vec<PathBuf>,
    /// Paths by their last component.
    by_name: HashMap<String, Vec<PathBuf>>,
}

/// The folders that the user named.
static NAMED: OnceLock<Vec<PathBuf>> = OnceLock::new();

/// Looks for sources in these folders first, from now on.
pub fn look_in(folders: &[PathBuf]) {
    // The command line is read once.
    let _ = NAMED.set(folders.to_vec());
}

fn roots() -> Vec<PathBuf> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut roots = NAMED.get().cloned().unwrap_or_default();
    roots.push(PathBuf::from("."));
    roots.push(built_from.parent().unwrap_or(built_from).to_owned());
    roots
}

impl SourceTree {
    /// The sources that a run can be of: those in the folders that the user named, those below the current directory, and
    /// those that the harness was built from, where they are still there. They are walked once.
    pub fn of_the_user() -> &'static SourceTree {
        static TREE: OnceLock<SourceTree> = OnceLock::new();
        TREE.get_or_init(|| SourceTree::open(&roots()))
    }

    /// The sources of a program that is not the harness's own: those in the folders that the user named, and those below
    /// the current directory.
    pub fn of_anybody() -> SourceTree {
        let mut roots = roots();
        roots.pop();
        SourceTree::open(&roots)
    }

    /// Where no file that is named here is found: a sentence for the user that says where it was looked for.
    pub fn missing<'f>(&self, mut files: impl Iterator<Item = &'f str>) -> Option<String> {
        let first = files.next()?;
        if self.find(first).is_some() || files.any(|file| self.find(file).is_some()) {
            return None;
        }
        let looked: Vec<String> = self
            .roots
            .iter()
            .map(|root| printable::path(root).to_string())
            .collect();
        Some(format!(
            "No line of source is shown: {} is not, or more than once, under {}. --source DIR says where it is.",
            printable::line(first),
            looked.join(" or ")
        ))
    }

    /// Walks `roots` (those that are missing are passed over, and those inside another) for source files, without
    /// following symbolic links.
    pub fn open<P: AsRef<Path>>(roots: &[P]) -> SourceTree {
        let mut tree = SourceTree::default();
        let mut entries_left = MAX_ENTRIES;
        let roots: Vec<PathBuf> = roots
            .iter()
            .filter_map(|root| fs::canonicalize(root).ok())
            .collect();
        for (at, root) in roots.iter().enumerate() {
            let inside = |(other_at, other): (usize, &PathBuf)| {
                root.starts_with(other) && (root != other || other_at < at)
            };
            if !roots.iter().enumerate().any(inside) {
                tree.walk(root, MAX_DEPTH, &mut entries_left);
                tree.roots.push(root.clone());
            }
        }
        tree
    }

    fn walk(&mut self, dir: &Path, depth: usize, entries_left: &mut usize) {
        let Ok(entries) = fs::read_dir(dir) else {
            return;
        };
        for entry in entries.flatten() {
            if *entries_left == 0 {
                return;
            }
            *entries_left -= 1;
            let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else {
                continue;
            };
            if kind.is_dir()
                && depth > 0
                && !name.starts_with('.')
                && !SKIPPED.contains(&name.as_str())
            {
                self.walk(&entry.path(), depth - 1, entries_left);
            } else if kind.is_file()
                && name
                    .rsplit_once('.')
                    .is_some_and(|(_, ending)| ENDINGS.contains(&ending))
            {
                self.by_name.entry(name).or_default().push(entry.path());
            }
        }
    }

    /// The line of a place with `around` lines before and after it; empty where its source cannot be read on this machine.
    pub fn lines_at(&self, place: &Place, around: u32) -> Vec<SourceLine> {
        let (Some(file), Some(line)) = (place.file.as_deref(), place.line) else {
            return Vec::new();
        };
        match self.find(file) {
            Some(path) => self.lines(path, line, around),
            None => Vec::new(),
        }
    }

    /// The lines from `around` before `line` to `around` after it; empty where the file or the line is not there.
    pub fn lines(&self, file: &Path, line: u32, around: u32) -> Vec<SourceLine> {
        let first = line.saturating_sub(around).max(1);
        let count = (line.saturating_add(around) - first) as usize + 1;
        let found: Vec<SourceLine> = numbered_lines(file)
            .skip(first as usize - 1)
            .take(count)
            .collect();
        if found.iter().any(|found| found.number == line) {
            found
        } else {
            Vec::new()
        }
    }
}

impl Sources for SourceTree {
    /// The file that `path` of a frame means: itself, where it stands under a root, else the one file of the tree
    /// that ends with the same components (tools cut paths short, and builds on another machine have other roots).
    /// Two components have to agree, unless `path` is a bare name that only one file has.
    fn find(&self, path: &str) -> Option<&Path> {
        let wanted: Vec<&str> = path
            .split(['/', '\\'])
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        let candidates = self.by_name.get(*wanted.last()?)?;
        if let Some(exact) = candidates
            .iter()
            .find(|candidate| candidate.as_os_str() == path)
        {
            return Some(exact);
        }
        // A bare name is first of all that of a file in a root itself.
        if wanted.len() == 1 {
            let mut in_root = self.roots.iter().map(|root| root.join(path));
            let found = in_root.find_map(|file| candidates.iter().find(|one| **one == file));
            if found.is_some() {
                return found.map(PathBuf::as_path);
            }
        }
        let shared = |candidate: &Path| {
            let parts = candidate
                .iter()
                .rev()
                .map(|part| part.to_str().unwrap_or(""));
            parts
                .zip(wanted.iter().rev())
                .take_while(|(have, want)| have == *want)
                .count()
        };
        // An absolute path from elsewhere (the standard library's, a dependency's) shares only its tail with a file
        // of ours, and `src/lib.rs` says nothing: such a path has to agree in its crate's directory too.
        let enough = if path.starts_with('/') {
            crate_components(&wanted)
        } else {
            wanted.len()
        };
        let alike = |root: &PathBuf| {
            let inside = candidates
                .iter()
                .filter(|candidate| candidate.starts_with(root));
            let mut alike = inside.filter(|candidate| shared(candidate) >= enough);
            (alike.next(), alike.next())
        };
        // The first root is the nearest to the user; in one root, two files that end alike leave it open.
        match self
            .roots
            .iter()
            .map(alike)
            .find(|(first, _)| first.is_some())?
        {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// No source file was found.
    fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// `file` relative to the root that holds it, as a report prints it.
    fn relative<'a>(&self, file: &'a Path) -> &'a Path {
        self.roots
            .iter()
            .find_map(|root| file.strip_prefix(root).ok())
            .unwrap_or(file)
    }

    /// The name of the Rust or C function whose body holds `line`, for frames that carry none (inlined calls that
    /// the tool could not name). It is the nearest `fn` above that is indented less than the line itself.
    fn function_at(&self, file: &Path, line: u32) -> Option<String> {
        let lines: Vec<String> = numbered_lines(file)
            .take(line as usize)
            .map(|line| line.text)
            .collect();
        let inside = lines.get((line as usize).checked_sub(1)?)?;
        if let Some(name) = declared_function(inside) {
            return Some(name);
        }
        let mut indent = indentation(inside);
        for text in lines[..lines.len() - 1].iter().rev() {
            if text.trim().is_empty() || indentation(text) >= indent {
                continue;
            }
            if let Some(name) = declared_function(text) {
                return Some(name);
            }
            // The rest of a declaration that takes several lines stands as far in as its first.
            let continues = ["{", ")", "where", "->"]
                .iter()
                .any(|start| text.trim_start().starts_with(start));
            indent = indentation(text) + usize::from(continues);
        }
        None
    }

    /// The harness's own allocators do.
    fn wraps_allocators(&self, file: &Path) -> bool {
        let file = file.to_string_lossy();
        ALLOCATORS.iter().any(|folder| file.contains(folder))
    }
}

/// How many of the last components name a file for sure: from the directory above the last `src` downwards.
fn crate_components(parts: &[&str]) -> usize {
    let below = parts
        .iter()
        .rev()
        .position(|part| matches!(*part, "src" | "tests" | "benches" | "examples"));
    match below {
        Some(below) => (below + 2).min(parts.len()),
        None => 2.min(parts.len()),
    }
}

fn numbered_lines(file: &Path) -> impl Iterator<Item = SourceLine> {
    let reader = fs::File::open(file)
        .ok()
        .map(|file| BufReader::new(file.take(MAX_SOURCE_BYTES)));
    let mut number = 0;
    reader
        .into_iter()
        .flat_map(|reader| reader.split(b'\n').map_while(Result::ok))
        .map(move |line| {
            number += 1;
            let text = String::from_utf8_lossy(&line);
            SourceLine {
                number,
                text: text.trim_end().chars().take(MAX_LINE_CHARS).collect(),
            }
        })
}

fn indentation(text: &str) -> usize {
    text.chars()
        .take_while(|c| c.is_whitespace())
        .map(|c| if c == '\t' { 4 } else { 1 })
        .sum()
}

/// The name in `pub(crate) unsafe fn name<T>(...)`, if this line declares a Rust function.
fn declared_function(text: &str) -> Option<String> {
    let text = text.trim_start();
    if text.starts_with("//") {
        return None;
    }
    let at = if text.starts_with("fn ") {
        0
    } else {
        text.find(" fn ")? + 1
    };
    let name: String = text[at + 3..]
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_judge::attribution::origin::{Origin, origin};
    use harness_judge::attribution::stack::Frame;
    use harness_model::Place;

    fn tree(name: &str, files: &[(&str, &str)]) -> (PathBuf, SourceTree) {
        let root =
            std::env::temp_dir().join(format!("harness-source-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = fs::canonicalize(root).unwrap();
        let tree = SourceTree::open(&[&root]);
        (root, tree)
    }

    #[test]
    fn a_file_is_found_by_its_path_and_by_a_path_cut_short() {
        let (root, tree) = tree(
            "find",
            &[
                ("core/src/moves/act.rs", ""),
                ("core/src/lib.rs", ""),
                ("cli/src/lib.rs", ""),
                ("target/x/src/gen.rs", ""),
            ],
        );
        let act = root.join("core/src/moves/act.rs");
        assert_eq!(tree.find(act.to_str().unwrap()), Some(act.as_path()));
        assert_eq!(tree.find("src/moves/act.rs"), Some(act.as_path()));
        assert_eq!(
            tree.find("/built/elsewhere/core/src/moves/act.rs"),
            Some(act.as_path())
        );
        assert_eq!(tree.relative(&act), Path::new("core/src/moves/act.rs"));
        assert_eq!(tree.find("src/lib.rs"), None, "two files end like that");
        assert_eq!(
            tree.find("gen.rs"),
            None,
            "what was built is not the user's source"
        );
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_bare_name_is_that_of_the_file_in_the_root_and_else_of_the_only_one() {
        let (root, tree) = tree(
            "bare",
            &[
                ("ring.c", ""),
                ("old/ring.c", ""),
                ("a/two.c", ""),
                ("b/two.c", ""),
                ("a/one.c", ""),
            ],
        );
        assert_eq!(tree.find("ring.c"), Some(root.join("ring.c").as_path()));
        assert_eq!(tree.find("one.c"), Some(root.join("a/one.c").as_path()));
        assert_eq!(tree.find("two.c"), None);
        let why = tree.missing(["two.c"].into_iter()).unwrap();
        assert!(
            why.starts_with("No line of source is shown: two.c is not, or more than once, under ")
        );
        assert_eq!(tree.missing(["two.c", "one.c"].into_iter()), None);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_file_of_the_standard_library_is_not_taken_for_the_users() {
        let (root, tree) = tree(
            "std",
            &[("app/src/vec/mod.rs", ""), ("app/src/alloc.rs", "")],
        );
        assert_eq!(tree.find("/rustc/5980/library/alloc/src/vec/mod.rs"), None);
        assert_eq!(tree.find("/rustc/5980/library/alloc/src/alloc.rs"), None);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn an_allocator_of_the_harness_does_not_answer_for_memory_and_its_caller_does() {
        let files = ["harness/src/allocator/mod.rs", "harness/src/child/mod.rs"];
        let (root, tree) = tree("allocators", &files.map(|file| (file, "")));
        let origins = files.map(|file| {
            let file = root.join(file).to_string_lossy().into_owned();
            let frame = Frame {
                place: Place {
                    file: Some(file),
                    ..Place::default()
                },
                ..Frame::default()
            };
            origin(&frame, &tree)
        });
        assert_eq!(origins, [Origin::Allocator, Origin::Own]);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn lines_around_a_place_are_read_and_a_place_past_the_end_gives_none() {
        let (root, tree) = tree("lines", &[("a.rs", "one\ntwo\r\nthree\nfour\n")]);
        let file = root.join("a.rs");
        let lines = tree.lines(&file, 2, 1);
        assert_eq!(
            lines
                .iter()
                .map(|line| (line.number, line.text.as_str()))
                .collect::<Vec<_>>(),
            [(1, "one"), (2, "two"), (3, "three")]
        );
        assert_eq!(tree.lines(&file, 40, 3), []);
        assert_eq!(tree.lines(&root.join("absent.rs"), 1, 3), []);
        assert_eq!(tree.lines(&file, u32::MAX, u32::MAX), []);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn the_function_around_a_line_is_named() {
        let text = "fn outer() {\n    let f = || {\n        take()\n    };\n}\n\nimpl X {\n    // fn not_this() {\n    pub(crate) fn grow<T>(&mut self)\n    where\n        T: Y,\n    {\n        self.take();\n    }\n}\n";
        let (root, tree) = tree("function", &[("a.rs", text)]);
        let file = root.join("a.rs");
        assert_eq!(tree.function_at(&file, 3).as_deref(), Some("outer"));
        assert_eq!(tree.function_at(&file, 13).as_deref(), Some("grow"));
        assert_eq!(tree.function_at(&file, 0), None);
        assert_eq!(tree.function_at(&file, 900), None);
        fs::remove_dir_all(root).unwrap();
    }
}
