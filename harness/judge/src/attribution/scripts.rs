//! Whose code a frame of an interpreted language is, and which frames of machine code are only the interpreter's.

use super::sources::Sources;
use std::path::Path;

/// What carries out a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The processor: compiled code.
    Machine,
    /// The processor, in code that only serves an interpreter: it says no more of who wants memory than an allocator does.
    Interpreter,
    /// An interpreter: the call is a line of a script.
    Script,
}

/// Whose code a script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptOrigin {
    /// The user's own.
    Own,
    /// Made by the program, or given on its command line: there is no file.
    Made,
    /// A package that was installed for the interpreter.
    Package,
    /// It was installed with the system.
    Installed,
    /// The interpreter's own library.
    Standard,
}

/// Folders of packages.
const PACKAGES: [&str; 2] = ["site-packages", "dist-packages"];

/// Whose code a script is, by the name of its file.
pub fn script_origin(file: &str, tree: &dyn Sources) -> ScriptOrigin {
    if file.starts_with("<frozen ") {
        return ScriptOrigin::Standard;
    }
    if file.is_empty() || file.starts_with('<') && file.ends_with('>') {
        return ScriptOrigin::Made;
    }
    let parts: Vec<&str> = file.split('/').collect();
    if parts.iter().any(|part| PACKAGES.contains(part)) {
        return ScriptOrigin::Package;
    }
    if in_tree(file, tree).is_some() {
        return ScriptOrigin::Own;
    }
    if is_standard(&parts) {
        return ScriptOrigin::Standard;
    }
    match parts[..] {
        ["", "usr", "local" | "src", ..] => ScriptOrigin::Own,
        ["", "usr" | "bin" | "sbin" | "nix" | "gnu" | "snap", ..] => ScriptOrigin::Installed,
        _ => ScriptOrigin::Own,
    }
}

/// Whether a path leads into an interpreter's own library: `.../lib/python3.11/json/decoder.py`, or its archive.
fn is_standard(parts: &[&str]) -> bool {
    let is_release = |part: &str, dots: bool| {
        let rest = part.strip_prefix("python").unwrap_or("");
        rest.starts_with(|first: char| first.is_ascii_digit())
            && rest
                .chars()
                .all(|one| one.is_ascii_digit() || dots && one == '.' || one == 't')
    };
    let mut pairs = parts.windows(2);
    pairs.any(|pair| {
        let release = pair[1].strip_suffix(".zip").unwrap_or(pair[1]);
        matches!(pair[0], "lib" | "lib64" | "Lib") && is_release(release, true)
    })
}

/// The file among the user's sources, if it is there: an absolute path means itself alone.
fn in_tree<'t>(file: &str, tree: &'t dyn Sources) -> Option<&'t Path> {
    let found = tree.find(file)?;
    (!file.starts_with('/') || found == Path::new(file)).then_some(found)
}

/// The file as it is shown: from the root of the user's sources where it is in there; otherwise its end.
pub fn shown_script(file: &str, tree: &dyn Sources) -> String {
    match in_tree(file, tree) {
        Some(found) => tree.relative(found).to_string_lossy().into_owned(),
        None => super::stack::short_path(file).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::sources::NoSources;

    #[test]
    fn scripts_are_told_apart_by_where_they_lie() {
        use ScriptOrigin::*;
        for (file, origin) in [
            ("/home/me/job.py", Own),
            ("job.py", Own),
            ("/srv/app/lib/python/tools.py", Own),
            ("/usr/local/src/app/job.py", Own),
            ("/home/me/templates/page.html", Own),
            ("<string>", Made),
            ("<stdin>", Made),
            ("", Made),
            ("<frozen importlib._bootstrap>", Standard),
            ("/usr/lib/python3.11/json/decoder.py", Standard),
            (
                "/home/ada/.pyenv/versions/3.13.0/lib/python3.13/asyncio/runners.py",
                Standard,
            ),
            ("/opt/lib/python313.zip/json/decoder.py", Standard),
            ("/usr/local/lib/python3.12/threading.py", Standard),
            ("/opt/free/lib/python3.14t/threading.py", Standard),
            (
                "/home/me/venv/lib/python3.11/site-packages/numpy/core.py",
                Package,
            ),
            ("/usr/lib/python3/dist-packages/gi/overrides.py", Package),
            ("/usr/share/apt/tool.py", Installed),
            ("/usr/bin/tool", Installed),
        ] {
            assert_eq!(script_origin(file, &NoSources), origin, "{file}");
        }
    }

    /// One file of the user's.
    struct OneFile(&'static str);

    impl Sources for OneFile {
        fn find(&self, path: &str) -> Option<&Path> {
            self.0
                .ends_with(path.trim_start_matches("/other"))
                .then_some(Path::new(self.0))
        }

        fn is_empty(&self) -> bool {
            false
        }

        fn relative<'a>(&self, file: &'a Path) -> &'a Path {
            file.strip_prefix("/usr/share/me").unwrap_or(file)
        }

        fn function_at(&self, _: &Path, _: u32) -> Option<String> {
            None
        }

        fn wraps_allocators(&self, _: &Path) -> bool {
            false
        }
    }

    #[test]
    fn a_file_of_the_users_is_his_own_wherever_it_lies_and_one_that_ends_alike_is_not() {
        let tree = OneFile("/usr/share/me/app/job.py");
        assert_eq!(
            script_origin("/usr/share/me/app/job.py", &tree),
            ScriptOrigin::Own
        );
        assert_eq!(
            shown_script("/usr/share/me/app/job.py", &tree),
            "app/job.py"
        );
        assert_eq!(shown_script("app/job.py", &tree), "app/job.py");
        let other = "/other/usr/share/me/app/job.py";
        assert_eq!(shown_script(other, &tree), "me/app/job.py");
        assert_eq!(
            script_origin("/usr/share/you/app/job.py", &tree),
            ScriptOrigin::Installed
        );
    }
}
