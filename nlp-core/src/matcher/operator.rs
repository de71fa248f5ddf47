//! How often a token of a pattern may stand in the text: the operators `! ? + *` and those in braces.

/// What an operator comes to: so many times for certain, then more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    /// How often the token must stand there.
    pub times: u32,
    /// How often it may stand there beyond that.
    pub more: More,
    /// `!`: one token that is not like this.
    pub negated: bool,
}

/// How often a token may stand there beyond what it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    AtMost(u32),
    Unlimited,
}

const fn operator(times: u32, more: More) -> Operator {
    Operator {
        times,
        more,
        negated: false,
    }
}

impl Operator {
    /// A token without an operator.
    pub const ONE: Operator = operator(1, More::AtMost(0));

    /// Reads an operator as spaCy does: which is more than its schema allows.
    pub fn read(text: &str) -> Result<Operator, String> {
        let bad = || {
            format!(
                "has the operator {text:?}, which is none of *, +, ?, 1, !, {{n}}, {{n,m}}, {{n,}} and {{,m}} with n up to m"
            )
        };
        Ok(match text {
            "*" => operator(0, More::Unlimited),
            "+" => operator(1, More::Unlimited),
            "?" => operator(0, More::AtMost(1)),
            "1" => Operator::ONE,
            "!" => Operator {
                negated: true,
                ..Operator::ONE
            },
            _ => {
                let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
                let inner = inner.ok_or_else(bad)?;
                let (n, m) = inner.split_once(',').unwrap_or((inner, inner));
                let decimal = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
                if !decimal(n) && !decimal(m) {
                    return Err(bad());
                }
                let number = |s: &str| match s {
                    "" => Ok(None),
                    // Python's `int` does not mind white space.
                    _ => match s.trim() {
                        s if decimal(s) => s.parse().map(Some).map_err(|_| {
                            format!("has the operator {text:?}: that often is too often")
                        }),
                        _ => Err(bad()),
                    },
                };
                let (least, most): (Option<u32>, Option<u32>) = (number(n)?, number(m)?);
                let least = least.unwrap_or(0);
                let more = match most {
                    None => More::Unlimited,
                    Some(most) if most < least && decimal(n) && decimal(m) => return Err(bad()),
                    Some(most) => More::AtMost(most.saturating_sub(least)),
                };
                operator(least, more)
            }
        })
    }

    /// How many steps of a compiled pattern it takes.
    pub fn steps(self) -> u64 {
        let more = match self.more {
            More::AtMost(more) => more,
            More::Unlimited => 1,
        };
        u64::from(self.times) + u64::from(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_says_how_often() {
        let read = |text| {
            let op = Operator::read(text).unwrap();
            (op.times, op.more)
        };
        assert_eq!(read("*"), (0, More::Unlimited));
        assert_eq!(read("+"), (1, More::Unlimited));
        assert_eq!(read("?"), (0, More::AtMost(1)));
        assert_eq!(read("{3}"), (3, More::AtMost(0)));
        assert_eq!(read("{2,5}"), (2, More::AtMost(3)));
        assert_eq!(read("{2,}"), (2, More::Unlimited));
        assert_eq!(read("{,4}"), (0, More::AtMost(4)));
        assert_eq!(read("{0}"), (0, More::AtMost(0)));
        assert!(Operator::read("!").unwrap().negated);
    }

    #[test]
    fn what_is_no_operator_is_refused_with_its_text() {
        for text in [
            "",
            "**",
            "{",
            "{}",
            "{,}",
            "{a}",
            "{2,1}",
            "{1,2,3}",
            "{-1}",
            "{99999999999}",
        ] {
            let error = Operator::read(text).unwrap_err();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
    }
}
