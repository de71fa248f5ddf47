//! A summary in Markdown for a pull request: the conclusion, what fails, and the rest folded away.

use super::{Case, CaseStatus, Results};
use crate::report::units::seconds;

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
            CaseStatus::Passed => "ok",
            CaseStatus::Failed => "**fails**",
            CaseStatus::Inconclusive => "**cannot tell**",
            CaseStatus::Skipped => "not run",
            CaseStatus::Hidden => "**hidden**",
        };
        let row = [&case.of, &case.name, &case.message].map(|cell| plain(cell));
        text.push_str(&format!("| {status} | {} |\n", row.join(" | ")));
    }
    text
}

/// Text that stays text: nothing of it becomes markup, a link, a mention or another row.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("&#64;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' => {
                safe.push('\\');
                safe.push(c);
            }
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::testing::results;
    use super::*;
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

    proptest! {
        #[test]
        fn no_text_becomes_markup_or_breaks_a_row(message in any::<String>()) {
            let text = document(&results(&message, "a.rs"));
            let expected = document(&results("", "a.rs"));
            prop_assert_eq!(text.lines().count(), expected.lines().count());
            let markup = |text: &str| text.matches('<').count();
            prop_assert_eq!(markup(&text), markup(&expected));
        }
    }
}
