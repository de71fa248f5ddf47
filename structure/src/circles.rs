//! Who uses whom at each level of the tree, and the circles in that.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use crate::modules::{Module, Tree};

/// One module uses another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The module that uses, by its path in the crate: `pipeline::tagger`.
    pub from: String,
    /// The module that is used.
    pub to: String,
    /// The first line that says so, with its file and number: `pipeline/tagger.rs:3: use super::parser::add_labels`.
    pub line: String,
}

/// Modules that use each other in a circle: each edge begins where the one before ended, and the last ends where the first
/// began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The edges, in order.
    pub edges: Vec<Edge>,
    /// Whether a folder's own file is a part of it; the others are circles of siblings alone.
    pub through_own_file: bool,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, edge) in self.edges.iter().enumerate() {
            if i == 0 {
                f.write_str(&edge.from)?;
            }
            write!(f, " -> {} ({})", edge.to, edge.line)?;
        }
        Ok(())
    }
}

/// At one level, by the module above it: who uses whom, and where that is said. The module above stands for its own file.
type Level = BTreeMap<(usize, usize), String>;

/// The circles of every level, from the root down: of siblings alone first, then those that lead through the folder's own
/// file.
pub(crate) fn find(tree: &Tree) -> Vec<Circle> {
    let mut found = Vec::new();
    for (above, level) in levels(tree) {
        let touches_own_file = |edge: &(usize, usize)| edge.0 == above || edge.1 == above;
        let (own, mut edges): (Level, Level) = level
            .into_iter()
            .partition(|(edge, _)| touches_own_file(edge));
        for through_own_file in [false, true] {
            if through_own_file {
                edges.extend(own.clone());
            }
            while let Some(circle) = shortest(&edges) {
                let shown = circle.iter().map(|edge| Edge {
                    from: name(tree, edge.0, above),
                    to: name(tree, edge.1, above),
                    line: edges[edge].clone(),
                });
                found.push(Circle {
                    edges: shown.collect(),
                    through_own_file,
                });
                edges.retain(|edge, _| !circle.contains(edge));
            }
        }
    }
    found
}

/// A node's name: the module above is there for what its own file holds.
fn name(tree: &Tree, node: usize, above: usize) -> String {
    let path = tree.path(node);
    match (node == above, path.is_empty()) {
        (true, true) => "self".to_owned(),
        (true, false) => format!("{path}::self"),
        (false, _) => path,
    }
}

fn levels(tree: &Tree) -> BTreeMap<usize, Level> {
    let mut levels: BTreeMap<usize, Level> = BTreeMap::new();
    for (from, module) in tree.modules.iter().enumerate() {
        for (path, line) in uses(module) {
            let Some(to) = tree.resolve(from, path) else {
                continue;
            };
            let Some((above, edge)) = part(tree, from, to) else {
                continue;
            };
            let text = module
                .lines
                .get(line - 1)
                .map_or("", |line| line.trim_end_matches(';'));
            let file = module.file.display().to_string().replace('\\', "/");
            let level = levels.entry(above).or_default();
            level
                .entry(edge)
                .or_insert_with(|| format!("{file}:{line}: {text}"));
        }
    }
    levels
}

/// The paths that a module uses, with their lines: imports that are more than a re-export, and what stands in its code.
fn uses(module: &Module) -> impl Iterator<Item = (&[String], usize)> {
    let code = &module.code;
    let imports = code.imports.iter();
    let used = imports.filter(|import| !import.public || code.names.contains(&import.name));
    let imports = used.map(|import| (import.path.as_slice(), import.line));
    let paths = code
        .paths
        .iter()
        .map(|(path, line)| (path.as_slice(), *line));
    imports.chain(paths)
}

/// Where two modules part: the module above, and the two below it that they lie in, or that module itself.
fn part(tree: &Tree, from: usize, to: usize) -> Option<(usize, (usize, usize))> {
    if from == to {
        return None;
    }
    let (from, to) = (tree.ancestry(from), tree.ancestry(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let above = from[common - 1];
    let below = |line: &[usize]| line.get(common).copied().unwrap_or(above);
    Some((above, (below(&from), below(&to))))
}

/// The shortest circle of a level.
fn shortest(level: &Level) -> Option<Vec<(usize, usize)>> {
    let circles = level.keys().filter_map(|&(from, to)| {
        let mut circle = vec![(from, to)];
        circle.extend(way(level, to, from)?);
        Some(circle)
    });
    circles.min_by_key(Vec::len)
}

/// The shortest way from one node to another.
fn way(level: &Level, from: usize, to: usize) -> Option<Vec<(usize, usize)>> {
    let mut came_by: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(node) = queue.pop_front() {
        for (&edge, _) in level.range((node, 0)..=(node, usize::MAX)) {
            if edge.1 != from && !came_by.contains_key(&edge.1) {
                came_by.insert(edge.1, edge);
                queue.push_back(edge.1);
            }
        }
    }
    let mut way = vec![*came_by.get(&to)?];
    while way[way.len() - 1].0 != from {
        way.push(came_by[&way[way.len() - 1].0]);
    }
    way.reverse();
    Some(way)
}
