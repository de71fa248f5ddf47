//! The file `contents` of a knowledge base: entities with their vectors, and the names that they go by
//! (`InMemoryLookupKB` in `spacy/kb/kb_in_memory.pyx`).
//!
//! All numbers are little-endian: how many entities there are and how long their vectors are (64 bits each); the vectors
//! (32-bit floats); for each entity its id (64 bits), its frequency (a float) and the number of its vector (32 bits); how
//! many names there are (64 bits); for each name its id and how many candidates it has (64 bits each), and for each
//! candidate the number of the entity, from 1 on (64 bits), and how likely it is (a float).
//!
//! The vectors, which are most of it, are read in place. What the file claims is checked against what it holds before
//! anything is set aside for it.

use std::collections::HashMap;

use crate::bytes::Bytes;
use crate::error::FormatError;
use crate::frozen::frozen;

/// The bytes before the vectors.
const HEADER: usize = 8 + 8;
/// The bytes of an entity: its id, its frequency, its vector's number.
const ENTITY: usize = 8 + 4 + 4;
/// The bytes of a name without its candidates.
const NAME: usize = 8 + 8;
/// The bytes of a candidate.
const CANDIDATE: usize = 8 + 4;

/// A knowledge base.
pub struct KnowledgeBase {
    /// Where the vectors are.
    file: Bytes,
    /// Numbers in a vector.
    width: usize,
    /// The id of each entity's name, and the number of its vector.
    entities: Vec<(u64, u32)>,
    /// The candidates of one name after those of another: the number of the entity, from 0 on, and how likely it is.
    candidates: Vec<(u32, f32)>,
    /// From the ids of names to their first candidate and the one after their last.
    names: HashMap<u64, (u32, u32)>,
}

frozen!(KnowledgeBase {
    file,
    width,
    entities,
    candidates,
    names
});

/// What a name may stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The id of the entity's name in the knowledge base.
    pub entity: u64,
    /// How likely it is, whatever is around the name.
    pub prior: f32,
    /// The number of the entity's vector: see [`KnowledgeBase::vector`].
    pub vector: usize,
}

impl KnowledgeBase {
    /// Reads a file.
    ///
    /// # Errors
    /// If it holds less than it claims or more, a name twice, or a candidate or a vector that is not there.
    pub fn read(file: Bytes) -> Result<KnowledgeBase, FormatError> {
        let mut reader = Reader {
            bytes: &file,
            at: 0,
        };
        let len = reader.count("entities", ENTITY)?;
        let width = reader.count("numbers a vector", 0)?;
        let numbers = len.checked_mul(width);
        reader.skip(numbers.and_then(|n| n.checked_mul(4)), "vectors")?;
        let entities = reader.skip(len.checked_mul(ENTITY), "entities")?;
        let (entities, _) = entities.as_chunks::<ENTITY>();
        let entities = entities.iter().map(|entity| {
            let vector = u32::from_le_bytes(array(&entity[12..]));
            match vector as usize {
                vector if vector < len => {}
                _ => {
                    return Err(FormatError::new(format!(
                        "an entity has vector {}, and there are {len}",
                        vector as i32
                    )));
                }
            }
            Ok((u64::from_le_bytes(array(entity)), vector))
        });
        let entities = entities.collect::<Result<Vec<_>, _>>()?;
        let count = reader.count("names", NAME)?;
        let mut names = HashMap::with_capacity(count);
        let mut candidates = Vec::new();
        for _ in 0..count {
            let name = reader.number("names")?;
            let first = candidates.len() as u32;
            let own = reader.count("candidates", CANDIDATE)?;
            let own = reader.skip(own.checked_mul(CANDIDATE), "candidates")?;
            for candidate in own.as_chunks::<CANDIDATE>().0 {
                let entity = u64::from_le_bytes(array(candidate));
                // Entity 0 stands for none.
                let Some(entity) = entity.checked_sub(1) else {
                    continue;
                };
                let there = u32::try_from(entity).ok().filter(|&i| (i as usize) < len);
                let there = there.ok_or_else(|| {
                    let number = entity.wrapping_add(1) as i64;
                    FormatError::new(format!(
                        "a candidate is entity {number}, and there are {len}"
                    ))
                })?;
                candidates.push((there, f32::from_le_bytes(array(&candidate[8..]))));
            }
            let last = u32::try_from(candidates.len());
            let last = last.map_err(|_| FormatError::new("it has over four billion candidates"))?;
            if names.insert(name, (first, last)).is_some() {
                return Err(FormatError::new(format!("the name {name} comes twice")));
            }
        }
        let rest = file.len() - reader.at;
        if rest > 0 {
            return Err(FormatError::new(format!("{rest} bytes follow the names")));
        }
        Ok(KnowledgeBase {
            width,
            entities,
            candidates,
            names,
            file,
        })
    }

    /// The number of entities.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// The numbers in a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The ids of all entities' names.
    pub fn entities(&self) -> impl ExactSizeIterator<Item = u64> {
        self.entities.iter().map(|(id, _)| *id)
    }

    /// What the name with this id may stand for, in the order of the file.
    pub fn candidates(&self, name: u64) -> impl ExactSizeIterator<Item = Candidate> {
        let (first, last) = self.names.get(&name).copied().unwrap_or_default();
        let candidates = &self.candidates[first as usize..last as usize];
        candidates.iter().map(|&(entity, prior)| {
            let (entity, vector) = self.entities[entity as usize];
            Candidate {
                entity,
                prior,
                vector: vector as usize,
            }
        })
    }

