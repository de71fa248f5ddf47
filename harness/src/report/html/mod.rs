//! report.html: one page that holds everything, and needs no network.
//!
//! Its script sorts, filters and draws; without it everything can be read all the same.

mod calls;
pub(crate) mod cells;
mod digest;
mod escape;
mod figures;
pub(crate) mod icicle;
pub(crate) mod links;
pub(crate) mod plot;
pub(crate) mod shell;
mod sites;
mod terms;

use super::answer::{self, NO_CALL};
use super::chart::Chart;
use super::picture::DrawingFailed;
use crate::probe::source::SourceTree;
pub(crate) use escape::{escape, put};
use harness_model::condition::behind;
use harness_model::units;
use harness_model::{Expectation, Outcome, Run, Shape, Summary};
use links::Links;
use plot::plots;
use shell::{Badge, Page, given, machine};

/// Root causes that the answer has with all that is said of them; of the others it has the amount.
const MOST_CAUSES: usize = 1;

/// The whole page.
pub(super) fn page(
    summary: &Summary,
    charts: &[Chart],
    tree: &SourceTree,
) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let links = Links::new(tree);
    let mut page = answered(summary, &links);
    findings(&mut page, summary, &links);
    sites::icicle(&mut page, summary);
    if !charts.is_empty() {
        page.section("Memory over the iterations");
        plots(&mut page.body, charts)?;
    }
    figures::loops(&mut page, summary);
    sites::table(&mut page, summary);
    figures::ledgers(&mut page, summary);
    sites::section(&mut page, summary, tree, &links);
    figures::stores(&mut page, summary);
    figures::parts(&mut page, summary);
    page.list("Do the tools agree?", &verdict.agreement);
    page.list("What this run could not have seen", &verdict.blind_spots);
    environment(&mut page, summary);
    Ok(page.document())
}

/// The first screen: what the terminal says.
fn answered(summary: &Summary, links: &Links<'_>) -> Page {
    let causes = answer::told(summary);
    let sentence = match causes.first() {
        Some(worst) => worst.amount.clone(),
        None => without_controls(summary),
    };
    let mut page = Page::new(badge(summary), &sentence);
    let mut rows: Vec<(String, String)> = Vec::new();
    for (number, cause) in causes.iter().enumerate() {
        let place = match &cause.place {
            Some((place, lines)) => links.lines(place, lines),
            None => escape(NO_CALL),
        };
        if number >= MOST_CAUSES {
            let told = format!("{}, in {place}", escape(&cause.amount));
            rows.push(("also".to_owned(), told));
            continue;
        }
        rows.push(("in".to_owned(), place));
        let said = cause.rows.iter();
        rows.extend(said.map(|(what, said)| ((*what).to_owned(), escape(said))));
    }
    if causes.is_empty() {
        let mut runs: Vec<&Run> = summary.runs.iter().collect();
        runs.sort_by_key(|run| is_control(summary, run));
        rows.extend(runs.into_iter().map(|run| of_loop(summary, run)));
    }
    page.tell(&rows);
    page.ran(&ran(summary));
    page
}

/// The sentence of the verdict, without what it says of loops that may grow: their rows say it, and a pass is not about
/// them.
fn without_controls(summary: &Summary) -> String {
    let whole = answer::bare(&summary.verdict.sentence);
    let is_of_control = |clause: &&str| {
        let mut controls = summary.runs.iter().filter(|run| is_control(summary, run));
        controls.any(|run| {
            let begin = clause.get(..run.condition.len());
            !run.condition.is_empty()
                && begin.is_some_and(|begin| begin.eq_ignore_ascii_case(&run.condition))
        })
    };
    let has_others = summary.runs.iter().any(|run| !is_control(summary, run));
    if summary.verdict.outcome != Outcome::Pass || !has_others {
        return whole.to_owned();
    }
    let others: Vec<&str> = whole
        .split("; ")
        .filter(|one| !is_of_control(one))
        .collect();
    let said = others.join("; ");
    let mut letters = said.chars();
    match letters.next() {
        Some(first) => {
            let rest = letters.as_str().trim_end_matches('.');
            format!("{}{rest}.", first.to_uppercase())
        }
        None => whole.to_owned(),
    }
}

/// Whether a loop is one that may grow, beside which others have to be flat.
fn is_control(summary: &Summary, run: &Run) -> bool {
    summary.expects(&run.condition) == Expectation::StoresMayGrow
}

/// What is meant to grow is a control, whatever it does.
fn badge(summary: &Summary) -> Badge {
    let verdict = &summary.verdict;
    let has_others = summary.runs.iter().any(|run| !is_control(summary, run));
    match verdict.outcome {
        Outcome::Leak if summary.options.inject.is_some() => Badge::control("Planted leak, found"),
        Outcome::Pass if !has_others && summary.runs.iter().any(grows) => {
            Badge::control("Control: grows, as it may")
        }
        outcome => Badge::of(outcome, "Leak"),
    }
}

fn grows(run: &Run) -> bool {
    run.iterations > 0 && run.live_bytes.per_iteration > 0.0
}

