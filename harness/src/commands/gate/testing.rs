//! The gate's control to judge in tests.

use crate::workload::control::{BLOCK_BYTES, TAKEN_IN};
pub(crate) use harness_model::testing::{pairs, set_growing, site, summary};
use harness_model::{Evidence, GrowingSite, LeakKind, Outcome, Shape, Summary, Zones};

/// The control's leak, caught by everything, and its twin, cleared by everything.
pub(crate) fn control() -> (Summary, Summary) {
    let mut twin = summary("words");
    twin.runs.retain(|run| run.zones == Zones::On);
    for probe in [&mut twin.sites, &mut twin.dhat, &mut twin.valgrind] {
        pairs(probe).retain(|pair| pair.zones == Zones::On);
    }
    let mut leak = twin.clone();
    let run = &mut leak.runs[0];
    for (series, each) in [
        (&mut run.live_bytes, BLOCK_BYTES),
        (&mut run.live_blocks, 1),
    ] {
        series.shape = Shape::Growing;
        series.per_iteration = each as f64;
        series.last = series.first + each * run.iterations;
        series.max = series.last;
    }
    let site = site(TAKEN_IN, BLOCK_BYTES as f64);
    let lost = GrowingSite {
        leak_kind: Some(LeakKind::DefinitelyLost),
        ..site.clone()
    };
    set_growing(&mut leak, Evidence::Sites, Zones::On, vec![site.clone()]);
    set_growing(&mut leak, Evidence::Dhat, Zones::On, vec![site]);
    set_growing(&mut leak, Evidence::Valgrind, Zones::On, vec![lost]);
    leak.verdict.outcome = Outcome::Leak;
    leak.verdict.exit_code = 1;
    (leak, twin)
}
