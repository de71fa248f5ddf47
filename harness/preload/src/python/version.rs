//! Where CPython keeps what is read of it: from 3.13 on it says so itself, and for those before there is a table.
//!
//! Nothing of a table is believed: before the first stack is read by it, what it leads to is looked at (`frames.rs`).

/// From which on an interpreter describes itself.
const DESCRIBES_ITSELF: u32 = minor(13);

/// What an interpreter that describes itself begins its description with.
const COOKIE: u64 = u64::from_le_bytes(*b"xdebugpy");

/// Words of a description that are looked at.
pub const WORDS: usize = 96;

/// `PY_VERSION_HEX` of the first release of 3.`minor`, without its last four digits.
pub const fn minor(minor: u32) -> u32 {
    3 << 24 | minor << 16
}

/// How the frames of a thread hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Objects, of which each runs in a call of the interpreter's loop of its own: up to 3.10.
    Objects,
    /// Plain structures. One call of the loop runs several, and the outermost of them says so (3.11): with it goes a
    /// structure on the C stack.
    Marked,
    /// Plain structures. One call of the loop runs several, further out than which there is a frame that runs nothing, on
    /// the C stack: from 3.12.
    Parted,
}

/// Offsets in bytes, and what differs between versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// How frames hang together.
    pub chain: Chain,
    /// In the thread's state: its innermost frame; in 3.11 and 3.12 the structure on the C stack that has it.
    pub thread_frame: usize,
    /// In that structure: the innermost frame. (The next structure outwards stands right behind.)
    pub loop_frame: Option<usize>,
    /// In a frame: the next one outwards.
    pub previous: usize,
    /// In a frame: its code object.
    pub code: usize,
    /// In a frame: the instruction that is carried out: an address, or a number up to 3.10.
    pub instruction: usize,
    /// In a frame: a byte that says whether a call of the loop begins with it (3.11), or to whom it belongs (from 3.12).
    pub owner: usize,
    /// In a code object: the name of its file.
    pub file: usize,
    /// In a code object: its name.
    pub name: usize,
    /// In a code object: its name with those of what it stands in; up to 3.10 the same as `name`.
    pub qualified_name: usize,
    /// In a code object: its first line.
    pub first_line: usize,
    /// In a code object: which line an instruction belongs to.
    pub lines: usize,
    /// In a code object: its instructions; 0 where they are an object of their own.
    pub instructions: usize,
    /// In a code object: before which of its instructions, of two bytes each, a frame is not whole; 0 where that is not
    /// known.
    pub first_traced: usize,
    /// In an object: its type. What is the object's own begins 8 bytes further.
    pub kind: usize,
}

impl Offsets {
    /// Those of a release, `version` being its `PY_VERSION_HEX`; `description` is the beginning of `_PyRuntime`, where
    /// there is one. `None` for a release that is not known.
    pub fn of(version: u32, description: &[u64]) -> Option<Offsets> {
        let release = version & 0xFFFF_0000;
        if release >= DESCRIBES_ITSELF && version >> 24 == 3 {
            return described(description);
        }
        table(release)
    }
}

/// What a release has that does not describe itself.
fn table(release: u32) -> Option<Offsets> {
    const OBJECTS: Offsets = Offsets {
        chain: Chain::Objects,
        thread_frame: 24,
        loop_frame: None,
        previous: 24,
        code: 32,
        instruction: 104,
        owner: 0,
        file: 104,
        name: 112,
        qualified_name: 112,
        first_line: 40,
        lines: 120,
        instructions: 0,
        first_traced: 0,
        kind: 8,
    };
    const MARKED: Offsets = Offsets {
        chain: Chain::Marked,
        thread_frame: 56,
        loop_frame: Some(8),
        previous: 48,
        code: 32,
        instruction: 56,
        owner: 68,
        file: 112,
        name: 120,
        qualified_name: 128,
        first_line: 72,
        lines: 136,
        instructions: 184,
        first_traced: 168,
        kind: 8,
    };
    const PARTED: Offsets = Offsets {
        chain: Chain::Parted,
        thread_frame: 56,
        loop_frame: Some(0),
        previous: 8,
        code: 0,
        instruction: 56,
        owner: 70,
        file: 112,
        name: 120,
        qualified_name: 128,
        first_line: 68,
        lines: 136,
        instructions: 192,
        first_traced: 176,
        kind: 8,
    };
    Some(match release {
        _ if release == minor(8) || release == minor(9) => OBJECTS,
        _ if release == minor(10) => Offsets {
            instruction: 96,
            ..OBJECTS
        },
        _ if release == minor(11) => MARKED,
        _ if release == minor(12) => PARTED,
        _ => return None,
    })
}

/// Offsets beyond this are not believed.
const MOST: u64 = 4096;

