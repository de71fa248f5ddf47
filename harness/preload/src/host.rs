//! The process that the library is a guest of: when recording begins, forks and ends in it.

use crate::record::{
    self, BYTES, FOLDER_VARIABLE, Header, MAGIC, State, TEXT, Trouble, VERSION, WISHES_VARIABLE,
    Wish,
};
use crate::{COLD, addresses, blocks, control_block, next, snapshot, stacks, sys, thread};
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
/// 1 while the last snapshot is taken.
static SNAPSHOT: AtomicU32 = AtomicU32::new(0);

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

fn wished(wish: &str) -> bool {
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
    let file = new_file()?;
    let begun = begin_record(file, libc_allocates);
    sys::close(file);
    if !begun {
        return None;
    }
    describe(false);
    let wishes = variable(WISHES_VARIABLE).unwrap_or_default();
    keep(wishes, &raw mut WISHES, &WISHES_BYTES);
    if let Some(own) = crate::module::at(at_load as *const () as usize) {
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

/// Maps the record and all that goes with it. Without room for it there is only a head, which says so.
fn begin_record(file: isize, libc_allocates: bool) -> bool {
    if addresses::are_scarce() {
        return say_only(file, Trouble::NO_ADDRESSES);
    }
    // SAFETY: at a place of the kernel's choice.
    let Some(base) = (unsafe { sys::map_shared(file, BYTES, None) }) else {
        return say_only(file, Trouble::NO_ADDRESSES);
    };
    stacks::BASE.store(base, Ordering::Release);
    let room = sys::populate(base, size_of::<Header>().next_multiple_of(4096)).is_ok();
    if room && stacks::begin() && blocks::begin(if libc_allocates { 5 } else { 3 }) {
        return true;
    }
    stacks::BASE.store(null_mut(), Ordering::Release);
    // SAFETY: it was mapped above, and nobody knows of it any more.
    unsafe { sys::unmap(base, BYTES) };
    say_only(
        file,
        if room {
            Trouble::NO_MEMORY
        } else {
            Trouble::DISK_FULL
        },
    )
}

/// Writes a record of a process of which nothing is recorded, with what stood in the way. Always `false`.
fn say_only(file: isize, trouble: u32) -> bool {
    const PAGES: usize = size_of::<Header>().next_multiple_of(4096);
    // SAFETY: the file has this size, and the mapping is gone before anybody else is there.
    unsafe {
        let Some(base) = sys::map_shared(file, PAGES, None) else {
            return false;
        };
        if sys::populate(base, PAGES).is_ok() {
            stacks::BASE.store(base, Ordering::Release);
            describe(false);
            let header = stacks::header();
            header.trouble.store(trouble, Ordering::Relaxed);
            header.nodes.store(1, Ordering::Relaxed);
            header
                .magic
                .store(u64::from_le_bytes(MAGIC), Ordering::Release);
            stacks::BASE.store(null_mut(), Ordering::Release);
        }
        sys::unmap(base, PAGES);
    }
    false
}

static mut FOLDER: [u8; TEXT] = [0; TEXT];
static FOLDER_BYTES: AtomicUsize = AtomicUsize::new(0);

/// What valgrind's own preloaded libraries are called.
const VALGRIND: &[u8] = b"/vgpreload_";

static mut WISHES: [u8; WISHES_ROOM] = [0; WISHES_ROOM];
static WISHES_BYTES: AtomicUsize = AtomicUsize::new(0);
const WISHES_ROOM: usize = 64;
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

/// Makes `FOLDER/PID-N.record` with the first number that is free: a process that became another by `exec` keeps its
/// own, and numbers of processes come round. The file has its full size, and takes no room yet.
fn new_file() -> Option<isize> {
    const FILE_SIZE: usize = 1;
    if sys::limit(FILE_SIZE) < BYTES as u64 {
        // A file of this size would end the program with a signal.
        return None;
    }
    let file = named_file()?;
    if sys::truncate(file, BYTES) != 0 {
        sys::close(file);
        return None;
    }
    Some(file)
}

fn named_file() -> Option<isize> {
    let mut path = [0_u8; TEXT + 64];
    for number in 0..10_000_u32 {
        let mut at = 0;
        let mut push = |bytes: &[u8]| {
            path[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        push(folder());
        push(b"/");
        push(decimal(sys::process(), &mut [0; 10]));
        push(b"-");
        push(decimal(number, &mut [0; 10]));
        push(b".record\0");
        let file = sys::open(&path[..at], sys::NEW_FILE);
        if file >= 0 {
            return Some(file);
        }
        if file != sys::EXISTS {
            return None;
        }
    }
    None
}

fn decimal(mut number: u32, into: &mut [u8; 10]) -> &[u8] {
    let mut at = into.len();
    loop {
        at -= 1;
        into[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &into[at..];
        }
    }
}

/// Fills in whose record it is.
fn describe(forked: bool) {
    let header: *mut Header = stacks::BASE.load(Ordering::Relaxed).cast();
    // SAFETY: the record is mapped, and nobody reads it before its first word is written.
    unsafe {
        (&raw mut (*header).version).write(VERSION);
        (&raw mut (*header).pid).write(sys::process());
        (&raw mut (*header).parent).write(sys::parent());
        (&raw mut (*header).begun).write(sys::clock(1));
        (&raw mut (*header).forked).write(u32::from(forked));
        (*header).state.store(State::RUNNING, Ordering::Relaxed);
        (*header).left.store(0, Ordering::Relaxed);
        if !forked {
            sys::read_file(b"/proc/self/cmdline\0", &mut (*header).command);
            sys::read_link(b"/proc/self/exe\0", &mut (*header).executable);
        }
    }
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
            leaving(0);
        }
        let own = core::mem::replace(&mut (*words).own, null_mut());
        if !own.is_null() {
            thread::release(own);
        }
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
    COLD.take();
    blocks::hold_for_fork();
    thread::hold_for_fork();
    crate::ledger::hold_for_fork();
}

unsafe extern "C" fn after_fork_in_parent() {
    let_go();
}

fn let_go() {
    crate::ledger::let_go_after_fork();
    thread::let_go_after_fork();
    blocks::let_go_after_fork();
    COLD.let_go();
    // SAFETY: this thread's own.
    unsafe { (*thread::words()).busy -= 1 };
}

/// The child gets a file of its own, which begins as a copy of the parent's.
unsafe extern "C" fn after_fork_in_child() {
    // SAFETY: this thread's own.
    unsafe { (*thread::words()).lent = 0 };
    let mut forked = false;
    if recording() {
        let base = stacks::BASE.load(Ordering::Relaxed);
        // SAFETY: the record is mapped there, and the child has one thread, which is here.
        if !unsafe { copy_record(base) } {
            STAGE.store(OFF, Ordering::Release);
        }
        forked = true;
    }
    let_go();
    if forked {
        crate::hooks::children::forget();
    }
}

/// Puts a copy of the record in its place.
///
/// # Safety
///
/// The record is mapped at `base`, and no other thread runs.
unsafe fn copy_record(base: *mut u8) -> bool {
    let header = stacks::header();
    let parts = [
        (0, record::MODULES),
        (
            record::MODULES,
            header.modules.load(Ordering::Relaxed) as usize * size_of::<record::Module>(),
        ),
        (
            record::NODES,
            header.nodes.load(Ordering::Relaxed) as usize * size_of::<record::Node>(),
        ),
        (
            record::SITES,
            header.sites.load(Ordering::Relaxed) as usize * size_of::<record::Site>(),
        ),
    ];
    let copied = new_file().and_then(|file| {
        // SAFETY: at a place of the kernel's choice.
        let mapped = unsafe { sys::map_shared(file, BYTES, None) };
        let copy = mapped.filter(|copy| {
            parts.iter().all(|(at, bytes)| {
                // SAFETY: both are mapped, and the pages of the copy are there before they are written.
                unsafe {
                    let room = sys::populate(copy.add(*at), bytes.div_ceil(4096) * 4096).is_ok();
                    if room {
                        core::ptr::copy_nonoverlapping(base.add(*at), copy.add(*at), *bytes);
                    }
                    room
                }
            })
        });
        // SAFETY: the same file in the place of the parent's, and nobody uses the first place.
        let done = copy.is_some() && unsafe { sys::map_shared(file, BYTES, Some(base)) }.is_some();
        if let Some(mapped) = mapped {
            // SAFETY: it was mapped above.
            unsafe { sys::unmap(mapped, BYTES) };
        }
        sys::close(file);
        done.then_some(())
    });
    if copied.is_none() {
        // The parent's file is the parent's: what the child counts goes nowhere, which the parent's says.
        stacks::header()
            .trouble
            .fetch_or(Trouble::NO_FILE, Ordering::Relaxed);
        // SAFETY: the record is there, and is replaced by memory of the same size.
        unsafe { sys::map_private_over(base, BYTES) };
        return false;
    }
    stacks::after_fork();
    let header = stacks::header();
    header.threads.store(1, Ordering::Relaxed);
    for counter in [
        &header.calls,
        &header.unrecorded,
        &header.cut,
        &header.too_deep,
        &header.checked,
        &header.different,
    ] {
        counter.store(0, Ordering::Relaxed);
    }
    header.scan.store(record::Scan::NONE, Ordering::Relaxed);
    header
        .trouble
        .fetch_and(!Trouble::NO_FILE, Ordering::Relaxed);
    describe(true);
    true
}

/// The process is about to end with a code: the last snapshot, once, before anything is torn down.
///
/// The registers that belong to the caller are put below the caller's frame: from there on the stack is the program's,
/// and what holds blocks in it is not mixed up with frames of the library.
#[unsafe(naked)]
pub extern "C" fn leaving(code: i32) {
    core::arch::naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov rsi, rsp",
        "sub rsp, 8",
        "call {leave}",
        "add rsp, 56",
        "ret",
        leave = sym leave,
    )
}

/// The program's frames begin at `bottom`.
extern "C" fn leave(code: i32, bottom: usize) {
    if !recording() {
        return;
    }
    let header = stacks::header();
    // A child of `vfork` lives in its parent's memory: its end is not the parent's.
    if header.pid != sys::process() {
        return;
    }
    let words = thread::words();
    if header
        .state
        .compare_exchange(
            State::RUNNING,
            State::LEAVING,
            Ordering::AcqRel,
            Ordering::Relaxed,
        )
        .is_err()
    {
        // Another thread ends the process too: what it looks at stays until it is done. Unless it is this one, which a
        // handler interrupted.
        // SAFETY: this thread's own.
        while unsafe { (*words).busy } == 0 && SNAPSHOT.load(Ordering::Acquire) == 1 {
            sys::wait(&SNAPSHOT, 1);
        }
        return;
    }
    header.exit_code.store(code as u32, Ordering::Relaxed);
    SNAPSHOT.store(1, Ordering::Release);
    // SAFETY: as above.
    unsafe { (*words).busy += 1 };
    snapshot::take(bottom);
    // SAFETY: as above.
    unsafe { (*words).busy -= 1 };
    SNAPSHOT.store(0, Ordering::Release);
}

/// The process is about to become another program: `false` where it is not this process that does.
pub fn replacing() -> bool {
    if !recording() {
        return false;
    }
    let header = stacks::header();
    header.pid == sys::process()
        && header
            .state
            .compare_exchange(
                State::RUNNING,
                State::REPLACED,
                Ordering::AcqRel,
                Ordering::Relaxed,
            )
            .is_ok()
}

/// It did not become another program after all.
pub fn not_replaced() {
    let header = stacks::header();
    let _ = header.state.compare_exchange(
        State::REPLACED,
        State::RUNNING,
        Ordering::AcqRel,
        Ordering::Relaxed,
    );
}
