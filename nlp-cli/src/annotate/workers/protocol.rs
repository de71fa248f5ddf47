//! What a worker and its parent say to each other: a message is a length in four bytes, so many bytes of JSON, and in some
//! a length in eight bytes and so many bytes of output.

use std::io::{self, Read, Write};

use nlp_io::texts::{Place, Record, Unreadable};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::columns::Kept;
use super::super::range::{Counts, Done, Range};

/// The worker is there. Said once, first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// The pipeline's fingerprint.
    pub fingerprint: u64,
    /// What to know of the pipeline.
    pub warnings: Vec<String>,
    /// Its memory with the pipeline loaded, in bytes of RSS.
    pub rss: u64,
}

/// A range to do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    input: usize,
    /// The number of each line, and its text, or why there is none.
    records: Vec<(u64, Result<String, String>)>,
    /// Where what is kept of the rows begins, if anything is: it follows as bytes.
    kept: Option<u64>,
    /// Whether to say each text before it is annotated, and to annotate it alone.
    one_by_one: bool,
}

impl Order {
    /// Sends the order to do a range.
    pub fn send(to: &mut impl Write, range: &Range, one_by_one: bool) -> io::Result<()> {
        let record = |record: &Record| {
            let text = record.text.as_ref();
            (record.number, text.cloned().map_err(ToString::to_string))
        };
        let kept = range.kept.as_ref().map(Kept::to_bytes).transpose()?;
        let order = Order {
            input: range.input,
            records: range.records.iter().map(record).collect(),
            kept: kept.as_ref().map(|(first, _)| *first),
            one_by_one,
        };
        send(to, &order)?;
        if let Some((_, bytes)) = kept {
            send_piece(to, &bytes)?;
        }
        to.flush()
    }

    /// Waits for an order, and says whether to do its texts one by one; `None` if there are no more.
    pub fn receive(from: &mut impl Read) -> io::Result<Option<(Range, bool)>> {
        let Some(order) = receive::<Order>(from)? else {
            return Ok(None);
        };
        let kept = match order.kept {
            Some(first) => Some(Kept::from_bytes(first, &receive_piece(from)?)?),
            None => None,
        };
        let record = |(number, text): (u64, Result<String, String>)| Record {
            number,
            text: text.map_err(Unreadable::Malformed),
        };
        let range = Range {
            input: order.input,
            records: order.records.into_iter().map(record).collect(),
            kept,
            end: Place::default(),
        };
        Ok(Some((range, order.one_by_one)))
    }
}

/// What a worker says of an order.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It is about to annotate the text of this line.
    About(u64),
    /// It is done. The output follows.
    Done {
        documents: u64,
        tokens: u64,
        failed: u64,
        problems: Vec<(u64, String)>,
        memory: Memory,
    },
}

/// The memory of a worker, in bytes.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Memory {
    /// RSS now.
    pub rss: u64,
    /// The most that it had.
    pub peak: u64,
}

impl Answer {
    /// That a range is done, without its output.
    pub fn done(done: &Done, memory: Memory) -> Answer {
        Answer::Done {
            documents: done.counts.documents,
            tokens: done.counts.tokens,
            failed: done.counts.failed,
            problems: done.problems.clone(),
            memory,
        }
    }
}

/// What was done, of what was answered and the output that followed it.
pub fn done_of(
    documents: u64,
    tokens: u64,
    failed: u64,
    problems: Vec<(u64, String)>,
    piece: Vec<u8>,
) -> Done {
    Done {
        piece,
        counts: Counts {
            documents,
            tokens,
            failed,
        },
        problems,
    }
}

/// Sends a message.
pub fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&json)
}

/// Sends output.
pub fn send_piece(to: &mut impl Write, piece: &[u8]) -> io::Result<()> {
    to.write_all(&(piece.len() as u64).to_le_bytes())?;
    to.write_all(piece)
}

/// Waits for a message; `None` if the other end is closed.
pub fn receive<M: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<M>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let json = receive_bytes(from, u32::from_le_bytes(length).into())?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// Waits for output.
pub fn receive_piece(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    receive_bytes(from, u64::from_le_bytes(length))
}

fn receive_bytes(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = from.take(length).read_to_end(&mut bytes)?;
    match read as u64 == length {
        true => Ok(bytes),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
