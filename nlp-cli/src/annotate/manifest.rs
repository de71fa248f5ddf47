//! The manifest beside an output that is not finished: what it is of, and how far it is.
//!
//! It is a file of lines, each with its CRC-32 before it: what the run is (its inputs, its options, its pipeline), and then,
//! again and again, where it is: all before that place is in the output, which has so many bytes. A line is written after
//! what it speaks of is on the disk. One that was cut short, or is not what was written, ends the manifest: what comes
//! after it is done again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use nlp_io::texts::Place;
use serde::{Deserialize, Serialize};

use super::inputs::{Identity, Position};
use super::range::Counts;

/// What a run is. Another run does not go on with its output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The program's version.
    pub program: String,
    /// The pipeline's fingerprint, in hexadecimal.
    pub pipeline: String,
    /// The options that say what is written, by name.
    pub options: Vec<(String, String)>,
    /// The inputs.
    pub inputs: Vec<Identity>,
}

impl Job {
    /// How this job is another than `earlier`, of which something was left; `None` if it is the same.
    pub fn difference(&self, earlier: &Job) -> Option<String> {
        if self.inputs.len() != earlier.inputs.len() {
            return Some(format!(
                "it had {} inputs, and now has {}",
                earlier.inputs.len(),
                self.inputs.len()
            ));
        }
        for (now, then) in self.inputs.iter().zip(&earlier.inputs) {
            if now.path != then.path {
                return Some(format!("it read {}, and now reads {}", then.path, now.path));
            }
            if now.bytes != then.bytes {
                return Some(format!(
                    "{} had {} bytes, and now has {}",
                    now.path, then.bytes, now.bytes
                ));
            }
            if now != then {
                return Some(format!("{} was changed since", now.path));
            }
        }
        if self.pipeline != earlier.pipeline {
            return Some("it ran another pipeline, or other components of it".to_owned());
        }
        let pairs = self.options.iter().zip(&earlier.options);
        if let Some(((name, now), (_, then))) = pairs.into_iter().find(|(now, then)| now != then) {
            return Some(format!("{name} was {then}, and now is {now}"));
        }
        (self != earlier)
            .then(|| format!("it was begun by version {} of the program", earlier.program))
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// All before this is done.
    pub position: Position,
    /// What was done.
    pub counts: Counts,
    /// The bytes of the output.
    pub bytes: u64,
    /// The CRC-32 of its last part, from where it was at the entry before.
    pub sum: u32,
    /// Whether this is the end.
    pub finished: bool,
}

/// A line after the first.
#[derive(Serialize, Deserialize)]
struct Entry {
    input: usize,
    offset: u64,
    number: u64,
    documents: u64,
    tokens: u64,
    failed: u64,
    bytes: u64,
    sum: u32,
    finished: bool,
}

impl From<Progress> for Entry {
    fn from(at: Progress) -> Entry {
        Entry {
            input: at.position.input,
            offset: at.position.place.offset,
            number: at.position.place.number,
            documents: at.counts.documents,
            tokens: at.counts.tokens,
            failed: at.counts.failed,
            bytes: at.bytes,
            sum: at.sum,
            finished: at.finished,
        }
    }
}

impl From<Entry> for Progress {
    fn from(entry: Entry) -> Progress {
        Progress {
            position: Position {
                input: entry.input,
                place: Place {
                    offset: entry.offset,
                    number: entry.number,
                },
            },
            counts: Counts {
                documents: entry.documents,
                tokens: entry.tokens,
                failed: entry.failed,
            },
            bytes: entry.bytes,
            sum: entry.sum,
            finished: entry.finished,
        }
    }
}

/// A manifest that is being written.
pub struct Manifest {
    path: PathBuf,
    file: File,
}

/// A manifest that was found.
pub struct Found {
    /// What the run is.
    pub job: Job,
    /// The last two entries: the sum in the last is of what the output got since the one before.
    pub before: Progress,
    /// How far it is.
    pub last: Progress,
    /// The bytes of the manifest up to there.
    whole: u64,
}

impl Manifest {
    /// Begins a manifest, which is either there with its first line or not at all.
    pub fn create(path: &Path, job: &Job) -> io::Result<Manifest> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(".new");
        let draft = PathBuf::from(draft);
        let mut file = File::create(&draft)?;
        file.write_all(line_of(job)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        sync_folder(path)?;
        Manifest::open(path)
    }

    fn open(path: &Path) -> io::Result<Manifest> {
        let file = OpenOptions::new().append(true).open(path)?;
        let path = path.to_owned();
        Ok(Manifest { path, file })
    }

