//! What `harness calibrate` leaves for people: the curves of detection, a page, and tables for the terminal.

mod page;
mod plots;
mod terminal;

use super::summary::CalibrationSummary;
use crate::report::{Picture, write_files};
use std::io;
use std::path::Path;

pub(super) use terminal::terminal;

/// Writes summary.json, the picture and report.html.
///
/// # Errors
/// What the system says, with the file's name.
pub(super) fn write(summary: &CalibrationSummary, dir: &Path) -> io::Result<()> {
    let plot = plots::detection(summary);
    let picture = || {
        Ok(Picture {
            name: "detection".to_owned(),
            svg: plot.svg()?,
            png: plot.png()?,
        })
    };
    let pictures = std::iter::once_with(picture);
    write_files(summary, pictures, dir, || page::page(summary, &plot))?;
    Ok(())
}
