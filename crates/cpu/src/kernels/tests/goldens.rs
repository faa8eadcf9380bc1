//! Every quantized format against an independent reading of it: `goldens.py` says how it was made.

use super::*;

#[test]
fn blocks_hold_the_weights_that_numpy_reads_from_them() {
    let mut seen = Vec::new();
    for line in include_str!("goldens.txt").lines() {
        let [name, blocks, weights] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let format =
            Format::ALL.into_iter().find(|format| format.kind().to_string() == name).unwrap();
        let (blocks, weights) = (bytes(blocks), bytes(weights));
        let columns = blocks.len() / format.source_bytes() * format.block();
        let source = Source { format, rows: 1, columns, data: &blocks };
        let mut got = vec![0.0; columns];
        source.row(0, &mut got);
        let got: Vec<u8> = got.iter().flat_map(|weight| unsigned_zero(*weight)).collect();
        let want: Vec<u8> = weights
            .as_chunks()
            .0
            .iter()
            .flat_map(|weight| unsigned_zero(f32::from_le_bytes(*weight)))
            .collect();
        assert!(got == want, "{name}");
        seen.push(format);
    }
    let quantized = Format::ALL.into_iter().filter(|format| !format.is_float());
    assert!(quantized.into_iter().all(|format| seen.contains(&format)));
}

/// Minus zero is zero.
fn unsigned_zero(weight: f32) -> [u8; 4] {
    (weight + 0.0).to_le_bytes()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().as_chunks::<2>().0;
    let byte = |two: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap();
    digits.iter().map(byte).collect()
}
