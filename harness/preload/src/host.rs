//! The process that the library is a guest of: when recording begins, forks and ends in it.

use crate::record::{FOLDER_VARIABLE, MAGIC, TEXT, WISHES_VARIABLE, Wish};
use crate::{
    COLD, blocks, control_block, next, own_record, python, snapshot, stacks, sys, thread, valgrind,
};
use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

unsafe extern "C" {
    static environ: *const *const c_char;
    /// Where the loader found the arguments: the outermost frame of the first thread lies below.
    static __libc_stack_end: *const c_void;
    fn __register_atfork(
        before: unsafe extern "C" fn(),
        parent: unsafe extern "C" fn(),
        child: unsafe extern "C" fn(),
        library: *const c_void,
    ) -> c_int;
    fn pthread_key_create(key: *mut u32, end: unsafe extern "C" fn(*mut c_void)) -> c_int;
    fn pthread_setspecific(key: u32, value: *const c_void) -> c_int;
}

const NOT_BEGUN: u32 = 0;
const BEGINNING: u32 = 1;
const READY: u32 = 2;
const OFF: u32 = 3;

static STAGE: AtomicU32 = AtomicU32::new(NOT_BEGUN);
static SCAN: AtomicBool = AtomicBool::new(false);
static FIRST_THREAD: AtomicUsize = AtomicUsize::new(0);
static KEY: AtomicU32 = AtomicU32::new(0);

/// Whether things are recorded. The first call begins the recording.
#[inline]
pub fn ready() -> bool {
    match STAGE.load(Ordering::Acquire) {
        READY => true,
        NOT_BEGUN => begin(),
        _ => false,
    }
}

/// Whether recording was asked for and could begin, without beginning it.
pub fn recording() -> bool {
    STAGE.load(Ordering::Acquire) == READY
}

/// Whether lost is to be told from held at the end.
pub fn scan_wanted() -> bool {
    SCAN.load(Ordering::Relaxed)
}

/// Runs when the loader initialises the library, if nothing was allocated before.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    ready();
    // Only now: opening a library allocates, and an allocator of the program's own may have been what began the recording.
    if recording() && wished(Wish::CHECK) {
        let words = thread::words();
        // SAFETY: this thread's own.
        unsafe {
            (*words).busy += 1;
            crate::check::begin();
            (*words).busy -= 1;
        }
        // What that allocated is none of the program's.
        stacks::header().unrecorded.store(0, Ordering::Relaxed);
    }
}

/// Whether something was wished for.
pub fn wished(wish: &str) -> bool {
    wishes()
        .split(|byte| *byte == b',')
        .any(|word| word == wish.as_bytes())
}

#[cold]
#[inline(never)]
fn begin() -> bool {
    if STAGE
        .compare_exchange(NOT_BEGUN, BEGINNING, Ordering::AcqRel, Ordering::Relaxed)
        .is_err()
    {
        return recording();
    }
    let words = thread::words();
    // SAFETY: this thread's own.
    let busy = unsafe { core::mem::replace(&mut (*words).busy, 1) };
    // The loader itself may allocate before the libc knows the environment: then the next call begins.
    // SAFETY: the libc's own variable.
    let early = unsafe { environ }.is_null();
    let begun = !early && try_begin().is_some();
    let stage = match (early, begun) {
        (true, _) => NOT_BEGUN,
        (false, true) => READY,
        (false, false) => OFF,
    };
    STAGE.store(stage, Ordering::Release);
    // SAFETY: as above.
    unsafe { (*words).busy = busy };
    begun
}

