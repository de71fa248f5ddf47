//! The words that a page uses and not everybody knows, with what they mean.

use super::escape::{escape, put};
use crate::glossary::{self, Entry};

/// Words without which a page of any run can be read, though they are in the list: they would be marked everywhere.
const PLAIN: [&str; 6] = ["allocator", "kernel", "leak", "block", "iteration", "page"];

/// The entries of which a page has a word: what its tags say is not seen.
pub(super) fn of(html: &str) -> Vec<&'static Entry> {
    let pieces = html.split('<').map(|piece| match piece.split_once('>') {
        Some((_, text)) => text,
        None => piece,
    });
    let text = pieces.collect::<Vec<_>>().join(" ").to_lowercase();
    let used = |entry: &&Entry| {
        let mut names = entry.names();
        !PLAIN.contains(&entry.term) && names.any(|name| has(&text, &name.to_lowercase()))
    };
    glossary::all().iter().filter(used).collect()
}

/// Whether a word stands in a text by itself, and not as a part of another.
fn has(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        is_edge(before) && is_edge(after)
    })
}

/// The list, from which the page's script takes what it shows where a word stands.
pub(super) fn list(body: &mut String, entries: &[&Entry]) {
    body.push_str("<dl class=\"terms\">\n");
    for entry in entries {
        let names: Vec<&str> = entry.names().collect();
        put(
            body,
            format_args!(
                "<dt id=\"term-{}\" data-names=\"{}\">{}</dt><dd>{}</dd>\n",
                entry.term.replace(' ', "-"),
                escape(&names.join("|")),
                escape(entry.term),
                escape(entry.meaning),
            ),
        );
    }
    body.push_str("</dl>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_explains_the_words_that_it_has_and_no_others() {
        let told = of("<p class=\"zone\">Blocks that are Possibly Lost; RSS</p>");
        let terms: Vec<&str> = told.iter().map(|entry| entry.term).collect();
        assert!(terms.contains(&"possibly lost") && terms.contains(&"resident"));
        assert!(!terms.contains(&"zone"), "{terms:?}");
        assert!(of("restored").is_empty(), "a store is another word");
    }
}
