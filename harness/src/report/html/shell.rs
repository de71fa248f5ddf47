//! What every page has: the answer on its first screen, its contents, its sections, and where and how it ran.

use super::cells;
use super::digest::sha256;
use super::escape::{escape, put};
use super::links::file_link;
use super::terms;
use crate::report::table::Table;
use harness_model::units;
use harness_model::{Environment, Outcome, Tool};

const STYLE: &str = concat!(
    include_str!("../../../assets/page/page.css"),
    include_str!("../../../assets/page/plots.css"),
    include_str!("../../../assets/page/icicle.css"),
);

/// What a page does, where scripts may run. Nothing that it says is in here.
const SCRIPT: &str = concat!(
    include_str!("../../../assets/page/tables.js"),
    include_str!("../../../assets/page/icicle.js"),
    include_str!("../../../assets/page/cursor.js"),
    include_str!("../../../assets/page/terms.js"),
);

/// A sentence of more letters than this is written smaller.
const LONG: usize = 180;

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

    /// The badge of what is meant to grow, such as a planted leak: neither good nor bad.
    pub(crate) fn control(word: &'static str) -> Badge {
        Badge {
            class: "control",
            word,
        }
    }

    /// The badge within a text.
    pub(crate) fn html(self) -> String {
        format!("<span class=\"badge {}\">{}</span>", self.class, self.word)
    }
}

/// A page that is put together from the top down: the answer, and then sections, each of which the contents name.
pub(crate) struct Page {
    badge: Badge,
    /// What the window is called.
    title: String,
    /// The answer, as far as it is written.
    head: String,
    /// What stands below the answer.
    pub(crate) body: String,
    /// Titles of sections with their anchors.
    contents: Vec<(String, String)>,
    tables: usize,
}

impl Page {
    /// A page that answers with a sentence.
    pub(crate) fn new(badge: Badge, sentence: &str) -> Page {
        let mut head = String::new();
        let size = match sentence.chars().count() > LONG {
            true => " class=\"long\"",
            false => "",
        };
        put(
            &mut head,
            format_args!(
                "<p>{}</p>\n<h1{size}>{}</h1>\n",
                badge.html(),
                escape(sentence)
            ),
        );
        Page {
            badge,
            title: format!("{}: {}", badge.word, escape(sentence)),
            head,
            body: String::new(),
            contents: Vec::new(),
            tables: 0,
        }
    }

    /// Says more in the answer: rows of what it is about and what is said, which is HTML already.
    pub(crate) fn tell(&mut self, rows: &[(String, String)]) {
        if rows.is_empty() {
            return;
        }
        self.head.push_str("<dl class=\"told\">\n");
        for (about, said) in rows {
            put(
                &mut self.head,
                format_args!("<dt>{}</dt><dd>{said}</dd>\n", escape(about)),
            );
        }
        self.head.push_str("</dl>\n");
    }

    /// The line at the end of the answer that says what ran.
    pub(crate) fn ran(&mut self, line: &str) {
        put(
            &mut self.head,
            format_args!("<p class=\"faint\">{}</p>\n", escape(line)),
        );
    }

    /// Begins a section, which the contents name.
    pub(crate) fn section(&mut self, title: &str) {
        let plain: String = title
            .chars()
            .map(|c| match c.is_ascii_alphanumeric() {
                true => c.to_ascii_lowercase(),
                false => '-',
            })
            .collect();
        let mut anchor = plain.trim_matches('-').to_owned();
        while self.contents.iter().any(|(_, known)| *known == anchor) {
            anchor.push_str("-more");
        }
        put(
            &mut self.body,
            format_args!("<h2 id=\"{anchor}\">{}</h2>\n", escape(title)),
        );
        self.contents.push((title.to_owned(), anchor));
    }

    /// A paragraph.
    pub(crate) fn say(&mut self, sentence: &str) {
        put(
            &mut self.body,
            format_args!("<p>{}</p>\n", escape(sentence)),
        );
    }

