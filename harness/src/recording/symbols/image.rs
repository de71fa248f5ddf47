//! A file with code: which calls stand at an address of it.

use std::path::Path;

use addr2line::Loader;

use super::debug_files::{self, About};
use super::language::Language;

/// A call at an address, as the debug information and the linker's symbols know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The function as it was written down: mangled or not.
    pub function: Option<String>,
    /// The linker's symbol; of a call that was inlined, none.
    pub symbol: Option<String>,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub language: Option<Language>,
    pub inlined: bool,
}

/// A file whose code can be asked about.
pub(super) struct Image {
    /// The file that has most to say: the one that the debug information was split off into, or the file itself.
    best: Loader,
    /// The file itself, where that is another: its dynamic symbols.
    itself: Option<Loader>,
    code: Vec<(u64, u64)>,
    loaded: Vec<(u64, u64, u64)>,
    build_id: Vec<u8>,
}

impl Image {
    /// Opens the file at `path`; `None` where it is no ELF file. The big parts of it are mapped, and read when they are
    /// needed.
    pub fn open(path: &Path, root: &Path) -> Option<Image> {
        let file = debug_files::open(path)?;
        let about = About::read(file)?;
        let split = (!about.has_debug_information)
            .then(|| about.debug_file(path, root))
            .flatten()
            .and_then(|split| load(&split, root));
        let (best, itself) = match split {
            Some(split) => (split, load(path, root)),
            None => (load(path, root)?, None),
        };
        Some(Image {
            best,
            itself,
            code: about.code,
            loaded: about.loaded,
            build_id: about.build_id,
        })
    }

    /// Whether its build ID is this one, in hexadecimal digits.
    pub fn has_build_id(&self, expected: &str) -> bool {
        let own: String = self
            .build_id
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        own.eq_ignore_ascii_case(expected)
    }

    /// The address at which a byte of the file is loaded.
    pub fn address_of(&self, offset: u64) -> Option<u64> {
        self.loaded
            .iter()
            .find(|(begin, size, _)| offset >= *begin && offset - begin < *size)
            .map(|(begin, _, address)| address.wrapping_add(offset - begin))
    }

    /// The calls at an address of the file, innermost first: several where calls were inlined, none where nothing is known
    /// of it.
    pub fn calls(&self, address: u64) -> Vec<Found> {
        // Another file may have come to the path.
        if !self
            .code
            .iter()
            .any(|(begin, end)| (*begin..*end).contains(&address))
        {
            return Vec::new();
        }
        let mut calls = self.inlined_calls(address).unwrap_or_default();
        let symbol = self.symbol(address);
        match (calls.last_mut(), symbol) {
            (Some(outermost), symbol) => add_symbol(outermost, symbol),
            (None, Some(symbol)) => calls.push(Found {
                language: Language::from_symbol(symbol),
                function: Some(symbol.to_owned()),
                symbol: Some(symbol.to_owned()),
                file: None,
                line: None,
                inlined: false,
            }),
            (None, None) => {}
        }
        calls
    }

    /// What the debug information says.
    fn inlined_calls(&self, address: u64) -> Option<Vec<Found>> {
        let mut calls: Vec<Found> = Vec::new();
        let mut frames = self.best.find_frames(address).ok()?;
        // What stands behind damage is lost, and what came before is not.
        while let Ok(Some(frame)) = frames.next() {
            if let Some(inner) = calls.last_mut() {
                inner.inlined = true;
            }
            let (file, line) = frame
                .location
                .map_or((None, None), |at| (at.file.map(str::to_owned), at.line));
            let language = frame.function.as_ref().and_then(|name| name.language);
            let function = frame
                .function
                .and_then(|name| name.raw_name().map(|name| name.into_owned()).ok());
            let language = language.and_then(Language::from_dwarf).or_else(|| {
                let by_name = function.as_deref().and_then(Language::from_symbol);
                by_name.or_else(|| file.as_deref().and_then(Language::from_file))
            });
            calls.push(Found {
                function,
                symbol: None,
                file,
                line,
                language,
                inlined: false,
            });
        }
        Some(calls)
    }

    fn symbol(&self, address: u64) -> Option<&str> {
        let name = self
            .best
            .find_symbol(address)
            .or_else(|| self.itself.as_ref()?.find_symbol(address))?;
        // `malloc@@GLIBC_2.2.5`
        Some(name.split('@').next().unwrap_or(name)).filter(|name| !name.is_empty())
    }
}

/// Gives the outermost call its symbol, whose name is the fuller one where compilers leave out the mangled one.
fn add_symbol(call: &mut Found, symbol: Option<&str>) {
    let Some(symbol) = symbol else { return };
    call.symbol = Some(symbol.to_owned());
    let mangled = Language::from_symbol(symbol);
    let fuller = match &call.function {
        None => true,
        // Functions that were folded into one have one symbol, which may be another's.
        Some(function) => mangled.is_some() && symbol.contains(function.as_str()),
    };
    if fuller {
        call.function = Some(symbol.to_owned());
    }
    call.language = call.language.or(mangled);
}

/// Opens the file and the one that it shares debug information with.
fn load(path: &Path, root: &Path) -> Option<Loader> {
    let about = About::read(debug_files::open(path)?)?;
    let shared = about.shared_file(path, root);
    Loader::new_with_sup(path, shared.as_ref())
        .or_else(|_| Loader::new(path))
        .ok()
}
