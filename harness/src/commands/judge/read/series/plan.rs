//! What the columns of a file are, decided from its first rows and from what the user says.

use super::asked::{Asked, Taken};
use super::axis::{self, Axes};
use super::cell::{Decimals, Value};
use super::groups;
use super::head::{Head, HeadRow};
use super::meaning::{Meaning, Named, Room};
use super::names::named;
use super::remarks::Remarks;
use super::room;
use super::units::{BYTES, KIBIBYTES, MEBIBYTES, Of, Unit};
use harness_judge::over_time::Decides;
use harness_model::record::{Axis, Measure};

/// Columns that are looked at.
pub(super) const MOST_COLUMNS: usize = 64;

/// A series that a column becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeriesPlan {
    /// Its column.
    pub column: usize,
    /// Its name.
    pub name: String,
    /// What it measures.
    pub measure: Measure,
    /// What the unit has of bytes, or of itself.
    pub times: f64,
    /// The unit.
    pub unit: Option<Unit>,
    /// Parts of the unit that are counted.
    pub scale: f64,
    /// Whether its growth decides.
    pub decides: Decides,
    /// Whether it counts without noise where there is one row an iteration.
    pub may_be_exact: bool,
    /// Whether it is memory that no program has.
    pub room: Option<Room>,
    /// Whether it falls only where what is measured began anew.
    pub only_rises: bool,
    /// How sure it is that it measures that: the least is the surest.
    pub rank: u8,
}

/// What a column is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    /// Nothing, and why.
    Skipped(&'static str),
    /// When or after how many iterations.
    Axis,
    /// Seconds beside the iterations.
    Seconds,
    /// Whether the row belongs to the warm-up.
    WarmUp,
    /// What tells groups apart.
    Group,
    /// What tells that something else was started.
    Identity,
    /// What the value of the row measures, and the value.
    Metric,
    Value,
    /// A series, by its number in [`Plan::series`].
    Series(usize),
}

/// What the columns are.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub names: Vec<String>,
    pub roles: Vec<Role>,
    pub series: Vec<SeriesPlan>,
    pub axes: Axes,
    pub decimals: Decimals,
    /// The columns that tell groups apart.
    pub groups: Vec<usize>,
    pub warm_up: Option<usize>,
    /// Columns that only fall, or are another, where what is measured began anew.
    pub counters: Vec<usize>,
    pub identity: Vec<usize>,
    /// The column that names what a row measures, and that of its value.
    pub pivot: Option<(usize, usize)>,
}

/// Decides.
///
/// # Errors
///
/// A sentence: a column that the user names is not there, or nothing can be judged.
pub(super) fn plan(
    names: &[String],
    rows: &[HeadRow],
    decimals: Decimals,
    asked: &Asked,
    remarks: &mut Remarks,
) -> Result<Plan, String> {
    let mut head = Head {
        names,
        named: names.iter().map(|name| named(name)).collect(),
        rows,
        decimals,
    };
    room::of_vmstat(names, &mut head.named);
    let mut roles = vec![Role::Skipped("words"); names.len()];
    let axes = axis::choose(&mut head, asked, |head, name| head.wanted(name))?;
    for (column, role) in [
        (axes.column(), Role::Axis),
        (axes.seconds.map(|one| one.0), Role::Seconds),
    ] {
        if let Some(column) = column {
            roles[column] = role;
        }
    }
    let warm_up = (0..names.len()).find(|at| head.named[*at].meaning == Meaning::WarmUp);
    if let Some(column) = warm_up {
        roles[column] = Role::WarmUp;
    }
    let pivot = pivot(&head);
    if let Some((metric, value)) = pivot {
        (roles[metric], roles[value]) = (Role::Metric, Role::Value);
    }
    let (groups, identity) = groups::choose(&head, &axes, asked, pivot, |name| head.wanted(name))?;
    groups
        .iter()
        .for_each(|column| roles[*column] = Role::Group);
    identity
        .iter()
        .for_each(|column| roles[*column] = Role::Identity);
    let mut plan = Plan {
        names: names.to_vec(),
        roles,
        series: Vec::new(),
        axes,
        decimals,
        groups,
        warm_up,
        counters: Vec::new(),
        identity,
        pivot,
    };
    plan.amounts(&head, asked, remarks)?;
    if plan.series.is_empty() && pivot.is_none() {
        return Err("no column of it is a series of numbers".to_owned());
    }
    Ok(plan)
}

