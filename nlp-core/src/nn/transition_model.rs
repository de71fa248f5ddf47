//! The network of the dependency parser and the entity recogniser: `spacy.TransitionBasedParser.v1` and `v2`
//! (`spacy/ml/models/parser.py`, `spacy/ml/tb_framework.py`, `spacy/ml/_precomputable_affine.py`).

use super::gemm::Weights;
use super::isa::{Isa, per_isa};
use super::linear::Linear;
use super::source::{Block, MAX_PIECES, ModelSource};
use super::tok2vec::{TokenVectors, VectorsPlan};
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::msgpack::Value;
use crate::format::thinc_model::{Node, ThincModel};
use crate::frozen::frozen;
use crate::sizes::{checked_product, product};

/// No lower layer is believed to make more numbers of a token: they are worked out for thousands of tokens at once. Real
/// ones make about a thousand.
const MAX_SHARES: usize = 1 << 17;

/// The kind of states that a transition-based network scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateType {
    /// Those of the dependency parser: 8 or 13 tokens are looked at.
    Parser,
    /// Those of the entity recogniser: 3 or 6 tokens are looked at.
    Ner,
}

frozen!(hash StateType);

/// Token vectors, a map of each to a share of the hidden layer for every place a token can have in a state, and
/// a map from the hidden layer to the scores of the actions.
#[derive(Debug, Clone)]
pub struct TransitionModel {
    /// The kind of states.
    pub state_type: StateType,
    /// Where the token vectors come from.
    pub tok2vec: TokenVectors,
    /// From token vectors to the vectors that the lower layer reads.
    pub linear: Linear,
    /// From those to the hidden layer.
    pub lower: PrecomputableAffine,
    /// From the hidden layer to the scores; `None` where the hidden layer is the scores.
    pub upper: Option<Linear>,
    /// Actions that were added after the training: their score is made the lowest of all.
    pub unseen_classes: Vec<usize>,
}

frozen!(TransitionModel {
    state_type,
    tok2vec,
    linear,
    lower,
    upper,
    unseen_classes
});

/// The lower layer, whose share of a token in each of the places can be computed before any state is known.
#[derive(Debug, Clone)]
pub struct PrecomputableAffine {
    isa: Isa,
    features: usize,
    outputs: usize,
    pieces: usize,
    /// The map from a token to its shares, `W` of shape `(features, outputs, pieces, inputs)`: one output a share.
    pub weights: Weights,
    /// The bias of the hidden layer: `outputs` rows of `pieces`.
    pub bias: Vec<f32>,
    /// The shares of a missing token: `features` rows of `outputs * pieces`.
    pub padding: Vec<f32>,
}

frozen!(PrecomputableAffine {
    isa,
    features,
    outputs,
    pieces,
    weights,
    bias,
    padding
});

per_isa! {
    fn add(x: &[f32], sum: &mut [f32]) {
        for (sum, x) in sum.iter_mut().zip(x) {
            *sum += x;
        }
    }
}

impl PrecomputableAffine {
    /// A layer over `features` places, with `outputs` hidden units that are the best of `pieces` candidates each.
    ///
    /// # Panics
    /// If the arrays do not have the sizes that their fields' descriptions give, or one of the three numbers is 0.
    pub fn new(
        (features, outputs, pieces): (usize, usize, usize),
        weights: Weights,
        bias: Vec<f32>,
        padding: Vec<f32>,
    ) -> Self {
        assert!(features > 0 && outputs > 0 && pieces > 0);
        let shares = product(&[features, outputs, pieces]);
        assert_eq!(weights.outputs(), shares);
        assert_eq!(bias.len(), product(&[outputs, pieces]));
        assert_eq!(padding.len(), shares);
        PrecomputableAffine {
            isa: Isa::detect(),
            features,
            outputs,
            pieces,
            weights,
            bias,
            padding,
        }
    }

    /// Adds the share of a token in a place to those of others.
    pub(crate) fn add(&self, share: &[f32], sum: &mut [f32]) {
        add(self.isa, share, sum);
    }

    /// The number of places a token can have in a state.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The number of hidden units.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The number of candidates for each hidden unit.
    pub fn pieces(&self) -> usize {
        self.pieces
    }

