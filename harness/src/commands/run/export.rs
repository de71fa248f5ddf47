//! What was concluded of a command, as results.

use super::report::error_paths::{headline, when};
use crate::export::{Case, Results, Rule, Status, from_here};
use harness_judge::growing::{condition_of, program_fingerprint};
use harness_model::program::{
    CountRun, ErrorPathFinding, ErrorPaths, Explained, ProgramGrowth, ProgramSite, ProgramSummary,
    Resource, Work,
};
use harness_model::units::{count, plural, words};
use harness_model::{Outcome, Place};
use std::path::Path;

impl Results {
    /// The results of a run of a command, whose page is at `page`.
    pub fn of_program(summary: &ProgramSummary, page: &Path) -> Results {
        let near = with_near_files(summary.clone());
        let mut cases: Vec<Case> = near
            .counts
            .iter()
            .map(|run| of_run(run, near.work()))
            .collect();
        match &near.error_paths {
            Some(paths) => cases.extend(paths.findings.iter().map(|one| of_error_path(one, paths))),
            None => cases.extend(
                near.verdict
                    .growth
                    .iter()
                    .flat_map(|one| of_growth(one, near.work())),
            ),
        }
        cases.extend(near.verdict.explained.iter().map(of_explained));
        cases.extend(of_verdict(&near));
        let results = Results {
            name: format!("harness run: {}", near.command.join(" ")),
            started_at: near.started_at,
            seconds: near.seconds,
            sentence: near.verdict.sentence,
            version: near.tool.version,
            exit_code: near.verdict.exit_code,
            fallback_file: from_here(page),
            cases,
        };
        results.told_apart()
    }
}

/// The summary with its files as they are written from the directory that the run was started in: so they are the same
/// in every checkout, and so other programs find them.
pub(crate) fn with_near_files(mut summary: ProgramSummary) -> ProgramSummary {
    let near = |file: &mut Option<String>| {
        if let Some(path) = file {
            *path = from_here(Path::new(path.as_str()));
        }
    };
    for site in summary
        .verdict
        .growth
        .iter_mut()
        .flat_map(|growth| &mut growth.sites)
    {
        near(&mut site.place.file);
        for frame in &mut site.stack {
            near(&mut frame.place.file);
        }
    }
    for one in summary
        .error_paths
        .iter_mut()
        .flat_map(|paths| &mut paths.findings)
    {
        near(&mut one.place.file);
    }
    for one in &mut summary.verdict.explained {
        if let Some(place) = &mut one.site {
            near(&mut place.file);
        }
    }
    summary
}

/// How much there is more of with every iteration: `48 bytes in 1 block`, `1 descriptor`.
pub(crate) fn gain(resource: Resource, bytes: f64, blocks: f64) -> String {
    let counted = plural(blocks, resource.unit());
    match (bytes > 0.0, blocks > 0.0) {
        (true, true) => format!("{} in {counted}", plural(bytes, "byte")),
        (true, false) => plural(bytes, "byte"),
        (false, _) => counted,
    }
}

fn case(of: &str, name: String, status: Status, rule: Rule, message: String) -> Case {
    Case {
        of: of.to_owned(),
        name,
        status,
        rule,
        message,
        place: Place::default(),
        fingerprint: None,
    }
}

fn of_run(run: &CountRun, work: Work) -> Case {
    // How a command ends is judged with all of its runs: see the verdict.
    let status = match (run.exit_code, work) {
        // A service is asked to end.
        (Some(_), _) | (None, Work::Requests) => Status::Pass,
        (None, Work::Iterations) => Status::Inconclusive,
    };
    let name = format!("{} {}", count(run.iterations), work.several());
    case("runs", name, status, Rule::Measured, run.ended.clone())
}

fn of_growth(growth: &ProgramGrowth, work: Work) -> Vec<Case> {
    let (resource, why) = (growth.resource, words(growth.cause.name()));
    let of = format!("{} process", growth.process.name());
    let told = |bytes: f64, blocks: f64| {
        let (often, each) = growth.pace(work);
        let gained = gain(resource, often * bytes, often * blocks);
        format!(
            "{gained} {each} {}: {why}, seen up to {} {}",
            condition_of(growth),
            count(growth.seen_up_to),
            work.several()
        )
    };
    let name = format!("{}, {why}", words(resource.name()));
    if growth.sites.is_empty() {
        let message = told(growth.bytes_per_iteration, growth.count_per_iteration);
        return vec![case(&of, name, Status::Fail, Rule::Leak, message)];
    }
    let at = |site: &ProgramSite| {
        let told = told(site.bytes_per_iteration, site.blocks_per_iteration);
        let message = format!("{} takes {told}", site.place);
        let name = format!("{name}: {}", site.place.function);
        Case {
            place: site.place.clone().into(),
            fingerprint: Some(program_fingerprint(site)),
            ..case(&of, name, Status::Fail, Rule::Leak, message)
        }
    };
    growth.sites.iter().map(at).collect()
}

