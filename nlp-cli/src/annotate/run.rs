//! A run: ranges out of the inputs, to hands, and into the output in their order.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope};
use std::time::Instant;

use nlp_io::docbin::MOST_BYTES;

use super::annotator::Annotator;
use super::crew::{Crew, Finished, Hand};
use super::failure::Failure;
use super::inputs::{Identity, Position, Ranges};
use super::manifest::{Job, Progress};
use super::options::{Format, Hands, InputKind, Options};
use super::output::Output;
use super::range::{Counts, Done, Range};
use super::rss::peak_rss;
use super::summary::Summary;
use super::workers;

/// Whoever follows a run.
pub trait Follow {
    /// A text failed: `path` and number of its line, and why.
    fn problem(&mut self, path: &Path, line: u64, reason: &str);

    /// Something is to be known of the pipeline that workers loaded.
    fn warning(&mut self, warning: &str);

    /// A part was done.
    fn advanced(&mut self, state: &State);
}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct State {
    /// What this run has done.
    pub counts: Counts,
    /// Bytes that have been read of the inputs, or were before.
    pub read: u64,
    /// Of them those that an earlier run had done.
    pub skipped: u64,
    /// Bytes that there are to read for it; none where nobody knows.
    pub total: Option<u64>,
}

/// Annotates the inputs of `options`. With an output file, and inputs that are files, what is done is safe from crashes:
/// a run of the same options goes on where the one before was ended, and its output is the same as if none had been.
///
/// `stop` may be set at any time: the run then ends soon, in a state that can be gone on with.
///
/// # Errors
/// If an input cannot be read or was changed, the output cannot be written, or what was left there is of another run.
/// What was done until then is kept. What is wrong with one text is told to `follow`, and the others go on.
pub fn annotate(
    options: &Options,
    hands: &Hands<'_>,
    stop: &AtomicBool,
    follow: &mut dyn Follow,
) -> Result<Summary, Failure> {
    match hands {
        Hands::Threads { nlp, count } => {
            let annotator = &Annotator::new(nlp, options);
            let hand = |_| move |range: Range| Ok(annotator.annotate(&range));
            let hands = (0..(*count).max(1)).map(hand).collect();
            run(options, nlp.fingerprint(), hands, stop, follow)
        }
        Hands::Processes(workers) => {
            let (crew, fingerprint, warnings) = workers::Crew::start(workers)?;
            warnings.iter().for_each(|warning| follow.warning(warning));
            let mut summary = run(options, fingerprint, crew.hands(), stop, follow)?;
            summary.workers = Some(crew.finish());
            Ok(summary)
        }
    }
}

fn run<H: Hand + Send>(
    options: &Options,
    fingerprint: u64,
    hands: Vec<H>,
    stop: &AtomicBool,
    follow: &mut dyn Follow,
) -> Result<Summary, Failure> {
    let began = Instant::now();
    let identities = options.inputs.iter().map(|path| Identity::of(path));
    let identities: Option<Vec<Identity>> = identities.collect::<Result<_, _>>()?;
    let job = identities.map(|inputs| job(options, fingerprint, inputs));
    let (output, earlier) = Output::open(options, job.as_ref())?;
    let mut run = Run {
        options,
        job: job.as_ref(),
        ranges: Ranges::new(options, earlier.position),
        output,
        earlier,
        stop,
        follow,
    };
    let finished = earlier.finished || thread::scope(|scope| run.work(scope, hands))?;
    let progress = match finished {
        true => run.output.finish(options)?,
        false => run.output.progress(),
    };
    Ok(Summary {
        documents: progress.counts.documents,
        tokens: progress.counts.tokens,
        failed: progress.counts.failed,
        resumed: earlier.counts.documents,
        bytes_written: progress.bytes,
        seconds: began.elapsed().as_secs_f64(),
        peak_rss: peak_rss(),
        workers: None,
        finished,
    })
}

/// What the run is, for its manifest.
fn job(options: &Options, fingerprint: u64, inputs: Vec<Identity>) -> Job {
    let kind = options.input.map_or("guessed", InputKind::name);
    let says: [(&str, String); 10] = [
        ("--input", kind.to_owned()),
        ("--field", options.field.clone()),
        ("--keep", options.keep.join(",")),
        ("--format", options.format.name().to_owned()),
        (
            "what is written of a document",
            format!("{:?}", options.format),
        ),
        ("packing", format!("{:?}", options.packing)),
        ("--batch-size", options.batch_size.to_string()),
        ("--range-bytes", options.range_bytes.to_string()),
        ("--max-line", options.max_line.to_string()),
        ("--bad-utf8", format!("{:?}", options.bad_utf8)),
    ];
    Job {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        pipeline: format!("{fingerprint:016x}"),
        options: says
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        inputs,
    }
}

