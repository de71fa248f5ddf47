//! Keys by which equal stacks of several runs are found.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::python::PythonFunction;
use super::recorded::{Module, Recording};
use super::stacks::{Call, StackId};

/// A name for a stack that is the same in every run of the same programs, wherever they were loaded: 128 bits made of the
/// path of the module and the offset in it of each call, and for a frame of Python of its file, function and line. Two stacks of a million have the same by chance in one of 10^26
/// runs. Code that belongs to no module (made at run time) is the same everywhere, since its addresses mean nothing in
/// another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StackKey(pub u128);

impl StackKey {
    /// That of the unknown stack, which has no calls.
    pub const UNKNOWN: StackKey = StackKey(Fnv::START);
}

/// The keys of all stacks of a recording, made at once: a stack's key is made of its caller's.
#[derive(Debug, Clone)]
pub struct StackKeys {
    keys: Vec<StackKey>,
}

impl StackKeys {
    /// Makes the keys.
    pub fn new(recording: &Recording) -> StackKeys {
        let paths: Vec<u128> = recording.modules.iter().map(path_key).collect();
        let functions: Vec<u128> = recording
            .stacks
            .functions
            .iter()
            .map(function_key)
            .collect();
        let nodes = &recording.stacks.nodes;
        let mut keys = Vec::with_capacity(nodes.len());
        for (id, node) in nodes.iter().enumerate() {
            if id == 0 {
                keys.push(StackKey::UNKNOWN);
                continue;
            }
            let mut key = Fnv(Fnv::START);
            let StackKey(caller) = keys[node.parent as usize];
            key.add(&caller.to_le_bytes());
            match node.call() {
                Call::Code { module, .. } => {
                    let at = module.map(|at| at as usize);
                    if let Some((module, path)) =
                        at.and_then(|at| Some((recording.modules.get(at)?, paths.get(at)?)))
                    {
                        key.add(&path.to_le_bytes());
                        key.add(&node.pc.wrapping_sub(module.bias).to_le_bytes());
                    }
                }
                Call::Python { function, line } => {
                    let at = function.wrapping_sub(1) as usize;
                    key.add(&functions.get(at).copied().unwrap_or_default().to_le_bytes());
                    key.add(&line.unwrap_or_default().to_le_bytes());
                }
            }
            keys.push(StackKey(key.0));
        }
        StackKeys { keys }
    }

    /// The key of a stack.
    pub fn of(&self, stack: StackId) -> StackKey {
        let key = self.keys.get(stack.0 as usize);
        key.copied().unwrap_or(StackKey::UNKNOWN)
    }
}

fn path_key(module: &Module) -> u128 {
    let mut key = Fnv(Fnv::START);
    key.add(Path::as_os_str(&module.path).as_bytes());
    key.0
}

fn function_key(function: &PythonFunction) -> u128 {
    let mut key = Fnv(Fnv::START);
    for text in [&function.file, &function.name] {
        key.add(text.as_bytes());
        key.add(&[0]);
    }
    key.0
}

/// FNV-1a, 128 bits.
struct Fnv(u128);

impl Fnv {
    const START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
}
