//! What the processor can do at the shapes of a small pipeline: the speed of the matrix products alone, and of memory.
//!
//! `cargo bench -p nlp-core --bench ceiling`. `NLP_CORE_ISA` picks the instructions, as for the pipeline.

use std::hint::black_box;
use std::time::Instant;

use nlp_core::nn::gemm::{Pairs, Weights};

/// Runs `work` for about a fifth of a second, five times, and gives the seconds that the fastest run took for one.
fn seconds(mut work: impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut times = 0;
    while started.elapsed().as_secs_f64() < 0.05 {
        work();
        times += 1;
    }
    let times = 4 * times;
    let run = |work: &mut dyn FnMut()| {
        let started = Instant::now();
        (0..times).for_each(|_| work());
        started.elapsed().as_secs_f64() / f64::from(times)
    };
    (0..5).map(|_| run(&mut work)).fold(f64::INFINITY, f64::min)
}

fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i as f32 * 0.37).sin()).collect()
}

fn main() {
    println!("{:<44} {:>10}", "product of 256 rows", "GFLOP/s");
    for (name, outputs, inputs) in [
        ("shares of the first layer, 96 to 864", 864, 96),
        ("a convolution as it stands, 288 to 288", 288, 288),
        ("parser's lower layer, 64 to 1024", 1024, 64),
        ("lemmatizer's scores, 96 to 531", 531, 96),
    ] {
        let weights = Weights::new(outputs, inputs, numbers(outputs * inputs));
        let (x, mut out) = (numbers(256 * inputs), vec![0.0; 256 * outputs]);
        let time = seconds(|| weights.apply(black_box(&x), 256, black_box(&mut out)));
        let flop = 2 * 256 * outputs * inputs;
        println!("{name:<44} {:>10.1}", flop as f64 / time / 1e9);
    }
    let pairs = Pairs::new(288, 96, &numbers(288 * 3 * 96));
    let (x, mut out) = (numbers(258 * 96), vec![0.0; 256 * 288]);
    let starts: Vec<usize> = (0..128).map(|pair| 2 * pair * 96).collect();
    let mut room = vec![0.0; pairs.room(128)];
    let time = seconds(|| pairs.apply(black_box(&x), &starts, &mut room, black_box(&mut out)));
    let flop = 2 * 128 * 4 * 96 * 288;
    println!(
        "{:<44} {:>10.1}",
        "a convolution by pairs of rows",
        flop as f64 / time / 1e9
    );
    println!(
        "{:<44} {:>10.1}",
        "  counted as it stands",
        1.5 * flop as f64 / time / 1e9
    );

    println!("\n{:<44} {:>10}", "memory", "GB/s");
    for (name, mib) in [
        ("read, 16 KiB", 1.0 / 64.0),
        ("read, 512 KiB", 0.5),
        ("read, 8 MiB", 8.0),
        ("read, 256 MiB", 256.0),
    ] {
        let x = numbers((mib * (1 << 18) as f64) as usize);
        let time = seconds(|| {
            let mut sums = [0.0_f32; 64];
            for chunk in black_box(&x).chunks_exact(64) {
                sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x);
            }
            black_box(sums);
        });
        println!("{name:<44} {:>10.1}", 4.0 * x.len() as f64 / time / 1e9);
    }
}
