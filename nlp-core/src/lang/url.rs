//! What looks like a web address or an e-mail address.

use std::sync::LazyLock;

use super::chars::{ALPHA, DECIMAL, DIGIT, LOWER_OR_UNCASED, NUMERIC, SPACE, all_have, has};
use super::words::{WordSet, lines};

static TLDS: LazyLock<WordSet> = LazyLock::new(|| lines(include_str!("data/tlds.txt")).collect());

/// Whether `text` looks like a web address (`like_url` in `spacy/lang/lex_attrs.py`).
pub(crate) fn like_url(text: &str) -> bool {
    if text.starts_with("http://") || text.starts_with("https://") {
        return true;
    }
    if text.starts_with("www.") && text.len() >= 5 {
        return true;
    }
    if text.starts_with('.') || text.ends_with('.') || text.contains('@') {
        return false;
    }
    let Some((_, end)) = text.rsplit_once('.') else {
        return false;
    };
    let tld = end.split_once(':').map_or(end, |(tld, _)| tld);
    tld.ends_with('/') || TLDS.contains(tld) || is_address(text)
}

/// Whether `text` starts as an e-mail address does (`like_email` in `spacy/lang/lex_attrs.py`).
pub(crate) fn like_email(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else {
        return false;
    };
    let Some(dot) = host.find('.') else {
        return false;
    };
    let (name, after) = (&host[..dot], &host[dot + 1..]);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    !user.is_empty()
        && user
            .bytes()
            .all(|b| plain(b) || matches!(b, b'_' | b'.' | b'+'))
        && !name.is_empty()
        && name.bytes().all(plain)
        && after.bytes().next().is_some_and(|b| plain(b) || b == b'.')
}

/// Whether all of a `text` without `@` is an address: `[scheme://] host [:port] [/path]`, where the host is a public
/// IPv4 address or ends in letters that are not capitals (`URL_PATTERN` in `spacy/lang/tokenizer_exceptions.py`).
fn is_address(text: &str) -> bool {
    // The pattern ends with `$`, which also holds before a final newline.
    let text = text.strip_suffix('\n').unwrap_or(text);
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        _ => text,
    };
    let host_end = rest.find([':', '/', '?', '#']).unwrap_or(rest.len());
    let (host, mut rest) = rest.split_at(host_end);
    if let Some(port) = rest.strip_prefix(':') {
        let end = port.find(['/', '?', '#']).unwrap_or(port.len());
        let digits = &port[..end];
        if !all_have(digits, DECIMAL) || !(2..=5).contains(&digits.chars().count()) {
            return false;
        }
        rest = &port[end..];
    }
    !rest.chars().any(|c| has(c, SPACE)) && (is_host_name(host) || is_public_ip(host))
}

/// At least two word characters, `+`, `-` or `.`.
fn is_scheme(text: &str) -> bool {
    let ok = |c| matches!(c, '_' | '+' | '-' | '.') || has(c, ALPHA | DIGIT | DECIMAL | NUMERIC);
    text.chars().nth(1).is_some() && text.chars().all(ok)
}

/// One or more labels and a last one of 2 to 63 letters, with dots between.
fn is_host_name(host: &str) -> bool {
    let Some((labels, tld)) = host.rsplit_once('.') else {
        return false;
    };
    let inner = |c: char| c.is_ascii_alphanumeric() || ('\u{a1}'..='\u{ffff}').contains(&c);
    let is_label = |label: &str| {
        label.chars().all(|c| inner(c) || matches!(c, '_' | '-'))
            && label.chars().next().is_some_and(inner)
            && label.chars().next_back().is_some_and(inner)
            && label.chars().count() <= 64
    };
    all_have(tld, LOWER_OR_UNCASED)
        && (2..=63).contains(&tld.chars().count())
        && labels.split('.').all(is_label)
}

/// Four numbers with dots between that are an address outside the ranges for local networks.
fn is_public_ip(host: &str) -> bool {
    let mut parts = host.split('.').map(octet);
    let (Some(Some(a)), Some(Some(b)), Some(Some(c)), Some(Some(d)), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return false;
    };
    a.in_first() && b.in_middle() && c.in_middle() && d.in_last() && !is_local(a, b)
}

