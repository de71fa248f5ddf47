//! A pipeline in an archive, read in place: a wheel, a zip archive, or a source distribution.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use super::tar::{self, Member};
use super::zip::Zip;
use super::{Content, PipelineFiles};
use crate::error::{Error, FormatError};

/// The most directories that an error lists.
const MOST_LISTED: usize = 10;

/// A pipeline in an archive.
pub(super) struct Archive {
    path: PathBuf,
    /// The pipeline's directory in the archive, with a `/` at its end; empty for the archive itself.
    root: String,
    content: Packed,
}

/// How what is in an archive is reached.
enum Packed {
    /// Where it is.
    Zip(Zip<File>),
    /// It was unpacked.
    Tar(BTreeMap<String, Member>),
}

impl Archive {
    /// Opens the archive at `path`, and finds the pipeline in it.
    pub fn open(path: &Path) -> Result<Archive, Error> {
        let read = |source| Error::Read {
            path: path.to_path_buf(),
            source,
        };
        let mut file = File::open(path).map_err(read)?;
        let mut magic = Vec::new();
        file.by_ref()
            .take(4)
            .read_to_end(&mut magic)
            .map_err(read)?;
        file.rewind().map_err(read)?;
        let content = match magic.as_slice() {
            [b'P', b'K', ..] => Packed::Zip(Zip::open(file, path)?),
            [0x1f, 0x8b, ..] => {
                let packed = file.metadata().map_err(read)?.len();
                let reader = BufReader::with_capacity(1 << 16, file);
                Packed::Tar(tar::unpack(reader, packed, path)?)
            }
            _ => {
                let reason = "is no archive that is read: a wheel, a zip archive or a tar archive that gzip packed";
                return Err(FormatError::new(reason).in_file(path));
            }
        };
        let root = root(content.names()).map_err(|e| e.in_file(path))?;
        Ok(Archive {
            path: path.to_path_buf(),
            root,
            content,
        })
    }
}

impl Packed {
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Packed::Zip(zip) => Box::new(zip.names()),
            Packed::Tar(members) => Box::new(members.keys().map(String::as_str)),
        }
    }
}

/// The directory of the pipeline among files of these names: the one that holds a `config.cfg`. Of several it is the one
/// beside whose `config.cfg` there is a `meta.json`, or in which the others lie.
fn root<'a>(names: impl Iterator<Item = &'a str>) -> Result<String, FormatError> {
    let (mut configs, mut metas) = (Vec::new(), Vec::new());
    for name in names {
        let (directory, file) = name.split_at(name.rfind('/').map_or(0, |slash| slash + 1));
        match file {
            "config.cfg" => configs.push(directory),
            "meta.json" => metas.push(directory),
            _ => {}
        }
    }
    let with_meta: Vec<&str> = configs
        .iter()
        .copied()
        .filter(|config| metas.contains(config))
        .collect();
    let found = if with_meta.is_empty() {
        configs
    } else {
        with_meta
    };
    let outermost = found
        .iter()
        .find(|outer| found.iter().all(|inner| inner.starts_with(**outer)));
    match (outermost, found.as_slice()) {
        (Some(root), _) => Ok((*root).to_owned()),
        (None, []) => {
            let without = match metas.is_empty() {
                true => "no directory in it has a config.cfg",
                // Those of version 2 are described in their meta.json alone.
                false => "it has a meta.json and no config.cfg, as those of spaCy's version 2",
            };
            Err(FormatError::new(format!(
                "holds no pipeline of spaCy v3: {without}"
            )))
        }
        (None, several) => {
            let shown = several[..several.len().min(MOST_LISTED)].join(", ");
            let more = if several.len() > MOST_LISTED {
                ", ..."
            } else {
                ""
            };
            Err(FormatError::new(format!(
                "holds {} pipelines: unpack it, and load one of {shown}{more}",
                several.len()
            )))
        }
    }
}

impl PipelineFiles for Archive {
    fn read(&self, relative: &str) -> Result<Content<'_>, Error> {
        let name = format!("{}{relative}", self.root);
        let missing = || not_there(&self.path(relative));
        match &self.content {
            Packed::Zip(zip) => zip.read(&name)?.map(Content::Owned).ok_or_else(missing),
            Packed::Tar(members) => match members.get(&name) {
                Some(Member::File(content)) => Ok(Content::Borrowed(content)),
                Some(Member::Other(what)) => {
                    let reason = format!("is {what}: pack the file itself");
                    Err(FormatError::new(reason).in_file(&self.path(relative)))
                }
                None => Err(missing()),
            },
        }
    }

    fn exists(&self, relative: &str) -> bool {
        let name = format!("{}{relative}", self.root);
        match &self.content {
            Packed::Zip(zip) => zip.contains(&name),
            Packed::Tar(members) => members.contains_key(&name),
        }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.path.join(&self.root).join(relative)
    }
}

/// The error for a file that is not there.
fn not_there(path: &Path) -> Error {
    Error::Read {
        path: path.to_path_buf(),
        source: ErrorKind::NotFound.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pipeline_is_where_the_configuration_is() {
        for (names, found) in [
            (&["config.cfg", "meta.json"][..], ""),
            (&["p/config.cfg", "p/meta.json", "p/ner/model"], "p/"),
            (
                &[
                    "en_x/meta.json",
                    "en_x/en_x-1.0/config.cfg",
                    "en_x/en_x-1.0/meta.json",
                ],
                "en_x/en_x-1.0/",
            ),
            // Somebody else's file of that name, beside it and in it.
            (&["a/config.cfg", "p/config.cfg", "p/meta.json"], "p/"),
            (
                &[
                    "p/config.cfg",
                    "p/meta.json",
                    "p/x/config.cfg",
                    "p/x/meta.json",
                ],
                "p/",
            ),
        ] {
            assert_eq!(root(names.iter().copied()).unwrap(), found, "{names:?}");
        }
    }

    #[test]
    fn no_pipeline_and_several_are_errors_that_say_which() {
        for (names, said) in [
            (&["a/b"][..], "no directory in it has a config.cfg"),
            (&["a/meta.json"], "version 2"),
            (
                &["a/config.cfg", "b/config.cfg"],
                "2 pipelines: unpack it, and load one of a/, b/",
            ),
        ] {
            let error = root(names.iter().copied()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
