//! Batches in Arrow's IPC format, a piece at a time.

use std::io::{self, BufReader, Cursor, Read, Seek, Write};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{ArrowError, Schema};

/// What a stream of batches with this schema begins with.
pub fn head_of_stream(schema: &Schema) -> Result<Vec<u8>, ArrowError> {
    Ok(StreamWriter::try_new(Vec::new(), schema)?.get_ref().clone())
}

/// What a stream ends with.
pub fn end_of_stream() -> Vec<u8> {
    // A continuation mark, and the length of no metadata.
    [[0xff; 4], [0; 4]].concat()
}

/// A batch as what stands between the [head](head_of_stream) and the [end](end_of_stream) of a stream.
pub fn piece_of(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    let head = writer.get_ref().len();
    writer.write(batch)?;
    Ok(writer.get_ref()[head..].to_vec())
}

/// A batch by itself.
pub fn bytes_of_batch(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.into_inner()
}

/// The batch of [`bytes_of_batch`].
///
/// # Errors
/// If the bytes are something else.
pub fn batch_of_bytes(bytes: &[u8]) -> Result<RecordBatch, ArrowError> {
    let mut reader = StreamReader::try_new(Cursor::new(bytes), None)?;
    reader
        .next()
        .unwrap_or_else(|| Err(ArrowError::IpcError("there is no batch".to_owned())))
}

/// Writes the file of the batches of a stream whose [head](head_of_stream) and [pieces](piece_of) are in `pieces`: Arrow's
/// file format, also called Feather.
///
/// # Errors
/// If reading or writing fails.
pub fn file_of_pieces<P: Read + Seek>(pieces: &mut P, out: &mut impl Write) -> io::Result<()> {
    let batches = batches(pieces)?;
    let mut writer = FileWriter::try_new(out, &batches.schema()).map_err(io::Error::other)?;
    for batch in batches {
        batch
            .and_then(|batch| writer.write(&batch))
            .map_err(io::Error::other)?;
    }
    writer.finish().map_err(io::Error::other)
}

/// The batches of a stream without its end.
pub(super) fn batches<'p, P: Read + Seek>(
    pieces: &'p mut P,
) -> io::Result<StreamReader<impl Read + use<'p, P>>> {
    pieces.rewind()?;
    let whole = BufReader::with_capacity(1 << 16, pieces).chain(Cursor::new(end_of_stream()));
    StreamReader::try_new(whole, None).map_err(io::Error::other)
}
