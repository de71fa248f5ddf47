//! Texts of Python, whose letters have one, two or four bytes each, as UTF-8.

/// A text as an interpreter keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    bytes: &'t [u8],
    /// Bytes of a letter: 1, 2 or 4.
    width: usize,
    /// Letters that are taken of it.
    length: usize,
}

/// Where the letters of a text lie, and how many bytes each has, by the word that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes of a letter.
    pub width: usize,
    /// From the beginning of the object to its first letter.
    pub letters: usize,
}

impl Layout {
    /// By the word `state` of an object, in a release that keeps `kind` bytes before the type; `has_wide` where each text
    /// has a place for another form of itself, as up to 3.11. `None` for texts that are kept elsewhere.
    pub fn of(state: u32, kind: usize, has_wide: bool) -> Option<Layout> {
        // How a text is kept alive stands below: in two bits, and from 3.14 on in sixteen. The other place is then empty.
        let (width, is_ascii) = [2, 16].into_iter().find_map(|shift| {
            let bit = |at: u32| state >> (shift + at) & 1 == 1;
            let (width, is_compact, is_ascii) = (state >> shift & 7, bit(3), bit(4));
            let fits = is_compact && matches!(width, 1 | 2 | 4) && (!is_ascii || width == 1);
            fits.then_some((width, is_ascii))
        })?;
        // The object's own head, its length, its hash and this word.
        let head = kind + 8 + 24;
        let letters = match (is_ascii, has_wide) {
            (true, false) => head,
            (true, true) => head + 8,
            (false, false) => head + 16,
            (false, true) => head + 32,
        };
        Some(Layout {
            width: width as usize,
            letters,
        })
    }
}

impl<'t> Text<'t> {
    /// The first `most` letters of a text.
    pub fn new(bytes: &'t [u8], width: usize, most: usize) -> Text<'t> {
        Text {
            bytes,
            width,
            length: most,
        }
    }

    fn letters(self) -> impl Iterator<Item = char> + 't {
        self.bytes
            .chunks_exact(self.width)
            .take(self.length)
            .map(|letter| {
                let number = letter
                    .iter()
                    .rev()
                    .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
                // Halves of a pair are no letters: bytes of a name that are no text are kept as such.
                char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
            })
    }

    /// How many bytes it has.
    pub fn length(self) -> usize {
        self.letters().map(char::len_utf8).sum()
    }

    /// Writes it to where there is room for it.
    pub fn write(self, mut into: &mut [u8]) {
        for letter in self.letters() {
            let length = letter.len_utf8();
            if length > into.len() {
                return;
            }
            let (place, rest) = into.split_at_mut(length);
            letter.encode_utf8(place);
            into = rest;
        }
    }

    /// Whether it is what was written.
    pub fn is(self, mut written: &[u8]) -> bool {
        for letter in self.letters() {
            let mut bytes = [0; 4];
            match written.strip_prefix(letter.encode_utf8(&mut bytes).as_bytes()) {
                Some(rest) => written = rest,
                None => return false,
            }
        }
        written.is_empty()
    }

    /// A number that is seldom the same for two texts.
    pub fn hash(self) -> u32 {
        self.letters().fold(0x811C_9DC5, |hash, letter| {
            (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf8(bytes: &[u8], width: usize, most: usize) -> String {
        let text = Text::new(bytes, width, most);
        let mut into = vec![0; text.length()];
        text.write(&mut into);
        assert!(text.is(&into));
        assert!(!text.is(&[&into[..], b"x"].concat()));
        String::from_utf8(into).unwrap()
    }

    #[test]
    fn letters_of_every_width_become_utf_8() {
        assert_eq!(utf8(b"caf\xe9.py", 1, 99), "café.py");
        let two: Vec<u8> = "日本.py"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(utf8(&two, 2, 99), "日本.py");
        let four: Vec<u8> = "🐍é"
            .chars()
            .flat_map(|one| u32::from(one).to_le_bytes())
            .collect();
        assert_eq!(utf8(&four, 4, 99), "🐍é");
        assert_eq!(utf8(b"abcdef", 1, 3), "abc");
        assert_eq!(utf8(&[0x80, 0xDC], 2, 9), "\u{FFFD}", "half a pair");
    }

    #[test]
    fn what_has_no_room_is_left_out_whole() {
        let mut into = [b'-'; 4];
        Text::new(b"ab\xe9\xe9", 1, 9).write(&mut into);
        assert_eq!(&into, "abé".as_bytes());
    }

    #[test]
    fn letters_lie_behind_the_head_of_their_object() {
        let state = |width: u32, compact: u32, ascii: u32| width << 2 | compact << 5 | ascii << 6;
        for (word, has_wide, letters) in [
            (state(1, 1, 1), true, Some((1, 48))),
            (state(1, 1, 0), true, Some((1, 72))),
            (state(1, 1, 1), false, Some((1, 40))),
            (state(2, 1, 0), false, Some((2, 56))),
            (state(4, 1, 0), true, Some((4, 72))),
            (state(1, 1, 1) << 14 | 3, false, Some((1, 40))),
            (state(4, 1, 0) << 14 | 1, false, Some((4, 56))),
            (state(1, 0, 1), true, None),
            (state(1, 0, 1) << 14, false, None),
            (state(3, 1, 0), true, None),
            (state(2, 1, 1), true, None),
        ] {
            let layout = Layout::of(word, 8, has_wide);
            assert_eq!(layout.map(|layout| (layout.width, layout.letters)), letters);
        }
    }
}
