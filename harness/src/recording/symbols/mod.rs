//! Names the calls of recorded stacks: function, file and line, as the files that were loaded know them.

mod cython;
mod debug_files;
mod files_of_code;
mod image;
mod language;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use harness_judge::attribution::stack::Frame;
use harness_model::{Linked, Place};

use super::python::PythonFunction;
use super::recorded::Recording;
use super::stacks::{Call, StackId};
use crate::probe::demangle;
use cython::CythonFiles;
pub use cython::source_name;
pub(crate) use files_of_code::FilesOfCode;
use image::{Found, Image};
pub use language::Language;

/// A call with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFrame {
    /// The call as the other instruments report theirs: the function's whole name without arguments, the file as the
    /// compiler wrote it down, the symbol, the module's path, and as the address the one in the module that the call
    /// returns to. (In memory, where there is no module.)
    pub call: Frame,
    /// The language of the function, where it is known.
    pub language: Option<Language>,
    /// Whether the compiler put the function into its caller, the next frame.
    pub inlined: bool,
}

impl AsRef<Frame> for NamedFrame {
    fn as_ref(&self) -> &Frame {
        &self.call
    }
}

/// The function's name; where there is none, the module and the address in it (`libdemo.so+0x1234`).
impl fmt::Display for NamedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(function) = &self.call.place.function {
            return f.write_str(function);
        }
        let address = self.call.address.unwrap_or_default();
        match &self.call.linked.object {
            Some(object) => {
                let name = object.rsplit('/').next().unwrap_or(object);
                write!(f, "{name}+{address:#x}")
            }
            None => write!(f, "{address:#x}"),
        }
    }
}

/// Names the calls of recordings. It opens a file when the first call in it is asked for, keeps it open, and looks up each
/// address once.
#[derive(Default)]
pub struct Symbolizer {
    /// Where debug files are; [`debug_files::ROOT`] where it is none.
    root: Option<PathBuf>,
    known: Known,
    /// The files that were asked for, by what they are now.
    by_file: HashMap<(PathBuf, Option<Identity>), usize>,
    /// Which of the files a recording's modules are, as far as they were asked for.
    by_recording: HashMap<(PathBuf, u64), Vec<Option<usize>>>,
}

/// The files that were asked for, and what was found in them.
#[derive(Default)]
struct Known {
    files: Vec<CodeFile>,
    /// The calls that were named, by their file and the address in it.
    named: HashMap<(usize, u64), Rc<[NamedFrame]>>,
    /// C that was made by Cython.
    cython: CythonFiles,
}

/// A file that was asked for.
struct CodeFile {
    path: String,
    /// None where it cannot be read, or is not what was loaded.
    image: Option<Image>,
}

/// Which file a path leads to, and in what state: device, number, and when it was written.
type Identity = (u64, u64, SystemTime);

impl Symbolizer {
    /// One that has opened nothing yet.
    pub fn new() -> Symbolizer {
        Symbolizer::default()
    }

    /// The calls of a stack, innermost first, with those that were inlined.
    ///
    /// A file that is gone, is no ELF file, or was written after the process began has no names: its calls are known by
    /// their addresses alone.
    pub fn frames(&mut self, recording: &Recording, stack: StackId) -> Vec<NamedFrame> {
        let mut frames = Vec::new();
        for call in recording.stacks.calls(stack) {
            frames.extend(self.call(recording, call).iter().cloned());
        }
        frames
    }

    /// The calls at one return address: several where calls were inlined, innermost first; never none.
    fn call(&mut self, recording: &Recording, call: Call) -> Rc<[NamedFrame]> {
        let (module, returns_to) = match call {
            Call::Code { module, returns_to } => (module, returns_to),
            Call::Python { function, line } => {
                let function = recording.stacks.function(function);
                return Rc::new([of_python(function, line)]);
            }
        };
        let Some((file, bias)) = self.file(recording, module) else {
            return Rc::new([nameless(returns_to, None)]);
        };
        self.known.call(file, returns_to.wrapping_sub(bias))
    }

    /// The file of a recording's module, and its bias.
    fn file(&mut self, recording: &Recording, module: Option<u32>) -> Option<(usize, u64)> {
        let at = module? as usize;
        let module = recording.modules.get(at)?;
        let of = (recording.file.clone(), recording.begun_ns);
        let files = self.by_recording.entry(of).or_default();
        // A process that lives loads more.
        files.resize(files.len().max(recording.modules.len()), None);
        if let Some(file) = files[at] {
            return Some((file, module.bias));
        }
        let identity = identity(&module.path).filter(|(.., written)| {
            // What was written since is not what was loaded.
            recording.begun.is_none_or(|begun| *written <= begun)
        });
        let files_of_all = &mut self.known.files;
        let root = self.root.as_deref().unwrap_or(Path::new(debug_files::ROOT));
        let number = *self
            .by_file
            .entry((module.path.clone(), identity))
            .or_insert_with(|| {
                files_of_all.push(CodeFile {
                    path: module.path.to_string_lossy().into_owned(),
                    image: identity.and_then(|_| Image::open(&module.path, root)),
                });
                files_of_all.len() - 1
            });
        files[at] = Some(number);
        Some((number, module.bias))
    }
}

impl Known {
    /// The calls that return to an address of a file.
    fn call(&mut self, number: usize, address: u64) -> Rc<[NamedFrame]> {
        let file = &self.files[number];
        let cython = &mut self.cython;
        let look_up = || {
            // The call itself ends right before the address that it returns to.
            let image = file.image.as_ref();
            let found = image.map(|image| image.calls(address.wrapping_sub(1)));
            match found {
                Some(found) if !found.is_empty() => found
                    .into_iter()
                    .map(|found| of_source(name(found, address, &file.path), cython))
                    .collect(),
                _ => Rc::new([nameless(address, Some(&file.path))]) as Rc<[NamedFrame]>,
            }
        };
        let named = self.named.entry((number, address));
        Rc::clone(named.or_insert_with(look_up))
    }
}

fn identity(path: &Path) -> Option<Identity> {
    let about = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((about.dev(), about.ino(), about.modified().ok()?))
}

/// The call at its place in what a person wrote.
fn of_source(mut frame: NamedFrame, cython: &mut CythonFiles) -> NamedFrame {
    if let Some(place) = cython.place(&frame.call.place) {
        frame.call.place = place;
        frame.language = Some(Language::Cython);
    }
    frame
}

fn name(found: Found, address: u64, object: &str) -> NamedFrame {
    NamedFrame {
        call: Frame {
            place: Place {
                function: found.function.as_deref().and_then(demangle::clean_function),
                file: found.file,
                line: found.line.filter(|line| *line > 0),
            },
            linked: Linked {
                symbol: found.symbol,
                object: Some(object.to_owned()),
            },
            address: Some(address),
        },
        language: found.language,
        inlined: found.inlined,
    }
}

/// A frame of Python, which has its names with it.
fn of_python(function: Option<&PythonFunction>, line: Option<u32>) -> NamedFrame {
    NamedFrame {
        call: Frame {
            place: Place {
                function: function.map(|function| function.name.clone()),
                file: function.map(|function| function.file.clone()),
                line,
            },
            linked: Linked::default(),
            address: None,
        },
        language: Some(Language::Python),
        inlined: false,
    }
}

fn nameless(address: u64, object: Option<&str>) -> NamedFrame {
    NamedFrame {
        call: Frame {
            place: Place::default(),
            linked: Linked {
                symbol: None,
                object: object.map(str::to_owned),
            },
            address: Some(address),
        },
        language: None,
        inlined: false,
    }
}

#[cfg(test)]
mod tests;
