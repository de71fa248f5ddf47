//! The lines of Cython behind the C that it makes: each statement of that has a comment with its line in front.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;

use harness_model::Place;

use crate::files;

/// Longer files are not read.
const LONGEST: u64 = 256 << 20;

/// C files that Cython made, as far as they were asked for.
#[derive(Default)]
pub struct CythonFiles {
    read: HashMap<String, Option<Rc<str>>>,
}

impl CythonFiles {
    /// The place in Cython's source of a place in C that it made; `None` for other C, and where the C is not at hand.
    pub fn place(&mut self, place: &Place<Option<String>>) -> Option<Place<Option<String>>> {
        let function = place.function.as_deref()?;
        let (file, line) = (place.file.as_deref()?, place.line?);
        if !function.starts_with("__pyx_") {
            return None;
        }
        let known = self.read.entry(file.to_owned());
        let text = known.or_insert_with(|| read(Path::new(file))).clone()?;
        let (source, line) = source_line(&text, line)?;
        Some(Place {
            function: Some(source_name(function)),
            file: Some(beside(Path::new(file), source)),
            line: Some(line),
        })
    }
}

fn read(file: &Path) -> Option<Rc<str>> {
    let mut bytes = Vec::new();
    let opened = files::open(file).ok()?;
    opened.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into())
}

/// The last comment at or above a line, and within its function, that has a place: `/* "demo/work.pyx":12`.
fn source_line(text: &str, line: u32) -> Option<(&str, u32)> {
    let above: Vec<&str> = text.lines().take(line as usize).collect();
    let within = above.iter().rev().take_while(|line| !line.starts_with('}'));
    let mut places = within.filter_map(|line| {
        let (file, rest) = line.trim_start().strip_prefix("/* \"")?.split_once("\":")?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        let line = digits.parse().ok().filter(|line| *line > 0)?;
        Some((file, line))
    });
    places.next()
}

/// `demo.Client.close` for `__pyx_pf_4demo_6Client_2close`: names of what a function stands in have their lengths in front,
/// and the function itself may have a number.
pub fn source_name(symbol: &str) -> String {
    let Some((_, mut rest)) = [
        "__pyx_pf_",
        "__pyx_pw_",
        "__pyx_f_",
        "__pyx_gb_",
        "__pyx_fuse_",
    ]
    .iter()
    .find_map(|prefix| symbol.strip_prefix(prefix).map(|rest| (prefix, rest))) else {
        return symbol.to_owned();
    };
    let mut parts: Vec<&str> = Vec::new();
    while let Some((part, behind)) = named_part(rest) {
        parts.push(part);
        rest = behind;
    }
    let name = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    parts.push(if name.is_empty() { rest } else { name });
    parts.join(".")
}

/// The name at the beginning of `6Client_2close`, and what comes behind it.
fn named_part(text: &str) -> Option<(&str, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let length: usize = text[..digits].parse().ok()?;
    let part = text.get(digits..digits.checked_add(length)?)?;
    let behind = text[digits + length..].strip_prefix('_')?;
    (!part.is_empty() && !behind.is_empty()).then_some((part, behind))
}

/// The source as it was named when the C was made, or where it lies near that.
fn beside(made: &Path, source: &str) -> String {
    let folders = made.ancestors().skip(1).take(8);
    let mut near = folders.map(|folder| folder.join(source));
    let name = Path::new(source).file_name().unwrap_or_default();
    let next_to_it = made.with_file_name(name);
    let found = near
        .find(|path| path.is_file())
        .or_else(|| next_to_it.is_file().then_some(next_to_it));
    found.map_or_else(
        || source.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: &str = r#"static PyObject *__pyx_pf_4demo_keep(PyObject *self) {
  /* "demo.pyx":3
 * def keep():
 *     kept.append(bytearray(5000))     # <<<<<<<<<<<<<<
 */
  __pyx_t_1 = 0;
  if (unlikely(!__pyx_t_1)) __PYX_ERR(0, 3, __pyx_L1_error)
  /* "demo.pyx":4
 *     return kept
 */
  __pyx_r = __pyx_t_1;
}

static PyObject *__pyx_pw_4demo_1keep(PyObject *self) {
  return __pyx_pf_4demo_keep(self);
}
"#;

    #[test]
    fn a_line_of_c_is_that_of_the_comment_before_it_in_its_function() {
        assert_eq!(source_line(MADE, 6), Some(("demo.pyx", 3)));
        assert_eq!(source_line(MADE, 7), Some(("demo.pyx", 3)));
        assert_eq!(source_line(MADE, 11), Some(("demo.pyx", 4)));
        assert_eq!(source_line(MADE, 1), None, "before the first");
        assert_eq!(source_line(MADE, 15), None, "another function's");
        assert_eq!(source_line("/* \"a.pyx\":x", 1), None);
        assert_eq!(source_line("", 9), None);
    }

    #[test]
    fn names_of_functions_are_read_out_of_symbols() {
        for (symbol, name) in [
            ("__pyx_pf_4demo_keep", "demo.keep"),
            ("__pyx_pw_4demo_1keep", "demo.keep"),
            ("__pyx_pf_4demo_6Client_2close", "demo.Client.close"),
            ("__pyx_pf_4demo_6Client___init__", "demo.Client.__init__"),
            (
                "__pyx_f_5spacy_6tokens_3doc_3Doc_push_back",
                "spacy.tokens.doc.Doc.push_back",
            ),
            ("__pyx_tp_new_4demo_Client", "__pyx_tp_new_4demo_Client"),
            ("__pyx_pf_", ""),
            ("__pyx_pf_99demo_keep", "demo_keep"),
        ] {
            assert_eq!(source_name(symbol), name, "{symbol}");
        }
    }

    #[test]
    fn a_source_that_lies_near_its_c_is_found_there() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("build/demo.c");
        std::fs::create_dir(folder.path().join("build")).unwrap();
        std::fs::write(&made, MADE).unwrap();
        let mut files = CythonFiles::default();
        let asked = Place {
            function: Some("__pyx_pf_4demo_keep".to_owned()),
            file: Some(made.to_string_lossy().into_owned()),
            line: Some(6),
        };
        let found = files.place(&asked).unwrap();
        assert_eq!(
            (found.file.as_deref(), found.line),
            (Some("demo.pyx"), Some(3))
        );
        let source = folder.path().join("demo.pyx");
        std::fs::write(&source, "").unwrap();
        let found = files.place(&asked).unwrap();
        assert_eq!(found.file.as_deref(), source.to_str());
        let other = Place {
            function: Some("keep".to_owned()),
            ..asked
        };
        assert_eq!(files.place(&other), None);
    }
}
