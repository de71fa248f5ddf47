//! Sets of characters: as sorted ranges while a pattern is read, as bitmaps while it is matched.

use super::unicode;
use crate::frozen::{Frozen, Walk, frozen};
use std::sync::OnceLock;

/// The largest code point.
pub(super) const MAX: u32 = 0x10_ffff;

/// A set of code points: sorted ranges, both ends included, which neither overlap nor touch.
///
/// Surrogates may be members: Python's patterns can name them, and no text holds one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct RangeSet {
    ranges: Vec<(u32, u32)>,
}

impl RangeSet {
    /// The set of all that is in any of `ranges`, given in any order.
    pub(super) fn new(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.sort_unstable();
        let mut kept = 0;
        for i in 0..ranges.len() {
            let (lo, hi) = ranges[i];
            if kept > 0 && lo <= ranges[kept - 1].1.saturating_add(1) {
                ranges[kept - 1].1 = ranges[kept - 1].1.max(hi);
            } else {
                ranges[kept] = (lo, hi);
                kept += 1;
            }
        }
        ranges.truncate(kept);
        ranges.shrink_to_fit();
        RangeSet { ranges }
    }

    /// The set of `c` alone.
    pub(super) fn single(c: u32) -> Self {
        RangeSet {
            ranges: vec![(c, c)],
        }
    }

    /// Its ranges, in order.
    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Everything that is not in this set.
    pub(super) fn negated(&self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(lo, hi) in &self.ranges {
            if lo > next {
                ranges.push((next, lo - 1));
            }
            next = hi + 1;
        }
        if next <= MAX {
            ranges.push((next, MAX));
        }
        RangeSet { ranges }
    }

    /// How many code points it has.
    pub(super) fn len(&self) -> usize {
        self.ranges
            .iter()
            .map(|&(lo, hi)| (hi - lo) as usize + 1)
            .sum()
    }

    /// Whether `c` is in it.
    pub(super) fn contains(&self, c: u32) -> bool {
        contains(&self.ranges, c)
    }

    /// The one code point that it has, if it has one only.
    pub(super) fn as_single(&self) -> Option<u32> {
        match self.ranges[..] {
            [(lo, hi)] if lo == hi => Some(lo),
            _ => None,
        }
    }
}

/// The characters of many sets. What is there already costs no more than a look: a pattern of a megabyte can name the
/// same large set a hundred thousand times.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    set: RangeSet,
    /// What is to be put into the set, in any order.
    new: Vec<(u32, u32)>,
}

impl Gathered {
    /// So many ranges are kept before they are put in order, at least.
    const FEW: usize = 1 << 10;

    /// Adds the characters of `set`.
    pub(super) fn add(&mut self, set: &RangeSet) {
        if set.ranges.len() > 1 && self.set.covers(set) {
            return;
        }
        self.new.extend_from_slice(&set.ranges);
        if self.new.len() > Self::FEW.max(self.set.ranges.len()) {
            self.put_in_order();
        }
    }

    fn put_in_order(&mut self) {
        self.new.extend_from_slice(&self.set.ranges);
        self.set = RangeSet::new(std::mem::take(&mut self.new));
    }

    /// All of them.
    pub(super) fn into_set(mut self) -> RangeSet {
        self.put_in_order();
        self.set
    }
}

impl RangeSet {
    /// Whether it has all characters of `other`.
    fn covers(&self, other: &RangeSet) -> bool {
        let mut rest = self.ranges.iter();
        let mut range = rest.next();
        other.ranges.iter().all(|&(lo, hi)| {
            while range.is_some_and(|range| range.1 < lo) {
                range = rest.next();
            }
            range.is_some_and(|range| range.0 <= lo && hi <= range.1)
        })
    }
}

/// Whether one of the sorted `ranges` holds `c`.
fn contains(ranges: &[(u32, u32)], c: u32) -> bool {
    let after = ranges.partition_point(|&(lo, _)| lo <= c);
    after > 0 && c <= ranges[after - 1].1
}

