"""Starts a network with heads that copy, instead of waiting for them to emerge.

Nearly all that the starter does is copying: digits, names, words. Transformers learn it with pairs of heads, one that
looks at the previous token and one that looks for the last place where the current token came before ("induction heads",
Olsson et al. 2022), but only after a long plateau, which a short training on one core cannot afford. So such pairs are
written into layers 0 and 1 by hand. They look for the last place of the current *two* tokens, since single digits and
syllables come again too often. Training is free to change every one of these numbers, and does.

The residual stream starts as: channel 0 a constant (it adds the same to every logit, so it is free), then the token's
embedding, then an empty last quarter in which layer 0 writes sketches of the previous token and of the one before it.
"""

import numpy as np

from model import HEAD, ROPE_BASE

STD = 0.02
FAST = 8  # rope pairs that can tell neighbours apart
SLOW = slice(HEAD // 4, HEAD // 2)  # rope pairs that hardly turn over a chat; half of the pairs


def _orthonormal(rng, rows, cols):
    return np.linalg.qr(rng.normal(size=(rows, cols)))[0].astype(np.float32)


def install(params, shape, rng):
    """Overwrites heads of the first two layers of `params` (numpy arrays) in place."""
    width, sketch = shape.width, shape.width // 8
    token = slice(1, width - 2 * sketch)
    last, before = width - 2 * sketch, width - sketch  # where the two sketches begin
    size = token.stop - token.start
    params["embed"][:, 0] = 0.1
    params["embed"][:, last:] = 0
    params["o"][:], params["down"][:] = 0, 0

    # Layer 0: a constant key; head 0 asks with the same vector turned back by one position, head 1 by two.
    turn = ROPE_BASE ** (-np.arange(FAST) * 2 / HEAD)
    params["q"][0][:, :2 * HEAD], params["k"][0][:, :HEAD], params["v"][0][:, :HEAD] = 0, 0, 0
    params["k"][0][0, :FAST] = 1
    params["q_norm"][0], params["k_norm"][0] = 2.5, 2.5
    view = _orthonormal(rng, size, sketch)
    params["v"][0][token, :sketch] = view
    for head, place in enumerate((last, before)):
        params["q"][0][0, head * HEAD:head * HEAD + FAST] = np.cos(turn * (head + 1))
        params["q"][0][0, head * HEAD + HEAD // 2:head * HEAD + HEAD // 2 + FAST] = -np.sin(turn * (head + 1))
        params["o"][0][head * HEAD:head * HEAD + sketch, place:place + sketch] = STD * np.eye(sketch)

    # Layer 1: find the place whose previous tokens look like these, and bring the token that stands there.
    slow = np.r_[np.arange(HEAD)[SLOW], np.arange(HEAD)[SLOW] + HEAD // 2]
    groups = shape.heads // shape.kv_heads
    params["q_norm"][1], params["k_norm"][1] = 1.5, 1.5
    basis = _orthonormal(rng, size, min(size, HEAD * shape.kv_heads))
    n = len(slow) // 2
    for kv in range(shape.kv_heads):
        seen = kv * n % sketch + np.arange(n)  # its part of a sketch
        keys = np.zeros((width, HEAD), np.float32)
        queries = np.zeros((width, HEAD), np.float32)
        queries[token, slow[:n]] = view[:, seen]
        keys[last + seen, slow[:n]] = 1
        queries[last + seen, slow[n:]] = 1
        keys[before + seen, slow[n:]] = 1
        carried = basis[:, kv * HEAD:(kv + 1) * HEAD]
        params["k"][1][:, kv * HEAD:(kv + 1) * HEAD] = keys
        params["v"][1][:, kv * HEAD:(kv + 1) * HEAD] = 0
        params["v"][1][token, kv * HEAD:kv * HEAD + carried.shape[1]] = carried
        for head in range(kv * groups, (kv + 1) * groups):
            params["q"][1][:, head * HEAD:(head + 1) * HEAD] = queries
            params["o"][1][head * HEAD:head * HEAD + carried.shape[1], token] = 2 * STD / groups * carried.T
