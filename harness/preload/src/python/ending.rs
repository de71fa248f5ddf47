//! The last look before Python tears itself down.
//!
//! An interpreter frees its modules within `main`, long before `exit` is called: what it held is gone by then. So it is
//! asked to say when it ends, by a function that is registered with `atexit`. It is one of the first that are, and so one
//! of the last to be called: behind it comes the collector, and then modules are torn down.
//!
//! The function is registered by the interpreter's first thread when it next looks for what is to be done
//! (`Py_AddPendingCall`); that is asked for when a stack is met for the first time, which every program's start has
//! hundreds of, and costs nothing afterwards.
//!
//! Where a process ends by `_exit`, or by a signal that it sends itself, no function is called, and nothing was torn down:
//! then it is looked at on the way. A service is asked by who drives it, before a signal ends it that it does not handle.

use super::api::{Api, Definition, NO_ARGUMENTS, Object, Own};
use super::{holders, interpreter};
use crate::hooks::filters;
use crate::leaving;
use crate::record::Wish;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

/// Nobody was asked.
const IDLE: u32 = 0;
/// The interpreter was asked to register the function.
const ASKED: u32 = 1;
/// It has it.
const REGISTERED: u32 = 2;
/// It has called it at its end.
const CALLED: u32 = 3;

static STAGE: AtomicU32 = AtomicU32::new(IDLE);

/// A stack was met for the first time.
pub fn new_stack() {
    if STAGE.load(Ordering::Relaxed) == IDLE && interpreter().is_some() {
        ask();
    }
}

#[cold]
fn ask() {
    let Some(interpreter) = interpreter().filter(|one| !one.thread().is_null()) else {
        return;
    };
    if !goes(IDLE, ASKED) {
        return;
    }
    let asked = Api::of(interpreter).is_some_and(|api| {
        // SAFETY: it takes no lock that is held here, and allocates nothing; Python is initialised.
        unsafe { (api.add_pending_call)(registering, core::ptr::null_mut()) == 0 }
    });
    if !asked {
        goes(ASKED, IDLE);
    }
}

fn goes(from: u32, to: u32) -> bool {
    let change = STAGE.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed);
    change.is_ok()
}

/// In the interpreter's first thread, between two instructions.
unsafe extern "C" fn registering(_: *mut c_void) -> c_int {
    if let Some(api) = interpreter().and_then(Api::of) {
        let registered = api.without_error(|| register(&api));
        goes(
            ASKED,
            if registered.is_some() {
                REGISTERED
            } else {
                IDLE
            },
        );
    }
    0
}

static LAST_LOOK: Definition = Definition {
    name: c"last_look".as_ptr(),
    function: last_look,
    flags: NO_ARGUMENTS,
    about: core::ptr::null(),
};

fn register(api: &Api) -> Option<()> {
    let atexit = atexit(api)?;
    // SAFETY: the pointer of the capsule is any but null; the definition lives on.
    unsafe {
        let capsule = (&raw const STAGE).cast();
        let capsule = api.own((api.new_capsule)(capsule, core::ptr::null(), Some(dropped)))?;
        let function = (api.new_function)(&LAST_LOOK, capsule.object, core::ptr::null_mut());
        let function = api.own(function)?;
        api.ask(atexit.object, c"register", &[function.object])?;
    }
    Some(())
}

/// The module `atexit`.
fn atexit(api: &Api) -> Option<Own<'_>> {
    /// From this version on, what is registered is the interpreter's, whichever module did it.
    const OF_THE_INTERPRETER: u32 = super::version::minor(10);
    if interpreter()?.version < OF_THE_INTERPRETER {
        // SAFETY: the name is a string.
        return api.own(unsafe { (api.import_module)(c"atexit".as_ptr()) });
    }
    api.built_in(c"atexit")
}

/// The function is gone: it was called, or the program had all such functions forgotten, as a child of `multiprocessing`
/// does. In the latter case it is registered again.
unsafe extern "C" fn dropped(_: Object) {
    goes(REGISTERED, IDLE);
}

/// Called by the interpreter at its end.
unsafe extern "C" fn last_look(capsule: Object, _: Object) -> Object {
    if let Some(api) = interpreter().and_then(Api::of) {
        api.without_error(|| {
            // At the end no code of Python's runs any more. Else the program called it, and goes on.
            // SAFETY: the caller has the interpreter's lock.
            if unsafe { (api.frame)() }.is_null() && goes(REGISTERED, CALLED) {
                collect(&api);
                look(&api);
                give_way(&api);
            }
        });
        // SAFETY: any object will do for an answer.
        unsafe { (api.keep)(capsule) };
    }
    capsule
}

