"""Muon for the matrices of the blocks, Adam for embeddings and norms, linear warm-up and decay to zero."""

import jax
import jax.numpy as jnp

from model import MATRICES, half_dot, turned

# Newton-Schulz coefficients of Jordan et al., "Muon: An optimizer for hidden layers" (2024).
A, B, C = 3.4445, -4.7750, 2.0315


def orthogonal(g):
    """The nearest (semi-)orthogonal matrices to a stack `[layers, rows, cols]`, approximately."""
    tall = g.shape[1] > g.shape[2]
    x = jnp.swapaxes(g, 1, 2) if tall else g
    x = x / (jnp.linalg.norm(x, axis=(1, 2), keepdims=True) + 1e-7)
    for _ in range(5):
        half = x.astype(jnp.bfloat16)
        s = half_dot(half, turned(half))
        x = A * x + half_dot(B * s + C * half_dot(s, s), x)
    return jnp.swapaxes(x, 1, 2) if tall else x


def init(params):
    zeros = jax.tree.map(jnp.zeros_like, params)
    second = {n: jnp.zeros_like(p) for n, p in params.items() if n not in MATRICES}
    return {"first": zeros, "second": second, "step": jnp.zeros((), jnp.int32)}


def update(params, grads, state, rate, *, muon=0.02, adam=0.004, decay=0.02):
    """One step; `rate` is the schedule's factor in 0..1."""
    step = state["step"] + 1
    new, first, second = {}, {}, {}
    for name, p in params.items():
        g, m = grads[name], state["first"][name]
        if name in MATRICES:
            m = 0.95 * m + g
            turn = orthogonal(g + 0.95 * m)
            scale = max(1.0, p.shape[2] / p.shape[1]) ** 0.5
            new[name] = p * (1 - rate * muon * decay) - rate * muon * scale * turn
        else:
            m = 0.9 * m + 0.1 * g
            v = 0.98 * state["second"][name] + 0.02 * g * g
            fixed = (m / (1 - 0.9 ** step)) / (jnp.sqrt(v / (1 - 0.98 ** step)) + 1e-10)
            new[name] = p - rate * adam * fixed
            second[name] = v
        first[name] = m
    return new, {"first": first, "second": second, "step": step}


def schedule(step, steps, warm=40):
    return min(1.0, (step + 1) / warm) * min(1.0, (steps - step) / (0.6 * steps))
