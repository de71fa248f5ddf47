//! What a client may ask, and what it gets.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::timeout;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{OpenApi, ToSchema};

use super::body;
use super::job::Job;
use super::metrics::OPENMETRICS;
use super::problem::{PROBLEM_JSON, Problem};
use super::queue::Refused;
use super::shared::Shared;
use super::work;
use super::{answer, request};

/// The page for people.
const PAGE: &str = include_str!("page.html");
/// It has all that it needs in itself, and asks this service alone.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
                           base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes by which requests are counted; all others are one.
pub(super) fn route_of(path: &str) -> &'static str {
    const ROUTES: [&str; 6] = [
        "/",
        "/parse",
        "/health",
        "/ready",
        "/metrics",
        "/openapi.json",
    ];
    let known = ROUTES.into_iter().find(|route| *route == path);
    known.unwrap_or("other")
}

/// All routes of a service.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/parse", post(parse))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .with_state(shared)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "nlp serve",
        description = "Tokens, entities and more of texts, by pipelines that spaCy v3 trained.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(parse, health, ready, metrics, openapi, page)
)]
struct Api;

/// The description of the API, as JSON: with the names of the pipelines that there are, and the token if one is asked for.
pub(super) fn describe<'n>(names: impl Iterator<Item = &'n str>, needs_token: bool) -> String {
    let mut api = Api::openapi();
    match (needs_token, &mut api.components) {
        (true, Some(components)) => {
            let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
            components.add_security_scheme("bearer", bearer);
        }
        _ => {
            for item in api.paths.paths.values_mut() {
                for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                    operation.security = None;
                    operation.responses.responses.remove("401");
                }
            }
        }
    }
    let mut api = serde_json::to_value(api).expect("a description is plain data");
    let names = names.map(Value::from).chain([Value::Null]);
    api["components"]["schemas"]["ParseRequest"]["properties"]["model"]["enum"] = names.collect();
    api.to_string()
}

/// Parses texts
///
/// Each text's tokens and entities, in the order of the texts. One text that cannot be parsed fails the request, and is
/// named by its number.
#[utoipa::path(
    post,
    path = "/parse",
    request_body(content = request::Body, content_type = "application/json"),
    responses(
        (status = 200, description = "What was found in each text", body = Vec<answer::Document>),
        (status = 400, description = "The body is no JSON, or broke off", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "The token is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body came too slowly", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body, or what is in it, is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not said to be JSON, or is compressed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is not what is asked for, or a text cannot be parsed", body = Problem, content_type = "application/problem+json"),
        (status = 500, description = "The service failed on a text", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "There is too much to do: try again", body = Problem, content_type = "application/problem+json",
            headers(("Retry-After" = u64, description = "Seconds to wait"))),
    ),
    security(("bearer" = [])),
)]
async fn parse(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Problem> {
    let until = Instant::now() + shared.limits.request_time;
    allow(&shared, request.headers())?;
    is_json(request.headers())?;
    let (bytes, held) =
        body::read(request.into_body(), &shared.limits, &shared.state.budget).await?;
    let asked = request::read(&bytes, &shared.limits)?;
    drop(bytes);
    let pipelines = &shared.state.pipelines;
    let pipeline = match &asked.model {
        None => 0,
        Some(name) => {
            let place = pipelines.iter().position(|one| one.name == *name);
            place.ok_or_else(|| unknown_model(&shared))?
        }
    };
    let characters = asked.texts.iter().map(|text| text.chars().count()).sum();
    let (sender, receiver) = oneshot::channel();
    let (texts, joins_others) = (asked.texts.len(), !pipelines[pipeline].depends_on_batch());
    let job = Job {
        pipeline,
        texts: asked.texts,
        parts: asked.parts,
        until,
        joins_others,
        answer: sender,
        held,
    };
    shared
        .state
        .queue
        .push(job)
        .map_err(|refused| match refused {
            Refused::Full => Problem::busy(format_args!(
                "{} requests wait already: try again",
                shared.state.queue.capacity()
            )),
            Refused::Closed => Problem::busy("the service is stopping"),
        })?;
    shared.metrics.accepted(texts, characters);
    let json = match timeout(work::left(until), receiver).await {
        Ok(Ok(answer)) => answer?,
        Ok(Err(_)) if Instant::now() < until => return Err(work::lost()),
        Ok(Err(_)) | Err(_) => {
            return Err(Problem::busy(format_args!(
                "there was no answer within {:?}: try again later, or with fewer texts",
                shared.limits.request_time
            )));
        }
    };
    Ok(with_type("application/json", json))
}

fn unknown_model(shared: &Shared) -> Problem {
    let names = shared
        .state
        .pipelines
        .iter()
        .map(|one| format!("\"{}\"", one.name));
    let names: Vec<String> = names.collect();
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        format_args!("there is no such model here; there is {}", names.join(", ")),
    )
}

