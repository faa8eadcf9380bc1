//! Whether a model of the catalog will run here, before it is downloaded: foreseen from its
//! shape. Once the file is here, the engine computes the same from the file itself.

use hearth_gguf::TensorType;
use hearth_model_catalog::{Choice, File, Kind, Model, Quantization, models};

use crate::hardware::Hardware;

/// Models below this size are read from the processor's caches.
const LEAST_TO_LEARN_FROM: u64 = 64 << 20;

/// What a model takes while it runs, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub weights: u64,
    /// Keys and values of every layer at the chosen context, in f16.
    pub kv: u64,
    /// The draft's weights, keys and values; 0 without one.
    pub draft: u64,
    /// Activations, logits and the process itself.
    pub headroom: u64,
}

impl Need {
    /// For `context` tokens; `None` for a model whose shape the catalog does not give.
    pub fn of(
        model: &Model,
        file: &File,
        context: u32,
        draft: Option<(&Model, &File)>,
    ) -> Option<Self> {
        let shape = model.shape?;
        let draft = match draft {
            Some((draft, file)) => weights(draft, file)? + kv(draft, context)?,
            None => 0,
        };
        let weights = weights(model, file)?;
        let headroom = hearth_gguf::headroom(weights, shape.vocabulary);
        Some(Self { weights, kv: kv(model, context)?, draft, headroom })
    }

    pub fn total(&self) -> u64 {
        self.weights + self.kv + self.draft + self.headroom
    }
}

/// The file's bytes, or those that its shape foresees, as wide as the cpu backend keeps its blocks.
fn weights(model: &Model, file: &File) -> Option<u64> {
    let kind = match file.quantization {
        Quantization::Q3_K_M => TensorType::Q3_K,
        Quantization::Q4_K | Quantization::Q4_K_M => TensorType::Q4_K,
        Quantization::Q5_K_M => TensorType::Q5_K,
        Quantization::Q6_K => TensorType::Q6_K,
        Quantization::Q8_0 => TensorType::Q8_0,
    };
    let foreseen = model.shape.map(|shape| shape.weight_bytes(file.quantization));
    let blocks = file.bytes.or(foreseen)? / kind.block_bytes() as u64;
    Some(blocks * kind.loaded_block_bytes() as u64)
}

fn kv(model: &Model, context: u32) -> Option<u64> {
    let context = context.min(model.context_length);
    Some(model.shape?.kv_bytes_per_token() * u64::from(context))
}

/// The verdict that stands beside a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// In the memory that is free now.
    Fits,
    /// In this machine's memory, if other programs are closed.
    Tight,
    WillNotFit,
}

/// Compares with this machine. A tenth of its memory is left to the system.
pub fn fit(need: &Need, hardware: &Hardware) -> Fit {
    let total = need.total();
    if total <= hardware.memory_available_bytes {
        Fit::Fits
    } else if total <= hardware.memory_bytes / 10 * 9 {
        Fit::Tight
    } else {
        Fit::WillNotFit
    }
}

/// How fast this machine is at reading weights, which is what decoding waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// Measured here, in bytes per second.
    pub bandwidth: f64,
    /// Measured over foreseen speed of the models that ran here before; 1 before the first.
    pub correction: f64,
}

impl Speed {
    /// Tokens a second, without a draft, when half of `context` is filled.
    pub fn expected_tok_s(&self, model: &Model, file: &File, context: u32) -> Option<f64> {
        let weights = model.shape?.bytes_per_step(file.quantization);
        let bytes = weights + kv(model, context)? / 2;
        Some(self.bandwidth / bytes as f64 * self.correction)
    }
}

/// How far models that ran here were from what their files foresee: the median of measured over
/// expected speed, for (file bytes, measured tok/s). 1 before the first.
pub fn correction(bandwidth: f64, measured: impl IntoIterator<Item = (u64, f64)>) -> f64 {
    // What fits into a cache does not wait for memory.
    let of_use = measured.into_iter().filter(|(bytes, _)| *bytes >= LEAST_TO_LEARN_FROM);
    let mut ratios: Vec<f64> =
        of_use.map(|(bytes, speed)| speed * bytes as f64 / bandwidth).collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).map_or(1.0, |ratio| ratio.clamp(0.1, 2.0))
}