    /// A vector, number by number.
    ///
    /// # Panics
    /// If there is none of this number.
    pub fn vector(&self, vector: usize) -> impl ExactSizeIterator<Item = f32> {
        assert!(vector < self.len(), "vector {vector} of {}", self.len());
        let size = self.width * 4;
        let numbers = &self.file[HEADER + vector * size..][..size];
        let (numbers, _) = numbers.as_chunks::<4>();
        numbers.iter().map(|&number| f32::from_le_bytes(number))
    }
}

/// The first bytes of a slice that has as many.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().expect("as many bytes")
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn number(&mut self, what: &str) -> Result<u64, FormatError> {
        Ok(u64::from_le_bytes(array(self.skip(Some(8), what)?)))
    }

    /// How many of something follow, each of `size` bytes at least.
    fn count(&mut self, what: &str, size: usize) -> Result<usize, FormatError> {
        let claimed = self.number(what)?;
        let left = self.bytes.len() - self.at;
        let count = usize::try_from(claimed).ok();
        let fits = |count: &usize| count.checked_mul(size).is_some_and(|bytes| bytes <= left);
        count.filter(fits).ok_or_else(|| {
            FormatError::new(format!(
                "at byte {} it claims {} {what}, and {left} bytes are left",
                self.at, claimed as i64
            ))
        })
    }

    /// The next so many bytes, behind which it goes on.
    fn skip(&mut self, bytes: Option<usize>, what: &str) -> Result<&'a [u8], FormatError> {
        let end = bytes.and_then(|bytes| self.at.checked_add(bytes));
        let end = end.filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| {
            FormatError::new(format!(
                "it ends among the {what}, which begin at byte {}",
                self.at
            ))
        })?;
        let skipped = &self.bytes[self.at..end];
        self.at = end;
        Ok(skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two entities with vectors of two numbers, and a name for both of them.
    fn small() -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [2_u64, 2] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [1.0_f32, 2.0, 3.0, 4.0] {
            bytes.extend(number.to_le_bytes());
        }
        for (entity, vector) in [(77_u64, 1_u32), (88, 0)] {
            bytes.extend(entity.to_le_bytes());
            bytes.extend(9.0_f32.to_le_bytes());
            bytes.extend(vector.to_le_bytes());
        }
        for number in [1_u64, 555, 2] {
            bytes.extend(number.to_le_bytes());
        }
        for (entity, prior) in [(2_u64, 0.25_f32), (1, 0.5)] {
            bytes.extend(entity.to_le_bytes());
            bytes.extend(prior.to_le_bytes());
        }
        bytes
    }

    fn reason(bytes: Vec<u8>) -> String {
        KnowledgeBase::read(bytes.into()).err().unwrap().reason
    }

    #[test]
    fn names_have_their_candidates_with_vectors() {
        let kb = KnowledgeBase::read(small().into()).unwrap();
        assert_eq!((kb.len(), kb.width(), kb.is_empty()), (2, 2, false));
        assert_eq!(kb.entities().collect::<Vec<_>>(), [77, 88]);
        let candidates: Vec<_> = kb.candidates(555).collect();
        assert_eq!((candidates[0].entity, candidates[0].prior), (88, 0.25));
        assert_eq!((candidates[1].entity, candidates[1].prior), (77, 0.5));
        let vector = kb.vector(candidates[1].vector);
        assert_eq!(vector.collect::<Vec<_>>(), [3.0, 4.0]);
        assert_eq!(kb.candidates(556).len(), 0);
    }

    #[test]
    fn a_truncated_file_is_refused_wherever_it_ends() {
        let bytes = small();
        for end in 0..bytes.len() {
            assert!(
                KnowledgeBase::read(bytes[..end].to_vec().into()).is_err(),
                "{end}"
            );
        }
        let mut longer = bytes;
        longer.push(0);
        assert!(reason(longer).contains("1 bytes follow"));
    }

    #[test]
    fn claims_beyond_the_file_are_refused_before_anything_is_set_aside() {
        for at in [0, 8, 16 + 16 + 32, 16 + 16 + 32 + 16] {
            for claim in [u64::MAX, 1 << 62, 1 << 40] {
                let mut bytes = small();
                bytes[at..at + 8].copy_from_slice(&claim.to_le_bytes());
                assert!(
                    KnowledgeBase::read(bytes.into()).is_err(),
                    "{claim} at {at}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_there_cannot_be_referred_to() {
        let mut bytes = small();
        bytes[16 + 16 + 12] = 2;
        assert!(reason(bytes).contains("has vector 2, and there are 2"));
        let mut bytes = small();
        let last = bytes.len() - CANDIDATE;
        bytes[last] = 3;
        assert!(reason(bytes).contains("is entity 3, and there are 2"));
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_read_or_refused(at in 0..128_usize, byte: u8) {
            let mut bytes = small();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(kb) = KnowledgeBase::read(bytes.into()) {
                for candidate in kb.candidates(555) {
                    prop_assert_eq!(kb.vector(candidate.vector).len(), kb.width());
                }
            }
        }
    }
}
