//! Which pipeline to run, and what a text may take.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use nlp_core::{Language, Limits, LoadOptions};

use crate::stop::Stop;
use crate::terminal::complain;

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
        let nlp = self.load_quietly()?;
        for warning in nlp.warnings() {
            complain(format_args!("warning: {warning}"));
        }
        Ok(nlp)
    }

    /// Loads the pipeline.
    pub fn load_quietly(&self) -> Result<Language, Stop> {
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
        Ok(nlp)
    }
}

/// What a text may take.
#[derive(Args)]
pub struct LimitArgs {
    /// The most characters that a text may have
    #[arg(long, value_name = "N", default_value_t = nlp_core::MAX_LENGTH)]
    pub max_length: usize,
    /// The most tokens that a text may have [default: any number]
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<usize>,
    /// The most seconds that a text may take [default: as long as it takes]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub max_time: Option<Duration>,
    /// About how many MiB a network may take for the tokens of a long text at a time: less is slower, and never different
    #[arg(long, value_name = "MIB", default_value_t = nlp_core::SCRATCH >> 20)]
    pub scratch: usize,
}

impl LimitArgs {
    /// What a text may take.
    pub fn limits(&self) -> Limits {
        Limits {
            chars: self.max_length,
            tokens: self.max_tokens.unwrap_or(usize::MAX),
            time: self.max_time,
            scratch: self.scratch.saturating_mul(1 << 20),
        }
    }
}

/// A time of so many seconds.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    let time = Duration::try_from_secs_f64(seconds);
    time.map_err(|_| "not a time that a text could take".to_owned())
}
