//! The sockets: who may connect, what a connection may take, and how all of them end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, StatusCode};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::problem::Problem;
use super::routes::{bare, route_of};
use super::shared::Shared;
use super::stalls::Stalls;
use super::state::Counted;

/// The largest head of a request.
const HEAD_BYTES: usize = 32 << 10;
/// The most that is read ahead of a body.
const BUFFER_BYTES: usize = 64 << 10;
/// How long a connection on which nothing was asked yet is waited for when the service stops.
const LAST_REQUEST: Duration = Duration::from_millis(500);
/// How long a connection that cannot be taken is listened to, so that its client reads why.
const TURNED_AWAY: Duration = Duration::from_secs(1);
/// How many of those there are at once; more are closed without a word.
const MOST_TURNED_AWAY: usize = 256;
/// How long nothing is accepted after the system had no descriptor to give.
const NO_DESCRIPTOR: Duration = Duration::from_millis(100);

/// Where connections come from.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// What every task of the sockets has.
#[derive(Clone)]
pub(super) struct Sockets {
    pub shared: Arc<Shared>,
    pub router: Router,
    /// Becomes true when the service is to stop.
    pub stop: watch::Receiver<bool>,
    /// Held for as long as the task lives.
    pub alive: mpsc::Sender<Infallible>,
}

/// Accepts connections until the service is to stop, and those that the system has accepted by then.
pub(super) async fn accept(listener: Listener, sockets: Sockets) {
    let mut stop = sockets.stop.clone();
    loop {
        tokio::select! {
            accepted = poll_fn(|cx| listener.poll(cx, &sockets)) => {
                if let Err(error) = accepted {
                    tracing::warn!(%error, "no connection can be accepted for a moment");
                    sleep(NO_DESCRIPTOR).await;
                }
            }
            () = told(&mut stop) => break,
        }
    }
    // The system has told these clients that they are connected.
    while poll_fn(|cx| Poll::Ready(matches!(listener.poll(cx, &sockets), Poll::Ready(Ok(())))))
        .await
    {}
}

/// Waits until the service is to stop, or is gone.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

impl Listener {
    /// Accepts one connection, and starts a task for it.
    fn poll(&self, cx: &mut Context<'_>, sockets: &Sockets) -> Poll<io::Result<()>> {
        match self {
            Listener::Tcp(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| {
                // Answers are whole: waiting for more of them only delays them. Where it cannot be set, they come later.
                let _ = stream.set_nodelay(true);
                start(stream, sockets);
            }),
            Listener::Unix(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, _)| start(stream, sockets)),
        }
    }
}

fn start<S>(stream: S, sockets: &Sockets)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (counted, before) = Counted::new(&sockets.shared.state, |state| &state.connections);
    let most = sockets.shared.limits.connections;
    let sockets = sockets.clone();
    if before < most {
        if let Some(observer) = &sockets.shared.observer {
            observer.connected();
        }
        tokio::spawn(async move {
            serve(stream, sockets).await;
            drop(counted);
        });
    } else if before < most.saturating_add(MOST_TURNED_AWAY) {
        tokio::spawn(async move {
            turn_away(stream, &sockets).await;
            drop(counted);
        });
    }
}

/// Says that there are too many connections.
async fn turn_away(mut stream: impl AsyncRead + AsyncWrite + Unpin, sockets: &Sockets) {
    let problem = Problem::busy("there are too many connections: try again");
    sockets
        .shared
        .metrics
        .answered("other", problem.status().as_u16(), Duration::ZERO);
    say_and_close(&mut stream, &problem).await;
}

/// Sends an answer that no request was read for. What the client has sent is read for a while: closing before would throw
/// the answer away.
async fn say_and_close(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), problem: &Problem) {
    let talk = async {
        stream.write_all(&bare(problem)).await?;
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    // It is the last that is done with this client, whatever comes of it.
    let _ = timeout(TURNED_AWAY, talk).await;
}

/// Serves a connection to its end.
async fn serve<S>(stream: S, sockets: Sockets)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Sockets {
        shared,
        router,
        mut stop,
        alive: _alive,
    } = sockets;
    // Requests of this connection that are being answered.
    let under_way = Arc::new(AtomicUsize::new(0));
    let service = {
        let (shared, under_way) = (Arc::clone(&shared), Arc::clone(&under_way));
        let router = TowerToHyperService::new(router);
        service_fn(move |request: Request<Incoming>| {
            let mut answering = Answering::new(&shared, &under_way, request.uri().path());
            let called = router.call(request.map(Body::new));
            async move {
                let Ok(response) = called.await;
                answering.answered(response.status());
                io::Result::Ok(response.map(|body| Sent {
                    body,
                    _answering: answering,
                }))
            }
        })
    };
    let io = TokioIo::new(Stalls::new(stream, shared.limits.write_time));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.head_time)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(io, service);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        () = told(&mut stop) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            // What is being answered is answered, and then the connection ends.
            Pin::new(&mut connection).graceful_shutdown();
            loop {
                tokio::select! {
                    ended = &mut connection => break ended,
                    () = sleep(LAST_REQUEST) => {
                        if under_way.load(Ordering::Relaxed) == 0 {
                            return;
                        }
                    }
                }
            }
        }
    };
    if let Err(error) = ended
        && error.is_timeout()
    {
        let parts = connection.into_parts();
        // A connection that waits for its next request ends silently; a head that is never whole gets an answer.
        if !parts.read_buf.is_empty() {
            let problem = Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                format_args!(
                    "the head of the request was not whole within {:?}",
                    shared.limits.head_time
                ),
            );
            shared
                .metrics
                .answered("other", problem.status().as_u16(), shared.limits.head_time);
            say_and_close(&mut parts.io.into_inner(), &problem).await;
        }
    }
}

/// A request that is being answered, from its head until the last byte of its answer is given to the system.
struct Answering {
    shared: Arc<Shared>,
    under_way: Arc<AtomicUsize>,
    _in_flight: Counted,
    route: &'static str,
    begun: Instant,
    answered: bool,
}

impl Answering {
    fn new(shared: &Arc<Shared>, under_way: &Arc<AtomicUsize>, path: &str) -> Answering {
        under_way.fetch_add(1, Ordering::Relaxed);
        Answering {
            shared: Arc::clone(shared),
            under_way: Arc::clone(under_way),
            _in_flight: Counted::new(&shared.state, |state| &state.in_flight).0,
            route: route_of(path),
            begun: Instant::now(),
            answered: false,
        }
    }

    fn answered(&mut self, status: StatusCode) {
        self.answered = true;
        let (route, status, took) = (self.route, status.as_u16(), self.begun.elapsed());
        self.shared.metrics.answered(route, status, took);
        let milliseconds = took.as_secs_f64() * 1000.0;
        match status {
            500 => tracing::error!(route, status, milliseconds, "request"),
            _ => tracing::info!(route, status, milliseconds, "request"),
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        if !self.answered {
            self.shared.metrics.abandoned();
            tracing::info!(route = self.route, "the client went away before its answer");
        }
    }
}

/// The body of an answer, with its request.
struct Sent {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
