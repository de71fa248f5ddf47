//! Rust's tokens, as far as paths need them: comments, strings and characters are left out.

/// A token, and the line that it stands on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Ident(String),
    /// `::`.
    Sep,
    /// Any other character that is no space.
    Punct(char),
}

impl Token {
    /// The name, if it is one.
    pub fn ident(&self) -> Option<&str> {
        match &self.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        }
    }

    pub fn is(&self, c: char) -> bool {
        self.kind == Kind::Punct(c)
    }
}

/// The tokens of a file.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
        line: 1,
        tokens: Vec::new(),
    };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    /// Goes on by `n` characters, and counts lines.
    fn skip(&mut self, n: usize) {
        let end = (self.at + n).min(self.chars.len());
        let passed = &self.chars[self.at..end];
        self.line += passed.iter().filter(|&&c| c == '\n').count();
        self.at = end;
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let line = self.line;
        self.tokens.push(Token { kind, line });
        self.skip(length);
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => {
                while !matches!(self.peek(0), '\n' | '\0') {
                    self.skip(1);
                }
            }
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('\'', _) => self.quote(),
            (':', ':') => self.push(Kind::Sep, 2),
            (c, _) if is_name(c) => self.word(),
            (c, _) if c.is_whitespace() => self.skip(1),
            (c, _) => self.push(Kind::Punct(c), 1),
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => {
                    depth += 1;
                    self.skip(2);
                }
                ('*', '/') => {
                    depth -= 1;
                    self.skip(2);
                }
                ('\0', _) => return,
                _ => self.skip(1),
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// From one `"` to the next that is not escaped.
    fn string(&mut self) {
        self.skip(1);
        loop {
            match self.peek(0) {
                '\\' => self.skip(2),
                '"' | '\0' => return self.skip(1),
                _ => self.skip(1),
            }
        }
    }

    /// A character, or the name of a lifetime, which is left out as well.
    fn quote(&mut self) {
        if self.peek(1) == '\\' {
            self.skip(3);
            while !matches!(self.peek(0), '\'' | '\0') {
                self.skip(1);
            }
            self.skip(1);
        } else if self.peek(2) == '\'' {
            self.skip(3);
        } else {
            self.skip(1);
            while is_name(self.peek(0)) {
                self.skip(1);
            }
        }
    }

    /// A name, a number, or what stands before a string: `r#"`, `b'`.
    fn word(&mut self) {
        let mut length = 0;
        while is_name(self.peek(length)) {
            length += 1;
        }
        let word: String = self.chars[self.at..self.at + length].iter().collect();
        let raw = matches!(word.as_str(), "r" | "br" | "cr");
        match self.peek(length) {
            '"' if raw => self.raw_string(length),
            '#' if raw && matches!(self.peek(length + 1), '"' | '#') => self.raw_string(length),
            // A raw name: `r#type`.
            '#' if word == "r" => self.skip(length + 1),
            '"' if matches!(word.as_str(), "b" | "c") => self.skip(length),
            '\'' if word == "b" => self.skip(length),
            _ if word.starts_with(|c: char| c.is_ascii_digit()) => self.skip(length),
            _ => self.push(Kind::Ident(word), length),
        }
    }

    /// A string that ends with as many `#` as it begins with; `prefix` letters stand before them.
    fn raw_string(&mut self, prefix: usize) {
        self.skip(prefix);
        let mut hashes = 0;
        while self.peek(hashes) == '#' {
            hashes += 1;
        }
        self.skip(hashes + 1);
        while self.peek(0) != '\0' {
            if self.peek(0) == '"' && (1..=hashes).all(|i| self.peek(i) == '#') {
                return self.skip(hashes + 1);
            }
            self.skip(1);
        }
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let tokens = tokens(text);
        let names = tokens.iter().filter_map(|token| token.ident());
        names.map(str::to_owned).collect()
    }

    #[test]
    fn comments_strings_and_characters_are_no_code() {
        let text = r####"
            a // crate::x
            /* crate::y /* nested */ crate::y */ b "crate::\"z" c r#"crate::"w"# d 'e' '\'' b"\"f" g br"h" i
        "####;
        assert_eq!(names(text), ["a", "b", "c", "d", "g", "i"]);
    }

    #[test]
    fn a_lifetime_is_no_character_that_swallows_code() {
        assert_eq!(names("x<'a> y<'b> '\\u{41}' z"), ["x", "y", "z"]);
    }

    #[test]
    fn lines_are_counted_in_comments_and_strings_too() {
        let tokens = tokens("/*\n\n*/ \"\n\" a");
        assert_eq!(tokens[0].line, 4);
    }
}