/// Runs the collector, which is the next that Python itself does at its end, as far as the program has not switched it
/// off: what it frees is no growth, however much of it there is when the end happens to come.
fn collect(api: &Api) -> Option<()> {
    let run = || {
        // SAFETY: the caller has the interpreter's lock.
        unsafe { (api.collect)() };
        let header = crate::stacks::header();
        header.python_collected.store(1, Ordering::Relaxed);
    };
    let Some(collector) = api.module(c"gc") else {
        run();
        return Some(());
    };
    let debug = api.ask(collector.object, c"get_debug", &[])?;
    // SAFETY: as above.
    if unsafe { (api.long)(debug.object) } != 0 {
        // Each run would be told on the standard error, or keep what it finds.
        return Some(());
    }
    // Functions of the program that are told of each run hear of Python's own runs alone.
    // SAFETY: as above; a list is cut, and filled again with what it had.
    unsafe {
        let callbacks = api.own((api.attribute)(collector.object, c"callbacks".as_ptr()))?;
        let kept = api.own((api.list_part)(callbacks.object, 0, isize::MAX))?;
        (api.set_list_part)(callbacks.object, 0, isize::MAX, core::ptr::null_mut());
        run();
        let met = (api.list_length)(callbacks.object);
        (api.set_list_part)(callbacks.object, met, met, kept.object);
        (api.clear_error)();
    }
    Some(())
}

/// Lets a thread that waits for the interpreter's lock have it for a moment. It has asked this one to let go of it, as one
/// does after 5 ms, and when the interpreter has begun to end, it ends itself instead of taking it: this one, which lets go
/// of the lock when it next runs code of Python's, then waits for ever to get it back (3.9). Without this library there
/// would have been no time to ask.
fn give_way(api: &Api) -> Option<()> {
    const LONG: f64 = 0.1;
    if !api.has_threads() {
        return None;
    }
    // SAFETY: the caller has the interpreter's lock, and has it again afterwards.
    unsafe {
        let interval = (api.system)(c"getswitchinterval".as_ptr());
        let interval = api.own((api.call)(interval, core::ptr::null_mut()))?;
        // Where threads take turns seldom, nobody has asked, and nobody would give the lock back soon.
        if (api.real)(interval.object) < LONG {
            (api.take_lock)((api.give_lock)());
        }
    }
    Some(())
}

/// Takes the last snapshot, and finds out who holds what.
fn look(api: &Api) {
    let wanted = crate::host::wished(Wish::HOLDERS) && !filters::is_filtered();
    if leaving::looking() && wanted && is_chosen() {
        holders::tell(api);
    }
}

/// How often this process, and those that it comes from, have forked.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The process forks: the child has the number of the fork.
pub fn forking() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Whether it is worth its time to find out who holds what. Of children that are forked one after the other, some tell for
/// all: the first, which may be workers, and then each so many.
fn is_chosen() -> bool {
    const FIRST: u32 = 16;
    let number = FORKS.load(Ordering::Relaxed);
    crate::stacks::header().forked == 0 || number <= FIRST || number.is_power_of_two()
}

/// The process is about to end, perhaps past all that an interpreter does at its end. Nothing of that is made up for: no
/// collector runs that would not have.
pub fn ending() {
    if let Some(api) = at_work() {
        // SAFETY: it needs no lock, and Python is initialised.
        if unsafe { (api.has_lock)() } != 0 {
            api.without_error(|| look(&api));
        }
    }
}

/// The process is about to end by a signal that this thread sends it: the same. Python lets go of its lock to send one.
pub fn ending_by_signal() {
    // Nobody is made to wait for the lock who did not ask for it; and once the interpreter ends, a thread that asks for
    // the lock is ended.
    if !crate::host::wished(Wish::HOLDERS) || STAGE.load(Ordering::Acquire) == CALLED {
        return;
    }
    let Some(api) = at_work() else { return };
    // SAFETY: it needs no lock, and Python is initialised.
    if unsafe { (api.has_lock)() } != 0 {
        return api.without_error(|| look(&api));
    }
    // SAFETY: as above; the state is this thread's, which has let go of the lock and gets it back.
    unsafe {
        let state = (api.this_thread)();
        if !state.is_null() {
            (api.take_lock)(state);
            api.without_error(|| look(&api));
            (api.give_lock)();
        }
    }
}

/// Has an interpreter that runs look at what it holds when it next comes to it; `false` where there is none.
pub fn look_soon() -> bool {
    // SAFETY: it takes no lock that is held here, and allocates nothing; Python is initialised.
    let soon = |api: Api| unsafe { (api.add_pending_call)(looking_now, core::ptr::null_mut()) };
    at_work().map(soon).is_some()
}

/// In the interpreter's first thread, between two instructions, where its collector might run too.
unsafe extern "C" fn looking_now(_: *mut c_void) -> c_int {
    if let Some(api) = interpreter().and_then(Api::of) {
        api.without_error(|| {
            collect(&api);
            look(&api);
        });
    }
    0
}

/// The functions of an interpreter that runs, unless this thread is within the library already.
fn at_work() -> Option<Api> {
    let interpreter = interpreter().filter(|one| !one.thread().is_null())?;
    // SAFETY: this thread's own words.
    let is_busy = unsafe { (*crate::thread::words()).busy } != 0;
    if is_busy { None } else { Api::of(interpreter) }
}
