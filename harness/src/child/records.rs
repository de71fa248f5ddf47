//! Takes the allocator's own records at two moments of the loop, and writes them down.

use super::Records;
use crate::allocator::{Mode, groups, mode, parts};
use crate::files;
use crate::files::Access;
use crate::probe::demangle::clean_function;
use crate::probe::records::{Live, Moment, PartRecords, SiteRecord, SiteRecords};
use harness_judge::attribution::stack::Frame;
use harness_model::Place;
use harness_tally::counters;
use harness_tally::counters::Reading;
use harness_tally::sites;
use harness_tally::sites::{SiteState, unattributed};
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;

/// Keeps the first moment's records until the second's come.
pub(super) struct Recorder<'o> {
    orders: &'o Records,
    began: Reading,
    first: Option<(Moment, Taken)>,
}

enum Taken {
    Sites(Vec<SiteState>),
    Groups(Vec<harness_model::Account>),
}

impl<'o> Recorder<'o> {
    /// To be made where the loop begins.
    pub fn new(orders: &'o Records) -> Recorder<'o> {
        groups::begin();
        Recorder {
            orders,
            began: counters::read(),
            first: None,
        }
    }

    /// Told after each measured iteration.
    pub fn after(&mut self, measured: u64) {
        if measured == self.orders.first_after {
            let moment = self.moment(measured);
            self.first = take().map(|taken| (moment, taken));
        }
    }

    fn moment(&self, iterations: u64) -> Moment {
        let now = counters::read();
        Moment {
            iterations,
            gained_bytes: now.live_bytes as i64 - self.began.live_bytes as i64,
            gained_blocks: now.live_blocks as i64 - self.began.live_blocks as i64,
        }
    }

    /// Takes the second moment's records, and writes both.
    ///
    /// # Errors
    ///
    /// A sentence: the file cannot be written, or the allocator keeps no records.
    pub fn finish(self, measured: u64) -> Result<(), String> {
        let mut long = self.moment(measured);
        let taken = take();
        unattributed(|| match (self.first, taken) {
            (Some((short, Taken::Sites(first))), Some(Taken::Sites(second))) => {
                // The first moment's own records are held at the second. They are the instrument's.
                let (bytes, blocks) = held_by(&first);
                long.gained_bytes -= bytes;
                long.gained_blocks -= blocks;
                write(
                    &self.orders.file,
                    &site_records(short, long, &first, &second),
                )
            }
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

/// Bytes and blocks that a snapshot itself takes.
fn held_by(states: &Vec<SiteState>) -> (i64, i64) {
    let frames = |state: &SiteState| (state.frames.capacity() * size_of::<usize>()) as i64;
    let bytes = states.iter().map(frames).sum::<i64>()
        + (states.capacity() * size_of::<SiteState>()) as i64;
    let with_frames = states.iter().filter(|state| state.frames.capacity() > 0);
    (
        bytes,
        with_frames.count() as i64 + i64::from(states.capacity() > 0),
    )
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
    short: Moment,
    long: Moment,
    first: &[SiteState],
    second: &[SiteState],
) -> SiteRecords {
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
