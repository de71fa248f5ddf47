//! The main job: runs the loops, then the tools, and concludes.

mod environment;
mod loops;
mod plan;
mod process;
mod progress;
mod tools;

use crate::cli::{Instrument, MainOptions};
use crate::probe::source::SourceTree;
use crate::report;
use crate::summary::{Probe, SCHEMA_VERSION, SiteReport, Summary, Workload};
use crate::verdict::{self, Evidence};
use loops::Loops;
use plan::Plan;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Why the job came to no conclusion.
pub enum Failure {
    /// The user asked for something that cannot be done: exit code 2.
    WrongUse(String),
    /// Something of the harness's or the machine's failed: exit code 3.
    Broken(String),
}

/// Does the main job and says how it went; the exit code is the verdict's.
pub fn run(options: &MainOptions) -> ExitCode {
    match try_run(options) {
        Ok(summary) => ExitCode::from(summary.verdict.exit_code),
        Err(failure) => {
            let (message, code) = match failure {
                Failure::WrongUse(message) => (message, 2),
                Failure::Broken(message) => (message, 3),
            };
            eprintln!("harness: {message}");
            ExitCode::from(code)
        }
    }
}

fn try_run(options: &MainOptions) -> Result<Summary, Failure> {
    let begun = Instant::now();
    let started_at = environment::now();
    let plan = Plan::new(options, &started_at).map_err(Failure::WrongUse)?;
    let interrupted = listen_for_signals()?;
    make_way(&plan.out).map_err(|error| {
        Failure::WrongUse(format!("cannot write to {}: {error}", plan.out.display()))
    })?;
    tell(options.json, &plan.announcement());

    let mut workload = plan.workload();
    let measured = measure(&plan, &interrupted, &mut workload);
    if let Err(Failure::WrongUse(_)) = &measured {
        remove_if_empty(&plan.out);
    }
    let (loops, dhat, valgrind) = measured?;

    let interrupted = interrupted.load(Ordering::Relaxed);
    let evidence = Evidence {
        runs: &loops.runs,
        dhat: &dhat,
        valgrind: &valgrind,
        missing: missing(&plan, &dhat, &valgrind),
        interrupted,
        cycle: plan.cycle,
    };
    let verdict = verdict::judge(&evidence);
    let summary = Summary {
        schema_version: SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        options: plan.options(options.zones),
        workload,
        started_at,
        seconds: begun.elapsed().as_secs_f64(),
        interrupted,
        runs: loops.runs,
        dhat,
        valgrind,
        verdict,
    };
    let tree = SourceTree::of_the_user();
    report::write(&summary, &loops.samples, &plan.out, &tree)
        .map_err(|error| Failure::Broken(format!("cannot write the report: {error}")))?;
    tell(options.json, &report::terminal(&summary));
    let page = plan.out.join(report::PAGE_FILE);
    tell(options.json, &format!("Report: {}", page.display()));
    if options.json {
        let json = serde_json::to_string_pretty(&summary);
        let json = json.map_err(|error| Failure::Broken(error.to_string()))?;
        print(&json);
    }
    Ok(summary)
}

type Measured = (Loops, Probe<SiteReport>, Probe<SiteReport>);

/// Runs the loops and the tools, one after the other.
fn measure(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Measured, Failure> {
    let loops = loops::run(plan, interrupted, workload)?;
    let dhat = tools::dhat(plan, interrupted, workload)?;
    let valgrind = tools::valgrind(plan, interrupted, workload)?;
    Ok((loops, dhat, valgrind))
}

/// Makes the report's directory, and takes out of it what an earlier run would be mistaken for this one's by.
fn make_way(out: &Path) -> std::io::Result<()> {
    fs::create_dir_all(out.join(plan::TOOLS))?;
    for name in [
        "summary.json",
        report::PAGE_FILE,
        loops::SAMPLES_FILE,
        tools::DHAT_FILE,
    ] {
        match fs::remove_file(out.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Takes away a report's directory in which nothing was written.
fn remove_if_empty(out: &Path) {
    let samples = out.join(loops::SAMPLES_FILE);
    if fs::metadata(&samples).is_ok_and(|file| file.len() == 0) {
        let _ = fs::remove_file(samples);
    }
    // A directory with anything in it stays: it is not removed, and that is no error.
    let _ = fs::remove_dir(out.join(plan::TOOLS));
    let _ = fs::remove_dir(out);
}

/// Required instruments that came to no result.
fn missing(plan: &Plan, dhat: &Probe<SiteReport>, valgrind: &Probe<SiteReport>) -> Vec<String> {
    let lacks = |instrument: &Instrument| match instrument {
        Instrument::Dhat => dhat.ran().is_none(),
        Instrument::Valgrind => valgrind.ran().is_none(),
        // Without these there is no run at all.
        Instrument::Rss | Instrument::Heap => false,
    };
    let missing = plan.require.iter().filter(|instrument| lacks(instrument));
    missing
        .map(|instrument| instrument.name().to_owned())
        .collect()
}

/// A flag that Ctrl-C, or whoever else ends the process politely, sets. The second time ends it at once.
fn listen_for_signals() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // In this order: the first signal finds the flag unset and sets it, the second finds it set.
        signal_hook::flag::register_conditional_shutdown(signal, 3, Arc::clone(&interrupted))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&interrupted)))
            .map_err(|error| Failure::Broken(format!("cannot listen for Ctrl-C: {error}")))?;
    }
    Ok(interrupted)
}

/// Says something to a person: on standard output, or on standard error where that is kept for JSON.
fn tell(json: bool, text: &str) {
    if json {
        eprintln!("{text}");
    } else {
        print(text);
    }
}

/// Prints a line; a reader who has gone away is no reason to panic.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
