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

    let mut short = Short(String::new());
    if let Ok(name) = rustc_demangle::try_demangle(raw) {
        fmt::write(&mut short, format_args!("{name:#}")).ok()?;
        return Some(short.0);
    }
    // Behind a full stop stands what the compiler made of the function: `.isra.0`, `.cold`.
    let symbol = raw.split('.').next().filter(|raw| raw.starts_with("_Z"))?;
    let options = cpp_demangle::DemangleOptions::new()
        .no_params()
        .no_return_type();
    let name = cpp_demangle::BorrowedSymbol::with_tail(symbol.as_bytes()).ok()?;
    match name {
        (name, []) => name.structured_demangle(&mut short, &options).ok()?,
        _ => return None,
    }
    // What a method promises of its object.
    let mut name = short.0.as_str();
    while let Some(rest) = [" const", " volatile", " &", " &&"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
    {
        name = rest;
    }
    Some(name.to_owned())
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
    fn a_name_of_cpp_is_its_path_without_parameters_and_result() {
        for (mangled, name) in [
            ("_ZL7receiveib", "receive"),
            ("_ZL7receiveib.isra.0", "receive"),
            (
                "_ZNSt6vectorIcSaIcEE17_M_default_appendEm",
                "std::vector<char, std::allocator<char> >::_M_default_append",
            ),
            (
                "_ZN2ns4PoolIiE8rememberIdEEvT_",
                "ns::Pool<int>::remember<double>",
            ),
            (
                "_ZN9__gnu_cxx13new_allocatorIcE8allocateEmPKv",
                "__gnu_cxx::new_allocator<char>::allocate",
            ),
            (
                "_ZZL8read_allbENKUliE_clEi",
                "read_all(bool)::{lambda(int)#1}::operator()",
            ),
            ("_Znwm", "operator new"),
            ("_ZN1AaSERKS_", "A::operator="),
        ] {
            assert_eq!(clean_function(mangled).as_deref(), Some(name));
        }
        assert_eq!(clean_function("_Zfoo").as_deref(), Some("_Zfoo"));
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
