//! What the words of a report mean: one list, which pages show where a word stands and the terminal prints when it is
//! asked.
//!
//! The words are the field's where it has them: valgrind's for what is lost, the kernel's for what is resident.

/// A word and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The word, as it stands in a sentence.
    pub(crate) term: &'static str,
    /// Other ways to say or spell it.
    pub(crate) aliases: &'static [&'static str],
    /// What it means, in one or two sentences.
    pub(crate) meaning: &'static str,
}

/// Every word, in alphabetical order.
pub(crate) fn all() -> &'static [Entry] {
    ENTRIES
}

/// The entry of a word or of another way to say it, whatever its case, with blanks, hyphens or underscores.
pub(crate) fn find(term: &str) -> Option<&'static Entry> {
    let wanted = plain(term);
    ENTRIES.iter().find(|entry| {
        let mut names = entry.names();
        names.any(|name| plain(name) == wanted)
    })
}

impl Entry {
    /// The word and the other ways to say it.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.term).chain(self.aliases.iter().copied())
    }
}

/// A word without what does not tell it from another.
fn plain(term: &str) -> String {
    let lower = term.trim().to_lowercase();
    let words = lower.split(|c: char| c.is_whitespace() || c == '-' || c == '_');
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A row of the list.
const fn entry(
    term: &'static str,
    aliases: &'static [&'static str],
    meaning: &'static str,
) -> Entry {
    Entry {
        term,
        aliases,
        meaning,
    }
}

