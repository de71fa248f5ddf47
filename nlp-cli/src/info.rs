//! `nlp info`: what a pipeline holds.

use std::fmt::Write as _;
use std::process::ExitCode;

use nlp_core::{Language, Owner};
use serde_json::{Map, Value, json};

use crate::cli::{InfoArgs, InfoFormat};
use crate::stop::Stop;
use crate::terminal::output;
use printable::Text;

/// The scores of meta.json that are one number, by the names that people know them by.
const SCORES: [(&str, &str); 11] = [
    ("token_acc", "tokens"),
    ("tag_acc", "tags"),
    ("pos_acc", "parts of speech"),
    ("morph_acc", "features"),
    ("lemma_acc", "lemmas"),
    ("dep_uas", "unlabelled attachment"),
    ("dep_las", "labelled attachment"),
    ("sents_f", "sentences, F"),
    ("ents_p", "entities, precision"),
    ("ents_r", "entities, recall"),
    ("ents_f", "entities, F"),
];

/// Runs the command.
pub fn run(args: &InfoArgs) -> Result<ExitCode, Stop> {
    let info = describe(&args.model.load()?);
    let mut out = output();
    let written = match args.format {
        InfoFormat::Json => out.json(&format!("{info}\n")),
        InfoFormat::Text => out.lines(for_people(&info).as_str()),
    };
    written.and_then(|()| out.flush()).map_err(Stop::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// What the pipeline holds, as one JSON object.
fn describe(nlp: &Language) -> Value {
    let meta = |key: &str| nlp.meta().get(key).cloned().unwrap_or_default();
    let components: Vec<Value> = nlp
        .components()
        .map(|(name, factory)| component(nlp, name, factory))
        .collect();
    let warnings: Vec<&str> = nlp.warnings().collect();
    let report = nlp.memory_report();
    let memory: Map<String, Value> = report
        .of(Owner::Pipeline)
        .map(|store| {
            (
                store.name.to_string(),
                json!({"entries": store.entries, "bytes": store.bytes}),
            )
        })
        .collect();
    json!({
        "name": meta("name"),
        "version": meta("version"),
        "lang": nlp.lang().code(),
        "description": meta("description"),
        "license": meta("license"),
        "author": meta("author"),
        "spacy_version": meta("spacy_version"),
        "sources": meta("sources"),
        "components": components,
        "disabled": nlp.disabled().collect::<Vec<_>>(),
        "warnings": warnings,
        "memory": memory,
        "performance": meta("performance"),
    })
}

fn component(nlp: &Language, name: &str, factory: &str) -> Value {
    let mut architectures = Vec::new();
    if let Some(model) = nlp.config().get(&format!("components.{name}.model")) {
        collect_architectures(model, "", &mut architectures);
    }
    json!({
        "name": name,
        "factory": factory,
        "architectures": architectures,
        "labels": nlp.labels(name).unwrap_or_default(),
        "file_bytes": nlp.file_bytes(name),
    })
}

/// Every architecture in a block of the configuration, the outer before the inner, with its settings.
fn collect_architectures(block: &Value, at: &str, found: &mut Vec<Value>) {
    let Value::Object(block) = block else { return };
    if let Some(architecture) = block.get("@architectures") {
        let settings: Map<String, Value> = block
            .iter()
            .filter(|(key, value)| *key != "@architectures" && !value.is_object())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        found.push(json!({"block": at, "architecture": architecture, "settings": settings}));
    }
    for (key, value) in block {
        collect_architectures(value, key, found);
    }
}

/// The description as lines of text. Whatever a string of the pipeline holds, it stays in its line.
fn for_people(info: &Value) -> Text {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = Text::of_line(format_args!(
        "{}_{} {}",
        text(&info["lang"]),
        text(&info["name"]),
        text(&info["version"])
    ));
    for (title, key) in [
        ("about: ", "description"),
        ("licence: ", "license"),
        ("by ", "author"),
        ("made with spaCy ", "spacy_version"),
    ] {
        let value = text(&info[key]);
        if !value.is_empty() {
            out.line(format_args!("{title}{value}"));
        }
    }
    for source in info["sources"].as_array().into_iter().flatten() {
        out.line(format_args!(
            "  source: {} ({})",
            text(&source["name"]),
            text(&source["license"])
        ));
    }
    out.line("");
    out.line("Components, in the order they run");
    for component in info["components"].as_array().into_iter().flatten() {
        describe_component(&mut out, component);
    }
    let disabled: Vec<String> = info["disabled"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    if !disabled.is_empty() {
        out.line(format_args!("  disabled: {}", disabled.join(", ")));
    }
    out.line("");
    out.line("Memory");
    for (name, store) in info["memory"].as_object().into_iter().flatten() {
        out.line(format_args!(
            "  {name:16}{:>9} entries {:>12} bytes",
            store["entries"], store["bytes"]
        ));
    }
    let scores: Vec<(&str, f64)> = SCORES
        .iter()
        .filter_map(|(key, title)| Some((*title, info["performance"][key].as_f64()?)))
        .collect();
    if !scores.is_empty() {
        out.line("");
        out.line("Scores, in percent, as meta.json has them");
        for (title, score) in scores {
            out.line(format_args!("  {title:24}{:5.1}", 100.0 * score));
        }
    }
    out
}

fn describe_component(out: &mut Text, component: &Value) {
    let labels: Vec<&str> = component["labels"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let (name, factory) = (
        component["name"].as_str().unwrap_or_default(),
        component["factory"].as_str().unwrap_or_default(),
    );
    let made_by = match factory == name {
        true => String::new(),
        false => format!(" ({factory})"),
    };
    let bytes = &component["file_bytes"];
    out.line(format_args!("  {name}{made_by}: {bytes} bytes"));
    for architecture in component["architectures"].as_array().into_iter().flatten() {
        let settings: Vec<String> = architecture["settings"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| format!("{key} {}", value.to_string().replace('"', "")))
            .collect();
        let mut line = format!(
            "    {}",
            architecture["architecture"].as_str().unwrap_or_default()
        );
        if !settings.is_empty() {
            let _ = write!(line, ": {}", settings.join(", "));
        }
        out.line(line);
    }
    if !labels.is_empty() {
        // The lemmatizer's are the numbers of its edit trees, which tell nobody anything.
        let numbers = labels.iter().all(|label| label.parse::<u64>().is_ok());
        let shown = &labels[..labels.len().min(if numbers { 0 } else { 12 })];
        let mut line = format!("    {} labels", labels.len());
        if !shown.is_empty() {
            let more = if labels.len() > shown.len() {
                ", ..."
            } else {
                ""
            };
            let _ = write!(line, ": {}{more}", shown.join(", "));
        }
        out.line(line);
    }
}
