//! The program as a service, in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::client::{Client, get};

/// A service that runs; it is killed when it is dropped.
pub struct Server {
    child: Child,
    stderr: Option<BufReader<ChildStderr>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts the program with these arguments, on a port that is free.
    pub fn start(args: &[&str]) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nlp"))
            .args(["serve", "--log", "warn", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let before = said.len();
            assert!(stderr.read_line(&mut said).unwrap() > 0, "it ended: {said}");
            if let Some((_, address)) = said[before..].split_once("listening on http://") {
                break address.trim().parse().unwrap();
            }
        };
        Server {
            child,
            stderr: Some(stderr),
            address,
        }
    }

    /// A connection to it.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// The value of a figure of `/metrics`, by its name and labels as they stand there.
    pub fn figure(&self, name: &str) -> f64 {
        let text = get(self.address, "/metrics").text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .parse()
            .unwrap()
    }

    /// Waits until a figure is what it has to be.
    pub fn wait_until(&self, name: &str, is_right: impl Fn(f64) -> bool) {
        let begun = Instant::now();
        while !is_right(self.figure(name)) {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{name} is {}",
                self.figure(name)
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &pid])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for its end: how it ended, and what it said since it listens.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let mut said = String::new();
        self.stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (self.child.wait().unwrap(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
