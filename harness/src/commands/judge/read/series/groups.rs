//! Which columns tell loops, processes and hosts apart.

use super::asked::Asked;
use super::axis::Axes;
use super::head::Head;
use super::meaning::Meaning;

/// Groups that a column of words without a known name may make.
const FEW: usize = 16;

/// The columns whose values tell groups apart, and those whose values are others where something was started again.
///
/// # Errors
///
/// A sentence: what the user names is not there.
pub(super) fn choose(
    head: &Head<'_>,
    axes: &Axes,
    asked: &Asked,
    pivot: Option<(usize, usize)>,
    wanted: impl Fn(&str) -> Result<usize, String>,
) -> Result<(Vec<usize>, Vec<usize>), String> {
    let of = |meaning: Meaning| {
        (0..head.names.len()).filter(move |at| head.named[*at].meaning == meaning)
    };
    let began: Vec<usize> = of(Meaning::Began)
        .filter(|at| head.is_numeric(*at))
        .collect();
    if !asked.by.is_empty() {
        let by: Result<Vec<usize>, String> = asked.by.iter().map(|name| wanted(name)).collect();
        let by = by?;
        let mut identity = began;
        identity.extend(of(Meaning::Pid).filter(|at| !by.contains(at)));
        return Ok((by, identity));
    }
    let places = Places::of(head, axes, pivot);
    let is_taken = |at: usize| {
        Some(at) == axes.column()
            || axes.seconds.is_some_and(|seconds| seconds.0 == at)
            || pivot.is_some_and(|(a, b)| a == at || b == at)
    };
    let mut candidates: Vec<(u8, usize)> = (0..head.names.len())
        .filter(|at| !is_taken(*at))
        .filter_map(|at| Some((rank(head, at, &places)?, at)))
        .collect();
    candidates.sort_unstable();
    let mut chosen: Vec<usize> = Vec::new();
    for (_, at) in candidates {
        let values = places.values(head, &[at]);
        let says_no_more = |known: &usize| {
            let known = places.values(head, &[*known]);
            distinct(&known) > 1 && is_determined(&known, &values)
        };
        if !chosen.iter().any(says_no_more) {
            chosen.push(at);
        }
    }
    let mut identity = began;
    for pid in of(Meaning::Pid).filter(|at| !is_taken(*at)) {
        let mut with = chosen.clone();
        with.push(pid);
        let (alone, apart) = (places.values(head, &chosen), places.values(head, &with));
        // Several processes side by side, or one after another.
        let side_by_side =
            distinct(&apart) > distinct(&alone) && changes(&apart) >= 2 * distinct(&apart);
        match side_by_side && distinct(&apart) <= head.rows.len() / 3 {
            true => chosen.push(pid),
            false => identity.push(pid),
        }
    }
    chosen.sort_unstable();
    Ok((chosen, identity))
}

/// How sure it is that a column tells groups apart: the least is the surest. None where it does not.
fn rank(head: &Head<'_>, at: usize, places: &Places) -> Option<u8> {
    let (numbers, words) = head.kinds(at);
    let values = places.values(head, &[at]);
    let (count, rows) = (distinct(&values), values.len());
    let is_text = words > 0 && words >= numbers;
    let is_few = count <= (rows / 3).max(1) || count <= 4;
    match head.named[at].meaning {
        Meaning::Group(rank) if is_few => {
            // A number that is the same all along tells nothing.
            let tells = is_text || count > 1;
            // One that is another now and then, on one course of time, is a state of what is measured.
            let is_state =
                rank == 0 && count > 1 && !places.are_apart(&values) && changes(&values) >= count;
            (tells && !is_state && numbers + words > 0).then_some(rank)
        }
        Meaning::Unknown | Meaning::Metric if is_text && (2..=FEW).contains(&count) && is_few => {
            (places.are_apart(&values)).then_some(9)
        }
        _ => None,
    }
}

/// The places of the first rows on the axis.
struct Places(Vec<Option<f64>>);

impl Places {
    fn of(head: &Head<'_>, axes: &Axes, pivot: Option<(usize, usize)>) -> Places {
        // Rows that are counted, or of which each has one measure of several, have no places that could tell.
        if axes.column().is_none() || pivot.is_some() {
            return Places(Vec::new());
        }
        let places = head.rows.iter().map(|(_, cells)| {
            let cells: Vec<_> = cells.iter().map(super::cell::Owned::cell).collect();
            axes.place(&cells, head.decimals)
        });
        Places(places.collect())
    }

    /// The values of columns, row by row, joined.
    fn values(&self, head: &Head<'_>, columns: &[usize]) -> Vec<String> {
        let value = |row: &super::head::HeadRow| {
            let words = columns.iter().map(|at| {
                row.1
                    .get(*at)
                    .map_or_else(String::new, |cell| cell.cell().words())
            });
            words.collect::<Vec<_>>().join("\u{1f}")
        };
        head.rows.iter().map(value).collect()
    }

    /// Whether time or iterations go on within each group, and go back or stand still from one to the other.
    fn are_apart(&self, groups: &[String]) -> bool {
        let back =
            |pairs: &mut dyn Iterator<Item = (f64, f64)>| pairs.filter(|(a, b)| b <= a).count();
        let known: Vec<(f64, &String)> = self
            .0
            .iter()
            .zip(groups)
            .filter_map(|(place, group)| Some(((*place)?, group)))
            .collect();
        let together = back(&mut known.windows(2).map(|pair| (pair[0].0, pair[1].0)));
        let mut last: std::collections::HashMap<&String, f64> = std::collections::HashMap::new();
        let mut apart = 0;
        for (place, group) in &known {
            if let Some(before) = last.insert(group, *place) {
                apart += usize::from(*place <= before);
            }
        }
        together > 0 && apart * 4 < together
    }
}

fn distinct(values: &[String]) -> usize {
    values
        .iter()
        .collect::<std::collections::HashSet<_>>()
        .len()
}

fn changes(values: &[String]) -> usize {
    values.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// Whether each value of the one goes with one of the other.
fn is_determined(by: &[String], values: &[String]) -> bool {
    let mut known = std::collections::HashMap::new();
    by.iter()
        .zip(values)
        .all(|(by, value)| *known.entry(by).or_insert(value) == value)
}
