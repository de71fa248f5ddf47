//! A service as a part of another program.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nlp_cli::serve::{Observer, Options, Service};

use crate::client::Client;

/// Counts what it is told.
#[derive(Default)]
struct Counts {
    connected: AtomicUsize,
    texts: AtomicUsize,
    worked: AtomicUsize,
}

impl Observer for Counts {
    fn connected(&self) {
        self.connected.fetch_add(1, Ordering::SeqCst);
    }

    fn texts(&self, texts: &[String]) {
        self.texts.fetch_add(texts.len(), Ordering::SeqCst);
    }

    fn worked(&self) {
        self.worked.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn it_starts_tells_what_it_does_and_stops_with_all_that_it_holds() {
    let nlp = Arc::new(nlp_core::models::english().unwrap());
    for zones in [true, false] {
        let counts = Arc::new(Counts::default());
        let mut options = Options::new(vec![("en".to_owned(), Arc::clone(&nlp))]);
        options.threads = 2;
        options.zones = zones;
        options.observer = Some(Arc::clone(&counts) as Arc<dyn Observer>);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let service = Service::start(options, vec![listener.into()]).unwrap();
        let words = || {
            nlp.memory_report()
                .get(nlp_core::Owner::Vocabulary, "strings")
                .unwrap()
                .entries
        };
        let before = words();
        let mut client = Client::connect(address);
        for i in 0..5 {
            assert_eq!(
                client
                    .parse(&format!("[\"The snarkle{i}.\", \"And so on.\"]"))
                    .status,
                200
            );
        }
        assert_eq!(words() > before, !zones);
        drop(client);
        assert_eq!(service.stop().unfinished, 0);
        assert!(TcpStream::connect(address).is_err());
        let told = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        assert_eq!(
            (
                told(&counts.connected),
                told(&counts.texts),
                told(&counts.worked)
            ),
            (1, 10, 5)
        );
        assert_eq!(
            Arc::strong_count(&counts),
            1,
            "nothing of the service is left"
        );
        assert_eq!(Arc::strong_count(&nlp), 1);
    }
    let none = Service::start(Options::new(Vec::new()), Vec::new());
    assert!(none.unwrap_err().to_string().contains("needs a pipeline"));
}
