//! Files of suppressions in the form that a gate takes: above each entry stand a reason and a day of expiry.
//!
//! ```text
//! # reason: the C library keeps a table of locales for every thread, fixed in 2.43
//! # expires: 2027-01-31
//! {
//!    locales
//!    Memcheck:Leak
//!    fun:malloc
//!    fun:setlocale
//! }
//! ```

use super::pattern;
use super::pattern::{Written, Wrong};
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

/// Reads a file of which every entry has a reason and a day.
///
/// # Errors
///
/// A sentence for the user, with the file and the line: it cannot be read, or an entry has no reason or no day.
pub fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let dated = |written| dated(written, path);
    let read = |text: &str| pattern::read(text)?.into_iter().map(dated).collect();
    with_text(path, read)
}

/// Reads a file whose entries need neither reason nor day.
///
/// # Errors
///
/// A sentence for the user, with the file and the line: it cannot be read, or valgrind could not.
pub fn read_undated(path: &Path) -> Result<Vec<Written>, String> {
    with_text(path, pattern::read)
}

fn with_text<T>(path: &Path, read: impl Fn(&str) -> Result<T, Wrong>) -> Result<T, String> {
    let shown = printable::path(&path);
    let text = crate::files::read(path)
        .map_err(|error| format!("cannot read the suppressions {shown}: {error}"))?;
    read(&String::from_utf8_lossy(&text))
        .map_err(|(line, why)| format!("{shown}, line {line}: {why}"))
}

fn dated(written: Written, path: &Path) -> Result<Entry, Wrong> {
    let Written { line, name, .. } = &written;
    let wrong = |why: String| (*line, why);
    let reason = written.reason().ok_or_else(|| {
        wrong(format!(
            "the entry \"{name}\" has no line \"# reason: TEXT\" above it"
        ))
    })?;
    let expires = written.expires().ok_or_else(|| {
        wrong(format!(
            "the entry \"{name}\" has no line \"# expires: YYYY-MM-DD\" above it"
        ))
    })?;
    check_day(&expires).map_err(|why| wrong(format!("the entry \"{name}\": {why}")))?;
    Ok(Entry {
        file: path.to_owned(),
        line: *line,
        name: name.clone(),
        reason,
        expires,
    })
}

impl Written {
    /// What its line `# reason:` says.
    pub fn reason(&self) -> Option<String> {
        said(&self.comments, "reason:")
    }

    /// What its line `# expires:` says.
    pub fn expires(&self) -> Option<String> {
        said(&self.comments, "expires:")
    }
}

fn said(comments: &[String], key: &str) -> Option<String> {
    let found = comments
        .iter()
        .find_map(|comment| comment.strip_prefix(key));
    found
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
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

    fn read(text: &str) -> Result<Vec<Entry>, Wrong> {
        let dated = |written| dated(written, Path::new("a.supp"));
        pattern::read(text)?.into_iter().map(dated).collect()
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
    fn a_file_is_read_and_a_fault_in_it_is_said_with_the_file_and_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libc.supp");
        std::fs::write(&file, ONE).unwrap();
        let entries = super::read(&file).unwrap();
        assert_eq!((entries.len(), &entries[0].file), (1, &file));
        std::fs::write(&file, ONE.replace("2027", "soon")).unwrap();
        let why = super::read(&file).unwrap_err();
        assert!(why.contains("libc.supp") && why.contains('6'), "{why}");
        assert!(super::read(folder.path()).is_err());
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
        for good in [
            "2024-02-29",
            "2000-02-29",
            "2026-12-31",
            "2026-04-30",
            "2026-02-28",
        ] {
            assert_eq!(check_day(good), Ok(()), "{good}");
        }
        for bad in [
            "2023-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-02-29",
            "2026-01-32",
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
