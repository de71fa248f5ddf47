//! Objects of Python, which it keeps in arenas of its own: for the runs that are judged each is a block of the allocator's.

use super::counted::{sum, without_own};
use super::one_run::OneRun;
use crate::recording::{Call, Kind, Recording};
use harness_model::units::{bytes, count};

/// The variable of the environment by which Python takes each object from the allocator.
const VARIABLE: &str = "PYTHONMALLOC";
/// The same with its value.
pub(super) const SETTING: &str = "PYTHONMALLOC=malloc";

/// Whether a run is to be done again so: it ran Python, and nobody chose how that allocates.
pub(super) fn are_hidden(run: &OneRun) -> bool {
    are_ours_to_show() && run.recordings.iter().any(|one| one.python.is_some())
}

/// Whether nobody chose how Python allocates.
pub(super) fn are_ours_to_show() -> bool {
    std::env::var_os(VARIABLE).is_none()
}

/// What was done, and what the command holds without it, as a sentence.
pub(super) fn sentence(with: &[OneRun], without: &OneRun) -> String {
    let resident = |run: &OneRun| {
        let most = sum(run, |one| without_own(one, one.at_end.resident_peak));
        bytes(most.unwrap_or(0) as f64)
    };
    let same = with.iter().find(|run| run.iterations == without.iterations);
    let beside = same.map_or(String::new(), |run| {
        format!(" in place of {}", resident(run))
    });
    let arenas = without.recordings.iter().map(arenas).sum::<u64>();
    format!(
        "Python's objects were counted one by one ({SETTING}); as the command is given, {} iterations hold {} at the most{beside}, \
         of which {} are arenas of Python's.",
        count(without.iterations),
        resident(without),
        bytes(arenas as f64)
    )
}

/// The most that Python mapped for its objects, in bytes.
fn arenas(recording: &Recording) -> u64 {
    let interpreter = recording.python.and_then(|python| python.module);
    let is_its_own = |stack| {
        let innermost = recording.stacks.calls(stack).next();
        matches!(innermost, Some(Call::Code { module, .. }) if module.is_some() && module == interpreter)
    };
    let mappings = recording
        .sites
        .iter()
        .filter(|site| site.kind == Kind::Mapping);
    let its_own = mappings.filter(|site| is_its_own(site.stack));
    its_own.map(|site| site.peak.bytes).sum()
}
