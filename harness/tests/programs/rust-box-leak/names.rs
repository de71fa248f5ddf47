// Build: rustc --edition 2021 -g -C opt-level=1 -o names names.rs
// Usage: names N [--twin]
// Box::leak makes a name live for ever, once for each iteration in place of once for each name.
#[inline(never)]
fn intern(i: usize) -> &'static mut [u8] {
    Box::leak(vec![i as u8; 75].into_boxed_slice()) /*@site*/
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let mut sum = 0;
    for i in 0..n {
        let name = intern(i);
        sum += usize::from(name[5]);
        if twin {
            // SAFETY: it was a box a moment ago, and nobody else has it.
            drop(unsafe { Box::from_raw(name) });
        }
    }
    println!("{sum}");
}