fn try_begin() -> Option<()> {
    // What stands before must work without a record too.
    let libc_allocates = next::resolve();
    crate::allocator::resolve();
    let folder = variable(FOLDER_VARIABLE)?;
    if folder.is_empty() || folder.len() >= TEXT {
        return None;
    }
    keep(folder, &raw mut FOLDER, &FOLDER_BYTES);
    let file = own_record::new_file()?;
    let begun = own_record::begin_record(file, libc_allocates);
    sys::close(file);
    if !begun {
        return None;
    }
    own_record::describe(false);
    let wishes = variable(WISHES_VARIABLE).unwrap_or_default();
    keep(wishes, &raw mut WISHES, &WISHES_BYTES);
    for wish in wishes.split(|byte| *byte == b',') {
        if let Some(release) = wish.strip_prefix(Wish::PYTHON.as_bytes()) {
            python::take_for(release);
        }
    }
    if let Some(own) = crate::module::at(at_load as *const () as usize) {
        valgrind::leave_alone(own.start..own.end);
        // SAFETY: the loader's own string.
        keep(
            unsafe { core::ffi::CStr::from_ptr(own.name) }.to_bytes(),
            &raw mut LIBRARY,
            &LIBRARY_BYTES,
        );
    }
    // valgrind runs one thread at a time, and a copy of the process as if it were the program itself.
    let in_valgrind = variable("LD_PRELOAD")
        .is_some_and(|names| names.windows(VALGRIND.len()).any(|part| part == VALGRIND));
    SCAN.store(wished(Wish::SCAN) && !in_valgrind, Ordering::Relaxed);
    crate::caller::begin();
    crate::failing::begin();
    snapshot::note_inherited();
    FIRST_THREAD.store(thread::pointer(), Ordering::Relaxed);
    let mut key = 0;
    // SAFETY: functions of the libc with what they ask for.
    unsafe {
        if pthread_key_create(&mut key, thread_ends) == 0 {
            KEY.store(key + 1, Ordering::Relaxed);
        }
        __register_atfork(
            before_fork,
            after_fork_in_parent,
            after_fork_in_child,
            null_mut(),
        );
    }
    stacks::header()
        .magic
        .store(u64::from_le_bytes(MAGIC), Ordering::Release);
    Some(())
}

static mut FOLDER: [u8; TEXT] = [0; TEXT];
static FOLDER_BYTES: AtomicUsize = AtomicUsize::new(0);

/// What valgrind's own preloaded libraries are called.
const VALGRIND: &[u8] = b"/vgpreload_";

static mut WISHES: [u8; WISHES_ROOM] = [0; WISHES_ROOM];
static WISHES_BYTES: AtomicUsize = AtomicUsize::new(0);
const WISHES_ROOM: usize = 128;
static mut LIBRARY: [u8; TEXT] = [0; TEXT];
static LIBRARY_BYTES: AtomicUsize = AtomicUsize::new(0);

/// What was wished for; empty before it is known, or if it is too long to be right.
pub fn wishes() -> &'static [u8] {
    // SAFETY: written once, before its length was said.
    unsafe { said(&raw const WISHES, &WISHES_BYTES) }
}

/// The path of this library as it was preloaded; empty before it is known.
pub fn library() -> &'static [u8] {
    // SAFETY: written once, before its length was said.
    unsafe { said(&raw const LIBRARY, &LIBRARY_BYTES) }
}

/// Keeps a text that others will ask for.
fn keep<const N: usize>(text: &[u8], place: *mut [u8; N], bytes: &AtomicUsize) {
    if text.len() < N {
        // SAFETY: nobody reads it before its length is said.
        unsafe { (&mut (*place))[..text.len()].copy_from_slice(text) };
        bytes.store(text.len(), Ordering::Release);
    }
}

/// What [`keep`] kept.
///
/// # Safety
///
/// `place` lives on, and is not written to once its length was said.
unsafe fn said<const N: usize>(place: *const [u8; N], bytes: &AtomicUsize) -> &'static [u8] {
    // SAFETY: as the caller promises; the length is at most the place's.
    unsafe { core::slice::from_raw_parts(place.cast(), bytes.load(Ordering::Acquire)) }
}

