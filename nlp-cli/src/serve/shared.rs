//! What the threads of a service share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::metrics::Metrics;
use super::options::{Limits, Observer};
use super::state::State;
use super::token::Token;

/// All that a request needs.
pub(super) struct Shared {
    pub state: Arc<State>,
    pub metrics: Metrics,
    pub limits: Limits,
    pub token: Option<Token>,
    pub observer: Option<Arc<dyn Observer>>,
    /// The description of the API.
    pub openapi: String,
    /// Set once the service was told to stop.
    pub stopping: AtomicBool,
}
