//! What the formats with codebooks have in common: a weight is one of a few magnitudes and has a
//! sign, so that it is a nibble in a tile.

/// The magnitudes of IQ2_XXS, IQ2_XS and IQ2_S, and with bit 2 the same below zero.
pub const IQ2: super::Table = super::Table {
    values: [8, 25, 43, 0, -8, -25, -43, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    unit: 1.0 / 8.0,
};

/// Two words of an entry of eight magnitudes of 2 bits, with their signs at bit 2.
#[inline]
pub fn eight(entry: u16, signs: u8) -> [u32; 2] {
    let four = |bits: u16, signs: u8| {
        let bits = u32::from(bits & 0xff);
        let apart = (bits | bits << 6 | bits << 12 | bits << 18) & 0x0303_0303;
        apart | super::bits_to_bytes(signs.into()) << 2
    };
    [four(entry, signs), four(entry >> 8, signs >> 4)]
}

/// A word of an entry of four magnitudes of 3 bits, with their signs at bit 3.
#[inline]
pub fn four(entry: u16, signs: u8) -> u32 {
    let bits = u32::from(entry);
    let apart = bits & 7 | (bits & 0o70) << 5 | (bits & 0o700) << 10 | (bits & 0o7000) << 15;
    apart | super::bits_to_bytes(signs.into()) << 3
}

/// Eight signs of which seven are stored: an even number of them is minus.
#[inline]
pub fn even_signs(seven: u32) -> u8 {
    let seven = (seven & 127) as u8;
    seven | (seven.count_ones() as u8 & 1) << 7
}

/// The odd numbers that scales of codebooks are.
#[inline]
pub fn odd(scale: u8) -> i8 {
    (2 * scale + 1) as i8
}
