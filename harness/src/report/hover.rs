//! What a pointer over a plot is shown: the plot in upright columns, each with the values measured there.
//!
//! A plot has a limited number of columns however many samples there are, so that a page of a long run is no larger
//! than one of a short run. Where several samples share a column, it has the least and the greatest of each curve:
//! nothing is interpolated or averaged.

use super::chart::Chart;
use harness_model::units;

/// Columns of a plot that has the width of the page, and of one of several side by side.
pub(crate) const MOST: usize = 150;
pub(crate) const MOST_IN_PANEL: usize = 60;

/// An upright stretch of a plot. Places are shares of the plot's width and height, from its upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    /// From where to where it answers to the pointer.
    pub(crate) reach: (f64, f64),
    /// Where its samples stand.
    pub(crate) at: f64,
    /// What the place is called, with what else is known of it.
    pub(crate) title: String,
    /// What was measured, one row a curve that has a sample here.
    pub(crate) rows: Vec<Row>,
}

/// What a curve has in a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Which curve.
    pub(crate) curve: usize,
    /// The value, or the least and the greatest, with their unit.
    pub(crate) value: String,
    /// From where to where its samples lie; None where all of them lie outside what is drawn.
    pub(crate) mark: Option<(f64, f64)>,
}

/// A sample on a plot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// What the axis counts.
    pub(super) x: f64,
    /// The place across, as a share of the width.
    pub(super) across: f64,
    /// What was measured.
    pub(super) value: f64,
    /// The place down, as a share of the height; outside 0 to 1 where it is not drawn.
    pub(super) down: f64,
}

/// The columns of curves: at most `most`. `place` names the stretch from one number of the axis to another, `said`
/// what was measured from the least to the greatest. Samples without a number are left out.
pub(super) fn columns(
    curves: &[Vec<Spot>],
    most: usize,
    place: impl Fn(f64, f64) -> String,
    said: impl Fn(f64, f64) -> String,
) -> Vec<Column> {
    let known = |spot: &&Spot| spot.across.is_finite() && spot.value.is_finite();
    let mut places: Vec<(f64, f64)> = curves
        .iter()
        .flatten()
        .filter(known)
        .map(|spot| (spot.x, spot.across.clamp(0.0, 1.0)))
        .collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    places.dedup_by(|a, b| a.0 == b.0);
    let stretches: Vec<&[(f64, f64)]> = places
        .chunks(places.len().div_ceil(most.max(1)).max(1))
        .collect();
    let mut columns = Vec::with_capacity(stretches.len());
    let mut from = 0.0;
    for (at, stretch) in stretches.iter().enumerate() {
        let (first, last) = (stretch[0], stretch[stretch.len() - 1]);
        let next = stretches.get(at + 1).map(|next| next[0].1);
        let to = next.map_or(1.0, |next| (last.1 + next) / 2.0);
        let rows = curves.iter().enumerate().filter_map(|(curve, spots)| {
            let mut here = spots
                .iter()
                .filter(known)
                .filter(|spot| (first.0..=last.0).contains(&spot.x))
                .peekable();
            here.peek()?;
            let (values, downs): (Vec<f64>, Vec<f64>) =
                here.map(|spot| (spot.value, spot.down)).unzip();
            let (least, greatest) = span(&values);
            let (upper, lower) = span(&downs);
            Some(Row {
                curve,
                value: said(least, greatest),
                mark: (upper <= 1.0 && lower >= 0.0).then(|| (upper.max(0.0), lower.min(1.0))),
            })
        });
        columns.push(Column {
            reach: (from, to),
            at: (first.1 + last.1) / 2.0,
            title: place(first.0, last.0),
            rows: rows.collect(),
        });
        from = to;
    }
    columns
}

/// The least and the greatest.
fn span(values: &[f64]) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    values.iter().fold(ends, |(least, greatest), value| {
        (least.min(*value), greatest.max(*value))
    })
}

