//! The `moves` file: which actions a parser or a recogniser has, and in which order the network scores them.

use super::labels::LabelTable;
use crate::error::FormatError;
use crate::format::msgpack;
use crate::frozen::{Frozen, Walk};
use crate::nn::TransitionModel;
use serde_json::Value;
use std::collections::HashSet;

/// The kinds of move that a transition system numbers.
pub(crate) trait MoveKinds: Copy {
    /// The kind that the file calls `number`.
    fn from_number(number: usize) -> Option<Self>;

    /// Whether an action of this kind with this label exists at all: others are passed over as the file is read.
    fn is_usable(self, label: &str) -> bool;
}

/// One action: a kind of move, and the id of its label (0 where it has none).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Action<K> {
    pub(crate) kind: K,
    pub(crate) label: u64,
}

impl<K: Frozen> Frozen for Action<K> {
    fn visit(&self, walk: &mut Walk) {
        let Action { kind, label } = self;
        kind.visit(walk);
        label.visit(walk);
    }
}

/// Reads a `moves` file: MessagePack that holds, as JSON text, the frequencies of the labels of each kind of move.
///
/// The order is that of `initialize_actions` in `_parser_internals/transition_system.pyx`: kind by kind, in each the
/// labels from the most to the least frequent, equal ones from the last to the first in code point order. Labels
/// that were added after the network was made have negative frequencies. They come after all others, from the
/// earliest added (-1) down, a label with all of its kinds at once.
///
/// # Errors
/// If the file is not such MessagePack, has a kind that the transition system does not know, a label without a
/// number for its frequency, or no action at all.
pub(crate) fn read<K: MoveKinds>(
    bytes: &[u8],
    labels: &mut LabelTable,
) -> Result<Vec<Action<K>>, FormatError> {
    let file = msgpack::read(bytes)?;
    let json = file
        .require("moves")?
        .as_str()
        .ok_or_else(|| FormatError::new("\"moves\" is not text"))?;
    let json: Value = serde_json::from_str(json)
        .map_err(|error| FormatError::new(format!("\"moves\" is not JSON: {error}")))?;
    let Value::Object(kinds) = &json else {
        return Err(FormatError::new("\"moves\" is not a map of kinds of move"));
    };
    let mut kinds: Vec<(&String, &Value)> = kinds.iter().collect();
    kinds.sort_by_key(|(number, _)| *number);

    let mut actions = ActionList::new(labels);
    let mut added: Vec<(f64, &str)> = Vec::new();
    let mut added_kinds: Vec<(&str, usize)> = Vec::new();
    for (number, frequencies) in kinds {
        let kind = number
            .trim()
            .parse()
            .ok()
            .filter(|&kind| K::from_number(kind).is_some())
            .ok_or_else(|| FormatError::new(format!("\"moves\" has a kind of move {number:?}")))?;
        for (frequency, label) in by_frequency(number, frequencies)? {
            if frequency < 0.0 {
                added.push((frequency, label));
                added_kinds.push((label, kind));
            } else {
                actions.add(kind, label)?;
            }
        }
    }
    added.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(a.1)));
    // Stable: the kinds of one label stay in the order in which they came.
    added_kinds.sort_by_key(|(label, _)| *label);
    let mut done = HashSet::new();
    for (_, label) in added {
        if !done.insert(label) {
            // All of its kinds came where the first did.
            continue;
        }
        let from = added_kinds.partition_point(|(other, _)| *other < label);
        for (_, kind) in added_kinds[from..].iter().take_while(|(l, _)| *l == label) {
            actions.add(*kind, label)?;
        }
    }
    if actions.list.is_empty() {
        return Err(FormatError::new("\"moves\" has no action"));
    }
    Ok(actions.list)
}

/// Refuses a network that does not score each of `actions` moves, or scores more: a move that it was never taught would
/// be chosen by chance.
pub(crate) fn check_count(actions: usize, model: &TransitionModel) -> Result<(), FormatError> {
    if actions == model.classes() {
        return Ok(());
    }
    Err(FormatError::new(format!(
        "\"moves\" has {actions} moves, where the model scores {}",
        model.classes()
    )))
}

