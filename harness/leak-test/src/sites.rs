//! The call sites that keep memory, named for people.

use crate::capture::{Amount, Captured};
use crate::series::Counts;
use harness_judge::attribution::answering::answerable;
use harness_judge::attribution::origin::{Origin, origin};
use harness_judge::attribution::sites::frame_to_summary;
use harness_judge::attribution::sources::NoSources;
use harness_judge::attribution::stack::{Frame, clean_function};
use harness_model::{Place, Shape};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;

/// Where the work is called: what lies further out is this crate's and the test runner's.
const WORK: &str = "leak_test_runs_the_work";
/// The allocator's functions: what lies further in is the instrument's. Optimised code may have inlined those by which a
/// program asks for memory.
const ALLOCATOR: &str = "leak_test::allocator::";

/// A call site that keeps memory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// The call that answers for it: the innermost of yours that is no mere constructor. The file is from its crate
    /// downwards.
    pub place: Place,
    /// Bytes that it kept, for each iteration of the search.
    pub bytes_per_iteration: f64,
    /// Blocks that it kept, for each iteration of the search.
    pub blocks_per_iteration: f64,
    /// The calls that led there, innermost first, up to the work.
    pub frames: Vec<harness_model::Frame>,
    /// Those of the user's own that called the function, nearest first.
    pub(crate) callers: Vec<harness_model::Frame>,
    /// Whether it prints.
    pub(crate) prints: bool,
}

/// Stacks with names.
pub struct Stacks {
    named: Vec<Vec<Frame>>,
}

impl Stacks {
    /// Names the frames of stacks.
    pub fn name(stacks: &[Vec<usize>]) -> Stacks {
        let mut known: HashMap<usize, Vec<Frame>> = HashMap::new();
        let name = |addresses: &Vec<usize>| {
            let mut frames = Vec::new();
            for address in addresses {
                let calls = known.entry(*address).or_insert_with(|| calls(*address));
                frames.extend(calls.iter().cloned());
            }
            without_ours(&frames).to_vec()
        };
        Stacks {
            named: stacks.iter().map(name).collect(),
        }
    }

    /// Whether a stack goes through a function whose path has one of these names in it.
    pub fn go_through(&self, stack: usize, names: &[String]) -> bool {
        let frames = &self.named[stack];
        frames
            .iter()
            .any(|frame| names.iter().any(|name| is_called(frame, name)))
    }

    /// Whether any frame has a line: the program was built with debug information.
    pub fn have_lines(&self) -> bool {
        let mut frames = self.named.iter().flatten();
        frames.any(|frame| frame.place.line.is_some() && origin(frame, &NoSources) == Origin::Own)
    }
}

/// Whether a function has this in its path. Sparse debug information has names without their paths: then the last part is
/// compared, for functions of the user's own.
fn is_called(frame: &Frame, name: &str) -> bool {
    let Some(function) = frame.place.function.as_deref() else {
        return false;
    };
    let bare = function.split('<').next().unwrap_or(function);
    let last = name.rsplit("::").next().unwrap_or(name);
    function.contains(name)
        || (bare == last && !bare.is_empty() && origin(frame, &NoSources) == Origin::Own)
}

/// The calls at a return address: more than one where calls were inlined, innermost first.
fn calls(returns_to: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    backtrace::resolve(returns_to as *mut c_void, |symbol| {
        let name = symbol.name().map(|name| name.to_string());
        let file = symbol.filename();
        frames.push(Frame {
            place: Place {
                function: name.as_deref().and_then(clean_function),
                file: file.map(|path| path.to_string_lossy().into_owned()),
                line: symbol.lineno(),
            },
            ..Frame::default()
        });
    });
    if frames.is_empty() {
        frames.push(Frame {
            address: Some(returns_to as u64),
            ..Frame::default()
        });
    }
    frames
}

