//! Sentences out of heads.

/// Whether each token starts a sentence, by its head: each tree is a sentence, which starts at its first token. Heads that
/// go in a circle are a tree whose root is where the circle was met.
pub fn starts(heads: &[usize]) -> Vec<bool> {
    const UNKNOWN: usize = usize::MAX;
    let mut roots = vec![UNKNOWN; heads.len()];
    let mut path = Vec::new();
    for i in 0..heads.len() {
        let mut at = i;
        while roots[at] == UNKNOWN {
            // Met again on its own way, it is a root.
            roots[at] = at;
            path.push(at);
            at = heads[at];
        }
        let root = roots[at];
        path.drain(..).for_each(|token| roots[token] = root);
    }
    let mut seen = vec![false; heads.len()];
    roots
        .into_iter()
        .map(|root| !std::mem::replace(&mut seen[root], true))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::starts;

    #[test]
    fn each_tree_starts_a_sentence_and_a_circle_ends() {
        assert_eq!(starts(&[1, 1, 1, 4, 4]), [true, false, false, true, false]);
        assert_eq!(starts(&[1, 2, 0, 3]), [true, false, false, true]);
        assert_eq!(starts(&[]), [false; 0]);
    }
}