/// Whether an address that begins with these two numbers is of a local network: the later numbers do not matter.
fn is_local(a: Octet, b: Octet) -> bool {
    match a.as_ascii() {
        [1, 0] | [1, 2, 7] => true,
        [1, 6, 9] => b.as_ascii() == [2, 5, 4],
        [1, 9, 2] => b.as_ascii() == [1, 6, 8],
        [1, 7, 2] => matches!(b.as_ascii(), [1, 6..=9] | [2, _] | [3, 0 | 1]),
        _ => false,
    }
}

/// One to three decimal digits; those of other scripts than Latin's are [`Octet::OTHER`], since the pattern allows
/// them where any digit will do and nowhere else.
#[derive(Clone, Copy)]
struct Octet {
    digits: [u8; 3],
    len: usize,
}

fn octet(text: &str) -> Option<Octet> {
    let mut octet = Octet {
        digits: [0; 3],
        len: 0,
    };
    for c in text.chars() {
        let digit = octet.digits.get_mut(octet.len)?;
        *digit = match c {
            '0'..='9' => c as u8 - b'0',
            _ if has(c, DECIMAL) => Octet::OTHER,
            _ => return None,
        };
        octet.len += 1;
    }
    (octet.len > 0).then_some(octet)
}

impl Octet {
    const OTHER: u8 = 10;

    fn as_ascii(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    /// 1 to 223, without a leading zero.
    fn in_first(self) -> bool {
        match *self.as_ascii() {
            [a] | [a, _] => (1..=9).contains(&a),
            [a, b, c] => (a == 1) || (a == 2 && b <= 1) || (a == 2 && b == 2 && c <= 3),
            _ => false,
        }
    }

    /// 0 to 255, leading zeros allowed in two digits.
    fn in_middle(self) -> bool {
        match *self.as_ascii() {
            [_] | [_, _] => true,
            [a, b, c] => a == 1 || (a == 2 && b <= 4) || (a == 2 && b == 5 && c <= 5),
            _ => false,
        }
    }

    /// 1 to 254, without a leading zero.
    fn in_last(self) -> bool {
        match *self.as_ascii() {
            [a] | [a, _] => (1..=9).contains(&a),
            [a, b, c] => a == 1 || (a == 2 && b <= 4) || (a == 2 && b == 5 && c <= 4),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_look_like_one() {
        for text in [
            "http://",
            "https://x y",
            "www.x",
            "spacy.io",
            "example.com:8080",
            "a.b/",
            "foo.bar/x?y=1#z",
            "ftp://example.museum/a",
            "223.255.255.254",
            "1.2.3.4:80/x",
            "日本.テスト",
            "x.co.uk\n",
            "git+ssh://host.name",
            "1٣.1.1.1",
        ] {
            assert!(like_url(text), "{text:?}");
        }
    }

    #[test]
    fn other_text_does_not() {
        for text in [
            "",
            "www.",
            "end.",
            ".com",
            "a@b.com",
            "word",
            "lower.Upper",
            "a..toolong",
            "-a.bcd",
            "10.1.2.3",
            "127.0.0.1",
            "192.168.0.1",
            "172.16.0.1",
            "172.29.1.1",
            "172.31.0.1",
            "224.1.1.1",
            "1.2.3.255",
            "1.2.3.0",
            "a.bc:1",
            "a.bc:123456",
            "a.bcd/x y",
            "3.14",
            "٣1.1.1.1",
            "a.bcd\n\n",
        ] {
            assert!(!like_url(text), "{text:?}");
        }
    }

    #[test]
    fn labels_of_hosts_have_64_characters_at_most() {
        assert!(like_url(&format!("{}.abc", "é".repeat(64))));
        assert!(!like_url(&format!("{}.abc", "é".repeat(65))));
        assert!(like_url(&format!("x.{}", "é".repeat(63))));
        assert!(!like_url(&format!("x.{}", "é".repeat(64))));
    }

    #[test]
    fn an_email_address_has_a_user_and_a_host_with_a_dot() {
        for text in [
            "a@b.c",
            "first.last+tag@host-name.co.uk",
            "_@-.-",
            "a@b.c and more",
            "a@b..",
        ] {
            assert!(like_email(text), "{text:?}");
        }
        for text in [
            "", "@b.c", "a@", "a@b", "a@.c", "a@b.", "é@b.c", "a@b_c.d", "a@b.é", "a@@b.c",
            "a@b@c.d",
        ] {
            assert!(!like_email(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in any::<String>(), odd in "[0-9٣./:?#@a-zé-]{0,30}\n?") {
            for text in [text, odd] {
                let _ = (like_url(&text), like_email(&text));
            }
        }
    }
}
