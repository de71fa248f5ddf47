//! The token that requests bear, where they have to.

use std::fs;
use std::path::Path;

use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq;

/// A bearer token (RFC 6750).
#[derive(Clone)]
pub struct Token {
    secret: Box<str>,
}

impl Token {
    /// A token of letters, digits and `-._~+/=`, of 16 of them at least.
    ///
    /// # Errors
    /// A sentence for the user that does not repeat the token.
    pub fn new(secret: &str) -> Result<Token, String> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if !secret.bytes().all(allowed) {
            return Err("a token has letters, digits and -._~+/= only".to_owned());
        }
        if secret.len() < 16 {
            return Err("a token of fewer than 16 characters is soon guessed".to_owned());
        }
        Ok(Token {
            secret: secret.into(),
        })
    }

    /// The token in a file, without the white space around it.
    ///
    /// # Errors
    /// A sentence for the user: the file cannot be read, or holds no token.
    pub fn read(file: &Path) -> Result<Token, String> {
        let shown = printable::path(&file);
        let text = fs::read_to_string(file)
            .map_err(|error| format!("cannot read the token in {shown}: {error}"))?;
        Token::new(text.trim()).map_err(|why| format!("{shown}: {why}"))
    }

    /// Whether these headers bear it. How long that takes says nothing of how much of it was right.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return false;
        };
        let Some((scheme, given)) = split_at_space(value.as_bytes()) else {
            return false;
        };
        scheme.eq_ignore_ascii_case(b"bearer") && bool::from(given.ct_eq(self.secret.as_bytes()))
    }
}

fn split_at_space(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = value.iter().position(|&byte| byte == b' ')?;
    Some((&value[..space], value[space..].trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "c29tZSBzZWNyZXQ.-~_";

    fn is_in(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        Token::new(SECRET).unwrap().is_in(&headers)
    }

    #[test]
    fn the_token_is_told_from_all_others() {
        assert!(is_in(&format!("Bearer {SECRET}")));
        assert!(is_in(&format!("bEARER   {SECRET}")));
        for wrong in [
            String::new(),
            SECRET.to_owned(),
            format!("Basic {SECRET}"),
            format!("Bearer{SECRET}"),
            format!("Bearer {SECRET}x"),
            format!("Bearer {}", &SECRET[1..]),
            "Bearer ".to_owned(),
        ] {
            assert!(!is_in(&wrong), "{wrong:?}");
        }
        let token = Token::new(SECRET).unwrap();
        assert!(!token.is_in(&HeaderMap::new()));
        let mut twice = HeaderMap::new();
        for _ in 0..2 {
            let value = format!("Bearer {SECRET}");
            twice.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        assert!(!token.is_in(&twice));
    }

    #[test]
    fn what_is_no_token_is_refused_and_not_repeated() {
        for wrong in [
            "",
            "short",
            "sixteen letters and a space",
            "sechzehn-Zeichen-ü",
        ] {
            let why = Token::new(wrong).err().unwrap();
            assert!(wrong.is_empty() || !why.contains(wrong), "{why}");
        }
    }
}
