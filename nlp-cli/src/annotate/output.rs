//! Where documents go: a stream, or a file that survives crashes.
//!
//! A file is written under another name, `OUT.partial`, a piece after another, with a [manifest](super::manifest) beside it,
//! `OUT.manifest`. Once all is there it is made into `OUT` and the two are gone. Whatever ends the run between any two
//! steps, the next run finds which was the last.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::columns;
use super::failure::Failure;
use super::finish;
use super::inputs::Position;
use super::manifest::{Found, Job, Manifest, Progress, sync_folder};
use super::options::{Format, Options};
use super::range::Counts;

/// How far the output may be ahead of its manifest: what a crash has done again.
const MOST_TIME: Duration = Duration::from_millis(250);
const MOST_BYTES: u64 = 32 << 20;

/// Where the pieces go.
pub enum Output {
    /// Standard output, or another stream.
    Stream(Box<dyn Write>, Progress),
    /// A file.
    Kept(Box<Kept>),
}

/// A file that is kept safe.
pub struct Kept {
    out: PathBuf,
    partial: PathBuf,
    file: File,
    /// None where the inputs cannot be read again.
    manifest: Option<Manifest>,
    /// What is written, and not all entered.
    now: Progress,
    sum: crc32fast::Hasher,
    entered: u64,
    entered_at: Instant,
}

impl Output {
    /// The output of `options`. If `job` is there, what was left of an earlier run of it is gone on with. The second part
    /// is how far that was.
    pub fn open(options: &Options, job: Option<&Job>) -> Result<(Output, Progress), Failure> {
        let stream = |writer| {
            Ok((
                Output::Stream(writer, Progress::default()),
                Progress::default(),
            ))
        };
        let Some(out) = &options.out else {
            return stream(crate::terminal::standard_output());
        };
        let failed = |error| Failure::writing(out, &error);
        if out
            .metadata()
            .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
        {
            let file = OpenOptions::new().write(true).open(out).map_err(failed)?;
            return stream(Box::new(file));
        }
        let kept = Kept::open(out, options.restart, job)?;
        let progress = kept.now;
        Ok((Output::Kept(Box::new(kept)), progress))
    }

    /// Begins it with `head`, unless it was begun before.
    pub fn begin(&mut self, head: &[u8]) -> Result<(), Failure> {
        let now = self.progress();
        match now.bytes {
            0 => self.append(head, Counts::default(), now.position),
            _ => Ok(()),
        }
    }

    /// Takes what became of a range. All before `position` is then done.
    pub fn append(
        &mut self,
        piece: &[u8],
        counts: Counts,
        position: Position,
    ) -> Result<(), Failure> {
        match self {
            Output::Stream(writer, now) => {
                now.counts.add(counts);
                now.bytes += piece.len() as u64;
                let written = writer.write_all(piece).and_then(|()| writer.flush());
                written.map_err(|error| Failure::output(&error))
            }
            Output::Kept(kept) => kept.append(piece, counts, position),
        }
    }

    /// Whether it is time to [commit](Output::commit).
    pub fn is_due(&self) -> bool {
        match self {
            Output::Stream(..) => false,
            Output::Kept(kept) => {
                kept.now.bytes - kept.entered >= MOST_BYTES
                    || kept.entered_at.elapsed() >= MOST_TIME
            }
        }
    }

    /// Makes what was appended safe.
    pub fn commit(&mut self) -> Result<(), Failure> {
        match self {
            Output::Stream(..) => Ok(()),
            Output::Kept(kept) => kept.commit(),
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        match self {
            Output::Stream(_, now) => *now,
            Output::Kept(kept) => kept.now,
        }
    }

    /// Whether what is there can be gone on with.
    pub fn is_safe(&self) -> bool {
        matches!(self, Output::Kept(kept) if kept.manifest.is_some())
    }

    /// Ends it: the file is put in its place.
    pub fn finish(self, options: &Options) -> Result<Progress, Failure> {
        match self {
            Output::Stream(mut writer, now) => {
                let end = match options.format {
                    Format::Arrow => columns::end(),
                    _ => Vec::new(),
                };
                let written = writer.write_all(&end).and_then(|()| writer.flush());
                written.map_err(|error| Failure::output(&error))?;
                Ok(now)
            }
            Output::Kept(kept) => kept.finish(options),
        }
    }
}

impl Kept {
    fn open(out: &Path, restart: bool, job: Option<&Job>) -> Result<Kept, Failure> {
        let (partial, manifest) = (beside(out, ".partial"), beside(out, ".manifest"));
        let reading = |error| Failure::reading(&manifest, &error);
        let writing = |error| Failure::writing(&partial, &error);
        if restart {
            remove(&manifest).map_err(|error| Failure::writing(&manifest, &error))?;
        }
        let found = Manifest::find(&manifest).map_err(reading)?;
        if found.is_none() && !restart && out.exists() {
            return Err(Failure::new(format_args!(
                "{} is there already: --restart writes it anew, and an --out of another name leaves it alone",
                printable::path(out)
            )));
        }
        if let Some(found) = &found {
            check(found, job, &manifest)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&partial);
        let file = file.map_err(writing)?;
        if !lock(&file) {
            return Err(writing(io::Error::other("another run is writing it")));
        }
        let mut kept = Kept {
            out: out.to_owned(),
            partial,
            file,
            manifest: None,
            now: Progress::default(),
            sum: crc32fast::Hasher::new(),
            entered: 0,
            entered_at: Instant::now(),
        };
        match (found, job) {
            (Some(found), Some(_)) => kept.resume(&manifest, &found)?,
            (_, Some(job)) => {
                kept.cut(0).map_err(|error| kept.writing(&error))?;
                let created = Manifest::create(&manifest, job);
                kept.manifest = Some(created.map_err(|error| Failure::writing(&manifest, &error))?);
            }
            (_, None) => kept.cut(0).map_err(|error| kept.writing(&error))?,
        }
        Ok(kept)
    }

