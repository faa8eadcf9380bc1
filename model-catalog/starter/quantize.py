"""K-quants in numpy, after llama.cpp's block layouts (ggml-common.h). Q8_0 comes from the gguf package.

Rows are multiples of 256 long. Each function takes `[rows, n]` f32 and returns `[rows, bytes]` u8.
"""

import numpy as np


def _blocks(weights, size):
    return weights.astype(np.float32).reshape(-1, 256 // size, size)


def _affine_fit(x):
    """Scale and minimum of each group so that `scale * q - minimum` with q in 0..15 is near x, by a small search."""
    low = np.minimum(x.min(-1), 0)
    span = np.maximum(x.max(-1) - low, 1e-12)
    weight = x * x + (x * x).mean(-1, keepdims=True) + 1e-12
    best = np.full(low.shape, np.inf)
    scale, minimum = span / 15, -low
    for levels in np.arange(13.5, 16.6, 0.15):
        q = np.clip(np.rint((x - low[..., None]) * (levels / span)[..., None]), 0, 15)
        # Weighted least squares for x = s q - m.
        sw, sq, sx = weight.sum(-1), (weight * q).sum(-1), (weight * x).sum(-1)
        sqq, sqx = (weight * q * q).sum(-1), (weight * q * x).sum(-1)
        det = np.maximum(sw * sqq - sq * sq, 1e-20)
        s = (sw * sqx - sq * sx) / det
        m = -(sqq * sx - sq * sqx) / det
        below = m < 0
        s = np.where(below, sqx / np.maximum(sqq, 1e-20), s)
        m = np.maximum(m, 0)
        error = (weight * (s[..., None] * q - m[..., None] - x) ** 2).sum(-1)
        better = (error < best) & (s > 0)
        best = np.where(better, error, best)
        scale, minimum = np.where(better, s, scale), np.where(better, m, minimum)
    return scale, minimum


def q4_k(weights):
    x = _blocks(weights, 32)
    scale, minimum = _affine_fit(x)
    d = (scale.max(-1) / 63).astype(np.float16)
    dmin = (minimum.max(-1) / 63).astype(np.float16)
    d32, m32 = d.astype(np.float32)[:, None], dmin.astype(np.float32)[:, None]
    sc = np.clip(np.rint(scale / np.maximum(d32, 1e-12)), 0, 63).astype(np.uint8)
    mn = np.clip(np.rint(minimum / np.maximum(m32, 1e-12)), 0, 63).astype(np.uint8)
    step, shift = (d32 * sc)[..., None], (m32 * mn)[..., None]
    q = np.clip(np.rint((x + shift) / np.maximum(step, 1e-12)), 0, 15).astype(np.uint8)
    packed = np.concatenate([sc[:, :4] | (sc[:, 4:] >> 4) << 6, mn[:, :4] | (mn[:, 4:] >> 4) << 6,
                             (sc[:, 4:] & 15) | (mn[:, 4:] & 15) << 4], 1)
    nibbles = (q[:, 0::2] | q[:, 1::2] << 4).reshape(-1, 128)
    raw = np.concatenate([d.view(np.uint8).reshape(-1, 2), dmin.view(np.uint8).reshape(-1, 2), packed, nibbles], 1)
    return raw.reshape(weights.shape[0], -1)


def q6_k(weights):
    x = _blocks(weights, 16)
    peak = np.take_along_axis(x, np.abs(x).argmax(-1)[..., None], -1)[..., 0]
    best = np.full(peak.shape, np.inf)
    scale = peak / -32
    for levels in np.arange(-33.5, -28.4, 0.25):
        s = np.where(np.abs(peak) < 1e-12, 1e-12, peak / levels)
        q = np.clip(np.rint(x / s[..., None]), -32, 31)
        s = (q * x).sum(-1) / np.maximum((q * q).sum(-1), 1e-12)
        error = ((s[..., None] * q - x) ** 2).sum(-1)
        scale, best = np.where(error < best, s, scale), np.minimum(error, best)
    top = np.take_along_axis(scale, np.abs(scale).argmax(-1)[:, None], -1)[:, 0]
    d = (top / -128).astype(np.float16)
    d32 = d.astype(np.float32)[:, None]
    sc = np.clip(np.rint(scale / np.where(d32 == 0, 1, d32)), -128, 127).astype(np.int8)
    step = d32 * sc
    q = np.clip(np.rint(x / np.where(step == 0, 1, step)[..., None]), -32, 31)
    q = (q + 32).astype(np.uint8).reshape(-1, 2, 4, 32)
    low = np.concatenate([q[:, :, 0] & 15 | (q[:, :, 2] & 15) << 4, q[:, :, 1] & 15 | (q[:, :, 3] & 15) << 4], -1)
    high = q[:, :, 0] >> 4 | (q[:, :, 1] >> 4) << 2 | (q[:, :, 2] >> 4) << 4 | (q[:, :, 3] >> 4) << 6
    raw = np.concatenate([low.reshape(-1, 128), high.reshape(-1, 64), sc.view(np.uint8), d.view(np.uint8).reshape(-1, 2)], 1)
    return raw.reshape(weights.shape[0], -1)
