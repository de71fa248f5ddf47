//! Tables in lines of text: how they are cut, where their columns have their names, and their rows.

use super::cell::{Cell, Decimals, Value};
use super::fields::Cut;
use super::lines::{Line, Lines};
use super::remarks::Remark;
use super::table::Table;
use super::times::date;
use std::borrow::Cow;
use std::io::BufRead;

/// Lines that are looked at to know the form.
const LOOKED_AT: usize = 200;
/// Comments among which the names of the columns are looked for.
const MOST_COMMENTS: usize = 50;
/// The share of these that has to be of one form, in parts of ten.
const MOST_ARE: usize = 6;

/// The form of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dialect {
    pub cut: Cut,
    /// The names of the columns, and the line that has them; none where there are none.
    names: Option<Vec<String>>,
    header: Vec<u8>,
    /// Fields of a row.
    fields: usize,
    pub decimals: Decimals,
    /// Whether the last column takes what there is more.
    takes_rest: bool,
}

/// What the beginning of a line shows.
fn fields(cut: Cut, line: &[u8]) -> Vec<String> {
    let mut fields = Vec::new();
    if cut.fields(line, &mut fields).is_none() {
        return Vec::new();
    }
    let text = |field: &Cow<'_, [u8]>| String::from_utf8_lossy(field).trim().to_owned();
    fields.iter().map(text).collect()
}

fn is_number(field: &str) -> bool {
    matches!(
        Cell::Text(field.as_bytes()).value(Decimals::Point),
        Value::Number(_)
    ) || matches!(
        Cell::Text(field.as_bytes()).value(Decimals::Comma),
        Value::Number(_)
    )
}

fn is_clock(field: &str) -> bool {
    date(field).is_some()
        || (field.contains(':') && field.starts_with(|c: char| c.is_ascii_digit()))
}

/// A line without what terminals are told by it, and whether it is one that no table has: blank, or a rule.
fn clean(line: &[u8]) -> Cow<'_, [u8]> {
    if !line.contains(&0x1b) {
        return Cow::Borrowed(line);
    }
    let mut text = Vec::with_capacity(line.len());
    let mut bytes = line.iter();
    while let Some(byte) = bytes.next() {
        if *byte != 0x1b {
            text.push(*byte);
            continue;
        }
        // To the letter that ends it.
        for byte in bytes.by_ref() {
            if byte.is_ascii_alphabetic() {
                break;
            }
        }
    }
    Cow::Owned(text)
}

fn is_none(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line.windows(3).any(|three| three == b"---") || line.starts_with(b"Average:")
}

/// Finds the form of a table from its beginning. None where it is none.
pub(super) fn dialect(head: &[u8]) -> Option<Dialect> {
    let whole = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let lines: Vec<Cow<'_, [u8]>> = whole
        .split(|byte| *byte == b'\n')
        .map(|line| clean(line.strip_suffix(b"\r").unwrap_or(line)))
        .filter(|line| !is_none(line))
        .take(LOOKED_AT)
        .collect();
    let said = lines
        .first()
        .and_then(|line| line.strip_prefix(b"sep="))
        .and_then(|rest| rest.first().copied());
    let rows: Vec<&[u8]> = lines
        .iter()
        .map(|line| &**line)
        .filter(|line| !line.trim_ascii_start().starts_with(b"#") && !line.starts_with(b"sep="))
        .collect();
    let comments: Vec<&[u8]> = lines
        .iter()
        .map(|line| &**line)
        .filter(|line| line.trim_ascii_start().starts_with(b"#"))
        .take(MOST_COMMENTS)
        .collect();
    if rows.is_empty() {
        return None;
    }
    let delimiters = match said {
        Some(delimiter) => vec![Cut::At(delimiter)],
        None => [b'\t', b';', b'|', b','].map(Cut::At).to_vec(),
    };
    let delimited = delimiters
        .into_iter()
        .find_map(|cut| of_cut(cut, &rows, &comments));
    delimited
        .or_else(|| {
            let both = [Cut::Blanks, Cut::Blank].map(|cut| of_blanks(cut, &rows, &comments));
            let best = both.into_iter().flatten().max_by_key(|(share, _)| *share);
            best.map(|(_, dialect)| dialect)
        })
        .or_else(|| single(&rows, &comments))
}

