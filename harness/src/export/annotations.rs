//! GitHub's workflow commands: an annotation at the line that leaks.

use super::{Case, CaseStatus, Results};

/// One line an annotation: what fails, what could not be told, and, where all is well, the conclusion.
pub fn lines(results: &Results) -> Vec<String> {
    let mut lines: Vec<String> = results
        .troubles()
        .map(|case| line(case, &results.name))
        .collect();
    if results
        .troubles()
        .all(|case| case.status == CaseStatus::Hidden)
    {
        let (title, sentence) = (property(&results.name), data(&results.sentence));
        lines.push(format!("::notice title={title}::{sentence}"));
    }
    lines
}

fn line(case: &Case, name: &str) -> String {
    let level = match case.status {
        CaseStatus::Failed | CaseStatus::Inconclusive => "error",
        CaseStatus::Hidden => "warning",
        CaseStatus::Passed | CaseStatus::Skipped => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = &case.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.extend(place.line.map(|line| format!("line={line}")));
    }
    let title = property(&format!("{name}: {}", case.name));
    properties.push(format!("title={title}"));
    let message = data(&format!("{}: {}", case.of, case.message));
    format!("::{level} {}::{message}", properties.join(","))
}

/// The message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::testing::results;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_failure_points_at_its_file_and_line() {
        let lines = lines(&results("grows by 8 bytes", "src/a.rs"));
        assert_eq!(
            lines[0],
            "::error file=src/a.rs,line=7,title=leak gate%3A new site::parse: grows by 8 bytes"
        );
        assert_eq!(lines.len(), 3);
        assert!(
            lines[2].starts_with("::warning file=suppressions/known.supp,line=4,"),
            "{}",
            lines[2]
        );
    }

    #[test]
    fn where_nothing_fails_the_conclusion_is_a_notice() {
        let mut told = results("The gate passes.", "src/a.rs");
        told.cases.truncate(1);
        assert_eq!(lines(&told), ["::notice title=leak gate::The gate passes."]);
    }

    proptest! {
        #[test]
        fn no_text_ends_its_command_or_begins_another(message in any::<String>(), file in any::<String>()) {
            for line in lines(&results(&message, &file)) {
                prop_assert!(!line.contains(['\n', '\r']));
                let (head, _) = line[2..].split_once("::").unwrap();
                // Three properties at most, however many commas a file's name has.
                prop_assert!(head.matches(',').count() <= 2, "{}", head);
            }
        }
    }
}
