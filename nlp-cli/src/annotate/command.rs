//! The command line of `nlp annotate`.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use clap::{Args, ValueEnum};
use nlp_core::{Attr, Language};
use nlp_io::docbin::Columns;
use signal_hook::consts::{SIGINT, SIGTERM};

use super::failure::Failure;
use super::options::{BadText, Format, Hands, InputKind, Options, Packing, Workers, Zones};
use super::run::{Follow, State, annotate};
use super::workers::serve;
use crate::model::{LimitArgs, ModelArgs};
use crate::parts::Rest;
use crate::stop::Stop;
use crate::terminal::{StatusLine, complain, standard_output};

/// The exit code of a run that was stopped by a signal, and can be gone on with.
const STOPPED: u8 = 130;

/// What `nlp annotate` is given.
#[derive(Args)]
pub struct AnnotateArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Files of texts, packed with gzip or zstd or not; `-` for standard input
    #[arg(value_name = "INPUT", default_value = "-", hide_default_value = true)]
    inputs: Vec<PathBuf>,
    /// What the inputs hold [default: by how each begins and by its name: .jsonl, .csv; else lines]
    #[arg(long, value_enum)]
    input: Option<InputName>,
    /// The field or the column that has the text
    #[arg(
        long,
        visible_alias = "column",
        value_name = "NAME",
        default_value = "text"
    )]
    field: String,
    /// Columns of Arrow inputs to put beside the documents of their rows, with --format arrow
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    keep: Vec<String>,
    /// From a stream of Arrow's on standard input to one on standard output: --input arrow --format arrow
    #[arg(long, conflicts_with_all = ["input", "format", "out", "inputs"])]
    arrow_stream: bool,
    /// Where to: the file is there when all is done, and until then what is done is in FILE.partial, with FILE.manifest
    /// beside it [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// As what to write the documents [default: by the name of the output; else jsonl]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// What else the JSON of a document holds, separated by commas
    #[arg(long, value_enum, value_name = "PART,...", value_delimiter = ',')]
    with: Vec<Rest>,
    /// The attributes of a token that a DocBin has, by spaCy's names (LEMMA,TAG) [default: those of spaCy's DocBin]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = attr)]
    attrs: Vec<Attr>,
    /// The threads that work, over one copy of the pipeline [default: one a processor]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Have processes do the work, each with a pipeline of its own: a text that kills one is found and reported, and the
    /// summary says what their memory does
    #[arg(long, value_name = "N", conflicts_with = "threads")]
    workers: Option<usize>,
    /// Replace a worker after so many ranges [default: never]
    #[arg(long, value_name = "RANGES", requires = "workers", value_parser = clap::value_parser!(u64).range(1..))]
    recycle_after: Option<u64>,
    /// Be a worker: take ranges from standard input, and answer to standard output
    #[arg(long, hide = true)]
    worker: bool,
    /// Where new words go
    #[arg(long, value_enum, default_value_t = ZonesName::Batch)]
    zones: ZonesName,
    /// The most texts to annotate at a time
    #[arg(long, value_name = "N", default_value_t = 256)]
    batch_size: usize,
    /// The bytes of text that are handed out at a time, and done again where they fail
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 10)]
    range_bytes: usize,
    /// The most bytes of a line, or of a row of CSV
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_line: usize,
    /// What becomes of texts that are not UTF-8
    #[arg(long, value_enum, default_value_t = BadName::Report)]
    bad_utf8: BadName,
    /// Throw away what an earlier run left of the output, or the output itself
    #[arg(long)]
    restart: bool,
    /// Write what came of the run to a file, as JSON
    #[arg(long, value_name = "FILE")]
    json_summary: Option<PathBuf>,
}

/// What inputs hold.
#[derive(Clone, Copy, ValueEnum)]
enum InputName {
    /// A line is a text
    Lines,
    /// A line is a JSON object that has the text in a field
    Jsonl,
    /// A row has the text in a column; the first row names the columns
    Csv,
    /// A stream or a file of Arrow's has the text in a column
    Arrow,
    /// A Parquet file has the text in a column
    Parquet,
}

/// How documents are written.
#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    /// One JSON object a line, as `nlp parse` prints it
    Jsonl,
    /// CoNLL-U, with entities in MISC
    Conllu,
    /// spaCy's DocBin, which DocBin().from_disk of Python's spaCy opens
    Docbin,
    /// Arrow's IPC format, also called Feather: a row a document; on standard output a stream
    Arrow,
    /// Parquet: a row a document
    Parquet,
}

/// Where new words go.
#[derive(Clone, Copy, ValueEnum)]
enum ZonesName {
    /// To a zone for each batch, which takes them along
    Batch,
    /// To the vocabulary, which grows
    None,
}

/// What becomes of texts that are not UTF-8.
#[derive(Clone, Copy, ValueEnum)]
enum BadName {
    /// What is wrong in them becomes U+FFFD
    Replace,
    /// They are left out, and named on standard error
    Report,
    /// They end the run
    Fail,
}

