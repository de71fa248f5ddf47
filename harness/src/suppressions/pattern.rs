//! What an entry of a suppressions file hides, by valgrind's rules (its manual, section 2.5).
//!
//! The harness applies the entries itself. Where valgrind does, nothing but a count is left of what was hidden; so it
//! reports everything, and every byte that an entry hides is known with its stack.

use harness_model::{LeakKind, Linked};

/// An entry as it is written, with the comments that stand above it.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The line on which it begins.
    pub line: u32,
    /// Its name.
    pub name: String,
    /// The comments directly above it, without their mark.
    pub comments: Vec<String>,
    /// The leaks that it hides; None where it is about something else than leaks.
    pub pattern: Option<Pattern>,
}

/// The leaks that an entry hides.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// How they are held.
    kinds: Vec<LeakKind>,
    /// The calls, innermost first; those further out do not matter.
    calls: Vec<Call>,
}

/// One line of a pattern's stack.
#[derive(Clone, Debug, PartialEq)]
enum Call {
    /// `...`: any number of calls, also none.
    Any,
    /// `fun:`, a function as the linker knows it; `*` and `?` stand for text.
    Function(String),
    /// `obj:`, the program or library of the call.
    Object(String),
}

/// Every way in which leaked blocks are held.
const ALL_KINDS: [LeakKind; 4] = [
    LeakKind::DefinitelyLost,
    LeakKind::IndirectlyLost,
    LeakKind::PossiblyLost,
    LeakKind::StillReachable,
];

/// What is wrong, and on which line.
pub type Wrong = (u32, String);

/// Reads the entries of a file.
///
/// # Errors
///
/// The line, and a clause for the user: the text is none that valgrind would read.
pub fn read(text: &str) -> Result<Vec<Written>, Wrong> {
    let mut entries = Vec::new();
    let mut above: Vec<String> = Vec::new();
    // The line of the entry that is open, and what is in it.
    let mut open: Option<(u32, Vec<(u32, &str)>)> = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            above.push(comment.trim().to_owned());
            continue;
        }
        match (&mut open, line) {
            (None, "{") => open = Some((number, Vec::new())),
            (None, "") => above.clear(),
            (None, other) => {
                let why = format!("an entry begins with {{, not with \"{other}\"");
                return Err((number, why));
            }
            (Some((begun, lines)), "}") => {
                entries.push(entry(*begun, std::mem::take(&mut above), lines)?);
                open = None;
            }
            (Some(_), "") => {}
            (Some((_, lines)), line) => lines.push((number, line)),
        }
    }
    match open {
        Some((begun, _)) => Err((
            begun,
            "the entry has no end: a line with } is missing".to_owned(),
        )),
        None => Ok(entries),
    }
}

fn entry(begun: u32, comments: Vec<String>, lines: &[(u32, &str)]) -> Result<Written, Wrong> {
    let wrong = |why: &str| (begun, why.to_owned());
    let [(_, name), (at, kind), rest @ ..] = lines else {
        return Err(wrong(match lines.len() {
            0 => "the entry has no name",
            _ => "the entry does not say what it hides: Memcheck:Leak is missing",
        }));
    };
    let (tools, kind) = kind
        .split_once(':')
        .ok_or_else(|| (*at, format!("\"{kind}\" is no kind: write Memcheck:Leak")))?;
    let of_memcheck = tools.split(',').any(|tool| tool.trim() == "Memcheck");
    let pattern = if of_memcheck && kind.trim() == "Leak" {
        Some(leaks(rest).map_err(|(at, why)| (at.unwrap_or(begun), why))?)
    } else {
        None
    };
    Ok(Written {
        line: begun,
        name: (*name).to_owned(),
        comments,
        pattern,
    })
}

fn leaks(lines: &[(u32, &str)]) -> Result<Pattern, (Option<u32>, String)> {
    let mut kinds = ALL_KINDS.to_vec();
    let mut calls = Vec::new();
    for &(at, line) in lines {
        let wrong = |why: String| (Some(at), why);
        if let Some(list) = line.strip_prefix("match-leak-kinds:") {
            kinds = read_kinds(list).map_err(wrong)?;
        } else if line == "..." {
            calls.push(Call::Any);
        } else if let Some(function) = line.strip_prefix("fun:") {
            calls.push(Call::Function(function.trim().to_owned()));
        } else if let Some(object) = line.strip_prefix("obj:") {
            calls.push(Call::Object(object.trim().to_owned()));
        } else {
            return Err(wrong(format!(
                "\"{line}\" is no call: write fun:, obj: or ..."
            )));
        }
    }
    if !calls.iter().any(|call| *call != Call::Any) {
        return Err((
            None,
            "the entry names no call, and would hide everything".to_owned(),
        ));
    }
    Ok(Pattern { kinds, calls })
}

