//! What a column is by its name: the usual spellings of tools, spreadsheets and exporters.

use super::amounts::{amount, usual_unit};
use super::meaning::{Meaning, Named};
use super::units::{Of, Unit, unit, unit_in_name};
use harness_model::record::Measure;

const TIME: &[&str] = &[
    "time",
    "timestamp",
    "ts",
    "date",
    "datetime",
    "elapsed",
    "wall",
    "wallclock",
    "clock",
    "unix",
    "utc",
    "gmt",
    "since",
    "start",
    "asctime",
    "created",
    "zeit",
    "uhrzeit",
    "datum",
    "zeitstempel",
    "relative",
    "second",
    "seconds",
    "sec",
    "s",
    "t",
    "at",
    "local",
    "when",
    "runtime",
    "epochtime",
];
const ITERATION: &[&str] = &[
    "iteration",
    "iterations",
    "iter",
    "iters",
    "it",
    "i",
    "step",
    "steps",
    "round",
    "rounds",
    "cycle",
    "loop",
    "n",
    "epoch",
    "batch",
    "pass",
];
const INDEX: &[&str] = &[
    "index", "idx", "row", "sample", "samples", "seq", "sequence", "line", "unnamed",
];
const NUMBER: &[&str] = &[
    "number", "no", "num", "nr", "id", "idx", "index", "count", "global", "current", "0",
];
const GROUPS: [&[&str]; 4] = [
    &[
        "condition",
        "scenario",
        "variant",
        "case",
        "configuration",
        "mode",
    ],
    &[
        "pod",
        "container",
        "instance",
        "host",
        "hostname",
        "node",
        "server",
        "machine",
        "service",
        "app",
        "job",
    ],
    &[
        "process", "command", "cmd", "comm", "program", "worker", "rank", "name", "names", "run",
        "label", "group", "device",
    ],
    &["namespace", "container id", "user", "uid"],
];
const METRIC: &[&str] = &[
    "metric",
    "metrics",
    "variable",
    "field",
    "__name__",
    "measurement",
    "measure",
    "series",
    "key",
];
/// The words of a name in lower case, and the unit in it.
fn words(name: &str) -> (Vec<String>, Option<Unit>) {
    let mut found = None;
    let mut text = String::new();
    let name = name.split(" / ").next().unwrap_or(name);
    let mut rest = name;
    while let Some(open) = rest.find(['(', '[', '{']) {
        text.push_str(&rest[..open]);
        text.push(' ');
        let inside = &rest[open + 1..];
        let close = inside.find([')', ']', '}']).unwrap_or(inside.len());
        match unit(&inside[..close]) {
            Some(unit) => found = Some(unit),
            None => text.push_str(&inside[..close]),
        }
        text.push(' ');
        rest = inside.get(close + 1..).unwrap_or("");
    }
    text.push_str(rest);
    let mut spaced = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && (before.is_some_and(char::is_lowercase)
                || (before.is_some_and(char::is_uppercase)
                    && after.is_some_and(|after| after.is_lowercase())
                    && letters.get(at + 2).is_some_and(|one| one.is_lowercase())));
        if begins {
            spaced.push(' ');
        }
        if *letter == '%' {
            found = found.or(unit("%"));
        }
        match letter.is_alphanumeric() {
            true => spaced.extend(letter.to_lowercase()),
            false => spaced.push(' '),
        }
    }
    let mut words: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
    if let Some(last) = words.last().filter(|_| found.is_none()) {
        found = unit_in_name(last);
        if found.is_some() {
            words.pop();
        }
    }
    (words, found)
}

/// What a name says of its column.
pub(super) fn named(name: &str) -> Named {
    let (words, unit) = words(name);
    let meaning = meaning(name, &words, unit);
    // A name that is nothing but a unit, and not of the time, has none.
    let unit = unit.filter(|_| !(words.is_empty() && meaning == Meaning::Unknown));
    let unit = unit.or_else(|| usual_unit(name, &words, meaning));
    Named { meaning, unit }
}

