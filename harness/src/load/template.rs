//! Text with places for the number of the request, so that inputs can differ from each other.

/// What stands for the number.
const PLACE: &[u8] = b"{n}";

/// Bytes with some places in which the number of the request is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// What stands between the places: one more than there are places.
    parts: Vec<Vec<u8>>,
}

impl Template {
    /// Finds the places.
    pub fn new(bytes: &[u8]) -> Template {
        let (mut parts, mut rest) = (Vec::new(), bytes);
        while let Some(at) = rest.windows(PLACE.len()).position(|part| part == PLACE) {
            parts.push(rest[..at].to_vec());
            rest = &rest[at + PLACE.len()..];
        }
        parts.push(rest.to_vec());
        Template { parts }
    }

    /// Whether the number stands in it.
    pub fn has_number(&self) -> bool {
        self.parts.len() > 1
    }

    /// How long it is with this number.
    pub fn length(&self, number: u64) -> usize {
        let places = self.parts.len().saturating_sub(1);
        let digits = number.checked_ilog10().unwrap_or(0) as usize + 1;
        self.parts.iter().map(Vec::len).sum::<usize>() + places * digits
    }

    /// Writes it with this number behind what there is.
    pub fn write(&self, number: u64, into: &mut Vec<u8>) {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                into.extend_from_slice(number.to_string().as_bytes());
            }
            into.extend_from_slice(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_stands_in_each_of_its_places_and_the_length_is_known_before() {
        let template = Template::new(b"{\"n\": {n}, \"text\": \"word{n}\"}");
        for number in [0, 9, 10, 12_345] {
            let mut written = Vec::new();
            template.write(number, &mut written);
            let expected = format!("{{\"n\": {number}, \"text\": \"word{number}\"}}");
            assert_eq!(String::from_utf8(written).unwrap(), expected);
            assert_eq!(template.length(number), expected.len());
        }
        assert!(template.has_number());
        assert!(!Template::new(b"{\"n\": 1}").has_number());
    }
}
