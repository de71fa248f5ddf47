//! What is wrong where allocations fail, as text and on the page.

use crate::report::html::links::Links;
use crate::report::html::shell::Page;
use crate::report::html::{escape, put};
use harness_model::program::{ErrorPathFinding, ErrorPathKind, ErrorPaths};
use harness_model::units::{count, plural, words};
use printable::Text;

/// Findings that are told at the terminal; the rest is in the page.
const MOST: usize = 20;

/// What goes wrong, and where: `Lost: 48 bytes in 1 block, taken by parse at parse.c:12.`
pub(crate) fn headline(one: &ErrorPathFinding) -> String {
    match (one.kind, one.resource) {
        (ErrorPathKind::Crash, _) => format!("Crash at {}: the command {}.", one.place, one.ended),
        (ErrorPathKind::Hang, _) => format!("Hang: the command {}.", one.ended),
        (ErrorPathKind::NotReleased, Some(resource)) => format!(
            "Not released: {}, taken by {}.",
            plural(one.count as f64, resource.unit()),
            one.place
        ),
        _ => format!(
            "Lost: {} in {}, taken by {}.",
            plural(one.bytes as f64, "byte"),
            plural(one.count as f64, "block"),
            one.place
        ),
    }
}

/// What has to fail for that.
pub(crate) fn when(one: &ErrorPathFinding, every: bool) -> String {
    let number = count(one.failed.number);
    let which = match every {
        true => format!("allocation {number}"),
        false => format!("its allocation {number}"),
    };
    let others = match one.also_failed.len() {
        0 => String::new(),
        _ => format!(", or where these do: {}", places(one)),
    };
    format!(
        "Where {} gets no memory ({which}){others}. Seen in {}.",
        one.failed.place,
        plural(one.runs as f64, "run")
    )
}

fn places(one: &ErrorPathFinding) -> String {
    let places: Vec<String> = one.also_failed.iter().map(ToString::to_string).collect();
    places.join("; ")
}

/// How the runs ended: `ended with exit code 1 (31 runs)`.
fn endings(paths: &ErrorPaths) -> String {
    let endings = paths.endings.iter();
    let all: Vec<String> = endings
        .map(|one| format!("{} ({})", one.ended, plural(one.runs as f64, "run")))
        .collect();
    format!("The command {}.", all.join("; "))
}

pub(super) fn tell(text: &mut Text, paths: &ErrorPaths) {
    for one in paths.findings.iter().take(MOST) {
        text.line("");
        text.line(headline(one));
        text.line(format_args!("  {}", when(one, paths.every)));
    }
    if paths.findings.len() > MOST {
        text.line(format_args!("and {} more", paths.findings.len() - MOST));
    }
    if !paths.endings.is_empty() {
        text.line("");
        text.line(endings(paths));
    }
}

pub(super) fn put_page(page: &mut Page, paths: &ErrorPaths, links: &Links<'_>) {
    page.section("What goes wrong, and where");
    page.say(&endings(paths));
    for one in &paths.findings {
        put(
            &mut page.body,
            format_args!(
                "<h3>{}</h3>\n<p>{} {}</p>\n",
                escape(&words(one.kind.name())),
                escape(&headline(one)),
                escape(&when(one, paths.every))
            ),
        );
        for (what, calls) in [
            ("its stack", &one.stack),
            ("what failed", &one.failed.stack),
        ] {
            put(
                &mut page.body,
                format_args!(
                    "<details><summary>{what}</summary>\n{}</details>\n",
                    links.stack(calls)
                ),
            );
        }
    }
}
