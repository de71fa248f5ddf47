//! Growing sites seen by the function that answers for them, and across tools.

use std::collections::HashMap;

use harness_model::{GrowingSite, LeakKind};

/// What all the stacks that one function answers for gain per iteration.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionGrowth<'a> {
    /// The site that gains most: it has the function, the file and the line.
    pub worst: &'a GrowingSite,
    /// The lines of the function's sites, each once, in order.
    pub lines: Vec<u32>,
    /// The parts of the pipeline that were at work, each once, that of the most bytes first; none where it is not known.
    pub parts: Vec<&'a str>,
    /// Bytes gained per iteration by all of them.
    pub bytes_per_iteration: f64,
    /// Blocks gained per iteration by all of them.
    pub blocks_per_iteration: f64,
}

impl FunctionGrowth<'_> {
    /// The function with all its lines that grow.
    pub fn place(&self) -> String {
        self.worst.place.with_lines(&self.lines)
    }

    /// Whether a site is one of those that were added up.
    pub fn holds(&self, site: &GrowingSite) -> bool {
        key(self.worst) == key(site)
    }
}

/// What the sites of one row have in common.
fn key(site: &GrowingSite) -> (&str, Option<&str>, Option<bool>) {
    let lost = site.leak_kind.map(LeakKind::is_lost);
    (&site.place.function, site.place.file.as_deref(), lost)
}

/// Adds up the sites by the function that answers for them and by whether their blocks are lost, most bytes first.
pub fn by_function(sites: &[GrowingSite]) -> Vec<FunctionGrowth<'_>> {
    let mut functions: Vec<FunctionGrowth<'_>> = Vec::new();
    let mut places = HashMap::new();
    let mut sites: Vec<&GrowingSite> = sites.iter().collect();
    sites.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
    for site in sites {
        let at = *places.entry(key(site)).or_insert_with(|| {
            functions.push(FunctionGrowth {
                worst: site,
                lines: Vec::new(),
                parts: Vec::new(),
                bytes_per_iteration: 0.0,
                blocks_per_iteration: 0.0,
            });
            functions.len() - 1
        });
        let function = &mut functions[at];
        function.lines.extend(site.place.line);
        if let Some(part) = site
            .part
            .as_deref()
            .filter(|part| !function.parts.contains(part))
        {
            function.parts.push(part);
        }
        function.bytes_per_iteration += site.bytes_per_iteration;
        function.blocks_per_iteration += site.blocks_per_iteration;
    }
    for function in &mut functions {
        function.lines.sort_unstable();
        function.lines.dedup();
    }
    functions.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
    functions
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Place;

    fn site(function: &str, file: &str, line: u32, kind: LeakKind, bytes: f64) -> GrowingSite {
        GrowingSite {
            leak_kind: Some(kind),
            bytes_per_iteration: bytes,
            blocks_per_iteration: 1.0,
            short_bytes: 0,
            short_blocks: 0,
            long_bytes: 0,
            long_blocks: 0,
            place: Place {
                function: function.to_owned(),
                file: Some(file.to_owned()),
                line: Some(line),
            },
            part: None,
            frames: Vec::new(),
            held: Vec::new(),
        }
    }

    #[test]
    fn the_sites_of_one_function_are_added_up_and_what_is_kept_is_not_what_is_lost() {
        let mut sites: Vec<GrowingSite> = (1..=5)
            .map(|line| {
                site(
                    "resize",
                    "a.rs",
                    line,
                    LeakKind::DefinitelyLost,
                    f64::from(line),
                )
            })
            .collect();
        sites.push(site("resize", "a.rs", 9, LeakKind::StillReachable, 100.0));
        for (at, part) in [(0, "ner"), (2, "ner"), (3, "parser")] {
            sites[at].part = Some(part.to_owned());
        }
        let functions = by_function(&sites);
        let figures: Vec<_> = functions
            .iter()
            .map(|function| {
                (
                    function.bytes_per_iteration,
                    function.blocks_per_iteration,
                    function.worst.place.line,
                )
            })
            .collect();
        assert_eq!(figures, [(100.0, 1.0, Some(9)), (15.0, 5.0, Some(5))]);
        assert_eq!(functions[1].lines, [1, 2, 3, 4, 5]);
        assert_eq!(functions[1].parts, ["parser", "ner"]);
        assert!(functions[1].holds(&sites[0]) && !functions[1].holds(&sites[5]));
    }
}
