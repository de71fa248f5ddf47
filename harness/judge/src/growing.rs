//! The growing sites of a run, in the terms by which a baseline and a comparison know them.

use super::attribution::fingerprint::fingerprint;
use harness_model::{GrowingSite, Instrument, Place, Summary};
use serde::{Deserialize, Serialize};

/// How the blocks of a site are held, as far as its instrument can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Nothing can reach them.
    Lost,
    /// Something points to them, or into them.
    Kept,
    /// They are live; the instrument does not know more.
    Live,
}

impl Held {
    /// The word for it: `lost`.
    pub fn name(self) -> &'static str {
        match self {
            Held::Lost => "lost",
            Held::Kept => "kept",
            Held::Live => "live",
        }
    }
}

/// What makes a site of one run the same as a site of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SiteKey {
    /// The instrument that saw it: `sites`, `dhat` or `valgrind`.
    pub seen_by: String,
    /// The condition under which it grows.
    pub condition: String,
    /// How its blocks are held.
    pub held: Held,
    /// Its name: see [`fingerprint`].
    pub fingerprint: String,
}

/// A growing site, and all others of the same key added to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// What it is known by.
    pub key: SiteKey,
    /// The call that answers for it: that of the stack that gains most.
    pub place: Place,
    /// Bytes gained per iteration.
    pub bytes_per_iteration: f64,
    /// Blocks gained per iteration.
    pub blocks_per_iteration: f64,
}

/// Every growing site of a run, most bytes first.
pub fn of(summary: &Summary) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for stacks in &summary.stacks {
        for pair in stacks.result.ran().map_or(&[][..], |report| &report.pairs) {
            for growing in &pair.growing {
                add(&mut sites, growing, stacks.instrument, &pair.condition);
            }
        }
    }
    sites.sort_by(|a, b| {
        b.bytes_per_iteration
            .total_cmp(&a.bytes_per_iteration)
            .then_with(|| a.key.cmp(&b.key))
    });
    sites
}

fn add(sites: &mut Vec<Site>, growing: &GrowingSite, instrument: Instrument, condition: &str) {
    let key = SiteKey {
        seen_by: instrument.name().to_owned(),
        condition: condition.to_owned(),
        held: match growing.leak_kind {
            None => Held::Live,
            Some(kind) if kind.is_lost() => Held::Lost,
            Some(_) => Held::Kept,
        },
        fingerprint: fingerprint(growing),
    };
    match sites.iter_mut().find(|site| site.key == key) {
        Some(site) => {
            site.bytes_per_iteration += growing.bytes_per_iteration;
            site.blocks_per_iteration += growing.blocks_per_iteration;
        }
        None => sites.push(Site {
            key,
            place: growing.place.clone(),
            bytes_per_iteration: growing.bytes_per_iteration,
            blocks_per_iteration: growing.blocks_per_iteration,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::LeakKind;
    use harness_model::testing;
    use harness_model::testing::WITH;

    #[test]
    fn sites_that_share_a_key_are_added_up() {
        let mut summary = testing::summary("words");
        let (mut a, mut b) = (testing::site("take", 24.0), testing::site("take", 8.0));
        (a.place.line, b.place.line) = (Some(3), Some(9));
        testing::set_growing(&mut summary, Instrument::Dhat, WITH, vec![a, b]);
        let sites = of(&summary);
        assert_eq!(sites.len(), 1);
        assert_eq!(sites[0].bytes_per_iteration, 32.0);
        assert_eq!(
            (sites[0].key.held, sites[0].place.line),
            (Held::Live, Some(3))
        );
    }

    #[test]
    fn what_is_lost_is_another_site_than_what_is_kept() {
        let mut summary = testing::summary("words");
        let mut lost = testing::site("take", 24.0);
        lost.leak_kind = Some(LeakKind::DefinitelyLost);
        let mut kept = testing::site("take", 8.0);
        kept.leak_kind = Some(LeakKind::StillReachable);
        testing::set_growing(&mut summary, Instrument::Valgrind, WITH, vec![lost, kept]);
        let held: Vec<Held> = of(&summary).iter().map(|site| site.key.held).collect();
        assert_eq!(held, [Held::Lost, Held::Kept]);
    }
}
