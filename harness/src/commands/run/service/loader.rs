//! The process that sends the requests, and what is said to it.

use crate::load::{Done, Order, Plan, SUBCOMMAND};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long is waited for an answer before something else is looked at.
const PATIENCE: Duration = Duration::from_millis(5);
/// The most bytes of an answer, which is a line.
const MOST_BYTES: usize = 64 << 20;

/// The process, which ends with this.
pub(super) struct Loader {
    child: Child,
    socket: UnixStream,
    /// What was read of a line.
    line: Vec<u8>,
}

impl Loader {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(super) fn start(plan: &Plan) -> io::Result<Loader> {
        let (socket, its) = UnixStream::pair()?;
        let child = Command::new(std::env::current_exe()?)
            .arg(SUBCOMMAND)
            .stdin(Stdio::from(OwnedFd::from(its)))
            .stdout(Stdio::null())
            .spawn()?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let mut loader = Loader {
            child,
            socket,
            line: Vec::new(),
        };
        loader.say(plan)?;
        Ok(loader)
    }

    fn say(&mut self, what: &impl serde::Serialize) -> io::Result<()> {
        let line = format!("{}\n", serde_json::to_string(what)?);
        self.socket.write_all(line.as_bytes())
    }

    /// Has requests sent. What became of them is [`Loader::done`]'s to tell.
    ///
    /// # Errors
    ///
    /// It is not there any more.
    pub(super) fn order(&mut self, order: Order) -> io::Result<()> {
        self.say(&order)
    }

    /// What became of them, once that is known; waits for it a moment.
    ///
    /// # Errors
    ///
    /// It is not there any more, or says what makes no sense.
    pub(super) fn done(&mut self) -> io::Result<Option<Done>> {
        let mut buffer = [0; 64 << 10];
        match self.socket.read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) if self.line.len() + read > MOST_BYTES => {
                Err(io::ErrorKind::InvalidData.into())
            }
            Ok(read) => {
                self.line.extend_from_slice(&buffer[..read]);
                if self.line.last() != Some(&b'\n') {
                    return Ok(None);
                }
                let done = serde_json::from_slice(&self.line);
                self.line.clear();
                Ok(Some(done?))
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock
                        | io::ErrorKind::TimedOut
                        | io::ErrorKind::Interrupted
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        // It may be in the middle of an order.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
