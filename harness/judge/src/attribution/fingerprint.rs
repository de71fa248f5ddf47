//! A name for a call site that outlives edits of the source around it.
//!
//! It is made of the function that answers for the site and its nearest callers, each by its own name and file. Lines are
//! left out, and so is all that changes without anybody's doing: arguments of types, hashes and numbers that compilers
//! give, versions of packages, directories above a crate, and the library's plumbing between two calls. A name is taken
//! without its module path, since a tool that sees a call inlined gives the bare name. Sites that come to share a
//! fingerprint are added up by whoever compares them, so that no growth gets lost in it.

use crate::attribution::stack::short_path;
use harness_model::{Frame, GrowingSite, Place};

/// Callers beside the function that answers.
const CALLERS: usize = 3;

/// The fingerprint of a growing site: 16 hexadecimal digits.
pub fn fingerprint(site: &GrowingSite) -> String {
    of_stack(&site.place, &site.frames)
}

/// The fingerprint of a place that answers for what it takes, with its stack, innermost first.
pub fn of_stack(answers: &Place, frames: &[Frame]) -> String {
    let mut places: Vec<(String, String)> =
        vec![(name(&answers.function), file(answers.file.as_deref()))];
    let outwards = frames.iter().skip(depth(answers, frames) + 1);
    for frame in outwards.filter(|frame| !is_plumbing(frame)) {
        let place = (
            name(&frame.place.function),
            file(frame.place.file.as_deref()),
        );
        // How deep a recursion went is chance.
        if places.contains(&place) {
            continue;
        }
        places.push(place);
        if places.len() > CALLERS {
            break;
        }
    }
    digest(
        places
            .iter()
            .flat_map(|(function, file)| [function.as_str(), file]),
    )
}

/// 16 hexadecimal digits that stand for these texts.
pub fn digest<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut hash = Fnv::default();
    texts.into_iter().for_each(|text| hash.add(text));
    format!("{:016x}", hash.0)
}

/// Where in the stack the call stands that answers for the site.
pub fn answerable_depth(site: &GrowingSite) -> usize {
    depth(&site.place, &site.frames)
}

fn depth(answers: &Place, frames: &[Frame]) -> usize {
    let own = name(&answers.function);
    let same_file =
        |frame: &Frame| file(frame.place.file.as_deref()) == file(answers.file.as_deref());
    let by_line = |frame: &Frame| frame.place.line == answers.line && same_file(frame);
    let by_name = |frame: &Frame| name(&frame.place.function) == own;
    // A function stands in its own file; where a tool cuts files short, the line has to do.
    frames
        .iter()
        .position(|frame| by_line(frame) && by_name(frame))
        .or_else(|| frames.iter().position(by_name))
        .or_else(|| frames.iter().position(by_line))
        .unwrap_or_default()
}

/// Code of the standard library and its hash tables, between two calls of a program.
fn is_plumbing(frame: &Frame) -> bool {
    let file = frame.place.file.as_deref().unwrap_or("");
    let first = file.split('/').next().unwrap_or("");
    let inner = frame.place.function.trim_start_matches(['<', '&']);
    matches!(first, "alloc" | "core" | "std")
        || first.starts_with("hashbrown-")
        || ["alloc::", "core::", "std::", "hashbrown::"]
            .iter()
            .any(|of| inner.starts_with(of))
}

/// The name of a function by itself: `remember` for `<demo::Pool<T>>::remember::<u8>::h0123456789abcdef`, and the
/// name of what is around it for a closure.
pub fn name(function: &str) -> String {
    let function = function
        .trim_start_matches("a closure in ")
        .replace("operator<", "operator less ");
    let plain = without_arguments(&function);
    let parts = plain
        .split("::")
        .map(str::trim)
        .filter(|part| !part.is_empty() && !part.starts_with('{') && !is_hash(part));
    let last = parts.last().unwrap_or("");
    if last.is_empty() {
        // Nothing but a closure, or nothing at all.
        return "{closure}".to_owned();
    }
    last.to_owned()
}

/// The name without what stands in angle brackets, but for the type of `<demo::Pool<T> as Trait>::method`, which a
/// name needs if nothing follows it.
fn without_arguments(name: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    let mut before = ' ';
    for c in name.chars() {
        match c {
            '<' | '(' | '[' => depth += 1,
            // The arrow of a function's type closes nothing.
            '>' if before == '-' => {}
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
        before = c;
    }
    if plain.trim_matches([':', ' ']).is_empty() && depth == 0 {
        let inner = name.trim_matches(['<', '>', '(', ')', '[', ']']);
        return if inner.len() < name.len() {
            without_arguments(inner)
        } else {
            inner.to_owned()
        };
    }
    plain
}

/// `h0123456789abcdef`, which older compilers end a name with.
fn is_hash(part: &str) -> bool {
    part.len() == 17 && part.starts_with('h') && part[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// A file from its crate down, at most three directories of it, without the version of a package.
pub(crate) fn file(path: Option<&str>) -> String {
    let parts: Vec<&str> = short_path(path.unwrap_or("")).split(['/', '\\']).collect();
    let kept = &parts[parts.len().saturating_sub(3)..];
    let kept: Vec<&str> = kept.iter().map(|part| without_version(part)).collect();
    kept.join("/")
}

/// `hashbrown` for `hashbrown-0.17.1`.
fn without_version(part: &str) -> &str {
    match part.rsplit_once('-') {
        Some((package, version))
            if version.contains('.')
                && version.split('.').all(|figure| {
                    !figure.is_empty() && figure.bytes().all(|b| b.is_ascii_alphanumeric())
                })
                && version.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            package
        }
        _ => part,
    }
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, text: &str) {
        // The 0 keeps ("ab", "c") from ("a", "bc").
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests;
