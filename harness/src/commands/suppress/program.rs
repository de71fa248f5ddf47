//! The call sites of a command that was run, as those that valgrind saw.

use crate::suppressions::hide::linked_of;
use harness_judge::attribution::stack::UNKNOWN_INLINED;
use harness_model::program::{ProgramCause, ProgramGrowth, ProgramSite, ProgramSummary, Resource};
use harness_model::{Frame, GrowingSite, LeakKind, Linked, Place};

/// What grows in the heap, in the order of the report. Lines of Python are left out: valgrind knows the interpreter's calls
/// alone, which are the same for all of them.
pub(super) fn sites(summary: &ProgramSummary) -> Vec<GrowingSite> {
    let growth = summary.verdict.growth.iter();
    let heap = growth.filter(|one| one.resource == Resource::Heap);
    let sites = heap.flat_map(|growth| growth.sites.iter().map(move |site| (growth, site)));
    let sites = sites.filter(|(_, site)| !is_of_a_script(site));
    sites.map(|(growth, site)| as_seen(growth, site)).collect()
}

/// Whether a call of a script stands between the allocation and the call that is answerable, or is that.
fn is_of_a_script(site: &ProgramSite) -> bool {
    let answers = site
        .stack
        .iter()
        .position(|frame| frame.place.is_like(&site.place));
    let inner = &site.stack[..answers.map_or(0, |at| at + 1)];
    let is_script = |language: &Option<String>| language.as_deref() == Some("Python");
    is_script(&site.language) || inner.iter().any(|frame| is_script(&frame.language))
}

fn with_name(frame: &Frame) -> Frame {
    Frame {
        linked: linked_of(frame),
        ..frame.clone()
    }
}

fn as_seen(growth: &ProgramGrowth, site: &ProgramSite) -> GrowingSite {
    // valgrind begins with the allocator's own call, whichever of them it is.
    let allocator = Frame {
        linked: Linked {
            symbol: Some(UNKNOWN_INLINED.to_owned()),
            object: None,
        },
        ..Frame::from(Place::unknown())
    };
    GrowingSite {
        leak_kind: Some(match growth.cause {
            ProgramCause::Unreachable => LeakKind::DefinitelyLost,
            ProgramCause::PossiblyLost => LeakKind::PossiblyLost,
            _ => LeakKind::StillReachable,
        }),
        bytes_per_iteration: site.bytes_per_iteration,
        blocks_per_iteration: site.blocks_per_iteration,
        short_bytes: 0,
        short_blocks: 0,
        long_bytes: 0,
        long_blocks: 0,
        place: site.place.clone(),
        part: None,
        frames: std::iter::once(allocator)
            .chain(site.stack.iter().map(with_name))
            .collect(),
        held: Vec::new(),
    }
}
