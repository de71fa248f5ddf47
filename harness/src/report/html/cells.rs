//! Tables on a page. The page's script sorts and filters them by what their cells say; without it they can be read all the
//! same. A long table has its first rows as HTML, and the rest in a compact form that the script shows on demand.

use super::escape::{escape, json, put};
use crate::report::table::{Align, Row, Table};
use harness_model::units::count;
use serde::Serialize;

/// A table of more rows than this is not all there as HTML.
const LONG: usize = 300;
/// So many of its rows are.
const FIRST: usize = 100;

/// Rows that stay together however a table is sorted.
#[derive(Default)]
struct Group<'t> {
    /// What they have in common.
    heading: Option<&'t str>,
    /// The rows below the first are parts of it, and keep their order.
    is_whole: bool,
    rows: Vec<&'t [String]>,
}

/// What the script is told of a group that is not there as HTML, or not all of it.
#[derive(Serialize)]
struct Rest<'t> {
    /// The heading; none where the rows go on with the last group that is there.
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    heading: Option<&'t str>,
    #[serde(rename = "r")]
    rows: &'t [&'t [String]],
}

/// The table, which scrolls by itself where the page is narrower than it is. `label` is what a screen reader calls it, and
/// `number` tells it from others of the page.
pub(super) fn cells(body: &mut String, table: &Table, label: &str, number: usize) {
    let groups = groups(table);
    let rows: usize = groups.iter().map(|group| group.rows.len()).sum();
    let mut left = if rows > LONG { FIRST } else { rows };
    put(
        body,
        format_args!(
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}, table {number}\"><table id=\"table{number}\">\n",
            escape(label)
        ),
    );
    head(body, table);
    let mut rest = Vec::new();
    for group in &groups {
        let here = group.rows.len().min(left);
        if here > 0 {
            left -= here;
            some(body, table, group, &group.rows[..here]);
        }
        if here < group.rows.len() {
            let heading = group.heading.filter(|_| here == 0);
            let rows = &group.rows[here..];
            rest.push(Rest { heading, rows });
        }
    }
    if let Some(total) = table.sum() {
        body.push_str("<tfoot>\n");
        row(body, table, total);
        body.push_str("</tfoot>\n");
    }
    body.push_str("</table></div>\n");
    if !rest.is_empty() {
        put(
            body,
            format_args!(
                "<p class=\"faint more\">These are the first {FIRST} of {} rows; all of them are in summary.json.</p>\n\
                 <script type=\"application/json\" data-rows-of=\"table{number}\">{}</script>\n",
                count(rows as u64),
                json(&rest)
            ),
        );
    }
}

fn class(align: Align) -> &'static str {
    match align {
        Align::Right => " class=\"figure\"",
        Align::Left => "",
    }
}

fn head(body: &mut String, table: &Table) {
    body.push_str("<thead><tr>");
    for (name, align) in table.columns() {
        match name.is_empty() {
            true => body.push_str("<td></td>"),
            false => put(
                body,
                format_args!("<th scope=\"col\"{}>{}</th>", class(align), escape(name)),
            ),
        }
    }
    body.push_str("</tr></thead>\n");
}

fn some(body: &mut String, table: &Table, group: &Group<'_>, rows: &[&[String]]) {
    body.push_str(if group.is_whole {
        "<tbody class=\"whole\">\n"
    } else {
        "<tbody>\n"
    });
    if let Some(heading) = group.heading {
        put(
            body,
            format_args!(
                "<tr class=\"heading\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n",
                table.columns().count(),
                escape(heading)
            ),
        );
    }
    for cells in rows {
        row(body, table, cells);
    }
    body.push_str("</tbody>\n");
}

fn row(body: &mut String, table: &Table, cells: &[String]) {
    body.push_str("<tr>");
    for (cell, (_, align)) in cells.iter().zip(table.columns()) {
        let class = match cell.starts_with(' ') {
            true => " class=\"indented\"",
            false => class(align),
        };
        put(
            body,
            format_args!("<td{class}>{}</td>", escape(cell.trim_start())),
        );
    }
    body.push_str("</tr>\n");
}

/// The rows under their headings. Where there are none, a row that stands further in is a part of the one above it.
fn groups(table: &Table) -> Vec<Group<'_>> {
    let all = table.rows();
    let is_part = |cells: &[String]| cells.first().is_some_and(|cell| cell.starts_with(' '));
    let has_headings = all.iter().any(|row| matches!(row, Row::Heading(_)));
    let has_parts = |row: &Row| matches!(row, Row::Cells(cells) if is_part(cells));
    let is_whole = !has_headings && all.iter().any(has_parts);
    let mut groups: Vec<Group<'_>> = Vec::new();
    for row in all {
        match row {
            Row::Heading(heading) => groups.push(Group {
                heading: Some(heading),
                ..Group::default()
            }),
            Row::Cells(cells) => {
                if groups.is_empty() || (is_whole && !is_part(cells)) {
                    groups.push(Group {
                        is_whole,
                        ..Group::default()
                    });
                }
                if let Some(last) = groups.last_mut() {
                    last.rows.push(cells);
                }
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(table: &Table) -> String {
        let mut body = String::new();
        cells(&mut body, table, "What <grows>", 1);
        body
    }

    #[test]
    fn figures_stand_right_headings_span_and_nothing_becomes_markup() {
        let mut table = Table::new(&[("by", Align::Left), ("bytes", Align::Right)]);
        table.heading("push<u8>");
        table.row(["dhat", "24"]);
        let body = html(&table);
        assert!(
            body.contains("<th scope=\"col\">by</th><th scope=\"col\" class=\"figure\">bytes</th>")
        );
        assert!(body.contains("colspan=\"2\">push&lt;u8&gt;</th></tr>"));
        assert!(body.contains("<tr><td>dhat</td><td class=\"figure\">24</td></tr>"));
        assert!(body.contains("aria-label=\"What &lt;grows&gt;, table 1\""));
    }

    #[test]
    fn parts_of_a_row_stay_below_it_and_the_sum_stays_at_the_foot() {
        let mut table = Table::new(&[("", Align::Left), ("bytes", Align::Right)]);
        table.row(["live", "24"]);
        table.row(["  of which strings", "20"]);
        table.row(["resident", "7"]);
        table.total(["all", "31"]);
        let body = html(&table);
        assert_eq!(body.matches("<tbody class=\"whole\">").count(), 2, "{body}");
        assert!(body.contains("<td class=\"indented\">of which strings</td>"));
        let foot = body.find("<tfoot>").unwrap();
        assert!(foot > body.find("resident").unwrap() && foot < body.find("<td>all</td>").unwrap());
    }

    #[test]
    fn a_long_table_has_its_first_rows_as_html_and_every_row_once() {
        let mut table = Table::new(&[("site", Align::Left)]);
        table.heading("first");
        for at in 0..90 {
            table.row([format!("a{at}</script>")]);
        }
        table.heading("second");
        for at in 0..1_000 {
            table.row([format!("b{at}")]);
        }
        table.heading("third");
        table.row(["c"]);
        let body = html(&table);
        assert_eq!(body.matches("<td>").count(), FIRST);
        assert!(body.contains("the first 100 of 1,091 rows"), "{body}");
        let (_, data) = body.split_once("data-rows-of=\"table1\">").unwrap();
        let (data, _) = data.split_once("</script>").unwrap();
        let rest: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(rest[0].get("h"), None, "it goes on with the second group");
        assert_eq!(rest[0]["r"].as_array().unwrap().len(), 990);
        assert_eq!(rest[1]["h"], "third");
    }
}
