//! Whether a process runs code in a runtime that collects garbage, and whose.

use crate::recording::{Recording, State};
use harness_judge::counts::Collector;
use std::path::Path;

/// Runtimes by the start of the name of their library or their executable; the last says whether their objects lie in a
/// heap of their own that grows to a bound.
const RUNTIMES: [(&str, &str, bool); 15] = [
    ("libjvm.so", "the Java virtual machine", true),
    ("libcoreclr.so", ".NET", true),
    ("libmonosgen", "Mono", true),
    ("libnode.so", "V8", false),
    ("libv8", "V8", false),
    ("libruby", "Ruby", false),
    ("libluajit", "LuaJIT", false),
    ("libguile", "Guile", false),
    ("libgc.so", "libgc", false),
    ("node", "V8", false),
    ("deno", "V8", false),
    ("bun", "JavaScriptCore", false),
    ("ruby", "Ruby", false),
    ("luajit", "LuaJIT", false),
    ("beam.smp", "Erlang", true),
];

/// Whose collector these processes have, by what they left. Python's runs before the last look at a process that leaves by
/// `exit`.
pub(super) fn collector_of(ends: &[&Recording], is_service: bool) -> Option<Collector> {
    if ends.iter().any(|one| one.python.is_some()) {
        return Some(Collector {
            runtime: "Python".to_owned(),
            at_end: is_service && ends.iter().all(|one| was_collected(one)),
            own_heap: false,
        });
    }
    let (runtime, own_heap) = ends.iter().find_map(|one| runtime_of(one))?;
    Some(Collector {
        runtime: runtime.to_owned(),
        at_end: false,
        own_heap,
    })
}

fn was_collected(end: &Recording) -> bool {
    end.state == State::Leaving && end.python.is_none_or(|python| python.collected)
}

fn runtime_of(recording: &Recording) -> Option<(&'static str, bool)> {
    let modules = recording.modules.iter().map(|module| module.path.as_path());
    let mut all = std::iter::once(recording.executable.as_path()).chain(modules);
    all.find_map(of_file)
}

fn of_file(path: &Path) -> Option<(&'static str, bool)> {
    let name = path.file_name()?.to_str()?;
    let is = |known: &str| match known.starts_with("lib") {
        true => name.starts_with(known),
        // `node`, `node20`, `nodejs`, and not `node_exporter`.
        false => {
            let rest = name.strip_prefix(known);
            rest.is_some_and(|rest| {
                rest == "js"
                    || rest
                        .bytes()
                        .all(|byte| byte.is_ascii_digit() || byte == b'.')
            })
        }
    };
    let known = RUNTIMES.iter().find(|(known, ..)| is(known));
    known.map(|(_, name, own_heap)| (*name, *own_heap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_known_by_its_library_or_its_executable() {
        let of = |path: &str| of_file(Path::new(path)).map(|(name, _)| name);
        assert_eq!(
            of("/usr/lib/jvm/lib/server/libjvm.so"),
            Some("the Java virtual machine")
        );
        assert_eq!(of("/usr/bin/node"), Some("V8"));
        assert_eq!(of("/usr/bin/nodejs"), Some("V8"));
        assert_eq!(of("/usr/bin/ruby3.1"), Some("Ruby"));
        assert_eq!(of("/usr/bin/node_exporter"), None);
        assert_eq!(of("/lib/x86_64-linux-gnu/libgcc_s.so.1"), None);
        assert_eq!(of("/bin/sh"), None);
    }
}
