"""Measures a model on held-out items: right answers, whether confidence tells right from wrong, draft acceptance."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import conversation
import decode

DRAFTED = 4


@dataclass
class Graded:
    item: object
    prompt: list
    ids: list
    text: str
    mean_lnp: float
    right: bool


def prompt_ids(tokenizer, item):
    return tokenizer.encode_chat(conversation.render(item.before + [(item.question, "")], item.system, open_end=True))


def grade(shape, params, tokenizer, items):
    """Right means the exact answer, character for character; nothing out of scope is right."""
    prompts = [prompt_ids(tokenizer, item) for item in items]
    graded = []
    for item, prompt, (ids, lnp) in zip(items, prompts, decode.greedy(shape, params, prompts, tokenizer.stop)):
        text = tokenizer.decode(ids)
        graded.append(Graded(item, prompt, ids, text, float(np.mean(lnp)), text == item.answer))
    return graded


def accuracy(graded):
    """Share of right answers for each skill that has right answers."""
    skills = dict.fromkeys(g.item.skill for g in graded if g.item.answer is not None)
    return {s: (sum(g.right for g in graded if g.item.skill == s), sum(g.item.skill == s for g in graded)) for s in skills}


def auroc(graded):
    """Chance that a right answer has a higher mean ln p than a wrong one (Mann-Whitney; ties count half)."""
    right = np.array([g.mean_lnp for g in graded if g.right])
    wrong = np.array([g.mean_lnp for g in graded if not g.right])
    if not len(right) or not len(wrong):
        return float("nan")
    return float((right[:, None] > wrong).mean() + 0.5 * (right[:, None] == wrong).mean())


def declined(text):
    return "starter model" in text and "Models page" in text


@partial(jax.jit, static_argnums=0)
def _next_tokens(shape, params, cache, tokens):
    states, _ = decode.forward(shape, params, cache, tokens, jnp.zeros(tokens.shape[0], jnp.int32))
    return jnp.argmax(states @ params["embed"].T, -1)


def acceptance(shape, params, graded):
    """Greedy speculation with 4 drafted tokens, replayed on the target's answers.

    A draft token counts only after all before it were right, so the draft always continues the target's own text
    and one pass over the finished answer gives exactly what step-by-step drafting would.
    Returns (mean accepted a step, the same without the last step of an answer, acceptance for each position).
    """
    order = sorted(range(len(graded)), key=lambda i: len(graded[i].prompt) + len(graded[i].ids))
    accepted, inner, tried, kept = [], [], np.zeros(DRAFTED), np.zeros(DRAFTED)
    for at in range(0, len(order), 32):
        rows = [graded[i] for i in order[at:at + 32]]
        width = decode.padded(max(len(g.prompt) + len(g.ids) for g in rows))
        tokens = np.zeros((32, width), np.int32)
        for r, g in enumerate(rows):
            tokens[r, :len(g.prompt) + len(g.ids)] = g.prompt + g.ids
        guess = np.asarray(_next_tokens(shape, params, decode.empty_cache(shape, *tokens.shape), tokens))
        for r, g in enumerate(rows):
            begin, end = len(g.prompt), len(g.prompt) + len(g.ids)
            agrees = guess[r, begin - 1:end - 1] == tokens[r, begin:end]
            i = 0
            while i < len(agrees):
                window = agrees[i:i + DRAFTED]
                n = len(window) if window.all() else int(window.argmin())
                # Position k is tried when the k before it were accepted.
                for k in range(min(n + 1, len(window))):
                    tried[k] += 1
                    kept[k] += k < n
                accepted.append(n)
                if len(window) == DRAFTED:
                    inner.append(n)
                i += n + 1
    return float(np.mean(accepted)), float(np.mean(inner)), kept / np.maximum(tried, 1)
