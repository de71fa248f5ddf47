//! A request that waits for a thread, and what goes with it.

use std::time::Instant;

use tokio::sync::oneshot;

use super::body::Share;
use super::problem::Problem;
use super::queue::Batched;
use super::request::Part;

/// A request of more bytes of text than this is parsed alone; and so much is parsed at once at the most, since the
/// parser needs a few kilobytes a token while it runs.
pub(super) const BATCH_BYTES: usize = 64 << 10;
/// What a text counts for at least, so that batches are bounded by their number as well.
pub(super) const TEXT_BYTES: usize = BATCH_BYTES / 64;
/// Requests of no more bytes of text than this are parsed with others.
const SMALL_BYTES: usize = 16 << 10;

/// A request that waits to be parsed.
pub(super) struct Job {
    /// The pipeline's place among the service's.
    pub pipeline: usize,
    pub texts: Vec<String>,
    pub parts: Vec<Part>,
    /// After this nobody waits for the answer.
    pub until: Instant,
    /// Whether it can be parsed with others: its answer is the same then.
    pub joins_others: bool,
    pub answer: oneshot::Sender<Answer>,
    /// What it takes of what all bodies may hold.
    pub held: Share,
}

/// The JSON of an answer, or why there is none.
pub(super) type Answer = Result<Vec<u8>, Problem>;

impl Job {
    fn bytes(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }

    /// Whether somebody still waits for the answer.
    pub fn is_wanted(&self) -> bool {
        !self.answer.is_closed() && Instant::now() < self.until
    }
}

impl Batched for Job {
    fn weight(&self) -> usize {
        // By texts as well as by bytes: whichever is scarcer.
        self.bytes().max(self.texts.len() * TEXT_BYTES)
    }

    fn joins(&self, first: &Job) -> bool {
        let small = |job: &Job| job.joins_others && job.bytes() <= SMALL_BYTES;
        self.pipeline == first.pipeline && small(self) && small(first)
    }
}
