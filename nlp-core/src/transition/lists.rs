//! The lists that a state is made of: plain ones, and ones that copies of a state share.
//!
//! Greedy parsing has one state a document. A beam copies states at every step; were their lists copied too, a document
//! would take time that grows with the square of its length.

use std::fmt::Debug;
use std::rc::Rc;

/// A list that grows and shrinks at its end.
pub(crate) trait List<T>: Clone + Debug + Default {
    /// A list of all `items`, without room for more where it needs none.
    fn of(items: impl ExactSizeIterator<Item = T>) -> Self {
        let mut list = Self::default();
        items.for_each(|item| list.push(item));
        list
    }

    fn len(&self) -> usize;

    fn get(&self, i: usize) -> Option<&T>;

    /// # Panics
    /// If there is no item `i`.
    fn at_mut(&mut self, i: usize) -> &mut T;

    fn push(&mut self, item: T);

    fn pop(&mut self) -> Option<T>;

    fn clear(&mut self);
}

/// A kind of list.
pub(crate) trait Lists: Clone + Debug {
    type Of<T: Clone + Debug>: List<T>;
}

/// Lists whose copies share nothing.
#[derive(Debug, Clone)]
pub(crate) struct Plain;

impl Lists for Plain {
    type Of<T: Clone + Debug> = Vec<T>;
}

impl<T: Clone + Debug> List<T> for Vec<T> {
    fn of(items: impl ExactSizeIterator<Item = T>) -> Self {
        items.collect()
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, i: usize) -> Option<&T> {
        self.as_slice().get(i)
    }

    fn at_mut(&mut self, i: usize) -> &mut T {
        &mut self[i]
    }

    fn push(&mut self, item: T) {
        self.push(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.pop()
    }

    fn clear(&mut self) {
        self.clear();
    }
}

/// Lists whose copies share all that was not changed since: a copy takes constant time, and every other operation time
/// that grows with the logarithm of the length.
#[derive(Debug, Clone)]
pub(crate) struct Shared;

impl Lists for Shared {
    type Of<T: Clone + Debug> = SharedList<T>;
}

/// How many items or branches a node has.
const WIDTH: usize = 16;

/// A list as a tree of nodes, all but the last of each level full.
#[derive(Debug, Clone)]
pub(crate) struct SharedList<T> {
    root: Rc<Node<T>>,
    len: usize,
    /// Levels of branches above the leaves.
    height: u32,
}

#[derive(Debug, Clone)]
enum Node<T> {
    Leaf(Vec<T>),
    Branch(Vec<Rc<Node<T>>>),
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        SharedList {
            root: Rc::new(Node::Leaf(Vec::new())),
            len: 0,
            height: 0,
        }
    }
}

impl<T> Node<T> {
    /// A branch of `height` levels that holds one item.
    fn around(item: T, height: u32) -> Node<T> {
        match height {
            0 => Node::Leaf(vec![item]),
            _ => Node::Branch(vec![Rc::new(Node::around(item, height - 1))]),
        }
    }
}

impl<T: Clone> Node<T> {
    /// Adds an item at place `i`, which is the first free one, in a node of `height`.
    fn push(&mut self, item: T, i: usize, height: u32) {
        match self {
            Node::Leaf(items) => items.push(item),
            Node::Branch(branches) => match branches.get_mut(digit(i, height)) {
                Some(branch) => Rc::make_mut(branch).push(item, i, height - 1),
                None => branches.push(Rc::new(Node::around(item, height - 1))),
            },
        }
    }

    /// Takes the last item, and says whether the node is empty now.
    fn pop(&mut self) -> (Option<T>, bool) {
        match self {
            Node::Leaf(items) => (items.pop(), items.is_empty()),
            Node::Branch(branches) => {
                let Some(last) = branches.last_mut() else {
                    return (None, true);
                };
                let (item, is_empty) = Rc::make_mut(last).pop();
                if is_empty {
                    branches.pop();
                }
                (item, branches.is_empty())
            }
        }
    }
}

