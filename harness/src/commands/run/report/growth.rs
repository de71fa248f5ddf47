//! What grows, as pages of a command and of captures tell it.

use super::behind::{advice, callers};
use crate::report::html::icicle::{Icicle, View};
use crate::report::html::links::Links;
use crate::report::html::shell::Page;
use crate::report::html::{escape, put};
use harness_model::program::{ProgramGrowth, Resource, Work};
use harness_model::units::{count, figure, plural, words};

/// Call sites of one growth that are told with their stacks.
pub(crate) const MOST_SITES: usize = 30;
/// Functions that the answer names; so much of what else grows is in it, too.
const MOST_NAMED: usize = 3;

/// The answer below its sentence: what grows and where, and what to do about it.
pub(crate) fn told(
    growth: &[ProgramGrowth],
    work: Work,
    links: &Links<'_>,
) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |about: &str, said: String| rows.push((about.to_owned(), said));
    for (number, one) in growth.iter().enumerate().take(MOST_NAMED) {
        let (often, each) = one.pace(work);
        let what = words(one.resource.name());
        let cause = words(one.cause.name());
        let much = much(one, often);
        if number > 0 {
            let at = one.sites.first().map(|site| links.place(&site.place));
            let at = at.map_or_else(String::new, |at| format!(", {at}"));
            row(
                "also",
                format!("{} {each}, {}{at}", escape(&much), escape(&cause)),
            );
            continue;
        }
        row("what", escape(&format!("{what}, {cause}: {much} {each}")));
        for function in one.functions().iter().take(MOST_NAMED) {
            row(
                "in",
                links.lines(&function.sites[0].place, &function.lines()),
            );
        }
        let called_by = one.sites.first().and_then(|site| callers(site).next());
        if let Some(call) = called_by.filter(|call| call.place.line.is_some()) {
            row("from", links.place(&call.place));
        }
        let seen = format!(
            "at every count, up to {} {}",
            count(one.seen_up_to),
            work.several()
        );
        row("seen", escape(&seen));
        row("next", escape(advice(one)));
    }
    rows
}

/// `64 B in 1 block`, or `1 descriptor`.
fn much(one: &ProgramGrowth, often: f64) -> String {
    let number = plural(often * one.count_per_iteration, one.resource.unit());
    match one.resource {
        Resource::FileDescriptor | Resource::Thread | Resource::ChildProcess => number,
        _ => format!("{} B in {number}", figure(often * one.bytes_per_iteration)),
    }
}

/// What to do about one growth.
pub(crate) fn next(page: &mut Page, growth: &ProgramGrowth) {
    put(
        &mut page.body,
        format_args!("<p><b>Next:</b> {}</p>\n", escape(advice(growth))),
    );
}

/// How many call sites are not told with their stacks.
pub(crate) fn left_out(page: &mut Page, growth: &ProgramGrowth) {
    let more = growth.sites.len().saturating_sub(MOST_SITES);
    if more > 0 {
        page.explain(&format!("and {} more, in summary.json", count(more as u64)));
    }
}

/// What grows by call stack: a view for each resource and cause.
pub(crate) fn icicle(growth: &[ProgramGrowth], work: Work) -> Icicle {
    let mut icicle = Icicle::default();
    for one in growth {
        let (often, _) = one.pace(work);
        let has_bytes = one.bytes_per_iteration > 0.0;
        let name = format!(
            "{}, {}",
            words(one.resource.name()),
            words(one.cause.name())
        );
        let mut view = View::new(&name, if has_bytes { "B" } else { "" });
        for site in &one.sites {
            let value = match has_bytes {
                true => site.bytes_per_iteration,
                false => site.blocks_per_iteration,
            };
            view.add(&site.place, &site.stack, often * value);
        }
        icicle.add(view);
    }
    icicle
}
