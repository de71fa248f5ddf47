//! Patterns with operators that vary their length, followed in all ways at once.
//!
//! A thread is one way of reading a pattern: the token it started at, and the step it has come to. spaCy follows every
//! way by itself, so that a dozen optional tokens are thousands of ways to the same place, all but the first of which
//! find what was found already. Here the first that comes to a place goes on alone. What is found, and in which order, is
//! the same: whatever two threads at one place do, the first of them does first.
//!
//! A thread that waits in a step without a limit may wait in vain until the text ends, and there is one for every token.
//! Where many do, [`Prospects`] tells which of them can still end.

use std::collections::{HashMap, HashSet};

use super::conditions::{Conditions, Reader, commonness};
use super::index::Index;
use super::prospects::Prospects;
use super::step::{Step, Times};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};

/// A pattern.
struct Weave {
    /// Its number among all patterns.
    pattern: u32,
    /// Its first step.
    first: u32,
    /// Whether there may be several ways to one place.
    ambiguous: bool,
    /// Whether a thread of it may wait without limit.
    waits: bool,
}

frozen!(Weave {
    pattern,
    first,
    ambiguous,
    waits
});

/// Patterns in a row, and what says which of them a token may begin.
#[derive(Default)]
pub(super) struct Threads {
    steps: Vec<Step>,
    weaves: Vec<Weave>,
    /// Those that begin with a token of a certain kind, by what it has.
    begun_by: Index,
    /// Of the others, those that need a token of a certain, rare kind somewhere, by what it has.
    needing: Index,
    /// The others.
    anywhere: Vec<u32>,
}

frozen!(Threads {
    steps,
    weaves,
    begun_by,
    needing,
    anywhere
});

/// Values that more tokens share than those of this attribute do not make a pattern rare: see [`commonness`].
const RARE: u8 = 4;

impl Threads {
    /// These patterns: their numbers, ascending, and their steps.
    pub fn new<'p>(
        patterns: impl Iterator<Item = (u32, &'p [Step])>,
        conditions: &Conditions,
    ) -> Threads {
        let mut threads = Threads::default();
        let (mut begun_by, mut needing) = (Vec::new(), Vec::new());
        for (pattern, steps) in patterns {
            let number = threads.weaves.len() as u32;
            let varied = steps.iter().filter(|step| step.times != Times::One).count();
            let before_last = &steps[..steps.len() - 1];
            threads.weaves.push(Weave {
                pattern,
                first: threads.steps.len() as u32,
                ambiguous: varied > 1,
                waits: before_last.iter().any(|step| step.times == Times::Any),
            });
            let placed = |step: &Step| Step {
                weave: number,
                ..*step
            };
            threads.steps.extend(steps.iter().map(placed));
            let key = |step: &Step| {
                conditions
                    .key(step.wanted)
                    .filter(|_| step.times == Times::One)
            };
            let (owner, item) = (0, number);
            if let Some((attr, ids)) = key(&steps[0]) {
                begun_by.extend(ids.into_iter().map(|id| (owner, attr, id, item)));
                continue;
            }
            let keys = steps.iter().filter_map(key);
            let rarest = keys.min_by_key(|(attr, ids)| (commonness(*attr), ids.len()));
            match rarest.filter(|(attr, _)| commonness(*attr) <= RARE) {
                Some((attr, ids)) => {
                    needing.extend(ids.into_iter().map(|id| (owner, attr, id, item)));
                }
                None => threads.anywhere.push(number),
            }
        }
        threads.steps.shrink_to_fit();
        threads.weaves.shrink_to_fit();
        threads.begun_by = Index::new(begun_by);
        threads.needing = Index::new(needing);
        threads
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.weaves.is_empty()
    }

    /// The pattern that a step is of.
    fn weave_of(&self, step: u32) -> &Weave {
        &self.weaves[self.steps[step as usize].weave as usize]
    }

    /// The steps of a pattern.
    fn steps_of(&self, weave: &Weave) -> &[Step] {
        let steps = &self.steps[weave.first as usize..];
        let last = steps.iter().position(|step| step.last);
        &steps[..last.map_or(0, |last| last + 1)]
    }
}

/// A way of reading a pattern that is still open.
#[derive(Debug, Clone, Copy)]
struct Thread {
    step: u32,
    start: u32,
    /// The token after that at which the thread last split off another; 0 if it never did. It tells its place among
    /// others: see [`ThreadHit::comes_before`].
    split: u32,
    /// The tokens it took: see [`ThreadWalk::paths`].
    path: u32,
}

/// A pattern was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct ThreadHit {
    pub start: u32,
    pub end: u32,
    pub pattern: u32,
    pub path: u32,
    split: u32,
}

