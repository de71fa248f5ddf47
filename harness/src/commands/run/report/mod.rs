//! What `harness run` leaves for people: text for the terminal, and a page.

mod behind;
pub(super) mod error_paths;
pub(crate) mod growth;
mod held;
mod page;
mod plot;
mod serving;
mod sums;
mod terminal;

use crate::report::{Picture, write_files};
use harness_model::program::ProgramSummary;
use std::io;
use std::path::Path;

pub(crate) use plot::plot;
pub(super) use terminal::{answer, details};
pub(crate) use terminal::{tell, told};

/// Writes summary.json, the picture and report.html.
///
/// # Errors
/// What the system says, with the file's name.
pub(super) fn write(summary: &ProgramSummary, out: &Path) -> io::Result<()> {
    let charts = page::charts(summary);
    let pictures = charts.iter().map(Picture::of);
    write_files(summary, pictures, out, || page::page(summary, &charts))?;
    Ok(())
}
