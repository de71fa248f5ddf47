//! GitHub's workflow commands: an annotation at the line that leaks.

use super::{Case, Results, Status};

/// One line an annotation: what fails, what could not be told, and, where all is well, the conclusion.
pub fn lines(results: &Results) -> Vec<String> {
    let mut lines: Vec<String> = results
        .troubles()
        .map(|case| line(case, &results.name))
        .collect();
    if results.troubles().all(|case| case.status == Status::Hidden) {
        let (title, sentence) = (property(&results.name), data(&results.sentence));
        lines.push(format!("::notice title={title}::{sentence}"));
    }
    lines
}

fn line(case: &Case, name: &str) -> String {
    let level = match case.status {
        Status::Fail | Status::Inconclusive => "error",
        Status::Hidden => "warning",
        Status::Pass | Status::Skipped => "notice",
    };
    let mut properties = Vec::new();
    if let Some(file) = &case.place.file {
        properties.push(format!("file={}", property(file)));
        properties.extend(case.place.line.map(|line| format!("line={line}")));
    }
    let title = property(&format!("{name}: {}", case.name));
    properties.push(format!("title={title}"));
    let message = data(&format!("{}: {}", case.of, case.message));
    format!("::{level} {}::{message}", properties.join(","))
}

/// The message of a command. Its lines stay lines.
fn data(text: &str) -> String {
    let line = |line: &str| printable::line(line).replace('%', "%25");
    let lines = text.split('\n').map(|one| match one.strip_suffix('\r') {
        Some(one) => line(one) + "%0D",
        None => line(one),
    });
    lines.collect::<Vec<_>>().join("%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::results;
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

    #[test]
    fn line_feeds_and_what_separates_properties_are_written_as_the_runner_reads_them() {
        let lines = lines(&results("a\r\n::error::b 50%\u{1b}\u{202e}", "a,b:c\n.rs"));
        let (head, message) = lines[0][2..].split_once("::").unwrap();
        assert!(
            head.starts_with("error file=a%2Cb%3Ac%0A.rs,line=7,"),
            "{head}"
        );
        assert_eq!(message, "parse: a%0D%0A::error::b 50%25\\u{1b}\\u{202e}");
    }

    proptest! {
        #[test]
        fn no_text_ends_its_command_or_begins_another(message in any::<String>(), file in any::<String>()) {
            for line in lines(&results(&message, &file)) {
                prop_assert!(!line.contains(printable::is_hidden));
                let (head, _) = line[2..].split_once("::").unwrap();
                // Three properties at most, however many commas a file's name has.
                prop_assert!(head.matches(',').count() <= 2, "{}", head);
            }
        }
    }
}
