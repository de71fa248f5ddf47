//! What this process holds of memory, as its allocator and the kernel say it.

/// What an allocator says of its heap.
#[derive(Clone, Debug, PartialEq)]
pub struct Heap {
    /// Bytes that are allocated and not freed.
    pub live_bytes: u64,
    /// What else the allocator counts, in bytes, by name.
    pub allocator: Vec<(&'static str, u64)>,
}

/// What the system's allocator says: of glibc's, `mallinfo2`. None where the C library has no such thing.
pub fn of_the_system() -> Option<Heap> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        glibc()
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    {
        None
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn glibc() -> Option<Heap> {
    type MallInfo2 = unsafe extern "C" fn() -> libc::mallinfo2;
    // Looked up and not linked: glibc has it since 2.33, and a program that needed it would not start with an older one.
    // SAFETY: the name is a C string, and dlsym only reads it.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()) };
    if found.is_null() {
        return None;
    }
    // SAFETY: the symbol of this name is a function of this type in every C library that has it.
    let mallinfo2 = unsafe { std::mem::transmute::<*mut libc::c_void, MallInfo2>(found) };
    // SAFETY: it takes no argument, and the locks that it needs itself.
    let info = unsafe { mallinfo2() };
    Some(Heap {
        live_bytes: (info.uordblks + info.hblkhd) as u64,
        allocator: vec![
            ("arenas", info.arena as u64),
            ("free", info.fordblks as u64),
            ("mapped", info.hblkhd as u64),
            ("trimmable", info.keepcost as u64),
        ],
    })
}

/// Bytes of this process that are in memory, where there is a /proc that says so.
pub(super) fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: sysconf takes a number and returns one.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(page).ok()?.checked_mul(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn live_bytes_follow_what_is_allocated_and_freed() {
        let live = || of_the_system().unwrap().live_bytes as i64;
        let before = live();
        // Other tests allocate at the same time: this is more than they do.
        let block = std::hint::black_box(vec![1_u8; 256 << 20]);
        let with = live();
        drop(block);
        let after = live();
        assert!(
            (with - before - (256 << 20)).abs() < 64 << 20,
            "{before} {with}"
        );
        assert!((after - before).abs() < 64 << 20, "{before} {after}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_resident_set_is_that_of_a_program() {
        assert!(resident_bytes().unwrap() > 1 << 20);
    }
}