fn read_kinds(list: &str) -> Result<Vec<LeakKind>, String> {
    let mut kinds = Vec::new();
    for word in list.split(',').map(str::trim) {
        match word {
            "definite" => kinds.push(LeakKind::DefinitelyLost),
            "indirect" => kinds.push(LeakKind::IndirectlyLost),
            "possible" => kinds.push(LeakKind::PossiblyLost),
            "reachable" => kinds.push(LeakKind::StillReachable),
            "all" => kinds.extend(ALL_KINDS),
            "none" => {}
            other => return Err(format!("\"{other}\" is no kind of leak")),
        }
    }
    Ok(kinds)
}

impl Pattern {
    /// Whether blocks that are held like this, allocated by this stack, are hidden.
    pub fn hides(&self, kind: LeakKind, stack: &[&Linked]) -> bool {
        self.kinds.contains(&kind) && begins(&self.calls, stack)
    }
}

/// Whether the stack begins with the calls. Where `...` may stand for several stretches, the shortest that serves will
/// do for all that follows, so nothing is tried twice.
fn begins(calls: &[Call], stack: &[&Linked]) -> bool {
    let (mut call, mut frame) = (0, 0);
    // After the last `...`: where its calls go on, and the frame from which they were tried last.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(wanted) = calls.get(call) {
        if *wanted == Call::Any {
            call += 1;
            retry = Some((call, frame));
        } else if stack.get(frame).is_some_and(|linked| wanted.is(linked)) {
            call += 1;
            frame += 1;
        } else if let Some((after, tried)) = retry.filter(|(_, tried)| *tried < stack.len()) {
            (call, frame) = (after, tried + 1);
            retry = Some((after, frame));
        } else {
            return false;
        }
    }
    true
}

impl Call {
    fn is(&self, linked: &Linked) -> bool {
        match self {
            Call::Any => true,
            Call::Function(pattern) => is_like(pattern, linked.symbol.as_deref().unwrap_or("???")),
            Call::Object(pattern) => is_like(pattern, linked.object.as_deref().unwrap_or("???")),
        }
    }
}

