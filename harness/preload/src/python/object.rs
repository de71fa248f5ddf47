//! What makes a block of memory an object of CPython: where in the block it begins, and what it is called.
//!
//! Before an object that the collector knows stand two words of the collector's, and before these up to two of the
//! object's own (its attributes, from 3.11 on). Nothing is believed: all that is read may be anything.

/// Where things stand in an object: the count of references, and the type.
const TYPE: usize = 8;
/// In a type, at the same places from 3.8 to 3.14: its name, how many bytes an object takes, and each of its items, what
/// frees one, and what the type can do.
const NAME: usize = 24;
const SIZE: usize = 32;
const ITEM: usize = 40;
const FREE: usize = 48;
const FLAGS: usize = 168;

const MANAGES_WEAK: u64 = 1 << 3;
const MANAGES_ATTRIBUTES: u64 = 1 << 4;
const IS_READY: u64 = 1 << 12;
const IS_COLLECTED: u64 = 1 << 14;
const IS_TEXT: u64 = 1 << 28;
const IS_TYPE: u64 = 1 << 31;

/// Where in a block an object may begin.
pub const BEGINS: [usize; 3] = [0, 16, 32];

/// An object in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it begins, in bytes from the beginning of the block.
    pub at: usize,
    /// Whether it is a type itself.
    pub is_type: bool,
}

/// The object in a block at an address, if it is one. `word` reads memory that may not be there; `type_of_types` is
/// `PyType_Type`.
pub fn in_block(
    block: usize,
    bytes: usize,
    type_of_types: usize,
    word: impl Fn(usize) -> Option<usize>,
) -> Option<Found> {
    BEGINS.into_iter().find_map(|at| {
        if at + 2 * size_of::<usize>() > bytes {
            return None;
        }
        let object = block + at;
        let count = word(object)?;
        if !is_count(count as u64) {
            return None;
        }
        let class = word(object + TYPE)?;
        let (flags, size) = type_at(class, type_of_types, &word)?;
        // Short texts take less than the largest form of a text.
        if flags & IS_TEXT == 0 && at + size > bytes {
            return None;
        }
        let fits = match (flags & IS_COLLECTED != 0, at) {
            (false, 0) => true,
            (true, 16) => flags & (MANAGES_WEAK | MANAGES_ATTRIBUTES) == 0,
            (true, 32) => flags & (MANAGES_WEAK | MANAGES_ATTRIBUTES) != 0,
            _ => false,
        };
        let is_whole = at == 0 || is_head(object - HEAD, &word)?;
        (fits && is_whole && !is_address(count, &word)).then_some(Found {
            at,
            is_type: flags & IS_TYPE != 0,
        })
    })
}

/// Bytes of what the collector has before an object: the next object that it knows, and the one before.
const HEAD: usize = 16;

/// Whether these are the collector's two words: its neighbours know of it, or it has none and is not in the list.
fn is_head(head: usize, word: &impl Fn(usize) -> Option<usize>) -> Option<bool> {
    /// Of an address in them, the bits that are the collector's own.
    const MARKS: usize = 3;
    let (next, before) = (word(head)? & !MARKS, word(head + 8)? & !MARKS);
    if next == 0 || before == 0 {
        return Some(next == before);
    }
    Some(word(before)? & !MARKS == head && word(next.checked_add(8)?)? & !MARKS == head)
}

/// Whether an object is a type.
pub fn is_type(object: usize, word: impl Fn(usize) -> Option<usize>) -> bool {
    let class = word(object + TYPE);
    let flags = class.and_then(|class| word(class.checked_add(FLAGS)?));
    flags.is_some_and(|flags| flags as u64 & IS_TYPE != 0)
}

/// Whether a number may be a count of references. An address is none; objects that live for ever have a large one, and
/// from 3.14 on there are flags in the upper quarter.
fn is_count(number: u64) -> bool {
    const MIDDLE: u64 = 0xFFFF << 32;
    number as u32 != 0 && number & MIDDLE == 0
}

/// Whether a number that may be a count is an address. They are small enough where an executable is not moved to random
/// addresses, and its heap lies right behind it.
fn is_address(number: usize, word: &impl Fn(usize) -> Option<usize>) -> bool {
    /// No memory lies below. (`vm.mmap_min_addr`)
    const LOWEST: usize = 1 << 16;
    number >= LOWEST && word(number & !7).is_some()
}

