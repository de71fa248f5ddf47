//! Layers over a vocabulary, one around another: what a zone adds, and what the zones around it have added.

use std::cell::{RefCell, RefMut};

use super::Vocab;
use super::entry::{LexemeEntry, StringEntry};
use super::layer::Layer;
use super::table::Key;
use crate::limits::Limits;

/// A layer that is one zone's own, and the layers of the zones around it.
pub(crate) struct Chain<'v> {
    vocab: &'v Vocab,
    /// The layers around this one.
    outer: Option<&'v Chain<'v>>,
    held: RefCell<Held>,
}

/// What one zone holds of its own.
#[derive(Default)]
pub(crate) struct Held {
    pub layer: Layer,
    /// What a text may take in this zone, if that is not what the pipeline says.
    pub limits: Option<Limits>,
    /// Whether something panicked while it worked in this zone.
    pub spoiled: bool,
}

impl<'v> Chain<'v> {
    /// `layer`, which is empty, with nothing around it but the vocabulary.
    pub fn new(vocab: &'v Vocab, layer: Layer) -> Self {
        let held = Held {
            layer,
            ..Held::default()
        };
        Chain {
            vocab,
            outer: None,
            held: RefCell::new(held),
        }
    }

    /// An empty layer inside `outer`, with the same limits.
    pub fn inside(outer: &'v Chain<'v>) -> Self {
        let held = Held {
            limits: outer.limits(),
            ..Held::default()
        };
        Chain {
            vocab: outer.vocab,
            outer: Some(outer),
            held: RefCell::new(held),
        }
    }

    pub fn vocab(&self) -> &'v Vocab {
        self.vocab
    }

    pub fn outer(&self) -> Option<&'v Chain<'v>> {
        self.outer
    }

    pub fn held_mut(&mut self) -> &mut Held {
        self.held.get_mut()
    }

    pub fn limits(&self) -> Option<Limits> {
        self.held.borrow().limits
    }

    pub fn set_limits(&self, limits: Limits) {
        self.held.borrow_mut().limits = Some(limits);
    }

    /// Notes that something panicked while it worked in this layer. What is in it stays good to read, as entries are found
    /// only once they are whole, but neither it nor the layers around it are used for other work.
    pub fn spoil(&self) {
        for chain in self.outwards() {
            chain.held.borrow_mut().spoiled = true;
        }
    }

    /// What `look` sees of the layer.
    pub fn look<R>(&self, look: impl FnOnce(&Layer) -> R) -> R {
        look(&self.held.borrow().layer)
    }

    pub(super) fn layer_mut(&self) -> RefMut<'_, Layer> {
        RefMut::map(self.held.borrow_mut(), |held| &mut held.layer)
    }

    /// The entry of this text in this layer or in one around it.
    pub fn find_string(&self, key: Key<'_>) -> Option<&StringEntry<'_>> {
        self.find(|layer| layer.string(key).map(erased))
    }

    /// The first string with this id in this layer, or else in one around it.
    pub fn find_string_with_id(&self, id: u64) -> Option<&StringEntry<'_>> {
        self.find(|layer| layer.string_with_id(id).map(erased))
    }

    /// The lexeme of this text in this layer or in one around it.
    pub fn find_lexeme(&self, key: Key<'_>) -> Option<&LexemeEntry<'_>> {
        self.find(|layer| {
            layer
                .lexeme(key)
                .map(|entry| (entry as *const LexemeEntry).cast())
        })
    }

    /// What `in_layer` finds in this layer, or else in one around it. `in_layer` points to an entry of the layer that it
    /// was given.
    fn find<T>(&self, in_layer: impl Fn(&Layer) -> Option<*const T>) -> Option<&T> {
        let entry = self
            .outwards()
            .find_map(|chain| in_layer(&chain.held.borrow().layer))?;
        // SAFETY: entries never move, and stay until their layer is reset or dropped, which takes its chain exclusively:
        // this chain is borrowed, and those around it outlive it.
        Some(unsafe { &*entry })
    }

    /// This chain, and those around it from the inside out.
    fn outwards(&self) -> impl Iterator<Item = &Chain<'v>> {
        std::iter::successors(Some(self), |chain| chain.outer)
    }
}

/// A pointer to an entry of a layer, without the layer's borrow.
fn erased<'v>(entry: &StringEntry<'_>) -> *const StringEntry<'v> {
    (entry as *const StringEntry).cast()
}
