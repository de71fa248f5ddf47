//! Valgrind suppressions with a reason and a day of expiry: reading them, and writing them from a report.

pub mod entries;
mod write;

use crate::cli::SuppressOptions;
use crate::gate::sites::place;
use crate::job::console::{self, Failure, tell};
use crate::report;
use crate::report::units::figure;
use crate::summary::{GrowingSite, Summary, Zones};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Writes the entries that were asked for, or lists the sites that could be.
pub fn run(options: &SuppressOptions) -> ExitCode {
    console::exit(try_run(options).map(|()| 0))
}

fn try_run(options: &SuppressOptions) -> Result<(), Failure> {
    let summary = report::read_summary(&options.report).map_err(Failure::WrongUse)?;
    let sites = sites(&summary);
    let (Some(reason), Some(expires)) = (&options.reason, &options.expires) else {
        tell(false, &listed(&sites));
        return Ok(());
    };
    let mut text = String::new();
    for wanted in &options.site {
        for (site, zones) in chosen(&sites, wanted).map_err(Failure::WrongUse)? {
            text.push_str(&write::entry(site, zones, reason, expires).map_err(Failure::WrongUse)?);
        }
    }
    // What is there has to stay readable: nothing is added to a file that the gate would refuse.
    if options.file.exists() {
        entries::read(&options.file).map_err(Failure::WrongUse)?;
    }
    add(&options.file, &text).map_err(|error| {
        Failure::WrongUse(format!(
            "cannot write to {}: {error}",
            options.file.display()
        ))
    })?;
    tell(
        false,
        &format!("{}\nAdded to {}.", text.trim(), options.file.display()),
    );
    Ok(())
}

/// What valgrind saw grow, in the order of the report.
fn sites(summary: &Summary) -> Vec<(&GrowingSite, Zones)> {
    let pairs = summary
        .valgrind
        .ran()
        .map_or(&[][..], |report| &report.pairs);
    pairs
        .iter()
        .flat_map(|pair| pair.growing.iter().map(|site| (site, pair.zones)))
        .collect()
}

fn listed(sites: &[(&GrowingSite, Zones)]) -> String {
    if sites.is_empty() {
        return "valgrind saw nothing grow in this report: there is nothing to suppress."
            .to_owned();
    }
    let lines = (1..).zip(sites).map(|(number, (site, zones))| {
        let described = place(&site.function, site.file.as_deref(), site.line);
        let bytes = figure(site.bytes_per_iteration);
        format!(
            "{number:>3}  {described}: {bytes} bytes an iteration {}",
            zones.phrase()
        )
    });
    let mut lines: Vec<String> = lines.collect();
    lines.push(
        "Choose with --site N or --site FUNCTION, and give --reason TEXT and --expires YYYY-MM-DD."
            .to_owned(),
    );
    lines.join("\n")
}

/// The site of a number, or all sites of a function.
fn chosen<'s>(
    sites: &[(&'s GrowingSite, Zones)],
    wanted: &str,
) -> Result<Vec<(&'s GrowingSite, Zones)>, String> {
    if let Ok(number) = wanted.parse::<usize>() {
        let site = number.checked_sub(1).and_then(|index| sites.get(index));
        return site.map(|site| vec![*site]).ok_or_else(|| {
            format!(
                "there is no site {number}: valgrind saw {} grow",
                sites.len()
            )
        });
    }
    let of: Vec<_> = sites
        .iter()
        .filter(|(site, _)| site.function == wanted)
        .copied()
        .collect();
    if of.is_empty() {
        return Err(format!(
            "valgrind saw nothing grow in \"{wanted}\": harness suppress REPORT lists what it saw"
        ));
    }
    Ok(of)
}

fn add(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())
}
