//! What a measured process and the one that started it say to each other: orders in one argument, answers a line at a
//! time through a pipe of their own.
//!
//! Standard output is not theirs: whatever is measured may print there what it likes. The child inherits the pipe's
//! writing end, and an environment variable tells it the number.

use crate::workload::Description;
use harness_model::Sample;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::fs::FileTypeExt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__child";

/// The environment variable that tells a child which of its descriptors is the pipe to its parent.
pub const PIPE_VARIABLE: &str = "HARNESS_PIPE";

/// What a child says; `S` is what it measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Message<S = Sample> {
    /// The work is set up; it begins.
    Ready {
        /// The mode of its allocator.
        allocator: String,
        /// What is run.
        description: Description,
    },
    /// Something was measured.
    Sample(S),
    /// The loop came to its end. What follows is the tool's own work, which can take long.
    Finished {
        /// Live bytes that the loop gained.
        gained_bytes: i64,
        /// Live blocks that it gained.
        gained_blocks: i64,
    },
    /// The orders cannot be carried out; nothing more comes.
    Refused {
        /// A sentence for the user.
        message: String,
    },
}

/// The pipe to the parent, in a child that has [connected](connect).
static PARENT: Mutex<Option<File>> = Mutex::new(None);

/// Takes over the pipe to the parent. A child does so before anything else, and once.
///
/// # Errors
///
/// A clause: there is no such pipe.
pub fn connect() -> Result<(), String> {
    let number = std::env::var(PIPE_VARIABLE).unwrap_or_default();
    let pipe = match number.parse() {
        // The first three are not the parent's to give.
        Ok(number) if number > 2 => inherited(number),
        _ => return Err(format!("{PIPE_VARIABLE} names no descriptor")),
    };
    let pipe = pipe.map_err(|error| format!("descriptor {number} cannot be used: {error}"))?;
    *PARENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(pipe);
    Ok(())
}

/// The pipe that this process was started with by this number. No process that this one starts gets it: the parent
/// would wait for that one too.
fn inherited(number: RawFd) -> io::Result<File> {
    // SAFETY: fcntl takes numbers alone, and refuses one that is no open descriptor.
    if unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, and the parent opened it for this alone: nothing else in this process knows the number.
    let pipe = unsafe { File::from_raw_fd(number) };
    match pipe.metadata()?.file_type().is_fifo() {
        true => Ok(pipe),
        false => Err(io::Error::other("it is no pipe")),
    }
}

/// Writes one line. Whatever it allocates is freed again before it returns.
pub fn say<S: Serialize>(message: &Message<S>) {
    let mut line = serde_json::to_string(message).expect("a message is plain data");
    line.push('\n');
    let mut parent = PARENT.lock().unwrap_or_else(PoisonError::into_inner);
    let sent = parent
        .as_mut()
        .map(|parent| parent.write_all(line.as_bytes()));
    if !matches!(sent, Some(Ok(()))) {
        // Nobody listens any more: the parent is gone, and there is no one to measure for.
        std::process::exit(3);
    }
}

/// What a parent hears of a child.
#[derive(Debug, PartialEq)]
pub enum Heard<S> {
    /// It said something.
    Message(Message<S>),
    /// Nothing, for as long as it was listened to.
    Silence,
    /// Nobody can say anything any more.
    Closed,
}

/// The parent's end of the pipe.
pub struct Answers {
    pipe: PipeReader,
    /// What was read and is not yet handed on.
    bytes: Vec<u8>,
    closed: bool,
}

impl Answers {
    /// What comes out of this pipe.
    pub fn new(pipe: PipeReader) -> Answers {
        Answers {
            pipe,
            bytes: Vec::new(),
            closed: false,
        }
    }

    /// The next message. Waits for it about as long as `patience`: less where a signal comes, or a part of a line.
    ///
    /// # Errors
    ///
    /// The pipe cannot be read, or a line of it is no message. The beginning of a line whose end never comes is no error:
    /// the child was ended while it wrote.
    pub fn next<S: DeserializeOwned>(&mut self, patience: Duration) -> io::Result<Heard<S>> {
        if let Some(message) = self.line()? {
            return Ok(Heard::Message(message));
        }
        if !self.closed && self.is_readable(patience)? {
            self.read()?;
        }
        Ok(match self.line()? {
            Some(message) => Heard::Message(message),
            None if self.closed => Heard::Closed,
            None => Heard::Silence,
        })
    }

