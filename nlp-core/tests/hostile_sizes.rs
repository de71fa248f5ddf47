//! Sizes that no array has: what a caller claims is counted without wrapping, in every profile, before anything is read
//! or written.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nlp_core::Matrix;
use nlp_core::format::array::Array;
use nlp_core::format::npy::Table;
use nlp_core::nn::gemm::Weights;
use nlp_core::nn::linear::Linear;
use nlp_core::nn::transition_model::PrecomputableAffine;

/// Half of all sizes: twice it is 0 where products wrap.
const HALF: usize = 1 << (usize::BITS - 1);

/// What the panic says that `work` ends in.
fn refusal<T>(work: impl FnOnce() -> T) -> String {
    let panic = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("the sizes were accepted"),
        Err(panic) => panic,
    };
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast::<&str>().unwrap().to_string(),
    }
}

#[test]
fn more_rows_than_fit_the_slices_are_not_written() {
    // The first wraps to two outputs, which is what there is room for.
    let message = refusal(|| Weights::new(2, 0, vec![]).apply(&[], HALF + 1, &mut [0.0; 2]));
    assert!(message.contains("the room for"), "{message}");
    for (outputs, inputs, n, x, room) in [
        (2, 0, HALF, 0, 0),
        (4, 0, HALF / 2, 0, 0),
        (HALF, 0, 2, 0, 0),
        (HALF + 3, 0, 2, 0, 6),
        (2, 2, HALF, 0, 0),
        (2, 2, HALF + 1, 2, 2),
        (1, 2, HALF + 1, 2, 1),
        (0, 2, HALF, 0, 0),
        (0, 4, HALF / 2 + 1, 4, 0),
    ] {
        let weights = vec![1.0; if inputs == 0 { 0 } else { outputs * inputs }];
        let weights = Weights::new(outputs, inputs, weights);
        let (x, mut out) = (vec![1.0; x], vec![7.0; room]);
        let message = refusal(|| weights.apply(&x, n, &mut out));
        assert!(
            message.contains("rows of"),
            "{outputs} {inputs} {n}: {message}"
        );
        assert!(out.iter().all(|&y| y == 7.0));
    }
}

#[test]
fn weights_of_a_shape_beyond_counting_are_refused() {
    for (outputs, inputs, numbers) in [
        (HALF, 2, 0),
        (2, HALF, 0),
        (HALF + 1, 2, 2),
        (2, HALF + 1, 2),
        (HALF / 8 + 1, 16, 16),
        (usize::MAX, usize::MAX, 1),
    ] {
        let message = refusal(|| Weights::new(outputs, inputs, vec![0.0; numbers]));
        assert!(message.contains("the weights from"), "{message}");
    }
}

#[test]
fn a_map_without_inputs_takes_no_memory_for_its_outputs_and_makes_zeros() {
    let huge = Weights::new(usize::MAX, 0, vec![]);
    huge.apply(&[], 0, &mut []);
    let mut out = [f32::NAN; 6];
    Weights::new(3, 0, vec![]).apply(&[], 2, &mut out);
    assert_eq!(out, [0.0; 6]);
    out = [f32::NAN; 6];
    Weights::new(3, 0, vec![]).apply_at(&[1.0], &[1, 0], &mut out);
    assert_eq!(out, [0.0; 6]);
}

#[test]
fn a_row_that_begins_near_the_end_of_all_addresses_is_refused() {
    for start in [usize::MAX, usize::MAX - 1, HALF, 6] {
        let weights = Weights::new(1, 2, vec![1.0; 2]);
        refusal(|| weights.apply_at(&[1.0; 5], &[0, start], &mut [0.0; 2]));
    }
    let none = Weights::new(1, 0, vec![]);
    refusal(|| none.apply_at(&[1.0; 5], &[6], &mut [0.0]));
}

#[test]
fn a_matrix_of_a_shape_beyond_counting_is_refused() {
    for (rows, cols) in [(HALF, 2), (2, HALF), (1 << 32, 1 << 32), (HALF / 2, 4)] {
        let message = refusal(|| Matrix::zeros(rows, cols));
        assert!(message.contains("too large"), "{message}");
        let message = refusal(|| Matrix::from_vec(rows, cols, vec![]));
        assert!(message.contains("matrix"), "{message}");
    }
    refusal(|| Matrix::from_vec(HALF + 1, 2, vec![0.0; 2]));
}

#[test]
fn a_row_that_is_not_there_is_not_another_one() {
    let mut matrix = Matrix::from_vec(2, 2, vec![1.0, 2.0, 3.0, 4.0]);
    for i in [2, HALF, HALF + 1, usize::MAX] {
        assert!(refusal(|| matrix.row(i).to_vec()).contains("of 2"));
        assert!(refusal(|| matrix.row_mut(i).fill(0.0)).contains("of 2"));
    }
    let thin = Matrix::zeros(3, 0);
    assert!(thin.row(2).is_empty());
    assert!(refusal(|| thin.row(3).to_vec()).contains("of 3"));
}

#[test]
fn a_linear_map_takes_no_rows_that_wrap() {
    let map = Linear::new(Weights::new(2, 0, vec![]), vec![1.0, 2.0]);
    assert!(refusal(|| map.apply(&Matrix::zeros(HALF, 0))).contains("too large"));
    refusal(|| map.apply_into(&[], HALF + 1, &mut [0.0; 2]));
    refusal(|| Linear::new(Weights::new(HALF, 0, vec![]), vec![]));
    let out = map.apply(&Matrix::zeros(2, 0));
    assert_eq!(out.data(), [1.0, 2.0, 1.0, 2.0]);
}

#[test]
fn a_lower_layer_whose_shares_wrap_is_refused() {
    for (features, outputs, pieces) in [(8, HALF, 2), (HALF, 1, 2), (2, HALF, 1), (4, HALF / 2, 2)]
    {
        let weights = Weights::new(0, 4, vec![]);
        let message = refusal(|| {
            PrecomputableAffine::new((features, outputs, pieces), weights, vec![], vec![])
        });
        assert!(message.contains("no array has the shape"), "{message}");
    }
    for shape in [(0, 2, 2), (8, 0, 2), (8, 2, 0)] {
        refusal(|| PrecomputableAffine::new(shape, Weights::new(0, 4, vec![]), vec![], vec![]));
    }
}

#[test]
fn an_array_in_a_file_has_as_many_bytes_as_its_shape_says_without_wrapping() {
    for shape in [
        vec![HALF, 2],
        vec![HALF + 2, 2, 1],
        vec![1 << 31, 1 << 31],
        vec![1 << 62],
        vec![usize::MAX, 0],
        vec![(1 << 62) + 1],
    ] {
        for bytes in [&[][..], &[0; 4], &[0; 16]] {
            assert!(
                Array::new("<f4", shape.clone(), bytes).is_err(),
                "{shape:?}"
            );
        }
    }
}

#[test]
fn a_vector_beyond_the_table_is_not_another_one() {
    let table = Table::new(2, 2, vec![1.0, 2.0, 3.0, 4.0]);
    let mut row = [0.0; 2];
    table.copy_row(1, &mut row);
    assert_eq!(row, [3.0, 4.0]);
    for i in [2, HALF, HALF + 1] {
        refusal(|| table.copy_row(i, &mut [0.0; 2]));
        refusal(|| table.add_row(i, 1.0, &mut [0.0; 2]));
    }
    refusal(|| Table::new(HALF, 2, Vec::new()));
    refusal(|| Table::new(usize::MAX, 2, vec![1.0; 4]));
}
