//! report.html of the gate: whether a change may land, what keeps it from that, and everything that was checked.

use super::outcome::{Check, CheckKind, GateReport, Status};
use super::{COMMAND_CONTROLS, CONTROLS};
use crate::engine::environment;
use crate::probe::source::SourceTree;
use crate::report::GATE_FILE;
use crate::report::html::links::{Links, file_link};
use crate::report::html::shell::{Badge, Page, machine};
use crate::report::html::{escape, put};
use crate::report::table::{Align, Table};
use harness_model::units::{count, figure, seconds};

/// The whole page.
pub(super) fn page(report: &GateReport) -> String {
    let tree = SourceTree::of_the_user();
    let links = Links::new(tree);
    let mut page = Page::new(Badge::of(report.outcome, "Fails"), &report.sentence);
    page.tell(&told(report, &links));
    page.ran(&format!(
        "{} checks in {}, begun {}.",
        count(report.checks.len() as u64),
        seconds(report.seconds),
        report.started_at
    ));
    failing(&mut page, report, &links);
    page.section("Everything that was checked");
    page.table(&checks(report));
    if !report.sensitivity.is_empty() {
        page.section("What it would have caught");
        page.table(&sensitivity(report));
    }
    page.list("Better than the baseline", &report.improvements);
    reports(&mut page, report);
    let rows = machine(
        &report.started_at,
        &environment::tool(),
        &environment::environment(),
    );
    let command: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    page.definitions(&rows, &[GATE_FILE], &command);
    page.document()
}

/// The answer below its sentence.
fn told(report: &GateReport, links: &Links<'_>) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |about: &str, said: String| rows.push((about.to_owned(), said));
    // A site says where to look; the figure that it raises says it again.
    let is_site = |check: &&&Check| matches!(check.kind, CheckKind::NewSite | CheckKind::GrownSite);
    let failed: Vec<&Check> = of(report, Status::Fail).collect();
    if let Some(worst) = failed.iter().find(is_site).or(failed.first()) {
        if let Some(at) = at(worst, links) {
            row("in", at);
        }
        row("next", escape(next(worst.kind)));
    }
    let controls = report
        .checks
        .iter()
        .filter(|check| check.kind == CheckKind::Control);
    let (held, all) = controls.fold((0, 0), |(held, all), check| {
        (held + u64::from(check.status == Status::Pass), all + 1)
    });
    let badge = Badge::control("control").html();
    row(
        "control",
        format!(
            "{} of {} checks hold: leaks are planted, and have to be found {badge}",
            count(held),
            count(all)
        ),
    );
    let told: Vec<String> = [
        (Status::Pass, "hold"),
        (Status::Fail, "fail"),
        (Status::Inconclusive, "cannot tell"),
        (Status::Hidden, "hidden by suppressions"),
        (Status::Skipped, "skipped"),
    ]
    .into_iter()
    .map(|(status, word)| (of(report, status).count(), word))
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    row("checks", escape(&told.join(", ")));
    rows
}

fn of(report: &GateReport, status: Status) -> impl Iterator<Item = &Check> {
    report
        .checks
        .iter()
        .filter(move |check| check.status == status)
}

/// Where a check points to.
fn at(check: &Check, links: &Links<'_>) -> Option<String> {
    match (check.place.known(), &check.place.file) {
        (Some(place), _) => Some(links.place(&place)),
        (None, Some(file)) => {
            let line = check
                .place
                .line
                .map_or_else(String::new, |line| format!(":{line}"));
            Some(format!("<code>{}</code>", escape(&format!("{file}{line}"))))
        }
        (None, None) => None,
    }
}

/// What to do about a check that fails.
fn next(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Control => {
            "Nothing that this gate says counts before its control holds: see why it could not tell."
        }
        CheckKind::Suppressions => "Mend what was hidden, or renew the entry with its reason.",
        CheckKind::Measured => "See in the workload's report why it could not be measured.",
        CheckKind::Baseline => {
            "Make a baseline: harness gate --accept --reason TEXT, look at it, and commit it."
        }
        CheckKind::NewSite | CheckKind::GrownSite | CheckKind::Figure | CheckKind::Sites => {
            "Mend it, or accept it with the reason: harness gate --accept --reason TEXT."
        }
        CheckKind::Verdict | CheckKind::Hidden => {
            "See the workload's report: it says where, and what to do."
        }
        CheckKind::Budget => {
            "Use less, or raise the budget in the configuration where that is meant."
        }
    }
}

