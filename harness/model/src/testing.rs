//! Measurements to judge in tests, made from the committed example of a run.
//!
//! For the tests of the crates that judge and report, behind a feature of its own.

use crate::program::{
    CountRun, PROGRAM_SCHEMA_VERSION, ProgramGrowth, ProgramOptions, ProgramSite, ProgramSummary,
    ProgramVerdict,
};
use crate::program::{ProcessRole, ProgramCause, Resource};
use crate::{
    Condition, Expectation, GrowingSite, Instrument, Interval, Outcome, Place, Probe, Series,
    Shape, SitePair, SiteReport, Summary,
};

const EXAMPLE: &str = include_str!("../../tests/data/report/summary.json");

/// The example.
pub fn example() -> Summary {
    serde_json::from_str(EXAMPLE).expect("the example is a summary")
}

/// The example's condition in which memory has to be flat.
pub const WITH: &str = "with zones";
/// The example's condition in which stores may grow.
pub const WITHOUT: &str = "without zones";

/// The example's conditions.
pub fn conditions() -> Vec<Condition> {
    vec![
        Condition::new(WITHOUT, Expectation::StoresMayGrow),
        Condition::new(WITH, Expectation::Flat),
    ]
}

/// A series that stays where it is.
pub fn flat(series: &Series) -> Series {
    Series {
        last: series.first,
        min: series.first,
        max: series.first,
        per_iteration: 0.0,
        slope: 0.0,
        slope_interval: Some(Interval {
            low: 0.0,
            high: 0.0,
        }),
        shape: Shape::Flat,
        rose_last: false,
        ..series.clone()
    }
}

/// A run of both loops that passes, in which nothing grows but the vocabulary without zones.
pub fn summary(workload: &str) -> Summary {
    let mut summary = example();
    summary.workload.name = workload.to_owned();
    summary.options.inject = None;
    for run in &mut summary.runs {
        if run.condition == WITH {
            run.live_bytes = flat(&run.live_bytes);
            run.live_blocks = flat(&run.live_blocks);
            run.rss_bytes = run.rss_bytes.as_ref().map(flat);
        }
        run.unaccounted = flat(&run.unaccounted);
        run.anonymous_peak_bytes = run.rss_bytes.as_ref().map(|rss| rss.max);
    }
    for stacks in &mut summary.stacks {
        let growing = pairs(&mut stacks.result).iter_mut();
        growing.for_each(|pair| pair.growing.clear());
    }
    summary.verdict.outcome = Outcome::Pass;
    summary.verdict.exit_code = 0;
    summary.verdict.findings.clear();
    summary
}

/// A command that was run with 10, 100 and 1,000 iterations, and passes.
pub fn program() -> ProgramSummary {
    let example = example();
    let count = |iterations| CountRun {
        iterations,
        seconds: 0.1,
        exit_code: Some(0),
        signal: None,
        ended: "ended with exit code 0".to_owned(),
        processes: 1,
        totals: Vec::new(),
        resident_end_bytes: Some(2 << 20),
        resident_peak_bytes: Some(4 << 20),
        proportional_bytes: Some(1 << 20),
        process_ends: Vec::new(),
        output_bytes: 0,
        timeline: Vec::new(),
    };
    let command = vec!["./work".to_owned(), "{iters}".to_owned()];
    ProgramSummary {
        schema_version: PROGRAM_SCHEMA_VERSION,
        tool: example.tool,
        environment: example.environment,
        options: ProgramOptions {
            command: command.clone(),
            iters: vec![10, 100, 1_000],
            budget_seconds: 60.0,
            timeout_seconds: 300.0,
            stdin_lines: None,
            repeat: false,
            scan: true,
            try_settings: false,
            fail_allocations: false,
            service: None,
        },
        command,
        started_at: example.started_at,
        seconds: 1.0,
        interrupted: false,
        counts: [10, 100, 1_000].map(count).to_vec(),
        processes: Vec::new(),
        verdict: ProgramVerdict {
            outcome: Outcome::Pass,
            exit_code: 0,
            sentence: "Nothing grows with the iterations.".to_owned(),
            ..ProgramVerdict::not_judged()
        },
        tried: Vec::new(),
        error_paths: None,
        service: None,
    }
}

