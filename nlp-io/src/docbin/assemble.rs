//! From pieces to a DocBin, in memory that does not grow with them but for the strings.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rmp::encode::{
    ValueWriteError, write_array_len, write_bin_len, write_bool, write_map_len, write_str,
    write_uint,
};

use super::columns::{Columns, MOST_BYTES};
use super::message::Message;
use super::sections::{Lengths, Section, read_lengths};

/// Writes the DocBin of the documents in `pieces`, which [`Rows::to_piece`](super::Rows::to_piece) made, one after another.
/// The pieces are read many times, once for each part of the DocBin; what is held of them are the strings.
///
/// # Errors
/// If reading or writing fails, and if there are more tokens than a DocBin can hold.
pub fn assemble<P: Read + Seek>(
    pieces: &mut P,
    columns: &Columns,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut pieces = Pieces::find(pieces)?;
    let mut out = ZlibEncoder::new(out, Compression::default());
    let keys = 9 + u32::from(columns.has_user_data());
    write_map_len(&mut out, keys)?;
    write_str(&mut out, "version")?;
    write_str(&mut out, "0.1")?;
    write_str(&mut out, "attrs")?;
    write_array_len(&mut out, columns.attrs().len() as u32)?;
    for &attr in columns.attrs() {
        write_uint(&mut out, attr as u64)?;
    }
    for (key, section) in [
        ("tokens", Section::Tokens),
        ("spaces", Section::Spaces),
        ("lengths", Section::Lengths),
    ] {
        write_str(&mut out, key)?;
        write_bin_len(&mut out, pieces.length_in_32_bits(section)?)?;
        pieces.copy(section, &mut out)?;
    }
    write_str(&mut out, "strings")?;
    let strings = pieces.strings()?;
    write_array_len(&mut out, strings.len() as u32)?;
    strings
        .iter()
        .try_for_each(|text| write_str(&mut out, text))?;
    let docs = pieces.length_in_32_bits(Section::Lengths)? / 4;
    let mut lists = vec![
        ("cats", Some(Section::Cats)),
        ("flags", None),
        ("span_groups", Some(Section::Groups)),
    ];
    if columns.has_user_data() {
        lists.push(("user_data", Some(Section::UserData)));
    }
    for (key, section) in lists {
        write_str(&mut out, key)?;
        write_array_len(&mut out, docs)?;
        match section {
            Some(section) => pieces.copy(section, &mut out)?,
            None => write_flags(&mut out, docs)?,
        }
    }
    out.finish().map(drop)
}

/// What spaCy says of each document's spaces: that they are known.
fn write_flags(out: &mut impl Write, docs: u32) -> io::Result<()> {
    let mut flags = Vec::new();
    let write = |flags: &mut Vec<u8>| {
        write_map_len(flags, 1)?;
        write_str(flags, "has_unknown_spaces")?;
        write_bool(flags, false).map_err(ValueWriteError::InvalidDataWrite)
    };
    write(&mut flags).expect("writing to memory does not fail");
    (0..docs).try_for_each(|_| out.write_all(&flags))
}

/// Where the sections of all pieces are.
struct Pieces<'p, P> {
    bytes: BufReader<&'p mut P>,
    /// Where the sections of each piece begin, and how long they are.
    found: Vec<(u64, Lengths)>,
}

impl<'p, P: Read + Seek> Pieces<'p, P> {
    fn find(pieces: &'p mut P) -> io::Result<Self> {
        let mut bytes = BufReader::with_capacity(1 << 16, pieces);
        bytes.rewind()?;
        let mut found = Vec::new();
        let mut at = 0u64;
        while let Some(lengths) = read_lengths(&mut bytes)? {
            let begins = at + 8 * Section::COUNT as u64;
            found.push((begins, lengths));
            at = lengths
                .iter()
                .try_fold(begins, |sum, &length| sum.checked_add(length))
                .ok_or(io::ErrorKind::InvalidData)?;
            bytes.seek(SeekFrom::Start(at))?;
        }
        Ok(Pieces { bytes, found })
    }

    fn length_in_32_bits(&self, section: Section) -> io::Result<u32> {
        let length: u64 = self
            .found
            .iter()
            .map(|(_, lengths)| lengths[section as usize])
            .sum();
        u32::try_from(length).map_err(|_| {
            let reason = format!(
                "the documents take {length} bytes, and a DocBin can have {MOST_BYTES}: divide them"
            );
            io::Error::new(io::ErrorKind::InvalidInput, reason)
        })
    }

    /// Hands each piece's section to `take`.
    fn each(
        &mut self,
        section: Section,
        mut take: impl FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> io::Result<()> {
        for (begins, lengths) in &self.found {
            let before: u64 = lengths[..section as usize].iter().sum();
            self.bytes.seek(SeekFrom::Start(begins + before))?;
            take(&mut (&mut self.bytes).take(lengths[section as usize]))?;
        }
        Ok(())
    }

    fn copy(&mut self, section: Section, out: &mut impl Write) -> io::Result<()> {
        self.each(section, |bytes| io::copy(bytes, out).map(drop))
    }

    fn strings(&mut self) -> io::Result<BTreeSet<String>> {
        let mut strings = BTreeSet::new();
        self.each(Section::Strings, |bytes| {
            let mut section = Vec::new();
            bytes.read_to_end(&mut section)?;
            let mut message = Message::new(&section);
            while !message.is_over() {
                let text = message.text().map_err(io::Error::other)?;
                if !strings.contains(text) {
                    strings.insert(text.to_owned());
                }
            }
            Ok(())
        })?;
        Ok(strings)
    }
}