    /// A paragraph that explains.
    pub(crate) fn explain(&mut self, sentence: &str) {
        put(
            &mut self.body,
            format_args!("<p class=\"faint\">{}</p>\n", escape(sentence)),
        );
    }

    /// A table, which can be sorted and filtered.
    pub(crate) fn table(&mut self, table: &Table) {
        self.tables += 1;
        let label = self.contents.last().map_or("", |(title, _)| title.as_str());
        cells::cells(&mut self.body, table, label, self.tables);
    }

    /// Sentences under a title, if there are any.
    pub(crate) fn list(&mut self, title: &str, sentences: &[String]) {
        if sentences.is_empty() {
            return;
        }
        self.section(title);
        self.body.push_str("<ul>\n");
        for sentence in sentences {
            put(
                &mut self.body,
                format_args!("<li>{}</li>\n", escape(sentence)),
            );
        }
        self.body.push_str("</ul>\n");
    }

    /// Where and how it ran: names and what they stand for, the files beside the page, and the command line.
    pub(crate) fn definitions(
        &mut self,
        rows: &[(&str, String)],
        files: &[&str],
        command: &[String],
    ) {
        let files: Vec<String> = files.iter().map(|file| file_link(file)).collect();
        let command: Vec<String> = command.iter().map(|word| shell_word(word)).collect();
        self.section("Where and how it ran");
        self.body.push_str("<dl>\n");
        for (name, value) in rows {
            put(
                &mut self.body,
                format_args!("<dt>{name}</dt><dd>{}</dd>\n", escape(value)),
            );
        }
        put(
            &mut self.body,
            format_args!("<dt>files</dt><dd>{}</dd>\n</dl>\n", files.join(", ")),
        );
        put(
            &mut self.body,
            format_args!(
                "<p>To run it again:</p>\n<pre>{}</pre>\n",
                escape(&command.join(" "))
            ),
        );
    }

    /// The whole document.
    pub(crate) fn document(mut self) -> String {
        let known = terms::of(&format!("{}{}", self.head, self.body));
        if !known.is_empty() {
            self.section("What the words mean");
            terms::list(&mut self.body, &known);
        }
        let contents: String = self
            .contents
            .iter()
            .map(|(title, anchor)| {
                format!("<li><a href=\"#{anchor}\">{}</a></li>\n", escape(title))
            })
            .collect();
        let Page {
            badge,
            title,
            head,
            body,
            ..
        } = self;
        let class = badge.class;
        let digest = sha256(SCRIPT);
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; \
             form-action 'none'\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header class=\"answer {class}\">\n{head}</header>\n<nav aria-label=\"Contents\">\n<ul>\n{contents}</ul>\n</nav>\n\
             <main>\n{body}</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        );
        // Nothing of it needs to be changed here, unless somebody forgot to escape a text.
        printable::block(&page).into_owned()
    }
}

/// Where and when it ran, as the first rows of [`Page::definitions`].
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

/// What was given in place of nothing or of what ships, as further rows of [`Page::definitions`].
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

    #[test]
    fn the_answer_stands_before_all_else_and_the_contents_name_every_section_once() {
        let mut page = Page::new(Badge::of(Outcome::Leak, "Leak"), "64 bytes <are> lost");
        page.tell(&[("in".to_owned(), "main".to_owned())]);
        page.section("The runs");
        page.section("The runs");
        let page = page.document();
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
        assert!(at("<h1>64 bytes &lt;are&gt; lost</h1>") < at("<dt>in</dt><dd>main</dd>"));
        assert!(at("<dt>in</dt>") < at("<a href=\"#the-runs\">"));
        assert!(at("<a href=\"#the-runs-more\">") < at("<h2 id=\"the-runs\">"));
        assert!(page.contains("<h2 id=\"the-runs-more\">"));
    }

    #[test]
    fn the_only_script_that_may_run_is_the_pages_own() {
        let page = Page::new(Badge::control("Control"), "It grows").document();
        let policy = format!("script-src 'sha256-{}'", sha256(SCRIPT));
        assert!(page.contains(&policy) && page.contains(SCRIPT));
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
    }
}
