//! The mappings of a process, by kind, from `/proc/self/smaps` (proc_pid_smaps(5)).
//!
//! The file has a line for each mapping (its addresses, what may be done with it, and its name) and lines of figures
//! below it. It is read as a stream, a bounded piece of a line at a time, whatever stands in it: a line that makes no
//! sense is counted and costs the figures below it alone.
//!
//! The kernel does not say what an anonymous mapping without a name is for. A thread's stack is told by the guard below
//! it, a few pages that nobody may touch. What is left over is the allocator's heap and whatever the program mapped
//! itself, which may even be one mapping; see [`harness_judge::ledger`] for how the two are told apart.

use harness_model::MappingsSample;
use std::io::{self, BufRead, BufReader};

/// The part of a line that is looked at. The kernel's own lines are a path (4,096 bytes, each escaped in four at most)
/// and some; what is longer is no line of the kernel's.
const LINE_BYTES: usize = 20 << 10;
/// A guard has a page or a few: 64 KiB is one page on the machines with the largest.
const MOST_GUARD_BYTES: u64 = 64 << 10;
/// What is larger than any usual stack is not taken for one.
const MOST_STACK_BYTES: u64 = 64 << 20;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Smaps {
    /// Resident bytes by kind of mapping.
    pub resident: MappingsSample,
    /// Mappings whose figures were read.
    pub mappings: u64,
    /// Lines that make no sense.
    pub odd_lines: u64,
    /// The file ends inside a mapping or a line: what stood before is here.
    pub truncated: bool,
}

/// This process's mappings, or None where the system does not tell.
pub fn of_this_process() -> Option<Smaps> {
    let file = std::fs::File::open("/proc/self/smaps").ok()?;
    read(BufReader::new(file)).ok()
}

/// Whether a line begins a mapping.
pub(crate) fn is_header(line: &[u8]) -> bool {
    Header::of(line).is_some()
}

/// Reads such a file.
///
/// # Errors
///
/// What the system says; never for what stands in the file.
pub fn read(mut from: impl BufRead) -> io::Result<Smaps> {
    let mut smaps = Smaps::default();
    let mut reader = Reader::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let ended = read_line(&mut from, &mut line)?;
        if !ended && line.is_empty() {
            break;
        }
        reader.line(&line, &mut smaps);
        smaps.truncated |= !ended;
    }
    reader.finish(&mut smaps);
    Ok(smaps)
}

/// Reads a line without its end; of one that is too long only the beginning. False where the file ended first.
fn read_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let buffer = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if buffer.is_empty() {
            return Ok(false);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let piece = &buffer[..end.unwrap_or(buffer.len())];
        let room = LINE_BYTES.saturating_sub(line.len());
        line.extend_from_slice(&piece[..piece.len().min(room)]);
        let used = piece.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// What a mapping is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Stack,
    File,
    SystemHeap,
    Anonymous,
    /// The kernel's own pages in the process.
    Kernel,
    /// All mappings together, in `smaps_rollup`: which of the anonymous ones are heap and which stacks it does not say.
    All,
}

/// A mapping whose lines are being read.
struct Mapping {
    kind: Kind,
    /// Its resident bytes, once they have been read: a second figure is none.
    resident: Option<u64>,
    /// How many of them are no file's.
    anonymous: u64,
}

#[derive(Default)]
struct Reader {
    current: Option<Mapping>,
    /// Where a guard ended, if the last mapping was one.
    guard_end: Option<u64>,
}

