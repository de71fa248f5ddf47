//! Edits of a `config.cfg`, line by line.

use crate::pieces::{FLOATS, INTS, STRINGS};
use crate::{Unstructured, one_of, pick};

/// Changes one line of `text`. Values come from `other`, a second configuration, or are made up.
pub fn edit(text: &str, other: &str, u: &mut Unstructured<'_>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return other.to_owned();
    }
    let at = pick(u, lines.len());
    let donor = pick(u, lines.len());
    match pick(u, 9) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[donor].clone()),
        2 => lines.swap(at, donor),
        3 => {
            // The value of another line under this line's key.
            let (from, to) = (split(&lines[donor]), split(&lines[at]));
            if let (Some((_, value)), Some((key, _))) = (from, to) {
                lines[at] = format!("{key}={value}");
            }
        }
        4 => {
            let theirs: Vec<&str> = other.lines().collect();
            if !theirs.is_empty() {
                lines.insert(at, (*one_of(u, &theirs)).to_owned());
            }
        }
        5 => {
            // A section of the other configuration, whole.
            let sections: Vec<&str> = other.split("\n[").collect();
            lines.push(format!("[{}", one_of(u, &sections).trim_start_matches('[')));
        }
        _ => {
            let value = value(u);
            if let Some((key, _)) = split(&lines[at]) {
                lines[at] = format!("{key}= {value}");
            } else if lines[at].starts_with('[') {
                lines[at] = format!("[{}]", one_of(u, STRINGS).replace(['\n', '\r'], ""));
            } else {
                lines[at] = value;
            }
        }
    }
    lines.join("\n")
}

fn split(line: &str) -> Option<(&str, &str)> {
    line.split_once('=')
}

fn value(u: &mut Unstructured<'_>) -> String {
    match pick(u, 6) {
        0 => "null".to_owned(),
        1 => (["true", "false"][pick(u, 2)]).to_owned(),
        2 => one_of(u, &INTS).to_string(),
        3 => format!("{:?}", one_of(u, &FLOATS)),
        4 => {
            let many = pick(u, 5);
            let items: Vec<String> = (0..many).map(|_| quoted(u)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => quoted(u),
    }
}

fn quoted(u: &mut Unstructured<'_>) -> String {
    serde_json::to_string(one_of(u, STRINGS)).unwrap_or_default()
}
