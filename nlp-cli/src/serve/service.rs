//! A service that runs in this process.

use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::body::Budget;
use super::connections::{self, Sockets};
use super::metrics::Metrics;
use super::options::Options;
use super::pipelines::Pipeline;
use super::queue::Queue;
use super::routes;
use super::shared::Shared;
use super::state::State;
use super::work;

/// Threads for the sockets: they wait, and read heads and bodies.
const SOCKET_THREADS: usize = 2;
/// How long a thread that parses is waited for once nobody waits for what it does.
const LAST_WORK: Duration = Duration::from_millis(500);

/// A socket that a service listens to.
#[derive(Debug)]
pub enum Listener {
    /// Of TCP.
    Tcp(TcpListener),
    /// Of the file system.
    Unix(UnixListener),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Listener {
        Listener::Tcp(listener)
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Listener {
        Listener::Unix(listener)
    }
}

impl Listener {
    /// The same for tokio, whose runtime has to be entered.
    fn into_tokio(self) -> io::Result<connections::Listener> {
        match self {
            Listener::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                Ok(connections::Listener::Tcp(listener.try_into()?))
            }
            Listener::Unix(listener) => {
                listener.set_nonblocking(true)?;
                Ok(connections::Listener::Unix(listener.try_into()?))
            }
        }
    }
}

/// A service that runs, until it is [stopped](Service::stop). One that is dropped ends at once, whatever it does.
pub struct Service {
    shared: Arc<Shared>,
    /// There until it is stopped.
    runtime: Option<Runtime>,
    stop: watch::Sender<bool>,
    /// Ends when no task of the sockets is left.
    alive: mpsc::Receiver<std::convert::Infallible>,
    threads: Vec<JoinHandle<()>>,
}

/// How a service ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Requests that were accepted and not answered in time.
    pub unfinished: usize,
}

impl Service {
    /// Starts a service that listens to these sockets. When this returns, connections are accepted.
    ///
    /// # Errors
    /// There is no pipeline, or what the system says: no thread is to be had, or a socket is none that can be listened to.
    pub fn start(options: Options, listeners: Vec<Listener>) -> io::Result<Service> {
        if options.pipelines.is_empty() {
            return Err(io::Error::other("a service needs a pipeline"));
        }
        let threads = options.threads.max(1);
        let (zones, cache) = (options.zones, options.tokenizer_cache);
        let pipelines = options.pipelines.into_iter();
        let state = Arc::new(State {
            pipelines: pipelines
                .map(|(name, nlp)| Pipeline::new(name, nlp, zones, threads, cache))
                .collect(),
            queue: Queue::new(options.limits.queue),
            budget: Budget::new(options.limits.held_bytes),
            connections: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            heap: options.heap,
        });
        let names = state.pipelines.iter().map(|one| one.name.as_str());
        let shared = Arc::new(Shared {
            metrics: Metrics::new(&state),
            openapi: routes::describe(names, options.token.is_some()),
            state: Arc::clone(&state),
            limits: options.limits,
            token: options.token,
            observer: options.observer,
            stopping: AtomicBool::new(false),
        });
        let runtime = Builder::new_multi_thread()
            .worker_threads(SOCKET_THREADS)
            .thread_name("nlp-sockets")
            .enable_all()
            .build()?;
        let (stop, is_to_stop) = watch::channel(false);
        let (is_alive, alive) = mpsc::channel(1);
        let sockets = Sockets {
            router: routes::router(Arc::clone(&shared)),
            shared: Arc::clone(&shared),
            stop: is_to_stop,
            alive: is_alive,
        };
        let entered = runtime.enter();
        for listener in listeners {
            let listener = listener.into_tokio()?;
            runtime.spawn(connections::accept(listener, sockets.clone()));
        }
        drop((entered, sockets));
        let threads = work::start(&shared, threads)?;
        Ok(Service {
            shared,
            runtime: Some(runtime),
            stop,
            alive,
            threads,
        })
    }

    /// Requests whose head was read and whose answer is not sent yet.
    pub fn in_flight(&self) -> usize {
        self.shared.state.in_flight.load(Ordering::Relaxed)
    }

    /// Connections that are open.
    pub fn connections(&self) -> usize {
        self.shared.state.connections.load(Ordering::Relaxed)
    }

    /// Has the threads of the sockets free what connections took that were closed: tokio puts that off until something
    /// happens to another socket. For whoever counts.
    pub fn let_go(&self) {
        self.wait_for(async { sleep(Duration::from_millis(1)).await });
    }

    /// Waits for something beside the service's own work, such as a signal.
    pub(super) fn wait_for<R>(&self, what: impl Future<Output = R>) -> Option<R> {
        self.runtime.as_ref().map(|runtime| runtime.block_on(what))
    }

    /// Accepts nothing any more, finishes what was accepted, and ends: at the latest after
    /// [`Limits::stop_time`](super::Limits::stop_time).
    pub fn stop(mut self) -> Stopped {
        let time = self.shared.limits.stop_time;
        self.end(time)
    }

    fn end(&mut self, time: Duration) -> Stopped {
        let Some(runtime) = self.runtime.take() else {
            return Stopped { unfinished: 0 };
        };
        let until = Instant::now() + time;
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
        let ended = runtime.block_on(async { timeout(work::left(until), self.alive.recv()).await });
        let unfinished = match ended {
            Ok(_) => 0,
            Err(_) => self.shared.state.in_flight.load(Ordering::Relaxed),
        };
        // Connections that are left end here, and with them their requests: nobody waits for their answers.
        runtime.shutdown_timeout(LAST_WORK);
        self.shared.state.queue.close();
        let until = until.max(Instant::now() + LAST_WORK);
        for thread in self.threads.drain(..) {
            while !thread.is_finished() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                // It catches what panics in it.
                let _ = thread.join();
            }
        }
        Stopped { unfinished }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}
