//! Several loops, processes or hosts, each judged by itself; and of each the stretches between which it began anew.
//!
//! Of the stretches the last decides, since it is what the program does now; where it is too short to tell, the longest
//! does. Of the groups each decides, but those that are known to grow.

use super::conclude::{Conclusion, conclude};
use super::evidence::Evidence;
use crate::sentence::{list, sentence_of};
use harness_model::record::{RecordVerdict, SeriesOverTime};
use harness_model::units::count;
use harness_model::{Outcome, Shape};

/// Groups that are named in a sentence.
const MOST_NAMED: usize = 4;

/// What is judged by itself.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The loop, process or host; empty where there is but one.
    pub group: String,
    /// Its number, counted from 1, where its group has several.
    pub piece: Option<u32>,
    /// Rows that it is made of.
    pub rows: u64,
    /// Whether its growth is expected, and no finding.
    pub may_grow: bool,
    /// What was measured.
    pub evidence: Evidence,
}

/// The parts, judged.
#[derive(Clone, Debug)]
pub struct Apart {
    /// The conclusion of all: its series are those of every part.
    pub conclusion: Conclusion,
    /// Of each part, whether it decides.
    pub decides: Vec<bool>,
}

/// Concludes from parts that stand side by side or one after another. One alone says what [`conclude`] says of it.
pub fn conclude_apart(parts: &[Part]) -> Apart {
    let mut judged: Vec<Conclusion> = parts.iter().map(|part| conclude(&part.evidence)).collect();
    let decides = deciding(parts, &judged);
    let chosen = || {
        let both = parts.iter().zip(&judged).zip(&decides);
        both.filter(|(_, decides)| **decides).map(|(both, _)| both)
    };
    let is_one = chosen().count() == 1;
    let mut verdict = match chosen().next() {
        Some((_, one)) if is_one => one.verdict.clone(),
        _ => together(&chosen().collect::<Vec<_>>()),
    };
    if is_one && chosen().all(|(part, _)| part.may_grow) {
        verdict.outcome = Outcome::Pass;
        verdict.exit_code = Outcome::Pass.exit_code();
    }
    verdict.explained.extend(pieces(parts, &judged, &decides));
    let mut all = Conclusion {
        series: Vec::new(),
        processes: Vec::new(),
        sites: Vec::new(),
        verdict,
    };
    for (part, one) in parts.iter().zip(&mut judged) {
        let tagged = one.series.drain(..).map(|series| SeriesOverTime {
            group: (!part.group.is_empty()).then(|| part.group.clone()),
            piece: part.piece,
            ..series
        });
        all.series.extend(tagged);
        all.processes.append(&mut one.processes);
        all.sites.append(&mut one.sites);
    }
    Apart {
        conclusion: all,
        decides,
    }
}

/// Of each group one part: its last, or its longest where the last tells nothing.
fn deciding(parts: &[Part], judged: &[Conclusion]) -> Vec<bool> {
    let mut decides = vec![false; parts.len()];
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        if seen.contains(&part.group.as_str()) {
            continue;
        }
        seen.push(&part.group);
        let own = || (0..parts.len()).filter(|at| parts[*at].group == part.group);
        let tells = |at: &usize| judged[*at].verdict.outcome != Outcome::Inconclusive;
        let last = own().next_back().filter(tells);
        let longest = own().filter(tells).max_by_key(|at| parts[*at].rows);
        let any = own().max_by_key(|at| parts[*at].rows);
        if let Some(at) = last.or(longest).or(any) {
            decides[at] = true;
        }
    }
    decides
}

/// The verdict of several groups.
fn together(groups: &[(&Part, &Conclusion)]) -> RecordVerdict {
    let of = |wanted: Outcome| {
        let those = groups.iter();
        those.filter(move |(_, one)| one.verdict.outcome == wanted)
    };
    let fails = of(Outcome::Leak).any(|(part, _)| !part.may_grow);
    let outcome = if fails {
        Outcome::Leak
    } else if groups.is_empty() || of(Outcome::Inconclusive).any(|(part, _)| !part.may_grow) {
        Outcome::Inconclusive
    } else {
        Outcome::Pass
    };
    let mut clauses = Vec::new();
    let growing: Vec<_> = of(Outcome::Leak).collect();
    for (part, one) in growing.iter().take(MOST_NAMED) {
        let expected = if part.may_grow { ", as it may" } else { "" };
        clauses.push(format!(
            "{}: {}{expected}",
            quoted(&part.group),
            clause(one)
        ));
    }
    if growing.len() > MOST_NAMED {
        clauses.push(format!("{} others grow", growing.len() - MOST_NAMED));
    }
    let open: Vec<_> = of(Outcome::Inconclusive).collect();
    if let [(part, one)] = open.as_slice() {
        clauses.push(format!("{}: {}", quoted(&part.group), clause(one)));
    } else if !open.is_empty() {
        clauses.push(format!("{}: inconclusive", names(&open)));
    }
    let flat: Vec<_> = of(Outcome::Pass).collect();
    match flat.as_slice() {
        [] => {}
        [(part, one)] => clauses.push(format!("{}: {}", quoted(&part.group), clause(one))),
        several => clauses.push(format!("{}: nothing grows", names(several))),
    }
    if clauses.is_empty() {
        clauses.push("inconclusive, because there are no two samples to compare".to_owned());
    }
    let tagged = |lines: fn(&RecordVerdict) -> &[String]| -> Vec<String> {
        let lines = groups.iter().flat_map(|(part, one)| {
            let lines = lines(&one.verdict).iter();
            lines.map(|line| format!("{}: {line}", quoted(&part.group)))
        });
        lines.collect()
    };
    let mut blind_spots: Vec<String> = Vec::new();
    for (_, one) in groups {
        for line in &one.verdict.blind_spots {
            if !blind_spots.contains(line) {
                blind_spots.push(line.clone());
            }
        }
    }
    RecordVerdict {
        outcome,
        exit_code: outcome.exit_code(),
        sentence: sentence_of(&clauses),
        causes: tagged(|verdict| &verdict.causes),
        explained: tagged(|verdict| &verdict.explained),
        blind_spots,
    }
}

