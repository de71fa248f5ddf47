//! What people write or commit for the gate: its configuration, its baseline and suppressions. Whatever stands in them,
//! they are read or refused with a reason. The first byte picks one.
#![no_main]

use harness::commands::gate::baseline::Baseline;
use harness::commands::gate::config::Config;
use harness::suppressions::pattern;
use harness_model::LeakKind;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let Some((pick, data)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(data);
    match pick % 3 {
        0 => {
            if let Err(why) = Config::parse_in(&text, Path::new("ci")) {
                assert!(!why.is_empty() && !why.contains('\n'), "{why:?}");
            }
        }
        1 => match Baseline::parse(&text) {
            Ok(baseline) => {
                let json = serde_json::to_string(&baseline).unwrap();
                assert_eq!(Baseline::parse(&json).unwrap(), baseline);
            }
            Err(why) => assert!(!why.is_empty()),
        },
        _ => match pattern::read(&text) {
            Ok(entries) => {
                for entry in entries {
                    if let Some(pattern) = entry.pattern {
                        pattern.hides(LeakKind::DefinitelyLost, &[]);
                    }
                }
            }
            Err((line, why)) => {
                assert!(line as usize <= text.lines().count() && !why.is_empty());
            }
        },
    }
});