/// What a person asks of a model.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    pub kind: Kind,
    /// ISO 639-1.
    pub language: &'a str,
    /// Tokens of context.
    pub context: u32,
    /// Slower is not wanted.
    pub least_tok_s: f64,
    /// How much of the free memory it may take, from 0 to 1.
    pub memory_share: f64,
}

/// A model, the file to get, and the draft that speeds it up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recommendation {
    pub model: &'static Model,
    pub file: &'static File,
    pub draft: Option<(&'static Model, &'static File)>,
    pub need: Need,
    pub expected_tok_s: f64,
}

/// The largest model that does what is asked, fits into the free memory beside its draft, and is
/// fast enough. Of its files the best that is; none below 4 bits is ever recommended.
pub fn recommend(wish: &Wish, hardware: &Hardware, speed: Speed) -> Option<Recommendation> {
    let suits = |model: &&Model| {
        let speaks = |language: &String| language == wish.language || language == "multi";
        model.kind == wish.kind && model.languages.iter().any(speaks)
    };
    let candidates = models().iter().filter(suits).flat_map(|model| {
        let good = model.files.iter().filter(|file| file.quantization.choice() != Choice::Small);
        good.map(move |file| (model, file))
    });
    let fitting = candidates.filter_map(|(model, file)| {
        let draft = draft_of(model);
        let alone = Need::of(model, file, wish.context, None)?;
        let both = Need::of(model, file, wish.context, draft)?;
        let fits = |need: &Need| {
            let allowed = hardware.memory_available_bytes as f64 * wish.memory_share;
            need.total() as f64 <= allowed
        };
        let (draft, need) = if fits(&both) { (draft, both) } else { (None, alone) };
        let expected_tok_s = speed.expected_tok_s(model, file, wish.context)?;
        let good = fits(&need) && expected_tok_s >= wish.least_tok_s;
        good.then_some(Recommendation { model, file, draft, need, expected_tok_s })
    });
    fitting.max_by_key(|found| (found.model.parameters, found.file.quantization))
}

/// The model's best draft in its smallest file: a draft's speed counts more than its quality.
pub fn draft_of(model: &Model) -> Option<(&'static Model, &'static File)> {
    let draft = hearth_model_catalog::model(model.drafts.first()?)?;
    let sound = |file: &&File| file.quantization.choice() != Choice::Small;
    let file = draft.files.iter().filter(sound).min_by_key(|file| file.quantization)?;
    Some((draft, file))
}

#[cfg(test)]
mod tests {
    use hearth_model_catalog::model;

    use super::*;

    const GB: u64 = 1_000_000_000;

    fn machine(memory: u64, available: u64) -> Hardware {
        Hardware {
            cpu: String::new(),
            physical_cores: 4,
            instructions: "AVX2",
            memory_bytes: memory * GB,
            memory_available_bytes: available * GB,
            disk_available_bytes: None,
            gpus: Vec::new(),
        }
    }

    fn speed(gigabytes: f64) -> Speed {
        Speed { bandwidth: gigabytes * GB as f64, correction: 1.0 }
    }

    fn need(id: &str, context: u32) -> Need {
        let model = model(id).unwrap();
        Need::of(model, &model.files[0], context, None).unwrap()
    }

    #[test]
    fn the_need_is_the_file_its_cache_and_what_the_engine_takes() {
        let qwen = need("qwen3-4b", 4096);
        assert_eq!(qwen.weights, 2_497_280_256 / 144 * 148, "as published, and as it is kept");
        assert_eq!(qwen.kv, 4096 * 36 * 2 * 8 * 128 * 2, "36 layers of 8 heads, keys and values");
        assert_eq!(need("qwen3-4b", 16_384).kv, 4 * qwen.kv);
        assert_eq!(
            need("yi-1.5-6b", 16_384).kv,
            need("yi-1.5-6b", 4096).kv,
            "no longer than it can"
        );

        let model = model("qwen3-4b").unwrap();
        let draft = hearth_model_catalog::model("qwen3-0.6b").unwrap();
        let both = Need::of(model, &model.files[0], 4096, Some((draft, &draft.files[0]))).unwrap();
        assert!(both.draft > draft.parameters / 2, "weights at more than 4 bits, and a cache");
        assert_eq!(both.total() - both.draft, qwen.total());
    }

