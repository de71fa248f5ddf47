//! The resident set: the pages of the process that are in memory.

/// The size of a page of memory, in bytes.
pub fn page_bytes() -> u64 {
    // SAFETY: sysconf takes a number and has no conditions.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(bytes).unwrap_or(4096)
}

/// The resident set at one moment, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// All of it.
    pub bytes: u64,
    /// Of it, pages of files and memory that is shared.
    pub of_files: u64,
}

/// The resident set of this process in bytes, or None where the system has no /proc. Does not allocate.
pub fn resident_bytes() -> Option<u64> {
    Some(resident()?.bytes)
}

/// The resident set of this process and its files' part, or None where the system has no /proc. Does not allocate.
pub fn resident() -> Option<Resident> {
    use std::io::Read;
    let mut line = [0; 128];
    let mut file = std::fs::File::open("/proc/self/statm").ok()?;
    let length = file.read(&mut line).ok()?;
    in_pages(&line[..length], page_bytes())
}

/// The second and the third field of statm, which are in pages (proc_pid_statm(5)).
fn in_pages(statm: &[u8], page_bytes: u64) -> Option<Resident> {
    let fields = std::str::from_utf8(statm).ok()?;
    let mut fields = fields.split(' ').skip(1);
    let mut field = || {
        let pages: u64 = fields.next()?.parse().ok()?;
        pages.checked_mul(page_bytes)
    };
    Some(Resident {
        bytes: field()?,
        of_files: field()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_pages_are_the_second_field_of_statm_and_those_of_files_the_third() {
        let resident = in_pages(b"5403 1287 1024 40 0 502 0\n", 4096);
        let expected = Resident {
            bytes: 1287 * 4096,
            of_files: 1024 * 4096,
        };
        assert_eq!(resident, Some(expected));
        for odd in [
            "5403",
            "5403 1287",
            "5403 x 1",
            "5403 1 x",
            "1 18446744073709551615 1",
        ] {
            assert_eq!(in_pages(odd.as_bytes(), 4096), None, "{odd}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn touching_memory_raises_the_resident_set() {
        let before = resident_bytes().unwrap();
        let touched = std::hint::black_box(vec![1_u8; 32 << 20]);
        let after = resident_bytes().unwrap();
        assert!(after > before + (16 << 20), "{before} {after}");
        drop(touched);
    }
}