    /// The message of the first whole line.
    fn line<S: DeserializeOwned>(&mut self) -> io::Result<Option<Message<S>>> {
        let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') else {
            return Ok(None);
        };
        let message = serde_json::from_slice(&self.bytes[..end])?;
        self.bytes.drain(..=end);
        Ok(Some(message))
    }

    /// Whether there is something to read, or the end, before `patience` is over.
    fn is_readable(&self, patience: Duration) -> io::Result<bool> {
        let mut asked = libc::pollfd {
            fd: self.pipe.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        let milliseconds = patience.as_millis().try_into().unwrap_or(libc::c_int::MAX);
        // SAFETY: it is given the one entry that it may read and write, and the pipe is open.
        match unsafe { libc::poll(&raw mut asked, 1, milliseconds) } {
            -1 => match io::Error::last_os_error() {
                // The signal may be a reason to stop.
                error if error.kind() == ErrorKind::Interrupted => Ok(false),
                error => Err(error),
            },
            ready => Ok(ready > 0),
        }
    }

    /// Reads what is there.
    fn read(&mut self) -> io::Result<()> {
        let mut chunk = [0; 4096];
        match self.pipe.read(&mut chunk) {
            Ok(0) => self.closed = true,
            Ok(count) => self.bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    const SECOND: Duration = Duration::from_secs(1);

    /// What is heard once all of `said` is in the pipe, and its writer gone.
    fn heard(said: &str) -> Vec<io::Result<Heard<u32>>> {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(said.as_bytes()).unwrap();
        drop(writer);
        let mut answers = Answers::new(reader);
        let mut heard = Vec::new();
        loop {
            heard.push(answers.next(SECOND));
            if !matches!(heard.last(), Some(Ok(Heard::Message(_)))) {
                return heard;
            }
        }
    }

    fn refused(message: &str) -> Message<u32> {
        Message::Refused {
            message: message.to_owned(),
        }
    }

    fn line(message: &Message<u32>) -> String {
        serde_json::to_string(message).unwrap() + "\n"
    }

    #[test]
    fn a_child_that_is_killed_within_a_line_loses_that_line_alone() {
        let (first, second) = (refused("first"), refused("second"));
        let whole = line(&first) + &line(&second);
        for length in [whole.len(), whole.len() - 1, line(&first).len() + 1] {
            let heard: Vec<_> = heard(&whole[..length])
                .into_iter()
                .map(Result::unwrap)
                .collect();
            assert_eq!(heard[0], Heard::Message(refused("first")));
            let both = length == whole.len();
            assert_eq!(heard.len(), if both { 3 } else { 2 }, "{length}");
            assert_eq!(heard.last(), Some(&Heard::Closed));
        }
    }

    #[test]
    fn messages_longer_than_what_is_read_at_once_are_whole() {
        let long = refused(&"x".repeat(20_000));
        let (reader, mut writer) = io::pipe().unwrap();
        writer
            .write_all((line(&long) + &line(&long)).as_bytes())
            .unwrap();
        let mut answers = Answers::new(reader);
        let mut whole = 0;
        while whole < 2 {
            match answers.next(SECOND).unwrap() {
                Heard::Message(message) => {
                    assert_eq!(message, long);
                    whole += 1;
                }
                // A part of a line.
                Heard::Silence => {}
                Heard::Closed => panic!("the writer is there"),
            }
        }
        let silent = answers.next::<u32>(Duration::ZERO).unwrap();
        assert_eq!(silent, Heard::Silence);
    }

    #[test]
    fn a_line_that_is_no_message_is_an_error() {
        let heard = heard(&format!("{}hello\n", line(&refused("first"))));
        assert!(matches!(heard[..], [Ok(Heard::Message(_)), Err(_)]));
    }

    #[test]
    fn what_is_closed_or_no_pipe_is_not_taken_for_the_parents() {
        // As large a number as none is open by.
        assert!(inherited(RawFd::MAX).is_err());
        let file = tempfile::tempfile().unwrap();
        let error = inherited(std::os::fd::IntoRawFd::into_raw_fd(file)).unwrap_err();
        assert!(error.to_string().contains("no pipe"), "{error}");
    }

    #[test]
    fn a_process_that_a_child_starts_does_not_get_the_pipe() {
        let (reader, writer) = io::pipe().unwrap();
        let number = std::os::fd::IntoRawFd::into_raw_fd(writer);
        // SAFETY: fcntl takes numbers alone. As a parent leaves it to its child.
        assert_eq!(unsafe { libc::fcntl(number, libc::F_SETFD, 0) }, 0);
        let pipe = inherited(number).unwrap();
        let mut started = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        drop(pipe);
        let heard = Answers::new(reader).next::<u32>(60 * SECOND).unwrap();
        assert_eq!(heard, Heard::Closed);
        drop(started.stdin.take());
        started.wait().unwrap();
    }
}
