//! Arrays inside MessagePack, as `srsly` writes numpy's: a map of bytes keys with the type, the shape and the data.

use super::msgpack::Value;
use crate::error::FormatError;

/// An array that borrows its data: the numbers lie row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Array<'a> {
    shape: Vec<usize>,
    kind: Kind,
    /// Whether each number's highest byte comes first.
    big_endian: bool,
    data: &'a [u8],
}

/// The numbers that an array may hold, as numpy spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Float16,
    Float32,
    Float64,
    Int(usize),
    UInt(usize),
}

impl Kind {
    /// The kind that has this name, or would have if the lowest byte came first.
    fn from_name(name: &str) -> Option<Kind> {
        let little = name.strip_prefix('>').map(|rest| format!("<{rest}"));
        Some(match little.as_deref().unwrap_or(name) {
            "<f2" => Kind::Float16,
            "<f4" => Kind::Float32,
            "<f8" => Kind::Float64,
            "|i1" => Kind::Int(1),
            "<i2" => Kind::Int(2),
            "<i4" => Kind::Int(4),
            "<i8" => Kind::Int(8),
            "|u1" | "|b1" => Kind::UInt(1),
            "<u2" => Kind::UInt(2),
            "<u4" => Kind::UInt(4),
            "<u8" => Kind::UInt(8),
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Kind::Float16 => 2,
            Kind::Float32 => 4,
            Kind::Float64 => 8,
            Kind::Int(n) | Kind::UInt(n) => n,
        }
    }
}

/// Numbers with fractions, as they lie in a file.
#[derive(Debug, Clone, Copy)]
pub struct Floats<'a> {
    kind: Kind,
    big_endian: bool,
    data: &'a [u8],
}

impl Floats<'_> {
    /// All of them, in single precision.
    pub fn to_vec(self) -> Vec<f32> {
        let mut all = vec![0.0; self.data.len() / self.kind.bytes()];
        self.copy_to(0, &mut all);
        all
    }

    /// Writes those from `start` on to `out`, in single precision.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn copy_to(self, start: usize, out: &mut [f32]) {
        let bytes = self.kind.bytes();
        let data = &self.data[start * bytes..][..out.len() * bytes];
        match self.kind {
            Kind::Float16 => self.read(data, out, |b| single(u16::from_le_bytes(b))),
            Kind::Float64 => self.read(data, out, |b| f64::from_le_bytes(b) as f32),
            _ => self.read(data, out, f32::from_le_bytes),
        }
    }

    fn read<const N: usize>(self, data: &[u8], out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
        let pairs = out.iter_mut().zip(data.as_chunks().0);
        if self.big_endian {
            pairs.for_each(|(out, bytes)| {
                let mut bytes: [u8; N] = *bytes;
                bytes.reverse();
                *out = number(bytes);
            });
        } else {
            pairs.for_each(|(out, bytes)| *out = number(*bytes));
        }
    }
}

