//! Reports that version 2 of this program's documents wrote, in the form of version 3.
//!
//! Version 2 knew two loops, `zones: "on"` and `"off"`; version 3 names the condition under which a loop was measured.
//! What instruments saw that know stacks stood in a field each, and stands in one list; some names became the field's.

use serde_json::{Map, Value, json};

/// The version that can be upgraded.
pub const FROM_VERSION: u32 = 2;

/// The names of version 2, and what they are now, wherever they stand.
const KEYS: [(&str, &str); 1] = [("detectable_slope", "minimum_detectable_effect")];
/// Values of version 2 that have another name now, under these keys.
const VALUES: [(&str, &str, &str); 3] = [
    ("kind", "growth_in_zones", "growth"),
    ("kind", "retention", "allocator"),
    ("cause", "retention", "allocator"),
];
/// The fields of the instruments that know stacks.
const STACKS: [&str; 3] = ["sites", "dhat", "valgrind"];

/// The condition that version 2 called `zones: "on"` or `"off"`.
fn condition(zones: &str) -> Option<&'static str> {
    match zones {
        "on" => Some("with zones"),
        "off" => Some("without zones"),
        _ => None,
    }
}

/// A summary of version 2 in the form of version 3.
pub fn summary(mut document: Value) -> Value {
    let asked = document.pointer("/options/zones").and_then(Value::as_str);
    let wanted: &[&str] = match asked {
        Some("on") => &["on"],
        Some("off") => &["off"],
        _ => &["off", "on"],
    };
    let conditions = wanted.iter().map(|zones| {
        let expects = if *zones == "on" {
            "flat"
        } else {
            "stores_may_grow"
        };
        json!({"name": condition(zones), "expects": expects})
    });
    let conditions: Vec<Value> = conditions.collect();
    let left_out = ["off", "on"].iter().filter(|zones| !wanted.contains(zones));
    let unmeasured: Vec<Value> = left_out.map(|zones| json!(condition(zones))).collect();
    if let Value::Object(fields) = &mut document {
        if let Some(Value::Object(options)) = fields.get_mut("options") {
            options.remove("zones");
        }
        let stacks = STACKS.iter().filter_map(|instrument| {
            let Value::Object(seen) = fields.remove(*instrument)? else {
                return None;
            };
            let mut stacks = Map::new();
            stacks.insert("instrument".to_owned(), json!(instrument));
            stacks.extend(seen);
            Some(Value::Object(stacks))
        });
        let stacks: Vec<Value> = stacks.collect();
        fields.insert("schema_version".to_owned(), json!(FROM_VERSION + 1));
        fields.insert("conditions".to_owned(), Value::Array(conditions));
        fields.insert("unmeasured".to_owned(), Value::Array(unmeasured));
        fields.insert("stacks".to_owned(), Value::Array(stacks));
    }
    renamed(document)
}

/// A sample, or any other part of a document of version 2, with the names of version 3.
pub fn renamed(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(renamed).collect(),
        Value::Object(fields) => Value::Object(fields.into_iter().map(field).collect()),
        other => other,
    }
}

fn field((key, value): (String, Value)) -> (String, Value) {
    if let Value::String(text) = &value {
        if key == "zones"
            && let Some(name) = condition(text)
        {
            return ("condition".to_owned(), json!(name));
        }
        for (of, before, now) in VALUES {
            if key == of && text == before {
                return (key, json!(now));
            }
        }
    }
    for (before, now) in KEYS {
        if key == before {
            return (now.to_owned(), renamed(value));
        }
    }
    (key, renamed(value))
}
