//! Any bytes as a file of texts, packed or not: no line is longer than it may be, and a reader that begins where another
//! stopped reads what that one would have. The first byte says what the file is, the second where to stop.
#![no_main]

use std::io::{BufRead, Cursor, Read};

use libfuzzer_sys::fuzz_target;
use nlp_io::texts::{BadUtf8, CsvColumn, Lines, Place, Record, Texts, decoded};

const LIMIT: usize = 64;

fuzz_target!(|data: &[u8]| {
    let [kind, stop, file @ ..] = data else {
        return;
    };
    let Some(whole) = read(*kind, file, usize::MAX) else {
        return;
    };
    let part = read(*kind, file, usize::from(*stop)).expect("it was read before");
    assert!(whole.0.starts_with(&part.0));
    let mut rest = part.0;
    let mut after = open(*kind, file, part.1).expect("it was opened before");
    while let Ok(Some(record)) = after.next() {
        rest.push(record);
    }
    assert_eq!(rest, whole.0);
});

/// The first records of a file, and the place after them.
fn read(kind: u8, file: &[u8], most: usize) -> Option<(Vec<Record>, Place)> {
    let mut texts = open(kind, file, Place::default())?;
    let mut records = Vec::new();
    while records.len() < most
        && let Ok(Some(record)) = texts.next()
    {
        // What is replaced may be three bytes for one.
        assert!(
            record
                .text
                .as_ref()
                .is_ok_and(|text| text.len() <= 3 * LIMIT)
                || record.text.is_err()
        );
        records.push(record);
    }
    let place = texts.place();
    Some((records, place))
}

fn open(kind: u8, file: &[u8], place: Place) -> Option<Box<dyn Texts>> {
    let bytes = || -> Option<Box<dyn BufRead + Send>> {
        let mut all = decoded(Cursor::new(file.to_vec())).ok()?;
        std::io::copy(&mut (&mut all).take(place.offset), &mut std::io::sink()).ok()?;
        Some(all)
    };
    let bad = match kind & 1 {
        0 => BadUtf8::Report,
        _ => BadUtf8::Replace,
    };
    Some(match kind >> 1 & 3 {
        0 => Box::new(Lines::new(bytes()?, None, LIMIT, bad).from_place(place)),
        1 => Box::new(Lines::new(bytes()?, Some("t".to_owned()), LIMIT, bad).from_place(place)),
        _ => {
            let rows =
                CsvColumn::new(decoded(Cursor::new(file.to_vec())).ok()?, "t", LIMIT, bad).ok()?;
            Box::new(rows.from_place(bytes()?, place))
        }
    })
}
