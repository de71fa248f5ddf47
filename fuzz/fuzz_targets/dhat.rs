//! dhat's JSON, as a killed child or a full disk leaves it. A file that ends earlier never looks whole, and every program
//! point has a stack that can be asked for.
#![no_main]

use harness::probe::dhat_json::DhatReport;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(report) = DhatReport::parse(data) else {
        return;
    };
    assert!(report.points.len() * "{}".len() <= data.len());
    for point in &report.points {
        report.stack(point);
    }
    report.live_at_end();
    let seen = report.observation(1);
    assert!(seen.records.len() <= report.points.len());

    // A document ends with its last bracket: without it, it is none.
    let whole = data.trim_ascii_end();
    if report.truncated.is_none()
        && let Some((_, cut)) = whole.split_last()
        && let Ok(cut) = DhatReport::parse(cut)
    {
        assert!(cut.truncated.is_some());
    }
});
