//! What stands behind a growth, wherever it is told: the calls that lead to it, and what to do about it.

use harness_model::Frame;
use harness_model::program::{ProgramCause, ProgramGrowth, ProgramSite, Resource};

/// The calls that lead to a site, the nearest first, up to where the program or a thread of it begins: what starts every
/// program says nothing of this one.
pub(super) fn callers(site: &ProgramSite) -> impl Iterator<Item = &Frame> {
    let mut ended = is_first(&site.place.function);
    let above = (site.stack.iter()).skip_while(|frame| !frame.place.is_like(&site.place));
    above.skip(1).take_while(move |frame| {
        let goes_on = !ended;
        ended = is_first(&frame.place.function);
        goes_on
    })
}

/// Whether a function is where a program or a thread of it begins.
fn is_first(function: &str) -> bool {
    matches!(function, "main" | "main.main" | "start_thread") || function.ends_with("::main")
}

/// What to do about it.
pub(crate) fn advice(growth: &ProgramGrowth) -> &'static str {
    match (growth.resource, growth.cause) {
        (Resource::FileDescriptor, _) => "Close what this call opens.",
        (Resource::Thread, _) => "Join the thread, or detach it.",
        (Resource::ChildProcess, _) => "Wait for the child (waitpid), or ignore SIGCHLD.",
        (Resource::Mapping | Resource::SharedMemory, _) => {
            "Unmap it, and remove the name of shared memory."
        }
        (Resource::Kernel, _) => "Read what was written, or close the pipe or socket.",
        (Resource::HugePages, _) => {
            "Little is held in many huge pages: madvise(MADV_NOHUGEPAGE), or free it together."
        }
        (_, ProgramCause::Unreachable) => "Free it: nothing points to it any more.",
        (_, ProgramCause::PossiblyLost) => {
            "Nothing seems to point to it, but not everything could be looked at."
        }
        (_, ProgramCause::Held) if growth.freed_at_end => {
            "It is freed when the work is over, and grows until then: bound the queue, list or cache that holds it."
        }
        (_, ProgramCause::Held) => {
            "Something still points to it: bound the cache or list that holds it, or empty it."
        }
        _ if growth.sites.is_empty() => "No call that could be seen takes it.",
        _ => "Nobody could look whether something still points to it.",
    }
}
