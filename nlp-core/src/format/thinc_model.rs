//! The file of a trained model, as thinc's `Model.to_bytes` writes it (`thinc/model.py`).
//!
//! It holds four lists of equal length, one entry a node of the model's tree in breadth-first order: `nodes` (names and
//! dimensions), `attrs` (settings, each MessagePack inside MessagePack), `params` (arrays) and `shims` (foreign
//! models). Which node is whose child is not in the file: it follows from the architecture in the configuration.

use super::array::{Array, Floats};
use super::msgpack::{self, Value};
use crate::error::FormatError;

/// The nodes of a model, in the order of the file.
pub struct ThincModel<'a> {
    nodes: Vec<Node<'a>>,
}

/// A layer of the model: its name, its settings and its trained numbers.
pub struct Node<'a> {
    index: usize,
    name: &'a str,
    attrs: Value<'a>,
    params: Value<'a>,
}

impl<'a> ThincModel<'a> {
    /// Reads a model's file.
    ///
    /// # Errors
    /// If the bytes are not MessagePack, the four lists are missing or of different lengths, or a node has shims
    /// (models of other frameworks).
    pub fn read(bytes: &'a [u8]) -> Result<ThincModel<'a>, FormatError> {
        let mut file = msgpack::read(bytes)?;
        let nodes = take_list(&mut file, "nodes")?;
        let attrs = take_list(&mut file, "attrs")?;
        let params = take_list(&mut file, "params")?;
        let shims = take_list(&mut file, "shims")?;
        let lengths = [attrs.len(), params.len(), shims.len()];
        if lengths != [nodes.len(); 3] {
            return Err(FormatError::new(format!(
                "{} nodes come with {lengths:?} attrs, params and shims",
                nodes.len()
            )));
        }
        let entries = nodes.iter().zip(attrs).zip(params).zip(&shims).enumerate();
        let nodes = entries
            .map(|(index, (((node, attrs), params), shims))| {
                let name = node.require("name")?;
                let name = name.as_str().ok_or_else(|| {
                    FormatError::new(format!("the name is {}, not text", name.kind()))
                })?;
                if shims.as_array().is_some_and(|shims| !shims.is_empty()) {
                    return Err(FormatError::new(format!(
                        "\"{name}\" holds a model of another framework"
                    )));
                }
                Ok(Node {
                    index,
                    name,
                    attrs,
                    params,
                })
            })
            .enumerate()
            .map(|(i, node)| node.map_err(|e: FormatError| e.within(format!("node {i}"))))
            .collect::<Result<_, _>>()?;
        Ok(ThincModel { nodes })
    }

    /// The nodes, breadth first.
    pub fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }
}

/// The list under `key`, taken out of the map.
fn take_list<'a>(file: &mut Value<'a>, key: &str) -> Result<Box<[Value<'a>]>, FormatError> {
    file.require(key)?;
    let Value::Map(entries) = file else {
        return Err(FormatError::new(format!("the file is {}", file.kind())));
    };
    let entry = entries
        .iter_mut()
        .rev()
        .find(|(k, _)| k.as_str() == Some(key));
    match entry.map(|(_, value)| std::mem::replace(value, Value::Nil)) {
        Some(Value::Array(items)) => Ok(items),
        other => Err(FormatError::new(format!(
            "\"{key}\" is {}, not a list",
            other.unwrap_or(Value::Nil).kind()
        ))),
    }
}

impl<'a> Node<'a> {
    /// The layer's name, such as `"maxout"`, or those of its parts joined.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The place of the node in the file, and its name, for messages.
    pub fn label(&self) -> String {
        let name: String = self.name.chars().take(60).collect();
        format!("node {} (\"{name}\")", self.index)
    }

