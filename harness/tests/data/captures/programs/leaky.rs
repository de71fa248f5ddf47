//! Forgets 48 bytes, keeps 32, and fills a cache of eight, in each of so many iterations.
#[cfg(feature = "dhat")]
#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(feature = "jemalloc")]
#[allow(non_upper_case_globals)]
#[export_name = "_rjem_malloc_conf"]
pub static malloc_conf: &[u8] = b"prof:true,prof_active:true,lg_prof_sample:0\0";

#[inline(never)]
fn lose(number: u8) {
    std::mem::forget(std::hint::black_box(vec![number; 48]));
}

#[inline(never)]
fn keep(list: &mut Vec<Box<[u8; 32]>>, number: u8) {
    list.push(Box::new([number; 32]));
}

#[inline(never)]
fn remember(cache: &mut [Option<Vec<u8>>; 8], at: usize) {
    cache[at % 8].get_or_insert_with(|| vec![7; 256])[0] = at as u8;
}

#[inline(never)]
fn set_up() -> Vec<u8> {
    vec![1; 4096]
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let iterations: usize = words[1].parse().unwrap();
    #[cfg(feature = "dhat")]
    let _profiler = dhat::Profiler::builder().file_name(&words[2]).build();
    let table = set_up();
    let mut cache = [const { None }; 8];
    let mut list = Vec::with_capacity(4096);
    for number in 0..iterations {
        lose(number as u8);
        keep(&mut list, number as u8);
        remember(&mut cache, number);
    }
    #[cfg(feature = "jemalloc")]
    unsafe {
        let path = std::ffi::CString::new(words[2].as_str()).unwrap();
        tikv_jemalloc_ctl::raw::write(b"prof.dump\0", path.as_ptr()).unwrap();
    }
    #[cfg(feature = "dhat")]
    drop(_profiler);
    std::hint::black_box((&table, &cache, &list));
}
