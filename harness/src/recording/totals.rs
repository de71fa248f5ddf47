//! The sums of a record, read often while its process runs.

use std::io;
use std::mem::offset_of;

use harness_preload::record::Site;

use super::head::Head;
use super::parts::{self, Part};
use super::reader::live;
use super::recorded::{Amount, Kind, State};
use super::source::{Source, u16_at, u32_at};
use super::stacks::StackId;

/// What lives in a process at a moment, by kind. The program goes on while it is read, so that two kinds may be of moments
/// that lie a millisecond apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// How far the process has come.
    pub state: State,
    /// What lives, in the order of [`Kind::ALL`].
    pub by_kind: [Amount; Kind::ALL.len()],
}

/// What lives at one site at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveSite {
    /// Where it stands in its record: it keeps that place.
    pub number: usize,
    /// What it takes.
    pub kind: Kind,
    /// Its stack, as the whole record has it.
    pub stack: StackId,
    /// What lives.
    pub live: Amount,
}

impl Part for LiveSite {
    fn whole(&self) -> (StackId, Kind) {
        (self.stack, self.kind)
    }

    fn add(&mut self, other: &LiveSite) {
        self.live.add_part(other.live);
    }

    fn settle(&mut self) {
        self.live.settle();
    }
}

impl Totals {
    /// Reads the sums; `None` where it is no record of this version, or not yet. Only the counters of the sites in use are
    /// read: 64 bytes for each.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn read(source: &(impl Source + ?Sized)) -> io::Result<Option<Totals>> {
        Totals::read_each(source, |_| ())
    }

    /// Reads the sums as [`Totals::read`] does, and hands out what makes them up, site by site.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn read_each(
        source: &(impl Source + ?Sized),
        mut take: impl FnMut(LiveSite),
    ) -> io::Result<Option<Totals>> {
        let head = Head::read_figures(source)?;
        if head.check().is_err() {
            return Ok(None);
        }
        let mut by_kind = [Amount::default(); Kind::ALL.len()];
        let mut sites = Vec::new();
        head.sites().for_each(source, |number, entry| {
            if let Some(kind) = Kind::from_record(u16_at(entry, offset_of!(Site, kind)).into()) {
                sites.push(LiveSite {
                    number,
                    kind,
                    stack: StackId(u32_at(entry, offset_of!(Site, node))),
                    live: live(entry),
                });
            }
        })?;
        parts::add_up(&head, &mut sites);
        for site in sites {
            by_kind[site.kind.index()].add(site.live);
            take(site);
        }
        Ok(Some(Totals {
            state: head.state(),
            by_kind,
        }))
    }

    /// What lives of one kind.
    pub fn of(&self, kind: Kind) -> Amount {
        self.by_kind[kind.index()]
    }
}
