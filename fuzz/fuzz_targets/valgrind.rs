//! valgrind's XML, as a killed child or a full disk leaves it. A file that ends earlier never looks whole, and what is
//! kept of it takes no more memory than a few times the file.
#![no_main]

use harness::probe::valgrind_xml::ValgrindReport;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(report) = ValgrindReport::parse(data) else {
        return;
    };
    let frames: usize = report.losses().map(|(_, _, _, frames)| frames.len()).sum();
    // The shortest error and the shortest frame there are.
    assert!(report.errors.len() * "<error/>".len() <= data.len());
    assert!(frames * "<frame/>".len() <= data.len());
    let seen = report.observation(1);
    assert_eq!(seen.records.len(), report.losses().count());

    let end = data.len() / 2;
    if report.is_complete()
        && let Ok(half) = ValgrindReport::parse(&data[..end])
        && half.truncated.is_none()
    {
        // Nothing that counts came after the root's end.
        assert_eq!(half, report);
    }
});
