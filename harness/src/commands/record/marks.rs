//! Marks that a program sets: a line that it writes to a descriptor which it is given means that something was done.
//!
//! The descriptor leads to a file in memory that grows, and not to a pipe: whoever writes to it never waits, gets no
//! signal and no error, whether the harness reads it or has ended; and lines of several processes never mix. What was read
//! is given back. So a mark costs its writer one call of the system, and its time is known as well as the harness looks
//! often: [a fiftieth of a second](super::job).

use harness_model::record::RecordMark;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileExt, MetadataExt};

/// The variable of the environment that names the descriptor.
pub(super) const FD_VARIABLE: &str = "HARNESS_MARK_FD";
/// The one by which a program can tell that the descriptor is still what it was: the number of the file behind it.
pub(super) const INODE_VARIABLE: &str = "HARNESS_MARK_INODE";
/// The descriptor has this number or a higher one: programs take the low ones for themselves.
const LEAST_NUMBER: RawFd = 100;
/// Bytes that are read at once.
const PIECE: usize = 64 << 10;
/// A text is cut here.
const LONGEST_TEXT: usize = 200;
/// Texts that are told apart; marks with further ones have [one text](FURTHER) together.
const MOST_TEXTS: usize = 200;
/// The text of those.
const FURTHER: &str = "(further texts)";
/// The text of a line without one.
const PLAIN: &str = "mark";

/// The marks of a command.
pub(super) struct Marks {
    file: File,
    read: u64,
    /// The beginning of a line that is not whole yet.
    begun: Vec<u8>,
    texts: Vec<String>,
    count: u64,
}

impl Marks {
    /// Makes the file.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(super) fn new() -> io::Result<Marks> {
        // SAFETY: the name ends with a zero byte, and the descriptor that is given is nobody else's.
        let made = unsafe { libc::memfd_create(c"harness-marks".as_ptr(), libc::MFD_CLOEXEC) };
        if made < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it is open, and was made just now.
        let made = unsafe { OwnedFd::from_raw_fd(made) };
        // SAFETY: these take numbers. Where no high number is to be had the low one serves.
        let high = unsafe {
            libc::fcntl(made.as_raw_fd(), libc::F_SETFL, libc::O_APPEND);
            libc::fcntl(made.as_raw_fd(), libc::F_DUPFD_CLOEXEC, LEAST_NUMBER)
        };
        let file = match high {
            // SAFETY: it was made by this call, and is nobody else's.
            0.. => File::from(unsafe { OwnedFd::from_raw_fd(high) }),
            _ => File::from(made),
        };
        Ok(Marks {
            file,
            read: 0,
            begun: Vec::new(),
            texts: Vec::new(),
            count: 0,
        })
    }

    /// The descriptor that the command is to inherit.
    pub(super) fn descriptor(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    /// What the environment of the command says of it.
    pub(super) fn variables(&self) -> io::Result<[(&'static str, String); 2]> {
        Ok([
            (FD_VARIABLE, self.descriptor().to_string()),
            (INODE_VARIABLE, self.file.metadata()?.ino().to_string()),
        ])
    }

    /// How many there were so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Those that were set since the last call, one entry a text.
    pub(super) fn read(&mut self, seconds: f64) -> Vec<RecordMark> {
        let mut found: Vec<RecordMark> = Vec::new();
        let from = self.read;
        let mut piece = vec![0; PIECE];
        // A file that cannot be read has no more marks.
        while let Ok(count @ 1..) = self.file.read_at(&mut piece, self.read) {
            self.read += count as u64;
            for byte in &piece[..count] {
                if *byte != b'\n' && self.begun.len() < LONGEST_TEXT {
                    self.begun.push(*byte);
                } else if *byte == b'\n' {
                    self.end_line(seconds, &mut found);
                }
            }
        }
        if self.read > from {
            // SAFETY: it takes numbers; the descriptor is open. Where it is refused the file keeps its pages, and no more.
            unsafe {
                libc::fallocate(
                    self.descriptor(),
                    libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE,
                    0,
                    self.read as libc::off_t,
                );
            }
        }
        found
    }

    fn end_line(&mut self, seconds: f64, found: &mut Vec<RecordMark>) {
        let line = std::mem::take(&mut self.begun);
        let text = String::from_utf8_lossy(line.trim_ascii());
        let mut text = if text.is_empty() { PLAIN } else { &text };
        if !self.texts.iter().any(|known| known == text) {
            match self.texts.len() < MOST_TEXTS {
                true => self.texts.push(text.to_owned()),
                false => text = FURTHER,
            }
        }
        self.count += 1;
        match found.iter_mut().find(|mark| mark.text == text) {
            Some(mark) => mark.count += 1,
            None => found.push(RecordMark {
                seconds,
                text: text.to_owned(),
                count: 1,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn told(marks: &[RecordMark]) -> Vec<(&str, u64)> {
        marks.iter().map(|mark| (&*mark.text, mark.count)).collect()
    }

    #[test]
    fn a_line_is_a_mark_and_half_a_line_is_none_yet() {
        let mut marks = Marks::new().unwrap();
        assert!(marks.descriptor() >= LEAST_NUMBER);
        let mut writer = marks.file.try_clone().unwrap();
        writer.write_all(b"request\nrequest\n\nflu").unwrap();
        assert_eq!(told(&marks.read(1.0)), [("request", 2), ("mark", 1)]);
        writer.write_all(b"sh\nrequest\n").unwrap();
        let second = marks.read(2.0);
        assert_eq!(told(&second), [("flush", 1), ("request", 1)]);
        assert_eq!((second[0].seconds, marks.count()), (2.0, 5));
        assert_eq!(marks.read(3.0), []);
    }

    #[test]
    fn any_number_of_any_bytes_takes_no_more_room_than_it_may() {
        let mut marks = Marks::new().unwrap();
        let mut writer = marks.file.try_clone().unwrap();
        writer.write_all(&vec![0xff; 3 << 20]).unwrap();
        for number in 0..1_000 {
            writeln!(writer, "\n{number}").unwrap();
        }
        let found = marks.read(1.0);
        assert_eq!(found.len(), MOST_TEXTS + 1);
        assert!(found.iter().all(|mark| mark.text.len() <= 3 * LONGEST_TEXT));
        assert_eq!(
            found.iter().map(|mark| mark.count).sum::<u64>(),
            marks.count()
        );
        // All but the page in which the next line goes.
        let left = 512 * marks.file.metadata().unwrap().blocks();
        assert!(
            left <= 4096,
            "what was read was given back but for {left} bytes"
        );
    }
}