impl Reader {
    fn line(&mut self, line: &[u8], smaps: &mut Smaps) {
        if let Some(header) = Header::of(line) {
            self.finish(smaps);
            let kind = header.kind(self.guard_end);
            self.guard_end = header.is_guard().then_some(header.end);
            self.current = Some(Mapping {
                kind,
                resident: None,
                anonymous: 0,
            });
            return;
        }
        let Some((key, value)) = key_and_value(line) else {
            smaps.odd_lines += 1;
            // Whose figures follow is not known.
            let current = self.current.take();
            current.into_iter().for_each(|mapping| mapping.count(smaps));
            self.guard_end = None;
            return;
        };
        match key {
            b"Rss" => {
                let (Some(mapping), Some(bytes)) = (&mut self.current, kibibytes(value)) else {
                    smaps.odd_lines += 1;
                    return;
                };
                match mapping.resident {
                    None => mapping.resident = Some(bytes),
                    Some(_) => smaps.odd_lines += 1,
                }
            }
            b"Anonymous" => {
                if let (Some(mapping), Some(bytes)) = (&mut self.current, kibibytes(value)) {
                    mapping.anonymous = bytes;
                }
            }
            b"VmFlags" => {
                // Guards that are no mappings of their own (madvise with MADV_GUARD_INSTALL): glibc guards the stacks of
                // threads so since 2.42, and the kernel makes one mapping of those that lie side by side.
                if let Some(mapping) = &mut self.current
                    && mapping.kind == Kind::Anonymous
                    && value
                        .split(u8::is_ascii_whitespace)
                        .any(|flag| flag == b"gu")
                {
                    mapping.kind = Kind::Stack;
                }
            }
            _ => {}
        }
    }

    /// No more lines of the mapping come.
    fn finish(&mut self, smaps: &mut Smaps) {
        if let Some(mapping) = self.current.take() {
            smaps.truncated |= mapping.resident.is_none();
            mapping.count(smaps);
        }
    }
}

impl Mapping {
    fn count(self, smaps: &mut Smaps) {
        let Some(bytes) = self.resident else {
            return;
        };
        smaps.mappings += 1;
        let resident = &mut smaps.resident;
        let sum = match self.kind {
            Kind::Stack => &mut resident.stacks,
            Kind::File => &mut resident.files,
            Kind::SystemHeap => &mut resident.system_heap,
            Kind::Anonymous => &mut resident.anonymous,
            Kind::Kernel => &mut resident.kernel,
            Kind::All => {
                let anonymous = self.anonymous.min(bytes);
                resident.anonymous = resident.anonymous.saturating_add(anonymous);
                resident.files = resident.files.saturating_add(bytes - anonymous);
                return;
            }
        };
        *sum = sum.saturating_add(bytes);
    }
}

/// `Rss:       1234 kB`.
fn key_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (key, value) = (&line[..colon], &line[colon + 1..]);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    (!key.is_empty() && key.iter().all(is_name)).then_some((key, value))
}

/// `1234 kB` in bytes. A number beyond what memory can have is the largest there is.
fn kibibytes(value: &[u8]) -> Option<u64> {
    let number = value.trim_ascii().strip_suffix(b"kB")?.trim_ascii();
    if number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |sum: u64, digit: &u8| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    };
    Some(number.iter().fold(0, add).saturating_mul(1024))
}

/// `7ffd1000-7ffd3000 rw-p 00000000 00:00 0    [stack]`.
struct Header<'l> {
    start: u64,
    end: u64,
    permissions: &'l [u8],
    name: &'l [u8],
}

