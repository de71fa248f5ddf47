//! How many edits are between two words.

/// How many code points must be inserted, dropped or replaced to make `a` of `b`, if that is `most` or fewer.
pub(super) fn distance(a: &str, b: &[char], most: usize) -> Option<usize> {
    let length = a.chars().count();
    if length.abs_diff(b.len()) > most {
        return None;
    }
    // Edits between what was read of `a` and each start of `b`. Starts that are more than `most` longer or shorter than
    // it cost more than that, and are not looked at.
    const FAR: usize = usize::MAX / 2;
    let mut before: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![FAR; b.len() + 1];
    for (i, c) in a.chars().enumerate() {
        let first = (i + 1).saturating_sub(most).max(1);
        let last = (i + 1).saturating_add(most).min(b.len());
        row[first - 1] = if first == 1 { i + 1 } else { FAR };
        let mut least = row[first - 1];
        for j in first..=last {
            let above = if j > i + most { FAR } else { before[j] };
            let replaced = before[j - 1] + usize::from(c != b[j - 1]);
            row[j] = replaced.min(above + 1).min(row[j - 1] + 1);
            least = least.min(row[j]);
        }
        if least > most {
            return None;
        }
        std::mem::swap(&mut before, &mut row);
    }
    Some(before[b.len()]).filter(|&edits| edits <= most)
}

/// The most edits that spaCy lets a word be away from `pattern` where the pattern does not say: three tenths of its
/// length, and two at least.
pub(super) fn default_edits(pattern: &[char]) -> usize {
    // As Python rounds: halves to the even neighbour.
    let edits = (0.3 * pattern.len() as f64).round_ties_even();
    (edits as usize).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The textbook's table, without a bound.
    fn by_the_book(a: &[char], b: &[char]) -> usize {
        let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
        for i in 1..=a.len() {
            let mut row = vec![i];
            for j in 1..=b.len() {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                row.push(replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1));
            }
            rows.push(row);
        }
        rows[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn the_bound_only_leaves_out_what_is_beyond_it(a in "[abé]{0,9}", b in "[abé]{0,9}", most in 0_usize..10) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let edits = by_the_book(&a, &b);
            let text: String = a.iter().collect();
            prop_assert_eq!(distance(&text, &b, most), (edits <= most).then_some(edits));
        }
    }

    #[test]
    fn the_allowance_grows_with_the_word_and_halves_go_to_the_even_number() {
        let edits = |length| default_edits(&vec!['a'; length]);
        assert_eq!([1, 5, 10, 15, 25, 35].map(edits), [2, 2, 3, 4, 8, 10]);
    }
}
