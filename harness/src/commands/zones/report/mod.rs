//! What `harness zones` leaves for people: plots, a page, and a table for the terminal.

mod page;
mod plots;
mod terminal;

use super::summary::ZonesSummary;
use crate::child::zones::orders::ZonesSample;
use crate::report::{Picture, write_files};
use std::io;
use std::path::Path;

pub(crate) use terminal::terminal;

/// Writes summary.json, the plots and report.html.
///
/// # Errors
/// What the system says, with the file's name.
pub(crate) fn write(summary: &ZonesSummary, samples: &[ZonesSample], dir: &Path) -> io::Result<()> {
    let charts = plots::charts(summary, samples);
    let pictures = charts.iter().map(Picture::of);
    write_files(summary, pictures, dir, || page::page(summary, &charts))?;
    Ok(())
}
