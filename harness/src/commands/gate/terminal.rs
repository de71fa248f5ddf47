//! What stands in the terminal when the gate has run: a line a check, and the sentence.

use super::outcome::{Check, GateReport, Status};
use crate::report::answer;
use harness_model::units::seconds;
use printable::{Style, Text};
use unicode_width::UnicodeWidthStr;

/// The sentence, and unless nobody wants them the checks.
pub fn terminal(report: &GateReport, with_checks: bool) -> Text {
    let mut text = Text::new();
    let took = seconds(report.seconds);
    let (style, _) = answer::heading(report.outcome);
    text.parts(&[
        (Some(style), &report.sentence),
        (None, &format_args!(" ({took})")),
    ]);
    if with_checks {
        checks(&mut text, report);
    }
    text
}

/// A line a check, and what is better than it was.
fn checks(text: &mut Text, report: &GateReport) {
    let width = |check: &Check| printable::line(&check.name).width();
    let widest = report.checks.iter().map(width).max().unwrap_or(0);
    let mut of = "";
    for check in &report.checks {
        if check.of != of {
            of = &check.of;
            text.line(of);
        }
        let (style, status) = match check.status {
            Status::Pass => (Style::Good, "ok   "),
            Status::Fail => (Style::Bad, "FAIL "),
            Status::Hidden => (Style::Faint, "hid  "),
            Status::Inconclusive => (Style::Doubtful, "?    "),
            Status::Skipped => (Style::Faint, "-    "),
        };
        let air = " ".repeat(widest - width(check));
        let (name, message) = (&check.name, &check.message);
        let told = format!(" {name}{air}  {message}");
        text.parts(&[(None, &"  "), (Some(style), &status), (None, &told)]);
    }
    if !report.improvements.is_empty() {
        text.line("better than the baseline");
        for improvement in &report.improvements {
            text.line(format_args!("  {improvement}"));
        }
    }
}
