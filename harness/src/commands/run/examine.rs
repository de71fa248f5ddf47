//! What kind of file a command is, before it is run: whether it can be, and what the library will not see of it.

use crate::files;
use object::{Object, ObjectSection};
use std::ffi::{CString, OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The most bytes of a program's file that are looked through.
const MOST_BYTES: u64 = 256 << 20;
/// Interpreters of interpreters that are followed.
const MOST_SCRIPTS: usize = 4;

/// What is known of a command's file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Examined {
    /// The file that is run.
    pub path: PathBuf,
    /// Why the library cannot be loaded into it, as a clause: `it is linked statically`.
    pub unseen: Option<String>,
    /// The library cannot be loaded into it, and valgrind may see it all the same.
    pub valgrind_sees: bool,
    /// What will be seen of it only in part, one sentence each.
    pub blind_spots: Vec<String>,
}

/// Finds the command's file, as a shell would, and looks into it.
///
/// # Errors
///
/// A sentence for the user: there is no such file, or it cannot be run.
pub(crate) fn examine(command: &OsStr) -> Result<Examined, String> {
    let path = find(command)?;
    let mut examined = Examined {
        path: path.clone(),
        ..Examined::default()
    };
    let mut file = path;
    for _ in 0..MOST_SCRIPTS {
        let privileged = privileges(&file);
        if examined.unseen.is_none() {
            examined.unseen = privileged;
        }
        let mut head = Vec::new();
        // A file that may be run and not be read is run all the same.
        let Ok(bytes) = files::open(&file) else {
            return Ok(examined);
        };
        if bytes.take(MOST_BYTES).read_to_end(&mut head).is_err() {
            return Ok(examined);
        }
        match interpreter(&head) {
            Some(next) => file = next,
            None => {
                look_into(&head, &mut examined);
                return Ok(examined);
            }
        }
    }
    Ok(examined)
}

fn find(command: &OsStr) -> Result<PathBuf, String> {
    let shown = printable::Line(command.to_string_lossy());
    if command.as_bytes().contains(&b'/') {
        let path = PathBuf::from(command);
        return match runnable(&path) {
            Ok(()) => Ok(path),
            Err(why) => Err(format!("cannot run {shown}: {why}")),
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    let mut denied = None;
    for folder in std::env::split_paths(&path) {
        let file = folder.join(command);
        match runnable(&file) {
            Ok(()) => return Ok(file),
            Err(why) if file.exists() => denied = Some(why),
            Err(_) => {}
        }
    }
    Err(match denied {
        Some(why) => format!("cannot run {shown}: {why}"),
        None => format!("cannot run {shown}: there is no such command in PATH"),
    })
}

fn runnable(path: &Path) -> Result<(), String> {
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if about.is_dir() {
        return Err("it is a folder".to_owned());
    }
    let name = CString::new(path.as_os_str().as_bytes())
        .map_err(|_| "its name has a zero byte".to_owned())?;
    // SAFETY: access reads the name, which ends with a zero byte, and nothing else.
    match unsafe { libc::access(name.as_ptr(), libc::X_OK) } {
        0 => Ok(()),
        _ => Err("it is not executable for this user (chmod +x)".to_owned()),
    }
}

/// Why the loader drops preloaded libraries of this file, where it gives the program more rights than its caller has.
fn privileges(path: &Path) -> Option<String> {
    let about = std::fs::metadata(path).ok()?;
    // SAFETY: these two take nothing and give numbers.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    let gains = (about.mode() & libc::S_ISUID != 0 && about.uid() != user)
        || (about.mode() & libc::S_ISGID != 0 && about.gid() != group);
    if gains {
        return Some(
            "it is setuid or setgid, and the loader keeps foreign libraries out of it".to_owned(),
        );
    }
    let name = CString::new(path.as_os_str().as_bytes()).ok()?;
    // SAFETY: both names end with a zero byte; with a length of zero the buffer is not written to.
    let size = unsafe {
        libc::getxattr(
            name.as_ptr(),
            c"security.capability".as_ptr(),
            std::ptr::null_mut(),
            0,
        )
    };
    (size > 0 && user != 0)
        .then(|| "it has capabilities, and the loader keeps foreign libraries out of it".to_owned())
}

/// The interpreter of a script.
fn interpreter(head: &[u8]) -> Option<PathBuf> {
    let line = head
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = std::str::from_utf8(line).ok()?.trim();
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let file = match first.rsplit('/').next() {
        // `env -S python3 -u`, `env VARIABLE=value python3`
        Some("env") => words.find(|word| !word.starts_with('-') && !word.contains('='))?,
        _ => first,
    };
    find(OsStr::new(file)).ok()
}

fn look_into(bytes: &[u8], examined: &mut Examined) {
    let Some(elf) = Elf::read(bytes) else {
        return;
    };
    let unseen = if elf.is_32_bit {
        Some("it is a 32-bit program".to_owned())
    } else if elf.machine != MACHINE {
        Some("it is built for another architecture".to_owned())
    } else if elf.interpreter.is_none() {
        let go = if is_go(bytes) {
            ", written in Go, whose memory its own profiler shows (pprof)"
        } else {
            ""
        };
        Some(format!("it is linked statically{go}"))
    } else if elf.interpreter.is_some_and(|path| contains(path, b"musl")) {
        Some("it is linked against musl, and the library is made for glibc".to_owned())
    } else {
        None
    };
    if examined.unseen.is_none() {
        // Of another machine's programs, and of the heap of Go's, it sees nothing.
        examined.valgrind_sees =
            unseen.is_some() && elf.machine == MACHINE && !elf.is_32_bit && !is_go(bytes);
        examined.unseen = unseen;
    }
    if elf.interpreter.is_some() && is_go(bytes) {
        examined.blind_spots.push(
            "It is a Go program: its own heap is a mapping to the library, and its blocks are not seen (pprof shows them)."
                .to_owned(),
        );
    }
    for name in sanitizers(bytes) {
        examined.blind_spots.push(format!(
            "It is built with {name}, which has an allocator of its own: blocks of the heap may not be seen."
        ));
    }
}

fn is_go(bytes: &[u8]) -> bool {
    let file = object::File::parse(bytes).ok();
    file.is_some_and(|file| file.section_by_name(".go.buildinfo").is_some())
}

/// The sanitizers whose functions a program names.
fn sanitizers(bytes: &[u8]) -> Vec<&'static str> {
    const BY_SYMBOL: [(&[u8], &str); 3] = [
        (b"__asan_init", "AddressSanitizer"),
        (b"__tsan_init", "ThreadSanitizer"),
        (b"__msan_init", "MemorySanitizer"),
    ];
    let Ok(file) = object::File::parse(bytes) else {
        return Vec::new();
    };
    let tables = [".dynstr", ".strtab"]
        .into_iter()
        .filter_map(|name| file.section_by_name(name)?.data().ok());
    let names: Vec<&[u8]> = tables
        .flat_map(|table| table.split(|byte| *byte == 0))
        .collect();
    let used = BY_SYMBOL
        .iter()
        .filter(|(symbol, _)| names.contains(symbol));
    used.map(|(_, name)| *name).collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(target_arch = "x86_64")]
const MACHINE: u16 = 62;
#[cfg(not(target_arch = "x86_64"))]
const MACHINE: u16 = 183;

/// The head of a program's file.
struct Elf<'b> {
    is_32_bit: bool,
    machine: u16,
    /// The loader's path.
    interpreter: Option<&'b [u8]>,
}

