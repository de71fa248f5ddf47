//! A terminal's table as a page shows it.

use super::escape::escape;
use super::shell::put;
use crate::report::table::{Align, Row, Table};

/// The table, which scrolls by itself where the page is narrower than it is.
pub(crate) fn cells(body: &mut String, table: &Table) {
    let class = |align: Align| match align {
        Align::Right => " class=\"figure\"",
        Align::Left => "",
    };
    body.push_str("<div class=\"scroll\"><table class=\"cells\">\n<tr>");
    for (name, align) in table.columns() {
        put(
            body,
            format_args!("<th{}>{}</th>", class(align), escape(name)),
        );
    }
    body.push_str("</tr>\n");
    for row in table.rows() {
        match row {
            Row::Cells(cells) => {
                body.push_str("<tr>");
                for (cell, (_, align)) in cells.iter().zip(table.columns()) {
                    put(
                        body,
                        format_args!("<td{}>{}</td>", class(align), escape(cell)),
                    );
                }
            }
            Row::Heading(heading) => put(
                body,
                format_args!(
                    "<tr class=\"heading\"><td colspan=\"{}\">{}</td>",
                    table.columns().count(),
                    escape(heading)
                ),
            ),
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_right_headings_span_and_nothing_becomes_markup() {
        let mut table = Table::new(&[("by", Align::Left), ("bytes", Align::Right)]);
        table.heading("push<u8>");
        table.row(["dhat", "24"]);
        let mut body = String::new();
        cells(&mut body, &table);
        assert!(body.contains("<th>by</th><th class=\"figure\">bytes</th>"));
        assert!(body.contains("<td colspan=\"2\">push&lt;u8&gt;</td></tr>"));
        assert!(body.contains("<tr><td>dhat</td><td class=\"figure\">24</td></tr>"));
    }
}
