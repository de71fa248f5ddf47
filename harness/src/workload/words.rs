//! A workload as small as can be: it counts words in a hash map. Without a zone the map is kept, and grows as a
//! vocabulary does; in a zone it is dropped.

use super::texts::Texts;
use super::{Description, Fault, Spec, Work, Workload, control};
use crate::workload::Zones;
use harness_model::StoreSample;
use harness_model::units::several;
use hashbrown::HashMap;
use std::hash::RandomState;

/// Counts words.
pub struct Words {
    texts: Texts,
    counts: Counts,
    /// Whether the block that each iteration takes is given back; None for no such block.
    give_back: Option<bool>,
}

/// Words and how often they came; `bytes` are those of the words' own blocks.
#[derive(Default)]
struct Counts {
    counts: HashMap<Box<str>, u64, RandomState>,
    bytes: u64,
}

impl Counts {
    fn count(&mut self, texts: &[String]) -> Work {
        let mut words = 0;
        for word in texts.iter().flat_map(|text| text.split_whitespace()) {
            words += 1;
            if let Some(count) = self.counts.get_mut(word) {
                *count += 1;
            } else {
                self.bytes += word.len() as u64;
                self.counts.insert(word.into(), 1);
            }
        }
        Work { words }
    }
}

impl Words {
    /// Sets the counting up.
    ///
    /// # Errors
    ///
    /// A sentence for the user: the corpus cannot be read, or a model was asked for, which it has not.
    pub fn new(spec: &Spec) -> Result<Words, String> {
        let give_back = match spec.inject {
            Some(Fault::LostBlock) => Some(spec.twin),
            Some(Fault::FreedBlock) => Some(true),
            _ => None,
        };
        if spec.model.is_some() {
            return Err("the workload \"words\" has no model: leave --model out".to_owned());
        }
        Ok(Words {
            texts: Texts::new(spec)?,
            counts: Counts::default(),
            give_back,
        })
    }
}

impl Workload for Words {
    fn description(&self) -> Description {
        Description {
            subject: "a hash map that counts words".to_owned(),
            iteration: format!(
                "the words of {}",
                several(self.texts.per_iteration(), "text")
            ),
        }
    }

    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String> {
        if let Some(give_back) = self.give_back {
            control::take_a_block(give_back);
        }
        let texts = self.texts.of(iteration);
        Ok(match zones {
            Zones::Off => self.counts.count(&texts),
            Zones::On => Counts::default().count(&texts),
        })
    }

    fn stores(&self) -> Vec<StoreSample> {
        vec![StoreSample {
            name: "words".to_owned(),
            entries: self.counts.counts.len() as u64,
            bytes: self.counts.bytes + self.counts.counts.allocation_size() as u64,
        }]
    }
}