/// What keeps it from a pass, each with what to do.
fn failing(page: &mut Page, report: &GateReport, links: &Links<'_>) {
    for (title, status, class) in [
        ("What fails", Status::Fail, " fails"),
        ("What it cannot tell", Status::Inconclusive, ""),
    ] {
        let mut all = of(report, status).peekable();
        if all.peek().is_none() {
            continue;
        }
        page.section(title);
        for check in all {
            let at = at(check, links).map_or_else(String::new, |at| format!("<p>{at}</p>"));
            put(
                &mut page.body,
                format_args!(
                    "<div class=\"finding{class}\"><p><b>{}, {}:</b> {}</p>{at}<p><b>Next:</b> {}</p></div>\n",
                    escape(&check.of),
                    escape(&check.name),
                    escape(&check.message),
                    escape(next(check.kind)),
                ),
            );
        }
    }
}

/// A row for each check, those of one workload together.
fn checks(report: &GateReport) -> Table {
    let mut table = Table::new(&[
        ("check", Align::Left),
        ("result", Align::Left),
        ("measured", Align::Right),
        ("limit", Align::Right),
        ("what was seen", Align::Left),
    ]);
    let mut of = "";
    for check in &report.checks {
        if check.of != of {
            of = &check.of;
            table.heading(of);
        }
        let result = match check.status {
            Status::Pass => "holds",
            Status::Fail => "FAILS",
            Status::Hidden => "hidden",
            Status::Inconclusive => "cannot tell",
            Status::Skipped => "skipped",
        };
        table.row([
            check.name.clone(),
            result.to_owned(),
            check.measured.map_or_else(String::new, figure),
            check.limit.map_or_else(String::new, figure),
            check.message.clone(),
        ]);
    }
    table
}

fn sensitivity(report: &GateReport) -> Table {
    let mut table = Table::new(&[
        ("workload", Align::Left),
        ("loop", Align::Left),
        ("bytes an iteration or more", Align::Right),
    ]);
    for one in &report.sensitivity {
        let bytes = figure(one.bytes_per_iteration);
        table.row([one.of.clone(), one.condition.clone(), bytes]);
    }
    table
}

/// Links to the reports of what was measured. Those of the control show a leak that is meant to be there.
fn reports(page: &mut Page, report: &GateReport) {
    page.section("The reports");
    page.body.push_str("<ul>\n");
    let controls = [
        CONTROLS[0],
        CONTROLS[1],
        COMMAND_CONTROLS[0],
        COMMAND_CONTROLS[1],
    ];
    for file in &report.reports {
        let is_control = controls
            .iter()
            .any(|name| file.split('/').next() == Some(name));
        let badge = match is_control {
            true => format!(" {}", Badge::control("control").html()),
            false => String::new(),
        };
        put(
            &mut page.body,
            format_args!("<li>{}{badge}</li>\n", file_link(file)),
        );
    }
    page.body.push_str("</ul>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::gate::outcome::{SCHEMA_VERSION, Sensitivity};
    use harness_model::{Outcome, Place};

    #[test]
    fn a_page_says_first_what_fails_and_what_to_do_and_marks_the_control() {
        let hostile = "<script>alert(1)</script>";
        let site = Check {
            message: format!("{hostile} grows by 24 bytes"),
            measured: Some(24.0),
            limit: Some(0.0),
            place: Place::from(Place {
                function: hostile.to_owned(),
                file: Some("net.c".to_owned()),
                line: Some(7),
            }),
            ..Check::new(CheckKind::NewSite, "parse", hostile, Status::Fail)
        };
        let report = GateReport {
            schema_version: SCHEMA_VERSION,
            started_at: "2026-12-01T00:00:00Z".to_owned(),
            seconds: 2.0,
            outcome: Outcome::Leak,
            exit_code: 1,
            sentence: "The gate fails: parse.".to_owned(),
            checks: vec![Check::control("control", "its twin", Status::Pass), site],
            sensitivity: vec![Sensitivity {
                of: "parse".to_owned(),
                condition: "with zones".to_owned(),
                bytes_per_iteration: 0.5,
            }],
            improvements: Vec::new(),
            reports: vec![
                "control-leak/report.html".to_owned(),
                "parse/report.html".to_owned(),
            ],
        };
        let page = page(&report);
        let head = page.split("</header>").next().unwrap();
        assert!(head.contains("<span class=\"badge leak\">Fails</span>"));
        assert!(head.contains("(net.c:7)</code>"), "{head}");
        assert!(
            head.contains("<dt>next</dt><dd>Mend it, or accept it"),
            "{head}"
        );
        assert_eq!(page.matches("<script>").count(), 1, "its own");
        let control = "control-leak/report.html</a> <span class=\"badge control\">";
        assert!(page.contains(control) && !page.contains("parse/report.html</a> <span"));
    }
}
