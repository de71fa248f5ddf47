//! A document as a table for people: a row a token, aligned by the width that a terminal gives each character.

use nlp_core::{Attr, Doc, Token};
use printable::Text;
use unicode_width::UnicodeWidthStr;

/// The widest that a column may be.
const WIDEST: usize = 32;
/// The most characters that a cell may have, however narrow they are.
const MOST_CHARS: usize = 8 * WIDEST;

/// A column: its title, and what it shows of a token.
type Column = (&'static str, fn(&Token<'_>) -> String);

const COLUMNS: [Column; 9] = [
    ("i", |token| token.i().to_string()),
    ("text", |token| visible(token.text())),
    ("lemma", |token| visible(token.lemma())),
    ("pos", |token| token.pos().name().to_owned()),
    ("tag", |token| visible(token.tag())),
    ("dep", |token| visible(token.dep())),
    ("head", head),
    ("entity", entity),
    ("morph", |token| visible(token.morph())),
];

fn head(token: &Token<'_>) -> String {
    let head = token.head();
    match head.i() == token.i() {
        true => String::new(),
        false => format!("{} {}", head.i(), visible(head.text())),
    }
}

fn entity(token: &Token<'_>) -> String {
    match token.ent_type() {
        "" => String::new(),
        label => visible(&format!("{}-{label}", token.ent_iob().as_str())),
    }
}

/// The text of `doc` after a `#`, a table of its tokens with a line between sentences, and an empty line.
/// Columns in which nothing stands are left out.
pub fn of_doc(doc: &Doc<'_>) -> String {
    let mut out = Text::of_line(format_args!("# {}", visible(doc.text())));
    let columns: Vec<(usize, Vec<String>)> = COLUMNS
        .iter()
        .map(|(title, show)| {
            let mut cells = vec![title.to_string()];
            cells.extend(doc.tokens().map(|token| shorten(show(&token))));
            (
                cells.iter().map(|cell| cell.width()).max().unwrap_or(0),
                cells,
            )
        })
        .filter(|(_, cells)| cells[1..].iter().any(|cell| !cell.is_empty()))
        .collect();
    let sentences = doc.has_annotation(Attr::SentStart);
    let rows = columns.first().map_or(0, |(_, cells)| cells.len());
    for row in 0..rows {
        if sentences && row > 1 && doc.token(row - 1).is_sent_start() == Some(true) {
            out.line("");
        }
        let mut line = String::new();
        for (width, cells) in &columns {
            let cell = &cells[row];
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        out.line(line.trim_end());
    }
    out.line("");
    out.into()
}

/// `text` without what would move the cursor, change the direction of the line or not be seen: those characters are
/// written as escapes, and white space at the ends as `␣`.
fn visible(text: &str) -> String {
    let inner = text.trim_matches(' ');
    let before = text.len() - text.trim_start_matches(' ').len();
    let after = if inner.is_empty() {
        0
    } else {
        text.len() - before - inner.len()
    };
    let mut shown = "␣".repeat(before);
    for c in inner.chars() {
        if c != ' ' && (c.is_whitespace() || printable::is_hidden(c)) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown + &"␣".repeat(after)
}

/// `cell` cut to the widest column, with `…` for what was cut.
fn shorten(cell: String) -> String {
    // Marks that combine take no room, so that a cell of any length may fit: nobody reads so many.
    let most = (cell.char_indices().nth(MOST_CHARS)).map_or(cell.len(), |(at, _)| at);
    if most == cell.len() && cell.width() <= WIDEST {
        return cell;
    }
    let mut end = 0;
    for (at, c) in cell[..most].char_indices() {
        let next = at + c.len_utf8();
        if cell[..next].width() >= WIDEST {
            break;
        }
        end = next;
    }
    format!("{}…", &cell[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(visible(" a b\n "), "␣a b\\n␣");
        assert_eq!(visible("  "), "␣␣");
        assert_eq!(visible("\u{202e}x\u{1b}[2J"), "\\u{202e}x\\u{1b}[2J");
        assert_eq!(visible("n\u{a0}m"), "n\\u{a0}m");
        assert_eq!(visible("é漢🙂"), "é漢🙂");
        assert_eq!(visible("a\u{200b}\u{e0041}"), "a\\u{200b}\\u{e0041}");
        assert_eq!(visible("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn long_cells_are_cut_to_the_width_of_a_column() {
        assert_eq!(shorten("x".repeat(32)), "x".repeat(32));
        assert_eq!(shorten("x".repeat(40)).width(), WIDEST);
        let wide = shorten("漢".repeat(40));
        assert!(wide.ends_with('…') && wide.width() <= WIDEST, "{wide}");
        let marks = shorten(format!("e{}", "\u{301}".repeat(100_000)));
        assert_eq!(marks.chars().count(), MOST_CHARS + 1);
    }
}
