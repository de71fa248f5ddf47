//! The tree of a crate's modules, and where a path in one of them leads.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::lexer::tokens;
use crate::paths::Code;

/// A crate's modules; the first is its root.
pub(crate) struct Tree {
    pub modules: Vec<Module>,
}

pub(crate) struct Module {
    pub name: String,
    pub parent: Option<usize>,
    pub children: HashMap<String, usize>,
    /// The file, from the folder of the sources.
    pub file: PathBuf,
    /// The lines of the file, to be shown.
    pub lines: Vec<String>,
    pub code: Code,
}

/// Re-exports of re-exports that are followed.
const MAX_STEPS: usize = 16;

impl Tree {
    /// Reads `root`, a file in `src`, and all modules that it names.
    pub fn read(src: &Path, root: &str) -> io::Result<Tree> {
        let mut tree = Tree {
            modules: Vec::new(),
        };
        tree.add_file(src, Path::new(root), "crate", None, Path::new(""))?;
        Ok(tree)
    }

    /// Adds the module in `file`, whose children's files lie in `folder`.
    fn add_file(
        &mut self,
        src: &Path,
        file: &Path,
        name: &str,
        parent: Option<usize>,
        folder: &Path,
    ) -> io::Result<()> {
        let path = src.join(file);
        let text = fs::read_to_string(&path)
            .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
        let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        self.add(
            src,
            file,
            &lines,
            Code::read(&tokens(&text)),
            name,
            parent,
            folder,
        )
    }

    #[allow(clippy::too_many_arguments, reason = "a step of a recursion")]
    fn add(
        &mut self,
        src: &Path,
        file: &Path,
        lines: &[String],
        mut code: Code,
        name: &str,
        parent: Option<usize>,
        folder: &Path,
    ) -> io::Result<()> {
        let inline = std::mem::take(&mut code.inline);
        let files = code.files.clone();
        let id = self.modules.len();
        self.modules.push(Module {
            name: name.to_owned(),
            parent,
            children: HashMap::new(),
            file: file.to_path_buf(),
            lines: lines.to_vec(),
            code,
        });
        if let Some(parent) = parent {
            self.modules[parent].children.insert(name.to_owned(), id);
        }
        for name in files {
            let below = folder.join(&name);
            let flat = folder.join(format!("{name}.rs"));
            let file = match src.join(&flat).exists() {
                true => flat,
                false => below.join("mod.rs"),
            };
            self.add_file(src, &file, &name, Some(id), &below)?;
        }
        for (name, code) in inline {
            let below = folder.join(&name);
            self.add(src, file, lines, code, &name, Some(id), &below)?;
        }
        Ok(())
    }

    /// The modules from the root to `module`, which is the last.
    pub fn ancestry(&self, module: usize) -> Vec<usize> {
        let mut line = vec![module];
        while let Some(parent) = self.modules[line[line.len() - 1]].parent {
            line.push(parent);
        }
        line.reverse();
        line
    }

    /// The path of a module, without the crate: `pipeline::tagger`.
    pub fn path(&self, module: usize) -> String {
        let line = self.ancestry(module);
        let names: Vec<&str> = line[1..]
            .iter()
            .map(|&id| self.modules[id].name.as_str())
            .collect();
        names.join("::")
    }

    /// The module that defines what `path` names in `from`; `None` where that is another crate's, or no path of modules.
    pub fn resolve(&self, from: usize, path: &[String]) -> Option<usize> {
        self.walk(from, path, MAX_STEPS)
    }

    fn walk(&self, from: usize, path: &[String], steps: usize) -> Option<usize> {
        let steps = steps.checked_sub(1)?;
        let mut here = from;
        let mut rest = path;
        let (first, after) = path.split_first()?;
        match first.as_str() {
            "crate" => (here, rest) = (0, after),
            "self" => rest = after,
            "super" => {}
            name => {
                let module = &self.modules[from];
                if !module.children.contains_key(name) {
                    if module.code.items.contains(name) {
                        return Some(from);
                    }
                    return self.imported(from, path, steps);
                }
            }
        }
        while let Some((name, after)) = rest.split_first() {
            let module = &self.modules[here];
            if name == "super" {
                here = module.parent?;
            } else if let Some(&child) = module.children.get(name) {
                here = child;
            } else if module.code.items.contains(name) {
                return Some(here);
            } else {
                // Where nothing leads on, it is at least this module's affair: a macro may have written it.
                return self.imported(here, rest, steps).or(Some(here));
            }
            rest = after;
        }
        Some(here)
    }

    /// Where `path` leads whose first name `module` imports.
    fn imported(&self, module: usize, path: &[String], steps: usize) -> Option<usize> {
        let (name, after) = path.split_first()?;
        let imports = &self.modules[module].code.imports;
        for import in imports.iter().filter(|import| import.name == *name) {
            if import.path.first() == Some(name) && import.path.len() == 1 {
                continue; // another crate: `use libc;`
            }
            let whole: Vec<String> = import.path.iter().chain(after).cloned().collect();
            if let Some(found) = self.walk(module, &whole, steps) {
                return Some(found);
            }
        }
        for import in imports.iter().filter(|import| import.name == "*") {
            let Some(target) = self.walk(module, &import.path, steps) else {
                continue;
            };
            let there = &self.modules[target];
            if target != module
                && (there.code.items.contains(name)
                    || there.children.contains_key(name)
                    || there.code.imports.iter().any(|i| i.name == *name))
            {
                return self.walk(target, path, steps);
            }
        }
        None
    }
}