/// How case is ignored, if it is: by the rules for all of Unicode, or for ASCII letters alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Case {
    /// Upper and lower case are different characters.
    Matters,
    /// `(?i)`: what has the same lower case, or the same upper case, is the same.
    Ignored,
    /// `(?ai)`: as above, for A to Z only.
    IgnoredInAscii,
}

impl Case {
    /// The characters with another lower case, each with that.
    fn lowered(self) -> impl Iterator<Item = (u32, u32)> {
        let all = self == Case::Ignored;
        let unicode =
            unicode::LOWER
                .iter()
                .filter(move |_| all)
                .flat_map(|&(first, last, step, add)| {
                    (first..=last)
                        .step_by(step as usize)
                        .map(move |c| (c, c.wrapping_add_signed(add)))
                });
        let ascii = (u32::from(b'A')..=u32::from(b'Z'))
            .filter(move |_| self == Case::IgnoredInAscii)
            .map(|c| (c, c + 32));
        unicode.chain(ascii)
    }

    /// What `c` is in lower case, as far as case is ignored: characters of one lower case are the same to a reference.
    pub(super) fn lower(self, c: u32) -> u32 {
        match self {
            Case::Matters => c,
            Case::IgnoredInAscii => match u8::try_from(c) {
                Ok(c) => u32::from(c.to_ascii_lowercase()),
                Err(_) => c,
            },
            Case::Ignored => {
                let after = unicode::LOWER.partition_point(|&(first, ..)| first <= c);
                match unicode::LOWER[..after].last() {
                    Some(&(first, last, step, add))
                        if c <= last && (c - first).is_multiple_of(step) =>
                    {
                        c.wrapping_add_signed(add)
                    }
                    _ => c,
                }
            }
        }
    }

    /// Whether no other character is the same as `c`.
    pub(super) fn is_plain(self, c: u32) -> bool {
        static CASED: OnceLock<RangeSet> = OnceLock::new();
        let cased = || {
            let lowered = Case::Ignored.lowered();
            let pairs = lowered.chain(unicode::SAME_UPPER.iter().copied());
            RangeSet::new(pairs.flat_map(|(a, b)| [(a, a), (b, b)]).collect())
        };
        match self {
            Case::Matters => true,
            Case::Ignored => !CASED.get_or_init(cased).contains(c),
            Case::IgnoredInAscii => !u8::try_from(c).is_ok_and(|c| c.is_ascii_alphabetic()),
        }
    }

    /// The characters that have no other lower case.
    fn without_lower(self) -> &'static RangeSet {
        static ALL: OnceLock<RangeSet> = OnceLock::new();
        static ASCII: OnceLock<RangeSet> = OnceLock::new();
        let cell = match self {
            Case::IgnoredInAscii => &ASCII,
            _ => &ALL,
        };
        cell.get_or_init(|| RangeSet::new(self.lowered().map(|(c, _)| (c, c)).collect()).negated())
    }

    /// Adds to `ranges` what their characters become in lower case, and what shares an upper case with that.
    pub(super) fn fold_into(self, ranges: &[(u32, u32)], out: &mut Vec<(u32, u32)>) {
        if self == Case::Matters {
            out.extend_from_slice(ranges);
            return;
        }
        let sorted = RangeSet::new(ranges.to_vec());
        let mut folded = sorted.ranges.clone();
        let mut uppers = Vec::new();
        for (c, lower) in self.lowered() {
            if sorted.contains(c) {
                uppers.push((c, c));
                folded.push((lower, lower));
            }
        }
        // what has a lower case is itself never the lower case of anything
        let without = RangeSet::new(uppers).negated();
        let folded = RangeSet::new(folded).intersection(&without);
        if self == Case::Ignored {
            for &(c, same) in unicode::SAME_UPPER {
                if folded.contains(c) {
                    out.push((same, same));
                }
            }
        }
        out.extend_from_slice(&folded.ranges);
    }

    /// The set of characters whose lower case is in `folded`.
    pub(super) fn unfold(self, folded: &RangeSet) -> RangeSet {
        if self == Case::Matters {
            return folded.clone();
        }
        let mut members = Vec::new();
        for (c, lower) in self.lowered() {
            if folded.contains(lower) {
                members.push((c, c));
            }
        }
        let same = folded.intersection(self.without_lower());
        members.extend_from_slice(&same.ranges);
        RangeSet::new(members)
    }
}

