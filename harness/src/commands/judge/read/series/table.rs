//! The rows of a table: the first of them say what the columns are, and all of them become series.

use super::asked::{Asked, Taken};
use super::axis::Along;
use super::cell::{Cell, Decimals, Owned, Value};
use super::gather::{Course, Gathered, Order, Row};
use super::head::HeadRow;
use super::names::named;
use super::plan::{MOST_COLUMNS, Plan, SeriesPlan, Sizes, plan, series_plan};
use super::remarks::{Remark, Remarks};
use harness_judge::over_time::Decides;
use harness_model::record::Axis;
use harness_model::units::count;
use std::collections::HashMap;

/// Rows that are looked at before the columns are known.
const HEAD: usize = 2_000;
/// Between the names of a group and of a measure.
pub(super) const BETWEEN: char = '\u{1f}';
/// No amount of anything is larger.
const MOST: f64 = 9e18;

/// A table as it is read.
pub(super) struct Table<'o> {
    asked: &'o Asked,
    names: Vec<String>,
    decimals: Decimals,
    head: Vec<HeadRow>,
    running: Option<Running>,
    pub remarks: Remarks,
    pub rows: u64,
    wrong: Option<String>,
}

/// A table that was read.
pub(super) struct Understood {
    pub plan: Plan,
    pub gathered: Gathered,
    pub remarks: Remarks,
    pub rows: u64,
}

/// What is done with each row once the columns are known.
struct Running {
    plan: Plan,
    gathered: Gathered,
    known: HashMap<Vec<u8>, Option<usize>>,
    key: Vec<u8>,
    last: Option<(Vec<u8>, Option<usize>)>,
    row: Row,
    /// Of each series, its missing values, and the line of the first.
    missing: Vec<(u64, u64)>,
}

