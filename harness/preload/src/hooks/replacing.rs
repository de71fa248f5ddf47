//! Programs that become another by `exec`: what comes after is recorded too, even where it is given another environment.
//!
//! The environment that is handed on gets this library and the two variables that it reads, where they are missing, and
//! nothing else of it changes. It is put together on the stack: the child of a `vfork` lives in its parent's memory.

use crate::next::next;
use crate::record::{FOLDER_VARIABLE, WISHES_VARIABLE};
use crate::{host, leaving, sys};
use core::arch::naked_asm;
use core::ffi::{CStr, c_char, c_int};
use core::ptr::null;

unsafe extern "C" {
    static environ: *const *const c_char;
}

type Strings = *const *const c_char;

/// Pointers that fit on the stack, which may be a thread's smallest. More get memory of their own, which only a child of
/// `vfork` leaves behind when it becomes another program.
const FEW: usize = 256;
/// Bytes of text that fit on the stack.
const SHORT: usize = 1024;

/// A list of pointers to strings, with room for a number that was counted before.
struct List {
    few: [*const c_char; FEW],
    many: Option<(*mut *const c_char, usize)>,
}

impl List {
    fn new() -> List {
        List {
            few: [null(); FEW],
            many: None,
        }
    }

    /// Room for so many; `None` without memory.
    fn room(&mut self, count: usize) -> Option<&mut [*const c_char]> {
        if count <= FEW {
            return Some(&mut self.few[..count]);
        }
        let bytes = count * size_of::<*const c_char>();
        let many = sys::reserve(bytes)?.cast();
        self.many = Some((many, bytes));
        // SAFETY: new memory of that size, all null.
        Some(unsafe { core::slice::from_raw_parts_mut(many, count) })
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if let Some((many, bytes)) = self.many {
            // SAFETY: nobody has the list any more.
            unsafe { sys::unmap(many.cast(), bytes) };
        }
    }
}

/// Texts that are put together.
struct Texts {
    bytes: [u8; SHORT],
    used: usize,
}

impl Texts {
    /// Puts parts behind each other, with a zero byte; `None` if they do not fit.
    fn put(&mut self, parts: &[&[u8]]) -> Option<*const c_char> {
        let start = self.used;
        for part in parts.iter().copied().chain([&b"\0"[..]]) {
            self.bytes
                .get_mut(self.used..self.used + part.len())?
                .copy_from_slice(part);
            self.used += part.len();
        }
        Some(self.bytes[start..].as_ptr().cast())
    }
}

const PRELOAD: &[u8] = b"LD_PRELOAD";

fn value<'v>(variable: &'v [u8], name: &[u8]) -> Option<&'v [u8]> {
    variable.strip_prefix(name)?.strip_prefix(b"=")
}

/// Hands on an environment that has what the recording needs; as it is, where there is no room to add to it.
#[inline(never)]
pub fn with_environment<T>(environment: Strings, work: impl FnOnce(Strings) -> T) -> T {
    if !host::recording() {
        return work(environment);
    }
    let (mut list, mut texts) = (
        List::new(),
        Texts {
            bytes: [0; SHORT],
            used: 0,
        },
    );
    match added_to(environment, &mut list, &mut texts) {
        Some(added) => work(added),
        None => work(environment),
    }
}

fn added_to(environment: Strings, list: &mut List, texts: &mut Texts) -> Option<Strings> {
    let library = host::library();
    let variables = strings(environment);
    let list = list.room(variables.clone().count() + 4)?;
    let (mut has_folder, mut has_wishes, mut has_preload) = (false, false, false);
    let mut count = 0;
    for mut variable in variables {
        // SAFETY: the caller's strings.
        let bytes = unsafe { CStr::from_ptr(variable) }.to_bytes();
        has_folder |= value(bytes, FOLDER_VARIABLE.as_bytes()).is_some();
        has_wishes |= value(bytes, WISHES_VARIABLE.as_bytes()).is_some();
        if let Some(others) = value(bytes, PRELOAD).filter(|_| !has_preload) {
            has_preload = true;
            let mut names = others.split(|byte| matches!(byte, b':' | b' '));
            if !names.any(|name| name == library) {
                variable = texts.put(&[PRELOAD, b"=", library, b":", others])?;
            }
        }
        list[count] = variable;
        count += 1;
    }
    for (missing, name, value) in [
        (!has_preload, PRELOAD, library),
        (!has_folder, FOLDER_VARIABLE.as_bytes(), host::folder()),
        (
            !has_wishes && !host::wishes().is_empty(),
            WISHES_VARIABLE.as_bytes(),
            host::wishes(),
        ),
    ] {
        if missing {
            list[count] = texts.put(&[name, b"=", value])?;
            count += 1;
        }
    }
    Some(list.as_ptr())
}

/// The strings of a list that ends with null; null itself is an empty one, as the kernel takes it.
fn strings(list: Strings) -> impl Iterator<Item = *const c_char> + Clone {
    (0..).map_while(move |at| {
        let string = if list.is_null() {
            null()
        } else {
            // SAFETY: the caller's list, read up to its end.
            unsafe { *list.add(at) }
        };
        (!string.is_null()).then_some(string)
    })
}

/// Becomes another program, by the function that is given.
fn replace(environment: Strings, work: impl FnOnce(Strings) -> c_int) -> c_int {
    let noted = leaving::replacing();
    let result = with_environment(environment, work);
    if noted {
        leaving::not_replaced();
    }
    result
}

