//! What was measured over time, as a stranger, a killed recorder or a full disk leaves it: a recording of the harness's own,
//! a file of mprof's, a table, JSON, or an answer of Prometheus. It is refused with a sentence, or read and judged.
#![no_main]

use harness::commands::judge::fuzzing::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match read(data) {
        Ok(parts) => {
            for track in parts.iter().flat_map(|part| &part.evidence.tracks) {
                assert!(track.points.windows(2).all(|pair| pair[0].at <= pair[1].at));
                assert!(track.points.len() <= 20_000);
            }
            // Judging costs more than reading: of the largest inputs it would be all that is done.
            if data.len() < 2_000 {
                let apart = harness_judge::over_time::conclude_apart(&parts);
                assert!(apart.conclusion.verdict.sentence.ends_with('.'));
                assert_eq!(apart.decides.len(), parts.len());
            }
        }
        Err(why) => assert!(why.contains("a file")),
    }
});
