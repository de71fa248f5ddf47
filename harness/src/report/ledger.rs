//! The ledger of each loop: where the growth of the resident set went.

use super::table::{Align, Table};
use harness_model::condition::behind;
use harness_model::units::{count, gain, words};
use harness_model::{Ledger, Row, RowKind};

/// What a row is, in words.
fn name(row: &Row) -> String {
    let name = words(&row.name);
    match row.kind {
        RowKind::Unreachable | RowKind::InNoStore | RowKind::HeldOrLost => name,
        RowKind::Store => format!("held, in the store {name}"),
        RowKind::Slack => format!("slack: {name}"),
        RowKind::Allocator => format!("the allocator's: {name}"),
        RowKind::Stacks
        | RowKind::SystemHeap
        | RowKind::Files
        | RowKind::OtherMappings
        | RowKind::Untouched => format!("outside the heap: {name}"),
        RowKind::Residual => "residual".to_owned(),
    }
}

/// The cells of a row: what it is, its bytes, and its share of the whole.
fn cells(ledger: &Ledger, row: &Row) -> [String; 3] {
    [name(row), exact(row.bytes), share(ledger, row.bytes)]
}

/// The cells of the last row.
fn total(ledger: &Ledger) -> [String; 3] {
    [
        "growth of the resident set".to_owned(),
        exact(ledger.total),
        gain(ledger.total as f64),
    ]
}

/// The title of a loop's ledger.
fn title(ledger: &Ledger) -> String {
    format!(
        "where RSS growth went in {} iterations{}",
        count(ledger.iterations),
        behind(&ledger.condition)
    )
}

/// To the byte: the rows sum.
fn exact(bytes: i64) -> String {
    let digits = count(bytes.unsigned_abs());
    match bytes {
        0 => digits,
        1.. => format!("+{digits}"),
        _ => format!("-{digits}"),
    }
}

fn share(ledger: &Ledger, bytes: i64) -> String {
    // A share of what was given back says nothing, and none does where far more came and went than stayed.
    let mut rows = ledger.rows.iter();
    if ledger.total <= 0
        || rows.any(|row| i128::from(row.bytes).abs() > 2 * i128::from(ledger.total))
    {
        return String::new();
    }
    format!("{:.1}%", bytes as f64 / ledger.total as f64 * 100.0)
}

/// The table.
pub(super) fn table(ledger: &Ledger) -> Table {
    let title = title(ledger);
    let mut table = Table::new(&[
        (title.as_str(), Align::Left),
        ("bytes", Align::Right),
        ("share", Align::Right),
    ]);
    for row in &ledger.rows {
        table.row(cells(ledger, row));
    }
    table.total(total(ledger));
    table
}
