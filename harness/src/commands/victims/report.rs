//! The table victim by victim and the two matrices, for the terminal, as a picture and as a page.

use super::judge::hyphened;
use super::matrix::Matrix;
use super::picture::{Grid, Grids, LEGEND};
use super::summary::{Case, VictimsSummary};
use crate::report::html::plot::themed;
use crate::report::html::shell::{Badge, Page, machine};
use crate::report::html::{escape, put};
use crate::report::table::{Align, Table};
use crate::report::{DrawingFailed, Picture, SUMMARY_FILE, write_files};
use harness_model::units::{figure, seconds};
use printable::Text;
use std::io;
use std::path::{Path, PathBuf};

/// The columns of the table.
const COLUMNS: [(&str, Align); 7] = [
    ("fault", Align::Left),
    ("cause", Align::Left),
    ("shape", Align::Left),
    ("bytes/iteration", Align::Right),
    ("planted", Align::Right),
    ("function", Align::Left),
    ("told", Align::Left),
];

/// The cells of a case.
fn cells(case: &Case) -> [String; COLUMNS.len()] {
    let none = || "\u{2013}".to_owned();
    let found = case.found.as_ref();
    let growth = found.map(|found| &found.growth);
    let place = found.and_then(|found| {
        let place = found.place.known()?;
        let file = place.file.as_ref().and_then(|file| file.rsplit('/').next());
        Some(match (file, place.line) {
            (Some(file), Some(line)) => format!("{} ({file}:{line})", place.function),
            _ => place.function,
        })
    });
    let result = match &case.failure {
        Some(why) => format!("no result: {why}"),
        None if case.wrong.is_empty() => "right".to_owned(),
        None => format!("WRONG: {}", case.wrong.join("; ")),
    };
    [
        case.name(),
        growth.map_or_else(none, |growth| growth.cause.phrase().to_owned()),
        growth.map_or_else(none, |growth| hyphened(growth.shape.name())),
        growth.map_or_else(none, |growth| figure(growth.bytes_per_iteration)),
        case.truth.bytes_per_iteration.map_or_else(none, figure),
        place.unwrap_or_default(),
        result,
    ]
}

/// The whole of it. There are no colours in it.
pub(super) fn terminal(summary: &VictimsSummary) -> Text {
    let mut text = Text::new();
    text.block(&case_by_case(summary).render());
    for (title, matrix) in matrices(summary) {
        text.block(&matrix_table(title, matrix).render());
    }
    text.line("");
    text.line(&summary.sentence);
    text
}

fn case_by_case(summary: &VictimsSummary) -> Table {
    let mut table = Table::new(&COLUMNS);
    for case in &summary.cases {
        table.row(cells(case));
    }
    table
}

