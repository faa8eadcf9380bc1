"""Writes `goldens.txt`: blocks of every quantized type and the weights that they hold, by numpy.

    pip install gguf==0.19.0 && python goldens.py > goldens.txt

A line is a type, the bytes of some blocks, and the weights as f32 in little-endian order, in hex.
The blocks are noise, so that every bit counts, with scales that are sound.
"""

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize

# Where each type has its f16 numbers.
HALVES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0],
    Type.Q2_K: [80, 82], Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
    Type.IQ4_NL: [0], Type.IQ4_XS: [0], Type.MXFP4: [], Type.IQ1_S: [0], Type.IQ1_M: [],
    Type.IQ2_XXS: [0], Type.IQ2_XS: [0], Type.IQ2_S: [0], Type.IQ3_XXS: [0], Type.IQ3_S: [0],
    Type.TQ1_0: [52], Type.TQ2_0: [64],
}
# The smallest is not a normal number.
SCALES = [0.0137, -0.31, 5.1e-7]
EXPONENTS = [0, 1, 2, 119, 127, 255]

random = np.random.default_rng(1)
for kind, halves in HALVES.items():
    length, size = GGML_QUANT_SIZES[kind]
    count = len(EXPONENTS) if kind == Type.MXFP4 else 4 if length == 32 else 2
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    for i, block in enumerate(blocks):
        scale = np.float16(SCALES[i % len(SCALES)]).tobytes()
        for at in halves:
            block[at : at + 2] = np.frombuffer(scale, np.uint8)
        if kind == Type.MXFP4:
            block[0] = EXPONENTS[i]
        if kind == Type.IQ1_M:
            bits = int.from_bytes(scale, "little")
            for part in range(4):
                block[49 + 2 * part] = block[49 + 2 * part] & 15 | (bits >> 4 * part & 15) << 4
    weights = dequantize(blocks.reshape(1, -1), kind).astype("<f4")
    print(kind.name, blocks.tobytes().hex(), weights.tobytes().hex())
