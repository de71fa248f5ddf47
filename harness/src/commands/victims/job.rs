//! Runs every victim and its twin, a few at once.

use super::catalogue::{Truth, Victim, victims};
use super::summary::{Case, Found, SCHEMA_VERSION, VictimsSummary};
use super::{judge, report};
use crate::commands::epilogue::{self, Reported};
use crate::commands::main::examine::{Examined, examine};
use crate::commands::victims::options::VictimsOptions;
use crate::engine::console::{Failure, listen_for_signals, remark};
use crate::engine::progress::Progress;
use crate::engine::{environment, place};
use harness_judge::attribution::functions::by_function;
use harness_model::Place;
use printable::Text;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Does the job and says how it went; the exit code is the verdict's.
pub fn run(options: &VictimsOptions) -> ExitCode {
    let json = options.report.json;
    epilogue::end(try_run(options), json, |summary| summary.exit_code)
}

fn try_run(options: &VictimsOptions) -> Result<Reported<VictimsSummary>, Failure> {
    let begun = Instant::now();
    let started_at = environment::now();
    let chosen: Vec<Victim> = victims()
        .into_iter()
        .filter(|victim| options.only.is_empty() || options.only.contains(&victim.fault))
        .collect();
    let out = place::take(&options.report.place, "victims-", &started_at)?;
    let interrupted = listen_for_signals()?;
    place::make_way(&out)?;
    let announcement = format!(
        "{} faults are planted, one by one, and the twin of each, which frees what it takes. What the harness finds is \
         held against the truth.",
        chosen.len()
    );
    remark(options.report.json, &Text::of_line(announcement));

    let names: Vec<String> = chosen
        .iter()
        .flat_map(|victim| {
            [
                Case::name_of(victim.fault, false),
                Case::name_of(victim.fault, true),
            ]
        })
        .collect();
    place::make_way_within(&out, names.iter().map(String::as_str))?;
    let cases = run_all(&chosen, &out, &interrupted)?;
    let interrupted = interrupted.load(Ordering::Relaxed);
    let (causes, shapes) = judge::matrices(&cases);
    let (outcome, sentence) = judge::conclude(&cases, interrupted);
    let summary = VictimsSummary {
        schema_version: SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        command: std::env::args().collect(),
        started_at,
        seconds: begun.elapsed().as_secs_f64(),
        cases,
        causes,
        shapes,
        outcome,
        exit_code: outcome.exit_code(),
        sentence,
    };
    let written = report::write(&summary, &out);
    let text = report::terminal(&summary);
    Ok(epilogue::present(
        summary,
        written,
        |summary| (summary.outcome, &summary.sentence),
        &text,
        &out,
        options.report.json,
    ))
}

/// Runs the cases, as many at once as there are processors: each waits much for its children.
fn run_all(victims: &[Victim], out: &Path, interrupted: &AtomicBool) -> Result<Vec<Case>, Failure> {
    let wanted: Vec<(&Victim, bool)> = victims
        .iter()
        .flat_map(|victim| [(victim, false), (victim, true)])
        .collect();
    let progress = Progress::begin("Victims and twins", wanted.len() as u64, "cases");
    let next = AtomicUsize::new(0);
    let cases: Mutex<Vec<(usize, Result<Case, Failure>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..environment::cpus().min(wanted.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&(victim, twin)) = wanted.get(at) else {
                        break;
                    };
                    if interrupted.load(Ordering::Relaxed) {
                        break;
                    }
                    let case = run_one(victim, twin, out, interrupted);
                    let mut cases = cases.lock().unwrap_or_else(PoisonError::into_inner);
                    cases.push((at, case));
                    progress.step();
                }
            });
        }
    });
    progress.end(if interrupted.load(Ordering::Relaxed) {
        "stopped"
    } else {
        "done"
    });
    let mut cases = cases.into_inner().unwrap_or_else(PoisonError::into_inner);
    cases.sort_by_key(|(at, _)| *at);
    cases.into_iter().map(|(_, case)| case).collect()
}

fn run_one(
    victim: &Victim,
    twin: bool,
    out: &Path,
    interrupted: &AtomicBool,
) -> Result<Case, Failure> {
    let begun = Instant::now();
    let mut case = Case {
        fault: victim.fault,
        twin,
        command: victim.command(twin),
        truth: if twin {
            Truth::clean()
        } else {
            victim.truth.clone()
        },
        found: None,
        failure: None,
        seconds: 0.0,
        wrong: Vec::new(),
    };
    match examine(&victim.spec(twin), out.join(case.name()), interrupted) {
        Ok(examined) => {
            let found = found(examined);
            case.wrong = judge::wrong(&case.truth, &found);
            case.found = Some(found);
        }
        Err(Failure::Broken(why)) => case.failure = Some(why),
        Err(wrong_use) => return Err(wrong_use),
    }
    case.seconds = begun.elapsed().as_secs_f64();
    Ok(case)
}

/// What was found, with the function that most of what grows comes from.
fn found(examined: Examined) -> Found {
    let growing = examined.sites.map_or_else(Vec::new, |pair| pair.growing);
    let functions = by_function(&growing);
    let most = functions.first().map(|function| function.worst);
    Found {
        growth: examined.growth,
        place: most.map_or_else(Place::default, |site| site.place.clone().into()),
        calls: most.map_or_else(Vec::new, |site| {
            let calls = site.frames.iter();
            calls.map(|frame| frame.place.function.clone()).collect()
        }),
    }
}
