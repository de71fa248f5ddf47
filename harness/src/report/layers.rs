//! Stacks: what each store holds of a whole, one layer on the other.

use super::chart::{Curve, LAYERS};

/// Layers, and what each comes to at the end.
pub(crate) struct Stack {
    /// The layers from the bottom up, each with what is its own.
    pub(crate) curves: Vec<Curve>,
    /// The name of each and its last value, greatest first.
    pub(crate) shares: Vec<(String, f64)>,
    /// The greatest height.
    pub(crate) top: f64,
}

/// Puts stores on one another: `stores` has a name and the values at `xs` of each, `whole` the values of what they are
/// parts of. What they do not come to of it is a layer too, `in no store`. `label` writes a layer's last value. None
/// where there is nothing to show.
pub(crate) fn stack(
    xs: &[f64],
    stores: Vec<(String, Vec<f64>)>,
    whole: Vec<f64>,
    label: impl Fn(f64) -> String,
) -> Option<Stack> {
    let last = |values: &[f64]| values.last().copied().unwrap_or(0.0);
    let mut stores: Vec<(String, Vec<f64>)> = stores
        .into_iter()
        .filter(|(_, values)| last(values) > 0.0)
        .collect();
    stores.sort_by(|(_, a), (_, b)| last(b).total_cmp(&last(a)));
    // A store that also shrinks (room kept for later) lies on those that only grow: their edges stay easy to follow.
    let shrinks = |values: &[f64]| values.windows(2).any(|pair| pair[1] < pair[0]);
    stores.sort_by_key(|(_, values)| shrinks(values));
    // The last two colours are for the stores that hold least and for what is in no store.
    if stores.len() > LAYERS.len() - 2 {
        let others = stores.split_off(LAYERS.len() - 2);
        let sum = |at: usize| others.iter().map(|(_, values)| values[at]).sum();
        stores.push(("other stores".to_owned(), (0..xs.len()).map(sum).collect()));
    }
    let in_stores = |at: usize| stores.iter().map(|(_, values)| values[at]).sum::<f64>();
    let rest: Vec<f64> = (0..xs.len()).map(|at| whole[at] - in_stores(at)).collect();
    let mut layers: Vec<_> = stores.into_iter().zip(LAYERS).collect();
    if last(&rest) > 0.0 {
        layers.push((("in no store".to_owned(), rest), LAYERS[LAYERS.len() - 1]));
    }
    let mut under = vec![0.0; xs.len()];
    let mut stack = Stack {
        curves: Vec::new(),
        shares: Vec::new(),
        top: 1.0,
    };
    for ((name, values), colour) in layers {
        let own = last(&values);
        for (under, value) in under.iter_mut().zip(&values) {
            *under += value.max(0.0);
        }
        stack.curves.push(Curve {
            name: name.clone(),
            label: format!("{name} {}", label(own)),
            end: name.clone(),
            colour,
            points: xs.iter().copied().zip(values).collect(),
        });
        stack.shares.push((name, own));
    }
    stack.shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    stack.top = under.into_iter().fold(stack.top, f64::max);
    (!stack.curves.is_empty()).then_some(stack)
}

/// "all of it strings", "71% of it lexemes and strings".
pub(crate) fn most(shares: &[(String, f64)]) -> String {
    let total: f64 = shares.iter().map(|(_, share)| share).sum();
    let named: Vec<&str> = shares
        .iter()
        .take(2)
        .map(|(name, _)| name.as_str())
        .collect();
    let share = shares.iter().take(2).map(|(_, share)| share).sum::<f64>() / total;
    match shares {
        [(name, most), ..] if most / total > 0.9 && shares.len() > 1 => {
            format!("{:.0}% of it {name}", (most / total * 100.0).floor())
        }
        _ if shares.len() <= 2 => format!("all of it {}", named.join(" and ")),
        _ => format!(
            "{:.0}% of it {}",
            (share * 100.0).floor(),
            named.join(" and ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_comes_to_the_whole_and_what_is_in_no_store_is_its_top() {
        let stores = vec![
            ("lexemes".to_owned(), vec![0.0, 20.0, 40.0]),
            ("strings".to_owned(), vec![0.0, 30.0, 50.0]),
            ("empty".to_owned(), vec![0.0; 3]),
        ];
        let whole = vec![0.0, 60.0, 100.0];
        let stack = stack(&[0.0, 1.0, 2.0], stores, whole, |value| value.to_string()).unwrap();
        let ends: Vec<(&str, f64)> = stack
            .curves
            .iter()
            .map(|curve| (curve.end.as_str(), curve.points[2].1))
            .collect();
        assert_eq!(
            ends,
            [("strings", 50.0), ("lexemes", 40.0), ("in no store", 10.0)]
        );
        assert_eq!(stack.top, 100.0);
        assert_eq!(most(&stack.shares), "90% of it strings and lexemes");
    }

    #[test]
    fn more_stores_than_colours_share_the_last_one() {
        let store = |number: usize| (format!("store {number}"), vec![0.0, 10.0 + number as f64]);
        let stores: Vec<_> = (0..20).map(store).collect();
        let whole = vec![0.0, stores.iter().map(|(_, values)| values[1]).sum()];
        let stack = stack(&[0.0, 1.0], stores, whole, |_| String::new()).unwrap();
        assert_eq!(stack.curves.len(), LAYERS.len() - 1);
        assert_eq!(stack.curves.last().unwrap().end, "other stores");
        let whole: f64 = stack.curves.iter().map(|curve| curve.points[1].1).sum();
        assert_eq!(whole, stack.top);
    }
}
