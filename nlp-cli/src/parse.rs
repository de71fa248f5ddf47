//! `nlp parse`: texts from a stream, through a pipeline, to standard output.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use nlp_core::{Error, Keep, Language, Zone};
use nlp_io::json::{self, Part};

use crate::cli::{ParseArgs, ParseFormat};
use crate::input::Texts;
use crate::stop::Stop;
use crate::table;
use crate::terminal::{Output, complain, output};

/// A batch ends at this many bytes of text, if not before: the parser needs a few kilobytes a token while it runs.
const BATCH_BYTES: usize = 64 << 10;
/// The words seen are forgotten when they take more than this, so that memory does not grow with the input.
const ZONE_BYTES: usize = 32 << 20;

/// Runs the command.
pub fn run(args: &ParseArgs) -> Result<ExitCode, Stop> {
    if !args.with.is_empty() && matches!(args.format, ParseFormat::Text) {
        let reason = "--with adds to the JSON of a document: leave out --format text";
        return Err(Stop::Failed(reason.to_owned()));
    }
    let reader = open(&args.file)?;
    let mut nlp = args.model.load()?;
    nlp.set_limits(args.limits.limits());
    let texts = Texts::new(reader, args.input, args.limits.max_length);
    let failed = parse(&nlp, texts, output(), args)?;
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn open(file: &Path) -> Result<Box<dyn Read>, Stop> {
    if file.as_os_str() == "-" {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            complain("reading texts from the terminal, one a line; Ctrl-D ends");
        }
        // Not `lock`: that would put a second buffer under ours, and hide from us whether a line is waiting.
        return Ok(Box::new(stdin));
    }
    match File::open(file) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(cannot_read(file, &error)),
    }
}

fn cannot_read(file: &Path, error: &io::Error) -> Stop {
    Stop::Failed(format!("cannot read {}: {error}", printable::path(file)))
}

/// Annotates all texts, and returns how many failed.
fn parse(
    nlp: &Language,
    mut texts: Texts<impl Read>,
    mut out: Output<impl Write>,
    args: &ParseArgs,
) -> Result<u64, Stop> {
    let mut zone = nlp.zone();
    let mut failed = 0;
    let mut batch = Vec::new();
    loop {
        let mut bytes = 0;
        // A text that is waiting must not wait for its neighbours: whoever sent it may read the answer first. Where
        // neighbours change what is said, batches are whole, so that the same input always gets the same output.
        while batch.is_empty()
            || (batch.len() < args.batch_size
                && (nlp.depends_on_batch() || (bytes < BATCH_BYTES && texts.ready())))
        {
            match texts
                .next()
                .map_err(|error| cannot_read(&args.file, &error))?
            {
                Some((line, Ok(text))) => {
                    bytes += text.len();
                    batch.push((line, text));
                }
                Some((line, Err(reason))) => {
                    failed += 1;
                    report(line, &reason);
                }
                None => break,
            }
        }
        if batch.is_empty() {
            return Ok(failed);
        }
        let done = annotate(&zone, &batch, &mut out, args).map_err(Stop::Output)?;
        batch.clear();
        failed += done.failed;
        if done.panicked {
            zone = nlp.zone();
        } else if zone.memory_report().total_bytes() > ZONE_BYTES {
            zone.clear(Keep {
                arena: ZONE_BYTES / 2,
                table: ZONE_BYTES / 8,
            });
        }
    }
}

/// What came of a batch.
#[derive(Default)]
struct Done {
    /// Texts that failed.
    failed: u64,
    /// Whether a part of the pipeline panicked on one: the zone is then used no more.
    panicked: bool,
}

fn annotate(
    zone: &Zone<'_>,
    batch: &[(u64, String)],
    out: &mut Output<impl Write>,
    args: &ParseArgs,
) -> io::Result<Done> {
    let texts: Vec<&str> = batch.iter().map(|(_, text)| text.as_str()).collect();
    let parts = args.parts();
    let mut done = Done::default();
    for ((line, _), doc) in batch.iter().zip(zone.parse_batch(&texts)) {
        match doc {
            Ok(mut doc) => {
                // What is printed of a long text takes about as much as its vectors, which nobody reads now.
                if !parts.contains(&Part::Vectors) {
                    doc.clear_tensor();
                }
                match args.format {
                    ParseFormat::Json => out.json(&json::of_doc(&doc, &parts))?,
                    ParseFormat::Text => out.lines(&table::of_doc(&doc))?,
                }
            }
            Err(error) => {
                done.failed += 1;
                done.panicked |= matches!(error, Error::Panicked { .. });
                report(*line, &error.to_string());
            }
        }
    }
    out.flush()?;
    Ok(done)
}

/// Says on standard error why the text in `line` failed.
fn report(line: u64, reason: &str) {
    complain(format_args!("line {line}: {reason}"));
}
