//! The program `harness`.

use harness::allocator::ModeAllocator;
use harness::cli::{Cli, Command};
use harness::{calibrate, child, compare, factorial, gate, history, job, suppress, victims, zones};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: ModeAllocator = ModeAllocator;

fn main() -> ExitCode {
    // A measured child, started by this very program: nothing of the command line below concerns it.
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == child::SUBCOMMAND)
    {
        let orders = arguments.next().unwrap_or_default();
        drop(arguments);
        return child::run(orders.to_string_lossy().into_owned());
    }
    let cli: Cli = job::console::arguments();
    match &cli.command {
        None => job::run(&cli.main),
        Some(Command::Zones(options)) => zones::run(options),
        Some(Command::Factorial(options)) => factorial::run(options),
        Some(Command::Calibrate(options)) => calibrate::run(options),
        Some(Command::Gate(options)) => gate::run(options),
        Some(Command::Suppress(options)) => suppress::run(options),
        Some(Command::Compare(options)) => compare::run(options),
        Some(Command::History(options)) => history::run(options),
        Some(Command::Victims(options)) => victims::run(options),
    }
}
