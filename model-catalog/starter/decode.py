"""Greedy decoding of many prompts at once, in f32, with ln p of every token."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from model import HEAD, rms_norm, rope, rope_tables

BATCH = 64


def forward(shape, params, cache, tokens, start):
    """Logits `[B, T, vocab]` of `tokens` placed at `start` of each row; the cache holds all positions before."""
    B, T = tokens.shape
    keys, values = cache
    S = keys.shape[2]
    groups = shape.heads // shape.kv_heads
    position = start[:, None] + jnp.arange(T)
    cos, sin = rope_tables(position)
    cos, sin = cos[:, :, None], sin[:, :, None]
    seen = jnp.arange(S)[None, None] <= position[:, :, None]
    bias = jnp.where(seen, 0.0, -1e9)[:, None, None]
    rows = jnp.arange(B)[:, None]
    x = params["embed"][tokens]
    for i in range(shape.layers):
        y = rms_norm(x, params["attn_norm"][i])
        q = (y @ params["q"][i]).reshape(B, T, shape.heads, HEAD)
        k = (y @ params["k"][i]).reshape(B, T, shape.kv_heads, HEAD)
        v = (y @ params["v"][i]).reshape(B, T, shape.kv_heads, HEAD)
        q = rope(rms_norm(q, params["q_norm"][i]), cos, sin) * HEAD ** -0.5
        k = rope(rms_norm(k, params["k_norm"][i]), cos, sin)
        keys = keys.at[i, rows, position].set(k)
        values = values.at[i, rows, position].set(v)
        q = q.reshape(B, T, shape.kv_heads, groups, HEAD)
        score = jnp.einsum("bthgd,bshd->bhgts", q, keys[i]) + bias
        mixed = jnp.einsum("bhgts,bshd->bthgd", jax.nn.softmax(score, -1), values[i])
        x = x + mixed.reshape(B, T, -1) @ params["o"][i]
        y = rms_norm(x, params["ffn_norm"][i])
        x = x + (jax.nn.silu(y @ params["gate"][i]) * (y @ params["up"][i])) @ params["down"][i]
    return rms_norm(x, params["norm"]), (keys, values)


def empty_cache(shape, rows, length):
    # Made outside of jit: XLA would spend minutes folding the zeros as constants.
    return tuple(jnp.zeros((shape.layers, rows, length, shape.kv_heads, HEAD)) for _ in range(2))


@partial(jax.jit, static_argnums=(0, 5))
def _generate(shape, params, cache, prompt, length, new, stop):
    B, T = prompt.shape
    states, cache = forward(shape, params, cache, prompt, jnp.zeros(B, jnp.int32))
    state = jnp.take_along_axis(states, (length - 1)[:, None, None], 1)[:, 0]

    def pick(state):
        logits = state @ params["embed"].T
        token = jnp.argmax(logits, -1)
        return token, jnp.take_along_axis(jax.nn.log_softmax(logits), token[:, None], 1)[:, 0]

    def go_on(carry):
        return (carry[0] < new) & ~jnp.all(carry[3])

    def step(carry):
        n, cache, state, done, tokens, lnp = carry
        token, p = pick(state)
        tokens = tokens.at[:, n].set(jnp.where(done, stop, token))
        lnp = lnp.at[:, n].set(jnp.where(done, 0.0, p))
        done = done | (token == stop)
        states, cache = forward(shape, params, cache, token[:, None], length + n)
        return n + 1, cache, states[:, 0], done, tokens, lnp

    carry = (0, cache, state, length <= 0, jnp.full((B, new), stop), jnp.zeros((B, new)))
    return jax.lax.while_loop(go_on, step, carry)[4:]


def padded(length):
    """The next power of two from 64 on, so that few shapes are compiled."""
    return max(64, 1 << (length - 1).bit_length())


def greedy(shape, params, prompts, stop, new=160):
    """For each prompt (token ids): the continuation up to and with `stop`, and ln p of each of its tokens."""
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    out = [None] * len(prompts)
    for at in range(0, len(order), BATCH):
        chosen = order[at:at + BATCH]
        width = padded(max(len(prompts[i]) for i in chosen))
        tokens = np.zeros((BATCH, width), np.int32)
        length = np.ones(BATCH, np.int32)
        for row, i in enumerate(chosen):
            tokens[row, :len(prompts[i])] = prompts[i]
            length[row] = len(prompts[i])
        got, lnp = map(np.asarray, _generate(shape, params, empty_cache(shape, BATCH, width + new), tokens, length, new, stop))
        for row, i in enumerate(chosen):
            ids = got[row].tolist()
            n = ids.index(stop) + 1 if stop in ids else new
            out[i] = (ids[:n], lnp[row, :n].tolist())
    return out
