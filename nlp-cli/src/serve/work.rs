//! The threads that parse.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use nlp_core::{Doc, Error};

use super::answer::Document;
use super::job::{Answer, BATCH_BYTES, Job, TEXT_BYTES};
use super::pipelines::{Parser, Pipeline};
use super::problem::Problem;
use super::queue::Rules;
use super::request::Part;
use super::shared::Shared;

/// Parses what waits, until the queue is closed and empty.
pub(super) fn run(shared: &Shared) {
    let limits = &shared.limits;
    let rules = Rules {
        most: limits
            .batch_texts
            .saturating_mul(TEXT_BYTES)
            .min(BATCH_BYTES),
        wait: limits.batch_wait,
    };
    while let Some(mut jobs) = shared.state.queue.next(rules) {
        jobs.retain(Job::is_wanted);
        if jobs.is_empty() {
            continue;
        }
        shared.metrics.batch(jobs.len());
        // What is left of a panic is dropped with the jobs, whose requests are told that nothing came. Panics in the
        // pipeline itself never get so far.
        let done = catch_unwind(AssertUnwindSafe(|| work(shared, jobs)));
        if done.is_err() {
            tracing::error!(
                "a thread panicked outside the pipeline; its requests failed, and it goes on"
            );
        }
        if let Some(observer) = &shared.observer {
            observer.worked();
        }
    }
}

fn work(shared: &Shared, jobs: Vec<Job>) {
    let pipeline = &shared.state.pipelines[jobs[0].pipeline];
    if let Some(observer) = &shared.observer {
        jobs.iter().for_each(|job| observer.texts(&job.texts));
    }
    match <[Job; 1]>::try_from(jobs) {
        Ok([job]) => one(shared, pipeline, job),
        Err(jobs) => together(shared, pipeline, jobs),
    }
}

/// What a text may take that has to be done by `until`.
fn limits(shared: &Shared, until: Instant) -> nlp_core::Limits {
    let left = until.saturating_duration_since(Instant::now());
    nlp_core::Limits {
        chars: shared.limits.chars,
        time: Some(shared.limits.text_time.map_or(left, |time| time.min(left))),
        ..nlp_core::Limits::default()
    }
}

/// Parses the texts of one request, some at a time.
fn one(shared: &Shared, pipeline: &Pipeline, job: Job) {
    let Job {
        texts,
        parts,
        until,
        answer,
        held,
        ..
    } = job;
    let whole = pipeline.depends_on_batch();
    let limits = limits(shared, until);
    let written = pipeline.in_zone(limits, |parser| {
        let mut out = List::new();
        let mut rest = &texts[..];
        while !rest.is_empty() {
            if answer.is_closed() {
                return Err(out_of_time(shared));
            }
            if Instant::now() >= until {
                return Err(out_of_time(shared));
            }
            let (batch, after) = rest.split_at(first_batch(rest, shared.limits.batch_texts, whole));
            let done = texts.len() - rest.len();
            out.documents(parser.parse_batch(batch), &parts, done)?;
            rest = after;
        }
        Ok(out.finish())
    });
    // What was made of a request is gone before its answer is: whoever has the answer finds nothing of it any more.
    drop((texts, parts, held));
    // Nobody may wait any more.
    let _ = answer.send(written);
}

/// How many of the texts are parsed at once. Where neighbours change what is said of a text, only their number counts.
fn first_batch(texts: &[String], most: usize, whole: bool) -> usize {
    let mut bytes = 0;
    let fits = |text: &&String| {
        bytes += text.len();
        whole || bytes <= BATCH_BYTES
    };
    texts
        .iter()
        .take(most.max(1))
        .take_while(fits)
        .count()
        .max(1)
}

fn out_of_time(shared: &Shared) -> Problem {
    Problem::busy(format_args!(
        "there was no answer within {:?}: try again later, or with fewer texts",
        shared.limits.request_time
    ))
}

/// Parses the texts of several requests at once.
fn together(shared: &Shared, pipeline: &Pipeline, jobs: Vec<Job>) {
    let until = jobs
        .iter()
        .map(|job| job.until)
        .min()
        .unwrap_or_else(Instant::now);
    let limits = limits(shared, until);
    let answers: Vec<Answer> = pipeline.in_zone(limits, |parser: &Parser<'_>| {
        let texts: Vec<&str> = jobs
            .iter()
            .flat_map(|job| job.texts.iter().map(String::as_str))
            .collect();
        let mut docs = parser.parse_batch(&texts).into_iter();
        let answer = |job: &Job| {
            // All of its documents are taken, also where one of them failed: the next job's are behind them.
            let docs: Vec<_> = docs.by_ref().take(job.texts.len()).collect();
            let mut out = List::new();
            out.documents(docs, &job.parts, 0)?;
            Ok(out.finish())
        };
        jobs.iter().map(answer).collect()
    });
    let senders: Vec<_> = jobs.into_iter().map(|job| job.answer).collect();
    for (sender, answer) in senders.into_iter().zip(answers) {
        let _ = sender.send(answer);
    }
}

/// A list of documents, as JSON.
struct List {
    out: Vec<u8>,
}

impl List {
    fn new() -> List {
        List { out: vec![b'['] }
    }

    /// Appends the documents of the texts from `first` on.
    fn documents(
        &mut self,
        docs: Vec<Result<Doc<'_>, Error>>,
        parts: &[Part],
        first: usize,
    ) -> Result<(), Problem> {
        for (i, doc) in docs.into_iter().enumerate() {
            let doc = doc.map_err(|error| Problem::of_text(first + i, &error))?;
            if self.out.len() > 1 {
                self.out.push(b',');
            }
            Document::new(&doc, parts).write(&mut self.out);
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        self.out.push(b']');
        self.out
    }
}

/// Starts the threads.
///
/// # Errors
/// What the system says where it has no further thread to give.
pub(super) fn start(
    shared: &Arc<Shared>,
    threads: usize,
) -> std::io::Result<Vec<std::thread::JoinHandle<()>>> {
    let start = |number: usize| {
        let shared = Arc::clone(shared);
        let thread = std::thread::Builder::new().name(format!("nlp-parse-{number}"));
        thread.spawn(move || run(&shared))
    };
    (0..threads.max(1)).map(start).collect()
}

/// What a client is told whose request a thread dropped.
pub(super) fn lost() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the service failed on this request; please report it with the texts",
    )
}

/// How long is left until a moment.
pub(super) fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_parsed_some_texts_at_a_time() {
        let texts =
            |lengths: &[usize]| -> Vec<String> { lengths.iter().map(|&n| "x".repeat(n)).collect() };
        assert_eq!(first_batch(&texts(&[1, 2, 3]), 2, false), 2);
        assert_eq!(first_batch(&texts(&[BATCH_BYTES, 1]), 9, false), 1);
        assert_eq!(first_batch(&texts(&[2 * BATCH_BYTES, 1]), 9, false), 1);
        assert_eq!(first_batch(&texts(&[2 * BATCH_BYTES, 1, 1]), 2, true), 2);
        assert_eq!(first_batch(&texts(&[0]), 0, false), 1);
    }
}
