//! What a run of the gate does to the baseline: it may lower it by itself, and raise it only where it is told to.

use super::baseline::{Baseline, Seen};
use super::command::Ran;
use super::config::Config;
use super::judge::Measured;
use super::outcome::{Check, GateReport, Status};
use crate::commands::gate::options::GateOptions;
use crate::engine::console::{Failure, tell};
use harness_judge::{figures, growing};
use harness_model::Outcome;

/// The baseline to judge by; an empty one where this run is to make it.
pub fn known(options: &GateOptions, config: &Config) -> Result<Baseline, Failure> {
    match Baseline::read(&config.baseline).map_err(Failure::WrongUse)? {
        Some(baseline) => Ok(baseline),
        None if options.accept => Ok(Baseline::empty()),
        None => Err(Failure::WrongUse(format!(
            "there is no baseline at {}: make it with harness gate --accept --reason TEXT, look at it, and commit it",
            printable::path(&config.baseline)
        ))),
    }
}

/// What a run showed, owned.
pub struct Shown<'m> {
    name: &'m str,
    settings: &'m str,
    figures: Vec<figures::Figure>,
    sites: Vec<growing::Site>,
    /// Whether its own verdict came to a conclusion.
    is_sound: bool,
}

/// What a run showed.
pub fn seen<'m>(measured: &Measured<'m>) -> Shown<'m> {
    let Measured { workload, summary } = measured;
    Shown {
        name: &workload.name,
        settings: &workload.settings,
        figures: figures::of(summary),
        sites: growing::of(summary),
        is_sound: summary.verdict.outcome != Outcome::Inconclusive,
    }
}

/// What the runs of a command showed.
pub fn seen_of_command<'m>(ran: &Ran<'m>) -> Shown<'m> {
    Shown {
        name: &ran.command.name,
        settings: &ran.command.settings,
        figures: figures::of_program(ran.summary),
        sites: growing::of_program(ran.summary),
        is_sound: ran.summary.verdict.outcome != Outcome::Inconclusive,
    }
}

impl Shown<'_> {
    /// What the baseline is held against.
    pub fn borrow(&self) -> Seen<'_> {
        Seen {
            name: self.name,
            settings: self.settings,
            figures: &self.figures,
            sites: &self.sites,
        }
    }
}

/// Takes what was measured for what is known, if it was measured well; says whether it did.
pub fn accept(
    options: &GateOptions,
    shown: &[Shown<'_>],
    control: &[Check],
    baseline: &mut Baseline,
    today: &str,
) -> bool {
    let sound = control.iter().all(|check| check.status == Status::Pass)
        && shown.iter().all(|one| one.is_sound);
    if sound {
        let reason = options.reason.as_deref().unwrap_or_default();
        baseline
            .workloads
            .retain(|known| shown.iter().any(|one| one.name == known.name));
        for one in shown {
            baseline.accept(&one.borrow(), reason, today);
        }
    }
    sound
}

/// Writes the baseline where this was asked for and may be, and offers it where it was not.
pub fn keep_baseline(
    options: &GateOptions,
    config: &Config,
    accepted: Option<&Baseline>,
    lower: &Baseline,
    report: &GateReport,
) -> Result<(), Failure> {
    let file = printable::path(&config.baseline);
    let write = |baseline: &Baseline| baseline.write(&config.baseline).map_err(Failure::Broken);
    if let Some(baseline) = accepted {
        write(baseline)?;
        tell(
            options.report.json,
            format_args!("Taken into {file}: look at what changed, and commit it."),
        );
    } else if options.accept {
        tell(
            options.report.json,
            format_args!("{file} stays as it was: a run that is not sound is no baseline."),
        );
    } else if !report.improvements.is_empty() && options.update {
        write(lower)?;
        tell(
            options.report.json,
            format_args!("Lowered in {file}: commit it, so that it stays so low."),
        );
    } else if !report.improvements.is_empty() {
        tell(
            options.report.json,
            format_args!(
                "Better than {file}: run again with --update and commit it, so that it stays so."
            ),
        );
    }
    Ok(())
}
