//! Looks at all processes of a command at one moment, and says what is new.
//!
//! Looking takes time of a processor that the program might want, so that each part has a share: finding new processes and
//! adding up what pages are shared take a hundredth of the time each, all of it together a thirtieth.

use super::heaps::Heaps;
use super::pace::{Pace, spent};
use super::sites::Top;
use super::tree::{Root, Tree};
use crate::probe::nvml::Nvml;
use crate::probe::process::{self, Stat};
use harness_model::record::{
    RecordFigures, RecordLine, RecordNote, RecordProcess, RecordProcessFigures, RecordSample,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// Of the time, what all of it may take: one part in so many.
const PART: u32 = 30;
/// The same of what is dear.
const DEAR_PART: u32 = 100;
/// How often shared pages are added up at the most.
const SHARING: Duration = Duration::from_millis(500);
/// How often it is looked for whether any process is left, once the command's own has ended.
const LEAVING: Duration = Duration::from_millis(40);
/// After so many samples there are half as many: a recording of a week has some hundred thousand, and not millions.
const SAMPLES_AT_ONE_PACE: u64 = 36_000;
/// Command lines longer than this are cut.
const LONGEST_COMMAND: usize = 400;

/// Memory of graphics processors.
struct Gpus {
    nvml: Nvml,
    pace: Pace,
    /// Processes that had some: from then on none is none, and before it is not known.
    seen: BTreeSet<u32>,
}

impl Gpus {
    fn look(&mut self, each: &mut [RecordProcessFigures]) {
        let (begun, before) = (Instant::now(), spent());
        if !self.pace.is_due(begun) {
            return;
        }
        let bytes = self.nvml.by_process();
        for one in each {
            let known = bytes.get(&one.pid).copied();
            if known.is_some() {
                self.seen.insert(one.pid);
            }
            let none = self.seen.contains(&one.pid).then_some(0);
            one.figures.gpu_bytes = known.or(none);
        }
        self.pace.done(begun, Instant::now(), spent() - before);
    }
}

/// Looks at a command again and again.
pub(super) struct Sampler {
    begun: Instant,
    tree: Tree,
    /// Children of the harness that have ended and that somebody has to wait for.
    ended: Vec<u32>,
    pace: Pace,
    finding: Pace,
    sharing: Pace,
    heaps: Option<Heaps>,
    gpus: Option<Gpus>,
    /// What was said of each process.
    told: BTreeMap<u32, (u64, String)>,
    refused: BTreeSet<u32>,
    samples: u64,
    /// When it is looked for whether any process is left, and how many were the last time.
    leaving: (Pace, usize),
}

impl Sampler {
    /// One that begins now.
    pub(super) fn new(root: Root, interval: Duration, records: Option<&Path>) -> Sampler {
        Sampler {
            begun: Instant::now(),
            tree: Tree::new(root),
            ended: Vec::new(),
            pace: Pace::new(interval, PART),
            finding: Pace::new(interval, DEAR_PART),
            sharing: Pace::new(interval.max(SHARING), DEAR_PART),
            heaps: records.map(|records| Heaps::new(records, interval)),
            gpus: Nvml::load().map(|nvml| Gpus {
                nvml,
                pace: Pace::new(interval.max(SHARING), DEAR_PART),
                seen: BTreeSet::new(),
            }),
            told: BTreeMap::new(),
            refused: BTreeSet::new(),
            samples: 0,
            leaving: (Pace::new(LEAVING, DEAR_PART), usize::MAX),
        }
    }

    /// Seconds since it began, to the millisecond.
    pub(super) fn seconds(&self) -> f64 {
        (self.begun.elapsed().as_secs_f64() * 1e3).round() / 1e3
    }

    /// Whether it is time for a sample.
    pub(super) fn is_due(&self) -> bool {
        self.pace.is_due(Instant::now())
    }

    /// How long until it is.
    pub(super) fn wait(&self) -> Duration {
        self.pace.wait(Instant::now())
    }

    /// Children of the harness that ended since the last call: processes of the command whose parents ended before them.
    pub(super) fn take_ended(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.ended)
    }

    /// The processes of the command that live: looks for all of them, whatever that takes.
    pub(super) fn living(&mut self) -> Vec<u32> {
        self.find().iter().map(|one| one.pid).collect()
    }

    /// How many processes of the command live, as far as that was looked for lately.
    pub(super) fn left(&mut self) -> usize {
        let (begun, before) = (Instant::now(), spent());
        if self.leaving.0.is_due(begun) {
            self.leaving.1 = self.find().len();
            self.leaving.0.done(begun, Instant::now(), spent() - before);
        }
        self.leaving.1
    }

    /// Takes a sample. The lines that it makes: the sample last, and none where no process lives.
    pub(super) fn sample(&mut self, marks: u64) -> Vec<RecordLine> {
        let (begun, before) = (Instant::now(), spent());
        let seconds = self.seconds();
        let mut lines = Vec::new();
        let finds = self.finding.is_due(begun);
        let seen = match finds {
            true => self.find(),
            false => self.tree.look_at(),
        };
        self.tell(&seen, finds, seconds, &mut lines);
        if finds {
            self.finding.done(begun, Instant::now(), spent() - before);
        }
        let mut each: Vec<RecordProcessFigures> = seen
            .iter()
            .filter_map(|one| Some((one, process::memory(one.pid)?)))
            .map(|(one, memory)| RecordProcessFigures {
                pid: one.pid,
                figures: RecordFigures {
                    resident_bytes: Some(memory.resident),
                    anonymous_bytes: Some(memory.anonymous),
                    threads: Some(one.threads),
                    ..RecordFigures::default()
                },
            })
            .collect();
        self.dear(&mut each, &mut lines);
        // Where nothing lives any more the last that was held stands.
        if let Some(heaps) = self.heaps.as_mut().filter(|_| !each.is_empty()) {
            heaps.look(&mut each, seconds);
            heaps.leave_out(&mut each);
        }
        if let Some(gpus) = &mut self.gpus {
            gpus.look(&mut each);
        }
        if !each.is_empty() {
            let mut total = RecordFigures::default();
            each.iter().for_each(|one| total.add(&one.figures));
            lines.push(RecordLine::Sample(RecordSample {
                seconds,
                marks,
                processes: each.len() as u64,
                total,
                each,
            }));
            self.samples += 1;
        }
        self.pace.done(begun, Instant::now(), spent() - before);
        if self.samples.is_multiple_of(SAMPLES_AT_ONE_PACE) && self.samples > 0 {
            self.pace.slow_down();
        }
        lines
    }

    /// What the records tell of call sites, once it is over.
    pub(super) fn sites(&self) -> (Vec<RecordLine>, Option<String>) {
        match &self.heaps {
            Some(heaps) => heaps.lines(),
            None => (Vec::new(), None),
        }
    }

    /// The call sites that gained the most in the last minute.
    pub(super) fn gaining(&self, most: usize) -> Vec<Top> {
        self.heaps
            .as_ref()
            .map_or_else(Vec::new, |heaps| heaps.gaining(most))
    }

    fn find(&mut self) -> Vec<Stat> {
        let living = self.tree.look_for();
        self.ended.extend(self.tree.take_ended());
        living
    }

    /// Says which processes are new, or have become other programs.
    fn tell(&mut self, seen: &[Stat], again: bool, seconds: f64, lines: &mut Vec<RecordLine>) {
        for one in seen {
            let known = self.told.get(&one.pid);
            let is_same = known.is_some_and(|(begun, _)| *begun == one.begun);
            if is_same && !again {
                continue;
            }
            let command = shortened(process::command_line(one.pid).join(" "));
            let is_known = is_same && known.is_some_and(|(_, told)| *told == command);
            if is_known || command.is_empty() {
                continue;
            }
            lines.push(RecordLine::Process(RecordProcess {
                seconds,
                pid: one.pid,
                parent: one.parent,
                command: command.clone(),
            }));
            self.told.insert(one.pid, (one.begun, command));
        }
    }

    /// What not everybody may know, or takes long to know.
    fn dear(&mut self, each: &mut [RecordProcessFigures], lines: &mut Vec<RecordLine>) {
        let (begun, before) = (Instant::now(), spent());
        let shares = self.sharing.is_due(begun);
        for one in each.iter_mut() {
            let (pid, figures) = (one.pid, &mut one.figures);
            match process::descriptors(pid) {
                Ok(count) => figures.descriptors = Some(count),
                Err(error) => self.refuse(pid, &error, lines),
            }
            if !shares {
                continue;
            }
            match process::sharing(pid) {
                Ok(sharing) => {
                    figures.proportional_bytes = Some(sharing.proportional);
                    figures.unique_bytes = Some(sharing.unique);
                    figures.shared_bytes = Some(sharing.shared);
                }
                Err(error) => self.refuse(pid, &error, lines),
            }
        }
        if shares {
            self.sharing.done(begun, Instant::now(), spent() - before);
        }
    }

    /// Says once of a process that it is another user's; one that has ended meanwhile is no trouble.
    fn refuse(&mut self, pid: u32, error: &io::Error, lines: &mut Vec<RecordLine>) {
        if error.kind() == io::ErrorKind::PermissionDenied && self.refused.insert(pid) {
            let whose = match process::user(pid) {
                Some(0) => " (root)".to_owned(),
                Some(user) => format!(" (number {user})"),
                None => String::new(),
            };
            lines.push(RecordLine::Note(RecordNote {
                text: format!(
                    "Process {pid} belongs to another user{whose}: its PSS, its USS and perhaps its descriptors cannot be read. \
                     Run the harness as that user, or as root."
                ),
            }));
        }
    }
}

