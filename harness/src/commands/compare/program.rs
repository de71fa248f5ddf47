//! Two runs of a command, or of a service.

use super::{Comparison, Figured, concluded, figure_changes, figured, site_changes};
use harness_judge::{figures, growing};
use harness_model::program::{ProgramSummary, Resource, Work};

/// What an iteration gains is measured along a line, and differs by this share from run to run where it is not exact.
const VARIES: f64 = 0.05;

/// More by more than two runs of the same differ by.
fn is_more(a: f64, b: f64) -> bool {
    b > a * (1.0 + VARIES) + 1e-9
}

/// Compares B with A.
pub(super) fn compare(a: &ProgramSummary, b: &ProgramSummary) -> Comparison {
    let sites = site_changes(&growing::of_program(a), &growing::of_program(b), is_more);
    let mut figures = figure_changes([figures_of(a), figures_of(b)]);
    // Of the many resources most do not grow.
    figures.retain(|one| !(one.a == Some(0.0) && one.b == Some(0.0)));
    let verdicts = [a, b].map(|summary| summary.verdict.sentence.clone());
    concluded(differing(a, b), sites, figures, verdicts, is_more)
}

fn figures_of(summary: &ProgramSummary) -> Vec<Figured> {
    let grown = figures::of_program(summary).into_iter().map(figured);
    let mut all: Vec<Figured> = grown.collect();
    let mut add = |name: &str, unit, value: Option<f64>| {
        all.extend(value.map(|value| (name.to_owned(), unit, value, false)));
    };
    let last = summary.counts.iter().max_by_key(|run| run.iterations);
    let heap = last.and_then(|run| {
        let mut totals = run.totals.iter();
        totals.find(|total| total.resource == Resource::Heap)
    });
    add(
        "live at the end",
        "bytes",
        heap.map(|heap| heap.end_bytes as f64),
    );
    let resident = summary
        .counts
        .iter()
        .filter_map(|run| run.resident_peak_bytes);
    add(
        "resident at most",
        "bytes",
        resident.max().map(|bytes| bytes as f64),
    );
    match &summary.service {
        Some(service) if service.requests > 0 => {
            add("answers", "a second", Some(service.rate));
            add(
                "the half of answers within",
                "ms",
                Some(service.latency.p50_ms),
            );
            add(
                "99 of 100 answers within",
                "ms",
                Some(service.latency.p99_ms),
            );
        }
        _ => add("the longest run", "s", last.map(|run| run.seconds)),
    }
    all
}

/// What was run differently.
fn differing(a: &ProgramSummary, b: &ProgramSummary) -> Vec<String> {
    let mut differing = Vec::new();
    let mut check = |name: &str, a: String, b: String| {
        if a != b {
            differing.push(format!("{name} is {a} in A and {b} in B"));
        }
    };
    let what = |summary: &ProgramSummary| match summary.work() {
        Work::Requests => "a service".to_owned(),
        Work::Iterations if summary.options.fail_allocations => "its error paths".to_owned(),
        Work::Iterations if summary.options.repeat => "a command that is one iteration".to_owned(),
        Work::Iterations => "a command with iterations".to_owned(),
    };
    check("what was run", what(a), what(b));
    // Where programs lie, and what port they take, says nothing of what they do.
    let name = |summary: &ProgramSummary| {
        let first = summary.command.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first).to_owned()
    };
    check("the command", name(a), name(b));
    let input = |summary: &ProgramSummary| {
        let lines = summary.options.stdin_lines.as_deref();
        lines.unwrap_or("none").to_owned()
    };
    check("--stdin-lines", input(a), input(b));
    let requests = |summary: &ProgramSummary| {
        let service = summary.service.iter();
        let names = service.flat_map(|service| &service.by_request);
        let names: Vec<&str> = names.map(|one| one.name.as_str()).collect();
        names.join(", ")
    };
    check("what is asked", requests(a), requests(b));
    differing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::compare::Change;
    use harness_model::testing;

    fn of(bytes: f64) -> ProgramSummary {
        testing::leaking_program(vec![testing::program_growth(Resource::Heap, "take", bytes)])
    }

    #[test]
    fn a_leak_of_a_command_is_new_grown_or_the_same() {
        let clean = testing::program();
        let told = |a: &ProgramSummary, b: &ProgramSummary| {
            let comparison = compare(a, b);
            let change = comparison.sites.first().map(|site| site.change);
            (comparison.exit_code, change)
        };
        assert_eq!(told(&clean, &clean), (0, None));
        assert_eq!(told(&clean, &of(48.0)), (1, Some(Change::New)));
        assert_eq!(told(&of(48.0), &clean), (0, Some(Change::Gone)));
        assert_eq!(told(&of(48.0), &of(96.0)), (1, Some(Change::Grown)));
        // Chance makes it another figure in each run.
        assert_eq!(told(&of(48.0), &of(49.0)), (0, Some(Change::Same)));
    }

    #[test]
    fn other_commands_are_not_compared() {
        let mut other = testing::program();
        other.command = vec!["./other".to_owned()];
        assert_eq!(compare(&testing::program(), &other).exit_code, 3);
    }
}
