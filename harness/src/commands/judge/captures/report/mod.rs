//! What `harness judge --at` leaves for people: text for the terminal, a plot and a page.

mod page;
mod tables;
mod terminal;

use crate::probe::source::SourceTree;
use crate::report::{Picture, write_files};
use harness_model::captures::CapturesSummary;
use std::io;
use std::path::Path;

pub(super) use terminal::terminal;

/// Writes summary.json, the picture and report.html.
///
/// # Errors
///
/// What the system says, with the file's name.
pub(super) fn write(summary: &CapturesSummary, tree: &SourceTree, out: &Path) -> io::Result<()> {
    let charts = page::charts(summary);
    let pictures = charts.iter().map(Picture::of);
    write_files(summary, pictures, out, || {
        page::page(summary, &charts, tree)
    })?;
    Ok(())
}