impl ThreadHit {
    /// Whether spaCy would have found it before a plain pattern that ends with the same token.
    ///
    /// spaCy goes through all open ways in a row, plain patterns' among them: those that went on, as they were; then
    /// those that split off with the token before; then those that begin. A plain pattern's way never splits off.
    pub fn comes_before(&self, start: u32, pattern: u32) -> bool {
        start >= self.split && (self.start, self.pattern) < (start, pattern)
    }
}

/// The threads of a document.
pub(super) struct ThreadWalk<'m> {
    threads: &'m Threads,
    /// The patterns that every token may begin, for what the document has.
    open_to_all: Vec<u32>,
    at: Vec<Thread>,
    /// Those that split off others, which come after those that go on.
    split: Vec<Thread>,
    next: Vec<Thread>,
    seen: HashSet<(u32, u32)>,
    begun: Vec<u32>,
    prospects: HashMap<u32, Prospects>,
    /// How many threads there may be before those without prospects are looked for.
    many: usize,
    /// Whether the ways are remembered.
    keeps_paths: bool,
    /// Each token that a thread took: the one before it, and the token of the pattern.
    paths: Vec<(u32, u32)>,
    /// Steps until the clock is looked at.
    patience: u32,
    budget: Budget,
    /// How many tokens there are.
    length: usize,
}

/// The first number of threads that is many.
const MANY: usize = 64;

/// A pattern with fewer threads than this needs no prospects.
const CROWD: usize = 16;

const PATIENCE: u32 = 1 << 12;

impl<'m> ThreadWalk<'m> {
    /// Finds out which patterns `length` tokens may have.
    pub fn new(
        threads: &'m Threads,
        length: usize,
        reader: &Reader<'_, '_>,
        keeps_paths: bool,
        budget: Budget,
    ) -> Self {
        let mut open_to_all = threads.anywhere.clone();
        if !threads.needing.is_empty() {
            for token in 0..length {
                for &attr in threads.needing.attrs(0) {
                    let id = reader.id(token, attr);
                    open_to_all.extend(threads.needing.get(0, attr, id));
                }
            }
            open_to_all.sort_unstable();
            open_to_all.dedup();
        }
        ThreadWalk {
            threads,
            open_to_all,
            at: Vec::new(),
            split: Vec::new(),
            next: Vec::new(),
            seen: HashSet::new(),
            begun: Vec::new(),
            prospects: HashMap::new(),
            many: MANY,
            keeps_paths,
            paths: vec![(0, 0)],
            patience: PATIENCE,
            budget,
            length,
        }
    }

    /// Goes on with token `token`; `hits` gets what is found, in spaCy's order.
    pub fn step(
        &mut self,
        token: usize,
        reader: &mut Reader<'_, '_>,
        hits: &mut Vec<ThreadHit>,
    ) -> Result<(), OutOfTime> {
        self.begin(token, reader);
        let mut at = std::mem::take(&mut self.at);
        for thread in &at {
            self.follow(*thread, token, reader, hits)?;
        }
        at.clear();
        // Those that went on are first, and those that split off after them.
        self.seen.clear();
        let went_on = std::mem::take(&mut self.next);
        let split_off = std::mem::take(&mut self.split);
        for thread in went_on.iter().chain(&split_off) {
            let weave = self.threads.weave_of(thread.step);
            if !weave.ambiguous || self.seen.insert((thread.step, thread.start)) {
                at.push(*thread);
            }
        }
        (self.next, self.split) = (went_on, split_off);
        self.next.clear();
        self.split.clear();
        self.at = at;
        if self.at.len() > self.many {
            self.leave_out_the_hopeless(token + 1, reader)?;
        }
        Ok(())
    }

    /// Starts a thread of every pattern that the token may begin.
    fn begin(&mut self, token: usize, reader: &Reader<'_, '_>) {
        let threads = self.threads;
        let begun = &mut self.begun;
        begun.clear();
        for &attr in threads.begun_by.attrs(0) {
            begun.extend(threads.begun_by.get(0, attr, reader.id(token, attr)));
        }
        begun.extend_from_slice(&self.open_to_all);
        begun.sort_unstable();
        begun.dedup();
        self.at.extend(begun.iter().map(|&weave| Thread {
            step: threads.weaves[weave as usize].first,
            start: token as u32,
            split: 0,
            path: 0,
        }));
    }

