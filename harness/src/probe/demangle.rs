//! Names of functions as tools write them, some of them mangled, made names for people.

use harness_judge::attribution::stack;
use std::fmt;

/// Demangles what is still mangled, and cleans it as [`stack::clean_function`] does.
pub fn clean_function(raw: &str) -> Option<String> {
    match demangled(raw.trim()) {
        Some(name) => stack::clean_function(&name),
        None => stack::clean_function(raw),
    }
}

/// No name is believed to be longer: parts of a mangled one can refer to others, so that a line stands for a megabyte.
const MAX_NAME: usize = 16 << 10;

/// The name that was mangled; `None` if it was not, or would be too long.
fn demangled(raw: &str) -> Option<String> {
    struct Short(String);

    impl fmt::Write for Short {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            if part.len() > MAX_NAME - self.0.len() {
                return Err(fmt::Error);
            }
            self.0.push_str(part);
            Ok(())
        }
    }

    let name = rustc_demangle::try_demangle(raw).ok()?;
    let mut short = Short(String::new());
    fmt::write(&mut short, format_args!("{name:#}")).ok()?;
    Some(short.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mangled name of tuples, each of which has the one before it twice, by references.
    fn doubling(levels: usize) -> String {
        let reference = |to: usize| {
            let mut digits = Vec::new();
            let mut rest = to - 1;
            loop {
                let digit = (rest % 62) as u8;
                digits.push(match digit {
                    0..=9 => b'0' + digit,
                    10..=35 => b'a' + digit - 10,
                    _ => b'A' + digit - 36,
                });
                rest /= 62;
                if rest == 0 {
                    break;
                }
            }
            digits.reverse();
            format!("B{}_", String::from_utf8(digits).unwrap())
        };
        let mut name = "INvC1a1bThhE".to_owned();
        let mut last = name.find('T').unwrap();
        for _ in 0..levels {
            let twice = reference(last);
            last = name.len();
            name.push_str(&format!("T{twice}{twice}E"));
        }
        format!("_R{name}E")
    }

    #[test]
    fn a_name_whose_parts_refer_to_each_other_does_not_become_a_book() {
        assert_eq!(
            clean_function(&doubling(1)).as_deref(),
            Some("a::b::<(u8, u8), ((u8, u8), (u8, u8))>")
        );
        let long = doubling(30);
        assert_eq!(clean_function(&long), Some(long));
    }

    #[test]
    fn the_mangling_is_dropped() {
        for mangled in [
            "_ZN4demo11activations18resize_activations17h0123456789abcdefE",
            "_RNvNtCs123_4demo11activations18resize_activations",
        ] {
            assert_eq!(
                clean_function(mangled).unwrap(),
                "demo::activations::resize_activations"
            );
        }
    }
}
