//! The control of commands: this program itself as a command that loses a block and leaves a descriptor open in every
//! iteration, and its twin, which gives both back. The one has to be caught and the other cleared, or a pass of a command
//! proves nothing.

use super::control::NAME;
use super::outcome::{Check, Status};
use crate::child::planted::{self, Way};
use crate::commands::run::gain;
use crate::commands::run::options::RunOptions;
use crate::workload::control::BLOCK_BYTES;
use harness_model::Outcome;
use harness_model::program::{ProgramSummary, Resource};
use std::io;

/// The counts of iterations: few descriptors, so that no limit of open files is met.
const COUNTS: [u64; 3] = [10, 40, 160];

/// What is to be run.
///
/// # Errors
///
/// This program's own file is not known.
pub fn options(way: Way) -> io::Result<RunOptions> {
    let program = std::env::current_exe()?;
    let words = [planted::SUBCOMMAND, way.name(), "{iters}"].map(Into::into);
    let command = std::iter::once(program.into_os_string()).chain(words);
    Ok(RunOptions {
        iters: COUNTS.to_vec(),
        ..RunOptions::of_command(command.collect())
    })
}

/// Whether the planted leak was caught with what it is, and its twin cleared.
pub fn judge(leak: &ProgramSummary, twin: &ProgramSummary) -> Vec<Check> {
    let caught = |resource, bytes| caught(leak, resource, bytes);
    let results = [
        (
            "run: the planted block",
            caught(Resource::Heap, BLOCK_BYTES as f64),
        ),
        (
            "run: the planted descriptor",
            caught(Resource::FileDescriptor, 0.0),
        ),
        ("run: their twin", cleared(twin)),
    ];
    let checks = results.into_iter().map(|(what, result)| {
        let (status, message) = match result {
            Ok(message) => (Status::Pass, message),
            Err(message) => (Status::Inconclusive, message),
        };
        Check {
            message,
            ..Check::control(NAME, what, status)
        }
    });
    checks.collect()
}

fn caught(leak: &ProgramSummary, resource: Resource, bytes: f64) -> Result<String, String> {
    let growth = leak.verdict.growth.iter();
    let mut sites = growth
        .filter(|growth| growth.resource == resource)
        .flat_map(|growth| &growth.sites)
        .filter(|site| site.place.function.contains(planted::TAKEN_IN));
    let taken_in = planted::TAKEN_IN;
    let Some(site) = sites.next() else {
        return Err(format!(
            "{taken_in}, which leaks, is not named; the verdict was: {}",
            leak.verdict.sentence
        ));
    };
    let rate = (site.bytes_per_iteration, site.blocks_per_iteration);
    let gained = gain(resource, rate.0, rate.1);
    if leak.verdict.outcome == Outcome::Leak && rate == (bytes, 1.0) {
        Ok(format!("caught: {gained} an iteration in {taken_in}"))
    } else {
        Err(format!(
            "{} were planted an iteration in {taken_in}, and it says {gained}",
            gain(resource, bytes, 1.0)
        ))
    }
}

fn cleared(twin: &ProgramSummary) -> Result<String, String> {
    match twin.verdict.outcome {
        Outcome::Pass => Ok("cleared: nothing grows".to_owned()),
        _ => Err(format!("the verdict was: {}", twin.verdict.sentence)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::testing;

    fn control() -> (ProgramSummary, ProgramSummary) {
        let leak = testing::leaking_program(vec![
            testing::program_growth(Resource::Heap, planted::TAKEN_IN, BLOCK_BYTES as f64),
            testing::program_growth(Resource::FileDescriptor, planted::TAKEN_IN, 0.0),
        ]);
        (leak, testing::program())
    }

    fn failed(leak: &ProgramSummary, twin: &ProgramSummary) -> Vec<String> {
        let checks = judge(leak, twin).into_iter();
        let failed = checks.filter(|check| check.status != Status::Pass);
        failed.map(|check| check.name).collect()
    }

    #[test]
    fn a_leak_that_is_caught_and_a_twin_that_is_cleared_pass() {
        let (leak, twin) = control();
        assert_eq!(failed(&leak, &twin), [""; 0]);
    }

    #[test]
    fn a_library_that_sees_nothing_or_too_much_fails_the_control() {
        let (leak, twin) = control();
        let blind = failed(&twin, &twin);
        assert_eq!(
            blind,
            ["run: the planted block", "run: the planted descriptor"]
        );
        assert_eq!(failed(&leak, &leak), ["run: their twin"]);
        for change in [
            (|growth| growth.sites[0].bytes_per_iteration = 23.0)
                as fn(&mut harness_model::program::ProgramGrowth),
            |growth| growth.sites[0].blocks_per_iteration = 0.5,
            |growth| growth.sites[0].place.function = "elsewhere".to_owned(),
            |growth| growth.sites.clear(),
        ] {
            let (mut leak, twin) = control();
            change(&mut leak.verdict.growth[0]);
            assert_eq!(failed(&leak, &twin), ["run: the planted block"]);
        }
    }

    #[test]
    fn a_twin_that_could_not_be_judged_is_not_cleared() {
        let (leak, mut twin) = control();
        twin.verdict.outcome = Outcome::Inconclusive;
        assert_eq!(failed(&leak, &twin), ["run: their twin"]);
    }
}
