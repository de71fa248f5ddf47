//! A command that leaks on purpose, or its twin that does not: by it a gate of commands shows that it sees leaks.
//!
//! It takes blocks from malloc itself, since that is what a preloaded library sees; this program's own allocator is
//! another.

use std::ffi::OsString;
use std::hint::black_box;
use std::process::ExitCode;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__planted";

/// The function that takes what is left, as stacks name it.
pub const TAKEN_IN: &str = "take_a_block_and_a_descriptor";

/// What becomes of what is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nobody keeps it.
    Lost,
    /// It is given back.
    GivenBack,
}

impl Way {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Way::Lost => "lost",
            Way::GivenBack => "given-back",
        }
    }
}

/// Does it as often as the second argument says.
pub fn run(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let way = arguments.next().unwrap_or_default();
    let way = [Way::Lost, Way::GivenBack]
        .into_iter()
        .find(|one| way == one.name());
    let times = arguments
        .next()
        .and_then(|word| word.to_str()?.parse().ok());
    let (Some(way), Some(times)) = (way, times) else {
        return ExitCode::from(2);
    };
    for _ in 0..times {
        if !take_a_block_and_a_descriptor(way) {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Takes both, and gives them back or not; says whether there were any.
#[inline(never)]
fn take_a_block_and_a_descriptor(way: Way) -> bool {
    // SAFETY: malloc and open are given no memory of this program but the name, which ends with a zero byte.
    let (block, descriptor) = unsafe {
        (
            black_box(libc::malloc(crate::workload::control::BLOCK_BYTES as usize)),
            black_box(libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY)),
        )
    };
    if way == Way::GivenBack {
        // SAFETY: both were just taken here, and nothing else has them; free and close take what failed as well.
        unsafe {
            libc::free(block);
            libc::close(descriptor);
        }
    }
    !block.is_null() && descriptor >= 0
}