impl<'a> Array<'a> {
    /// Reads the map that stands for an array.
    ///
    /// # Errors
    /// If this is no such map, the numbers are of a kind that is not known, or the shape does not fit the data.
    pub fn decode(value: &Value<'a>) -> Result<Array<'a>, FormatError> {
        if value.require("nd")?.as_bool() != Some(true) {
            return Err(FormatError::new(
                "an array was expected, found a single number",
            ));
        }
        let name = value.require("type")?;
        let name = name.as_str().ok_or_else(|| {
            FormatError::new(format!("the type of an array is {}, not text", name.kind()))
        })?;
        let data = value.require("data")?;
        let data = data.as_bytes().ok_or_else(|| {
            FormatError::new(format!(
                "the data of an array is {}, not bytes",
                data.kind()
            ))
        })?;
        let shape = value
            .require("shape")?
            .as_array()
            .and_then(|dims| dims.iter().map(Value::as_usize).collect())
            .ok_or_else(|| FormatError::new("the shape of an array is not a list of sizes"))?;
        Array::new(name, shape, data)
    }

    /// An array over `data`, of numbers that numpy calls `name` (such as `"<f4"`).
    ///
    /// # Errors
    /// If numbers of that kind are not known, or the shape does not fit the data.
    pub fn new(name: &str, shape: Vec<usize>, data: &'a [u8]) -> Result<Array<'a>, FormatError> {
        let kind = Kind::from_name(name).ok_or_else(|| {
            FormatError::new(format!("an array holds numbers of the kind \"{name}\""))
        })?;
        let claimed = shape
            .iter()
            .try_fold(kind.bytes(), |bytes, &dim| bytes.checked_mul(dim));
        if claimed != Some(data.len()) {
            return Err(FormatError::new(format!(
                "an array of shape {shape:?} and kind \"{name}\" comes with {} bytes",
                data.len()
            )));
        }
        Ok(Array {
            shape,
            kind,
            big_endian: name.starts_with('>'),
            data,
        })
    }

    /// The sizes of the dimensions, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The numbers, row by row, in single precision.
    ///
    /// # Errors
    /// If the array does not hold numbers with fractions.
    pub fn to_f32(&self) -> Result<Vec<f32>, FormatError> {
        Ok(self.floats()?.to_vec())
    }

    /// The numbers, row by row, where they are.
    ///
    /// # Errors
    /// If the array does not hold numbers with fractions.
    pub fn floats(&self) -> Result<Floats<'a>, FormatError> {
        match self.kind {
            Kind::Float16 | Kind::Float32 | Kind::Float64 => Ok(Floats {
                kind: self.kind,
                big_endian: self.big_endian,
                data: self.data,
            }),
            _ => Err(FormatError::new(
                "an array of integers stands where numbers with fractions do",
            )),
        }
    }

    /// The numbers, row by row, in double precision.
    ///
    /// # Errors
    /// If the array does not hold numbers with fractions.
    pub fn to_f64(&self) -> Result<Vec<f64>, FormatError> {
        match self.kind {
            Kind::Float16 => Ok(self.numbers(|b| f64::from(single(u16::from_le_bytes(b))))),
            Kind::Float32 => Ok(self.numbers(|b| f64::from(f32::from_le_bytes(b)))),
            Kind::Float64 => Ok(self.numbers(f64::from_le_bytes)),
            _ => Err(FormatError::new(
                "an array of integers stands where numbers with fractions do",
            )),
        }
    }

    /// How many bytes the numbers take.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// The numbers, row by row, as 64-bit integers: those above 2^63 - 1 keep their bits and turn negative.
    ///
    /// # Errors
    /// If the array does not hold integers.
    pub fn to_i64(&self) -> Result<Vec<i64>, FormatError> {
        match self.kind {
            Kind::Int(1) => Ok(self.numbers(|b| i64::from(i8::from_le_bytes(b)))),
            Kind::Int(2) => Ok(self.numbers(|b| i64::from(i16::from_le_bytes(b)))),
            Kind::Int(4) => Ok(self.numbers(|b| i64::from(i32::from_le_bytes(b)))),
            Kind::UInt(1) => Ok(self.numbers(|b| i64::from(u8::from_le_bytes(b)))),
            Kind::UInt(2) => Ok(self.numbers(|b| i64::from(u16::from_le_bytes(b)))),
            Kind::UInt(4) => Ok(self.numbers(|b| i64::from(u32::from_le_bytes(b)))),
            Kind::Int(_) | Kind::UInt(_) => Ok(self.numbers(i64::from_le_bytes)),
            Kind::Float16 | Kind::Float32 | Kind::Float64 => Err(FormatError::new(
                "an array of numbers with fractions stands where integers do",
            )),
        }
    }

    /// The numbers, row by row, as unsigned 64-bit integers: negative ones keep their bits.
    ///
    /// # Errors
    /// If the array does not hold integers.
    #[cfg_attr(not(feature = "internals"), allow(dead_code, reason = "tests use it"))]
    pub fn to_u64(&self) -> Result<Vec<u64>, FormatError> {
        Ok(self.to_i64()?.into_iter().map(i64::cast_unsigned).collect())
    }

    fn numbers<const N: usize, T>(&self, decode: impl Fn([u8; N]) -> T) -> Vec<T> {
        self.data
            .as_chunks::<N>()
            .0
            .iter()
            .map(|b| {
                let mut b = *b;
                if self.big_endian {
                    b.reverse();
                }
                decode(b)
            })
            .collect()
    }
}

/// The number of half precision that has these bits, in single precision, which has them all.
fn single(bits: u16) -> f32 {
    let bits = u32::from(bits);
    let (sign, exponent, fraction) = (bits >> 15, bits >> 10 & 0x1f, bits & 0x3ff);
    let magnitude = match exponent {
        // below the least normal number: so many times 2^-24
        0 => (fraction as f32 / (1 << 24) as f32).to_bits(),
        0x1f => 0xff << 23 | fraction << 13,
        _ => (exponent + 127 - 15) << 23 | fraction << 13,
    };
    f32::from_bits(sign << 31 | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::msgpack;

    /// What `srsly.msgpack_dumps` writes for `numpy.asarray([[1.5, -2.0]], dtype="f")`.
    const TWO_FLOATS: &[u8] =
        b"\x85\xc4\x02nd\xc3\xc4\x04type\xa3<f4\xc4\x04kind\xc4\x00\xc4\x05shape\x92\x01\x02\
        \xc4\x04data\xc4\x08\x00\x00\xc0?\x00\x00\x00\xc0";

    #[test]
    fn an_array_that_srsly_wrote_is_read() {
        let value = msgpack::read(TWO_FLOATS).unwrap();
        let array = Array::decode(&value).unwrap();
        assert_eq!(array.shape(), [1, 2]);
        assert_eq!(array.to_f32().unwrap(), [1.5, -2.0]);
        assert!(array.to_i64().is_err());
    }

    #[test]
    fn integers_of_every_width_are_read() {
        let read =
            |name, data: &[u8]| Array::new(name, vec![1], data).unwrap().to_i64().unwrap()[0];
        assert_eq!(read("|i1", &[0xff]), -1);
        assert_eq!(read("|u1", &[0xff]), 255);
        assert_eq!(read("<i2", &[0xfe, 0xff]), -2);
        assert_eq!(read("<u2", &[0xfe, 0xff]), 65534);
        assert_eq!(read("<i4", &[0xfe, 0xff, 0xff, 0xff]), -2);
        assert_eq!(read("<u4", &[0xfe, 0xff, 0xff, 0xff]), 4294967294);
        assert_eq!(read("<i8", &(-3_i64).to_le_bytes()), -3);
        let big = u64::MAX.to_le_bytes();
        let array = Array::new("<u8", vec![1], &big).unwrap();
        assert_eq!(array.to_u64().unwrap(), [u64::MAX]);
        let double = 0.25_f64.to_le_bytes();
        let array = Array::new("<f8", vec![1], &double).unwrap();
        assert_eq!(array.to_f32().unwrap(), [0.25]);
    }

    #[test]
    fn half_precision_is_read_as_numpy_reads_it() {
        let read = |bits: u16| {
            let bytes = bits.to_le_bytes();
            let array = Array::new("<f2", vec![1], &bytes).unwrap();
            assert_eq!(array.to_f64().unwrap()[0], f64::from(single(bits)));
            array.to_f32().unwrap()[0]
        };
        assert_eq!(read(0x3c00), 1.0);
        assert_eq!(read(0xc000), -2.0);
        assert_eq!(read(0x7bff), 65504.0);
        assert_eq!(read(0x2e66), 0.099_975_586);
        assert_eq!(read(0x0400), 6.103_515_6e-5);
        assert_eq!(read(0x03ff), 6.097_555e-5);
        assert_eq!(read(0x0001), 5.960_464_5e-8);
        assert_eq!(read(0x8000).to_bits(), 1 << 31);
        assert_eq!(read(0x7c00), f32::INFINITY);
        assert_eq!(read(0xfc00), f32::NEG_INFINITY);
    }

    #[test]
    fn every_number_of_half_precision_lies_between_its_neighbours() {
        let positive: Vec<f32> = (0..=0x7c00).map(single).collect();
        assert!(positive.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((0x7c01..=0x7fff).all(|bits| single(bits).is_nan()));
        assert!((0..=0x7c00).all(|bits| single(bits | 0x8000) == -single(bits)));
    }

    #[test]
    fn numbers_whose_highest_byte_comes_first_are_read() {
        let read = |name, data: &[u8]| Array::new(name, vec![1], data).unwrap().to_f32().unwrap();
        assert_eq!(read(">f4", &1.5_f32.to_be_bytes()), [1.5]);
        assert_eq!(read(">f8", &(-0.25_f64).to_be_bytes()), [-0.25]);
        assert_eq!(read(">f2", &[0x3c, 0x00]), [1.0]);
        let array = Array::new(">i4", vec![1], &[0xff, 0xff, 0xff, 0xfe]).unwrap();
        assert_eq!(array.to_i64().unwrap(), [-2]);
        assert!(Array::new(">|i1", vec![1], &[0]).is_err());
    }

    #[test]
    fn a_part_of_the_numbers_is_that_part_of_all() {
        let singles: Vec<u8> = (0..9)
            .flat_map(|i| (i as f32 / 4.0).to_le_bytes())
            .collect();
        let doubles: Vec<u8> = (0..9)
            .flat_map(|i| (i as f64 / 4.0).to_le_bytes())
            .collect();
        for (name, data) in [("<f4", &singles), ("<f8", &doubles)] {
            let floats = Array::new(name, vec![9], data).unwrap().floats().unwrap();
            let all = floats.to_vec();
            assert_eq!(all[3], 0.75);
            let mut part = [0.0; 4];
            floats.copy_to(5, &mut part);
            assert_eq!(part, all[5..]);
        }
        assert!(Array::new("|i1", vec![1], &[7]).unwrap().floats().is_err());
    }

    #[test]
    fn a_shape_that_does_not_fit_the_data_is_refused() {
        for shape in [vec![3], vec![1, 1], vec![usize::MAX, 2], vec![2, 0]] {
            let error = Array::new("<f4", shape, &[0; 8]).unwrap_err();
            assert!(error.reason.contains("comes with 8 bytes"), "{error}");
        }
        assert!(Array::new("<f4", vec![0, 7], &[]).is_ok());
        assert!(Array::new("<c8", vec![1], &[0; 8]).is_err());
    }
}
