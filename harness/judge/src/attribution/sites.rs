//! Matches what is live or lost at the end of a run of n iterations with the same of a run of 10n, stack by stack.
//!
//! What a loop adds grows with its iterations; what is made once cancels. So no suppression is needed to tell a leak
//! from set-up, and the growth is an exact fraction: (long - short) / (iterations between).

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::answering::answerable;
use super::rate::Rate;
use super::sources::Sources;
use super::stack::{Frame, FrameKey};
use harness_model::{GrowingSite, HeldAt, LeakKind, Place};

/// Lost blocks that a stale pointer makes look reachable in one of the two runs, at most. They are counted with the
/// others of their stack, so that the figures stay exact.
const STRAYS: i128 = 2;

/// What one run left at its end.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// Iterations that the run completed.
    pub iterations: u64,
    /// What it left, one entry a stack and kind; several entries may share both.
    pub records: Vec<Record>,
}

/// Blocks that one stack left.
#[derive(Debug, Clone)]
pub struct Record {
    /// How they are held; `None` where the tool cannot know.
    pub kind: Option<LeakKind>,
    /// The part of the pipeline that was at work, where that is known.
    pub part: Option<String>,
    /// Their bytes.
    pub bytes: u64,
    /// How many.
    pub blocks: u64,
    /// Where they were allocated, innermost call first.
    pub frames: Vec<Frame>,
    /// What they were now and then over the run, where the instrument looked.
    pub held: Vec<HeldAt>,
}

/// What one stack left in both runs.
#[derive(Debug, Clone)]
pub struct Site {
    /// How the blocks that grew are held; `None` where the tool cannot know.
    pub kind: Option<LeakKind>,
    /// Bytes and blocks at the end of the shorter run.
    pub short: Totals,
    /// Bytes and blocks at the end of the longer run.
    pub long: Totals,
    /// Bytes gained per iteration.
    pub bytes: Rate,
    /// Blocks gained per iteration.
    pub blocks: Rate,
    /// The call that answers for it; `None` for a record without a stack.
    pub place: Option<Place>,
    /// The part of the pipeline that was at work, where that is known.
    pub part: Option<String>,
    /// The stack, innermost call first.
    pub frames: Vec<Frame>,
    /// What it held now and then over the longer run, where the instrument looked.
    pub held: Vec<HeldAt>,
}

/// Bytes and blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes.
    pub bytes: u64,
    /// Blocks.
    pub blocks: u64,
}

impl Totals {
    /// Adds blocks.
    pub fn add(&mut self, bytes: u64, blocks: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.blocks = self.blocks.saturating_add(blocks);
    }
}

impl Site {
    /// More bytes or more blocks with more iterations.
    pub fn grows(&self) -> bool {
        self.long.bytes > self.short.bytes || self.long.blocks > self.short.blocks
    }

    /// The site in the terms of `summary.json`.
    pub fn to_summary(&self) -> GrowingSite {
        GrowingSite {
            leak_kind: self.kind,
            bytes_per_iteration: self.bytes.as_f64(),
            blocks_per_iteration: self.blocks.as_f64(),
            short_bytes: self.short.bytes,
            short_blocks: self.short.blocks,
            long_bytes: self.long.bytes,
            long_blocks: self.long.blocks,
            place: self.place.clone().unwrap_or_else(Place::unknown),
            part: self.part.clone(),
            frames: self.frames.iter().map(frame_to_summary).collect(),
            held: self.held.clone(),
        }
    }
}

/// A call in the terms of `summary.json`.
pub fn frame_to_summary(frame: &Frame) -> harness_model::Frame {
    let address = || {
        frame.address.map_or_else(
            || "(no symbol)".to_owned(),
            |address| format!("{address:#x}"),
        )
    };
    harness_model::Frame {
        place: Place {
            function: frame.place.function.clone().unwrap_or_else(|| {
                if frame.place.file.is_some() {
                    "(inlined)".to_owned()
                } else {
                    address()
                }
            }),
            file: frame
                .short_file()
                .or(frame.linked.object.as_deref())
                .map(str::to_owned),
            line: frame.place.line,
        },
        linked: frame.linked.clone(),
        language: None,
    }
}

