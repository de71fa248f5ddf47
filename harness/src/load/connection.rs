//! A connection to a service: sends a request, and reads its answer within a time.

use super::address::Address;
use super::answer::{self, Answer};
use serde::{Deserialize, Serialize};
use std::io::{self, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::linux::net::TcpStreamExt;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Nobody listens.
    Refused,
    /// The connection was closed or reset before the answer was whole.
    Reset,
    /// It did not come in time.
    TimedOut,
    /// What came is no answer of HTTP, or too large.
    NoAnswer,
    /// Anything else that the system says.
    Other,
}

impl Failure {
    /// Its name as in the document.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Refused => "refused",
            Failure::Reset => "reset",
            Failure::TimedOut => "timed_out",
            Failure::NoAnswer => "no_answer",
            Failure::Other => "other",
        }
    }

    fn of(error: &io::Error) -> Failure {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionRefused | Kind::NotFound => Failure::Refused,
            Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe
            | Kind::UnexpectedEof
            | Kind::NotConnected => Failure::Reset,
            Kind::WouldBlock | Kind::TimedOut => Failure::TimedOut,
            Kind::InvalidData => Failure::NoAnswer,
            _ => Failure::Other,
        }
    }
}

/// Finds the numbers of an address.
///
/// # Errors
///
/// A clause: the name is not known, or it is another machine's.
pub fn resolve(address: &Address) -> Result<Target, String> {
    let (host, port) = match address {
        Address::Unix(path) => return Ok(Target::Unix(path.clone())),
        Address::Tcp(host, port) => (host, *port),
    };
    let found = (host.as_str(), port)
        .to_socket_addrs()
        .map_err(|error| format!("{} is not known: {error}", printable::Line(host)))?;
    let found: Vec<SocketAddr> = found.map(of_this_machine).collect();
    let own: Vec<SocketAddr> = found.into_iter().filter(is_own).collect();
    match own.is_empty() {
        true => Err(format!(
            "{} is another machine, and the load is for the service that is started here",
            printable::Line(host)
        )),
        false => Ok(Target::Tcp(own)),
    }
}

