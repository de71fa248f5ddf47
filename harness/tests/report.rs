//! The report of a real run (tests/data/report: 24 iterations with the planted leak) says what the run found, and its
//! files are what they claim to be.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

#[path = "hostile/mod.rs"]
mod hostile;

use harness_model::Instrument;
use harness_model::testing::{WITH, stacks};
use std::fs;
use std::path::{Path, PathBuf};

use harness::probe::source::SourceTree;
use harness::report;
use harness_model::Sample;
use harness_model::{Probe, Shape, Summary};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/report")
        .join(name)
}

fn summary() -> Summary {
    serde_json::from_slice(&fs::read(data("summary.json")).unwrap()).unwrap()
}

fn samples() -> Vec<Sample> {
    report::read_samples(&data("samples.jsonl")).unwrap()
}

/// Writes a report and gives its directory.
fn written(summary: &Summary, samples: &[Sample]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    report::write(summary, samples, dir.path(), &SourceTree::default()).unwrap();
    dir
}

fn read(dir: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(dir.path().join(name)).unwrap()
}

/// The text of an SVG, and the points of its lines.
fn parsed_svg(text: &str) -> (String, Vec<Vec<(f64, f64)>>) {
    let mut reader = Reader::from_str(text);
    let (mut words, mut lines) = (String::new(), Vec::new());
    loop {
        match reader.read_event().expect("the SVG is well formed") {
            Event::Eof => return (words, lines),
            Event::Text(text) => words.push_str(&text),
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "polyline" => {
                let points = tag.try_get_attribute("points").unwrap().unwrap();
                let pairs = points.value.split_whitespace().map(|pair| {
                    let (x, y) = pair.split_once(',').unwrap();
                    (x.parse().unwrap(), y.parse().unwrap())
                });
                lines.push(pairs.collect());
            }
            _ => {}
        }
    }
}

#[test]
fn every_file_is_written_whole_and_none_is_left_over() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("a/new/place");
    let files = report::write(&summary(), &samples(), &out, &SourceTree::default()).unwrap();
    let mut names: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "heap.png",
        "heap.svg",
        "report.html",
        "rss.png",
        "rss.svg",
        "stores.png",
        "stores.svg",
        "summary.json",
    ];
    assert_eq!(names, expected);
    assert_eq!(files.len(), expected.len());
    let again: Summary = serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(again, summary());
}

#[test]
fn a_place_that_cannot_be_written_to_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    fs::write(&file, "").unwrap();
    let error = report::write(&summary(), &samples(), &file, &SourceTree::default()).unwrap_err();
    assert!(error.to_string().contains("a-file"), "{error}");
}

#[test]
fn the_plots_are_well_formed_and_say_what_is_seen() {
    let dir = written(&summary(), &samples());
    for (name, title) in [
        ("heap.svg", "Live heap: +"),
        ("rss.svg", "Resident memory (RSS)"),
        ("stores.svg", "in no store"),
    ] {
        let (words, _) = parsed_svg(&read(&dir, name));
        assert!(words.contains(title), "{name}: {words}");
        assert!(
            words.contains("iteration") && words.contains("warm-up"),
            "{name}: {words}"
        );
    }
    let (heap, lines) = parsed_svg(&read(&dir, "heap.svg"));
    assert!(
        heap.contains("without zones: +") && heap.contains("with zones: +"),
        "{heap}"
    );
    let curves: Vec<_> = lines.iter().filter(|line| line.len() > 10).collect();
    assert_eq!(curves.len(), 2, "both loops have a curve");
    // Pixels grow downwards: a leak rises from left to right.
    assert!(
        curves
            .iter()
            .all(|curve| curve[0].1 - curve[curve.len() - 1].1 > 100.0)
    );
}

