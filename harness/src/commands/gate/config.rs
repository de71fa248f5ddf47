//! `leak-gate.toml`: what the gate runs, and what it allows.

use crate::commands::Cli;
use crate::commands::main::options::MainOptions;
use clap::Parser;
use harness_model::Instrument;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The gate's configuration, checked.
#[derive(Debug)]
pub struct Config {
    /// The file of the baseline.
    pub baseline: PathBuf,
    /// How far a run may be above the baseline.
    pub tolerance: Tolerance,
    /// The runs, in order.
    pub workloads: Vec<Workload>,
}

/// How far a run may be above the best that was ever seen, as a share of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// For what is counted exactly: bytes per iteration, of a loop, a store or a site, and live bytes.
    pub exact: f64,
    /// For the resident set, which varies from run to run.
    pub rss: f64,
}

/// One run of the main job, and what it may cost.
#[derive(Debug)]
pub struct Workload {
    /// What the baseline and the report call it.
    pub name: String,
    /// The main job's options, but for the directory of its report.
    pub options: MainOptions,
    /// The options that decide its figures, to tell whether a baseline was taken of the same.
    pub settings: String,
    /// What it may cost.
    pub budget: Budget,
}

/// What a run may cost, whatever the baseline says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Bytes that an iteration with zones may keep.
    #[serde(default)]
    pub with_zones: Option<f64>,
    /// Bytes that an iteration without zones may add to a store, by the store's name; `unaccounted` is what no store
    /// holds.
    #[serde(default)]
    pub without_zones: BTreeMap<String, f64>,
    /// MiB that may be resident at most in any loop after its warm-up.
    #[serde(default)]
    pub rss_mib: Option<f64>,
    /// Bytes an iteration by which the resident set may grow with zones. It fails a run that certainly grows by more:
    /// the slope less its margin of 95% confidence counts.
    #[serde(default)]
    pub rss_per_iteration: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    baseline: PathBuf,
    #[serde(default)]
    tolerance: FileTolerance,
    #[serde(default)]
    suppressions: Vec<PathBuf>,
    #[serde(default)]
    workload: Vec<Spanned<FileWorkload>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTolerance {
    exact: Option<Spanned<f64>>,
    rss: Option<Spanned<f64>>,
}

/// The main job's options under their own names, and the run's name and budget.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileWorkload {
    name: Spanned<String>,
    workload: Option<Spanned<String>>,
    iters: Option<Spanned<u64>>,
    warmup: Option<Spanned<u64>>,
    texts: Option<Spanned<u64>>,
    zones: Option<Spanned<String>>,
    novel_words: Option<Spanned<f64>>,
    seed: Option<Spanned<u64>>,
    corpus: Option<Spanned<PathBuf>>,
    model: Option<Spanned<PathBuf>>,
    probes: Option<Spanned<Vec<String>>>,
    require: Option<Spanned<Vec<String>>>,
    dhat_iters: Option<Spanned<u64>>,
    valgrind_iters: Option<Spanned<u64>>,
    tool_timeout: Option<Spanned<u64>>,
    #[serde(default)]
    budget: Option<Spanned<Budget>>,
}

impl Config {
    /// The tools that the workloads rest on: asked for or required, by one of them at least.
    pub fn instruments(&self) -> Vec<Instrument> {
        let all = self.workloads.iter().flat_map(|workload| {
            let options = &workload.options;
            options.probes.iter().chain(&options.require).copied()
        });
        all.collect()
    }

    /// Reads and checks a file. Paths in it are relative to the directory that it stands in.
    ///
    /// # Errors
    ///
    /// A sentence for the user, with the file and the line.
    pub fn read(path: &Path) -> Result<Config, String> {
        let text = crate::files::read_text(path).map_err(|error| {
            format!(
                "cannot read the gate's configuration {}: {error}",
                printable::path(&path)
            )
        })?;
        let directory = path.parent().unwrap_or(Path::new(""));
        Config::parse_in(&text, directory)
            .map_err(|why| format!("{}, {why}", printable::path(&path)))
    }

    /// Checks the text of a configuration that stands in this directory.
    ///
    /// # Errors
    ///
    /// `line 3: ` and a sentence for the user.
    pub fn parse_in(text: &str, directory: &Path) -> Result<Config, String> {
        Config::parse(text, directory)
            .map_err(|wrong| format!("line {}: {}", wrong.line(text), wrong.message))
    }

