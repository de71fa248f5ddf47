//! What was found out about the words of a text, for when they come again: most do.

/// Some of the texts that were looked up, with their numbers. A text is known by its place in memory, where a vocabulary
/// keeps it once: so it costs less to find here than a look at its letters.
pub(super) struct Seen<'t> {
    /// A power of two of them.
    places: Vec<Option<(&'t str, u32)>>,
}

/// The most places: they have to stay near the processor.
const MOST: usize = 512;

impl<'t> Seen<'t> {
    /// Room for what is worth keeping of so many tokens.
    pub fn new(tokens: usize) -> Self {
        Seen {
            places: vec![None; tokens.min(MOST).next_power_of_two()],
        }
    }

    /// The number of `text`: what `find` says, now or earlier.
    #[inline]
    pub fn number(&mut self, text: &'t str, find: impl FnOnce() -> u32) -> u32 {
        let address = text.as_ptr() as usize as u64;
        let mixed = address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let place = mixed as usize & (self.places.len() - 1);
        match self.places[place] {
            Some((there, number)) if std::ptr::eq(there, text) => number,
            _ => {
                let number = find();
                self.places[place] = Some((text, number));
                number
            }
        }
    }
}
