//! The kinds of files that can be read, and what they are called.

/// A kind of files that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `valgrind --tool=memcheck --xml=yes`.
    MemcheckXml,
    /// memcheck's log.
    MemcheckLog,
    /// Of valgrind's dhat, or of dhat-rs.
    Dhat,
    /// `massif.out`.
    Massif,
    /// LeakSanitizer's reports.
    LeakSanitizer,
    /// What heaptrack_print prints.
    HeaptrackPrint,
    /// Stacks a line, as flame graphs are drawn from.
    CollapsedStacks,
    /// A heap profile as text.
    HeapProfile,
    /// A heap profile in pprof's form.
    Pprof,
    /// The mappings of a process.
    Smaps,
}

/// A kind, its name in documents, what it is called, and what writes it.
type Row = (Kind, &'static str, &'static str, &'static str);

/// Every kind: its name in the document, what it is called, and what writes it.
const KINDS: [Row; 10] = [
    (
        Kind::MemcheckXml,
        "memcheck_xml",
        "valgrind memcheck XML",
        "valgrind",
    ),
    (
        Kind::MemcheckLog,
        "memcheck_log",
        "valgrind memcheck log",
        "valgrind",
    ),
    (Kind::Dhat, "dhat", "DHAT JSON", "dhat"),
    (Kind::Massif, "massif", "massif.out", "massif"),
    (
        Kind::LeakSanitizer,
        "leak_sanitizer",
        "LeakSanitizer report",
        "LeakSanitizer",
    ),
    (
        Kind::HeaptrackPrint,
        "heaptrack_print",
        "heaptrack_print text",
        "heaptrack",
    ),
    (
        Kind::CollapsedStacks,
        "collapsed_stacks",
        "collapsed stacks",
        "heaptrack",
    ),
    (
        Kind::HeapProfile,
        "heap_profile",
        "heap profile (jemalloc, gperftools)",
        "jemalloc",
    ),
    (Kind::Pprof, "pprof", "pprof heap profile", "pprof"),
    (Kind::Smaps, "smaps", "smaps", "Linux"),
];

impl Kind {
    fn row(self) -> &'static Row {
        let row = KINDS.iter().find(|row| row.0 == self);
        row.unwrap_or(&KINDS[0])
    }

    /// Its name in documents: `memcheck_xml`.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// What it is called: `valgrind memcheck XML`.
    pub fn title(self) -> &'static str {
        self.row().2
    }

    pub(super) fn tool(self) -> &'static str {
        self.row().3
    }

    /// What all kinds are called, for errors and help.
    pub fn titles() -> String {
        let titles: Vec<&str> = KINDS.iter().map(|row| row.2).collect();
        titles.join(", ")
    }
}
