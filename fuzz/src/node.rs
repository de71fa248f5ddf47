//! JSON and MessagePack as one kind of tree, edited and written again.

use nlp_core::format::msgpack;
use serde_json::Value;

use crate::pieces::{FLOATS, INTS, STRINGS};
use crate::{Unstructured, edit_bytes, one_of, pick};

/// A value of either format.
#[derive(Clone, Debug)]
pub enum Node {
    Nil,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Str(String),
    Bin(Vec<u8>),
    Array(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// A part that is copied somewhere else has no more nodes than this, or inputs would double and double.
const LARGEST_COPY: usize = 200;

impl Node {
    pub fn of_json(value: &Value) -> Node {
        match value {
            Value::Null => Node::Nil,
            Value::Bool(is) => Node::Bool(*is),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(int), _) => Node::Int(int),
                (_, Some(int)) => Node::UInt(int),
                _ => Node::Float(number.as_f64().unwrap_or(0.0)),
            },
            Value::String(text) => Node::Str(text.clone()),
            Value::Array(items) => Node::Array(items.iter().map(Node::of_json).collect()),
            Value::Object(map) => {
                let entry = |(key, value): (&String, &Value)| {
                    (Node::Str(key.clone()), Node::of_json(value))
                };
                Node::Map(map.iter().map(entry).collect())
            }
        }
    }

    pub fn of_msgpack(value: &msgpack::Value<'_>) -> Node {
        match value {
            msgpack::Value::Nil => Node::Nil,
            msgpack::Value::Bool(is) => Node::Bool(*is),
            msgpack::Value::Int(int) => Node::Int(*int),
            msgpack::Value::UInt(int) => Node::UInt(*int),
            msgpack::Value::Float(number) => Node::Float(*number),
            msgpack::Value::Str(text) => Node::Str((*text).to_owned()),
            msgpack::Value::Bin(bytes) | msgpack::Value::Ext(_, bytes) => Node::Bin(bytes.to_vec()),
            msgpack::Value::Array(items) => {
                Node::Array(items.iter().map(Node::of_msgpack).collect())
            }
            msgpack::Value::Map(entries) => {
                let entry =
                    |(key, value): &(_, _)| (Node::of_msgpack(key), Node::of_msgpack(value));
                Node::Map(entries.iter().map(entry).collect())
            }
        }
    }

    /// The same with at most `most` elements in every list: a smaller example of the same form.
    pub fn pruned(self, most: usize) -> Node {
        match self {
            Node::Array(items) => Node::Array(
                items
                    .into_iter()
                    .take(most)
                    .map(|item| item.pruned(most))
                    .collect(),
            ),
            Node::Map(entries) => Node::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, value.pruned(most)))
                    .collect(),
            ),
            other => other,
        }
    }

    /// JSON, also where it says what no map of JSON can: a key twice.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Node::Nil => out.push_str("null"),
            Node::Bool(is) => out.push_str(if *is { "true" } else { "false" }),
            Node::Int(int) => out.push_str(&int.to_string()),
            Node::UInt(int) => out.push_str(&int.to_string()),
            Node::Float(number) if number.is_finite() => out.push_str(&format!("{number:?}")),
            Node::Float(number) if number.is_nan() => out.push_str("null"),
            Node::Float(number) => out.push_str(if *number > 0.0 { "1e999" } else { "-1e999" }),
            Node::Str(text) => out.push_str(&Value::from(text.as_str()).to_string()),
            Node::Bin(bytes) => {
                out.push_str(&Value::from(String::from_utf8_lossy(bytes)).to_string())
            }
            Node::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    item.write_json(out);
                }
                out.push(']');
            }
            Node::Map(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    let key = match key {
                        Node::Str(text) => text.clone(),
                        other => other.to_json(),
                    };
                    out.push_str(&Value::from(key).to_string());
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
        }
    }

    /// MessagePack, every length in its widest form, which any reader has to take.
    pub fn to_msgpack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_msgpack(&mut out);
        out
    }

    fn write_msgpack(&self, out: &mut Vec<u8>) {
        let mut long = |tag: u8, length: usize| {
            out.push(tag);
            out.extend((length as u32).to_be_bytes());
        };
        match self {
            Node::Nil => out.push(0xc0),
            Node::Bool(is) => out.push(0xc2 + u8::from(*is)),
            Node::Int(int) => {
                out.push(0xd3);
                out.extend(int.to_be_bytes());
            }
            Node::UInt(int) => {
                out.push(0xcf);
                out.extend(int.to_be_bytes());
            }
            Node::Float(number) => {
                out.push(0xcb);
                out.extend(number.to_be_bytes());
            }
            Node::Str(text) => {
                long(0xdb, text.len());
                out.extend(text.as_bytes());
            }
            Node::Bin(bytes) => {
                long(0xc6, bytes.len());
                out.extend(bytes);
            }
            Node::Array(items) => {
                long(0xdd, items.len());
                items.iter().for_each(|item| item.write_msgpack(out));
            }
            Node::Map(entries) => {
                long(0xdf, entries.len());
                for (key, value) in entries {
                    key.write_msgpack(out);
                    value.write_msgpack(out);
                }
            }
        }
    }

    /// Changes one value somewhere in the tree.
    pub fn edit(&mut self, u: &mut Unstructured<'_>) {
        let copy = match pick(u, 4) {
            0 => self.clone().somewhere(u).clone(),
            _ => Node::Nil,
        };
        let copy = if copy.nodes() <= LARGEST_COPY {
            copy
        } else {
            Node::Nil
        };
        self.somewhere(u).change(copy, u);
    }

    /// A node on a way down that may end anywhere: what is near the root is as likely as all that is far.
    fn somewhere(&mut self, u: &mut Unstructured<'_>) -> &mut Node {
        let children = self.children();
        if children == 0 || pick(u, 6) == 0 {
            return self;
        }
        match self {
            Node::Array(items) => items[pick(u, children)].somewhere(u),
            Node::Map(entries) => {
                let (key, value) = &mut entries[pick(u, children)];
                // Keys are edited too, but not as often.
                if pick(u, 12) == 1 {
                    key.somewhere(u)
                } else {
                    value.somewhere(u)
                }
            }
            leaf => leaf,
        }
    }

    fn children(&self) -> usize {
        match self {
            Node::Array(items) => items.len(),
            Node::Map(entries) => entries.len(),
            _ => 0,
        }
    }

    fn nodes(&self) -> usize {
        1 + match self {
            Node::Array(items) => items.iter().map(Node::nodes).sum(),
            Node::Map(entries) => entries.iter().map(|(_, value)| 1 + value.nodes()).sum(),
            _ => 0,
        }
    }

    fn change(&mut self, copy: Node, u: &mut Unstructured<'_>) {
        if !matches!(copy, Node::Nil) {
            *self = copy;
            return;
        }
        if pick(u, 5) == 1 {
            *self = made_up(u);
            return;
        }
        match self {
            Node::Nil | Node::Bool(_) => *self = made_up(u),
            Node::Int(int) => *int = near(*int as i128, u) as i64,
            Node::UInt(int) => *int = near(i128::from(*int), u) as u64,
            Node::Float(number) => {
                *number = [*number * 2.0, -*number, *number / 3.0, *one_of(u, &FLOATS)][pick(u, 4)]
            }
            Node::Str(text) => edit_string(text, u),
            Node::Bin(bytes) => edit_bytes(bytes, u),
            Node::Array(items) => edit_list(items, u, made_up),
            Node::Map(entries) => edit_list(entries, u, |u| {
                (Node::Str((*one_of(u, STRINGS)).to_owned()), made_up(u))
            }),
        }
    }
}

