//! How to come from one frame to the one that called it, in a word.

/// A rule of one address of the code: where the caller's frame is, and where `rbp` was saved. Packed in 64 bits, so that
/// a table of them can be read without a lock.
///
/// The canonical frame address (CFA) is the stack pointer of the caller before its call; the return address lies
/// right below it. (System V ABI for AMD64, DWARF 5 section 6.4.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule(u64);

/// Where the caller's frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Cfa {
    /// No rule is known: the stack is cut here.
    Unknown = 0,
    /// `rsp` and an offset.
    Sp = 1,
    /// `rbp` and an offset.
    Bp = 2,
    /// The word at `rbp` and an offset: functions that align their stack.
    AtBp = 3,
    /// The kernel made this frame to run a signal's handler: everything is in its saved registers.
    Signal = 4,
    /// The outermost frame.
    End = 5,
}

/// Where the caller's `rbp` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Saved {
    /// Still in the register.
    Same = 0,
    /// At the CFA and an offset.
    AtCfa = 1,
    /// At `rbp` and an offset.
    AtBp = 2,
    /// It cannot be known.
    Lost = 3,
}

/// A bit for what [`Rule::is_plain`] asks, which is true of nearly all code without frame pointers.
const PLAIN: u64 = 1 << 5;

impl Rule {
    /// Nothing is known.
    pub const UNKNOWN: Rule = Rule(0);
    /// The outermost frame.
    pub const END: Rule = Rule(Cfa::End as u64);
    /// A signal's frame.
    pub const SIGNAL: Rule = Rule(Cfa::Signal as u64);

    /// A rule, or `None` where an offset is too large to be packed.
    pub fn new(cfa: Cfa, offset: i64, saved: Saved, saved_offset: i64) -> Option<Rule> {
        let offset = i32::try_from(offset).ok()?;
        if !(-(1 << 23)..1 << 23).contains(&saved_offset) {
            return None;
        }
        let saved_offset = (saved_offset as u64 & 0xFF_FFFF) << 8;
        let is_plain = cfa == Cfa::Sp && saved == Saved::Same && offset >= 8 && offset % 8 == 0;
        let kinds = cfa as u64 | (saved as u64) << 3 | if is_plain { PLAIN } else { 0 };
        Some(Rule(kinds | saved_offset | u64::from(offset as u32) << 32))
    }

    /// Its word.
    pub fn word(self) -> u64 {
        self.0
    }

    /// The rule of a word.
    pub fn from_word(word: u64) -> Rule {
        Rule(word)
    }

    /// Where the caller's frame is.
    #[inline]
    pub fn cfa(self) -> Cfa {
        match self.0 & 7 {
            1 => Cfa::Sp,
            2 => Cfa::Bp,
            3 => Cfa::AtBp,
            4 => Cfa::Signal,
            5 => Cfa::End,
            _ => Cfa::Unknown,
        }
    }

    /// The offset of [`Rule::cfa`], in bytes.
    #[inline]
    pub fn offset(self) -> isize {
        (self.0 as i64 >> 32) as isize
    }

    /// Where the caller's `rbp` is.
    #[inline]
    pub fn saved(self) -> Saved {
        match self.0 >> 3 & 3 {
            0 => Saved::Same,
            1 => Saved::AtCfa,
            2 => Saved::AtBp,
            _ => Saved::Lost,
        }
    }

    /// The offset of [`Rule::saved`], in bytes.
    #[inline]
    pub fn saved_offset(self) -> isize {
        ((self.0 << 32) as i64 >> 40) as isize
    }

    /// Whether the caller is found by `rsp` alone, some words further out, and `rbp` stays.
    #[inline]
    pub fn is_plain(self) -> bool {
        self.0 & PLAIN != 0
    }

    /// Whether coming to the caller needs this frame's `rbp`.
    #[inline]
    pub fn uses_bp(self) -> bool {
        // Kinds 2 and 3, or saved relative to rbp.
        self.0 & 6 == 2 || self.saved() == Saved::AtBp
    }

    /// Whether the caller's `rbp` is this frame's.
    #[inline]
    pub fn keeps_bp(self) -> bool {
        self.0 & 0x18 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_comes_back_from_its_word() {
        let cfas = [
            Cfa::Unknown,
            Cfa::Sp,
            Cfa::Bp,
            Cfa::AtBp,
            Cfa::Signal,
            Cfa::End,
        ];
        let saved = [Saved::Same, Saved::AtCfa, Saved::AtBp, Saved::Lost];
        let offsets = [0, 8, -8, 16, -16, 120, (1 << 23) - 1, -(1 << 23)];
        for cfa in cfas {
            for saved in saved {
                for (&offset, &saved_offset) in offsets
                    .iter()
                    .flat_map(|a| offsets.iter().map(move |b| (a, b)))
                {
                    let rule = Rule::new(cfa, offset, saved, saved_offset).unwrap();
                    let rule = Rule::from_word(rule.word());
                    assert_eq!((rule.cfa(), rule.offset() as i64), (cfa, offset));
                    assert_eq!(
                        (rule.saved(), rule.saved_offset() as i64),
                        (saved, saved_offset)
                    );
                    assert_eq!(
                        rule.uses_bp(),
                        matches!(cfa, Cfa::Bp | Cfa::AtBp) || saved == Saved::AtBp
                    );
                    assert_eq!(rule.keeps_bp(), saved == Saved::Same);
                    let is_plain = cfa == Cfa::Sp && saved == Saved::Same && offset >= 8;
                    assert_eq!(rule.is_plain(), is_plain && offset % 8 == 0);
                }
            }
        }
    }

    #[test]
    fn an_offset_that_does_not_fit_is_no_rule() {
        assert_eq!(Rule::new(Cfa::Sp, 1 << 40, Saved::Same, 0), None);
        assert_eq!(Rule::new(Cfa::Sp, 0, Saved::AtCfa, 1 << 23), None);
    }
}
