//! Stacks as every probe reports them, and names of functions cleaned for people.

use std::borrow::Cow;
use std::fmt;

use harness_model::{Linked, Place};
use serde::{Deserialize, Serialize};

/// One call in a stack. Stacks are listed innermost call first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Frame {
    /// The function without the compiler's hash, `None` where there is no symbol; the file as far as the debug
    /// information (or the tool that cut it short) tells.
    #[serde(flatten)]
    pub place: Place<Option<String>>,
    /// The call as the linker knows it, where the tool tells.
    #[serde(flatten)]
    pub linked: Linked,
    /// Address of the call in the process that was observed.
    pub address: Option<u64>,
}

impl Frame {
    /// What makes two calls of different runs the same: the function and its source line, or, for code without
    /// symbols, the object and the address in it (tools that relocate objects the same way in every run keep it).
    pub fn key(&self) -> FrameKey<'_> {
        let Place {
            function,
            file,
            line,
        } = &self.place;
        if function.is_some() || file.is_some() {
            FrameKey::Source(function.as_deref(), file.as_deref(), *line)
        } else {
            FrameKey::Code(self.linked.object.as_deref(), self.address)
        }
    }

    /// The function's name without its module path and type arguments, e.g. `Pool::remember` for
    /// `<demo::Pool<alloc::string::String>>::remember`; `"an unnamed function"` where there is no symbol.
    pub fn short_function(&self) -> Cow<'_, str> {
        match &self.place.function {
            Some(name) => Cow::Owned(short_name(name)),
            None => Cow::Borrowed("an unnamed function"),
        }
    }

    /// The function's name with its path and without arguments, e.g. `demo::Pool::remember` for
    /// `<demo::Pool<alloc::string::String>>::remember`; `a closure in demo::main` for what stands in one, and
    /// `"an unnamed function"` where there is no symbol.
    pub fn qualified_function(&self) -> String {
        let name = self.place.function.as_deref().map(qualified_name);
        name.unwrap_or_else(|| "an unnamed function".to_owned())
    }

    /// The file from its crate downwards, e.g. `nlp-core/src/transition/activations.rs`, whatever the machine that
    /// built it calls the directories above.
    pub fn short_file(&self) -> Option<&str> {
        self.place.file.as_deref().map(short_path)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place.function.as_deref().unwrap_or("(no symbol)"))?;
        match (self.short_file(), self.place.line, &self.linked.object) {
            (Some(file), Some(line), _) => write!(f, " at {file}:{line}"),
            (Some(file), None, _) => write!(f, " at {file}"),
            (None, _, Some(object)) => write!(f, " in {}", last_component(object)),
            _ => Ok(()),
        }
    }
}

/// See [`Frame::key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrameKey<'a> {
    /// Function, file and line.
    Source(Option<&'a str>, Option<&'a str>, Option<u32>),
    /// Object and address.
    Code(Option<&'a str>, Option<u64>),
}

/// The function of an inlined call whose name the tool could not find (valgrind prints this in its place).
pub const UNKNOWN_INLINED: &str = "UnknownInlinedFun";

/// Drops the compiler's hashes and the suffixes of split or cloned functions.
/// `None` for a tool's placeholder (`???`, `UnknownInlinedFun`) and for nothing at all.
pub fn clean_function(raw: &str) -> Option<String> {
    let raw = raw.trim();
    if raw.is_empty() || raw == "???" || raw == UNKNOWN_INLINED {
        return None;
    }
    let mut name = raw;
    if let Some((rest, tail)) = name.split_once(".llvm.")
        && tail.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    {
        name = rest;
    }
    while let Some((rest, tail)) = name.rsplit_once('.') {
        let is_clone = ["cold", "isra", "constprop", "part", "lto_priv"].contains(&tail);
        let is_number = !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_digit());
        if !(is_clone || is_number) || rest.is_empty() {
            break;
        }
        name = rest;
    }
    if let Some((rest, hash)) = name.rsplit_once("::h")
        && hash.len() == 16
        && hash.bytes().all(|b| b.is_ascii_hexdigit())
    {
        name = rest;
    }
    Some(without_disambiguators(name))
}

