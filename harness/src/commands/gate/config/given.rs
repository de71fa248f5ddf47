//! The options that a workload of the configuration gives, each checked where it stands.

use crate::commands::main::spec::ZonesChoice;
use crate::workload::Kind;
use harness_model::Instrument;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The order in which baselines have had the options from the first. One that is not here is younger, and stands behind
/// them.
const ORDER: [&str; 14] = [
    "workload",
    "iters",
    "warmup",
    "texts",
    "zones",
    "novel_words",
    "seed",
    "probes",
    "require",
    "dhat_iters",
    "valgrind_iters",
    "scan_iters",
    "corpus",
    "model",
];

/// The options that a workload gives. Each is checked, takes its place in the spec, and is written down.
pub struct Given<'d> {
    /// Where the paths in the file begin.
    directory: &'d Path,
    /// What decides figures, each as a word of the main job's command line.
    words: Vec<(&'static str, String)>,
}

impl<'d> Given<'d> {
    /// Nothing yet, by a file that stands in this directory.
    pub fn in_directory(directory: &'d Path) -> Given<'d> {
        Given {
            directory,
            words: Vec::new(),
        }
    }

    /// The options in one line, to tell whether two runs were the same.
    pub fn settings(mut self) -> String {
        let place = |key: &str| ORDER.iter().position(|known| *known == key);
        self.words
            .sort_by_key(|(key, _)| place(key).unwrap_or(ORDER.len()));
        let words: Vec<String> = self.words.into_iter().map(|(_, word)| word).collect();
        words.join(" ")
    }

    /// An option that decides figures.
    pub fn figure<T: Setting>(
        &mut self,
        key: &'static str,
        value: Option<Spanned<T::Written>>,
        bounds: T::Bounds,
        place: &mut T,
    ) -> Result<(), Wrong> {
        if let Some(written) = self.aside(key, value, bounds, place)? {
            let option = key.replace('_', "-");
            self.words.push((key, format!("--{option}={written}")));
        }
        Ok(())
    }

    /// An option that decides none. Returns how it is written, if it is given.
    pub fn aside<T: Setting>(
        &mut self,
        key: &'static str,
        value: Option<Spanned<T::Written>>,
        bounds: T::Bounds,
        place: &mut T,
    ) -> Result<Option<String>, Wrong> {
        let Some(value) = value else { return Ok(None) };
        let Some((read, written)) = T::read(key, &value, bounds, self.directory)? else {
            return Ok(None);
        };
        *place = read;
        Ok(Some(written))
    }

    /// A pipeline: a file or directory beside the configuration, or else an installed package.
    pub fn model(
        &mut self,
        value: Option<Spanned<PathBuf>>,
        place: &mut Option<PathBuf>,
    ) -> Result<(), Wrong> {
        let name = value.as_ref().map(|value| value.get_ref().clone());
        self.figure("model", value, (), place)?;
        let is_package =
            |name: &PathBuf| name.components().count() == 1 && !self.directory.join(name).exists();
        if let Some(name) = name.filter(is_package) {
            *place = Some(name);
        }
        Ok(())
    }
}

/// A value that a file can give to an option.
pub trait Setting: Sized {
    /// What stands in the file.
    type Written;
    /// What it has to be within.
    type Bounds;

    /// The value, and how a command line has it; None where what is written says nothing.
    fn read(
        key: &str,
        written: &Spanned<Self::Written>,
        bounds: Self::Bounds,
        directory: &Path,
    ) -> Result<Option<(Self, String)>, Wrong>;
}

/// A number as it is, within its bounds.
macro_rules! numbers {
    ($($T:ty),*) => {$(
        impl Setting for $T {
            type Written = $T;
            type Bounds = RangeInclusive<$T>;

            fn read(
                key: &str,
                written: &Spanned<$T>,
                bounds: RangeInclusive<$T>,
                _: &Path,
            ) -> Result<Option<($T, String)>, Wrong> {
                let number = within(key, written, bounds)?;
                Ok(Some((number, number.to_string())))
            }
        }
    )*};
}

numbers!(u64, f64);

impl Setting for Option<u64> {
    type Written = u64;
    type Bounds = RangeInclusive<u64>;

