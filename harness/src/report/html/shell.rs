//! What every page has: its frame, its header, lists, and where and how it ran.

use std::fmt::Write;

use super::escape::escape;
use harness_model::Frame;
use harness_model::units;
use harness_model::{Environment, Outcome, Tool};

/// How a job ended, in a word: what stands first on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Badge {
    /// Its class in the style sheet.
    class: &'static str,
    /// The word.
    word: &'static str,
}

impl Badge {
    /// The badge of an outcome; `failed` is the word for it where the job did not pass.
    pub(crate) fn of(outcome: Outcome, failed: &'static str) -> Badge {
        let (class, word) = match outcome {
            Outcome::Pass => ("pass", "Pass"),
            Outcome::Leak => ("leak", failed),
            Outcome::Inconclusive => ("inconclusive", "Inconclusive"),
        };
        Badge { class, word }
    }
}

/// The whole document around its body.
pub(crate) fn document(badge: Badge, sentence: &str, body: &str) -> String {
    let css = include_str!("../../../assets/report.css");
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>{}: {}</title>\n<style>\n{css}</style>\n\
         </head>\n<body>\n{body}</body>\n</html>\n",
        badge.word,
        escape(sentence),
    );
    // Nothing of it needs to be changed here, unless somebody forgot to escape a text.
    printable::block(&page).into_owned()
}

/// The verdict, and a line that says what ran.
pub(crate) fn header(body: &mut String, badge: Badge, sentence: &str, line: &str) {
    put(
        body,
        format_args!(
            "<header>\n<span class=\"badge {}\">{}</span>\n<h1>{}</h1>\n<p class=\"faint\">{}</p>\n</header>\n",
            badge.class,
            badge.word,
            escape(sentence),
            escape(line),
        ),
    );
}

/// Sentences under a title, if there are any.
pub(crate) fn list(body: &mut String, title: &str, sentences: &[String]) {
    if sentences.is_empty() {
        return;
    }
    put(body, format_args!("<h2>{title}</h2>\n<ul>\n"));
    for sentence in sentences {
        put(body, format_args!("<li>{}</li>\n", escape(sentence)));
    }
    body.push_str("</ul>\n");
}

/// Where and when it ran, as the first rows of [`definitions`].
pub(crate) fn machine(
    started_at: &str,
    tool: &Tool,
    environment: &Environment,
) -> Vec<(&'static str, String)> {
    vec![
        ("begun", started_at.to_owned()),
        (
            "program",
            format!("{} {} ({} build)", tool.name, tool.version, tool.profile),
        ),
        (
            "system",
            format!(
                "{} {}, {}, {} processors, pages of {}",
                environment.os,
                environment.kernel.as_deref().unwrap_or(""),
                environment.arch,
                environment.cpus,
                units::bytes(environment.page_bytes as f64)
            ),
        ),
        ("jemalloc", environment.jemalloc.clone()),
    ]
}

/// What was given in place of nothing or of what ships, as further rows of [`definitions`].
pub(crate) fn given(
    inject: &Option<String>,
    corpus: &Option<String>,
    model: &Option<String>,
) -> impl Iterator<Item = (&'static str, String)> {
    let given = [
        ("fault planted", inject.clone()),
        ("corpus", corpus.clone()),
        ("pipeline", model.clone()),
    ];
    given
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
}

/// Where and how it ran: names and what they stand for, the files beside the page, and the command line.
pub(crate) fn definitions(
    body: &mut String,
    rows: &[(&str, String)],
    files: &[&str],
    command: &[String],
) {
    let files: Vec<String> = files.iter().map(|file| file_link(file)).collect();
    let command: Vec<String> = command.iter().map(|word| shell_word(word)).collect();
    body.push_str("<h2>Where and how it ran</h2>\n<dl>\n");
    for (name, value) in rows {
        put(
            body,
            format_args!("<dt>{name}</dt><dd>{}</dd>\n", escape(value)),
        );
    }
    put(
        body,
        format_args!("<dt>files</dt><dd>{}</dd>\n</dl>\n", files.join(", ")),
    );
    put(
        body,
        format_args!(
            "<p>To run it again:</p>\n<pre>{}</pre>\n",
            escape(&command.join(" "))
        ),
    );
}

/// A link to a file beside the page. A name that is no plain relative path is shown as text only.
pub(crate) fn file_link(file: &str) -> String {
    let name = escape(file);
    let plain = !file.starts_with('/')
        && !file.split('/').any(|part| part == "..")
        && file
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    if plain {
        format!("<a href=\"{name}\">{name}</a>")
    } else {
        name
    }
}

/// A word of a command line as a shell takes it.
fn shell_word(word: &str) -> String {
    let plain = !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./=,:+@%".contains(&byte));
    if plain {
        word.to_owned()
    } else if word.contains(printable::is_hidden) {
        // As bash and its like have it: the word can be read, and is the same when it is run again.
        let mut quoted = String::from("$'");
        for c in word.chars() {
            match c {
                '\'' | '\\' => quoted.extend(['\\', c]),
                c if printable::is_hidden(c) => {
                    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                        put(&mut quoted, format_args!("\\x{byte:02x}"));
                    }
                }
                c => quoted.push(c),
            }
        }
        quoted + "'"
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Appends to a string, which cannot fail.
pub(crate) fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String returns no error.
    let _ = text.write_fmt(arguments);
}

/// The calls of a stack, innermost first.
pub(crate) fn stack(body: &mut String, frames: &[Frame]) {
    body.push_str("<ol>\n");
    for frame in frames {
        let place = escape(&frame.place.to_string());
        put(body, format_args!("<li><code>{place}</code></li>\n"));
    }
    body.push_str("</ol>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_cannot_be_seen_is_quoted_so_that_a_shell_reads_the_same_word() {
        for (word, expected) in [
            ("--iters=5", "--iters=5"),
            ("it's", "'it'\\''s'"),
            ("a\n\u{202e}'\\b", "$'a\\x0a\\xe2\\x80\\xae\\'\\\\b'"),
        ] {
            assert_eq!(shell_word(word), expected);
        }
    }
}
