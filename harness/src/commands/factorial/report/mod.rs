//! What `harness factorial` leaves for people: small multiples, a page, and a table for the terminal.

mod page;
mod plots;
mod terminal;

use super::summary::FactorialSummary;
use crate::child::zones::orders::ZonesSample;
use crate::report::{Picture, write_files};
use std::io;
use std::path::Path;

pub(crate) use terminal::terminal;

/// Writes summary.json, the picture and report.html. `samples` has those of each cell.
///
/// # Errors
/// What the system says, with the file's name.
pub(crate) fn write(
    summary: &FactorialSummary,
    samples: &[Vec<ZonesSample>],
    dir: &Path,
) -> io::Result<()> {
    let panels = plots::panels(summary, samples);
    let pictures = std::iter::once_with(|| {
        Ok(Picture {
            name: panels.name.to_owned(),
            svg: panels.svg()?,
            png: panels.png()?,
        })
    });
    write_files(summary, pictures, dir, || page::page(summary, &panels))?;
    Ok(())
}
