//! From the pieces of an output to its file, where that is not simply one piece after another.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use nlp_io::docbin;

use super::columns;
use super::options::{Format, Options};

/// Makes the file at `to` of the pieces in `pieces`.
pub fn assemble(options: &Options, pieces: &mut File, to: &Path) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(to)?);
    match &options.format {
        Format::Jsonl { .. } | Format::Conllu => unreachable!("their pieces are their file"),
        Format::DocBin { columns } => docbin::assemble(pieces, columns, &mut out)?,
        Format::Arrow => columns::arrow_file(pieces, &mut out)?,
        Format::Parquet => columns::parquet_file(pieces, &mut out)?,
    }
    out.flush()
}
