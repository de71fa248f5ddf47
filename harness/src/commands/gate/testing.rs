//! The gate's control to judge in tests.

use crate::workload::control::{BLOCK_BYTES, TAKEN_IN};
pub(crate) use harness_model::testing::{WITH, pairs, set_growing, site, stacks, summary};
use harness_model::{GrowingSite, Instrument, LeakKind, Outcome, Shape, Summary};

/// The control's leak, caught by everything, and its twin, cleared by everything.
pub(crate) fn control() -> (Summary, Summary) {
    let mut twin = summary("words");
    twin.runs.retain(|run| run.condition == WITH);
    twin.conditions.retain(|condition| condition.name == WITH);
    for one in &mut twin.stacks {
        pairs(&mut one.result).retain(|pair| pair.condition == WITH);
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
    set_growing(&mut leak, Instrument::Sites, WITH, vec![site.clone()]);
    set_growing(&mut leak, Instrument::Dhat, WITH, vec![site]);
    set_growing(&mut leak, Instrument::Valgrind, WITH, vec![lost]);
    leak.verdict.outcome = Outcome::Leak;
    leak.verdict.exit_code = 1;
    (leak, twin)
}
