//! Stacks as numbers: each distinct one, for each kind of thing that it took, is a site of the record.

mod path;

use crate::children::Children;
pub use crate::mapped::{BASE, header};
use crate::mapped::{FIRST_STEP, Part, entry};
use crate::python::frames::Memory;
use crate::record::{Kind, MODULES, NODE_LIMIT, NODES, Node, PYTHON, SITE_LIMIT, SITES, Site};
use crate::tally::THREADED;
use crate::walk::Stack;
use crate::{modules, python, sys, thread};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// Raised when a module is unloaded: the same address may then mean something else.
static EPOCH: AtomicU32 = AtomicU32::new(0);

/// See [`forget`].
#[inline]
pub fn epoch() -> u32 {
    EPOCH.load(Ordering::Relaxed)
}

/// A site of the record. Only once there is a record.
#[inline]
pub fn site(number: u32) -> &'static Site {
    debug_assert!((number as usize) < SITE_LIMIT);
    // SAFETY: numbers come from `number_of`, and all sites are mapped.
    unsafe { &*entry::<Site>(SITES, number) }
}

/// A node of the tree. Only once there is a record.
pub fn node(number: u32) -> *mut Node {
    entry(NODES, number)
}

/// From the hash of a stack and its kind to the site.
#[repr(C)]
struct Entry {
    hash: AtomicU64,
    /// The site, and above it the low half of the innermost frame's address: two stacks of one hash are told apart by it
    /// nearly always, and there is one such pair in some ten million runs with a million stacks each.
    value: AtomicU64,
}

#[repr(C)]
struct Table {
    shift: u32,
    used: u32,
    entries: [Entry; 0],
}

impl Table {
    fn entries(&self) -> &[Entry] {
        // SAFETY: a table is made with room for so many entries behind it.
        unsafe { core::slice::from_raw_parts(self.entries.as_ptr(), 1 << (64 - self.shift)) }
    }

    fn size(&self) -> usize {
        size_of::<Table>() + size_of_val(self.entries())
    }
}

const FIRST_BITS: u32 = 10;

static TABLE: AtomicPtr<Table> = AtomicPtr::new(null_mut());

#[inline]
fn index(hash: u64, shift: u32) -> usize {
    (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
}

/// What stands for a stack of one kind, one part of its site, and of its innermost frame.
#[inline]
fn key(hash: u64, pc: u64, python: u64, what: What) -> (u64, u32) {
    let what = u64::from(what.kind) | u64::from(what.part) << 8;
    // Not 0, which stands for an empty entry.
    let hash = (hash ^ python ^ what.wrapping_mul(0xD6E8_FEB8_6659_FD93)) | 1;
    (hash, pc as u32)
}

/// What a site counts: a kind, and which part of the threads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct What {
    kind: u32,
    part: u16,
}

impl What {
    /// The first part of a kind, which every site has.
    #[inline]
    fn of(kind: u32) -> What {
        What { kind, part: 0 }
    }

    /// What a part of the threads counts of the heap.
    #[inline]
    fn of_heap(part: u16) -> What {
        What {
            kind: Kind::HEAP,
            part,
        }
    }
}

/// After so many allocations by one stack each part of the threads counts its own: what all of them write is a line of
/// the cache that goes from processor to processor, at five times the price of everything else, and wants locked
/// instructions, which double it.
const MANY: u64 = 4096;

/// Whether a thread's part of a site should be asked for, now that it was used so many times: see [`part_of`].
#[inline]
pub fn is_time_to_part(taken: u64) -> bool {
    taken.is_multiple_of(MANY)
}

