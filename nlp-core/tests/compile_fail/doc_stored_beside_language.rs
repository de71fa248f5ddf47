//! A structure cannot own a pipeline and a document that borrows it.
use nlp_core::{Doc, Language};

struct Service {
    nlp: Language,
    last: Option<Doc<'static>>,
}

impl Service {
    fn answer(&mut self, text: &str) {
        self.last = Some(self.nlp.parse(text).unwrap());
    }
}

fn main() {
    let mut service = Service {
        nlp: nlp_core::models::english().unwrap(),
        last: None,
    };
    service.answer("Remember me.");
}
