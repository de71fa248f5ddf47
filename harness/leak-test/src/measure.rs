//! Runs the work and judges what it kept.

use crate::allocator::counts;
use crate::capture::{Amount, Capture, Captured, Moved};
use crate::outcome::{Failure, Findings, Note, Report};
use crate::outside::Watch;
use crate::series::{Counts, Judged};
use crate::settings::LeakTest;
use crate::sites::{Site, Stacks};
use harness_model::Shape;
use harness_tally::{counters, thread};
use std::cell::Cell;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Rises that the search for their stacks waits for.
const RISES_TO_FIND: usize = 8;

/// A run in which something rose may take so many times as long: what doubles as it fills rises more and more seldom.
const LONGEST: usize = 4;
/// One that grows is so many times as long: a cache may fill evenly and then stop.
const SURE: usize = 2;
/// How often a test of the whole process is begun if other threads disturb it.
const ATTEMPTS: usize = 5;
/// So much of the growth has to be found by the search for its stacks.
pub const MOST_OF_IT: f64 = 0.9;

/// Tests of one thread share it; a test of the whole process has it alone.
static TESTS: RwLock<()> = RwLock::new(());

thread_local! {
    static TESTING: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one that runs a test, until it is dropped.
struct Testing;

impl Testing {
    /// None if it does already.
    fn begin() -> Option<Testing> {
        (!TESTING.replace(true)).then(|| Testing)
    }
}

impl Drop for Testing {
    fn drop(&mut self) {
        TESTING.set(false);
    }
}

pub fn measure(test: &LeakTest, work: &mut dyn FnMut()) -> Result<Report, Failure> {
    if !counts() {
        return Err(Failure::NotCounting);
    }
    let Some(_testing) = Testing::begin() else {
        return Err(Failure::Nested);
    };
    if !test.whole_process {
        let _shared = TESTS.read().unwrap_or_else(PoisonError::into_inner);
        let watch = None;
        return Run { test, work, watch }.judge();
    }
    let _alone = TESTS.write().unwrap_or_else(PoisonError::into_inner);
    let mut attempts = 1;
    loop {
        let watch = Some(Watch::begin());
        let work = &mut *work;
        match (Run { test, work, watch }).judge() {
            Err(Failure::OthersAllocated { .. }) if attempts < ATTEMPTS => attempts += 1,
            result => return result,
        }
        // A test that was about to end, or the test runner as it started this one.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What is live as the test counts it.
fn live(whole_process: bool) -> Amount {
    if whole_process {
        let now = counters::read();
        Amount {
            bytes: now.live_bytes as i64,
            blocks: now.live_blocks as i64,
        }
    } else {
        let now = thread::read();
        Amount {
            bytes: now.live_bytes,
            blocks: now.live_blocks,
        }
    }
}

struct Run<'a> {
    test: &'a LeakTest,
    work: &'a mut dyn FnMut(),
    watch: Option<Watch>,
}

impl Run<'_> {
    fn live(&self) -> Amount {
        live(self.test.whole_process)
    }

    fn judge(mut self) -> Result<Report, Failure> {
        let cycle = self.test.cycle_length();
        let mut counts = self.iterate()?;
        let judged = counts.judge(cycle);
        if self.test.is_too_short() {
            return Err(self.too_short(judged));
        }
        if judged.passes() {
            return Ok(self.report(judged, Vec::new()));
        }
        if self.tolerates(&judged) {
            return Ok(self.tolerated(judged, Vec::new()));
        }
        let searched = self.search(&mut counts, judged.bytes.slope);
        self.undisturbed()?;
        self.conclude(&counts, &searched)
    }

    /// Whether no other thread moved the counts: whatever was found rests on them.
    fn undisturbed(&self) -> Result<(), Failure> {
        match self.watch.as_ref().map_or(0, Watch::seen) {
            0 => Ok(()),
            times => Err(Failure::OthersAllocated { times }),
        }
    }

    /// The warm-up and the measured iterations: more of them where something rose.
    fn iterate(&mut self) -> Result<Counts, Failure> {
        for _ in 0..self.test.warmup_iterations() {
            (self.work)();
        }
        let cycle = self.test.cycle_length();
        let mut counts = self.measure()?;
        for times in 1..LONGEST {
            let settled = match counts.judge(cycle).shape() {
                Shape::Flat | Shape::Sawtooth => true,
                Shape::Growing => times >= SURE,
                Shape::OneOff | Shape::Saturating | Shape::Slowing | Shape::Inconclusive => false,
            };
            if settled {
                break;
            }
            let more = self.measure()?;
            counts.go_on_with(&more);
        }
        Ok(counts)
    }

    fn measure(&mut self) -> Result<Counts, Failure> {
        let iterations = self.test.measured_iterations();
        let mut counts = Counts::with_capacity(usize::try_from(iterations).unwrap_or(usize::MAX));
        counts.push(self.live());
        for _ in 0..iterations {
            (self.work)();
            counts.push(self.live());
            self.undisturbed()?;
        }
        Ok(counts)
    }

    /// Some more iterations, with the stacks of what they allocate: until it is found where the growth comes from, of so
    /// many bytes an iteration, or as many again as there were. They are added to `counts`.
    fn search(&mut self, counts: &mut Counts, slope: f64) -> Searched {
        let cycle = usize::try_from(self.test.cycle_length()).unwrap_or(usize::MAX);
        let before = self.test.warmup_iterations() as usize + counts.iterations();
        let most = before.next_multiple_of(cycle);
        // What is expected has to be told from what is not over a run as long as the first.
        let enough = if self.test.expected.is_empty() {
            (RISES_TO_FIND * counts.longest_gap()).max(cycle)
        } else {
            most
        };
        let mut net = Counts::with_capacity(most);
        let capture = Capture::begin(self.test.whole_process);
        let began = self.live();
        net.push(began);
        capture.mark();
        for iteration in 1..=most {
            (self.work)();
            let mut gained = self.live();
            net.push(gained);
            gained.subtract(began);
            // Equal: all that was gained is live and was seen to be allocated, and nothing else came or went.
            let found = capture.mark() == gained
                && gained.bytes > 0
                && gained.bytes as f64 >= MOST_OF_IT * slope * iteration as f64;
            if found && iteration >= enough && iteration % cycle == 0 {
                break;
            }
        }
        let captured = capture.end();
        counts.go_on_with(&net);
        Searched { net, captured }
    }

    fn conclude(&self, counts: &Counts, searched: &Searched) -> Result<Report, Failure> {
        let cycle = self.test.cycle_length();
        let stacks = Stacks::name(&searched.captured.stacks);
        let expected = |stack: usize| stacks.go_through(stack, &self.test.expected);
        let moved = searched.moved();
        let handed_over = moved.handed_over;
        let allowed = searched.captured.marks.last().map(|last| {
            let of_expected = last.by_stack.iter().filter(|(stack, _)| expected(*stack));
            of_expected.fold(Amount::default(), |mut sum, (_, amount)| {
                sum.add(*amount);
                sum
            })
        });
        let allowed = allowed.unwrap_or_default();
        let mut notes = Vec::new();
        // What changed threads or is expected is known for the search alone, which then is judged by itself.
        let nothing = Amount::default();
        let judged = if [handed_over, moved.received, allowed] == [nothing; 3] {
            counts.judge(cycle)
        } else {
            let iterations = searched.net.iterations() as f64;
            if handed_over != nothing {
                let per_iteration = handed_over.bytes as f64 / iterations;
                notes.push(Note::HandedOver { per_iteration });
            }
            if allowed != nothing {
                let per_iteration = allowed.bytes as f64 / iterations;
                notes.push(Note::Expected { per_iteration });
            }
            searched.without(expected).judge(cycle)
        };
        if judged.passes() {
            return Ok(self.report(judged, notes));
        }
        if self.tolerates(&judged) {
            return Ok(self.tolerated(judged, notes));
        }
        let sites = Site::gather(&searched.captured, &stacks, cycle, expected);
        let findings = Box::new(Findings {
            report: self.report(judged, notes),
            sites,
            is_named: stacks.have_lines(),
            searched: searched.net.iterations() as u64,
        });
        Err(match findings.report.shape() {
            Shape::Growing => Failure::Growing(findings),
            _ => Failure::Inconclusive(findings),
        })
    }

    /// Blocks have no bound of their own: nothing is tolerated where no bytes are.
    fn tolerates(&self, judged: &Judged) -> bool {
        self.test.tolerated > 0.0 && judged.bytes.slope <= self.test.tolerated
    }

    fn tolerated(&self, judged: Judged, mut notes: Vec<Note>) -> Report {
        let per_iteration = judged.bytes.slope;
        notes.push(Note::Tolerated { per_iteration });
        self.report(judged, notes)
    }

    fn too_short(&self, judged: Judged) -> Failure {
        Failure::Inconclusive(Box::new(Findings {
            report: self.report(judged, Vec::new()),
            sites: Vec::new(),
            is_named: true,
            searched: 0,
        }))
    }

    fn report(&self, judged: Judged, notes: Vec<Note>) -> Report {
        Report::new(self.test, judged, notes)
    }
}

/// What the search found.
struct Searched {
    /// What was live, as the test counts it, where the search began and after each iteration.
    net: Counts,
    captured: Captured,
}

impl Searched {
    fn moved(&self) -> Moved {
        let last = self.captured.marks.last();
        last.map_or(Moved::default(), |last| last.moved)
    }

    /// What was live of what this thread allocated, whoever freed the rest, without what `expected` stacks keep. It begins
    /// when a quarter is over: blocks that are older than the search, and so without an owner, change threads too.
    fn without(&self, expected: impl Fn(usize) -> bool) -> Counts {
        let begins = self.net.iterations() / 4;
        let mut rest = Counts::with_capacity(self.net.iterations() - begins);
        for (at, mark) in self.captured.marks.iter().enumerate().skip(begins) {
            let mut live = Amount {
                bytes: self.net.bytes[at],
                blocks: self.net.blocks[at],
            };
            live.subtract(mark.moved.handed_over);
            live.add(mark.moved.received);
            for (_, amount) in mark.by_stack.iter().filter(|(stack, _)| expected(*stack)) {
                live.subtract(*amount);
            }
            rest.push(live);
        }
        rest
    }
}
