//! The call sites that grow, with their stacks and their source lines, as dhat and valgrind saw them.

use std::ops::Range;

use super::calls::own;
use super::escape::{escape, put};
use super::icicle::{Icicle, View};
use super::links::{Links, file_link};
use super::shell::Page;
use crate::probe::source::SourceTree;
use crate::report::places::pairs;
use crate::report::terminal::{self, held, pair_seconds, trouble};
use harness_judge::attribution::functions::{FunctionGrowth, by_function};
use harness_judge::attribution::sources::Sources;
use harness_model::Instrument;
use harness_model::condition::behind;
use harness_model::units;
use harness_model::{GrowingSite, LeakKind, Probe, SitePair, SiteReport, Summary};

/// Stacks of one function in the page; sites in one pair. What is left out is counted.
const MAX_STACKS: usize = 8;
const MAX_FUNCTIONS: usize = 40;
/// Source lines above and below the one that allocates.
const AROUND: u32 = 3;
/// Lines of one function that are shown together.
const MAX_SOURCE_LINES: u32 = 60;

/// What each instrument's section says of itself, before what it saw.
const EXPLAINED: [(Instrument, &str, &str); 4] = [
    (
        Instrument::Valgrind,
        "valgrind: what is lost or kept",
        "Loss records of memcheck at the end of two runs of the same loop, matched by stack: what is made once cancels, what grows with the iterations is listed.",
    ),
    (
        Instrument::Scan,
        "The scan: what is lost or held",
        "What lived at the end of two runs of the same loop with the preloaded library, matched by stack. The library looks for pointers to each block, as memcheck does, and tells what is lost from what is held.",
    ),
    (
        Instrument::Sites,
        "The allocator's records: what grows over the whole loop",
        "Every allocation is attributed to its stack and to the part of the pipeline that was at work. What is live after one pass over the texts, or a tenth of the iterations, is compared with what is live at the end.",
    ),
    (
        Instrument::Dhat,
        "dhat: what is alive at the end",
        "Blocks that are alive at the end of two runs of the same loop, matched by stack. The files open in dh_view.",
    ),
];

/// What grows, by call stack: a view for each instrument and loop, those that saw something lost first.
pub(super) fn icicle(page: &mut Page, summary: &Summary) {
    let seen = summary.stacks.iter().flat_map(|one| {
        let pairs = pairs(&one.result);
        pairs.map(move |pair| (one.instrument, pair))
    });
    let mut seen: Vec<(Instrument, &SitePair)> = seen.collect();
    seen.sort_by_key(|(_, pair)| pair.lost_per_iteration() <= 0.0);
    let mut icicle = Icicle::default();
    for (instrument, pair) in seen {
        let lost = |site: &&GrowingSite| site.leak_kind.is_some_and(LeakKind::is_lost);
        let has_lost = pair.growing.iter().any(|site| lost(&site));
        let what = if has_lost { ", lost" } else { "" };
        let name = format!("by {}{}{what}", instrument.title(), behind(&pair.condition));
        let mut view = View::new(&name, "B");
        for site in pair.growing.iter().filter(|site| !has_lost || lost(site)) {
            view.add(&site.place, &site.frames, site.bytes_per_iteration);
        }
        icicle.add(view);
    }
    icicle.put(page);
}

/// Every function that grows, with what each instrument saw of it.
pub(super) fn table(page: &mut Page, summary: &Summary) {
    let table = terminal::sites(summary, usize::MAX);
    if table.is_empty() {
        return;
    }
    page.section("What grows, and who saw it");
    page.table(&table);
}

/// One section an instrument, those that are explained first.
pub(super) fn section(page: &mut Page, summary: &Summary, tree: &SourceTree, links: &Links<'_>) {
    for (instrument, title, explanation) in EXPLAINED {
        if let Some(result) = summary.stacks(instrument) {
            tool(
                page,
                (title, explanation, instrument.name()),
                result,
                tree,
                links,
            );
        }
    }
    for one in &summary.stacks {
        let is_explained = EXPLAINED.iter().any(|(known, ..)| *known == one.instrument);
        if !is_explained {
            let (title, help) = (one.instrument.title(), one.instrument.help());
            let told = (title, help, one.instrument.name());
            tool(page, told, &one.result, tree, links);
        }
    }
}

fn tool(
    page: &mut Page,
    (title, explanation, name): (&str, &str, &str),
    probe: &Probe<SiteReport>,
    tree: &SourceTree,
    links: &Links<'_>,
) {
    page.section(title);
    if let Some(line) = trouble(name, probe) {
        page.say(&line);
        if let Probe::Failed { files, .. } = probe {
            let links: Vec<String> = files.iter().map(|file| file_link(file)).collect();
            put(
                &mut page.body,
                format_args!("<p class=\"faint\">{}</p>\n", links.join(", ")),
            );
        }
        return;
    }
    page.explain(explanation);
    // The worst of all stands open.
    let mut open = " open";
    for pair in pairs(probe) {
        loop_of(&mut page.body, pair, tree, links, open);
        if !pair.growing.is_empty() {
            open = "";
        }
    }
}

