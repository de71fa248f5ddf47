//! The interpreter of this process.

use super::version::{self, Offsets, WORDS};
use crate::mapped::header;
use crate::module::Module;
use crate::record::PythonFrames;
use crate::symbols::{Symbol, Table};
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::{MaybeUninit, transmute};
use core::ops::Range;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

type ThisThread = unsafe extern "C" fn() -> *mut c_void;
type IsInitialized = unsafe extern "C" fn() -> c_int;
type Version = unsafe extern "C" fn() -> *const c_char;

/// An interpreter that is loaded: CPython 3.8 or later.
pub struct Interpreter {
    /// `PY_VERSION_HEX`; up to 3.10 only its first two numbers.
    pub version: u32,
    /// Where it keeps what is read.
    pub offsets: Offsets,
    /// The function that runs Python's instructions.
    pub eval: Range<usize>,
    /// `PyCode_Type`.
    pub code_type: usize,
    /// `PyUnicode_Type`.
    pub text_type: usize,
    /// `PyBytes_Type`.
    pub bytes_type: usize,
    this_thread: ThisThread,
    is_initialized: IsInitialized,
    module: Module,
}

/// The interpreter of this process, as soon as it has been met in a stack; `None` in programs without one, and after it
/// was unloaded. It costs one load.
#[inline]
pub fn interpreter() -> Option<&'static Interpreter> {
    // SAFETY: null, or one of the places below, which is written once before it is said.
    unsafe { CURRENT.load(Ordering::Acquire).as_ref() }
}

/// The same, once what is known of it was looked at and is so.
#[inline]
pub fn trusted() -> Option<&'static Interpreter> {
    // SAFETY: as above.
    unsafe { TRUSTED.load(Ordering::Acquire).as_ref() }
}

/// It is as is known.
pub fn trust(interpreter: &'static Interpreter) {
    TRUSTED.store(
        core::ptr::from_ref(interpreter).cast_mut(),
        Ordering::Release,
    );
}

impl Interpreter {
    /// The state of this thread, `PyThreadState *`, where Python is initialised and knows this thread; else null. It takes
    /// no lock, the interpreter's own included.
    #[inline]
    pub fn thread(&self) -> *mut c_void {
        // SAFETY: both only read; the first says whether what the second reads is there.
        unsafe {
            if (self.is_initialized)() == 0 {
                return null_mut();
            }
            (self.this_thread)()
        }
    }

    /// Whether code at an address is the interpreter's own.
    pub fn has(&self, address: usize) -> bool {
        (self.module.start..self.module.end).contains(&address)
    }

    /// A function or datum that the interpreter exports.
    pub fn symbol(&self, name: &CStr) -> Option<Symbol> {
        of_module(&self.module, name)
    }
}

static CURRENT: AtomicPtr<Interpreter> = AtomicPtr::new(null_mut());
static TRUSTED: AtomicPtr<Interpreter> = AtomicPtr::new(null_mut());

/// Interpreters that were met, one after the other: a place is never written again, since somebody may still read it.
struct Places(UnsafeCell<[MaybeUninit<Interpreter>; PLACES]>);

const PLACES: usize = 8;

// SAFETY: a place is written under the lock that `met` asks for, before anybody knows of it.
unsafe impl Sync for Places {}

static MET: Places = Places(UnsafeCell::new([const { MaybeUninit::uninit() }; PLACES]));
static MET_COUNT: AtomicUsize = AtomicUsize::new(0);

fn of_module(module: &Module, name: &CStr) -> Option<Symbol> {
    if module.dynamic == 0 {
        return None;
    }
    let range = module.bias.min(module.start)..module.end;
    // SAFETY: the module is met in a stack that is live, or is the interpreter's.
    unsafe { Table::new(module.dynamic, module.bias, &range)?.defined(name.to_bytes()) }
}

/// The release that interpreters are taken for; 0 for what they are.
static TAKEN_FOR: AtomicU32 = AtomicU32::new(0);
/// In its place: the frames of Python are left out.
const NONE: u32 = u32::MAX;

/// Has interpreters taken for another release (`3.8`), or their frames left out (`none`).
pub fn take_for(release: &[u8]) {
    let version = version::version_of(release).unwrap_or(NONE);
    TAKEN_FOR.store(version, Ordering::Relaxed);
}

/// A module is met in a stack for the first time: it may be an interpreter. Its number is the one in the record. Called
/// with the lock for what is rare held.
pub fn met(module: &Module, number: u32) {
    if interpreter().is_some() {
        return;
    }
    let Some(found) = looked_at(module) else {
        return;
    };
    let place = MET_COUNT.load(Ordering::Relaxed);
    if place < PLACES {
        header().python.store(found.version, Ordering::Relaxed);
        header().python_module.store(number, Ordering::Relaxed);
        MET_COUNT.store(place + 1, Ordering::Relaxed);
        // SAFETY: under the lock, and nobody knows of this place.
        let place = unsafe { &mut (*MET.0.get())[place] };
        CURRENT.store(place.write(found), Ordering::Release);
    }
}

fn looked_at(module: &Module) -> Option<Interpreter> {
    let address = |name| of_module(module, name).map(|symbol| symbol.address);
    // Other interpreters have none of this, or by other names.
    let this_thread = address(c"PyGILState_GetThisThreadState")?;
    let is_initialized = address(c"Py_IsInitialized")?;
    let runtime = of_module(module, c"_PyRuntime")?;
    let eval = of_module(module, c"_PyEval_EvalFrameDefault")?;
    let version = match address(c"Py_Version") {
        // SAFETY: a constant of the interpreter.
        Some(at) => unsafe { (at as *const u32).read() },
        None => {
            let text = address(c"Py_GetVersion")?;
            // SAFETY: it has that type, allocates nothing and answers with a text.
            let text = unsafe { CStr::from_ptr(transmute::<usize, Version>(text)()) };
            version::version_of(text.to_bytes())?
        }
    };
    let taken_for = match TAKEN_FOR.load(Ordering::Relaxed) {
        0 => version,
        other => other,
    };
    let words = (runtime.bytes / 8).min(WORDS);
    // SAFETY: so many words are the interpreter's own.
    let description = unsafe { core::slice::from_raw_parts(runtime.address as *const u64, words) };
    let Some(offsets) = Offsets::of(taken_for, description) else {
        header().python.store(version, Ordering::Relaxed);
        let frames = &header().python_frames;
        frames.store(PythonFrames::UNKNOWN, Ordering::Relaxed);
        return None;
    };
    Some(Interpreter {
        version,
        offsets,
        eval: eval.address..eval.address + eval.bytes,
        code_type: address(c"PyCode_Type")?,
        text_type: address(c"PyUnicode_Type")?,
        bytes_type: address(c"PyBytes_Type")?,
        // SAFETY: the functions of these names have these types.
        this_thread: unsafe { transmute::<usize, ThisThread>(this_thread) },
        // SAFETY: as above.
        is_initialized: unsafe { transmute::<usize, IsInitialized>(is_initialized) },
        module: *module,
    })
}

/// Modules were unloaded: `is_gone` tells of an address whether it belonged to one of them.
pub fn forget(is_gone: impl Fn(u64) -> bool) {
    if interpreter().is_some_and(|interpreter| is_gone(interpreter.eval.start as u64)) {
        TRUSTED.store(null_mut(), Ordering::Release);
        CURRENT.store(null_mut(), Ordering::Release);
        // Another one may be loaded.
        let frames = &header().python_frames;
        frames.store(PythonFrames::NONE, Ordering::Relaxed);
    }
}
