"""Writes a trained network as GGUF (arch qwen3) and reads the quantized weights back as f32."""

import gguf
import jax.numpy as jnp
import numpy as np

import bpe
import model
import quantize

CONTEXT = 1024
TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")
NAMES = {"q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output", "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
         "attn_norm": "attn_norm", "ffn_norm": "ffn_norm", "q_norm": "attn_q_norm", "k_norm": "attn_k_norm"}
KINDS = {"q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
         "q4_k": (gguf.GGMLQuantizationType.Q4_K, gguf.LlamaFileType.MOSTLY_Q4_K_M)}


def _add(writer, name, weights, kind):
    if kind == gguf.GGMLQuantizationType.Q4_K:
        raw = quantize.q4_k(weights)
    elif kind == gguf.GGMLQuantizationType.Q6_K:
        raw = quantize.q6_k(weights)
    else:
        raw = gguf.quants.quantize(weights, kind)
    writer.add_tensor(name, raw, raw_dtype=kind)


def write(path, title, shape, params, tokenizer, kind):
    """`kind` "q8_0", or "q4_k" with Q4_K matrices and a Q6_K embedding. Norms are f32."""
    params = {k: np.asarray(v, np.float32) for k, v in params.items()}
    matrix_kind, file_type = KINDS[kind]
    w = gguf.GGUFWriter(path, "qwen3")
    w.add_name(title)
    w.add_description("A tiny model that ships with Hearth, trained from scratch on text written by its own script.")
    w.add_license("MIT OR Apache-2.0")
    w.add_languages(["en"])
    w.add_file_type(file_type)
    w.add_quantization_version(gguf.GGML_QUANT_VERSION)
    w.add_context_length(CONTEXT)
    w.add_embedding_length(shape.width)
    w.add_block_count(shape.layers)
    w.add_feed_forward_length(shape.ffn)
    w.add_head_count(shape.heads)
    w.add_head_count_kv(shape.kv_heads)
    w.add_key_length(model.HEAD)
    w.add_value_length(model.HEAD)
    w.add_layer_norm_rms_eps(model.EPS)
    w.add_rope_freq_base(model.ROPE_BASE)
    w.add_rope_dimension_count(model.HEAD)
    w.add_vocab_size(shape.vocab)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("qwen2")
    w.add_token_list(tokenizer.vocabulary)
    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    w.add_token_types([control if t in bpe.SPECIAL else normal for t in tokenizer.vocabulary])
    w.add_token_merges([f"{a} {b}" for a, b in tokenizer.merges])
    w.add_bos_token_id(tokenizer.end)
    w.add_eos_token_id(tokenizer.stop)
    w.add_pad_token_id(tokenizer.end)
    w.add_add_bos_token(False)
    w.add_chat_template(TEMPLATE)
    embed_kind = gguf.GGMLQuantizationType.Q6_K if kind == "q4_k" else matrix_kind
    _add(w, "token_embd.weight", params["embed"], embed_kind)
    w.add_tensor("output_norm.weight", params["norm"])
    for i in range(shape.layers):
        for name, file_name in NAMES.items():
            tensor = params[name][i]
            if name in model.MATRICES:
                _add(w, f"blk.{i}.{file_name}.weight", np.ascontiguousarray(tensor.T), matrix_kind)
            else:
                w.add_tensor(f"blk.{i}.{file_name}.weight", tensor)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def read(path, shape):
    """The file's weights as f32 parameters, dequantized by the gguf package (code that is not ours)."""
    tensors = {t.name: gguf.quants.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(path).tensors}
    params = {"embed": tensors["token_embd.weight"], "norm": tensors["output_norm.weight"]}
    for name, file_name in NAMES.items():
        layers = [tensors[f"blk.{i}.{file_name}.weight"] for i in range(shape.layers)]
        params[name] = np.stack([t.T if name in model.MATRICES else t for t in layers])
    return {k: jnp.asarray(v, jnp.float32) for k, v in params.items()}
