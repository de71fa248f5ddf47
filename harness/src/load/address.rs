//! Where a service listens, and what is asked of it there: the parts of a URL that HTTP without TLS needs.

use std::fmt;
use std::path::PathBuf;

/// Where a service listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host, by its name or number, and a port.
    Tcp(String, u16),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// An address, and the path and query that are asked for there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Where.
    pub address: Address,
    /// What: `/predict?fast=1`, at least `/`.
    pub path: String,
}

impl Address {
    /// What is written in the header `Host`.
    pub fn host(&self) -> String {
        match self {
            Address::Tcp(host, 80) => host.clone(),
            Address::Tcp(host, port) => format!("{host}:{port}"),
            Address::Unix(_) => "localhost".to_owned(),
        }
    }

    /// The host of a header `Host`, or of a URL between `//` and the path.
    ///
    /// # Errors
    ///
    /// A clause that says what is wrong with it.
    pub fn of_host(text: &str) -> Result<Address, String> {
        if text.contains('@') {
            return Err("it names a user, which belongs into a header Authorization".to_owned());
        }
        // `[::1]:8000`
        let (host, rest) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => (host, rest),
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => 80,
            Some(port) => port.parse().map_err(|_| format!("{port:?} is no port"))?,
            None => return Err("it has no host that could be".to_owned()),
        };
        let is_whole =
            !host.is_empty() && !host.contains(|one: char| one.is_whitespace() || one.is_control());
        match is_whole {
            true => Ok(Address::Tcp(host.to_owned(), port)),
            false => Err("it has no host".to_owned()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Address::Tcp(host, port) => write!(f, "{host}:{port}"),
            Address::Unix(path) => write!(f, "unix:{}", printable::path(path)),
        }
    }
}

impl Url {
    /// Reads `http://host:port/path`, `host:port/path`, or `unix:/the/socket:/path`.
    ///
    /// # Errors
    ///
    /// A clause that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Url, String> {
        if let Some(rest) = text.strip_prefix("unix:") {
            let (socket, path) = match rest.find(":/") {
                Some(at) => (&rest[..at], &rest[at + 1..]),
                None => (rest, "/"),
            };
            if !socket.starts_with('/') {
                return Err("the path of its socket has to begin with a slash".to_owned());
            }
            return Ok(Url {
                address: Address::Unix(socket.into()),
                path: path.to_owned(),
            });
        }
        if text.starts_with("https://") {
            return Err(
                "it is https: ask the service itself without TLS, behind whatever does that for it"
                    .to_owned(),
            );
        }
        let rest = match text.split_once("://") {
            None => text,
            Some(("http", rest)) => rest,
            Some((scheme, _)) => return Err(format!("{scheme:?} is not http")),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        Ok(Url {
            address: Address::of_host(host)?,
            path: if path.starts_with('/') {
                path.to_owned()
            } else {
                format!("/{path}")
            },
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Tcp(..) => write!(f, "http://{}{}", self.address, self.path),
            Address::Unix(_) => write!(f, "{}:{}", self.address, self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_an_address_and_a_path() {
        let parsed = |text| Url::parse(text).unwrap();
        let tcp = |host: &str, port| Address::Tcp(host.to_owned(), port);
        let url = parsed("http://127.0.0.1:8000/predict?fast=1#here");
        assert_eq!(
            (url.address, url.path.as_str()),
            (tcp("127.0.0.1", 8000), "/predict?fast=1")
        );
        assert_eq!(parsed("localhost:80").to_string(), "http://localhost:80/");
        assert_eq!(parsed("http://[::1]:9/x").address, tcp("::1", 9));
        assert_eq!(parsed("http://here?q=1").path, "/?q=1");
        let unix = parsed("unix:/run/app.sock:/health");
        assert_eq!(
            (unix.address, unix.path.as_str()),
            (Address::Unix("/run/app.sock".into()), "/health")
        );
        assert_eq!(parsed("unix:/run/app.sock").path, "/");
    }

    #[test]
    fn what_cannot_be_asked_says_why() {
        let why = |text| Url::parse(text).unwrap_err();
        assert!(why("https://localhost/").contains("it is https"));
        assert_eq!(why("ftp://x/"), "\"ftp\" is not http");
        assert_eq!(why("http://x:99999/"), "\"99999\" is no port");
        assert_eq!(why("http:///path"), "it has no host");
        assert!(why("http://me@x/").contains("Authorization"));
        assert!(why("unix:app.sock").contains("slash"));
    }
}