static ENTRIES: &[Entry] = &[
    entry(
        "allocator",
        &["malloc", "jemalloc"],
        "The code behind malloc and free. It takes pages from the system, cuts them into blocks, and may keep pages whose \
         blocks were freed.",
    ),
    entry(
        "arena",
        &["arenas"],
        "A region of memory that is filled from one end and freed whole. glibc's malloc also calls the separate heaps \
         that it keeps for threads arenas.",
    ),
    entry(
        "arena slack",
        &[],
        "Memory that an arena has taken and not filled yet. It falls as the arena fills.",
    ),
    entry(
        "baseline",
        &[],
        "The committed file with the best figures and the known call sites of earlier runs. The gate fails what is worse.",
    ),
    entry(
        "block",
        &["blocks"],
        "One piece of memory that malloc, or another allocating function, has handed out.",
    ),
    entry(
        "bounded cache",
        &["saturating", "bounded caches"],
        "Memory that rises for a while and then stays level. It is not a leak, as far as the run could see.",
    ),
    entry(
        "budget",
        &["budgets"],
        "The most that a figure may be, as the gate's configuration says.",
    ),
    entry(
        "call site",
        &["call sites", "site", "sites"],
        "The line of code that asked for the memory, told by the call stack at that moment.",
    ),
    entry(
        "call stack",
        &["call stacks", "stack", "stacks"],
        "The functions that were running when the memory was asked for, each called by the next.",
    ),
    entry(
        "condition",
        &["conditions"],
        "The setting under which a loop is measured, such as with zones or without zones, and what memory is expected to do \
         under it.",
    ),
    entry(
        "control",
        &["positive control", "positive controls"],
        "A leak that is planted on purpose and has to be found. A control that is not found means the tool is blind, and a \
         pass would prove nothing.",
    ),
    entry(
        "counters",
        &["counter", "exact counters"],
        "Live bytes and blocks, counted at every allocation and every free. They have no noise: no growth is exactly zero.",
    ),
    entry(
        "definitely lost",
        &["lost", "unreachable"],
        "valgrind's word for a block that no pointer leads to any more. Nothing can free it: a leak.",
    ),
    entry(
        "dhat",
        &[],
        "An instrument that keeps the call stack of every live block at the end of a run. Two runs of different lengths show \
         what grows.",
    ),
    entry(
        "dirty pages",
        &["dirty page", "free pages"],
        "Pages that hold no live block and that the allocator has not given back to the system. They count as resident.",
    ),
    entry(
        "external fragmentation",
        &[],
        "Free space in pages that also hold live blocks, so that the pages cannot be given back.",
    ),
    entry(
        "fragmentation",
        &["internal fragmentation"],
        "Memory that the allocator holds and no program data fills: blocks rounded up to a size class (internal), and gaps \
         between live blocks (external).",
    ),
    entry(
        "growing",
        &["growth", "grows"],
        "Memory rises with the iterations and does not level off.",
    ),
    entry(
        "heap",
        &[],
        "The memory that malloc hands out. Stacks of threads, mapped files and a program's own mappings are outside it.",
    ),
    entry(
        "held",
        &["kept", "still reachable", "reachable"],
        "Something still points to the block: a cache, a queue, a table. It is not lost, but it can still grow for ever.",
    ),
    entry(
        "held or lost",
        &["reachability unknown"],
        "Live memory of which nobody asked whether anything still points to it: neither valgrind nor the scan ran.",
    ),
    entry(
        "in no store",
        &["unaccounted"],
        "Live memory that none of the program's known stores claims. It is a finding when it grows.",
    ),
    entry(
        "indirectly lost",
        &[],
        "A block that only lost blocks point to. Freeing the lost one properly frees it too.",
    ),
    entry(
        "iteration",
        &["iterations"],
        "One round of the work that is repeated: a pass over a text, a request, a line of input. What grows with the number \
         of iterations is the leak.",
    ),
    entry(
        "kernel",
        &[],
        "The operating system's core. It knows only pages, and counts a page as resident until it is given back.",
    ),
    entry(
        "leak",
        &["memory leak", "leaks"],
        "Memory that is taken again and again and never given back.",
    ),
    entry(
        "ledger",
        &[],
        "The growth of the resident set, row by row from the stores to the kernel's part. The rows add up to it exactly.",
    ),
    entry(
        "lexeme",
        &["lexemes"],
        "A word's entry in the vocabulary. Without zones every new word adds one for good.",
    ),
    entry(
        "live bytes",
        &["live heap", "live memory", "live"],
        "Bytes in blocks that were allocated and not freed yet.",
    ),
    entry(
        "memory report",
        &[],
        "The list in which every store of the program says how much memory it holds.",
    ),
    entry(
        "minimum detectable effect",
        &["detectable slope"],
        "The slowest growth that this run would have noticed in 99 of 100 cases. Slower growth can hide in the noise.",
    ),
    entry(
        "one-off",
        &["once", "one-offs"],
        "Memory that is taken once or a few times, such as at start-up, and not again. It is no leak.",
    ),
    entry(
        "outside the heap",
        &[],
        "Memory that malloc did not hand out: stacks of threads, mapped files, a program's own mappings.",
    ),
    entry(
        "page",
        &["pages"],
        "The unit in which the kernel hands out memory, mostly 4 KiB.",
    ),
    entry(
        "peak",
        &["high-water mark", "high-water marks"],
        "The most that was held at any one time.",
    ),
    entry(
        "possibly lost",
        &["interior pointer"],
        "valgrind's word for a block that only a pointer into its middle leads to. Hash tables are kept like that, so it counts \
         as a leak only where blocks of the same stack are lost as well.",
    ),
    entry(
        "probe",
        &["probes", "instrument", "instruments"],
        "One way to measure memory: the counters, the resident set, the allocator's own records, dhat, valgrind, the scan.",
    ),
    entry(
        "PSS",
        &["proportional set size"],
        "Resident memory with each shared page divided among the processes that share it, so that it can be added up.",
    ),
    entry(
        "resident",
        &["resident set", "resident memory", "RSS"],
        "Memory of the process that is in RAM, as the kernel counts it. It includes pages that the program freed and the \
         allocator keeps, so it proves no leak by itself.",
    ),
    entry(
        "residual",
        &["unexplained"],
        "The part of the growth that none of the other rows explains. In a good run it is close to zero.",
    ),
    entry(
        "sawtooth",
        &[],
        "Memory that rises and falls again and again, such as a cache that empties itself. Nothing stays.",
    ),
    entry(
        "scan",
        &["the scan"],
        "A search at the end of a run for pointers to every live block, which tells what is lost from what is held. It needs no \
         valgrind.",
    ),
    entry(
        "slack",
        &["capacity"],
        "Memory that a store holds and does not use, such as the spare capacity of a table.",
    ),
    entry(
        "store",
        &["stores", "in a store"],
        "A part of the program that keeps data on purpose and says how much: a string table, a cache.",
    ),
    entry(
        "suppression",
        &["suppressions", "suppressed"],
        "An entry in a file that hides a known finding, with a reason and the day on which it expires.",
    ),
    entry(
        "tokenizer cache",
        &[],
        "The tokenizer's memory of how it split words that it has seen before.",
    ),
    entry(
        "twin",
        &["negative control", "twins"],
        "The same program as a planted leak, except that it frees what it takes. It has to be cleared.",
    ),
    entry(
        "valgrind",
        &["memcheck"],
        "A tool that runs a program on a simulated processor. Its memcheck looks, at the end, for pointers to every block.",
    ),
    entry(
        "vocabulary",
        &["vocab"],
        "The words that a pipeline knows, with their strings and lexemes. It is shared by all documents.",
    ),
    entry(
        "warm-up",
        &["warmup"],
        "The first iterations, in which buffers and caches fill. Growth is measured from their end.",
    ),
    entry(
        "without zones",
        &[],
        "Without zones the vocabulary keeps every new word, as spaCy does too. That growth is expected: it is measured and \
         named, and fails nothing.",
    ),
    entry(
        "zone",
        &["zones", "memory zone", "memory zones", "with zones"],
        "A stretch of work with memory of its own. All that was taken inside it is freed when it is closed.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_by_each_of_its_names_however_it_is_written() {
        assert_eq!(find(" Possibly_Lost ").unwrap().term, "possibly lost");
        assert_eq!(find("rss").unwrap().term, "resident");
        assert_eq!(find("WARM-UP").unwrap().term, "warm-up");
        assert_eq!(find("warm up").unwrap().term, "warm-up");
        assert_eq!(find("unheard of"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn the_words_stand_in_order_and_no_name_has_two_meanings() {
        let terms: Vec<String> = all().iter().map(|entry| plain(entry.term)).collect();
        assert!(terms.is_sorted(), "{terms:?}");
        let mut names: Vec<String> = all()
            .iter()
            .flat_map(|entry| entry.names().map(plain))
            .collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "{names:?}");
    }

    #[test]
    fn a_meaning_is_one_sentence_or_two_or_three_short_ones() {
        for entry in all() {
            let meaning = entry.meaning;
            assert!(meaning.ends_with('.'), "{}", entry.term);
            assert!(meaning.len() < 220, "{}: {}", entry.term, meaning.len());
        }
    }

    #[test]
    fn every_cause_of_growth_that_needs_a_word_has_one() {
        use harness_model::Cause;
        for cause in Cause::ALL {
            let plain = matches!(cause, Cause::Nothing | Cause::Unknown);
            assert!(plain || find(cause.phrase()).is_some(), "{cause:?}");
        }
    }
}
