//! Proof that parsing never changes what was loaded: one walk over all of it, which hashes it and sums up its memory.
//!
//! Every type that a loaded pipeline is made of implements [`Frozen`]. Two things make it hard to forget something:
//! - Implementations take their structs apart without `..` (the macro [`frozen!`](crate::frozen::frozen) does), so that
//!   a new field does not compile until it is visited too.
//! - Nothing with interior mutability implements the trait: no cell, no lock, no atomic number, no pointer. What is
//!   reached here through a shared reference can therefore not change, and a cache that somebody adds to a network does
//!   not compile, unless its implementation leaves it out by name, and says why. Three fields are left out: the layer of
//!   the vocabulary that grows without zones; what networks worked out of words, which makes no difference to what they
//!   say (`kept`); and what a language knows, which is a constant of the program.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hasher;
use std::mem::size_of;

use serde_json::Value;

use crate::kept::{Owner, Shape};

/// Something that was loaded and stays as it is.
pub(crate) trait Frozen {
    /// Shows all of it to `walk`.
    fn visit(&self, walk: &mut Walk);
}

/// Implements [`Frozen`] for a struct whose fields are all visited, or (`hash`) for what derives [`Hash`] and holds
/// nothing on the heap. Nothing with interior mutability has that either, but for pointers.
macro_rules! frozen {
    ($type:ty { $($field:ident),* $(,)? }) => {
        impl $crate::frozen::Frozen for $type {
            fn visit(&self, walk: &mut $crate::frozen::Walk) {
                let Self { $($field),* } = self;
                $($crate::frozen::Frozen::visit($field, walk);)*
            }
        }
    };
    (hash $($type:ty),+) => {$(
        impl $crate::frozen::Frozen for $type {
            fn visit(&self, walk: &mut $crate::frozen::Walk) {
                const { assert!(!std::mem::needs_drop::<$type>()) };
                std::hash::Hash::hash(self, walk);
            }
        }
    )+};
}
pub(crate) use frozen;

/// A walk over what was loaded: a hash of everything seen so far, and the bytes that it holds on the heap.
///
/// Each step is a bijection of the hash for a given word, and of the word for a given hash. So a change of one word
/// always changes the outcome, and of several words all but once in 2^64.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    hash: u64,
    bytes: usize,
    /// Whether the bytes on the heap are all that is asked for: then what holds none is passed by.
    measures: bool,
    /// What the networks that were seen would keep of words.
    tables: Vec<Shape>,
}

impl Walk {
    /// The walk over `thing` alone.
    pub fn over(thing: &(impl Frozen + ?Sized)) -> Walk {
        let mut walk = Walk::default();
        thing.visit(&mut walk);
        walk
    }

    /// The bytes on the heap of `thing`: exact but for hash tables and JSON, whose layout is not public. Weights are not
    /// looked at.
    pub fn measure(thing: &(impl Frozen + ?Sized)) -> usize {
        Walk::measuring(thing).bytes
    }

    /// The tables that the networks of `thing` keep words in.
    pub fn tables(thing: &(impl Frozen + ?Sized)) -> Vec<Shape> {
        Walk::measuring(thing).tables
    }

    fn measuring(thing: &(impl Frozen + ?Sized)) -> Walk {
        let mut walk = Walk {
            measures: true,
            ..Walk::default()
        };
        thing.visit(&mut walk);
        walk
    }

    /// Whether the bytes of things of this type on the heap are all that is asked for, and they have none: what needs
    /// not to be dropped holds nothing.
    fn passes_by<T>(&self) -> bool {
        self.measures && !std::mem::needs_drop::<T>()
    }

