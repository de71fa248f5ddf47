//! The Python interpreter of a process, and the functions of Python that stand in its stacks.

/// The Python interpreter of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Python {
    /// The first two numbers of its release.
    pub version: (u8, u8),
    /// Whether its frames are in the stacks.
    pub frames: PythonFrames,
    /// The module that it is, by its place in `Recording::modules`.
    pub module: Option<u32>,
    /// Stacks with more frames of Python than the library keeps.
    pub cut: u64,
    /// Whether its collector ran right before the last snapshot.
    pub collected: bool,
}

/// What came of Python's frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PythonFrames {
    /// None was met.
    None,
    /// They are in the stacks.
    Read,
    /// What they should lie at was not what lies there: they are left out.
    Strange,
    /// Of this release it is not known where they lie: they are left out.
    Unknown,
}

/// A function of Python, the body of a class or a module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PythonFunction {
    /// Its name: `Client.__init__` from CPython 3.11 on, `__init__` before; `<module>`, `<lambda>`.
    pub name: String,
    /// Its file, as Python has it: `<string>` for what was no file.
    pub file: String,
    /// Its first line.
    pub first_line: u32,
}
