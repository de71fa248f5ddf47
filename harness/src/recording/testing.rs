//! Writes records as the library does, for tests.

use std::fs::File;
use std::mem::offset_of;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use harness_preload::record::{self, Code, Header, Lost, Module, Node, Site};

/// A record in the making, in a file.
pub(super) struct Writer {
    file: File,
    modules: u32,
    nodes: u32,
    sites: u32,
    parts: u32,
    functions: u32,
    texts: u32,
}

impl Writer {
    /// Begins a record of its full size, which is a hole, with node and site 0.
    pub fn begin(path: &Path) -> Writer {
        let file = File::create(path).unwrap();
        file.set_len(record::BYTES as u64).unwrap();
        let writer = Writer {
            file,
            modules: 0,
            nodes: 1,
            sites: 1,
            parts: 0,
            functions: 0,
            texts: 0,
        };
        writer.put(0, &record::MAGIC);
        writer.u32(offset_of!(Header, version), record::VERSION);
        writer.u32(offset_of!(Header, nodes), 1);
        writer.u32(offset_of!(Header, sites), 1);
        writer
    }

    pub fn put(&self, at: usize, bytes: &[u8]) {
        self.file.write_all_at(bytes, at as u64).unwrap();
    }

    pub fn u32(&self, at: usize, number: u32) {
        self.put(at, &number.to_le_bytes());
    }

    pub fn u64(&self, at: usize, number: u64) {
        self.put(at, &number.to_le_bytes());
    }

    /// Writes the executable and the command line.
    pub fn command(&self, executable: &Path, arguments: &[&str]) {
        self.put(
            offset_of!(Header, executable),
            executable.as_os_str().as_bytes(),
        );
        let text: String = arguments.iter().flat_map(|word| [word, "\0"]).collect();
        self.put(offset_of!(Header, command), text.as_bytes());
    }

    /// Adds a module, and says its number.
    pub fn module(&mut self, path: &Path, bias: u64, start: u64, end: u64) -> u32 {
        let at = record::MODULES + self.modules as usize * size_of::<Module>();
        self.u64(at + offset_of!(Module, bias), bias);
        self.u64(at + offset_of!(Module, start), start);
        self.u64(at + offset_of!(Module, end), end);
        let path = path.as_os_str().as_bytes();
        self.u32(at + offset_of!(Module, path_bytes), path.len() as u32);
        self.put(at + offset_of!(Module, path), path);
        self.modules += 1;
        self.u32(offset_of!(Header, modules), self.modules);
        self.modules
    }

    /// Adds a call, and says its node.
    pub fn node(&mut self, parent: u32, module: u32, pc: u64) -> u32 {
        let at = record::NODES + self.nodes as usize * size_of::<Node>();
        self.u32(at + offset_of!(Node, parent), parent);
        self.u32(at + offset_of!(Node, module), module);
        self.u64(at + offset_of!(Node, pc), pc);
        self.nodes += 1;
        self.u32(offset_of!(Header, nodes), self.nodes);
        self.nodes - 1
    }

    /// Adds a function of Python, and says its number.
    pub fn function(&mut self, name: &str, file: &str, first_line: u32) -> u32 {
        let at = record::CODES + self.functions as usize * size_of::<Code>();
        self.u32(at + offset_of!(Code, first_line), first_line);
        for (text, place, bytes) in [
            (
                name,
                offset_of!(Code, name_at),
                offset_of!(Code, name_bytes),
            ),
            (
                file,
                offset_of!(Code, file_at),
                offset_of!(Code, file_bytes),
            ),
        ] {
            self.put(record::TEXTS + self.texts as usize, text.as_bytes());
            self.u32(at + place, self.texts);
            self.u32(at + bytes, text.len() as u32);
            self.texts += text.len() as u32;
        }
        self.functions += 1;
        self.u32(offset_of!(Header, codes), self.functions);
        self.u32(offset_of!(Header, texts), self.texts);
        self.functions
    }

    /// Adds a site of which so many blocks live, and says its number.
    pub fn site(&mut self, node: u32, kind: u32, bytes: i64, blocks: u64) -> u32 {
        let at = record::SITES + self.sites as usize * size_of::<Site>();
        self.u32(at + offset_of!(Site, node), node);
        self.u32(at + offset_of!(Site, kind), kind);
        // Of which one was given back.
        self.u64(at + offset_of!(Site, taken), blocks + 1);
        self.u64(at + offset_of!(Site, freed), 1);
        self.u64(at + offset_of!(Site, live_bytes), bytes as u64);
        self.sites += 1;
        self.u32(offset_of!(Header, sites), self.sites);
        self.sites - 1
    }

    /// Says that a site is a part of another one.
    pub fn part(&mut self, site: u32, part: u16) {
        let at = record::SITES + site as usize * size_of::<Site>();
        // Above the kind, of which every one has a small number.
        self.put(at + offset_of!(Site, part), &part.to_le_bytes());
        self.parts += 1;
        self.u32(offset_of!(Header, parts), self.parts);
    }

    /// Says that bytes of a site are definitely lost.
    pub fn lost(&self, site: u32, bytes: u64) {
        let at = record::LOST + site as usize * size_of::<Lost>();
        self.u64(at + offset_of!(Lost, definite_bytes), bytes);
        self.u64(at + offset_of!(Lost, definite_blocks), 1);
    }
}
