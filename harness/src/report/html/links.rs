//! Links: to files beside the page, and from a call to its line of the source.

use super::escape::escape;
use crate::probe::checkout::{Checkout, encoded};
use crate::probe::source::SourceTree;
use harness_judge::attribution::sources::Sources;
use harness_model::{Frame, Place};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The one place where it is set what a line of the source opens in: this variable of the environment, `{file}` being the
/// absolute path and `{line}` the line. `vscode://file/{file}:{line}` opens an editor; an empty one makes no links.
const SETTING: &str = "HARNESS_SOURCE_LINK";
/// Where it is not set.
const FILE: &str = "file://{file}";

/// Where the lines of the source are.
pub(crate) struct Links<'t> {
    tree: &'t SourceTree,
    form: String,
    /// The checkouts of folders that were looked at.
    checkouts: RefCell<HashMap<PathBuf, Option<Checkout>>>,
}

impl<'t> Links<'t> {
    /// Links to the files of a tree, as the environment says.
    pub(crate) fn new(tree: &'t SourceTree) -> Links<'t> {
        Links::of_form(
            tree,
            std::env::var(SETTING).unwrap_or_else(|_| FILE.to_owned()),
        )
    }

    fn of_form(tree: &'t SourceTree, form: String) -> Links<'t> {
        Links {
            tree,
            form,
            checkouts: RefCell::default(),
        }
    }

    /// A place, with links where its file is on this machine.
    pub(crate) fn place(&self, place: &Place) -> String {
        self.lines(place, place.line.as_slice())
    }

    /// The same with several lines; the links lead to the first.
    pub(crate) fn lines(&self, place: &Place, lines: &[u32]) -> String {
        let whole = place.with_lines(lines);
        let (Some(found), Some(rest)) = (self.find(place), whole.strip_prefix(&place.function))
        else {
            return format!("<code>{}</code>", escape(&whole));
        };
        let line = lines.first().copied();
        let spot = rest.trim_start_matches(" (").trim_end_matches(')');
        let mut html = format!("<code>{} (", escape(&place.function));
        match self.form.is_empty() {
            true => html.push_str(&escape(spot)),
            false => {
                let line = line.unwrap_or(1).to_string();
                let address = self.form.replace("{file}", &encoded(&found));
                let address = escape(&address.replace("{line}", &line));
                html.push_str(&format!("<a href=\"{address}\">{}</a>", escape(spot)));
            }
        }
        html.push_str(")</code>");
        let checkout = self.checkout(&found);
        let published = checkout.and_then(|one| Some((one.address(&found, line)?, one)));
        if let Some((address, checkout)) = published {
            html.push_str(&format!(
                " <a href=\"{}\">on {}</a>",
                escape(&address),
                escape(checkout.site())
            ));
        }
        html
    }

    /// The calls of a stack, innermost first.
    pub(crate) fn stack(&self, frames: &[Frame]) -> String {
        let calls = frames.iter().map(|frame| {
            let place = self.place(&frame.place);
            format!("<li>{place}</li>\n")
        });
        format!("<ol class=\"stack\">\n{}</ol>\n", calls.collect::<String>())
    }

    fn find(&self, place: &Place) -> Option<PathBuf> {
        let file = place.file.as_deref()?;
        let known = self.tree.find(file).map(Path::to_owned);
        let itself = || {
            let path = Path::new(file);
            (path.is_absolute() && path.is_file()).then(|| path.to_owned())
        };
        known.or_else(itself)
    }

    fn checkout(&self, file: &Path) -> Option<Checkout> {
        let folder = file.parent()?.to_owned();
        let mut known = self.checkouts.borrow_mut();
        known
            .entry(folder)
            .or_insert_with(|| Checkout::of(file))
            .clone()
    }
}

/// A link to a file beside the page. A name that is no plain relative path is shown as text only.
pub(crate) fn file_link(file: &str) -> String {
    let name = escape(file);
    let plain = !file.starts_with('/')
        && !file.split('/').any(|part| part == "..")
        && file
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    if plain {
        format!("<a href=\"{name}\">{name}</a>")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_source_is_a_link_where_the_file_is_there_and_text_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().canonicalize().unwrap().join("a.c");
        std::fs::write(&file, "int x;\n").unwrap();
        let tree = SourceTree::open(&[dir.path()]);
        let mut place = Place {
            function: "take<T>".to_owned(),
            file: Some("a.c".to_owned()),
            line: Some(1),
        };
        let html = |form: &str, place: &Place| Links::of_form(&tree, form.to_owned()).place(place);
        let path = file.display();
        assert_eq!(
            html(FILE, &place),
            format!("<code>take&lt;T&gt; (<a href=\"file://{path}\">a.c:1</a>)</code>")
        );
        assert_eq!(
            html("vscode://file/{file}:{line}", &place),
            format!("<code>take&lt;T&gt; (<a href=\"vscode://file/{path}:1\">a.c:1</a>)</code>")
        );
        assert_eq!(html("", &place), "<code>take&lt;T&gt; (a.c:1)</code>");
        place.file = Some("\"><script>.c".to_owned());
        assert_eq!(
            html(FILE, &place),
            "<code>take&lt;T&gt; (&quot;&gt;&lt;script&gt;.c:1)</code>"
        );
    }
}
