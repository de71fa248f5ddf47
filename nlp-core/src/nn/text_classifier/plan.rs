//! Which layers the architectures of text classifiers have.

use super::pooled::{PoolPlan, PooledPlan, WordsPlan};
use super::{Kind, TextClassifier};
use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::nn::bag_of_words::BagPlan;
use crate::nn::ensemble_words::EnsembleWordsPlan;
use crate::nn::layer::LayerPlan;
use crate::nn::reduce::Reduction;
use crate::nn::source::{Block, ModelSource};
use crate::nn::tok2vec::VectorsPlan;
use crate::nn::tree::Tree;

/// No ensemble is believed to lie in more others.
const MAX_NESTING: usize = 8;
/// Candidates of every maxout layer in here.
const PIECES: usize = 3;

/// What the configuration says.
pub(super) enum ClassifierPlan {
    Bag(BagPlan),
    Pooled {
        plan: PooledPlan,
        exclusive: bool,
    },
    Ensemble {
        linear: Box<ClassifierPlan>,
        pooled: PooledPlan,
        output: LayerPlan,
    },
}

impl TextClassifier {
    /// Loads the network of a component.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<TextClassifier, Error> {
        let plan = ClassifierPlan::from_block(&source.block()?)?;
        let mut tree = plan.tree();
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        plan.load(source, &tree, &file)
    }
}

impl ClassifierPlan {
    /// The plan of a block.
    pub fn from_block(block: &Block) -> Result<ClassifierPlan, Error> {
        ClassifierPlan::nested(block, 0)
    }

    fn nested(block: &Block, depth: usize) -> Result<ClassifierPlan, Error> {
        if let Some(plan) = BagPlan::from_block(block)? {
            return Ok(ClassifierPlan::Bag(plan));
        }
        if depth > MAX_NESTING {
            return Err(block.unsupported(Some(&format!("{MAX_NESTING} others around it"))));
        }
        match block.name.as_str() {
            "spacy.TextCatCNN.v1" => reduce(block, vec![Reduction::Mean], false),
            "spacy.TextCatCNN.v2" => reduce(block, vec![Reduction::Mean], true),
            "spacy.TextCatReduce.v1" => {
                let mut reductions = Vec::new();
                for (key, reduction) in [
                    ("use_reduce_first", Reduction::First),
                    ("use_reduce_last", Reduction::Last),
                    ("use_reduce_max", Reduction::Max),
                    ("use_reduce_mean", Reduction::Mean),
                ] {
                    if block.required_flag(key)? {
                        reductions.push(reduction);
                    }
                }
                if reductions.is_empty() {
                    let expected = "true, or another of the reductions";
                    return Err(block.fault("use_reduce_mean", expected));
                }
                reduce(block, reductions, true)
            }
            "spacy.TextCatParametricAttention.v1" => {
                let exclusive = block.required_flag("exclusive_classes")?;
                let gelu = LayerPlan::GELU;
                let plan = attentive(
                    words(block)?,
                    Some(gelu),
                    vec![normalised(), output(exclusive)],
                );
                Ok(ClassifierPlan::Pooled { plan, exclusive })
            }
            "spacy.TextCatEnsemble.v2" => {
                let linear = ClassifierPlan::nested(&block.block("linear_model")?, depth + 1)?;
                let output = output(linear.exclusive());
                Ok(ClassifierPlan::Ensemble {
                    linear: Box::new(linear),
                    pooled: attentive(words(block)?, None, vec![normalised()]),
                    output,
                })
            }
            "spacy.TextCatEnsemble.v1" => {
                let bag = BagPlan::of_ensemble_v1(block)?;
                let output = match bag.exclusive() {
                    true => LayerPlan::SOFTMAX,
                    false => {
                        let layers = [LayerPlan::Linear, LayerPlan::Dropout, LayerPlan::LOGISTIC];
                        LayerPlan::chain(layers)
                    }
                };
                let words = WordsPlan::Ensemble(EnsembleWordsPlan::from_block(block)?);
                let maxout = LayerPlan::maxout(PIECES, false, false);
                let after = vec![
                    LayerPlan::residual(maxout),
                    LayerPlan::Linear,
                    LayerPlan::Dropout,
                ];
                Ok(ClassifierPlan::Ensemble {
                    linear: Box::new(ClassifierPlan::Bag(bag)),
                    pooled: attentive(words, None, after),
                    output,
                })
            }
            _ => Err(block.unsupported(None)),
        }
    }

