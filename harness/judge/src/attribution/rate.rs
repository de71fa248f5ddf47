//! Exact rates.

/// An exact fraction in lowest terms: so much per iteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    numerator: i128,
    denominator: u64,
}

impl Rate {
    /// `gained` over `iterations`; zero iterations give no rate, so it is zero.
    pub fn new(gained: i128, iterations: u64) -> Rate {
        let divisor = gcd(gained.unsigned_abs(), u128::from(iterations));
        if iterations == 0 || divisor == 0 {
            return Rate {
                numerator: 0,
                denominator: 1,
            };
        }
        // A divisor of the iterations fits where they fit.
        Rate {
            numerator: gained / divisor as i128,
            denominator: iterations / divisor as u64,
        }
    }

    /// The rate as a number.
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The rate where it is a whole number.
    pub fn whole(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_exact_and_in_lowest_terms() {
        assert_eq!(
            Rate::new(1, 1000),
            Rate {
                numerator: 1,
                denominator: 1000
            }
        );
        assert_eq!(
            Rate::new(-300, 90),
            Rate {
                numerator: -10,
                denominator: 3
            }
        );
        assert_eq!(Rate::new(4320, 90).whole(), Some(48));
        assert_eq!(Rate::new(5, 0).whole(), Some(0));
        assert_eq!(Rate::new(0, 90).whole(), Some(0));
        assert_eq!(Rate::new(i128::from(u64::MAX), u64::MAX).whole(), Some(1));
    }
}