fn matrices(summary: &VictimsSummary) -> [(&'static str, &Matrix); 2] {
    [("cause", &summary.causes), ("shape", &summary.shapes)]
}

/// `planted \ found`, and in the corner how many are right.
fn matrix_table(title: &str, matrix: &Matrix) -> Table {
    let corner = corner(title, matrix);
    let mut columns = vec![(corner.as_str(), Align::Left)];
    let names: Vec<String> = matrix.names.iter().map(|name| hyphened(name)).collect();
    columns.extend(names.iter().map(|name| (name.as_str(), Align::Right)));
    let mut table = Table::new(&columns);
    for (name, counts) in names.iter().zip(&matrix.counts) {
        let counts = counts.iter().map(|count| match count {
            0 => "\u{b7}".to_owned(),
            count => count.to_string(),
        });
        table.row(std::iter::once(name.clone()).chain(counts));
    }
    table
}

fn corner(title: &str, matrix: &Matrix) -> String {
    let (right, all) = matrix.right_of_all();
    format!("{title} planted, by {title} found: {right} of {all} right")
}

/// Writes summary.json, the matrices as a picture, and report.html.
///
/// # Errors
/// What the system says, with the file's name.
pub(super) fn write(summary: &VictimsSummary, out: &Path) -> io::Result<Vec<PathBuf>> {
    let grids = matrices(summary).map(|(of, matrix)| Grid { of, matrix });
    let picture = || {
        Ok(Picture {
            name: "matrix".to_owned(),
            svg: Grids::of(&grids).svg()?,
            png: Grids::of(&grids).png()?,
        })
    };
    let pictures = std::iter::once_with(picture);
    write_files(summary, pictures, out, || page(summary, &grids))
}

fn page(summary: &VictimsSummary, grids: &[Grid<'_>]) -> Result<String, DrawingFailed> {
    let badge = Badge::of(summary.outcome, "Misjudged");
    let line = format!(
        "{} cases in {}: each fault, and a twin that takes the same memory and frees it. What was planted is known to \
         nobody who judges.",
        summary.cases.len(),
        seconds(summary.seconds)
    );
    let mut page = Page::new(badge, &summary.sentence);
    page.ran(&line);
    page.list("What was missed", &missed(&summary.cases));
    page.section("What was planted against what was found");
    for grid in grids {
        put(
            &mut page.body,
            format_args!(
                "<figure class=\"grid\"><figcaption><strong>{}</strong><span class=\"faint\">{LEGEND}</span></figcaption>\n\
                 <div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">{}</div></figure>\n",
                escape(&grid.title()),
                escape(&grid.title()),
                themed(&grid.svg()?, &grid.title())
            ),
        );
    }
    page.section("Case by case");
    page.table(&case_by_case(summary));
    let mut rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    let valgrind = summary.environment.valgrind.clone();
    rows.push((
        "valgrind",
        valgrind.unwrap_or_else(|| "not found".to_owned()),
    ));
    page.definitions(
        &rows,
        &["matrix.svg", "matrix.png", SUMMARY_FILE],
        &summary.command,
    );
    Ok(page.document())
}

/// A sentence for each case that was not told for what it is, and how to see it.
fn missed(cases: &[Case]) -> Vec<String> {
    let missed = cases.iter().filter_map(|case| {
        let what = match &case.failure {
            Some(why) => format!("no result: {why}"),
            None if case.wrong.is_empty() => return None,
            None => case.wrong.join("; "),
        };
        let what = what.trim_end_matches('.');
        Some(format!(
            "{}: {what}. By itself: {}",
            case.name(),
            case.command
        ))
    });
    missed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::victims::judge;
    use crate::commands::victims::summary::{Found, Truth};
    use crate::workload::Fault;
    use harness_model::Place;
    use harness_model::Shape;
    use harness_model::{Cause, CauseOfGrowth};

    fn case(found: Cause) -> Case {
        let truth = Truth {
            cause: Cause::OutsideTheHeap,
            shape: Shape::Growing,
            bytes_per_iteration: None,
            blocks_per_iteration: None,
            function: None,
        };
        let found = Found {
            growth: CauseOfGrowth {
                condition: crate::workload::Zones::On.phrase().to_owned(),
                cause: found,
                shape: Shape::Growing,
                bytes_per_iteration: 4096.0,
                blocks_per_iteration: None,
            },
            place: Place::default(),
            calls: Vec::new(),
        };
        Case {
            fault: Fault::Mapping,
            twin: false,
            command: "harness --inject mapping".to_owned(),
            wrong: judge::wrong(&truth, &found),
            truth,
            found: Some(found),
            failure: None,
            seconds: 0.0,
        }
    }

    fn page_of(cases: Vec<Case>) -> String {
        let (causes, shapes) = judge::matrices(&cases);
        let (outcome, sentence) = judge::conclude(&cases, false);
        let summary = VictimsSummary {
            schema_version: 1,
            tool: crate::engine::environment::tool(),
            environment: crate::engine::environment::environment(),
            command: Vec::new(),
            started_at: String::new(),
            seconds: 1.0,
            cases,
            causes,
            shapes,
            outcome,
            exit_code: outcome.exit_code(),
            sentence,
        };
        let out = tempfile::tempdir().unwrap();
        let files = write(&summary, out.path()).unwrap();
        let names = files.iter().filter_map(|file| file.file_name()?.to_str());
        let names: Vec<&str> = names.collect();
        assert_eq!(
            names,
            ["summary.json", "matrix.svg", "matrix.png", "report.html"]
        );
        std::fs::read_to_string(out.path().join("report.html")).unwrap()
    }

    #[test]
    fn what_was_missed_stands_first_and_with_how_to_see_it() {
        let page = page_of(vec![case(Cause::Nothing)]);
        let missed = page.find("<h2 id=\"what-was-missed\">").unwrap();
        let matrix = page.find("<figure class=\"grid\">").unwrap();
        assert!(missed < matrix && page.contains("The cause is right in 0 of 1 cases"));
        let told = format!(
            "mapping: the cause is {}, not {}. By itself: harness --inject mapping",
            Cause::OutsideTheHeap.phrase(),
            Cause::Nothing.phrase()
        );
        assert!(page.contains(&told), "{told}");
        assert!(page.contains("<span class=\"badge leak\">Misjudged</span>"));
    }

    #[test]
    fn nothing_is_said_to_be_missed_where_all_is_right() {
        let page = page_of(vec![case(Cause::OutsideTheHeap)]);
        assert!(!page.contains("What was missed"));
        assert!(page.contains("<span class=\"badge pass\">Pass</span>"));
    }
}
