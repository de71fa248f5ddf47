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
    if let Ok(all) = ValgrindReport::parse_all(data)
        && let Ok(half) = ValgrindReport::parse_all(&data[..end])
    {
        assert_eq!(all.last(), Some(&report));
        // What looks whole in the half is what it is in the whole.
        for (half, whole) in half.iter().zip(&all) {
            if half.is_complete() && whole.is_complete() {
                assert_eq!(half.errors, whole.errors);
            }
        }
    }
});
