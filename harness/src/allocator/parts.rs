//! The parts of a pipeline, numbered, so that the allocator can note which of them was at work.

use super::groups::{self, REST};
use super::{Mode, mode};
use harness_tally::sites;
use nlp_core::{Observer, Part};
use std::sync::{Mutex, PoisonError};

/// Names by number, from 1 on.
static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn names_mut() -> std::sync::MutexGuard<'static, Vec<String>> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of the part called `name`; a new one if it has none yet.
fn number(name: &str) -> u32 {
    let mut names = names_mut();
    let known = names.iter().position(|known| known == name);
    let index = known.unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    index as u32 + 1
}

/// The names of all parts that have been at work, by number.
pub fn names() -> Vec<String> {
    let mut all = vec![REST.to_owned()];
    all.extend(names_mut().iter().cloned());
    all
}

/// The observer that a pipeline needs so that this process's allocator knows its parts; none where the allocator keeps
/// no such accounts.
pub fn observer() -> Option<Box<dyn Observer>> {
    match mode() {
        Mode::Sites => Some(Box::new(ForSites)),
        Mode::Groups => Some(Box::new(groups::ForGroups::default())),
        Mode::Counting | Mode::Dhat | Mode::System => None,
    }
}

struct ForSites;

impl Observer for ForSites {
    fn around(&self, part: Part<'_>, work: &mut dyn FnMut()) {
        let _inside = sites::enter(number(part.name()));
        work();
    }
}
