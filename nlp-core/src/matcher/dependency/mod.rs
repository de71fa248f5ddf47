//! Finds tokens by what they are and how they hang on each other: spaCy's `DependencyMatcher`.

mod relation;
mod solve;
mod span_doc;
mod tree;

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::builder::MatcherBuilder;
use super::compiled::Matcher;
use super::found::FindError;
use crate::attr::Attr;
use crate::doc::{Doc, Span};
use crate::error::FormatError;
use crate::frozen::{Frozen, Walk, frozen};
use crate::limits::{Budget, OutOfTime};
use relation::Relation;
use solve::Node;
use tree::Tree;

/// Finds trees of tokens in parsed documents.
///
/// ```
/// use nlp_core::matcher::DependencyMatcher;
/// use serde_json::json;
///
/// let nlp = nlp_core::models::english()?;
/// let mut patterns = DependencyMatcher::builder();
/// patterns.add("WROTE", &json!([[
///     {"RIGHT_ID": "verb", "RIGHT_ATTRS": {"LEMMA": "write"}},
///     {"LEFT_ID": "verb", "REL_OP": ">", "RIGHT_ID": "who", "RIGHT_ATTRS": {"DEP": "nsubj"}},
/// ]]))?;
/// let doc = nlp.parse("Yesterday Lovelace wrote a program.")?;
/// let matcher = patterns.build();
/// let found = matcher.find(&doc)?;
/// assert_eq!((found[0].key, found[0].tokens.as_slice()), ("WROTE", [2, 1].as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DependencyMatcher {
    /// Finds single tokens: a rule for each node of each pattern.
    tokens: Matcher,
    /// The keys, in the order in which they were added first, each with its patterns.
    rules: Vec<Rule>,
}

frozen!(DependencyMatcher { tokens, rules });

/// The patterns of a key.
struct Rule {
    key: Box<str>,
    patterns: Vec<Vec<Node>>,
}

frozen!(Rule { key, patterns });

impl Frozen for Node {
    fn visit(&self, walk: &mut Walk) {
        let Node { rule, left } = self;
        rule.visit(walk);
        left.visit(walk);
    }
}

/// A pattern was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TreeMatch<'m> {
    /// The key of the pattern.
    pub key: &'m str,
    /// For each token of the pattern, in its order, the token that was found, counted from the start of what was
    /// searched.
    pub tokens: Vec<usize>,
}

/// Takes patterns and makes a [`DependencyMatcher`] of them.
pub struct DependencyMatcherBuilder {
    tokens: MatcherBuilder,
    rules: Vec<Rule>,
    places: HashMap<String, usize>,
    /// How many rules `tokens` was given so far.
    count: u32,
}

/// What a token of a pattern must have, unless it is the first.
const KEYS: [&str; 4] = ["LEFT_ID", "REL_OP", "RIGHT_ID", "RIGHT_ATTRS"];

impl DependencyMatcherBuilder {
    /// Adds patterns under a key, beside those that it has: `patterns` is a list of patterns, each of which is a list of
    /// objects with `RIGHT_ID` and `RIGHT_ATTRS`, and in all but the first `LEFT_ID` and `REL_OP`.
    ///
    /// # Errors
    /// If a pattern is empty, names a token or an operator that there is none of, or has tokens that mean nothing: the
    /// error says which pattern and which token. Nothing is added then.
    pub fn add(&mut self, key: &str, patterns: &Value) -> Result<&mut Self, FormatError> {
        let within = |reason: String| FormatError::new(reason).within(format_args!("key {key:?}"));
        let patterns = patterns
            .as_array()
            .ok_or_else(|| within("its patterns are no list".to_owned()))?;
        let mut read = Vec::with_capacity(patterns.len());
        let first = self.count;
        for (i, pattern) in patterns.iter().enumerate() {
            match self.read(pattern) {
                Ok(nodes) => read.push(nodes),
                Err(reason) => {
                    for rule in first..self.count {
                        self.tokens.remove(&rule.to_string());
                    }
                    return Err(within(format!("pattern {i}: {reason}")));
                }
            }
        }
        let place = *self
            .places
            .entry(key.to_owned())
            .or_insert(self.rules.len());
        if place == self.rules.len() {
            self.rules.push(Rule {
                key: key.into(),
                patterns: Vec::new(),
            });
        }
        self.rules[place].patterns.append(&mut read);
        Ok(self)
    }

