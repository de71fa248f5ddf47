//! Tests that fail when the work they run keeps memory.
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();
//!
//! # fn parse(text: &str) -> Vec<&str> { text.split(' ').collect() }
//! # /*
//! #[test]
//! # */
//! fn parsing_keeps_nothing() {
//!     leak_test::leak_test(|| {
//!         parse("some text to parse");
//!     });
//! }
//! # parsing_keeps_nothing();
//! ```
//!
//! [`leak_test()`] runs the work 20 times to warm it up and then 100 times more, counts live bytes and blocks after each,
//! and looks at how they go on. A cache that fills up, something that is made once and something that is emptied now and
//! then pass; one byte kept every so many iterations fails, and the panic's message names the function, the file and the
//! line that allocate it, and how small a leak this run could have seen. [`LeakTest`] has the settings.
//!
//! # What is counted
//!
//! What the test's thread allocates, less what it frees: tests of one binary run at the same time on threads of one
//! process, and each has its own verdict.
//!
//! - **Other threads are not seen**, the work's own among them: a thread does not know who started it.
//!   [`LeakTest::whole_process`] counts them all, and fails with [`Failure::OthersAllocated`] rather than judge if
//!   threads allocated that have nothing to do with the work.
//! - **Blocks that change threads** are noticed where it would make a test fail: what this thread allocated and another
//!   freed is no leak, and the report tells of it ([`Note::HandedOver`]). The other way round a leak may hide: a thread
//!   that frees what others allocated seems to keep less than it does. Use [`LeakTest::whole_process`] for such work.
//! - **Only the global allocator is counted**: not memory that is mapped, nor that of C libraries, nor what the allocator
//!   itself needs or keeps.
//! - **Output is kept**: the test runner collects what a test prints, and so `println!` in the work is growth unless the
//!   tests are run with `--nocapture`.
//!
//! # What it costs
//!
//! An allocation costs some additions more. Only a test that would fail walks stacks, in further iterations that search
//! for the call site, as many again as there were at most. Nothing has to be built with frame pointers; for lines in
//! files there must be debug information, as `cargo test` has by default.
//!
//! # Work that differs from iteration to iteration
//!
//! Iterations are compared with each other, so they should do the same. If the work goes round some inputs, tell how many
//! with [`LeakTest::cycle`]. Where the counts go up and down without any such rule they are judged as measurements with
//! noise, which sees less: the report says how much.

#![deny(missing_docs)]

mod allocator;
mod capture;
mod measure;
mod outcome;
mod outside;
mod own;
mod run;
mod series;
mod settings;
mod sites;
mod text;

pub use allocator::Counting;
pub use harness_model::{Frame, Linked, Place, Series, Shape};
pub use outcome::{Failure, Findings, Note, Report};
pub use settings::LeakTest;
pub use sites::Site;

/// Runs `work` again and again, and fails the test if it keeps memory.
///
/// What the work returns is dropped within the iteration. For settings, or for a result in place of a panic, see
/// [`LeakTest`].
///
/// # Panics
///
/// With a report, if the work's memory grows or that cannot be told; and if the global allocator is not [`Counting`].
#[track_caller]
pub fn leak_test<R>(work: impl FnMut() -> R) -> Report {
    LeakTest::new().assert(work)
}
