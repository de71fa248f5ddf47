//! Memory that is free: what of it falls is used by somebody, and what is left tells nothing that grows.
//!
//! Such columns decide nothing themselves. Where they tell together what programs have in use, that is a series of its own:
//! what is left beside [what can be had](Room::Available), or beside what is [free](Room::Free) and what the kernel
//! [keeps of files](Room::Kept) and gives back. How much memory there is they do not say, so that its least is its zero.

use super::meaning::{Meaning, Named, Room};
use super::units::KIBIBYTES;
use harness_judge::over_time::{Decides, Point, Track};
use harness_model::record::{Measure, Whose};

/// What the series is called.
const NAME: &str = "memory in use";

/// Room by the words of a name, where they name memory.
pub(super) fn room(has: impl Fn(&[&str]) -> bool) -> Option<Room> {
    if has(&["available", "avail"]) {
        return Some(Room::Available);
    }
    has(&["free"]).then_some(Room::Free)
}

/// vmstat calls its columns by single words, and counts in KiB.
pub(super) fn of_vmstat(names: &[String], named: &mut [Named]) {
    let has = |name: &str| names.iter().any(|one| one.trim() == name);
    if !has("swpd") || !has("free") {
        return;
    }
    for (name, named) in names.iter().zip(named) {
        let room = match name.trim() {
            "free" => Room::Free,
            "buff" | "cache" => Room::Kept,
            _ => continue,
        };
        *named = Named {
            meaning: Meaning::Room(room),
            unit: Some(KIBIBYTES),
        };
    }
}

/// One series of room.
pub(super) struct Known<'k> {
    pub room: Room,
    pub name: &'k str,
    pub points: Vec<Point>,
}

/// What is said of series of room, and what they tell together.
pub(super) fn told(known: &[Known<'_>], tracks: &[Track]) -> Option<(String, Option<Track>)> {
    let of = |room: Room| known.iter().filter(move |one| one.room == room);
    let parts: Vec<&Known<'_>> = match of(Room::Available).next() {
        Some(one) => vec![one],
        None if of(Room::Kept).next().is_some() => {
            of(Room::Free).take(1).chain(of(Room::Kept)).collect()
        }
        None => Vec::new(),
    };
    let all: Vec<&Known<'_>> = known.iter().collect();
    let free = of(Room::Free).chain(of(Room::Available)).next()?;
    let points = in_use(&parts);
    if points.is_empty() {
        return Some((
            format!(
                "{} is memory that nobody uses, and no memory in use: where it falls, programs may have taken it, or files \
                 that were read. It decides nothing.",
                printable::Line(free.name)
            ),
            None,
        ));
    }
    let is_of_a_process = |track: &Track| {
        track.decides == Decides::Always
            || matches!(
                track.measure,
                Measure::Resident
                    | Measure::Unique
                    | Measure::Proportional
                    | Measure::Anonymous
                    | Measure::Heap
                    | Measure::HeapBlocks
            )
    };
    let decides = match tracks.iter().any(is_of_a_process) {
        true => Decides::Never,
        false => Decides::Always,
    };
    let sentence = format!(
        "{} can be had, and {} not in use: {NAME} is what is left beside {}, of the whole machine, counted from its least.",
        names(&all),
        if all.len() == 1 { "is" } else { "are" },
        names(&parts),
    );
    let track = Track {
        name: Some(NAME.to_owned()),
        decides,
        ..Track::new(Measure::OtherBytes, Whose::All, points)
    };
    Some((sentence, Some(track)))
}

fn names(of: &[&Known<'_>]) -> String {
    let names: Vec<String> = of
        .iter()
        .map(|one| printable::Line(one.name).to_string())
        .collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}

/// What the sum of all falls below its most, where all of them are known.
fn in_use(parts: &[&Known<'_>]) -> Vec<Point> {
    let Some((first, others)) = parts.split_first() else {
        return Vec::new();
    };
    let at = |points: &[Point], place: f64| {
        let found = points.binary_search_by(|point| point.at.total_cmp(&place));
        found.ok().map(|found| points[found].value)
    };
    let sum = |point: &Point| {
        let others = others.iter().map(|one| at(&one.points, point.at));
        let sum = others.sum::<Option<u64>>()?.saturating_add(point.value);
        Some(Point {
            at: point.at,
            value: sum,
        })
    };
    let mut sums: Vec<Point> = first.points.iter().filter_map(sum).collect();
    let most = sums.iter().map(|point| point.value).max().unwrap_or(0);
    sums.iter_mut()
        .for_each(|point| point.value = most - point.value);
    sums
}

#[cfg(test)]
mod tests {
    use super::super::asked::Asked;
    use super::*;
    use crate::commands::judge::read::of_source;
    use harness_judge::over_time::conclude_apart;
    use harness_model::Outcome;

    fn points(values: &[u64]) -> Vec<Point> {
        let each = values.iter().enumerate();
        each.map(|(at, value)| Point {
            at: at as f64,
            value: *value,
        })
        .collect()
    }

    #[test]
    fn what_files_take_of_free_memory_is_not_in_use() {
        let (free, cache) = (points(&[900, 700, 500, 200]), points(&[0, 200, 400, 500]));
        let known = [(Room::Free, free), (Room::Kept, cache)].map(|(room, points)| Known {
            room,
            name: "x",
            points,
        });
        let (_, track) = told(&known, &[]).unwrap();
        let track = track.unwrap();
        let values: Vec<u64> = track.points.iter().map(|point| point.value).collect();
        assert_eq!(values, [0, 0, 0, 200]);
        assert_eq!(track.decides, Decides::Always);
    }

    #[test]
    fn free_memory_alone_tells_no_use() {
        let known = [Known {
            room: Room::Free,
            name: "mem_free",
            points: points(&[900, 700]),
        }];
        let (sentence, track) = told(&known, &[]).unwrap();
        assert!(sentence.starts_with("mem_free is memory that nobody uses"));
        assert!(track.is_none());
    }

    /// What vmstat prints: free memory falls by 2,000 KiB a second, and what the kernel keeps of files rises by so much.
    fn vmstat(kept: u64) -> String {
        let mut text =
            " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n"
                .to_owned();
        for second in 0..200_u64 {
            let noise = second * 7919 % 101;
            let (free, cache) = (7_000_000 - 2_000 * second + noise, 500_000 + kept * second);
            text += &format!(
                " 1  0      0 {free} 100000 {cache}    0    0     0     0  100  200  1  0 99  0  0\n"
            );
        }
        text
    }

    #[test]
    fn vmstat_of_a_machine_whose_memory_is_taken_says_so_and_not_where_files_take_it() {
        for (kept, outcome, said) in [
            (0, Outcome::Leak, "Memory in use grows by 1.95 MiB a sample"),
            (
                2_000,
                Outcome::Pass,
                "Nothing grows: not swap or memory in use",
            ),
        ] {
            let reading = of_source(vmstat(kept).as_bytes(), "a file", &Asked::default()).unwrap();
            let verdict = conclude_apart(&reading.parts).conclusion.verdict;
            assert_eq!(verdict.outcome, outcome, "{}", verdict.sentence);
            assert!(verdict.sentence.contains(said), "{}", verdict.sentence);
            let remarks = reading.file.unwrap().remarks.concat();
            assert!(remarks.contains("counted from its least"), "{remarks}");
        }
    }
}
