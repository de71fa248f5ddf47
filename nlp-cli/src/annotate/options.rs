//! What a run is asked for.

use std::ffi::OsString;
use std::path::PathBuf;

use nlp_core::Language;
use nlp_io::docbin::Columns;
use nlp_io::json::Part;

/// What to annotate, how, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files of texts, in order; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// What the files hold; `None` to see by how each begins and by its name.
    pub input: Option<InputKind>,
    /// The field of JSON lines, or the column, that has the text.
    pub field: String,
    /// Columns of Arrow inputs that the output has, too, beside the documents of their rows.
    pub keep: Vec<String>,
    /// Where to; `None` for standard output, which is not kept safe from crashes.
    pub out: Option<PathBuf>,
    /// As what the documents are written.
    pub format: Format,
    /// How what is written is packed.
    pub packing: Packing,
    /// The most texts that are annotated together.
    pub batch_size: usize,
    /// The bytes of text that a range has, at least: what is handed out, and done again where it fails.
    pub range_bytes: usize,
    /// The most bytes of a line, or of a row of CSV.
    pub max_line: usize,
    /// What becomes of texts that are not UTF-8.
    pub bad_utf8: BadText,
    /// Where new words go.
    pub zones: Zones,
    /// Throw away what an earlier run left, the finished output included.
    pub restart: bool,
}

impl Default for Options {
    /// Standard input and output: lines to JSON lines.
    fn default() -> Self {
        Options {
            inputs: vec!["-".into()],
            input: None,
            field: "text".to_owned(),
            keep: Vec::new(),
            out: None,
            format: Format::Jsonl { parts: Vec::new() },
            packing: Packing::None,
            batch_size: 256,
            range_bytes: 64 << 10,
            max_line: 16 << 20,
            bad_utf8: BadText::Report,
            zones: Zones::Batch,
            restart: false,
        }
    }
}

/// What a file of texts holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A text a line.
    Lines,
    /// A JSON object a line.
    Jsonl,
    /// Rows of fields with commas between them, the first of which names the columns.
    Csv,
    /// A stream or a file of Arrow's IPC format.
    Arrow,
    /// A Parquet file.
    Parquet,
}

impl InputKind {
    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            InputKind::Lines => "lines",
            InputKind::Jsonl => "jsonl",
            InputKind::Csv => "csv",
            InputKind::Arrow => "arrow",
            InputKind::Parquet => "parquet",
        }
    }
}

/// As what documents are written.
#[derive(Debug, Clone, PartialEq)]
pub enum Format {
    /// A JSON object a line, as `nlp parse` prints it.
    Jsonl {
        /// What else it holds.
        parts: Vec<Part>,
    },
    /// CoNLL-U.
    Conllu,
    /// spaCy's DocBin.
    DocBin {
        /// What it has of each token.
        columns: Columns,
    },
    /// Arrow's IPC format: a file, or on standard output a stream.
    Arrow,
    /// A Parquet file.
    Parquet,
}

impl Format {
    /// Whether it is made of rows of columns.
    pub fn has_columns(&self) -> bool {
        matches!(self, Format::Arrow | Format::Parquet)
    }

    /// Whether its pieces, one after another, are its file.
    pub fn is_stream(&self) -> bool {
        match self {
            Format::Jsonl { .. } | Format::Conllu => true,
            Format::DocBin { .. } | Format::Arrow | Format::Parquet => false,
        }
    }

    /// What the command line calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Format::Jsonl { .. } => "jsonl",
            Format::Conllu => "conllu",
            Format::DocBin { .. } => "docbin",
            Format::Arrow => "arrow",
            Format::Parquet => "parquet",
        }
    }
}

/// How what is written is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    None,
    /// With gzip.
    Gzip,
    /// With zstd.
    Zstd,
}

/// What becomes of a text that is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadText {
    /// What is wrong in it becomes U+FFFD.
    Replace,
    /// It is left out and reported.
    Report,
    /// It ends the run.
    Fail,
}

/// Where new words go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zones {
    /// To a zone a batch, which takes them along.
    Batch,
    /// To the vocabulary, for good: memory then grows with the words that are seen, as spaCy's does.
    None,
}

/// Who does the work.
pub enum Hands<'n> {
    /// Threads of this process.
    Threads {
        /// The pipeline, of which there is one copy.
        nlp: &'n Language,
        /// How many threads.
        count: usize,
    },
    /// Processes.
    Processes(Workers),
}

/// Processes that do the work.
#[derive(Debug, Clone)]
pub struct Workers {
    /// The program, and its arguments, of a worker: `nlp annotate-worker` with the pipeline to load.
    pub command: Vec<OsString>,
    /// How many there are at a time.
    pub count: usize,
    /// A worker ends, and another takes its place, after so many ranges; `None` for never.
    pub recycle_after: Option<u64>,
}