/// How blocks are held, coarsely: a site's blocks move between definitely and indirectly lost with what points where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Lost = 0,
    Possibly = 1,
    Reachable = 2,
}

impl Held {
    fn of(kind: Option<LeakKind>) -> Held {
        match kind {
            Some(LeakKind::DefinitelyLost | LeakKind::IndirectlyLost) => Held::Lost,
            Some(LeakKind::PossiblyLost) => Held::Possibly,
            Some(LeakKind::StillReachable) | None => Held::Reachable,
        }
    }
}

/// What one stack left in both runs, by how it is held.
struct Gathered<'a> {
    frames: &'a [Frame],
    part: Option<&'a str>,
    by_held: [(Totals, Totals); 3],
    /// Blocks of each kind that the longer run has and the shorter has not, to name the kind that grew.
    by_kind: HashMap<Option<LeakKind>, i128>,
    /// What the stack held over the longer run, by the iterations.
    held: BTreeMap<u64, Totals>,
}

/// Matches the two runs by stack and fits what each stack gains per iteration. Growing sites come first, those that
/// lose most bytes per iteration before the others.
pub fn match_runs(short: &Observation, long: &Observation, tree: &dyn Sources) -> Vec<Site> {
    let mut by_stack: HashMap<Vec<FrameKey<'_>>, Gathered<'_>> = HashMap::new();
    for (run, sign) in [(short, -1), (long, 1)] {
        for record in &run.records {
            let gathered = by_stack
                .entry(fold_recursion(&record.frames))
                .or_insert_with(|| Gathered {
                    frames: &record.frames,
                    part: record.part.as_deref(),
                    by_held: Default::default(),
                    by_kind: HashMap::new(),
                    held: BTreeMap::new(),
                });
            let (in_short, in_long) = &mut gathered.by_held[Held::of(record.kind) as usize];
            let totals = if sign < 0 { in_short } else { in_long };
            totals.add(record.bytes, record.blocks);
            *gathered.by_kind.entry(record.kind).or_default() += sign * i128::from(record.blocks);
            if sign > 0 {
                for at in &record.held {
                    let sum = gathered.held.entry(at.iterations).or_default();
                    sum.add(at.bytes, at.blocks);
                }
            }
        }
    }
    let between = long.iterations.saturating_sub(short.iterations);
    let mut sites: Vec<Site> = by_stack
        .into_values()
        .flat_map(|gathered| gathered.into_sites(between, tree))
        .collect();
    sites.sort_by(|a, b| {
        let rank = |site: &Site| {
            Reverse((
                site.grows(),
                gained(site.short.bytes, site.long.bytes),
                site.long.bytes,
            ))
        };
        rank(a).cmp(&rank(b)).then_with(|| {
            a.frames
                .iter()
                .map(Frame::key)
                .cmp(b.frames.iter().map(Frame::key))
        })
    });
    sites
}

/// The stack's key, outermost call first, with recursion folded: how deep it went differs from text to text.
fn fold_recursion(frames: &[Frame]) -> Vec<FrameKey<'_>> {
    let mut stack: Vec<FrameKey<'_>> = Vec::with_capacity(frames.len());
    let mut places: HashMap<FrameKey<'_>, usize> = HashMap::new();
    for key in frames.iter().rev().map(Frame::key) {
        if let Some(&at) = places.get(&key) {
            for dropped in stack.drain(at + 1..) {
                places.remove(&dropped);
            }
        } else {
            places.insert(key, stack.len());
            stack.push(key);
        }
    }
    stack
}

fn gained(short: u64, long: u64) -> i128 {
    i128::from(long) - i128::from(short)
}

fn held_at((&iterations, held): (&u64, &Totals)) -> HeldAt {
    HeldAt {
        iterations,
        bytes: held.bytes,
        blocks: held.blocks,
    }
}