fn by_frequency<'a>(
    number: &str,
    frequencies: &'a Value,
) -> Result<Vec<(f64, &'a str)>, FormatError> {
    let Value::Object(frequencies) = frequencies else {
        return Err(FormatError::new(format!(
            "\"moves\": kind {number:?} is not a map of labels"
        )));
    };
    let mut sorted = frequencies
        .iter()
        .map(|(label, frequency)| match frequency.as_f64() {
            Some(frequency) => Ok((frequency, label.as_str())),
            None => Err(FormatError::new(format!(
                "\"moves\": kind {number:?} has no frequency for label {label:?}"
            ))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(a.1)));
    Ok(sorted)
}

/// Actions in the order they were added, each once.
struct ActionList<'a, K> {
    list: Vec<Action<K>>,
    seen: HashSet<(usize, u64)>,
    labels: &'a mut LabelTable,
}

impl<'a, K: MoveKinds> ActionList<'a, K> {
    fn new(labels: &'a mut LabelTable) -> Self {
        ActionList {
            list: Vec::new(),
            seen: HashSet::new(),
            labels,
        }
    }

    fn add(&mut self, number: usize, label: &str) -> Result<(), FormatError> {
        let Some(kind) = K::from_number(number).filter(|kind| kind.is_usable(label)) else {
            return Ok(());
        };
        let id = self.labels.add(label);
        match self.labels.get(id) {
            Some(other) if other != label => {
                return Err(FormatError::new(format!(
                    "\"moves\" has the labels {other:?} and {label:?}, which have the same id, {id}: rename one"
                )));
            }
            _ => {}
        }
        if self.seen.insert((number, id)) {
            self.list.push(Action { kind, label: id });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::arc_eager::Move;
    use super::super::walks_tests::moves_file;
    use super::*;
    use serde_json::json;

    fn names(moves: &Value) -> Vec<(Move, String)> {
        let mut labels = LabelTable::default();
        let actions = read::<Move>(&moves_file(moves), &mut labels).unwrap();
        let name = |a: &Action<Move>| (a.kind, labels.get(a.label).unwrap().to_owned());
        actions.iter().map(name).collect()
    }

    fn refusal(moves: &Value) -> String {
        let refused = read::<Move>(&moves_file(moves), &mut LabelTable::default());
        refused.unwrap_err().to_string()
    }

    #[test]
    fn labels_come_by_frequency_then_from_the_last_in_code_point_order() {
        let moves = json!({"3": {"b": 1, "a": 7, "é": 1, "Z": 1}, "0": {"": 1}});
        let labels: Vec<String> = names(&moves).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["", "a", "é", "b", "Z"]);
    }

    #[test]
    fn labels_that_were_added_come_last_with_all_their_kinds() {
        let moves = json!({"2": {"new": -1, "old": 3, "newer": -2}, "3": {"newer": -4, "new": -3}});
        let expected = [
            (Move::Left, "old"),
            (Move::Left, "new"),
            (Move::Right, "new"),
            (Move::Left, "newer"),
            (Move::Right, "newer"),
        ];
        assert_eq!(
            names(&moves),
            expected.map(|(kind, l)| (kind, l.to_owned()))
        );
    }

    #[test]
    fn an_added_label_under_many_spellings_of_a_kind_is_one_action() {
        // White space counts for nothing, so there are as many spellings as anybody likes to write.
        let spelling = |n: u32| -> String {
            let space = |bit: u32| if (n >> bit) & 1 == 0 { ' ' } else { '\t' };
            (0..15_u32).map(space).chain(['2']).collect()
        };
        let kinds: serde_json::Map<String, Value> = (0..1 << 15)
            .map(|n| (spelling(n), json!({"x": -1})))
            .collect();
        let json = Value::Object(kinds).to_string();
        let mut file = b"\x81\xa5moves\xdb".to_vec();
        file.extend((json.len() as u32).to_be_bytes());
        file.extend(json.bytes());
        let actions = read::<Move>(&file, &mut LabelTable::default()).unwrap();
        assert_eq!(actions.len(), 1);
    }

    #[test]
    fn moves_that_spacy_does_not_write_are_refused_by_name() {
        assert!(refusal(&json!({"5": {"": 1}})).contains("kind of move \"5\""));
        assert!(refusal(&json!({"x": {"": 1}})).contains("kind of move \"x\""));
        assert!(refusal(&json!({"2": {"det": "often"}})).contains("label \"det\""));
        assert!(refusal(&json!({"2": ["det"]})).contains("kind \"2\""));
        assert!(refusal(&json!([])).contains("not a map"));
        assert!(refusal(&json!({"2": {}})).contains("no action"));
    }
}