#[test]
fn a_flat_line_looks_flat() {
    let mut summary = summary();
    summary.runs.retain(|run| run.condition == WITH);
    let series = &mut summary.runs[0].live_bytes;
    (series.last, series.min, series.max) = (series.first, series.first, series.first);
    (series.per_iteration, series.slope, series.shape) = (0.0, 0.0, Shape::Flat);
    let mut samples = samples();
    samples.retain(|sample| sample.condition == WITH && !sample.warmup);
    for sample in &mut samples {
        // A wobble of a few bytes, as a text of another length gives.
        sample.live_bytes = summary.runs[0].live_bytes.first + sample.iteration % 3 * 16;
    }
    let (words, lines) = parsed_svg(&read(&written(&summary, &samples), "heap.svg"));
    assert!(words.contains("flat to the byte with zones"), "{words}");
    let curve = lines.iter().find(|line| line.len() > 10).unwrap();
    let heights = curve.iter().map(|point| point.1);
    let spread = heights.clone().fold(f64::MIN, f64::max) - heights.fold(f64::MAX, f64::min);
    assert!(spread <= 4.0, "{spread} pixels of wobble");
}

#[test]
fn the_png_files_hold_a_picture_of_the_size_they_say() {
    let dir = written(&summary(), &samples());
    for name in ["heap.png", "rss.png", "stores.png"] {
        let file = fs::File::open(dir.path().join(name)).unwrap();
        let mut reader = png::Decoder::new(std::io::BufReader::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (1920, 960), "{name}");
        let dark = pixels
            .chunks(3)
            .filter(|pixel| pixel.iter().all(|value| *value < 0x60))
            .count();
        assert!(dark > 3_000, "{name} has letters: {dark} dark pixels");
    }
}

#[test]
fn the_page_names_the_leak_and_needs_nothing_from_outside() {
    let summary = summary();
    let page = read(&written(&summary, &samples()), "report.html");
    assert!(page.contains("resize_activations (nlp-core/src/transition/activations.rs:"));
    // It was planted: the badge of a control is neither green nor red.
    assert!(page.contains("<span class=\"badge control\">Planted leak, found</span>"));
    assert!(page.contains("blocks an iteration, definitely lost"));
    assert!(!page.contains("src=\"") && !page.contains("@import") && !page.contains("url("));
    assert_eq!(page.matches("<script>").count(), 1, "its own script");
    // Addresses are the name of the SVG's vocabulary, which nobody fetches, and links to the source on this machine.
    let links = page.matches("<a href=\"file://").count();
    let addresses = page.matches("://").count() - links;
    assert_eq!(
        addresses,
        page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count()
    );
}

#[test]
fn what_comes_from_outside_stays_text() {
    let mut summary = summary();
    let hostile =
        "<script>alert(1)</script><img src=x onerror=alert(1)>\"'</style><!--\u{2028}\u{202e}";
    summary.verdict.sentence = hostile.to_owned();
    summary.verdict.findings[0].place.function = Some(hostile.to_owned());
    summary.workload.subject = hostile.to_owned();
    summary.options.command = vec!["harness".to_owned(), hostile.to_owned()];
    summary.options.corpus = Some(hostile.to_owned());
    let mut samples = samples();
    for store in samples.iter_mut().flat_map(|sample| &mut sample.stores) {
        store.name = hostile.to_owned();
    }
    for run in &mut summary.runs {
        run.samples_file = hostile.to_owned();
        run.stores
            .iter_mut()
            .for_each(|store| store.name = hostile.to_owned());
    }
    let Probe::Ran(valgrind) = stacks(&mut summary, Instrument::Valgrind) else {
        unreachable!("the run had valgrind")
    };
    for site in valgrind.pairs.iter_mut().flat_map(|pair| &mut pair.growing) {
        (site.place.function, site.place.file) = (hostile.to_owned(), Some(hostile.to_owned()));
        site.frames
            .iter_mut()
            .for_each(|frame| frame.place.function = hostile.to_owned());
    }
    let dir = written(&summary, &samples);
    let page = read(&dir, "report.html");
    // The one script is the page's own, and what the others hold is JSON in which nothing ends an element.
    assert!(!page.contains("<img"), "markup came through");
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("<style>").count(), 1);
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(!page.contains("<!--") && !page.contains(['\u{2028}', '\u{202e}']));
    let data = page.split("<script type=\"application/json\"").skip(1);
    let data: Vec<&str> = data
        .map(|data| data.split("</script>").next().unwrap())
        .collect();
    assert!(!data.is_empty());
    for one in data {
        let (_, json) = one.split_once('>').unwrap();
        assert!(!json.contains(['<', '>', '&']), "{json}");
        serde_json::from_str::<Value>(json).unwrap();
    }
    assert!(page.contains("&lt;script&gt;"));
    parsed_svg(&read(&dir, "stores.svg"));
    assert!(!report::terminal(&summary).contains('\u{1b}'));
}

