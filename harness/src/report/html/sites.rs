//! The call sites that grow, with their stacks and their source lines, as dhat and valgrind saw them.

use super::super::terminal::{function_place, held, pair_seconds, pairs, place, trouble};
use super::super::units;
use super::escape::escape;
use super::{file_link, put};
use crate::probe::functions::by_function;
use crate::probe::source::SourceTree;
use crate::summary::{GrowingSite, Probe, SitePair, SiteReport, Summary};

/// Stacks of one function in the page; sites in one pair. What is left out is counted.
const MAX_STACKS: usize = 8;
const MAX_FUNCTIONS: usize = 40;
/// Source lines above and below the one that allocates.
const AROUND: u32 = 3;

/// One section a tool.
pub(super) fn section(body: &mut String, summary: &Summary, tree: &SourceTree) {
    tool(
        body,
        "valgrind: what is lost or kept",
        "Loss records of memcheck at the end of two runs of the same loop, matched by stack: what is made once cancels, what grows with the iterations is listed.",
        "valgrind",
        &summary.valgrind,
        tree,
    );
    tool(
        body,
        "dhat: what is alive at the end",
        "Blocks that are alive at the end of two runs of the same loop, matched by stack. The files open in dh_view.",
        "dhat",
        &summary.dhat,
        tree,
    );
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
    for pair in pairs(probe) {
        loop_of(body, pair, tree);
    }
}

fn loop_of(body: &mut String, pair: &SitePair, tree: &SourceTree) {
    put(
        body,
        format_args!(
            "<h3>{}, {} against {} iterations</h3>\n",
            capital(pair.zones.phrase()),
            units::count(pair.short.iterations),
            units::count(pair.long.iterations),
        ),
    );
    if pair.growing.is_empty() {
        body.push_str("<p>Nothing grows with the iterations.</p>\n");
    }
    let functions = by_function(&pair.growing);
    for function in functions.iter().take(MAX_FUNCTIONS) {
        let worst = function.worst;
        put(
            body,
            format_args!(
                "<details>\n<summary><span class=\"where\"><code>{}</code></span><br>{} in {} an iteration, {}</summary>\n",
                escape(&function_place(function)),
                units::rate(function.bytes_per_iteration),
                units::plural(function.blocks_per_iteration, "block"),
                held(worst.leak_kind),
            ),
        );
        source(body, worst, tree);
        let stacks: Vec<&GrowingSite> = pair
            .growing
            .iter()
            .filter(|site| site.function == worst.function && site.file == worst.file)
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

fn source(body: &mut String, site: &GrowingSite, tree: &SourceTree) {
    let (Some(file), Some(line)) = (site.file.as_deref(), site.line) else {
        return;
    };
    let Some(path) = tree.find(file) else { return };
    let lines = tree.lines(path, line, AROUND);
    if lines.is_empty() {
        return;
    }
    body.push_str("<pre>");
    for found in lines {
        let text = format!("{:>5}  {}", found.number, escape(&found.text));
        if found.number == line {
            put(body, format_args!("<span class=\"here\">{text}</span>\n"));
        } else {
            put(body, format_args!("{text}\n"));
        }
    }
    body.push_str("</pre>\n");
}

fn stack(body: &mut String, site: &GrowingSite) {
    put(
        body,
        format_args!(
            "<p class=\"faint\">{} in {} after the shorter run, {} in {} after the longer:</p>\n<ol class=\"stack\">\n",
            units::bytes(site.short_bytes as f64),
            units::plural(site.short_blocks as f64, "block"),
            units::bytes(site.long_bytes as f64),
            units::plural(site.long_blocks as f64, "block"),
        ),
    );
    let mut marked = false;
    for frame in &site.frames {
        // Tools cut paths differently from the site's, which is relative to the project.
        let here = !marked
            && frame.line == site.line
            && site.line.is_some()
            && frame
                .file
                .as_deref()
                .zip(site.file.as_deref())
                .is_some_and(|(a, b)| a.ends_with(b) || b.ends_with(a));
        marked |= here;
        let class = if here { " class=\"here\"" } else { "" };
        put(
            body,
            format_args!(
                "<li{class}><code>{}</code></li>\n",
                escape(&place(&frame.function, frame.file.as_deref(), frame.line))
            ),
        );
    }
    body.push_str("</ol>\n");
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
