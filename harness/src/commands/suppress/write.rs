//! Writes an entry for valgrind from a site of a report.
//!
//! valgrind compares calls by the names that the linker knows, and an inlined call by its bare name; the frames of what it
//! saw grow have both. They are taken as they are, but for the hashes that the compiler puts into names, which
//! change with every version of a crate. A stack ends one call outside the function at fault.

use crate::suppressions::entries;
use harness_judge::attribution::fingerprint::{answerable_depth, name};
use harness_judge::attribution::stack::UNKNOWN_INLINED;
use harness_model::condition::behind;
use harness_model::units::figure;
use harness_model::{GrowingSite, LeakKind, Linked};

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
    condition: &str,
    reason: &str,
    expires: &str,
) -> Result<String, String> {
    let reason = one_line(reason);
    if reason.is_empty() {
        return Err("a suppression needs a reason: --reason TEXT".to_owned());
    }
    entries::check_day(expires)?;
    let kinds = match site.leak_kind {
        // A number somewhere that looks like a pointer makes a lost block look possibly lost.
        Some(LeakKind::DefinitelyLost | LeakKind::IndirectlyLost) => "definite,indirect,possible",
        Some(LeakKind::PossiblyLost | LeakKind::StillReachable) => "possible,reachable",
        None => {
            return Err(
                "valgrind did not see this site: a suppression would match nothing".to_owned(),
            );
        }
    };
    let stack = &site.frames;
    if stack.iter().all(|frame| frame.linked.is_unknown()) {
        return Err(format!(
            "the report does not have the names by which valgrind knows the calls of {}: measure once more, with this \
             version",
            one_line(&site.place.function)
        ));
    }
    let depth = answerable_depth(site) + CALLERS;
    if depth - CALLERS >= MAX_FRAMES {
        let why = "a suppression takes 24 calls, and the function at fault is not among the site's first 24: what it \
                   could say would hide more than this site";
        return Err(why.to_owned());
    }
    let stack = stack.iter().take(depth + 1).take(MAX_FRAMES);
    let calls = stack.map(|frame| call(&frame.linked));
    Ok(format!(
        "\n# reason: {reason}\n# expires: {expires}\n# site: {}, {} bytes an iteration{}\n{{\n   {}\n   Memcheck:Leak\n   \
         match-leak-kinds: {kinds}\n{}}}\n",
        one_line(&site.place.to_string()),
        figure(site.bytes_per_iteration),
        behind(condition),
        entry_name(site),
        calls.collect::<String>()
    ))
}

/// A name without blanks and braces.
fn entry_name(site: &GrowingSite) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name: String = name(&site.place.function)
        .chars()
        .filter(|c| fits(*c))
        .collect();
    format!("harness-{}", if name.is_empty() { "site" } else { &name })
}

fn call(linked: &Linked) -> String {
    match (&linked.symbol, &linked.object) {
        // No name that valgrind could find: whichever it is, it is one call.
        (Some(symbol), _) if symbol == UNKNOWN_INLINED => "   fun:*\n".to_owned(),
        (Some(symbol), _) => format!("   fun:{}\n", without_hashes(&matched(symbol))),
        (None, Some(object)) => {
            let library = object.rsplit('/').next().unwrap_or(object);
            format!("   obj:*/{}\n", matched(library))
        }
        (None, None) => "   obj:*\n".to_owned(),
    }
}