impl AnnotateArgs {
    fn load(&self) -> Result<Language, Stop> {
        Ok(limited(self.model.load()?, &self.limits))
    }

    fn options(&self) -> Options {
        Options {
            inputs: self.inputs.clone(),
            input: match self.arrow_stream {
                true => Some(InputKind::Arrow),
                false => self.input.map(|input| match input {
                    InputName::Lines => InputKind::Lines,
                    InputName::Jsonl => InputKind::Jsonl,
                    InputName::Csv => InputKind::Csv,
                    InputName::Arrow => InputKind::Arrow,
                    InputName::Parquet => InputKind::Parquet,
                }),
            },
            field: self.field.clone(),
            keep: self.keep.clone(),
            out: self.out.clone().filter(|out| out.as_os_str() != "-"),
            format: self.format(),
            packing: self.packing(),
            batch_size: self.batch_size,
            range_bytes: self.range_bytes,
            max_line: self.max_line,
            bad_utf8: match self.bad_utf8 {
                BadName::Replace => BadText::Replace,
                BadName::Report => BadText::Report,
                BadName::Fail => BadText::Fail,
            },
            zones: match self.zones {
                ZonesName::Batch => Zones::Batch,
                ZonesName::None => Zones::None,
            },
            restart: self.restart,
        }
    }

    fn format(&self) -> Format {
        if self.arrow_stream {
            return Format::Arrow;
        }
        match self.format.unwrap_or_else(|| self.guessed_format()) {
            FormatName::Jsonl => Format::Jsonl {
                parts: self.with.iter().map(|&part| part.into()).collect(),
            },
            FormatName::Conllu => Format::Conllu,
            FormatName::Arrow => Format::Arrow,
            FormatName::Parquet => Format::Parquet,
            FormatName::Docbin => Format::DocBin {
                columns: match self.attrs.is_empty() {
                    true => Columns::default(),
                    false => Columns::new(&self.attrs),
                },
            },
        }
    }

    fn guessed_format(&self) -> FormatName {
        let mut name = self.out.clone().unwrap_or_default();
        if self.packing() != Packing::None {
            name.set_extension("");
        }
        match name.extension().and_then(|end| end.to_str()) {
            Some("conllu" | "conll") => FormatName::Conllu,
            Some("spacy") => FormatName::Docbin,
            Some("arrow" | "arrows" | "feather") => FormatName::Arrow,
            Some("parquet") => FormatName::Parquet,
            _ => FormatName::Jsonl,
        }
    }

    /// What the formats of the options cannot do.
    fn check(&self, options: &Options) -> Result<(), Failure> {
        let name = options.format.name();
        let streams = options.format.is_stream() || options.format == Format::Arrow;
        if !streams && options.out.is_none() {
            return Err(Failure::new(format_args!(
                "--format {name} is written to a file: name it with --out"
            )));
        }
        if !options.format.is_stream() && options.packing != Packing::None {
            return Err(Failure::new(format_args!(
                "--format {name} has its own packing: leave out .gz or .zst"
            )));
        }
        if !self.keep.is_empty() && options.format != Format::Arrow {
            return Err(Failure::new(
                "--keep adds columns to those of Arrow: leave it out, or write --format arrow",
            ));
        }
        if !self.with.is_empty() && !matches!(options.format, Format::Jsonl { .. }) {
            return Err(Failure::new(
                "--with adds to the JSON of a document: leave it out, or write --format jsonl",
            ));
        }
        if !self.attrs.is_empty() && !matches!(options.format, Format::DocBin { .. }) {
            return Err(Failure::new(
                "--attrs are those of a DocBin: leave them out, or write --format docbin",
            ));
        }
        Ok(())
    }

    fn packing(&self) -> Packing {
        let end = self
            .out
            .as_deref()
            .and_then(Path::extension)
            .and_then(|end| end.to_str());
        match end {
            Some("gz") => Packing::Gzip,
            Some("zst") => Packing::Zstd,
            _ => Packing::None,
        }
    }
}

fn attr(name: &str) -> Result<Attr, String> {
    Attr::from_name(name).ok_or_else(|| {
        "no attribute of tokens is called so: LEMMA, TAG and ENT_TYPE are some".to_owned()
    })
}

