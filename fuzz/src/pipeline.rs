//! A pipeline's directory, edited.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use nlp_core::format::msgpack;

use crate::node::Node;
use crate::{Unstructured, config, edit_bytes, one_of, pick};

/// The small pipelines of nlp-core's tests: their names, and the names and contents of their files.
pub static PIPELINES: &[(&str, &[(&str, &[u8])])] =
    include!(concat!(env!("OUT_DIR"), "/pipelines.rs"));

/// The files of a pipeline, by their names.
pub struct Files(BTreeMap<&'static str, Vec<u8>>);

impl Files {
    /// One of the small pipelines.
    pub fn pick(u: &mut Unstructured<'_>) -> Files {
        let (_, files) = one_of(u, PIPELINES);
        Files(
            files
                .iter()
                .map(|(name, bytes)| (*name, bytes.to_vec()))
                .collect(),
        )
    }

    /// Changes one of the files.
    pub fn edit(&mut self, u: &mut Unstructured<'_>) {
        let names: Vec<&str> = self.0.keys().copied().collect();
        let Some(name) = names.get(pick(u, names.len().max(1))).copied() else {
            return;
        };
        let donor = names[pick(u, names.len())];
        let (_, theirs) = one_of(u, PIPELINES);
        match pick(u, 16) {
            0 => drop(self.0.remove(name)),
            1 => drop(self.0.insert(name, Vec::new())),
            2 => drop(self.0.insert(name, self.0[donor].clone())),
            3 => {
                // The same file of another pipeline, or of another of its components.
                let ending = name.rsplit('/').next().unwrap_or(name);
                let same: Vec<_> = theirs
                    .iter()
                    .filter(|(name, _)| name.ends_with(ending))
                    .collect();
                if !same.is_empty() {
                    self.0.insert(name, one_of(u, &same).1.to_vec());
                }
            }
            4 => {
                if let Some(bytes) = self.0.get_mut(name) {
                    edit_bytes(bytes, u);
                }
            }
            _ => {
                let other = theirs.iter().find(|(name, _)| *name == "config.cfg");
                let other = other.map(|(_, bytes)| String::from_utf8_lossy(bytes));
                let bytes = &self.0[name];
                let edited = edited(name, bytes, &other.unwrap_or_default(), u);
                self.0.insert(name, edited);
            }
        }
    }

    /// Writes them into `dir`, which then holds nothing else.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        match fs::remove_dir_all(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for (name, bytes) in &self.0 {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap_or(dir))?;
            fs::write(path, bytes)?;
        }
        Ok(())
    }
}

/// The file with one value changed, in whatever form it is.
fn edited(name: &str, bytes: &[u8], other_config: &str, u: &mut Unstructured<'_>) -> Vec<u8> {
    if name == "config.cfg" {
        return config::edit(&String::from_utf8_lossy(bytes), other_config, u).into_bytes();
    }
    if let Ok(value) = serde_json::from_slice(bytes) {
        let mut node = Node::of_json(&value);
        node.edit(u);
        return node.to_json().into_bytes();
    }
    if let Ok(value) = msgpack::read(bytes) {
        let mut node = Node::of_msgpack(&value);
        node.edit(u);
        return node.to_msgpack();
    }
    let mut bytes = bytes.to_vec();
    edit_bytes(&mut bytes, u);
    bytes
}
