//! Measurements to judge in tests, made from the committed example of a run.

use crate::summary::{
    Evidence, GrowingSite, Interval, LeakKind, Outcome, Probe, Series, Shape, SitePair, SiteReport,
    Summary, Zones,
};
use crate::workload::control::{BLOCK_BYTES, TAKEN_IN};

const EXAMPLE: &str = include_str!("../../tests/data/report/summary.json");

fn example() -> Summary {
    serde_json::from_str(EXAMPLE).expect("the example is a summary")
}

/// A series that stays where it is.
pub(crate) fn flat(series: &Series) -> Series {
    Series {
        last: series.first,
        min: series.first,
        max: series.first,
        per_iteration: 0.0,
        slope: 0.0,
        slope_interval: Some(Interval {
            low: 0.0,
            high: 0.0,
        }),
        shape: Shape::Flat,
        rose_last: false,
        ..series.clone()
    }
}

/// A run of both loops that passes, in which nothing grows but the vocabulary without zones.
pub(crate) fn summary(workload: &str) -> Summary {
    let mut summary = example();
    summary.workload.name = workload.to_owned();
    summary.options.inject = None;
    for run in &mut summary.runs {
        if run.zones == Zones::On {
            run.live_bytes = flat(&run.live_bytes);
            run.live_blocks = flat(&run.live_blocks);
            run.rss_bytes = run.rss_bytes.as_ref().map(flat);
        }
        run.unaccounted = flat(&run.unaccounted);
    }
    for probe in [&mut summary.sites, &mut summary.dhat, &mut summary.valgrind] {
        pairs(probe)
            .iter_mut()
            .for_each(|pair| pair.growing.clear());
    }
    summary.verdict.outcome = Outcome::Pass;
    summary.verdict.exit_code = 0;
    summary.verdict.findings.clear();
    summary
}

/// The pairs of a probe that ran.
pub(crate) fn pairs(probe: &mut Probe<SiteReport>) -> &mut Vec<SitePair> {
    match probe {
        Probe::Ran(report) => &mut report.pairs,
        other => panic!("the example's probes ran: {other:?}"),
    }
}

/// A site that grows by so many bytes an iteration.
pub(crate) fn site(function: &str, bytes: f64) -> GrowingSite {
    let mut example = example();
    let mut site = pairs(&mut example.dhat)[0].growing[0].clone();
    let own = site.function.clone();
    for frame in &mut site.frames {
        if frame.function.contains(&own) {
            frame.function = function.to_owned();
        }
    }
    site.function = function.to_owned();
    site.bytes_per_iteration = bytes;
    site.blocks_per_iteration = 1.0;
    site
}

/// Sets what a tool saw grow.
pub(crate) fn set_growing(
    summary: &mut Summary,
    tool: Evidence,
    zones: Zones,
    growing: Vec<GrowingSite>,
) {
    let probe = match tool {
        Evidence::Valgrind => &mut summary.valgrind,
        Evidence::Sites => &mut summary.sites,
        _ => &mut summary.dhat,
    };
    let pair = pairs(probe).iter_mut().find(|pair| pair.zones == zones);
    pair.expect("the example has both loops").growing = growing;
}

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
