//! What one module names: its children, its items, what it imports, and the paths in its code.

use std::collections::HashSet;

use crate::lexer::{Kind, Token};

/// A module's own code, without that of modules in it.
#[derive(Debug, Default)]
pub(crate) struct Code {
    /// Modules in files of their own: `mod name;`.
    pub files: Vec<String>,
    /// Modules between braces.
    pub inline: Vec<(String, Code)>,
    /// Names of items that are defined here.
    pub items: HashSet<String>,
    pub imports: Vec<Import>,
    /// Paths of two segments or more outside of imports.
    pub paths: Vec<(Vec<String>, usize)>,
    /// Every name that stands outside of imports.
    pub names: HashSet<String>,
}

/// One name that a `use` brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub path: Vec<String>,
    /// What it is called here; `*` for all that a module has.
    pub name: String,
    /// Whether others see it here.
    pub public: bool,
    pub line: usize,
}

/// Whether a module of this name holds tests.
fn holds_tests(name: &str) -> bool {
    name == "tests" || name == "testing" || name.ends_with("_tests")
}

impl Code {
    pub fn read(tokens: &[Token]) -> Code {
        let mut code = Code::default();
        let mut reader = Reader { tokens, at: 0 };
        reader.module(&mut code);
        code
    }
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Reader<'_> {
    fn get(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn ident(&self, ahead: usize) -> Option<&str> {
        self.get(ahead)?.ident()
    }

    fn is(&self, ahead: usize, c: char) -> bool {
        self.get(ahead).is_some_and(|token| token.is(c))
    }

    fn is_sep(&self, ahead: usize) -> bool {
        self.get(ahead).is_some_and(|token| token.kind == Kind::Sep)
    }

    /// Reads up to the brace that closes the module, or the end.
    fn module(&mut self, code: &mut Code) {
        let mut depth = 0;
        let mut public = false;
        while let Some(token) = self.get(0) {
            match &token.kind {
                Kind::Punct('#') => {
                    if self.attribute() {
                        self.skip_item();
                    }
                }
                Kind::Punct('{') => {
                    depth += 1;
                    self.at += 1;
                }
                Kind::Punct('}') if depth == 0 => return self.at += 1,
                Kind::Punct('}') => {
                    depth -= 1;
                    self.at += 1;
                }
                Kind::Ident(word) if word == "pub" => {
                    public = true;
                    self.at += 1;
                    if self.is(0, '(') {
                        self.skip_group();
                    }
                    continue;
                }
                Kind::Ident(word) if word == "use" => self.import(code, public),
                Kind::Ident(word) if word == "mod" && self.ident(1).is_some() => {
                    self.child(code);
                }
                Kind::Ident(_) => self.code(code, depth == 0),
                _ => self.at += 1,
            }
            public = false;
        }
    }

    /// Passes an attribute; whether it says that what follows is for tests.
    fn attribute(&mut self) -> bool {
        self.at += 1;
        if self.is(0, '!') {
            self.at += 1;
        }
        let start = self.at;
        if !self.is(0, '[') {
            return false;
        }
        self.skip_group();
        let names: Vec<&str> = self.tokens[start..self.at]
            .iter()
            .filter_map(Token::ident)
            .collect();
        names.first() == Some(&"cfg") && names.contains(&"test") && !names.contains(&"not")
    }

    /// Passes a group in parentheses, brackets or braces.
    fn skip_group(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.get(0) {
            match token.kind {
                Kind::Punct('(' | '[' | '{') => depth += 1,
                Kind::Punct(')' | ']' | '}') => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// Passes an item, to its `;` or its body's end, or whatever stands to the next comma.
    fn skip_item(&mut self) {
        let mut to_semicolon = false;
        while let Some(token) = self.get(0) {
            match &token.kind {
                Kind::Ident(word) if word == "use" => to_semicolon = true,
                Kind::Punct('{') if !to_semicolon => return self.skip_group(),
                Kind::Punct('(' | '[' | '{') => {
                    self.skip_group();
                    continue;
                }
                Kind::Punct(';' | ',') => return self.at += 1,
                Kind::Punct('}') => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// `mod name;` or `mod name { … }`.
    fn child(&mut self, code: &mut Code) {
        let name = self.ident(1).unwrap_or_default().to_owned();
        self.at += 2;
        if holds_tests(&name) {
            return self.skip_item();
        }
        if self.is(0, '{') {
            self.at += 1;
            let mut inner = Code::default();
            self.module(&mut inner);
            code.inline.push((name, inner));
        } else {
            self.at += 1;
            if !code.files.contains(&name) {
                code.files.push(name);
            }
        }
    }

    fn import(&mut self, code: &mut Code, public: bool) {
        self.at += 1;
        self.tree(code, &[], public);
        while !self.is(0, ';') && self.get(0).is_some() {
            self.at += 1;
        }
        self.at += 1;
    }

    /// One branch of a `use`, below `prefix`.
    fn tree(&mut self, code: &mut Code, prefix: &[String], public: bool) {
        let mut path = prefix.to_vec();
        let line = self.get(0).map_or(0, |token| token.line);
        if self.is_sep(0) {
            self.at += 1;
        }
        loop {
            if self.is(0, '{') {
                self.at += 1;
                while !self.is(0, '}') && self.get(0).is_some() {
                    self.tree(code, &path, public);
                    if self.is(0, ',') {
                        self.at += 1;
                    }
                }
                self.at += 1;
                return;
            }
            if self.is(0, '*') {
                self.at += 1;
                path.push("*".to_owned());
                break;
            }
            let Some(word) = self.ident(0) else {
                // Nothing that a path can go on with.
                self.at += 1;
                return;
            };
            path.push(word.to_owned());
            self.at += 1;
            if !self.is_sep(0) {
                break;
            }
            self.at += 1;
        }
        // `use a::{self}` is `use a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let mut name = path.last().cloned().unwrap_or_default();
        if name == "*" {
            path.pop();
        }
        if self.ident(0) == Some("as") {
            name = self.ident(1).unwrap_or_default().to_owned();
            self.at += 2;
        }
        code.imports.push(Import {
            path,
            name,
            public,
            line,
        });
    }

    /// A name in the code, with the path that it begins. `defines` where items of the module can stand.
    fn code(&mut self, code: &mut Code, defines: bool) {
        let Some(token) = self.get(0) else { return };
        let (line, word) = (token.line, token.ident().unwrap_or_default().to_owned());
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let goes_on = before.is_some_and(|token| token.is('.') || token.kind == Kind::Sep);
        if defines {
            let name = match word.as_str() {
                "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" => {
                    self.ident(1)
                }
                "macro_rules" => self.ident(2),
                _ => None,
            };
            if let Some(name) = name {
                code.items.insert(name.to_owned());
            }
        }
        let mut path = vec![word];
        self.at += 1;
        while self.is_sep(0) {
            let Some(word) = self.ident(1) else { break };
            path.push(word.to_owned());
            self.at += 2;
        }
        if goes_on {
            return;
        }
        code.names.insert(path[0].clone());
        if path.len() > 1 {
            code.paths.push((path, line));
        }
    }
}
