//! What a file is that is no series: a sentence that names it, and what to do with it.

/// A sentence about a file that begins so. None where nobody knows.
pub(super) fn sentence(head: &[u8]) -> Option<String> {
    let begins = |with: &[u8]| head.starts_with(with);
    let has = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    let at = "harness judge --at N FILE --at 10N FILE compares captures at known iteration counts";
    let packed = [
        (&b"\x28\xb5\x2f\xfd"[..], "zstd", "zstd -d"),
        (b"\xfd7zXZ\0", "xz", "xz -d"),
        (b"BZh", "bzip2", "bzip2 -d"),
        (b"\x04\x22\x4d\x18", "lz4", "lz4 -d"),
    ];
    if let Some((_, name, unpack)) = packed.iter().find(|(magic, _, _)| begins(magic)) {
        return Some(format!(
            "it is packed with {name}: unpack it first, with {unpack}"
        ));
    }
    let what = if begins(b"\xff\xfe") || begins(b"\xfe\xff") {
        "it is UTF-16, as Windows writes it: save it as UTF-8, or use iconv -f UTF-16 -t UTF-8"
            .to_owned()
    } else if begins(b"PK\x03\x04") {
        match has("xl/") || has("[Content_Types]") || has("spreadsheet") {
            true => "it is a spreadsheet: save it as CSV".to_owned(),
            false => "it is a ZIP archive: unpack it first".to_owned(),
        }
    } else if begins(b"PAR1") || begins(b"ARROW1") {
        "it is a file of Parquet or Arrow: write it as CSV, with to_csv of pandas or COPY of DuckDB"
            .to_owned()
    } else if begins(b"SQLite format 3") {
        "it is a database of SQLite: write the table as CSV, with sqlite3 -csv -header FILE 'SELECT ...'".to_owned()
    } else if begins(b"\x89PNG") || begins(b"\xff\xd8\xff") || begins(b"GIF8") {
        "it is a picture".to_owned()
    } else if begins(b"%PDF") {
        "it is a PDF".to_owned()
    } else if begins(b"\x7fELF") {
        "it is a program, and no file of measurements: harness record -- PROGRAM measures it"
            .to_owned()
    } else if begins(b"{\\rtf") {
        "it is a text document: save the table as CSV".to_owned()
    } else if has("<valgrindoutput>")
        || has("Memcheck, a memory error detector")
        || (begins(b"==") && has("== HEAP SUMMARY"))
    {
        format!("it is a log of valgrind's memcheck, which is one moment and no series: {at}")
    } else if has("dhatFileVersion") {
        format!("it is a profile of DHAT, which is one moment and no series: {at}")
    } else if begins(b"desc: ") && has("time_unit:") {
        format!("it is a file of massif: {at}")
    } else if has("LeakSanitizer: detected memory leaks") {
        format!("it is a report of LeakSanitizer: {at}")
    } else if begins(b"MemTotal:") && has("MemFree:") {
        "it is /proc/meminfo, which is one moment and no series: vmstat -t 1 looks again and again, and harness record --pid \
         PID at a program"
            .to_owned()
    } else if begins(b"Name:\t") && has("VmRSS:") {
        "it is /proc/PID/status, which is one moment and no series: harness record --pid PID looks again and again"
            .to_owned()
    } else if begins(b"heap_v2/") || begins(b"heap profile:") {
        format!("it is a heap profile of jemalloc or tcmalloc: {at}")
    } else if begins(b"MEMORY LEAKS")
        || has("total runtime:") && has("peak heap memory consumption")
    {
        format!("it is the text of heaptrack_print: {at}")
    } else if begins(b"# HELP ") || begins(b"# TYPE ") {
        "it is what Prometheus scrapes, once, and has no time in it: record it again and again, or ask Prometheus itself with \
         /api/v1/query_range"
            .to_owned()
    } else if starts_without_case(head, b"<!doctype html") || starts_without_case(head, b"<html") {
        "it is a page of HTML: save the table as CSV".to_owned()
    } else if begins(b"<?xml") {
        "it is XML".to_owned()
    } else if memchr::memchr(0, head).is_some() {
        "it is binary, and of no kind that is known".to_owned()
    } else {
        return None;
    };
    Some(what)
}

fn starts_without_case(head: &[u8], with: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    head.len() >= with.len() && head[..with.len()].eq_ignore_ascii_case(with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_named_with_what_to_do() {
        for (head, said) in [
            (
                &b"==12== Memcheck, a memory error detector\n==12== HEAP SUMMARY:"[..],
                "--at N",
            ),
            (b"PK\x03\x04....xl/workbook.xml", "save it as CSV"),
            (b"\xff\xfet\0i\0", "UTF-16"),
            (b"\x28\xb5\x2f\xfd", "zstd"),
            (b"# HELP go_goroutines x\n", "no time in it"),
            (b"MemTotal:  9 kB\nMemFree:  3 kB\n", "vmstat -t 1"),
            (
                b"Name:\tcat\nUmask:\t0022\nVmRSS:\t 9 kB\n",
                "harness record --pid",
            ),
            (b"  <!DOCTYPE HTML>", "HTML"),
            (b"\x01\x02\0\x03", "binary"),
        ] {
            let sentence = sentence(head).unwrap();
            assert!(sentence.contains(said), "{sentence}");
        }
        assert_eq!(sentence(b"time,rss\n1,2\n"), None);
    }
}