/// A loop that has nothing that fails: what it did, and whether it is what the verdict is about.
fn of_loop(summary: &Summary, run: &Run) -> (String, String) {
    let mut causes = summary.verdict.causes.iter();
    let cause = causes.find(|one| one.condition == run.condition);
    let does = match cause {
        Some(one) => format!(
            "{}: {} an iteration{}",
            units::words(one.shape.name()),
            units::rate(run.live_bytes.per_iteration),
            match one.shape {
                Shape::Flat => String::new(),
                _ => format!(", {}", one.cause.phrase()),
            }
        ),
        None => format!("{} an iteration", units::rate(run.live_bytes.per_iteration)),
    };
    let badge = match is_control(summary, run) {
        true => format!(" {}", Badge::control("control").html()),
        false => String::new(),
    };
    let name = match run.condition.as_str() {
        "" => "the loop",
        name => name,
    };
    (name.to_owned(), format!("{}{badge}", escape(&does)))
}

fn ran(summary: &Summary) -> String {
    let loops: Vec<String> = summary
        .runs
        .iter()
        .map(|run| {
            format!(
                "{} iterations{}",
                units::count(run.iterations),
                behind(&run.condition)
            )
        })
        .collect();
    let interrupted = if summary.interrupted {
        " It was stopped before its end; what had been measured is here."
    } else {
        ""
    };
    format!(
        "{}: {}. {}, in {}.{interrupted}",
        summary.workload.subject,
        summary.workload.description,
        loops.join(", "),
        units::seconds(summary.seconds),
    )
}

fn findings(page: &mut Page, summary: &Summary, links: &Links<'_>) {
    if summary.verdict.findings.is_empty() {
        return;
    }
    page.section("What was found");
    for finding in &summary.verdict.findings {
        let place = finding.place.known().map_or_else(String::new, |place| {
            format!("<p>{}</p>", links.place(&place))
        });
        let fails = if finding.fails { " fails" } else { "" };
        let blocks = finding
            .blocks_per_iteration
            .map_or_else(String::new, |blocks| {
                format!(" and {}", units::plural(blocks, "block"))
            });
        put(
            &mut page.body,
            format_args!(
                "<div class=\"finding{fails}\"><p>{}</p>{place}<p class=\"faint\">{}{blocks} an iteration{}</p>\
                 <p><b>Next:</b> {}</p></div>\n",
                escape(&finding.message),
                units::rate(finding.bytes_per_iteration).trim_start_matches('+'),
                escape(&behind(&finding.condition)),
                escape(answer::next_of(summary, finding)),
            ),
        );
    }
}

fn environment(page: &mut Page, summary: &Summary) {
    let (environment, options, tool) = (&summary.environment, &summary.options, &summary.tool);
    let mut files: Vec<&str> = summary
        .runs
        .iter()
        .map(|run| run.samples_file.as_str())
        .collect();
    files.push(super::SUMMARY_FILE);
    files.sort_unstable();
    files.dedup();
    let mut rows = machine(&summary.started_at, tool, environment);
    rows.extend([
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
    ]);
    rows.extend(given(&options.inject, &options.corpus, &options.model));
    page.definitions(&rows, &files, &options.command);
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::testing::{self, WITHOUT};

    fn page(summary: &Summary) -> String {
        let tree = SourceTree::default();
        answered(summary, &Links::new(&tree)).document()
    }

    #[test]
    fn what_may_grow_is_a_control_and_not_what_a_pass_is_about() {
        let mut summary = testing::summary("words");
        summary.verdict.sentence =
            "Without zones live memory grows by 364 bytes an iteration; with zones live memory is \
                                    flat to the byte; valgrind saw nothing lost."
                .to_owned();
        let both = page(&summary);
        let headline =
            "<h1>With zones live memory is flat to the byte; valgrind saw nothing lost.</h1>";
        assert!(both.contains(headline), "{both}");
        assert!(both.contains("<span class=\"badge pass\">Pass</span>"));
        let rows =
            ["<dt>with zones</dt>", "<dt>without zones</dt>"].map(|row| both.find(row).unwrap());
        assert!(rows[0] < rows[1], "what the verdict is about stands first");
        summary.runs.retain(|run| run.condition == WITHOUT);
        summary.runs[0].live_bytes.per_iteration = 364.0;
        let alone = page(&summary);
        assert!(alone.contains("<span class=\"badge control\">Control: grows, as it may</span>"));
        assert!(alone.contains("<h1>Without zones live memory grows"));
    }

    #[test]
    fn a_leak_that_was_planted_is_a_control_and_another_is_a_leak() {
        let mut summary = testing::example();
        summary.options.inject = None;
        assert!(page(&summary).contains("<span class=\"badge leak\">Leak</span>"));
        summary.options.inject = Some("activation-leak".to_owned());
        assert!(
            page(&summary).contains("<span class=\"badge control\">Planted leak, found</span>")
        );
    }

    #[test]
    fn the_answer_of_a_page_is_that_of_the_terminal() {
        let summary = testing::example();
        let page = page(&summary);
        let head = page.split("</header>").next().unwrap();
        let told = &answer::told(&summary)[0];
        assert!(head.contains(&escape(&told.amount)), "{head}");
        for (about, said) in &told.rows {
            let row = format!("<dt>{about}</dt><dd>{}</dd>", escape(said));
            assert!(head.contains(&row), "{row}: {head}");
        }
    }
}
