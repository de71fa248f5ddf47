//! The little of protocol buffers that a profile needs (protobuf.dev, "Encoding"): fields with numbers, as they come.

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'b> {
    /// A number, of whatever size it was written in.
    Number(u64),
    /// A text, bytes, a message in the message, or several numbers.
    Bytes(&'b [u8]),
}

impl<'b> Value<'b> {
    /// The number; 0 for what is none.
    pub(super) fn number(self) -> u64 {
        match self {
            Value::Number(number) => number,
            Value::Bytes(_) => 0,
        }
    }

    /// The bytes; none for a number.
    pub(super) fn bytes(self) -> &'b [u8] {
        match self {
            Value::Number(_) => &[],
            Value::Bytes(bytes) => bytes,
        }
    }

    /// The numbers of a repeated field, which stand in one place or are this one.
    pub(super) fn numbers(self, mut each: impl FnMut(u64)) {
        match self {
            Value::Number(number) => each(number),
            Value::Bytes(mut bytes) => {
                while let Some((number, rest)) = varint(bytes) {
                    each(number);
                    bytes = rest;
                }
            }
        }
    }
}

/// The fields of a message. [`Fields::is_broken`] says whether they ended where the message did not.
#[derive(Debug, Clone)]
pub(super) struct Fields<'b> {
    rest: &'b [u8],
    is_broken: bool,
}

impl<'b> Fields<'b> {
    pub(super) fn new(message: &'b [u8]) -> Fields<'b> {
        Fields {
            rest: message,
            is_broken: false,
        }
    }

    /// What comes next is no field.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// The bytes that were not read.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    fn field(&mut self) -> Option<(u64, Value<'b>)> {
        let (key, rest) = varint(self.rest)?;
        let (value, rest) = match key & 7 {
            0 => {
                let (number, rest) = varint(rest)?;
                (Value::Number(number), rest)
            }
            1 => {
                let (bytes, rest) = rest.split_first_chunk::<8>()?;
                (Value::Number(u64::from_le_bytes(*bytes)), rest)
            }
            2 => {
                let (length, rest) = varint(rest)?;
                let (bytes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                (Value::Bytes(bytes), rest)
            }
            5 => {
                let (bytes, rest) = rest.split_first_chunk::<4>()?;
                (Value::Number(u64::from(u32::from_le_bytes(*bytes))), rest)
            }
            _ => return None,
        };
        self.rest = rest;
        // Fields have numbers from 1 on.
        (key >> 3 != 0).then_some((key >> 3, value))
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = (u64, Value<'b>);

    fn next(&mut self) -> Option<(u64, Value<'b>)> {
        if self.rest.is_empty() || self.is_broken {
            return None;
        }
        let field = self.field();
        self.is_broken = field.is_none();
        field
    }
}

/// A number in as many bytes as it needs, seven bits in each, and what stands behind it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * at).min(63);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_kind_are_read() {
        let message = [
            0x08, 0x96, 0x01, // 1: 150
            0x12, 0x02, b'h', b'i', // 2: "hi"
            0x19, 1, 0, 0, 0, 0, 0, 0, 0, // 3: 1, in eight bytes
            0x25, 2, 0, 0, 0, // 4: 2, in four
        ];
        let fields: Vec<_> = Fields::new(&message).collect();
        let expected = [
            (1, Value::Number(150)),
            (2, Value::Bytes(b"hi")),
            (3, Value::Number(1)),
            (4, Value::Number(2)),
        ];
        assert_eq!(fields, expected);
        let mut numbers = Vec::new();
        Value::Bytes(&[1, 0x96, 1]).numbers(|number| numbers.push(number));
        assert_eq!(numbers, [1, 150]);
    }

    #[test]
    fn a_message_that_claims_more_than_it_has_ends_where_it_ends() {
        for message in [
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1][..],
            &[0x08],
            &[0x08, 0xff],
            &[0x07, 1],
            &[0, 1],
        ] {
            let mut fields = Fields::new(message);
            assert_eq!(fields.by_ref().count(), 0, "{message:?}");
            assert!(fields.is_broken());
        }
    }
}
