//! What `nlp serve` may be asked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use nlp_core::{Language, LoadOptions};

use super::log::{Form, Verbosity};
use super::options::{Limits, Options};
use super::token::Token;
use crate::model::seconds;
use crate::stop::Stop;
use crate::terminal::complain;

pub(crate) const HELP: &str = "\
POST /parse {\"texts\": [...]} gives tokens and entities of each text; \"parts\" asks for more (tags, lemmas, heads, offsets, \
ids, sents, cats, spans), \"model\" for a pipeline by name. GET / is a page to try it, /openapi.json describes it, /metrics \
is for Prometheus, /health and /ready for whoever looks after it.

Each request is parsed in a memory zone of its own or, with other small ones, in one of theirs, so that nothing of it stays \
behind. SIGTERM or Ctrl-C ends the service once what it accepted is answered.

Examples:
  nlp serve
  nlp serve --listen 127.0.0.1:8080 --model en=en_core_web_sm --model de=./german
  nlp serve --unix /run/nlp.sock --token-file token
  curl -H 'Content-Type: application/json' -d '[\"Ada Lovelace wrote it.\"]' http://127.0.0.1:8000/parse

Exit codes: 0 all that was accepted was answered; 1 some of it was not; 2 usage error, or a pipeline or socket that cannot \
be had.";

/// What `nlp serve` is given.
#[derive(Args)]
pub(crate) struct ServeArgs {
    /// A pipeline, as for `nlp parse`, and the name that requests ask for it by; the first is that of requests that name
    /// none. May be given again [default: the English one that is built in, as "en"]
    #[arg(long = "model", value_name = "NAME=PATH")]
    models: Vec<String>,
    /// Components to leave out of all pipelines
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    exclude: Vec<String>,
    /// Where to listen. May be given again [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Vec<String>,
    /// A Unix socket to listen to, which is made; alone, unless --listen is given too
    #[arg(long, value_name = "PATH")]
    pub(super) unix: Option<PathBuf>,
    /// A file with the token that requests for /parse and /metrics have to bear [default: none is asked for]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Threads that parse [default: one for each processor]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The most bytes that the body of a request may have
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body_bytes)]
    max_body: usize,
    /// The most texts that a request may have
    #[arg(long, value_name = "N", default_value_t = Limits::default().texts)]
    max_texts: usize,
    /// The most characters that the texts of a request may have together
    #[arg(long, value_name = "N", default_value_t = Limits::default().chars)]
    max_chars: usize,
    /// The most seconds that a text may take
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    max_time: Duration,
    /// The most seconds that a request may take, with its body and its time in the queue
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30")]
    request_time: Duration,
    /// The most seconds that the head of a request may take, its body as well, and a connection without requests
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30")]
    idle_time: Duration,
    /// The most connections at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections)]
    max_connections: usize,
    /// The most requests that wait; more are answered with 503 and Retry-After
    #[arg(long, value_name = "N", default_value_t = Limits::default().queue)]
    queue: usize,
    /// The most texts to parse at a time, of one request or of several small ones
    #[arg(long, value_name = "N", default_value_t = Limits::default().batch_texts)]
    batch_size: usize,
    /// The most milliseconds that small requests wait to be parsed together, where several wait and all threads work
    #[arg(long, value_name = "MS", default_value_t = 2)]
    batch_wait: u64,
    /// Entries of each zone's cache of how words are cut, which stays warm between requests; 0 keeps no text at all
    #[arg(long, value_name = "N", default_value_t = nlp_core::PoolConfig::default().tokenizer_cache)]
    tokenizer_cache: usize,
    /// The most seconds that the end may take
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30")]
    stop_time: Duration,
    /// What to write down on standard error
    #[arg(long, value_enum, default_value_t = Verbosity::Info)]
    pub(super) log: Verbosity,
    /// How to write it down
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(super) log_format: Form,
}

impl ServeArgs {
    /// The service that is asked for, with its pipelines loaded.
    pub(super) fn options(&self) -> Result<Options, Stop> {
        let token = self.token_file.as_deref().map(Token::read).transpose();
        let token = token.map_err(Stop::Failed)?;
        let mut options = Options {
            token,
            tokenizer_cache: self.tokenizer_cache,
            limits: self.limits(),
            ..Options::new(self.pipelines()?)
        };
        if let Some(threads) = self.threads {
            options.threads = threads.max(1);
        }
        Ok(options)
    }

    fn limits(&self) -> Limits {
        Limits {
            body_bytes: self.max_body,
            texts: self.max_texts,
            chars: self.max_chars,
            text_time: Some(self.max_time),
            request_time: self.request_time,
            head_time: self.idle_time,
            body_time: self.idle_time,
            write_time: self.idle_time,
            connections: self.max_connections.max(1),
            queue: self.queue.max(1),
            held_bytes: Limits::default().held_bytes.max(self.max_body),
            batch_texts: self.batch_size.max(1),
            batch_wait: Duration::from_millis(self.batch_wait),
            stop_time: self.stop_time,
        }
    }

    fn pipelines(&self) -> Result<Vec<(String, Arc<Language>)>, Stop> {
        let options = LoadOptions::new().exclude(&self.exclude);
        if self.models.is_empty() {
            let nlp = nlp_core::models::english_with(&options);
            return Ok(vec![("en".to_owned(), ready(nlp)?)]);
        }
        let mut pipelines: Vec<(String, Arc<Language>)> = Vec::new();
        for given in &self.models {
            let (name, source) = named(given).map_err(Stop::Failed)?;
            if pipelines.iter().any(|(other, _)| *other == name) {
                return Err(Stop::Failed(format!(
                    "--model: there are two pipelines by the name {name}"
                )));
            }
            pipelines.push((name, ready(options.load(source))?));
        }
        Ok(pipelines)
    }
}

/// A pipeline, once what is to be known of it is said.
fn ready(loaded: Result<Language, nlp_core::Error>) -> Result<Arc<Language>, Stop> {
    let nlp = loaded.map_err(|error| Stop::Failed(error.to_string()))?;
    for warning in nlp.warnings() {
        complain(format_args!("warning: {warning}"));
    }
    Ok(Arc::new(nlp))
}

/// The name of a pipeline, and where it is.
fn named(given: &str) -> Result<(String, &str), String> {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match given.split_once('=') {
        Some((name, source))
            if !name.is_empty()
                && !source.is_empty()
                && name.len() <= 64
                && name.chars().all(of_a_name) =>
        {
            Ok((name.to_owned(), source))
        }
        _ => Err(format!(
            "--model {}: give a name of letters, digits and ._- and a pipeline, as in en=en_core_web_sm",
            printable::Line(given)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_has_a_name_and_a_place() {
        assert_eq!(named("en=a/b=c").unwrap(), ("en".to_owned(), "a/b=c"));
        for wrong in [
            "",
            "en",
            "=a",
            "en=",
            "a b=c",
            "a\"=c",
            "é=c",
            &format!("{}=a", "x".repeat(65)),
        ] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
    }
}
