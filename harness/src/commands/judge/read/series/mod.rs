//! Any measured series: tables of text, JSON, and what Prometheus answers.
//!
//! - [`lines`], [`fields`], [`text`], [`objects`], [`prometheus`]: the forms, as rows of [`cell`]s.
//! - [`names`], [`amounts`], [`units`], [`times`]: what people and tools call things, and how they write amounts and times.
//! - [`head`], [`plan`], [`axis`], [`groups`], [`meaning`]: what each column is for, from its name, the first rows, and what the user
//!   [asked](asked) for.
//! - [`table`], [`gather`], [`thinned`], [`remarks`]: the rows as series in bounded memory, and what was wrong with them.
//! - [`evidence`], [`cycles`]: the series as the judge wants them; [`room`]: what free memory tells of what is in use. [`foreign`]: files that have none.

mod amounts;
pub(crate) mod asked;
mod axis;
mod cell;
mod columns;
mod cycles;
mod evidence;
mod fields;
mod foreign;
mod gather;
mod groups;
mod head;
mod lines;
mod meaning;
mod names;
mod objects;
mod plan;
mod prometheus;
mod remarks;
mod room;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod thinned;
mod times;
mod units;

use super::Reading;
use asked::Asked;
use cell::Decimals;
use lines::Lines;
use std::io::{BufReader, Cursor, Read};
use table::Table;

/// Bytes that are read at once.
const AT_ONCE: usize = 1 << 18;

/// Reads what begins with `head` and goes on with `rest`.
///
/// # Errors
///
/// A sentence without a subject: it is empty, of no known form, or nothing of it can be judged.
pub(super) fn read(
    head: &[u8],
    rest: impl Read,
    shown: &str,
    asked: &Asked,
) -> Result<Reading, String> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if head.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    if let Some(sentence) = foreign::sentence(head) {
        return Err(sentence);
    }
    let whole = || BufReader::with_capacity(AT_ONCE, Cursor::new(head.to_vec()).chain(rest));
    let first = head.trim_ascii_start()[0];
    if matches!(first, b'{' | b'[') {
        return read_json(head, first, whole(), shown, asked);
    }
    let dialect = text::dialect(head).ok_or_else(|| {
        "it is of no form that is known: CSV, a table of blanks, JSON lines, Prometheus' answer to a range query, \
         samples.jsonl of harness record, mprof's .dat"
            .to_owned()
    })?;
    let mut table = Table::new(asked, dialect.decimals);
    let mut lines = Lines::new(whole());
    let read = text::read(&mut lines, &dialect, &mut table);
    ended(read, &mut table)?;
    Ok(evidence::reading(
        table.finish()?,
        dialect.cut.words(),
        shown,
        asked,
    ))
}

fn read_json(
    head: &[u8],
    first: u8,
    whole: impl std::io::BufRead,
    shown: &str,
    asked: &Asked,
) -> Result<Reading, String> {
    if prometheus::is_it(head) {
        let understood = prometheus::read(whole, asked)?;
        return Ok(evidence::reading(
            understood,
            "Prometheus' answer to a range query",
            shown,
            asked,
        ));
    }
    let mut table = Table::new(asked, Decimals::Point);
    let line = head
        .trim_ascii_start()
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or(head);
    let is_an_object_a_line = first == b'{' && {
        let open = line
            .iter()
            .filter(|byte| matches!(byte, b'{' | b'['))
            .count();
        let closed = line
            .iter()
            .filter(|byte| matches!(byte, b'}' | b']'))
            .count();
        // An object that has an array of rows is one line too, where nobody made it pretty.
        let is_one_long = head.len() >= AT_ONCE && line.len() == head.len();
        let others = head.trim_ascii_start().len() > line.len() + 1;
        !is_one_long
            && (others || memchr::memmem::find(line, b"[{").is_none())
            && (open == closed || others && line.trim_ascii_end().ends_with(b"}"))
    };
    if is_an_object_a_line {
        let mut lines = Lines::new(whole);
        let read = objects::read_lines(&mut lines, &mut table);
        ended(read, &mut table)?;
        return Ok(evidence::reading(
            table.finish()?,
            "JSON, an object a line",
            shown,
            asked,
        ));
    }
    objects::read_document(whole, &mut table)?;
    Ok(evidence::reading(
        table.finish()?,
        "JSON, an array of objects",
        shown,
        asked,
    ))
}

/// What was read before the file broke off stays.
fn ended(read: std::io::Result<()>, table: &mut Table<'_>) -> Result<(), String> {
    match read {
        Ok(()) => Ok(()),
        Err(error) if table.rows > 0 => {
            table.remarks.say(format!(
                "It could not be read to its end ({error}): what came before is here."
            ));
            Ok(())
        }
        Err(error) => Err(format!("it cannot be read: {error}")),
    }
}