#[test]
fn a_run_of_which_little_is_known_has_a_report_all_the_same() {
    let mut summary = summary();
    *stacks(&mut summary, Instrument::Dhat) = Probe::NotRun {
        reason: "not asked for".to_owned(),
        remedy: None,
    };
    *stacks(&mut summary, Instrument::Valgrind) = Probe::Failed {
        reason: "it was killed".to_owned(),
        files: vec!["tools/x.log".to_owned()],
    };
    for run in &mut summary.runs {
        (run.rss_bytes, run.jemalloc) = (None, None);
        run.stores.clear();
    }
    let dir = written(&summary, &samples()[..1]);
    assert!(read(&dir, "report.html").contains("valgrind: failed: it was killed"));
    assert!(!dir.path().join("rss.svg").exists());
    summary.runs.clear();
    let dir = written(&summary, &[]);
    assert!(read(&dir, "report.html").contains("Where and how it ran"));
    assert!(report::terminal(&summary).contains("dhat: not run: not asked for."));
}

#[test]
fn the_terminal_shows_the_leak_once_for_each_loop_and_tool() {
    let text = report::terminal(&summary());
    // One heading names the function with all its lines; the rows below it are what each tool saw.
    let headings = text.matches("│ resize_activations (");
    assert_eq!(headings.count(), 1, "{text}");
    let below = text
        .lines()
        .skip_while(|line| !line.contains("│ resize_activations ("));
    let below: Vec<&str> = below
        .skip(1)
        .take_while(|line| line.starts_with("│   "))
        .collect();
    let rows = |start: &str, tool: &str| {
        let is_it = |line: &&&str| line.contains(start) && line.contains(tool);
        below.iter().filter(is_it).count()
    };
    for (start, tool) in [
        ("definitely lost, without zones", "valgrind"),
        ("definitely lost, with zones", "valgrind"),
        ("live, without zones", "sites"),
        ("live, with zones", "sites"),
        ("live, without zones", "dhat"),
    ] {
        assert_eq!(rows(start, tool), 1, "{start}, by {tool}: {text}");
    }
    assert!(
        text.starts_with("LEAK  16,200 bytes in 10 blocks"),
        "{text}"
    );
    assert_eq!(text.matches("LEAK  ").count(), 1, "one root cause: {text}");
}

#[test]
fn samples_are_read_up_to_a_line_that_was_cut_short() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("samples.jsonl");
    let text = fs::read_to_string(data("samples.jsonl")).unwrap();
    fs::write(&path, &text[..text.len() - 20]).unwrap();
    assert_eq!(
        report::read_samples(&path).unwrap().len(),
        samples().len() - 1
    );
    fs::write(&path, format!("{{}}\n{text}")).unwrap();
    let error = report::read_samples(&path).unwrap_err().to_string();
    assert!(error.contains("line 1 of"), "{error}");
}

#[test]
fn a_real_run_is_what_the_published_schemas_say() {
    let schema = |name: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("schema")
            .join(name);
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    let of_summary = schema("summary.schema.json");
    let document: Value = serde_json::from_slice(&fs::read(data("summary.json")).unwrap()).unwrap();
    assert_eq!(violation(&of_summary, &of_summary, &document), None);
    let of_sample = schema("sample.schema.json");
    for line in fs::read_to_string(data("samples.jsonl")).unwrap().lines() {
        let sample: Value = serde_json::from_str(line).unwrap();
        assert_eq!(violation(&of_sample, &of_sample, &sample), None);
    }

    // The check itself sees what is wrong.
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        violation(&of_summary, &of_summary, &document)
    };
    assert!(broken(&|document| document["runs"][0]["condition"] = 7.into()).is_some());
    assert!(broken(&|document| document["seconds"] = "long".into()).is_some());
    assert!(
        broken(&|document| drop(
            document["verdict"]
                .as_object_mut()
                .unwrap()
                .remove("sentence")
        ))
        .is_some()
    );
    assert!(broken(&|document| document["stacks"][0]["status"] = "walked".into()).is_some());
}