/// The number of the site of a stack that was met before: its hash, its innermost return address, what stands for its
/// frames of Python, and what it counts.
#[inline]
pub fn find(hash: u64, pc: u64, python: u64, what: What) -> Option<u32> {
    let (hash, leaf) = key(hash, pc, python, what);
    // SAFETY: a published table is never given back.
    let table = unsafe { TABLE.load(Ordering::Acquire).as_ref() }?;
    let entries = table.entries();
    let mut at = index(hash, table.shift);
    loop {
        // SAFETY: kept below the length, a power of two.
        let entry = unsafe { entries.get_unchecked(at) };
        let found = entry.hash.load(Ordering::Acquire);
        if found == hash {
            let value = entry.value.load(Ordering::Relaxed);
            if (value >> 32) as u32 == leaf {
                return Some(value as u32);
            }
        }
        if found == 0 {
            return None;
        }
        at = (at + 1) & (entries.len() - 1);
    }
}

/// The number of a stack's site; `python` is what stands for its frames of Python, and where they are remembered.
#[inline]
pub fn number_of(stack: &Stack<'_>, python: (u64, &mut Memory), kind: u32) -> u32 {
    let pc = stack.frames.last().map_or(0, |frame| frame.pc);
    let what = What::of(kind);
    if let Some(number) = find(stack.hash, pc, python.0, what) {
        return number;
    }
    let (hash, leaf) = key(stack.hash, pc, python.0, what);
    let number = learn(stack, python, what, hash, leaf).unwrap_or(kind);
    crate::python::new_stack();
    number
}

/// The number of the site in which this part of the threads counts a stack of the heap that was met before; see [`find`].
#[inline]
pub fn find_part(hash: u64, pc: u64, python: u64, part: u16) -> Option<u32> {
    if part == 0 || !THREADED.load(Ordering::Relaxed) {
        return find(hash, pc, python, What::of(Kind::HEAP));
    }
    // First, since to look at the whole is to wait for those who count there.
    find(hash, pc, python, What::of_heap(part)).or_else(|| {
        let whole = find(hash, pc, python, What::of(Kind::HEAP))?;
        (!is_to_be_parted(whole)).then_some(whole)
    })
}

/// Whether the threads should count by themselves what one site counts. Those of an interpreter with a global lock do not
/// get into each other's way.
#[inline]
pub fn is_to_be_parted(site_number: u32) -> bool {
    site_number >= Kind::COUNT
        && site(site_number).taken.load(Ordering::Relaxed) >= MANY
        && header().python.load(Ordering::Relaxed) == 0
}

/// The number of the site in which this part of the threads counts a stack of the heap: that of [`number_of`], or a part of
/// it.
#[inline]
pub fn number_of_part(stack: &Stack<'_>, python: (u64, &mut Memory), part: u16) -> u32 {
    let pc = stack.frames.last().map_or(0, |frame| frame.pc);
    if let Some(number) = find_part(stack.hash, pc, python.0, part) {
        return number;
    }
    let whole = number_of(stack, (python.0, &mut *python.1), Kind::HEAP);
    if part == 0 || !THREADED.load(Ordering::Relaxed) || !is_to_be_parted(whole) {
        return whole;
    }
    let what = What::of_heap(part);
    let (hash, leaf) = key(stack.hash, pc, python.0, what);
    learn(stack, python, what, hash, leaf).unwrap_or(whole)
}

/// Makes the site of a stack that was not met before; none without room.
#[cold]
#[inline(never)]
fn learn(
    stack: &Stack<'_>,
    python: (u64, &mut Memory),
    what: What,
    hash: u64,
    leaf: u32,
) -> Option<u32> {
    let _held = crate::COLD.hold();
    // It may have been met by another thread meanwhile, or before a module was unloaded: the tree knows.
    let python = match python {
        (0, _) => None,
        (_, memory) => Some(memory.frames()),
    };
    let innermost = path::node_of(stack.frames, python)?;
    let site = site_of(innermost, what)?;
    let mut table = TABLE.load(Ordering::Acquire);
    // SAFETY: null or a table; `used` is only touched under the lock.
    if unsafe { table.as_ref() }
        .is_none_or(|table| table.used as usize * 2 >= table.entries().len())
    {
        match grown(table) {
            Some(larger) => {
                TABLE.store(larger, Ordering::Release);
                if !table.is_null() {
                    // SAFETY: a late reader finds nothing in it, and comes here.
                    unsafe { sys::empty(table.cast(), (*table).size()) };
                }
                table = larger;
            }
            None => return Some(site),
        }
    }
    // SAFETY: not null now, and written under the lock alone.
    unsafe { insert(&mut *table, hash, u64::from(leaf) << 32 | u64::from(site)) };
    Some(site)
}

