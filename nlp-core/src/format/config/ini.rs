//! The lines of a configuration: sections, keys and their texts, as Python's `configparser` splits them
//! (no inline comments, lines that are indented more continue a value, duplicates are errors).

use crate::error::FormatError;
use std::collections::HashMap;

/// A section: its header and its keys, in the order of the file.
pub(super) struct Section {
    /// The name between the brackets.
    pub name: String,
    /// The line of the header, counted from 1.
    pub line: usize,
    /// The keys.
    pub options: Vec<Opt>,
    by_key: HashMap<String, usize>,
}

/// A key and the text of its value.
pub(super) struct Opt {
    pub key: String,
    pub text: String,
    /// The line of the key, counted from 1.
    pub line: usize,
}

/// All sections of a file.
pub(super) struct Ini {
    pub sections: Vec<Section>,
    by_name: HashMap<String, usize>,
}

/// Python's `str.isspace`: Unicode's white space and the four separators of ASCII.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

impl Ini {
    pub fn parse(text: &str) -> Result<Ini, FormatError> {
        let mut ini = Ini {
            sections: Vec::new(),
            by_name: HashMap::new(),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut indent = 0;
        // Whether lines that are indented more than `indent` continue the last key of the last section.
        let mut in_value = false;
        for (number, line) in lines(text).enumerate() {
            let number = number + 1;
            let value = line.trim_matches(is_space);
            if value.is_empty() {
                if in_value {
                    ini.continue_value("");
                }
                continue;
            }
            if value.starts_with(['#', ';']) {
                continue;
            }
            let here = line.chars().take_while(|&c| is_space(c)).count();
            if in_value && here > indent {
                ini.continue_value(value);
                continue;
            }
            indent = here;
            if let Some(name) = header(value) {
                ini.open(name, number)?;
                in_value = false;
            } else {
                ini.add(value, number)?;
                in_value = true;
            }
        }
        for option in ini.sections.iter_mut().flat_map(|s| &mut s.options) {
            let end = option.text.trim_end_matches(is_space).len();
            option.text.truncate(end);
        }
        Ok(ini)
    }

    /// The section called `name`.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.by_name.get(name).map(|&i| &self.sections[i])
    }

    /// The key `key` of the section called `name`.
    pub fn option(&self, name: &str, key: &str) -> Option<&Opt> {
        self.section(name)?.option(key)
    }

    fn open(&mut self, name: &str, line: usize) -> Result<(), FormatError> {
        if name == "DEFAULT" {
            return Err(FormatError::new(format!(
                "line {line}: [DEFAULT] has no meaning in a pipeline's configuration"
            )));
        }
        if let Some(first) = self.section(name) {
            return Err(FormatError::new(format!(
                "line {line}: [{name}] was already defined in line {}",
                first.line
            )));
        }
        self.by_name.insert(name.to_string(), self.sections.len());
        self.sections.push(Section {
            name: name.to_string(),
            line,
            options: Vec::new(),
            by_key: HashMap::new(),
        });
        Ok(())
    }

    fn add(&mut self, value: &str, line: usize) -> Result<(), FormatError> {
        let Some(section) = self.sections.last_mut() else {
            return Err(FormatError::new(format!(
                "line {line} stands before the first [section]"
            )));
        };
        let name = &section.name;
        let Some((key, text)) = value.split_once(['=', ':']) else {
            return Err(FormatError::new(format!(
                "line {line} in [{name}] is neither a section nor \"key = value\""
            )));
        };
        let key = key.trim_end_matches(is_space);
        if key.is_empty() {
            return Err(FormatError::new(format!(
                "line {line} in [{name}] has a value without a key"
            )));
        }
        if let Some(&first) = section.by_key.get(key) {
            return Err(FormatError::new(format!(
                "line {line} in [{name}] defines {key} again, which line {} did",
                section.options[first].line
            )));
        }
        section
            .by_key
            .insert(key.to_string(), section.options.len());
        section.options.push(Opt {
            key: key.to_string(),
            text: text.trim_start_matches(is_space).to_string(),
            line,
        });
        Ok(())
    }

    fn continue_value(&mut self, text: &str) {
        if let Some(option) = self.sections.last_mut().and_then(|s| s.options.last_mut()) {
            option.text.push('\n');
            option.text.push_str(text);
        }
    }
}

impl Section {
    /// The key called `key`.
    pub fn option(&self, key: &str) -> Option<&Opt> {
        self.by_key.get(key).map(|&i| &self.options[i])
    }
}

/// The name in `[name]`; what follows the last bracket does not count.
fn header(value: &str) -> Option<&str> {
    let rest = value.strip_prefix('[')?;
    let name = &rest[..rest.rfind(']')?];
    (!name.is_empty()).then_some(name)
}

/// Lines that end at a line feed, a carriage return or both, as in a file that Python opens as text.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find(['\n', '\r']) {
            Some(end) => {
                let skip = if text[end..].starts_with("\r\n") {
                    2
                } else {
                    1
                };
                rest = Some(&text[end + skip..]);
                Some(&text[..end])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}
