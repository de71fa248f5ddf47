//! Files of columns, in a program that was built without them: there are none.

use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use nlp_core::Doc;
use nlp_io::texts::{BadUtf8, Place, Texts};

use super::options::Options;

/// What is kept of the rows of a range: nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {}

impl Kept {
    pub fn take(_: &mut dyn Texts) -> io::Result<Option<Kept>> {
        Ok(None)
    }

    pub fn to_bytes(&self) -> io::Result<(u64, Vec<u8>)> {
        match *self {}
    }

    pub fn from_bytes(_: u64, _: &[u8]) -> io::Result<Kept> {
        Err(missing())
    }
}

/// Documents as rows: nobody asks for them, as a stream of them does not begin.
pub struct Rows;

impl Rows {
    pub fn new() -> Rows {
        Rows
    }

    pub fn add(&mut self, _: &Doc<'_>, _: u64) {}

    pub fn finish(self, _: Option<&Kept>) -> Vec<u8> {
        Vec::new()
    }
}

pub fn head(_: &dyn Texts) -> io::Result<Vec<u8>> {
    Err(missing())
}

pub fn end() -> Vec<u8> {
    Vec::new()
}

pub fn arrow_file(_: &mut (impl Read + Seek), _: &mut impl Write) -> io::Result<()> {
    Err(missing())
}

pub fn parquet_file(_: &mut (impl Read + Seek), _: &mut (impl Write + Send)) -> io::Result<()> {
    Err(missing())
}

pub fn open_arrow(
    _: Option<&Path>,
    _: &Options,
    _: Place,
    _: Arc<AtomicU64>,
) -> io::Result<Box<dyn Texts>> {
    Err(missing())
}

pub fn open_parquet(
    _: &Path,
    _: &Options,
    _: BadUtf8,
    _: Place,
    _: Arc<AtomicU64>,
) -> io::Result<Box<dyn Texts>> {
    Err(missing())
}

fn missing() -> io::Error {
    let reason =
        "this program was built without Arrow and Parquet: build it with the feature `arrow`";
    io::Error::new(io::ErrorKind::Unsupported, reason)
}
