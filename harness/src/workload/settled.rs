//! When other threads of this process have let go of what an iteration left them with.

use harness_tally::counters;
use std::time::Duration;

/// Between two looks.
const MOMENT: Duration = Duration::from_millis(1);
/// Looks, at the most.
const LOOKS: u32 = 500;
/// So many looks in a row that see the same: a thread may have to wait for a processor for some of them.
const THE_SAME: u32 = 4;

/// Waits until nothing is allocated or freed any more, and `is_done`: a thread that has done its work frees what it had
/// after whoever waits for it goes on.
pub(super) fn settle(is_done: impl Fn() -> bool) {
    let (mut before, mut same) = (None, 0);
    for _ in 0..LOOKS {
        let now = counters::read();
        let seen = (now.total_bytes, now.live_bytes);
        same = if before == Some(seen) && is_done() {
            same + 1
        } else {
            0
        };
        if same >= THE_SAME {
            return;
        }
        before = Some(seen);
        std::thread::sleep(MOMENT);
    }
}
