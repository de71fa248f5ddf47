//! The figures of the loops, and what each store of the vocabulary gained.

use super::escape::escape;
use super::shell::put;
use crate::report::ledger;
use crate::report::parts::{cells, ranked};
use crate::report::terminal;
use harness_model::condition::behind;
use harness_model::units;
use harness_model::{Expectation, Summary};

/// One row a figure, one column a loop.
pub(super) fn table(body: &mut String, summary: &Summary) {
    body.push_str("<div class=\"scroll\"><table>\n<tr><th></th>");
    for run in &summary.runs {
        put(
            body,
            format_args!("<th class=\"figure\">{}</th>", escape(&run.condition)),
        );
    }
    body.push_str("</tr>\n");
    for (name, cells) in terminal::rows(summary) {
        let class = if name.starts_with(' ') {
            " class=\"indented\""
        } else {
            ""
        };
        put(
            body,
            format_args!("<tr><td{class}>{}</td>", escape(name.trim())),
        );
        for cell in cells {
            put(
                body,
                format_args!("<td class=\"figure\">{}</td>", escape(&cell)),
            );
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
    for run in &summary.runs {
        if let Some(failure) = &run.failure {
            put(
                body,
                format_args!(
                    "<p>The loop{} did not end well: {}</p>\n",
                    escape(&behind(&run.condition)),
                    escape(failure)
                ),
            );
        }
    }
}

/// What each part of the pipeline allocates, frees and holds: a table a loop.
pub(super) fn parts(body: &mut String, summary: &Summary) {
    body.push_str("<h2>The parts of the pipeline</h2>\n");
    if let Some(line) = terminal::trouble("groups", &summary.parts) {
        put(body, format_args!("<p>{}</p>\n", escape(&line)));
    }
    for run in summary.parts.ran().iter().flat_map(|report| &report.runs) {
        put(
            body,
            format_args!(
                "<p class=\"faint\">{} iterations{}. What a part allocated is freed from its account, whoever frees it: a \
                 document is made by one part and dropped by nobody's.</p>\n<div class=\"scroll\"><table>\n",
                units::count(run.iterations),
                escape(&behind(&run.condition))
            ),
        );
        body.push_str("<tr><th>part</th>");
        for title in ["allocated", "freed", "kept", "blocks kept"] {
            put(
                body,
                format_args!("<th class=\"figure\">{title} an iteration</th>"),
            );
        }
        body.push_str("</tr>\n");
        for part in ranked(run) {
            let [name, figures @ ..] = cells(part);
            put(body, format_args!("<tr><td>{}</td>", escape(&name)));
            for figure in figures {
                put(
                    body,
                    format_args!("<td class=\"figure\">{}</td>", escape(&figure)),
                );
            }
            body.push_str("</tr>\n");
        }
        body.push_str("</table></div>\n");
    }
}

/// Where the growth of the resident set went: a table a loop, whose rows sum to the last.
pub(super) fn ledgers(body: &mut String, summary: &Summary) {
    if summary.ledgers.is_empty() {
        return;
    }
    body.push_str("<h2>Where the growth of the resident set went</h2>\n");
    for one in &summary.ledgers {
        put(
            body,
            format_args!(
                "<div class=\"scroll\"><table>\n<tr><th>{}</th><th class=\"figure\">bytes</th><th class=\"figure\">share\
                 </th></tr>\n",
                escape(&ledger::title(one))
            ),
        );
        let rows = one.rows.iter().map(|row| ledger::cells(one, row));
        for [name, bytes, share] in rows.chain([ledger::total(one)]) {
            put(
                body,
                format_args!(
                    "<tr><td>{}</td><td class=\"figure\">{bytes}</td><td class=\"figure\">{share}</td></tr>\n",
                    escape(&name)
                ),
            );
        }
        body.push_str("</table></div>\n");
    }
}

/// A table a loop that has stores, those that gained first.
pub(super) fn stores(body: &mut String, summary: &Summary) {
    for run in summary.runs.iter().filter(|run| {
        run.stores
            .iter()
            .any(|store| store.bytes_last != store.bytes_first)
    }) {
        let mut stores: Vec<_> = run
            .stores
            .iter()
            .filter(|store| store.bytes_last > 0 || store.entries_last > 0)
            .collect();
        stores.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
        let most = stores
            .iter()
            .map(|store| store.bytes_per_iteration)
            .fold(0.0, f64::max);
        let colour = if summary.expects(&run.condition) == Expectation::Flat {
            "--on"
        } else {
            "--off"
        };
        put(
            body,
            format_args!(
                "<h2>What grew{}, by store</h2>\n<div class=\"scroll\"><table class=\"bars\">\n<tr><th>store</th><th class=\"figure\">at the end</th>\
             <th class=\"figure\">entries</th><th class=\"figure\">per iteration</th><th></th></tr>\n",
                escape(&behind(&run.condition))
            ),
        );
        for store in stores {
            let share = if most > 0.0 {
                (store.bytes_per_iteration / most * 100.0).max(0.0)
            } else {
                0.0
            };
            let bar = if share > 0.0 {
                format!(
                    "<span class=\"bar\" style=\"width:{share:.1}%;background:var({colour})\"></span>"
                )
            } else {
                String::new()
            };
            put(
                body,
                format_args!(
                    "<tr><td>{}</td><td class=\"figure\">{}</td><td class=\"figure\">{}</td><td class=\"figure\">{}</td>\
                 <td>{bar}</td></tr>\n",
                    escape(&units::words(&store.name)),
                    units::bytes(store.bytes_last as f64),
                    units::count(store.entries_last),
                    units::rate(store.bytes_per_iteration),
                ),
            );
        }
        put(
            body,
            format_args!(
                "<tr><td>in no store</td><td></td><td></td><td class=\"figure\">{}</td><td></td></tr>\n</table></div>\n",
                units::rate(run.unaccounted.per_iteration)
            ),
        );
    }
}
