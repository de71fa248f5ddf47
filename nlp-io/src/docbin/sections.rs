//! The parts that a DocBin is put together from.

use std::io::{self, Read};

/// A part. Those of many pieces, one after another, are that of the whole, but for the strings, of which each is there once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The number of tokens of each document: four bytes each.
    Lengths,
    /// The attributes of the tokens: eight bytes each.
    Tokens,
    /// Whether a space follows a token: a byte each.
    Spaces,
    /// The strings, as msgpack.
    Strings,
    /// The categories of each document, as msgpack.
    Cats,
    /// The groups of spans of each document, as msgpack.
    Groups,
    /// The user's data of each document, as msgpack.
    UserData,
}

impl Section {
    pub const COUNT: usize = 7;
}

/// The length of each section of a piece, which come before the sections, eight bytes each.
pub type Lengths = [u64; Section::COUNT];

/// Reads the lengths at the beginning of a piece; `None` at the end.
pub fn read_lengths(pieces: &mut impl Read) -> io::Result<Option<Lengths>> {
    let mut bytes = Vec::new();
    pieces
        .take(8 * Section::COUNT as u64)
        .read_to_end(&mut bytes)?;
    let (numbers, rest) = bytes.as_chunks::<8>();
    let mut lengths = [0; Section::COUNT];
    match numbers.len() {
        0 if rest.is_empty() => Ok(None),
        Section::COUNT => {
            for (length, number) in lengths.iter_mut().zip(numbers) {
                *length = u64::from_le_bytes(*number);
            }
            Ok(Some(lengths))
        }
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
