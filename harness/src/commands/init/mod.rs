//! `harness init -- COMMAND`: the gate for a project, which is a configuration, the first baseline and a workflow.
//!
//! Everything that can be wrong is looked at before anything is run, and nothing is written before the runs are over: a
//! command that cannot be measured leaves no file behind but its reports.

mod draft;
pub mod options;

use crate::commands::gate;
use crate::commands::gate::baseline::Baseline;
use crate::commands::gate::config::Config;
use crate::commands::gate::options::{CONFIGURATIONS, GateOptions};
use crate::commands::init::options::InitOptions;
use crate::commands::run;
use crate::engine::console::{self, Failure, show};
use crate::engine::{environment, place};
use crate::files::{self, Access};
use crate::options::{ExportOptions, PlaceOptions, ReportOptions};
use crate::report::PAGE_FILE;
use draft::{BASELINE, Draft, UNKNOWN_OWNER, WORKFLOW, workflow};
use harness_model::Outcome;
use harness_model::program::ProgramSummary;
use printable::Text;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The configuration, in the project's folder.
const CONFIGURATION: &str = CONFIGURATIONS[0];
/// Why a baseline is as it is, where nothing grows and nobody says.
const REASON: &str = "the first baseline";
/// The folders of the reports: of the first run, and of the gate.
const REPORTS: [&str; 2] = ["first-run", "gate"];

/// Sets the gate up.
pub fn run(options: &InitOptions) -> ExitCode {
    console::exit(try_run(options))
}

fn try_run(options: &InitOptions) -> Result<u8, Failure> {
    let started_at = environment::now();
    let given = options.out.as_ref().map(std::path::absolute).transpose();
    let out = given.map_err(|error| Failure::WrongUse(format!("--out: {error}")))?;
    std::env::set_current_dir(&options.dir).map_err(|error| {
        let folder = printable::path(&options.dir);
        Failure::WrongUse(format!("cannot enter the folder {folder}: {error}"))
    })?;
    let draft = Draft::new(options)?;
    let text = draft.text(&options.iters)?;
    let config = draft.config(&text)?;
    nothing_is_there(options)?;
    if options.command.is_empty() {
        let mut told = Text::new();
        keep(options, &text, &mut told)?;
        told.line(format_args!(
            "Next: put your command into {CONFIGURATION}, take the first baseline, and commit the files:"
        ));
        told.line(format_args!(
            "  {}harness gate --accept --reason \"{REASON}\"",
            from(options)
        ));
        show(false, &told);
        return Ok(0);
    }

    let watched = &config.commands[0];
    let mut first = watched.options.clone();
    first.budget = options.budget;
    let examined = run::can_be_run(&first)?;
    let place = PlaceOptions { out, name: None };
    let out = place::take(&place, "init-", &started_at)?;
    place::make_way_within(&out, REPORTS.into_iter())?;
    let interrupted = console::listen_for_signals()?;
    show(false, &run::announcement(&first, &examined));
    let [of_run, of_gate] = REPORTS.map(|name| out.join(name));
    let summary = run::for_another(&first, &of_run, &interrupted)?.whole()?;
    let page = of_run.join(PAGE_FILE);
    if let Some(code) = stop(options, &summary, &page) {
        return Ok(code);
    }

    let text = draft.text(&counts(options, &summary))?;
    let config = draft.config(&text)?;
    let code = take_baseline(options, &config, of_gate)?;
    match Baseline::read(&config.baseline).map_err(Failure::Broken)? {
        None => {
            show(false, &Text::of_line("Nothing was written."));
            return Ok(code);
        }
        // What the first run did not see, the second did.
        Some(baseline) if options.reason.is_none() && baseline.knows_growth() => {
            files::remove(&config.baseline)
                .map_err(|error| Failure::Broken(format!("cannot remove {error}")))?;
            show(false, &refused("The second run of the command leaks."));
            return Ok(Outcome::Leak.exit_code());
        }
        Some(_) => {}
    }
    let mut told = Text::new();
    if let (Outcome::Leak, Some(reason)) = (summary.verdict.outcome, &options.reason) {
        told.line(format_args!(
            "The command leaks already. The baseline takes that in for your reason, \"{reason}\": it may shrink and \
             not grow, and new growth fails."
        ));
    }
    told.line(format_args!(
        "Wrote {}: what is known of the command today.",
        shown(options, BASELINE)
    ));
    keep(options, &text, &mut told)?;
    told.line(
        "Next: look at the files and commit them, without reports/. This fails from now on where something new grows:",
    );
    told.line(format_args!("  {}harness gate", from(options)));
    show(false, &told);
    Ok(code)
}

