//! The options that every job with a report has.

use std::path::PathBuf;

/// Where a job's report goes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PlaceOptions {
    /// Where the report goes, for you alone to read; may be a link to a folder. What an earlier report left there is
    /// taken away [default: reports/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// The report's name under reports/ [default: the job's, with the date and time]
    #[arg(long, value_name = "NAME", conflicts_with = "out", value_parser = name)]
    pub name: Option<String>,
}

/// Where a job's report goes, and what is printed of it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ReportOptions {
    /// The report's folder.
    #[command(flatten)]
    pub place: PlaceOptions,

    /// Print the summary as JSON on standard output, and all else on standard error
    #[arg(long)]
    pub json: bool,
}

/// A name under reports/, which does not lead out of it.
fn name(text: &str) -> Result<String, String> {
    match text {
        "" | "." | ".." => Err("it is no name for a folder".to_owned()),
        _ if text.contains('/') => Err("a name has no /: --out takes a folder anywhere".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_name_does_not_lead_out_of_the_reports() {
        assert_eq!(name("before-1.2"), Ok("before-1.2".to_owned()));
        for bad in ["", ".", "..", "../x", "/tmp/x", "a/b", "a/.."] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