impl<'o> Table<'o> {
    pub(super) fn new(asked: &'o Asked, decimals: Decimals) -> Table<'o> {
        Table {
            asked,
            names: Vec::new(),
            decimals,
            head: Vec::new(),
            running: None,
            remarks: Remarks::default(),
            rows: 0,
            wrong: None,
        }
    }

    /// Names the columns, before the first row.
    pub(super) fn columns(&mut self, names: Vec<String>) {
        self.names = names;
    }

    /// The number of the column of this name, which may be new; none where there are too many.
    pub(super) fn column(&mut self, name: &str) -> Option<usize> {
        if let Some(at) = self.names.iter().position(|known| known == name) {
            return Some(at);
        }
        if self.names.len() >= 4 * MOST_COLUMNS {
            self.remarks.say(format!(
                "There are more than {} columns: the others are left out.",
                4 * MOST_COLUMNS
            ));
            return None;
        }
        self.names.push(name.to_owned());
        if let Some(running) = &mut self.running {
            // It came too late to be understood with the others.
            running.plan.names.push(name.to_owned());
            running
                .plan
                .roles
                .push(super::plan::Role::Skipped("came late"));
            self.remarks.say(format!(
                "{} is not in the first {HEAD} rows: it was left out.",
                printable::Line(name)
            ));
        }
        Some(self.names.len() - 1)
    }

    /// Takes a row.
    pub(super) fn row(&mut self, line: u64, cells: &[Cell<'_>]) {
        self.rows += 1;
        if let Some(running) = &mut self.running {
            running.take(line, cells, self.asked, &mut self.remarks);
            return;
        }
        if self.wrong.is_some() {
            return;
        }
        self.head
            .push((line, cells.iter().map(Owned::of).collect()));
        if self.head.len() >= HEAD {
            self.begin();
        }
    }

    fn begin(&mut self) {
        let planned = plan(
            &self.names,
            &self.head,
            self.decimals,
            self.asked,
            &mut self.remarks,
        );
        let plan = match planned {
            Ok(plan) => plan,
            Err(wrong) => {
                self.wrong = Some(wrong);
                return;
            }
        };
        let mut running = Running::new(plan, &self.head, self.asked);
        for (line, cells) in std::mem::take(&mut self.head) {
            let cells: Vec<Cell<'_>> = cells.iter().map(Owned::cell).collect();
            running.take(line, &cells, self.asked, &mut self.remarks);
        }
        self.running = Some(running);
    }

    /// What came of all rows.
    ///
    /// # Errors
    ///
    /// A sentence: there are none, or nothing of them can be judged.
    pub(super) fn finish(mut self) -> Result<Understood, String> {
        if self.running.is_none() && self.wrong.is_none() {
            if self.head.is_empty() {
                return Err(match self.remarks.first_bad() {
                    Some(first) => format!("no row of it can be read: {first}"),
                    None => "there are no rows in it".to_owned(),
                });
            }
            self.begin();
        }
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let Some(mut running) = self.running else {
            return Err("there are no rows in it".to_owned());
        };
        running.gathered.end(&mut self.remarks);
        // A column that is mostly empty is one of another kind of rows.
        for (series, (missing, line)) in running.plan.series.iter().zip(&running.missing) {
            if *missing > 0 && missing * 2 < self.rows && !series.measure.is_other() {
                self.remarks.say(format!(
                    "{} of the values of {} {} missing, the first in line {line}.",
                    count(*missing),
                    printable::Line(&series.name),
                    if *missing == 1 { "is" } else { "are" },
                ));
            }
        }
        Ok(Understood {
            plan: running.plan,
            gathered: running.gathered,
            remarks: self.remarks,
            rows: self.rows,
        })
    }
}

impl Running {
    fn new(plan: Plan, head: &[HeadRow], asked: &Asked) -> Running {
        let course = Course {
            is_wall: matches!(plan.axes.along, Along::Clock(_, clock) if clock.is_of_the_wall()),
            is_counted: plan.axis() == Axis::Samples,
            is_by_measure: plan.pivot.is_some(),
            order: Order::Forward,
        };
        let mut running = Running {
            gathered: Gathered::new(course),
            plan,
            known: HashMap::new(),
            key: Vec::new(),
            last: None,
            row: Row::default(),
            missing: Vec::new(),
        };
        let order = running.order(head, asked);
        running.gathered = Gathered::new(Course { order, ..course });
        running.known.clear();
        running.last = None;
        running
    }

    /// In which order the first rows come.
    fn order(&mut self, head: &[HeadRow], asked: &Asked) -> Order {
        if self.plan.axis() == Axis::Samples {
            return Order::Forward;
        }
        let mut last: HashMap<Option<usize>, (f64, f64)> = HashMap::new();
        let (mut up, mut down, mut anew) = (0_usize, 0_usize, 0_usize);
        let mut nowhere = Remarks::default();
        for (line, cells) in head {
            let cells: Vec<Cell<'_>> = cells.iter().map(Owned::cell).collect();
            let Some(at) = self.plan.axes.place(&cells, self.plan.decimals) else {
                continue;
            };
            let group = self.group(*line, &cells, asked, &mut nowhere);
            let (first, before) = *last.entry(group).or_insert((at, at));
            match at {
                _ if at > before => up += 1,
                _ if at < before && at <= first => {
                    down += 1;
                    anew += 1;
                }
                _ if at < before => down += 1,
                _ => {}
            }
            last.insert(group, (first.min(at), at));
        }
        if down > 9 * up && down > 1 {
            Order::Backward
        } else if (down - anew) * 4 > up && down - anew > 8 {
            Order::None
        } else {
            Order::Forward
        }
    }

    fn take(&mut self, line: u64, cells: &[Cell<'_>], asked: &Asked, remarks: &mut Remarks) {
        let decimals = self.plan.decimals;
        let Some(at) = self.plan.axes.place(cells, decimals) else {
            remarks.note(Remark::NoPlace, line);
            return;
        };
        let Some(group) = self.group(line, cells, asked, remarks) else {
            return;
        };
        let cell = |column: usize| cells.get(column).copied().unwrap_or(Cell::Missing);
        let number = |column: usize| match cell(column).value(decimals) {
            Value::Number(number) => Some(number.value),
            _ => None,
        };
        let row = &mut self.row;
        row.line = line;
        row.at = at;
        row.seconds = self
            .plan
            .axes
            .seconds
            .and_then(|(column, clock)| clock.seconds(&cell(column), decimals));
        row.warm_up = self
            .plan
            .warm_up
            .is_some_and(|column| cell(column).flag() == Some(true));
        row.values.clear();
        if let Some((metric, value)) = self.plan.pivot {
            let name = cell(metric).words();
            let at = self
                .plan
                .series
                .iter()
                .position(|series| series.name == name);
            let Some(at) = at else {
                return;
            };
            let series = &self.plan.series[at];
            row.values
                .push(amount(series, &cell(value), decimals, line, remarks));
            row.counters.clear();
        } else {
            let is_there = |series: &SeriesPlan| !matches!(cell(series.column), Cell::Missing);
            if !self.plan.series.iter().any(is_there) {
                remarks.note(Remark::Nothing, line);
                return;
            }
            self.missing.resize(self.plan.series.len(), (0, 0));
            for (series, missing) in self.plan.series.iter().zip(&mut self.missing) {
                let value = amount(series, &cell(series.column), decimals, line, remarks);
                if value.is_none() {
                    missing.1 = if missing.0 == 0 { line } else { missing.1 };
                    missing.0 += 1;
                }
                row.values.push(value);
            }
            row.counters.clear();
            row.counters
                .extend(self.plan.counters.iter().map(|column| number(*column)));
        }
        row.identity.clear();
        row.identity
            .extend(self.plan.identity.iter().map(|column| number(*column)));
        self.gathered.take(group, row, remarks);
    }

    /// The group of a row: with its measure, where each row has one.
    fn group(
        &mut self,
        line: u64,
        cells: &[Cell<'_>],
        asked: &Asked,
        remarks: &mut Remarks,
    ) -> Option<usize> {
        self.key.clear();
        let metric = self.plan.pivot.map(|pivot| pivot.0);
        for column in self.plan.groups.iter().copied().chain(metric) {
            match cells.get(column) {
                Some(Cell::Text(text)) => self.key.extend_from_slice(text.trim_ascii()),
                Some(cell) => self.key.extend_from_slice(cell.words().as_bytes()),
                None => {}
            }
            self.key.push(BETWEEN as u8);
        }
        if let Some((key, group)) = &self.last
            && *key == self.key
            && group.is_some()
        {
            return *group;
        }
        let known = match self.known.get(&self.key) {
            Some(known) => *known,
            None => {
                let name = self.name();
                let new = self.gathered.group(&name);
                if let Some((metric, value)) = self.plan.pivot.filter(|_| new.is_some()) {
                    self.meet(metric, value, cells, asked, remarks);
                }
                // What is too many is not remembered: there may be very many.
                if new.is_some() {
                    self.known.insert(self.key.clone(), new);
                }
                new
            }
        };
        if known.is_none() {
            remarks.note(Remark::GroupTooMany, line);
        }
        match &mut self.last {
            Some((key, group)) => {
                key.clone_from(&self.key);
                *group = known;
            }
            None => self.last = Some((self.key.clone(), known)),
        }
        known
    }

    /// The name of the group of the key.
    fn name(&self) -> String {
        let text = String::from_utf8_lossy(&self.key);
        let mut parts: Vec<&str> = text.split(BETWEEN).collect();
        parts.pop();
        let metric = self.plan.pivot.and_then(|_| parts.pop());
        let of = |(at, part): (usize, &&str)| {
            // A number says nothing without what it is the number of.
            match part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
                true => format!(
                    "{} {part}",
                    self.plan.names[self.plan.groups[at]].trim().to_lowercase()
                ),
                false => (*part).to_owned(),
            }
        };
        let group = parts
            .iter()
            .enumerate()
            .map(of)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" / ");
        match metric {
            Some(metric) => format!("{group}{BETWEEN}{metric}"),
            None => group,
        }
    }

    /// Gives a measure that was not met before its series.
    fn meet(
        &mut self,
        metric: usize,
        value: usize,
        cells: &[Cell<'_>],
        asked: &Asked,
        remarks: &mut Remarks,
    ) {
        let name = cells.get(metric).map_or_else(String::new, Cell::words);
        let numbers = match cells.get(value).map(|cell| cell.value(self.plan.decimals)) {
            Some(Value::Number(number)) => vec![number.value],
            _ => Vec::new(),
        };
        // One value is too few to know whether there are fractions.
        let sizes = Sizes {
            has_fractions: named(&name).unit.is_none(),
            ..Sizes::of_values(&numbers)
        };
        planned(&mut self.plan, &name, &name, &sizes, asked, remarks);
    }
}

/// The number of the series of a measure, which may be new; `base` is the part of its name that says what it measures.
pub(super) fn planned(
    plan: &mut Plan,
    name: &str,
    base: &str,
    sizes: &Sizes,
    asked: &Asked,
    remarks: &mut Remarks,
) -> usize {
    if let Some(at) = plan.series.iter().position(|series| series.name == name) {
        return at;
    }
    let of = named(base);
    let told = asked
        .columns
        .iter()
        .find(|one| one.name == name || one.name == base);
    let measure = told.and_then(|told| match told.measure {
        Some(Taken::For(measure)) => Some(measure),
        _ => None,
    });
    let unit = told.and_then(|told| told.unit).or(of.unit);
    let mut series = series_plan(name, 0, of.meaning, unit, sizes, measure, remarks);
    match told {
        Some(told) if told.measure.is_none() => series.decides = Decides::Always,
        Some(told) if told.measure == Some(Taken::ForNothing) => series.decides = Decides::Never,
        _ => {}
    }
    plan.series.push(series);
    plan.series.len() - 1
}

/// What a series counts of a value.
pub(super) fn amount(
    series: &SeriesPlan,
    cell: &Cell<'_>,
    decimals: Decimals,
    line: u64,
    remarks: &mut Remarks,
) -> Option<u64> {
    let number = match cell.value(decimals) {
        Value::Number(number) => number,
        Value::Missing => return None,
        Value::Words => {
            remarks.no_number(line, &series.name, &cell.words());
            return None;
        }
    };
    let times = number.unit.map_or(series.times, |unit| unit.times);
    if let Some(whole) = number
        .whole
        .filter(|whole| times == 1.0 && series.scale == 1.0 && *whole as f64 <= MOST)
    {
        return Some(whole);
    }
    let value = number.value * times * series.scale;
    if value < 0.0 {
        remarks.note(Remark::BelowZero, line);
        return None;
    }
    if value > MOST {
        remarks.note(Remark::TooLarge, line);
        return None;
    }
    Some(value.round() as u64)
}
