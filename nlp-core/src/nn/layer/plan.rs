//! What the configuration says of layers from rows to rows, and how they are loaded.

use super::{Activation, Layer, maxout_map};
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;
use crate::nn::linear::Linear;
use crate::nn::source::{Block, MAX_PIECES, ModelSource};
use crate::nn::tagger::softmax;
use crate::nn::tree::Tree;

/// No layer is believed to lie in more others.
const MAX_NESTING: usize = 32;
/// Candidates of a maxout layer where the configuration does not say.
const PIECES: usize = 3;

/// A layer that is to be found in a model's file.
#[derive(Debug, Clone)]
pub(in crate::nn) enum LayerPlan {
    Dropout,
    Noop,
    Linear,
    /// A linear map with probabilities after it, unless the file says otherwise.
    Softmax {
        normalize: bool,
    },
    /// A linear map with a function after it, in one layer.
    Mapped(&'static str, Activation),
    /// A function alone.
    Activation(&'static str, Activation),
    Maxout {
        pieces: usize,
    },
    LayerNorm,
    Residual(Box<LayerPlan>),
    /// A layer around another that changes nothing now: one that could give it more outputs.
    Resizable(Box<LayerPlan>),
    Chain(Vec<LayerPlan>),
}

impl LayerPlan {
    /// The function that makes a number of 0 to 1 of every number, under the name it has in files.
    pub const LOGISTIC: LayerPlan = LayerPlan::Activation("logistic", Activation::Logistic);

    /// Probabilities of what was mapped before.
    pub const SOFTMAX_ACTIVATION: LayerPlan =
        LayerPlan::Activation("softmax_activation", Activation::Softmax(1.0));

    /// A linear map and a softmax.
    pub const SOFTMAX: LayerPlan = LayerPlan::Softmax { normalize: true };

    /// A linear map and a GELU.
    pub const GELU: LayerPlan = LayerPlan::Mapped("gelu", Activation::Gelu);

    /// Layers in a row as thinc's operator `>>` chains them.
    pub fn chain(layers: impl IntoIterator<Item = LayerPlan>) -> LayerPlan {
        let mut layers = layers.into_iter();
        let first = layers.next().unwrap_or(LayerPlan::Noop);
        layers.fold(first, |before, last| LayerPlan::Chain(vec![before, last]))
    }

    /// What a layer makes of its input, added to that.
    pub fn residual(layer: LayerPlan) -> LayerPlan {
        LayerPlan::Residual(Box::new(layer))
    }

    /// A layer that could be given more outputs.
    pub fn resizable(layer: LayerPlan) -> LayerPlan {
        LayerPlan::Resizable(Box::new(layer))
    }

    /// A maxout layer with what its arguments put after it.
    pub fn maxout(pieces: usize, normalize: bool, dropout: bool) -> LayerPlan {
        LayerPlan::with_ends(LayerPlan::Maxout { pieces }, normalize, dropout)
    }

    fn with_ends(layer: LayerPlan, normalize: bool, dropout: bool) -> LayerPlan {
        let ends = [
            normalize.then_some(LayerPlan::LayerNorm),
            dropout.then_some(LayerPlan::Dropout),
        ];
        LayerPlan::chain(std::iter::once(layer).chain(ends.into_iter().flatten()))
    }

    /// The plan of a block.
    pub fn from_block(block: &Block) -> Result<LayerPlan, Error> {
        LayerPlan::nested(block, 0)
    }

    fn nested(block: &Block, depth: usize) -> Result<LayerPlan, Error> {
        if depth > MAX_NESTING {
            return Err(block.unsupported(Some(&format!("{MAX_NESTING} layers around it"))));
        }
        // Of a layer with weights, the widths are the file's; what follows the layer are its arguments.
        let with_ends = |layer| {
            let normalize = block.flag("normalize", false)?;
            let dropout = block.value("dropout").is_some();
            Ok(LayerPlan::with_ends(layer, normalize, dropout))
        };
        let inside = |layer: &Block| LayerPlan::nested(layer, depth + 1);
        match block.name.as_str() {
            "Linear.v1" => Ok(LayerPlan::Linear),
            "spacy.LinearLogistic.v1" => Ok(LayerPlan::Chain(vec![
                LayerPlan::Linear,
                LayerPlan::LOGISTIC,
            ])),
            "Softmax.v1" => Ok(LayerPlan::SOFTMAX),
            "Softmax.v2" => Ok(LayerPlan::Softmax {
                normalize: block.flag("normalize_outputs", true)?,
            }),
            "Logistic.v1" => Ok(LayerPlan::LOGISTIC),
            "Sigmoid.v1" => Ok(LayerPlan::Mapped("sigmoid", Activation::Logistic)),
            "sigmoid_activation.v1" => Ok(LayerPlan::Activation(
                "sigmoid_activation",
                Activation::Logistic,
            )),
            "softmax_activation.v1" => Ok(LayerPlan::SOFTMAX_ACTIVATION),
            "Maxout.v1" => with_ends(LayerPlan::Maxout {
                pieces: match block.value("nP") {
                    None => PIECES,
                    Some(_) => block.number_up_to("nP", 1, MAX_PIECES)?,
                },
            }),
            "Relu.v1" => with_ends(LayerPlan::Mapped("relu", Activation::Relu)),
            "Gelu.v1" => with_ends(LayerPlan::GELU),
            "Mish.v1" => with_ends(LayerPlan::Mapped("mish", Activation::Mish)),
            "LayerNorm.v1" => Ok(LayerPlan::LayerNorm),
            "Dropout.v1" => Ok(LayerPlan::Dropout),
            "residual.v1" => Ok(LayerPlan::residual(inside(&block.layer("layer")?)?)),
            "chain.v1" => {
                let layers = block.layers()?;
                if layers.len() < 2 {
                    return Err(block.fault("*", "two layers or more"));
                }
                let layers: Result<Vec<_>, _> = layers.iter().map(inside).collect();
                Ok(LayerPlan::Chain(layers?))
            }
            _ => Err(block.unsupported(None)),
        }
    }

    /// The layers.
    pub fn tree(&self) -> Tree {
        match self {
            LayerPlan::Dropout => Tree::leaf("dropout"),
            LayerPlan::Noop => Tree::leaf("noop"),
            LayerPlan::Linear => Tree::leaf("linear"),
            LayerPlan::Softmax { .. } => Tree::leaf("softmax"),
            LayerPlan::Mapped(name, _) | LayerPlan::Activation(name, _) => Tree::leaf(name),
            LayerPlan::Maxout { .. } => Tree::leaf("maxout"),
            LayerPlan::LayerNorm => Tree::leaf("layernorm"),
            LayerPlan::Residual(layer) | LayerPlan::Resizable(layer) => {
                Tree::of(vec![layer.tree()])
            }
            LayerPlan::Chain(layers) => Tree::of(layers.iter().map(LayerPlan::tree).collect()),
        }
    }

    /// The trained layer, for rows of `inputs` numbers, and how many numbers its own rows have.
    pub fn load(
        &self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        inputs: usize,
    ) -> Result<(Layer, usize), Error> {
        let node = tree.node(file);
        let linear = || source.in_model(Linear::load(node, None, inputs));
        match self {
            LayerPlan::Dropout | LayerPlan::Noop => Ok((Layer::Noop, inputs)),
            LayerPlan::Activation(_, activation) => Ok((Layer::Activation(*activation), inputs)),
            LayerPlan::Linear => {
                let map = linear()?;
                let outputs = map.outputs();
                Ok((Layer::Linear(map), outputs))
            }
            LayerPlan::Mapped(_, activation) => {
                let map = linear()?;
                Ok(mapped(map, Some(*activation)))
            }
            LayerPlan::Softmax { normalize } => {
                let temperature = source.in_model(softmax(node, *normalize))?;
                let map = linear()?;
                Ok(mapped(map, temperature.map(Activation::Softmax)))
            }
            LayerPlan::Maxout { pieces } => {
                let read = || {
                    let (shape, weights) = node.param("W")?;
                    let width = shape.first().copied().unwrap_or(0);
                    if shape != [width, *pieces, inputs] {
                        return Err(FormatError::new(format!(
                            "{}, parameter W: its shape is {shape:?}, and the configuration asks for {:?}",
                            node.label(),
                            [width, *pieces, inputs]
                        )));
                    }
                    let bias = node.param_of_shape("b", &[width, *pieces])?;
                    Ok((width, maxout_map((width, *pieces, inputs), &weights, &bias)))
                };
                let (width, map) = source.in_model(read())?;
                let pieces = *pieces;
                Ok((Layer::Maxout { map, pieces }, width))
            }
            LayerPlan::LayerNorm => {
                let read = || {
                    let scale = node.param_of_shape("G", &[inputs])?;
                    let shift = node.param_of_shape("b", &[inputs])?;
                    Ok(Layer::Norm { scale, shift })
                };
                Ok((source.in_model(read())?, inputs))
            }
            LayerPlan::Resizable(layer) => layer.load(source, tree.child(0), file, inputs),
            LayerPlan::Residual(layer) => {
                let (layer, outputs) = layer.load(source, tree.child(0), file, inputs)?;
                if outputs != inputs {
                    let reason = format!(
                        "{}: {outputs} numbers cannot be added to {inputs}",
                        node.label()
                    );
                    return source.in_model(Err(FormatError::new(reason)));
                }
                Ok((Layer::Residual(Box::new(layer)), outputs))
            }
            LayerPlan::Chain(plans) => {
                let mut layers = Vec::with_capacity(plans.len());
                let mut width = inputs;
                for (plan, tree) in plans.iter().zip(tree.children()) {
                    let (layer, outputs) = plan.load(source, tree, file, width)?;
                    layers.push(layer);
                    width = outputs;
                }
                Ok((Layer::Chain(layers), width))
            }
        }
    }
}

/// A linear map with a function after it.
fn mapped(map: Linear, activation: Option<Activation>) -> (Layer, usize) {
    let outputs = map.outputs();
    let map = Layer::Linear(map);
    match activation {
        None => (map, outputs),
        Some(activation) => (
            Layer::Chain(vec![map, Layer::Activation(activation)]),
            outputs,
        ),
    }
}