impl RangeSet {
    /// What is in this set and in `other`.
    fn intersection(&self, other: &RangeSet) -> Self {
        let (mut i, mut j, mut ranges) = (0, 0, Vec::new());
        while let (Some(&(a, b)), Some(&(c, d))) = (self.ranges.get(i), other.ranges.get(j)) {
            let (lo, hi) = (a.max(c), b.min(d));
            if lo <= hi {
                ranges.push((lo, hi));
            }
            if b < d {
                i += 1;
            } else {
                j += 1;
            }
        }
        RangeSet { ranges }
    }
}

/// A set of characters that answers at once whether it has one.
#[derive(Debug)]
pub(super) struct CharSet {
    ascii: [u64; 2],
    rest: Rest,
}

frozen!(CharSet { ascii, rest });

/// The members beyond ASCII.
#[derive(Debug)]
enum Rest {
    Nothing,
    Everything,
    Few(Box<[(u32, u32)]>),
    /// A bitmap in pages of 256 characters, equal pages kept once.
    Pages {
        index: Box<[u16; PAGES]>,
        pages: Box<[[u64; 4]]>,
    },
}

impl Frozen for Rest {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Rest::Nothing => walk.word(0),
            Rest::Everything => walk.word(1),
            Rest::Few(ranges) => ranges.visit(walk),
            Rest::Pages { index, pages } => {
                index.visit(walk);
                pages.visit(walk);
            }
        }
    }
}

/// Pages of 256 code points that Unicode has.
const PAGES: usize = 0x1100;
/// Up to so many ranges are searched rather than made a bitmap.
const FEW: usize = 8;

impl CharSet {
    /// The same set, ready to match with.
    pub(super) fn new(set: &RangeSet) -> Self {
        let mut ascii = [0u64; 2];
        for &(lo, hi) in set.ranges.iter().take_while(|r| r.0 < 128) {
            fill(&mut ascii, lo, hi.min(127));
        }
        let beyond: Vec<_> = set
            .ranges
            .iter()
            .filter(|r| r.1 >= 128)
            .map(|&(lo, hi)| (lo.max(128), hi))
            .collect();
        let rest = match beyond[..] {
            [] => Rest::Nothing,
            [(128, MAX)] => Rest::Everything,
            _ if beyond.len() <= FEW => Rest::Few(beyond.into()),
            _ => paged(&beyond),
        };
        CharSet { ascii, rest }
    }

    /// Whether `c` is in the set.
    #[inline]
    pub(super) fn contains(&self, c: u32) -> bool {
        if c < 128 {
            self.contains_ascii(c as u8)
        } else {
            match &self.rest {
                Rest::Nothing => false,
                Rest::Everything => true,
                Rest::Few(ranges) => contains(ranges, c),
                Rest::Pages { index, pages } => {
                    let page = &pages[usize::from(index[(c >> 8) as usize])];
                    page[(c >> 6) as usize & 3] >> (c & 63) & 1 == 1
                }
            }
        }
    }

    /// Whether `c`, below 128, is in the set.
    #[inline]
    pub(super) fn contains_ascii(&self, c: u8) -> bool {
        self.ascii[usize::from(c >> 6) & 1] >> (c & 63) & 1 == 1
    }
}

/// Sets the bits from `lo` to `hi`, both included.
fn fill(bits: &mut [u64], lo: u32, hi: u32) {
    let (first, last) = (lo as usize / 64, hi as usize / 64);
    for (word, bits) in bits.iter_mut().enumerate().take(last + 1).skip(first) {
        let mut all = u64::MAX;
        if word == first {
            all &= u64::MAX << (lo % 64);
        }
        if word == last {
            all &= u64::MAX >> (63 - hi % 64);
        }
        *bits |= all;
    }
}