    fn resume(&mut self, path: &Path, found: &Found) -> Result<(), Failure> {
        let moved = found.last.finished && self.out.exists();
        if !moved {
            self.check_end(found)?;
            self.cut(found.last.bytes)
                .map_err(|error| self.writing(&error))?;
        }
        let manifest = Manifest::resume(path, found);
        self.manifest = Some(manifest.map_err(|error| Failure::writing(path, &error))?);
        self.now = found.last;
        self.entered = found.last.bytes;
        Ok(())
    }

    /// Whether the last part of the output is what the manifest says.
    fn check_end(&mut self, found: &Found) -> Result<(), Failure> {
        let (from, to) = (found.before.bytes, found.last.bytes);
        let mut read = || -> io::Result<(u64, u32)> {
            let length = self.file.metadata()?.len();
            self.file.seek(SeekFrom::Start(from))?;
            let mut part = (&self.file).take(to - from);
            let mut sum = crc32fast::Hasher::new();
            let mut buffer = vec![0; 1 << 16];
            loop {
                match part.read(&mut buffer)? {
                    0 => return Ok((length, sum.finalize())),
                    read => sum.update(&buffer[..read]),
                }
            }
        };
        let (length, sum) = read().map_err(|error| Failure::reading(&self.partial, &error))?;
        if length < to || sum != found.last.sum {
            return Err(Failure::new(format_args!(
                "{} is not what its manifest says: of {to} bytes it has {length}, or others; --restart begins anew",
                printable::path(&self.partial),
            )));
        }
        Ok(())
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)?;
        self.file.seek(SeekFrom::Start(bytes))?;
        Ok(())
    }

    fn writing(&self, error: &io::Error) -> Failure {
        Failure::writing(&self.partial, error)
    }

    fn append(&mut self, piece: &[u8], counts: Counts, position: Position) -> Result<(), Failure> {
        self.file
            .write_all(piece)
            .map_err(|error| self.writing(&error))?;
        self.sum.update(piece);
        self.now.bytes += piece.len() as u64;
        self.now.counts.add(counts);
        self.now.position = position;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Failure> {
        let Some(manifest) = &mut self.manifest else {
            return Ok(());
        };
        let synced = self.file.sync_data();
        self.now.sum = std::mem::take(&mut self.sum).finalize();
        synced
            .and_then(|()| manifest.enter(self.now))
            .map_err(|error| self.writing(&error))?;
        self.entered = self.now.bytes;
        self.entered_at = Instant::now();
        Ok(())
    }

    fn finish(mut self, options: &Options) -> Result<Progress, Failure> {
        let writing = |error| Failure::writing(&self.out, &error);
        if self.now.finished && self.out.exists() {
            // It was put in its place, and then something ended the run.
            remove(&self.partial).map_err(writing)?;
        } else {
            self.now.finished = true;
            self.commit()?;
            self.put_in_place(options)?;
        }
        if let Some(manifest) = self.manifest.take() {
            manifest
                .remove()
                .map_err(|error| Failure::writing(&self.out, &error))?;
        }
        Ok(self.now)
    }

    /// Makes the file of the pieces. It is there whole, under its name, or not at all.
    fn put_in_place(&mut self, options: &Options) -> Result<(), Failure> {
        let writing = |error: io::Error| Failure::writing(&self.out, &error);
        let made = match options.format.is_stream() {
            true => self.partial.clone(),
            false => {
                let draft = beside(&self.out, ".draft");
                let assembled = finish::assemble(options, &mut self.file, &draft);
                if let Err(error) = assembled {
                    // What is left of it takes room that may be short.
                    let _ = remove(&draft);
                    return Err(writing(error));
                }
                draft
            }
        };
        let moved = File::open(&made)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&made, &self.out))
            .and_then(|()| sync_folder(&self.out));
        moved.map_err(writing)?;
        remove(&self.partial).map_err(writing)
    }
}

/// Locks a file for as long as it is open; false if another process has it. One that was killed may take a moment to be
/// gone.
fn lock(file: &File) -> bool {
    for _ in 0..40 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
            // Not every file system has locks.
            Ok(()) | Err(TryLockError::Error(_)) => return true,
        }
    }
    false
}

/// Whether what was found is of this job.
fn check(found: &Found, job: Option<&Job>, manifest: &Path) -> Result<(), Failure> {
    let difference = match job {
        Some(job) => job.difference(&found.job),
        None => Some("it read files, and this one reads what cannot be read again".to_owned()),
    };
    match difference {
        None => Ok(()),
        Some(difference) => Err(Failure::new(format_args!(
            "{} is of another run: {difference}; --restart throws away what that run left, and an --out of another \
             name leaves it alone",
            printable::path(manifest)
        ))),
    }
}

/// The file beside `out` with `end` after its name.
pub fn beside(out: &Path, end: &str) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