fn meaning(name: &str, words: &[String], unit: Option<Unit>) -> Meaning {
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    let all = |of: &[&str]| words.iter().all(|word| of.contains(&word.as_str()));
    let lower = name.trim().to_lowercase();
    let of = unit.map(|unit| unit.of);
    if words.is_empty() {
        return match of {
            // vmstat calls a share of the processor "us".
            Some(Of::Seconds) if lower != "us" && lower != "ns" => Meaning::Time,
            Some(Of::Bytes) => Meaning::Amount(Measure::Resident, 9),
            _ if lower.is_empty() || lower == "#" => Meaning::Index,
            _ => Meaning::Unknown,
        };
    }
    if all(TIME) && of != Some(Of::Bytes) {
        let began = has(&["start"]) && words.len() > 1;
        return if began { Meaning::Began } else { Meaning::Time };
    }
    if has(&["warmup"]) || (has(&["warm"]) && has(&["up"])) {
        return Meaning::WarmUp;
    }
    if unit.is_none()
        && has(ITERATION)
        && words
            .iter()
            .all(|word| ITERATION.contains(&word.as_str()) || NUMBER.contains(&word.as_str()))
    {
        return Meaning::Iteration;
    }
    if unit.is_none()
        && words.len() <= 2
        && has(INDEX)
        && words
            .iter()
            .all(|word| INDEX.contains(&word.as_str()) || NUMBER.contains(&word.as_str()))
    {
        return Meaning::Index;
    }
    if matches!(
        lower.as_str(),
        "pid" | "process_id" | "process id" | "tgid" | "processid"
    ) {
        return Meaning::Pid;
    }
    if has(&["start"]) && has(&["process", "proc"]) && has(&["time"])
        || has(&["restarts", "restart"])
    {
        return Meaning::Began;
    }
    if of == Some(Of::Percent) {
        return Meaning::Unknown;
    }
    if has(&[
        "delta",
        "diff",
        "difference",
        "increment",
        "change",
        "gained",
    ]) {
        return Meaning::Change;
    }
    if lower == "pids" {
        return Meaning::Amount(Measure::Threads, 1);
    }
    if lower == "value" || lower == "_value" || lower == "val" {
        return Meaning::Value;
    }
    if METRIC.contains(&lower.trim_start_matches('_'))
        || METRIC.contains(&lower.as_str())
        || lower == "metric name"
        || lower == "metric_name"
    {
        return Meaning::Metric;
    }
    if let Some(amount) = amount(words, unit) {
        return amount;
    }
    let last = words.last().map_or("", String::as_str);
    if has(&["uptime"]) || last == "total" || words[0] == "total" || has(&["cumulative"]) {
        return Meaning::Counter;
    }
    let known = GROUPS.iter().position(|names| {
        names.contains(&lower.as_str())
            || (unit.is_none() && words.len() <= 2 && names.contains(&last))
    });
    match known {
        Some(at) => Meaning::Group(at as u8),
        None => Meaning::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::units::{BYTES, KIBIBYTES, MEBIBYTES, MILLISECONDS};
    use super::*;

    fn amount_of(name: &str) -> Option<Measure> {
        match named(name).meaning {
            Meaning::Amount(measure, _) => Some(measure),
            _ => None,
        }
    }

    #[test]
    fn amounts_are_known_by_the_names_that_tools_give_them() {
        for (measure, names) in [
            (
                Measure::Resident,
                "rss rss_mb RSS VmRSS RES resident memory mem[kB] memory_usage MEM_USAGE process_resident_memory_bytes rss_bytes mem_mb container_memory_working_set_bytes memory.rss memory_mb total_rss",
            ),
            (
                Measure::Heap,
                "live_bytes heap_bytes heapUsed heap heap_used_mb go_memstats_heap_alloc_bytes nodejs_heap_size_used_bytes allocated jemalloc.allocated tracemalloc_mb go_memstats_alloc_bytes heap_live_bytes",
            ),
            (
                Measure::HeapBlocks,
                "live_blocks heap_blocks blocks go_memstats_heap_objects",
            ),
            (Measure::Unique, "uss uss_mb USS"),
            (Measure::Proportional, "pss PSS"),
            (
                Measure::Virtual,
                "vms VSZ VIRT VmSize process_virtual_memory_bytes virtual_mb",
            ),
            (Measure::Swap, "swap VmSwap swpd"),
            (
                Measure::Anonymous,
                "anonymous_bytes RssAnon container_memory_rss anon_mb",
            ),
            (
                Measure::Descriptors,
                "fds num_fds open_fds process_open_fds descriptors open_files",
            ),
            (
                Measure::Threads,
                "threads num_threads nlwp PIDs process_threads",
            ),
            (Measure::Processes, "processes num_children"),
            (Measure::Gpu, "gpu_mem_mb vram_mb"),
        ] {
            for name in names.split_whitespace() {
                assert_eq!(amount_of(name), Some(measure), "{name}");
            }
        }
        for name in ["RSS (MiB)", "Real (MB)", "MEM USAGE / LIMIT", "Memory [MB]"] {
            assert_eq!(amount_of(name), Some(Measure::Resident), "{name}");
        }
    }

    #[test]
    fn what_is_no_amount_is_told_from_one() {
        for (name, meaning) in [
            ("timestamp", Meaning::Time),
            ("Time", Meaning::Time),
            ("time_ms", Meaning::Time),
            ("Elapsed time", Meaning::Time),
            ("elapsed_s", Meaning::Time),
            ("seconds", Meaning::Time),
            ("@timestamp", Meaning::Time),
            ("iteration", Meaning::Iteration),
            ("iter", Meaning::Iteration),
            ("global_step", Meaning::Iteration),
            ("", Meaning::Index),
            ("Unnamed: 0", Meaning::Index),
            ("warmup", Meaning::WarmUp),
            ("pid", Meaning::Pid),
            ("PID", Meaning::Pid),
            ("condition", Meaning::Group(0)),
            ("pod", Meaning::Group(1)),
            ("NAME", Meaning::Group(2)),
            ("metric", Meaning::Metric),
            ("_value", Meaning::Value),
            ("peak_rss_mb", Meaning::Peak),
            ("ru_maxrss", Meaning::Peak),
            ("process_max_fds", Meaning::Limit),
            ("mem_limit", Meaning::Limit),
            ("total_bytes", Meaning::Counter),
            ("process_cpu_seconds_total", Meaning::Counter),
            ("uptime", Meaning::Counter),
            ("process_start_time_seconds", Meaning::Began),
            ("rss_delta", Meaning::Change),
            ("%MEM", Meaning::Unknown),
            ("CPU %", Meaning::Unknown),
            ("cpu_percent", Meaning::Unknown),
            ("latency_ms", Meaning::Unknown),
            ("words", Meaning::Unknown),
            ("minflt/s", Meaning::Unknown),
        ] {
            {
                assert_eq!(named(name).meaning, meaning, "{name}");
            }
        }
        assert_eq!(named("VmHWM").meaning, Meaning::Peak);
    }

    #[test]
    fn units_stand_in_names_or_go_with_those_of_tools() {
        assert_eq!(named("rss_mb").unit, Some(MEBIBYTES));
        assert_eq!(named("RSS (MiB)").unit, Some(MEBIBYTES));
        assert_eq!(named("mem[kB]").unit, Some(KIBIBYTES));
        assert_eq!(named("VmRSS").unit, Some(KIBIBYTES));
        assert_eq!(named("RSS").unit, Some(KIBIBYTES));
        assert_eq!(named("live_bytes").unit, Some(BYTES));
        assert_eq!(named("time_ms").unit, Some(MILLISECONDS));
        assert_eq!(named("rss").unit, None);
    }
}
