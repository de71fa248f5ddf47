//! What a leak test can be told.

use crate::series::FEWEST_PASSES;

const WARMUP: u64 = 20;
const ITERATIONS: u64 = 100;
/// Passes over inputs that come round, where no number of iterations is set.
const PASSES: u64 = 10;

/// A leak test with settings of its own.
///
/// ```
/// # #[global_allocator]
/// # static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();
/// use leak_test::LeakTest;
///
/// let texts = ["a", "longer", "the longest of all"];
/// let mut next = texts.iter().cycle();
/// let report = LeakTest::new()
///     .cycle(3)
///     .iterations(300)
///     .assert(|| next.next().unwrap().to_uppercase());
/// println!("{report}");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a test runs when it is told to: see `assert` and `run`"]
pub struct LeakTest {
    warmup: Option<u64>,
    iterations: Option<u64>,
    cycle: Option<u64>,
    pub(crate) tolerated: f64,
    pub(crate) expected: Vec<String>,
    pub(crate) whole_process: bool,
}

impl LeakTest {
    /// The settings that [`leak_test`](crate::leak_test()) has.
    pub fn new() -> LeakTest {
        LeakTest::default()
    }

    /// Iterations before the measurement, in which tables, pools and caches take the size that they stay at: 20, or one
    /// pass over the inputs if that is more. A cache that fills needs as many as fill it.
    pub fn warmup(mut self, iterations: u64) -> LeakTest {
        self.warmup = Some(iterations);
        self
    }

    /// Iterations that are judged: 100, or ten passes over the inputs if that is more. What comes more seldom is seen
    /// with more of them: growth has to come round in every quarter of the run to be certain.
    ///
    /// Where something rose the run is continued: to twice as many iterations before it is called growing, and to four
    /// times as many before it is said not to go on.
    pub fn iterations(mut self, iterations: u64) -> LeakTest {
        self.iterations = Some(iterations);
        self
    }

    /// Iterations after which the work's inputs come round again: 1, if every iteration does the same. Iterations are
    /// compared with those that did the same.
    pub fn cycle(mut self, iterations: u64) -> LeakTest {
        self.cycle = Some(iterations);
        self
    }

    /// Tolerates growth up to so many bytes an iteration. The report still tells of it.
    pub fn tolerate_bytes(mut self, per_iteration: f64) -> LeakTest {
        self.tolerated = per_iteration;
        self
    }

    /// Tolerates growth of what a function allocates, itself or in what it calls, such as a cache's. `function` is its
    /// path or a part of that: `"Cache::insert"`. Whatever else grows still fails the test. Where the debug information has
    /// line tables only, it has no paths either: then the last part of the name is compared, here `insert`.
    pub fn expect_growth_in(mut self, function: impl Into<String>) -> LeakTest {
        self.expected.push(function.into());
        self
    }

    /// Counts what all threads of the process allocate, for work that has threads of its own.
    ///
    /// Leak tests then wait for each other. Other threads must be idle meanwhile: where one allocates that was there
    /// before, the test begins again, and after some such attempts fails with [`Failure::OthersAllocated`]. Such tests
    /// belong into a test binary of their own, or are run with `--test-threads=1`.
    pub fn whole_process(mut self) -> LeakTest {
        self.whole_process = true;
        self
    }

    pub(crate) fn cycle_length(&self) -> u64 {
        self.cycle.unwrap_or(1).max(1)
    }

    pub(crate) fn warmup_iterations(&self) -> u64 {
        self.warmup.unwrap_or(WARMUP.max(self.cycle_length()))
    }

    pub(crate) fn measured_iterations(&self) -> u64 {
        let passes = self.cycle_length().saturating_mul(PASSES);
        self.iterations.unwrap_or(ITERATIONS.max(passes))
    }

    /// Whether there are so few passes that nothing can be told.
    pub(crate) fn is_too_short(&self) -> bool {
        self.measured_iterations() < self.cycle_length().saturating_mul(FEWEST_PASSES)
    }
}