    /// The hash of all that was seen.
    pub fn fingerprint(&self) -> u64 {
        let hash = (self.hash ^ self.hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^ hash >> 33
    }

    /// Sees a number.
    #[inline]
    pub fn word(&mut self, word: u64) {
        let hash = (self.hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.hash = hash ^ hash >> 29;
    }

    /// Sees bytes, eight at a time.
    pub fn run(&mut self, bytes: &[u8]) {
        if !self.measures {
            self.word(bytes.len() as u64);
            self.write(bytes);
        }
    }

    /// Sees things in an order that means nothing, such as those of a hash table: the hashes of all are added up.
    pub fn unordered<T>(&mut self, items: impl Iterator<Item = T>, visit: impl Fn(T, &mut Walk)) {
        let (mut count, mut sum) = (0, 0_u64);
        for item in items {
            let mut walk = Walk {
                measures: self.measures,
                ..Walk::default()
            };
            visit(item, &mut walk);
            sum = sum.wrapping_add(walk.fingerprint());
            self.bytes += walk.bytes;
            self.tables.append(&mut walk.tables);
            count += 1;
        }
        self.word(count);
        self.word(sum);
    }

    /// Sees that a network keeps words in a table of this shape.
    pub fn keeps(&mut self, table: Shape) {
        if self.measures {
            self.tables.push(table);
        }
    }

    /// Counts bytes that what was seen holds on the heap.
    pub fn holds(&mut self, bytes: usize) {
        self.bytes += bytes;
    }
}

impl Hasher for Walk {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn finish(&self) -> u64 {
        self.fingerprint()
    }
}

/// The bytes of a table of the standard library's kind with room for `capacity` entries of `size` bytes: a power of two
/// of places, at most seven eighths of them taken, with a byte of control for each and one group more.
fn table_bytes(capacity: usize, size: usize) -> usize {
    let places = match capacity {
        0 => return 0,
        1..=3 => 4,
        4..=7 => 8,
        _ => (capacity * 8 / 7).next_power_of_two(),
    };
    places * (size + 1) + 16
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Frozen for $type {
            #[inline]
            fn visit(&self, walk: &mut Walk) {
                walk.word(*self as u64);
            }
        }
    )*};
}
numbers!(bool char i64 u8 u16 u32 u64 usize);

impl Frozen for Owner {
    fn visit(&self, _: &mut Walk) {
        // The number never changes, and is another one each time the same pipeline is loaded.
    }
}

impl Frozen for f32 {
    #[inline]
    fn visit(&self, walk: &mut Walk) {
        walk.word(u64::from(self.to_bits()));
    }
}

impl Frozen for f64 {
    #[inline]
    fn visit(&self, walk: &mut Walk) {
        walk.word(self.to_bits());
    }
}

impl Frozen for str {
    fn visit(&self, walk: &mut Walk) {
        walk.run(self.as_bytes());
    }
}

impl Frozen for String {
    fn visit(&self, walk: &mut Walk) {
        walk.holds(self.capacity());
        self.as_str().visit(walk);
    }
}

impl<T: Frozen> Frozen for [T] {
    fn visit(&self, walk: &mut Walk) {
        walk.word(self.len() as u64);
        if !walk.passes_by::<T>() {
            self.iter().for_each(|item| item.visit(walk));
        }
    }
}

impl<T: Frozen + ?Sized> Frozen for &T {
    fn visit(&self, walk: &mut Walk) {
        T::visit(self, walk);
    }
}

impl<T: Frozen> Frozen for Vec<T> {
    fn visit(&self, walk: &mut Walk) {
        walk.holds(self.capacity() * size_of::<T>());
        self.as_slice().visit(walk);
    }
}

impl<T: Frozen + ?Sized> Frozen for Box<T> {
    fn visit(&self, walk: &mut Walk) {
        walk.holds(size_of_val::<T>(self));
        T::visit(self, walk);
    }
}

impl<T: Frozen, const N: usize> Frozen for [T; N] {
    fn visit(&self, walk: &mut Walk) {
        self.iter().for_each(|item| item.visit(walk));
    }
}

impl<T: Frozen> Frozen for Option<T> {
    fn visit(&self, walk: &mut Walk) {
        walk.word(u64::from(self.is_some()));
        if let Some(thing) = self {
            thing.visit(walk);
        }
    }
}

impl<A: Frozen, B: Frozen> Frozen for (A, B) {
    fn visit(&self, walk: &mut Walk) {
        self.0.visit(walk);
        self.1.visit(walk);
    }
}

impl<K: Frozen, V: Frozen> Frozen for HashMap<K, V> {
    fn visit(&self, walk: &mut Walk) {
        walk.holds(table_bytes(self.capacity(), size_of::<(K, V)>()));
        if walk.passes_by::<(K, V)>() {
            return;
        }
        walk.unordered(self.iter(), |(key, value), walk| {
            key.visit(walk);
            value.visit(walk);
        });
    }
}

impl<T: Frozen> Frozen for HashSet<T> {
    fn visit(&self, walk: &mut Walk) {
        walk.holds(table_bytes(self.capacity(), size_of::<T>()));
        if walk.passes_by::<T>() {
            return;
        }
        walk.unordered(self.iter(), T::visit);
    }
}

