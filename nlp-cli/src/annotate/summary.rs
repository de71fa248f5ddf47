//! What came of a run.

use serde::Serialize;

use super::workers::WorkersSummary;

/// What came of a run: in JSON with `--json-summary`.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Documents in the output.
    pub documents: u64,
    /// Their tokens.
    pub tokens: u64,
    /// Texts that failed, which are not in the output.
    pub failed: u64,
    /// Documents that an earlier run had done.
    pub resumed: u64,
    /// Bytes of the output before it was assembled.
    pub bytes_written: u64,
    /// Seconds that this run took.
    pub seconds: f64,
    /// The most memory that this process had, in bytes of RSS; none where the system does not say.
    pub peak_rss: Option<u64>,
    /// What came of worker processes, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<WorkersSummary>,
    /// Whether the run came to its end; if not it was stopped, and the same command goes on with it.
    pub finished: bool,
}

impl Summary {
    /// The summary as a sentence for people.
    pub fn sentence(&self) -> String {
        let mut said = format!("{} documents, {} tokens", self.documents, self.tokens);
        if self.failed > 0 {
            said += &format!(", {} texts failed", self.failed);
        }
        if self.resumed > 0 {
            said += &format!(", of which {} were done before", self.resumed);
        }
        said += &format!(", {:.1} s", self.seconds);
        let done = (self.documents - self.resumed.min(self.documents)) as f64;
        if self.seconds > 0.0 && self.resumed == 0 {
            said += &format!(
                " ({:.0} documents and {:.0} tokens a second)",
                done / self.seconds,
                self.tokens as f64 / self.seconds
            );
        }
        if let Some(bytes) = self.peak_rss {
            said += &format!(", at most {} MiB of memory", bytes >> 20);
        }
        said
    }
}
