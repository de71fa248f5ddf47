//! What `harness calibrate` leaves for people: the curves of detection, a page, and tables for the terminal.

mod page;
mod plots;
mod terminal;

use super::summary::CalibrationSummary;
use crate::report::{Picture, write_files};
use std::io;
use std::path::Path;

pub(super) use terminal::terminal;

/// Writes summary.json, the pictures and report.html.
///
/// # Errors
/// What the system says, with the file's name.
pub(super) fn write(summary: &CalibrationSummary, dir: &Path) -> io::Result<()> {
    let (detection, power) = (plots::detection(summary), plots::power(summary));
    let named = [("detection", &detection), ("power", &power)];
    let drawn = named
        .into_iter()
        .filter(|(_, plot)| !plot.panels.is_empty());
    let pictures = drawn.map(|(name, plot)| {
        Ok(Picture {
            name: name.to_owned(),
            svg: plot.svg()?,
            png: plot.png()?,
        })
    });
    write_files(summary, pictures, dir, || {
        page::page(summary, &[&detection, &power])
    })?;
    Ok(())
}
