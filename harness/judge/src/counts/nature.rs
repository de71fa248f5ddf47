//! On what the growth of a service depends: on every request, on inputs that it never had before, or on time.
//!
//! A run of requests alone cannot tell these apart. What is done after the last mark can: the same requests come once
//! more, and then none for a while.

use super::Figures;
use super::course::{Growth, Rate};
use super::evidence::{Phase, Service};
use super::rising::parts;
use super::trend::Line;
use harness_model::program::PhaseKind;
use harness_model::units::{bytes, count, figure, seconds};

/// Of the growth that is foretold for a phase: below this share there is none.
const NONE: f64 = 0.2;
/// From this share on it is the same.
const SAME: f64 = 0.6;
/// Without requests, what grows with time does so at least by this share of what it did under load.
const GOES_ON: f64 = 0.5;
/// Blocks that have to be foretold, or to come without a request, to tell anything.
const TELLING: f64 = 4.0;

/// On what growth depends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Nature {
    /// It is not known.
    #[default]
    Unknown,
    /// On every request, whatever is in it.
    Requests,
    /// On requests that it never had before.
    Inputs,
    /// On time.
    Time,
}

/// What is gained in a phase, in the unit in which it can be told: blocks, or bytes where there are none.
struct Gain {
    /// How much the growth before foretells.
    foretold: f64,
    gained: f64,
}

fn gain(growth: &Growth, before: &Figures, after: &Figures, phase: &Phase) -> Option<Gain> {
    let by_blocks = growth.rate.blocks > 0.0;
    let of = |one: &Figures| match by_blocks {
        true => one.end.blocks as f64,
        false => one.end.bytes as f64,
    };
    let rate = match by_blocks {
        true => growth.rate.blocks,
        false => growth.rate.bytes,
    };
    // A table that doubles gains nothing for a long time, and then much.
    (!growth.amortised && !growth.freed_at_end).then(|| Gain {
        foretold: rate * phase.requests as f64,
        gained: of(after) - of(before),
    })
}

/// Looks at the phases one after the other. `figures` are those of the marks, `after` those behind each phase.
pub(super) fn nature(
    growth: &Growth,
    figures: &[Figures],
    after: &[Figures],
    service: &Service,
) -> Nature {
    let first = figures.iter().min_by_key(|one| one.iterations);
    let last = figures.iter().max_by_key(|one| one.iterations);
    let (Some(first), Some(last)) = (first, last) else {
        return Nature::Unknown;
    };
    let mut found = Nature::Unknown;
    let mut before = last;
    for (phase, after) in service.phases.iter().zip(after) {
        let Some(gain) = gain(growth, before, after, phase) else {
            return Nature::Unknown;
        };
        before = after;
        match phase.kind {
            PhaseKind::Idle => {
                let by_blocks = growth.rate.blocks > 0.0;
                let under_load = match by_blocks {
                    true => last.end.blocks as f64 - first.end.blocks as f64,
                    false => last.end.bytes as f64 - first.end.bytes as f64,
                };
                let foretold = under_load / service.seconds.max(1e-3) * phase.seconds;
                let is_some = gain.gained >= if by_blocks { TELLING } else { 1.0 };
                if is_some && gain.gained >= GOES_ON * foretold {
                    return Nature::Time;
                }
            }
            PhaseKind::SameAgain if growth.rate.blocks <= 0.0 || gain.foretold >= TELLING => {
                let share = gain.gained / gain.foretold;
                if share <= NONE {
                    found = Nature::Inputs;
                } else if share >= SAME {
                    found = Nature::Requests;
                }
            }
            PhaseKind::SameAgain => {}
        }
    }
    found
}

/// Growth with time, where that is what it is: with requests and without it gains about as much a second, and never less.
/// Along the count of requests that is no line, since they are not as quick all along.
pub(super) fn with_time(
    figures: &[Figures],
    after: &[Figures],
    service: &Service,
) -> Option<Growth> {
    let mut sorted: Vec<&Figures> = figures.iter().collect();
    sorted.sort_by_key(|one| one.iterations);
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    let rises = sorted
        .windows(2)
        .all(|pair| pair[0].end.blocks <= pair[1].end.blocks);
    let gained = last.end.blocks.saturating_sub(first.end.blocks) as f64;
    let requests = last.iterations.saturating_sub(first.iterations) as f64;
    let at = service
        .phases
        .iter()
        .position(|phase| phase.kind == PhaseKind::Idle)?;
    let before = if at == 0 { last } else { after.get(at - 1)? };
    let idle = after.get(at)?.end.blocks.saturating_sub(before.end.blocks) as f64;
    let (under_load, without) = (
        gained / service.seconds.max(1e-3),
        idle / service.phases[at].seconds.max(1e-3),
    );
    let is_same = without >= GOES_ON * under_load && under_load >= GOES_ON * without;
    if !rises || gained < TELLING || idle < TELLING || !is_same || requests <= 0.0 {
        return None;
    }
    let rate = Rate {
        bytes: last.end.bytes.saturating_sub(first.end.bytes) as f64 / requests,
        blocks: gained / requests,
    };
    let line = Line {
        slope: rate.blocks,
        from: first.iterations,
        up_to: last.iterations,
        points: sorted.len(),
        exact: false,
        sure: true,
    };
    let (parts, inside) = parts(figures, &line, rate);
    Some(Growth {
        rate,
        parts,
        line,
        inside,
        amortised: false,
        freed_at_end: false,
    })
}

/// Bytes that were gained while there were no requests.
pub(super) fn idle_gain(figures: &[Figures], after: &[Figures], service: &Service) -> f64 {
    let last = figures.iter().max_by_key(|one| one.iterations);
    let befores = last.into_iter().chain(after);
    let steps = befores.zip(after).zip(&service.phases);
    let idle = steps.filter(|(_, phase)| phase.kind == PhaseKind::Idle);
    idle.map(|((before, after), _)| after.end.bytes as f64 - before.end.bytes as f64)
        .sum()
}

impl Nature {
    /// What is said of it. `idle_bytes`: what was gained while there were no requests.
    pub(super) fn sentence(self, service: &Service, idle_bytes: f64) -> Option<String> {
        let of = |kind| service.phases.iter().find(|phase| phase.kind == kind);
        Some(match self {
            Nature::Unknown => return None,
            Nature::Requests => {
                "It grows with every request, also with those that it had had before.".to_owned()
            }
            Nature::Inputs => format!(
                "It grows with distinct inputs only: with {} requests that it had had before it did not. That is a cache or \
                 a vocabulary: bound it, or let it end with the work that filled it.",
                count(of(PhaseKind::SameAgain)?.requests)
            ),
            Nature::Time => {
                let idle = of(PhaseKind::Idle)?;
                let rate = idle_bytes / idle.seconds.max(1e-3);
                format!(
                    "It grows with time, not with requests: in {} without any it went on growing, by {} a second.",
                    seconds(idle.seconds),
                    match rate >= 1.0 {
                        true => bytes(rate),
                        false => format!("{} B", figure(rate)),
                    }
                )
            }
        })
    }
}

#[cfg(test)]
mod tests;
