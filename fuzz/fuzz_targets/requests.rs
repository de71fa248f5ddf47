//! The body of a request to `nlp serve`: it is refused with a problem that is JSON, or it is what a reader of JSON that
//! knows nothing of requests finds in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_cli::serve::check_body;
use serde_json::Value;

const FIELDS: [&str; 3] = ["texts", "model", "parts"];

fuzz_target!(|data: &[u8]| {
    let read = check_body(data);
    let value: Option<Value> = serde_json::from_slice(data).ok();
    match read {
        Ok(count) => {
            let value = value.expect("what is taken is JSON");
            let texts = texts_of(&value).expect("what is taken has texts");
            assert_eq!(count, texts.len());
            assert!(texts.iter().all(Value::is_string));
            if let Value::Object(fields) = &value {
                assert!(fields.keys().all(|key| FIELDS.contains(&key.as_str())), "{fields:?}");
            }
        }
        Err(problem) => {
            let said: Value = serde_json::from_str(&problem.to_string()).expect("a problem is JSON");
            let status = said["status"].as_u64();
            assert!(matches!(status, Some(400 | 413 | 422)), "{said}");
            assert!(said["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{said}");
            // A list of a few strings is a request, whatever they hold.
            if let Some(Value::Array(texts)) = &value
                && texts.len() <= 1000
                && data.len() < 1_000_000
            {
                assert!(!texts.iter().all(Value::is_string), "{said}");
            }
        }
    }
});

fn texts_of(value: &Value) -> Option<&Vec<Value>> {
    match value {
        Value::Array(texts) => Some(texts),
        Value::Object(fields) => fields.get("texts")?.as_array(),
        _ => None,
    }
}
