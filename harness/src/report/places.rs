//! The functions that grow, with what every tool saw of each.

use harness_judge::attribution::functions::{FunctionGrowth, by_function};
use harness_judge::root_causes::last_name;
use harness_model::units::count;
use harness_model::{Instrument, LeakKind, Place, Probe, SitePair, SiteReport, Summary};

/// One function that grows: no two of them are the same, whatever tools call it.
pub(super) struct GrowingPlace<'s> {
    /// What the tools saw of it, one or more.
    pub seen: Vec<Seen<'s>>,
}

impl GrowingPlace<'_> {
    /// Whether it is the function of this place.
    pub fn is_at(&self, place: &Place) -> bool {
        self.seen.iter().any(|one| {
            let seen = &one.function.worst.place;
            seen.file == place.file && last_name(&seen.function) == last_name(&place.function)
        })
    }

    /// The function by its longest name, with all the lines that any tool saw grow.
    pub fn place(&self) -> String {
        let (place, lines) = self.place_and_lines();
        place.with_lines(&lines)
    }

    /// The same apart.
    pub fn place_and_lines(&self) -> (Place, Vec<u32>) {
        let all = &self.seen;
        let names = all
            .iter()
            .map(|seen| seen.function.worst.place.function.as_str());
        let name = names.max_by_key(|name| name.len()).unwrap_or_default();
        let mut all_lines: Vec<u32> = all
            .iter()
            .flat_map(|seen| seen.function.lines.clone())
            .collect();
        all_lines.sort_unstable();
        all_lines.dedup();
        let place = Place {
            function: name.to_owned(),
            file: all
                .first()
                .and_then(|seen| seen.function.worst.place.file.clone()),
            line: None,
        };
        (place, all_lines)
    }
}

/// The functions that grow: what is lost before what is only kept, what was seen over the whole loop before what a few
/// iterations showed, and of each the most bytes first.
pub(super) fn places(summary: &Summary) -> Vec<GrowingPlace<'_>> {
    let pairs = summary.stacks.iter().flat_map(|one| {
        let pairs = pairs(&one.result);
        pairs.map(|pair| (one.instrument, pair))
    });
    let mut seen: Vec<Seen<'_>> = pairs
        .flat_map(|(instrument, pair)| {
            let functions = by_function(&pair.growing).into_iter();
            functions.map(move |function| Seen {
                instrument,
                pair,
                function,
            })
        })
        .collect();
    let rank = |one: &Seen<'_>| {
        let mut stacks = summary.stacks.iter();
        stacks.position(|stacks| stacks.instrument == one.instrument)
    };
    seen.sort_by(|a, b| {
        let bytes = |one: &Seen<'_>| one.function.bytes_per_iteration;
        (a.is_kept().cmp(&b.is_kept()))
            .then(rank(a).cmp(&rank(b)))
            .then(bytes(b).total_cmp(&bytes(a)))
    });
    let mut places: Vec<GrowingPlace<'_>> = Vec::new();
    for one in seen {
        match places.iter_mut().find(|all| all.seen[0].is_where(&one)) {
            Some(all) => all.seen.push(one),
            None => places.push(GrowingPlace { seen: vec![one] }),
        }
    }
    places
}

/// What one tool saw of a function in one loop.
pub(super) struct Seen<'s> {
    /// The tool.
    pub instrument: Instrument,
    /// Its two runs.
    pub pair: &'s SitePair,
    /// The function.
    pub function: FunctionGrowth<'s>,
}

impl Seen<'_> {
    /// The instrument, and the part of the loop that its figures are of: each has a window of its own.
    pub fn window(&self) -> String {
        let (short, long) = (self.pair.short.iterations, self.pair.long.iterations);
        format!(
            "{} {} to {}",
            self.instrument.name(),
            count(short),
            count(long)
        )
    }

    fn is_kept(&self) -> bool {
        !self.function.worst.leak_kind.is_some_and(LeakKind::is_lost)
    }

    /// Whether it is the same function: some tools know its type or module, and some do not.
    fn is_where(&self, other: &Seen<'_>) -> bool {
        let [one, other] = [self, other].map(|seen| &seen.function.worst.place);
        one.file == other.file && last_name(&one.function) == last_name(&other.function)
    }
}

/// The pairs of runs that a tool has seen; none where it did not run.
pub(super) fn pairs(probe: &Probe<SiteReport>) -> impl Iterator<Item = &harness_model::SitePair> {
    probe.ran().into_iter().flat_map(|report| &report.pairs)
}
