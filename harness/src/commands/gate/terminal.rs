//! What stands in the terminal when the gate has run: a line a check, and the sentence.

use super::outcome::{Check, GateReport, Status};
use harness_model::units::seconds;
use printable::Text;
use unicode_width::UnicodeWidthStr;

/// The whole of it.
pub fn terminal(report: &GateReport) -> Text {
    let width = |check: &Check| printable::line(&check.name).width();
    let widest = report.checks.iter().map(width).max().unwrap_or(0);
    let mut text = Text::new();
    let mut of = "";
    for check in &report.checks {
        if check.of != of {
            of = &check.of;
            text.line(of);
        }
        let status = match check.status {
            Status::Pass => "ok   ",
            Status::Fail => "FAIL ",
            Status::Hidden => "hid  ",
            Status::Inconclusive => "?    ",
            Status::Skipped => "-    ",
        };
        let air = " ".repeat(widest - width(check));
        let (name, message) = (&check.name, &check.message);
        text.line(format_args!("  {status} {name}{air}  {message}"));
    }
    if !report.improvements.is_empty() {
        text.line("better than the baseline");
        for improvement in &report.improvements {
            text.line(format_args!("  {improvement}"));
        }
    }
    let took = seconds(report.seconds);
    text.line("");
    text.line(format_args!("{} ({took})", report.sentence));
    text
}
