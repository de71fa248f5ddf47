//! A load of HTTP requests on a service, from a process of its own, so that neither takes the other's time.
//!
//! The parent starts this same program with a hidden subcommand and a socket as its standard input, and talks to it there
//! a line at a time: first [`Plan`], then as often as it likes [`Order`], to which comes [`Done`].
//!
//! - [`mod@file`]: requests as files have them, in plain HTTP or as commands for [`curl`].
//! - [`request`]: one of them as bytes, with places for its number ([`template`]).
//! - [`connection`]: sends one and reads its [`answer`].
//! - [`parent`]: hears and answers whoever started it.
//! - [`drive`]: sends many on several connections; [`tally`] and [`latency`] are what became of them.

mod address;
mod answer;
mod connection;
mod curl;
mod drive;
mod file;
mod latency;
mod parent;
mod request;
mod tally;
mod template;
mod words;

pub use address::{Address, Url};
pub use connection::{Connection, Failure, Target, ask, resolve};
pub use file::Source;
pub use latency::Latencies;
pub use parent::obey;
pub use request::Request;
pub use tally::Tally;

use drive::{Batch, Load};
use request::Parts;
use serde::{Deserialize, Serialize};
use std::io;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__load";

/// What is to be sent, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The files of requests.
    pub sources: Vec<Source>,
    /// Where requests go that name no host, as a URL; and what is asked where there are no files.
    pub base: Option<String>,
    /// Connections at once.
    pub connections: usize,
    /// Requests a second; as many as there can be where there is none.
    pub rate: Option<f64>,
    /// Seconds after which an answer is given up.
    pub timeout: f64,
    /// Whether connections are used again.
    pub keep_alive: bool,
}

/// Some requests to be sent, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The number of the first.
    pub first: u64,
    /// How many.
    pub count: u64,
    /// No further one is begun after so many seconds.
    pub seconds: f64,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// By request, in the order of [`Plan::requests`].
    pub tallies: Vec<Tally>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Plan {
    /// The requests of all files; without files, the base itself is asked.
    ///
    /// # Errors
    ///
    /// A sentence for the user.
    pub fn requests(&self) -> Result<Vec<Request>, String> {
        let base = match &self.base {
            Some(base) => {
                Some(Url::parse(base).map_err(|why| format!("{base:?} cannot be asked: {why}"))?)
            }
            None => None,
        };
        let mut all = Vec::new();
        for source in &self.sources {
            let address = base.as_ref().map(|base| &base.address);
            all.extend(file::read(source, address, self.keep_alive)?);
        }
        if let (true, Some(base)) = (self.sources.is_empty(), base) {
            let parts = Parts {
                method: "GET".to_owned(),
                path: base.path,
                ..Parts::default()
            };
            all.push(Request::new(parts, base.address, 1, self.keep_alive)?);
        }
        Ok(all)
    }
}

/// Asks a URL once: the status of the answer.
///
/// # Errors
///
/// Why there is none.
pub fn ask_once(url: &Url, timeout: Duration) -> Result<u16, Failure> {
    let until = Instant::now() + timeout;
    let target = resolve(&url.address).map_err(|_| Failure::Other)?;
    let parts = Parts {
        method: "GET".to_owned(),
        path: url.path.clone(),
        ..Parts::default()
    };
    let request = Request::new(parts, url.address.clone(), 1, false).map_err(|_| Failure::Other)?;
    let mut bytes = Vec::new();
    request.write(0, &mut bytes);
    connection::ask(&mut None, &target, &bytes, false, until).map(|answer| answer.status)
}

/// Whether somebody listens at an address.
pub fn listens(address: &Address, timeout: Duration) -> bool {
    let target = resolve(address);
    target
        .is_ok_and(|target| connection::Connection::open(&target, Instant::now() + timeout).is_ok())
}

/// Carries out what the parent says, until it says no more.
pub fn run() -> ExitCode {
    obey(|plan: Plan| {
        let requests = plan.requests().map_err(io::Error::other)?;
        let timeout = Duration::from_secs_f64(plan.timeout);
        let load =
            Load::new(requests, plan.connections, timeout, plan.rate).map_err(io::Error::other)?;
        Ok(move |order: &str| {
            let order: Order = serde_json::from_str(order)?;
            let begun = Instant::now();
            let tallies = load.drive(Batch {
                first: order.first,
                count: order.count,
                time: Duration::from_secs_f64(order.seconds),
            });
            Ok(Done {
                tallies,
                seconds: begun.elapsed().as_secs_f64(),
            })
        })
    })
}
