//! Which allocations fail, one after the other.

use super::super::launch::Failing;

/// What a call stack allocated in a run in which nothing fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stack {
    /// Its number in the record: the same in each run, since stacks are numbered as they are met.
    pub site: u32,
    /// How many blocks it took.
    pub taken: u64,
    /// Stacks of one place have one number.
    pub place: usize,
}

/// The allocations in the order in which they are made to fail: every one of them where there is time, `most` runs; else the
/// first of each stack, of different places first; then one in the middle and the last.
pub(super) fn plan(stacks: &[Stack], program: u32, most: u64) -> (bool, Vec<Failing>) {
    let all: u64 = stacks.iter().map(|stack| stack.taken).sum();
    if all <= most {
        let each = (1..=all).map(|number| Failing {
            site: 0,
            number,
            program,
        });
        return (true, each.collect());
    }
    let mut order: Vec<(usize, &Stack)> = Vec::new();
    let mut met = std::collections::HashMap::new();
    for stack in stacks.iter().filter(|stack| stack.taken > 0) {
        let times: &mut usize = met.entry(stack.place).or_default();
        order.push((*times, stack));
        *times += 1;
    }
    // Stable: of equals those that were met first are first.
    order.sort_by_key(|(times, _)| *times);
    let pick = |of: fn(u64) -> u64, least: u64| {
        let these = order.iter().filter(move |(_, stack)| stack.taken >= least);
        these.map(move |(_, stack)| Failing {
            site: stack.site,
            number: of(stack.taken),
            program,
        })
    };
    let first = pick(|_| 1, 1);
    let middle = pick(|taken| taken.div_ceil(2), 3);
    let last = pick(|taken| taken, 2);
    (false, first.chain(middle).chain(last).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(site: u32, taken: u64, place: usize) -> Stack {
        Stack { site, taken, place }
    }

    #[test]
    fn each_allocation_fails_in_turn_where_there_is_time() {
        let (every, plan) = plan(&[stack(6, 2, 0), stack(7, 1, 1)], 0, 3);
        assert!(every);
        let numbers: Vec<u64> = plan.iter().map(|one| one.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert!(plan.iter().all(|one| one.site == 0));
    }

    #[test]
    fn else_each_place_comes_before_another_stack_of_one_and_first_blocks_before_later_ones() {
        let stacks = [
            stack(6, 9, 0),
            stack(7, 1, 0),
            stack(8, 2, 1),
            stack(9, 0, 2),
        ];
        let (every, plan) = plan(&stacks, 1, 4);
        assert!(!every);
        let order: Vec<(u32, u64)> = plan.iter().map(|one| (one.site, one.number)).collect();
        assert!(plan.iter().all(|one| one.program == 1));
        assert_eq!(order, [(6, 1), (8, 1), (7, 1), (6, 5), (6, 9), (8, 2)]);
    }
}