    fn parse(text: &str, directory: &Path) -> Result<Config, Wrong> {
        let file: File = toml::from_str(text).map_err(|error| Wrong {
            at: error.span().unwrap_or_default(),
            message: error.message().replace('\n', " "),
        })?;
        if file.workload.is_empty() {
            return Err(Wrong {
                at: 0..0,
                message: "there is no [[workload]]: a gate without one would watch nothing"
                    .to_owned(),
            });
        }
        let share = |value: Option<Spanned<f64>>, default: f64, name: &str| match value {
            Some(value) if (0.0..=1.0).contains(value.get_ref()) => Ok(value.into_inner()),
            Some(value) => Err(Wrong {
                at: value.span(),
                message: format!("the tolerance {name} is a share, from 0 to 1"),
            }),
            None => Ok(default),
        };
        let tolerance = Tolerance {
            exact: share(file.tolerance.exact, 0.02, "exact")?,
            rss: share(file.tolerance.rss, 0.1, "rss")?,
        };
        let suppressions: Vec<PathBuf> = file
            .suppressions
            .iter()
            .map(|path| directory.join(path))
            .collect();
        let mut workloads: Vec<Workload> = Vec::new();
        for written in file.workload {
            let at = written.get_ref().name.span();
            let workload = written.into_inner().checked(directory, &suppressions)?;
            if workloads.iter().any(|other| other.name == workload.name) {
                return Err(Wrong {
                    at,
                    message: format!("there are two workloads named \"{}\"", workload.name),
                });
            }
            workloads.push(workload);
        }
        Ok(Config {
            baseline: directory.join(file.baseline),
            tolerance,
            workloads,
        })
    }
}

impl FileWorkload {
    fn checked(self, directory: &Path, suppressions: &[PathBuf]) -> Result<Workload, Wrong> {
        let name = self.name.get_ref();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(fits) || name.starts_with("control") {
            return Err(Wrong {
                at: self.name.span(),
                message: format!(
                    "a workload's name is made of letters, digits, - and _, and does not begin with \"control\", \
                     unlike \"{name}\""
                ),
            });
        }
        let mut command = CommandLine::default();
        command.add("workload", self.workload);
        command.add("iters", self.iters);
        command.add("warmup", self.warmup);
        command.add("texts", self.texts);
        command.add("zones", self.zones);
        command.add("novel-words", self.novel_words);
        command.add("seed", self.seed);
        command.add_path("corpus", self.corpus, directory);
        command.add_path("model", self.model, directory);
        command.add_list("probes", self.probes);
        command.add_list("require", self.require);
        command.add("dhat-iters", self.dhat_iters);
        command.add("valgrind-iters", self.valgrind_iters);
        let settings = command.settings();
        command.add("tool-timeout", self.tool_timeout);
        let mut options = command.parse()?;
        options.suppressions = suppressions.to_vec();
        let budget = match self.budget {
            Some(budget) => checked_budget(budget)?,
            None => Budget::default(),
        };
        Ok(Workload {
            name: self.name.into_inner(),
            options,
            settings,
            budget,
        })
    }
}

fn checked_budget(budget: Spanned<Budget>) -> Result<Budget, Wrong> {
    let at = budget.span();
    let budget = budget.into_inner();
    let limits = [budget.with_zones, budget.rss_mib, budget.rss_per_iteration];
    let mut limits = limits
        .into_iter()
        .flatten()
        .chain(budget.without_zones.values().copied());
    if limits.any(|limit| !limit.is_finite() || limit < 0.0) {
        return Err(Wrong {
            at,
            message: "a budget is a number, 0 or more".to_owned(),
        });
    }
    Ok(budget)
}

/// The options as the main job's own command line takes them, so that they are checked by the same rules.
#[derive(Default)]
struct CommandLine {
    words: Vec<(String, Range<usize>)>,
    /// Options that name files, as they are written.
    paths: Vec<String>,
}

impl CommandLine {
    fn add<T: ToString>(&mut self, option: &str, value: Option<Spanned<T>>) {
        if let Some(value) = value {
            let word = format!("--{option}={}", value.get_ref().to_string());
            self.words.push((word, value.span()));
        }
    }

    fn add_path(&mut self, option: &str, value: Option<Spanned<PathBuf>>, directory: &Path) {
        if let Some(value) = value {
            // As it is written, not where it was found: the same file from another directory is the same.
            self.paths
                .push(format!("--{option}={}", value.get_ref().to_string_lossy()));
            let path = directory.join(value.get_ref());
            let word = format!("--{option}={}", path.to_string_lossy());
            self.words.push((word, value.span()));
        }
    }

    fn add_list(&mut self, option: &str, value: Option<Spanned<Vec<String>>>) {
        if let Some(value) = value.filter(|value| !value.get_ref().is_empty()) {
            let list = value.get_ref().join(",");
            self.words
                .push((format!("--{option}={list}"), value.span()));
        }
    }

    /// The options in one line, to tell whether two runs were the same.
    fn settings(&self) -> String {
        let names_file = |word: &str| {
            ["--corpus=", "--model="]
                .iter()
                .any(|of| word.starts_with(of))
        };
        let words = self.words.iter().map(|(word, _)| word.as_str());
        let words = words.filter(|word| !names_file(word));
        let words = words.chain(self.paths.iter().map(String::as_str));
        words.collect::<Vec<_>>().join(" ")
    }

