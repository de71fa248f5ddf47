//! Which part of the pipeline allocated, freed and holds how much, by the groups of `tracking-allocator`.

use harness_model::Account;
use nlp_core::{Observer, Part};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tracking_allocator::{
    AllocationGroupId, AllocationGroupToken, AllocationRegistry, AllocationTracker, Allocator,
};

/// The allocator of this mode. It keeps the number of a block's group before the block.
pub(super) static ALLOCATOR: Allocator<jemallocator::Jemalloc> =
    Allocator::from_allocator(jemallocator::Jemalloc);

/// The name of all work that is in no part.
pub const REST: &str = "rest";

/// Groups that are told apart; those beyond are counted with the rest.
const GROUPS: usize = 64;

struct Book {
    allocated_bytes: AtomicU64,
    allocated_blocks: AtomicU64,
    freed_bytes: AtomicU64,
    freed_blocks: AtomicU64,
}

/// By the number of the group.
static BOOKS: [Book; GROUPS] = [const {
    Book {
        allocated_bytes: AtomicU64::new(0),
        allocated_blocks: AtomicU64::new(0),
        freed_bytes: AtomicU64::new(0),
        freed_blocks: AtomicU64::new(0),
    }
}; GROUPS];

fn book(group: &AllocationGroupId) -> &'static Book {
    let number = group.as_usize().get();
    let rest = AllocationGroupId::ROOT.as_usize().get();
    BOOKS.get(number).unwrap_or(&BOOKS[rest])
}

struct Keeper;

impl AllocationTracker for Keeper {
    fn allocated(&self, _: usize, bytes: usize, _: usize, group: AllocationGroupId) {
        let book = book(&group);
        book.allocated_bytes.fetch_add(bytes as u64, Relaxed);
        book.allocated_blocks.fetch_add(1, Relaxed);
    }

    fn deallocated(
        &self,
        _: usize,
        bytes: usize,
        _: usize,
        source: AllocationGroupId,
        _: AllocationGroupId,
    ) {
        // A block is freed from the account of the part that allocated it, whoever frees it.
        let book = book(&source);
        book.freed_bytes.fetch_add(bytes as u64, Relaxed);
        book.freed_blocks.fetch_add(1, Relaxed);
    }
}

/// The group of each part.
static TOKENS: Mutex<Vec<(String, usize)>> = Mutex::new(Vec::new());

/// Begins to keep accounts. Does nothing the second time.
pub fn begin() {
    if AllocationRegistry::set_global_tracker(Keeper).is_ok() {
        AllocationRegistry::enable_tracking();
    }
}

/// The accounts of all parts, and of the rest.
pub fn accounts() -> Vec<Account> {
    let tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    let rest = AllocationGroupId::ROOT.as_usize().get();
    let mut groups = vec![(REST.to_owned(), rest)];
    groups.extend(tokens.iter().filter(|(_, group)| *group < GROUPS).cloned());
    let account = |(part, group): (String, usize)| Account {
        part,
        allocated_bytes: BOOKS[group].allocated_bytes.load(Relaxed),
        allocated_blocks: BOOKS[group].allocated_blocks.load(Relaxed),
        freed_bytes: BOOKS[group].freed_bytes.load(Relaxed),
        freed_blocks: BOOKS[group].freed_blocks.load(Relaxed),
    };
    // These are the instrument's own: on nobody's account.
    AllocationRegistry::untracked(|| groups.iter().cloned().map(account).collect())
}

/// Enters the group of each part while the part is at work. A part is at work in one thread at a time: others wait.
#[derive(Default)]
pub(super) struct ForGroups {
    tokens: Mutex<HashMap<String, Arc<Mutex<Option<AllocationGroupToken>>>>>,
}

impl Observer for ForGroups {
    fn around(&self, part: Part<'_>, work: &mut dyn FnMut()) {
        let token = {
            let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            match tokens.get(part.name()) {
                Some(token) => Arc::clone(token),
                None => {
                    let token = AllocationGroupToken::register();
                    if let Some(token) = &token {
                        let entry = (part.name().to_owned(), token.id().as_usize().get());
                        TOKENS
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(entry);
                    }
                    let token = Arc::new(Mutex::new(token));
                    tokens.insert(part.name().to_owned(), Arc::clone(&token));
                    token
                }
            }
        };
        let mut token = token.lock().unwrap_or_else(PoisonError::into_inner);
        let _inside = token.as_mut().map(AllocationGroupToken::enter);
        work();
    }
}
