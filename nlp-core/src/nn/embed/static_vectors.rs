//! The vocabulary's word vectors in a network: `spacy.StaticVectors` in both versions (`spacy/ml/staticvectors.py`, and
//! `spacy_legacy/layers/staticvectors_v1.py`).

use crate::attr::Attr;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::{Node, ThincModel};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::features::{Feature, Words};
use crate::nn::gemm::Weights;
use crate::nn::source::ModelSource;
use crate::nn::tree::Tree;

/// What the configuration says of the layer.
pub(in crate::nn) struct StaticPlan {
    /// Version 1 has an attribute of its own by which it looks words up, and gives those without a vector the last of
    /// the table.
    first_version: bool,
}

impl StaticPlan {
    /// The layer of version 1, or of version 2.
    pub fn of_version(first: bool) -> StaticPlan {
        StaticPlan {
            first_version: first,
        }
    }
}

/// A linear map from the vectors in the vocabulary's table to those of a network.
#[derive(Debug, Clone)]
pub(in crate::nn) struct StaticVectors {
    map: Weights,
    attr: Attr,
    /// Whether words without a vector have the last of the table, and not one of zeros.
    last_for_unknown: bool,
}

frozen!(StaticVectors {
    map,
    attr,
    last_for_unknown
});

impl StaticVectors {
    /// The trained map, to `width` numbers.
    pub fn load(
        plan: &StaticPlan,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        width: usize,
    ) -> Result<StaticVectors, Error> {
        let node = tree.node(file);
        source.in_model(read(plan, source, node, width))
    }

    /// What the layer reads of a token.
    pub fn feature(&self) -> Feature {
        Feature::Word(self.attr)
    }

    /// The numbers of a vector in the table.
    pub fn inputs(&self) -> usize {
        self.map.inputs()
    }

    /// What is made of the vectors of words with these keys, which stand first at these tokens. `vectors` has room for
    /// as many vectors of the table; `out` gets a row a word.
    pub fn apply(
        &self,
        words: &Words<'_>,
        keys: impl Iterator<Item = (u64, u32)>,
        vectors: &mut [f32],
        out: &mut [f32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let rows = vectors.chunks_exact_mut(self.inputs());
        let mut n = 0;
        for (row, (key, token)) in rows.zip(keys) {
            if !words.put(key, token as usize, row, budget)? {
                row.fill(0.0);
                if self.last_for_unknown {
                    words.vectors.put_last(row);
                }
            }
            n += 1;
        }
        self.map.apply(&vectors[..n * self.inputs()], n, out);
        Ok(())
    }
}

fn read(
    plan: &StaticPlan,
    source: ModelSource,
    node: &Node,
    width: usize,
) -> Result<StaticVectors, FormatError> {
    let (shape, weights) = node.param("W")?;
    let fault = |what: String| FormatError::new(format!("{}: {what}", node.label()));
    let &[outputs, inputs] = &shape[..] else {
        return Err(fault(format!("parameter W has the shape {shape:?}")));
    };
    if outputs != width || inputs == 0 {
        return Err(fault(format!(
            "parameter W has the shape {shape:?}, and the configuration asks for {width} outputs"
        )));
    }
    let vectors = source.vectors;
    if vectors.is_empty() {
        return Err(fault(format!(
            "component \"{}\" was trained with word vectors of {inputs} numbers, and the pipeline has none: put the \
             files \"vectors\" and \"key2row\" of the pipeline that it was trained in into \"vocab\"",
            source.component
        )));
    }
    if vectors.width() != inputs {
        return Err(fault(format!(
            "component \"{}\" was trained with word vectors of {inputs} numbers, and those in \"vocab/vectors\" have {}",
            source.component,
            vectors.width()
        )));
    }
    let attr = match plan.first_version {
        false => vectors.attr(),
        true if vectors.keys().is_none() => {
            return Err(fault(
                "version 1 of spacy.StaticVectors cannot read word vectors of the mode \"floret\""
                    .into(),
            ));
        }
        true => key_attr(node)?,
    };
    Ok(StaticVectors {
        map: Weights::new(outputs, inputs, weights),
        attr,
        last_for_unknown: plan.first_version,
    })
}

/// The attribute by which version 1 looks words up.
fn key_attr(node: &Node) -> Result<Attr, FormatError> {
    let Some(value) = node.attr("key_attr")? else {
        return Ok(Attr::Orth);
    };
    let attr = match value.as_u64() {
        Some(id) => Attr::from_id(id),
        None => value.as_str().and_then(Attr::from_name),
    };
    attr.filter(|attr| attr.is_text()).ok_or_else(|| {
        FormatError::new(format!(
            "{}: key_attr names no attribute that words could be looked up by",
            node.label()
        ))
    })
}
