//! What every page has: its frame, its header, plots, lists, and where and how it ran.

use std::fmt::Write;

use super::super::chart::{self, Chart};
use super::super::picture::DrawingFailed;
use super::super::units;
use super::escape::escape;
use crate::summary::{Environment, Outcome, Tool};

/// The whole document around its body.
pub(crate) fn document(result: Outcome, sentence: &str, body: &str) -> String {
    let css = include_str!("../../../assets/report.css");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>{}: {}</title>\n<style>\n{css}</style>\n\
         </head>\n<body>\n{body}</body>\n</html>\n",
        outcome(result).1,
        escape(sentence),
    )
}

/// The verdict, and a line that says what ran.
pub(crate) fn header(body: &mut String, result: Outcome, sentence: &str, line: &str) {
    let (class, name) = outcome(result);
    put(
        body,
        format_args!(
            "<header>\n<span class=\"badge {class}\">{name}</span>\n<h1>{}</h1>\n<p class=\"faint\">{}</p>\n</header>\n",
            escape(sentence),
            escape(line),
        ),
    );
}

/// An outcome's class in the style sheet, and its name.
pub(crate) fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Pass => ("pass", "Pass"),
        Outcome::Leak => ("leak", "Leak"),
        Outcome::Inconclusive => ("inconclusive", "Inconclusive"),
    }
}

/// A plot twice, for the desk and for the phone; title and legend are text, which wraps.
pub(crate) fn plot(body: &mut String, chart: &Chart) -> Result<(), DrawingFailed> {
    let mut legend = String::new();
    for curve in &chart.curves {
        swatch(&mut legend, &curve.label, curve.colour);
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

/// An entry of a legend.
pub(crate) fn swatch(body: &mut String, name: &str, wanted: plotters::style::RGBColor) {
    put(
        body,
        format_args!(
            "<span><i style=\"background:{}\"></i>{}</span> ",
            colour(wanted),
            escape(name)
        ),
    );
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
pub(crate) fn themed(svg: &str, title: &str) -> String {
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

/// Sentences under a title, if there are any.
pub(crate) fn list(body: &mut String, title: &str, sentences: &[String]) {
    if sentences.is_empty() {
        return;
    }
    put(body, format_args!("<h2>{title}</h2>\n<ul>\n"));
    for sentence in sentences {
        put(body, format_args!("<li>{}</li>\n", escape(sentence)));
    }
    body.push_str("</ul>\n");
}

/// Where and when it ran, as the first rows of [`definitions`].
pub(crate) fn machine(
    started_at: &str,
    tool: &Tool,
    environment: &Environment,
) -> Vec<(&'static str, String)> {
    vec![
        ("begun", started_at.to_owned()),
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
    ]
}

/// Where and how it ran: names and what they stand for, the files beside the page, and the command line.
pub(crate) fn definitions(
    body: &mut String,
    rows: &[(&str, String)],
    files: &[&str],
    command: &[String],
) {
    let files: Vec<String> = files.iter().map(|file| file_link(file)).collect();
    let command: Vec<String> = command.iter().map(|word| shell_word(word)).collect();
    body.push_str("<h2>Where and how it ran</h2>\n<dl>\n");
    for (name, value) in rows {
        put(
            body,
            format_args!("<dt>{name}</dt><dd>{}</dd>\n", escape(value)),
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
pub(crate) fn file_link(file: &str) -> String {
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
pub(crate) fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String returns no error.
    let _ = text.write_fmt(arguments);
}
