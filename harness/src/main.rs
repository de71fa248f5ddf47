//! The program `harness`.

use harness::allocator::ModeAllocator;
use harness::child::planted;
use harness::commands::Cli;
use harness::engine::{console, protocol};
use harness::load;
use harness::workload::serve::client;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: ModeAllocator = ModeAllocator;

fn main() -> ExitCode {
    // A measured child, started by this very program: nothing of the command line below concerns it.
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next();
    if first
        .as_ref()
        .is_some_and(|first| first == protocol::SUBCOMMAND)
    {
        let orders = arguments.next().unwrap_or_default();
        drop(arguments);
        return harness::child::run(orders.to_string_lossy().into_owned());
    }
    if first
        .as_ref()
        .is_some_and(|first| first == planted::SUBCOMMAND)
    {
        return planted::run(arguments);
    }
    for (name, run) in [
        (load::SUBCOMMAND, load::run as fn() -> ExitCode),
        (client::SUBCOMMAND, client::run),
    ] {
        if first.as_ref().is_some_and(|first| first == name) {
            drop(arguments);
            return run();
        }
    }
    drop(first);
    let cli: Cli = console::arguments();
    cli.run()
}