    /// What one thread does with a token: spaCy's `get_action`, with what follows of it.
    fn follow(
        &mut self,
        mut thread: Thread,
        token: usize,
        reader: &mut Reader<'_, '_>,
        hits: &mut Vec<ThreadHit>,
    ) -> Result<(), OutOfTime> {
        let now = token as u32;
        loop {
            self.patience -= 1;
            if self.patience == 0 {
                self.patience = PATIENCE;
                self.budget.check()?;
            }
            let step = self.threads.steps[thread.step as usize];
            let is = reader.is(token, step.wanted)?;
            match (step.times, is, step.last) {
                (Times::One, false, _) => {}
                (Times::One, true, true) => {
                    let path = self.path(thread.path, step.token);
                    hits.extend(self.hit(&thread, now + 1, path));
                }
                (Times::One, true, false) => {
                    let path = self.path(thread.path, step.token);
                    let step = thread.step + 1;
                    self.next.push(Thread {
                        step,
                        path,
                        ..thread
                    });
                }
                // What ends with a step that takes more ends before each token that it takes.
                (Times::Any, true, true) => {
                    hits.extend(self.hit(&thread, now, thread.path));
                    let path = self.path(thread.path, step.token);
                    self.next.push(Thread { path, ..thread });
                }
                (Times::Optional, true, true) => {
                    hits.extend(self.hit(&thread, now, thread.path));
                    let path = self.path(thread.path, step.token);
                    hits.extend(self.hit(&thread, now + 1, path));
                }
                (_, false, true) => hits.extend(self.hit(&thread, now, thread.path)),
                (_, is, false) => {
                    if is {
                        let beyond = u32::from(step.times == Times::Optional);
                        let path = self.path(thread.path, step.token);
                        self.split.push(Thread {
                            step: thread.step + beyond,
                            start: thread.start,
                            split: now + 1,
                            path,
                        });
                    }
                    thread.step += 1;
                    continue;
                }
            }
            return Ok(());
        }
    }

    /// Goes through the end of the text: threads whose patterns need no more tokens end there.
    pub fn finish(&mut self, hits: &mut Vec<ThreadHit>) {
        let end = self.length as u32;
        for thread in &self.at {
            let rest = &self.threads.steps[thread.step as usize..];
            let last = rest.iter().position(|step| step.last);
            let rest = &rest[..=last.unwrap_or(0)];
            if rest.iter().all(|step| step.times != Times::One) {
                hits.extend(self.hit(thread, end, thread.path));
            }
        }
    }

    /// What is found if the thread ends before `end`; spaCy leaves out what is empty.
    fn hit(&self, thread: &Thread, end: u32, path: u32) -> Option<ThreadHit> {
        (end > thread.start).then(|| ThreadHit {
            start: thread.start,
            end,
            pattern: self.threads.weave_of(thread.step).pattern,
            path,
            split: thread.split,
        })
    }

    /// Leaves out threads that will not end, whatever they do: those of patterns that have many of them, and of which
    /// threads can wait.
    fn leave_out_the_hopeless(
        &mut self,
        token: usize,
        reader: &mut Reader<'_, '_>,
    ) -> Result<(), OutOfTime> {
        let threads = self.threads;
        let mut crowds: HashMap<u32, usize> = HashMap::new();
        for thread in &self.at {
            *crowds
                .entry(threads.steps[thread.step as usize].weave)
                .or_default() += 1;
        }
        for (number, crowd) in crowds {
            let weave = &threads.weaves[number as usize];
            if crowd >= CROWD && weave.waits && !self.prospects.contains_key(&number) {
                let steps = threads.steps_of(weave);
                let prospects = Prospects::new(steps, token..self.length, reader, self.budget)?;
                self.prospects.insert(number, prospects);
            }
        }
        self.at.retain(|thread| {
            let number = threads.steps[thread.step as usize].weave;
            let first = threads.weaves[number as usize].first;
            let prospects = self.prospects.get(&number);
            prospects.is_none_or(|prospects| prospects.has((thread.step - first) as usize, token))
        });
        self.many = MANY.max(2 * self.at.len());
        Ok(())
    }

    /// For each token of a hit the token of the pattern that took it.
    pub fn alignments(&self, hit: &ThreadHit) -> Vec<usize> {
        let mut alignments = vec![0; (hit.end - hit.start) as usize];
        let mut path = hit.path;
        for aligned in alignments.iter_mut().rev() {
            let (before, token) = self.paths[path as usize];
            *aligned = token as usize;
            path = before;
        }
        alignments
    }

    /// The path that takes one more token, as `token` of the pattern.
    fn path(&mut self, before: u32, token: u32) -> u32 {
        if !self.keeps_paths {
            return 0;
        }
        self.paths.push((before, token));
        self.paths.len() as u32 - 1
    }
}