    /// What is left of a run at `path`, if anything is. `None` also for what has no whole first line: no run got far.
    pub fn find(path: &Path) -> io::Result<Option<Found>> {
        let mut bytes = Vec::new();
        match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?.read_to_end(&mut bytes)?,
        };
        let mut lines = bytes.split_inclusive(|&byte| byte == b'\n');
        let Some((job, mut whole)) = lines.next().and_then(parse) else {
            return Ok(None);
        };
        let (mut before, mut last) = (Progress::default(), Progress::default());
        for (entry, length) in lines.map_while(parse::<Entry>) {
            (before, last) = (last, entry.into());
            whole += length;
        }
        Ok(Some(Found {
            job,
            before,
            last,
            whole,
        }))
    }

    /// Goes on with a manifest that was found.
    pub fn resume(path: &Path, found: &Found) -> io::Result<Manifest> {
        let mut manifest = Manifest::open(path)?;
        manifest.file.set_len(found.whole)?;
        manifest.file.seek(SeekFrom::End(0))?;
        Ok(manifest)
    }

    /// Enters how far the run is. What it says of the output must be on the disk by then.
    pub fn enter(&mut self, progress: Progress) -> io::Result<()> {
        self.file
            .write_all(line_of(&Entry::from(progress))?.as_bytes())?;
        self.file.sync_data()
    }

    /// Takes the manifest away: the output is in its place.
    pub fn remove(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// Makes sure that the name `path` is on the disk.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

fn line_of(value: &impl Serialize) -> io::Result<String> {
    let json = serde_json::to_string(value)?;
    Ok(format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())))
}

/// What is in a whole line, and its bytes.
fn parse<T: for<'de> Deserialize<'de>>(line: &[u8]) -> Option<(T, u64)> {
    let text = std::str::from_utf8(line).ok()?;
    let (sum, json) = text.strip_suffix('\n')?.split_once(' ')?;
    let sum = u32::from_str_radix(sum, 16).ok()?;
    let value =
        (sum == crc32fast::hash(json.as_bytes())).then(|| serde_json::from_str(json).ok())??;
    Some((value, line.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job {
            program: "1".into(),
            pipeline: "f00".into(),
            options: vec![("--format".into(), "jsonl".into())],
            inputs: vec![Identity {
                path: "a.txt".into(),
                bytes: 5,
                modified: 6,
                ends: 7,
            }],
        }
    }

    fn at(bytes: u64) -> Progress {
        Progress {
            bytes,
            ..Progress::default()
        }
    }

    #[test]
    fn a_manifest_that_breaks_off_anywhere_is_one_of_fewer_entries() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest");
        let mut manifest = Manifest::create(&path, &job()).unwrap();
        let mut ends = vec![(std::fs::metadata(&path).unwrap().len(), 0)];
        for bytes in [10, 20, 30] {
            manifest.enter(at(bytes)).unwrap();
            ends.push((std::fs::metadata(&path).unwrap().len(), bytes));
        }
        let whole = std::fs::read(&path).unwrap();
        for end in 0..=whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let known = ends.iter().rev().find(|(length, _)| *length <= end as u64);
            let found = Manifest::find(&path).unwrap();
            assert_eq!(
                found.as_ref().map(|found| found.last.bytes),
                known.map(|(_, bytes)| *bytes)
            );
            let Some(found) = found else { continue };
            Manifest::resume(&path, &found)
                .unwrap()
                .enter(at(99))
                .unwrap();
            let again = Manifest::find(&path).unwrap().unwrap();
            assert_eq!(
                (again.before.bytes, again.last.bytes),
                (found.last.bytes, 99)
            );
        }
    }

    #[test]
    fn a_byte_that_was_changed_ends_the_manifest_before_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest");
        let mut manifest = Manifest::create(&path, &job()).unwrap();
        manifest.enter(at(10)).unwrap();
        let first = std::fs::metadata(&path).unwrap().len() as usize;
        manifest.enter(at(20)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for i in first..whole.len() {
            let mut bytes = whole.clone();
            bytes[i] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(Manifest::find(&path).unwrap().unwrap().last.bytes, 10);
        }
    }

    #[test]
    fn what_makes_a_job_another_is_named() {
        let mut other = job();
        assert_eq!(job().difference(&job()), None);
        other.inputs[0].modified += 1;
        assert_eq!(other.difference(&job()).unwrap(), "a.txt was changed since");
        other.inputs[0].bytes = 9;
        assert_eq!(
            other.difference(&job()).unwrap(),
            "a.txt had 5 bytes, and now has 9"
        );
        let mut other = job();
        other.options[0].1 = "conllu".into();
        assert_eq!(
            other.difference(&job()).unwrap(),
            "--format was jsonl, and now is conllu"
        );
    }
}