    fn read(&mut self, pattern: &Value) -> Result<Vec<Node>, String> {
        let tokens = pattern.as_array().ok_or("is no list of tokens")?;
        if tokens.is_empty() {
            return Err("is empty".to_owned());
        }
        let mut ids: HashMap<String, u32> = HashMap::new();
        let mut nodes = Vec::with_capacity(tokens.len());
        for (i, token) in tokens.iter().enumerate() {
            let of_token = |reason: String| format!("token {i} {reason}");
            let token = token
                .as_object()
                .ok_or_else(|| of_token("is no object".to_owned()))?;
            let needed = if i == 0 { &KEYS[2..] } else { &KEYS };
            if let Some(missing) = needed.iter().find(|key| !token.contains_key(**key)) {
                return Err(of_token(format!("has no {missing}")));
            }
            let id = token["RIGHT_ID"].to_string();
            let left = match i {
                0 if KEYS[..2].iter().any(|key| token.contains_key(*key)) => {
                    return Err(of_token(
                        "is the first, which has no LEFT_ID and no REL_OP".to_owned(),
                    ));
                }
                0 => None,
                _ => {
                    let (left, op) = (&token["LEFT_ID"], &token["REL_OP"]);
                    let node = ids.get(&left.to_string());
                    let node = node.ok_or_else(|| {
                        of_token(format!(
                            "has the LEFT_ID {left}, which no token before it has as its RIGHT_ID"
                        ))
                    })?;
                    let relation = op.as_str().and_then(Relation::from_name);
                    let relation = relation.ok_or_else(|| {
                        of_token(format!("has the REL_OP {op}, which there is not"))
                    })?;
                    Some((*node, relation))
                }
            };
            if ids.insert(id, i as u32).is_some() {
                return Err(of_token(format!(
                    "has the RIGHT_ID {}, as one before it",
                    token["RIGHT_ID"]
                )));
            }
            let attrs = &token["RIGHT_ATTRS"];
            if let Some("?" | "*" | "+") = attrs.get("OP").and_then(Value::as_str) {
                return Err(of_token(format!(
                    "has the operator {}, and must be one token",
                    attrs["OP"]
                )));
            }
            if !attrs.is_object() {
                return Err(of_token(format!(
                    "has the RIGHT_ATTRS {attrs}, which are no object"
                )));
            }
            let rule = self.count;
            self.count += 1;
            let single = Value::Array(vec![Value::Array(vec![attrs.clone()])]);
            self.tokens
                .add(&rule.to_string(), &single)
                .map_err(|e| of_token(format!("has RIGHT_ATTRS that cannot be used: {e}")))?;
            nodes.push(Node { rule, left });
        }
        Ok(nodes)
    }

    /// Checks attributes against spaCy's schema too, which it leaves out here unless it is told to.
    pub fn with_validation(mut self) -> Self {
        self.tokens = self.tokens.with_validation(true);
        self
    }

    /// Takes the patterns of a key out again; whether there were any.
    pub fn remove(&mut self, key: &str) -> bool {
        let Some(place) = self.places.remove(key) else {
            return false;
        };
        for node in self.rules.remove(place).patterns.iter().flatten() {
            self.tokens.remove(&node.rule.to_string());
        }
        for other in self.places.values_mut() {
            *other -= usize::from(*other > place);
        }
        true
    }

    /// Whether patterns were added under the key.
    pub fn has_key(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    /// The matcher.
    pub fn build(self) -> DependencyMatcher {
        DependencyMatcher {
            tokens: self.tokens.build(),
            rules: self.rules,
        }
    }
}

impl DependencyMatcher {
    /// A builder, to add patterns to.
    pub fn builder() -> DependencyMatcherBuilder {
        DependencyMatcherBuilder {
            tokens: Matcher::builder().with_validation(false),
            rules: Vec::new(),
            places: HashMap::new(),
            count: 0,
        }
    }

    /// What the patterns find in a document, or in a part of it, as if that were a document: in spaCy's order.
    ///
    /// # Errors
    /// If the document is not parsed, or lacks what a pattern names.
    pub fn find<'d>(&self, within: impl Into<Span<'d>>) -> Result<Vec<TreeMatch<'_>>, FindError> {
        let span = within.into();
        match span.len() == span.doc().len() {
            true => self.find_in(span.doc()),
            false => self.find_in(&span_doc::as_doc(span)),
        }
    }

    fn find_in(&self, doc: &Doc<'_>) -> Result<Vec<TreeMatch<'_>>, FindError> {
        self.tokens.check(doc)?;
        let patterns = self.rules.iter().flat_map(|rule| &rule.patterns);
        if !doc.has_annotation(Attr::Dep) && patterns.into_iter().any(|nodes| nodes.len() > 1) {
            return Err(FindError::NotAnnotated(Attr::Dep));
        }
        let found = self.tokens.find_numbers(doc, Budget::UNLIMITED);
        let found = found.map_err(|OutOfTime| FindError::TooHard)?;
        let tree = Tree::new(doc);
        // For each rule the tokens found, those with the same root together; roots in the order in which any rule found
        // something below them.
        let mut groups: HashMap<u32, u32> = HashMap::new();
        let mut tokens: HashMap<(u32, u32), Vec<u32>> = HashMap::new();
        let mut groups_of: HashMap<u32, Vec<u32>> = HashMap::new();
        for (rule, start, _) in found {
            let next = groups.len() as u32;
            let group = *groups.entry(tree.root(start)).or_insert(next);
            let of_group = tokens.entry((rule, group)).or_default();
            if of_group.is_empty() {
                groups_of.entry(rule).or_default().push(group);
            }
            of_group.push(start);
        }
        groups_of
            .values_mut()
            .for_each(|groups| groups.sort_unstable());
        let mut matches = Vec::new();
        for rule in &self.rules {
            for nodes in &rule.patterns {
                let of_first = nodes.first().and_then(|node| groups_of.get(&node.rule));
                for &group in of_first.into_iter().flatten() {
                    let of_node = |node: &Node| tokens.get(&(node.rule, group)).map(Vec::as_slice);
                    let Some(of_nodes) = nodes.iter().map(of_node).collect::<Option<Vec<_>>>()
                    else {
                        continue;
                    };
                    let solutions = solve::solve(nodes, &of_nodes, &tree);
                    matches.extend(solutions.into_iter().map(|tokens| TreeMatch {
                        key: &rule.key,
                        tokens,
                    }));
                }
            }
        }
        Ok(matches)
    }

    /// How many keys have patterns.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The bytes that the matcher holds from the allocator. Exact but for hash tables, whose layout is not public.
    pub fn heap_bytes(&self) -> usize {
        Walk::measure(self)
    }
}

impl fmt::Debug for DependencyMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DependencyMatcher")
            .field("keys", &self.rules.len())
            .finish_non_exhaustive()
    }
}
