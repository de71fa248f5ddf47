//! What went wrong with a request, as the client reads it: problem details (RFC 9457).

use std::fmt::Display;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The most characters of an explanation: parts of a request may be repeated in it.
const LONGEST: usize = 500;

/// An answer that says why there is no other (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Problem {
    /// `about:blank`: the problem is what its status says, and its detail.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// What the status is called.
    #[schema(example = "Unprocessable Entity")]
    title: &'static str,
    /// The status of the answer.
    #[schema(value_type = u16, example = 422)]
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    /// What was wrong with this request, and what to do.
    detail: String,
    /// Which of the texts it was, from 0, where it was one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    text: Option<usize>,
    /// Seconds after which it may be tried again.
    #[serde(skip)]
    retry_after: Option<u64>,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

impl Problem {
    /// A problem with this status, explained by a sentence without a full stop.
    pub fn new(status: StatusCode, detail: impl Display) -> Problem {
        let mut detail = detail.to_string();
        if let Some((end, _)) = detail.char_indices().nth(LONGEST) {
            detail.truncate(end);
            detail.push('…');
        }
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            detail,
            text: None,
            retry_after: None,
        }
    }

    /// The service has too much to do: try again.
    pub fn busy(detail: impl Display) -> Problem {
        Problem {
            retry_after: Some(1),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
    }

    /// Why a text could not be parsed.
    pub fn of_text(text: usize, error: &nlp_core::Error) -> Problem {
        let status = match error {
            nlp_core::Error::Panicked { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem {
            text: Some(text),
            ..Problem::new(status, error)
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its JSON.
    pub fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a problem is plain data")
    }
}

/// What JSON of this kind is called.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let json = HeaderValue::from_static(PROBLEM_JSON);
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_what_the_standard_says() {
        let problem = Problem::new(StatusCode::NOT_FOUND, "there is nothing");
        assert_eq!(
            String::from_utf8(problem.json()).unwrap(),
            r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing"}"#
        );
        let busy = Problem::busy("wait").into_response();
        assert_eq!(busy.headers()[header::RETRY_AFTER], "1");
        assert_eq!(busy.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
    }

    #[test]
    fn what_is_repeated_of_a_request_is_cut() {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "é".repeat(100_000));
        assert_eq!(problem.detail.chars().count(), LONGEST + 1);
    }
}
