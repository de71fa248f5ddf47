//! The allocator's own records of a child: what was live at two moments, by stack, or by part of the pipeline.

use harness_judge::attribution::sites::{Observation, Record};
use harness_judge::attribution::stack::Frame;
use harness_model::{Account, HeldAt};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the counters said when the records were taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Measured iterations completed.
    pub iterations: u64,
    /// Bytes that the loop had gained since it began.
    pub gained_bytes: i64,
    /// Blocks that it had gained.
    pub gained_blocks: i64,
}

/// Bytes and blocks live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Bytes.
    pub bytes: u64,
    /// Blocks.
    pub blocks: u64,
}

/// One stack whose live blocks were not the same at both moments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRecord {
    /// The part of the pipeline that was at work.
    pub part: String,
    /// Where it was allocated, innermost call first.
    pub frames: Vec<Frame>,
    /// What was live at the first moment.
    pub short: Live,
    /// What was live at the second.
    pub long: Live,
    /// What was live now and then over the loop, where it was anything.
    #[serde(default)]
    pub held: Vec<HeldAt>,
}

/// The records by stack: allocator mode `sites`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRecords {
    /// The first moment.
    pub short: Moment,
    /// The second.
    pub long: Moment,
    /// Allocations whose stack found no place in the table.
    pub overflowed: u64,
    /// Everything that was live at the first moment, whatever its stack.
    pub short_total: Live,
    /// Everything that was live at the second.
    pub long_total: Live,
    /// The stacks that changed in between.
    pub sites: Vec<SiteRecord>,
}

/// The records by part: allocator mode `groups`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecords {
    /// The first moment.
    pub short: Moment,
    /// The second.
    pub long: Moment,
    /// The accounts at the first moment.
    pub short_accounts: Vec<Account>,
    /// The accounts at the second.
    pub long_accounts: Vec<Account>,
}

/// Reads the records that a child wrote.
///
/// # Errors
///
/// A sentence: the file cannot be read, or is not what a child writes.
pub fn read<R: for<'de> Deserialize<'de>>(path: &Path) -> Result<R, String> {
    let shown = printable::path(&path);
    let bytes =
        crate::files::read(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        format!("{shown} does not hold the allocator's records ({error}): the run was cut short, or another program wrote it")
    })
}

impl SiteRecords {
    /// What was live at one of the two moments.
    pub fn observation(&self, longer: bool) -> Observation {
        let of = |site: &SiteRecord| if longer { site.long } else { site.short };
        let records = self.sites.iter().map(|site| Record {
            kind: None,
            part: Some(site.part.clone()),
            bytes: of(site).bytes,
            blocks: of(site).blocks,
            frames: site.frames.clone(),
            held: if longer {
                site.held.clone()
            } else {
                Vec::new()
            },
        });
        Observation {
            iterations: if longer { self.long } else { self.short }.iterations,
            records: records.collect(),
        }
    }
}
