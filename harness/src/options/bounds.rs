//! Options whose values are numbers within bounds.

use clap::builder::TypedValueParser;
use clap::value_parser;
use std::ops::RangeInclusive;

/// The numbers that an option may have.
pub trait Bounds {
    /// A number.
    type Number;

    /// Reads one that is within the bounds.
    fn parser(self) -> impl TypedValueParser<Value = Self::Number>;
}

impl Bounds for RangeInclusive<u64> {
    type Number = u64;

    fn parser(self) -> impl TypedValueParser<Value = u64> {
        value_parser!(u64).range(self)
    }
}

/// A share of something.
impl Bounds for RangeInclusive<f64> {
    type Number = f64;

    fn parser(self) -> impl TypedValueParser<Value = f64> {
        move |text: &str| match text.parse::<f64>() {
            Ok(share) if self.contains(&share) => Ok(share),
            Ok(_) => Err(format!(
                "it is a share, from {} to {}",
                self.start(),
                self.end()
            )),
            Err(error) => Err(error.to_string()),
        }
    }
}
