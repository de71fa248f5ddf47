//! Which processes belong to a command: those that it started, and those that these started, as far as they can be seen.
//!
//! A process whose parent ends goes to another one. Of a command of the harness's own that is the harness
//! ([`adopt`](crate::commands::run::adopt)), so that all of its descendants are the command's. Of a process that was
//! running already, those that are known stay known for as long as they live.

use crate::probe::process::{self, Stat};
use std::collections::{BTreeMap, BTreeSet};

/// The processes of a command.
pub(super) struct Tree {
    root: Root,
    /// When each that is known began.
    known: BTreeMap<u32, u64>,
    /// Children of the harness that have ended.
    ended: Vec<u32>,
}

/// Where a tree begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// With the children of the process of this number.
    ChildrenOf(u32),
    /// With this process.
    Process(u32),
}

impl Tree {
    /// Begins with nothing known but the root.
    pub(super) fn new(root: Root) -> Tree {
        Tree {
            root,
            known: BTreeMap::new(),
            ended: Vec::new(),
        }
    }

    /// Children of the root that had ended when they were last looked for, and wait for it to hear of that.
    pub(super) fn take_ended(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.ended)
    }

    /// Looks at all processes of the machine. Those of the command that live, parents before their children.
    pub(super) fn look_for(&mut self) -> Vec<Stat> {
        let all: Vec<Stat> = process::all()
            .into_iter()
            .filter_map(process::stat)
            .collect();
        self.of(&all)
    }

    /// Looks at those that are known. Those that live.
    pub(super) fn look_at(&mut self) -> Vec<Stat> {
        let known: Vec<u32> = self.known.keys().copied().collect();
        let seen: Vec<Stat> = known.into_iter().filter_map(process::stat).collect();
        let living =
            |seen: &Stat| !seen.has_ended() && self.known.get(&seen.pid) == Some(&seen.begun);
        let living: Vec<Stat> = seen.into_iter().filter(living).collect();
        self.known = living.iter().map(|one| (one.pid, one.begun)).collect();
        living
    }

    /// Those of the command among all that there are.
    fn of(&mut self, all: &[Stat]) -> Vec<Stat> {
        let mut own: BTreeSet<u32> = all
            .iter()
            .filter(|one| match self.root {
                Root::ChildrenOf(parent) => one.parent == parent,
                Root::Process(root) => one.pid == root,
            })
            .map(|one| one.pid)
            .collect();
        own.extend(
            all.iter()
                .filter(|one| self.known.get(&one.pid) == Some(&one.begun))
                .map(|one| one.pid),
        );
        // Numbers need not rise from parents to children: what is found leads to more, until nothing is added.
        loop {
            let before = own.len();
            for one in all {
                if own.contains(&one.parent) {
                    own.insert(one.pid);
                }
            }
            if own.len() == before {
                break;
            }
        }
        let is_left = |one: &&Stat| one.has_ended() && self.root == Root::ChildrenOf(one.parent);
        self.ended = all.iter().filter(is_left).map(|one| one.pid).collect();
        // The harness may have been started by what it looks at.
        own.remove(&std::process::id());
        let living: Vec<Stat> = all
            .iter()
            .filter(|one| own.contains(&one.pid) && !one.has_ended())
            .copied()
            .collect();
        self.known = living.iter().map(|one| (one.pid, one.begun)).collect();
        living
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, begun: u64) -> Stat {
        Stat {
            pid,
            state: 'S',
            parent,
            group: 0,
            session: 0,
            threads: 1,
            begun,
        }
    }

    fn pids(seen: &[Stat]) -> Vec<u32> {
        seen.iter().map(|one| one.pid).collect()
    }

    #[test]
    fn descendants_belong_to_it_whatever_their_numbers_and_others_do_not() {
        let mut tree = Tree::new(Root::Process(50));
        let all = [
            process(9, 70, 4),
            process(50, 1, 1),
            process(60, 1, 1),
            process(70, 50, 2),
            process(80, 60, 2),
        ];
        assert_eq!(pids(&tree.of(&all)), [9, 50, 70]);
    }

    #[test]
    fn the_harness_itself_is_no_part_of_what_it_looks_at() {
        let harness = std::process::id();
        let mut tree = Tree::new(Root::Process(50));
        let all = [process(50, 1, 1), process(harness, 50, 2)];
        assert_eq!(pids(&tree.of(&all)), [50]);
    }

    #[test]
    fn what_left_the_tree_is_still_its_own_and_a_number_that_is_used_again_is_not() {
        let mut tree = Tree::new(Root::Process(50));
        tree.of(&[process(50, 1, 1), process(70, 50, 2), process(71, 50, 2)]);
        let later = [
            process(50, 1, 1),
            process(70, 1, 2),
            process(71, 1, 9),
            process(72, 70, 9),
        ];
        assert_eq!(pids(&tree.of(&later)), [50, 70, 72]);
    }

    #[test]
    fn the_children_of_the_harness_are_all_the_commands_and_those_that_ended_are_gone() {
        let mut tree = Tree::new(Root::ChildrenOf(7));
        let mut all = [process(7, 1, 1), process(8, 7, 2), process(9, 8, 2)];
        assert_eq!(pids(&tree.of(&all)), [8, 9]);
        all[1].state = 'Z';
        all[2].parent = 7;
        assert_eq!(pids(&tree.of(&all)), [9]);
        assert_eq!((tree.take_ended(), tree.take_ended()), (vec![8], vec![]));
    }
}
