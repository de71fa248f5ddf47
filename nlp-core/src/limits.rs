//! What a text may take: characters, tokens, time and memory, so that one text of a service does not hold up the others.

use std::time::{Duration, Instant};

use crate::frozen::frozen;

/// The most code points of a text that is accepted unless told otherwise: spaCy's `nlp.max_length`.
pub const MAX_LENGTH: usize = 1_000_000;

/// The memory for networks at work unless told otherwise: [`Limits::scratch`].
pub const SCRATCH: usize = 8 << 20;

/// How much a text may take. What takes more ends with an [error](crate::Error) that says which limit it met, and the
/// texts beside it go on.
///
/// A pipeline has limits for all that it parses, and a zone can have its own:
///
/// ```
/// use std::time::Duration;
/// use nlp_core::{Error, Limits};
///
/// let mut nlp = nlp_core::models::english()?;
/// nlp.set_limits(Limits { chars: 10_000, tokens: 2_000, time: Some(Duration::from_secs(2)), ..nlp.limits() });
/// let zone = nlp.zone();
/// assert!(zone.parse("A short text.").is_ok());
/// zone.set_limits(Limits { tokens: 3, ..nlp.limits() });
/// assert!(matches!(zone.parse("Four tokens, no: five"), Err(Error::TooManyTokens { limit: 3 })));
/// # Ok::<(), nlp_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The most code points of a text: [`MAX_LENGTH`] unless told otherwise.
    pub chars: usize,
    /// The most tokens of a text: no limit unless told otherwise.
    pub tokens: usize,
    /// The longest that a text may take, by the clock, from its first character to its last annotation: no limit unless
    /// told otherwise. It is looked at every few thousand tokens at least, in the midst of a component's work too. In a
    /// batch the texts share their time: only if all take longer than they may together, each is parsed alone, to see
    /// which. So a batch of `n` texts takes at most some `2 * n` times as long; a service whose users must not wait for
    /// each other parses their texts one by one.
    pub time: Option<Duration>,
    /// About how many bytes a network may take for tokens on their way through it: [`SCRATCH`] unless told otherwise. What
    /// does not fit goes through in pieces, with the same result, so that a long text takes little more memory than what is
    /// kept of it. Beside this a network has buffers of a fixed size, some 20 MB in a common pipeline, and the parser and the
    /// entity recogniser need some 100 bytes a token. Networks that look at a whole text at once, as those that classify
    /// texts and spans do, hold its vectors whatever is said here.
    pub scratch: usize,
}

frozen!(hash Limits);

impl Default for Limits {
    fn default() -> Self {
        Limits {
            chars: MAX_LENGTH,
            tokens: usize::MAX,
            time: None,
            scratch: SCRATCH,
        }
    }
}

/// What a text may still take while it is worked on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// When it has to be done.
    end: Option<Instant>,
    /// As [`Limits::scratch`].
    pub scratch: usize,
}

/// The time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfTime;

impl Budget {
    /// All the time there is.
    pub const UNLIMITED: Budget = Budget {
        end: None,
        scratch: SCRATCH,
    };

    /// Starts now. A time that reaches beyond what clocks can tell is none.
    pub fn start(time: Option<Duration>) -> Budget {
        Budget {
            end: time.and_then(|time| Instant::now().checked_add(time)),
            scratch: SCRATCH,
        }
    }

    /// The same with another size of scratch.
    pub fn with_scratch(self, scratch: usize) -> Budget {
        Budget { scratch, ..self }
    }

    /// Whether there is time left. Costs as much as a few dozen additions where there is a limit, and nothing where there
    /// is none: it is asked for every block of rows, not for every row.
    #[inline]
    pub fn check(self) -> Result<(), OutOfTime> {
        match self.end {
            Some(end) if Instant::now() >= end => Err(OutOfTime),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_without_time_has_run_out_and_one_without_end_never_does() {
        assert_eq!(Budget::start(Some(Duration::ZERO)).check(), Err(OutOfTime));
        assert_eq!(Budget::start(Some(Duration::MAX)).check(), Ok(()));
        assert_eq!(Budget::start(None).check(), Ok(()));
    }
}
