//! The client: this same program, started with a hidden subcommand and a socket as its standard input. It makes the texts
//! of an iteration itself, so that the service's process holds nothing of them but what the service does.

use crate::allocator::MODE_VARIABLE;
use crate::load::{Connection, Target, ask, obey};
use crate::workload::Spec;
use crate::workload::texts::Texts;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__requests";

/// Connections that are kept; one more is made and closed in each iteration.
pub(super) const KEPT: usize = 2;
/// When an answer is given up: valgrind is slow.
const PATIENCE: Duration = Duration::from_secs(600);
/// What is no JSON; one such request comes with each iteration.
const MALFORMED: &str = "{\"texts\": [\"";

#[derive(Serialize, Deserialize)]
struct Plan {
    spec: Spec,
    address: SocketAddr,
}

/// What became of an iteration: the words of its texts, or why not all of it was answered as it had to be.
type Done = Result<u64, String>;

/// The other process.
pub(super) struct Client {
    child: Child,
    writer: UnixStream,
    reader: BufReader<UnixStream>,
    line: String,
}

impl Client {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// A sentence: the system cannot start it.
    pub fn start(spec: &Spec, address: SocketAddr) -> Result<Client, String> {
        let cannot = |error: io::Error| format!("the service's client cannot be started: {error}");
        let (writer, its) = UnixStream::pair().map_err(cannot)?;
        let program = std::env::current_exe().map_err(cannot)?;
        let child = Command::new(program)
            .arg(SUBCOMMAND)
            // What this process is measured with is not for that one.
            .env_remove(MODE_VARIABLE)
            .env_remove("LD_PRELOAD")
            .stdin(Stdio::from(OwnedFd::from(its)))
            .spawn()
            .map_err(cannot)?;
        let reader = BufReader::new(writer.try_clone().map_err(cannot)?);
        let mut client = Client {
            child,
            writer,
            reader,
            line: String::new(),
        };
        let plan = Plan {
            spec: spec.clone(),
            address,
        };
        let plan = serde_json::to_string(&plan).map_err(|error| error.to_string())?;
        client.say(&plan).map_err(cannot)?;
        Ok(client)
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.writer.write_all(format!("{line}\n").as_bytes())
    }

    /// Has it send the requests of an iteration. Gives the words of its texts.
    ///
    /// # Errors
    ///
    /// A sentence: what was not answered as it had to be, or that the client is gone.
    pub fn send(&mut self, iteration: u64) -> Done {
        let gone = |error: io::Error| format!("the service's client is gone: {error}");
        self.say(&iteration.to_string()).map_err(gone)?;
        self.line.clear();
        self.reader.read_line(&mut self.line).map_err(gone)?;
        serde_json::from_str::<Done>(&self.line)
            .map_err(|error| format!("the service's client cannot be understood: {error}"))?
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Carries out what the parent says, until it says no more.
pub fn run() -> ExitCode {
    obey(|plan: Plan| {
        let mut texts = Texts::new(&plan.spec);
        let target = Target::Tcp(vec![plan.address]);
        let mut connections: Vec<Option<Connection>> = (0..KEPT).map(|_| None).collect();
        Ok(move |iteration: &str| {
            let iteration: u64 = iteration.parse().map_err(io::Error::other)?;
            let done: Done = match &mut texts {
                Ok(texts) => send(&texts.of(iteration), &target, &mut connections),
                Err(error) => Err(error.clone()),
            };
            Ok(done)
        })
    })
}

/// Sends the texts, some in each request: the last one on a connection of its own, the others by turns on those that are
/// kept, all of which send at the same time.
fn send(texts: &[String], target: &Target, connections: &mut [Option<Connection>]) -> Done {
    let requests = requests(texts);
    std::thread::scope(|scope| {
        let threads: Vec<_> = connections
            .iter_mut()
            .enumerate()
            .map(|(turn, connection)| {
                let mut mine = requests[..requests.len() - 1]
                    .iter()
                    .skip(turn)
                    .step_by(KEPT);
                scope.spawn(move || mine.try_for_each(|request| request.send(connection, target)))
            })
            .collect();
        let sent: Vec<Result<(), String>> = threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err("a thread panicked".to_owned()))
            })
            .collect();
        sent.into_iter().collect::<Result<(), String>>()
    })?;
    if let Some(last) = requests.last() {
        last.send(&mut None, target)?;
    }
    let words = texts
        .iter()
        .map(|text| text.split_whitespace().count() as u64);
    Ok(words.sum())
}

struct Request {
    bytes: Vec<u8>,
    status: u16,
}

/// One that is malformed, and then one with one text, one with two, and so on up to four and again.
fn requests(texts: &[String]) -> Vec<Request> {
    let mut requests = vec![Request::new(MALFORMED, true, 400)];
    let mut rest = texts;
    for size in (1..=4).cycle() {
        let (some, after) = rest.split_at(size.min(rest.len()));
        let body = serde_json::json!({"texts": some, "parts": ["tags", "lemmas", "heads"]});
        requests.push(Request::new(&body.to_string(), !after.is_empty(), 200));
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    requests
}

impl Request {
    fn new(body: &str, keeps: bool, status: u16) -> Request {
        let connection = if keeps { "keep-alive" } else { "close" };
        let head = format!(
            "POST /parse HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        Request {
            bytes: [head.as_bytes(), body.as_bytes()].concat(),
            status,
        }
    }

    fn send(&self, connection: &mut Option<Connection>, target: &Target) -> Result<(), String> {
        let answer = ask(
            connection,
            target,
            &self.bytes,
            false,
            Instant::now() + PATIENCE,
        );
        match answer {
            Ok(answer) if answer.status == self.status => Ok(()),
            Ok(answer) => Err(format!(
                "the service answered {} where {} was due",
                answer.status, self.status
            )),
            Err(why) => Err(format!("the service did not answer: {}", why.name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requests_of_an_iteration_are_of_mixed_size_and_the_last_closes_its_connection() {
        let texts: Vec<String> = (0..8).map(|i| format!("text {i}")).collect();
        let requests = requests(&texts);
        let shown = |request: &Request| String::from_utf8(request.bytes.clone()).unwrap();
        let closes = |request: &Request| shown(request).contains("Connection: close");
        let counts: Vec<usize> = (requests.iter())
            .map(|one| shown(one).matches("\"text ").count())
            .collect();
        assert_eq!(counts, [0, 1, 2, 3, 2]);
        let statuses: Vec<u16> = requests.iter().map(|one| one.status).collect();
        assert_eq!(statuses, [400, 200, 200, 200, 200]);
        assert_eq!(requests.iter().filter(|one| closes(one)).count(), 1);
        assert!(closes(requests.last().unwrap()));
    }
}