/// Whether none of the files is there, and each can be made.
fn nothing_is_there(options: &InitOptions) -> Result<(), Failure> {
    let [own, of_ci] = CONFIGURATIONS;
    let mut names = vec![own, BASELINE];
    if !options.no_workflow {
        names.push(WORKFLOW);
    }
    // Beside this one the gate would not know which is meant.
    let all = names.iter().chain([&of_ci]).copied();
    let there: Vec<String> = all
        .filter(|name| Path::new(name).symlink_metadata().is_ok())
        .map(|name| shown(options, name))
        .collect();
    if !there.is_empty() {
        let names = there.join(", ");
        return Err(Failure::WrongUse(format!(
            "nothing is overwritten, and there is already: {names}. Move it away, or go on with harness gate"
        )));
    }
    for name in names {
        files::can_be_made(Path::new(name))
            .map_err(|error| Failure::WrongUse(format!("cannot write to {error}")))?;
    }
    Ok(())
}

/// Says why the first run is no ground for a baseline, if it is none, and gives the exit code.
fn stop(options: &InitOptions, summary: &ProgramSummary, page: &Path) -> Option<u8> {
    let sentence = &summary.verdict.sentence;
    let mut told = match summary.verdict.outcome {
        Outcome::Pass => return None,
        Outcome::Leak if options.reason.is_some() => return None,
        Outcome::Leak => refused(&format!("The command leaks already. {sentence}")),
        Outcome::Inconclusive => {
            let mut told = Text::of_line(sentence);
            told.line("Nothing was written: runs that do not tell are no baseline.");
            told
        }
    };
    told.line(format_args!("Report: {}", printable::path(page)));
    show(false, &told);
    Some(summary.verdict.exit_code)
}

/// Why a command that leaks gets no baseline, and what to do.
fn refused(leak: &str) -> Text {
    let mut told = Text::of_line(leak);
    told.line(
        "Nothing was written: a baseline takes growth in only for a reason that you give. Mend it and run this again, or \
         give the reason with --reason TEXT.",
    );
    told
}

/// The counts that the configuration is to have: those that were given, or those that were chosen, so that every run of
/// the gate is like the first.
fn counts(options: &InitOptions, summary: &ProgramSummary) -> Vec<u64> {
    if options.repeat || !options.iters.is_empty() {
        return options.iters.clone();
    }
    let counts = summary.counts_run();
    // Fewer can be run, where one takes all the time, and cannot be asked for.
    if counts.len() < 3 { Vec::new() } else { counts }
}

/// Runs the gate as `harness gate --accept --reason` does.
fn take_baseline(options: &InitOptions, config: &Config, out: PathBuf) -> Result<u8, Failure> {
    let reason = options.reason.clone().unwrap_or_else(|| REASON.to_owned());
    let asked = GateOptions {
        config: None,
        update: false,
        accept: true,
        reason: Some(reason),
        inject: None,
        report: ReportOptions {
            place: PlaceOptions {
                out: Some(out),
                name: None,
            },
            json: false,
        },
        export: ExportOptions::default(),
    };
    let report = gate::carry_out(&asked, Path::new(CONFIGURATION), config)?.whole()?;
    Ok(report.exit_code)
}

/// Writes the configuration and the workflow.
fn keep(options: &InitOptions, text: &str, told: &mut Text) -> Result<(), Failure> {
    let cannot = |error: io::Error| Failure::Broken(format!("cannot write to {error}"));
    files::make(Path::new(CONFIGURATION), text.as_bytes()).map_err(cannot)?;
    told.line(format_args!(
        "Wrote {}: what the gate runs.",
        shown(options, CONFIGURATION)
    ));
    if options.no_workflow {
        return Ok(());
    }
    let path = Path::new(WORKFLOW);
    if let Some(folder) = path.parent() {
        files::directory(folder, Access::Shared).map_err(cannot)?;
    }
    let (text, owner_is_unknown) = workflow(options);
    files::make(path, text.as_bytes()).map_err(cannot)?;
    told.line(format_args!(
        "Wrote {}: the gate for every pull request.",
        shown(options, WORKFLOW)
    ));
    if owner_is_unknown {
        told.line(format_args!(
            "      In it, put the repository of this program in the place of {UNKNOWN_OWNER}."
        ));
    }
    Ok(())
}

/// A file's name as it is from where the program was started.
fn shown(options: &InitOptions, name: &str) -> String {
    let path = match options.dir.as_os_str() == "." {
        true => PathBuf::from(name),
        false => options.dir.join(name),
    };
    printable::path(&path).into_owned()
}

/// What has to be typed before a command that is run in the project's folder.
fn from(options: &InitOptions) -> String {
    match options.dir.as_os_str() == "." {
        true => String::new(),
        false => format!("cd {} && ", printable::path(&options.dir)),
    }
}
