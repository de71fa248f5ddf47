//! Threads: who started one, and whether it was joined, or detached and ended.

use crate::ledger::{Entry, THREADS};
use crate::lock::Lock;
use crate::next::next;
use crate::record::Kind;
use crate::{caller, host, sys, tally, thread};
use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

unsafe extern "C" {
    fn pthread_self() -> usize;
    fn pthread_attr_getdetachstate(attributes: *const c_void, state: *mut c_int) -> c_int;
    fn pthread_attr_getstacksize(attributes: *const c_void, bytes: *mut usize) -> c_int;
    fn pthread_getattr_default_np(attributes: *mut c_void) -> c_int;
    fn pthread_attr_destroy(attributes: *mut c_void) -> c_int;
}

type Start = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

/// The thread is to be joined, and runs.
const JOINABLE: u32 = 0;
/// It is detached, and runs.
const DETACHED: u32 = 1;
/// It is to be joined, and has ended.
const ENDED: u32 = 2;

/// What a thread is started with, until both it and the one that started it have seen it.
struct Birth {
    start: Start,
    argument: *mut c_void,
    site: u32,
    mark: u32,
    bytes: usize,
    noted: AtomicBool,
    /// Those who will still look at it.
    readers: AtomicU32,
    next: *mut Birth,
}

struct Births {
    lock: Lock,
    free: UnsafeCell<*mut Birth>,
}

// SAFETY: the list is touched under its lock.
unsafe impl Sync for Births {}

static BIRTHS: Births = Births {
    lock: Lock::new(),
    free: UnsafeCell::new(null_mut()),
};

impl Births {
    fn room(&self) -> *mut Birth {
        const PAGE: usize = 4096;
        let _held = self.lock.hold();
        // SAFETY: under the lock; what is in the list is nobody's.
        unsafe {
            let free = self.free.get();
            if (*free).is_null() {
                let Some(page) = sys::reserve(PAGE) else {
                    return null_mut();
                };
                let page = page.cast::<Birth>();
                for number in 0..PAGE / size_of::<Birth>() {
                    let birth = page.add(number);
                    (&raw mut (*birth).next).write(*free);
                    *free = birth;
                }
            }
            let birth = *free;
            *free = (*birth).next;
            birth
        }
    }

    /// One of the two readers has seen it.
    ///
    /// # Safety
    ///
    /// It came from `room`, and this reader does not look at it again.
    unsafe fn seen(&self, birth: *mut Birth) {
        // SAFETY: as the caller promises; the last reader owns it.
        unsafe {
            if (*birth).readers.fetch_sub(1, Ordering::AcqRel) == 1 {
                let _held = self.lock.hold();
                (*birth).next = *self.free.get();
                *self.free.get() = birth;
            }
        }
    }
}

impl Birth {
    /// Notes the thread: by the first of both that come here. Its handle is known to the one that started it only once it
    /// runs, and to itself before anybody else can have joined or detached it.
    fn note(&self, handle: usize) {
        let Birth {
            bytes, site, mark, ..
        } = *self;
        THREADS.put_once(
            Entry {
                key: handle,
                bytes,
                site,
                mark,
            },
            &self.noted,
        );
    }
}

/// Starts a thread.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_create(
    handle: *mut usize,
    attributes: *const c_void,
    start: Start,
    argument: *mut c_void,
) -> c_int {
    let create =
        next!(c"pthread_create" as fn(*mut usize, *const c_void, Start, *mut c_void) -> c_int);
    // From here on two threads may count at once.
    tally::THREADED.store(true, Ordering::Relaxed);
    let birth = caller::busy(|| {
        let birth = BIRTHS.room();
        if !birth.is_null() {
            let site = caller::site(Kind::THREAD);
            // SAFETY: the attributes are the caller's, and the room is nobody else's.
            unsafe {
                let (detached, bytes) = nature(attributes);
                let mark = if detached { DETACHED } else { JOINABLE };
                let (noted, readers) = (AtomicBool::new(false), AtomicU32::new(2));
                birth.write(Birth {
                    start,
                    argument,
                    site,
                    mark,
                    bytes,
                    noted,
                    readers,
                    next: null_mut(),
                });
            }
        }
        birth
    });
    let Some(birth) = birth.filter(|birth| !birth.is_null()) else {
        // SAFETY: the caller's arguments.
        return unsafe { create(handle, attributes, start, argument) };
    };
    // SAFETY: the caller's arguments, but for what the thread begins with.
    RUNNING.fetch_add(1, Ordering::Relaxed);
    // SAFETY: as above; and this thread's own words.
    let result = unsafe {
        let words = thread::words();
        (*words).stage |= thread::STARTING;
        let result = create(handle, attributes, first_steps, birth.cast());
        (*words).stage &= !thread::STARTING;
        result
    };
    caller::busy(|| {
        // SAFETY: on success the libc wrote the handle there; without, nobody else will look at the birth.
        unsafe {
            if result == 0 {
                (*birth).note(*handle);
            } else {
                RUNNING.fetch_sub(1, Ordering::Relaxed);
                BIRTHS.seen(birth);
            }
            BIRTHS.seen(birth);
        }
    });
    result
}

