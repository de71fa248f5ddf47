//! What holds of any network, any moves and any document.

use super::precomputed::Precomputed;
use super::walks_tests::moves_file;
use super::{NerInput, Parser, ParserInput, Recognizer, Tree};
use crate::limits::Budget;
use crate::nn::gemm::Weights;
use crate::nn::linear::Linear;
use crate::nn::transition_model::{PrecomputableAffine, StateType};
use crate::nn::{Matrix, TokenVectors, TransitionModel};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Numbers between -1 and 1 that look random (SplitMix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn numbers(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next()).collect()
    }

    fn linear(&mut self, outputs: usize, inputs: usize) -> Linear {
        let weights = Weights::new(outputs, inputs, self.numbers(outputs * inputs));
        Linear::new(weights, self.numbers(outputs))
    }
}

const WIDTH: usize = 5;

#[derive(Debug, Clone)]
struct Shape {
    seed: u64,
    features: usize,
    hidden: usize,
    pieces: usize,
    has_upper: bool,
}

fn shapes() -> impl Strategy<Value = Shape> {
    (
        any::<u64>(),
        prop::sample::select(vec![3usize, 6, 8, 13]),
        1usize..6,
        1usize..4,
        any::<bool>(),
    )
        .prop_map(|(seed, features, hidden, pieces, has_upper)| Shape {
            seed,
            features,
            hidden,
            pieces,
            has_upper,
        })
}

fn model(shape: &Shape, classes: usize, noise: &mut Noise) -> TransitionModel {
    let hidden = if shape.has_upper {
        shape.hidden
    } else {
        classes
    };
    let units = shape.features * hidden * shape.pieces;
    TransitionModel {
        state_type: StateType::Parser,
        tok2vec: TokenVectors::Listener {
            width: WIDTH,
            upstream: "*".to_owned(),
        },
        linear: noise.linear(WIDTH, WIDTH),
        lower: PrecomputableAffine::new(
            (shape.features, hidden, shape.pieces),
            Weights::new(units, WIDTH, noise.numbers(units * WIDTH)),
            noise.numbers(hidden * shape.pieces),
            noise.numbers(units),
        ),
        upper: shape.has_upper.then(|| noise.linear(classes, hidden)),
        unseen_classes: Vec::new(),
    }
}

fn labels() -> impl Strategy<Value = Value> {
    let label = prop::sample::select(vec!["det", "obj", "subtok", "det||obj", "x||det", "||", ""]);
    prop::collection::btree_map(label, -2i64..3, 0..4).prop_map(|labels| json!(labels))
}

fn parser_moves() -> impl Strategy<Value = Value> {
    (vec(labels(), 5), any::<[bool; 5]>()).prop_filter_map("no moves", |(labels, given)| {
        let mut moves = serde_json::Map::new();
        for (kind, labels) in labels.into_iter().enumerate() {
            let labels = if kind == 2 || kind == 3 {
                labels
            } else {
                json!({"": 1})
            };
            if given[kind] && labels.as_object().is_some_and(|labels| !labels.is_empty()) {
                moves.insert(kind.to_string(), labels);
            }
        }
        (!moves.is_empty()).then_some(Value::Object(moves))
    })
}

fn count(moves: &Value) -> usize {
    let kinds = moves.as_object().unwrap().values();
    kinds.map(|labels| labels.as_object().unwrap().len()).sum()
}

/// Tokens: the start of a sentence, white space, preset `iob` and type.
type Tokens = Vec<(i8, bool, u8, u64)>;

fn docs() -> impl Strategy<Value = Vec<Tokens>> {
    let token = (-1i8..2, any::<bool>(), 0u8..4, 0u64..6);
    vec(vec(token, 0..24), 0..5)
}

fn vectors(docs: &[Tokens], noise: &mut Noise) -> Matrix {
    let tokens = docs.iter().map(Vec::len).sum();
    Matrix::from_vec(tokens, WIDTH, noise.numbers(tokens * WIDTH))
}

