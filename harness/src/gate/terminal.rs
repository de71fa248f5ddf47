//! What stands in the terminal when the gate has run: a line a check, and the sentence.

use super::outcome::{GateReport, Status};
use crate::report::units::seconds;

/// The whole of it, without a line feed at its end.
pub fn terminal(report: &GateReport) -> String {
    let widest = report
        .checks
        .iter()
        .map(|check| check.name.chars().count())
        .max();
    let mut text = String::new();
    let mut of = "";
    for check in &report.checks {
        if check.of != of {
            of = &check.of;
            text.push_str(&printable(of));
            text.push('\n');
        }
        let status = match check.status {
            Status::Pass => "ok   ",
            Status::Fail => "FAIL ",
            Status::Hidden => "hid  ",
            Status::Inconclusive => "?    ",
        };
        let (name, message) = (printable(&check.name), printable(&check.message));
        let width = widest.unwrap_or(0);
        text.push_str(&format!("  {status} {name:width$}  {message}\n"));
    }
    if !report.improvements.is_empty() {
        text.push_str("better than the baseline\n");
        for improvement in &report.improvements {
            text.push_str(&format!("  {}\n", printable(improvement)));
        }
    }
    let sentence = printable(&report.sentence);
    text.push_str(&format!("\n{sentence} ({})", seconds(report.seconds)));
    text
}

/// Names come from outside: no control character of theirs reaches the terminal.
fn printable(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(plain).collect()
}