/// The frames between the allocator and the call of the work.
fn without_ours(frames: &[Frame]) -> &[Frame] {
    let calls_the_work = |frame: &Frame| {
        let function = frame.place.function.as_deref();
        function.is_some_and(|function| function.contains(WORK))
    };
    let allocates = |frame: &Frame| {
        let (function, file) = (frame.place.function.as_deref(), frame.place.file.as_deref());
        function.is_some_and(|function| function.starts_with(ALLOCATOR))
            || file.is_some_and(|file| file.ends_with(crate::allocator::FILE))
    };
    let outer = frames.iter().position(calls_the_work);
    let frames = &frames[..outer.unwrap_or(frames.len())];
    let inner = frames.iter().rposition(allocates);
    &frames[inner.map_or(0, |inner| inner + 1)..]
}

impl Site {
    /// The sites that grow, the largest first; or, where none is seen to, those that kept something. `passed_over` are
    /// stacks that do not count.
    pub fn gather(
        captured: &Captured,
        stacks: &Stacks,
        cycle: u64,
        passed_over: impl Fn(usize) -> bool,
    ) -> Vec<Site> {
        let mut places: BTreeMap<_, Kept> = BTreeMap::new();
        let mut place_of = HashMap::new();
        for (number, frames) in stacks.named.iter().enumerate() {
            if passed_over(number) {
                continue;
            }
            let call = answerable(frames, &NoSources);
            place_of.insert(number, call.map(|call| call.place));
        }
        for (at, mark) in captured.marks.iter().enumerate() {
            for (stack, amount) in &mark.by_stack {
                let Some(key) = place_of.get(stack) else {
                    continue;
                };
                let place = places.entry(key.clone()).or_default();
                place.live.resize(captured.marks.len(), Amount::default());
                place.live[at].add(*amount);
                place.largest = place.largest.max((amount.bytes, *stack));
            }
        }
        let grows = |place: &Kept| place.shape(cycle) == Shape::Growing;
        let any_grows = places.values().any(grows);
        let mut sites: Vec<Site> = places
            .values()
            .filter(|place| place.kept() != Amount::default())
            .filter(|place| !any_grows || grows(place))
            .map(|place| place.to_site(&stacks.named[place.largest.1]))
            .collect();
        sites.sort_by_key(|site| Reverse((site.bytes_per_iteration * 1e3) as i64));
        sites
    }
}

/// What all stacks of one place keep.
#[derive(Default)]
struct Kept {
    /// At each mark.
    live: Vec<Amount>,
    /// Bytes and number of the stack that had most of it.
    largest: (i64, usize),
}

impl Kept {
    fn kept(&self) -> Amount {
        self.live.last().copied().unwrap_or_default()
    }

    fn shape(&self, cycle: u64) -> Shape {
        let mut counts = Counts::with_capacity(self.live.len());
        for live in &self.live {
            counts.push(*live);
        }
        counts.judge(cycle).shape()
    }

    fn to_site(&self, frames: &[Frame]) -> Site {
        let iterations = self.live.len().saturating_sub(1).max(1) as f64;
        let call = answerable(frames, &NoSources);
        let outer = call.as_ref().map_or(0, |call| call.depth + 1);
        let own = |frame: &&Frame| {
            let is_entry = |name: &str| name.starts_with("__rust") || name == "main";
            origin(frame, &NoSources) == Origin::Own
                && !frame.place.function.as_deref().is_some_and(is_entry)
        };
        let prints = |frame: &Frame| {
            let function = frame.place.function.as_deref();
            function.is_some_and(|name| name == "_print" || name == "std::io::stdio::_print")
        };
        Site {
            bytes_per_iteration: self.kept().bytes as f64 / iterations,
            blocks_per_iteration: self.kept().blocks as f64 / iterations,
            callers: frames[outer.min(frames.len())..]
                .iter()
                .filter(own)
                .map(|frame| {
                    let mut caller = frame_to_summary(frame);
                    caller.place.function = frame.short_function().into_owned();
                    caller
                })
                .collect(),
            frames: frames.iter().map(frame_to_summary).collect(),
            prints: frames.iter().any(prints),
            place: call.map_or_else(Place::unknown, |call| call.place),
        }
    }
}
