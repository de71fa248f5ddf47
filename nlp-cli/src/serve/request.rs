//! What a client asks for: JSON of strangers.

use std::io;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::error::Category;
use utoipa::ToSchema;

use super::options::Limits;
use super::problem::Problem;
use nlp_io::texts::fault_of_json;

/// Texts to be parsed.
#[derive(Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ParseRequest {
    /// The texts.
    #[schema(example = json!(["Ada Lovelace wrote the first program in 1843."]))]
    pub texts: Vec<String>,
    /// The name of the pipeline; the service's first where there is none.
    #[serde(default)]
    pub model: Option<String>,
    /// What the answer holds beside tokens and entities.
    #[serde(default)]
    pub parts: Vec<Part>,
}

/// A body as it may come: a list of texts alone, as spaCy's documentation has it, or with what is asked for.
#[derive(ToSchema)]
#[schema(title = "Body")]
#[serde(untagged)]
#[allow(dead_code, reason = "it is described, and read by its first letter")]
pub(super) enum Body {
    /// The texts, the service's first pipeline, tokens and entities alone.
    Texts(Vec<String>),
    /// The texts, and what is asked for.
    Request(ParseRequest),
}

/// What an answer holds on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    /// Of each token: tag, part of speech, morphology.
    Tags,
    /// Of each token: its lemma.
    Lemmas,
    /// Of each token: the number of its head, and the label of the arc to it.
    Heads,
    /// Of each token: its first code point in the text, and the white space after it.
    Offsets,
    /// Of each entity: its id from a ruler, and its id in a knowledge base.
    Ids,
    /// The sentences.
    Sents,
    /// The score of each category of the text.
    Cats,
    /// The groups of spans by key.
    Spans,
}

/// Reads a body.
///
/// # Errors
/// Why it is none: no JSON, not what is asked for, or more than the limits allow.
pub(super) fn read(body: &[u8], limits: &Limits) -> Result<ParseRequest, Problem> {
    let first = body.trim_ascii_start().first();
    let read = match first {
        Some(b'[') => serde_json::from_slice(body).map(|texts| ParseRequest {
            texts,
            model: None,
            parts: Vec::new(),
        }),
        _ => serde_json::from_slice(body),
    };
    let request: ParseRequest = read.map_err(|error| fault(&error))?;
    if request.texts.len() > limits.texts {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format_args!(
                "{} texts are more than the limit of {}: send them in several requests",
                request.texts.len(),
                limits.texts
            ),
        ));
    }
    let chars: usize = request.texts.iter().map(|text| text.chars().count()).sum();
    if chars > limits.chars {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format_args!(
                "texts of {chars} characters together are more than the limit of {}: send them in several requests, or \
                 split them",
                limits.chars
            ),
        ));
    }
    Ok(request)
}

fn fault(error: &serde_json::Error) -> Problem {
    let said = error.to_string();
    match error.classify() {
        Category::Data => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format_args!(
                "the body is JSON, but not what is asked for: {said}; it is {{\"texts\": [\"...\"]}}, with \"model\" and \
                 \"parts\" where they are wanted"
            ),
        ),
        Category::Syntax | Category::Eof | Category::Io => {
            let why = fault_of_json(error);
            Problem::new(StatusCode::BAD_REQUEST, format_args!("the body {why}"))
        }
    }
}

/// Reads a body as the service does, within its usual limits: for the fuzzer.
///
/// # Errors
/// What the client would be told, as an error without a kind.
#[doc(hidden)]
pub fn check_body(body: &[u8]) -> io::Result<usize> {
    let read = read(body, &Limits::default());
    read.map(|request| request.texts.len())
        .map_err(|problem| io::Error::other(String::from_utf8_lossy(&problem.json()).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(body: &str) -> u16 {
        read(body.as_bytes(), &Limits::default()).map_or_else(|why| why.status().as_u16(), |_| 200)
    }

    #[test]
    fn a_body_is_an_object_or_a_list_of_texts() {
        let limits = Limits::default();
        let whole = br#"{"texts": ["a", "b"], "model": "de", "parts": ["heads", "cats"]}"#;
        let whole = read(whole, &limits).unwrap();
        assert_eq!(whole.texts, ["a", "b"]);
        assert_eq!(whole.model.as_deref(), Some("de"));
        assert_eq!(whole.parts, [Part::Heads, Part::Cats]);
        let list = read(b" \n[\"a\", \"b\"]", &limits).unwrap();
        assert_eq!((list.texts.len(), list.model), (2, None));
        assert_eq!(read(b"{\"texts\": []}", &limits).unwrap().texts.len(), 0);
    }

    #[test]
    fn what_is_no_json_is_told_from_what_is_not_asked_for() {
        for no_json in [
            "",
            "{",
            "[\"a\"",
            "texts=a",
            "{\"texts\": [\"a\"]} x",
            "[\"\\ud800\"]",
            "[\"\u{1}\"]",
        ] {
            assert_eq!(status(no_json), 400, "{no_json}");
        }
        assert_eq!(
            read(b"[\"\xff\"]", &Limits::default())
                .unwrap_err()
                .status(),
            400
        );
        for other in [
            "1",
            "null",
            "[1]",
            "{}",
            "{\"texts\": \"a\"}",
            "{\"texts\": [null]}",
            "{\"texts\": [], \"model\": 1}",
            "{\"texts\": [], \"parts\": [\"all\"]}",
            "{\"texts\": [], \"text\": 1}",
            "{\"texts\": [], \"texts\": []}",
        ] {
            assert_eq!(status(other), 422, "{other}");
        }
        assert_eq!(status(&"[".repeat(100_000)), 422);
    }

    #[test]
    fn more_than_the_limits_is_too_large() {
        let limits = Limits {
            texts: 2,
            chars: 4,
            ..Limits::default()
        };
        let status = |body: &str| {
            read(body.as_bytes(), &limits).map_or_else(|why| why.status().as_u16(), |_| 200)
        };
        assert_eq!(status(r#"["äö", "üß"]"#), 200);
        assert_eq!(status(r#"["a", "b", "c"]"#), 413);
        assert_eq!(status(r#"["äö", "üßx"]"#), 413);
    }
}
