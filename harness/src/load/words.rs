//! The words of a command line as a shell would take them apart, without running anything.

/// Takes a command line apart: quotes, backslashes, `$'…'`, and lines that go on behind a backslash.
///
/// # Errors
///
/// A clause: a quote that is not closed, or something that only a shell can do.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('\n') | None => {}
                Some('\r') if letters.peek() == Some(&'\n') => {
                    letters.next();
                }
                Some(other) => word.get_or_insert_default().push(other),
            },
            '\'' => {
                let word = word.get_or_insert_default();
                until(&mut letters, '\'', |letter, _| {
                    word.push(letter);
                    Ok(())
                })?;
            }
            '"' => {
                let word = word.get_or_insert_default();
                until(&mut letters, '"', |letter, rest| {
                    match letter {
                        '\\' => match rest.next() {
                            Some('\n') => {}
                            Some(other @ ('"' | '\\' | '$' | '`')) => word.push(other),
                            Some(other) => word.extend(['\\', other]),
                            None => {}
                        },
                        '`' => return Err(only_a_shell("`")),
                        '$' if rest.peek().is_some_and(|next| is_of_a_variable(*next)) => {
                            return Err(only_a_shell("$"));
                        }
                        other => word.push(other),
                    }
                    Ok(())
                })?;
            }
            '$' if letters.peek() == Some(&'\'') => {
                letters.next();
                let word = word.get_or_insert_default();
                until(&mut letters, '\'', |letter, rest| {
                    word.push(if letter == '\\' {
                        escaped(rest)?
                    } else {
                        letter
                    });
                    Ok(())
                })?;
            }
            '$' if letters.peek().is_some_and(|next| is_of_a_variable(*next)) => {
                return Err(only_a_shell("$"));
            }
            '|' | ';' | '>' | '<' | '`' | '&' => return Err(only_a_shell(&letter.to_string())),
            '#' if word.is_none() => {
                // A comment, to the end of its line.
                while letters.next_if(|letter| *letter != '\n').is_some() {}
            }
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

type Letters<'t> = std::iter::Peekable<std::str::Chars<'t>>;

/// Hands on each letter up to the quote that closes.
fn until(
    letters: &mut Letters,
    quote: char,
    mut each: impl FnMut(char, &mut Letters) -> Result<(), String>,
) -> Result<(), String> {
    while let Some(letter) = letters.next() {
        if letter == quote {
            return Ok(());
        }
        each(letter, letters)?;
    }
    Err(format!("a quote ({quote}) is not closed"))
}

fn is_of_a_variable(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '{' | '(')
}

fn only_a_shell(what: &str) -> String {
    format!(
        "{what} is for a shell, and no shell reads it: put it into single quotes if it is meant as it stands"
    )
}

/// What stands behind a backslash in `$'…'`.
fn escaped(letters: &mut Letters) -> Result<char, String> {
    let letter = match letters.next() {
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('t') => Some('\t'),
        Some('x') => numbered(letters, 2).filter(char::is_ascii),
        Some('u') => numbered(letters, 4),
        other => other,
    };
    letter.ok_or_else(|| "a backslash in $'…' has no letter behind it".to_owned())
}

/// The letter of a number of so many digits.
fn numbered(letters: &mut Letters, most: usize) -> Option<char> {
    let mut digits = String::new();
    while digits.len() < most
        && let Some(digit) = letters.next_if(char::is_ascii_hexdigit)
    {
        digits.push(digit);
    }
    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart_as_by_a_shell() {
        let text = "curl -X POST \\\n  -H 'a: \"b\"' --data \"{\\\"n\\\": 1}\" x\\ y '' $'a\\nb\\u00e9\\x41\\'' # no more";
        let words = words(text).unwrap();
        assert_eq!(
            words,
            [
                "curl",
                "-X",
                "POST",
                "-H",
                "a: \"b\"",
                "--data",
                "{\"n\": 1}",
                "x y",
                "",
                "a\nb\u{e9}A'"
            ]
        );
    }

    #[test]
    fn what_only_a_shell_can_do_is_refused() {
        assert_eq!(words("curl 'x").unwrap_err(), "a quote (') is not closed");
        for wrong in [
            "curl x | jq",
            "curl $HOST/",
            "curl \"$(date)\"",
            "a > b",
            "a & b",
            "`date`",
        ] {
            assert!(
                words(wrong).unwrap_err().contains("no shell reads it"),
                "{wrong}"
            );
        }
        assert_eq!(words("curl '$HOST|'").unwrap(), ["curl", "$HOST|"]);
    }
}
