//! Takes the allocator's own records at two moments of the loop, looks now and then at what each call site holds, and
//! writes it down.

use super::Records;
use crate::allocator::{Mode, groups, mode, parts};
use crate::files;
use crate::files::Access;
use crate::probe::demangle::clean_function;
use crate::probe::records::{Live, Moment, PartRecords, SiteRecord, SiteRecords};
use harness_judge::attribution::stack::Frame;
use harness_model::{HeldAt, Place};
use harness_tally::counters;
use harness_tally::counters::Reading;
use harness_tally::sites;
use harness_tally::sites::{LiveSite, SiteState, unattributed};
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;

/// Looks at what each call site holds, evenly over the loop: enough for a curve.
const LOOKS: u64 = 40;

/// Keeps the first moment's records until the second's come.
pub(super) struct Recorder<'o> {
    orders: &'o Records,
    began: Reading,
    every: u64,
    looks: Vec<Look>,
    first: Option<(Moment, Taken)>,
}

/// What the call sites held after so many measured iterations.
struct Look {
    iterations: u64,
    sites: Vec<LiveSite>,
}

enum Taken {
    Sites(Vec<SiteState>),
    Groups(Vec<harness_model::Account>),
}

impl<'o> Recorder<'o> {
    /// To be made where the loop of so many measured iterations begins.
    pub fn new(orders: &'o Records, iterations: u64) -> Recorder<'o> {
        groups::begin();
        Recorder {
            orders,
            began: counters::read(),
            every: iterations.div_ceil(LOOKS).max(1),
            looks: Vec::new(),
            first: None,
        }
    }

    /// Told after the warm-up, and after each iteration from there on, how many measured ones are done.
    pub fn after(&mut self, measured: u64) {
        if mode() == Mode::Sites && measured.is_multiple_of(self.every) {
            let sites = sites::live();
            let iterations = measured;
            unattributed(|| self.looks.push(Look { iterations, sites }));
        }
        if measured == self.orders.first_after {
            let moment = self.moment(measured);
            self.first = take().map(|taken| (moment, taken));
        }
    }

    /// What was gained, without the records themselves: they are the instrument's.
    fn moment(&self, iterations: u64) -> Moment {
        let now = counters::read();
        let (bytes, blocks) = self.own();
        Moment {
            iterations,
            gained_bytes: now.live_bytes as i64 - self.began.live_bytes as i64 - bytes,
            gained_blocks: now.live_blocks as i64 - self.began.live_blocks as i64 - blocks,
        }
    }

    /// Bytes and blocks that the records themselves take.
    fn own(&self) -> (i64, i64) {
        let first = match &self.first {
            Some((_, Taken::Sites(states))) => {
                let frames = states.iter().map(|state| room(&state.frames));
                std::iter::once(room(states))
                    .chain(frames)
                    .fold((0, 0), sum)
            }
            Some((_, Taken::Groups(_))) | None => (0, 0),
        };
        let looks = self.looks.iter().map(|look| room(&look.sites));
        std::iter::once(room(&self.looks))
            .chain(looks)
            .fold(first, sum)
    }

    /// Takes the second moment's records, and writes both.
    ///
    /// # Errors
    ///
    /// A sentence: the file cannot be written, or the allocator keeps no records.
    pub fn finish(self, measured: u64) -> Result<(), String> {
        let long = self.moment(measured);
        let taken = take();
        unattributed(|| match (self.first, taken) {
            (Some((short, Taken::Sites(first))), Some(Taken::Sites(second))) => write(
                &self.orders.file,
                &site_records((short, &first), (long, &second), &self.looks),
            ),
            (Some((short, Taken::Groups(first))), Some(Taken::Groups(second))) => {
                let records = PartRecords {
                    short,
                    long,
                    short_accounts: first,
                    long_accounts: second,
                };
                write(&self.orders.file, &records)
            }
            _ => Err(format!(
                "the allocator {} keeps no records, or the loop was shorter than {} iterations",
                mode().name(),
                self.orders.first_after
            )),
        })
    }
}

fn take() -> Option<Taken> {
    match mode() {
        Mode::Sites => Some(Taken::Sites(sites::snapshot())),
        Mode::Groups => Some(Taken::Groups(groups::accounts())),
        Mode::Counting | Mode::Dhat | Mode::System => None,
    }
}

/// Bytes and blocks that a vector takes.
fn room<T>(of: &Vec<T>) -> (i64, i64) {
    let bytes = of.capacity() * size_of::<T>();
    (bytes as i64, i64::from(bytes > 0))
}

fn sum(one: (i64, i64), other: (i64, i64)) -> (i64, i64) {
    (one.0 + other.0, one.1 + other.1)
}

fn write(path: &Path, records: &impl Serialize) -> Result<(), String> {
    let json = serde_json::to_vec(records).map_err(|error| error.to_string())?;
    files::replace(path, &json, Access::Private)
        .map(drop)
        .map_err(|error| format!("cannot write the records: {error}"))
}

fn live(state: Option<&SiteState>) -> Live {
    let count = |of: fn(&SiteState) -> i64| state.map_or(0, |state| of(state).max(0) as u64);
    Live {
        bytes: count(|state| state.live_bytes),
        blocks: count(|state| state.live_blocks),
    }
}

fn total(states: &[SiteState]) -> Live {
    states.iter().fold(Live::default(), |sum, state| {
        let live = live(Some(state));
        Live {
            bytes: sum.bytes + live.bytes,
            blocks: sum.blocks + live.blocks,
        }
    })
}

fn site_records(
    (short, first): (Moment, &[SiteState]),
    (long, second): (Moment, &[SiteState]),
    looks: &[Look],
) -> SiteRecords {
    let mut held: HashMap<u32, Vec<HeldAt>> = HashMap::new();
    for look in looks {
        for site in &look.sites {
            held.entry(site.number).or_default().push(HeldAt {
                iterations: look.iterations,
                bytes: site.bytes.max(0) as u64,
                blocks: site.blocks.max(0) as u64,
            });
        }
    }
    let parts = parts::names();
    let mut names = Names::default();
    let before: HashMap<u32, &SiteState> =
        first.iter().map(|state| (state.number, state)).collect();
    let changed = second.iter().filter_map(|state| {
        let was = before.get(&state.number).copied();
        let (short, long) = (live(was), live(Some(state)));
        (short != long).then(|| SiteRecord {
            part: parts
                .get(state.part as usize)
                .map_or_else(|| groups::REST.to_owned(), String::clone),
            frames: state.frames.iter().flat_map(|at| names.of(*at)).collect(),
            short,
            long,
            held: held.remove(&state.number).unwrap_or_default(),
        })
    });
    SiteRecords {
        short,
        long,
        overflowed: sites::overflowed(),
        short_total: total(first),
        long_total: total(second),
        sites: changed.collect(),
    }
}

/// The frames of return addresses, each looked up once.
#[derive(Default)]
struct Names {
    known: HashMap<usize, Vec<Frame>>,
}

impl Names {
    /// The calls at a return address: more than one where calls were inlined, innermost first.
    fn of(&mut self, returns_to: usize) -> Vec<Frame> {
        let look_up = || {
            let mut frames = Vec::new();
            // The call itself ends right before the address that it returns to.
            backtrace::resolve((returns_to - 1) as *mut _, |symbol| {
                frames.push(Frame {
                    place: Place {
                        function: symbol
                            .name()
                            .and_then(|name| clean_function(&name.to_string())),
                        file: symbol
                            .filename()
                            .map(|path| path.to_string_lossy().into_owned()),
                        line: symbol.lineno(),
                    },
                    ..Frame::default()
                });
            });
            if frames.is_empty() {
                frames.push(Frame {
                    address: Some(returns_to as u64),
                    ..Frame::default()
                });
            }
            frames
        };
        self.known.entry(returns_to).or_insert_with(look_up).clone()
    }
}
