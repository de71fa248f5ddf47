//! `leak-gate.toml`: what the gate runs, and what it allows.

mod apart;
pub mod command;
mod given;

use crate::commands::main::spec::{LoopSpec, ZonesChoice, loop_settings};
use crate::workload::Kind;
use apart::apart;
use command::{FileCommand, Watched};
use given::{Given, Setting, Wrong, within};
use harness_model::Instrument;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::Deserializer;

/// The gate's configuration, checked.
#[derive(Debug)]
pub struct Config {
    /// The file of the baseline.
    pub baseline: PathBuf,
    /// How far a run may be above the baseline.
    pub tolerance: Tolerance,
    /// The runs of the main job, in order.
    pub workloads: Vec<Workload>,
    /// The commands that are run, in order, after those.
    pub commands: Vec<Watched>,
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
    /// What the main job is to run.
    pub spec: LoopSpec,
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
    workload: FileWorkloads,
}

/// The workloads as [`apart`] leaves them.
#[derive(Default, Deserialize)]
struct FileWorkloads {
    loops: Vec<FileWorkload>,
    commands: Vec<FileCommand>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTolerance {
    exact: Option<Spanned<f64>>,
    rss: Option<Spanned<f64>>,
}

macro_rules! file_workload {
    ($($name:ident: $Type:ty, $bounds:expr, $how:ident;)*) => {
        /// The main job's options under their own names, and the run's name and budget.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct FileWorkload {
            name: Spanned<String>,
            $($name: Option<Spanned<<$Type as Setting>::Written>>,)*
            seed: Option<Spanned<u64>>,
            corpus: Option<Spanned<PathBuf>>,
            model: Option<Spanned<PathBuf>>,
            budget: Option<Spanned<Budget>>,
        }

        impl FileWorkload {
            /// Puts the options into the spec.
            fn give(&mut self, given: &mut Given<'_>, spec: &mut LoopSpec) -> Result<(), Wrong> {
                $(given.$how(stringify!($name), self.$name.take(), $bounds, &mut spec.$name)?;)*
                let pipeline = &mut spec.pipeline;
                given.figure("seed", self.seed.take(), 0..=u64::MAX, &mut pipeline.seed)?;
                given.figure("corpus", self.corpus.take(), (), &mut pipeline.corpus)?;
                given.model(self.model.take(), &mut pipeline.model)
            }
        }
    };
}

loop_settings!(file_workload);

