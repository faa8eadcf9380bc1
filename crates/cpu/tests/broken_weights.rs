//! Files whose header is sound and whose weights are not: bytes of a disk that forgot some.
//! Every one must load or be refused, and answer or fail, without a panic.

use std::{fs, path::Path};

use hearth_chat::{Message, Request, Role, Signals};
use hearth_cpu::{
    LoadOptions, LoadedModel,
    kernels::Format,
    synthetic::{self, Mix, Shape, Stretch},
};

const SHAPE: Shape = Shape {
    name: "tiny",
    architecture: "llama",
    layers: 1,
    width: 256,
    feed_forward: 256,
    heads: 4,
    kv_heads: 2,
    head_dim: 64,
    vocabulary: 300,
    context_length: 64,
    rope_base: 1e4,
    tied: false,
    stretch: Stretch::None,
    window: 0,
};

/// `HEARTH_FUZZ_RUNS` asks for more.
fn runs() -> usize {
    std::env::var("HEARTH_FUZZ_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

#[test]
fn no_mutated_body_brings_the_backend_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mutant.gguf");
    let mut random = Random(1);
    let uniform = Format::ALL.map(|format| Mix::Uniform(format.kind()));
    let mixes = [&[Mix::Q4KM], uniform.as_slice()].concat();
    let (mut answered, mut refused) = (0, 0);
    for mix in &mixes {
        synthetic::write(&path, &SHAPE, *mix, 5).unwrap();
        let sound = fs::read(&path).unwrap();
        let weights: usize =
            hearth_gguf::File::open(&path).unwrap().tensors().map(|t| t.data.len()).sum();
        let body = sound.len() - weights;
        for _ in 0..runs().div_ceil(mixes.len()) {
            let mut bytes = sound.clone();
            mutate(&mut bytes[body..], &mut random);
            fs::write(&path, bytes).unwrap();
            match answer(&path) {
                Ok(()) => answered += 1,
                Err(_) => refused += 1,
            }
        }
    }
    println!("{answered} answered, {refused} refused");
    assert!(answered > 0);
}

/// Overwrites a few stretches with noise, ones (which are not numbers as floats) or zeros.
fn mutate(body: &mut [u8], random: &mut Random) {
    for _ in 0..1 + random.below(20) {
        let from = random.below(body.len());
        let to = body.len().min(from + 1 + random.below(4096));
        match random.below(3) {
            0 => body[from..to].fill_with(|| random.below(256) as u8),
            1 => body[from..to].fill(0xff),
            _ => body[from..to].fill(0),
        }
    }
}

fn answer(path: &Path) -> Result<(), hearth_chat::Error> {
    let options = LoadOptions { threads: Some(1), ..LoadOptions::default() };
    let mut model = LoadedModel::load(path, &options, &mut |_| {})?;
    let mut request = Request::new(vec![Message::new(Role::User, "hello there")]);
    request.sampling.max_tokens = Some(3);
    request.sampling.seed = Some(1);
    model.generate(&request, &Signals::default(), &mut |_| {}).map(drop)
}

/// SplitMix64 (Steele et al. 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}
