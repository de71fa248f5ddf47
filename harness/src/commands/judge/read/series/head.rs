//! The first rows of a table, from which its columns are understood.

use super::cell::{Cell, Decimals, Owned, Value};
use super::meaning::Named;

/// One of the first rows: its line and its values.
pub(super) type HeadRow = (u64, Vec<Owned>);

/// What is known of the columns before they are given roles.
pub(super) struct Head<'h> {
    pub names: &'h [String],
    pub named: Vec<Named>,
    pub rows: &'h [HeadRow],
    pub decimals: Decimals,
}

impl Head<'_> {
    /// The values of a column.
    pub(super) fn cells(&self, column: usize) -> impl Iterator<Item = Cell<'_>> {
        self.rows
            .iter()
            .map(move |(_, cells)| cells.get(column).map_or(Cell::Missing, Owned::cell))
    }

    /// Its numbers.
    pub(super) fn numbers(&self, column: usize) -> Vec<f64> {
        let decimals = self.decimals;
        let number = |cell: Cell<'_>| match cell.value(decimals) {
            Value::Number(number) => Some(number.value),
            _ => None,
        };
        self.cells(column).filter_map(number).collect()
    }

    /// How many of its values are numbers, and how many are words.
    pub(super) fn kinds(&self, column: usize) -> (usize, usize) {
        let mut kinds = (0, 0);
        for cell in self.cells(column) {
            match cell.value(self.decimals) {
                Value::Number(_) => kinds.0 += 1,
                Value::Words => kinds.1 += 1,
                Value::Missing => {}
            }
        }
        kinds
    }

    pub(super) fn is_numeric(&self, column: usize) -> bool {
        let (numbers, words) = self.kinds(column);
        numbers > 0 && words * 10 <= numbers
    }

    /// The column of a name, or of a number that counts from 1.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let same = |one: &String| one.trim() == name.trim();
        let alike = |one: &String| one.trim().eq_ignore_ascii_case(name.trim());
        let by_name = self.names.iter().position(same);
        let by_name = by_name.or_else(|| self.names.iter().position(alike));
        by_name.or_else(|| {
            let number: usize = name.parse().ok()?;
            number.checked_sub(1).filter(|at| *at < self.names.len())
        })
    }

    pub(super) fn wanted(&self, name: &str) -> Result<usize, String> {
        self.find(name).ok_or_else(|| {
            let names: Vec<String> = self
                .names
                .iter()
                .take(20)
                .map(|name| printable::Line(name).to_string())
                .collect();
            format!(
                "there is no column {name:?}; these there are: {}",
                names.join(", ")
            )
        })
    }
}
