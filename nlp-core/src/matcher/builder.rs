//! Patterns on their way into a matcher.

use std::collections::HashMap;

use serde_json::Value;

use super::compiled::Matcher;
use super::conditions::{ConditionTable, Wanted};
use super::greedy::Greedy;
use super::operator::{More, Operator};
use super::plain::Plain;
use super::read;
use super::schema;
use super::step::{Step, Times};
use super::threads::Threads;
use super::words::WordTable;
use crate::attr::Attr;
use crate::error::FormatError;

/// The most steps that the operators of one pattern may come to: `{1000}` is a thousand.
const MAX_STEPS: u64 = 1 << 16;

/// The most steps that the operators of all patterns together may come to for each token that is written, beside
/// [`MAX_STEPS`].
const MAX_STEPS_A_TOKEN: u64 = 64;

/// Attributes that a document must have, unless told otherwise, where a pattern names one of their values.
const NEEDED: [Attr; 5] = [Attr::Tag, Attr::Pos, Attr::Morph, Attr::Lemma, Attr::Dep];

/// Takes patterns and makes a [`Matcher`] of them.
#[derive(Default)]
pub struct MatcherBuilder {
    validate: bool,
    conditions: ConditionTable,
    keys: WordTable,
    rules: Vec<Rule>,
    /// The patterns' tokens.
    patterns: Vec<Pattern>,
    wanted: Vec<Wanted>,
    steps: Vec<Step>,
    needed: [bool; 5],
    /// The tokens of all patterns, as they were written, and the steps that their operators come to.
    written: u64,
    counted: u64,
}

/// What is known of a key.
#[derive(Clone, Copy, Default)]
struct Rule {
    greedy: Option<Greedy>,
    /// Whether patterns were added under it, be it an empty list of them.
    added: bool,
}

/// One pattern: where its tokens are.
struct Pattern {
    rule: u32,
    /// Of plain patterns, in `wanted`; else in `steps`.
    start: usize,
    end: usize,
    plain: bool,
    /// For plain patterns some of whose tokens stand for several: which token each step is of.
    tokens: Option<Box<[u32]>>,
}

impl Matcher {
    /// A builder, to add patterns to.
    pub fn builder() -> MatcherBuilder {
        MatcherBuilder {
            validate: true,
            ..MatcherBuilder::default()
        }
    }
}

impl MatcherBuilder {
    /// Takes patterns as they come, without the schema that spaCy checks them against unless it is told not to.
    /// What has no meaning is an error all the same. Attributes that the schema leaves out can be used: `PREFIX`,
    /// `SUFFIX`, `LANG`, `HEAD`.
    pub fn without_validation(self) -> Self {
        self.with_validation(false)
    }

    /// Whether patterns are checked against the schema.
    pub(crate) fn with_validation(mut self, validate: bool) -> Self {
        self.validate = validate;
        self
    }

    /// Adds patterns under a key, beside those that it has: `patterns` is a list of patterns, each of which is a list of
    /// objects, one for each token.
    ///
    /// # Errors
    /// If a pattern is empty, is not what spaCy's schema has, or has no meaning here: the error says which pattern and
    /// which token. Nothing is added then.
    pub fn add(&mut self, key: &str, patterns: &Value) -> Result<&mut Self, FormatError> {
        self.add_rule(key, patterns, None)
    }

    /// Adds patterns of whose matches only some are wanted: see [`Greedy`]. This holds for all patterns under the key.
    ///
    /// # Errors
    /// As [`MatcherBuilder::add`].
    pub fn add_greedy(
        &mut self,
        key: &str,
        patterns: &Value,
        greedy: Greedy,
    ) -> Result<&mut Self, FormatError> {
        self.add_rule(key, patterns, Some(greedy))
    }

