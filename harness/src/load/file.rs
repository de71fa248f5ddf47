//! A file of requests: plain HTTP, or commands for curl, with a line of `###` between them.

use super::address::{Address, Url};
use super::curl;
use super::request::{Parts, Request};
use crate::files;
use std::path::Path;

/// What stands between two requests, at the beginning of a line.
const BETWEEN: &str = "###";
/// The most that a request can weigh.
const MOST_WEIGHT: u32 = 10_000;

/// A file that was asked for, as `FILE`, `FILE=WEIGHT` or `FILE:WEIGHT`; or a request itself, as `GET /items`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Source {
    /// The file, or the request.
    pub path: std::path::PathBuf,
    /// How often its requests come, beside those of other files.
    pub weight: u32,
}

impl Source {
    /// Reads the word of an option.
    ///
    /// # Errors
    ///
    /// A clause that says what is wrong with it.
    pub fn parse(word: &str) -> Result<Source, String> {
        if is_a_request(word) {
            return Ok(Source {
                path: word.into(),
                weight: 1,
            });
        }
        let split = word
            .rfind(['=', ':'])
            .map(|at| (&word[..at], &word[at + 1..]));
        let weight = split.and_then(|(path, weight)| Some((path, weight.parse::<u32>().ok()?)));
        match weight {
            // A file may be called so.
            Some((path, weight)) if !Path::new(word).exists() => Ok(Source {
                path: path.into(),
                weight: of_weight(weight)?,
            }),
            _ => Ok(Source {
                path: word.into(),
                weight: 1,
            }),
        }
    }
}

/// Whether a word is no file and a request itself: `GET /items`, `curl http://localhost:8000/`.
fn is_a_request(word: &str) -> bool {
    let (first, rest) = word.split_once(' ').unwrap_or_default();
    let is_method = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_uppercase());
    let goes_somewhere = rest.starts_with('/') || rest.starts_with("http");
    (first == "curl" || is_method && goes_somewhere) && !Path::new(word).exists()
}

fn of_weight(weight: u32) -> Result<u32, String> {
    match weight {
        1..=MOST_WEIGHT => Ok(weight),
        _ => Err(format!("a weight is a number from 1 to {MOST_WEIGHT}")),
    }
}

/// Reads all requests of a file. Those that name no host go to `base`.
///
/// # Errors
///
/// A sentence that says what is wrong, and where.
pub fn read(
    source: &Source,
    base: Option<&Address>,
    keep_alive: bool,
) -> Result<Vec<Request>, String> {
    let shown = printable::path(&source.path);
    let text = match source.path.to_str() {
        Some(word) if is_a_request(word) => word.to_owned(),
        _ => files::read_text(&source.path)
            .map_err(|error| format!("cannot read {shown}: {error}"))?,
    };
    let folder = source.path.parent().unwrap_or(Path::new("."));
    let mut requests = Vec::new();
    for part in parts(&text) {
        let at = |why: String| format!("{shown}, line {}: {why}", part.line);
        let weight = part.weight().map_err(at)?;
        let (parts, address) = part.read(folder).map_err(at)?;
        let address = address.as_ref().or(base).ok_or_else(|| {
            at(
                "it names no host: write http://HOST:PORT before its path, or give --ready-url"
                    .to_owned(),
            )
        })?;
        let weight = of_weight(weight.saturating_mul(source.weight)).map_err(at)?;
        requests.push(Request::new(parts, address.clone(), weight, keep_alive).map_err(at)?);
    }
    match requests.is_empty() {
        true => Err(format!("{shown} has no request in it")),
        false => Ok(requests),
    }
}

/// The text of one request.
struct Part<'t> {
    /// The line at which it begins, from 1.
    line: usize,
    /// What stands behind the `###` before it.
    title: &'t str,
    text: &'t str,
}

/// Takes a file apart. What has nothing in it but comments is left out.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut title, mut begin, mut line) = (Vec::new(), "", 0, 1);
    let (mut at, mut number) = (0, 1);
    for whole in text.split_inclusive('\n') {
        if let Some(rest) = whole.strip_prefix(BETWEEN) {
            parts.push(Part {
                line,
                title,
                text: &text[begin..at],
            });
            title = rest.trim();
            begin = at + whole.len();
            line = number + 1;
        }
        at += whole.len();
        number += 1;
    }
    parts.push(Part {
        line,
        title,
        text: &text[begin..],
    });
    parts.iter_mut().for_each(Part::skip_comments);
    parts.retain(|part| !part.text.trim().is_empty());
    parts
}

impl Part<'_> {
    /// Empty lines and lines that begin with `#` or `//` before a request are for people.
    fn skip_comments(&mut self) {
        while let Some(end) = self.text.find('\n') {
            let first = self.text[..end].trim();
            if !(first.is_empty() || first.starts_with('#') || first.starts_with("//")) {
                break;
            }
            self.text = &self.text[end + 1..];
            self.line += 1;
        }
    }

    /// `### weight: 3`, with a name before it or without.
    fn weight(&self) -> Result<u32, String> {
        let Some((_, weight)) = self.title.split_once("weight:") else {
            return Ok(1);
        };
        let weight = weight.trim();
        weight
            .parse()
            .map_err(|_| format!("{weight:?} is no weight: it is a number from 1 to {MOST_WEIGHT}"))
    }

    fn read(&self, folder: &Path) -> Result<(Parts, Option<Address>), String> {
        if curl::is_curl(self.text) {
            let (parts, address) = curl::parse(self.text, folder)?;
            return Ok((parts, Some(address)));
        }
        plain(self.text)
    }
}