/// Which branch of a node of `height` leads to item `i`.
fn digit(i: usize, height: u32) -> usize {
    i / WIDTH.pow(height) % WIDTH
}

impl<T: Clone + Debug> List<T> for SharedList<T> {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, i: usize) -> Option<&T> {
        if i >= self.len {
            return None;
        }
        let mut node = &self.root;
        let mut height = self.height;
        loop {
            match &**node {
                Node::Leaf(items) => return items.get(i % WIDTH),
                Node::Branch(branches) => node = &branches[digit(i, height)],
            }
            height -= 1;
        }
    }

    fn at_mut(&mut self, i: usize) -> &mut T {
        assert!(i < self.len, "item {i} of {}", self.len);
        let mut node = &mut self.root;
        let mut height = self.height;
        loop {
            match Rc::make_mut(node) {
                Node::Leaf(items) => return &mut items[i % WIDTH],
                Node::Branch(branches) => node = &mut branches[digit(i, height)],
            }
            height -= 1;
        }
    }

    fn push(&mut self, item: T) {
        if self.len == WIDTH.pow(self.height + 1) {
            let below = std::mem::take(self);
            self.root = Rc::new(Node::Branch(vec![below.root]));
            (self.len, self.height) = (below.len, below.height + 1);
        }
        Rc::make_mut(&mut self.root).push(item, self.len, self.height);
        self.len += 1;
    }

    fn pop(&mut self) -> Option<T> {
        let (item, _) = Rc::make_mut(&mut self.root).pop();
        self.len -= usize::from(item.is_some());
        item
    }

    fn clear(&mut self) {
        *self = SharedList::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Push(u32),
        Pop,
        Set(usize, u32),
        Clear,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => any::<u32>().prop_map(Step::Push),
            3 => Just(Step::Pop),
            3 => (any::<usize>(), any::<u32>()).prop_map(|(i, x)| Step::Set(i, x)),
            1 => prop::bool::weighted(0.01).prop_map(|all| if all { Step::Clear } else { Step::Pop }),
        ];
        prop::collection::vec(step, 0..900)
    }

    fn take<L: List<u32>>(list: &mut L, step: &Step) {
        match *step {
            Step::Push(x) => list.push(x),
            Step::Pop => drop(list.pop()),
            Step::Set(i, x) if list.len() > 0 => *list.at_mut(i % list.len()) = x,
            Step::Set(..) => {}
            Step::Clear => list.clear(),
        }
    }

    fn items<L: List<u32>>(list: &L) -> Vec<u32> {
        (0..list.len() + 20)
            .map_while(|i| list.get(i).copied())
            .collect()
    }

    proptest! {
        #[test]
        fn a_shared_list_holds_what_a_plain_one_does_and_its_copies_stay_as_they_were(steps in steps()) {
            let (mut plain, mut shared) = (Vec::new(), SharedList::default());
            let mut copies = Vec::new();
            for (i, step) in steps.iter().enumerate() {
                if i % 50 == 0 {
                    copies.push((plain.clone(), shared.clone()));
                }
                take(&mut plain, step);
                take(&mut shared, step);
            }
            prop_assert_eq!(&plain, &items(&shared));
            for (plain, shared) in copies {
                prop_assert_eq!(plain, items(&shared));
            }
        }
    }

    #[test]
    fn a_long_list_and_its_copies_are_found_and_given_back() {
        let mut list = SharedList::default();
        for i in 0..100_000 {
            list.push(i);
        }
        let copy = list.clone();
        assert!((0..100_000).all(|i| list.get(i as usize) == Some(&i)));
        for i in (0..100_000).rev() {
            assert_eq!(list.pop(), Some(i));
        }
        assert_eq!((list.pop(), list.len(), copy.len()), (None, 0, 100_000));
        list.push(7);
        assert_eq!((list.get(0), list.get(1)), (Some(&7), None));
    }
}