    fn add_rule(
        &mut self,
        key: &str,
        patterns: &Value,
        greedy: Option<Greedy>,
    ) -> Result<&mut Self, FormatError> {
        let within = |reason: String| FormatError::new(reason).within(format_args!("key {key:?}"));
        let patterns = patterns
            .as_array()
            .ok_or_else(|| within("its patterns are no list".to_owned()))?;
        let mut faults = Vec::new();
        for (i, pattern) in patterns.iter().enumerate() {
            let tokens = match pattern {
                Value::Array(tokens) => tokens,
                _ => return Err(within(format!("pattern {i} is no list of tokens"))),
            };
            if tokens.is_empty() {
                return Err(within(format!("pattern {i} is empty")));
            }
            if self.validate {
                let checked = schema::check(tokens);
                faults.extend(
                    checked
                        .into_iter()
                        .map(|fault| format!("pattern {i}: {fault}")),
                );
            }
        }
        if !faults.is_empty() {
            return Err(within(faults.join("; ")));
        }
        let rule = self.keys.intern(key);
        let rule = rule.ok_or_else(|| within("is one too many".to_owned()))?;
        self.rules.resize(self.keys.words.len(), Rule::default());
        let before = (self.patterns.len(), self.wanted.len(), self.steps.len());
        for (i, pattern) in patterns.iter().enumerate() {
            let tokens = pattern.as_array().map_or(&[][..], Vec::as_slice);
            if let Err(reason) = self.add_pattern(rule, tokens) {
                self.patterns.truncate(before.0);
                self.wanted.truncate(before.1);
                self.steps.truncate(before.2);
                return Err(within(format!("pattern {i}: {reason}")));
            }
        }
        let rule = &mut self.rules[rule as usize];
        rule.greedy = greedy;
        rule.added = true;
        Ok(self)
    }

    fn add_pattern(&mut self, rule: u32, tokens: &[Value]) -> Result<(), String> {
        let mut parts: Vec<(Wanted, Operator)> = Vec::with_capacity(tokens.len());
        let mut needed = self.needed;
        let mut steps = 0_u64;
        for (i, token) in tokens.iter().enumerate() {
            let of_token = |reason| format!("token {i} {reason}");
            let (tests, operator) = read::read(token, &mut self.conditions).map_err(of_token)?;
            steps += operator.steps();
            if steps > MAX_STEPS {
                return Err(of_token(format!(
                    "makes it longer than the limit of {MAX_STEPS} tokens that operators may come to"
                )));
            }
            if operator.steps() > 0 {
                for &test in &tests {
                    let attr = self.conditions.attr_of_value(test);
                    let place = NEEDED.iter().position(|needed| Some(*needed) == attr);
                    if let Some(place) = place {
                        needed[place] = true;
                    }
                }
            }
            let condition = self.conditions.condition(&tests).map_err(of_token)?;
            parts.push((condition << 1 | u32::from(operator.negated), operator));
        }
        self.written += tokens.len() as u64;
        self.counted += steps;
        let most = MAX_STEPS + MAX_STEPS_A_TOKEN * self.written;
        if self.counted > most {
            return Err(format!(
                "has operators that make all patterns together longer than the limit of {most} tokens"
            ));
        }
        self.needed = needed;
        let plain = parts.iter().all(|(_, op)| op.more == More::AtMost(0));
        let start = if plain {
            self.wanted.len()
        } else {
            self.steps.len()
        };
        let mut as_written = Vec::new();
        for (i, &(wanted, operator)) in parts.iter().enumerate() {
            let token = i as u32;
            for _ in 0..operator.times {
                match plain {
                    true => self.wanted.push(wanted),
                    false => self.steps.push(Step::new(wanted, Times::One, token)),
                }
                as_written.push(token);
            }
            let (times, more) = match operator.more {
                More::AtMost(more) => (Times::Optional, more),
                More::Unlimited => (Times::Any, 1),
            };
            for _ in 0..more {
                self.steps.push(Step::new(wanted, times, token));
            }
        }
        let end = if plain {
            self.wanted.len()
        } else {
            self.steps.len()
        };
        let in_order = (as_written.iter().enumerate()).all(|(i, &token)| i as u32 == token);
        self.patterns.push(Pattern {
            rule,
            start,
            end,
            plain,
            tokens: (plain && !in_order).then(|| as_written.into_boxed_slice()),
        });
        Ok(())
    }

