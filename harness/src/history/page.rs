//! history.html: the trend as plots, and every run.

use super::Line;
use super::plot::{when, workloads};
use super::table::{COLUMNS, cells};
use crate::report::DrawingFailed;
use crate::report::chart::Chart;
use crate::report::html::escape;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, document, header, put};
use crate::report::table::Align;
use crate::report::units::count;

/// The whole page. `note` says what of the file could not be read.
pub(super) fn page(
    lines: &[Line],
    charts: &[Chart],
    note: Option<&str>,
) -> Result<String, DrawingFailed> {
    let Some(last) = lines.last() else {
        return Ok(String::new());
    };
    let badge = Badge::of(last.outcome, "Leak");
    let sentence = format!(
        "{} of {}: the last ended as \u{201c}{}\u{201d}.",
        match lines.len() {
            1 => "One run".to_owned(),
            runs => format!("{} runs", count(runs as u64)),
        },
        workloads(lines).join(", "),
        super::table::verdict(last.outcome),
    );
    let mut body = String::new();
    let mut line = when(lines);
    if let Some(note) = note {
        line = format!("{line}. {note}");
    }
    header(&mut body, badge, &sentence, &line);
    plots(&mut body, charts)?;
    body.push_str(
        "<h2>The runs, the last one first</h2>\n<div class=\"scroll\"><table class=\"cells\">\n<tr>",
    );
    let class = |align| match align {
        Align::Right => " class=\"figure\"",
        Align::Left => "",
    };
    for (name, align) in COLUMNS {
        put(&mut body, format_args!("<th{}>{name}</th>", class(align)));
    }
    body.push_str("</tr>\n");
    for line in lines.iter().rev() {
        body.push_str("<tr>");
        for (cell, (_, align)) in cells(line).iter().zip(COLUMNS) {
            put(
                &mut body,
                format_args!("<td{}>{}</td>", class(align), escape(cell)),
            );
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
    Ok(document(badge, &sentence, &body))
}
