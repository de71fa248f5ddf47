//! How the columns were understood, to be told.

use super::plan::{Plan, Role, SeriesPlan};
use harness_judge::over_time::Decides;
use harness_model::record::{Axis, ColumnRead};

/// How the columns were understood.
pub(super) fn columns(plan: &Plan) -> Vec<ColumnRead> {
    let series = |name: &str, series: &SeriesPlan| ColumnRead {
        name: name.to_owned(),
        taken_for: match series.measure.is_other() {
            true if series.room.is_some() => "memory that is not in use".to_owned(),
            true => "a series of its own".to_owned(),
            false => series.measure.words().to_owned(),
        },
        measure: Some(series.measure),
        unit: series.unit.map(|unit| unit.name.to_owned()),
        decides: series.decides != Decides::Never && !series.measure.is_other()
            || series.decides == Decides::Always,
    };
    if plan.pivot.is_some() {
        return plan
            .series
            .iter()
            .map(|one| series(&one.name, one))
            .collect();
    }
    let column = |(name, role): (&String, &Role)| {
        let other = |words: &str| ColumnRead {
            name: name.clone(),
            taken_for: words.to_owned(),
            measure: None,
            unit: None,
            decides: false,
        };
        match role {
            Role::Series(at) => series(name, &plan.series[*at]),
            Role::Axis => other(match plan.axis() {
                Axis::Seconds => "the time",
                _ => "the iteration",
            }),
            Role::Seconds => other("seconds beside the iteration"),
            Role::WarmUp => other("whether it is warm-up"),
            Role::Group => other("what tells groups apart"),
            Role::Identity => other("what is another where it began anew"),
            Role::Metric => other("what a row measures"),
            Role::Value => other("the value"),
            Role::Skipped(why) => other(&format!("not used: {why}")),
        }
    };
    plan.names.iter().zip(&plan.roles).map(column).collect()
}
