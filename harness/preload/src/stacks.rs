//! Stacks as numbers: each distinct one, for each kind of thing that it took, is a site of the record.

use crate::children::Children;
use crate::record::{
    Header, Kind, MODULE_LIMIT, MODULE_PATH, MODULES, Module, NODE_LIMIT, NODES, Node, SITE_LIMIT,
    SITES, Site, Trouble,
};
use crate::walk::{Frame, Stack};
use crate::{module, python, sys};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Raised when a module is unloaded: the same address may then mean something else.
static EPOCH: AtomicU32 = AtomicU32::new(0);

/// See [`forget`].
#[inline]
pub fn epoch() -> u32 {
    EPOCH.load(Ordering::Relaxed)
}

/// The first address of the sites in memory; null before the record is there.
pub static BASE: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// The record's head. Only once there is a record.
#[inline]
pub fn header() -> &'static Header {
    // SAFETY: mapped before anything is recorded, and never unmapped.
    unsafe { &*BASE.load(Ordering::Relaxed).cast() }
}

/// A site of the record. Only once there is a record.
#[inline]
pub fn site(number: u32) -> &'static Site {
    debug_assert!((number as usize) < SITE_LIMIT);
    // SAFETY: numbers come from `number_of`, and all sites are mapped.
    unsafe {
        &*BASE
            .load(Ordering::Relaxed)
            .add(SITES)
            .cast::<Site>()
            .add(number as usize)
    }
}

fn node(number: u32) -> *mut Node {
    // SAFETY: numbers are below the limit, and all nodes are mapped.
    unsafe {
        BASE.load(Ordering::Relaxed)
            .add(NODES)
            .cast::<Node>()
            .add(number as usize)
    }
}

fn module_entry(number: u32) -> *mut Module {
    // SAFETY: numbers are below the limit, and all modules are mapped.
    unsafe {
        BASE.load(Ordering::Relaxed)
            .add(MODULES)
            .cast::<Module>()
            .add(number as usize)
    }
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
}

const FIRST_BITS: u32 = 10;

static TABLE: AtomicPtr<Table> = AtomicPtr::new(null_mut());

#[inline]
fn index(hash: u64, shift: u32) -> usize {
    (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
}

/// The number of a stack's site.
#[inline]
pub fn number_of(stack: &Stack<'_>, kind: u32) -> u32 {
    // Not 0, which stands for an empty entry.
    let hash = (stack.hash ^ u64::from(kind).wrapping_mul(0xD6E8_FEB8_6659_FD93)) | 1;
    let leaf = stack.frames.last().map_or(0, |frame| frame.pc as u32);
    // SAFETY: a published table is never given back.
    if let Some(table) = unsafe { TABLE.load(Ordering::Acquire).as_ref() } {
        let entries = table.entries();
        let mut at = index(hash, table.shift);
        loop {
            // SAFETY: kept below the length, a power of two.
            let entry = unsafe { entries.get_unchecked(at) };
            let found = entry.hash.load(Ordering::Acquire);
            if found == hash {
                let value = entry.value.load(Ordering::Relaxed);
                if (value >> 32) as u32 == leaf {
                    return value as u32;
                }
            }
            if found == 0 {
                break;
            }
            at = (at + 1) & (entries.len() - 1);
        }
    }
    let number = learn(stack, kind, hash, leaf);
    crate::python::new_stack();
    number
}

/// Makes the site of a stack that was not met before.
#[cold]
#[inline(never)]
fn learn(stack: &Stack<'_>, kind: u32, hash: u64, leaf: u32) -> u32 {
    let _held = crate::COLD.hold();
    // It may have been met by another thread meanwhile, or before a module was unloaded: the tree knows.
    let Some(innermost) = path(stack.frames) else {
        return kind;
    };
    let site = match site_of(innermost, kind) {
        Some(site) => site,
        None => return kind,
    };
    let mut table = TABLE.load(Ordering::Acquire);
    // SAFETY: null or a table; `used` is only touched under the lock.
    if unsafe { table.as_ref() }
        .is_none_or(|table| table.used as usize * 2 >= table.entries().len())
    {
        match grown(table) {
            Some(larger) => {
                table = larger;
                TABLE.store(table, Ordering::Release);
            }
            None => return site,
        }
    }
    // SAFETY: not null now, and written under the lock alone.
    unsafe { insert(&mut *table, hash, u64::from(leaf) << 32 | u64::from(site)) };
    site
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

fn site_key(node: u32, kind: u32) -> u64 {
    u64::from(node) << 8 | u64::from(kind)
}

/// The node of a path of frames, outermost first; `None` without room.
fn path(frames: &[Frame]) -> Option<u32> {
    let mut parent = 0;
    for frame in frames {
        let module = module_of(frame.pc.wrapping_sub(1) as usize);
        parent = child(parent, module, frame.pc)?;
    }
    Some(parent)
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
            let number = next(
                &header().nodes,
                NODE_LIMIT,
                &POPULATED_NODES,
                NODES,
                size_of::<Node>(),
            )?;
            // SAFETY: the node is new, and its page is there.
            unsafe { node(number).write(Node { parent, module, pc }) };
            header().nodes.store(number + 1, Ordering::Release);
            NODES_BY_FRAME.put(place, number);
            Some(number)
        }
    }
}

