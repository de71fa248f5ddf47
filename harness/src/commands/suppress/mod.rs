//! Valgrind suppressions with a reason and a day of expiry: reading them, and writing them from a report.

pub mod options;
mod program;
mod write;

use crate::commands::suppress::options::SuppressOptions;
use crate::engine::console;
use crate::engine::console::{Failure, show};
use crate::engine::environment;
use crate::files::Named;
use crate::report;
use crate::report::AnySummary;
use crate::suppressions::{entries, pattern};
use harness_model::condition::behind;
use harness_model::units::figure;
use harness_model::{GrowingSite, Instrument, Linked, Summary};
use printable::Text;
use std::process::ExitCode;

/// Writes the entries that were asked for, or lists the sites that could be.
pub fn run(options: &SuppressOptions) -> ExitCode {
    console::exit(try_run(options).map(|()| 0))
}

fn try_run(options: &SuppressOptions) -> Result<(), Failure> {
    let summary = report::read_any(&options.report).map_err(Failure::WrongUse)?;
    let of_program = match &summary {
        AnySummary::Job(_) => Vec::new(),
        AnySummary::Program(program) => program::sites(program),
    };
    let sites = match &summary {
        AnySummary::Job(job) => sites(job),
        AnySummary::Program(_) => of_program.iter().map(|site| (site, "")).collect(),
    };
    let (Some(reason), Some(expires)) = (&options.reason, &options.expires) else {
        match &summary {
            AnySummary::Program(_) if sites.is_empty() => show(
                false,
                &Text::of_line(
                    "No call of compiled code grows in the heap of this report: there is nothing to suppress.",
                ),
            ),
            _ => show(false, &listed(&sites)),
        }
        return Ok(());
    };
    entries::check_day(expires).map_err(Failure::WrongUse)?;
    let now = environment::now();
    let today = now.get(..10).unwrap_or_default();
    if expires.as_str() < today {
        return Err(Failure::WrongUse(format!(
            "--expires {expires} is past: today is {today}, and an entry that has ended fails the gate"
        )));
    }
    let mut text = String::new();
    let mut also = Vec::new();
    for wanted in &options.site {
        for (site, condition) in chosen(&sites, wanted).map_err(Failure::WrongUse)? {
            let entry =
                write::entry(site, condition, reason, expires).map_err(Failure::WrongUse)?;
            // What an entry before it hides already needs none.
            if !hidden(&text, &sites).any(|(_, hidden)| hidden == site) {
                text.push_str(&entry);
            }
            also.push(site);
        }
    }
    // What is there has to stay readable: nothing is added to a file that the gate would refuse.
    if options.file.exists() {
        entries::read(&options.file).map_err(Failure::WrongUse)?;
    }
    let mut told = Text::new();
    told.block(text.trim());
    let what = also.iter().map(|site| {
        let bytes = figure(site.bytes_per_iteration);
        format!("{} ({bytes} bytes an iteration)", site.place)
    });
    told.line(format_args!(
        "Hides, until {expires} and however much it comes to be: {}.",
        what.collect::<Vec<_>>().join("; ")
    ));
    let hidden = hidden(&text, &sites).filter(|(_, site)| !also.contains(site));
    let also: Vec<String> = hidden.map(|(number, _)| number.to_string()).collect();
    if !also.is_empty() {
        let also = also.join(", ");
        told.line(format_args!(
            "It hides these sites of the list too, since valgrind cannot tell lines of one function apart: {also}."
        ));
    }
    // What an entry hides is said before it hides it.
    show(false, &told);
    Named::new(&options.file, Some(report::directory(&options.report)))
        .append(&text)
        .map_err(|error| Failure::WrongUse(format!("cannot write to {error}")))?;
    let file = printable::path(&options.file);
    show(false, &Text::of_line(format_args!("Added to {file}.")));
    Ok(())
}

/// The sites that entries hide, with their numbers in the list.
fn hidden<'s>(
    text: &str,
    sites: &'s [(&'s GrowingSite, &'s str)],
) -> impl Iterator<Item = (usize, &'s GrowingSite)> {
    let entries = pattern::read(text).unwrap_or_default();
    (1..).zip(sites).filter_map(move |(number, (site, _))| {
        let kind = site.leak_kind?;
        let stack: Vec<&Linked> = site.frames.iter().map(|frame| &frame.linked).collect();
        let mut patterns = entries.iter().filter_map(|entry| entry.pattern.as_ref());
        patterns
            .any(|pattern| pattern.hides(kind, &stack))
            .then_some((number, *site))
    })
}

/// What valgrind saw grow, in the order of the report.
fn sites(summary: &Summary) -> Vec<(&GrowingSite, &str)> {
    let pairs = summary.pairs(Instrument::Valgrind).iter();
    pairs
        .flat_map(|pair| {
            pair.growing
                .iter()
                .map(|site| (site, pair.condition.as_str()))
        })
        .collect()
}

fn listed(sites: &[(&GrowingSite, &str)]) -> Text {
    if sites.is_empty() {
        return Text::of_line(
            "valgrind saw nothing grow in this report: there is nothing to suppress.",
        );
    }
    let mut text = Text::new();
    for (number, (site, condition)) in (1..).zip(sites) {
        let bytes = figure(site.bytes_per_iteration);
        text.line(format_args!(
            "{number:>3}  {}: {bytes} bytes an iteration{}",
            site.place,
            behind(condition)
        ));
    }
    text.line(
        "Choose with --site N or --site FUNCTION, and give --reason TEXT and --expires YYYY-MM-DD.",
    );
    text
}

/// The site of a number, or all sites of a function.
fn chosen<'s>(
    sites: &[(&'s GrowingSite, &'s str)],
    wanted: &str,
) -> Result<Vec<(&'s GrowingSite, &'s str)>, String> {
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
        .filter(|(site, _)| site.place.function == wanted)
        .copied()
        .collect();
    if of.is_empty() {
        return Err(format!(
            "valgrind saw nothing grow in \"{wanted}\": harness suppress REPORT lists what it saw"
        ));
    }
    Ok(of)
}
