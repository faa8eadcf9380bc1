use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::{sample_data, write_sample};
use crate::header::Value as Read;
use crate::write::{Value, Writer};
use crate::{File, Metadata, TensorType};

#[test]
fn a_written_file_reads_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = File::open(write_sample(folder.path())).unwrap();

    let metadata = file.metadata();
    assert_eq!(file.architecture(), "llama");
    assert_eq!(metadata.str("general.name"), Some("Sample"));
    assert_eq!(metadata.u32("llama.context_length"), Some(2048));
    assert_eq!(metadata.f32("llama.rope.freq_base"), Some(500_000.0));
    assert_eq!(metadata.bool("tokenizer.ggml.add_bos_token"), Some(true));
    let tokens = metadata.strs("tokenizer.ggml.tokens").unwrap();
    assert_eq!(tokens.len(), 3);
    assert_eq!(tokens.collect::<Vec<_>>(), ["<s>", "é", ""]);
    assert_eq!(metadata.f32s("tokenizer.ggml.scores"), Some(vec![0.0, -1.5, -2.0]));
    assert_eq!(metadata.i32s("tokenizer.ggml.token_type"), Some(vec![3, 1, 1]));
    assert_eq!(metadata.i32s("llama.feed_forward_length"), Some(vec![64, 128]));
    assert_eq!(metadata.u64("general.size"), Some(1 << 40));

    let data = sample_data();
    let names: Vec<_> = file.tensors().map(|tensor| tensor.name).collect();
    assert_eq!(names, ["token_embd.weight", "output_norm.weight", "output.weight"]);
    for (tensor, data) in file.tensors().zip(&data) {
        assert_eq!(tensor.data, data, "{}", tensor.name);
        assert_eq!(tensor.data.as_ptr() as usize % 32, 0, "kernels rely on the alignment");
    }
    let output = file.tensor("output.weight").unwrap();
    assert_eq!((output.dims, output.kind), ([256, 2].as_slice(), TensorType::Q4_K));
    assert!(file.tensor("nothing").is_none());
}

#[test]
fn the_facts_of_a_model_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = File::open(write_sample(folder.path())).unwrap();
    assert_eq!(file.parameters(), 32 * 3 + 5 + 512);
    assert_eq!(file.quantization(), Some(TensorType::Q4_K), "288 of 410 bytes");
    assert_eq!(file.context_length(), Some(2048));
}

#[test]
fn a_value_of_another_type_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = File::open(write_sample(folder.path())).unwrap();
    let metadata = file.metadata();
    assert_eq!(metadata.u32("general.name"), None);
    assert_eq!(metadata.str("llama.context_length"), None);
    assert_eq!(metadata.u32("general.size"), None, "it does not fit 32 bits");
    assert_eq!(metadata.u32("general.offset"), None, "it is negative");
    assert!(metadata.strs("tokenizer.ggml.scores").is_none());
    assert_eq!(metadata.i32s("tokenizer.ggml.scores"), None);
    assert_eq!(metadata.f32("nothing"), None);
}

#[test]
fn data_can_come_in_pieces_of_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pieces.gguf");
    let all = sample_data().concat();
    let mut out = super::sample().start(&path).unwrap();
    all.chunks(7).for_each(|piece| out.push(piece).unwrap());
    out.finish().unwrap();
    let whole = std::fs::read(write_sample(folder.path())).unwrap();
    assert!(std::fs::read(path).unwrap() == whole);
}

#[test]
fn a_writer_refuses_too_little_and_too_much_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("short.gguf");
    let mut out = super::sample().start(&path).unwrap();
    out.push(&[0; 102]).unwrap();
    assert!(out.finish().is_err());
    let mut out = super::sample().start(&path).unwrap();
    assert!(out.push(&[0; 1000]).is_err());
}