    fn parse(self) -> Result<MainOptions, Wrong> {
        // One by one first: then the wrong one is known by its line.
        for (word, at) in &self.words {
            if let Err(error) = Cli::try_parse_from(["harness", word]) {
                let said = error.to_string();
                let said = said.split("\n\n").next().unwrap_or_default();
                let said = said
                    .trim_start_matches("error: ")
                    .replace("\n  ", " ")
                    .replace("--", "");
                return Err(Wrong {
                    at: at.clone(),
                    message: said,
                });
            }
        }
        let words = self.words.iter().map(|(word, _)| word.as_str());
        Cli::try_parse_from(std::iter::once("harness").chain(words))
            .map(|cli| cli.main)
            .map_err(|error| Wrong {
                at: self.words.first().map_or(0..0, |(_, at)| at.clone()),
                message: error.to_string(),
            })
    }
}

/// What is wrong, and where in the file.
#[derive(Debug)]
struct Wrong {
    at: Range<usize>,
    message: String,
}

impl Wrong {
    /// The line, counted from 1.
    fn line(&self, text: &str) -> usize {
        let before = text.get(..self.at.start).unwrap_or(text);
        before.matches('\n').count() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::main::options::ZonesChoice;
    use harness_model::Instrument;

    const WHOLE: &str = r#"
baseline = "leak-baseline.json"
suppressions = ["known.supp"]

[tolerance]
exact = 0.01

[[workload]]
name = "parse"
iters = 60
zones = "on"
probes = ["rss", "heap"]
corpus = "texts.txt"

[workload.budget]
with_zones = 0
without_zones = { strings = 200, unaccounted = 0.5 }
rss_mib = 64
"#;

    fn refused(text: &str) -> (usize, String) {
        let wrong = Config::parse(text, Path::new("")).expect_err(text);
        (wrong.line(text), wrong.message)
    }

    #[test]
    fn options_budgets_and_paths_are_read() {
        let config = Config::parse(WHOLE, Path::new("ci")).unwrap();
        assert_eq!(config.baseline, Path::new("ci/leak-baseline.json"));
        assert_eq!((config.tolerance.exact, config.tolerance.rss), (0.01, 0.1));
        let [parse] = &config.workloads[..] else {
            panic!("one workload")
        };
        assert_eq!((parse.options.iters, parse.options.texts), (60, 8));
        assert_eq!(parse.options.zones, ZonesChoice::On);
        assert_eq!(parse.options.probes, [Instrument::Rss, Instrument::Heap]);
        assert_eq!(
            parse.options.pipeline.corpus.as_deref(),
            Some(Path::new("ci/texts.txt"))
        );
        assert_eq!(parse.options.suppressions, [Path::new("ci/known.supp")]);
        assert_eq!(parse.budget.with_zones, Some(0.0));
        assert_eq!(parse.budget.without_zones["strings"], 200.0);
        let settings = "--iters=60 --zones=on --probes=rss,heap --corpus=texts.txt";
        assert_eq!(parse.settings, settings);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (from, to, line, says) in [
            ("iters = 60", "itres = 60", 10, "itres"),
            ("iters = 60", "iters = 0", 10, "iters"),
            ("iters = 60", "iters = -3", 10, "-3"),
            ("iters = 60", "iters = \"many\"", 10, "invalid type"),
            ("zones = \"on\"", "zones = \"perhaps\"", 11, "perhaps"),
            ("[\"rss\", \"heap\"]", "[\"luck\"]", 12, "luck"),
            ("\"parse\"", "\"../parse\"", 9, "letters, digits"),
            ("exact = 0.01", "exact = 2", 6, "from 0 to 1"),
            ("rss_mib = 64", "rss_mib = -1", 15, "0 or more"),
            ("rss_mib = 64", "rss_mb = 64", 18, "rss_mb"),
            ("rss_mib = 64", "rss_mib = ", 18, "value"),
            ("baseline =", "base =", 2, "base"),
        ] {
            let text = WHOLE.replace(from, to);
            let (at, message) = refused(&text);
            assert!(message.contains(says), "{to}: {message}");
            assert_eq!(at, line, "{to}: {message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn a_gate_without_a_workload_or_with_two_of_one_name_is_refused() {
        assert!(refused("baseline = \"b.json\"").1.contains("watch nothing"));
        let twice = format!("{WHOLE}\n[[workload]]\nname = \"parse\"\n");
        let (line, message) = refused(&twice);
        assert!(message.contains("two workloads"), "{message}");
        assert_eq!(line, 21);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[a-z\\[\\]=\"{}0-9.#\n -]{0,80}") {
            if let Err(wrong) = Config::parse(&text, Path::new("")) {
                wrong.line(&text);
            }
        }
    }
}