fn of_error_path(one: &ErrorPathFinding, paths: &ErrorPaths) -> Case {
    let message = format!("{} {}", headline(one), when(one, paths.every));
    let name = format!("{}: {}", words(one.kind.name()), one.place.function);
    Case {
        place: one.place.clone().into(),
        ..case("error paths", name, Status::Fail, Rule::Leak, message)
    }
}

/// What is large and no growth: nothing fails by it.
fn of_explained(one: &Explained) -> Case {
    let kind = words(one.kind.name());
    let name = match &one.site {
        Some(place) => format!("{kind}: {}", place.function),
        None => kind,
    };
    let bytes = harness_model::units::bytes(one.bytes as f64);
    let message = format!("{bytes}. {}", one.note);
    Case {
        place: one.site.clone().map_or_else(Place::default, Place::from),
        ..case("explained", name, Status::Pass, Rule::Leak, message)
    }
}

/// The verdict itself, where no growth says it already.
fn of_verdict(summary: &ProgramSummary) -> Option<Case> {
    let verdict = &summary.verdict;
    let status = match verdict.outcome {
        Outcome::Leak if !verdict.growth.is_empty() || summary.error_paths.is_some() => {
            return None;
        }
        Outcome::Leak => Status::Fail,
        Outcome::Pass => Status::Pass,
        Outcome::Inconclusive => Status::Inconclusive,
    };
    let sentence = verdict.sentence.clone();
    Some(case(
        "verdict",
        "verdict".to_owned(),
        status,
        Rule::Leak,
        sentence,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::program::ExplainedKind;
    use harness_model::testing;

    fn troubles(summary: &ProgramSummary) -> Vec<Case> {
        let results = Results::of_program(summary, Path::new("report.html"));
        results.troubles().cloned().collect()
    }

    #[test]
    fn a_command_that_passes_has_no_failed_case_though_much_is_explained() {
        let mut summary = testing::program();
        summary.verdict.explained = vec![Explained {
            kind: ExplainedKind::BoundedCache,
            bytes: 32_768,
            site: None,
            note: "It stops at 512.".to_owned(),
            settings: Vec::new(),
        }];
        assert_eq!(troubles(&summary), []);
    }

    #[test]
    fn what_grows_is_a_failure_at_its_line_from_the_directory_of_the_run() {
        let mut growth = testing::program_growth(Resource::Heap, "take", 48.0);
        let here = std::env::current_dir().unwrap();
        let file = here.join("src/work.c").to_string_lossy().into_owned();
        growth.sites[0].place.file = Some(file);
        let descriptor = testing::program_growth(Resource::FileDescriptor, "open_it", 0.0);
        let troubles = troubles(&testing::leaking_program(vec![growth, descriptor]));
        assert_eq!(troubles.len(), 2);
        let [heap, descriptor] = &troubles[..] else {
            panic!("two")
        };
        assert_eq!(heap.place.file.as_deref(), Some("src/work.c"));
        assert_eq!(heap.place.line, Some(16));
        assert_eq!(heap.name, "heap, unreachable: take");
        assert!(
            heap.message.contains("48 bytes in 1 block an iteration"),
            "{}",
            heap.message
        );
        assert!(
            descriptor
                .message
                .contains("takes 1 descriptor an iteration"),
            "{}",
            descriptor.message
        );
        assert!(heap.fingerprint.is_some() && heap.fingerprint != descriptor.fingerprint);
    }

    #[test]
    fn growth_without_a_site_a_run_that_died_and_a_doubt_are_told_too() {
        let mut summary = testing::leaking_program(vec![ProgramGrowth {
            sites: Vec::new(),
            ..testing::program_growth(Resource::Heap, "take", 4_096.0)
        }]);
        assert_eq!(troubles(&summary).len(), 1);
        summary.verdict.growth.clear();
        assert_eq!(troubles(&summary)[0].name, "verdict");
        summary.counts[2].exit_code = None;
        summary.verdict.outcome = Outcome::Inconclusive;
        let troubles = troubles(&summary);
        let statuses: Vec<Status> = troubles.iter().map(|case| case.status).collect();
        assert_eq!(statuses, [Status::Inconclusive; 2]);
    }
}