struct Run<'r> {
    options: &'r Options,
    job: Option<&'r Job>,
    ranges: Ranges<'r>,
    output: Output,
    earlier: Progress,
    stop: &'r AtomicBool,
    follow: &'r mut dyn Follow,
}

impl<'r> Run<'r> {
    /// Has everything done; false if it was stopped before the end. What is done is safe when this returns, whatever it
    /// returns.
    fn work<'s, H>(&mut self, scope: &'s Scope<'s, '_>, hands: Vec<H>) -> Result<bool, Failure>
    where
        H: Hand + Send + 's,
    {
        let mut crew = Crew::start(scope, hands);
        let total = self.total();
        let mut source_failed = None;
        let ended = loop {
            if self.stop.load(Ordering::Relaxed) {
                break Ok(false);
            }
            while crew.has_room() {
                let next = self.ranges.next();
                if let Some(head) = self.ranges.head().filter(|_| next.is_ok()) {
                    self.output.begin(head)?;
                }
                match next {
                    Ok(Some(range)) => crew.hand_out(range),
                    Ok(None) => crew.close(),
                    Err(failure) => {
                        // What came before it is done first.
                        source_failed = Some(failure);
                        crew.close();
                    }
                }
            }
            match crew.next() {
                Some(finished) => {
                    if let Err(failure) = finished.and_then(|finished| self.take(finished, total)) {
                        break Err(failure);
                    }
                }
                None => break source_failed.take().map_or(Ok(true), Err),
            }
        };
        drop(crew);
        let safe = match &ended {
            // It may be the output that failed: what is in the manifest is what counts.
            Err(_) | Ok(_) if self.unchanged().is_ok() => self.output.commit(),
            _ => Ok(()),
        };
        match (ended, safe) {
            (Err(failure), _) | (Ok(_), Err(failure)) => Err(self.kept(failure)),
            (Ok(true), Ok(())) => self.unchanged().map(|()| true),
            (Ok(false), Ok(())) => Ok(false),
        }
    }

    /// Takes a finished range to the output.
    fn take(&mut self, finished: Finished, total: Option<u64>) -> Result<(), Failure> {
        let Finished { input, end, done } = finished;
        let path = &self.options.inputs[input];
        for (line, reason) in &done.problems {
            self.follow.problem(path, *line, reason);
        }
        self.check_room(&done)?;
        self.output
            .append(&done.piece, done.counts, Position { input, place: end })?;
        if self.output.is_due() {
            self.unchanged()?;
            self.output.commit()?;
        }
        let (now, then) = (self.output.progress().counts, self.earlier.counts);
        self.follow.advanced(&State {
            counts: Counts {
                documents: now.documents - then.documents,
                tokens: now.tokens - then.tokens,
                failed: now.failed - then.failed,
            },
            read: self.ranges.bytes_read(),
            skipped: self.ranges.bytes_skipped(),
            total,
        });
        Ok(())
    }

    /// Whether the format can hold what comes: better now than after hours.
    fn check_room(&self, done: &Done) -> Result<(), Failure> {
        let Format::DocBin { columns } = &self.options.format else {
            return Ok(());
        };
        let most = MOST_BYTES / (8 * columns.attrs().len() as u64);
        match self.output.progress().counts.tokens + done.counts.tokens <= most {
            true => Ok(()),
            false => Err(Failure::new(format_args!(
                "a DocBin holds at most {most} tokens with so many attributes, and there are more: divide the inputs, or \
                 name fewer --attrs"
            ))),
        }
    }

    /// The bytes of the inputs from the one on that the run begins in.
    fn total(&self) -> Option<u64> {
        let inputs =
            &self.job?.inputs[self.earlier.position.input.min(self.options.inputs.len())..];
        Some(inputs.iter().map(|input| input.bytes).sum())
    }

    /// Whether the inputs are what they were when the run began.
    fn unchanged(&self) -> Result<(), Failure> {
        let Some(job) = self.job else { return Ok(()) };
        let at = self.output.progress().position.input;
        for (path, input) in self.options.inputs.iter().zip(&job.inputs).skip(at) {
            let metadata = path
                .metadata()
                .map_err(|error| Failure::reading(path, &error))?;
            if !input.is_still(&metadata) {
                return Err(Failure::new(format_args!(
                    "{} was changed while it was read",
                    input.path
                )));
            }
        }
        Ok(())
    }

    /// The failure, and what it leaves.
    fn kept(&self, failure: Failure) -> Failure {
        match self.output.is_safe() {
            true => failure.and("what was done is kept, and the same command goes on from there"),
            false => failure,
        }
    }
}
