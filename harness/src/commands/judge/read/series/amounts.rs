//! Which amount a column's name names, and the unit that goes without saying.

use super::meaning::Meaning;
use super::room;
use super::units::{BYTES, KIBIBYTES, Of, Unit};
use harness_model::record::Measure;

/// Words that say no more of memory than that it is some.
const PLAIN: &[&str] = &[
    "mem",
    "memory",
    "ram",
    "usage",
    "used",
    "use",
    "in",
    "current",
    "size",
    "process",
    "proc",
    "self",
    "own",
    "self",
    "bytes",
    "python",
    "container",
    "docker",
    "total",
    "pod",
    "app",
    "avg",
    "mean",
    "value",
    "info",
    "test",
    "my",
    "real",
];

/// Words that say that it is the machine's memory.
const MEMORY: &[&str] = &["mem", "memory", "ram"];

/// The amount that words name.
pub(super) fn amount(words: &[String], unit: Option<Unit>) -> Option<Meaning> {
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    let is_bytes = unit.is_some_and(|unit| unit.of == Of::Bytes);
    if unit.is_some_and(|unit| unit.of != Of::Bytes)
        || has(&[
            "rate", "per", "percent", "pct", "ratio", "perc", "faults", "flt",
        ])
    {
        return None;
    }
    let is_memory = is_bytes
        || words.first().is_some_and(|word| word == "vm")
        || has(&[
            "mem", "memory", "rss", "vmrss", "resident", "heap", "uss", "pss", "maxrss", "ram",
        ]);
    let is_limit = has(&[
        "limit", "limits", "quota", "capacity", "max", "soft", "hard", "request", "requests",
    ]);
    let descriptors = has(&[
        "fd",
        "fds",
        "descriptors",
        "descriptor",
        "handles",
        "nofile",
    ]) || (has(&["open"]) && has(&["files", "file", "sockets"]));
    let threads =
        has(&["threads", "nlwp", "nthreads"]) || (has(&["num", "count"]) && has(&["thread"]));
    if descriptors || threads {
        return Some(match is_limit {
            true => Meaning::Limit,
            false if descriptors => Meaning::Amount(Measure::Descriptors, 1),
            false => Meaning::Amount(
                Measure::Threads,
                if has(&["daemon", "peak"]) { 3 } else { 1 },
            ),
        });
    }
    if has(&["processes", "procs", "nproc", "children"]) && !is_bytes {
        return Some(Meaning::Amount(Measure::Processes, 1));
    }
    if has(&["blocks", "objects"])
        && (has(&["live", "heap"]) || words.len() == 1)
        && !is_bytes
        && !has(&["total"])
    {
        return Some(Meaning::Amount(Measure::HeapBlocks, 1));
    }
    if !is_memory
        && !has(&[
            "vsz",
            "vms",
            "virt",
            "virtual",
            "vsize",
            "swap",
            "swpd",
            "res",
            "anon",
            "anonymous",
            "alloc",
            "allocated",
            "vram",
            "shmem",
            "traced",
            "tracemalloc",
            "wss",
        ])
    {
        return None;
    }
    if has(&["peak", "hwm", "maxrss", "watermark", "highwater"])
        || (has(&["max"]) && has(&["rss", "usage", "used"]))
    {
        return Some(Meaning::Peak);
    }
    if is_limit {
        return Some(Meaning::Limit);
    }
    let first_total = words.first().is_some_and(|word| word == "total")
        || words.last().is_some_and(|word| word == "total");
    let measure = if has(&["uss", "private"]) {
        (Measure::Unique, 1)
    } else if has(&["pss"]) {
        (Measure::Proportional, 1)
    } else if has(&["swap", "swpd"]) {
        if has(&["free", "cached", "total"]) {
            (Measure::OtherBytes, 5)
        } else {
            (Measure::Swap, 1)
        }
    } else if has(&["vsz", "vms", "virt", "virtual", "vsize"])
        || (words[0] == "vm" && has(&["size"]))
    {
        (Measure::Virtual, 1)
    } else if has(&["gpu", "vram", "cuda"]) {
        (Measure::Gpu, 1)
    } else if has(&["shmem"]) {
        (Measure::Shared, 1)
    } else if has(&["anon", "anonymous"]) || (words[0] == "container" && has(&["rss"])) {
        (Measure::Anonymous, 1)
    } else if let Some(room) = room::room(has).filter(|_| has(MEMORY)) {
        return Some(Meaning::Room(room));
    } else if has(&[
        "free",
        "available",
        "avail",
        "idle",
        "released",
        "cache",
        "cached",
        "buffers",
        "buff",
        "file",
        "shared",
        "committed",
        "mapped",
        "stack",
        "code",
        "text",
        "data",
        "lib",
    ]) {
        (Measure::OtherBytes, 5)
    } else if has(&["heap"])
        || has(&["live"])
        || has(&["traced", "tracemalloc"])
        || has(&["alloc", "allocated"])
        || (words[0] == "jvm" && has(&["used"]))
    {
        let is_held = !has(&["sys", "total", "active", "resident", "retained"])
            && (!has(&["size"]) || has(&["used"]));
        if first_total && !has(&["heap"]) {
            return Some(Meaning::Counter);
        }
        let plain = has(&["used", "alloc", "allocated", "live", "bytes"]) || words.len() == 1;
        if is_held {
            (Measure::Heap, if plain { 1 } else { 2 })
        } else {
            (Measure::OtherBytes, 5)
        }
    } else if has(&["rss", "vmrss", "resident", "res", "wss"]) {
        let plain = words.len() == 1
            || words[0] == "vm"
            || (words[0] == "process" && words.last().is_some_and(|word| word == "memory"));
        (Measure::Resident, if plain { 1 } else { 2 })
    } else if has(&["working"]) && has(&["set"]) {
        (Measure::Resident, 2)
    } else if has(&["mem", "memory", "ram"])
        || words.iter().all(|word| PLAIN.contains(&word.as_str()))
    {
        let plain = words.iter().all(|word| PLAIN.contains(&word.as_str()));
        if first_total && words.len() == 1 {
            return Some(Meaning::Counter);
        }
        match plain {
            true => (Measure::Resident, 3),
            false => (Measure::Resident, 4),
        }
    } else if first_total {
        return Some(Meaning::Counter);
    } else {
        return None;
    };
    Some(Meaning::Amount(measure.0, measure.1))
}

/// The unit that is meant where none is written: ps, pidstat, top and the kernel count memory in KiB, and call it by
/// names that nobody else writes so; allocators and exporters count bytes.
pub(super) fn usual_unit(name: &str, words: &[String], meaning: Meaning) -> Option<Unit> {
    let name = name.trim();
    let kernel = words.first().is_some_and(|word| word == "vm") && words.len() > 1;
    let tools = [
        "RSS",
        "VSZ",
        "PSS",
        "USS",
        "Swap",
        "SWAP",
        "RES",
        "VIRT",
        "SHR",
        "SZ",
        "swpd",
        "maxrss",
        "ru_maxrss",
    ];
    let rss = name.starts_with("Rss") && name.len() > 3;
    match meaning {
        Meaning::Amount(measure, _) if measure.is_bytes() => {
            if kernel || rss || tools.contains(&name) {
                Some(KIBIBYTES)
            } else if name == "heapUsed" || name == "heapTotal" || name == "external" {
                Some(BYTES)
            } else {
                None
            }
        }
        Meaning::Peak
            if kernel || tools.contains(&name) || words.iter().any(|word| word == "maxrss") =>
        {
            Some(KIBIBYTES)
        }
        _ => None,
    }
}