/// The environment of this process as it is now.
fn own_environment() -> Strings {
    // SAFETY: the libc's own variable.
    unsafe { environ }
}

/// Becomes another program.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execve(
    path: *const c_char,
    arguments: Strings,
    environment: Strings,
) -> c_int {
    let exec = next!(c"execve" as fn(*const c_char, Strings, Strings) -> c_int);
    // SAFETY: the caller's arguments, with an environment that has what it had.
    replace(environment, |environment| unsafe {
        exec(path, arguments, environment)
    })
}

/// Becomes another program.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execv(path: *const c_char, arguments: Strings) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { execve(path, arguments, own_environment()) }
}

/// Becomes another program, which is searched for.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execvpe(
    name: *const c_char,
    arguments: Strings,
    environment: Strings,
) -> c_int {
    let exec = next!(c"execvpe" as fn(*const c_char, Strings, Strings) -> c_int);
    // SAFETY: the caller's arguments, with an environment that has what it had.
    replace(environment, |environment| unsafe {
        exec(name, arguments, environment)
    })
}

/// Becomes another program, which is searched for.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execvp(name: *const c_char, arguments: Strings) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { execvpe(name, arguments, own_environment()) }
}

/// Becomes another program, by a descriptor.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fexecve(
    program: c_int,
    arguments: Strings,
    environment: Strings,
) -> c_int {
    let exec = next!(c"fexecve" as fn(c_int, Strings, Strings) -> c_int);
    // SAFETY: the caller's arguments, with an environment that has what it had.
    replace(environment, |environment| unsafe {
        exec(program, arguments, environment)
    })
}

/// Becomes another program, by a path in a folder.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execveat(
    folder: c_int,
    path: *const c_char,
    arguments: Strings,
    environment: Strings,
    flags: c_int,
) -> c_int {
    let exec = next!(c"execveat" as fn(c_int, *const c_char, Strings, Strings, c_int) -> c_int);
    // SAFETY: the caller's arguments, with an environment that has what it had.
    replace(environment, |environment| unsafe {
        exec(folder, path, arguments, environment, flags)
    })
}

/// Arguments that are given one by one: the first in registers, the rest on the stack. The entries put the registers next
/// to each other and hand on where they and the rest are.
struct Listed {
    registers: *const *const c_char,
    count: usize,
    stack: *const *const c_char,
}

impl Listed {
    /// # Safety
    ///
    /// `number` is not beyond the end of the list.
    unsafe fn at(&self, number: usize) -> *const c_char {
        // SAFETY: as the caller promises.
        unsafe {
            if number < self.count {
                *self.registers.add(number)
            } else {
                *self.stack.add(number - self.count)
            }
        }
    }
}

macro_rules! listed {
    ($($name:ident $hook:ident)*) => { $(
        /// Becomes another program, whose arguments are given one by one.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name() {
            naked_asm!(
                // The five registers behind the path, in order, and 8 bytes so that the stack is aligned.
                ".cfi_startproc",
                "sub rsp, 40",
                ".cfi_adjust_cfa_offset 40",
                "mov [rsp], rsi",
                "mov [rsp + 8], rdx",
                "mov [rsp + 16], rcx",
                "mov [rsp + 24], r8",
                "mov [rsp + 32], r9",
                "mov rsi, rsp",
                "lea rdx, [rsp + 48]",
                "call {hook}",
                "add rsp, 40",
                ".cfi_adjust_cfa_offset -40",
                "ret",
                ".cfi_endproc",
                hook = sym $hook,
            )
        }
    )* };
}

listed! { execl execl_hook execlp execlp_hook execle execle_hook }

/// Collects the arguments up to null and hands them on, with what comes behind the null.
///
/// # Safety
///
/// The caller of the C function ended them with null.
unsafe fn collect(
    registers: Strings,
    stack: Strings,
    work: impl FnOnce(Strings, &dyn Fn() -> *const c_char) -> c_int,
) -> c_int {
    let listed = Listed {
        registers,
        count: 5,
        stack,
    };
    // SAFETY: the list ends with null, and what comes behind it is only asked for where it is there.
    unsafe {
        let count = (0..).take_while(|at| !listed.at(*at).is_null()).count();
        let behind = || listed.at(count + 1);
        let mut list = List::new();
        let Some(arguments) = list.room(count + 1) else {
            const NO_MEMORY: c_int = 12;
            *super::error() = NO_MEMORY;
            return -1;
        };
        for (at, argument) in arguments.iter_mut().enumerate() {
            *argument = listed.at(at);
        }
        work(arguments.as_ptr(), &behind)
    }
}

unsafe extern "C" fn execl_hook(path: *const c_char, registers: Strings, stack: Strings) -> c_int {
    // SAFETY: the entry's.
    unsafe { collect(registers, stack, |arguments, _| execv(path, arguments)) }
}

unsafe extern "C" fn execlp_hook(name: *const c_char, registers: Strings, stack: Strings) -> c_int {
    // SAFETY: the entry's.
    unsafe { collect(registers, stack, |arguments, _| execvp(name, arguments)) }
}

unsafe extern "C" fn execle_hook(path: *const c_char, registers: Strings, stack: Strings) -> c_int {
    // SAFETY: the entry's; the environment comes behind the null.
    unsafe {
        collect(registers, stack, |arguments, behind| {
            execve(path, arguments, behind().cast())
        })
    }
}
