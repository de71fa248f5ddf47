//! The table victim by victim and the two matrices, for the terminal and as a page.

use super::matrix::Matrix;
use super::summary::{Case, VictimsSummary};
use crate::report::html::escape;
use crate::report::html::shell::{definitions, document, header, machine, put};
use crate::report::table::{Align, Table};
use crate::report::units::{figure, seconds};
use crate::report::{SUMMARY_FILE, write_files};
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
    ("", Align::Left),
];

/// The cells of a case.
fn cells(case: &Case) -> [String; COLUMNS.len()] {
    let none = || "\u{2013}".to_owned();
    let found = case.found.as_ref();
    let growth = found.map(|found| &found.growth);
    let place = found.and_then(|found| {
        let function = found.function.as_ref()?;
        let file = found.file.as_ref().and_then(|file| file.rsplit('/').next());
        Some(match (file, found.line) {
            (Some(file), Some(line)) => format!("{function} ({file}:{line})"),
            _ => function.clone(),
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
        growth.map_or_else(none, |growth| growth.shape.name().to_owned()),
        growth.map_or_else(none, |growth| figure(growth.bytes_per_iteration)),
        case.truth.bytes_per_iteration.map_or_else(none, figure),
        place.unwrap_or_default(),
        result,
    ]
}

/// The whole of it, lines ended by line feeds. There are no colours in it.
pub(super) fn terminal(summary: &VictimsSummary) -> String {
    let mut table = Table::new(&COLUMNS);
    for case in &summary.cases {
        table.row(cells(case));
    }
    let mut text = table.render();
    for (title, matrix) in matrices(summary) {
        text.push_str(&matrix_table(title, matrix).render());
    }
    text.push('\n');
    text.push_str(&summary.sentence);
    text.push('\n');
    text
}

fn matrices(summary: &VictimsSummary) -> [(&'static str, &Matrix); 2] {
    [("cause", &summary.causes), ("shape", &summary.shapes)]
}

/// `planted \ found`, and in the corner how many are right.
fn matrix_table(title: &str, matrix: &Matrix) -> Table {
    let corner = corner(title, matrix);
    let mut columns = vec![(corner.as_str(), Align::Left)];
    columns.extend(
        matrix
            .names
            .iter()
            .map(|name| (name.as_str(), Align::Right)),
    );
    let mut table = Table::new(&columns);
    for (name, counts) in matrix.names.iter().zip(&matrix.counts) {
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

/// Writes summary.json and report.html.
///
/// # Errors
/// What the system says, with the file's name.
pub(super) fn write(summary: &VictimsSummary, out: &Path) -> io::Result<Vec<PathBuf>> {
    write_files(summary, [], out, || Ok(page(summary)))
}

fn page(summary: &VictimsSummary) -> String {
    let mut body = String::new();
    let line = format!(
        "{} cases in {}: each fault, and a twin that takes the same memory and frees it. What was planted is known to \
         nobody who judges.",
        summary.cases.len(),
        seconds(summary.seconds)
    );
    header(&mut body, summary.outcome, &summary.sentence, &line);
    for (title, matrix) in matrices(summary) {
        matrix_html(&mut body, title, matrix);
    }
    body.push_str("<h2>Case by case</h2>\n<div class=\"scroll\"><table>\n<tr>");
    let class = |align| match align {
        Align::Right => " class=\"figure\"",
        Align::Left => "",
    };
    for (name, align) in COLUMNS {
        put(&mut body, format_args!("<th{}>{name}</th>", class(align)));
    }
    body.push_str("</tr>\n");
    for case in &summary.cases {
        put(
            &mut body,
            format_args!("<tr title=\"{}\">", escape(&case.command)),
        );
        for (cell, (_, align)) in cells(case).iter().zip(COLUMNS) {
            put(
                &mut body,
                format_args!("<td{}>{}</td>", class(align), escape(cell)),
            );
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
    let mut rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    let valgrind = summary.environment.valgrind.clone();
    rows.push((
        "valgrind",
        valgrind.unwrap_or_else(|| "not found".to_owned()),
    ));
    definitions(&mut body, &rows, &[SUMMARY_FILE], &summary.command);
    document(summary.outcome, &summary.sentence, &body)
}

/// A matrix whose cells are the darker the more cases are in them: green on the diagonal, red beside it.
fn matrix_html(body: &mut String, title: &str, matrix: &Matrix) {
    put(
        body,
        format_args!(
            "<h2>{}</h2>\n<div class=\"scroll\"><table>\n<tr><th>planted, by what was found</th>",
            escape(&corner(title, matrix))
        ),
    );
    for name in &matrix.names {
        put(
            body,
            format_args!("<th class=\"figure\">{}</th>", escape(name)),
        );
    }
    body.push_str("</tr>\n");
    for (at, (name, counts)) in matrix.names.iter().zip(&matrix.counts).enumerate() {
        let most = counts.iter().sum::<u32>().max(1);
        put(body, format_args!("<tr><td>{}</td>", escape(name)));
        for (column, count) in counts.iter().enumerate() {
            let colour = if column == at {
                "0,140,70"
            } else {
                "210,40,40"
            };
            let share = f64::from(*count) / f64::from(most) * 0.6;
            let shown = if *count == 0 {
                String::new()
            } else {
                count.to_string()
            };
            put(
                body,
                format_args!(
                    "<td class=\"figure\" style=\"background:rgba({colour},{share:.2})\">{shown}</td>"
                ),
            );
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
}
