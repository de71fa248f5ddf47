//! Concludes from the eight cells: sentences that say what each of the three does to memory.

use super::summary::{Cell, FactorialVerdict};
use crate::child::zones::orders::{Memory, Words, ZoneMode};
use crate::commands::zones::summary::Check;
use crate::commands::zones::verdict::{checks, grown_stores};
use crate::workload::Zones;
use harness_judge::sentence::{list, sentence_of};
use harness_model::Outcome;
use harness_model::units::{bytes, figure, words};

/// Concludes.
pub(crate) fn judge(cells: &[Cell], interrupted: bool) -> FactorialVerdict {
    let failed: Vec<Check> = cells.iter().flat_map(failed).collect();
    let doubts = doubts(cells, interrupted);
    let outcome = match (interrupted, failed.is_empty(), doubts.is_empty()) {
        (false, false, _) => Outcome::Leak,
        (false, true, true) => Outcome::Pass,
        _ => Outcome::Inconclusive,
    };
    let mut clauses = Vec::new();
    if outcome == Outcome::Inconclusive {
        clauses.push(format!("inconclusive, because {}", doubts.join(", and ")));
    }
    clauses.extend(failed.iter().map(|check| check.message.clone()));
    if doubts.is_empty() {
        clauses.extend(in_short(cells));
    }
    FactorialVerdict {
        outcome,
        exit_code: outcome.exit_code(),
        sentence: sentence_of(&clauses),
        statements: statements(cells),
        failed,
    }
}

/// What does not hold in a cell. The resident set has no budget here: it is one of the things that are compared.
fn failed(cell: &Cell) -> Vec<Check> {
    let zones = match cell.zones {
        Zones::On => ZoneMode::PerBatch,
        Zones::Off => ZoneMode::Off,
    };
    let failed = checks(&cell.run, zones, None)
        .into_iter()
        .filter(|check| !check.holds);
    failed
        .map(|check| Check {
            message: format!("{}: {}", cell.phrase(), check.message),
            ..check
        })
        .collect()
}

fn doubts(cells: &[Cell], interrupted: bool) -> Vec<String> {
    let mut doubts = Vec::new();
    if interrupted {
        doubts.push("the job was stopped before its end".to_owned());
    }
    for cell in cells {
        if let Some(failure) = cell.run.failure.as_ref().filter(|_| !interrupted) {
            doubts.push(format!(
                "the process of the run {} {failure}",
                cell.phrase()
            ));
        }
        if cell.run.growth.words == 0 && cell.run.completed {
            doubts.push(format!(
                "the run {} has one block, and nothing to be compared with",
                cell.phrase()
            ));
        }
    }
    doubts
}

/// The cell with these settings.
fn find(cells: &[Cell], zones: Zones, words: Words, memory: Memory) -> Option<&Cell> {
    cells
        .iter()
        .find(|cell| (cell.zones, cell.words, cell.memory) == (zones, words, memory))
}

/// The conclusion, for when all cells are there.
fn in_short(cells: &[Cell]) -> Option<String> {
    let grows = |cell: &&Cell| cell.run.growth.live_bytes > 0;
    let grown: Vec<&Cell> = cells.iter().filter(grows).collect();
    let only_where_expected = |cell: &&Cell| (cell.zones, cell.words) == (Zones::Off, Words::Novel);
    let off = find(cells, Zones::Off, Words::Novel, Memory::Kept)?;
    if grown.is_empty() {
        return Some("memory grows in none of the eight runs".to_owned());
    }
    if !grown.iter().all(only_where_expected) {
        let where_to: Vec<String> = grown
            .iter()
            .map(|cell| format!("({})", cell.phrase()))
            .collect();
        return Some(format!("memory grows {}", list(&where_to)));
    }
    Some(format!(
        "memory grows only where words are new and no zone closes over them, by {} bytes a new word; with zones it is \
         flat to the byte; giving free pages back changes what is resident, not what is live",
        figure(off.run.growth.bytes_per_word)
    ))
}

/// A sentence for each of the three, from the cells that are there.
fn statements(cells: &[Cell]) -> Vec<String> {
    let statements = [
        new_words(cells),
        same_texts(cells),
        zones(cells),
        returning(cells),
    ];
    statements.into_iter().flatten().collect()
}

/// What grows, by how much a word and a document.
fn new_words(cells: &[Cell]) -> Option<String> {
    let run = &find(cells, Zones::Off, Words::Novel, Memory::Kept)?.run;
    let growth = &run.growth;
    if growth.live_bytes <= 0 {
        return Some("Without zones new words do not make memory grow.".to_owned());
    }
    let stores: Vec<String> = grown_stores(run)
        .iter()
        .filter(|store| store.bytes_per_word > growth.bytes_per_word / 100.0)
        .map(|store| format!("{} by {}", words(&store.name), figure(store.bytes_per_word)))
        .collect();
    Some(format!(
        "Without zones memory grows by {} bytes for each new word and {} for each document. By the stores' own account, \
         for each new word: {}.",
        figure(growth.bytes_per_word),
        bytes(growth.bytes_per_document),
        list(&stores),
    ))
}