/// What objects of a type can do, and how many bytes they take at least, if it is one: its own type is `type`, or a kind
/// of it, and so on until it is `type`. Words of tables look like a type by chance, since they too are addresses of each
/// other; so all is looked at that a type is sure to have.
fn type_at(
    class: usize,
    type_of_types: usize,
    word: &impl Fn(usize) -> Option<usize>,
) -> Option<(u64, usize)> {
    /// Types of types: few programs make one, and none was seen that makes a type of these.
    const KINDS: usize = 8;
    const LARGEST: usize = 1 << 20;
    let own = |class: usize| {
        if class == 0 || !class.is_multiple_of(8) {
            return None;
        }
        let field = |at| word(class.checked_add(at)?);
        let (size, item) = (field(SIZE)?, field(ITEM)?);
        let flags = field(FLAGS)? as u64;
        let fits = is_count(field(0)? as u64)
            && (16..LARGEST).contains(&size)
            && item < LARGEST
            && field(FREE)? != 0
            && flags & IS_READY != 0;
        // A name begins with a letter.
        let first = fits.then(|| word(field(NAME)?)).flatten()? as u8;
        (first.is_ascii_alphabetic() || first == b'_' || !first.is_ascii()).then_some((flags, size))
    };
    let found = own(class)?;
    let mut above = word(class + TYPE)?;
    for _ in 0..KINDS {
        if above == type_of_types {
            return Some(found);
        }
        if own(above)?.0 & IS_TYPE == 0 {
            return None;
        }
        above = word(above + TYPE)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const TYPE_OF_TYPES: usize = 0x1000;

    /// A type at an address.
    fn put_type(memory: &mut HashMap<usize, usize>, at: usize, class: usize, flags: u64) {
        let name = at + 0x200;
        memory.extend([
            (at, 5),
            (at + TYPE, class),
            (at + NAME, name),
            (name, usize::from_le_bytes(*b"thing\0\0\0")),
            (at + SIZE, 16),
            (at + ITEM, 0),
            (at + FREE, 0x7000),
            (at + FLAGS, (IS_READY | flags) as usize),
        ]);
    }

    /// Memory with `type`, and a type at 0x2000 with these flags.
    fn memory(flags: u64) -> HashMap<usize, usize> {
        let mut memory = HashMap::new();
        put_type(
            &mut memory,
            TYPE_OF_TYPES,
            TYPE_OF_TYPES,
            IS_COLLECTED | IS_TYPE,
        );
        put_type(&mut memory, 0x2000, TYPE_OF_TYPES, flags);
        memory
    }

    fn found(memory: &HashMap<usize, usize>, bytes: usize) -> Option<Found> {
        in_block(0x5000, bytes, TYPE_OF_TYPES, |at| memory.get(&at).copied())
    }

    #[test]
    fn an_object_begins_where_its_type_has_it() {
        for (flags, at) in [
            (0, 0),
            (IS_COLLECTED, 16),
            (IS_COLLECTED | MANAGES_ATTRIBUTES, 32),
            (IS_COLLECTED | MANAGES_WEAK, 32),
        ] {
            let mut memory = memory(flags);
            memory.insert(0x5000, 1);
            memory.extend([(0x5000 + at, 3), (0x5000 + at + TYPE, 0x2000)]);
            if at > 0 {
                put_head(&mut memory, 0x5000 + at - HEAD);
            }
            let wanted = Found { at, is_type: false };
            assert_eq!(found(&memory, 64), Some(wanted), "{flags:x}");
            // A block too small to have it.
            assert_eq!(found(&memory, at + 8), None);
        }
    }

    #[test]
    fn a_type_is_told_from_other_objects() {
        let mut memory = memory(IS_COLLECTED | IS_TYPE);
        memory.extend([(0x5010, 1), (0x5010 + TYPE, 0x2000)]);
        put_head(&mut memory, 0x5000);
        let wanted = Found {
            at: 16,
            is_type: true,
        };
        assert_eq!(found(&memory, 1000), Some(wanted));
    }

    /// The collector's words at an address, between two others.
    fn put_head(memory: &mut HashMap<usize, usize>, at: usize) {
        let (next, before) = (0x6000, 0x6100);
        memory.extend([
            (at, next),
            (at + 8, before | 1),
            (before, at),
            (next + 8, at),
        ]);
    }

    #[test]
    fn what_the_collector_does_not_know_is_no_object_of_its_kind() {
        let mut memory = memory(IS_COLLECTED);
        memory.extend([(0x5010, 1), (0x5010 + TYPE, 0x2000)]);
        put_head(&mut memory, 0x5000);
        assert!(found(&memory, 64).is_some());
        // The one before it is followed by another.
        memory.insert(0x6100, 0x7000);
        assert_eq!(found(&memory, 64), None);
        // One that is in no list, but for a mark.
        memory.extend([(0x5000, 0), (0x5008, 1)]);
        assert!(found(&memory, 64).is_some());
        memory.insert(0x5008, 0x6100);
        assert_eq!(found(&memory, 64), None);
    }

    #[test]
    fn a_table_of_addresses_is_no_object() {
        let mut memory = memory(0);
        // A list of types: what stands where the count would be is an address.
        memory.extend([(0x5000, 0x7F12_3456_7890), (0x5008, 0x2000)]);
        assert_eq!(found(&memory, 64), None);
        // The same with a count of nothing.
        memory.insert(0x5000, 0);
        assert_eq!(found(&memory, 64), None);
        memory.insert(0x5000, 1);
        assert!(found(&memory, 64).is_some());
    }

    /// Dicts that the collector knows, one behind the other, in a heap at low addresses: their heads are addresses of each
    /// other, which look like counts, and what they have themselves looks like what a type has.
    #[test]
    fn what_the_collector_has_before_dicts_at_low_addresses_is_no_object() {
        const DICT: usize = 0x94_E7E0;
        const FIRST: usize = 0x249C_0000;
        let mut memory = memory(0);
        put_type(&mut memory, DICT, TYPE_OF_TYPES, IS_COLLECTED);
        // The count of its references: a letter, where a type has its name.
        memory.insert(DICT, usize::from(b'F'));
        let heads: Vec<usize> = (0..12).map(|at| FIRST + at * 0x400).collect();
        for (at, &head) in heads.iter().enumerate() {
            let next = heads[(at + 1) % heads.len()];
            let before = heads[(at + heads.len() - 1) % heads.len()];
            // The head, the count, the type, the number of keys, a version, and the table of keys.
            let words = [next, before, 1, DICT, 20, 46_446, head + 0x60, 0];
            let places = (head..).step_by(8);
            memory.extend(places.zip(words));
            // Behind it the keys: small numbers and -1 for what is free, a byte each.
            memory.insert(head + FLAGS, 0xFFFF_FFFF_FFFF_1DFF);
        }
        let found = in_block(FIRST, 64, TYPE_OF_TYPES, |at| memory.get(&at).copied());
        let wanted = Found {
            at: HEAD,
            is_type: false,
        };
        assert_eq!(found, Some(wanted));
    }

    #[test]
    fn an_array_at_low_addresses_of_an_object_and_its_type_is_no_object() {
        let mut memory = memory(0);
        memory.extend([(0x5000, 0x249C_0000), (0x5008, 0x2000)]);
        assert!(found(&memory, 64).is_some(), "as many references");
        memory.insert(0x249C_0000, 1);
        assert_eq!(found(&memory, 64), None);
    }

    #[test]
    fn a_type_of_types_of_the_program_is_a_kind_of_type() {
        let mut memory = memory(0);
        for (at, class) in [(0x3000, TYPE_OF_TYPES), (0x4000, 0x3000)] {
            put_type(&mut memory, at, class, IS_COLLECTED | IS_TYPE);
        }
        for class in [0x3000, 0x4000] {
            memory.extend([(0x2000 + TYPE, class), (0x5000, 1), (0x5008, 0x2000)]);
            assert!(found(&memory, 64).is_some(), "{class:x}");
        }
        // One that is its own type, and is not `type`.
        memory.insert(0x3000 + TYPE, 0x3000);
        assert_eq!(found(&memory, 64), None);
    }

    #[test]
    fn what_points_nowhere_is_no_type() {
        let mut memory = memory(0);
        for class in [0, 0x2001, 0x9000, usize::MAX - 7] {
            memory.extend([(0x5000, 1), (0x5008, class)]);
            assert_eq!(found(&memory, 64), None, "{class:x}");
        }
    }

    #[test]
    fn each_thing_that_a_type_is_sure_to_have_is_looked_for() {
        let good = memory(0);
        let with = |at: usize, value: usize| {
            let mut memory = good.clone();
            memory.extend([(0x5000, 1), (0x5008, 0x2000), (at, value)]);
            found(&memory, 64).is_some()
        };
        assert!(with(0x5000, 7));
        for (at, value) in [
            (0x2000, 0),
            (0x2000 + TYPE, 0x2000),
            (0x2000 + NAME, 0x9000),
            (0x2200, 1),
            (0x2000 + SIZE, 8),
            (0x2000 + SIZE, 1 << 30),
            (0x2000 + SIZE, 72),
            (0x2000 + ITEM, usize::MAX),
            (0x2000 + FREE, 0),
            (0x2000 + FLAGS, 0),
        ] {
            assert!(!with(at, value), "{at:x} {value:x}");
        }
    }
}