/// A symbol with every hash of the compiler's left open: `17h` and 16 digits at the end of the older mangling, `Cs..._`
/// before a crate's name in the newer, and what is appended when code is split (`.llvm.123`).
fn without_hashes(symbol: &str) -> String {
    let (symbol, appended) = match symbol.split_once(".llvm.") {
        Some((symbol, _)) => (symbol, "*"),
        None => (symbol, ""),
    };
    let is_older = |hash: &str| {
        hash.len() == 17 && hash.ends_with('E') && hash[..16].bytes().all(|b| b.is_ascii_hexdigit())
    };
    if let Some((path, hash)) = symbol.rsplit_once("17h").filter(|(_, hash)| is_older(hash)) {
        return format!("{path}17h{}E{appended}", "?".repeat(hash.len() - 1));
    }
    if !symbol.starts_with("_R") {
        return format!("{symbol}{appended}");
    }
    let mut open = String::with_capacity(symbol.len());
    let mut rest = symbol;
    while let Some((before, after)) = rest.split_once("Cs") {
        open.push_str(before);
        open.push_str("Cs");
        rest = after;
        let digits = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let of_a_crate = after[digits..]
            .strip_prefix('_')
            .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()));
        if of_a_crate {
            open.push('*');
            rest = &after[digits..];
        }
    }
    open.push_str(rest);
    open + appended
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
    use crate::commands::gate::testing;
    use crate::suppressions::pattern;
    use harness_model::{Frame, Place};
    use proptest::prelude::*;

    fn lost(function: &str) -> GrowingSite {
        let mut site = testing::site(function, 24.0);
        site.leak_kind = Some(LeakKind::DefinitelyLost);
        site
    }

    fn linked(symbol: &str) -> Linked {
        Linked {
            symbol: Some(symbol.to_owned()).filter(|symbol| !symbol.is_empty()),
            object: Some("/usr/lib/libfoo.so".to_owned()),
        }
    }

    /// A lost site whose innermost calls have these names.
    fn with_symbols(function: &str, symbols: &[&str]) -> GrowingSite {
        let mut site = lost(function);
        let outer = std::iter::repeat("outer");
        let symbols = symbols.iter().copied().chain(outer);
        for (frame, symbol) in site.frames.iter_mut().zip(symbols) {
            frame.linked = linked(symbol);
        }
        site
    }

    fn stack(site: &GrowingSite) -> Vec<&Linked> {
        site.frames.iter().map(|frame| &frame.linked).collect()
    }

    #[test]
    fn a_hash_of_the_compiler_is_left_open_and_nothing_else() {
        for (symbol, expected) in [
            ("malloc", "malloc"),
            (
                "_ZN4demo4take17h0123456789abcdefE",
                "_ZN4demo4take17h????????????????E",
            ),
            (
                "_ZN4demo4take17h0123456789abcdefE.llvm.4711",
                "_ZN4demo4take17h????????????????E*",
            ),
            ("_ZN4demo17hello_to_everyone", "_ZN4demo17hello_to_everyone"),
            ("_ZN4demo17h0123456789abcdE", "_ZN4demo17h0123456789abcdE"),
            (
                "_ZN4demo17h0123456789abcdefX",
                "_ZN4demo17h0123456789abcdefX",
            ),
            (
                "_ZN4demo17h0123456789abcdegE",
                "_ZN4demo17h0123456789abcdegE",
            ),
            ("_RNvCs1a2B3c_4demo4take", "_RNvCs*_4demo4take"),
            (
                "_RINvCs1a2B3c_4demo4takeNtNtCs9Zz_5alloc6string6StringECs1a2B3c_4demo",
                "_RINvCs*_4demo4takeNtNtCs*_5alloc6string6StringECs*_4demo",
            ),
            ("_RNvNtC4demo3Css4take", "_RNvNtC4demo3Css4take"),
            ("Cs1a2B3c_4demo", "Cs1a2B3c_4demo"),
        ] {
            assert_eq!(without_hashes(symbol), expected, "{symbol}");
        }
    }

    #[test]
    fn a_call_goes_by_its_symbol_its_library_or_its_being_there() {
        assert_eq!(call(&linked("malloc")), "   fun:malloc\n");
        assert_eq!(call(&linked("{closure#1}")), "   fun:{closure#1}\n");
        assert_eq!(call(&linked("do_alloc<a, b>")), "   fun:do_alloc<a,?b>\n");
        assert_eq!(call(&linked("a*b\u{7}c")), "   fun:a?b?c\n");
        assert_eq!(call(&linked(UNKNOWN_INLINED)), "   fun:*\n");
        assert_eq!(call(&linked("")), "   obj:*/libfoo.so\n");
        assert_eq!(call(&Linked::default()), "   obj:*\n");
    }

    #[test]
    fn an_entry_is_named_by_the_function_without_blanks_and_braces() {
        let named = |function: &str| entry_name(&lost(function));
        assert_eq!(named("demo::Pool::take_2"), "harness-take_2");
        assert_eq!(named("{closure#1}"), "harness-closure");
        assert_eq!(named("+"), "harness-site");
    }

    #[test]
    fn the_function_at_fault_has_to_be_among_the_calls_that_valgrind_takes() {
        let mut site = lost("take");
        let own = site.frames[answerable_depth(&site)].place.clone();
        let mut written = |depth: usize| {
            let other = Place {
                function: "alloc".to_owned(),
                ..Place::default()
            };
            let places = std::iter::repeat_n(other, depth).chain([own.clone()]);
            let frame = |place| Frame {
                linked: linked("call"),
                ..Frame::from(place)
            };
            site.frames = places.map(frame).collect();
            entry(&site, "with zones", "known", "2027-01-31")
        };
        let calls = |text: String| text.matches("fun:").count();
        assert_eq!(written(3).map(calls), Ok(4));
        assert_eq!(written(23).map(calls), Ok(24));
        assert!(written(24).is_err());
    }

    #[test]
    fn an_entry_is_in_the_form_that_the_gate_reads_and_hides_its_stack_alone() {
        let symbols = [
            "malloc",
            UNKNOWN_INLINED,
            "_ZN4demo4take17h0123456789abcdefE",
        ];
        let built_with = |hash: &str| {
            let symbols = symbols.map(|symbol| symbol.replace("0123456789abcdef", hash));
            with_symbols("take", &symbols.each_ref().map(String::as_str))
        };
        let site = built_with("0123456789abcdef");
        let here = stack(&site);
        let text = entry(&site, "with zones", "known\nsince  2019", "2027-01-31").unwrap();
        let written = &pattern::read(&text).unwrap()[0];
        assert_eq!(written.reason().as_deref(), Some("known since 2019"));
        assert_eq!(written.expires().as_deref(), Some("2027-01-31"));
        let pattern = written.pattern.as_ref().unwrap();
        assert!(pattern.hides(LeakKind::DefinitelyLost, &here));
        assert!(pattern.hides(
            LeakKind::DefinitelyLost,
            &stack(&built_with("fedcba9876543210"))
        ));
        assert!(!pattern.hides(LeakKind::StillReachable, &here));
        // Another function, another depth, another caller.
        for at in 0..=answerable_depth(&site) + CALLERS {
            let mut other = here.clone();
            let elsewhere = linked("elsewhere");
            other[at] = &elsewhere;
            let one_call = here[at].symbol.as_deref() == Some(UNKNOWN_INLINED);
            assert_eq!(
                pattern.hides(LeakKind::DefinitelyLost, &other),
                one_call,
                "{at}"
            );
        }
        assert!(!pattern.hides(LeakKind::DefinitelyLost, &here[1..]));
    }

    #[test]
    fn what_is_kept_is_not_hidden_as_lost_and_what_is_lost_not_as_reachable() {
        let mut site = with_symbols("take", &["malloc"]);
        let mut hides = |kind, as_kind| {
            site.leak_kind = Some(kind);
            let text = entry(&site, "with zones", "known", "2027-01-31").unwrap();
            let written = pattern::read(&text).unwrap().remove(0);
            written.pattern.unwrap().hides(as_kind, &stack(&site))
        };
        use LeakKind::{DefinitelyLost, IndirectlyLost, PossiblyLost, StillReachable};
        assert!(hides(DefinitelyLost, IndirectlyLost) && hides(DefinitelyLost, PossiblyLost));
        assert!(hides(StillReachable, PossiblyLost));
        assert!(!hides(IndirectlyLost, StillReachable));
        assert!(!hides(PossiblyLost, DefinitelyLost) && !hides(StillReachable, IndirectlyLost));
    }

    #[test]
    fn without_a_reason_a_day_a_kind_or_a_stack_there_is_no_entry() {
        let site = with_symbols("take", &["malloc"]);
        let of =
            |site: &GrowingSite, reason: &str, day: &str| entry(site, "with zones", reason, day);
        assert!(of(&site, "known", "2027-01-31").is_ok());
        assert!(of(&site, " \n", "2027-01-31").is_err());
        assert!(of(&site, "known", "2027-02-31").is_err());
        let without = |change: fn(&mut GrowingSite)| {
            let mut site = site.clone();
            change(&mut site);
            of(&site, "known", "2027-01-31").unwrap_err()
        };
        assert!(without(|site| site.leak_kind = None).contains("did not see"));
        assert!(without(|site| site.frames.clear()).contains("once more"));
        // A report of a version that kept no such names.
        let forget = |site: &mut GrowingSite| {
            let frames = site.frames.iter_mut();
            frames.for_each(|frame| frame.linked = Linked::default());
        };
        assert!(without(forget).contains("once more"));
    }

    proptest! {
        #[test]
        fn whatever_a_site_is_called_its_entry_is_read_as_one(
            function in "\\PC{0,40}",
            symbol in any::<String>(),
            reason in "[a-z]\\PC{0,30}",
        ) {
            let site = with_symbols(&function, &[&symbol]);
            let text = entry(&site, "without zones", &reason, "2027-01-31").unwrap();
            let written = pattern::read(&text).unwrap();
            prop_assert_eq!(written.len(), 1);
            let pattern = written[0].pattern.as_ref().unwrap();
            prop_assert!(pattern.hides(LeakKind::DefinitelyLost, &stack(&site)), "{}", text);
        }
    }
}