/// The columns of a chart.
pub(crate) fn of_chart(chart: &Chart, most: usize) -> Vec<Column> {
    let across = &chart.across;
    let (begin, end) = across.ends();
    let (low, high) = chart.range;
    let lines = chart.lines();
    let curves: Vec<Vec<Spot>> = chart
        .curves
        .iter()
        .zip(&lines)
        .map(|(curve, line)| {
            let points = curve.points.iter().zip(line);
            let spots = points.map(|((x, value), (_, edge))| Spot {
                x: *x,
                across: (x - begin) / (end - begin),
                value: *value,
                down: (high - edge) / (high - low),
            });
            spots.collect()
        })
        .collect();
    let number = |x: f64| units::count(x.round().max(0.0) as u64);
    let place = |first: f64, last: f64| {
        let mut place = if first == last {
            (across.place)(&number(first))
        } else {
            (across.place)(&format!("{} to {}", number(first), number(last)))
        };
        if last < across.warmup && !across.shaded.is_empty() {
            place = format!("{place}, {}", across.shaded);
        }
        // Places with notes are counted from one.
        let note = across.notes.get((first - 1.0).max(0.0) as usize);
        match note.filter(|_| first == last) {
            Some(note) => format!("{place}: {note}"),
            None => place,
        }
    };
    let said = |value: f64| chart.values.said(value);
    columns(&curves, most, place, |least, greatest| {
        let (from, to) = (said(least), said(greatest));
        // The unit stands once where both have the same.
        match (from.split_once(' '), to.split_once(' ')) {
            _ if from == to => to,
            (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} to {to}"),
            _ => format!("{from} to {to}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Across, Curve, LAYERS, Values};

    fn chart(curves: &[&[(f64, f64)]], last: f64) -> Chart {
        let curve = |(at, points): (usize, &&[(f64, f64)])| Curve {
            name: format!("curve {at}"),
            label: String::new(),
            end: String::new(),
            colour: LAYERS[at],
            points: points.to_vec(),
        };
        Chart {
            name: String::new(),
            title: String::new(),
            subtitle: String::new(),
            curves: curves.iter().enumerate().map(curve).collect(),
            stacked: false,
            values: Values::Gains,
            across: Across::iterations(2.0, last),
            range: (-100.0, 100.0),
        }
    }

    /// Titles and values, and where the marks are.
    fn told(columns: &[Column]) -> Vec<(String, Vec<String>)> {
        let values = |column: &Column| column.rows.iter().map(|row| row.value.clone()).collect();
        columns
            .iter()
            .map(|column| (column.title.clone(), values(column)))
            .collect()
    }

    #[test]
    fn each_sample_has_a_column_with_exactly_its_values_and_their_places() {
        let off: &[(f64, f64)] = &[(1.0, -500.0), (2.0, 0.0), (4.0, 50.0)];
        let on: &[(f64, f64)] = &[(2.0, 0.0), (3.0, 0.0), (4.0, -100.0)];
        let columns = of_chart(&chart(&[off, on], 4.0), MOST);
        let row = |title: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            (title.to_owned(), values)
        };
        assert_eq!(
            told(&columns),
            [
                row("iteration 1, warm-up", &["-500 B"]),
                row("iteration 2", &["0 B", "0 B"]),
                row("iteration 3", &["0 B"]),
                row("iteration 4", &["+50 B", "-100 B"]),
            ]
        );
        assert_eq!(columns[0].rows[0].mark, None, "it is below what is drawn");
        assert_eq!(columns[2].rows[0].curve, 1, "the gap of the other is none");
        let marks = |column: &Column| column.rows.iter().map(|row| row.mark).collect::<Vec<_>>();
        assert_eq!(
            marks(&columns[3]),
            [Some((0.25, 0.25)), Some((1.0, 1.0))],
            "from the top"
        );
        let reach: Vec<(f64, f64)> = columns.iter().map(|column| column.reach).collect();
        assert_eq!(
            reach,
            [(0.0, 0.375), (0.375, 0.625), (0.625, 0.875), (0.875, 1.0)]
        );
        assert_eq!(columns[3].at, 1.0);
    }

    #[test]
    fn samples_that_share_a_column_leave_their_least_and_greatest() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|x| (f64::from(x), 7.0)).collect();
        points[50_001].1 = -40.0;
        points[50_002].1 = 90.0;
        let columns = of_chart(&chart(&[&points], 99_999.0), MOST);
        assert!(columns.len() <= MOST);
        let odd: Vec<&Column> = columns
            .iter()
            .filter(|column| column.rows[0].value != "+7 B")
            .collect();
        assert_eq!(odd.len(), 1);
        assert_eq!(odd[0].rows[0].value, "-40 to +90 B");
        assert_eq!(odd[0].title, "iteration 49,358 to 50,024");
        let (upper, lower) = odd[0].rows[0].mark.unwrap();
        assert!((upper - 0.05).abs() < 1e-9 && (lower - 0.7).abs() < 1e-9);
    }

    #[test]
    fn a_layer_tells_its_own_value_and_is_marked_at_its_edge() {
        let mut chart = chart(&[&[(1.0, 10.0)], &[(1.0, 30.0)]], 1.0);
        chart.stacked = true;
        chart.range = (0.0, 80.0);
        let columns = of_chart(&chart, MOST);
        assert_eq!(columns[0].rows[1].value, "+30 B");
        assert_eq!(columns[0].rows[1].mark, Some((0.5, 0.5)));
    }

    #[test]
    fn no_sample_one_sample_and_samples_without_a_number_are_no_trouble() {
        assert_eq!(of_chart(&chart(&[], 0.0), MOST), []);
        assert_eq!(of_chart(&chart(&[&[]], 0.0), MOST), []);
        let one = of_chart(&chart(&[&[(0.0, 1.0)]], 0.0), MOST);
        assert_eq!((one.len(), one[0].reach), (1, (0.0, 1.0)));
        let broken: &[(f64, f64)] = &[(0.0, f64::NAN), (1.0, 5.0), (f64::NAN, 5.0)];
        let columns = of_chart(&chart(&[broken], 1.0), MOST);
        assert_eq!(told(&columns).len(), 1);
        assert_eq!(columns[0].rows[0].value, "+5 B");
    }

    #[test]
    fn a_place_that_has_a_name_of_its_own_says_it() {
        let mut chart = chart(&[&[(1.0, 5.0), (2.0, 6.0)]], 2.0);
        chart.across.warmup = 0.0;
        chart.across.notes = vec!["first".to_owned(), "second".to_owned()];
        let columns = of_chart(&chart, MOST);
        assert_eq!(columns[1].title, "iteration 2: second");
    }
}