fn site_of(node: u32, kind: u32) -> Option<u32> {
    let key_of = |number| {
        let site = site(number);
        site_key(site.node, site.kind)
    };
    if !SITES_BY_NODE.prepare(key_of) {
        return None;
    }
    let is_it = |number| {
        let site = site(number);
        (site.node, site.kind) == (node, kind)
    };
    match SITES_BY_NODE.find(site_key(node, kind), is_it) {
        Ok(number) => Some(number),
        Err(place) => {
            let number = next(
                &header().sites,
                SITE_LIMIT,
                &POPULATED_SITES,
                SITES,
                size_of::<Site>(),
            )?;
            let new: *const Site = site(number);
            // SAFETY: the site is new: nobody else knows its number yet.
            unsafe {
                (&raw const (*new).node).cast_mut().write(node);
                (&raw const (*new).kind).cast_mut().write(kind);
            }
            header().sites.store(number + 1, Ordering::Release);
            SITES_BY_NODE.put(place, number);
            Some(number)
        }
    }
}

static POPULATED_NODES: AtomicUsize = AtomicUsize::new(0);
static POPULATED_SITES: AtomicUsize = AtomicUsize::new(0);

/// Bytes that are asked for at first, and the most that are asked for at a time: as much again as there is already,
/// between these two.
const FIRST_STEP: usize = 16 << 10;
const LAST_STEP: usize = 1 << 20;

/// The next number of a part of the record, whose page is sure to be there; `None` without room, which is noted.
fn next(
    count: &AtomicU32,
    limit: usize,
    populated: &AtomicUsize,
    part: usize,
    size: usize,
) -> Option<u32> {
    let number = count.load(Ordering::Relaxed);
    if number as usize >= limit {
        header()
            .trouble
            .fetch_or(Trouble::TABLE_FULL, Ordering::Relaxed);
        return None;
    }
    let end = (number as usize + 1) * size;
    let have = populated.load(Ordering::Relaxed);
    if end > have {
        // SAFETY: within the record.
        let at = unsafe { BASE.load(Ordering::Relaxed).add(part + have) };
        let step = have.clamp(FIRST_STEP, LAST_STEP);
        if sys::populate(at, step).is_err() {
            header()
                .trouble
                .fetch_or(Trouble::DISK_FULL, Ordering::Relaxed);
            return None;
        }
        populated.store(have + step, Ordering::Relaxed);
    }
    Some(number)
}

/// Makes the first node and the sites of unknown stacks; `false` where the disk has no room for them.
pub fn begin() -> bool {
    let _held = crate::COLD.hold();
    for part in [MODULES, NODES, SITES] {
        // SAFETY: within the record.
        let at = unsafe { BASE.load(Ordering::Relaxed).add(part) };
        if sys::populate(at, FIRST_STEP).is_err() {
            return false;
        }
    }
    POPULATED_NODES.store(FIRST_STEP, Ordering::Relaxed);
    POPULATED_SITES.store(FIRST_STEP, Ordering::Relaxed);
    for kind in 0..Kind::COUNT {
        let new: *const Site = site(kind);
        // SAFETY: nobody else is there yet.
        unsafe { (&raw const (*new).kind).cast_mut().write(kind) };
    }
    header().nodes.store(1, Ordering::Release);
    header().sites.store(Kind::COUNT, Ordering::Release);
    true
}

/// Modules that were asked for last: where they begin and end, and their number. Under the lock.
static LAST_MODULES: [[AtomicUsize; 3]; 4] = [const { [const { AtomicUsize::new(0) }; 3] }; 4];
static NEXT_PLACE: AtomicUsize = AtomicUsize::new(0);

/// The number of the module that has an address, from 1, in the record; 0 where there is none.
fn module_of(address: usize) -> u32 {
    for [start, end, number] in &LAST_MODULES {
        if start.load(Ordering::Relaxed) <= address && address < end.load(Ordering::Relaxed) {
            return number.load(Ordering::Relaxed) as u32;
        }
    }
    let Some(found) = module::at(address) else {
        return 0;
    };
    let number = number_of_module(&found);
    python::met(&found);
    let place = NEXT_PLACE.fetch_add(1, Ordering::Relaxed) % LAST_MODULES.len();
    for (word, value) in LAST_MODULES[place]
        .iter()
        .zip([found.start, found.end, number as usize])
    {
        word.store(value, Ordering::Relaxed);
    }
    number
}

