//! The resident set: the pages of the process that are in memory.

/// The size of a page of memory, in bytes.
pub fn page_bytes() -> u64 {
    // SAFETY: sysconf takes a number and has no conditions.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(bytes).unwrap_or(4096)
}

/// The resident set of this process in bytes, or None where the system has no /proc. Does not allocate.
pub fn resident_bytes() -> Option<u64> {
    use std::io::Read;
    let mut line = [0; 128];
    let mut file = std::fs::File::open("/proc/self/statm").ok()?;
    let length = file.read(&mut line).ok()?;
    Some(resident_pages(&line[..length])? * page_bytes())
}

/// The second field of statm, in pages (proc(5)).
fn resident_pages(statm: &[u8]) -> Option<u64> {
    let fields = std::str::from_utf8(statm).ok()?;
    fields.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_pages_are_the_second_field_of_statm() {
        assert_eq!(resident_pages(b"5403 1287 1024 40 0 502 0\n"), Some(1287));
        assert_eq!(resident_pages(b"5403"), None);
        assert_eq!(resident_pages(b"5403 x 1"), None);
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
