//! The parts of a pipeline, for whoever wants to know which of them is at work: a profiler, an allocator that keeps
//! accounts.

use crate::frozen::{Frozen, Walk};

/// A part of a pipeline that does work of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part<'p> {
    /// Splits texts into tokens.
    Tokenizer,
    /// Finds the tokens' lexemes, and makes those that are new.
    Vocabulary,
    /// The component of this name.
    Component(&'p str),
}

impl<'p> Part<'p> {
    /// `tokenizer`, `vocabulary`, or the component's name.
    pub fn name(self) -> &'p str {
        match self {
            Part::Tokenizer => "tokenizer",
            Part::Vocabulary => "vocabulary",
            Part::Component(name) => name,
        }
    }
}

/// Stands around the work of each part of a pipeline: see [`Language::observe`](crate::Language::observe).
pub trait Observer: Send + Sync {
    /// Does `work`, which is that of `part`, by calling it. It is called in the thread that parses. Parts do not stand
    /// inside each other, and nothing is locked before or after the work, so that an observer may ask the pipeline for a
    /// [memory report](crate::Language::memory_report) or a word. A panic in the work unwinds through here, and one of the
    /// observer's own is taken for one of the work: it ends the text with an [error](crate::Error::Panicked).
    ///
    /// An observer that does not call `work` has it done after it; a second call does nothing.
    fn around(&self, part: Part<'_>, work: &mut dyn FnMut());
}

/// The observer of a pipeline, if it has one.
#[derive(Default)]
pub(crate) struct Observed(Option<Box<dyn Observer>>);

impl Observed {
    pub fn by(observer: Box<dyn Observer>) -> Self {
        Observed(Some(observer))
    }

    /// Does the work of `part`.
    pub fn around<R>(&self, part: Part<'_>, work: impl FnOnce() -> R) -> R {
        let Some(observer) = &self.0 else {
            return work();
        };
        let (mut work, mut result) = (Some(work), None);
        observer.around(part, &mut || {
            if let Some(work) = work.take() {
                result = Some(work());
            }
        });
        match (result, work) {
            (Some(result), _) => result,
            (None, Some(work)) => work(),
            // The work panicked, and the observer caught what unwound.
            (None, None) => panic!(
                "the work of {} panicked, and its observer hid it",
                part.name()
            ),
        }
    }
}

impl Frozen for Observed {
    /// Nothing: whoever observes a pipeline is no part of what was loaded.
    fn visit(&self, _walk: &mut Walk) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    struct Lists(Arc<Mutex<Vec<String>>>);

    impl Observer for Lists {
        fn around(&self, part: Part<'_>, work: &mut dyn FnMut()) {
            self.0.lock().unwrap().push(part.name().to_owned());
            work();
        }
    }

    #[test]
    fn every_part_is_told_in_the_order_of_its_work_and_changes_nothing() {
        let mut nlp = crate::models::english().unwrap();
        let (fingerprint, said) = (nlp.fingerprint(), nlp.parse("One text.").unwrap().to_json());
        let seen = Arc::new(Mutex::new(Vec::new()));
        nlp.observe(Box::new(Lists(Arc::clone(&seen))));
        assert_eq!(nlp.parse("One text.").unwrap().to_json(), said);
        let mut parts = vec!["tokenizer", "vocabulary"];
        parts.extend(nlp.components().map(|(name, _)| name));
        assert_eq!(*seen.lock().unwrap(), parts);
        assert_eq!(nlp.fingerprint(), fingerprint);
    }
}