/// Whether following the heads from every token ends at a root.
fn is_forest(heads: &[u32]) -> bool {
    (0..heads.len()).all(|token| {
        let end = (0..heads.len()).fold(token, |at, _| heads[at] as usize);
        heads[end] as usize == end
    })
}

proptest! {
    #[test]
    fn parses_end_and_are_forests(
        shape in shapes(),
        moves in parser_moves(),
        docs in docs(),
    ) {
        let mut noise = Noise(shape.seed);
        let network = model(&shape, count(&moves), &mut noise);
        let parser = Parser::new(network, &moves_file(&moves)).unwrap();
        let starts: Vec<Vec<i8>> =
            docs.iter().map(|doc| doc.iter().map(|t| t.0).collect()).collect();
        let spaces: Vec<Vec<bool>> =
            docs.iter().map(|doc| doc.iter().map(|t| t.1).collect()).collect();
        let inputs: Vec<ParserInput<'_>> = starts.iter().zip(&spaces).map(|(sent_start, is_space)| {
            ParserInput { sent_start, is_space, before: None }
        }).collect();
        let parsed = parser.predict(&vectors(&docs, &mut noise), &inputs);
        prop_assert_eq!(parsed.len(), docs.len());
        for (parsed, doc) in parsed.iter().zip(&docs) {
            prop_assert_eq!(parsed.heads.len(), doc.len());
            prop_assert!(is_forest(&parsed.heads));
            for label in &parsed.labels {
                prop_assert!(parser.labels().get(*label).is_some_and(|label| label == "||" || !label.contains("||")));
            }
        }
    }

    #[test]
    fn entities_do_not_overlap(
        shape in shapes(),
        moves in vec(labels(), 4),
        has_blocked in any::<bool>(),
        docs in docs(),
    ) {
        let mut kinds = json!({"5": {"": 1}});
        for (kind, labels) in (1..5).zip(moves) {
            kinds[kind.to_string()] = labels;
        }
        if has_blocked {
            kinds["4"][""] = json!(1);
        }
        let mut noise = Noise(shape.seed);
        let network = model(&shape, count(&kinds), &mut noise);
        let recognizer = Recognizer::new(network, &moves_file(&kinds)).unwrap();
        let columns: Vec<_> = docs.iter().map(|doc| (
            doc.iter().map(|t| t.0).collect::<Vec<i8>>(),
            doc.iter().map(|t| t.1).collect::<Vec<bool>>(),
            doc.iter().map(|t| t.2).collect::<Vec<u8>>(),
            doc.iter().map(|t| t.3).collect::<Vec<u64>>(),
        )).collect();
        let inputs: Vec<NerInput<'_>> = columns.iter().map(|(sent_start, is_space, ent_iob, ent_type)| {
            NerInput { is_space, sent_start, ent_iob, ent_type }
        }).collect();
        let found = recognizer.predict(&vectors(&docs, &mut noise), &inputs);
        prop_assert_eq!(found.len(), docs.len());
        for (entities, doc) in found.iter().zip(&docs) {
            prop_assert_eq!((entities.iob.len(), entities.types.len()), (doc.len(), doc.len()));
            let mut end = 0;
            for span in &entities.spans {
                prop_assert!(end <= span.start && span.start < span.end && span.end <= doc.len());
                prop_assert!(span.label != 0 && entities.iob[span.start] == 3);
                end = span.end;
            }
            // Nothing is left open, and what goes on has a beginning (spaCy leaves the first token as it was preset).
            let mut before = 1;
            for &iob in &entities.iob {
                prop_assert!((1..=3).contains(&iob) && (iob != 1 || before != 2));
                before = iob;
            }
        }
    }

    #[test]
    fn what_is_parsed_together_changes_nothing(shape in shapes(), lens in vec(0usize..1200, 1..5)) {
        let moves = json!({"0": {"": 1}, "1": {"": 1}, "2": {"det": 1}, "3": {"obj": 1}, "4": {"ROOT": 1}});
        let mut noise = Noise(shape.seed);
        let parser = Parser::new(model(&shape, 5, &mut noise), &moves_file(&moves)).unwrap();
        let starts: Vec<Vec<i8>> = lens.iter().map(|&len| vec![0; len]).collect();
        let spaces: Vec<Vec<bool>> = lens.iter().map(|&len| vec![false; len]).collect();
        let inputs: Vec<ParserInput<'_>> = starts.iter().zip(&spaces).map(|(sent_start, is_space)| {
            ParserInput { sent_start, is_space, before: None }
        }).collect();
        let vectors = noise.numbers(lens.iter().sum::<usize>() * WIDTH);
        let all = Matrix::from_vec(vectors.len() / WIDTH, WIDTH, vectors.clone());
        let together = parser.predict(&all, &inputs);
        let mut rest = &vectors[..];
        for (i, input) in inputs.iter().enumerate() {
            let (own, others) = rest.split_at(lens[i] * WIDTH);
            rest = others;
            let alone = parser.predict(&Matrix::from_vec(lens[i], WIDTH, own.to_vec()), &[*input]);
            prop_assert_eq!(&alone[0], &together[i]);
        }
    }

    #[test]
    fn blocks_that_gave_way_come_back_the_same(
        shape in shapes(),
        places in vec(vec(-1i32..3000, 13), 1..200),
    ) {
        let mut noise = Noise(shape.seed);
        let network = model(&shape, 4, &mut noise);
        // The batch is not the first of the tokens.
        let vectors = Matrix::from_vec(3100, WIDTH, noise.numbers(3100 * WIDTH));
        let rows = &mut &vectors;
        let held = &mut Precomputed::new(&network, rows, 100..3100, Budget::UNLIMITED).unwrap();
        for ids in &places {
            let ids = &ids[..shape.features];
            let mut sum = vec![0.0; network.lower.outputs() * network.lower.pieces()];
            held.sum(ids, &mut sum).unwrap();
            let mut expected = vec![0.0; sum.len()];
            for (feature, &id) in ids.iter().enumerate() {
                let row = vectors.row(100 + id.max(0) as usize).to_vec();
                let narrowed = network.linear.apply(&Matrix::from_vec(1, WIDTH, row));
                let mut shares = network.lower.padding.clone();
                if id >= 0 {
                    network.lower.weights.apply(narrowed.data(), 1, &mut shares);
                }
                for (sum, share) in expected.iter_mut().zip(&shares[feature * sum.len()..]) {
                    *sum += share;
                }
            }
            prop_assert_eq!(&sum, &expected);
        }
    }

    #[test]
    fn any_heads_have_a_shape(heads in (1u32..40).prop_flat_map(|n| vec(0..n, n as usize))) {
        let tree = Tree::new(&heads, &vec![1; heads.len()]);
        for i in 0..heads.len() {
            prop_assert!(tree.left_edge[i] as usize <= i && i <= tree.right_edge[i] as usize);
        }
        let kids: u32 = tree.left_kids.iter().chain(&tree.right_kids).sum();
        let attached = heads.iter().enumerate().filter(|(i, head)| **head as usize != *i).count();
        prop_assert_eq!(kids as usize, attached);
    }

    #[test]
    fn any_bytes_are_moves_or_refused(bytes in vec(any::<u8>(), 0..200), shape in shapes()) {
        let network = model(&shape, 4, &mut Noise(shape.seed));
        let _ = Parser::new(network.clone(), &bytes);
        let _ = Recognizer::new(network, &bytes);
    }

    #[test]
    fn any_json_is_moves_or_refused(text in r#"[{}"0-9:,\-e. a|\[\]]{0,60}"#, shape in shapes()) {
        let mut bytes = moves_file(&Value::Null);
        bytes.truncate(bytes.len() - 6);
        bytes.extend((text.len() as u16).to_be_bytes());
        bytes.extend(text.as_bytes());
        let network = model(&shape, 4, &mut Noise(shape.seed));
        let _ = Parser::new(network.clone(), &bytes);
        let _ = Recognizer::new(network, &bytes);
    }
}
