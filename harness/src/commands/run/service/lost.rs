//! What the scan at the end says of what there was at the marks.
//!
//! A service is scanned once, when it ends. What of a call site was held then is taken to have been held from the first:
//! what came on top of that is what was lost.

use super::super::one_run::OneRun;
use crate::recording::{Amount, RecordedSite, Recording, State};
use std::collections::HashMap;

/// A call site of a process: the process, when its record was begun, and the number of the site in it.
type SiteOf = (u32, u64, u32);

fn site_of(recording: &Recording, site: &RecordedSite) -> SiteOf {
    (recording.pid, recording.begun_ns, site.number)
}

/// Tells it to the recordings of all marks, by those of the end.
pub(super) fn tell(marks: &mut [&mut OneRun], at_end: &[Recording]) {
    let ends = at_end.iter().filter(|one| one.state == State::Leaving);
    let ends: HashMap<_, &Recording> = ends.map(|one| ((one.pid, one.begun_ns), one)).collect();
    let sites: HashMap<SiteOf, &RecordedSite> = ends
        .values()
        .flat_map(|one| one.sites.iter().map(|site| (site_of(one, site), site)))
        .collect();
    let mut most: HashMap<SiteOf, Amount> = HashMap::new();
    for recording in marks.iter().flat_map(|run| &run.recordings) {
        for site in &recording.sites {
            let known = most.entry(site_of(recording, site)).or_default();
            if site.live.blocks >= known.blocks {
                *known = site.live;
            }
        }
    }
    for recording in marks.iter_mut().flat_map(|run| &mut run.recordings) {
        let Some(end) = ends.get(&(recording.pid, recording.begun_ns)) else {
            continue;
        };
        recording.scan = end.scan;
        // What the allocator keeps is known at the end alone.
        recording.at_end.allocator = end.at_end.allocator;
        let (pid, begun) = (recording.pid, recording.begun_ns);
        for site in &mut recording.sites {
            let key = (pid, begun, site.number);
            if let (Some(end), Some(most)) = (sites.get(&key), most.get(&key)) {
                tell_site(site, *most, end);
            }
        }
    }
}

/// `most` is the most that lived at a mark.
fn tell_site(site: &mut RecordedSite, most: Amount, end: &RecordedSite) {
    let less = |whole: Amount, part: Amount| Amount {
        bytes: whole.bytes.saturating_sub(part.bytes),
        blocks: whole.blocks.saturating_sub(part.blocks),
    };
    let mut lost = end.definite;
    lost.add(end.indirect);
    // What was freed on the way to the end was held until then, and so was what could still be reached there.
    let mut held = less(less(end.end, lost), end.possible);
    held.add(less(most, end.end));
    let rest = less(site.live, held);
    site.definite = less(rest, end.possible);
    site.possible = less(rest, site.definite);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Kind, StackId};

    fn amount(blocks: u64) -> Amount {
        Amount {
            bytes: 10 * blocks,
            blocks,
        }
    }

    fn site(live: u64, end: u64, lost: u64, possible: u64) -> RecordedSite {
        RecordedSite {
            number: 0,
            kind: Kind::Heap,
            stack: StackId::UNKNOWN,
            taken: live,
            live: amount(live),
            peak: amount(live),
            end: amount(end),
            definite: amount(lost),
            indirect: Amount::default(),
            possible: amount(possible),
        }
    }

    #[test]
    fn what_was_held_at_the_end_was_held_all_along_and_the_rest_was_lost() {
        let told = |live, end: &RecordedSite| {
            let mut mark = site(live, 0, 0, 0);
            tell_site(&mut mark, amount(100), end);
            (mark.definite.blocks, mark.possible.blocks)
        };
        let leak = site(0, 100, 90, 0);
        assert_eq!(
            [5, 10, 60, 100].map(|live| told(live, &leak)),
            [(0, 0), (0, 0), (50, 0), (90, 0)]
        );
        let cache = site(0, 100, 0, 0);
        assert_eq!(told(60, &cache), (0, 0));
        let inside = site(0, 100, 50, 30);
        assert_eq!(
            [20, 40, 100].map(|live| told(live, &inside)),
            [(0, 0), (0, 20), (50, 30)]
        );
        // Freed on the way to the end: somebody held it.
        assert_eq!(told(60, &site(0, 0, 0, 0)), (0, 0));
        // One was lost, and what was freed was 40.
        assert_eq!(
            [60, 100].map(|live| told(live, &site(0, 60, 60, 0)).0),
            [20, 60]
        );
    }
}
