//! A worker as its parent sees it.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use super::super::range::{Done, Range};
use super::protocol::{Answer, Hello, Memory, Order, done_of, receive, receive_piece};

/// A worker that runs. It ends when this is dropped.
pub struct Process {
    child: Child,
    /// None once it is to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    pub hello: Hello,
}

/// How a worker died.
#[derive(Debug)]
pub struct Death {
    /// The line that it was at, where it had said so.
    pub line: Option<u64>,
    /// What became of it.
    how: String,
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.how)
    }
}

impl Process {
    /// Starts a worker, and waits until it is ready.
    pub fn start(command: &[OsString]) -> Result<Process, Death> {
        let failed = |error: &dyn fmt::Display| Death {
            line: None,
            how: format!("cannot be started: {error}"),
        };
        let Some((program, arguments)) = command.split_first() else {
            return Err(failed(&"no program was named"));
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let orders = child.stdin.take();
        let mut answers =
            BufReader::with_capacity(1 << 16, child.stdout.take().expect("it is piped"));
        match receive::<Hello>(&mut answers) {
            Ok(Some(hello)) => Ok(Process {
                child,
                orders,
                answers,
                hello,
            }),
            other => Err(Death {
                line: None,
                how: format!("did not begin: {}", what_became(&mut child, other.err())),
            }),
        }
    }

    /// Has a range done.
    pub fn annotate(&mut self, range: &Range, one_by_one: bool) -> Result<(Done, Memory), Death> {
        let mut line = None;
        match self.ask(range, one_by_one, &mut line) {
            Ok(done) => Ok(done),
            Err(error) => Err(Death {
                line,
                how: what_became(&mut self.child, Some(error)),
            }),
        }
    }

    fn ask(
        &mut self,
        range: &Range,
        one_by_one: bool,
        line: &mut Option<u64>,
    ) -> io::Result<(Done, Memory)> {
        let orders = self.orders.as_mut().expect("it is not to end yet");
        Order::send(orders, range, one_by_one)?;
        loop {
            match receive(&mut self.answers)? {
                Some(Answer::About(number)) => *line = Some(number),
                Some(Answer::Done {
                    documents,
                    tokens,
                    failed,
                    problems,
                    memory,
                }) => {
                    let piece = receive_piece(&mut self.answers)?;
                    return Ok((done_of(documents, tokens, failed, problems, piece), memory));
                }
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its orders end, and so does it.
        self.orders = None;
        let _ = self.child.wait();
    }
}

/// How a worker that does not answer ended. One that still runs said what is no answer, and is ended.
fn what_became(child: &mut Child, error: Option<io::Error>) -> String {
    let closed = error.as_ref().is_none_or(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe
        )
    });
    if !closed {
        let _ = child.kill();
    }
    match (child.wait(), error) {
        (Ok(status), _) if closed => ended(status),
        (_, Some(error)) => format!("gave an answer that is none: {error}"),
        (_, None) => "is gone".to_owned(),
    }
}

fn ended(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => match signal_hook::low_level::signal_name(signal) {
            Some(name) => format!("was ended by {name}"),
            None => format!("was ended by signal {signal}"),
        },
        (_, Some(code)) => format!("ended with exit code {code}"),
        _ => "ended".to_owned(),
    }
}
