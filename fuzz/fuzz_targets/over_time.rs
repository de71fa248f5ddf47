//! What was measured over time, as a stranger, a killed recorder or a full disk leaves it: a recording of the harness's own,
//! or a file of mprof's. It is refused with a sentence, or read and judged.
#![no_main]

use harness::commands::judge::fuzzing::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match read(data) {
        Ok(evidence) => {
            for track in &evidence.tracks {
                assert!(track.points.windows(2).all(|pair| pair[0].at < pair[1].at));
            }
            // Judging costs more than reading: of the largest inputs it would be all that is done.
            if data.len() < 2_000 {
                let verdict = harness_judge::over_time::conclude(&evidence).verdict;
                assert!(verdict.sentence.ends_with('.'));
            }
        }
        Err(why) => assert!(why.contains("a file")),
    }
});
