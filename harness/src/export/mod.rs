//! A job's results in the forms that other programs read: JUnit XML, SARIF, GitHub's annotations, and Markdown.
//!
//! Every job turns what it concluded into [`Results`]; each form is a file of its own and knows nothing of the jobs. Each
//! has its own rules for text from outside, and all of them are for people: what could not be seen is made visible first.

mod annotations;
mod case;
mod junit;
mod markdown;
mod sarif;

pub use case::{Case, Rule, Status};

use crate::engine::console::{Failure, tell};
use crate::files::{self, Named};
use crate::options::{ExportOptions, FormOptions};
use std::collections::HashMap;
use std::path::Path;

/// What a job concluded, as a list of cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// What was run: `leak gate`.
    pub name: String,
    /// When it began: UTC, RFC 3339.
    pub started_at: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The conclusion in a sentence.
    pub sentence: String,
    /// The program's version.
    pub version: String,
    /// The exit code.
    pub exit_code: u8,
    /// The file to point at where a case has no place of its own: what shows it at a line shows nothing without one.
    pub fallback_file: String,
    /// Everything that was checked.
    pub cases: Vec<Case>,
}

impl Results {
    /// With every case's name its own among those of the same thing: programs know a case of one run by its name in the
    /// next. Names are made to differ where they can; what is still the same here is counted.
    pub(crate) fn told_apart(mut self) -> Results {
        let mut met: HashMap<(String, String), usize> = HashMap::new();
        for case in &mut self.cases {
            let times = met.entry((case.of.clone(), case.name.clone())).or_default();
            *times += 1;
            if *times > 1 {
                case.name = format!("{} (no. {times})", case.name);
            }
        }
        self
    }

    fn count(&self, status: Status) -> usize {
        self.cases
            .iter()
            .filter(|case| case.status == status)
            .count()
    }

    /// Cases that fail, that could not be told, or that somebody hid: nobody shall miss them.
    pub(crate) fn troubles(&self) -> impl Iterator<Item = &Case> {
        let all_is_well = |case: &Case| matches!(case.status, Status::Pass | Status::Skipped);
        self.cases.iter().filter(move |case| !all_is_well(case))
    }
}

/// Looks whether the files can be written that results are asked for in, before anything is run for them.
///
/// # Errors
///
/// One of them cannot.
pub(crate) fn check(options: &ExportOptions) -> Result<(), Failure> {
    let ExportOptions { forms, history } = options;
    let files = [
        ("--junit", &forms.junit),
        ("--sarif", &forms.sarif),
        ("--markdown", &forms.markdown),
        ("--history", history),
    ];
    files
        .into_iter()
        .filter_map(|(option, path)| Some((option, path.as_ref()?)))
        .try_for_each(|(option, path)| check_file(option, path))
}

/// Looks whether the file of an option can be written.
///
/// # Errors
///
/// It cannot.
pub(crate) fn check_file(option: &str, path: &Path) -> Result<(), Failure> {
    files::can_be_written(path)
        .map_err(|error| Failure::WrongUse(format!("{option}: cannot write {error}")))
}

/// Writes the forms that were asked for. Annotations go to standard output, or to standard error where that is kept for
/// JSON. `out` is where the run's report goes.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn export(
    results: &Results,
    options: &FormOptions,
    out: &Path,
    json: bool,
) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::Broken(format!("cannot write {error}"));
    let named = |path| Named::new(path, Some(out));
    if let Some(path) = &options.junit {
        let written = named(path).replace(&junit::document(results));
        written.map_err(broken)?;
    }
    if let Some(path) = &options.sarif {
        let written = named(path).replace(&sarif::document(results));
        written.map_err(broken)?;
    }
    if let Some(path) = &options.markdown {
        let text = markdown::document(results);
        // GitHub's file of a step is added to; any other is this run's own.
        let of_a_step = std::env::var_os("GITHUB_STEP_SUMMARY").is_some_and(|step| step == *path);
        let written = if of_a_step {
            named(path).append(&text)
        } else {
            named(path).replace(&text)
        };
        written.map_err(broken)?;
    }
    if options.annotations {
        for line in annotations::lines(results) {
            tell(json, line);
        }
    }
    Ok(())
}

/// A path as it is written from the directory that the run was started in, if it is under it.
pub(crate) fn from_here(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use harness_model::Place;

    /// Results with a case of every status, the failed one with these texts from outside.
    pub(crate) fn results(message: &str, file: &str) -> Results {
        let case = |name: &str, status, rule| Case {
            of: "parse".to_owned(),
            name: name.to_owned(),
            status,
            rule,
            message: message.to_owned(),
            place: Place::default(),
            fingerprint: None,
        };
        Results {
            name: "leak gate".to_owned(),
            started_at: "2026-11-21T10:29:54Z".to_owned(),
            seconds: 12.5,
            sentence: message.to_owned(),
            version: "0.1.0".to_owned(),
            exit_code: 1,
            fallback_file: "ci/leak-gate.toml".to_owned(),
            cases: vec![
                case("kept with zones", Status::Pass, Rule::Figure),
                Case {
                    place: Place {
                        function: Some("take<u8>".to_owned()),
                        file: Some(file.to_owned()),
                        line: Some(7),
                    },
                    fingerprint: Some("0123456789abcdef".to_owned()),
                    ..case("new site", Status::Fail, Rule::NewSite)
                },
                case("measured", Status::Inconclusive, Rule::Measured),
                case("dhat", Status::Skipped, Rule::Measured),
                Case {
                    place: Place::of_line("suppressions/known.supp", 4),
                    ..case("hidden with zones: old", Status::Hidden, Rule::Hidden)
                },
            ],
        }
    }
    #[test]
    fn cases_of_one_name_are_told_apart() {
        let mut results = results("grows", "a.rs");
        let failed = results.cases[1].clone();
        results.cases = vec![
            failed.clone(),
            failed.clone(),
            Case {
                of: "steady".to_owned(),
                ..failed
            },
        ];
        let names: Vec<String> = results
            .told_apart()
            .cases
            .into_iter()
            .map(|case| case.name)
            .collect();
        assert_eq!(names, ["new site", "new site (no. 2)", "new site"]);
    }

    #[test]
    fn a_path_under_the_directory_of_the_run_is_written_from_there() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(from_here(&here.join("ci/gate.toml")), "ci/gate.toml");
        assert_eq!(from_here(Path::new("ci/gate.toml")), "ci/gate.toml");
        assert_eq!(
            from_here(Path::new("/elsewhere/gate.toml")),
            "/elsewhere/gate.toml"
        );
    }
}
