//! The program `harness`.

use harness::allocator::ModeAllocator;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: ModeAllocator = ModeAllocator;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, subcommand, orders] if subcommand == harness::child::SUBCOMMAND => {
            harness::child::run(orders)
        }
        _ => ExitCode::from(2),
    }
}