fn shortened(mut command: String) -> String {
    if command.len() > LONGEST_COMMAND {
        let end = (0..=LONGEST_COMMAND)
            .rev()
            .find(|at| command.is_char_boundary(*at));
        command.truncate(end.unwrap_or(0));
        command.push('\u{2026}');
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_is_told_once_and_its_figures_are_those_of_the_kernel() {
        let mut child = Command::new("sleep")
            .arg("100")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let interval = Duration::from_millis(1);
        let mut sampler = Sampler::new(Root::Process(child.id()), interval, None);
        let told = |lines: &[RecordLine]| {
            let is_process = |line: &&RecordLine| matches!(line, RecordLine::Process(_));
            lines.iter().filter(is_process).count()
        };
        let first = sampler.sample(0);
        let Some(RecordLine::Sample(sample)) = first.last() else {
            panic!("{first:?}")
        };
        assert_eq!((sample.processes, sample.each[0].pid), (1, child.id()));
        assert_eq!(sample.total, sample.each[0].figures);
        assert!(sample.total.resident_bytes > Some(0) && sample.total.unique_bytes > Some(0));
        assert_eq!(sample.total.threads, Some(1));
        // Between fork and exec it may have been seen by another name.
        std::thread::sleep(Duration::from_millis(200));
        sampler.sample(0);
        assert_eq!(told(&first), 1);
        assert_eq!(told(&sampler.sample(0)), 0);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(sampler.sample(0), []);
        assert!(sampler.living().is_empty());
    }

    #[test]
    fn a_command_line_of_a_megabyte_is_cut_between_letters() {
        let long = shortened("\u{e4}".repeat(500_000));
        assert!(long.len() <= LONGEST_COMMAND + 3 && long.ends_with('\u{2026}'));
        assert_eq!(shortened("a b".to_owned()), "a b");
    }
}
