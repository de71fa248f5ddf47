//! Text that somebody would like to see printed, and a look at what was.

use serde_json::Value;

/// What is put into names, by what it would do.
pub const HOSTILE: [(&str, &str); 14] = [
    ("clear the screen", "\u{1b}[2J\u{1b}[H"),
    ("the same in one character", "\u{9b}2J"),
    (
        "a link to elsewhere",
        "\u{1b}]8;;http://a.b/\u{1b}\\here\u{1b}]8;;\u{1b}\\",
    ),
    ("fill the clipboard", "\u{1b}]52;c;cm0gLXJmIH4=\u{7}"),
    ("rename the window", "\u{9d}0;root\u{9c}"),
    ("ring", "\u{7}"),
    ("overstrike", "FAIL\u{8}\u{8}\u{8}\u{8}pass"),
    ("write over the line", "FAIL\rpass"),
    ("begin a line", "\nReport: all is well"),
    (
        "begin a command of the runner",
        "\n::error file=a.rs::forged\n",
    ),
    (
        "begin a line elsewhere",
        "a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}",
    ),
    (
        "run from right to left",
        "gpj.\u{202e}exe\u{2066}\u{61c}\u{200f}",
    ),
    ("hide", "a\u{200b}b\u{feff}c\u{e0041}d\u{7f}e\u{ad}\u{2060}"),
    ("be markup", "<script>alert(1)</script>\"'><img src=x>&amp;"),
];

/// Free texts of a report, which come from programs and people.
const FREE: [&str; 19] = [
    "function",
    "file",
    "message",
    "sentence",
    "subject",
    "description",
    "command",
    "kernel",
    "version",
    "jemalloc",
    "valgrind",
    "inject",
    "corpus",
    "model",
    "agreement",
    "blind_spots",
    "part",
    "parts",
    "reason",
];

/// Puts `text` behind every free text of a report.
pub fn poison(document: &mut Value, text: &str) {
    poison_under(document, "", text);
}

fn poison_under(value: &mut Value, key: &str, text: &str) {
    match value {
        Value::Object(object) => {
            // A store's or a workload's name; that of the program too.
            for (key, value) in object {
                poison_under(value, key, text);
            }
        }
        Value::Array(array) => {
            for value in array {
                poison_under(value, key, text);
            }
        }
        Value::String(string) if FREE.contains(&key) || key == "name" => string.push_str(text),
        _ => {}
    }
}

/// Characters that must not be seen by a terminal or on a page, whatever the program may say.
pub fn odd(text: &str) -> Vec<char> {
    let is_odd = |c: &char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(u32::from(*c), 0x61c | 0x200b | 0x200e | 0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff)
            || matches!(u32::from(*c), 0xfff9..=0xfffb | 0xe0000..=0xe00ff)
    };
    text.chars().filter(is_odd).collect()
}

/// All of it in one.
pub fn all() -> String {
    HOSTILE.iter().map(|(_, text)| *text).collect()
}

/// Fails where a text has such a character, or a line that somebody else began.
pub fn assert_plain(what: &str, text: &str) {
    for line in text.lines() {
        // A line of a page may be very long.
        let start: String = line.chars().take(300).collect();
        assert!(odd(line).is_empty(), "{what}: {:?} in {start:?}", odd(line));
        assert!(
            !line.starts_with("::error file=a.rs") && !line.starts_with("Report: all is well"),
            "{what}: a forged line: {start:?}"
        );
    }
}
