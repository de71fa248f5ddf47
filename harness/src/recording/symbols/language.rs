//! In which language code was written.

use std::fmt;

use addr2line::gimli::{self, DwLang};

/// A language, as the compiler told the debugger, or as a name is mangled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// C.
    C,
    /// C++.
    Cpp,
    /// Rust.
    Rust,
    /// Fortran.
    Fortran,
    /// Ada.
    Ada,
    /// D.
    D,
    /// Go.
    Go,
    /// Objective-C, and Objective-C++.
    ObjectiveC,
    /// Swift.
    Swift,
    /// Zig.
    Zig,
    /// An assembler's.
    Assembly,
    /// Python.
    Python,
    /// Cython, which is compiled to C.
    Cython,
}

impl Language {
    /// Its name, as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Language::C => "C",
            Language::Cpp => "C++",
            Language::Rust => "Rust",
            Language::Fortran => "Fortran",
            Language::Ada => "Ada",
            Language::D => "D",
            Language::Go => "Go",
            Language::ObjectiveC => "Objective-C",
            Language::Swift => "Swift",
            Language::Zig => "Zig",
            Language::Assembly => "assembly",
            Language::Python => "Python",
            Language::Cython => "Cython",
        }
    }

    /// The language of DWARF's `DW_AT_language`.
    pub(super) fn from_dwarf(language: DwLang) -> Option<Language> {
        Some(match language {
            gimli::DW_LANG_C89
            | gimli::DW_LANG_C
            | gimli::DW_LANG_C99
            | gimli::DW_LANG_C11
            | gimli::DW_LANG_C17 => Language::C,
            gimli::DW_LANG_C_plus_plus
            | gimli::DW_LANG_C_plus_plus_03
            | gimli::DW_LANG_C_plus_plus_11
            | gimli::DW_LANG_C_plus_plus_14
            | gimli::DW_LANG_C_plus_plus_17
            | gimli::DW_LANG_C_plus_plus_20 => Language::Cpp,
            gimli::DW_LANG_Rust => Language::Rust,
            gimli::DW_LANG_Fortran77
            | gimli::DW_LANG_Fortran90
            | gimli::DW_LANG_Fortran95
            | gimli::DW_LANG_Fortran03
            | gimli::DW_LANG_Fortran08
            | gimli::DW_LANG_Fortran18 => Language::Fortran,
            gimli::DW_LANG_Ada83
            | gimli::DW_LANG_Ada95
            | gimli::DW_LANG_Ada2005
            | gimli::DW_LANG_Ada2012 => Language::Ada,
            gimli::DW_LANG_D => Language::D,
            gimli::DW_LANG_Go => Language::Go,
            gimli::DW_LANG_ObjC | gimli::DW_LANG_ObjC_plus_plus => Language::ObjectiveC,
            gimli::DW_LANG_Swift => Language::Swift,
            gimli::DW_LANG_Zig => Language::Zig,
            gimli::DW_LANG_Mips_Assembler | gimli::DW_LANG_SUN_Assembler => Language::Assembly,
            _ => return None,
        })
    }

    /// The language whose mangling a symbol has.
    pub fn from_symbol(symbol: &str) -> Option<Language> {
        if rustc_demangle::try_demangle(symbol).is_ok() {
            return Some(Language::Rust);
        }
        symbol.starts_with("_Z").then_some(Language::Cpp)
    }

    /// The language of a file by the end of its name, where that leaves no doubt.
    pub fn from_file(file: &str) -> Option<Language> {
        Some(match file.rsplit_once('.')?.1 {
            "rs" => Language::Rust,
            "s" | "S" | "asm" => Language::Assembly,
            _ => return None,
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_mangling() {
        for (symbol, language) in [
            ("_RNvNtCs123_4demo3foo3bar", Some(Language::Rust)),
            ("_ZN4demo3bar17h0123456789abcdefE", Some(Language::Rust)),
            ("_ZL7receiveib", Some(Language::Cpp)),
            ("main", None),
        ] {
            assert_eq!(Language::from_symbol(symbol), language, "{symbol}");
        }
    }
}
