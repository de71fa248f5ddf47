//! `nlp serve`: a service until a signal ends it.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::args::ServeArgs;
use super::log;
use super::service::{Listener, Service};
use crate::stop::Stop;
use crate::terminal::complain;

/// Where a service listens that is told nothing else: on this machine alone.
const LISTEN: &str = "127.0.0.1:8000";

/// Runs the command.
pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode, Stop> {
    let mut listeners = Vec::new();
    let mut places = Vec::new();
    // Before the pipelines are loaded: what cannot be had is said at once.
    let _socket = args
        .unix
        .as_deref()
        .map(|path| SocketFile::listen(path, &mut listeners))
        .transpose()?;
    places.extend(
        args.unix
            .iter()
            .map(|path| format!("unix:{}", printable::path(&path))),
    );
    let usual = [LISTEN.to_owned()];
    let addresses = match (&args.listen[..], &args.unix) {
        ([], None) => &usual[..],
        (given, _) => given,
    };
    for address in addresses {
        let (listener, place) = listen(address)?;
        listeners.push(listener);
        places.push(place);
    }
    let options = args.options()?;
    log::start(args.log, args.log_format);
    allow_more_descriptors();
    let cannot = |error: io::Error| Stop::Failed(format!("cannot start the service: {error}"));
    let service = Service::start(options, listeners).map_err(cannot)?;
    let ended = service.wait_for(async {
        let mut signals = Signals::new()?;
        for place in &places {
            complain(format_args!("listening on {place}"));
        }
        signals.next().await;
        io::Result::Ok(signals)
    });
    let Some(Ok(mut again)) = ended else {
        return Err(Stop::Failed("cannot wait for signals".to_owned()));
    };
    let under_way = service.in_flight();
    complain(format_args!(
        "stopping: {under_way} requests are under way; a second signal ends them"
    ));
    // The second signal is waited for by a runtime of its own: the service's ends with it.
    std::thread::spawn(move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() {
            runtime.block_on(again.next());
            std::process::exit(1);
        }
    });
    let stopped = service.stop();
    if stopped.unfinished > 0 {
        complain(format_args!(
            "{} requests were not answered in time",
            stopped.unfinished
        ));
    }
    Ok(ExitCode::from(u8::from(stopped.unfinished > 0)))
}

/// The signals that end a service.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Listens on an address of TCP. Gives what it is called, too.
fn listen(address: &str) -> Result<(Listener, String), Stop> {
    let cannot = |error: io::Error| {
        Stop::Failed(format!(
            "cannot listen on {}: {error}",
            printable::Line(address)
        ))
    };
    let listener = TcpListener::bind(address).map_err(cannot)?;
    let place = format!("http://{}", listener.local_addr().map_err(cannot)?);
    Ok((listener.into(), place))
}

/// A socket in the file system, which is removed in the end.
struct SocketFile {
    path: PathBuf,
}

impl SocketFile {
    fn listen(path: &Path, listeners: &mut Vec<Listener>) -> Result<SocketFile, Stop> {
        let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
        // One that nobody listens to was left behind by a service that was killed.
        if is_socket
            && UnixStream::connect(path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            let _ = fs::remove_file(path);
        }
        match UnixListener::bind(path) {
            Ok(listener) => listeners.push(listener.into()),
            Err(error) => {
                return Err(Stop::Failed(format!(
                    "cannot listen on {}: {error}",
                    printable::path(&path)
                )));
            }
        }
        Ok(SocketFile {
            path: path.to_owned(),
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may have been removed by somebody else.
        let _ = fs::remove_file(&self.path);
    }
}

/// Each connection takes a descriptor, and shells give a process few of those that it may have.
fn allow_more_descriptors() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the limit is written to, which is this function's own, and then read.
    let raised = unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 && {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit) == 0
        }
    };
    if !raised {
        tracing::warn!("the limit on open files cannot be raised");
    }
}