/// The line of the request, headers, an empty line, the body.
fn plain(text: &str) -> Result<(Parts, Option<Address>), String> {
    let mut rest = text;
    let mut next = || {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        line.trim_end_matches('\r')
    };
    let mut words = next().split_whitespace();
    let (first, second, third) = (words.next().unwrap_or_default(), words.next(), words.next());
    // A line with nothing but a URL gets it.
    let (method, target) = match second {
        Some(target) => (first, target),
        None => ("GET", first),
    };
    if words.next().is_some() || third.is_some_and(|version| !version.starts_with("HTTP/")) {
        return Err(
            "its first line has too many words: METHOD PATH, and %20 for a space in it".to_owned(),
        );
    }
    let mut parts = Parts {
        method: method.to_owned(),
        ..Parts::default()
    };
    let mut address = None;
    if target.starts_with('/') {
        parts.path = target.to_owned();
    } else {
        let url = Url::parse(target).map_err(|why| format!("{target:?} cannot be asked: {why}"))?;
        parts.path = url.path;
        address = Some(url.address);
    }
    loop {
        let line = next();
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| {
            format!("{line:?} is no header: it has no colon (an empty line comes before a body)")
        })?;
        parts
            .headers
            .push((name.trim().to_owned(), value.trim().to_owned()));
    }
    // The end of the last line is the editor's.
    let body = rest.strip_suffix('\n').unwrap_or(rest);
    let body = body.strip_suffix('\r').unwrap_or(body);
    parts.body = (!body.is_empty()).then(|| body.as_bytes().to_vec());
    Ok((parts, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, base: Option<&str>) -> Result<Vec<Request>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requests.http");
        std::fs::write(&path, text).unwrap();
        let base = base.map(|base| Url::parse(base).unwrap().address);
        let source = Source { path, weight: 2 };
        read(&source, base.as_ref(), true)
    }

    fn sent(request: &Request) -> String {
        let mut bytes = Vec::new();
        request.write(7, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_request_on_the_command_line_is_one_whatever_signs_it_has() {
        let base = Url::parse("http://localhost:8000/").unwrap().address;
        let read_word = |word: &str| read(&Source::parse(word).unwrap(), Some(&base), true);
        let requests = read_word("GET /items?page=5").unwrap();
        assert_eq!(requests.len(), 1);
        assert!(sent(&requests[0]).starts_with("GET /items?page=5 HTTP/1.1\r\n"));
        let curl = read_word("curl http://localhost:9/x:7").unwrap();
        assert_eq!(curl[0].address.to_string(), "localhost:9");
        let why = read_word("Get /items").unwrap_err();
        assert!(why.contains("cannot read"), "{why}");
    }

    #[test]
    fn several_requests_of_both_forms_stand_in_a_file_with_their_weights() {
        let requests = read_text(
            "# What the shop asks.\n\nPOST /predict HTTP/1.1\r\nContent-Type: text/plain\r\n\r\nword{n}\n\
             ### read  weight: 3\n// again\ncurl http://[::1]:9/x\n###\nhttp://other:81/y\n###\n",
            Some("http://localhost:8000/ready"),
        )
        .unwrap();
        let told: Vec<(&str, u32, String)> = requests
            .iter()
            .map(|one| (one.name.as_str(), one.weight, one.address.to_string()))
            .collect();
        assert_eq!(
            told,
            [
                ("POST /predict", 2, "localhost:8000".to_owned()),
                ("GET /x", 6, "[::1]:9".to_owned()),
                ("GET /y", 2, "other:81".to_owned()),
            ]
        );
        assert!(sent(&requests[0]).ends_with("\r\nContent-Length: 5\r\n\r\nword7"));
        assert!(requests[0].has_number() && !requests[1].has_number());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let why = |text| read_text(text, None).unwrap_err();
        assert!(why("GET /\n").ends_with(
            "requests.http, line 1: it names no host: write http://HOST:PORT before its path, or give --ready-url"
        ));
        assert!(why("\nGET http://x/ y\n").contains("line 2: its first line has too many words"));
        assert!(why("GET http://x/\nno header\n").contains("no colon"));
        assert!(why("### weight: many\nGET http://x/\n").contains("\"many\" is no weight"));
        assert!(why("# nothing\n").contains("has no request in it"));
        assert!(why("GET http://x/\n###\ncurl 'x").contains("line 3: a quote (') is not closed"));
        assert!(why("### weight: 9000\nGET http://x/\n").contains("from 1 to 10000"));
    }

    #[test]
    fn a_weight_stands_behind_the_name_of_a_file() {
        let source = |word, path: &str, weight| {
            let expected = Source {
                path: path.into(),
                weight,
            };
            assert_eq!(Source::parse(word).unwrap(), expected);
        };
        source("a.http", "a.http", 1);
        source("a.http=3", "a.http", 3);
        source("a.http:3", "a.http", 3);
        source("a=b", "a=b", 1);
        assert!(Source::parse("a=0").is_err());
    }
}