impl<K: Frozen, V: Frozen> Frozen for BTreeMap<K, V> {
    fn visit(&self, walk: &mut Walk) {
        walk.holds(self.len() * size_of::<(K, V)>());
        walk.word(self.len() as u64);
        for (key, value) in self {
            key.visit(walk);
            value.visit(walk);
        }
    }
}

impl<T: Frozen> Frozen for hashbrown::HashTable<T> {
    fn visit(&self, walk: &mut Walk) {
        walk.holds(self.allocation_size());
        if walk.passes_by::<T>() {
            return;
        }
        walk.unordered(self.iter(), T::visit);
    }
}

impl Frozen for Value {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Value::Null => walk.word(0),
            Value::Bool(is) => walk.word(1 + u64::from(*is)),
            Value::Number(number) => {
                walk.word(3);
                // As it is written: the same number as an integer and as a fraction are two.
                number.to_string().as_str().visit(walk);
            }
            Value::String(text) => {
                walk.word(4);
                text.visit(walk);
            }
            Value::Array(items) => {
                walk.word(5);
                items.visit(walk);
            }
            Value::Object(entries) => {
                walk.word(6);
                walk.word(entries.len() as u64);
                // Entries in their order, each with its hash, and a table of their places.
                let entry = size_of::<String>() + size_of::<Value>() + size_of::<u64>();
                walk.holds(entries.len() * entry);
                walk.holds(table_bytes(entries.len(), size_of::<usize>()));
                for (key, value) in entries {
                    key.visit(walk);
                    value.visit(walk);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fingerprint(thing: &impl Frozen) -> u64 {
        Walk::over(thing).fingerprint()
    }

    #[test]
    fn every_bit_of_every_number_counts() {
        let numbers: Vec<f32> = (0..100).map(|i| i as f32 / 7.0).collect();
        let before = fingerprint(&numbers);
        for i in 0..numbers.len() {
            for bit in 0..32 {
                let mut numbers = numbers.clone();
                numbers[i] = f32::from_bits(numbers[i].to_bits() ^ 1 << bit);
                assert_ne!(fingerprint(&numbers), before, "bit {bit} of number {i}");
            }
        }
    }

    #[test]
    fn what_stands_where_counts() {
        assert_ne!(fingerprint(&vec![1_u32, 2]), fingerprint(&vec![2_u32, 1]));
        assert_ne!(
            fingerprint(&vec!["ab".to_owned(), "c".to_owned()]),
            fingerprint(&vec!["a".to_owned(), "bc".to_owned()])
        );
        assert_ne!(
            fingerprint(&(vec![0_u8], Vec::<u8>::new())),
            fingerprint(&(Vec::<u8>::new(), vec![0_u8]))
        );
        assert_ne!(fingerprint(&json!([1, [2]])), fingerprint(&json!([[1], 2])));
        assert_ne!(fingerprint(&json!("1")), fingerprint(&json!(1)));
        assert_ne!(fingerprint(&json!({"a": null})), fingerprint(&json!({})));
    }

    #[test]
    fn the_order_of_a_hash_table_does_not_count_and_each_entry_does() {
        let entries = |n: u64| (0..n).map(|i| (i.wrapping_mul(0x1234_5678_9abc_def1), i));
        let forwards: HashMap<u64, u64> = entries(1000).collect();
        let mut backwards: HashMap<u64, u64> = HashMap::with_capacity(5000);
        backwards.extend(entries(1000).collect::<Vec<_>>().into_iter().rev());
        assert_eq!(fingerprint(&forwards), fingerprint(&backwards));
        *backwards.values_mut().next().unwrap() ^= 1;
        assert_ne!(fingerprint(&forwards), fingerprint(&backwards));
    }

    #[test]
    fn the_memory_of_what_holds_memory_is_counted() {
        let bytes = |thing: &dyn Frozen| {
            let mut walk = Walk::default();
            thing.visit(&mut walk);
            assert_eq!(Walk::measure(thing), walk.bytes);
            walk.bytes
        };
        assert_eq!(bytes(&vec![0_f32; 100]), 400);
        assert_eq!(
            bytes(&vec![vec![1_u8; 10]; 2]),
            20 + 2 * size_of::<Vec<u8>>()
        );
        assert_eq!(bytes(&Box::<str>::from("five!")), 5);
        assert_eq!(bytes(&7_u64), 0);
        let texts: HashMap<u64, String> = [(1, "one".to_owned())].into();
        assert_eq!(bytes(&texts), 3 + table_bytes(3, 32));
        let small = HashSet::from([1_u8]);
        assert_eq!(bytes(&small), table_bytes(small.capacity(), 1));
    }
}