#[test]
fn a_header_larger_than_the_first_read_is_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.gguf");
    let tokens: Vec<String> = (0..200_000).map(|i| format!("token {i}")).collect();
    let mut writer = Writer::new();
    writer.set("tokenizer.ggml.tokens", tokens.clone());
    writer.tensor("a", &[1], TensorType::F32).write(&path, &[&[1, 2, 3, 4]]).unwrap();
    let file = File::open(path).unwrap();
    assert!(file.metadata().strs("tokenizer.ggml.tokens").unwrap().eq(tokens));
    assert_eq!(file.tensor("a").unwrap().data, [1, 2, 3, 4]);
}

fn any_value() -> impl Strategy<Value = Value> {
    let float = any::<f32>().prop_filter("NaN equals nothing", |v| !v.is_nan());
    prop_oneof![
        any::<u16>().prop_map(Value::U16),
        any::<u32>().prop_map(Value::U32),
        any::<u64>().prop_map(Value::U64),
        any::<i32>().prop_map(Value::I32),
        float.clone().prop_map(Value::F32),
        any::<bool>().prop_map(Value::Bool),
        any::<String>().prop_map(Value::Str),
        vec(any::<i32>(), 0..9).prop_map(Value::I32s),
        vec(0..=i32::MAX as u32, 0..9).prop_map(Value::U32s),
        vec(float, 0..9).prop_map(Value::F32s),
        vec(any::<String>(), 0..9).prop_map(Value::Strs),
    ]
}

fn any_tensor() -> impl Strategy<Value = (TensorType, Vec<u64>)> {
    (prop::sample::select(&TensorType::ALL[..]), vec(1u64..4, 1..=4)).prop_map(
        |(kind, mut dims)| {
            dims[0] *= kind.block_len() as u64;
            (kind, dims)
        },
    )
}

fn assert_same(metadata: Metadata, key: &str, value: &Value) {
    match value {
        Value::U16(v) => assert_eq!(metadata.u32(key), Some((*v).into())),
        Value::U32(v) => assert_eq!(metadata.u32(key), Some(*v)),
        Value::U64(v) => assert_eq!(metadata.u64(key), Some(*v)),
        Value::I32(v) => assert_eq!(metadata.get(key), Some(Read::Signed((*v).into()))),
        Value::F32(v) => assert_eq!(metadata.f32(key), Some(*v)),
        Value::Bool(v) => assert_eq!(metadata.bool(key), Some(*v)),
        Value::Str(v) => assert_eq!(metadata.str(key), Some(v.as_str())),
        Value::U32s(v) => {
            assert_eq!(metadata.i32s(key), Some(v.iter().map(|v| *v as i32).collect()))
        }
        Value::I32s(v) => assert_eq!(metadata.i32s(key).as_ref(), Some(v)),
        Value::F32s(v) => assert_eq!(metadata.f32s(key).as_ref(), Some(v)),
        Value::Strs(v) => assert!(metadata.strs(key).unwrap().eq(v)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_file_reads_back_as_it_was(
        entries in btree_map("[a-z.]{1,12}", any_value(), 0..8),
        tensors in btree_map(".{1,12}", any_tensor(), 0..6),
        fill in any::<u8>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.gguf");
        let mut writer = Writer::new();
        for (key, value) in &entries {
            writer.set(key, value.clone());
        }
        let mut data = Vec::new();
        for (at, (name, (kind, dims))) in tensors.iter().enumerate() {
            writer.tensor(name, dims, *kind);
            data.push(vec![fill ^ at as u8; kind.bytes_for(dims).unwrap() as usize]);
        }
        writer.write(&path, &data.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();

        let file = File::open(&path).unwrap();
        prop_assert!(file.metadata().keys().eq(entries.keys()));
        for (key, value) in &entries {
            assert_same(file.metadata(), key, value);
        }
        prop_assert_eq!(file.tensors().count(), tensors.len());
        for ((name, (kind, dims)), data) in tensors.iter().zip(&data) {
            let tensor = file.tensor(name).unwrap();
            prop_assert_eq!((tensor.kind, tensor.dims), (*kind, dims.as_slice()));
            prop_assert_eq!(tensor.data, data.as_slice());
        }
    }
}
