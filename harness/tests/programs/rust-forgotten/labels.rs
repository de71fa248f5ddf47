// Build: rustc --edition 2021 -g -C opt-level=1 -o labels labels.rs
// Usage: labels N [--twin]
// A text is given to C by into_raw, and never taken back; and a list is passed to mem::forget.
use std::ffi::CString;

#[inline(never)]
fn label(i: usize) -> *mut std::ffi::c_char {
    CString::new(format!("label {i:050}")).unwrap().into_raw() /*@site*/
}

#[inline(never)]
fn numbers(i: usize, twin: bool) -> u64 {
    let list = vec![i as u64; 30]; /*@site2*/
    let last = list[29];
    if !twin {
        std::mem::forget(list);
    }
    last
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let mut sum = 0;
    for i in 0..n {
        let text = label(i);
        sum += numbers(i, twin);
        if twin {
            // SAFETY: it comes from into_raw, and nobody else has it.
            drop(unsafe { CString::from_raw(text) });
        }
    }
    println!("{sum}");
}
