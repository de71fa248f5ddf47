//! One request of the load, as bytes to be sent.

use super::address::Address;
use super::template::Template;

/// A request that is sent again and again, with the number of the request in it where that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What it is called: `POST /predict`.
    pub name: String,
    /// How often it comes, as a share of the weights of all.
    pub weight: u32,
    /// Where it goes.
    pub address: Address,
    /// No answer to it has a body.
    pub is_head: bool,
    /// The line of the request and its headers, each with its end, but not the empty line behind them.
    head: Template,
    body: Template,
    /// Whether a body is announced.
    has_body: bool,
}

/// The parts of which a request is made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// `POST`.
    pub method: String,
    /// `/predict`.
    pub path: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body; none is sent where there is none.
    pub body: Option<Vec<u8>>,
}

/// Headers that say how long the body is, which is known better here.
const OF_LENGTH: [&str; 2] = ["content-length", "transfer-encoding"];
/// What would have the service take each request for another.
const OF_CONNECTION: [&str; 4] = ["connection", "keep-alive", "expect", "upgrade"];

impl Request {
    /// Makes it of its parts.
    ///
    /// # Errors
    ///
    /// A clause: something in it would end a line or a word too early.
    pub fn new(
        parts: Parts,
        address: Address,
        weight: u32,
        keep_alive: bool,
    ) -> Result<Request, String> {
        let is_word =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_word(&parts.method) {
            return Err(format!("{:?} is no method", parts.method));
        }
        if parts.path.bytes().any(|byte| byte <= b' ' || byte == 0x7f)
            || !parts.path.starts_with('/')
        {
            return Err(format!(
                "{:?} is no path: it begins with a slash, and has no spaces (%20 stands for one)",
                parts.path
            ));
        }
        let mut head = format!("{} {} HTTP/1.1\r\n", parts.method, parts.path);
        let has = |name: &str| {
            parts
                .headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        if !has("host") {
            head.push_str(&format!("Host: {}\r\n", address.host()));
        }
        for (name, value) in &parts.headers {
            if !is_word(name) || value.contains(['\r', '\n', '\0']) {
                return Err(format!("{name:?} is no header that could be sent"));
            }
            let lower = name.to_ascii_lowercase();
            if OF_LENGTH.contains(&lower.as_str()) || OF_CONNECTION.contains(&lower.as_str()) {
                continue;
            }
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !has("user-agent") {
            head.push_str("User-Agent: harness\r\n");
        }
        if !has("accept") {
            head.push_str("Accept: */*\r\n");
        }
        if !keep_alive {
            head.push_str("Connection: close\r\n");
        }
        let wants_length = matches!(parts.method.as_str(), "POST" | "PUT" | "PATCH");
        Ok(Request {
            name: format!("{} {}", parts.method, parts.path),
            weight,
            address,
            is_head: parts.method == "HEAD",
            head: Template::new(head.as_bytes()),
            has_body: parts.body.is_some() || wants_length,
            body: Template::new(&parts.body.unwrap_or_default()),
        })
    }

    /// Whether its number stands in it, so that each is another.
    pub fn has_number(&self) -> bool {
        self.head.has_number() || self.body.has_number()
    }

    /// Writes the request of this number into an empty buffer.
    pub fn write(&self, number: u64, into: &mut Vec<u8>) {
        into.clear();
        self.head.write(number, into);
        if self.has_body {
            let length = format!("Content-Length: {}\r\n", self.body.length(number));
            into.extend_from_slice(length.as_bytes());
        }
        into.extend_from_slice(b"\r\n");
        if self.has_body {
            self.body.write(number, into);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: &str, path: &str) -> Parts {
        Parts {
            method: method.to_owned(),
            path: path.to_owned(),
            ..Parts::default()
        }
    }

    fn written(parts: Parts, number: u64, keep_alive: bool) -> String {
        let address = Address::Tcp("here".to_owned(), 8000);
        let request = Request::new(parts, address, 1, keep_alive).unwrap();
        let mut bytes = b"left over".to_vec();
        request.write(number, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_a_service_needs_to_know_is_added_and_what_is_wrong_is_left_out() {
        let whole = Parts {
            headers: vec![
                ("content-type".to_owned(), "text/plain".to_owned()),
                ("Content-Length".to_owned(), "7".to_owned()),
            ],
            body: Some(b"text {n}".to_vec()),
            ..parts("POST", "/a/{n}")
        };
        assert_eq!(
            written(whole, 12, true),
            "POST /a/12 HTTP/1.1\r\nHost: here:8000\r\ncontent-type: text/plain\r\nUser-Agent: harness\r\n\
             Accept: */*\r\nContent-Length: 7\r\n\r\ntext 12"
        );
        let bare = written(parts("GET", "/"), 0, false);
        assert!(bare.ends_with("Connection: close\r\n\r\n") && !bare.contains("Content-Length"));
        assert!(written(parts("POST", "/"), 0, true).contains("Content-Length: 0"));
    }

    #[test]
    fn nothing_can_end_a_line_too_early() {
        let refused =
            |parts| Request::new(parts, Address::Tcp("x".to_owned(), 1), 1, true).unwrap_err();
        assert!(refused(parts("GET", "/a b")).contains("%20"));
        assert!(refused(parts("GET", "a")).contains("slash"));
        assert!(refused(parts("G T", "/")).contains("no method"));
        let mut header = parts("GET", "/");
        header
            .headers
            .push(("a".to_owned(), "b\r\nc: d".to_owned()));
        assert!(refused(header).contains("no header"));
    }
}
