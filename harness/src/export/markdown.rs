//! A summary in Markdown for a pull request: the conclusion, what fails, and the rest folded away.

use super::{Case, Results, Status};
use harness_model::units::seconds;

/// The document.
pub fn document(results: &Results) -> String {
    let mark = match results.exit_code {
        0 => "\u{2705}",
        1 => "\u{274c}",
        _ => "\u{26a0}\u{fe0f}",
    };
    let mut text = format!(
        "## {mark} {}\n\n{}\n\n",
        plain(&results.name),
        plain(&results.sentence)
    );
    let troubles: Vec<&Case> = results.troubles().collect();
    if !troubles.is_empty() {
        text.push_str(&table(&troubles));
        text.push('\n');
    }
    let rest: Vec<&Case> = results
        .cases
        .iter()
        .filter(|case| !troubles.iter().any(|trouble| std::ptr::eq(*trouble, *case)))
        .collect();
    if !rest.is_empty() {
        let count = rest.len();
        let noun = if count == 1 { "check" } else { "checks" };
        text.push_str(&format!(
            "<details><summary>{count} more {noun}</summary>\n\n"
        ));
        text.push_str(&table(&rest));
        text.push_str("\n</details>\n\n");
    }
    text.push_str(&format!(
        "In {}, by harness {}.\n",
        seconds(results.seconds),
        plain(&results.version)
    ));
    text
}

fn table(cases: &[&Case]) -> String {
    let mut text = String::from("| | of | check | |\n|---|---|---|---|\n");
    for case in cases {
        let status = match case.status {
            Status::Pass => "ok",
            Status::Fail => "**fails**",
            Status::Inconclusive => "**cannot tell**",
            Status::Skipped => "not run",
            Status::Hidden => "**hidden**",
        };
        let row = [&case.of, &case.name, &case.message].map(|cell| plain(cell));
        text.push_str(&format!("| {status} | {} |\n", row.join(" | ")));
    }
    text
}

/// Text that stays text: nothing of it becomes markup, a link, a mention, a formula, a list or another row.
fn plain(text: &str) -> String {
    let line = printable::line(text.trim());
    let mut safe = String::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        let rest = &line[at..];
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("&#64;"),
            '$' => safe.push_str("&#36;"),
            // Addresses become links by themselves.
            ':' if rest.starts_with("://") => safe.push_str("&#58;"),
            '.' if ends_in_www(&line[..at]) => safe.push_str("&#46;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '!' => {
                safe.push('\\');
                safe.push(c);
            }
            // What begins a list, a rule or a title, or numbers a list.
            '-' | '+' | '=' if at == 0 => {
                safe.push('\\');
                safe.push(c);
            }
            '.' | ')' if at > 0 && line[..at].bytes().all(|byte| byte.is_ascii_digit()) => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}

fn ends_in_www(text: &str) -> bool {
    let from = text.len().saturating_sub(3);
    text.as_bytes()[from..].eq_ignore_ascii_case(b"www")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::results;
    use proptest::prelude::*;

    #[test]
    fn what_fails_stands_first_and_the_rest_is_folded() {
        let text = document(&results("take<u8> grows by 8 | more", "a.rs"));
        let (seen, folded) = text.split_once("<details>").unwrap();
        assert!(
            seen.contains("| **fails** | parse | new site | take&lt;u8&gt; grows by 8 \\| more |"),
            "{seen}"
        );
        assert!(
            seen.contains("**cannot tell**")
                && seen.contains("**hidden**")
                && !seen.contains("kept with zones"),
            "{seen}"
        );
        assert!(
            folded.contains("2 more checks") && folded.contains("| ok | parse | kept with zones"),
            "{folded}"
        );
    }

    #[test]
    fn nothing_from_outside_is_a_link_a_picture_a_formula_or_a_list() {
        for (text, expected) in [
            ("![x](https://a/b)", "\\!\\[x\\](https&#58;//a/b)"),
            ("see www.a.b or Www.a", "see www&#46;a.b or Www&#46;a"),
            ("$x$ @somebody", "&#36;x&#36; &#64;somebody"),
            ("- a", "\\- a"),
            ("12. a", "12\\. a"),
            ("=== a", "\\=== a"),
            ("    code\n# title", "code\\\\n\\# title"),
            ("\u{202e}\u{1b}[2J", "\\\\u{202e}\\\\u{1b}\\[2J"),
            ("core::mem 1.5", "core::mem 1.5"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup_or_breaks_a_row(message in any::<String>()) {
            let text = document(&results(&message, "a.rs"));
            let expected = document(&results("", "a.rs"));
            prop_assert_eq!(text.lines().count(), expected.lines().count());
            prop_assert!(!text.contains(|c| c != '\n' && printable::is_hidden(c)));
            let markup = |text: &str| text.matches('<').count();
            prop_assert_eq!(markup(&text), markup(&expected));
        }
    }
}
