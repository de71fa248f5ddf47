//! `harness explain TERM`: what the words of a report mean.

pub mod options;

use crate::commands::explain::options::ExplainOptions;
use crate::engine::console::{self, Failure, show};
use crate::glossary::{self, Entry};
use printable::{Style, Text};
use std::process::ExitCode;

/// Says what the word means, or which words there are.
pub fn run(options: &ExplainOptions) -> ExitCode {
    console::exit(explained(&options.term.join(" ")).map(|text| {
        show(false, &text);
        0
    }))
}

fn explained(term: &str) -> Result<Text, Failure> {
    let mut text = Text::new();
    if term.trim().is_empty() {
        for entry in glossary::all() {
            add(&mut text, entry);
        }
        return Ok(text);
    }
    let entry = glossary::find(term).ok_or_else(|| Failure::WrongUse(no_such(term)))?;
    add(&mut text, entry);
    Ok(text)
}

fn add(text: &mut Text, entry: &Entry) {
    text.parts(&[(Some(Style::Strong), &entry.term)]);
    text.line(format_args!("  {}", entry.meaning));
}

/// What is said of a word that is not there, with those that it may stand for.
fn no_such(term: &str) -> String {
    let wanted = term.to_lowercase();
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let is_near = |entry: &&Entry| {
        let mut names = entry.names();
        names.any(|name| words.iter().any(|word| name.contains(word)))
    };
    let near: Vec<&str> = glossary::all()
        .iter()
        .filter(is_near)
        .map(|entry| entry.term)
        .collect();
    match near[..] {
        [] => format!("no report says \"{term}\": harness explain lists the words"),
        _ => format!("no report says \"{term}\"; there is: {}", near.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_explained_however_it_is_spelt_and_an_unknown_one_says_which_are_near() {
        let possibly = explained("Possibly-Lost").unwrap_or_default().to_string();
        assert!(possibly.starts_with("possibly lost\n  "), "{possibly}");
        assert!(matches!(
            explained("lost things"),
            Err(Failure::WrongUse(why)) if why.contains("definitely lost, ")
        ));
        assert!(matches!(
            explained("flux"),
            Err(Failure::WrongUse(why)) if why.contains("harness explain lists")
        ));
        let all = explained("").unwrap_or_default().to_string();
        assert!(all.lines().count() >= 2 * glossary::all().len());
    }
}
