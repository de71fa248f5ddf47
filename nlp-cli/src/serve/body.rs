//! The body of a request, read within a size and a time; and what all bodies together may hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::StatusCode;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::options::Limits;
use super::problem::Problem;

/// What is read of a body that is too large, so that its sender comes to read the answer; and for how long.
const LINGER_BYTES: usize = 16 << 20;
const LINGER_TIME: Duration = Duration::from_secs(2);

/// What all bodies together may hold.
pub(super) struct Budget {
    held: AtomicUsize,
    most: usize,
}

/// A part of it, given back when it is dropped.
pub(super) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(most: usize) -> Arc<Budget> {
        Arc::new(Budget {
            held: AtomicUsize::new(0),
            most,
        })
    }

    /// Bytes that are held.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// A share of no bytes.
    pub fn share(self: &Arc<Budget>) -> Share {
        Share {
            budget: Arc::clone(self),
            bytes: 0,
        }
    }
}

impl Share {
    /// Takes so many bytes more, if there are so many.
    fn grow(&mut self, bytes: usize) -> bool {
        let before = self.budget.held.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        before.saturating_add(bytes) <= self.budget.most
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body. Memory is taken for what has come, not for what is announced.
///
/// # Errors
/// It is too large, comes too slowly, breaks off, or there is no room for it.
pub(super) async fn read(
    mut body: Body,
    limits: &Limits,
    budget: &Arc<Budget>,
) -> Result<(Vec<u8>, Share), Problem> {
    let until = Instant::now() + limits.body_time;
    let mut share = budget.share();
    let mut bytes = Vec::new();
    if body.size_hint().lower() > limits.body_bytes as u64 {
        return Err(too_large(body, limits).await);
    }
    loop {
        let frame = match timeout_at(until, body.frame()).await {
            Err(_) => {
                return Err(Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    format_args!("the body was not whole within {:?}", limits.body_time),
                ));
            }
            Ok(None) => return Ok((bytes, share)),
            Ok(Some(Err(error))) => {
                return Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    format_args!(
                        "the body breaks off or is not framed as it says: {}",
                        printable::Line(error)
                    ),
                ));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limits.body_bytes {
            return Err(too_large(body, limits).await);
        }
        if !share.grow(data.len()) {
            return Err(Problem::busy("too many requests are being read: try again"));
        }
        bytes.extend_from_slice(&data);
    }
}

/// Reads on for a while: a client that is still sending when the connection is closed never sees the answer.
async fn too_large(mut body: Body, limits: &Limits) -> Problem {
    let until = Instant::now() + LINGER_TIME;
    let mut read = 0;
    while read < LINGER_BYTES
        && let Ok(Some(Ok(frame))) = timeout_at(until, body.frame()).await
    {
        read += frame.data_ref().map_or(0, |data| data.len());
    }
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format_args!(
            "the body has more than the limit of {} bytes: send the texts in several requests",
            limits.body_bytes
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_taken_and_given_back() {
        let budget = Budget::new(10);
        let (mut one, mut other) = (budget.share(), budget.share());
        assert!(one.grow(6) && one.grow(4));
        assert!(!other.grow(1));
        drop(other);
        assert_eq!(budget.held(), 10);
        drop(one);
        assert_eq!(budget.held(), 0);
    }
}
