//! How a file of columns that somebody else wrote was understood.

use super::Measure;
use serde::{Deserialize, Serialize};

/// What was read of a file, and what for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileRead {
    /// Its form: `values separated by commas`.
    pub form: String,
    /// Rows that were read.
    pub rows: u64,
    /// Rows that could not be.
    pub bad_rows: u64,
    /// What the rows lie along, as a clause: `seconds, from the column "time", in milliseconds`.
    pub along: String,
    /// Its columns, in their order.
    pub columns: Vec<ColumnRead>,
    /// The loops, processes or hosts that its rows are of, where there are several.
    pub groups: Vec<String>,
    /// The stretches between which what was measured began anew; of each group one where it never did.
    pub pieces: Vec<PieceRead>,
    /// What had to be left out, put in order or assumed, a sentence each.
    pub remarks: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ColumnRead {
    /// Its name, or its number where it has none.
    pub name: String,
    /// What it was taken for, in words: `RSS`, `the iteration`, `not used`.
    pub taken_for: String,
    /// The measure, where it was taken for one.
    pub measure: Option<Measure>,
    /// The unit, where it has one: `KiB`.
    pub unit: Option<String>,
    /// Whether its growth can be a finding: resident memory decides only where nothing tells better.
    pub decides: bool,
}

/// A stretch of rows of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PieceRead {
    /// The group; empty where there is but one.
    pub group: String,
    /// Its number in the group, counted from 1.
    pub piece: u32,
    /// The line of the file that it begins in.
    pub from_line: u64,
    /// Its rows.
    pub rows: u64,
    /// Whether it is the one whose growth decides.
    pub decides: bool,
}
