//! Steps through UTF-8 by characters, forwards and backwards, given positions that are known to be between two.

/// The character that starts at `pos`, and where it ends. `text` is UTF-8 and `pos` starts a character or is its end.
#[inline]
pub(crate) fn char_at(text: &[u8], pos: usize) -> Option<(u32, usize)> {
    let first = *text.get(pos)?;
    if first < 0x80 {
        return Some((u32::from(first), pos + 1));
    }
    let (length, bits) = match first {
        ..=0xdf => (2, first & 0x1f),
        0xe0..=0xef => (3, first & 0x0f),
        _ => (4, first & 0x07),
    };
    let mut c = u32::from(bits);
    for byte in text.get(pos + 1..pos + length)? {
        c = c << 6 | u32::from(byte & 0x3f);
    }
    Some((c, pos + length))
}

/// The character that ends at `pos`.
#[inline]
pub(crate) fn char_before(text: &[u8], pos: usize) -> Option<u32> {
    if pos == 0 {
        return None;
    }
    char_at(text, before(text, pos)).map(|(c, _)| c)
}

/// Where the character starts that ends at `pos`, which is not 0.
#[inline]
pub(crate) fn before(text: &[u8], mut pos: usize) -> usize {
    pos -= 1;
    while pos > 0 && text[pos] & 0xc0 == 0x80 {
        pos -= 1;
    }
    pos
}

/// The place `count` characters before `pos`.
pub(crate) fn step_back(text: &[u8], mut pos: usize, count: u32) -> Option<usize> {
    for _ in 0..count {
        if pos == 0 {
            return None;
        }
        pos = before(text, pos);
    }
    Some(pos)
}