impl<'l> Header<'l> {
    fn of(line: &'l [u8]) -> Option<Header<'l>> {
        let mut rest = line;
        let mut field = || {
            let length = rest.iter().position(|byte| *byte == b' ');
            let (field, after) = rest.split_at(length.unwrap_or(rest.len()));
            rest = after.strip_prefix(b" ").unwrap_or(after);
            field
        };
        let addresses = field();
        let permissions = field();
        let [_offset, device, inode] = [field(), field(), field()];
        let dash = addresses.iter().position(|byte| *byte == b'-')?;
        let (start, end) = (hex(&addresses[..dash])?, hex(&addresses[dash + 1..])?);
        let whole = permissions.len() == 4 && device.contains(&b':') && !inode.is_empty();
        // The name is the rest of the line, whatever is in it.
        (whole && start <= end).then(|| Header {
            start,
            end,
            permissions,
            name: rest.trim_ascii(),
        })
    }

    /// Pages below a stack, that nobody may touch.
    fn is_guard(&self) -> bool {
        self.permissions == b"---p"
            && self.name.is_empty()
            && self.end - self.start <= MOST_GUARD_BYTES
    }

    fn kind(&self, guard_end: Option<u64>) -> Kind {
        let name = self.name;
        match name {
            b"[heap]" => Kind::SystemHeap,
            b"[rollup]" => Kind::All,
            b"" if guard_end == Some(self.start)
                && self.permissions == b"rw-p"
                && self.end - self.start <= MOST_STACK_BYTES =>
            {
                Kind::Stack
            }
            b"" => Kind::Anonymous,
            _ if name.starts_with(b"[stack") => Kind::Stack,
            // Names that programs give: `[anon: glibc: pthread stack: 1234]`.
            _ if name.starts_with(b"[anon") && name.windows(5).any(|word| word == b"stack") => {
                Kind::Stack
            }
            _ if name.starts_with(b"[anon") => Kind::Anonymous,
            _ if name.starts_with(b"[v") && name.ends_with(b"]") => Kind::Kernel,
            // Paths, deleted ones too, and what is shared: memfd, SYSV, anon_inode.
            _ => Kind::File,
        }
    }
}

fn hex(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    // from_str_radix would take a sign.
    let all = digits.iter().all(u8::is_ascii_hexdigit);
    u64::from_str_radix(text, 16).ok().filter(|_| all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Smaps {
        read(text.as_bytes()).unwrap()
    }

    const KIB: u64 = 1024;

    #[test]
    fn each_kind_of_mapping_is_summed_by_itself() {
        let smaps = of("\
00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/a program (deleted)\nSize: 328 kB\nRss:  100 kB\nVmFlags: rd ex\n\
00e03000-00e24000 rw-p 00000000 00:00 0           [heap]\nRss: 7 kB\n\
7f0000000000-7f0000001000 ---p 00000000 00:00 0 \nRss: 0 kB\n\
7f0000001000-7f0000801000 rw-p 00000000 00:00 0 \nRss: 64 kB\n\
7f0000801000-7f0000901000 rw-p 00000000 00:00 0 \nRss: 1000 kB\nRss_like: 4 kB\n\
7f1000000000-7f1000100000 rw-s 00000000 00:01 9   /memfd:shared memory (deleted)\nRss: 3 kB\n\
7f2000000000-7f2000100000 rw-p 00000000 00:00 0   [anon:mine]\nRss: 11 kB\n\
7f2000100000-7f2000200000 rw-p 00000000 00:00 0   [anon: glibc: pthread stack: 12]\nRss: 5 kB\n\
7ffd1000-7ffd3000 rw-p 00000000 00:00 0           [stack]\nRss: 16 kB\n\
7ffd9000-7ffdb000 r-xp 00000000 00:00 0           [vdso]\nRss: 4 kB\n");
        let expected = MappingsSample {
            stacks: (64 + 5 + 16) * KIB,
            files: 103 * KIB,
            system_heap: 7 * KIB,
            anonymous: 1011 * KIB,
            kernel: 4 * KIB,
        };
        assert_eq!(smaps.resident, expected);
        assert_eq!(
            (smaps.mappings, smaps.odd_lines, smaps.truncated),
            (10, 0, false)
        );
    }

    #[test]
    fn stacks_whose_guards_are_no_mappings_are_stacks() {
        let smaps = of("\
7f0000000000-7f0001000000 rw-p 00000000 00:00 0 \nRss: 404 kB\nAnonymous: 404 kB\nVmFlags: rd wr mr mw me gu nr nh \n\
7f0001000000-7f0002000000 rw-p 00000000 00:00 0 \nRss: 96 kB\nAnonymous: 96 kB\nVmFlags: rd wr mr mw me ac \n\
7f0003000000-7f0003100000 r-xp 00000000 08:02 9 /lib/a.so\nRss: 12 kB\nAnonymous: 4 kB\nVmFlags: rd ex mr gu \n");
        let expected = MappingsSample {
            stacks: 404 * KIB,
            anonymous: 96 * KIB,
            files: 12 * KIB,
            ..MappingsSample::default()
        };
        assert_eq!(smaps.resident, expected);
        assert_eq!((smaps.odd_lines, smaps.truncated), (0, false));
    }

    #[test]
    fn the_sum_of_all_mappings_is_split_into_files_and_what_is_none() {
        let smaps = of(
            "55d000000000-7ffd00000000 ---p 00000000 00:00 0    [rollup]\n\
Rss:  5000 kB\nPss: 4100 kB\nPss_Anon: 3000 kB\nAnonymous: 3200 kB\nSwap: 7 kB\n",
        );
        let expected = MappingsSample {
            anonymous: 3200 * KIB,
            files: 1800 * KIB,
            ..MappingsSample::default()
        };
        assert_eq!(smaps.resident, expected);
        assert_eq!((smaps.odd_lines, smaps.truncated), (0, false));
    }

    #[test]
    fn what_is_above_a_large_reserve_is_no_stack() {
        let smaps = of("\
7f0000000000-7f0004000000 ---p 00000000 00:00 0 \nRss: 0 kB\n\
7f0004000000-7f0004801000 rw-p 00000000 00:00 0 \nRss: 64 kB\n");
        assert_eq!(smaps.resident.anonymous, 64 * KIB);
    }

    #[test]
    fn a_file_that_was_cut_short_says_so_and_gives_what_stood_before() {
        let whole = "1000-2000 rw-p 0 00:00 0 \nRss: 8 kB\n2000-3000 rw-p 0 00:00 0 \nRss: 9 kB\n";
        for cut in [whole.len() - 1, whole.len() - 10, whole.len() - 12] {
            let smaps = of(&whole[..cut]);
            assert!(smaps.truncated, "{cut}");
            assert!(smaps.resident.anonymous >= 8 * KIB);
        }
        assert!(!of(whole).truncated);
        assert_eq!(of(""), Smaps::default());
    }

    #[test]
    fn a_line_that_makes_no_sense_costs_its_own_mapping_alone() {
        let smaps = of(
            "1000-2000 rw-p 0 00:00 0 \nRss: 8 kB\nRss: 8 kB\nzzzz-3000 rw-p 0 00:00 0\nRss: 5 kB\n\
                        4000-5000 rw-p 0 00:00 0 \nRss: -1 kB\n",
        );
        assert_eq!(smaps.resident.anonymous, 8 * KIB);
        assert_eq!((smaps.odd_lines, smaps.truncated), (4, true));
    }

    #[test]
    fn numbers_beyond_any_memory_are_the_largest_there_is() {
        let huge = "9".repeat(40);
        let smaps = of(&format!(
            "0-ffffffffffffffff rw-p 0 00:00 0 \nRss: {huge} kB\n1000-2000 rw-p 0 00:00 0 \nRss: {huge} kB\n"
        ));
        assert_eq!(smaps.resident.anonymous, u64::MAX);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_a_stack_and_a_program() {
        let smaps = of_this_process().unwrap();
        assert!(smaps.resident.stacks > 0 && smaps.resident.files > 0);
        assert_eq!((smaps.odd_lines, smaps.truncated), (0, false));
    }

    proptest! {
        #[test]
        fn no_bytes_whatever_make_it_panic(bytes: Vec<u8>) {
            read(&bytes[..]).unwrap();
        }

        #[test]
        fn every_mapping_is_counted_once_whatever_its_name(
            mappings in prop::collection::vec(("[^\n\0]{0,40}", 0_u64..1 << 40), 0..20)
        ) {
            let mut text = String::new();
            let mut sum = 0;
            for (at, (name, kib)) in mappings.iter().enumerate() {
                let start = (at as u64) << 30;
                let end = start + (1 << 20);
                text.push_str(&format!("{start:x}-{end:x} r--p 00000000 08:01 42    /{name}\nSize: 1 kB\nRss: {kib} kB\n"));
                sum += kib * KIB;
            }
            let smaps = of(&text);
            prop_assert_eq!(smaps.mappings, mappings.len() as u64);
            prop_assert_eq!(smaps.resident.files, sum);
            prop_assert_eq!((smaps.odd_lines, smaps.truncated), (0, false));
        }

        #[test]
        fn any_beginning_of_a_file_gives_no_more_than_the_whole(cut in 0_usize..400) {
            let whole = "1000-2000 rw-p 0 00:00 0 \nSize: 4 kB\nRss: 4 kB\n".repeat(8);
            let cut = cut.min(whole.len());
            let part = of(&whole[..cut]);
            prop_assert!(part.resident.anonymous <= 32 * KIB);
        }
    }
}
