//! `nlp serve`: pipelines behind HTTP, in the shape of the example of spaCy's documentation.
//!
//! - [`options`]: what a service is told; [`token`]: the secret that requests bear.
//! - [`connections`]: the sockets, on tokio's threads, and [`stalls`] among them; [`routes`]: what can be asked there.
//! - [`body`] and [`request`]: what a client sends, within limits; [`problem`]: why it gets no other answer.
//! - [`queue`]: what waits, and [`job`]: one of it; [`work`]: the threads that parse it, in zones of [`pipelines`]; [`answer`]: what they say.
//! - [`shared`]: what all of them have, and [`state`] in it; [`metrics`] and [`heap`]: what is counted; [`log`]: what is written down.
//!
//! A service can be part of another program:
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::{TcpListener, TcpStream};
//! use std::sync::Arc;
//! use nlp_cli::serve::{Options, Service};
//!
//! let nlp = nlp_core::models::english()?;
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let address = listener.local_addr()?;
//! let service = Service::start(Options::new(vec![("en".to_owned(), Arc::new(nlp))]), vec![listener.into()])?;
//!
//! let mut client = TcpStream::connect(address)?;
//! let body = r#"["Ada Lovelace wrote it."]"#;
//! write!(
//!     client,
//!     "POST /parse HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
//!      Content-Length: {}\r\n\r\n{body}",
//!     body.len()
//! )?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer)?;
//! assert!(answer.ends_with(r#""entities":[{"start":0,"end":2,"label":"PER"}]}]"#), "{answer}");
//! assert_eq!(service.stop().unfinished, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
pub(crate) mod args;
mod body;
mod command;
mod connections;
mod heap;
mod job;
mod log;
mod metrics;
mod options;
mod pipelines;
mod problem;
mod queue;
mod request;
mod routes;
mod service;
mod shared;
mod stalls;
mod state;
mod token;
mod work;

pub(crate) use command::run;
pub use heap::{Heap, of_the_system};
pub use options::{Limits, Observer, Options};
#[doc(hidden)]
pub use request::check_body;
pub use service::{Listener, Service, Stopped};
pub use token::Token;
