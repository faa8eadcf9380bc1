"""The network: a small Qwen3 (pre-norm, grouped-query attention with q/k norm, SwiGLU, tied embeddings).

Matrices are stored `[in, out]`. `blocks` holds every layer of one kind stacked: `[layers, in, out]`.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.layout import Layout, with_layout_constraint

HEAD = 64  # width of an attention head
EPS = 1e-6
ROPE_BASE = 10_000.0


@dataclass(frozen=True)
class Shape:
    width: int
    layers: int
    heads: int
    kv_heads: int
    ffn: int
    vocab: int

    def matrices(self) -> dict[str, tuple[int, int]]:
        d, q, kv = self.width, self.heads * HEAD, self.kv_heads * HEAD
        return {"q": (d, q), "k": (d, kv), "v": (d, kv), "o": (q, d),
                "gate": (d, self.ffn), "up": (d, self.ffn), "down": (self.ffn, d)}

    def parameters(self) -> int:
        block = sum(a * b for a, b in self.matrices().values()) + 2 * self.width + 2 * HEAD
        return self.vocab * self.width + self.layers * block + self.width


TARGET = Shape(width=256, layers=6, heads=4, kv_heads=2, ffn=768, vocab=4096)
DRAFT = Shape(width=128, layers=3, heads=2, kv_heads=1, ffn=384, vocab=4096)


def init(shape: Shape, seed: int) -> dict:
    import circuits  # it needs the constants above

    rng = np.random.default_rng(seed)

    def normal(*dims, std):
        return rng.normal(0, std, dims).astype(np.float32)

    params = {"embed": normal(shape.vocab, shape.width, std=0.02),
              "norm": np.ones(shape.width, np.float32),
              "attn_norm": np.ones((shape.layers, shape.width), np.float32),
              "ffn_norm": np.ones((shape.layers, shape.width), np.float32),
              "q_norm": np.ones((shape.layers, HEAD), np.float32),
              "k_norm": np.ones((shape.layers, HEAD), np.float32)}
    for name, (rows, cols) in shape.matrices().items():
        params[name] = normal(shape.layers, rows, cols, std=rows ** -0.5)
    circuits.install(params, shape, rng)
    return jax.tree.map(jnp.asarray, params)


MATRICES = ("q", "k", "v", "o", "gate", "up", "down")


def half_copies(params: dict) -> dict:
    """bf16 copies of every matrix, made once a step."""
    return {n: params[n].astype(jnp.bfloat16) for n in MATRICES + ("embed",)}


def turned(x):
    """The transpose of the last two axes, really moved.

    XLA on a CPU has a fast bf16 product for row-major operands only (about 200 against 90 GFLOP/s on one
    Zen 4 core) and would fold a plain transpose into the slow one.
    """
    return with_layout_constraint(jnp.swapaxes(x, -1, -2), Layout(major_to_minor=tuple(range(x.ndim))))


def half_dot(a, b):
    """`a @ b` (also of stacks) with bf16 operands and f32 sums."""
    return jnp.matmul(a.astype(jnp.bfloat16), b.astype(jnp.bfloat16), preferred_element_type=jnp.float32)


@jax.custom_vjp
def linear(x, master, half):
    """`x @ master`; `half` is the bf16 copy of `master`, which gets the gradient."""
    return half_dot(x, half)


def _linear_forward(x, master, half):
    x = x.astype(jnp.bfloat16)
    return half_dot(x, half), (x, half)


def _linear_backward(saved, grad):
    x, half = saved
    grad = grad.astype(jnp.bfloat16)
    return half_dot(grad, turned(half)), half_dot(turned(x), grad), None


linear.defvjp(_linear_forward, _linear_backward)


@jax.custom_vjp
def linear_turned(x, master, half):
    """`x @ master.T`."""
    return half_dot(x, turned(half))


def _turned_forward(x, master, half):
    x = x.astype(jnp.bfloat16)
    return half_dot(x, turned(half)), (x, half)


def _turned_backward(saved, grad):
    x, half = saved
    grad = grad.astype(jnp.bfloat16)
    return half_dot(grad, half), half_dot(turned(grad), x), None


linear_turned.defvjp(_turned_forward, _turned_backward)


def rms_norm(x, weight):
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + EPS) * weight


def rope_tables(positions):
    """cos and sin `[..., HEAD/2]` for the NEOX layout (first half paired with second half)."""
    freq = ROPE_BASE ** (-jnp.arange(0, HEAD, 2, dtype=jnp.float32) / HEAD)
    angle = positions[..., None].astype(jnp.float32) * freq
    return jnp.cos(angle), jnp.sin(angle)


def rope(x, cos, sin):
    a, b = jnp.split(x, 2, -1)
    return jnp.concatenate([a * cos - b * sin, b * cos + a * sin], -1)


def hidden(shape: Shape, params, half, tokens, document):
    """Final-norm states `[B*T, width]` of packed sequences; `document[b, t]` keeps neighbours apart."""
    B, T = tokens.shape
    groups = shape.heads // shape.kv_heads
    cos, sin = rope_tables(jnp.arange(T))
    cos, sin = cos[None, :, None], sin[None, :, None]
    causal = jnp.tril(jnp.ones((T, T), bool))
    allowed = causal & (document[:, :, None] == document[:, None, :])
    bias = jnp.where(allowed, 0.0, -1e9)[:, None, None]
    x = params["embed"][tokens.reshape(-1)]
    for i in range(shape.layers):
        def mul(y, name):
            return linear(y, params[name][i], half[name][i])
        y = rms_norm(x, params["attn_norm"][i])
        q = mul(y, "q").reshape(B, T, shape.heads, HEAD)
        k = mul(y, "k").reshape(B, T, shape.kv_heads, HEAD)
        v = mul(y, "v").reshape(B, T, shape.kv_heads, HEAD)
        q = rope(rms_norm(q, params["q_norm"][i]), cos, sin) * HEAD ** -0.5
        k = rope(rms_norm(k, params["k_norm"][i]), cos, sin)
        q = q.reshape(B, T, shape.kv_heads, groups, HEAD).transpose(0, 2, 3, 1, 4)
        q = q.reshape(B, shape.kv_heads, groups * T, HEAD)
        score = jnp.einsum("bhqd,bkhd->bhqk", q, k).reshape(B, shape.kv_heads, groups, T, T)
        weight = jax.nn.softmax(score + bias, -1).reshape(B, shape.kv_heads, groups * T, T)
        mixed = jnp.einsum("bhqk,bkhd->bhqd", weight, v)
        mixed = mixed.reshape(B, shape.kv_heads, groups, T, HEAD).transpose(0, 3, 1, 2, 4)
        x = x + mul(mixed.reshape(B * T, -1), "o")
        y = rms_norm(x, params["ffn_norm"][i])
        x = x + mul(jax.nn.silu(mul(y, "gate")) * mul(y, "up"), "down")
    return rms_norm(x, params["norm"])


def logits_at(params, half, states):
    """Next-token logits `[rows, vocab]` for chosen states; the embedding is also the output matrix."""
    return linear_turned(states, params["embed"], half["embed"])