/// What an interpreter says of itself. Later releases have put more words between the groups, so that each is found by
/// what is sure of it.
fn described(words: &[u64]) -> Option<Offsets> {
    if words.first() != Some(&COOKIE) {
        return None;
    }
    let find = |from: usize, length: usize, is_it: &dyn Fn(&[u64]) -> bool| {
        let groups = words.get(from..)?.windows(length);
        let at = groups.into_iter().position(is_it)?;
        Some(from + at)
    };
    // The state of a thread: its size, the two links of its list, its interpreter, its frame.
    let thread = find(3, 5, &|group| {
        group[0] > 64 && group[1..4] == [0, 8, 16] && group[4] < group[0]
    })?;
    // A frame comes behind its nine words: size, previous, code, instruction, locals, owner.
    let frame = thread + 9;
    let [size, previous, code, instruction, locals, owner] =
        words.get(frame..frame + 6)?.try_into().ok()?;
    let is_frame = [previous, code, instruction, owner]
        .iter()
        .all(|at| *at < size)
        && locals <= size
        && size < MOST;
    // A code object: size, file, name, qualified name, lines, first line, and behind four more its instructions.
    let object = find(frame + 6, 10, &|group| {
        group[..4].iter().all(|at| *at < MOST)
            && group[1] + 8 == group[2]
            && group[2] + 8 == group[3]
    })?;
    // Any object: its size and where its type is.
    let any = find(object + 10, 2, &|group| matches!(group, [16, 8] | [32, 24]))?;
    let code_object = &words[object..object + 10];
    let fits = is_frame
        && code_object[1..]
            .iter()
            .all(|at| *at < code_object[0].max(256));
    fits.then_some(Offsets {
        chain: Chain::Parted,
        thread_frame: words[thread + 4] as usize,
        loop_frame: None,
        previous: previous as usize,
        code: code as usize,
        instruction: instruction as usize,
        owner: owner as usize,
        file: code_object[1] as usize,
        name: code_object[2] as usize,
        qualified_name: code_object[3] as usize,
        lines: code_object[4] as usize,
        first_line: code_object[5] as usize,
        instructions: code_object[9] as usize,
        // It stands two words before the instructions; builds without a global lock have one more there.
        first_traced: match words[any + 1] {
            8 => (code_object[9] as usize).checked_sub(16)?,
            _ => 0,
        },
        kind: words[any + 1] as usize,
    })
}

/// The `PY_VERSION_HEX` of a text like `3.9.18 (main, ...)`, as far as its first two numbers go.
pub fn version_of(text: &[u8]) -> Option<u32> {
    let mut numbers = text.split(|byte| !byte.is_ascii_digit()).map(|digits| {
        let number = digits.iter().fold(0_u32, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u32::from(digit - b'0'))
        });
        (!digits.is_empty() && number < 256).then_some(number)
    });
    let (major, minor) = (numbers.next()??, numbers.next()??);
    Some(major << 24 | minor << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What 3.13 says of itself, up to its objects; a later release has `more` words in the groups of the interpreter, of
    /// a frame and of a code object.
    fn description(more: [&[u64]; 3]) -> Vec<u64> {
        let mut words = vec![COOKIE, 0x030D_00F0, 0];
        words.extend([283_320, 608, 632]);
        words.extend([
            194_968, 7272, 7264, 7344, 7400, 7656, 7640, 7648, 16, 7752, 0, 7768, 7760,
        ]);
        words.extend(more[0]);
        words.extend([304, 0, 8, 16, 72, 152, 160, 232, 32]);
        words.extend([80, 8, 0, 56, 72, 70]);
        words.extend(more[1]);
        words.extend([208, 112, 120, 128, 136, 68, 52, 96, 104, 200]);
        words.extend(more[2]);
        words.extend([16, 8, 416, 24, 88, 168]);
        words
    }

    fn of_3_13() -> Vec<u64> {
        description([&[]; 3])
    }

    #[test]
    fn an_interpreter_that_describes_itself_is_believed() {
        let offsets = Offsets::of(0x030D_00F0, &of_3_13()).unwrap();
        assert_eq!((offsets.thread_frame, offsets.loop_frame), (72, None));
        assert_eq!(
            (
                offsets.previous,
                offsets.code,
                offsets.instruction,
                offsets.owner
            ),
            (8, 0, 56, 70)
        );
        assert_eq!(
            (
                offsets.file,
                offsets.qualified_name,
                offsets.lines,
                offsets.first_line
            ),
            (112, 128, 136, 68)
        );
        assert_eq!(
            (offsets.instructions, offsets.first_traced, offsets.kind),
            (200, 184, 8)
        );
    }

    #[test]
    fn a_later_release_may_have_more_to_say() {
        let words = description([&[9, 10, 11], &[64, 62], &[200]]);
        assert_eq!(
            Offsets::of(0x030E_00F0, &words),
            Offsets::of(0x030D_00F0, &of_3_13())
        );
    }

    #[test]
    fn a_description_that_is_none_or_was_cut_gives_nothing() {
        let words = of_3_13();
        for length in 0..46 {
            assert_eq!(Offsets::of(0x030D_00F0, &words[..length]), None, "{length}");
        }
        let mut other = words.clone();
        other[0] ^= 1;
        assert_eq!(Offsets::of(0x030D_00F0, &other), None);
        for at in 1..words.len() {
            let mut wild = words.clone();
            wild[at] = u64::MAX;
            // Whatever it makes of it, it does not fail.
            let _ = Offsets::of(0x030D_00F0, &wild);
        }
    }

    #[test]
    fn releases_from_3_8_on_are_known_and_none_before() {
        for (release, chain) in [
            (8, Chain::Objects),
            (10, Chain::Objects),
            (11, Chain::Marked),
            (12, Chain::Parted),
        ] {
            let offsets = Offsets::of(minor(release) | 0x12F0, &[]).unwrap();
            assert_eq!(offsets.chain, chain, "3.{release}");
        }
        assert_eq!(Offsets::of(minor(7), &[]), None);
        assert_eq!(
            Offsets::of(minor(13), &[]),
            None,
            "it does not describe itself"
        );
        assert_eq!(Offsets::of(0x0207_0000, &[]), None);
    }

    #[test]
    fn a_version_is_read_from_its_text() {
        assert_eq!(version_of(b"3.10.13 (main, May  9 2026)"), Some(minor(10)));
        assert_eq!(version_of(b"3.8+ "), Some(minor(8)));
        for other in [&b""[..], b"unknown", b"3", b".3.8", b"99999999999.1"] {
            assert_eq!(version_of(other), None);
        }
    }
}