/// Whether texts that were seen before make anything grow.
fn same_texts(cells: &[Cell]) -> Option<String> {
    let off = &find(cells, Zones::Off, Words::Repeated, Memory::Kept)?
        .run
        .growth;
    let on = &find(cells, Zones::On, Words::Repeated, Memory::Kept)?
        .run
        .growth;
    Some(match (off.live_bytes, on.live_bytes) {
        (0, 0) => "On the same texts again and again nothing grows, without zones or with them: 0 bytes a document.".to_owned(),
        _ => format!(
            "On the same texts again and again memory gains {} bytes a document without zones and {} with them.",
            figure(off.bytes_per_document),
            figure(on.bytes_per_document)
        ),
    })
}

/// What a zone saves, and what it holds meanwhile.
fn zones(cells: &[Cell]) -> Option<String> {
    let off = &find(cells, Zones::Off, Words::Novel, Memory::Kept)?.run;
    let on = &find(cells, Zones::On, Words::Novel, Memory::Kept)?.run;
    let saved = off.growth.live_bytes - on.growth.live_bytes;
    Some(format!(
        "With zones memory gains {} bytes a new word: a zone saves {} bytes a new word, {} over this run, and holds {} \
         of words and caches before it closes.",
        figure(on.growth.bytes_per_word),
        figure(off.growth.bytes_per_word - on.growth.bytes_per_word),
        bytes(saved as f64),
        bytes(on.zone_bytes.last as f64),
    ))
}

/// What giving memory back changes: the resident set, against what is live.
fn returning(cells: &[Cell]) -> Option<String> {
    let mut resident = Vec::new();
    let mut live = Vec::new();
    for zones in [Zones::Off, Zones::On] {
        let kept = &find(cells, zones, Words::Novel, Memory::Kept)?.run;
        let returned = &find(cells, zones, Words::Novel, Memory::Returned)?.run;
        resident.push(format!(
            "to {} instead of {} {}",
            bytes(returned.rss?.last as f64),
            bytes(kept.rss?.last as f64),
            zones.phrase(),
        ));
        let (kept, returned) = (kept.growth.live_bytes, returned.growth.live_bytes);
        live.push(if kept == returned {
            format!("the same {} {}", bytes(kept as f64), zones.phrase())
        } else {
            format!(
                "{} instead of {} {}",
                bytes(returned as f64),
                bytes(kept as f64),
                zones.phrase()
            )
        });
    }
    Some(format!(
        "Where free pages are given back, resident memory comes {}; live memory gains {}.",
        resident.join(" and "),
        live.join(" and ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::zones::reduce::reduce;
    use crate::commands::zones::tests::flat;
    use crate::engine::process::End;

    /// The eight cells: live memory gains so many bytes a word in each.
    fn cells(gains: impl Fn(Zones, Words) -> u64) -> Vec<Cell> {
        let mut cells = Vec::new();
        for words in [Words::Novel, Words::Repeated] {
            for memory in [Memory::Kept, Memory::Returned] {
                for zones in [Zones::Off, Zones::On] {
                    let mut samples = flat();
                    for sample in &mut samples {
                        let gained = gains(zones, words) * sample.words;
                        sample.live_bytes += gained;
                        sample.stores[0].bytes += gained;
                    }
                    let run = reduce(&samples, 10_000, 1, zones == Zones::On, &End::Done).unwrap();
                    cells.push(Cell {
                        zones,
                        words,
                        memory,
                        run,
                    });
                }
            }
        }
        cells
    }

    #[test]
    fn growth_on_new_words_without_zones_alone_passes_and_is_told_store_by_store() {
        let grows = |zones, words| 100 * u64::from((zones, words) == (Zones::Off, Words::Novel));
        let verdict = judge(&cells(grows), false);
        assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Pass, 0));
        let expected = "Memory grows only where words are new and no zone closes over them, by 100 bytes a new word";
        assert!(
            verdict.sentence.starts_with(expected),
            "{}",
            verdict.sentence
        );
        let [new_words, same_texts, zones, returning] = &verdict.statements[..] else {
            panic!("four statements")
        };
        assert!(new_words.contains("strings by 100"), "{new_words}");
        assert!(same_texts.contains("nothing grows"), "{same_texts}");
        assert!(zones.contains("saves 100 bytes a new word"), "{zones}");
        assert!(
            returning.contains("live memory gains the same"),
            "{returning}"
        );
    }

    #[test]
    fn growth_with_zones_fails_and_names_the_cell() {
        let verdict = judge(&cells(|zones, _| u64::from(zones == Zones::On)), false);
        assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Leak, 1));
        assert_eq!(verdict.failed.len(), 4);
        let cell = "with zones, the same texts, free pages kept: live memory grows";
        assert!(
            verdict
                .failed
                .iter()
                .any(|check| check.message.starts_with(cell))
        );
    }

    #[test]
    fn a_job_that_was_stopped_is_inconclusive_and_says_what_its_cells_say() {
        let verdict = judge(&cells(|_, _| 0)[..3], true);
        assert_eq!(
            (verdict.outcome, verdict.exit_code),
            (Outcome::Inconclusive, 3)
        );
        assert!(verdict.sentence.contains("stopped"), "{}", verdict.sentence);
        assert!(!verdict.statements.is_empty());
    }
}
