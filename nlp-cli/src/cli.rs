//! What the user may ask for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use nlp_io::json::Part;

use crate::annotate::AnnotateArgs;
use crate::model::{LimitArgs, ModelArgs};
use crate::parts::Rest;

/// Runs pipelines that spaCy v3 trained: tokens, tags, morphology, lemmas, dependencies and named entities.
#[derive(Parser)]
#[command(name = "nlp", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 all well; 1 some text failed; 2 usage error, or a pipeline or file that cannot be read.";

const PARSE_HELP: &str = "\
Each line is one document; lines end at U+000A only, and empty ones are skipped. A text that fails (bytes that are not \
UTF-8, a text over a limit) is named on standard error by the number of its line, and the others go on.

Examples:
  echo 'Ada Lovelace wrote the first program in 1843.' | nlp parse --format text
  nlp parse reviews.txt > reviews.jsonl
  nlp parse --model ./my_pipeline --input jsonl texts.jsonl
  nlp parse --model en_core_web_sm --exclude parser --enable-pipe senter reviews.txt

Exit codes: 0 all well; 1 some text failed; 2 usage error, or a pipeline or file that cannot be read.";

const ANNOTATE_HELP: &str = "\
Texts are read one after another, annotated on all processors, and written in their order. Memory does not grow with the \
inputs. With --out a run that was ended in whatever way is gone on with by the same command, and the file is the same as \
if it had not been.

Examples:
  nlp annotate reviews.txt --out reviews.jsonl
  nlp annotate 2024-*.jsonl.gz --field body --out bodies.jsonl.zst
  nlp annotate reviews.csv --column review --model en_core_web_sm --exclude parser > reviews.jsonl

Exit codes: 0 all well; 1 some text failed; 2 usage error, or a pipeline or file that cannot be read or written; 130 \
stopped by Ctrl-C.";

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Annotate texts, one document a line
    #[command(after_help = PARSE_HELP)]
    Parse(ParseArgs),
    /// Annotate files of any size, safe from crashes
    #[command(after_help = ANNOTATE_HELP)]
    Annotate(Box<AnnotateArgs>),
    /// Show what a pipeline holds: components, architectures, labels, sizes, licence, scores
    #[command(after_help = EXIT_CODES)]
    Info(InfoArgs),
    /// Answer requests for annotations over HTTP
    #[cfg(feature = "serve")]
    #[command(after_help = crate::serve::args::HELP)]
    Serve(Box<crate::serve::args::ServeArgs>),
}

/// What `nlp parse` is given.
#[derive(Args)]
pub struct ParseArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// The texts; `-` or nothing for standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub file: PathBuf,
    /// What a line of the texts is
    #[arg(long, value_enum, default_value_t = Input::Lines)]
    pub input: Input,
    /// How to print the documents
    #[arg(long, value_enum, default_value_t = ParseFormat::Json)]
    pub format: ParseFormat,
    /// What else the JSON of a document holds, separated by commas
    #[arg(long, value_enum, value_name = "PART,...", value_delimiter = ',')]
    pub with: Vec<Rest>,
    /// The most texts to annotate at a time
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub batch_size: usize,
    #[command(flatten)]
    pub limits: LimitArgs,
}

impl ParseArgs {
    /// What else is printed of a document.
    pub fn parts(&self) -> Vec<Part> {
        self.with.iter().map(|&rest| rest.into()).collect()
    }
}

/// What a line of the input is.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Input {
    /// A line is a text
    Lines,
    /// A line is a JSON object whose "text" is the text, which may hold newlines
    Jsonl,
}

/// How documents are printed.
#[derive(Clone, Copy, ValueEnum)]
pub enum ParseFormat {
    /// One JSON object a line: text, tokens with all their annotations, entities, sentences
    Json,
    /// A table a document, for people
    Text,
}

/// What `nlp info` is given.
#[derive(Args)]
pub struct InfoArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// How to print what the pipeline holds
    #[arg(long, value_enum, default_value_t = InfoFormat::Text)]
    pub format: InfoFormat,
}

/// How a pipeline is described.
#[derive(Clone, Copy, ValueEnum)]
pub enum InfoFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}