/// What was said of the parts that began anew, a sentence for each group that has several.
fn pieces(parts: &[Part], judged: &[Conclusion], decides: &[bool]) -> Vec<String> {
    let mut told = Vec::new();
    for (at, part) in parts.iter().enumerate().filter(|(at, _)| decides[*at]) {
        let own: Vec<usize> = (0..parts.len())
            .filter(|other| parts[*other].group == part.group)
            .collect();
        let Some(piece) = part.piece.filter(|_| own.len() > 1) else {
            continue;
        };
        let grow = |other: &&usize| {
            let series = &judged[**other].series;
            series.iter().any(|one| {
                one.judged.shape == Shape::Growing
                    && judged[**other].verdict.outcome == Outcome::Leak
            })
        };
        let others = || own.iter().filter(|other| **other != at);
        let growing = others().filter(grow).count();
        let which = match at == own[own.len() - 1] {
            true => "the last".to_owned(),
            false => format!("number {piece}, the longest that tells anything"),
        };
        let whose = match part.group.is_empty() {
            true => String::new(),
            false => format!("{}: ", quoted(&part.group)),
        };
        told.push(format!(
            "{whose}What was measured began anew {} {}: {which}, of {} rows, decides; of the {} {} {} {}.",
            own.len() - 1,
            if own.len() == 2 { "time" } else { "times" },
            count(part.rows),
            others().count(),
            if own.len() == 2 { "other" } else { "others" },
            match growing {
                0 => "none".to_owned(),
                some => some.to_string(),
            },
            if growing == 1 || growing == 0 { "grows" } else { "grow" },
        ));
    }
    told
}

/// What was concluded, to stand behind a colon.
fn clause(one: &Conclusion) -> String {
    let sentence = one.verdict.sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    let first = letters.next();
    // RSS stays RSS.
    let is_word = letters.clone().next().is_some_and(char::is_lowercase);
    match first {
        Some(first) if is_word => format!("{}{}", first.to_lowercase(), letters.as_str()),
        _ => sentence.to_owned(),
    }
}

fn quoted(name: &str) -> String {
    format!("\u{201c}{name}\u{201d}")
}

fn names(groups: &[&(&Part, &Conclusion)]) -> String {
    let mut names: Vec<String> = groups
        .iter()
        .take(MOST_NAMED)
        .map(|(part, _)| quoted(&part.group))
        .collect();
    if groups.len() > MOST_NAMED {
        names.push(format!("{} others", groups.len() - MOST_NAMED));
    }
    list(&names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::over_time::{Point, Track};
    use harness_model::record::{Measure, Whose};

    fn part(group: &str, piece: Option<u32>, count: u64, each: u64) -> Part {
        let noise = |at: u64| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) * 4_096;
        let point = |at: u64| Point {
            at: at as f64,
            value: 50_000_000 + each * at + noise(at),
        };
        let points = (0..count).map(point).collect();
        Part {
            group: group.to_owned(),
            piece,
            rows: count,
            may_grow: false,
            evidence: Evidence {
                tracks: vec![Track::new(Measure::Resident, Whose::All, points)],
                ..Evidence::default()
            },
        }
    }

    #[test]
    fn each_group_is_judged_by_itself_and_one_that_grows_is_a_leak() {
        let mut parts = [part("a", None, 300, 0), part("b", None, 300, 102_400)];
        let apart = conclude_apart(&parts);
        let verdict = &apart.conclusion.verdict;
        assert_eq!(verdict.outcome, Outcome::Leak);
        assert!(
            verdict
                .sentence
                .contains("\u{201c}b\u{201d}: RSS grows by 100 KiB a second")
                && verdict
                    .sentence
                    .contains("\u{201c}a\u{201d}: nothing grows"),
            "{}",
            verdict.sentence
        );
        assert_eq!(apart.conclusion.series[1].group.as_deref(), Some("b"));
        parts[1].may_grow = true;
        let verdict = conclude_apart(&parts).conclusion.verdict;
        assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Pass, 0));
    }

    #[test]
    fn the_last_stretch_decides_unless_it_is_too_short_to_tell() {
        let parts = [part("", Some(1), 300, 102_400), part("", Some(2), 300, 0)];
        let apart = conclude_apart(&parts);
        assert_eq!(apart.decides, [false, true]);
        let verdict = apart.conclusion.verdict;
        assert_eq!(verdict.outcome, Outcome::Pass);
        assert!(
            verdict.explained.iter().any(|line| line.contains(
                "began anew 1 time: the last, of 300 rows, decides; of the 1 other 1 grows"
            )),
            "{:?}",
            verdict.explained
        );
        let short = [part("", Some(1), 300, 102_400), part("", Some(2), 9, 0)];
        let apart = conclude_apart(&short);
        assert_eq!(apart.decides, [true, false]);
        assert_eq!(apart.conclusion.verdict.outcome, Outcome::Leak);
    }

    #[test]
    fn nothing_at_all_is_inconclusive() {
        assert_eq!(
            conclude_apart(&[]).conclusion.verdict.outcome,
            Outcome::Inconclusive
        );
    }
}