impl<'b> Elf<'b> {
    fn read(bytes: &'b [u8]) -> Option<Elf<'b>> {
        let number = |at: usize, size: usize| -> Option<u64> {
            let part = bytes.get(at..at.checked_add(size)?)?;
            let mut all = [0; 8];
            all[..size].copy_from_slice(part);
            Some(u64::from_le_bytes(all))
        };
        if !bytes.starts_with(b"\x7fELF") {
            return None;
        }
        let is_32_bit = bytes.get(4) == Some(&1);
        let machine = number(18, 2)? as u16;
        let mut elf = Elf {
            is_32_bit,
            machine,
            interpreter: None,
        };
        if is_32_bit {
            return Some(elf);
        }
        let (table, size, count) = (
            number(32, 8)? as usize,
            number(54, 2)? as usize,
            number(56, 2)? as usize,
        );
        for at in 0..count {
            let head = table.checked_add(at.checked_mul(size)?)?;
            const INTERPRETER: u64 = 3;
            if number(head, 4)? == INTERPRETER {
                let (from, length) = (
                    number(head.checked_add(8)?, 8)? as usize,
                    number(head.checked_add(32)?, 8)? as usize,
                );
                elf.interpreter = bytes.get(from..from.checked_add(length)?);
            }
        }
        Some(elf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_command_is_found_as_a_shell_finds_it_and_what_is_wrong_is_said() {
        assert!(examine(OsStr::new("sh")).unwrap().path.ends_with("sh"));
        let wrong = examine(OsStr::new("no-such-command-at-all")).unwrap_err();
        assert_eq!(
            wrong,
            "cannot run no-such-command-at-all: there is no such command in PATH"
        );
        assert!(
            examine(OsStr::new("/"))
                .unwrap_err()
                .contains("it is a folder")
        );
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "#!/bin/sh\n").unwrap();
        assert!(
            examine(plain.as_os_str())
                .unwrap_err()
                .contains("not executable")
        );
        std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(examine(plain.as_os_str()).unwrap().unseen, None);
    }

    #[test]
    fn a_dynamic_program_can_be_looked_into_and_a_head_that_says_so_is_believed() {
        let mut bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let look = |bytes: &[u8]| {
            let mut examined = Examined::default();
            look_into(bytes, &mut examined);
            examined.unseen
        };
        assert_eq!(look(&bytes), None);
        let machine = bytes[18];
        bytes[18] = 243;
        assert_eq!(
            look(&bytes).unwrap(),
            "it is built for another architecture"
        );
        bytes[18] = machine;
        bytes[4] = 1;
        assert_eq!(look(&bytes).unwrap(), "it is a 32-bit program");
        bytes[4] = 2;
        // No program headers, and so no loader.
        bytes[56..58].fill(0);
        assert_eq!(look(&bytes).unwrap(), "it is linked statically");
    }

    #[test]
    fn a_head_that_was_cut_is_no_program() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for length in 0..64 {
            let mut examined = Examined::default();
            look_into(&bytes[..length], &mut examined);
        }
    }

    #[test]
    fn scripts_are_as_their_interpreters_are() {
        assert!(
            interpreter(b"#!/usr/bin/env -S sh -e\n")
                .unwrap()
                .ends_with("sh")
        );
        assert_eq!(interpreter(b"#!/bin/sh\nx").unwrap(), Path::new("/bin/sh"));
        assert_eq!(interpreter(b"\x7fELF"), None);
    }
}
