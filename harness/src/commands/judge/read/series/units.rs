//! Units: of bytes, of time, and of nothing.

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Bytes,
    Seconds,
    /// Shares: they are no amount of anything.
    Percent,
}

/// A unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit {
    /// How it is written.
    pub name: &'static str,
    /// How many bytes or seconds it has.
    pub times: f64,
    /// What it measures.
    pub of: Of,
}

const KIB: f64 = 1024.0;

const fn bytes(name: &'static str, times: f64) -> Unit {
    Unit {
        name,
        times,
        of: Of::Bytes,
    }
}

const fn seconds(name: &'static str, times: f64) -> Unit {
    Unit {
        name,
        times,
        of: Of::Seconds,
    }
}

pub(super) const BYTES: Unit = bytes("B", 1.0);
pub(super) const KIBIBYTES: Unit = bytes("KiB", KIB);
pub(super) const MEBIBYTES: Unit = bytes("MiB", KIB * KIB);
pub(super) const SECONDS: Unit = seconds("s", 1.0);
pub(super) const MILLISECONDS: Unit = seconds("ms", 1e-3);
pub(super) const MICROSECONDS: Unit = seconds("\u{b5}s", 1e-6);
pub(super) const NANOSECONDS: Unit = seconds("ns", 1e-9);
const MINUTES: Unit = seconds("min", 60.0);
const HOURS: Unit = seconds("h", 3_600.0);
const DAYS: Unit = seconds("d", 86_400.0);
const GIBIBYTES: Unit = bytes("GiB", KIB * KIB * KIB);
const TEBIBYTES: Unit = bytes("TiB", KIB * KIB * KIB * KIB);
const PAGES: Unit = bytes("pages of 4 KiB", 4_096.0);
const PERCENT: Unit = Unit {
    name: "%",
    times: 1.0,
    of: Of::Percent,
};

/// A unit by what people write for it. Those of bytes are of 1,024 each, whatever their letters say: tools that measure
/// memory count so.
pub(super) fn unit(text: &str) -> Option<Unit> {
    let text = text.trim();
    // M for mega and m for milli are the only two that differ by their case, and no tool writes millibytes.
    let lower = text.to_lowercase();
    Some(match lower.as_str() {
        "b" | "byte" | "bytes" | "by" => BYTES,
        "k" | "kb" | "kib" | "kbyte" | "kbytes" | "kilobyte" | "kilobytes" | "kibibytes" | "ki" => {
            KIBIBYTES
        }
        "mb" | "mib" | "mbyte" | "mbytes" | "megabyte" | "megabytes" | "mebibytes" | "mi" => {
            MEBIBYTES
        }
        "m" if text == "M" => MEBIBYTES,
        "g" | "gb" | "gib" | "gbyte" | "gbytes" | "gigabyte" | "gigabytes" | "gibibytes" | "gi" => {
            GIBIBYTES
        }
        "t" | "tb" | "tib" | "terabytes" | "tebibytes" | "ti" => TEBIBYTES,
        "page" | "pages" => PAGES,
        "s" | "sec" | "secs" | "second" | "seconds" => SECONDS,
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => MILLISECONDS,
        "us" | "\u{b5}s" | "\u{3bc}s" | "usec" | "usecs" | "micros" | "microsecond"
        | "microseconds" => MICROSECONDS,
        "ns" | "nsec" | "nanos" | "nanosecond" | "nanoseconds" => NANOSECONDS,
        "min" | "mins" | "minute" | "minutes" => MINUTES,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOURS,
        "d" | "day" | "days" => DAYS,
        "%" | "percent" | "pct" => PERCENT,
        _ => return None,
    })
}

/// The unit that a word of a column's name is. Letters alone are none there: "s", "h" and "t" are names of their own.
pub(super) fn unit_in_name(word: &str) -> Option<Unit> {
    match word {
        "b" | "s" | "h" | "d" | "t" | "m" | "g" | "k" | "by" | "min" | "second" | "byte"
        | "page" | "day" | "minute" | "hour" => None,
        _ => unit(word),
    }
}
