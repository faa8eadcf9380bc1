"""Makes the starter pair: `python train.py --out DIR`. See README.md."""

import os

# One thread: the result does not depend on the number of cores, and the machine stays usable.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import argparse
import random
import time
from pathlib import Path

import jax
import numpy as np

import batches
import bpe
import conversation
import learn
import model
import publish


def vocabulary(seed):
    rng = random.Random(f"{seed} vocabulary")
    texts = []
    for _ in range(25_000):
        system, turns = conversation.chat(rng, 3)
        texts += ([system] if system else []) + [part for turn in turns for part in turn]
    # The words of ChatML must be single pieces, as they come in every chat.
    texts += ["user", "assistant", "system"] * 25_000
    return bpe.Tokenizer(*bpe.train(texts, 4096))


def save(path, params):
    np.savez(path, **jax.tree.map(np.asarray, params))


def load(path):
    return {k: jax.numpy.asarray(v) for k, v in np.load(path).items()}


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--out", type=Path, required=True, help="folder for the models, EVAL.md and checkpoints")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--steps", type=int, default=800, help="steps of 2,048 tokens for the target")
    args.add_argument("--draft-steps", type=int, default=450)
    args = args.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    began = time.time()
    tokenizer = vocabulary(args.seed)
    target = learn.train_target(tokenizer, args.seed, args.steps, keep=lambda p: save(args.out / "target.npz", p))
    save(args.out / "target.npz", target)
    draft = learn.train_draft(tokenizer, target, args.seed, args.draft_steps)
    save(args.out / "draft.npz", draft)

    minutes = (time.time() - began) / 60
    publish.publish(args.out, tokenizer, target, draft, [
        f"seed {args.seed}; target {args.steps} steps, draft {args.draft_steps} steps of {batches.TOKENS:,} tokens",
        f"{model.TARGET.parameters():,} and {model.DRAFT.parameters():,} parameters",
        f"training took {minutes:.0f} min wall, {time.process_time() / 60:.0f} min of one core"])


if __name__ == "__main__":
    main()