/// Drops the hash behind a crate's name, which some tools print: `core[6a2f0e]::fmt` is `core::fmt`. A slice such as
/// `<[f64]>::sort` has no name before its bracket.
fn without_disambiguators(name: &str) -> String {
    let mut clean = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once('[') {
        clean.push_str(before);
        let is_named = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        match behind.split_once(']') {
            Some((hash, tail))
                if is_named
                    && tail.starts_with("::")
                    && !hash.is_empty()
                    && hash.bytes().all(|b| b.is_ascii_hexdigit()) =>
            {
                rest = tail;
            }
            _ => {
                clean.push('[');
                rest = behind;
            }
        }
    }
    clean.push_str(rest);
    clean
}

/// Splits a path of names at the `::` that stand outside every bracket.
fn segments(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let (mut parts, mut start, mut depth, mut i) = (Vec::new(), 0, 0i32, 0);
    while i < bytes.len() {
        // The signs of an operator's name are no brackets.
        i += operator_signs(&name[start..], i - start);
        match bytes.get(i) {
            Some(b'<' | b'(' | b'{' | b'[') => depth += 1,
            // The arrow of a function type closes nothing.
            Some(b'>') if i > 0 && bytes[i - 1] == b'-' => {}
            Some(b'>' | b')' | b'}' | b']') => depth = (depth - 1).max(0),
            Some(b':') if depth == 0 && bytes.get(i + 1) == Some(&b':') => {
                parts.push(&name[start..i]);
                i += 1;
                start = i + 1;
            }
            _ => {}
        }
        i += 1;
    }
    parts.push(name.get(start..).unwrap_or(""));
    parts
}

/// How many signs stand at `at` of a segment because it is the name of an operator (`operator<<`, `operator()`).
fn operator_signs(segment: &str, at: usize) -> usize {
    const OPERATOR: &str = "operator";
    match segment.strip_prefix(OPERATOR) {
        Some(signs) if at == OPERATOR.len() => {
            let known = [
                "()", "[]", "<=>", "->*", "->", "<<=", ">>=", "<<", ">>", "<=", ">=", "<", ">",
            ];
            let found = known.iter().find(|known| signs.starts_with(**known));
            found.map_or(0, |found| found.len())
        }
        _ => 0,
    }
}

/// The segments that name something, and whether they stand around a closure.
fn named_segments(name: &str) -> (Vec<&str>, bool) {
    let mut parts: Vec<&str> = segments(name)
        .into_iter()
        .filter(|part| !part.starts_with("<") || part.ends_with('>'))
        .collect();
    let mut is_in_closure = false;
    while let Some((last, rest)) = parts.split_last() {
        // An inlined call of one has its bare name.
        let calls_closure =
            last.starts_with("operator()") && rest.last().is_none_or(|part| is_closure(part));
        if is_closure(last) || calls_closure {
            is_in_closure = true;
        } else if !last.starts_with('<') || rest.is_empty() {
            // Type arguments of a function (`collect::<Vec<_>>`) are a segment of their own.
            break;
        }
        parts.pop();
    }
    (parts, is_in_closure)
}

/// See [`Frame::qualified_function`].
fn qualified_name(name: &str) -> String {
    let (named, is_in_closure) = named_segments(name);
    let mut path: Vec<String> = Vec::new();
    for (at, part) in named.iter().enumerate() {
        if is_closure(part) || part.starts_with('<') && at > 0 {
            continue;
        }
        path.push(match part.starts_with('<') {
            true => qualified_type(part),
            false => type_name(part),
        });
    }
    match (path.is_empty(), is_in_closure) {
        (true, _) => "a closure".to_owned(),
        (false, true) => format!("a closure in {}", path.join("::")),
        (false, false) => path.join("::"),
    }
}

/// `demo::Pool` for `<demo::Pool<T>>` and for `<&mut demo::Pool<T> as Trait>`.
fn qualified_type(segment: &str) -> String {
    let inner = type_inside(segment);
    let path: Vec<String> = segments(inner)
        .into_iter()
        .filter(|part| !part.starts_with('<'))
        .map(type_name)
        .collect();
    match path.is_empty() {
        true => type_name(segment),
        false => path.join("::"),
    }
}

