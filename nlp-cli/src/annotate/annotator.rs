//! A range through a pipeline, to a piece of the output.

use nlp_core::{Doc, Error, Language, ZonePool};
use nlp_io::texts::Record;

use super::options::{Options, Zones};
use super::piece::Piece;
use super::range::{Done, Range};

/// A batch ends at this many bytes of text, if not before: the parser needs a few kilobytes a token while it runs.
const BATCH_BYTES: usize = 64 << 10;

/// Annotates ranges, on any number of threads.
pub struct Annotator<'n> {
    nlp: &'n Language,
    pool: ZonePool<&'n Language>,
    options: &'n Options,
}

impl<'n> Annotator<'n> {
    pub fn new(nlp: &'n Language, options: &'n Options) -> Self {
        Annotator {
            nlp,
            pool: ZonePool::new(nlp, nlp_core::PoolConfig::default()),
            options,
        }
    }

    /// Annotates the texts of a range.
    pub fn annotate(&self, range: &Range) -> Done {
        self.annotate_watched(range, |_| {})
    }

    /// As [`annotate`](Annotator::annotate). The number of the first text of each batch is said before the batch is begun.
    pub fn annotate_watched(&self, range: &Range, mut begins: impl FnMut(u64)) -> Done {
        let mut work = Work {
            done: Done::default(),
            piece: Piece::new(self.options, range.input),
        };
        let mut rest = &range.records[..];
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(self.batch_end(rest));
            begins(batch[0].number);
            self.annotate_batch(batch, &mut work);
            rest = after;
        }
        work.done.piece = work.piece.finish(range.kept.as_ref());
        work.done
    }

    fn batch_end(&self, records: &[Record]) -> usize {
        let mut bytes = 0;
        let full = records.iter().position(|record| {
            let over = bytes >= BATCH_BYTES;
            bytes += record.text.as_ref().map_or(0, String::len);
            over
        });
        full.unwrap_or(records.len())
            .min(self.options.batch_size.max(1))
    }

    fn annotate_batch(&self, batch: &[Record], work: &mut Work) {
        let readable = batch.iter().filter_map(|record| record.text.as_ref().ok());
        let texts: Vec<&String> = readable.collect();
        match self.options.zones {
            Zones::Batch => self
                .pool
                .memory_zone(|zone| work.take(batch, zone.parse_batch(&texts))),
            Zones::None => work.take(batch, self.nlp.parse_batch(&texts)),
        }
    }
}

/// What is done of a range.
struct Work {
    done: Done,
    piece: Piece,
}

impl Work {
    /// Takes the documents of the readable texts of a batch.
    fn take(&mut self, batch: &[Record], docs: Vec<Result<Doc<'_>, Error>>) {
        let mut docs = docs.into_iter();
        for record in batch {
            let doc = match &record.text {
                Ok(_) => docs
                    .next()
                    .expect("a result for each text")
                    .map_err(|error| error.to_string()),
                Err(reason) => Err(reason.to_string()),
            };
            match doc {
                Ok(mut doc) => {
                    self.done.counts.documents += 1;
                    self.done.counts.tokens += doc.len() as u64;
                    // What is written of a long text takes about as much as its vectors, which nobody reads now.
                    if !self.piece.reads_vectors() {
                        doc.clear_tensor();
                    }
                    self.piece.add(&doc, record.number);
                }
                Err(reason) => {
                    self.done.counts.failed += 1;
                    self.done.problems.push((record.number, reason));
                }
            }
        }
    }
}