/// Runs the command.
pub fn run(args: &AnnotateArgs) -> Result<ExitCode, Stop> {
    let options = args.options();
    let told = |failure: Failure| match failure.is_hung_up() {
        true => Stop::Output(std::io::ErrorKind::BrokenPipe.into()),
        false => Stop::Failed(failure.to_string()),
    };
    args.check(&options).map_err(told)?;
    let stop = stop_on_signals()
        .map_err(|error| Stop::Failed(format!("cannot wait for signals: {error}")))?;
    if args.worker {
        return be_worker(args, &options);
    }
    let mut teller = Teller::new();
    let ended = match args.workers {
        Some(count) => {
            let workers = Workers {
                command: worker_command()?,
                count,
                recycle_after: args.recycle_after,
            };
            annotate(&options, &Hands::Processes(workers), &stop, &mut teller)
        }
        None => {
            let nlp = args.load()?;
            let count = args
                .threads
                .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
            let hands = Hands::Threads { nlp: &nlp, count };
            annotate(&options, &hands, &stop, &mut teller)
        }
    };
    teller.status.clear();
    let summary = ended.map_err(told)?;
    if let Some(path) = &args.json_summary {
        let json = serde_json::to_string_pretty(&summary).expect("a summary is JSON");
        let written = std::fs::File::create(path).and_then(|mut file| writeln!(file, "{json}"));
        written.map_err(|error| told(Failure::writing(path, &error)))?;
    }
    complain(summary.sentence());
    if let Some(workers) = &summary.workers {
        complain(workers.sentence());
    }
    if !summary.finished {
        complain("stopped before the end: the same command goes on from there");
        return Ok(ExitCode::from(STOPPED));
    }
    Ok(ExitCode::from(u8::from(summary.failed > 0)))
}

/// A worker: this program, with the same words and one more.
fn worker_command() -> Result<Vec<OsString>, Stop> {
    let program = std::env::current_exe();
    let program =
        program.map_err(|error| Stop::Failed(format!("cannot find this program: {error}")))?;
    let words = std::env::args_os().skip(1).chain(["--worker".into()]);
    Ok([program.into_os_string()]
        .into_iter()
        .chain(words)
        .collect())
}

/// Signals that a terminal sends to all are its parent's to answer.
fn be_worker(args: &AnnotateArgs, options: &Options) -> Result<ExitCode, Stop> {
    let nlp = args.model.load_quietly()?;
    let nlp = limited(nlp, &args.limits);
    let served = serve(&nlp, options, std::io::stdin(), standard_output());
    served.map(|()| ExitCode::SUCCESS).map_err(Stop::Output)
}

fn limited(mut nlp: Language, limits: &LimitArgs) -> Language {
    nlp.set_limits(limits.limits());
    nlp
}

/// Set by the first signal that asks the process to end. The second ends it.
fn stop_on_signals() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds it not set yet.
        signal_hook::flag::register_conditional_shutdown(
            signal,
            STOPPED.into(),
            Arc::clone(&stop),
        )?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Tells people of a run.
struct Teller {
    status: StatusLine,
    began: Instant,
}

impl Teller {
    fn new() -> Teller {
        Teller {
            status: StatusLine::new(),
            began: Instant::now(),
        }
    }
}

impl Follow for Teller {
    fn problem(&mut self, path: &Path, line: u64, reason: &str) {
        self.status.clear();
        complain(format_args!(
            "{}: line {line}: {reason}",
            printable::path(path)
        ));
    }

    fn warning(&mut self, warning: &str) {
        complain(format_args!("warning: {warning}"));
    }

    fn advanced(&mut self, state: &State) {
        let seconds = self.began.elapsed().as_secs_f64();
        self.status.show(|| status_of(state, seconds));
    }
}

/// How far a run is after so many seconds.
fn status_of(state: &State, seconds: f64) -> String {
    let rate = |amount: u64| amount as f64 / seconds.max(1e-9);
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let mut said = format!(
        "{} documents, {:.0} tokens a second, {:.1} MB",
        state.counts.documents,
        rate(state.counts.tokens),
        megabytes(state.read)
    );
    if let Some(total) = state.total.filter(|total| *total > 0) {
        let read = state.read.min(total);
        let left = (total - read) as f64 / rate(read.saturating_sub(state.skipped)).max(1e-9);
        said += &format!(
            " of {:.1} MB ({:.0}%)",
            megabytes(total),
            100.0 * read as f64 / total as f64
        );
        if seconds > 2.0 {
            said += &format!(", {} left", time(left));
        }
    }
    said
}

/// Seconds for people.
fn time(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round();
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{minutes} min"),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::range::Counts;
    use super::*;

    #[test]
    fn the_status_has_rate_and_time_left() {
        let state = State {
            counts: Counts {
                documents: 7,
                tokens: 5000,
                failed: 0,
            },
            read: 25_000_000,
            skipped: 0,
            total: Some(100_000_000),
        };
        assert_eq!(
            status_of(&state, 10.0),
            "7 documents, 500 tokens a second, 25.0 MB of 100.0 MB (25%), 30 s left"
        );
        let unknown = State {
            total: None,
            ..state
        };
        assert_eq!(
            status_of(&unknown, 10.0),
            "7 documents, 500 tokens a second, 25.0 MB"
        );
        assert_eq!(
            (time(600.0), time(7200.0)),
            ("10 min".to_owned(), "2.0 h".to_owned())
        );
    }
}