/// See [`Frame::short_function`].
fn short_name(name: &str) -> String {
    let (named, is_in_closure) = named_segments(name);
    let short = match named.as_slice() {
        [] => return "a closure".to_owned(),
        [only] => type_name(only),
        [.., kind, last] => {
            let kind = type_name(kind);
            if kind.starts_with(|c: char| c.is_uppercase()) {
                format!("{kind}::{}", type_name(last))
            } else {
                type_name(last)
            }
        }
    };
    if is_in_closure {
        format!("a closure in {short}")
    } else {
        short
    }
}

/// Whether this segment stands for a closure: `{{closure}}`, `{closure#0}`, `{async_block#1}`...
fn is_closure(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// The type in `<T as Trait>`, `<&mut dyn demo::Pool<T>>` or a plain segment.
fn type_inside(segment: &str) -> &str {
    let mut inner = segment.trim();
    while let Some(rest) = inner
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
    {
        inner = rest;
    }
    let inner = inner.split(" as ").next().unwrap_or(inner);
    inner
        .trim_start_matches(['&', '*'])
        .trim_start_matches("mut ")
        .trim_start_matches("dyn ")
}

/// A segment without its type arguments, and `<T as Trait>` or `<demo::Pool<T>>` as the plain name of the type.
fn type_name(segment: &str) -> String {
    let inner = type_inside(segment);
    let last = segments(inner).pop().unwrap_or(inner);
    let signs = operator_signs(last, "operator".len());
    let begin = if signs > 0 {
        "operator".len() + signs
    } else {
        0
    };
    let (name, rest) = last.split_at(begin);
    let plain = rest.split(['<', '(']).next().unwrap_or(rest);
    let plain = format!("{name}{plain}");
    match plain.trim() {
        "" => last.to_owned(),
        plain => plain.to_owned(),
    }
}

/// The part of a path after its last separator.
pub(crate) fn last_component(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// See [`Frame::short_file`]: from the directory above the last `src`, `tests`, `benches` or `examples`, else the
/// last three components.
pub fn short_path(path: &str) -> &str {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(path.match_indices(['/', '\\']).map(|(at, _)| at + 1))
        .collect();
    let component = |i: usize| path[starts[i]..].split(['/', '\\']).next().unwrap_or("");
    let last_source = (1..starts.len().saturating_sub(1)).rev().find(|&i| {
        matches!(component(i), "src" | "tests" | "benches" | "examples")
            && !component(i - 1).is_empty()
    });
    match last_source {
        Some(i) => &path[starts[i - 1]..],
        None => &path[starts[starts.len().saturating_sub(3)]..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(name: &str) -> String {
        Frame {
            place: Place {
                function: Some(name.to_owned()),
                ..Place::default()
            },
            ..Frame::default()
        }
        .short_function()
        .into_owned()
    }

    #[test]
    fn the_hash_is_dropped() {
        assert_eq!(
            clean_function("demo::main::h0123456789abcdef").unwrap(),
            "demo::main"
        );
        assert_eq!(
            clean_function("demo::main.llvm.1234567890").unwrap(),
            "demo::main"
        );
        for (raw, clean) in [
            (
                "__rustc[b7974e8690430dd9]::__rust_alloc",
                "__rustc::__rust_alloc",
            ),
            (
                "<a[0]::T<[f64]> as b_2[ff]::Of<c[1]::U>>::f",
                "<a::T<[f64]> as b_2::Of<c::U>>::f",
            ),
            ("<[f64]>::sort", "<[f64]>::sort"),
            ("operator new[]::here", "operator new[]::here"),
            ("a[xyz]::b[12", "a[xyz]::b[12"),
        ] {
            assert_eq!(clean_function(raw).unwrap(), clean);
        }
        assert_eq!(clean_function("take.constprop.0.isra.3").unwrap(), "take");
    }

    #[test]
    fn a_name_that_only_looks_like_a_hash_stays() {
        assert_eq!(clean_function("demo::hello").unwrap(), "demo::hello");
        assert_eq!(clean_function("demo::h0123").unwrap(), "demo::h0123");
    }

    #[test]
    fn a_placeholder_is_no_name() {
        assert_eq!(clean_function("???"), None);
        assert_eq!(clean_function("UnknownInlinedFun"), None);
        assert_eq!(clean_function("  "), None);
    }

    #[test]
    fn short_names_keep_the_type_and_drop_the_rest() {
        assert_eq!(
            short("demo::activations::resize_activations"),
            "resize_activations"
        );
        assert_eq!(
            short("<demo::Pool<alloc::string::String>>::remember"),
            "Pool::remember"
        );
        assert_eq!(short("demo::Pool<T>::remember"), "Pool::remember");
        assert_eq!(
            short(
                "<alloc::vec::Vec<T> as alloc::vec::spec_from_iter::SpecFromIter<T,I>>::from_iter"
            ),
            "Vec::from_iter"
        );
        assert_eq!(
            short("std::sys::backtrace::__rust_begin_short_backtrace::<fn(), ()>"),
            "__rust_begin_short_backtrace"
        );
        assert_eq!(short("zeroed<f32>"), "zeroed");
        assert_eq!(
            short("map_or_else<&str, fn(&str) -> alloc::string::String>"),
            "map_or_else"
        );
        assert_eq!(short("main"), "main");
        assert_eq!(
            short("std::vector<int, std::allocator<int> >::push_back(int const&)"),
            "push_back"
        );
    }

    #[test]
    fn operators_keep_their_signs() {
        assert_eq!(
            short("std::operator<< <std::char_traits<char> >"),
            "operator<<"
        );
        assert_eq!(short("demo::Less<int>::operator()"), "Less::operator()");
        assert_eq!(short("demo::operator->"), "operator->");
        assert_eq!(short("operator new[]"), "operator new[]");
        assert_eq!(short("demo::A<(demo::B)1>::operator=<int>"), "A::operator=");
    }

    #[test]
    fn a_qualified_name_has_its_path_and_no_arguments() {
        for (name, qualified) in [
            ("backlog::produce", "backlog::produce"),
            (
                "<demo::Pool<alloc::string::String>>::remember",
                "demo::Pool::remember",
            ),
            (
                "<&mut demo::Pool<T> as demo::Keep<fn(u8) -> T>>::remember",
                "demo::Pool::remember",
            ),
            (
                "demo::Pool<T>::remember::<u8, [u8; 3]>",
                "demo::Pool::remember",
            ),
            ("<[f64]>::sort", "[f64]::sort"),
            (
                "std::vector<int, std::allocator<int> >::push_back(int const&)",
                "std::vector::push_back",
            ),
            (
                "ns::read_all::{lambda(int)#1}::operator()",
                "a closure in ns::read_all",
            ),
            ("demo::main::{{closure}}", "a closure in demo::main"),
            ("{closure#1}", "a closure"),
            ("operator()", "a closure"),
            ("main", "main"),
        ] {
            let frame = Frame {
                place: Place {
                    function: Some(name.to_owned()),
                    ..Place::default()
                },
                ..Frame::default()
            };
            assert_eq!(frame.qualified_function(), qualified);
        }
    }

    #[test]
    fn closures_are_named_by_what_holds_them() {
        assert_eq!(short("demo::main::{{closure}}"), "a closure in main");
        assert_eq!(
            short("std::rt::lang_start::<()>::{closure#0}"),
            "a closure in lang_start"
        );
        assert_eq!(short("{closure#1}"), "a closure");
    }

    #[test]
    fn files_are_shown_from_their_crate_down() {
        assert_eq!(
            short_path("/home/me/code/nlp-core/src/transition/activations.rs"),
            "nlp-core/src/transition/activations.rs"
        );
        assert_eq!(
            short_path("/rustc/5980/library/alloc/src/vec/mod.rs"),
            "alloc/src/vec/mod.rs"
        );
        assert_eq!(short_path("leaks.c"), "leaks.c");
        assert_eq!(short_path("/src/a.c"), "/src/a.c");
        assert_eq!(
            short_path("/very/long/way/down/leaks.c"),
            "way/down/leaks.c"
        );
        assert_eq!(short_path("src/main.rs"), "src/main.rs");
        assert_eq!(short_path(""), "");
    }

    proptest::proptest! {
        #[test]
        fn no_name_or_path_panics(name in "\\PC{0,60}", shaped in "[<>(){}:a-zA-Z#&* ./-]{0,60}") {
            for text in [&name, &shaped] {
                if let Some(clean) = clean_function(text) {
                    short(&clean);
                    qualified_name(&clean);
                }
                short(text);
                qualified_name(text);
                short_path(text);
            }
        }
    }
}