/// What of `value` breaks `schema`, as far as the words go that the published schemas use. (A whole validator would
/// bring more dependencies than the harness has.)
fn violation(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    for (word, rule) in schema.as_object()? {
        let broken = match word.as_str() {
            "$ref" => {
                let path = rule.as_str().unwrap().trim_start_matches('#');
                violation(root, root.pointer(path).unwrap(), value)
            }
            "type" => {
                let kinds: Vec<&str> = rule.as_str().map_or_else(
                    || {
                        rule.as_array()
                            .unwrap()
                            .iter()
                            .map(|kind| kind.as_str().unwrap())
                            .collect()
                    },
                    |kind| vec![kind],
                );
                (!kinds.iter().any(|kind| is_a(value, kind)))
                    .then(|| format!("{value} is no {kinds:?}"))
            }
            "const" => (rule != value).then(|| format!("{value} is not {rule}")),
            "enum" => (!rule.as_array().unwrap().contains(value))
                .then(|| format!("{value} is not among {rule}")),
            "required" => {
                let missing =
                    rule.as_array().unwrap().iter().find(|name| {
                        value.is_object() && value.get(name.as_str().unwrap()).is_none()
                    });
                missing.map(|name| format!("{name} is missing"))
            }
            "properties" => rule.as_object().unwrap().iter().find_map(|(name, rule)| {
                let found = violation(root, rule, value.get(name)?)?;
                Some(format!("{name}: {found}"))
            }),
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .find_map(|item| violation(root, rule, item)),
            "minimum" => value
                .as_f64()
                .filter(|value| *value < rule.as_f64().unwrap())
                .map(|value| format!("{value} is below {rule}")),
            "maximum" => value
                .as_f64()
                .filter(|value| *value > rule.as_f64().unwrap())
                .map(|value| format!("{value} is above {rule}")),
            "oneOf" | "anyOf" => {
                let alternatives = rule.as_array().unwrap();
                let fitting = alternatives
                    .iter()
                    .filter(|rule| violation(root, rule, value).is_none())
                    .count();
                let fits = if word == "oneOf" {
                    fitting == 1
                } else {
                    fitting > 0
                };
                (!fits).then(|| format!("{fitting} of {} alternatives fit", alternatives.len()))
            }
            "$schema" | "$defs" | "title" | "description" | "format" | "default" => None,
            unknown => panic!("the schema has a word that this check does not know: {unknown}"),
        };
        if broken.is_some() {
            return broken;
        }
    }
    None
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => false,
    }
}

#[test]
fn whatever_names_a_run_had_its_terminal_and_its_files_are_plain() {
    let json = fs::read_to_string(data("summary.json")).unwrap();
    let kinds = hostile::HOSTILE.iter().map(|(_, text)| (*text).to_owned());
    for text in kinds.chain([hostile::all()]) {
        let mut document: Value = serde_json::from_str(&json).unwrap();
        hostile::poison(&mut document, &text);
        let poisoned: Summary = serde_json::from_value(document).unwrap();
        hostile::assert_plain("terminal", &report::terminal(&poisoned));
        if text != hostile::all() {
            continue;
        }
        let directory = written(&poisoned, &samples());
        for name in ["report.html", "heap.svg", "summary.json"] {
            hostile::assert_plain(name, &read(&directory, name));
        }
        let page = read(&directory, "report.html");
        assert!(page.matches("<script>").count() == 1 && !page.contains("<img"));
        let same = report::read_summary(directory.path()).unwrap();
        assert_eq!(same.verdict.sentence, poisoned.verdict.sentence);
    }
}
