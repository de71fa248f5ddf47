//! The tree of a sentence without its white space.

use nlp_core::Token;

/// What a word hangs on: the number of its head in the sentence, 0 for the root, and the relation.
#[derive(Debug, PartialEq, Eq)]
pub struct Arc<'d> {
    pub head: usize,
    pub dep: &'d str,
}

/// The arcs of the words of a sentence, which are in order. There is one root, as the format has it: what has lost its head
/// with the white space, or is a root beside the first, hangs on that.
pub fn arcs<'d>(words: &[Token<'d>]) -> Vec<Arc<'d>> {
    let heads: Vec<Option<usize>> = words.iter().map(|word| head_among(words, word)).collect();
    let is_root = |&i: &usize| heads[i].is_none();
    let itself = |&i: &usize| words[i].head().i() == words[i].i();
    let roots = || (0..words.len()).filter(is_root);
    let root = roots().find(itself).or_else(|| roots().next());
    let dep = |word: &Token<'d>| match word.dep() {
        "" => "dep",
        "ROOT" | "root" => "parataxis",
        dep => dep,
    };
    let arc = |(i, word): (usize, &Token<'d>)| match heads[i] {
        Some(head) => Arc {
            head: head + 1,
            dep: dep(word),
        },
        None if Some(i) == root => Arc {
            head: 0,
            dep: "root",
        },
        None => Arc {
            head: root.map_or(0, |root| root + 1),
            dep: dep(word),
        },
    };
    words.iter().enumerate().map(arc).collect()
}

/// The position among `words` of the nearest word that `word` hangs on; `None` for a root, and where that is none of them.
fn head_among(words: &[Token<'_>], word: &Token<'_>) -> Option<usize> {
    let mut at = *word;
    // Heads may go in a circle where two parsers disagree.
    for _ in 0..=word.doc().len() {
        let head = at.head();
        if head.i() == at.i() {
            return None;
        }
        if let Ok(found) = words.binary_search_by_key(&head.i(), Token::i) {
            return Some(found);
        }
        at = head;
    }
    None
}