impl Config {
    /// The tools that the workloads rest on: asked for or required, by one of them at least.
    pub fn instruments(&self) -> Vec<Instrument> {
        let all = self.workloads.iter().flat_map(|workload| {
            let spec = &workload.spec;
            spec.probes.iter().chain(&spec.require).copied()
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
        let file = File::deserialize(Deserializer::from(apart(text)?)).map_err(Wrong::from)?;
        let FileWorkloads { loops, commands } = file.workload;
        if loops.is_empty() && commands.is_empty() {
            return Err(Wrong {
                at: 0..0,
                message: "there is no [[workload]]: a gate without one would watch nothing"
                    .to_owned(),
            });
        }
        let tolerance = Tolerance {
            exact: share("exact", file.tolerance.exact, 0.02)?,
            rss: share("rss", file.tolerance.rss, 0.1)?,
        };
        let suppressions: Vec<PathBuf> = file
            .suppressions
            .iter()
            .map(|path| directory.join(path))
            .collect();
        let names = loops.iter().map(|one| &one.name);
        named(names.chain(commands.iter().map(|one| &one.name)))?;
        let workloads = loops
            .into_iter()
            .map(|written| written.checked(directory, &suppressions))
            .collect::<Result<_, _>>()?;
        let commands = commands
            .into_iter()
            .map(|written| written.checked(directory))
            .collect::<Result<_, _>>()?;
        Ok(Config {
            baseline: directory.join(file.baseline),
            tolerance,
            workloads,
            commands,
        })
    }
}

/// Whether every workload has a name that can be a directory's, and its own.
fn named<'n>(names: impl Iterator<Item = &'n Spanned<String>>) -> Result<(), Wrong> {
    let mut met: Vec<&str> = Vec::new();
    for spanned in names {
        let name = spanned.get_ref().as_str();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(fits) || name.starts_with("control") {
            return Err(Wrong {
                at: spanned.span(),
                message: format!(
                    "a workload's name is made of letters, digits, - and _, and does not begin with \"control\", \
                     unlike \"{name}\""
                ),
            });
        }
        if met.contains(&name) {
            return Err(Wrong {
                at: spanned.span(),
                message: format!("there are two workloads named \"{name}\""),
            });
        }
        met.push(name);
    }
    Ok(())
}

impl FileWorkload {
    fn checked(mut self, directory: &Path, suppressions: &[PathBuf]) -> Result<Workload, Wrong> {
        let mut spec = LoopSpec {
            suppressions: suppressions.to_vec(),
            ..LoopSpec::default()
        };
        let mut given = Given::in_directory(directory);
        self.give(&mut given, &mut spec)?;
        let budget = match self.budget {
            Some(budget) => checked_budget(budget)?,
            None => Budget::default(),
        };
        Ok(Workload {
            name: self.name.into_inner(),
            spec,
            settings: given.settings(),
            budget,
        })
    }
}

fn share(key: &str, value: Option<Spanned<f64>>, default: f64) -> Result<f64, Wrong> {
    value.map_or(Ok(default), |value| within(key, &value, 0.0..=1.0))
}

fn checked_budget(budget: Spanned<Budget>) -> Result<Budget, Wrong> {
    let at = budget.span();
    let budget = budget.into_inner();
    let limits = [budget.with_zones, budget.rss_mib, budget.rss_per_iteration];
    let limits = limits
        .into_iter()
        .flatten()
        .chain(budget.without_zones.values().copied());
    all_positive(at, limits)?;
    Ok(budget)
}

/// Whether each of a budget's numbers can be one; `at` is where it stands.
fn all_positive(at: Range<usize>, mut limits: impl Iterator<Item = f64>) -> Result<(), Wrong> {
    if limits.any(|limit| !limit.is_finite() || limit < 0.0) {
        return Err(Wrong {
            at,
            message: "a budget is a number, 0 or more".to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::PipelineOptions;

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
        assert_eq!((parse.spec.iters, parse.spec.texts), (60, 8));
        assert_eq!(parse.spec.zones, ZonesChoice::On);
        assert_eq!(parse.spec.probes, [Instrument::Rss, Instrument::Heap]);
        assert_eq!(
            parse.spec.pipeline.corpus.as_deref(),
            Some(Path::new("ci/texts.txt"))
        );
        assert_eq!(parse.spec.suppressions, [Path::new("ci/known.supp")]);
        assert_eq!(parse.budget.with_zones, Some(0.0));
        assert_eq!(parse.budget.without_zones["strings"], 200.0);
        let settings = "--iters=60 --zones=on --probes=rss,heap --corpus=texts.txt";
        assert_eq!(parse.settings, settings);
    }

    #[test]
    fn the_settings_are_the_options_that_decide_figures_in_one_order() {
        let text = r#"
baseline = "b.json"
[[workload]]
name = "all"
tool_timeout = 60
model = "sub/m"
corpus = "sub/c.txt"
valgrind_iters = 1
dhat_iters = 2
require = ["dhat"]
probes = []
seed = 3
novel_words = 0
zones = "both"
texts = 4
warmup = 0
iters = 5
workload = "words"
"#;
        let config = Config::parse(text, Path::new("ci")).unwrap();
        let all = &config.workloads[0];
        assert_eq!(
            all.settings,
            "--workload=words --iters=5 --warmup=0 --texts=4 --zones=both --novel-words=0 --seed=3 --require=dhat \
             --dhat-iters=2 --valgrind-iters=1 --corpus=sub/c.txt --model=sub/m"
        );
        let spec = LoopSpec {
            workload: Kind::Words,
            iters: 5,
            warmup: Some(0),
            texts: 4,
            novel_words: 0.0,
            pipeline: PipelineOptions {
                seed: 3,
                corpus: Some("ci/sub/c.txt".into()),
                model: Some("ci/sub/m".into()),
                ..PipelineOptions::default()
            },
            require: vec![Instrument::Dhat],
            dhat_iters: Some(2),
            valgrind_iters: Some(1),
            tool_timeout: 60,
            ..LoopSpec::default()
        };
        assert_eq!(all.spec, spec);
    }

    #[test]
    fn the_committed_baseline_is_of_the_committed_configuration() {
        let ci = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci");
        let config = Config::read(&ci.join("leak-gate.toml")).unwrap();
        let baseline = std::fs::read_to_string(&config.baseline).unwrap();
        for workload in config.workloads {
            let settings = format!("\"settings\": \"{}\"", workload.settings);
            assert!(baseline.contains(&settings), "{settings}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (from, to, line, says) in [
            ("iters = 60", "itres = 60", 10, "itres"),
            ("iters = 60", "iters = 0", 10, "iters"),
            (
                "iters = 60",
                "texts = 0",
                10,
                "texts is a number from 1 to 1000000, not 0",
            ),
            (
                "iters = 60",
                "novel_words = 1.5",
                10,
                "from 0 to 1, not 1.5",
            ),
            ("iters = 60", "novel_words = nan", 10, "not NaN"),
            ("iters = 60", "tool_timeout = 0", 10, "from 1 to"),
            (
                "iters = 60",
                "workload = \"a\\nb\"",
                10,
                "serve, words, not",
            ),
            ("iters = 60", "iters = -3", 10, "-3"),
            ("iters = 60", "iters = \"many\"", 10, "invalid type"),
            (
                "zones = \"on\"",
                "zones = \"perhaps\"",
                11,
                "on, off, both, not \"perhaps\"",
            ),
            (
                "[\"rss\", \"heap\"]",
                "[\"rss\", \"luck\"]",
                12,
                "not \"luck\"",
            ),
            ("[\"rss\", \"heap\"]", "[\"counters\"]", 12, "rss, heap"),
            ("\"texts.txt\"", "\"\"", 13, "corpus"),
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
        let single = refused("baseline = \"b.json\"\n[workload]\nname = \"parse\"");
        assert!(
            single.0 == 2 && single.1.contains("[[workload]]"),
            "{single:?}"
        );
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
