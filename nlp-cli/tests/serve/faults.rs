//! A pipeline that fails, in a service within this process.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nlp_cli::serve::{Observer, Options, Service};
use nlp_core::Part;

use crate::client::Client;

static FAILS: AtomicBool = AtomicBool::new(false);

struct Fails;

impl nlp_core::Observer for Fails {
    fn around(&self, part: Part<'_>, work: &mut dyn FnMut()) {
        work();
        assert!(
            part.name() != "ner" || !FAILS.load(Ordering::SeqCst),
            "planted"
        );
    }
}

/// Fails outside the pipeline.
struct FailsToo;

impl Observer for FailsToo {
    fn texts(&self, texts: &[String]) {
        assert!(texts != ["Fail."], "planted");
    }
}

#[test]
fn a_panic_is_the_answer_of_its_request_and_the_service_goes_on() {
    let mut nlp = nlp_core::models::english().unwrap();
    nlp.observe(Box::new(Fails));
    let mut options = Options::new(vec![("en".to_owned(), Arc::new(nlp))]);
    options.threads = 1;
    options.observer = Some(Arc::new(FailsToo));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = Client::connect(listener.local_addr().unwrap());
    let service = Service::start(options, vec![listener.into()]).unwrap();
    let good = client.parse("[\"Ada Lovelace.\", \"Another.\"]");
    assert_eq!(good.status, 200);
    for _ in 0..3 {
        FAILS.store(true, Ordering::SeqCst);
        let failed = client.parse("[\"Ada Lovelace.\", \"Another.\"]");
        assert!(
            failed
                .problem(500)
                .contains("\"ner\" panicked on the text: planted")
        );
        assert_eq!(failed.json()["text"], 0);
        FAILS.store(false, Ordering::SeqCst);
        assert_eq!(
            client.parse("[\"Ada Lovelace.\", \"Another.\"]").body,
            good.body
        );
        assert!(
            client
                .parse("[\"Fail.\"]")
                .problem(500)
                .contains("the service failed")
        );
        assert_eq!(
            client.parse("[\"Ada Lovelace.\", \"Another.\"]").body,
            good.body
        );
    }
    drop(client);
    assert_eq!(service.stop().unfinished, 0);
}
