"""Makes the starter pair: `python train.py --out DIR`. See README.md."""

import os

# One thread: the result does not depend on the number of cores, and the machine stays usable.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import argparse
import json
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


def vocabulary(seed, out):
    """The tokenizer of this seed; made once for a folder."""
    kept = out / f"vocabulary-{seed}.json"
    if kept.exists():
        tokens, merges = json.loads(kept.read_text())
        return bpe.Tokenizer(tokens, [tuple(m) for m in merges])
    rng = random.Random(f"{seed} vocabulary")
    texts = []
    for _ in range(25_000):
        system, turns = conversation.chat(rng, 3)
        texts += ([system] if system else []) + [part for turn in turns for part in turn]
    # The words of ChatML must be single pieces, as they come in every chat.
    texts += ["user", "assistant", "system"] * 25_000
    tokens, merges = bpe.train(texts, 4096)
    kept.write_text(json.dumps([tokens, merges]))
    return bpe.Tokenizer(tokens, merges)


def save(path, params):
    np.savez(path, **jax.tree.map(np.asarray, params))


def made(path, make):
    """The parameters in `path` and the minutes (wall, processor) that they took; made first if they are not there."""
    if not path.exists():
        wall, busy = time.time(), time.process_time()
        save(path, make())
        minutes = [(time.time() - wall) / 60, (time.process_time() - busy) / 60]
        path.with_suffix(".json").write_text(json.dumps(minutes))
    return {k: jax.numpy.asarray(v) for k, v in np.load(path).items()}, json.loads(path.with_suffix(".json").read_text())


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--out", type=Path, required=True, help="folder for the results; what it already holds is not trained again")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--steps", type=int, default=8800, help="steps of 2,048 tokens for the target")
    args.add_argument("--second-steps", type=int, default=900, help="steps of each of the target's second rounds")
    args.add_argument("--draft-steps", type=int, default=600)
    args.add_argument("--dev", type=float, metavar="SHARE", help="only show figures for this share of the development items")
    args = args.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    tokenizer = vocabulary(args.seed, args.out)
    first, first_minutes = made(args.out / "first.npz", lambda: learn.train_target(
        tokenizer, args.seed, args.steps, keep=lambda p: save(args.out / "first-so-far.npz", p)))
    seconds = [made(args.out / f"second-{n}.npz", lambda: learn.refine_target(tokenizer, args.seed + 1 + n, args.second_steps, first))
               for n in (1, 2)]
    target = learn.middle(first, *(weights for weights, _ in seconds))
    if args.dev:
        return publish.development(tokenizer, target, args.dev)
    draft, draft_minutes = made(args.out / "draft.npz", lambda: learn.train_draft(tokenizer, target, args.seed, args.draft_steps))
    took = [("first round", first_minutes), *(("second round", minutes) for _, minutes in seconds), ("draft", draft_minutes)]
    publish.publish(args.out, tokenizer, target, draft, [
        f"seed {args.seed}; target {args.steps} and twice {args.second_steps} steps, draft {args.draft_steps} steps of {batches.TOKENS:,} tokens",
        f"{model.TARGET.parameters():,} and {model.DRAFT.parameters():,} parameters",
        *(f"the {name} took {wall:.0f} min wall, {busy:.0f} min of processor time" for name, (wall, busy) in took)])


if __name__ == "__main__":
    main()
