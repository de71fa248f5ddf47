//! What is kept of documents after they are dropped.

use nlp_core::Language;
use nlp_core::doc::Doc;

/// Keeps something of every document.
pub(in crate::workload) enum Keeper {
    /// All strings of its tokens, in the vocabulary's own store.
    Strings,
    /// A copy of its tensor.
    Tensors(Tensors),
}

/// Copies of tensors, the last first. A list of links and not a vector: each costs the same, and nothing is moved.
#[derive(Default)]
pub(in crate::workload) struct Tensors {
    last: Option<Box<Kept>>,
}

struct Kept {
    _tensor: Box<[f32]>,
    before: Option<Box<Kept>>,
}

impl Keeper {
    /// Keeps what it keeps of a document; its twin makes the same and drops it.
    pub fn keep(&mut self, nlp: &Language, doc: &Doc<'_>, freed: bool) {
        match self {
            Keeper::Strings => {
                for token in doc.tokens() {
                    if freed {
                        drop(std::hint::black_box(token.text().to_owned()));
                    } else {
                        keep_string(nlp, token.text());
                    }
                }
            }
            Keeper::Tensors(tensors) => {
                let tensor = copy_tensor(doc);
                if !freed {
                    tensors.keep(tensor);
                }
            }
        }
    }
}

/// Has the vocabulary keep a string for as long as it lives.
#[inline(never)]
fn keep_string(nlp: &Language, text: &str) {
    std::hint::black_box(nlp.vocab().intern_permanent(text));
}

/// A copy of the document's tensor that owns what it holds.
#[inline(never)]
fn copy_tensor(doc: &Doc<'_>) -> Box<[f32]> {
    doc.tensor().data().into()
}

impl Tensors {
    #[inline(never)]
    fn keep(&mut self, tensor: Box<[f32]>) {
        let before = self.last.take();
        self.last = Some(Box::new(Kept {
            _tensor: tensor,
            before,
        }));
    }
}

impl Drop for Tensors {
    /// One link after the other: dropping the first would drop all others from inside its own drop.
    fn drop(&mut self) {
        let mut next = self.last.take();
        while let Some(mut kept) = next {
            next = kept.before.take();
        }
    }
}
