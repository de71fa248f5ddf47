//! Plots on a page: drawn in its colours, with what a pointer over them is shown.
//!
//! This needs no script. Over each plot lies a row of transparent radio buttons, one a column of
//! [`hover`](crate::report::hover); the style sheet shows what belongs to the one that the pointer is on, or that has
//! the focus. As one group they are one stop of the tab key, and the arrow keys walk through them. Where scripts run, the
//! same place is shown in all plots of the page that have the same axis.

use plotters::style::RGBColor;

use super::escape::{escape, put};
use crate::report::chart;
use crate::report::chart::{Across, Chart};
use crate::report::draw;
use crate::report::draw::{NARROW, PANEL, WIDE};
use crate::report::hover;
use crate::report::hover::Column;
use crate::report::picture::DrawingFailed;
use crate::report::rates::Panel;

/// A curve as a page tells of it: its name and its colour.
type Name<'a> = (&'a str, RGBColor);

/// How to read the plots, in a line above the first.
pub(crate) const HINT: &str = "<p class=\"faint hint\">Point at a plot, or tap it, to read what was measured there; the \
                               arrow keys walk on from a place that was clicked.</p>\n";

/// Plots under one another.
pub(crate) fn plots(body: &mut String, charts: &[Chart]) -> Result<(), DrawingFailed> {
    if !charts.is_empty() {
        body.push_str(HINT);
    }
    charts.iter().try_for_each(|chart| plot(body, chart))
}

/// A plot twice, for the desk and for the phone; title and legend are text, which wraps.
fn plot(body: &mut String, chart: &Chart) -> Result<(), DrawingFailed> {
    let mut legend = String::new();
    for curve in &chart.curves {
        swatch(&mut legend, &curve.label, curve.colour);
    }
    put(
        body,
        format_args!(
            "<figure>\n<figcaption><strong>{}</strong><span class=\"faint\">{}</span><div class=\"legend\">{legend}</div></figcaption>\n\
             <div class=\"plot\">\n<div class=\"wide\">{}</div>\n<div class=\"narrow\">{}</div>\n",
            escape(&chart.title),
            escape(&chart.subtitle),
            themed(&draw::svg(chart, WIDE)?, &chart.title),
            themed(&draw::svg(chart, NARROW)?, &chart.title),
        ),
    );
    let insets = [WIDE.insets(chart), NARROW.insets(chart)];
    let columns = hover::of_chart(chart, hover::MOST);
    let axis = Some(&chart.across);
    pointed(body, (&chart.name, axis), &columns, &names(chart), insets);
    body.push_str("</div>\n</figure>\n");
    Ok(())
}

/// One of several plots side by side, which has its title in the drawing and its legend above them all. `group` is a
/// name that no other plot of the page has.
pub(crate) fn panel(body: &mut String, chart: &Chart, group: &str) -> Result<(), DrawingFailed> {
    let svg = themed(&draw::svg(chart, PANEL)?, &chart.title);
    put(body, format_args!("<figure><div class=\"plot\">{svg}\n"));
    let columns = hover::of_chart(chart, hover::MOST_IN_PANEL);
    let insets = PANEL.insets(chart);
    let axis = Some(&chart.across);
    pointed(body, (group, axis), &columns, &names(chart), [insets; 2]);
    body.push_str("</div></figure>\n");
    Ok(())
}

/// A plot of rates with its title and legend. `group` as for [`panel`].
pub(crate) fn rates(body: &mut String, panel: &Panel, group: &str) -> Result<(), DrawingFailed> {
    let mut legend = String::new();
    for curve in &panel.curves {
        swatch(&mut legend, &curve.label, curve.colour);
    }
    put(
        body,
        format_args!(
            "<figure><figcaption><strong>{}</strong><div class=\"legend\">{legend}</div></figcaption>\
             <div class=\"plot\">{}\n",
            escape(&panel.title),
            themed(&panel.svg()?, &panel.title)
        ),
    );
    let names: Vec<Name<'_>> = panel
        .curves
        .iter()
        .map(|curve| (curve.label.as_str(), curve.colour))
        .collect();
    let group = (group, None);
    pointed(body, group, &panel.columns(), &names, [panel.insets(); 2]);
    body.push_str("</div></figure>\n");
    Ok(())
}

fn names(chart: &Chart) -> Vec<Name<'_>> {
    let curves = chart.curves.iter();
    curves
        .map(|curve| (curve.name.as_str(), curve.colour))
        .collect()
}

