//! What `harness judge` and `harness record` leave for people: text for the terminal, plots and a page.

mod page;
mod plots;
mod terminal;

use super::read::Reading;
use crate::report::{Picture, write_files};
use harness_model::record::{RecordSummary, SeriesOverTime, Whose};
use std::io;
use std::path::Path;

pub(super) use terminal::terminal;

/// Writes summary.json, the pictures and report.html.
///
/// # Errors
///
/// What the system says, with the file's name.
pub(super) fn write(summary: &RecordSummary, reading: &Reading, out: &Path) -> io::Result<()> {
    let charts = plots::charts(summary, reading);
    let pictures = charts.iter().map(Picture::of);
    write_files(summary, pictures, out, || page::page(summary, &charts))?;
    Ok(())
}

/// The series of all processes together, by the second.
fn of_all(summary: &RecordSummary) -> impl Iterator<Item = &SeriesOverTime> {
    let of_all = |one: &&SeriesOverTime| one.whose == Whose::All && one.mark.is_none();
    summary.series.iter().filter(of_all)
}
