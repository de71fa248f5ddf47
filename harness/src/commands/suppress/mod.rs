//! Valgrind suppressions with a reason and a day of expiry: reading them, and writing them from a report.

pub mod options;
mod write;

use crate::commands::suppress::options::SuppressOptions;
use crate::engine::console;
use crate::engine::console::{Failure, show};
use crate::files::Named;
use crate::probe::valgrind_xml::ValgrindReport;
use crate::report;
use crate::suppressions::{entries, pattern};
use harness_judge::attribution::functions::place;
use harness_judge::attribution::sites::frame_to_summary;
use harness_judge::attribution::stack::Frame;
use harness_model::condition::behind;
use harness_model::units::figure;
use harness_model::{GrowingSite, Instrument, Summary};
use printable::Text;
use std::collections::HashMap;
use std::path::{Component, Path};
use std::process::ExitCode;

/// Writes the entries that were asked for, or lists the sites that could be.
pub fn run(options: &SuppressOptions) -> ExitCode {
    console::exit(try_run(options).map(|()| 0))
}

fn try_run(options: &SuppressOptions) -> Result<(), Failure> {
    let summary = report::read_summary(&options.report).map_err(Failure::WrongUse)?;
    let sites = sites(&summary);
    let (Some(reason), Some(expires)) = (&options.reason, &options.expires) else {
        show(false, &listed(&sites));
        return Ok(());
    };
    let stacks = Stacks::read(&options.report, &summary).map_err(Failure::WrongUse)?;
    let mut text = String::new();
    let mut also = Vec::new();
    for wanted in &options.site {
        for (site, condition) in chosen(&sites, wanted).map_err(Failure::WrongUse)? {
            let stack = stacks.of(site).map_err(Failure::WrongUse)?;
            let entry =
                write::entry(site, stack, condition, reason, expires).map_err(Failure::WrongUse)?;
            // What an entry before it hides already needs none.
            if !hidden(&text, &sites, &stacks).any(|(_, hidden)| hidden == site) {
                text.push_str(&entry);
            }
            also.push(site);
        }
    }
    // What is there has to stay readable: nothing is added to a file that the gate would refuse.
    if options.file.exists() {
        entries::read(&options.file).map_err(Failure::WrongUse)?;
    }
    Named::new(&options.file, Some(report::directory(&options.report)))
        .append(&text)
        .map_err(|error| Failure::WrongUse(format!("cannot write to {error}")))?;
    let mut told = Text::new();
    told.block(text.trim());
    told.line(format_args!("Added to {}.", printable::path(&options.file)));
    let hidden = hidden(&text, &sites, &stacks).filter(|(_, site)| !also.contains(site));
    let also: Vec<String> = hidden.map(|(number, _)| number.to_string()).collect();
    if !also.is_empty() {
        let also = also.join(", ");
        told.line(format_args!(
            "It hides these sites of the list too, since valgrind cannot tell lines of one function apart: {also}."
        ));
    }
    show(false, &told);
    Ok(())
}

/// The stacks of what valgrind saw at the end of its runs, with the names that it knows calls by.
struct Stacks {
    by_frames: HashMap<Vec<harness_model::Frame>, Vec<Frame>>,
}

impl Stacks {
    fn read(report: &Path, summary: &Summary) -> Result<Stacks, String> {
        let mut by_frames = HashMap::new();
        let pairs = summary.pairs(Instrument::Valgrind).iter();
        let runs = pairs.flat_map(|pair| [&pair.long, &pair.short]);
        for file in runs.filter_map(|run| run.files.first()) {
            // A report may have come from elsewhere: its files are those beside it.
            let mut parts = Path::new(file).components();
            if !parts.all(|part| matches!(part, Component::Normal(_))) {
                return Err(format!(
                    "the report names a file that is not in its folder: {}",
                    printable::line(file)
                ));
            }
            let read = ValgrindReport::read(&report.join(file)).map_err(|error| {
                format!("a suppression is made of the report that valgrind wrote: {error}")
            })?;
            for (_, _, _, frames) in read.losses() {
                let shown = frames.iter().map(frame_to_summary).collect();
                by_frames.entry(shown).or_insert_with(|| frames.to_vec());
            }
        }
        Ok(Stacks { by_frames })
    }

    fn of(&self, site: &GrowingSite) -> Result<&[Frame], String> {
        self.by_frames
            .get(&site.frames)
            .map(Vec::as_slice)
            .ok_or_else(|| {
                format!(
                    "valgrind's own report of this run does not have the stack of {}",
                    site.function
                )
            })
    }
}

/// The sites that entries hide, with their numbers in the list.
fn hidden<'s>(
    text: &str,
    sites: &'s [(&'s GrowingSite, &'s str)],
    stacks: &'s Stacks,
) -> impl Iterator<Item = (usize, &'s GrowingSite)> {
    let entries = pattern::read(text).unwrap_or_default();
    (1..).zip(sites).filter_map(move |(number, (site, _))| {
        let stack = stacks.of(site).ok()?;
        let kind = site.leak_kind?;
        let mut patterns = entries.iter().filter_map(|entry| entry.pattern.as_ref());
        patterns
            .any(|pattern| pattern.hides(kind, stack))
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
        let described = place(&site.function, site.file.as_deref(), site.line.as_slice());
        let bytes = figure(site.bytes_per_iteration);
        text.line(format_args!(
            "{number:>3}  {described}: {bytes} bytes an iteration{}",
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