/// "Every address" of this machine, where a service listens, is none that can be asked.
fn of_this_machine(mut at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() {
        at.set_ip(match at {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    at
}

/// Whether it is an address of this machine: only to those a socket can be bound.
fn is_own(at: &SocketAddr) -> bool {
    UdpSocket::bind(SocketAddr::new(at.ip(), 0)).is_ok()
}

/// An address that was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One of these.
    Tcp(Vec<SocketAddr>),
    /// A socket in the file system.
    Unix(std::path::PathBuf),
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A stream that waits no longer than to a moment.
struct Timed {
    stream: Stream,
    until: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(left),
        }
    }
}

impl Read for Timed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = Some(self.left()?);
        match &mut self.stream {
            Stream::Tcp(stream) => {
                stream.set_read_timeout(left)?;
                stream.read(into)
            }
            Stream::Unix(stream) => {
                stream.set_read_timeout(left)?;
                stream.read(into)
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = Some(self.left()?);
        match &mut self.stream {
            Stream::Tcp(stream) => {
                stream.set_write_timeout(left)?;
                stream.write(bytes)
            }
            Stream::Unix(stream) => {
                stream.set_write_timeout(left)?;
                stream.write(bytes)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection that lives.
pub struct Connection {
    reader: BufReader<Timed>,
    used: bool,
}

impl Connection {
    /// Connects by this moment.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    pub fn open(target: &Target, until: Instant) -> Result<Connection, Failure> {
        let open = || -> io::Result<Stream> {
            match target {
                Target::Unix(path) => Ok(Stream::Unix(UnixStream::connect(path)?)),
                Target::Tcp(addresses) => {
                    let mut failed = io::Error::from(io::ErrorKind::ConnectionRefused);
                    for address in addresses {
                        let left = until.saturating_duration_since(Instant::now());
                        match TcpStream::connect_timeout(
                            address,
                            left.max(Duration::from_millis(1)),
                        ) {
                            Ok(stream) => {
                                stream.set_nodelay(true)?;
                                return Ok(Stream::Tcp(stream));
                            }
                            Err(error) => failed = error,
                        }
                    }
                    Err(failed)
                }
            }
        };
        let stream = open().map_err(|error| Failure::of(&error))?;
        let reader = BufReader::with_capacity(16 << 10, Timed { stream, until });
        Ok(Connection {
            reader,
            used: false,
        })
    }

    /// Sends a request and reads its answer, by this moment.
    fn exchange(&mut self, request: &[u8], is_head: bool, until: Instant) -> io::Result<Answer> {
        self.reader.get_mut().until = until;
        self.reader.get_mut().write_all(request)?;
        if let Stream::Tcp(stream) = &self.reader.get_ref().stream {
            // A service that writes its answer in two pieces waits for the first to be acknowledged (Nagle's algorithm), and
            // the system lets it wait for 40 ms. What it keeps is asked here, and not how patient it is.
            stream.set_quickack(true)?;
        }
        answer::read(&mut self.reader, is_head)
    }
}

/// Asks on a connection, which is opened where there is none, and stays where it can be used again. A service may close
/// one that nobody used for a while at any moment: then it is asked once more on a new one.
///
/// # Errors
///
/// Why there is no answer.
pub fn ask(
    connection: &mut Option<Connection>,
    target: &Target,
    request: &[u8],
    is_head: bool,
    until: Instant,
) -> Result<Answer, Failure> {
    loop {
        let mut open = match connection.take() {
            Some(open) => open,
            None => Connection::open(target, until)?,
        };
        match open.exchange(request, is_head, until) {
            Ok(answer) => {
                open.used = true;
                *connection = answer.keeps.then_some(open);
                return Ok(answer);
            }
            Err(error) if open.used && Failure::of(&error) == Failure::Reset => {}
            Err(error) => return Err(Failure::of(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn tcp(host: &str, port: u16) -> Address {
        Address::Tcp(host.to_owned(), port)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(300)
    }

    /// A service that answers on each connection as often as this says, and closes it then.
    fn service(times: Vec<usize>) -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = Target::Tcp(vec![listener.local_addr().unwrap()]);
        std::thread::spawn(move || {
            for times in times {
                let (mut stream, _) = listener.accept().unwrap();
                let mut buffer = [0; 1024];
                for _ in 0..times {
                    assert!(stream.read(&mut buffer).unwrap() > 0);
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                        .unwrap();
                }
            }
        });
        target
    }

    #[test]
    fn a_connection_that_the_service_closed_meanwhile_is_opened_anew() {
        let target = service(vec![2, 1]);
        let mut connection = None;
        for _ in 0..3 {
            let answer = ask(
                &mut connection,
                &target,
                b"GET / HTTP/1.1\r\n\r\n",
                false,
                Instant::now() + Duration::from_secs(20),
            );
            assert_eq!(answer.unwrap().bytes, 2);
        }
    }

    #[test]
    fn why_there_is_no_answer_is_told_apart() {
        let mut nobody = None;
        let ask_once = |target: &Target, connection: &mut Option<Connection>| {
            ask(connection, target, b"x", false, soon()).unwrap_err()
        };
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        assert_eq!(
            ask_once(&Target::Tcp(vec![free]), &mut nobody),
            Failure::Refused
        );
        assert_eq!(
            ask_once(&Target::Unix("/no/such".into()), &mut nobody),
            Failure::Refused
        );
        assert_eq!(ask_once(&service(vec![0]), &mut nobody), Failure::Reset);
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = Target::Tcp(vec![silent.local_addr().unwrap()]);
        assert_eq!(ask_once(&target, &mut nobody), Failure::TimedOut);
    }

    #[test]
    fn the_load_goes_to_this_machine_alone() {
        assert!(
            resolve(&tcp("192.0.2.1", 80))
                .unwrap_err()
                .contains("is another machine")
        );
        assert!(
            resolve(&tcp("no-such-name.invalid", 80))
                .unwrap_err()
                .contains("is not known")
        );
        let every = resolve(&tcp("0.0.0.0", 8000)).unwrap();
        assert_eq!(every, Target::Tcp(vec!["127.0.0.1:8000".parse().unwrap()]));
    }
}