    /// Whether a document belongs to one class alone.
    fn exclusive(&self) -> bool {
        match self {
            ClassifierPlan::Bag(plan) => plan.exclusive(),
            ClassifierPlan::Pooled { exclusive, .. } => *exclusive,
            ClassifierPlan::Ensemble { linear, .. } => linear.exclusive(),
        }
    }

    /// The layers.
    pub fn tree(&self) -> Tree {
        match self {
            ClassifierPlan::Bag(plan) => plan.tree(),
            ClassifierPlan::Pooled { plan, .. } => plan.tree(),
            ClassifierPlan::Ensemble {
                linear,
                pooled,
                output,
            } => {
                let both = Tree::of(vec![linear.tree(), pooled.tree()]);
                Tree::chain(vec![both, output.tree()])
            }
        }
    }

    /// The trained network.
    pub fn load(
        self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<TextClassifier, Error> {
        match self {
            ClassifierPlan::Bag(plan) => {
                let bag = plan.load(source, tree, file)?;
                let classes = bag.classes();
                // It has no weights, and so no place in the file to look for.
                let (activation, _) = plan.activation().load(source, tree, file, classes)?;
                let kind = Kind::Bag { bag, activation };
                Ok(TextClassifier { kind, classes })
            }
            ClassifierPlan::Pooled { plan, .. } => {
                let (pooled, classes) = plan.load(source, tree, file)?;
                let kind = Kind::Pooled(Box::new(pooled));
                Ok(TextClassifier { kind, classes })
            }
            ClassifierPlan::Ensemble {
                linear,
                pooled,
                output,
            } => {
                let [both, last] = tree.chained();
                let linear = linear.load(source, both.child(0), file)?;
                let (pooled, width) = pooled.load(source, both.child(1), file)?;
                let (output, classes) = output.load(source, last, file, linear.classes + width)?;
                let kind = Kind::Ensemble {
                    linear: Box::new(linear),
                    pooled: Box::new(pooled),
                    output,
                };
                Ok(TextClassifier { kind, classes })
            }
        }
    }
}

fn words(block: &Block) -> Result<WordsPlan, Error> {
    let tok2vec = block.block("tok2vec")?;
    Ok(WordsPlan::Tok2Vec(VectorsPlan::from_block(&tok2vec)?))
}

/// A classifier of what words are reduced to.
fn reduce(
    block: &Block,
    reductions: Vec<Reduction>,
    resizable: bool,
) -> Result<ClassifierPlan, Error> {
    let exclusive = block.required_flag("exclusive_classes")?;
    let wrap = |layer| match resizable {
        true => LayerPlan::resizable(layer),
        false => layer,
    };
    let after = match exclusive {
        true => vec![wrap(LayerPlan::SOFTMAX)],
        false => vec![wrap(LayerPlan::Linear), LayerPlan::LOGISTIC],
    };
    let plan = PooledPlan {
        words: words(block)?,
        pool: PoolPlan::Reduce(reductions),
        after,
    };
    Ok(ClassifierPlan::Pooled { plan, exclusive })
}

fn attentive(
    words: WordsPlan,
    key_transform: Option<LayerPlan>,
    after: Vec<LayerPlan>,
) -> PooledPlan {
    PooledPlan {
        words,
        pool: PoolPlan::Attention(key_transform),
        after,
    }
}

/// The layer after attention.
fn normalised() -> LayerPlan {
    LayerPlan::residual(LayerPlan::maxout(PIECES, true, true))
}

/// The last layer.
fn output(exclusive: bool) -> LayerPlan {
    match exclusive {
        true => LayerPlan::SOFTMAX,
        false => LayerPlan::chain([LayerPlan::Linear, LayerPlan::LOGISTIC]),
    }
}
