mod goldens;

use proptest::prelude::*;

use super::{
    activations::{Activations, Forms},
    matrix::{Matrix, Packer, Source, products},
    *,
};
use crate::pool::Pool;

/// Pseudo-random bytes that make sound blocks: scales are small and finite.
fn blocks(format: Format, rows: usize, columns: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let count = rows * columns / format.block();
    let mut data: Vec<u8> =
        (0..count * format.source_bytes()).map(|_| (next() >> 8) as u8).collect();
    for block in data.chunks_exact_mut(format.source_bytes()) {
        let mut half = |at: usize| {
            let value = half::f16::from_f32((next() % 1000) as f32 / 1000.0 - 0.5);
            block[at..at + 2].copy_from_slice(&value.to_le_bytes());
        };
        match format {
            Format::Q4K | Format::Q5K | Format::Q4_1 | Format::Q5_1 => {
                half(0);
                half(2);
            }
            Format::Q6K => half(208),
            Format::Q4_0
            | Format::Q5_0
            | Format::Q8_0
            | Format::Iq4Nl
            | Format::Iq4Xs
            | Format::Iq1S
            | Format::Iq2Xxs
            | Format::Iq2Xs
            | Format::Iq2S
            | Format::Iq3Xxs
            | Format::Iq3S
            | Format::F16 => half(0),
            Format::Q2K => {
                half(80);
                half(82);
            }
            Format::Q3K => half(108),
            Format::Tq1_0 => half(52),
            Format::Tq2_0 => half(64),
            Format::Mxfp4 => block[0] = 120 + (next() % 10) as u8,
            Format::Iq1M => {
                let value = half::f16::from_f32((next() % 1000) as f32 / 1000.0 - 0.5);
                for (i, nibble) in
                    [0, 4, 8, 12].map(|at| value.to_bits() >> at & 15).iter().enumerate()
                {
                    let high = &mut block[49 + 2 * i];
                    *high = *high & 15 | (*nibble as u8) << 4;
                }
            }
            Format::Bf16 => {
                let value = half::bf16::from_f32((next() % 1000) as f32 / 1000.0 - 0.5);
                block.copy_from_slice(&value.to_le_bytes());
            }
            Format::F32 => {
                let value = (next() % 1000) as f32 / 1000.0 - 0.5;
                block.copy_from_slice(&value.to_le_bytes());
            }
        }
    }
    data
}