/// The folder of the records; empty before it is known.
pub fn folder() -> &'static [u8] {
    // SAFETY: written once, before its length was said.
    unsafe { said(&raw const FOLDER, &FOLDER_BYTES) }
}

/// A variable of the environment, as it is now.
pub fn variable(name: &str) -> Option<&'static [u8]> {
    // SAFETY: the libc's list of strings, ended by null.
    unsafe {
        let mut entry = environ;
        while !entry.is_null() && !(*entry).is_null() {
            let text = core::ffi::CStr::from_ptr(*entry).to_bytes();
            if let Some(value) = text
                .strip_prefix(name.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"="))
            {
                return Some(value);
            }
            entry = entry.add(1);
        }
    }
    None
}

/// Has the thread's memory given back at its end.
#[cold]
pub fn note_thread() {
    if let Some(key) = KEY.load(Ordering::Relaxed).checked_sub(1) {
        // SAFETY: a key of the library's own; any value but null has its end called.
        unsafe { pthread_setspecific(key, thread::words().cast()) };
    }
}

unsafe extern "C" fn thread_ends(_: *mut c_void) {
    let words = thread::words();
    // SAFETY: this thread's own; it comes from `acquire`.
    unsafe {
        let busy = core::mem::replace(&mut (*words).busy, 1);
        // A destructor that allocates brings this one back.
        let last = (*words).stage & thread::ENDED == 0 && crate::hooks::threads::ended();
        (*words).stage |= thread::ENDED;
        if last {
            crate::leaving::leaving(0);
        }
        thread::release(words);
        (*words).busy = busy;
    }
}

/// An address on the stack of the first thread.
pub fn first_stack() -> usize {
    // SAFETY: set by the loader before anything ran.
    unsafe { __libc_stack_end as usize }
}

/// Lowest address and end of the stack of this thread, whose thread pointer is given; an empty range where it cannot be
/// known.
pub fn stack_of_this_thread(pointer: usize) -> (usize, usize) {
    if pointer == FIRST_THREAD.load(Ordering::Relaxed) {
        // SAFETY: set by the loader before anything ran.
        let end = unsafe { __libc_stack_end } as usize;
        // It grows downwards to its limit, and nothing else is mapped there. Without a limit, take 1 GB.
        let limit = sys::limit(3).min(1 << 30) as usize;
        return (end.saturating_sub(limit), end);
    }
    match control_block::stack_of(pointer) {
        Some(stack) => (stack.range.start, stack.range.end),
        None => (0, 0),
    }
}

unsafe extern "C" fn before_fork() {
    let words = thread::words();
    // SAFETY: this thread's own. It stays busy until both sides let go, so that a handler does not wait for itself.
    unsafe { (*words).busy += 1 };
    python::forking();
    COLD.take();
    blocks::hold_for_fork();
    thread::hold_for_fork();
    crate::ledger::hold_for_fork();
    crate::reserves::hold();
}

unsafe extern "C" fn after_fork_in_parent() {
    let_go();
}

fn let_go() {
    crate::reserves::let_go();
    crate::ledger::let_go_after_fork();
    thread::let_go_after_fork();
    blocks::let_go_after_fork();
    COLD.let_go();
    // SAFETY: this thread's own.
    unsafe { (*thread::words()).busy -= 1 };
}

/// The child gets a file of its own, which begins as a copy of the parent's.
unsafe extern "C" fn after_fork_in_child() {
    let words = thread::words();
    // SAFETY: this thread's own.
    unsafe { (*words).lent = 0 };
    crate::failing::end();
    let mut forked = false;
    if recording() {
        let base = stacks::BASE.load(Ordering::Relaxed);
        // SAFETY: the record is mapped there, and the child has one thread, which is here.
        if !unsafe { own_record::copy_record(base) } {
            STAGE.store(OFF, Ordering::Release);
        }
        forked = true;
    }
    let_go();
    // SAFETY: as above.
    unsafe { thread::alone(words) };
    if forked {
        crate::hooks::children::forget();
    }
}
