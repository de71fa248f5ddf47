//! Who holds the objects of an interpreter: what the library writes beside a record, a line of JSON for each call site.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use super::stacks::StackId;

/// The most that is read of a file, in bytes. The library tells of some hundred call sites.
const MOST: u64 = 4 << 20;
/// The most types of a call site's objects, and links of a chain, that are believed.
const MOST_PARTS: usize = 64;
/// The most letters of each.
const MOST_LETTERS: usize = 500;

/// What some objects of a call site are, and what holds them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// Their types and how many of them were of each, the most first.
    pub objects: Vec<(String, u64)>,
    /// What holds most of them, innermost first: the object itself, and one by one what holds it.
    pub held_by: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Site {
        stack: u32,
        objects: Vec<(String, u64)>,
        held_by: Vec<String>,
    },
    Failed {
        failed: String,
    },
}

/// Reads what stands beside a record of so many nodes, if there is anything; what is wrong with it, in clauses.
pub(super) fn beside(record: &Path, nodes: usize) -> (HashMap<StackId, Held>, Vec<String>) {
    let text = match File::open(record.with_extension("holders")) {
        Ok(file) => read_text(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Default::default(),
        Err(error) => Err(error),
    };
    match text {
        Ok(text) => parse(&text, nodes),
        Err(error) => {
            let why = format!("what holds its objects could not be read: {error}");
            (HashMap::new(), vec![why])
        }
    }
}

fn read_text(file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn parse(text: &str, nodes: usize) -> (HashMap<StackId, Held>, Vec<String>) {
    let (mut all, mut complaints, mut strange) = (HashMap::new(), Vec::new(), 0);
    if text.is_empty() {
        complaints.push("what holds its objects was not found out".to_owned());
    }
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(Line::Site {
                stack,
                objects,
                held_by,
            }) if (stack as usize) < nodes => {
                let mut objects: Vec<(String, u64)> = objects
                    .into_iter()
                    .map(|(name, count)| (cut(name), count))
                    .collect();
                objects.truncate(MOST_PARTS);
                let held_by = held_by.into_iter().take(MOST_PARTS).map(cut).collect();
                all.entry(StackId(stack))
                    .or_insert(Held { objects, held_by });
            }
            Ok(Line::Failed { failed }) => complaints.push(format!(
                "what holds its objects was not found out: {}",
                cut(failed)
            )),
            Ok(Line::Site { .. }) | Err(_) => strange += 1,
        }
    }
    if strange > 0 {
        complaints.push(format!(
            "{strange} lines of what holds its objects cannot be made out"
        ));
    }
    (all, complaints)
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const LINE: &str = r#"{"stack":3,"objects":[["bytearray",11],["list",1]],"held_by":["bytearray","list jobs.KEPT","module jobs"]}"#;

    #[test]
    fn each_line_tells_of_a_call_site() {
        let (all, complaints) = parse(&format!("{LINE}\n"), 4);
        assert_eq!(complaints, Vec::<String>::new());
        let held = &all[&StackId(3)];
        let objects = [("bytearray".to_owned(), 11), ("list".to_owned(), 1)];
        assert_eq!(held.objects, objects);
        assert_eq!(held.held_by, ["bytearray", "list jobs.KEPT", "module jobs"]);
    }

    #[test]
    fn what_cannot_be_made_out_is_counted_and_the_rest_is_read() {
        let text = format!("{LINE}\n{{\"stack\":\n[]\n{}\n", LINE.replace('3', "9"));
        let (all, complaints) = parse(&text, 4);
        assert_eq!(all.len(), 1);
        let wanted = "3 lines of what holds its objects cannot be made out";
        assert_eq!(complaints, [wanted]);
    }

    #[test]
    fn no_file_is_nothing_and_one_without_a_line_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("7-0.record");
        assert_eq!(beside(&record, 4), Default::default());
        fs::write(folder.path().join("7-0.holders"), "").unwrap();
        let (all, complaints) = beside(&record, 4);
        assert!(all.is_empty());
        assert_eq!(complaints, ["what holds its objects was not found out"]);
        let failed = r#"{"failed":"MemoryError:  (line 7)"}"#;
        fs::write(folder.path().join("7-0.holders"), failed).unwrap();
        let why = "what holds its objects was not found out: MemoryError:  (line 7)";
        assert_eq!(beside(&record, 4).1, [why]);
    }

    #[test]
    fn no_more_is_believed_than_the_library_writes() {
        let long = "x".repeat(10_000);
        let parts = vec![long.as_str(); 1000];
        let line = serde_json::json!({"stack": 1, "objects": [], "held_by": parts}).to_string();
        let (all, _) = parse(&line, 2);
        let held = &all[&StackId(1)];
        assert_eq!(held.held_by.len(), MOST_PARTS);
        assert!(held.held_by.iter().all(|part| part.len() == MOST_LETTERS));
    }
}