/// What the pointer is shown, over a plot whose curves lie within `insets` of it, on the desk and on the phone. `group` is
/// its name, and the axis that it may have in common with others.
fn pointed(
    body: &mut String,
    (group, axis): (&str, Option<&Across>),
    columns: &[Column],
    names: &[Name<'_>],
    insets: [[f64; 4]; 2],
) {
    // A name that ids and references to them can have.
    let group = group.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let [wide, narrow] = insets.map(|insets| insets.map(percent).join(" "));
    let letters = columns.iter().flat_map(|column| {
        let rows = column.rows.iter();
        let rows = rows.map(|row| names[row.curve].0.chars().count() + row.value.len() + 3);
        rows.chain([column.title.chars().count()])
    });
    // Wide enough for every box, so that it does not change its width under the pointer. A letter is half as wide as
    // it is high, or a little more.
    let box_width = letters.max().unwrap_or(0) as f64 * 0.6 + 2.0;
    put(
        body,
        format_args!(
            "<div class=\"hover\"{} style=\"--wide:{wide};--narrow:{narrow};--box:{box_width:.0}em",
            axis.map_or_else(String::new, |axis| {
                let (from, to) = axis.ends();
                format!(
                    " data-axis=\"{}\" data-from=\"{from}\" data-to=\"{to}\"",
                    axis.name
                )
            })
        ),
    );
    for (at, (_, wanted)) in names.iter().enumerate() {
        put(body, format_args!(";--c{at}:{}", colour(*wanted)));
    }
    body.push_str("\">\n");
    for (number, column) in columns.iter().enumerate() {
        let (from, to) = column.reach;
        let side = if column.at > 0.5 {
            " class=\"flip\""
        } else {
            ""
        };
        put(
            body,
            format_args!(
                "<label{side} style=\"--f:{};--w:{};--x:{}\"><input type=\"radio\" \
                 name=\"{group}\" aria-labelledby=\"{group}-at-{number}\">",
                percent(from),
                percent(to - from),
                percent(column.at),
            ),
        );
        for row in &column.rows {
            if let Some((upper, lower)) = row.mark {
                put(
                    body,
                    format_args!("<i class=\"c{}\" style=\"--t:{}", row.curve, percent(upper)),
                );
                if lower > upper {
                    put(body, format_args!(";--h:{}", percent(lower - upper)));
                }
                body.push_str("\"></i>");
            }
        }
        put(
            body,
            format_args!(
                "<span class=\"box\" id=\"{group}-at-{number}\"><b>{}</b>",
                escape(&column.title)
            ),
        );
        for row in &column.rows {
            put(
                body,
                format_args!(
                    "<span class=\"c{}\">{} <b>{}</b></span>",
                    row.curve,
                    escape(names[row.curve].0),
                    row.value
                ),
            );
        }
        body.push_str("</span></label>\n");
    }
    body.push_str("</div>\n");
}

/// A share as the style sheet takes it, to a hundredth of a percent.
fn percent(share: f64) -> String {
    format!("{}%", (share * 10_000.0).round() / 100.0)
}

/// An entry of a legend.
pub(crate) fn swatch(body: &mut String, name: &str, wanted: RGBColor) {
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
fn colours() -> Vec<(RGBColor, String)> {
    let named = [
        (chart::PAPER, "paper"),
        (chart::INK, "ink"),
        (chart::FAINT_INK, "faint"),
        (chart::GRID, "grid"),
        (chart::SHADE, "shade"),
        (chart::WITHOUT_ZONES, "off"),
        (chart::WITH_ZONES, "on"),
        (chart::RIGHT, "pass"),
        (chart::WRONG, "leak"),
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
fn colour(wanted: RGBColor) -> String {
    let name = colours()
        .into_iter()
        .find(|(colour, _)| *colour == wanted)
        .map(|(_, name)| name);
    name.map_or_else(|| hex(wanted), |name| format!("var(--{name})"))
}

fn hex(colour: RGBColor) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Across, Curve, Values, WITH_ZONES};

    fn chart(samples: u32) -> Chart {
        Chart {
            name: "heap".to_owned(),
            title: "Live heap".to_owned(),
            subtitle: String::new(),
            curves: vec![Curve {
                name: "a <b>".to_owned(),
                label: String::new(),
                end: "+9 B".to_owned(),
                colour: WITH_ZONES,
                points: (0..samples).map(|x| (f64::from(x), 9.0)).collect(),
            }],
            stacked: false,
            values: Values::Gains,
            across: Across::iterations(0.0, f64::from(samples)),
            range: (0.0, 10.0),
        }
    }

    #[test]
    fn every_column_of_a_plot_tells_its_place_and_its_values() {
        let mut body = String::new();
        plot(&mut body, &chart(3)).unwrap();
        let told = |at: u32| {
            format!(
                "<b>iteration {at}</b><span class=\"c0\">a &lt;b&gt; <b>+9 B</b></span></span></label>"
            )
        };
        assert!((0..3).all(|at| body.contains(&told(at))), "{body}");
        assert_eq!(body.matches("type=\"radio\" name=\"heap\"").count(), 3);
        assert!(body.contains("--c0:var(--on)") && body.contains("--t:10%\""));
    }

    #[test]
    fn a_long_run_has_no_larger_a_page_than_a_short_one() {
        let size = |samples| {
            let mut body = String::new();
            plot(&mut body, &chart(samples)).unwrap();
            body.len()
        };
        assert!(
            size(100_000) < 2 * size(1_000),
            "{} {}",
            size(100_000),
            size(1_000)
        );
        assert!(size(0) > 0);
    }
}
