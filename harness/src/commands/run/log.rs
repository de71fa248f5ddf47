//! What a command writes: counted, and its beginning and end kept in a file. Gigabytes do not fill the disk.

use crate::files;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// Bytes of the beginning that are kept, and as many of the end.
const KEPT: usize = 256 << 10;
/// How long is waited for more before the flag is looked at, in milliseconds.
const PATIENCE: i32 = 50;

/// What was written in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Bytes.
    pub bytes: u64,
    /// A hash of them: another output has another.
    pub hash: u64,
}

/// Reads what a command writes, in a thread of its own.
pub(crate) struct Log {
    thread: JoinHandle<io::Result<Written>>,
    stop: Arc<AtomicBool>,
    seen: Arc<AtomicU64>,
}

impl Log {
    /// Begins to read; what is kept goes to a new file.
    ///
    /// # Errors
    ///
    /// The file cannot be made.
    pub(crate) fn begin(pipe: PipeReader, path: &Path) -> io::Result<Log> {
        let mut file = files::begin(path)?;
        let (stop, seen) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (its_stop, its_seen) = (Arc::clone(&stop), Arc::clone(&seen));
        let thread = std::thread::spawn(move || {
            let mut keep = Keep::default();
            let read = read(pipe, &its_stop, &its_seen, |bytes| {
                keep.take(bytes, &mut file)
            });
            keep.end(&mut file);
            read
        });
        Ok(Log { thread, stop, seen })
    }

    /// Whether everyone who could write has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.thread.is_finished()
    }

    /// How many bytes there are so far.
    #[cfg(test)]
    pub(super) fn so_far(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// Reads what is there, and stops: somebody else may still have the pipe.
    pub(crate) fn end(self) -> Written {
        self.stop.store(true, Ordering::Relaxed);
        let seen = self.seen.load(Ordering::Relaxed);
        match self.thread.join() {
            Ok(Ok(written)) => written,
            // What cannot be read any more is not there.
            _ => Written {
                bytes: seen,
                hash: 0,
            },
        }
    }
}

fn read(
    mut pipe: PipeReader,
    stop: &AtomicBool,
    seen: &AtomicU64,
    mut keep: impl FnMut(&[u8]),
) -> io::Result<Written> {
    let mut hasher = DefaultHasher::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let mut wanted = libc::pollfd {
            fd: pipe.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: poll is given one descriptor, which is open, and writes to its answer alone.
        let ready = unsafe { libc::poll(&raw mut wanted, 1, PATIENCE) };
        if ready == 0 {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            continue;
        }
        match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hasher.write(&buffer[..count]);
                bytes += count as u64;
                seen.store(bytes, Ordering::Relaxed);
                keep(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Written {
        bytes,
        hash: hasher.finish(),
    })
}

/// The beginning, which is written at once, and the end, which is not known before it is there.
#[derive(Default)]
struct Keep {
    begun: usize,
    left_out: u64,
    end: VecDeque<u8>,
}

impl Keep {
    /// A disk that is full is no reason to stop: the log has less in it.
    fn take(&mut self, bytes: &[u8], file: &mut impl Write) {
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.begun));
        self.begun += first.len();
        let _ = file.write_all(first);
        self.end.extend(rest);
        let too_many = self.end.len().saturating_sub(KEPT);
        self.left_out += too_many as u64;
        self.end.drain(..too_many);
    }

    fn end(self, file: &mut impl Write) {
        if self.left_out > 0 {
            let _ = writeln!(file, "\n[{} bytes are left out here]", self.left_out);
        }
        let (first, second) = self.end.as_slices();
        let _ = file.write_all(first).and_then(|()| file.write_all(second));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_output_is_kept_whole_and_of_a_long_one_both_ends() {
        let folder = tempfile::tempdir().unwrap();
        let run = |bytes: &[u8]| {
            let path = folder.path().join("log");
            let (reader, mut writer) = io::pipe().unwrap();
            let log = Log::begin(reader, &path).unwrap();
            writer.write_all(bytes).unwrap();
            drop(writer);
            let written = log.end();
            (written, std::fs::read(&path).unwrap())
        };
        let (short, kept) = run(b"hello\n");
        assert_eq!((short.bytes, &kept[..]), (6, &b"hello\n"[..]));
        let long: Vec<u8> = (0..10_000_000u32).map(|at| (at / 1_000) as u8).collect();
        let (written, kept) = run(&long);
        assert_eq!(written.bytes, 10_000_000);
        assert!(kept.len() < 600_000);
        assert_eq!(kept[..KEPT], long[..KEPT]);
        assert_eq!(kept[kept.len() - KEPT..], long[long.len() - KEPT..]);
        assert_ne!(short.hash, written.hash);
    }

    #[test]
    fn a_pipe_that_somebody_keeps_open_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (reader, mut writer) = io::pipe().unwrap();
        let log = Log::begin(reader, &folder.path().join("log")).unwrap();
        writer.write_all(b"once").unwrap();
        while log.so_far() < 4 {
            std::thread::yield_now();
        }
        assert!(!log.is_closed());
        assert_eq!(log.end().bytes, 4);
    }
}
