//! Some tokens of a document as a document of their own: spaCy's `Span.as_doc` (`tokens/span.pyx`).

use std::collections::HashMap;
use std::ops::Range;

use crate::doc::{Doc, TokenData};
use crate::nn::Matrix;
use crate::symbols::string_id;
use crate::transition::Tree;

/// What a token's label becomes whose head is left behind.
const LEFT_BEHIND: &str = "dep";

/// Steps up the trees for each token of the part, after which a head counts as one that has no ancestor in it. No tree
/// of a text that people wrote is so deep.
const MAX_STEPS: usize = 100;

/// Tokens `part` of `doc` with what is annotated of them, for networks to read. The text is not copied.
///
/// A tree whose head is left behind gets one inside: the farthest ancestor that is there, or itself. Sentences are those
/// of the trees, where there are any. An entity of which a part is left behind is none.
pub(super) fn as_doc<'v>(doc: &Doc<'v>, part: Range<usize>) -> Doc<'v> {
    let mut tokens = doc.tokens[part.clone()].to_vec();
    let heads = heads_within(doc, &part);
    let label = doc.vocab().permanent_string(string_id(LEFT_BEHIND));
    for (i, token) in tokens.iter_mut().enumerate() {
        if !part.contains(&head_of(doc, part.start + i)) {
            token.dep = label;
        }
        token.head = heads[i] as i32 - i as i32;
    }
    if tokens.iter().any(|token| token.dep.is_some()) {
        let labels = tokens
            .iter()
            .map(|token| token.dep.map_or(0, |dep| dep.id()));
        let tree = Tree::new(&heads, &labels.collect::<Vec<_>>());
        for (token, start) in tokens.iter_mut().zip(tree.sent_start) {
            token.sent_start = start;
        }
    }
    // What begins before the part, and what goes on behind it.
    let is_inside = |token: &TokenData<'_>| token.ent_iob == 1;
    let before = tokens.iter().take_while(|token| is_inside(token)).count();
    let mut after = tokens.len();
    if doc.tokens.get(part.end).is_some_and(is_inside) {
        after -= tokens
            .iter()
            .rev()
            .take_while(|token| is_inside(token))
            .count();
        after = after.saturating_sub(1);
    }
    for token in tokens.iter_mut().take(before) {
        (token.ent_iob, token.ent_type) = (0, None);
    }
    for token in tokens.iter_mut().skip(after) {
        (token.ent_iob, token.ent_type) = (0, None);
    }
    let mut own = Doc::new(doc.vocab(), "", tokens);
    let width = doc.tensor.cols();
    if doc.tensor.rows() == doc.len() {
        let rows = &doc.tensor.data()[part.start * width..part.end * width];
        own.tensor = Matrix::from_vec(part.len(), width, rows.to_vec());
    }
    own
}

fn head_of(doc: &Doc<'_>, i: usize) -> usize {
    i.wrapping_add_signed(doc.tokens[i].head as isize)
}

/// The heads of the part's tokens, counted from its start.
fn heads_within(doc: &Doc<'_>, part: &Range<usize>) -> Vec<u32> {
    let mut roots: HashMap<usize, usize> = HashMap::new();
    let mut steps = MAX_STEPS.saturating_mul(part.len());
    let heads = part.clone().map(|i| {
        let head = head_of(doc, i);
        if part.contains(&head) {
            return (head - part.start) as u32;
        }
        let mut within = None;
        let mut top = head;
        // Heads that were set by others may go in a circle.
        for _ in 0..doc.len() {
            if part.contains(&top) {
                within = Some(top);
            }
            let next = head_of(doc, top);
            if next == top || steps == 0 {
                break;
            }
            steps -= 1;
            top = next;
        }
        let head = within.unwrap_or_else(|| *roots.entry(top).or_insert(i));
        (head - part.start) as u32
    });
    heads.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six tokens: two entities, the second of which goes on from the fourth to the fifth token, in two sentences; and
    /// one tree, whose root is the last token.
    fn doc(nlp: &crate::Language) -> Doc<'_> {
        let mut doc = nlp.tokenize("a b c d e f").unwrap();
        let dep = nlp.vocab().permanent_string(string_id("dep"));
        let starts = [1, -1, -1, -1, 1, -1];
        let heads = [5, 1, -2, 2, 1, 0];
        let iobs = [1, 1, 3, 3, 1, 2];
        for (i, token) in doc.tokens.iter_mut().enumerate() {
            (token.sent_start, token.head, token.ent_iob) = (starts[i], heads[i], iobs[i]);
            token.dep = dep;
            token.ent_type = dep.filter(|_| iobs[i] != 2);
        }
        doc
    }

    #[test]
    fn a_part_has_the_entities_that_are_whole_in_it() {
        let nlp = crate::models::english().unwrap();
        let doc = doc(&nlp);
        let iobs = |part: Range<usize>| {
            let part = as_doc(&doc, part);
            part.tokens
                .iter()
                .map(|token| token.ent_iob)
                .collect::<Vec<_>>()
        };
        assert_eq!(iobs(0..4), [0, 0, 3, 0]);
        assert_eq!(iobs(4..6), [0, 2]);
        assert_eq!(iobs(2..6), [3, 3, 1, 2]);
        assert_eq!(iobs(1..1), [0; 0]);
    }

    #[test]
    fn trees_whose_head_is_left_behind_have_a_head_inside() {
        let nlp = crate::models::english().unwrap();
        let doc = doc(&nlp);
        let heads = |part: Range<usize>| {
            let part = as_doc(&doc, part);
            let head = |i: usize| head_of(&part, i);
            (0..part.len()).map(head).collect::<Vec<_>>()
        };
        assert_eq!(heads(0..6), [5, 2, 0, 5, 5, 5]);
        // What hung on the last token hangs on the first that did.
        assert_eq!(heads(0..4), [0, 2, 0, 0]);
        // The second token's way up leads over the third and the first.
        assert_eq!(heads(1..3), [1, 1]);
        assert_eq!(as_doc(&doc, 0..4).tokens[0].sent_start, 1);
        assert_eq!(as_doc(&doc, 0..4).sents().count(), 1);
    }
}
