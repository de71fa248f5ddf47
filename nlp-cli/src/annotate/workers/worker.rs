//! The process that annotates.

use std::io::{self, BufReader, BufWriter, Read, Write};

use nlp_core::Language;

use super::super::annotator::Annotator;
use super::super::options::Options;
use super::super::rss::{peak_rss, rss};
use super::protocol::{Answer, Hello, Memory, Order, send, send_piece};

/// Annotates the ranges that come from `orders`, and answers to `answers`, until there are no more.
///
/// # Errors
/// If whoever gives orders is gone, or says what is none.
pub fn serve(
    nlp: &Language,
    options: &Options,
    orders: impl Read,
    answers: impl Write,
) -> io::Result<()> {
    let (mut orders, mut answers) = (
        BufReader::new(orders),
        BufWriter::with_capacity(1 << 16, answers),
    );
    let hello = Hello {
        fingerprint: nlp.fingerprint(),
        warnings: nlp.warnings().map(str::to_owned).collect(),
        rss: rss().unwrap_or(0),
    };
    send(&mut answers, &hello)?;
    answers.flush()?;
    // Alone, a text is a batch: what comes before it is done.
    let one_by_one = &Options {
        batch_size: 1,
        ..options.clone()
    };
    let (together, alone) = (
        Annotator::new(nlp, options),
        Annotator::new(nlp, one_by_one),
    );
    while let Some((range, says)) = Order::receive(&mut orders)? {
        let annotator = if says { &alone } else { &together };
        let mut said = Ok(());
        let done = annotator.annotate_watched(&range, |line| {
            if says && said.is_ok() {
                said = send(&mut answers, &Answer::About(line)).and_then(|()| answers.flush());
            }
        });
        said?;
        let memory = Memory {
            rss: rss().unwrap_or(0),
            peak: peak_rss().unwrap_or(0),
        };
        send(&mut answers, &Answer::done(&done, memory))?;
        send_piece(&mut answers, &done.piece)?;
        answers.flush()?;
    }
    Ok(())
}
