// Build: rustc --edition 2021 -g -C opt-level=1 -o tree tree.rs
// Usage: tree N [--twin]
// A node and its parent point at each other by Rc, without unsafe code. The twin takes the pointer back out.
use std::cell::RefCell;
use std::rc::Rc;

struct Node {
    parent: RefCell<Option<Rc<Node>>>,
    children: RefCell<Vec<Rc<Node>>>,
    name: [u8; 64],
}

#[inline(never)]
fn node(i: usize) -> Rc<Node> {
    Rc::new(Node { parent: RefCell::new(None), children: RefCell::new(Vec::new()), name: [i as u8; 64] }) /*@site*/
}

#[inline(never)]
fn family(i: usize, twin: bool) -> usize {
    let (parent, child) = (node(i), node(i + 1));
    *child.parent.borrow_mut() = Some(parent.clone());
    parent.children.borrow_mut().push(child.clone()); /*@site2*/
    if twin {
        child.parent.borrow_mut().take();
    }
    usize::from(child.name[3])
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let sum: usize = (0..n).map(|i| family(i, twin)).sum();
    println!("{sum}");
}
