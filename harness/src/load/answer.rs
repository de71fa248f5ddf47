//! Reads an answer of HTTP/1: how it ends is what matters; its body is counted and not kept.

use std::io::{self, BufRead, Read};

/// The most bytes of the head of an answer.
const MOST_HEAD: u64 = 256 << 10;
/// The most bytes of the body of an answer.
const MOST_BODY: u64 = 1 << 30;

/// An answer that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status: 200.
    pub status: u16,
    /// Bytes of its body.
    pub bytes: u64,
    /// Whether the connection can be used again.
    pub keeps: bool,
}

/// Reads an answer. `is_head`: to a request that gets no body.
///
/// # Errors
///
/// Those of the connection; [`io::ErrorKind::InvalidData`] where it is no answer of HTTP, or too large;
/// [`io::ErrorKind::UnexpectedEof`] where it ended too early.
pub fn read(from: &mut impl BufRead, is_head: bool) -> io::Result<Answer> {
    loop {
        let head = Head::read(from)?;
        // "Go on" comes before the answer itself.
        if (100..200).contains(&head.status) && head.status != 101 {
            continue;
        }
        let has_none = is_head || matches!(head.status, 101 | 204 | 304);
        let (bytes, is_known) = match head.length {
            _ if has_none => (0, true),
            Length::Chunked => (chunks(from)?, true),
            Length::Bytes(length) => (exactly(from, length)?, true),
            // The end of the connection is that of the body.
            Length::Unknown => (to_the_end(from)?, false),
        };
        return Ok(Answer {
            status: head.status,
            bytes,
            keeps: head.keeps && is_known && head.status != 101,
        });
    }
}

#[derive(Clone, Copy)]
enum Length {
    Bytes(u64),
    Chunked,
    Unknown,
}

struct Head {
    status: u16,
    length: Length,
    keeps: bool,
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

impl Head {
    fn read(from: &mut impl BufRead) -> io::Result<Head> {
        let mut left = MOST_HEAD;
        let first = line(from, &mut left)?;
        let mut words = first.split(' ');
        let version = words.next().unwrap_or_default();
        let status = words.next().and_then(|word| word.parse::<u16>().ok());
        let (Some(status), true) = (status, version.starts_with("HTTP/1.")) else {
            return Err(wrong("it is no answer of HTTP/1"));
        };
        let mut head = Head {
            status,
            length: Length::Unknown,
            keeps: version != "HTTP/1.0",
        };
        loop {
            let header = line(from, &mut left)?;
            if header.is_empty() {
                return Ok(head);
            }
            let (name, value) = header
                .split_once(':')
                .ok_or_else(|| wrong("a header has no colon"))?;
            let value = value.trim().to_ascii_lowercase();
            match name.trim().to_ascii_lowercase().as_str() {
                "content-length" if !matches!(head.length, Length::Chunked) => {
                    let length = value
                        .parse()
                        .map_err(|_| wrong("its length is no number"))?;
                    head.length = Length::Bytes(length);
                }
                "transfer-encoding" if value.ends_with("chunked") => head.length = Length::Chunked,
                "connection" if value.contains("close") => head.keeps = false,
                "connection" if value.contains("keep-alive") => head.keeps = true,
                _ => {}
            }
        }
    }
}

/// A line without its end, of at most so many bytes, which become fewer by it.
fn line(from: &mut impl BufRead, left: &mut u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    let read = from.take(*left).read_until(b'\n', &mut bytes)?;
    *left -= read as u64;
    match bytes.pop() {
        Some(b'\n') => {}
        _ if *left == 0 => return Err(wrong("its head is too large")),
        _ => return Err(io::ErrorKind::UnexpectedEof.into()),
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn exactly(from: &mut impl BufRead, length: u64) -> io::Result<u64> {
    if length > MOST_BODY {
        return Err(wrong("its body is too large"));
    }
    match io::copy(&mut from.take(length), &mut io::sink())? {
        read if read == length => Ok(read),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn to_the_end(from: &mut impl BufRead) -> io::Result<u64> {
    match io::copy(&mut from.take(MOST_BODY + 1), &mut io::sink())? {
        read if read > MOST_BODY => Err(wrong("its body is too large")),
        read => Ok(read),
    }
}

fn chunks(from: &mut impl BufRead) -> io::Result<u64> {
    let mut sum = 0;
    loop {
        let mut left = MOST_HEAD;
        let head = line(from, &mut left)?;
        let size = head.split(';').next().unwrap_or_default().trim();
        let size =
            u64::from_str_radix(size, 16).map_err(|_| wrong("the size of a chunk is no number"))?;
        if size == 0 {
            // What may follow as headers, up to the empty line.
            while !line(from, &mut left)?.is_empty() {}
            return Ok(sum);
        }
        sum = exactly(from, size)?.saturating_add(sum);
        if sum > MOST_BODY {
            return Err(wrong("its body is too large"));
        }
        if !line(from, &mut left)?.is_empty() {
            return Err(wrong("a chunk is longer than it says"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> io::Result<Answer> {
        read(&mut text.as_bytes(), false)
    }

    #[test]
    fn bodies_of_each_kind_are_read_to_their_ends_and_no_further() {
        let known = |status, bytes, keeps| Answer {
            status,
            bytes,
            keeps,
        };
        for (text, expected) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
                known(200, 3, true),
            ),
            (
                "HTTP/1.0 404 Not Found\nContent-Length: 0\n\n",
                known(404, 0, false),
            ),
            (
                "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nto the end",
                known(200, 10, false),
            ),
            ("HTTP/1.1 204 No Content\r\n\r\n", known(204, 0, true)),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                 3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
                known(200, 13, true),
            ),
        ] {
            assert_eq!(answer(text).unwrap(), expected, "{text}");
        }
        let mut two = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n".as_bytes();
        assert_eq!(read(&mut two, false).unwrap().status, 200);
        assert_eq!(read(&mut two, false).unwrap().status, 500);
        let mut head = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n".as_bytes();
        assert_eq!(read(&mut head, true).unwrap(), known(200, 0, true));
    }

    #[test]
    fn what_is_no_answer_or_claims_too_much_is_an_error() {
        let kind = |text: &str| answer(text).unwrap_err().kind();
        use io::ErrorKind::{InvalidData, UnexpectedEof};
        assert_eq!(kind(""), UnexpectedEof);
        assert_eq!(
            kind("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            UnexpectedEof
        );
        for wrong in [
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/2 200\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        ] {
            assert_eq!(kind(wrong), InvalidData, "{wrong}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "b".repeat(300 << 10));
        assert_eq!(kind(&endless), InvalidData);
    }
}