/// Whether a text is like a pattern, in which `*` stands for any text and `?` for one character.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                p += 1;
                retry = Some((p, t));
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after, tried)) => {
                    (p, t) = (after, tried + 1);
                    retry = Some((after, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(lines: &str) -> Pattern {
        let text = format!("{{\nname\nMemcheck:Leak\n{lines}\n}}\n");
        read(&text).unwrap()[0].pattern.clone().unwrap()
    }

    fn stack(symbols: &str) -> Vec<Linked> {
        let symbols = symbols.split(' ').filter(|symbol| !symbol.is_empty());
        let linked = |symbol: &str| Linked {
            symbol: (symbol != "???").then(|| symbol.to_owned()),
            object: Some("/usr/lib/libdemo.so.1".to_owned()),
        };
        symbols.map(linked).collect()
    }

    fn is_hidden(pattern: &Pattern, kind: LeakKind, symbols: &str) -> bool {
        let stack = stack(symbols);
        pattern.hides(kind, &stack.iter().collect::<Vec<_>>())
    }

    fn hides(lines: &str, symbols: &str) -> bool {
        is_hidden(&pattern(lines), LeakKind::DefinitelyLost, symbols)
    }

    #[test]
    fn a_stack_is_hidden_that_begins_with_the_calls() {
        assert!(hides("fun:malloc\nfun:take", "malloc take serve main"));
        assert!(hides("fun:malloc\nfun:take", "malloc take"));
        assert!(!hides("fun:malloc\nfun:take", "malloc give serve main"));
        assert!(!hides("fun:malloc\nfun:take\nfun:serve", "malloc take"));
        assert!(!hides("fun:take", "malloc take"));
    }

    #[test]
    fn three_dots_stand_for_any_calls_and_none() {
        for symbols in ["malloc take", "malloc a take", "malloc take a take b"] {
            assert!(hides("fun:malloc\n...\nfun:take", symbols), "{symbols}");
        }
        assert!(!hides("fun:malloc\n...\nfun:take", "malloc a b"));
        assert!(hides("...\nfun:a\nfun:b\n...\nfun:main", "x a a b y main"));
        assert!(!hides("...\nfun:a\nfun:b\nfun:main", "x a b a main"));
        assert!(hides("fun:malloc\n...", "malloc"));
    }

    #[test]
    fn stars_and_question_marks_stand_for_text() {
        for (pattern, text, expected) in [
            ("take", "take", true),
            ("ta*", "take", true),
            ("*ke", "take", true),
            ("t*k*", "take", true),
            ("t??e", "take", true),
            ("t?e", "take", false),
            ("*a*a", "banana", true),
            ("*a*b", "banana", false),
            ("*", "", true),
            ("?", "", false),
            ("take", "takes", false),
            ("*ü?", "münchen", false),
            ("m?n*", "münchen", true),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_call_without_a_name_goes_by_its_object() {
        assert!(hides("fun:malloc\nobj:*/libdemo.so*", "malloc ???"));
        assert!(!hides("fun:malloc\nobj:*/libother.so*", "malloc ???"));
        assert!(hides("fun:*\nfun:*", "malloc ???"));
    }

    #[test]
    fn only_leaks_of_the_kinds_that_are_named_are_hidden() {
        let of = |lines: &str| {
            let pattern = pattern(lines);
            let kinds = ALL_KINDS.into_iter();
            kinds
                .filter(|kind| is_hidden(&pattern, *kind, "malloc"))
                .count()
        };
        assert_eq!(of("fun:malloc"), 4);
        assert_eq!(of("match-leak-kinds: all\nfun:malloc"), 4);
        assert_eq!(of("match-leak-kinds: definite, possible\nfun:malloc"), 2);
        assert_eq!(of("match-leak-kinds: none\nfun:malloc"), 0);
    }

    #[test]
    fn entries_about_something_else_hide_no_leak() {
        for kind in [
            "Memcheck:Param\nwrite(buf)",
            "Memcheck:Addr8",
            "Helgrind:Race",
        ] {
            let entries = read(&format!("{{\nname\n{kind}\nfun:f\n}}\n")).unwrap();
            assert_eq!(entries[0].pattern, None, "{kind}");
        }
        let both = read("{\nname\nAddrcheck,Memcheck:Leak\nfun:f\n}\n").unwrap();
        assert!(both[0].pattern.is_some());
    }

    #[test]
    fn what_valgrind_would_not_read_is_said_with_its_line() {
        for (lines, at, says) in [
            ("", 1, "no name"),
            ("name", 1, "Memcheck:Leak"),
            ("name\nLeak\nfun:f", 3, "no kind"),
            ("name\nMemcheck:Leak", 1, "would hide everything"),
            ("name\nMemcheck:Leak\n...\n...", 1, "would hide everything"),
            ("name\nMemcheck:Leak\nfunction f", 4, "no call"),
            (
                "name\nMemcheck:Leak\nmatch-leak-kinds: some\nfun:f",
                4,
                "\"some\"",
            ),
        ] {
            let (line, why) = read(&format!("{{\n{lines}\n}}\n")).unwrap_err();
            assert!(why.contains(says), "{lines}: {why}");
            assert_eq!(line, at, "{lines}: {why}");
        }
    }

    /// The rules tried out one by one, as slowly as can be.
    fn slowly(calls: &[Call], stack: &[&Linked]) -> bool {
        match calls {
            [] => true,
            [Call::Any, rest @ ..] => (0..=stack.len()).any(|skip| slowly(rest, &stack[skip..])),
            [call, rest @ ..] => stack
                .split_first()
                .is_some_and(|(first, others)| call.is(first) && slowly(rest, others)),
        }
    }

    proptest! {
        #[test]
        fn every_stack_is_matched_as_the_rules_say(
            calls in prop::collection::vec(prop_oneof!["fun:[ab]", Just("...".to_owned()), Just("fun:?".to_owned())], 0..8),
            symbols in "([ab] ){0,8}",
        ) {
            let pattern = pattern(&format!("fun:x\n{}", calls.join("\n")));
            let stack = stack(&format!("x {symbols}"));
            let stack: Vec<&Linked> = stack.iter().collect();
            prop_assert_eq!(begins(&pattern.calls, &stack), slowly(&pattern.calls, &stack));
        }

        #[test]
        fn no_text_panics(text in "([#{}\n.:]|fun:|obj:|Memcheck:Leak|match-leak-kinds:|\\PC){0,40}") {
            for entry in read(&text).unwrap_or_default() {
                if let Some(pattern) = entry.pattern {
                    is_hidden(&pattern, LeakKind::StillReachable, "malloc a b");
                }
            }
        }
    }
}
