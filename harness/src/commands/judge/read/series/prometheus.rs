//! What Prometheus answers to a range query, and what VictoriaMetrics exports: series with labels.

use super::asked::Asked;
use super::axis::{Along, Axes};
use super::cell::{Cell, Decimals, Value};
use super::gather::{Course, Gathered, Order, Row};
use super::meaning::Meaning;
use super::names::named;
use super::plan::{Plan, Sizes};
use super::remarks::{Remark, Remarks};
use super::table::{BETWEEN, Understood, planned};
use super::times::Clock;
use super::units::SECONDS;
use harness_model::record::Axis;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Labels that say how a series was measured, and not of whom.
const OF_THE_SCRAPE: [&str; 5] = ["__name__", "le", "quantile", "endpoint", "prometheus"];
/// Groups that are named by fewer letters are easier to tell apart.
const MOST_LABELS: usize = 4;

/// Whether a document begins like an answer.
pub(super) fn is_it(head: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    has("\"resultType\"")
        || (has("\"status\"") && (has("\"errorType\"") || (has("\"data\"") && has("\"metric\""))))
        || (has("\"metric\"") && has("\"values\""))
}

#[derive(Deserialize)]
struct Answer {
    status: Option<String>,
    error: Option<String>,
    data: Option<Data>,
    #[serde(flatten)]
    bare: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: Option<String>,
    #[serde(default)]
    result: Option<serde_json::Value>,
}

/// A series as it is written.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<serde_json::Value>,
    /// Of VictoriaMetrics: milliseconds since 1970.
    timestamps: Option<Vec<f64>>,
}

/// A series as it was read.
struct Series {
    labels: BTreeMap<String, String>,
    points: Vec<(f64, Option<f64>)>,
}

/// Reads a document.
///
/// # Errors
///
/// A sentence: it is an error that Prometheus answered, has no time in it, or is cut.
pub(super) fn read(source: impl Read, asked: &Asked) -> Result<Understood, String> {
    let mut remarks = Remarks::default();
    let mut series = Vec::new();
    let documents = serde_json::Deserializer::from_reader(source).into_iter::<serde_json::Value>();
    for (read, document) in documents.enumerate() {
        let document = match document {
            Ok(document) => document,
            Err(error) if read > 0 => {
                remarks.say(format!(
                    "It ends or breaks after {read} series ({}).",
                    printable::Line(&error)
                ));
                break;
            }
            Err(error) => {
                return Err(format!(
                    "the answer of Prometheus is cut or broken: {}",
                    printable::Line(&error)
                ));
            }
        };
        if document.get("metric").is_some() && document.get("values").is_some() {
            series.extend(of_value(document));
            continue;
        }
        let answer: Answer = serde_json::from_value(document).map_err(|error| {
            format!("it is no answer of Prometheus: {}", printable::Line(&error))
        })?;
        series.extend(of_answer(answer)?);
    }
    understood(series, asked, remarks)
}

fn of_answer(answer: Answer) -> Result<Vec<Series>, String> {
    if answer.status.as_deref() == Some("error") {
        let why = answer.error.unwrap_or_default();
        return Err(format!(
            "Prometheus answered with an error: {}",
            printable::Line(&why)
        ));
    }
    let data = match answer.data {
        Some(data) => data,
        None => answer.bare,
    };
    match data.kind.as_deref() {
        Some("matrix") | None => {}
        Some(kind @ ("vector" | "scalar")) => {
            return Err(format!(
                "it is the answer to an instant query (a {kind}), which has no time in it: ask /api/v1/query_range, with start, \
                 end and step"
            ));
        }
        Some(kind) => {
            return Err(format!(
                "it is an answer of the kind {}, and no matrix",
                printable::Line(kind)
            ));
        }
    }
    let result = match data.result {
        Some(serde_json::Value::Array(result)) => result,
        _ => return Err("the answer of Prometheus has no result".to_owned()),
    };
    if result.is_empty() {
        return Err(
            "the answer of Prometheus is empty: nothing matched the query in that time".to_owned(),
        );
    }
    Ok(result.into_iter().filter_map(of_value).collect())
}

fn of_value(value: serde_json::Value) -> Option<Series> {
    let written: Written = serde_json::from_value(value).ok()?;
    let points = match written.timestamps {
        Some(times) => times
            .iter()
            .map(|ms| ms / 1_000.0)
            .zip(written.values.iter().map(number))
            .collect(),
        None => written
            .values
            .iter()
            .filter_map(|pair| Some((number(pair.get(0)?)?, number(pair.get(1)?))))
            .collect(),
    };
    Some(Series {
        labels: written.metric,
        points,
    })
}

