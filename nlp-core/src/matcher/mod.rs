//! Finds tokens by patterns: spaCy's `Matcher`, compiled.
//!
//! ```
//! use nlp_core::matcher::Matcher;
//! use serde_json::json;
//!
//! let nlp = nlp_core::models::english()?;
//! let mut patterns = Matcher::builder();
//! patterns.add("GREETING", &json!([
//!     [{"LOWER": "hello"}, {"IS_PUNCT": true, "OP": "?"}, {"LOWER": {"FUZZY": "world"}}],
//! ]))?;
//! let matcher = patterns.build();
//! let doc = nlp.parse("Hello, wrold! Hello world!")?;
//! let found: Vec<_> = matcher.find(&doc)?.iter().map(|m| (m.key, m.start, m.end)).collect();
//! assert_eq!(found, [("GREETING", 0, 3), ("GREETING", 4, 6)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is found, and in which order, is what spaCy 3.8 finds; what is different is how long it takes. Patterns that
//! begin alike share a tree, and a token is looked up among all that could begin with it: so it hardly matters how many
//! patterns there are. Optional tokens take time in proportion to their number, where spaCy follows every way to leave
//! some out. Nothing that a match makes stays: a matcher never changes, any number of threads may use it, and what
//! patterns name is in its own tables, not in a vocabulary.
//!
//! Patterns with custom attributes (`_`) are refused: what those are, only Python code knows. There are no callbacks:
//! go through what was found.

mod builder;
mod compiled;
mod conditions;
mod dependency;
mod find;
mod found;
mod greedy;
mod index;
mod levenshtein;
mod operator;
mod phrase;
mod plain;
mod predicate;
mod prospects;
mod read;
mod schema;
mod search;
mod step;
#[cfg(test)]
mod tests;
mod threads;
mod value;
mod values;
mod words;

pub use builder::MatcherBuilder;
pub use compiled::Matcher;
pub use dependency::{DependencyMatcher, DependencyMatcherBuilder, TreeMatch};
pub use found::{FindError, FindOptions, Match};
pub use greedy::Greedy;
pub use phrase::{PhraseError, PhraseMatch, PhraseMatcher, PhraseMatcherBuilder};
pub(crate) use phrase::{PhraseSet, PhraseSetBuilder};
pub(crate) use words::{WordTable, Words};