/// The columns of a file that has a row for each measure: one of names and one of values.
fn pivot(head: &Head<'_>) -> Option<(usize, usize)> {
    let of = |meaning: Meaning| (0..head.names.len()).find(|at| head.named[*at].meaning == meaning);
    let (metric, value) = (of(Meaning::Metric)?, of(Meaning::Value)?);
    let (_, words) = head.kinds(metric);
    (words > 0 && head.is_numeric(value)).then_some((metric, value))
}

impl Plan {
    /// Of a file that has a row for each measure, before any is known.
    pub(super) fn of_measures(axes: Axes) -> Plan {
        Plan {
            names: vec!["time".to_owned(), "metric".to_owned(), "value".to_owned()],
            roles: vec![Role::Axis, Role::Metric, Role::Value],
            series: Vec::new(),
            axes,
            decimals: Decimals::Point,
            groups: Vec::new(),
            warm_up: None,
            counters: Vec::new(),
            identity: Vec::new(),
            pivot: Some((1, 2)),
        }
    }

    fn amounts(
        &mut self,
        head: &Head<'_>,
        asked: &Asked,
        remarks: &mut Remarks,
    ) -> Result<(), String> {
        let mut said: Vec<(usize, Option<Taken>, Option<Unit>)> = Vec::new();
        for one in &asked.columns {
            said.push((head.wanted(&one.name)?, one.measure, one.unit));
        }
        let mut order: Vec<usize> = (0..self.names.len())
            .filter(|at| {
                matches!(self.roles[*at], Role::Skipped(_)) || said.iter().any(|one| one.0 == *at)
            })
            .collect();
        // The surest of each measure first.
        let rank = |at: &usize| match head.named[*at].meaning {
            _ if said.iter().any(|one| one.0 == *at) => 0,
            Meaning::Amount(_, rank) => rank,
            _ => u8::MAX,
        };
        order.sort_by_key(rank);
        for at in order {
            let told = said.iter().find(|one| one.0 == at);
            self.roles[at] = match told {
                Some((_, Some(Taken::ForNothing), _)) => Role::Skipped("as asked"),
                _ => self.amount(head, at, told.map(|one| (one.1, one.2)), remarks),
            };
        }
        // In the order of the columns, as a person reads them.
        let mut order: Vec<usize> = (0..self.series.len()).collect();
        order.sort_by_key(|at| self.series[*at].column);
        self.series = order.iter().map(|at| self.series[*at].clone()).collect();
        for (number, series) in self.series.iter().enumerate() {
            self.roles[series.column] = Role::Series(number);
        }
        Ok(())
    }

    fn amount(
        &mut self,
        head: &Head<'_>,
        at: usize,
        told: Option<(Option<Taken>, Option<Unit>)>,
        remarks: &mut Remarks,
    ) -> Role {
        if !head.is_numeric(at) {
            return match head.kinds(at) {
                (0, 0) => Role::Skipped("empty"),
                _ => Role::Skipped("words"),
            };
        }
        let Named { meaning, unit } = head.named[at];
        if told.is_none() && meaning == Meaning::Change {
            remarks.say(format!(
                "{} tells changes and no amounts: it is left out.",
                printable::Line(&self.names[at])
            ));
            return Role::Skipped("changes");
        }
        let numbers = head.numbers(at);
        if told.is_none()
            && numbers.iter().filter(|value| **value < 0.0).count() * 20 > numbers.len()
        {
            remarks.say(format!(
                "{} goes below zero and is no amount of anything: it is left out.",
                printable::Line(&self.names[at])
            ));
            return Role::Skipped("below zero");
        }
        if self.series.len() >= MOST_COLUMNS {
            return Role::Skipped("too many columns");
        }
        let asked_for = match told {
            Some((Some(Taken::For(measure)), _)) => Some(measure),
            _ => None,
        };
        let plan = series_plan(
            &self.names[at],
            at,
            meaning,
            told.and_then(|told| told.1).or(unit),
            &Sizes::of(head, at),
            asked_for,
            remarks,
        );
        let mut plan = plan;
        if told.is_some_and(|told| told.0.is_none()) {
            plan.decides = Decides::Always;
        }
        let taken = |series: &SeriesPlan| series.measure == plan.measure;
        if !plan.measure.is_other() && self.series.iter().any(taken) {
            plan.measure = match plan.measure.is_bytes() {
                true => Measure::OtherBytes,
                false => Measure::Other,
            };
            plan.may_be_exact = false;
        }
        if meaning == Meaning::Counter {
            self.counters.push(at);
        }
        self.series.push(plan);
        Role::Series(self.series.len() - 1)
    }