    #[test]
    fn the_verdict_tells_free_memory_from_memory_that_could_be_freed() {
        let need = need("qwen3-8b", 4096);
        assert_eq!(fit(&need, &machine(16, 8)), Fit::Fits);
        assert_eq!(fit(&need, &machine(16, 3)), Fit::Tight);
        assert_eq!(fit(&need, &machine(6, 5)), Fit::WillNotFit);
    }

    #[test]
    fn the_speed_is_the_memory_bus_over_what_a_token_reads() {
        let qwen = model("qwen3-8b").unwrap();
        let slow = speed(20.0).expected_tok_s(qwen, &qwen.files[0], 4096).unwrap();
        assert!((4.0..4.6).contains(&slow), "{slow} tok/s for 4.7 GB a token at 20 GB/s");
        let corrected = Speed { correction: 0.5, ..speed(20.0) };
        assert_eq!(corrected.expected_tok_s(qwen, &qwen.files[0], 4096).unwrap(), slow / 2.0);
    }

    #[test]
    fn what_ran_here_corrects_what_is_foreseen() {
        let half = (GB, 10.0);
        assert_eq!(correction(20.0 * GB as f64, [half]), 0.5);
        assert_eq!(correction(20.0 * GB as f64, [half, (GB, 16.0), (GB, 18.0)]), 0.8);
        assert_eq!(correction(20.0 * GB as f64, [(1000, 900.0)]), 1.0, "too small to learn from");
        assert_eq!(correction(20.0 * GB as f64, []), 1.0);
    }

    fn chat() -> Wish<'static> {
        Wish {
            kind: Kind::Chat,
            language: "en",
            context: 4096,
            least_tok_s: 1.0,
            memory_share: 1.0,
        }
    }

    #[test]
    fn a_light_wish_leaves_room_for_other_programs() {
        let machine = machine(16, 10);
        let light = Wish { memory_share: 0.5, ..chat() };
        let all = recommend(&chat(), &machine, speed(40.0)).unwrap();
        let half = recommend(&light, &machine, speed(40.0)).unwrap();
        assert!(half.need.total() <= 5 * GB, "{half:?}");
        assert!(half.model.parameters < all.model.parameters);
    }

    #[test]
    fn the_recommendation_grows_with_the_machine_and_always_fits() {
        let wish = Wish { language: "de", least_tok_s: 3.0, ..chat() };
        let mut last = 0;
        for available in [2, 3, 6, 9, 14, 30] {
            let machine = machine(64, available);
            let Some(found) = recommend(&wish, &machine, speed(40.0)) else {
                assert!(last == 0, "a larger machine has at least the same choice");
                continue;
            };
            assert_eq!(fit(&found.need, &machine), Fit::Fits);
            assert!(found.expected_tok_s >= 3.0);
            assert!(found.model.parameters >= last);
            assert!(found.model.languages.iter().any(|l| l == "de" || l == "multi"));
            last = found.model.parameters;
        }
        assert!(last > 10 * GB, "30 GB run a model of more than 10 billion");
    }

    #[test]
    fn a_slow_bus_gets_a_smaller_model_and_a_hopeless_wish_none() {
        let wish = Wish { least_tok_s: 8.0, ..chat() };
        let fast = recommend(&wish, &machine(64, 40), speed(100.0)).unwrap();
        let slow = recommend(&wish, &machine(64, 40), speed(15.0)).unwrap();
        assert!(slow.model.parameters < fast.model.parameters);
        let hopeless = Wish { least_tok_s: 1e6, ..wish };
        assert_eq!(recommend(&hopeless, &machine(64, 40), speed(100.0)), None);
    }
}
