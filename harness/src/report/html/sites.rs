//! The call sites that grow, with their stacks and their source lines, as dhat and valgrind saw them.

use std::ops::Range;

use super::escape::escape;
use super::shell::{file_link, put};
use crate::probe::source::SourceTree;
use crate::report::places::pairs;
use crate::report::terminal::{held, pair_seconds, trouble};
use harness_judge::attribution::functions::{FunctionGrowth, by_function};
use harness_judge::attribution::sources::Sources;
use harness_model::Instrument;
use harness_model::units;
use harness_model::{Frame, GrowingSite, Probe, SitePair, SiteReport, Summary};

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

/// One section an instrument, those that are explained first.
pub(super) fn section(body: &mut String, summary: &Summary, tree: &SourceTree) {
    for (instrument, title, explanation) in EXPLAINED {
        if let Some(result) = summary.stacks(instrument) {
            tool(body, title, explanation, instrument.name(), result, tree);
        }
    }
    for one in &summary.stacks {
        let is_explained = EXPLAINED.iter().any(|(known, ..)| *known == one.instrument);
        if !is_explained {
            let name = one.instrument.name();
            tool(
                body,
                one.instrument.title(),
                one.instrument.help(),
                name,
                &one.result,
                tree,
            );
        }
    }
}

fn tool(
    body: &mut String,
    title: &str,
    explanation: &str,
    name: &str,
    probe: &Probe<SiteReport>,
    tree: &SourceTree,
) {
    put(body, format_args!("<h2>{title}</h2>\n"));
    if let Some(line) = trouble(name, probe) {
        put(body, format_args!("<p>{}</p>\n", escape(&line)));
        if let Probe::Failed { files, .. } = probe {
            let links: Vec<String> = files.iter().map(|file| file_link(file)).collect();
            put(
                body,
                format_args!("<p class=\"faint\">{}</p>\n", links.join(", ")),
            );
        }
        return;
    }
    put(body, format_args!("<p class=\"faint\">{explanation}</p>\n"));
    // The worst of all stands open.
    let mut open = " open";
    for pair in pairs(probe) {
        loop_of(body, pair, tree, open);
        if !pair.growing.is_empty() {
            open = "";
        }
    }
}

/// `open` is an attribute of the first function: its lines are shown from the start.
fn loop_of(body: &mut String, pair: &SitePair, tree: &SourceTree, open: &str) {
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
                "<details{open}>\n<summary><span class=\"where\"><code>{}</code></span><br>{} in {} an iteration, {}{}</summary>\n",
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
        source(body, function, tree);
        let stacks: Vec<&GrowingSite> = pair
            .growing
            .iter()
            .filter(|site| function.holds(site))
            .collect();
        for site in stacks.iter().take(MAX_STACKS) {
            stack(body, site);
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
fn stack(body: &mut String, site: &GrowingSite) {
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
    // The frame that answers; tools cut paths differently from the site's, which is relative to the project.
    let here = site.frames.iter().position(|frame| {
        let files = frame.place.file.as_deref().zip(site.place.file.as_deref());
        frame.place.line == site.place.line
            && files.is_some_and(|(a, b)| a.ends_with(b) || b.ends_with(a))
    });
    let first = here.unwrap_or(0);
    let last_own = site.frames.iter().rposition(|frame| !is_runtime(frame));
    let end = last_own
        .map_or(site.frames.len(), |last| last + 1)
        .max(first);
    body.push_str("<ol class=\"stack\">\n");
    frames(body, site, first..end, here);
    body.push_str("</ol>\n");
    let hidden = site.frames.len() - (end - first);
    if hidden > 0 {
        put(
            body,
            format_args!(
                "<details class=\"plumbing\"><summary>{} of the allocator, the standard library and the system</summary>\n\
                 <ol class=\"stack\">\n",
                units::plural(hidden as f64, "call")
            ),
        );
        frames(body, site, 0..first, None);
        frames(body, site, end..site.frames.len(), None);
        body.push_str("</ol>\n</details>\n");
    }
    body.push_str("</details>\n");
}

fn frames(body: &mut String, site: &GrowingSite, range: Range<usize>, here: Option<usize>) {
    for at in range {
        let frame = &site.frames[at];
        let class = if here == Some(at) {
            " class=\"here\""
        } else {
            ""
        };
        put(
            body,
            format_args!(
                "<li{class} value=\"{}\"><code>{}</code></li>\n",
                at + 1,
                escape(&frame.place.to_string())
            ),
        );
    }
}

/// Whether a frame is of what starts a program or a thread: nothing that the reader can change.
fn is_runtime(frame: &Frame) -> bool {
    let standard = |file: &str| {
        ["core/src/", "std/src/", "alloc/src/"]
            .iter()
            .any(|start| file.starts_with(start))
    };
    let source = frame
        .place
        .file
        .as_deref()
        .filter(|file| file.ends_with(".rs"));
    source.map_or(frame.place.line.is_none(), standard)
}

/// A condition at the beginning of a title, with its comma.
fn titled(condition: &str) -> String {
    let mut letters = condition.chars();
    letters.next().map_or_else(String::new, |first| {
        let name: String = first.to_uppercase().chain(letters).collect();
        format!("{}, ", escape(&name))
    })
}