    /// What the axis counts.
    pub(super) fn axis(&self) -> Axis {
        self.axes.axis
    }
}

/// What the first values of a series are like.
pub(super) struct Sizes {
    /// The value in the middle.
    pub middle: f64,
    /// Whether any has a fraction.
    pub has_fractions: bool,
    /// The unit that stands behind the values.
    pub unit: Option<Unit>,
}

impl Sizes {
    fn of(head: &Head<'_>, at: usize) -> Sizes {
        let decimals = head.decimals;
        let units = head.cells(at).find_map(|cell| match cell.value(decimals) {
            Value::Number(number) => number.unit,
            _ => None,
        });
        Sizes {
            unit: units,
            ..Sizes::of_values(&head.numbers(at))
        }
    }

    pub(super) fn of_values(numbers: &[f64]) -> Sizes {
        let mut sorted: Vec<f64> = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        Sizes {
            middle: sorted.get(sorted.len() / 2).copied().unwrap_or(0.0),
            has_fractions: sorted.iter().any(|value| value.fract() != 0.0),
            unit: None,
        }
    }
}

/// The series of a column or a metric, by what its name says and its first values look like.
pub(super) fn series_plan(
    name: &str,
    column: usize,
    meaning: Meaning,
    unit: Option<Unit>,
    sizes: &Sizes,
    asked: Option<Measure>,
    remarks: &mut Remarks,
) -> SeriesPlan {
    let unit = sizes.unit.or(unit);
    let of = unit.map(|unit| unit.of);
    let measure = match (asked, meaning) {
        (Some(asked), _) => asked,
        // A share of memory is no memory.
        (_, Meaning::Amount(measure, _))
            if !(measure.is_bytes() && of.is_some_and(|of| of != Of::Bytes)) =>
        {
            measure
        }
        (_, Meaning::Peak | Meaning::Room(_)) => Measure::OtherBytes,
        _ if of == Some(Of::Bytes) => Measure::OtherBytes,
        _ => Measure::Other,
    };
    let decides = match meaning {
        _ if asked.is_some_and(Measure::is_other) => Decides::Always,
        _ if asked.is_some() => Decides::ByMeasure,
        Meaning::Limit | Meaning::Counter | Meaning::Began | Meaning::Room(_) => Decides::Never,
        _ => Decides::ByMeasure,
    };
    let mut unit = unit;
    if measure.is_bytes() && unit.is_none_or(|unit| unit.of != Of::Bytes) {
        let guessed = guess(sizes);
        unit = Some(guessed);
        remarks.guessed(guessed.name, name);
    }
    // What is no byte stays in the unit of its name; one that stands behind the values may change from row to row.
    let times = match unit {
        Some(unit) if measure.is_bytes() || sizes.unit.is_some() => unit.times,
        _ => 1.0,
    };
    // What is no byte may have fractions.
    let scale = match measure.is_bytes() {
        true => 1.0,
        false if !sizes.has_fractions && times >= 1.0 => 1.0,
        false if sizes.middle * times < 0.01 => 1e9,
        false => 1e3,
    };
    SeriesPlan {
        column,
        name: name.to_owned(),
        measure,
        times,
        unit,
        scale,
        decides,
        may_be_exact: matches!(measure, Measure::Heap | Measure::HeapBlocks)
            && times == 1.0
            && !sizes.has_fractions,
        room: match meaning {
            Meaning::Room(room) if asked.is_none() => Some(room),
            _ => None,
        },
        only_rises: matches!(meaning, Meaning::Counter | Meaning::Began),
        rank: match meaning {
            _ if asked.is_some() => 0,
            Meaning::Amount(_, rank) => rank,
            _ => u8::MAX,
        },
    }
}

/// The unit of memory without one: no process has less than a megabyte, or more than a few terabytes.
fn guess(sizes: &Sizes) -> Unit {
    if sizes.has_fractions || sizes.middle < 1_000.0 {
        MEBIBYTES
    } else if sizes.middle < 1_000_000.0 {
        KIBIBYTES
    } else {
        BYTES
    }
}
