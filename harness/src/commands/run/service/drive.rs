//! Drives a service that is ready: from its first request, from mark to mark, and through what tells causes apart.

use super::super::counted::count_run;
use super::super::launch::{EndOf, Ended, How, Started};
use super::super::log::Written;
use super::super::one_run::OneRun;
use super::super::options::RunOptions;
use super::super::watch::Seen;
use super::changes::thin;
use super::loader::Loader;
use super::lost;
use super::marks::Marks;
use super::snapshot::View;
use super::told::{self, Served};
use crate::load::{Done, Order, Request, Tally};
use harness_judge::counts;
use harness_model::program::{CountRun, Mark, PhaseKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Shares of the budget: for the requests up to the last mark, for the same once more, and for a while without any.
const LOAD: f64 = 0.7;
const AGAIN: f64 = 0.12;
const IDLE: f64 = 0.08;
/// What is left without requests lasts at most this share of what was with them, and at least a second where there is time.
const IDLE_PART: f64 = 0.1;
/// Marks without which nothing can be said, and how often the budget may be spent on them.
const FEWEST: usize = 4;
const LONGEST: f64 = 1.5;
/// The share of the budget from which on a look at a mark that is not judged is too dear.
const DEAR: f64 = 0.01;
/// Requests by which its speed is measured.
const FIRST: u64 = 10;
/// Between two looks at one mark: what changes meanwhile changes by itself.
const AGAIN_LOOK: Duration = Duration::from_millis(30);
/// Why there are no more requests.
pub(super) enum Halt {
    /// There were enough, or the time was over.
    Enough,
    /// The service ended by itself.
    Ended(EndOf),
    /// It took more memory than it may, or somebody stopped the whole.
    GivenUp(How),
    /// The process that sends them is gone, or said what makes no sense.
    Loader(String),
}

/// A service on its way from mark to mark.
pub(super) struct Drive<'d> {
    options: &'d RunOptions,
    view: View<'d>,
    interrupted: &'d AtomicBool,
    /// Whether causes are to be told apart when the last mark is reached.
    judges: bool,
    names: Vec<String>,
    distinct: bool,
    tallies: Vec<Tally>,
    /// Seconds in which requests were sent.
    sent_seconds: f64,
    /// Requests that were sent, up to the last mark.
    sent: u64,
    begun: Instant,
    /// Requests between two of the first marks.
    step: u64,
    /// Seconds that the last look took.
    looked: f64,
    marks: Vec<Mark>,
    judged: Vec<OneRun>,
    counts: Vec<CountRun>,
    after: Vec<OneRun>,
    phases: counts::Service,
    told_phases: Vec<harness_model::program::Phase>,
}