/// A table whose rows are cut at a delimiter, if most are of as many fields.
fn of_cut(cut: Cut, rows: &[&[u8]], comments: &[&[u8]]) -> Option<Dialect> {
    let counts: Vec<usize> = rows.iter().map(|row| fields(cut, row).len()).collect();
    let most = counts
        .iter()
        .copied()
        .filter(|count| *count >= 2)
        .max_by_key(|count| counts.iter().filter(|other| *other == count).count())?;
    let of_it = counts.iter().filter(|count| **count == most).count();
    let needed = if cut == Cut::At(b'\t') || cut == Cut::At(b';') {
        8
    } else {
        MOST_ARE
    };
    if of_it * 10 < counts.len() * needed {
        return None;
    }
    let first = counts.iter().position(|count| *count == most)?;
    let header = rows[first];
    let below: Vec<Vec<String>> = rows[first + 1..]
        .iter()
        .map(|row| fields(cut, row))
        .filter(|row| row.len() == most)
        .collect();
    let names = fields(cut, header);
    let decimals = decimals(cut, below.iter().flatten().map(String::as_str));
    if is_header(&names, &below) {
        return Some(Dialect {
            cut,
            header: header.to_vec(),
            names: Some(names),
            fields: most,
            decimals,
            takes_rest: false,
        });
    }
    let names = comments
        .iter()
        .map(|line| (uncommented(line), fields(cut, uncommented(line))));
    let mut names =
        names.filter(|(_, names)| names.len() == most && !names.iter().any(|name| is_number(name)));
    let of_comment = names.next();
    Some(Dialect {
        cut,
        header: of_comment
            .as_ref()
            .map_or_else(Vec::new, |(line, _)| line.to_vec()),
        names: of_comment.map(|(_, names)| names),
        fields: most,
        decimals,
        takes_rest: false,
    })
}

/// A table whose rows are cut at blanks, with how many of ten rows are of as many fields as the header.
fn of_blanks(cut: Cut, rows: &[&[u8]], comments: &[&[u8]]) -> Option<(usize, Dialect)> {
    let cut_all: Vec<Vec<String>> = rows.iter().map(|row| fields(cut, row)).collect();
    let is_names = |fields: &[String]| {
        let rest = match fields.first().is_some_and(|first| is_clock(first)) {
            true => &fields[1..],
            false => fields,
        };
        fields.len() >= 2
            && !rest.is_empty()
            && !rest.iter().any(|field| is_number(field) || is_clock(field))
    };
    let has_numbers = |fields: &Vec<String>| fields.iter().any(|field| is_number(field));
    let of_comment = comments
        .iter()
        .map(|line| (uncommented(line), fields(cut, uncommented(line))))
        .find(|(_, names)| is_names(names));
    let (header, mut names, below) = match of_comment {
        Some((line, names)) => (line.to_vec(), Some(names), &cut_all[..]),
        None => {
            let at = (0..cut_all.len())
                .find(|at| is_names(&cut_all[*at]) && cut_all.get(at + 1).is_some_and(has_numbers));
            match at {
                Some(at) => (
                    rows[at].to_vec(),
                    Some(cut_all[at].clone()),
                    &cut_all[at + 1..],
                ),
                None => (Vec::new(), None, &cut_all[..]),
            }
        }
    };
    if let Some(first) = names.as_mut().and_then(|names| names.first_mut())
        && is_clock(first)
    {
        *first = "Time".to_owned();
    }
    let data: Vec<&Vec<String>> = below.iter().filter(|fields| has_numbers(fields)).collect();
    let count = match &names {
        Some(names) => names.len(),
        None => data.first()?.len(),
    };
    let same = data.iter().filter(|row| row.len() == count).count();
    let more = data.iter().filter(|row| row.len() >= count).count();
    if count < 2 || data.is_empty() {
        return None;
    }
    // The command at the end of a row may have blanks in it.
    let last_is_words = data
        .iter()
        .filter(|row| row.len() >= count)
        .all(|row| !is_number(&row[count - 1]));
    let takes_rest = names.is_some() && last_is_words && same < more;
    let share = if takes_rest { more } else { same } * 10 / data.len();
    (share >= MOST_ARE).then(|| {
        let decimals = decimals(
            cut,
            data.iter().flat_map(|row| row.iter()).map(String::as_str),
        );
        let dialect = Dialect {
            cut,
            names,
            header,
            fields: count,
            decimals,
            takes_rest,
        };
        (share, dialect)
    })
}