    /// The setting called `name`; `None` if the file has none, and the architecture's own value counts.
    ///
    /// # Errors
    /// If there is one that is not MessagePack.
    pub fn attr(&self, name: &str) -> Result<Option<Value<'a>>, FormatError> {
        let Some(value) = self.attrs.get(name) else {
            return Ok(None);
        };
        let within = |e: FormatError| e.within(format!("{}, attribute \"{name}\"", self.label()));
        let bytes = value
            .as_bytes()
            .ok_or_else(|| within(FormatError::new(format!("{}, not bytes", value.kind()))))?;
        msgpack::read(bytes).map(Some).map_err(within)
    }

    /// The trained array called `name`, with its shape.
    ///
    /// # Errors
    /// If there is none, as in a component that was never trained, or it holds no numbers.
    pub fn param(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>), FormatError> {
        let (shape, numbers) = self.floats(name)?;
        Ok((shape, numbers.to_vec()))
    }

    /// The trained array called `name`, which must have the shape that the configuration asks for.
    ///
    /// # Errors
    /// As [`Node::param`], and if the shape is another one.
    pub fn param_of_shape(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, FormatError> {
        Ok(self.floats_of_shape(name, shape)?.to_vec())
    }

    /// As [`Node::param_of_shape`]: the numbers as they lie in the file, for arrays of which nothing is kept as it is.
    ///
    /// # Errors
    /// As [`Node::param_of_shape`].
    pub fn floats_of_shape(&self, name: &str, shape: &[usize]) -> Result<Floats<'a>, FormatError> {
        let (found, numbers) = self.floats(name)?;
        if found == shape {
            return Ok(numbers);
        }
        Err(FormatError::new(format!(
            "{}, parameter {name}: its shape is {found:?}, and the configuration asks for {shape:?}",
            self.label()
        )))
    }

    fn floats(&self, name: &str) -> Result<(Vec<usize>, Floats<'a>), FormatError> {
        let within = |e: FormatError| e.within(format!("{}, parameter {name}", self.label()));
        match self.params.get(name) {
            None | Some(Value::Nil) => Err(within(FormatError::new(
                "it is missing (was the component trained?)",
            ))),
            Some(value) => {
                let array = Array::decode(value).map_err(within)?;
                let numbers = array.floats().map_err(within)?;
                Ok((array.shape().to_vec(), numbers))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(component: &str) -> Vec<u8> {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/models/en_ewt_sm/");
        std::fs::read(format!("{dir}{component}/model")).unwrap()
    }

    #[test]
    fn the_nodes_of_a_trained_model_are_read_with_attributes_and_parameters() {
        let bytes = english("tagger");
        let model = ThincModel::read(&bytes).unwrap();
        let names: Vec<_> = model.nodes().iter().map(Node::name).collect();
        assert_eq!(
            names,
            [
                "tok2vec-listener>>with_array(softmax)",
                "tok2vec-listener",
                "with_array(softmax)",
                "softmax"
            ]
        );
        let softmax = &model.nodes()[3];
        assert_eq!(
            softmax.attr("softmax_normalize").unwrap(),
            Some(Value::Bool(false))
        );
        assert_eq!(softmax.attr("colour").unwrap(), None);
        let (shape, data) = softmax.param("W").unwrap();
        assert_eq!(shape, [49, 96]);
        assert_eq!(data.len(), 49 * 96);
        let error = softmax.param("G").unwrap_err();
        assert!(
            error
                .reason
                .contains("node 3 (\"softmax\"), parameter G: it is missing")
        );
        let error = softmax.param_of_shape("W", &[48, 96]).unwrap_err();
        assert!(
            error
                .reason
                .contains("[49, 96], and the configuration asks for [48, 96]")
        );
    }

    #[test]
    fn a_truncated_model_is_refused_wherever_it_ends() {
        let bytes = english("tagger");
        for end in (0..bytes.len()).step_by(97) {
            assert!(ThincModel::read(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn lists_of_different_lengths_are_refused() {
        let bytes = b"\x84\xa5nodes\x90\xa5attrs\x91\x80\xa6params\x90\xa5shims\x90";
        let error = ThincModel::read(bytes).err().unwrap();
        assert!(
            error.reason.contains("0 nodes come with [1, 0, 0]"),
            "{error}"
        );
    }
}
