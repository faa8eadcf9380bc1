//! A question as a short vector: words and letter triples, hashed. Near vectors share words; no
//! model is needed, and the text cannot be read back.

use serde::{Deserialize, Serialize};

const DIMENSIONS: usize = 128;

/// In bytes. The start of a longer text stands for all of it.
const LONGEST: usize = 16 << 10;

/// `[128]`, of length 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct Sketch(Vec<f32>);

impl Sketch {
    pub fn of(text: &str) -> Self {
        let mut vector = vec![0.0; DIMENSIONS];
        let text = text[..text.floor_char_boundary(LONGEST)].to_lowercase();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            add(&mut vector, word.as_bytes(), 1.0);
            let letters: Vec<char> = format!("<{word}>").chars().collect();
            for triple in letters.windows(3) {
                let triple: String = triple.iter().collect();
                add(&mut vector, triple.as_bytes(), 0.4);
            }
        }
        Self::normalised(vector)
    }

    fn normalised(mut vector: Vec<f32>) -> Self {
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|x| *x /= length);
        }
        Self(vector)
    }

    /// Of -1 (opposite) to 1 (the same words).
    pub fn cosine(&self, other: &Self) -> f64 {
        f64::from(self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum::<f32>())
    }
}

/// A vector of the wrong size.
#[derive(Debug, thiserror::Error)]
#[error("a sketch has {DIMENSIONS} finite numbers")]
pub struct NotASketch;

impl TryFrom<Vec<f32>> for Sketch {
    type Error = NotASketch;

    fn try_from(vector: Vec<f32>) -> Result<Self, NotASketch> {
        if vector.len() != DIMENSIONS || vector.iter().any(|x| !x.is_finite()) {
            return Err(NotASketch);
        }
        Ok(Self::normalised(vector))
    }
}

impl From<Sketch> for Vec<f32> {
    fn from(sketch: Sketch) -> Self {
        sketch.0
    }
}

/// Signed hashing (Weinberger et al. 2009): collisions cancel on average.
fn add(vector: &mut [f32], gram: &[u8], weight: f32) {
    // FNV-1a: the same on every machine, for vectors that are kept.
    let hash = gram.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
    vector[(hash >> 8) as usize % DIMENSIONS] += sign * weight;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_questions_are_nearer_than_others() {
        let capital = Sketch::of("What is the capital of France?");
        let alike = Sketch::of("what's the capital of Peru");
        let other = Sketch::of("Schreibe eine Mahnung an den Vermieter");
        assert!(capital.cosine(&alike) > 0.5);
        assert!(capital.cosine(&other) < 0.3);
        assert!((capital.cosine(&capital) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn an_empty_text_is_near_nothing() {
        assert_eq!(Sketch::of("").cosine(&Sketch::of("x")), 0.0);
    }
}