impl Gathered<'_> {
    /// One site, or one for each way of holding blocks in which the stack's blocks changed.
    fn into_sites(self, between: u64, tree: &dyn Sources) -> Vec<Site> {
        let change = |held: Held| {
            let (short, long) = self.by_held[held as usize];
            gained(short.blocks, long.blocks)
        };
        let all = [Held::Lost, Held::Possibly, Held::Reachable];
        let main = all
            .into_iter()
            .find(|held| change(*held) > 0)
            .unwrap_or_else(|| {
                let holds = |held: &Held| {
                    self.by_held[*held as usize].1.blocks + self.by_held[*held as usize].0.blocks
                        > 0
                };
                all.into_iter().find(holds).unwrap_or(Held::Reachable)
            });
        // As many in both runs, some of them held better in the longer: a pointer that a smaller run had overwritten.
        let sum = |of: fn(&Totals) -> u64| {
            let each = self.by_held.iter();
            each.map(|(short, long)| gained(of(short), of(long)))
                .sum::<i128>()
        };
        let is_made_once = main != Held::Lost
            && sum(|totals| totals.blocks) == 0
            && sum(|totals| totals.bytes) == 0;
        let (strays, others): (Vec<Held>, Vec<Held>) = all
            .into_iter()
            .filter(|held| *held != main)
            .partition(|held| change(*held).abs() <= STRAYS || is_made_once);
        let place = answerable(self.frames, tree).map(|call| call.place);
        let site = |held: Held, with: &[Held]| {
            let (mut short, mut long) = self.by_held[held as usize];
            for held in with {
                let (more_short, more_long) = self.by_held[*held as usize];
                short.add(more_short.bytes, more_short.blocks);
                long.add(more_long.bytes, more_long.blocks);
            }
            Site {
                kind: self.kind_of(held),
                short,
                long,
                bytes: Rate::new(gained(short.bytes, long.bytes), between),
                blocks: Rate::new(gained(short.blocks, long.blocks), between),
                place: place.clone(),
                part: self.part.map(str::to_owned),
                frames: self.frames.to_vec(),
                held: self.held.iter().map(held_at).collect(),
            }
        };
        std::iter::once(site(main, &strays))
            .chain(others.iter().map(|held| site(*held, &[])))
            .collect()
    }

    /// The kind, among those held like this, that gained most blocks.
    fn kind_of(&self, held: Held) -> Option<LeakKind> {
        let kinds = self
            .by_kind
            .iter()
            .filter(|(kind, _)| Held::of(**kind) == held);
        // Of equals the worse: the order of the kinds decides, not the map's.
        kinds
            .max_by_key(|(kind, gained)| (**gained, Reverse(kind.map(|kind| kind as u8))))
            .and_then(|(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(functions: &[&str]) -> Vec<Frame> {
        functions
            .iter()
            .map(|name| Frame {
                place: Place {
                    function: Some((*name).to_owned()),
                    file: Some("demo/src/main.rs".to_owned()),
                    line: Some(7),
                },
                ..Frame::default()
            })
            .collect()
    }

    fn record(kind: LeakKind, bytes: u64, blocks: u64, functions: &[&str]) -> Record {
        Record {
            kind: Some(kind),
            part: None,
            bytes,
            blocks,
            frames: stack(functions),
            held: Vec::new(),
        }
    }

    fn matched(short: Vec<Record>, long: Vec<Record>) -> Vec<Site> {
        let short = Observation {
            iterations: 10,
            records: short,
        };
        let long = Observation {
            iterations: 100,
            records: long,
        };
        match_runs(&short, &long, &crate::attribution::sources::NoSources)
    }

    use LeakKind::{DefinitelyLost, IndirectlyLost, PossiblyLost, StillReachable};

    #[test]
    fn what_grows_with_the_iterations_is_told_from_what_is_made_once() {
        let sites = matched(
            vec![
                record(DefinitelyLost, 100, 1, &["set_up"]),
                record(DefinitelyLost, 480, 10, &["lose"]),
            ],
            vec![
                record(DefinitelyLost, 100, 1, &["set_up"]),
                record(DefinitelyLost, 4800, 100, &["lose"]),
            ],
        );
        assert_eq!(
            sites
                .iter()
                .map(|site| (site.place.as_ref().unwrap().function.as_str(), site.grows()))
                .collect::<Vec<_>>(),
            [("lose", true), ("set_up", false)]
        );
        assert_eq!(
            (sites[0].bytes.whole(), sites[0].blocks.whole()),
            (Some(48), Some(1))
        );
        assert_eq!(
            (sites[1].bytes.whole(), sites[1].blocks.whole()),
            (Some(0), Some(0))
        );
    }

    #[test]
    fn records_of_one_stack_are_added_and_kinds_may_move() {
        let sites = matched(
            vec![
                record(DefinitelyLost, 90, 9, &["lose"]),
                record(IndirectlyLost, 10, 1, &["lose"]),
            ],
            vec![
                record(IndirectlyLost, 400, 40, &["lose"]),
                record(DefinitelyLost, 300, 30, &["lose"]),
                record(IndirectlyLost, 300, 30, &["lose"]),
            ],
        );
        assert_eq!(sites.len(), 1);
        assert_eq!(
            (
                sites[0].bytes.whole(),
                sites[0].blocks.whole(),
                sites[0].kind
            ),
            (Some(10), Some(1), Some(IndirectlyLost))
        );
    }

    #[test]
    fn a_block_that_a_stale_pointer_holds_does_not_spoil_the_figures() {
        let sites = matched(
            vec![record(DefinitelyLost, 80, 10, &["lose"])],
            vec![
                record(DefinitelyLost, 784, 98, &["lose"]),
                record(PossiblyLost, 8, 1, &["lose"]),
                record(StillReachable, 8, 1, &["lose"]),
            ],
        );
        assert_eq!(sites.len(), 1);
        assert_eq!(
            (
                sites[0].bytes.whole(),
                sites[0].blocks.whole(),
                sites[0].kind
            ),
            (Some(8), Some(1), Some(DefinitelyLost))
        );
    }

    #[test]
    fn a_stack_that_both_keeps_and_loses_gives_two_sites() {
        let sites = matched(
            vec![],
            vec![
                record(StillReachable, 2700, 270, &["take"]),
                record(DefinitelyLost, 900, 90, &["take"]),
            ],
        );
        assert_eq!(
            sites
                .iter()
                .map(|site| (site.kind, site.blocks.whole()))
                .collect::<Vec<_>>(),
            [
                (Some(StillReachable), Some(3)),
                (Some(DefinitelyLost), Some(1))
            ]
        );
    }

    #[test]
    fn blocks_made_once_that_are_held_better_in_the_longer_run_grow_nowhere() {
        let of = |kind| vec![record(kind, 90, 9, &["set_up"])];
        let sites = matched(of(PossiblyLost), of(StillReachable));
        assert!(sites.iter().all(|site| !site.grows()), "{sites:?}");
        // What is lost only then is another matter.
        let sites = matched(of(StillReachable), of(DefinitelyLost));
        assert!(sites[0].grows(), "{sites:?}");
        assert_eq!(sites[0].kind, Some(DefinitelyLost));
    }

    #[test]
    fn a_recursion_of_another_depth_is_the_same_site() {
        let sites = matched(
            vec![record(
                DefinitelyLost,
                10,
                10,
                &["lose", "visit", "walk", "main"],
            )],
            vec![
                record(
                    DefinitelyLost,
                    50,
                    50,
                    &["lose", "visit", "walk", "visit", "walk", "main"],
                ),
                record(DefinitelyLost, 50, 50, &["lose", "visit", "walk", "main"]),
            ],
        );
        assert_eq!(sites.len(), 1);
        assert_eq!(sites[0].blocks.whole(), Some(1));
    }

    #[test]
    fn a_record_without_a_stack_is_still_counted() {
        let nameless = |bytes| Record {
            kind: Some(DefinitelyLost),
            part: None,
            bytes,
            blocks: bytes,
            frames: Vec::new(),
            held: Vec::new(),
        };
        let sites = matched(vec![nameless(10)], vec![nameless(100)]);
        assert_eq!(sites[0].to_summary().place.function, "an unknown function");
        assert_eq!(sites[0].blocks.whole(), Some(1));
    }
}