/// What a thread begins with: it notes itself, and goes on as it was meant to.
unsafe extern "C" fn first_steps(birth: *mut c_void) -> *mut c_void {
    let birth = birth.cast::<Birth>();
    // SAFETY: `pthread_create` made it for this thread, which is one of its two readers.
    let (start, argument) = unsafe { ((*birth).start, (*birth).argument) };
    caller::busy(|| {
        // SAFETY: as above.
        unsafe {
            (*birth).note(pthread_self());
            BIRTHS.seen(birth);
        }
        // So that its end is heard of.
        host::note_thread();
    });
    // SAFETY: the program's own.
    unsafe { start(argument) }
}

/// Whether a thread of these attributes is detached, and how large its stack is.
///
/// # Safety
///
/// Attributes of the libc, or null.
unsafe fn nature(attributes: *const c_void) -> (bool, usize) {
    let (mut state, mut bytes) = (0, 0);
    let mut default = [0_u64; 7];
    // SAFETY: functions of the libc with what they ask for.
    unsafe {
        if attributes.is_null() {
            let default = (&raw mut default).cast();
            if pthread_getattr_default_np(default) == 0 {
                pthread_attr_getstacksize(default, &mut bytes);
                pthread_attr_destroy(default);
            }
        } else {
            pthread_attr_getdetachstate(attributes, &mut state);
            pthread_attr_getstacksize(attributes, &mut bytes);
        }
    }
    (state != 0, bytes)
}

macro_rules! join {
    ($($name:ident $text:literal ($($argument:ident: $type:ty),*);)*) => { $(
        /// Waits for the end of a thread.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(thread: usize $(, $argument: $type)*) -> c_int {
            // SAFETY: the caller's arguments.
            let result = unsafe { next!($text as fn(usize $(, $type)*) -> c_int)(thread $(, $argument)*) };
            if result == 0 {
                caller::busy(|| THREADS.take(thread));
            }
            result
        }
    )* };
}

join! {
    pthread_join c"pthread_join" (value: *mut *mut c_void);
    pthread_tryjoin_np c"pthread_tryjoin_np" (value: *mut *mut c_void);
    pthread_timedjoin_np c"pthread_timedjoin_np" (value: *mut *mut c_void, until: *const c_void);
    pthread_clockjoin_np c"pthread_clockjoin_np" (value: *mut *mut c_void, clock: c_int, until: *const c_void);
}

/// Has a thread go away by itself when it ends.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_detach(thread: usize) -> c_int {
    // Before it is detached its handle is sure to be its own.
    caller::busy(|| {
        if THREADS.mark(thread, DETACHED) == Some(ENDED) {
            THREADS.take(thread);
        }
    });
    // SAFETY: the caller's argument.
    unsafe { next!(c"pthread_detach" as fn(usize) -> c_int)(thread) }
}

/// Threads that have begun and not ended. The first one is there from the start.
static RUNNING: AtomicU32 = AtomicU32::new(1);

/// In the child of a `fork`.
pub fn alone() {
    RUNNING.store(1, Ordering::Relaxed);
}

/// A thread is at its end: called by the thread itself, while it is busy. Whether it was the last one: then the libc
/// ends the process, past every hook.
pub fn ended() -> bool {
    // SAFETY: it takes nothing.
    let own = unsafe { pthread_self() };
    if THREADS.mark(own, ENDED) == Some(DETACHED) {
        THREADS.take(own);
    }
    RUNNING.fetch_sub(1, Ordering::Relaxed) == 1
}
