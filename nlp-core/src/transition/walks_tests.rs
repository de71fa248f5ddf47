//! spaCy's own walks and trees (`tools/transition_walks.py`), replayed.

use super::arc_eager::{self, ArcEager};
use super::biluo::{self, Biluo, EntityState, NerInput};
use super::labels::LabelTable;
use super::moves::{self, Action};
use super::nonproj::Decorations;
use super::parser;
use super::recognizer::{self, Entities};
use super::state::ParseState;
use super::system::{State, TransitionSystem};
use super::tree::Tree;
use crate::symbols::string_id;
use serde_json::{Value, json};

fn golden() -> Value {
    serde_json::from_str(include_str!("testdata/walks.json")).unwrap()
}

/// The bytes of a `moves` file over this JSON: a map of one text of at most 64 KiB.
pub(super) fn moves_file(moves: &Value) -> Vec<u8> {
    let json = moves.to_string();
    let mut bytes = vec![0x81, 0xa5];
    bytes.extend(b"moves");
    bytes.push(0xda);
    bytes.extend(u16::try_from(json.len()).unwrap().to_be_bytes());
    bytes.extend(json.as_bytes());
    bytes
}

fn list<T: TryFrom<i64>>(value: &Value) -> Vec<T> {
    let number = |item: &Value| T::try_from(item.as_i64().unwrap()).ok().unwrap();
    value.as_array().unwrap().iter().map(number).collect()
}

fn flags(value: &Value) -> Vec<bool> {
    let flag = |item: &Value| item.as_bool().unwrap();
    value.as_array().unwrap().iter().map(flag).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    let text = |item| Value::as_str(item).unwrap();
    value.as_array().unwrap().iter().map(text).collect()
}

fn ids(labels: &Value) -> Vec<u64> {
    texts(labels).into_iter().map(string_id).collect()
}

/// Checks that the actions of a walk come in spaCy's order.
fn check_names<K: Copy + std::fmt::Debug>(
    actions: &[Action<K>],
    number: impl Fn(K) -> usize,
    walk: &Value,
) {
    let found: Vec<(usize, u64)> = actions.iter().map(|a| (number(a.kind), a.label)).collect();
    let name = |name: &Value| {
        let kind = name[0].as_u64().unwrap() as usize;
        (kind, string_id(name[1].as_str().unwrap()))
    };
    let expected: Vec<(usize, u64)> = walk["names"].as_array().unwrap().iter().map(name).collect();
    assert_eq!(found, expected, "the order of {}", walk["moves"]);
}

/// Takes the steps of a walk, and checks what each looks at and allows.
fn replay<S: State, T: TransitionSystem<S>>(system: &T, state: &mut S, walk: &Value) {
    for (at, step) in walk["steps"].as_array().unwrap().iter().enumerate() {
        let here = || format!("step {at} of {walk}");
        assert!(!state.is_final(), "{}", here());
        for expected in step[0].as_array().unwrap() {
            let expected: Vec<i32> = list(expected);
            let mut found = vec![7; expected.len()];
            state.context_tokens(&mut found);
            found.iter_mut().for_each(|id| *id = (*id).max(-1));
            assert_eq!(found, expected, "{} features, {}", found.len(), here());
        }
        let mut valid = vec![false; system.action_count()];
        system.set_valid(state, &mut valid);
        let valid: String = valid.iter().map(|v| if *v { '1' } else { '0' }).collect();
        assert_eq!(valid, step[1].as_str().unwrap(), "{}", here());
        match step[2].as_u64() {
            Some(action) => system.apply(state, action as usize),
            None => state.force_final(),
        }
    }
    assert!(state.is_final());
}

#[test]
fn the_parser_allows_and_does_what_spacys_does() {
    for walk in golden()["parser"].as_array().unwrap() {
        let actions =
            moves::read::<arc_eager::Move>(&moves_file(&walk["moves"]), &mut LabelTable::default());
        let actions = actions.unwrap();
        check_names(&actions, |kind| kind as usize, walk);
        let mut state = ParseState::new(&list::<i8>(&walk["sent_start"]));
        replay(&ArcEager::new(actions), &mut state, walk);
        let Some(after) = walk.get("after") else {
            continue;
        };
        let (mut heads, mut labels) = (vec![7], vec![7]);
        parser::attach(&state, None, string_id("ROOT"), (&mut heads, &mut labels));
        assert_eq!(heads, list::<u32>(&after["heads"]));
        assert_eq!(labels, ids(&after["labels"]));
        let tree = Tree::new(&heads, &labels);
        assert_eq!(tree.sent_start, list::<i8>(&after["sent_start"]));
    }
}

#[test]
fn the_recogniser_allows_and_does_what_spacys_does() {
    for walk in golden()["ner"].as_array().unwrap() {
        let actions =
            moves::read::<biluo::Move>(&moves_file(&walk["moves"]), &mut LabelTable::default());
        let actions = actions.unwrap();
        check_names(&actions, |kind| kind as usize, walk);
        let input = NerInput {
            is_space: &flags(&walk["is_space"]),
            sent_start: &list::<i8>(&walk["sent_start"]),
            ent_iob: &list::<u8>(&walk["before"]["iob"]),
            ent_type: &ids(&walk["before"]["type"]),
        };
        let mut state = EntityState::new(input);
        replay(&Biluo::new(actions), &mut state, walk);
        if let Some(after) = walk.get("after") {
            let mut entities = Entities::default();
            recognizer::annotate(state.entities(), &input, &mut entities);
            assert_eq!(entities.iob, list::<u8>(&after["iob"]), "{walk}");
            assert_eq!(entities.types, ids(&after["type"]), "{walk}");
        }
    }
}

fn shape(tree: &Tree) -> Value {
    json!({
        "left_kids": tree.left_kids, "right_kids": tree.right_kids,
        "left_edge": tree.left_edge, "right_edge": tree.right_edge,
        "sent_start": tree.sent_start,
    })
}

fn check_shape(tree: &Tree, expected: &Value) {
    for (field, found) in shape(tree).as_object().unwrap() {
        assert_eq!(*found, expected[field], "{field} of {expected}");
    }
}

#[test]
fn trees_have_the_shape_that_spacy_finds() {
    for tree in golden()["trees"].as_array().unwrap() {
        for when in ["before", "after"] {
            let heads: Vec<u32> = list(&tree[when]["heads"]);
            check_shape(&Tree::new(&heads, &ids(&tree[when]["labels"])), &tree[when]);
        }
    }
}

#[test]
fn decorated_arcs_move_where_spacy_moves_them() {
    for tree in golden()["trees"].as_array().unwrap() {
        let mut table = LabelTable::default();
        for label in texts(&tree["before"]["labels"]) {
            table.add(label);
        }
        let mut heads: Vec<u32> = list(&tree["before"]["heads"]);
        let mut labels = ids(&tree["before"]["labels"]);
        let before = Tree::new(&heads, &labels);
        let is_space = flags(&tree["is_space"]);
        let decorations = Decorations::find(&mut table);
        let any = decorations.resolve(&mut heads, &mut labels, &is_space, &before);
        assert_eq!(heads, list::<u32>(&tree["after"]["heads"]), "{tree}");
        assert_eq!(labels, ids(&tree["after"]["labels"]), "{tree}");
        assert!(any || tree["before"] == tree["after"]);
        for label in texts(&tree["after"]["labels"]) {
            assert_eq!(table.get(string_id(label)), Some(label));
        }
    }
}
