//! report.html: one page that holds everything, without scripts and without the network.

mod escape;
mod figures;
mod sites;

use std::fmt::Write;

use super::chart::{self, Chart, DrawingFailed};
use super::units;
use crate::probe::source::SourceTree;
use crate::summary::{Outcome, Summary};
use escape::escape;

/// The whole page.
pub(super) fn page(
    summary: &Summary,
    charts: &[Chart],
    tree: &SourceTree,
) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let mut body = String::new();
    head(&mut body, summary);
    findings(&mut body, summary);
    body.push_str("<h2>The figures</h2>\n");
    figures::table(&mut body, summary);
    for chart in charts {
        plot(&mut body, chart)?;
    }
    figures::stores(&mut body, summary);
    sites::section(&mut body, summary, tree);
    list(&mut body, "Do the tools agree?", &verdict.agreement);
    list(
        &mut body,
        "What this run could not have seen",
        &verdict.blind_spots,
    );
    environment(&mut body, summary);
    let css = include_str!("../../../assets/report.css");
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>{}: {}</title>\n<style>\n{css}</style>\n\
         </head>\n<body>\n{body}</body>\n</html>\n",
        outcome(verdict.outcome).1,
        escape(&verdict.sentence),
    ))
}

/// An outcome's class in the style sheet, and its name.
fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Pass => ("pass", "Pass"),
        Outcome::Leak => ("leak", "Leak"),
        Outcome::Inconclusive => ("inconclusive", "Inconclusive"),
    }
}

fn head(body: &mut String, summary: &Summary) {
    let (class, name) = outcome(summary.verdict.outcome);
    let loops: Vec<String> = summary
        .runs
        .iter()
        .map(|run| {
            format!(
                "{} iterations {}",
                units::count(run.iterations),
                run.zones.phrase()
            )
        })
        .collect();
    let interrupted = if summary.interrupted {
        " It was stopped before its end; what had been measured is here."
    } else {
        ""
    };
    put(
        body,
        format_args!(
            "<header>\n<span class=\"badge {class}\">{name}</span>\n<h1>{}</h1>\n<p class=\"faint\">{}: {}. {}, in {}.{interrupted}</p>\n</header>\n",
            escape(&summary.verdict.sentence),
            escape(&summary.workload.subject),
            escape(&summary.workload.description),
            loops.join(", "),
            units::seconds(summary.seconds),
        ),
    );
}

fn findings(body: &mut String, summary: &Summary) {
    for finding in &summary.verdict.findings {
        let place = finding.function.as_deref().map(|function| {
            super::terminal::place(function, finding.file.as_deref(), finding.line)
        });
        let place = place.map_or_else(String::new, |place| {
            format!("<p><code>{}</code></p>", escape(&place))
        });
        let fails = if finding.fails { " fails" } else { "" };
        let blocks = finding
            .blocks_per_iteration
            .map_or_else(String::new, |blocks| {
                format!(" and {}", units::plural(blocks, "block"))
            });
        put(
            body,
            format_args!(
                "<div class=\"finding{fails}\"><p>{}</p>{place}<p class=\"faint\">{}{blocks} an iteration, {}</p></div>\n",
                escape(&finding.message),
                units::rate(finding.bytes_per_iteration).trim_start_matches('+'),
                finding.zones.phrase(),
            ),
        );
    }
}

/// A plot twice, for the desk and for the phone; title and legend are text, which wraps.
fn plot(body: &mut String, chart: &Chart) -> Result<(), DrawingFailed> {
    let mut legend = String::new();
    for curve in &chart.curves {
        put(
            &mut legend,
            format_args!(
                "<span><i style=\"background:{}\"></i>{}</span> ",
                colour(curve.colour),
                escape(&curve.label)
            ),
        );
    }
    put(
        body,
        format_args!(
            "<figure>\n<figcaption><strong>{}</strong><span class=\"faint\">{}</span><div class=\"legend\">{legend}</div></figcaption>\n\
         <div class=\"wide\">{}</div>\n<div class=\"narrow\">{}</div>\n</figure>\n",
            escape(&chart.title),
            escape(&chart.subtitle),
            themed(&chart::svg(chart, chart::WIDE)?, &chart.title),
            themed(&chart::svg(chart, chart::NARROW)?, &chart.title),
        ),
    );
    Ok(())
}