impl<'d> Drive<'d> {
    /// One that has sent nothing yet.
    pub(super) fn new(
        options: &'d RunOptions,
        view: View<'d>,
        interrupted: &'d AtomicBool,
        requests: &[Request],
        judges: bool,
    ) -> Drive<'d> {
        Drive {
            options,
            view,
            interrupted,
            judges,
            names: requests.iter().map(|one| one.name.clone()).collect(),
            distinct: requests.iter().any(Request::has_number),
            tallies: vec![Tally::default(); requests.len()],
            sent_seconds: 0.0,
            sent: 0,
            begun: Instant::now(),
            step: 1,
            looked: 0.0,
            marks: Vec::new(),
            judged: Vec::new(),
            counts: Vec::new(),
            after: Vec::new(),
            phases: counts::Service::default(),
            told_phases: Vec::new(),
        }
    }

    /// It is ready: times count from now.
    pub(super) fn begin(&mut self) {
        self.begun = Instant::now();
    }

    /// Requests that were sent, up to the last mark.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    fn share(&self, share: f64) -> f64 {
        self.options.budget * share
    }

    /// From the first request to the last phase.
    pub(super) fn all(
        &mut self,
        started: &mut Started,
        loader: &mut Loader,
        tick: &mut impl FnMut(),
    ) -> Halt {
        match self.load(started, loader, tick) {
            Halt::Enough if self.judges => {}
            halt => return halt,
        }
        let last = self.marks.last().copied().unwrap_or_default();
        self.phases.seconds = match (self.marks.first(), self.marks.last()) {
            (Some(first), Some(last)) => last.seconds - first.seconds,
            _ => 0.0,
        };
        self.phases.distinct = self.distinct;
        let mut before = last;
        if self.distinct {
            let again = Order {
                first: self.sent - self.sent / 2,
                count: self.sent / 2,
                seconds: self.share(AGAIN),
            };
            match self.send(again, started, loader, tick) {
                Ok(done) => {
                    let requests = done.tallies.iter().map(Tally::requests).sum();
                    self.note(&done);
                    before = self.phase(PhaseKind::SameAgain, requests, done.seconds, &before);
                }
                Err(halt) => return halt,
            }
        }
        let loaded = self.begun.elapsed().as_secs_f64();
        let idle = (loaded * IDLE_PART).max(1.0).min(self.share(IDLE));
        let begun = Instant::now();
        while begun.elapsed().as_secs_f64() < idle {
            if let Some(halt) = self.halted(started) {
                return halt;
            }
            tick();
            std::thread::sleep(Duration::from_millis(10));
        }
        self.phase(PhaseKind::Idle, 0, begun.elapsed().as_secs_f64(), &before);
        Halt::Enough
    }

    /// Requests from mark to mark.
    fn load(
        &mut self,
        started: &mut Started,
        loader: &mut Loader,
        tick: &mut impl FnMut(),
    ) -> Halt {
        let args = &self.options.service;
        let first = Order {
            first: 0,
            count: FIRST
                .min(args.requests.unwrap_or(FIRST))
                .min(args.mark.unwrap_or(FIRST)),
            seconds: self.share(LOAD),
        };
        let speed = match self.send(first, started, loader, tick) {
            Ok(done) => {
                self.sent = first
                    .count
                    .min(done.tallies.iter().map(Tally::requests).sum());
                self.note(&done);
                self.sent as f64 / done.seconds.max(1e-6)
            }
            Err(halt) => return halt,
        };
        let left = |drive: &Drive| {
            let spent = drive.begun.elapsed().as_secs_f64();
            match args.requests {
                // What was asked for is sent, as long as it may take.
                Some(_) => drive.options.timeout - spent,
                // Without a few marks nothing can be said: where looks are dear, they get more time.
                None if drive.judged.len() < 2 * FEWEST => drive.share(LONGEST) - spent,
                None => drive.share(LOAD) - spent,
            }
        };
        let marks = Marks::new(args.mark, args.requests, speed * self.share(LOAD));
        self.step = marks.step;
        let mut since = Done {
            tallies: Vec::new(),
            seconds: 0.0,
        };
        loop {
            let next = marks.next(self.sent);
            let seconds = left(self);
            let whole = if next > self.sent && seconds > 0.0 {
                let order = Order {
                    first: self.sent,
                    count: next - self.sent,
                    seconds,
                };
                match self.send(order, started, loader, tick) {
                    Ok(done) => {
                        let sent: u64 = done.tallies.iter().map(Tally::requests).sum();
                        self.sent += sent;
                        self.note(&done);
                        since = done;
                        sent == order.count
                    }
                    Err(halt) => return halt,
                }
            } else {
                false
            };
            let is_last = !whole || self.sent >= marks.total || left(self) <= 0.0;
            if self
                .marks
                .last()
                .is_none_or(|mark| mark.requests < self.sent)
            {
                let judged = is_last || marks.is_judged(self.sent);
                // Of a large program a look takes time, which is better spent on requests.
                if judged || self.looked < DEAR * self.options.budget {
                    let begun = Instant::now();
                    self.look(&since, judged);
                    self.looked = begun.elapsed().as_secs_f64();
                }
            } else if is_last {
                self.judge_last();
            }
            if is_last {
                return Halt::Enough;
            }
        }
    }

    /// Has requests sent, and looks after the service meanwhile.
    fn send(
        &mut self,
        order: Order,
        started: &mut Started,
        loader: &mut Loader,
        tick: &mut impl FnMut(),
    ) -> Result<Done, Halt> {
        let broken = |error: std::io::Error| Halt::Loader(error.to_string());
        loader.order(order).map_err(broken)?;
        loop {
            if let Some(done) = loader.done().map_err(broken)? {
                return Ok(done);
            }
            if let Some(halt) = self.halted(started) {
                return Err(halt);
            }
            tick();
        }
    }

    /// Whether it has to stop.
    fn halted(&self, started: &mut Started) -> Option<Halt> {
        if let Some(end) = started.look() {
            return Some(Halt::Ended(end));
        }
        if self.interrupted.load(Ordering::Relaxed) {
            return Some(Halt::GivenUp(How::Interrupted));
        }
        started.too_large().map(Halt::GivenUp)
    }

    fn note(&mut self, done: &Done) {
        self.sent_seconds += done.seconds;
        for (sum, more) in self.tallies.iter_mut().zip(&done.tallies) {
            sum.plus(more);
        }
    }

    /// Looks at a mark.
    fn look(&mut self, since: &Done, judged: bool) {
        self.view.rest();
        let mut sum = Tally::default();
        since.tallies.iter().for_each(|one| sum.plus(one));
        self.marks.push(Mark {
            requests: self.sent,
            seconds: self.begun.elapsed().as_secs_f64(),
            judged,
            rate: sum.latencies.count() as f64 / since.seconds.max(1e-9),
            p50_ms: sum.latencies.within(0.5),
            p99_ms: sum.latencies.within(0.99),
            ..self.view.mark()
        });
        if judged {
            self.snapshots();
        }
    }

    /// The last mark was looked at before it was known to be that.
    fn judge_last(&mut self) {
        if let Some(last) = self.marks.last_mut().filter(|last| !last.judged) {
            last.judged = true;
            self.snapshots();
        }
    }

    /// Two of one moment: what differs between them differs by itself.
    fn snapshots(&mut self) {
        let mut look = self.as_if_it_ended();
        self.counts.push(count_run(&look));
        thin(&self.judged, &mut look);
        self.judged.push(look);
        std::thread::sleep(AGAIN_LOOK);
        let mut look = self.as_if_it_ended();
        thin(&self.judged, &mut look);
        self.judged.push(look);
    }

    /// What came of a phase; what it is then.
    fn phase(&mut self, kind: PhaseKind, requests: u64, seconds: f64, before: &Mark) -> Mark {
        self.view.rest();
        let now = self.view.mark();
        self.phases.phases.push(counts::Phase {
            kind,
            requests,
            seconds,
        });
        self.told_phases
            .push(told::phase(kind, requests, seconds, before, &now));
        let mut look = self.as_if_it_ended();
        thin(&self.judged, &mut look);
        self.after.push(look);
        now
    }

    /// What it is at this moment, as a run that ended here.
    fn as_if_it_ended(&self) -> OneRun {
        let recordings = self.view.recordings();
        let own = self.view.own();
        OneRun {
            iterations: self.sent,
            ended: Ended {
                how: How::Exited(0),
                pid: self.view.pid,
                seconds: self.begun.elapsed().as_secs_f64(),
                processor_seconds: 0.0,
                written: Written::default(),
                seen: Seen {
                    resident: own.resident.unwrap_or(0),
                    resident_peak: own.resident_peak.unwrap_or(0),
                    anonymous: own.anonymous.unwrap_or(0),
                    ..Seen::default()
                },
                left: Vec::new(),
            },
            recordings,
            complaints: Vec::new(),
        }
    }

    /// All that was measured.
    pub(super) fn served(
        mut self,
        end: OneRun,
        mut doubts: Vec<String>,
        ready_seconds: f64,
        ended: String,
    ) -> Served {
        let mut all: Vec<&mut OneRun> = self.judged.iter_mut().chain(&mut self.after).collect();
        lost::tell(&mut all, &end.recordings);
        let service = harness_model::program::Service {
            ready_seconds,
            mark: self.step,
            phases: self.told_phases,
            ended,
            ..told::service(&self.names, &self.tallies, self.sent_seconds, self.marks)
        };
        let mut blind_spots = told::of_processes(&self.judged, &end);
        if doubts.is_empty() {
            let (doubt, blind) = told::of_requests(&service);
            doubts.extend(doubt);
            blind_spots.extend(blind);
        }
        Served {
            marks: self.judged,
            counts: self.counts,
            after: self.after,
            end,
            phases: self.phases,
            service,
            doubts,
            blind_spots,
        }
    }
}
