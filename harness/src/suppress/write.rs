//! Writes an entry for valgrind from a site of a report.
//!
//! valgrind compares the names that the linker knows. Those of Rust are mangled, with a hash of their own, so an entry
//! has the name of the function with its length before it, as both manglings write it: `*10add_string*`. A
//! call that was inlined has no name of the linker's, and goes by its bare one.

use super::entries;
use crate::gate::fingerprint::{answerable_depth, name};
use crate::gate::sites::place;
use crate::report::units::figure;
use crate::summary::{Frame, GrowingSite, LeakKind, Zones};

/// Calls beyond the one that answers.
const CALLERS: usize = 1;
/// The most calls that valgrind takes in an entry.
const MAX_FRAMES: usize = 24;

/// The entry, with its comments above it.
///
/// # Errors
///
/// A sentence for the user: the reason or the day is none, or the site has no kind or no stack.
pub fn entry(
    site: &GrowingSite,
    zones: Zones,
    reason: &str,
    expires: &str,
) -> Result<String, String> {
    let reason = one_line(reason);
    if reason.is_empty() {
        return Err("a suppression needs a reason: --reason TEXT".to_owned());
    }
    entries::check_day(expires)?;
    let kind = match site.leak_kind {
        Some(LeakKind::DefinitelyLost) => "definite",
        Some(LeakKind::IndirectlyLost) => "indirect",
        Some(LeakKind::PossiblyLost) => "possible",
        Some(LeakKind::StillReachable) => "reachable",
        None => {
            return Err(
                "valgrind did not see this site: a suppression would match nothing".to_owned(),
            );
        }
    };
    if site.frames.is_empty() {
        return Err(
            "the site has no stack, and a suppression without one would hide everything".to_owned(),
        );
    }
    let depth = answerable_depth(site) + CALLERS;
    let frames: Vec<String> = site
        .frames
        .iter()
        .take(depth + 1)
        .take(MAX_FRAMES)
        .map(frame)
        .collect();
    let described = place(&one_line(&site.function), site.file.as_deref(), site.line);
    Ok(format!(
        "\n# reason: {reason}\n# expires: {expires}\n# site: {}, {} bytes an iteration {}\n{{\n   {}\n   Memcheck:Leak\n   \
         match-leak-kinds: {kind}\n{}}}\n",
        one_line(&described),
        figure(site.bytes_per_iteration),
        zones.phrase(),
        entry_name(site),
        frames.concat()
    ))
}

/// A name without blanks and braces.
fn entry_name(site: &GrowingSite) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name: String = name(&site.function).chars().filter(|c| fits(*c)).collect();
    format!("harness-{}", if name.is_empty() { "site" } else { &name })
}

fn frame(frame: &Frame) -> String {
    let function = frame.function.as_str();
    let pattern = match function {
        // No name: whichever it is, it is one call.
        "(inlined)" | "(no symbol)" | "" => "*".to_owned(),
        address if address.starts_with("0x") => {
            return match &frame.file {
                Some(object) => format!("   obj:*{}\n", matched(object)),
                None => "   fun:*\n".to_owned(),
            };
        }
        path if is_path(path) => mangled(path),
        bare => {
            let plain = matched(&name(bare));
            if bare.contains(['<', '{']) {
                format!("{plain}*")
            } else {
                plain
            }
        }
    };
    let pattern = if pattern.contains("{closure}") {
        "*"
    } else {
        &pattern
    };
    format!("   fun:{pattern}\n")
}

/// Whether a name has a path, which an inlined call's has not; a path among its arguments is none of its own.
fn is_path(function: &str) -> bool {
    function.starts_with('<')
        || function
            .split('<')
            .next()
            .is_some_and(|own| own.contains("::"))
}

/// The last name of a path as it is mangled: a type's name may be left out of a symbol where it came before.
fn mangled(path: &str) -> String {
    let function = name(path);
    if function.starts_with("__rust") {
        // The allocator's own: the symbol has a prefix of the compiler's.
        return format!("*{}*", matched(&function));
    }
    // One of the manglings keeps a length from a name that begins with a digit or an underscore by an underscore.
    let apart = if function.starts_with(|c: char| c == '_' || c.is_ascii_digit()) {
        "*"
    } else {
        ""
    };
    format!("*{}{apart}{}*", function.len(), matched(&function))
}

/// Text in a pattern: whatever means something to valgrind matches one character.
fn matched(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '*' || c.is_control() || c.is_whitespace() {
                '?'
            } else {
                c
            }
        })
        .collect()
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing;
    use proptest::prelude::*;

    fn lost(function: &str) -> GrowingSite {
        let mut site = testing::site(function, 24.0);
        site.leak_kind = Some(LeakKind::DefinitelyLost);
        site
    }

    fn frame_of(function: &str) -> String {
        frame(&Frame {
            function: function.to_owned(),
            file: Some("/usr/lib/libfoo.so".to_owned()),
            line: None,
        })
    }

    #[test]
    fn names_are_written_as_the_linker_and_the_compiler_write_them() {
        assert_eq!(frame_of("malloc"), "   fun:malloc\n");
        assert_eq!(
            frame_of("nlp_core::vocab::Layer<T>::add_string"),
            "   fun:*10add_string*\n"
        );
        assert_eq!(
            frame_of("do_alloc<hashbrown::alloc::inner::Global>"),
            "   fun:do_alloc*\n"
        );
        assert_eq!(frame_of("__rustc::__rust_alloc"), "   fun:*__rust_alloc*\n");
        assert_eq!(frame_of("{closure#1}"), "   fun:*\n");
        assert_eq!(frame_of("0x4005f3"), "   obj:*/usr/lib/libfoo.so\n");
    }

    #[test]
    fn an_entry_is_in_the_form_that_the_gate_reads() {
        let text = entry(&lost("take"), Zones::On, "known\nsince  2019", "2027-01-31").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.supp");
        std::fs::write(&path, &text).unwrap();
        let entries = entries::read(&path).unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].reason, "known since 2019");
        assert_eq!(entries[0].expires, "2027-01-31");
        assert!(text.contains("match-leak-kinds: definite\n"), "{text}");
    }

    #[test]
    fn without_a_reason_a_day_a_kind_or_a_stack_there_is_no_entry() {
        let site = lost("take");
        assert!(entry(&site, Zones::On, " \n", "2027-01-31").is_err());
        assert!(entry(&site, Zones::On, "known", "2027-02-31").is_err());
        assert!(
            entry(
                &testing::site("take", 1.0),
                Zones::On,
                "known",
                "2027-01-31"
            )
            .is_err()
        );
        let no_stack = GrowingSite {
            frames: Vec::new(),
            ..site
        };
        assert!(entry(&no_stack, Zones::On, "known", "2027-01-31").is_err());
    }

    proptest! {
        #[test]
        fn whatever_a_site_is_called_its_entry_is_read_as_one(function in "\\PC{0,40}", reason in "[a-z]\\PC{0,30}") {
            let text = entry(&lost(&function), Zones::Off, &reason, "2027-01-31").unwrap();
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("a.supp");
            std::fs::write(&path, text).unwrap();
            prop_assert_eq!(entries::read(&path).unwrap().len(), 1);
        }
    }
}