/// The colours that the style sheet knows, light and dark.
fn colours() -> Vec<(plotters::style::RGBColor, String)> {
    let named = [
        (chart::PAPER, "paper"),
        (chart::INK, "ink"),
        (chart::FAINT_INK, "faint"),
        (chart::GRID, "grid"),
        (chart::SHADE, "shade"),
        (chart::WITHOUT_ZONES, "off"),
        (chart::WITH_ZONES, "on"),
    ];
    let layers = chart::LAYERS
        .iter()
        .enumerate()
        .map(|(at, colour)| (*colour, format!("layer{at}")));
    named
        .into_iter()
        .map(|(colour, name)| (colour, name.to_owned()))
        .chain(layers)
        .collect()
}

/// A colour as the style sheet's variable.
fn colour(wanted: plotters::style::RGBColor) -> String {
    let name = colours()
        .into_iter()
        .find(|(colour, _)| *colour == wanted)
        .map(|(_, name)| name);
    name.map_or_else(|| hex(wanted), |name| format!("var(--{name})"))
}

fn hex(colour: plotters::style::RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}

/// A drawing for the page: its colours become the style sheet's, and a screen reader gets its title.
fn themed(svg: &str, title: &str) -> String {
    let mut svg = svg.to_owned();
    for (colour, name) in colours() {
        svg = svg.replace(
            &format!("\"{}\"", hex(colour)),
            &format!("\"var(--{name})\""),
        );
    }
    svg.replacen(
        "<svg ",
        &format!("<svg role=\"img\" aria-label=\"{}\" ", escape(title)),
        1,
    )
}

fn list(body: &mut String, title: &str, sentences: &[String]) {
    if sentences.is_empty() {
        return;
    }
    put(body, format_args!("<h2>{title}</h2>\n<ul>\n"));
    for sentence in sentences {
        put(body, format_args!("<li>{}</li>\n", escape(sentence)));
    }
    body.push_str("</ul>\n");
}

fn environment(body: &mut String, summary: &Summary) {
    let (environment, options, tool) = (&summary.environment, &summary.options, &summary.tool);
    let mut files: Vec<&str> = summary
        .runs
        .iter()
        .map(|run| run.samples_file.as_str())
        .collect();
    files.push(super::SUMMARY_FILE);
    files.sort_unstable();
    files.dedup();
    let files: Vec<String> = files.into_iter().map(file_link).collect();
    let command: Vec<String> = options
        .command
        .iter()
        .map(|word| shell_word(word))
        .collect();
    let mut rows = vec![
        ("begun", summary.started_at.clone()),
        (
            "program",
            format!("{} {} ({} build)", tool.name, tool.version, tool.profile),
        ),
        (
            "system",
            format!(
                "{} {}, {}, {} processors, pages of {}",
                environment.os,
                environment.kernel.as_deref().unwrap_or(""),
                environment.arch,
                environment.cpus,
                units::bytes(environment.page_bytes as f64)
            ),
        ),
        ("jemalloc", environment.jemalloc.clone()),
        (
            "valgrind",
            environment
                .valgrind
                .clone()
                .unwrap_or_else(|| "not found".to_owned()),
        ),
        (
            "iterations",
            format!(
                "{} after {} of warm-up; the texts come round every {}",
                units::count(options.iterations),
                units::count(options.warmup),
                units::count(summary.workload.cycle)
            ),
        ),
        (
            "words never seen before",
            format!("{}%", units::figure(options.novel_words * 100.0)),
        ),
        ("seed", options.seed.to_string()),
        ("probes", options.probes.join(", ")),
    ];
    rows.extend(
        [
            ("fault planted", &options.inject),
            ("corpus", &options.corpus),
            ("pipeline", &options.model),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?))),
    );
    body.push_str("<h2>Where and how it ran</h2>\n<dl>\n");
    for (name, value) in rows {
        put(
            body,
            format_args!("<dt>{name}</dt><dd>{}</dd>\n", escape(&value)),
        );
    }
    put(
        body,
        format_args!("<dt>files</dt><dd>{}</dd>\n</dl>\n", files.join(", ")),
    );
    put(
        body,
        format_args!(
            "<p>To run it again:</p>\n<pre>{}</pre>\n",
            escape(&command.join(" "))
        ),
    );
}

/// A link to a file beside the page. A name that is no plain relative path is shown as text only.
fn file_link(file: &str) -> String {
    let name = escape(file);
    let plain = !file.starts_with('/')
        && !file.split('/').any(|part| part == "..")
        && file
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    if plain {
        format!("<a href=\"{name}\">{name}</a>")
    } else {
        name
    }
}

/// A word of a command line as a shell takes it.
fn shell_word(word: &str) -> String {
    let plain = !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./=,:+@%".contains(&byte));
    if plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Appends to a string, which cannot fail.
fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String returns no error.
    let _ = text.write_fmt(arguments);
}