/// A bitmap of `ranges`.
fn paged(ranges: &[(u32, u32)]) -> Rest {
    let mut index = Box::new([0u16; PAGES]);
    let mut pages: Vec<[u64; 4]> = Vec::new();
    let (mut next, mut at) = (0, 0);
    for (number, slot) in index.iter_mut().enumerate() {
        let (first, last) = ((number << 8) as u32, (number << 8) as u32 | 0xff);
        while next < ranges.len() && ranges[next].1 < first {
            next += 1;
        }
        let mut page = [0u64; 4];
        for &(lo, hi) in ranges[next..].iter().take_while(|r| r.0 <= last) {
            fill(&mut page, lo.max(first) - first, hi.min(last) - first);
        }
        // most sets have few different pages, and runs of equal ones
        if pages.get(at) != Some(&page) {
            at = pages.iter().rposition(|p| *p == page).unwrap_or_else(|| {
                pages.push(page);
                pages.len() - 1
            });
        }
        *slot = at as u16;
    }
    Rest::Pages {
        index,
        pages: pages.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn touching_and_overlapping_ranges_become_one() {
        let set = RangeSet::new(vec![(7, 9), (1, 3), (4, 5), (8, 12)]);
        assert_eq!(set.ranges(), [(1, 5), (7, 12)]);
        assert_eq!(set.len(), 11);
    }

    #[test]
    fn the_kelvin_sign_is_a_k_when_case_is_ignored() {
        let mut folded = Vec::new();
        Case::Ignored.fold_into(&[(u32::from(b'K'), u32::from(b'K'))], &mut folded);
        let set = Case::Ignored.unfold(&RangeSet::new(folded));
        assert_eq!(set.ranges(), [(0x4b, 0x4b), (0x6b, 0x6b), (0x212a, 0x212a)]);
    }

    #[test]
    fn beyond_ascii_case_matters_where_ascii_is_asked_for() {
        let mut folded = Vec::new();
        Case::IgnoredInAscii.fold_into(&[(0x4b, 0x4b), (0xc9, 0xc9)], &mut folded);
        let set = Case::IgnoredInAscii.unfold(&RangeSet::new(folded));
        assert_eq!(set.ranges(), [(0x4b, 0x4b), (0x6b, 0x6b), (0xc9, 0xc9)]);
    }

    #[test]
    fn the_lower_case_of_a_character_is_the_one_that_is_listed() {
        for case in [Case::Matters, Case::Ignored, Case::IgnoredInAscii] {
            let listed: std::collections::HashMap<u32, u32> = match case {
                Case::Matters => std::collections::HashMap::new(),
                _ => case.lowered().collect(),
            };
            for c in 0..=MAX {
                let expected = listed.get(&c).copied().unwrap_or(c);
                assert_eq!(case.lower(c), expected, "{case:?} {c:x}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_bitmap_has_what_the_ranges_have(
            ranges in prop::collection::vec((0..=MAX, 0..400u32), 0..40),
            near in prop::collection::vec(0..=MAX, 0..40),
        ) {
            let ranges: Vec<_> = ranges.into_iter().map(|(lo, n)| (lo, (lo + n).min(MAX))).collect();
            let set = RangeSet::new(ranges.clone());
            let bitmap = CharSet::new(&set);
            let inverse = CharSet::new(&set.negated());
            let edges = ranges.iter().flat_map(|&(lo, hi)| [lo.saturating_sub(1), lo, hi, (hi + 1).min(MAX)]);
            for c in edges.chain(near) {
                let expected = ranges.iter().any(|&(lo, hi)| (lo..=hi).contains(&c));
                prop_assert_eq!(bitmap.contains(c), expected);
                prop_assert_eq!(inverse.contains(c), !expected);
            }
        }
    }
}