/// One number a line.
fn single(rows: &[&[u8]], comments: &[&[u8]]) -> Option<Dialect> {
    let text: Vec<String> = rows
        .iter()
        .map(|row| String::from_utf8_lossy(row.trim_ascii()).into_owned())
        .collect();
    let (first, rest) = text.split_first()?;
    let numbers = rest.iter().filter(|row| is_number(row)).count();
    if numbers * 10 < rest.len() * 9 || (rest.is_empty() && !is_number(first)) {
        return None;
    }
    let of_comment = || {
        comments
            .last()
            .map(|line| String::from_utf8_lossy(uncommented(line)).trim().to_owned())
    };
    let is_named = !is_number(first);
    Some(Dialect {
        cut: Cut::At(0),
        names: match is_named {
            true => Some(vec![first.clone()]),
            false => of_comment().map(|name| vec![name]),
        },
        header: if is_named {
            rows[0].to_vec()
        } else {
            Vec::new()
        },
        fields: 1,
        decimals: Decimals::Point,
        takes_rest: false,
    })
}

fn uncommented(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    line.strip_prefix(b"#").unwrap_or(line).trim_ascii()
}

/// Whether the first row has names: none of them is a number, and below one of them there are numbers or times.
fn is_header(names: &[String], below: &[Vec<String>]) -> bool {
    let any_number = names.iter().any(|name| is_number(name) || is_clock(name));
    let some_below = below.is_empty()
        || (0..names.len()).any(|at| {
            below
                .iter()
                .any(|row| is_number(&row[at]) || is_clock(&row[at]))
        });
    !any_number && some_below
}