    fn read(
        key: &str,
        written: &Spanned<u64>,
        bounds: RangeInclusive<u64>,
        directory: &Path,
    ) -> Result<Option<(Option<u64>, String)>, Wrong> {
        let read = u64::read(key, written, bounds, directory)?;
        Ok(read.map(|(number, word)| (Some(number), word)))
    }
}

/// One of all there are, by its name.
macro_rules! names {
    ($($T:ty),*) => {$(
        impl Setting for $T {
            type Written = String;
            type Bounds = ();

            fn read(
                key: &str,
                written: &Spanned<String>,
                (): (),
                _: &Path,
            ) -> Result<Option<($T, String)>, Wrong> {
                let one = one_of(key, written.get_ref(), written, &<$T>::ALL, <$T>::name)?;
                Ok(Some((one, one.name().to_owned())))
            }
        }
    )*};
}

names!(Kind, ZonesChoice);

/// Instruments by their names. A list that is empty says nothing.
impl Setting for Vec<Instrument> {
    type Written = Vec<String>;
    type Bounds = ();

    fn read(
        key: &str,
        written: &Spanned<Vec<String>>,
        (): (),
        _: &Path,
    ) -> Result<Option<(Vec<Instrument>, String)>, Wrong> {
        let names = written.get_ref();
        if names.is_empty() {
            return Ok(None);
        }
        let each = format!("each of {key}");
        let known =
            |name: &String| one_of(&each, name, written, &Instrument::ALL, Instrument::name);
        let instruments = names.iter().map(known).collect::<Result<_, _>>()?;
        Ok(Some((instruments, names.join(","))))
    }
}

/// A file or a directory, relative to that of the configuration.
impl Setting for Option<PathBuf> {
    type Written = PathBuf;
    type Bounds = ();

    fn read(
        key: &str,
        written: &Spanned<PathBuf>,
        (): (),
        directory: &Path,
    ) -> Result<Option<(Option<PathBuf>, String)>, Wrong> {
        let path = written.get_ref();
        if path.as_os_str().is_empty() {
            return Err(Wrong {
                at: written.span(),
                message: format!("{key} is a path, and not empty"),
            });
        }
        // As it is written, not where it was found: the same file from another directory is the same.
        let word = path.to_string_lossy().into_owned();
        Ok(Some((Some(directory.join(path)), word)))
    }
}

/// The number, if it is within its bounds.
pub fn within<T: Copy + PartialOrd + Display>(
    key: &str,
    value: &Spanned<T>,
    bounds: RangeInclusive<T>,
) -> Result<T, Wrong> {
    let number = *value.get_ref();
    if bounds.contains(&number) {
        return Ok(number);
    }
    Err(Wrong {
        at: value.span(),
        message: format!(
            "{key} is a number from {} to {}, not {number}",
            bounds.start(),
            bounds.end(),
        ),
    })
}

/// The one of this name.
fn one_of<T: Copy, Any>(
    key: &str,
    wanted: &str,
    at: &Spanned<Any>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, Wrong> {
    let found = all.iter().copied().find(|one| name(*one) == wanted);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        Wrong {
            at: at.span(),
            message: format!("{key} is one of {}, not {wanted:?}", names.join(", ")),
        }
    })
}

/// What is wrong, and where in the file.
#[derive(Debug)]
pub struct Wrong {
    /// The bytes of the file that are wrong.
    pub at: Range<usize>,
    /// A sentence for the user.
    pub message: String,
}

impl From<toml::de::Error> for Wrong {
    fn from(error: toml::de::Error) -> Wrong {
        Wrong {
            at: error.span().unwrap_or_default(),
            message: error.message().replace('\n', " "),
        }
    }
}

impl Wrong {
    /// The line, counted from 1.
    pub fn line(&self, text: &str) -> usize {
        let before = text.get(..self.at.start).unwrap_or(text);
        before.matches('\n').count() + 1
    }
}
