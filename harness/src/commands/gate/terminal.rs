//! What stands in the terminal when the gate has run: a line a check, and the sentence.

use super::command::Ran;
use super::judge::Measured;
use super::outcome::{Check, GateReport, Status};
use crate::commands::run;
use crate::report::answer;
use harness_model::Outcome;
use harness_model::units::seconds;
use printable::{Style, Text};
use unicode_width::UnicodeWidthStr;

/// The sentence, what was `found` of what fails, and unless nobody wants them the checks.
pub fn terminal(report: &GateReport, found: Text, with_checks: bool) -> Text {
    let mut text = Text::new();
    let took = seconds(report.seconds);
    let (style, _) = answer::heading(report.outcome);
    text.parts(&[
        (Some(style), &report.sentence),
        (None, &format_args!(" ({took})")),
    ]);
    text.append(found);
    if with_checks {
        checks(&mut text, report);
    }
    text
}

/// What grows in the commands and the loops that fail, with its lines, and what to do.
pub fn found(checks: &[Check], measured: &[Measured<'_>], ran: &[Ran<'_>]) -> Text {
    let mut text = Text::new();
    let fails = |name: &str| {
        let mut checks = checks.iter();
        checks.any(|check| check.of == name && check.status == Status::Fail)
    };
    for one in ran.iter().filter(|one| fails(&one.command.name)) {
        run::told(&mut text, one.summary);
    }
    for one in measured.iter().filter(|one| fails(&one.workload.name)) {
        if one.summary.verdict.outcome == Outcome::Leak {
            text.append(answer::answer(one.summary));
        }
    }
    if !text.as_str().is_empty() {
        answer::about(
            &mut text,
            "or",
            &"where it is meant to grow: harness gate --accept --reason TEXT",
        );
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