    fn load(
        node: &Node,
        (features, outputs, pieces): (usize, Option<usize>, usize),
        inputs: usize,
    ) -> Result<Self, FormatError> {
        let (shape, weights) = node.param("W")?;
        let outputs = outputs.or(shape.get(1).copied()).unwrap_or(0);
        if shape != [features, outputs, pieces, inputs] {
            return Err(FormatError::new(format!(
                "{}, parameter W: its shape is {shape:?}, and the configuration asks for {:?}",
                node.label(),
                [features, outputs, pieces, inputs]
            )));
        }
        let shares = checked_product(&[features, outputs, pieces]);
        if !shares.is_some_and(|shares| (1..=MAX_SHARES).contains(&shares)) {
            return Err(FormatError::new(format!(
                "{}, parameter W: with {outputs} outputs of {pieces} pieces, a token's share in {features} places is no \
                 number from 1 to {MAX_SHARES}",
                node.label()
            )));
        }
        let bias = node.param_of_shape("b", &[outputs, pieces])?;
        let padding = node.param_of_shape("pad", &[1, features, outputs, pieces])?;
        Ok(PrecomputableAffine::new(
            (features, outputs, pieces),
            Weights::new(product(&[features, outputs, pieces]), inputs, weights),
            bias,
            padding,
        ))
    }
}

impl TransitionModel {
    /// Loads the network of a parser or an entity recogniser.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<TransitionModel, Error> {
        let block = source.block()?;
        if !matches!(
            block.name.as_str(),
            "spacy.TransitionBasedParser.v1" | "spacy.TransitionBasedParser.v2"
        ) {
            return Err(block.unsupported(None));
        }
        let (state_type, features) = states(&block)?;
        let hidden = block.number("hidden_width", 1)?;
        let pieces = block.number_up_to("maxout_pieces", 1, MAX_PIECES)?;
        let has_upper = block.flag("use_upper", true)?;
        let classes = match block.value("nO") {
            None => None,
            Some(_) => Some(block.number("nO", 0)?),
        };
        let tok2vec = VectorsPlan::from_block(&block.block("tok2vec")?)?;
        let mut tree = Tree::named(
            "parser_model",
            vec![
                Tree::of(vec![
                    tok2vec.tree(),
                    Tree::leaf("list2array"),
                    Tree::leaf("linear"),
                ]),
                Tree::leaf("precomputable_affine"),
                Tree::leaf(if has_upper { "linear" } else { "noop" }),
            ],
        );
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        let vectors = tree.child(0);
        let linear = Linear::load(vectors.child(2).node(&file), Some(hidden), tok2vec.width());
        let linear = source.in_model(linear)?;
        let outputs = if has_upper { Some(hidden) } else { classes };
        let lower = PrecomputableAffine::load(
            tree.child(1).node(&file),
            (features, outputs, pieces),
            hidden,
        );
        let lower = source.in_model(lower)?;
        let upper = match has_upper {
            false => None,
            true => {
                let node = tree.child(2).node(&file);
                Some(source.in_model(Linear::load(node, classes, hidden))?)
            }
        };
        let classes = upper.as_ref().map_or(lower.outputs(), Linear::outputs);
        let unseen_classes = source.in_model(unseen(tree.node(&file), classes))?;
        Ok(TransitionModel {
            state_type,
            tok2vec: tok2vec.load(source, vectors.child(0), &file)?,
            linear,
            lower,
            upper,
            unseen_classes,
        })
    }

    /// The number of actions that are scored.
    pub fn classes(&self) -> usize {
        self.upper
            .as_ref()
            .map_or(self.lower.outputs(), Linear::outputs)
    }
}

/// The kind of states, and how many tokens of each are looked at.
fn states(block: &Block) -> Result<(StateType, usize), Error> {
    let extra = block.flag("extra_state_tokens", false)?;
    match block.text("state_type")? {
        "parser" => Ok((StateType::Parser, if extra { 13 } else { 8 })),
        "ner" => Ok((StateType::Ner, if extra { 6 } else { 3 })),
        _ => Err(block.fault("state_type", "\"parser\" or \"ner\"")),
    }
}

/// The actions that the file lists as unseen. thinc leaves sets out of its files, so there is no list as a rule.
fn unseen(node: &Node, classes: usize) -> Result<Vec<usize>, FormatError> {
    let Some(value) = node.attr("unseen_classes")? else {
        return Ok(Vec::new());
    };
    let list = value.as_array().and_then(|items| {
        let class = |item: &Value| item.as_usize().filter(|&class| class < classes);
        items.iter().map(class).collect::<Option<Vec<_>>>()
    });
    list.ok_or_else(|| {
        FormatError::new(format!(
            "{}: unseen_classes is not a list of numbers below {classes}",
            node.label()
        ))
    })
}