/// In the place of a stack that holds no more. Hashes are odd.
const GONE: u64 = 2;

fn insert(table: &mut Table, hash: u64, value: u64) {
    let shift = table.shift;
    let entries = table.entries();
    let mut at = index(hash, shift);
    let mut place = None;
    loop {
        let found = entries[at].hash.load(Ordering::Relaxed);
        if found == hash && entries[at].value.load(Ordering::Relaxed) == value {
            return;
        }
        match found {
            0 => break,
            GONE => place = place.or(Some(at)),
            _ => {}
        }
        at = (at + 1) & (entries.len() - 1);
    }
    // A place that was used before counts already.
    let fresh = place.is_none();
    let entry = &entries[place.unwrap_or(at)];
    entry.value.store(value, Ordering::Relaxed);
    entry.hash.store(hash, Ordering::Release);
    table.used += u32::from(fresh);
}

fn grown(old: *mut Table) -> Option<*mut Table> {
    // SAFETY: null or a table.
    let old = unsafe { old.as_ref() };
    let bits = old.map_or(FIRST_BITS, |old| 64 - old.shift + 1);
    let new = sys::reserve(size_of::<Table>() + (size_of::<Entry>() << bits))?.cast::<Table>();
    // SAFETY: the memory is new, zeroed and large enough; zero is an empty entry.
    unsafe {
        (*new).shift = 64 - bits;
        for entry in old.map_or(&[][..], Table::entries) {
            let hash = entry.hash.load(Ordering::Relaxed);
            if hash & 1 != 0 {
                insert(&mut *new, hash, entry.value.load(Ordering::Relaxed));
            }
        }
    }
    Some(new)
}

/// From a parent and a frame to the node, and from a node and a kind to the site: the tables of the tree. Under the lock.
static NODES_BY_FRAME: Children = Children::new();
static SITES_BY_NODE: Children = Children::new();