/// `open` is an attribute of the first function: its lines are shown from the start.
fn loop_of(body: &mut String, pair: &SitePair, tree: &SourceTree, links: &Links<'_>, open: &str) {
    put(
        body,
        format_args!(
            "<h3>{}{} against {} iterations</h3>\n",
            titled(&pair.condition),
            units::count(pair.short.iterations),
            units::count(pair.long.iterations),
        ),
    );
    if pair.growing.is_empty() {
        body.push_str("<p>Nothing grows with the iterations.</p>\n");
    }
    let functions = by_function(&pair.growing);
    for (at, function) in functions.iter().take(MAX_FUNCTIONS).enumerate() {
        let worst = function.worst;
        let open = if at == 0 { open } else { "" };
        put(
            body,
            format_args!(
                "<details{open}>\n<summary><code class=\"where\">{}</code><br>{} in {} an iteration, {}{}</summary>\n",
                escape(&function.place()),
                units::rate(function.bytes_per_iteration),
                units::plural(function.blocks_per_iteration, "block"),
                held(worst.leak_kind),
                match function.parts.as_slice() {
                    [] => String::new(),
                    parts => format!(", in {}", escape(&parts.join(", "))),
                },
            ),
        );
        put(
            body,
            format_args!("<p>{}</p>\n", links.lines(&worst.place, &function.lines)),
        );
        source(body, function, tree);
        let stacks: Vec<&GrowingSite> = pair
            .growing
            .iter()
            .filter(|site| function.holds(site))
            .collect();
        for site in stacks.iter().take(MAX_STACKS) {
            stack(body, site, links);
        }
        if stacks.len() > MAX_STACKS {
            put(
                body,
                format_args!(
                    "<p class=\"faint\">and {} more stacks, in summary.json</p>\n",
                    stacks.len() - MAX_STACKS
                ),
            );
        }
        body.push_str("</details>\n");
    }
    if functions.len() > MAX_FUNCTIONS {
        put(
            body,
            format_args!(
                "<p class=\"faint\">and {} more functions, in summary.json</p>\n",
                functions.len() - MAX_FUNCTIONS
            ),
        );
    }
    let files: Vec<String> = pair
        .short
        .files
        .iter()
        .chain(&pair.long.files)
        .map(|file| file_link(file))
        .collect();
    let proof = pair.proof.as_ref().map_or_else(String::new, |proof| {
        format!(" A block of {} that <code>{}</code> leaks on purpose was reported, so the heap was seen.", units::bytes(proof.bytes as f64), escape(&proof.function))
    });
    put(
        body,
        format_args!(
            "<p class=\"faint\">{} for both runs.{proof} {}</p>\n",
            pair_seconds(pair),
            files.join(", ")
        ),
    );
}

/// The lines of the function that grow, marked, with some around them; only the worst where they stand far apart.
fn source(body: &mut String, function: &FunctionGrowth<'_>, tree: &SourceTree) {
    let site = function.worst;
    let (Some(file), Some(line)) = (site.place.file.as_deref(), site.place.line) else {
        return;
    };
    let Some(path) = tree.find(file) else { return };
    let near = function
        .lines
        .iter()
        .filter(|other| other.abs_diff(line) <= MAX_SOURCE_LINES / 2);
    let away = near.map(|other| other.abs_diff(line)).max().unwrap_or(0);
    let lines = tree.lines(path, line, away + AROUND);
    let marked = |number: u32| function.lines.contains(&number);
    let shown = lines
        .iter()
        .filter(|found| (found.number.saturating_sub(AROUND)..=found.number + AROUND).any(marked));
    let mut text = String::new();
    for found in shown {
        let line = format!("{:>5}  {}", found.number, escape(&found.text));
        if marked(found.number) {
            put(
                &mut text,
                format_args!("<span class=\"here\">{line}</span>\n"),
            );
        } else {
            put(&mut text, format_args!("{line}\n"));
        }
    }
    if !text.is_empty() {
        put(body, format_args!("<pre>{text}</pre>\n"));
    }
}

/// A stack, folded: it is long, and the lines of the function say more.
fn stack(body: &mut String, site: &GrowingSite, links: &Links<'_>) {
    put(
        body,
        format_args!(
            "<details class=\"calls\">\n<summary>{} in {} after the shorter run, {} in {} after the longer, by these calls</summary>\n",
            units::bytes(site.short_bytes as f64),
            units::plural(site.short_blocks as f64, "block"),
            units::bytes(site.long_bytes as f64),
            units::plural(site.long_blocks as f64, "block"),
        ),
    );
    let (shown, here) = own(&site.frames, &site.place);
    body.push_str("<ol class=\"stack\">\n");
    frames(body, site, shown.clone(), here, links);
    body.push_str("</ol>\n");
    let hidden = site.frames.len() - shown.len();
    if hidden > 0 {
        put(
            body,
            format_args!(
                "<details class=\"plumbing\"><summary>{} of the allocator, the standard library and the system</summary>\n\
                 <ol class=\"stack\">\n",
                units::plural(hidden as f64, "call")
            ),
        );
        frames(body, site, 0..shown.start, None, links);
        frames(body, site, shown.end..site.frames.len(), None, links);
        body.push_str("</ol>\n</details>\n");
    }
    body.push_str("</details>\n");
}

fn frames(
    body: &mut String,
    site: &GrowingSite,
    range: Range<usize>,
    here: Option<usize>,
    links: &Links<'_>,
) {
    for at in range {
        let class = if here == Some(at) {
            " class=\"here\""
        } else {
            ""
        };
        put(
            body,
            format_args!(
                "<li{class} value=\"{}\">{}</li>\n",
                at + 1,
                links.place(&site.frames[at].place)
            ),
        );
    }
}

/// A condition at the beginning of a title, with its comma.
fn titled(condition: &str) -> String {
    let mut letters = condition.chars();
    letters.next().map_or_else(String::new, |first| {
        let name: String = first.to_uppercase().chain(letters).collect();
        format!("{}, ", escape(&name))
    })
}
