//! Names call sites in a thread of its own.

use super::super::sites::Top;
use crate::commands::run::Gatherer;
use crate::recording::{self, Kind, StackId};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Names that are kept; more sites than these do not come to the top of a chart.
const MOST_NAMES: usize = 1_000;

/// Which call site: its record and its place there.
type Key = (PathBuf, usize);

/// What is to be named.
struct Wanted {
    key: Key,
    kind: Kind,
    stack: StackId,
}

/// Names call sites as they come up.
pub(super) struct Namer {
    wanted: Sender<Wanted>,
    named: Receiver<(Key, String)>,
    names: HashMap<Key, Option<String>>,
}

/// A call site as the chart shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Its place; none where it has not been named yet.
    pub place: Option<String>,
    /// Bytes that it holds.
    pub bytes: u64,
    /// Bytes that it gained in the last minute.
    pub gained: i128,
}

impl Namer {
    /// Starts the thread, which ends when this is gone.
    pub(super) fn new() -> Namer {
        let (wanted, asked) = channel::<Wanted>();
        let (answer, named) = channel();
        std::thread::spawn(move || {
            let mut gatherer = Gatherer::new();
            for Wanted { key, kind, stack } in asked {
                // The record has more stacks than when it was read before.
                let place = match recording::read(&key.0) {
                    Ok(recording) => gatherer.name(&recording, stack, kind).0.to_string(),
                    Err(_) => continue,
                };
                if answer.send((key, place)).is_err() {
                    return;
                }
            }
        });
        Namer {
            wanted,
            named,
            names: HashMap::new(),
        }
    }

    /// These sites with their names, as far as they are known by now; the others are asked for.
    pub(super) fn names(&mut self, sites: &[Top]) -> Vec<Named> {
        while let Ok((key, place)) = self.named.try_recv() {
            self.names.insert(key, Some(place));
        }
        sites
            .iter()
            .map(|site| {
                let key = (site.record.clone(), site.number);
                if !self.names.contains_key(&key) && self.names.len() < MOST_NAMES {
                    self.names.insert(key.clone(), None);
                    // A thread that has ended names nothing more.
                    let _ = self.wanted.send(Wanted {
                        key: key.clone(),
                        kind: site.kind,
                        stack: site.stack,
                    });
                }
                Named {
                    place: self.names.get(&key).cloned().flatten(),
                    bytes: site.now.bytes,
                    gained: site.gained,
                }
            })
            .collect()
    }
}