fn number(value: &serde_json::Value) -> Option<f64> {
    let number = match value {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// The labels that tell the series of one metric apart.
fn telling(series: &[Series]) -> Vec<String> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (key, value) in series.iter().flat_map(|one| &one.labels) {
        values.entry(key).or_default().insert(value);
    }
    let everywhere = |key: &str| {
        series
            .iter()
            .filter(|one| one.labels.contains_key(key))
            .count()
            * 2
            > series.len()
    };
    let mut keys: Vec<String> = values
        .iter()
        .filter(|(key, values)| {
            values.len() > 1 && !OF_THE_SCRAPE.contains(*key) && everywhere(key)
        })
        .map(|(key, _)| (*key).to_owned())
        .collect();
    // The best known names first.
    let rank = |key: &String| match named(key).meaning {
        Meaning::Group(rank) => rank,
        _ => 9,
    };
    keys.sort_by_key(rank);
    // What says no more than the ones before it is left out.
    let mut kept: Vec<String> = Vec::new();
    let count = |keys: &[String]| {
        let of = |one: &Series| {
            keys.iter()
                .map(|key| one.labels.get(key).cloned())
                .collect::<Vec<_>>()
        };
        series.iter().map(of).collect::<BTreeSet<_>>().len()
    };
    for key in keys {
        let mut with = kept.clone();
        with.push(key);
        if count(&with) > count(&kept) && with.len() <= MOST_LABELS {
            kept = with;
        }
    }
    kept
}

fn metric_of(one: &Series) -> String {
    one.labels
        .get("__name__")
        .cloned()
        .unwrap_or_else(|| "value".to_owned())
}

/// Of each metric that has several series in one group, the labels that tell these apart.
fn beside(series: &[Series], by: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut together: BTreeMap<(String, Vec<Option<&String>>), Vec<&Series>> = BTreeMap::new();
    for one in series {
        let group = by.iter().map(|key| one.labels.get(key)).collect();
        together
            .entry((metric_of(one), group))
            .or_default()
            .push(one);
    }
    let mut beside: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((metric, _), several) in together.iter().filter(|(_, several)| several.len() > 1) {
        let keys = beside.entry(metric.clone()).or_default();
        for key in several.iter().flat_map(|one| one.labels.keys()) {
            let values: BTreeSet<Option<&String>> =
                several.iter().map(|one| one.labels.get(key)).collect();
            if values.len() > 1 && !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    beside
}

fn understood(
    series: Vec<Series>,
    asked: &Asked,
    mut remarks: Remarks,
) -> Result<Understood, String> {
    let by = match asked.by.is_empty() {
        true => telling(&series),
        false => asked.by.clone(),
    };
    let mut plan = Plan::of_measures(Axes {
        axis: Axis::Seconds,
        along: Along::Clock(0, Clock::Epoch(SECONDS)),
        seconds: None,
        is_guessed: false,
    });
    let mut gathered = Gathered::new(Course {
        order: Order::Forward,
        is_wall: true,
        is_counted: false,
        is_by_measure: true,
    });
    let mut rows = 0;
    let beside = beside(&series, &by);
    for (number, one) in (1..).zip(series) {
        let base = metric_of(&one);
        let more: Vec<String> = beside
            .get(&base)
            .into_iter()
            .flatten()
            .filter_map(|key| Some(format!("{key}={}", one.labels.get(key)?)))
            .collect();
        let metric = match more.is_empty() {
            true => base.clone(),
            false => format!("{base}{{{}}}", more.join(",")),
        };
        let group: Vec<&str> = by
            .iter()
            .filter_map(|key| one.labels.get(key))
            .map(String::as_str)
            .collect();
        let Some(group) = gathered.group(&format!("{}{BETWEEN}{metric}", group.join(" / "))) else {
            remarks.note(Remark::GroupTooMany, number);
            continue;
        };
        let values: Vec<f64> = one.points.iter().filter_map(|point| point.1).collect();
        let at = planned(
            &mut plan,
            &metric,
            &base,
            &Sizes::of_values(&values),
            asked,
            &mut remarks,
        );
        let mut points = one.points;
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut row = Row::default();
        for (at_second, value) in points {
            rows += 1;
            row.line = number;
            row.at = at_second;
            let cell = value.map_or(Cell::Missing, Cell::Number);
            if matches!(cell.value(Decimals::Point), Value::Missing) {
                remarks.note(Remark::Missing, number);
                continue;
            }
            row.values = vec![super::table::amount(
                &plan.series[at],
                &cell,
                Decimals::Point,
                number,
                &mut remarks,
            )];
            gathered.take(group, &mut row, &mut remarks);
        }
    }
    if rows == 0 {
        return Err("its series have no values".to_owned());
    }
    gathered.end(&mut remarks);
    Ok(Understood {
        plan,
        gathered,
        remarks,
        rows,
    })
}