fn number_of_module(found: &module::Module) -> u32 {
    let count = header().modules.load(Ordering::Relaxed);
    // One that was unloaded and is back at its old place is the same again.
    for wanted in [0, 1] {
        for number in 0..count {
            // SAFETY: written before it was counted.
            let known = unsafe { &*module_entry(number) };
            if known.bias == found.bias as u64
                && known.unloaded.load(Ordering::Relaxed) == wanted
                && (wanted == 0
                    || known.start == found.start as u64 && known.end == found.end as u64)
                && same_name(known, found)
            {
                known.unloaded.store(0, Ordering::Relaxed);
                return number + 1;
            }
        }
    }
    if count as usize >= MODULE_LIMIT {
        return 0;
    }
    // The first populated step has the first modules; later ones are asked for one by one.
    let entry = module_entry(count);
    let page = (entry as usize & !4095) as *mut u8;
    if sys::populate(page, 4096).is_err() {
        header()
            .trouble
            .fetch_or(Trouble::DISK_FULL, Ordering::Relaxed);
        return 0;
    }
    // SAFETY: nobody knows of the entry yet; the name is the loader's, ended by a zero byte.
    unsafe {
        (&raw mut (*entry).bias).write(found.bias as u64);
        (&raw mut (*entry).start).write(found.start as u64);
        (&raw mut (*entry).end).write(found.end as u64);
        let mut length = 0;
        while length < MODULE_PATH && *found.name.add(length) != 0 {
            (&raw mut (*entry).path)
                .cast::<u8>()
                .add(length)
                .write(*found.name.add(length) as u8);
            length += 1;
        }
        (&raw mut (*entry).path_bytes).write(length as u32);
    }
    header().modules.store(count + 1, Ordering::Release);
    count + 1
}

/// Modules may have been unloaded: what was learnt of their addresses holds no more. Their sites stay, and a module that
/// is loaded again at its old place finds them again.
pub fn forget() {
    let entries = || {
        // SAFETY: entries that are counted were written.
        (0..header().modules.load(Ordering::Relaxed))
            .map(|number| unsafe { &*module_entry(number) })
    };
    {
        let _held = crate::COLD.hold();
        let mut any = false;
        for known in entries().filter(|known| known.unloaded.load(Ordering::Relaxed) == 0) {
            let still = module::at(known.start as usize)
                .is_some_and(|found| found.bias as u64 == known.bias && same_name(known, &found));
            if !still {
                known.unloaded.store(1, Ordering::Relaxed);
                any = true;
            }
        }
        if !any {
            return;
        }
        forget_stacks();
        for [start, end, _] in &LAST_MODULES {
            start.store(0, Ordering::Relaxed);
            end.store(0, Ordering::Relaxed);
        }
    }
    // An address that is in no module that is still there.
    let gone = |pc: u64| {
        let within = |known: &&Module| (known.start..known.end).contains(&pc);
        let mut those = entries()
            .filter(within)
            .map(|known| known.unloaded.load(Ordering::Relaxed) == 0);
        !those.any(|loaded| loaded)
    };
    crate::rules::forget(gone);
    python::forget(gone);
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
            // SAFETY: nodes that are referred to were written, and entries of modules too.
            let (frame, gone) = unsafe {
                let frame = node(at).read();
                let gone = frame.module != 0
                    && (*module_entry(frame.module - 1))
                        .unloaded
                        .load(Ordering::Relaxed)
                        != 0;
                (frame, gone)
            };
            if gone {
                entry.hash.store(GONE, Ordering::Relaxed);
                break;
            }
            at = frame.parent;
        }
    }
}

fn same_name(known: &Module, found: &module::Module) -> bool {
    let known = &known.path[..(known.path_bytes as usize).min(MODULE_PATH)];
    // SAFETY: the loader's name ends with a zero byte, where the comparison ends at the latest.
    known
        .iter()
        .enumerate()
        .all(|(at, byte)| unsafe { *found.name.add(at) } as u8 == *byte)
}

/// In a child made by `fork`: its record was copied from the parent's, and the pages asked for anew.
pub fn after_fork() {
    let used = |count: &AtomicU32, size: usize| {
        (count.load(Ordering::Relaxed) as usize * size).next_multiple_of(4096)
    };
    POPULATED_NODES.store(used(&header().nodes, size_of::<Node>()), Ordering::Relaxed);
    POPULATED_SITES.store(used(&header().sites, size_of::<Site>()), Ordering::Relaxed);
}
