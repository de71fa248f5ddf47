//! From what a user calls a pipeline to its files.

use std::io::{Cursor, ErrorKind};
use std::path::{Path, PathBuf};

use super::PipelineFiles;
use super::archive::Archive;
use super::directory::Directory;
use super::zip::Zip;
use super::{package, places};
use crate::error::{Error, FormatError};

/// A member of a zip archive that is a file of a pipeline; `path` is what to call that file.
pub(crate) fn zip_member(bytes: &[u8], name: &str, path: &Path) -> Result<Vec<u8>, Error> {
    let member = Zip::open(Cursor::new(bytes), path)?.read(name)?;
    member.ok_or_else(|| FormatError::new(format!("has no member \"{name}\"")).in_file(path))
}

/// The files of the pipeline that `source` names: an installed package, a directory or an archive, in this order.
pub(crate) fn open(source: &Path) -> Result<Box<dyn PipelineFiles>, Error> {
    let mut looked = Vec::new();
    let package = source.to_str().filter(|name| package::is_name(name));
    if let Some(name) = package {
        looked = places::all();
        if let Some(directory) = package::find(name, &looked)? {
            return Ok(Box::new(Directory::new(directory)));
        }
    }
    let metadata = std::fs::metadata(source).map_err(|error| match error.kind() {
        ErrorKind::NotFound if package.is_some() => Error::NotFound {
            name: source.to_path_buf(),
            looked,
        },
        _ => Error::Read {
            path: source.to_path_buf(),
            source: error,
        },
    })?;
    if !metadata.is_dir() {
        return Ok(Box::new(Archive::open(source)?));
    }
    // The directory of a package has that of the pipeline in it.
    let directory = match package::is_package(source) {
        true => package::directory(source)?,
        false => source.to_path_buf(),
    };
    Ok(Box::new(Directory::new(directory)))
}

/// The files in the directory `data` of an installed Python package that is no pipeline, or those in `instead`; or else
/// the places where the package was looked for.
pub(crate) fn data_of_package(
    module: &str,
    data: &str,
    instead: Option<PathBuf>,
) -> Result<Box<dyn PipelineFiles>, Vec<PathBuf>> {
    let places = match &instead {
        Some(_) => Vec::new(),
        None => places::all(),
    };
    let find = || Some(package::module(module, &places)?.join(data));
    let directory = instead.or_else(find).filter(|directory| directory.is_dir());
    match directory {
        Some(directory) => Ok(Box::new(Directory::new(directory))),
        None => Err(places),
    }
}
