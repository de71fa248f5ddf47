//! What the members of every kind of archive are held to: names that stay inside, and sizes that can be believed.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::error::{Error, FormatError};

/// What is unpacked may take so much whatever it was packed into.
const SMALL: u64 = 64 << 20;
/// Beyond [`SMALL`], it may take so many times as much as it was packed into. Weights pack badly, lists of words to a
/// fifth; what packs to a thousandth was made to fill somebody's memory.
const MOST_TIMES: u64 = 100;

/// The most bytes that may come out of `packed` bytes.
pub(super) fn most_unpacked(packed: u64) -> u64 {
    packed.saturating_mul(MOST_TIMES).max(SMALL)
}

/// A member's name with `/` between its parts and nothing else: without `.`, and without the `/` that ends a
/// directory's. `None` where nothing is left.
///
/// # Errors
/// If the name would lie outside of where the archive is unpacked, on this system or on another.
pub(super) fn name(raw: &[u8]) -> Result<Option<String>, FormatError> {
    let name = String::from_utf8_lossy(raw);
    let fault = |what: &str| Err(FormatError::new(format!("its member {name:?} {what}")));
    if matches!(name, Cow::Owned(_)) {
        return fault("has a name that is not UTF-8");
    }
    let drive = |part: &str| part.as_bytes().get(1) == Some(&b':') && part.is_char_boundary(1);
    if name.contains('\0') {
        return fault("has a NUL in its name");
    }
    if name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..") {
        return fault("would lie outside of the archive");
    }
    if drive(&name) || name.contains('\\') {
        return fault("is named as on Windows, with a drive or backslashes");
    }
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// Refuses `packed` bytes that claim to unpack to far too many.
pub(super) fn check_claim(claimed: u64, packed: u64) -> Result<(), FormatError> {
    match claimed <= most_unpacked(packed) {
        true => Ok(()),
        false => Err(FormatError::new(format!(
            "says that its {packed} bytes unpack to {claimed}, which no file of a pipeline does"
        ))),
    }
}

/// Reads all that `reader` gives, which should be the `claimed` bytes. Room is made for no more than `room` before they
/// are there. `path` names the member.
pub(super) fn read_exactly(
    reader: impl Read,
    claimed: u64,
    room: u64,
    path: &Path,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let room = usize::try_from(claimed.min(room)).unwrap_or(0);
    let _ = bytes.try_reserve_exact(room.saturating_add(1));
    let read = reader
        .take(claimed.saturating_add(1))
        .read_to_end(&mut bytes);
    read.map_err(|e| unpacking(e, path))?;
    let got = bytes.len() as u64;
    let reason = match got.cmp(&claimed) {
        Ordering::Equal => return Ok(bytes),
        Ordering::Greater => format!("unpacks to more than the {claimed} bytes that it claims"),
        Ordering::Less => format!("ends after {got} of the {claimed} bytes that it claims"),
    };
    Err(FormatError::new(reason).in_file(path))
}

/// The error for what went wrong while the file at `path` was read and unpacked: its own fault, or the system's.
pub(super) fn unpacking(error: io::Error, path: &Path) -> Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => FormatError::new("ends early: it was cut short").in_file(path),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => {
            FormatError::new(format!("cannot be unpacked: {error}")).in_file(path)
        }
        _ => Error::Read {
            path: path.to_path_buf(),
            source: error,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_what_says_nothing() {
        for (raw, clean) in [
            ("a/b.c", Some("a/b.c")),
            ("./a//b/", Some("a/b")),
            ("./", None),
            ("", None),
            ("a/..b/c..", Some("a/..b/c..")),
            ("é", Some("é")),
        ] {
            assert_eq!(name(raw.as_bytes()).unwrap().as_deref(), clean, "{raw}");
        }
    }

    #[test]
    fn a_name_that_leads_outside_is_refused_on_every_system() {
        for raw in [
            "../a",
            "a/../../b",
            "a/..",
            "/etc/passwd",
            "\\a",
            "..\\a",
            "a\\..\\b",
            "C:a",
            "C:\\a",
            "c:/a",
            "a\\b",
        ] {
            let error = name(raw.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("its member"), "{error}");
        }
        assert!(name(b"a\0b").is_err());
        assert!(name(b"\xff").is_err());
    }

    #[test]
    fn a_member_gives_exactly_what_it_claims() {
        let path = Path::new("x.zip/m");
        assert_eq!(read_exactly(&b"abc"[..], 3, 3, path).unwrap(), b"abc");
        for (claimed, said) in [(2, "more than the 2"), (4, "after 3 of the 4")] {
            let error = read_exactly(&b"abc"[..], claimed, 3, path).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn a_claim_is_believed_as_far_as_files_pack() {
        assert!(check_claim(SMALL, 1).is_ok());
        assert!(check_claim(5_000_000_000, 50_000_000).is_ok());
        let error = check_claim(1 << 40, 1000).unwrap_err().to_string();
        assert!(error.contains("unpack to 1099511627776"), "{error}");
    }
}
