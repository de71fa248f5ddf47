//! Words that have the id of another word. spaCy's ids are MurmurHash64A with a fixed seed, each step of which can be
//! undone: for any word and any first eight bytes there are second eight bytes that together have the word's id. One
//! in some eighty thousand of these is made of letters and digits alone, and no tokenizer takes it for anything but a
//! word.
#![allow(dead_code)]

use std::collections::HashSet;

const M: u64 = 0xc6a4_a793_5bd1_e995;
const R: u32 = 47;
const SEED: u64 = 1;
/// The length of the words made here, in bytes.
const LENGTH: u64 = 16;

const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The number that multiplied by `M` gives 1, by Newton's method: each step doubles the bits that are right.
const fn inverse_of_m() -> u64 {
    let mut inverse = M;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(M.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

const INVERSE: u64 = inverse_of_m();

/// Undoes `h ^= h >> 47`, which changes the low 17 bits alone.
const fn unshift(h: u64) -> u64 {
    h ^ (h >> R)
}

/// What a block of eight bytes is before it meets the hash.
const fn mixed(block: u64) -> u64 {
    let k = block.wrapping_mul(M);
    (k ^ (k >> R)).wrapping_mul(M)
}

/// The block that is `mixed` to this.
const fn unmixed(k: u64) -> u64 {
    unshift(k.wrapping_mul(INVERSE)).wrapping_mul(INVERSE)
}

/// The hash after one more block.
const fn after(h: u64, block: u64) -> u64 {
    (h ^ mixed(block)).wrapping_mul(M)
}

/// The block that takes the hash `from` to `to`.
const fn block_between(from: u64, to: u64) -> u64 {
    unmixed(to.wrapping_mul(INVERSE) ^ from)
}

/// The hash of whole blocks whose finished hash is `id`.
const fn unfinished(id: u64) -> u64 {
    unshift(unshift(id).wrapping_mul(INVERSE))
}

fn is_word(block: u64) -> bool {
    block.to_le_bytes().iter().all(u8::is_ascii_alphanumeric)
}

/// The block of eight letters and digits with this number.
fn letters(mut number: u64) -> u64 {
    let mut block = [0; 8];
    for byte in &mut block {
        *byte = ALPHABET[(number % 62) as usize];
        number /= 62;
    }
    u64::from_le_bytes(block)
}

fn text(blocks: &[u64]) -> String {
    let bytes = blocks
        .iter()
        .flat_map(|block| block.to_le_bytes())
        .collect();
    String::from_utf8(bytes).expect("letters and digits")
}

/// Words of sixteen letters and digits that have this id, without end. `start` picks which.
pub fn words_with_id(id: u64, start: u64) -> impl Iterator<Item = String> {
    let goal = unfinished(id);
    let begin = SEED ^ LENGTH.wrapping_mul(M);
    (start..).filter_map(move |number| {
        let first = letters(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17);
        let second = block_between(after(begin, first), goal);
        is_word(second).then(|| text(&[first, second]))
    })
}

/// `count` words that have the id of `word`, none of which is `word`.
pub fn twins_of(word: &str, count: usize) -> Vec<String> {
    let id = nlp_core::symbols::string_id(word);
    let mut seen = HashSet::from([word.to_owned()]);
    words_with_id(id, 0)
        .filter(|twin| seen.insert(twin.clone()))
        .take(count)
        .collect()
}

/// `count` words that all have one id. Pairs of segments that take the hash from one state to the same other are put
/// one behind the other, and each word goes its own way through them: sixteen pairs give 65,536 words.
pub fn family(count: usize) -> Vec<String> {
    let segments = count.next_power_of_two().ilog2().max(1);
    let mut state = SEED ^ (u64::from(segments) * LENGTH).wrapping_mul(M);
    let mut pairs = Vec::new();
    for segment in 0..segments {
        let one = [letters(7 + u64::from(segment)), letters(11)];
        let goal = after(after(state, one[0]), one[1]);
        let other = (1_000..)
            .map(letters)
            .map(|first| [first, block_between(after(state, first), goal)])
            .find(|blocks| is_word(blocks[1]) && *blocks != one)
            .expect("one in some eighty thousand fits");
        pairs.push([one, other]);
        state = goal;
    }
    let word = |way: usize| {
        let blocks = pairs
            .iter()
            .enumerate()
            .flat_map(|(i, pair)| pair[way >> i & 1]);
        text(&blocks.collect::<Vec<u64>>())
    };
    (0..count).map(word).collect()
}

/// `count` words whose ids differ, but not in the low 24 and the top 7 bits: what a table takes for its place and its tag
/// if it believes the ids.
pub fn crowd(count: usize) -> Vec<String> {
    let id = |i: usize| 0x2a << 57 | (i as u64 + 1) << 24 | 0x00ab_cdef;
    (0..count)
        .map(|i| words_with_id(id(i), i as u64).next().expect("without end"))
        .collect()
}
