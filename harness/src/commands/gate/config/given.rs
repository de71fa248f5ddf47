//! The options that a workload of the configuration gives, each checked where it stands.

use crate::workload::Model;
use harness_model::Instrument;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The options that a workload gives. Each is checked, takes its place in the spec, and is written down.
#[derive(Default)]
pub struct Given {
    /// As words of the main job's command line, which baselines have had from the first.
    words: Vec<String>,
}

impl Given {
    /// The options in one line, to tell whether two runs were the same.
    pub fn settings(&self) -> String {
        self.words.join(" ")
    }

    fn write_down(&mut self, key: &str, value: impl Display) {
        let option = key.replace('_', "-");
        self.words.push(format!("--{option}={value}"));
    }

    /// A number that has to be within bounds.
    pub fn number<T, Place>(
        &mut self,
        key: &str,
        value: Option<Spanned<T>>,
        bounds: RangeInclusive<T>,
        place: &mut Place,
    ) -> Result<(), Wrong>
    where
        T: Copy + PartialOrd + Display,
        Place: From<T>,
    {
        if let Some(number) = within(key, value, bounds)? {
            self.write_down(key, number);
            *place = number.into();
        }
        Ok(())
    }

    /// One of `all`, by its name.
    pub fn name<T: Copy>(
        &mut self,
        key: &str,
        value: Option<Spanned<String>>,
        all: &[T],
        name: fn(T) -> &'static str,
        place: &mut T,
    ) -> Result<(), Wrong> {
        if let Some(value) = value {
            *place = one_of(key, value.get_ref(), &value, all, name)?;
            self.write_down(key, name(*place));
        }
        Ok(())
    }

    /// Instruments by their names. A list that is empty says nothing.
    pub fn instruments(
        &mut self,
        key: &str,
        value: Option<Spanned<Vec<String>>>,
        place: &mut Vec<Instrument>,
    ) -> Result<(), Wrong> {
        if let Some(value) = value.filter(|value| !value.get_ref().is_empty()) {
            let names = value.get_ref().iter();
            let each = format!("each of {key}");
            let known = |name| one_of(&each, name, &value, &Instrument::ALL, Instrument::name);
            *place = names.map(|name| known(name)).collect::<Result<_, _>>()?;
            self.write_down(key, value.get_ref().join(","));
        }
        Ok(())
    }

    /// A file or a directory, relative to `directory`.
    pub fn path(
        &mut self,
        key: &str,
        value: Option<Spanned<PathBuf>>,
        directory: &Path,
        place: &mut Option<PathBuf>,
    ) -> Result<(), Wrong> {
        if let Some(value) = value {
            if value.get_ref().as_os_str().is_empty() {
                return Err(Wrong {
                    at: value.span(),
                    message: format!("{key} is a path, and not empty"),
                });
            }
            // As it is written, not where it was found: the same file from another directory is the same.
            self.write_down(key, value.get_ref().to_string_lossy());
            *place = Some(directory.join(value.get_ref()));
        }
        Ok(())
    }

    /// A pipeline: a file or directory relative to `directory`, or else an installed package.
    pub fn model(
        &mut self,
        key: &str,
        value: Option<Spanned<PathBuf>>,
        directory: &Path,
        place: &mut Option<Model>,
    ) -> Result<(), Wrong> {
        let written = value.as_ref().map(|value| value.get_ref().clone());
        let mut path = None;
        self.path(key, value, directory, &mut path)?;
        *place = path.map(|path| match written {
            Some(name) if name.components().count() == 1 && !path.exists() => name.into(),
            _ => path.into(),
        });
        Ok(())
    }
}

/// The number, if there is one, and it is within its bounds.
pub fn within<T: Copy + PartialOrd + Display>(
    key: &str,
    value: Option<Spanned<T>>,
    bounds: RangeInclusive<T>,
) -> Result<Option<T>, Wrong> {
    match value {
        Some(value) if !bounds.contains(value.get_ref()) => Err(Wrong {
            at: value.span(),
            message: format!(
                "{key} is a number from {} to {}, not {}",
                bounds.start(),
                bounds.end(),
                value.get_ref()
            ),
        }),
        value => Ok(value.map(Spanned::into_inner)),
    }
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

impl Wrong {
    /// The line, counted from 1.
    pub fn line(&self, text: &str) -> usize {
        let before = text.get(..self.at.start).unwrap_or(text);
        before.matches('\n').count() + 1
    }
}
