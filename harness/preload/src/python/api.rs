//! The functions of CPython's C interface that are called, by their names, and a few steps that several places take.
//!
//! Who calls them holds the interpreter's lock, but for those that say that they need none.

use super::interpreter::Interpreter;
use core::ffi::{CStr, c_char, c_int, c_long, c_ulonglong, c_void};
use core::mem::transmute;
use core::ptr::null_mut;

/// `PyObject *`.
pub type Object = *mut c_void;
/// `PyCFunction`.
pub type Function = unsafe extern "C" fn(Object, Object) -> Object;
/// `PyCapsule_Destructor`.
pub type Destructor = unsafe extern "C" fn(Object);

/// `PyMethodDef`.
#[repr(C)]
pub struct Definition {
    /// Its name.
    pub name: *const c_char,
    /// What is called.
    pub function: Function,
    /// `METH_` flags.
    pub flags: c_int,
    /// What it says of itself.
    pub about: *const c_char,
}

// SAFETY: nobody writes to it, and the texts are constants.
unsafe impl Sync for Definition {}

/// For [`Definition::flags`]: it takes no arguments.
pub const NO_ARGUMENTS: c_int = 4;
/// For [`Definition::flags`]: it takes one.
pub const ONE_ARGUMENT: c_int = 8;

macro_rules! api {
    ($($field:ident = $name:literal ($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions, of one interpreter.
        #[derive(Clone, Copy)]
        pub struct Api {
            $(#[doc = $name] pub $field: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Api {
            /// Those of an interpreter; `None` where it lacks one of them.
            pub fn of(interpreter: &Interpreter) -> Option<Api> {
                Some(Api { $($field: {
                    const NAME: &CStr = match CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                        Ok(name) => name,
                        Err(_) => panic!("a name without a zero byte"),
                    };
                    let function = interpreter.symbol(NAME).filter(|found| found.is_function)?.address;
                    // SAFETY: the function of this name has this type.
                    unsafe { transmute::<usize, unsafe extern "C" fn($($argument),*) $(-> $result)?>(function) }
                },)* })
            }
        }
    };
}

api! {
    // Needs no lock.
    add_pending_call = "Py_AddPendingCall"(unsafe extern "C" fn(*mut c_void) -> c_int, *mut c_void) -> c_int;
    // Needs no lock.
    has_lock = "PyGILState_Check"() -> c_int;
    // Needs no lock.
    this_thread = "PyGILState_GetThisThreadState"() -> *mut c_void;
    main_interpreter = "PyInterpreterState_Main"() -> *mut c_void;
    first_thread = "PyInterpreterState_ThreadHead"(*mut c_void) -> *mut c_void;
    next_thread = "PyThreadState_Next"(*mut c_void) -> *mut c_void;
    frame = "PyEval_GetFrame"() -> Object;
    collect = "PyGC_Collect"() -> isize;
    take_error = "PyErr_Fetch"(*mut Object, *mut Object, *mut Object);
    put_error = "PyErr_Restore"(Object, Object, Object);
    clear_error = "PyErr_Clear"();
    let_go = "Py_DecRef"(Object);
    keep = "Py_IncRef"(Object);
    text = "PyUnicode_FromString"(*const c_char) -> Object;
    attribute = "PyObject_GetAttrString"(Object, *const c_char) -> Object;
    set_attribute = "PyObject_SetAttrString"(Object, *const c_char, Object) -> c_int;
    call = "PyObject_CallObject"(Object, Object) -> Object;
    loaded_module = "PyImport_GetModule"(Object) -> Object;
    import_module = "PyImport_ImportModule"(*const c_char) -> Object;
    new_function = "PyCFunction_NewEx"(*const Definition, Object, Object) -> Object;
    new_capsule = "PyCapsule_New"(*const c_void, *const c_char, Option<Destructor>) -> Object;
    new_tuple = "PyTuple_New"(isize) -> Object;
    set_in_tuple = "PyTuple_SetItem"(Object, isize, Object) -> c_int;
    of_tuple = "PyTuple_GetItem"(Object, isize) -> Object;
    new_list = "PyList_New"(isize) -> Object;
    add_to_list = "PyList_Append"(Object, Object) -> c_int;
    list_length = "PyList_Size"(Object) -> isize;
    of_list = "PyList_GetItem"(Object, isize) -> Object;
    list_part = "PyList_GetSlice"(Object, isize, isize) -> Object;
    set_list_part = "PyList_SetSlice"(Object, isize, isize, Object) -> c_int;
    new_dict = "PyDict_New"() -> Object;
    set_in_dict = "PyDict_SetItemString"(Object, *const c_char, Object) -> c_int;
    of_dict = "PyDict_GetItemString"(Object, *const c_char) -> Object;
    new_number = "PyLong_FromUnsignedLongLong"(c_ulonglong) -> Object;
    number = "PyLong_AsUnsignedLongLong"(Object) -> c_ulonglong;
    long = "PyLong_AsLong"(Object) -> c_long;
    bytes = "PyBytes_AsStringAndSize"(Object, *mut *mut c_char, *mut isize) -> c_int;
    run = "PyRun_StringFlags"(*const c_char, c_int, Object, Object, *mut c_void) -> Object;
    system = "PySys_GetObject"(*const c_char) -> Object;
    set_trace = "PyEval_SetTrace"(*mut c_void, Object);
    set_profile = "PyEval_SetProfile"(*mut c_void, Object);
    set_depth = "Py_SetRecursionLimit"(c_int);
    after_fork = "PyOS_AfterFork_Child"();
    real = "PyFloat_AsDouble"(Object) -> f64;
    give_lock = "PyEval_SaveThread"() -> *mut c_void;
    take_lock = "PyEval_RestoreThread"(*mut c_void);
}

impl Api {
    /// An object that somebody gave a reference to, which is let go of in the end; `None` for an error, which is cleared.
    pub fn own(&self, object: Object) -> Option<Own<'_>> {
        if object.is_null() {
            // SAFETY: as the module says.
            unsafe { (self.clear_error)() };
            return None;
        }
        Some(Own { api: self, object })
    }

    /// A module that is loaded already.
    pub fn module(&self, name: &CStr) -> Option<Own<'_>> {
        // SAFETY: as the module says; names are strings.
        unsafe {
            let name = self.own((self.text)(name.as_ptr()))?;
            self.own((self.loaded_module)(name.object))
        }
    }

    /// A module that is built into the interpreter, without an import: neither is code of Python's run, nor does the program
    /// learn of it (`sys.modules`, `-X importtime`, hooks of its own).
    pub fn built_in(&self, name: &CStr) -> Option<Own<'_>> {
        if let Some(loaded) = self.module(name) {
            return Some(loaded);
        }
        let imp = self.module(c"_imp")?;
        // SAFETY: as the module says. All that is asked of a specification is its name, which a plain object has as well as
        // the importer's own.
        unsafe {
            let plain = (self.system)(c"implementation".as_ptr());
            let plain = self.own((self.attribute)(plain, c"__class__".as_ptr()))?;
            let spec = self.own((self.call)(plain.object, core::ptr::null_mut()))?;
            let text = self.own((self.text)(name.as_ptr()))?;
            (self.set_attribute)(spec.object, c"name".as_ptr(), text.object);
            let module = self.ask(imp.object, c"create_builtin", &[spec.object])?;
            self.ask(imp.object, c"exec_builtin", &[module.object])?;
            Some(module)
        }
    }

    /// What a method of an object answers.
    pub fn ask(&self, object: Object, method: &CStr, arguments: &[Object]) -> Option<Own<'_>> {
        // SAFETY: as the module says; the tuple takes a reference of each argument over.
        unsafe {
            let method = self.own((self.attribute)(object, method.as_ptr()))?;
            let tuple = self.own((self.new_tuple)(arguments.len() as isize))?;
            for (at, argument) in arguments.iter().enumerate() {
                (self.keep)(*argument);
                (self.set_in_tuple)(tuple.object, at as isize, *argument);
            }
            self.own((self.call)(method.object, tuple.object))
        }
    }

    /// Whether other threads are known to the interpreter than the one that asks.
    pub fn has_threads(&self) -> bool {
        // SAFETY: as the module says.
        unsafe {
            let first = (self.first_thread)((self.main_interpreter)());
            !first.is_null() && !(self.next_thread)(first).is_null()
        }
    }

    /// Runs something without an error that may be set, which is set again afterwards.
    pub fn without_error<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut error = [null_mut(); 3];
        let [kind, value, trace] = &mut error;
        // SAFETY: as the module says.
        unsafe { (self.take_error)(kind, value, trace) };
        let result = work();
        let [kind, value, trace] = error;
        // SAFETY: as the module says; what was taken is given back.
        unsafe { (self.put_error)(kind, value, trace) };
        result
    }
}

/// A reference that is let go of with this.
pub struct Own<'a> {
    api: &'a Api,
    /// The object.
    pub object: Object,
}

impl Own<'_> {
    /// The object, of which the reference is the caller's now.
    pub fn give(self) -> Object {
        let object = self.object;
        core::mem::forget(self);
        object
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        // SAFETY: the reference is this one's.
        unsafe { (self.api.let_go)(self.object) };
    }
}
