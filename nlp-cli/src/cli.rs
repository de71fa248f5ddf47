//! What the user may ask for.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use nlp_core::{Language, Limits, LoadOptions};
use nlp_io::json::Part;

use crate::stop::Stop;
use crate::terminal::complain;

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

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Annotate texts, one document a line
    #[command(after_help = PARSE_HELP)]
    Parse(ParseArgs),
    /// Show what a pipeline holds: components, architectures, labels, sizes, licence, scores
    #[command(after_help = EXIT_CODES)]
    Info(InfoArgs),
}

/// Which pipeline to run.
#[derive(Args)]
pub struct ModelArgs {
    /// A pipeline that spaCy v3 trained: the name of an installed package (en_core_web_sm), a directory, or a wheel, zip
    /// archive or .tar.gz as it was fetched [default: the English one that is built in]
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<PathBuf>,
    /// Components to leave out: their files are not read
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Components to load and not to run, beside those that the configuration disables
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub disable: Vec<String>,
    /// The only components to run
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub enable: Vec<String>,
    /// Components to run although the configuration disables them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub enable_pipe: Vec<String>,
}

impl ModelArgs {
    /// Loads the pipeline, and says on standard error what to know of it.
    pub fn load(&self) -> Result<Language, Stop> {
        let failed = |error: nlp_core::Error| Stop::Failed(error.to_string());
        let options = LoadOptions::new()
            .exclude(&self.exclude)
            .disable(&self.disable)
            .enable(&self.enable);
        let loaded = match &self.model {
            Some(source) => options.load(source),
            None => nlp_core::models::english_with(&options),
        };
        let mut nlp = loaded.map_err(failed)?;
        for name in &self.enable_pipe {
            nlp.enable_pipe(name).map_err(failed)?;
        }
        for warning in nlp.warnings() {
            complain(format_args!("warning: {warning}"));
        }
        Ok(nlp)
    }
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
    /// The most characters that a text may have
    #[arg(long, value_name = "N", default_value_t = nlp_core::MAX_LENGTH)]
    pub max_length: usize,
    /// The most tokens that a text may have [default: any number]
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<usize>,
    /// The most seconds that a text may take [default: as long as it takes]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub max_time: Option<Duration>,
}

impl ParseArgs {
    /// What else is printed of a document.
    pub fn parts(&self) -> Vec<Part> {
        self.with.iter().map(|&rest| rest.into()).collect()
    }

    /// What a text may take.
    pub fn limits(&self) -> Limits {
        Limits {
            chars: self.max_length,
            tokens: self.max_tokens.unwrap_or(usize::MAX),
            time: self.max_time,
            ..Limits::default()
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    let time = Duration::try_from_secs_f64(seconds);
    time.map_err(|_| "not a time that a text could take".to_owned())
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

/// What is printed of a document on request.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rest {
    /// Of each token: the entity's id from a ruler, and its id in a knowledge base
    Ids,
    /// The score of each category of the text
    Cats,
    /// The groups of spans by key: [start, end, label, id, knowledge base id, score]
    Spans,
    /// The vector of each token: of the word, or from the tensor in a pipeline without word vectors; [] where there is none
    Vectors,
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

impl From<Rest> for Part {
    fn from(rest: Rest) -> Part {
        match rest {
            Rest::Ids => Part::Ids,
            Rest::Cats => Part::Cats,
            Rest::Spans => Part::Spans,
            Rest::Vectors => Part::Vectors,
        }
    }
}

/// How a pipeline is described.
#[derive(Clone, Copy, ValueEnum)]
pub enum InfoFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}