/// How numbers are written: with a comma before the fraction where that is not what separates fields.
fn decimals<'f>(cut: Cut, fields: impl Iterator<Item = &'f str>) -> Decimals {
    if cut == Cut::At(b',') {
        // Only quoted fields could have one.
        return Decimals::Point;
    }
    let (mut commas, mut points, mut either) = (0, 0, 0);
    for field in fields.filter(|field| field.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
    {
        let read = |decimals| {
            matches!(
                Cell::Text(field.as_bytes()).value(decimals),
                Value::Number(_)
            )
        };
        match (field.contains(','), field.contains('.')) {
            (true, _) if !read(Decimals::Point) && read(Decimals::Comma) => commas += 1,
            (_, true) if read(Decimals::Point) && !read(Decimals::Comma) => points += 1,
            (true, true) => match field.rfind(',') > field.rfind('.') {
                true => commas += 1,
                false => points += 1,
            },
            (true, false) => either += 1,
            _ => {}
        }
    }
    // Who separates by semicolons has another use for commas.
    match commas > points || (cut == Cut::At(b';') && points == 0 && either > 0) {
        true => Decimals::Comma,
        false => Decimals::Point,
    }
}

/// Reads the rows.
pub(super) fn read<R: BufRead>(
    lines: &mut Lines<R>,
    dialect: &Dialect,
    table: &mut Table<'_>,
) -> std::io::Result<()> {
    let names = match &dialect.names {
        Some(names) => unlike(names),
        None => {
            table.remarks.say("There are no names above the columns: --column says what they are, by their number.");
            (1..=dialect.fields)
                .map(|at| format!("column {at}"))
                .collect()
        }
    };
    table.columns(names);
    let after_clock = |line: &[u8]| {
        let text = String::from_utf8_lossy(line);
        let first = fields(Cut::Blank, line)
            .into_iter()
            .next()
            .filter(|first| is_clock(first));
        first.and_then(|first| Some(text.trim_start().strip_prefix(&first)?.trim().to_owned()))
    };
    let header_behind = after_clock(&dialect.header);
    let mut is_below = dialect.header.is_empty();
    while let Some(line) = lines.next()? {
        let Line {
            number,
            is_too_long,
            has_end,
            ..
        } = line;
        let bytes = clean(line.bytes);
        let text = bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        if text.starts_with(b"#") {
            is_below |= uncommented(text) == dialect.header;
            continue;
        }
        if !dialect.header.is_empty()
            && !text[0].is_ascii_digit()
            && text == dialect.header.trim_ascii()
        {
            is_below = true;
            continue;
        }
        if text[0].is_ascii_digit() && header_behind.is_some() && after_clock(text) == header_behind
        {
            is_below = true;
            continue;
        }
        // What stands above the names is a title.
        if !is_below || (matches!(dialect.cut, Cut::Blank | Cut::Blanks) && is_none(text)) {
            continue;
        }
        if is_too_long {
            table.remarks.note(Remark::TooLong, number);
            continue;
        }
        if !has_end {
            table.remarks.note(Remark::Cut, number);
            continue;
        }
        row(number, &bytes, dialect, table);
    }
    Ok(())
}

fn row(number: u64, bytes: &[u8], dialect: &Dialect, table: &mut Table<'_>) {
    let mut fields: Vec<Cow<'_, [u8]>> = Vec::with_capacity(dialect.fields + 1);
    if dialect.cut.fields(bytes, &mut fields).is_none() {
        table.remarks.note(Remark::Quote, number);
        return;
    }
    let mut count = fields.len();
    while count > dialect.fields && fields[count - 1].trim_ascii().is_empty() {
        count -= 1;
    }
    if count < dialect.fields || (count > dialect.fields && !dialect.takes_rest) {
        table.remarks.note(Remark::Fields, number);
        return;
    }
    let mut cells = [Cell::Missing; 32];
    let text = |field: &'_ Cow<'_, [u8]>| -> bool { field.is_empty() };
    if dialect.fields <= cells.len() {
        for (cell, field) in cells.iter_mut().zip(fields.iter().take(dialect.fields)) {
            if !text(field) {
                *cell = Cell::Text(field);
            }
        }
        table.row(number, &cells[..dialect.fields]);
    } else {
        let cells: Vec<Cell<'_>> = fields
            .iter()
            .take(dialect.fields)
            .map(|field| Cell::Text(field))
            .collect();
        table.row(number, &cells);
    }
}

/// Names of which no two are the same.
fn unlike(names: &[String]) -> Vec<String> {
    let mut unlike: Vec<String> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let name = name.trim_matches('"').trim();
        let again = unlike.iter().any(|known| known == name);
        unlike.push(match again {
            true => format!("{name} ({})", at + 1),
            false => name.to_owned(),
        });
    }
    unlike
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_found_from_the_first_lines() {
        let form = |text: &str| dialect(text.as_bytes()).unwrap();
        let commas = form("time,rss\n1,20\n2,21\n");
        assert_eq!(
            (commas.cut, commas.fields, commas.names.is_some()),
            (Cut::At(b','), 2, true)
        );
        let sheet = form("sep=;\r\nZeit;RSS (MB)\r\n0,5;12,25\r\n1,0;12,50\r\n");
        assert_eq!(
            (sheet.cut, sheet.decimals),
            (Cut::At(b';'), Decimals::Comma)
        );
        let bare = form("0.5\t12\n1.0\t13\n");
        assert_eq!((bare.cut, bare.names), (Cut::At(b'\t'), None));
        let psrecord = form(
            "# Elapsed time   CPU (%)     Real (MB)   Virtual (MB)\n       0.000        0.000       10.500      200.000\n       0.100        1.000       10.600      200.000\n",
        );
        assert_eq!(
            psrecord.names.unwrap(),
            ["Elapsed time", "CPU (%)", "Real (MB)", "Virtual (MB)"]
        );
        let docker = form(
            "CONTAINER ID   NAME   CPU %   MEM USAGE / LIMIT   MEM %   PIDS\nab12   web   0.1%   12.3MiB / 2GiB   0.6%   7\n",
        );
        assert_eq!((docker.cut, docker.fields), (Cut::Blanks, 6));
        let titled = form("Report of today\ntime,rss\n1,20\n2,21\n3,22\n");
        assert_eq!(titled.names.unwrap(), ["time", "rss"]);
        assert_eq!(form("12\n13\n14\n").fields, 1);
        assert_eq!(dialect(b"hello\nworld\n"), None);
        assert_eq!(dialect(b""), None);
    }
}
