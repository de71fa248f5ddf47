//! Files of suppressions in the form that a gate takes: above each entry stand a reason and a day of expiry.
//!
//! ```text
//! # reason: the C library keeps a table of locales for every thread, fixed in 2.43
//! # expires: 2027-01-31
//! {
//!    locales
//!    Memcheck:Leak
//!    ...
//! }
//! ```

use std::path::{Path, PathBuf};

/// An entry of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its file.
    pub file: PathBuf,
    /// The line on which it begins.
    pub line: u32,
    /// Its name.
    pub name: String,
    /// Why it is there.
    pub reason: String,
    /// The last day on which it holds: `2027-01-31`.
    pub expires: String,
}

impl Entry {
    /// Whether it holds no more on a day.
    pub fn has_expired(&self, today: &str) -> bool {
        // Written this way, dates sort as text does.
        self.expires.as_str() < today
    }
}

/// Reads a file.
///
/// # Errors
///
/// A sentence for the user, with the file and the line: it cannot be read, or an entry has no reason or no day.
pub fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let shown = path.display();
    let text = std::fs::read(path)
        .map_err(|error| format!("cannot read the suppressions {shown}: {error}"))?;
    parse(&String::from_utf8_lossy(&text), path)
        .map_err(|(line, why)| format!("{shown}, line {line}: {why}"))
}

fn parse(text: &str, path: &Path) -> Result<Vec<Entry>, (u32, String)> {
    let mut entries: Vec<Entry> = Vec::new();
    // Comments that stand above the next entry.
    let mut above: Vec<&str> = Vec::new();
    // The line and the name of the entry that is open.
    let mut open: Option<(u32, Option<String>)> = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            above.push(comment.trim());
            continue;
        }
        match (&mut open, line) {
            (None, "{") => open = Some((number, None)),
            (None, "") => above.clear(),
            (None, other) => {
                return Err((
                    number,
                    format!("an entry begins with {{, not with \"{other}\""),
                ));
            }
            (Some((begun, name)), "}") => {
                let begun = *begun;
                let name = name
                    .take()
                    .ok_or((begun, "the entry has no name".to_owned()))?;
                entries.push(Entry {
                    file: path.to_owned(),
                    line: begun,
                    reason: said(&above, "reason:").ok_or_else(|| {
                        (
                            begun,
                            format!("the entry \"{name}\" has no line \"# reason: TEXT\" above it"),
                        )
                    })?,
                    expires: expiry(&above, &name).map_err(|why| (begun, why))?,
                    name,
                });
                above.clear();
                open = None;
            }
            (Some(_), "") => {}
            (Some((_, name @ None)), line) => *name = Some(line.to_owned()),
            (Some((_, Some(_))), _) => {}
        }
    }
    match open {
        Some((begun, _)) => Err((
            begun,
            "the entry has no end: a line with } is missing".to_owned(),
        )),
        None => Ok(entries),
    }
}

fn said(comments: &[&str], key: &str) -> Option<String> {
    let found = comments
        .iter()
        .find_map(|comment| comment.strip_prefix(key));
    found
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn expiry(comments: &[&str], name: &str) -> Result<String, String> {
    let day = said(comments, "expires:").ok_or_else(|| {
        format!("the entry \"{name}\" has no line \"# expires: YYYY-MM-DD\" above it")
    })?;
    check_day(&day)
        .map(|()| day)
        .map_err(|why| format!("the entry \"{name}\": {why}"))
}

/// Whether this is a day of the calendar: `2027-01-31`.
///
/// # Errors
///
/// A clause for the user.
pub fn check_day(text: &str) -> Result<(), String> {
    let wrong = || format!("\"{text}\" is no day: write it as 2027-01-31");
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return Err(wrong());
    }
    let figure = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap_or(0);
    let (year, month, day) = (figure(0, 4), figure(5, 7), figure(8, 10));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    if (1..=days).contains(&day) {
        Ok(())
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: &str = "\
# what was there before

# reason: the C library's table of locales
# expires: 2027-01-31
# site: setlocale, 40 bytes an iteration
{
   locales
   Memcheck:Leak
   fun:malloc
   fun:setlocale
}
";

    fn read(text: &str) -> Result<Vec<Entry>, (u32, String)> {
        parse(text, Path::new("a.supp"))
    }

    #[test]
    fn an_entry_has_a_reason_and_a_day_above_it() {
        let entries = read(ONE).unwrap();
        assert_eq!(entries.len(), 1);
        let entry = &entries[0];
        assert_eq!((entry.line, entry.name.as_str()), (6, "locales"));
        assert_eq!(entry.reason, "the C library's table of locales");
        assert_eq!(entry.expires, "2027-01-31");
    }

    #[test]
    fn an_entry_holds_until_its_last_day_is_over() {
        let entry = &read(ONE).unwrap()[0];
        assert!(!entry.has_expired("2026-12-31"));
        assert!(!entry.has_expired("2027-01-31"));
        assert!(entry.has_expired("2027-02-01"));
    }

    #[test]
    fn a_missing_reason_day_name_or_brace_is_said_with_its_line() {
        for (from, to, line, says) in [
            (
                "# reason: the C library's table of locales\n",
                "",
                5,
                "reason",
            ),
            ("the C library's table of locales", "", 6, "reason"),
            ("# expires: 2027-01-31\n", "", 5, "expires"),
            ("2027-01-31", "2027-02-30", 6, "2027-02-30"),
            ("2027-01-31", "soon", 6, "soon"),
            ("# site:", "\n# site:", 7, "reason"),
            ("}\n", "", 6, "no end"),
            ("{\n", "", 6, "begins with {"),
        ] {
            let (at, why) = read(&ONE.replacen(from, to, 1)).unwrap_err();
            assert!(why.contains(says), "{why}");
            assert_eq!(at, line, "{why}");
        }
    }

    #[test]
    fn a_reason_counts_for_one_entry_alone() {
        let second = "{\n   other\n   Memcheck:Leak\n   fun:malloc\n}\n";
        let (line, why) = read(&format!("{ONE}{second}")).unwrap_err();
        assert_eq!(line, 12);
        assert!(why.contains("\"other\" has no line"), "{why}");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for good in ["2024-02-29", "2000-02-29", "2026-12-31"] {
            assert_eq!(check_day(good), Ok(()), "{good}");
        }
        for bad in [
            "2023-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "26-01-01",
            "2026-1-01",
            "",
        ] {
            assert!(check_day(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_file_panics(text in "[#{}a-z: \n0-9-]{0,120}", day in "\\PC{0,12}") {
            let _ = read(&text);
            let _ = check_day(&day);
        }
    }
}