/// Growth of a resource of a command's own process, of which each iteration adds one, at one place.
pub fn program_growth(resource: Resource, function: &str, bytes: f64) -> ProgramGrowth {
    let place = Place {
        function: function.to_owned(),
        file: Some("work.c".to_owned()),
        line: Some(16),
    };
    ProgramGrowth {
        resource,
        cause: match resource {
            Resource::Heap => ProgramCause::Unreachable,
            _ => ProgramCause::NotReleased,
        },
        process: ProcessRole::Main,
        command: vec!["./work".to_owned()],
        bytes_per_iteration: bytes,
        count_per_iteration: 1.0,
        freed_at_end: false,
        seen_up_to: 1_000,
        iterations_per_second: None,
        notes: Vec::new(),
        sites: vec![ProgramSite {
            place: place.clone(),
            language: Some("C".to_owned()),
            bytes_per_iteration: bytes,
            blocks_per_iteration: 1.0,
            stack: vec![place.into()],
            objects: Vec::new(),
            held_by: Vec::new(),
            through: Vec::new(),
            held: Vec::new(),
        }],
    }
}

/// The command that leaks so: each of these grows.
pub fn leaking_program(growth: Vec<ProgramGrowth>) -> ProgramSummary {
    let mut summary = program();
    summary.verdict.outcome = Outcome::Leak;
    summary.verdict.exit_code = 1;
    summary.verdict.growth = growth;
    summary
}

/// The pairs of a probe that ran.
pub fn pairs(probe: &mut Probe<SiteReport>) -> &mut Vec<SitePair> {
    match probe {
        Probe::Ran(report) => &mut report.pairs,
        other => panic!("the example's probes ran: {other:?}"),
    }
}

/// What an instrument that knows stacks saw.
pub fn stacks(summary: &mut Summary, instrument: Instrument) -> &mut Probe<SiteReport> {
    let mut all = summary.stacks.iter_mut();
    let found = all.find(|stacks| stacks.instrument == instrument);
    &mut found.expect("the example has it").result
}

/// A site that grows by so many bytes an iteration.
pub fn site(function: &str, bytes: f64) -> GrowingSite {
    let mut example = example();
    let mut site = pairs(stacks(&mut example, Instrument::Dhat))[0].growing[0].clone();
    let own = site.place.function.clone();
    for frame in &mut site.frames {
        if frame.place.function.contains(&own) {
            frame.place.function = function.to_owned();
        }
    }
    site.place.function = function.to_owned();
    site.bytes_per_iteration = bytes;
    site.blocks_per_iteration = 1.0;
    site
}

/// Sets what an instrument saw grow.
pub fn set_growing(
    summary: &mut Summary,
    instrument: Instrument,
    condition: &str,
    growing: Vec<GrowingSite>,
) {
    let pairs = pairs(stacks(summary, instrument)).iter_mut();
    let mut of_condition = pairs.filter(|pair| pair.condition == condition);
    of_condition
        .next()
        .expect("the example has both loops")
        .growing = growing;
}

/// Compares a text line by line with the one that is committed as `file`, which says `said`.
/// `UPDATE_JUDGEMENTS=1` writes it anew.
#[allow(clippy::disallowed_methods, reason = "a test writes its own file")]
pub fn assert_pinned(now: &str, said: &str, file: &str) {
    if std::env::var_os("UPDATE_JUDGEMENTS").is_some() {
        std::fs::write(file, now).unwrap();
        return;
    }
    let differs = now
        .lines()
        .zip(said.lines())
        .find(|(now, said)| now != said);
    assert_eq!(differs, None, "now, and in {file}");
    assert_eq!(now.lines().count(), said.lines().count());
}
