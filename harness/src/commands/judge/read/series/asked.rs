//! What the user says of a file's columns.

pub(crate) use super::units::Unit;
use super::units::{Of, unit};
use harness_model::record::Measure;

/// What a column was said to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnAsked {
    /// Its name, or its number.
    pub name: String,
    /// What it measures; none for something of its own that is to decide.
    pub measure: Option<Taken>,
    /// Bytes of its unit.
    pub unit: Option<Unit>,
}

/// What a column was said to be taken for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Taken {
    /// This measure.
    For(Measure),
    /// Nothing: it is left out.
    ForNothing,
}

/// All that was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Asked {
    pub columns: Vec<ColumnAsked>,
    pub time: Option<(String, Option<Unit>)>,
    pub iterations: Option<String>,
    pub by: Vec<String>,
    pub warm_up: Option<f64>,
    pub cycle: Option<u64>,
    pub may_grow: Vec<String>,
}

/// Words for measures.
const MEASURES: [(&str, Measure); 16] = [
    ("rss", Measure::Resident),
    ("heap", Measure::Heap),
    ("blocks", Measure::HeapBlocks),
    ("uss", Measure::Unique),
    ("pss", Measure::Proportional),
    ("anonymous", Measure::Anonymous),
    ("virtual", Measure::Virtual),
    ("swap", Measure::Swap),
    ("shared", Measure::Shared),
    ("mapped", Measure::Mapped),
    ("gpu", Measure::Gpu),
    ("fds", Measure::Descriptors),
    ("threads", Measure::Threads),
    ("processes", Measure::Processes),
    ("bytes", Measure::OtherBytes),
    ("other", Measure::Other),
];

/// Reads `NAME`, `NAME=MEASURE` or `NAME=MEASURE:UNIT`.
///
/// # Errors
///
/// A sentence: it is none.
pub(crate) fn column(text: &str) -> Result<ColumnAsked, String> {
    let Some((name, rest)) = text.rsplit_once('=') else {
        return Ok(ColumnAsked {
            name: text.to_owned(),
            measure: None,
            unit: None,
        });
    };
    let (measure, unit) = match rest.split_once(':') {
        Some((measure, unit)) => (measure, Some(of_bytes(unit)?)),
        None => (rest, None),
    };
    let lower = measure.to_lowercase();
    let taken = match lower.as_str() {
        "skip" | "none" => Taken::ForNothing,
        _ => {
            let known = MEASURES.iter().find(|(word, _)| *word == lower);
            Taken::For(known.map(|(_, measure)| *measure).ok_or_else(|| {
                let words: Vec<&str> = MEASURES.iter().map(|(word, _)| *word).collect();
                format!("{measure:?} is no measure: {} or skip", words.join(", "))
            })?)
        }
    };
    Ok(ColumnAsked {
        name: name.to_owned(),
        measure: Some(taken),
        unit,
    })
}

/// Reads `COLUMN` or `COLUMN:UNIT`, of time.
///
/// # Errors
///
/// A sentence: the unit is none.
pub(crate) fn time(text: &str) -> Result<(String, Option<Unit>), String> {
    match text.rsplit_once(':') {
        Some((name, word)) => match unit(word).filter(|unit| unit.of == Of::Seconds) {
            Some(unit) => Ok((name.to_owned(), Some(unit))),
            // A column may have a colon in its name.
            None if name.is_empty() || word.len() > 3 => Ok((text.to_owned(), None)),
            None => Err(format!(
                "{word:?} is no unit of time: s, ms, us, ns, min or h"
            )),
        },
        None => Ok((text.to_owned(), None)),
    }
}

fn of_bytes(text: &str) -> Result<Unit, String> {
    if let Some(unit) = unit(text).filter(|unit| unit.of == Of::Bytes) {
        return Ok(unit);
    }
    let times: f64 = text
        .parse()
        .ok()
        .filter(|times: &f64| (1.0..=1e15).contains(times))
        .ok_or_else(|| {
            format!("{text:?} is no unit: B, KiB, MiB, GiB, pages, or how many bytes it has, such as 1000000")
        })?;
    Ok(Unit {
        name: "units as given",
        times,
        of: Of::Bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_said_to_be_a_measure_in_a_unit() {
        let read = column("mem=rss:KiB").unwrap();
        assert_eq!(read.name, "mem");
        assert_eq!(read.measure, Some(Taken::For(Measure::Resident)));
        assert_eq!(read.unit.unwrap().times, 1_024.0);
        assert_eq!(column("a=b=rss:1000000").unwrap().unit.unwrap().times, 1e6);
        assert_eq!(column("queue").unwrap().measure, None);
        assert_eq!(column("x=skip").unwrap().measure, Some(Taken::ForNothing));
        assert!(
            column("x=cheese")
                .unwrap_err()
                .contains("is no measure: rss, heap")
        );
        assert!(
            column("x=rss:furlongs")
                .unwrap_err()
                .contains("is no unit: B, KiB")
        );
        assert_eq!(time("t:ms").unwrap().1.unwrap().times, 1e-3);
        assert_eq!(time("t").unwrap(), ("t".to_owned(), None));
    }
}