fn edit_string(text: &mut String, u: &mut Unstructured<'_>) {
    // spaCy keeps JSON in strings of MessagePack, such as the moves of a parser.
    if text.starts_with(['{', '['])
        && pick(u, 8) != 1
        && let Ok(inner) = serde_json::from_str::<Value>(text)
    {
        let mut inner = Node::of_json(&inner);
        inner.edit(u);
        *text = inner.to_json();
        return;
    }
    let piece = one_of(u, STRINGS);
    let mut at = pick(u, text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    match pick(u, 4) {
        0 => text.insert_str(at, piece),
        1 => text.truncate(at),
        2 => *text = text.repeat(2 + pick(u, 3) * 40),
        _ => *text = (*piece).to_owned(),
    }
    text.truncate(text.floor_char_boundary(10_000));
}

fn edit_list<T: Clone>(
    items: &mut Vec<T>,
    u: &mut Unstructured<'_>,
    made_up: impl Fn(&mut Unstructured<'_>) -> T,
) {
    if items.is_empty() {
        items.push(made_up(u));
        return;
    }
    let (at, other) = (pick(u, items.len()), pick(u, items.len()));
    match pick(u, 6) {
        0 => drop(items.remove(at)),
        1 => items.swap(at, other),
        2 if items.len() < 5000 => items.insert(at, items[other].clone()),
        3 => items.insert(at, made_up(u)),
        4 => items.truncate(at),
        _ => items[at] = made_up(u),
    }
}

fn near(int: i128, u: &mut Unstructured<'_>) -> i128 {
    [
        int + 1,
        int - 1,
        int * 2,
        -int,
        i128::from(*one_of(u, &INTS)),
    ][pick(u, 5)]
}

fn made_up(u: &mut Unstructured<'_>) -> Node {
    match pick(u, 8) {
        0 => Node::Nil,
        1 => Node::Bool(u.arbitrary().unwrap_or(false)),
        2 => Node::Int(*one_of(u, &INTS)),
        3 => Node::UInt(u.arbitrary().unwrap_or(u64::MAX)),
        4 => Node::Float(*one_of(u, &FLOATS)),
        5 => [
            Node::Array(Vec::new()),
            Node::Map(Vec::new()),
            Node::Bin(Vec::new()),
        ][pick(u, 3)]
        .clone(),
        _ => Node::Str((*one_of(u, STRINGS)).to_owned()),
    }
}
