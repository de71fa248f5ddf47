//! The memory of the activations, counted: all of it comes back after a batch, unless the fault is planted that
//! loses it.

mod counting;

use counting::{Counting, Live};
use nlp_core::nn::gemm::Weights;
use nlp_core::nn::linear::Linear;
use nlp_core::nn::transition_model::{PrecomputableAffine, StateType};
use nlp_core::nn::{Matrix, TokenVectors, TransitionModel};
use nlp_core::transition::{Parser, ParserInput};

#[global_allocator]
static COUNTING: Counting = Counting;

const FEATURES: usize = 8;
const HIDDEN: usize = 6;
const PIECES: usize = 3;
const CLASSES: usize = 5;
const WIDTH: usize = 4;

/// A parser with a shift, a reduce, a left arc, a right arc and a break, and weights that mean nothing.
fn parser() -> Parser {
    let moves = br#"{"0":{"":1},"1":{"":1},"2":{"det":1},"3":{"obj":1},"4":{"ROOT":1}}"#;
    let mut file = vec![0x81, 0xa5];
    file.extend(b"moves");
    file.extend([0xd9, moves.len() as u8]);
    file.extend(moves);
    let numbers = |n: usize| (0..n).map(|i| ((i * 37 % 19) as f32 - 9.0) / 9.0).collect();
    let units = FEATURES * HIDDEN * PIECES;
    let model = TransitionModel {
        state_type: StateType::Parser,
        tok2vec: TokenVectors::Listener {
            width: WIDTH,
            upstream: "*".to_owned(),
        },
        linear: Linear::new(
            Weights::new(WIDTH, WIDTH, numbers(WIDTH * WIDTH)),
            numbers(WIDTH),
        ),
        lower: PrecomputableAffine::new(
            (FEATURES, HIDDEN, PIECES),
            Weights::new(units, WIDTH, numbers(units * WIDTH)),
            numbers(HIDDEN * PIECES),
            numbers(units),
        ),
        upper: Some(Linear::new(
            Weights::new(CLASSES, HIDDEN, numbers(CLASSES * HIDDEN)),
            numbers(CLASSES),
        )),
        unseen_classes: Vec::new(),
    };
    Parser::new(model, &file).unwrap()
}

/// What parsing documents of the given lengths leaves behind, its result dropped.
fn left_behind(parser: &Parser, lens: &[usize]) -> Live {
    let tokens: usize = lens.iter().sum();
    let vectors = (0..tokens * WIDTH).map(|i| (i % 7) as f32 - 3.0).collect();
    let vectors = Matrix::from_vec(tokens, WIDTH, vectors);
    let starts = vec![0; tokens];
    let spaces = vec![false; tokens];
    let docs: Vec<ParserInput<'_>> = lens
        .iter()
        .map(|&len| ParserInput {
            sent_start: &starts[..len],
            is_space: &spaces[..len],
            before: None,
        })
        .collect();
    let before = Live::now();
    let parsed = parser.predict(&vectors, &docs);
    assert_eq!(parsed.len(), lens.len());
    drop(parsed);
    Live::now() - before
}

#[test]
fn all_memory_comes_back_unless_the_fault_loses_it() {
    let parser = parser();
    left_behind(&parser, &[3]);
    assert_eq!(left_behind(&parser, &[3, 0, 17, 1, 9]), Live::NOTHING);
    assert_eq!(left_behind(&parser, &[5000, 2]), Live::NOTHING);

    #[cfg(feature = "faults")]
    {
        use nlp_core::faults::{self, Fault};

        // token_ids, scores, unmaxed, hiddens, is_valid.
        let per_state = FEATURES * 4 + CLASSES * 4 + HIDDEN * PIECES * 4 + HIDDEN * 4 + CLASSES;
        faults::set(Some(Fault::ActivationLeak));
        let lost = |blocks, states: usize| Live {
            blocks,
            bytes: (states * per_state) as isize,
        };
        // One batch; a document without tokens has no state.
        assert_eq!(left_behind(&parser, &[3, 0, 17, 1, 9]), lost(5, 4));
        assert_eq!(left_behind(&parser, &[3, 0, 17, 1, 9]), lost(5, 4));
        // Documents that are too many for one batch are stepped in two.
        assert_eq!(left_behind(&parser, &[1500, 1500, 2]), lost(10, 3));
        assert_eq!(left_behind(&parser, &[0]), Live::NOTHING);
        faults::set(None);
        assert_eq!(left_behind(&parser, &[3, 0, 17, 1, 9]), Live::NOTHING);
    }
}
