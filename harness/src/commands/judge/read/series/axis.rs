//! What the rows of a file lie along: iterations, time, or nothing that is known.

use super::asked::Asked;
use super::cell::{Cell, Decimals, Value};
use super::head::Head;
use super::meaning::Meaning;
use super::times::{Clock, clock_of};
use super::units::{MICROSECONDS, MILLISECONDS, NANOSECONDS, Of, SECONDS};
use harness_model::record::Axis;

/// A share of the rows that may be without a place.
const MAY_LACK: usize = 4;

/// Where the place of a row stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Along {
    /// In a column that tells the time.
    Clock(usize, Clock),
    /// In a column that counts.
    Count(usize),
    /// Nowhere: rows are counted.
    Rows,
}

/// The axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axes {
    pub axis: Axis,
    pub along: Along,
    /// The column of seconds beside iterations.
    pub seconds: Option<(usize, Clock)>,
    /// Whether no name said so.
    pub is_guessed: bool,
}

impl Axes {
    /// The column that the place of a row stands in.
    pub(super) fn column(&self) -> Option<usize> {
        match self.along {
            Along::Clock(column, _) | Along::Count(column) => Some(column),
            Along::Rows => None,
        }
    }

    /// The place of a row.
    pub(super) fn place(&self, cells: &[Cell<'_>], decimals: Decimals) -> Option<f64> {
        let of = |column: usize| cells.get(column).copied().unwrap_or(Cell::Missing);
        match self.along {
            Along::Rows => Some(0.0),
            Along::Clock(column, clock) => clock.seconds(&of(column), decimals),
            Along::Count(column) => match of(column).value(decimals) {
                Value::Number(number) => Some(number.value),
                _ => None,
            },
        }
        .filter(|place| place.is_finite() && place.abs() < 1e15)
    }

    /// What the rows lie along, as a clause.
    pub(super) fn words(&self, names: &[String]) -> String {
        let name = |column: usize| printable::Line(&names[column]).to_string();
        let guessed = if self.is_guessed { ", as it looks" } else { "" };
        let along = match self.along {
            Along::Rows => "rows, which have no time or iteration".to_owned(),
            Along::Clock(column, clock) => {
                format!("time, from {} ({}){guessed}", name(column), clock.words())
            }
            Along::Count(column) => format!("iterations, from {}{guessed}", name(column)),
        };
        match self.seconds {
            Some((column, clock)) => {
                format!("{along}; seconds from {} ({})", name(column), clock.words())
            }
            None => along,
        }
    }
}

/// Chooses the axis: what the user says, or iterations, or time.
///
/// # Errors
///
/// A sentence: what the user names is not there, or is no axis.
pub(super) fn choose(
    head: &mut Head<'_>,
    asked: &Asked,
    wanted: impl Fn(&Head<'_>, &str) -> Result<usize, String>,
) -> Result<Axes, String> {
    let time = match &asked.time {
        Some((name, unit)) => {
            let column = wanted(head, name)?;
            if unit.is_some() {
                head.named[column].unit = *unit;
            }
            let clock = clock(head, column)
                .ok_or_else(|| format!("the column {name:?} has no times that can be read"))?;
            Some((column, clock))
        }
        None => time_by_name(head),
    };
    let count = match &asked.iterations {
        Some(name) => {
            let column = wanted(head, name)?;
            if !head.is_numeric(column) {
                return Err(format!("the column {name:?} has no numbers"));
            }
            Some(column)
        }
        // Who names the time wants it.
        None if asked.time.is_some() => None,
        None => (0..head.names.len()).find(|at| {
            head.named[*at].meaning == Meaning::Iteration && counts_on(&head.numbers(*at))
        }),
    };
    let seconds = Axis::Seconds;
    Ok(match (count, time) {
        (Some(column), time) => Axes {
            axis: Axis::Iterations,
            along: Along::Count(column),
            seconds: time.filter(|time| time.0 != column),
            is_guessed: false,
        },
        (None, Some((column, clock))) => Axes {
            axis: seconds,
            along: Along::Clock(column, clock),
            seconds: None,
            is_guessed: false,
        },
        (None, None) => guessed(head),
    })
}

/// The clock of a column, where nearly all of its values are times.
fn clock(head: &Head<'_>, column: usize) -> Option<Clock> {
    let cells: Vec<Cell<'_>> = head.cells(column).collect();
    let there = cells
        .iter()
        .filter(|cell| cell.value(head.decimals) != Value::Missing)
        .count();
    if there * MAY_LACK < cells.len() * (MAY_LACK - 1) {
        return None;
    }
    clock_of(&cells, head.named[column].unit, head.decimals)
}

/// The first column whose name says that it tells the time, and that does: one with dates or seconds since 1970 is known
/// for sure, and of what is left the one that comes first.
fn time_by_name(head: &Head<'_>) -> Option<(usize, Clock)> {
    let named: Vec<(usize, Clock)> = (0..head.names.len())
        .filter(|at| head.named[*at].meaning == Meaning::Time)
        .filter_map(|at| Some((at, clock(head, at)?)))
        .filter(|(at, _)| {
            let numbers = head.numbers(*at);
            numbers.is_empty()
                || numbers.iter().any(|value| *value != numbers[0])
                || numbers.len() == 1
        })
        .collect();
    named.first().copied().or_else(|| {
        // A column of dates needs no name.
        (0..head.names.len()).find_map(|at| {
            let (_, words) = head.kinds(at);
            let clock = (words > 0).then(|| clock(head, at)).flatten()?;
            (clock == Clock::Date).then_some((at, clock))
        })
    })
}

/// Whether a column of some name of an iteration counts up, but for beginning anew here and there.
fn counts_on(numbers: &[f64]) -> bool {
    let steps = || numbers.windows(2).map(|pair| pair[1] - pair[0]);
    let rises = steps().filter(|step| *step > 0.0).count();
    let falls = steps().filter(|step| *step < 0.0).count();
    numbers.len() == 1 || (rises > 0 && (falls * 5 <= rises || rises >= 3))
}

/// The axis of a file whose columns do not say: the first column that only rises.
fn guessed(head: &Head<'_>) -> Axes {
    let rises = |column: &usize| {
        let numbers = head.numbers(*column);
        numbers.len() > 2
            && numbers.len() == head.rows.len()
            && numbers.windows(2).all(|pair| pair[1] > pair[0])
    };
    let unknown = |column: &usize| head.named[*column].meaning == Meaning::Unknown;
    let rows = Axes {
        axis: Axis::Samples,
        along: Along::Rows,
        seconds: None,
        is_guessed: false,
    };
    let unnamed = head.names.iter().all(|name| name.starts_with("column "));
    let mut rising = (0..head.names.len()).filter(unknown).filter(rises);
    let Some(column) = rising.find(|column| {
        // Without a name only the first is taken, and only beside another; with one, what is a date for sure.
        let epoch = matches!(clock(head, *column), Some(Clock::Epoch(unit))
            if [SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS].contains(&unit));
        let says_seconds = head.named[*column]
            .unit
            .is_some_and(|unit| unit.of == Of::Seconds);
        epoch || says_seconds || (unnamed && *column == 0 && head.names.len() > 1)
    }) else {
        return rows;
    };
    let numbers = head.numbers(column);
    let step = numbers[1] - numbers[0];
    let is_counted = numbers.iter().all(|value| value.fract() == 0.0)
        && numbers.windows(2).all(|pair| pair[1] - pair[0] == step);
    match clock(head, column) {
        Some(clock @ Clock::Epoch(_)) => Axes {
            axis: Axis::Seconds,
            along: Along::Clock(column, clock),
            is_guessed: true,
            ..rows
        },
        Some(clock) if !is_counted => Axes {
            axis: Axis::Seconds,
            along: Along::Clock(column, clock),
            is_guessed: true,
            ..rows
        },
        _ => Axes {
            axis: Axis::Iterations,
            along: Along::Count(column),
            is_guessed: true,
            ..rows
        },
    }
}