/// Refuses a request that does not bear the token, where one is asked for.
fn allow(shared: &Shared, headers: &HeaderMap) -> Result<(), Problem> {
    match &shared.token {
        Some(token) if !token.is_in(headers) => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "send the service's token: Authorization: Bearer TOKEN",
        )),
        _ => Ok(()),
    }
}

/// Refuses a body that is not said to be JSON. A page of another site can make a browser send any other without asking.
fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let unsupported = |why| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    if headers.contains_key(header::CONTENT_ENCODING) {
        return unsupported("compressed bodies are not read: send it without Content-Encoding");
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    match kind {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        _ => unsupported("send JSON, and say so: Content-Type: application/json"),
    }
}

/// What `/health` and `/ready` say.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The names of the pipelines; the first is that of requests that name none.
    models: Vec<String>,
}

fn healthy(shared: &Shared) -> Response {
    let models = shared.state.pipelines.iter().map(|one| one.name.clone());
    let health = Health {
        status: "ok",
        models: models.collect(),
    };
    let json = serde_json::to_vec(&health).expect("plain data");
    with_type("application/json", json)
}

/// Whether the service lives
#[utoipa::path(get, path = "/health", responses((status = 200, description = "It does", body = Health)))]
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    healthy(&shared)
}

/// Whether the service takes requests
#[utoipa::path(
    get,
    path = "/ready",
    responses(
        (status = 200, description = "It does", body = Health),
        (status = 503, description = "It is stopping, or its queue is full", body = Problem, content_type = "application/problem+json",
            headers(("Retry-After" = u64, description = "Seconds to wait"))),
    ),
)]
async fn ready(State(shared): State<Arc<Shared>>) -> Result<Response, Problem> {
    if shared.stopping.load(Ordering::Relaxed) {
        return Err(Problem::busy("the service is stopping"));
    }
    if shared.state.queue.len() >= shared.state.queue.capacity() {
        return Err(Problem::busy("as many requests wait as may"));
    }
    Ok(healthy(&shared))
}

/// Figures for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    responses(
        (status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"),
        (status = 401, description = "The token is missing or wrong", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
async fn metrics(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    allow(&shared, &headers)?;
    Ok(with_type(OPENMETRICS, shared.metrics.text()))
}

/// This description
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json")),
)]
async fn openapi(State(shared): State<Arc<Shared>>) -> Response {
    with_type("application/json", shared.openapi.clone())
}

/// A page to try it
#[utoipa::path(get, path = "/", responses((status = 200, description = "HTML", body = String, content_type = "text/html")))]
async fn page() -> Response {
    let mut response = with_type("text/html; charset=utf-8", PAGE);
    let policy = HeaderValue::from_static(PAGE_POLICY);
    (response.headers_mut()).insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

async fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "there is /parse, /health, /ready, /metrics, /openapi.json, and a page to try it at /",
    )
}

async fn wrong_method(request: Request) -> Response {
    let allowed = match request.uri().path() {
        "/parse" => "POST",
        _ => "GET,HEAD",
    };
    let mut response = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format_args!("this is asked by {}", allowed.replace(',', " or ")),
    )
    .into_response();
    let allowed = HeaderValue::from_static(allowed);
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

fn with_type(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// An answer to what never became a request, as bytes; the connection ends with it.
pub(super) fn bare(problem: &Problem) -> Vec<u8> {
    let json = problem.json();
    let status = problem.status();
    let head = format!(
        "HTTP/1.1 {} {}\r\nContent-Type: {PROBLEM_JSON}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or("Error"),
        json.len(),
        match status {
            StatusCode::SERVICE_UNAVAILABLE => "Retry-After: 1\r\n",
            _ => "",
        }
    );
    [head.into_bytes(), json].concat()
}