    /// Takes the patterns of a key out again; whether there were any.
    pub fn remove(&mut self, key: &str) -> bool {
        let Some(rule) = self.find(key) else {
            return false;
        };
        self.patterns.retain(|pattern| pattern.rule != rule);
        self.rules[rule as usize] = Rule::default();
        true
    }

    /// Whether patterns were added under the key.
    pub fn has_key(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    fn find(&self, key: &str) -> Option<u32> {
        let rule = self.keys.find(key)?;
        self.rules[rule as usize].added.then_some(rule)
    }

    /// How many tokens the shortest match has of the patterns that were added last, if they were added under the key;
    /// `None` if they find nothing.
    pub(crate) fn shortest(&self, key: &str) -> Option<usize> {
        let rule = self.find(key)?;
        let patterns = self.patterns.iter().rev();
        let of_rule = patterns.take_while(|pattern| pattern.rule == rule);
        let of_rule = of_rule.filter(|pattern| pattern.start < pattern.end);
        let shortest = of_rule.map(|pattern| match pattern.plain {
            true => pattern.end - pattern.start,
            false => {
                let steps = &self.steps[pattern.start..pattern.end];
                let must = steps.iter().filter(|step| step.times == Times::One);
                must.count().max(1)
            }
        });
        shortest.min()
    }

    /// How many keys have patterns.
    pub fn len(&self) -> usize {
        self.rules.iter().filter(|rule| rule.added).count()
    }

    /// Whether no key has patterns.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The matcher.
    pub fn build(self) -> Matcher {
        let MatcherBuilder {
            conditions,
            keys,
            rules,
            patterns,
            wanted,
            mut steps,
            needed,
            ..
        } = self;
        let len = rules.iter().filter(|rule| rule.added).count();
        let conditions = conditions.finish();
        // A pattern all of whose tokens are to stand there no time is found nowhere.
        let numbered = || {
            let patterns = patterns.iter().enumerate();
            patterns
                .filter(|(_, pattern)| pattern.start < pattern.end)
                .map(|(number, pattern)| (number as u32, pattern))
        };
        for (_, pattern) in numbered().filter(|(_, pattern)| !pattern.plain) {
            steps[pattern.end - 1].last = true;
        }
        let plain = numbered().filter(|(_, pattern)| pattern.plain);
        let plain = plain.map(|(number, pattern)| (number, &wanted[pattern.start..pattern.end]));
        let plain = Plain::new(plain, &conditions);
        let threads = numbered().filter(|(_, pattern)| !pattern.plain);
        let threads = threads.map(|(number, pattern)| (number, &steps[pattern.start..pattern.end]));
        let threads = Threads::new(threads, &conditions);
        let mut needs = Vec::new();
        needs.extend((NEEDED.iter().zip(needed)).filter_map(|(attr, is)| is.then_some(*attr)));
        let mut seen = vec![false; rules.len()];
        let mut distinct = threads.is_empty();
        let (mut of_rule, mut tokens) = (Vec::with_capacity(patterns.len()), HashMap::new());
        for (number, pattern) in patterns.into_iter().enumerate() {
            distinct &= !std::mem::replace(&mut seen[pattern.rule as usize], true);
            of_rule.push(pattern.rule);
            if let Some(of_pattern) = pattern.tokens {
                tokens.insert(number as u32, of_pattern);
            }
        }
        let mut keys = keys.words;
        keys.shrink();
        Matcher {
            keys,
            len,
            greedy: match rules.iter().any(|rule| rule.greedy.is_some()) {
                true => rules.iter().map(|rule| rule.greedy).collect(),
                false => Vec::new(),
            },
            rules: of_rule,
            tokens,
            needs,
            distinct,
            conditions,
            plain,
            threads,
        }
    }
}
