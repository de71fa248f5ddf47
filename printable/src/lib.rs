//! Text from outside, made safe to print: nothing in it moves the cursor, hides, or reorders what stands there.
//!
//! Names of files, strings of a pipeline and symbols of a program are written by somebody else. Printed as they are,
//! they can clear the screen, fill the clipboard, hide behind a backspace, run from right to left, or begin a line of
//! a log that nobody wrote. Here such characters become escapes that can be read, and all else stays as it is: letters
//! of every script, marks that combine, joiners, variation selectors.
//!
//! ```
//! // A line of its own: line feeds and tabs are escapes too.
//! assert_eq!(printable::line("tagger\u{1b}[2J\nall is well"), "tagger\\u{1b}[2J\\nall is well");
//! // Several lines.
//! assert_eq!(printable::block("one\ntwo\u{7}"), "one\ntwo\\u{7}");
//! // A path, whatever its bytes are.
//! assert_eq!(printable::path("cod\u{202e}txt.exe"), "cod\\u{202e}txt.exe");
//! // A JSON document keeps its values: a reader of JSON sees no difference.
//! assert_eq!(printable::json("[\"\u{9b}31m\"]"), r#"["\u009b31m"]"#);
//! // What needs nothing is borrowed.
//! assert!(matches!(printable::line("नमस्ते, 👩‍🚀"), std::borrow::Cow::Borrowed(_)));
//! ```
//!
//! The functions belong where text is written, and not where it is put together: a program has few such places. What
//! several lines are put together of is [`Text`], which takes each line by itself: a line feed in a name begins no
//! line there.
//!
//! A backslash stays as it is, so the escapes are for people and cannot be read back: `\n` may be a line feed or two
//! characters. Where values count, use a form that has them, such as [`json`].

mod text;

pub use text::{Style, Text};

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::{self, Write};

/// Whether `c` would move the cursor or the direction of the line, begin a new one, or not be seen.
///
/// Those are the control characters (C0, DEL, C1), all controls of direction, line and paragraph separators, marks of
/// annotations, tags, invisible operators and fillers, the byte order mark, the zero width space, and what is no
/// character. They are not: white space, the soft hyphen, joiners (U+200C, U+200D), variation selectors, and the signs
/// of Mongolian and old Korean that have no shape of their own, which are all needed to write a language; nor what is
/// for private use, for which many fonts have a shape.
pub const fn is_hidden(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\0'..='\u{9f}' => true,
        // Controls of direction.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        // Lines and paragraphs.
        '\u{2028}' | '\u{2029}' => true,
        // The zero width space; the word joiner, invisible operators, isolates, controls that are given up.
        '\u{200b}' | '\u{2060}'..='\u{206f}' => true,
        // Khmer vowels and Hangul letters that have no shape.
        '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}' => true,
        // The byte order mark; what is kept free for more of the kind; annotations between lines.
        '\u{feff}' | '\u{fff0}'..='\u{fffb}' => true,
        // Controls of shorthand and of musical notation.
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        // Tags, but for the variation selectors among them.
        '\u{e0100}'..='\u{e01ef}' => false,
        '\u{e0000}'..='\u{e0fff}' => true,
        // No characters at all.
        '\u{fdd0}'..='\u{fdef}' => true,
        c => (c as u32) & 0xfffe == 0xfffe,
    }
}

/// `text` as one line: what [is hidden](is_hidden) is written as escapes, `\n`, `\t` and `\u{202e}`.
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// `text` as lines: as [`line`] has it, but line feeds and tabs stay.
pub fn block(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden_in_lines)
}

/// A path, or any text of the system's, as one line. Bytes that are no UTF-8 are written as `\xff`.
pub fn path<P: AsRef<OsStr> + ?Sized>(path: &P) -> Cow<'_, str> {
    let path = path.as_ref();
    if let Some(text) = path.to_str() {
        return line(text);
    }
    let mut shown = String::new();
    for chunk in path.as_encoded_bytes().utf8_chunks() {
        shown.push_str(&line(chunk.valid()));
        for byte in chunk.invalid() {
            push(&mut shown, format_args!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(shown)
}

/// A JSON document with the same values, in which what [is hidden](is_hidden) is written as JSON's own escapes:
/// `\u009b`. Blanks and line feeds between the values stay.
pub fn json(document: &str) -> Cow<'_, str> {
    // Between the values JSON has no other control characters than these; within a string it has none of them.
    let hidden = |c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t');
    let Some(first) = first(document, hidden) else {
        return Cow::Borrowed(document);
    };
    let mut safe = String::with_capacity(document.len() + 16);
    safe.push_str(&document[..first]);
    for c in document[first..].chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                push(&mut safe, format_args!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// The arguments of a program, from its name on, if there is anything in them that must not be printed: then with
/// escapes in its place. Who reports that they are wrong repeats them.
///
/// ```
/// assert_eq!(printable::arguments(["nlp", "parse"]), None);
/// let told = printable::arguments(["nlp", "--\u{1b}]0;x\u{7}"]).unwrap();
/// assert_eq!(told, ["nlp", "--\\u{1b}]0;x\\u{7}"]);
/// ```
pub fn arguments<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Option<Vec<String>> {
    let mut changed = false;
    let mut told = Vec::new();
    for argument in arguments {
        let shown = path(&argument);
        changed |= matches!(shown, Cow::Owned(_));
        told.push(shown.into_owned());
    }
    changed.then_some(told)
}

/// Something that is printed as one line, as [`line`] has it: `{}` of it puts nothing together first.
///
/// ```
/// let name = "a\nb";
/// assert_eq!(format!("cannot find {}", printable::Line(name)), "cannot find a\\nb");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Line<T>(pub T);

impl<T: fmt::Display> fmt::Display for Line<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

/// Writes what it is given as one line.
struct Escaping<'w, W>(&'w mut W);

impl<W: Write> Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // A piece of a text begins and ends with whole characters, and each is judged by itself.
        self.0.write_str(&line(text))
    }
}

fn is_hidden_in_lines(c: char) -> bool {
    is_hidden(c) && !matches!(c, '\n' | '\t')
}

/// Bytes that are looked at together.
const CHUNK: usize = 64;

/// Where the first character is for which `hidden` holds: none of those from the blank to `~`. Nearly all text is of
/// these, and they are passed over many at a time.
fn first(text: &str, hidden: impl Fn(char) -> bool) -> Option<usize> {
    let is_plain = |bytes: &[u8]| {
        let plain = bytes.iter().map(|byte| (b' '..=b'~').contains(byte));
        plain.fold(true, |all, plain| all & plain)
    };
    // Always where a character begins: what was passed over is of characters of a byte each, or of whole ones.
    let mut at = 0;
    while at < text.len() {
        let end = text.len().min(at + CHUNK);
        if is_plain(&text.as_bytes()[at..end]) {
            at = end;
            continue;
        }
        for c in text[at..].chars() {
            if at >= end {
                break;
            }
            if hidden(c) {
                return Some(at);
            }
            at += c.len_utf8();
        }
    }
    None
}

fn escaped(text: &str, hidden: fn(char) -> bool) -> Cow<'_, str> {
    let Some(first) = first(text, hidden) else {
        return Cow::Borrowed(text);
    };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for c in text[first..].chars() {
        if hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn push(text: &mut String, arguments: fmt::Arguments<'_>) {
    // Writing to a String returns no error.
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests;
