//! The book's table of spaCy's official pipelines says of each whether it loads. It is made here, from what each is made
//! of (`tests/data/official-pipelines.tsv`) and from what the library says it runs, so that it cannot drift.
//!
//! `UPDATE_DOCS=1 cargo test -p nlp-core --test what_loads` writes it again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use nlp_core::Language;

/// An official pipeline, by the columns of the table.
struct Official<'t>(BTreeMap<&'t str, &'t str>);

impl Official<'_> {
    fn get(&self, column: &str) -> &str {
        self.0[column]
    }

    /// The factory of each component: `lemmatizer=trainable_lemmatizer`, `[senter]`.
    fn factories(&self) -> impl Iterator<Item = &str> {
        let components = self.get("components").split(',');
        components.map(|component| {
            let component = component.trim_matches(['[', ']']);
            component
                .split_once('=')
                .map_or(component, |(_, factory)| factory)
        })
    }

    /// Why it does not load, if it does not.
    fn obstacle(&self) -> Option<String> {
        let runs = |factory: &&str| !Language::factories().iter().any(|f| f.name == *factory);
        if let Some(factory) = self.factories().find(runs) {
            return Some(format!("the component `{factory}`"));
        }
        let tokenizer = self.get("tokenizer").split(' ').next().unwrap();
        let runs = Language::tokenizers().contains(&tokenizer);
        (!runs).then(|| format!("the tokenizer `{tokenizer}`"))
    }

    /// What has to be installed beside it.
    fn needs(&self) -> Option<&str> {
        let lang = self.get("name").split('_').next().unwrap();
        let dictionary = self.get("lemmatizer").starts_with("pymorphy3");
        dictionary.then_some(match lang {
            "uk" => "`pymorphy3-dicts-uk`",
            _ => "`pymorphy3-dicts-ru`",
        })
    }
}

fn data() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/official-pipelines.tsv");
    std::fs::read_to_string(path).unwrap()
}

fn officials(data: &str) -> Vec<Official<'_>> {
    let mut lines = data.lines().map(|line| line.split('\t'));
    let columns: Vec<&str> = lines.next().unwrap().collect();
    lines
        .map(|fields| Official(columns.iter().copied().zip(fields).collect()))
        .collect()
}

fn page(officials: &[Official<'_>]) -> String {
    let loads = officials.iter().filter(|o| o.obstacle().is_none()).count();
    let mut page = format!(
        "# What loads\n\n\
         spaCy publishes {} pipelines. {loads} of them load here; the others are refused when they are loaded, with the name \
         of what is missing. This table is made from what each consists of and from what the library runs, by a test. \
         Pipelines of your own load if they are made of the [components and tokenizers](#components) below.\n\n\
         | pipeline | version | vectors | loads |\n|---|---|---|---|\n",
        officials.len(),
    );
    for official in officials {
        let answer = match (official.obstacle(), official.needs()) {
            (Some(obstacle), _) => format!("no: {obstacle}"),
            (None, Some(package)) => format!("yes, with the data of the Python package {package}"),
            (None, None) => "yes".to_owned(),
        };
        let (name, version) = (official.get("name"), official.get("version"));
        let vectors = official.get("vectors").split(' ').take(2);
        let vectors = vectors.collect::<Vec<_>>().join(" ");
        writeln!(page, "| {name} | {version} | {vectors} | {answer} |").unwrap();
    }
    page.push_str("\n## Components\n\n| factory | sets |\n|---|---|\n");
    for factory in Language::factories() {
        let sets = factory.assigns.join(", ");
        writeln!(page, "| `{}` | {sets} |", factory.name).unwrap();
    }
    page.push_str("\nTokenizers: ");
    let tokenizers = Language::tokenizers()
        .iter()
        .map(|name| format!("`{name}`"));
    page.push_str(&tokenizers.collect::<Vec<_>>().join(", "));
    page.push_str(".\n");
    page
}

#[test]
fn the_books_table_says_of_each_official_pipeline_whether_it_loads() {
    let data = data();
    let officials = officials(&data);
    assert_eq!(officials.len(), 84);
    let expected = page(&officials);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/src/what-loads.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == expected,
        "docs/src/what-loads.md is not what the library runs: UPDATE_DOCS=1 writes it again"
    );
}

#[test]
fn every_official_pipeline_without_a_transformer_loads_but_the_japanese() {
    let data = data();
    for official in officials(&data) {
        let name = official.get("name");
        let refused = official.obstacle();
        let expected = name.ends_with("_trf") || name.starts_with("ja_");
        assert_eq!(refused.is_some(), expected, "{name}: {refused:?}");
    }
}