fn node_key(parent: u32, module: u32, pc: u64) -> u64 {
    (pc ^ u64::from(parent) << 32 ^ u64::from(module)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

fn site_key(node: u32, what: What) -> u64 {
    u64::from(node) << 16 | u64::from(what.part) << 8 | u64::from(what.kind)
}

fn what_of(site: &Site) -> What {
    What {
        kind: u32::from(site.kind),
        part: site.part,
    }
}

fn child(parent: u32, module: u32, pc: u64) -> Option<u32> {
    // SAFETY: nodes that are in the table were written before.
    let read = |number: u32| unsafe { node(number).read() };
    let key_of = |number| {
        let node = read(number);
        node_key(node.parent, node.module, node.pc)
    };
    if !NODES_BY_FRAME.prepare(key_of) {
        return None;
    }
    let is_it = |number| {
        let node = read(number);
        (node.parent, node.module, node.pc) == (parent, module, pc)
    };
    match NODES_BY_FRAME.find(node_key(parent, module, pc), is_it) {
        Ok(number) => Some(number),
        Err(place) => {
            let number = NODE_PART.next(&header().nodes, 1)?;
            // SAFETY: the node is new, and its page is there.
            unsafe { node(number).write(Node { parent, module, pc }) };
            header().nodes.store(number + 1, Ordering::Release);
            NODES_BY_FRAME.put(place, number);
            Some(number)
        }
    }
}

fn site_of(node: u32, what: What) -> Option<u32> {
    let key_of = |number| {
        let site = site(number);
        site_key(site.node, what_of(site))
    };
    if !SITES_BY_NODE.prepare(key_of) {
        return None;
    }
    let is_it = |number| {
        let site = site(number);
        (site.node, what_of(site)) == (node, what)
    };
    match SITES_BY_NODE.find(site_key(node, what), is_it) {
        Ok(number) => Some(number),
        Err(place) => {
            // A thread's own part, and what others give back of it.
            let count = if thread::is_own(what.part) { 2 } else { 1 };
            let number = SITE_PART.next(&header().sites, count as usize)?;
            for (number, bit) in (number..).zip([0, Site::GIVEN_BACK]).take(count as usize) {
                let new: *const Site = site(number);
                // SAFETY: the site is new: nobody else knows its number yet.
                unsafe {
                    (&raw const (*new).node).cast_mut().write(node);
                    (&raw const (*new).kind).cast_mut().write(what.kind as u16);
                    (&raw const (*new).part).cast_mut().write(what.part | bit);
                }
            }
            if what.part != 0 {
                header().parts.fetch_add(count, Ordering::Relaxed);
            }
            header().sites.store(number + count, Ordering::Release);
            SITES_BY_NODE.put(place, number);
            Some(number)
        }
    }
}

static NODE_PART: Part = Part::new(NODES, NODE_LIMIT, size_of::<Node>());
static SITE_PART: Part = Part::new(SITES, SITE_LIMIT, size_of::<Site>());

/// Makes the first node and the sites of unknown stacks; `false` where the disk has no room for them.
pub fn begin() -> bool {
    let _held = crate::COLD.hold();
    // SAFETY: within the record.
    let modules = unsafe { BASE.load(Ordering::Relaxed).add(MODULES) };
    let room = sys::populate(modules, FIRST_STEP).is_ok();
    if !(room && NODE_PART.begin() && SITE_PART.begin()) {
        return false;
    }
    for kind in 0..Kind::COUNT {
        let new: *const Site = site(kind);
        // SAFETY: nobody else is there yet.
        unsafe { (&raw const (*new).kind).cast_mut().write(kind as u16) };
    }
    header().nodes.store(1, Ordering::Release);
    header().sites.store(Kind::COUNT, Ordering::Release);
    true
}

/// Modules may have been unloaded: what was learnt of their addresses holds no more. Their sites stay, and a module that
/// is loaded again at its old place finds them again.
pub fn forget() {
    {
        let _held = crate::COLD.hold();
        if !modules::note_unloaded() {
            return;
        }
        forget_stacks();
        path::forget();
    }
    crate::rules::forget(modules::is_gone);
    python::forget(modules::is_gone);
    EPOCH.fetch_add(1, Ordering::Relaxed);
}

/// Forgets the hashes of stacks with a frame in a module that was unloaded. Under the lock.
fn forget_stacks() {
    // SAFETY: null or a table.
    let Some(table) = (unsafe { TABLE.load(Ordering::Acquire).as_ref() }) else {
        return;
    };
    for entry in table
        .entries()
        .iter()
        .filter(|entry| entry.hash.load(Ordering::Relaxed) & 1 != 0)
    {
        let mut at = site(entry.value.load(Ordering::Relaxed) as u32).node;
        while at != 0 {
            // SAFETY: nodes that are referred to were written.
            let frame = unsafe { node(at).read() };
            if frame.module != PYTHON && modules::is_unloaded(frame.module) {
                entry.hash.store(GONE, Ordering::Relaxed);
                break;
            }
            at = frame.parent;
        }
    }
}

/// In a child made by `fork`: its record was copied from the parent's, and the pages asked for anew.
pub fn after_fork() {
    NODE_PART.after_fork(&header().nodes);
    SITE_PART.after_fork(&header().sites);
    python::after_fork();
}
