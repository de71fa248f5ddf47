//! What setting an attribute of spaCy's `Doc` comes to, for the attributes that a `doc_cleaner` may name.
//!
//! spaCy asks Python whether a document has the attribute (`hasattr`) and sets it (`setattr`) on every document; what
//! that does was tried for each attribute that `Doc` has. Here it is known when the pipeline is loaded.

use serde_json::{Map, Value};

use crate::frozen::{Frozen, Walk};

/// What is done to every document.
pub(super) enum Clean {
    /// The tensor is dropped.
    Tensor,
    /// The user data are replaced.
    UserData(Map<String, Value>),
    /// Every token is outside any entity.
    Ents,
    /// No category has a score.
    Cats,
}

impl Frozen for Clean {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Clean::Tensor => walk.word(0),
            Clean::UserData(data) => {
                walk.word(1);
                for (key, value) in data {
                    key.visit(walk);
                    value.visit(walk);
                }
            }
            Clean::Ents => walk.word(2),
            Clean::Cats => walk.word(3),
        }
    }
}

/// What a setting comes to.
pub(super) enum Setting {
    /// Something to do.
    Clean(Clean),
    /// Something that no document here has, so that nothing that can be read changes.
    NoEffect,
    /// Documents have no such attribute: it is skipped, with a warning.
    Unknown,
    /// spaCy fails on every document, for this reason.
    Fails(String),
    /// spaCy sets it, and documents here cannot.
    Unsupported,
}

/// Attributes that spaCy's `Doc` has and that cannot be set: properties, and methods.
const READ_ONLY: [&str; 44] = [
    "_",
    "_bulk_merge",
    "_get_array_attrs",
    "_realloc",
    "char_span",
    "copy",
    "count_by",
    "doc",
    "extend_tensor",
    "from_array",
    "from_bytes",
    "from_dict",
    "from_disk",
    "from_docs",
    "from_json",
    "get_extension",
    "get_lca_matrix",
    "has_annotation",
    "has_extension",
    "has_vector",
    "is_nered",
    "is_parsed",
    "is_sentenced",
    "is_tagged",
    "lang",
    "lang_",
    "mem",
    "noun_chunks",
    "remove_extension",
    "retokenize",
    "sents",
    "set_ents",
    "set_extension",
    "similarity",
    "spans",
    "text",
    "text_with_ws",
    "to_array",
    "to_bytes",
    "to_dict",
    "to_disk",
    "to_json",
    "to_utf8_array",
    "vocab",
];

/// What `doc._` has of its own, beside the attributes that a program registers.
const UNDERSCORE: [&str; 12] = [
    "_doc",
    "_end",
    "_extensions",
    "_get_key",
    "_obj",
    "_start",
    "get",
    "get_state",
    "has",
    "load_state",
    "mutable_types",
    "set",
];

/// What Python's dictionaries have.
const DICTIONARY: [&str; 11] = [
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
];

/// What it comes to that `attr`, which may be a path such as `_.name`, is set to `value`.
pub(super) fn setting(attr: &str, value: &Value) -> Setting {
    match attr.split_once('.') {
        None => set(attr, value),
        // A document is its own `doc`.
        Some(("doc", rest)) => setting(rest, value),
        Some(("_", rest)) => match UNDERSCORE.contains(&rest) {
            true => Setting::Fails(format!("no program can register \"{rest}\"")),
            // A program registers custom attributes in Python, so that there are none here.
            false => Setting::Unknown,
        },
        Some(("user_data" | "cats", rest)) => match DICTIONARY.contains(&rest) {
            true => Setting::Fails("it is a method of a dictionary".to_owned()),
            // A key is no attribute.
            false => Setting::Unknown,
        },
        Some((first, _)) => match set(first, &Value::Null) {
            Setting::Unknown => Setting::Unknown,
            _ => Setting::Unsupported,
        },
    }
}

fn set(attr: &str, value: &Value) -> Setting {
    let empty = is_empty(value);
    let no_effect_if = |harmless| match harmless {
        true => Setting::NoEffect,
        false => Setting::Unsupported,
    };
    match (attr, value) {
        ("tensor", _) if empty => Setting::Clean(Clean::Tensor),
        ("user_data", Value::Object(data)) => Setting::Clean(Clean::UserData(data.clone())),
        ("user_data", _) if empty => Setting::Clean(Clean::UserData(Map::new())),
        ("ents", Value::Array(_) | Value::Object(_) | Value::String(_)) if empty => {
            Setting::Clean(Clean::Ents)
        }
        ("ents", Value::Array(_)) | ("tensor" | "user_data" | "noun_chunks_iterator", _) => {
            Setting::Unsupported
        }
        ("ents", _) => Setting::Fails("entities are set to a list".to_owned()),
        ("cats", _) if empty => Setting::Clean(Clean::Cats),
        ("cats", _) => Setting::Unsupported,
        ("sentiment", Value::Number(_) | Value::Bool(_)) => Setting::NoEffect,
        ("sentiment", _) => Setting::Fails("the sentiment is a number".to_owned()),
        ("user_hooks" | "user_token_hooks" | "user_span_hooks", Value::Null | Value::Object(_)) => {
            no_effect_if(empty)
        }
        ("user_hooks" | "user_token_hooks" | "user_span_hooks", _) => {
            Setting::Fails("hooks are an object or null".to_owned())
        }
        (
            "_context" | "_vector" | "_vector_norm" | "has_unknown_spaces" | "vector"
            | "vector_norm",
            _,
        ) => Setting::NoEffect,
        _ if READ_ONLY.contains(&attr) => Setting::Fails("it is read-only".to_owned()),
        _ if attr.len() > 4 && attr.starts_with("__") && attr.ends_with("__") => {
            Setting::Unsupported
        }
        _ => Setting::Unknown,
    }
}

/// Whether Python takes the value for false.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    }
}
