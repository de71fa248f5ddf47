//! Figures and calls as tools print them.

use crate::probe::demangle::clean_function;
use harness_judge::attribution::stack::Frame;
use harness_model::Place;

/// A frame's text is believed to be no longer.
pub(crate) const MAX_TEXT_BYTES: usize = 16 << 10;

/// `1,234`, with the commas, full stops, apostrophes or spaces of whatever language between thousands.
pub(crate) fn figure(text: &str) -> Option<u64> {
    let mut value: Option<u64> = None;
    for c in text.trim().chars() {
        match c {
            '0'..='9' => {
                let digit = u64::from(c as u8 - b'0');
                value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(digit));
            }
            ',' | '.' | '\'' | '\u{a0}' | '\u{202f}' | '\u{2019}' if value.is_some() => {}
            _ => return None,
        }
    }
    value
}

/// `0x7f12ab` as a number.
pub(crate) fn address(text: &str) -> Option<u64> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    u64::from_str_radix(digits, 16).ok()
}

/// The beginning of a text that is no longer than is believed.
pub(crate) fn bounded(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `file.c:12` or `file.rs:12:7` as a file and its line; line 0 is none.
pub(crate) fn file_and_line(text: &str) -> (String, Option<u32>) {
    let mut file = text;
    let mut numbers = Vec::new();
    while let Some((rest, number)) = file.rsplit_once(':')
        && !rest.is_empty()
        && let Ok(number) = number.parse::<u32>()
        && numbers.len() < 2
    {
        numbers.push(number);
        file = rest;
    }
    // With line and column, the line stands first.
    let line = numbers.last().copied().filter(|line| *line > 0);
    (file.to_owned(), line)
}

/// `keep (my file (copy).c:3)` is the name `keep` and the place `my file (copy).c:3`: names and files have parentheses of
/// their own, so that the place is what the last one closes.
pub(crate) fn name_and_place(text: &str) -> (&str, &str) {
    let Some(inside) = text.strip_suffix(')') else {
        return (text, "");
    };
    let mut open = 1;
    for (at, character) in inside.char_indices().rev() {
        match character {
            ')' => open += 1,
            '(' => open -= 1,
            _ => continue,
        }
        if open <= 0
            && let Some(name) = inside[..at].strip_suffix(' ')
        {
            return (name, &inside[at + 1..]);
        }
    }
    // Parentheses of a file's name that nothing opens.
    inside.rsplit_once(" (").unwrap_or((text, ""))
}

/// `0x5568: demo::take (demo/src/main.rs:18:60)`, `0x48417B4: malloc (in /usr/lib/x.so)` and `[root]`, as valgrind's tools
/// and dhat-rs print a call.
pub(crate) fn valgrind_frame(text: &str) -> Frame {
    let text = bounded(text);
    let (at, rest) = match text.split_once(": ") {
        Some((at, rest)) if at.starts_with("0x") => (address(at), rest),
        _ => (None, text),
    };
    let mut frame = Frame {
        address: at,
        ..Frame::default()
    };
    let (name, place) = name_and_place(rest);
    frame.place.function = clean_function(name);
    if let Some(object) = place.strip_prefix("in ") {
        frame.linked.object = Some(object.to_owned());
    } else if !place.is_empty() && !place.starts_with("???") {
        let (file, line) = file_and_line(place);
        (frame.place.file, frame.place.line) = (Some(file), line);
    }
    frame
}

/// A file of Go's as it is in its folder: a build without paths leaves `./leaky.go`.
pub(crate) fn go_file(file: &str) -> &str {
    match file.strip_prefix("./") {
        Some(rest) if rest.ends_with(".go") => rest,
        _ => file,
    }
}

/// A call of which only the function is known.
pub(crate) fn named(function: &str) -> Frame {
    Frame {
        place: Place {
            function: clean_function(bounded(function)),
            ..Place::default()
        },
        ..Frame::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_separators_of_any_language() {
        for text in [
            "1,234,567",
            "1.234.567",
            "1'234'567",
            "1\u{202f}234\u{202f}567",
            "1234567",
        ] {
            assert_eq!(figure(text), Some(1_234_567), "{text}");
        }
        for text in ["", ",", "-1", "1 2", "x"] {
            assert_eq!(figure(text), None, "{text}");
        }
        assert_eq!(figure(&"9".repeat(40)), Some(u64::MAX));
    }

    #[test]
    fn a_place_is_what_the_last_parenthesis_closes() {
        for (text, name, place) in [
            ("keep (my file (copy).c:3)", "keep", "my file (copy).c:3"),
            ("a::b(int) (x.cpp:7)", "a::b(int)", "x.cpp:7"),
            ("f (in /lib (x86)/l.so)", "f", "in /lib (x86)/l.so"),
            ("operator() (odd).c:3)", "operator()", "odd).c:3"),
            ("i()", "i()", ""),
            (")", ")", ""),
        ] {
            assert_eq!(name_and_place(text), (name, place), "{text}");
        }
    }

    #[test]
    fn a_call_without_a_name_has_its_address_and_its_object() {
        let frame = valgrind_frame("0x4C2FB0F: ??? (in /usr/lib/libfoo.so.1)");
        assert_eq!(
            (frame.place.function, frame.address),
            (None, Some(0x4C2_FB0F))
        );
        assert_eq!(frame.linked.object.as_deref(), Some("/usr/lib/libfoo.so.1"));
        let frame = valgrind_frame("0x0: ???");
        assert_eq!((frame.place.function, frame.linked.object), (None, None));
    }
}
