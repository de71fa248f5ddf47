//! The options of `harness run --service`.

use super::seconds;
use crate::load::Source;

/// Seconds that a service gets to become ready, where nobody said.
const READY_TIMEOUT: f64 = 60.0;
/// Seconds that an answer may take, where nobody said.
const REQUEST_TIMEOUT: f64 = 30.0;
/// Seconds that a service gets to end, where nobody said.
const STOP_TIMEOUT: f64 = 20.0;
/// Connections at once, where nobody said.
const CONNECTIONS: u64 = 4;
/// The most requests that can be asked for.
const MOST_REQUESTS: u64 = 1_000_000_000;

/// What is asked of a service.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "A service")]
pub struct ServiceArgs {
    /// The command is a service: start it once, send it requests, and judge what it keeps for each of them
    #[arg(long, conflicts_with_all = ["iters", "stdin_lines", "repeat", "valgrind", "fail_allocations"])]
    pub service: bool,

    /// It is ready when it answers here with 2xx; without this, when it listens where the first request goes
    #[arg(long, value_name = "URL", requires = "service")]
    pub ready_url: Option<String>,

    /// Seconds that it gets to become ready
    #[arg(long, value_name = "S", default_value_t = READY_TIMEOUT, value_parser = seconds, requires = "service")]
    pub ready_timeout: f64,

    /// A request, such as 'GET /items', or a file of requests, in plain HTTP or as commands for curl, with a line ###
    /// between them; with =N, its weight beside other files. An n in braces in a path, a header or a body is replaced by the number of the request [default: the
    /// --ready-url]
    #[arg(long, value_name = "FILE[=N]", value_parser = Source::parse, requires = "service")]
    pub request: Vec<Source>,

    /// Requests to send [default: as many as the budget gives, 100,000 at the most]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_REQUESTS), requires = "service")]
    pub requests: Option<u64>,

    /// Requests after which it is looked at, and ten times as many from the tenth look on [default: 100, or fewer where it
    /// is slow]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_REQUESTS), requires = "service")]
    pub mark: Option<u64>,

    /// Connections at once
    #[arg(long, value_name = "N", default_value_t = CONNECTIONS, value_parser = clap::value_parser!(u64).range(1..=1000), requires = "service")]
    pub connections: u64,

    /// Requests a second at the most; times then count from when a request was due
    #[arg(long, value_name = "R", value_parser = seconds, requires = "service")]
    pub rate: Option<f64>,

    /// Seconds after which an answer is given up
    #[arg(long, value_name = "S", default_value_t = REQUEST_TIMEOUT, value_parser = seconds, requires = "service")]
    pub request_timeout: f64,

    /// A connection for each request
    #[arg(long, requires = "service")]
    pub no_keep_alive: bool,

    /// The signal that asks it to end: TERM, INT, QUIT, HUP, USR1 or USR2 [default: TERM; INT for Python, and
    /// for what handles that alone]
    #[arg(long, value_name = "NAME", value_parser = signal, requires = "service")]
    pub stop_signal: Option<StopSignal>,

    /// Seconds that it gets to end
    #[arg(long, value_name = "S", default_value_t = STOP_TIMEOUT, value_parser = seconds, requires = "service")]
    pub stop_timeout: f64,
}

/// A signal that asks a service to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopSignal {
    /// Its number.
    pub number: i32,
    /// Its name: `SIGTERM`.
    pub name: &'static str,
}

impl StopSignal {
    /// The usual one.
    pub const TERM: StopSignal = StopSignal {
        number: libc::SIGTERM,
        name: "SIGTERM",
    };
    /// What Ctrl-C sends.
    pub const INT: StopSignal = StopSignal {
        number: libc::SIGINT,
        name: "SIGINT",
    };
    const ALL: [StopSignal; 6] = [
        StopSignal::TERM,
        StopSignal::INT,
        StopSignal {
            number: libc::SIGQUIT,
            name: "SIGQUIT",
        },
        StopSignal {
            number: libc::SIGHUP,
            name: "SIGHUP",
        },
        StopSignal {
            number: libc::SIGUSR1,
            name: "SIGUSR1",
        },
        StopSignal {
            number: libc::SIGUSR2,
            name: "SIGUSR2",
        },
    ];
}

fn signal(word: &str) -> Result<StopSignal, String> {
    let wanted = word.to_ascii_uppercase();
    let found = StopSignal::ALL
        .into_iter()
        .find(|one| one.name == wanted || one.name.strip_prefix("SIG") == Some(&wanted));
    found.ok_or_else(|| "it is TERM, INT, QUIT, HUP, USR1 or USR2".to_owned())
}

impl Default for ServiceArgs {
    fn default() -> ServiceArgs {
        ServiceArgs {
            service: false,
            ready_url: None,
            ready_timeout: READY_TIMEOUT,
            request: Vec::new(),
            requests: None,
            mark: None,
            connections: CONNECTIONS,
            rate: None,
            request_timeout: REQUEST_TIMEOUT,
            no_keep_alive: false,
            stop_signal: None,
            stop_timeout: STOP_TIMEOUT,
        }
    }
}
