//! A request in the form of a command for curl, as browsers and documentation have it.

use super::address::{Address, Url};
use super::request::Parts;
use super::words::words;
use crate::files;
use std::path::{Path, PathBuf};

/// Flags without a word of their own that change nothing of what is sent.
const IGNORED: &str = "sSvikLfNgZ46#";
/// The same, by their long names.
const IGNORED_LONG: [&str; 22] = [
    "silent",
    "show-error",
    "verbose",
    "include",
    "insecure",
    "location",
    "fail",
    "fail-with-body",
    "no-buffer",
    "compressed",
    "globoff",
    "http1.1",
    "http1.0",
    "ipv4",
    "ipv6",
    "no-progress-meter",
    "progress-bar",
    "parallel",
    "no-keepalive",
    "raw",
    "tcp-nodelay",
    "path-as-is",
];
/// Options with a word that changes nothing of what is sent.
const IGNORED_WITH_WORD: [&str; 14] = [
    "output",
    "max-time",
    "connect-timeout",
    "write-out",
    "retry",
    "retry-delay",
    "dump-header",
    "stderr",
    "trace",
    "trace-ascii",
    "cookie-jar",
    "limit-rate",
    "keepalive-time",
    "max-redirs",
];
/// Short options, and what they are short for.
const SHORT: [(char, &str); 14] = [
    ('X', "request"),
    ('H', "header"),
    ('d', "data"),
    ('A', "user-agent"),
    ('b', "cookie"),
    ('e', "referer"),
    ('u', "user"),
    ('o', "output"),
    ('m', "max-time"),
    ('w', "write-out"),
    ('D', "dump-header"),
    ('c', "cookie-jar"),
    ('F', "form"),
    ('T', "upload-file"),
];

/// What was read of a command.
#[derive(Default)]
struct Command {
    parts: Parts,
    url: Option<String>,
    socket: Option<PathBuf>,
    data: Vec<Vec<u8>>,
    as_query: bool,
    as_head: bool,
}

/// Whether a text is in this form.
pub fn is_curl(text: &str) -> bool {
    let first = text.split_whitespace().next();
    first.is_some_and(|word| word == "curl" || word.ends_with("/curl"))
}

/// Reads a command; files that it names are beside `folder`.
///
/// # Errors
///
/// A clause that says what is wrong with it.
pub fn parse(text: &str, folder: &Path) -> Result<(Parts, Address), String> {
    let mut command = Command::default();
    let mut words = words(text)?.into_iter().skip(1);
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            if !command.flag(name) && !IGNORED_LONG.contains(&name) {
                let value = value.or_else(|| words.next());
                command.option(
                    name,
                    value.ok_or_else(|| format!("--{name} has no value"))?,
                    folder,
                )?;
            }
        } else if let Some(short) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            let mut letters = short.chars();
            while let Some(letter) = letters.next() {
                let long = SHORT.iter().find(|(known, _)| *known == letter);
                if let Some((_, name)) = long {
                    let rest: String = letters.collect();
                    let value = Some(rest).filter(|rest| !rest.is_empty());
                    let value = value.or_else(|| words.next());
                    command.option(
                        name,
                        value.ok_or_else(|| format!("-{letter} has no value"))?,
                        folder,
                    )?;
                    break;
                }
                let is_flag = match letter {
                    'G' => command.flag("get"),
                    'I' => command.flag("head"),
                    other => IGNORED.contains(other),
                };
                if !is_flag {
                    return Err(unknown(&format!("-{letter}")));
                }
            }
        } else if command.url.replace(word).is_some() {
            return Err(
                "it has two URLs: put the second into a request of its own, below a line ###"
                    .to_owned(),
            );
        }
    }
    command.finish()
}

fn unknown(option: &str) -> String {
    format!("curl's option {option} is not understood here: write the request as plain HTTP")
}

impl Command {
    /// Whether it is a flag that means something.
    fn flag(&mut self, name: &str) -> bool {
        match name {
            "get" => self.as_query = true,
            "head" => self.as_head = true,
            _ => return false,
        }
        true
    }

    fn option(&mut self, name: &str, value: String, folder: &Path) -> Result<(), String> {
        let from_file = |value: &str, whole: bool| -> Result<Vec<u8>, String> {
            let Some(file) = value.strip_prefix('@') else {
                return Ok(value.as_bytes().to_vec());
            };
            let path = folder.join(file);
            let mut bytes = files::read(&path)
                .map_err(|error| format!("cannot read {}: {error}", printable::path(&path)))?;
            if !whole {
                bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
            }
            Ok(bytes)
        };
        match name {
            "request" => self.parts.method = value,
            "url" => self.url = Some(value),
            "unix-socket" => self.socket = Some(value.into()),
            "header" => match value.split_once(':') {
                Some((name, value)) => self.header(name.trim(), value.trim()),
                None => return Err(format!("{value:?} is no header: it has no colon")),
            },
            "data" | "data-ascii" => self.data.push(from_file(&value, false)?),
            "data-binary" => self.data.push(from_file(&value, true)?),
            "data-raw" => self.data.push(value.into_bytes()),
            "json" => {
                self.data.push(from_file(&value, true)?);
                self.header("Content-Type", "application/json");
                self.header("Accept", "application/json");
            }
            "user-agent" => self.header("User-Agent", &value),
            "referer" => self.header("Referer", &value),
            "cookie" if value.contains('=') => self.header("Cookie", &value),
            "user" => self.header(
                "Authorization",
                &format!("Basic {}", base64(value.as_bytes())),
            ),
            name if IGNORED_WITH_WORD.contains(&name) => {}
            name => return Err(unknown(&format!("--{name}"))),
        }
        Ok(())
    }

