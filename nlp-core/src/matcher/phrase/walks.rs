//! Walks through a trie that go on together, and what is noted of them meanwhile.

/// Words from which walks begin together: what is noted of them stays near the processor.
pub(super) const BLOCK: usize = 128;

/// Steps that these walks do together; few walks are longer.
pub(super) const LEVELS: usize = 3;

/// A walk, after some steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub start: u32,
    pub node: u32,
}

/// Walks that began together.
pub(super) struct Walks {
    /// Those that came so far, after each step, by where they started.
    pub levels: [Level; LEVELS],
    /// The first place of the children of each's node, and how many places they have.
    pub rows: [(usize, usize); BLOCK],
    /// The word after each, and where it could be among the children.
    pub looks: [(u32, usize); BLOCK],
    /// The words that stand there.
    pub words: [u32; BLOCK],
}

impl Walks {
    pub fn new() -> Walks {
        Walks {
            levels: [Level::EMPTY; LEVELS],
            rows: [(0, 0); BLOCK],
            looks: [(0, 0); BLOCK],
            words: [0; BLOCK],
        }
    }
}

/// The walks that came so far.
pub(super) struct Level {
    steps: [Step; BLOCK],
    count: usize,
}

impl Level {
    const EMPTY: Level = Level {
        steps: [Step { start: 0, node: 0 }; BLOCK],
        count: 0,
    };

    pub fn steps(&self) -> &[Step] {
        &self.steps[..self.count]
    }

    pub fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a step if it `counts`, without a branch: whether it does is what nobody can foresee.
    #[inline]
    pub fn put(&mut self, step: Step, counts: bool) {
        self.steps[self.count] = step;
        self.count += usize::from(counts);
    }
}
