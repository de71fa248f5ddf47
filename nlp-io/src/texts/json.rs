//! The text in a line of JSON.

use serde_json::Value;

use super::record::Unreadable;

/// The string under `field` of the JSON object in `line`.
///
/// # Errors
/// What is wrong with the line: no JSON, no object, no such field, or something else in it.
pub fn text_of_json(line: &str, field: &str) -> Result<String, Unreadable> {
    let malformed = |reason: String| Err(Unreadable::Malformed(reason));
    match serde_json::from_str(line) {
        Ok(Value::Object(mut object)) => match object.remove(field) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => malformed(format!("{field:?} is not a string")),
            None => malformed(format!("has no {field:?}")),
        },
        Ok(_) => malformed("is not a JSON object".into()),
        Err(error) => malformed(fault_of_json(&error)),
    }
}

/// Why JSON is not taken, of which its reader says `error`: a lone surrogate is JSON, and no text.
pub fn fault_of_json(error: &serde_json::Error) -> String {
    let error = &error.to_string();
    // It says the first where the second half of a pair comes first, and the second where none comes after the first.
    let lone = [
        "lone leading surrogate in hex escape",
        "unexpected end of hex escape",
    ];
    match lone.iter().any(|lone| error.starts_with(lone)) {
        true => {
            let place = error
                .rsplit_once(" at line ")
                .map_or("", |(_, place)| place);
            let column = place
                .rsplit_once("column ")
                .map_or("", |(_, column)| column);
            format!(
                "holds a lone surrogate at character {column}, which is JSON and no Unicode text"
            )
        }
        false => format!("is not JSON: {error}"),
    }
}