    fn header(&mut self, name: &str, value: &str) {
        self.parts.headers.push((name.to_owned(), value.to_owned()));
    }

    fn finish(mut self) -> Result<(Parts, Address), String> {
        let url = self.url.ok_or("it has no URL")?;
        let mut url = Url::parse(&url).map_err(|why| format!("its URL cannot be asked: {why}"))?;
        if let Some(socket) = self.socket {
            url.address = Address::Unix(socket);
        }
        let data = self.data.join(&b'&');
        let has_data = !self.data.is_empty();
        if self.as_query && has_data {
            let query = String::from_utf8(data).map_err(|_| "its data is no text")?;
            let mark = if url.path.contains('?') { '&' } else { '?' };
            url.path.push(mark);
            url.path.push_str(&query);
        } else if has_data {
            self.parts.body = Some(data);
            let is_typed = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
            if !self.parts.headers.iter().any(is_typed) {
                let form = "application/x-www-form-urlencoded".to_owned();
                self.parts.headers.push(("Content-Type".to_owned(), form));
            }
        }
        if self.parts.method.is_empty() {
            let method = match (self.as_head, self.parts.body.is_some()) {
                (true, _) => "HEAD",
                (false, true) => "POST",
                (false, false) => "GET",
            };
            self.parts.method = method.to_owned();
        }
        self.parts.path = url.path;
        Ok((self.parts, url.address))
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            text.push(match place <= three.len() {
                true => char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize]),
                false => '=',
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Parts, Address) {
        parse(text, Path::new("/nowhere")).unwrap()
    }

    #[test]
    fn a_command_as_documentation_has_it_is_a_request() {
        let (parts, address) = parsed(
            "curl -sS -X PUT 'http://127.0.0.1:8000/a?b=c' \\\n  -H 'Content-Type: application/json' --compressed \\\n  -d '{\"text\": \"word{n}\"}'",
        );
        assert_eq!(address, Address::Tcp("127.0.0.1".to_owned(), 8000));
        assert_eq!(
            (parts.method.as_str(), parts.path.as_str()),
            ("PUT", "/a?b=c")
        );
        assert_eq!(
            parts.headers,
            [("Content-Type".to_owned(), "application/json".to_owned())]
        );
        assert_eq!(parts.body.unwrap(), b"{\"text\": \"word{n}\"}");
    }

    #[test]
    fn the_method_and_the_type_are_those_that_curl_takes_by_itself() {
        assert_eq!(parsed("curl localhost:1/").0.method, "GET");
        assert_eq!(parsed("curl -I localhost:1/").0.method, "HEAD");
        let (parts, _) = parsed("curl localhost:1 -da=1 --data-raw @b");
        assert_eq!(parts.method, "POST");
        assert_eq!(parts.body.unwrap(), b"a=1&@b");
        assert_eq!(parts.headers[0].1, "application/x-www-form-urlencoded");
        let (parts, _) = parsed("curl -G localhost:1/x?y=1 -d z=2 -u me:it");
        assert_eq!(
            (parts.method.as_str(), parts.path.as_str()),
            ("GET", "/x?y=1&z=2")
        );
        assert_eq!(parts.headers[0].1, "Basic bWU6aXQ=");
        let (_, address) = parsed("/usr/bin/curl --unix-socket /run/a.sock http://x/y");
        assert_eq!(address, Address::Unix("/run/a.sock".into()));
    }

    #[test]
    fn a_body_comes_from_a_file_beside_the_requests() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("body"), "a\nb\n").unwrap();
        let body = |option: &str| {
            let text = format!("curl localhost:1 {option} @body");
            parse(&text, folder.path()).unwrap().0.body.unwrap()
        };
        assert_eq!(body("--data-binary"), b"a\nb\n");
        assert_eq!(body("-d"), b"ab");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let why = |text| parse(text, Path::new("/nowhere")).unwrap_err();
        assert!(why("curl -F a=@b localhost:1").contains("option --form is not understood"));
        assert!(why("curl --http3 localhost:1").contains("--http3"));
        assert_eq!(why("curl -X POST"), "it has no URL");
        assert!(why("curl https://x/").contains("it is https"));
        assert!(why("curl localhost:1 -d @no-such-file").contains("cannot read"));
        assert!(why("curl localhost:1 localhost:2").contains("two URLs"));
    }
}