fn activations(pool: &Pool, matrix: &Matrix, rows: usize, seed: u64) -> Activations {
    let mut x = Activations::default();
    x.fill(pool, [rows, matrix.columns], Forms::of([matrix]), |row, out| {
        for (i, out) in out.iter_mut().enumerate() {
            let mixed = (seed ^ (row * 7919 + i) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            *out = ((mixed >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * (1 + i % 3) as f32;
        }
    });
    x
}

fn pack(pool: &Pool, source: Source<'_>) -> Matrix {
    Packer::new(Packer::bytes_for(&source)).unwrap().pack(pool, source, |_| {})
}

fn multiply(isa: Isa, pool: &Pool, x: &Activations, matrix: &Matrix) -> Vec<f32> {
    let mut out = Vec::new();
    products(isa, pool, x, &mut [(matrix, &mut out)]);
    out
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

fn formats() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_instruction_set_gives_the_scalar_kernels_bits(
        format in formats(), rows in 1usize..70, blocks_in_row in 1usize..4, m in 1usize..19, seed: u64,
    ) {
        let columns = blocks_in_row * if format.is_float() { 33 } else { format.block() };
        let data = blocks(format, rows, columns, seed);
        let pool = Pool::new(2);
        let matrix = pack(&pool, Source { format, rows, columns, data: &data });
        let x = activations(&pool, &matrix, m, seed);
        let scalar = multiply(Isa::Scalar, &pool, &x, &matrix);
        for isa in Isa::available() {
            let got = multiply(isa, &pool, &x, &matrix);
            prop_assert!(bits(&got) == bits(&scalar), "{} differs", isa.name());
        }
    }

    #[test]
    fn a_rows_bits_depend_neither_on_its_company_nor_on_threads(
        format in formats(), rows in 1usize..50, m in 1usize..19, seed: u64,
    ) {
        let columns = 2 * format.block().max(16);
        let data = blocks(format, rows, columns, seed);
        let (one, three) = (Pool::new(1), Pool::new(3));
        let matrix = pack(&one, Source { format, rows, columns, data: &data });
        let together = multiply(Isa::best(), &three, &activations(&one, &matrix, m, seed), &matrix);
        for row in 0..m {
            let mut alone = Activations::default();
            let all = activations(&one, &matrix, m, seed);
            alone.fill(&one, [1, columns], Forms::of([&matrix]), |_, out| {
                out.copy_from_slice(&all.values[row * columns..][..columns]);
            });
            let alone = multiply(Isa::best(), &one, &alone, &matrix);
            prop_assert!(bits(&alone) == bits(&together[row * rows..][..rows]), "row {row} of {m}");
        }
    }

    #[test]
    fn tiles_hold_the_files_numbers(format in formats(), rows in 1usize..40, seed: u64) {
        let columns = 2 * format.block();
        let data = blocks(format, rows, columns, seed);
        let source = Source { format, rows, columns, data: &data };
        let matrix = pack(&Pool::new(1), source);
        let (mut from_file, mut from_tile) = (vec![0.0; columns], vec![0.0; columns]);
        for row in 0..rows {
            source.row(row, &mut from_file);
            matrix.row(row, &mut from_tile);
            prop_assert!(bits(&from_file) == bits(&from_tile), "row {row}");
        }
    }

    #[test]
    fn products_are_near_those_of_the_f32_numbers(
        format in formats(), rows in 1usize..40, m in 1usize..5, seed: u64,
    ) {
        let columns = 2 * format.block().max(64);
        let data = blocks(format, rows, columns, seed);
        let source = Source { format, rows, columns, data: &data };
        let pool = Pool::new(1);
        let matrix = pack(&pool, source);
        let x = activations(&pool, &matrix, m, seed);
        let out = multiply(Isa::best(), &pool, &x, &matrix);
        let mut weights = vec![0.0; columns];
        for row in 0..rows {
            source.row(row, &mut weights);
            for i in 0..m {
                let x = &x.values[i * columns..][..columns];
                let exact: f64 = x.iter().zip(&weights).map(|(a, b)| f64::from(a * b)).sum();
                let norm = |v: &[f32]| v.iter().map(|a| f64::from(a * a)).sum::<f64>().sqrt();
                // Each activation is off by up to half a step, evenly: eight deviations of the sum.
                let step = f64::from(x.iter().fold(0f32, |a, b| a.max(b.abs()))) / 127.0;
                let tolerance = 8.0 * step / 12f64.sqrt() * norm(&weights) + 1e-6;
                let error = (f64::from(out[i * rows + row]) - exact).abs();
                prop_assert!(error < tolerance, "{format:?}: off by {error}, tolerance {tolerance}");
            }
        }
    }
}

/// Scales that are no numbers, zeros, and indices and digits as large as they get.
#[test]
fn blocks_that_no_one_would_write_are_computed_without_a_panic() {
    let pool = Pool::new(1);
    for format in Format::ALL {
        let columns = 2 * format.block();
        let mut noise = blocks(format, 40, columns, 9);
        for (i, byte) in noise.iter_mut().enumerate() {
            *byte = byte.wrapping_mul(167).wrapping_add((i * 31) as u8);
        }
        for data in [vec![0xff; noise.len()], vec![0; noise.len()], vec![0x7c; noise.len()], noise]
        {
            let source = Source { format, rows: 40, columns, data: &data };
            let matrix = pack(&pool, source);
            let (mut from_file, mut from_tile) = (vec![0.0; columns], vec![0.0; columns]);
            for row in 0..40 {
                source.row(row, &mut from_file);
                matrix.row(row, &mut from_tile);
                let same = |(a, b): (&f32, &f32)| a == b || a.is_nan() && b.is_nan();
                assert!(from_file.iter().zip(&from_tile).all(same), "{format:?}");
            }
            for m in [1, 4, 13] {
                let x = activations(&pool, &matrix, m, 3);
                let scalar = multiply(Isa::Scalar, &pool, &x, &matrix);
                for isa in Isa::available() {
                    let got = multiply(isa, &pool, &x, &matrix);
                    let same = |(a, b): (&f32, &f32)| {
                        a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
                    };
                    assert!(got.iter().zip(&scalar).all(same), "{format:?} with {}", isa.name());
                }
            }
        }
    }
}
