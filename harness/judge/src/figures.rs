//! The figures of a run that a gate watches beside its sites.

use harness_model::condition::behind;
use harness_model::program::{ProgramGrowth, ProgramSummary, Resource};
use harness_model::units::words;
use harness_model::{Expectation, Run, Series, Shape, Summary};

/// A figure: less of it is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What the baseline knows it by: `kept with zones`.
    pub name: String,
    /// Its value: bytes, or bytes per iteration.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes per iteration, counted exactly.
    Rate,
    /// Live bytes, counted exactly.
    Live,
    /// Resident bytes.
    Resident,
    /// How many per iteration, counted exactly: descriptors, threads or children.
    Count,
    /// Bytes per iteration by the kernel's figures, which vary.
    ResidentRate,
}

/// The name of what an iteration keeps where memory should be flat.
pub fn kept(condition: &str) -> String {
    format!("kept{}", behind(condition))
}

/// The name of what an iteration adds to a store, where stores may grow.
pub fn store(condition: &str, name: &str) -> String {
    listed(condition, &format!("in {name}"))
}

/// The name of what an iteration keeps and no store holds, where stores may grow.
pub fn in_no_store(condition: &str) -> String {
    listed(condition, "in no store")
}

fn listed(condition: &str, what: &str) -> String {
    match condition {
        "" => what.to_owned(),
        name => format!("{name}, {what}"),
    }
}

/// The figures of a run.
pub fn of(summary: &Summary) -> Vec<Figure> {
    let mut figures = Vec::new();
    for run in summary.runs.iter().filter(|run| run.iterations > 0) {
        let is_flat = summary.expects(&run.condition) == Expectation::Flat;
        of_run(run, is_flat, &mut figures);
    }
    figures
}

/// The name of what grows of a resource of a command.
pub fn growth_of(resource: Resource) -> String {
    format!("{} growth", words(resource.name()))
}

/// The name of growth of a command that only the kernel's figures tell.
pub const UNPLACED: &str = "growth that no call site accounts for";

/// The figures of a command: what grows of each resource, and what nobody accounts for. None where nothing was measured.
pub fn of_program(summary: &ProgramSummary) -> Vec<Figure> {
    if summary.counts.is_empty() {
        return Vec::new();
    }
    let growth = &summary.verdict.growth;
    let sum = |of: &dyn Fn(&ProgramGrowth) -> bool, value: fn(&ProgramGrowth) -> f64| {
        let those = growth.iter().filter(|one| of(one));
        // The sum of nothing is 0, and not -0 as `sum` has it: a person reads it.
        those.map(value).fold(0.0, |all, one| all + one)
    };
    let mut figures: Vec<Figure> = Resource::ALL
        .into_iter()
        .map(|resource| {
            let unit = unit_of(resource);
            let value = match unit {
                Unit::Count => |one: &ProgramGrowth| one.count_per_iteration,
                _ => |one: &ProgramGrowth| one.bytes_per_iteration,
            };
            Figure {
                name: growth_of(resource),
                value: sum(&|one| one.resource == resource && !is_unplaced(one), value),
                unit,
            }
        })
        .collect();
    figures.push(Figure {
        name: UNPLACED.to_owned(),
        value: sum(&is_unplaced, |one| one.bytes_per_iteration),
        unit: Unit::ResidentRate,
    });
    figures
}

/// Whether it is growth of memory that is known from the resident set alone.
fn is_unplaced(growth: &ProgramGrowth) -> bool {
    growth.resource == Resource::Heap && growth.sites.is_empty()
}

/// What growth of a resource is told in.
pub fn unit_of(resource: Resource) -> Unit {
    match resource {
        Resource::FileDescriptor | Resource::Thread | Resource::ChildProcess => Unit::Count,
        Resource::HugePages => Unit::ResidentRate,
        Resource::Heap | Resource::Mapping | Resource::SharedMemory | Resource::Kernel => {
            Unit::Rate
        }
    }
}

fn of_run(run: &Run, is_flat: bool, figures: &mut Vec<Figure>) {
    let mut add = |name: String, value: f64, unit| figures.push(Figure { name, value, unit });
    let condition = run.condition.as_str();
    if is_flat {
        add(kept(condition), growth(&run.live_bytes), Unit::Rate);
    } else {
        for grown in &run.stores {
            let gained = grown.bytes_per_iteration.max(0.0);
            add(store(condition, &grown.name), gained, Unit::Rate);
        }
        add(in_no_store(condition), growth(&run.unaccounted), Unit::Rate);
    }
    add(
        format!("live at the end{}", behind(condition)),
        run.live_bytes.last as f64,
        Unit::Live,
    );
    // Without the pages of files: of a program of 100 MB, 10 MB more or less are in memory from one machine to the next.
    if let Some(most) = run.anonymous_peak_bytes {
        add(
            format!("anonymous memory at most{}", behind(condition)),
            most as f64,
            Unit::Resident,
        );
    }
}

/// What a series gains with every iteration: nothing where it rose once, or fell.
pub fn growth(series: &Series) -> f64 {
    match series.shape {
        Shape::Growing => series.per_iteration.max(0.0),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::testing;

    #[test]
    fn what_was_gained_once_is_no_rate() {
        let mut summary = testing::summary("words");
        let run = &mut summary.runs[1];
        (run.live_bytes.shape, run.live_bytes.per_iteration) = (Shape::OneOff, 40.0);
        let kept = |summary: &Summary| {
            let figures = of(summary);
            figures
                .iter()
                .find(|f| f.name == kept(testing::WITH))
                .unwrap()
                .value
        };
        assert_eq!(kept(&summary), 0.0);
        summary.runs[1].live_bytes.shape = Shape::Growing;
        assert_eq!(kept(&summary), 40.0);
    }

    #[test]
    fn a_commands_figures_are_of_every_resource_and_of_what_nobody_accounts_for() {
        let mut summary = testing::program();
        let value = |summary: &ProgramSummary, name: &str| {
            let figures = of_program(summary);
            figures
                .iter()
                .find(|figure| figure.name == name)
                .unwrap()
                .value
        };
        assert_eq!(of_program(&summary).len(), 9);
        assert_eq!(value(&summary, "heap growth"), 0.0);
        let unplaced = ProgramGrowth {
            sites: Vec::new(),
            ..testing::program_growth(Resource::Heap, "take", 4_096.0)
        };
        let descriptors = testing::program_growth(Resource::FileDescriptor, "open_it", 0.0);
        summary.verdict.growth = vec![unplaced, descriptors];
        assert_eq!(value(&summary, UNPLACED), 4_096.0);
        assert_eq!(value(&summary, "heap growth"), 0.0);
        assert_eq!(value(&summary, "file descriptor growth"), 1.0);
        summary.counts.clear();
        assert_eq!(of_program(&summary), []);
    }
}
