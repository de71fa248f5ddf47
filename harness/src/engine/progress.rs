//! Says on standard error how far the job is and how long it still takes: one live line on a terminal, a line now and
//! then elsewhere.

use super::console;
use harness_model::units::count;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// On a terminal, the live line is drawn anew no more often than this.
const REDRAW: Duration = Duration::from_millis(100);
/// Elsewhere, a line is written no more often than this.
const REPEAT: Duration = Duration::from_secs(10);

/// The progress of one phase of the job. Several threads may report to it.
pub struct Progress {
    name: String,
    steps: u64,
    /// What the steps are: "iterations".
    unit: &'static str,
    live: bool,
    silent: bool,
    state: Mutex<State>,
}

struct State {
    done: u64,
    begun: Instant,
    /// When the first step was done, and how many by then: what comes before is loading, and tells nothing of the rate.
    first: Option<(Instant, u64)>,
    shown: Option<Instant>,
}

impl Progress {
    /// Begins a phase of so many steps, which are called `unit`.
    pub fn begin(name: impl Into<String>, steps: u64, unit: &'static str) -> Progress {
        let progress = Progress {
            name: name.into(),
            steps,
            unit,
            live: console::is_live(),
            silent: console::is_quiet(),
            state: Mutex::new(State {
                done: 0,
                begun: Instant::now(),
                first: None,
                shown: None,
            }),
        };
        progress.show(&mut progress.lock());
        progress
    }

    /// The progress of a phase that nobody is told of.
    pub fn silent() -> Progress {
        let now = Instant::now();
        Progress {
            name: String::new(),
            steps: 0,
            unit: "",
            live: false,
            silent: true,
            state: Mutex::new(State {
                done: 0,
                begun: now,
                first: None,
                shown: None,
            }),
        }
    }

    /// One more step is done.
    pub fn step(&self) {
        self.steps(1);
    }

    /// So many more steps are done.
    pub fn steps(&self, more: u64) {
        let mut state = self.lock();
        state.done += more;
        if state.first.is_none() {
            state.first = Some((Instant::now(), state.done));
        }
        self.show(&mut state);
    }

    /// The phase is over; `outcome` says how it went: "done", "stopped".
    pub fn end(self, outcome: &str) {
        if self.silent {
            return;
        }
        let state = self.lock();
        let seconds = state.begun.elapsed().as_secs_f64();
        let name = &self.name;
        self.say(format_args!("{name}: {outcome} in {seconds:.1} s"), true);
    }

    fn show(&self, state: &mut State) {
        if self.silent {
            return;
        }
        let pause = if self.live { REDRAW } else { REPEAT };
        if state.shown.is_some_and(|shown| shown.elapsed() < pause) {
            return;
        }
        state.shown = Some(Instant::now());
        let left = match time_left(state, self.steps) {
            Some(left) => format!(", {} left", for_people(left)),
            None => String::new(),
        };
        let (name, unit) = (&self.name, self.unit);
        let (done, steps) = (count(state.done), count(self.steps));
        let line = format_args!("{name}: {done} of {steps} {unit}{left}");
        self.say(line, false);
    }

    fn say(&self, line: std::fmt::Arguments<'_>, ended: bool) {
        if self.live {
            console::redraw(line, ended);
        } else {
            console::complain(line);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn time_left(state: &State, steps: u64) -> Option<Duration> {
    let (first, by_then) = state.first?;
    let done = state.done.checked_sub(by_then).filter(|done| *done > 0)?;
    let left = steps.saturating_sub(state.done);
    Some(first.elapsed().mul_f64(left as f64 / done as f64))
}

/// A time as people say it: `45 s`, `3 min`.
fn for_people(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=99 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_goes_by_the_rate_since_the_first_step() {
        let now = Instant::now();
        let state = State {
            done: 11,
            begun: now - Duration::from_secs(100),
            first: Some((now - Duration::from_secs(20), 1)),
            shown: None,
        };
        let left = time_left(&state, 31).unwrap().as_secs_f64();
        assert!((40.0..41.0).contains(&left), "{left}");
    }

    #[test]
    fn times_are_said_in_seconds_then_minutes() {
        assert_eq!(for_people(Duration::from_secs(45)), "45 s");
        assert_eq!(for_people(Duration::from_secs(121)), "3 min");
    }
}
