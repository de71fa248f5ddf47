//! Which words of a text have come before: most have.

use crate::vocab::StringEntry;

/// Some of the strings that came, each with the token that it came with first. A string is known by its place in memory,
/// where a vocabulary keeps it once: so it costs less to find here than a look at its letters.
pub(super) struct Seen<'t> {
    /// A power of two of them.
    places: Vec<Option<(&'t StringEntry<'t>, u32)>>,
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

    /// The token that `string` came with earlier, or `token`, with which it comes now. No branch: whether a word comes
    /// again is what nobody can foresee.
    #[inline]
    pub fn earlier(&mut self, string: &'t StringEntry<'t>, token: u32) -> u32 {
        let address = std::ptr::from_ref(string) as usize as u64;
        let mixed = address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let mask = self.places.len() - 1;
        let place = &mut self.places[mixed as usize & mask];
        let earlier = match *place {
            Some((there, earlier)) if std::ptr::eq(there, string) => earlier,
            _ => token,
        };
        *place = Some((string, earlier));
        earlier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_known_again_and_another_with_the_same_text_is_not() {
        let [one, other] = [(); 2].map(|()| StringEntry { id: 5, text: "one" });
        let mut seen = Seen::new(6);
        let came = [&one, &one, &other, &other, &one];
        let earlier: Vec<u32> = (0..).zip(came).map(|(i, s)| seen.earlier(s, i)).collect();
        assert_eq!(earlier[..4], [0, 0, 2, 2]);
        // Unless the other took its place.
        assert!([0, 4].contains(&earlier[4]));
        assert_eq!(Seen::new(0).earlier(&one, 7), 7);
    }
}
