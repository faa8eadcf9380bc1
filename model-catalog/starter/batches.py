"""Chats packed into rectangles of token ids, with the positions whose next token is learned."""

import random

import numpy as np

import conversation

TOKENS = 2048  # a step
LEARNED = 1344  # positions a step for which logits are computed
PROMPT_WEIGHT = 0.08  # questions teach a little about language; answers are the aim


def encode(tokenizer, system, turns):
    """Token ids and, for each, whether it belongs to an answer."""
    ids, answer = [], []

    def put(text, learned):
        new = tokenizer.encode_chat(text)
        ids.extend(new)
        answer.extend([learned] * len(new))

    if system:
        put(f"<|im_start|>system\n{system}<|im_end|>\n", False)
    for question, reply in turns:
        put(f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n", False)
        put(f"{reply}<|im_end|>", True)
        put("\n", False)
    return ids[:-1], answer[:-1]


class Stream:
    """An endless, seeded stream of batches; `length` may change from one batch to the next."""

    def __init__(self, tokenizer, seed, mix=conversation.MIX):
        self.tokenizer = tokenizer
        self.mix = mix
        self.rng = random.Random(seed)
        self.pool = []

    def _document(self, length, topics):
        while True:
            ids, answer = encode(self.tokenizer, *conversation.chat(self.rng, topics, self.mix))
            if len(ids) <= length:
                return ids, answer

    def _row(self, length, topics):
        """Fills one row from a small pool, longest fitting chat first, so that little is padded."""
        left, row = length, []
        while True:
            while len(self.pool) < 48:
                self.pool.append(self._document(length, topics))
            fitting = [d for d in self.pool if len(d[0]) <= left]
            if not fitting:
                return row
            chosen = max(fitting, key=lambda d: len(d[0])) if row else self.pool[0]
            if len(chosen[0]) > left:
                return row
            self.pool.remove(chosen)
            row.append(chosen)
            left -= len(chosen[0])

    def batch(self, length, topics):
        """tokens, document `[rows, length]`; position, target, weight `[LEARNED]` into the flattened batch."""
        rows = TOKENS // length
        tokens = np.full((rows, length), self.tokenizer.end, np.int32)
        document = np.full((rows, length), -1, np.int32)
        answers, prompts = [], []
        for r in range(rows):
            at = 0
            for n, (ids, answer) in enumerate(self._row(length, topics)):
                tokens[r, at:at + len(ids)] = ids
                document[r, at:at + len(ids)] = n
                for i in range(len(ids) - 1):
                    (answers if answer[i + 1] else prompts).append((r * length + at + i, ids[i + 1]))
                at += len(ids)
        self.rng.shuffle(prompts)
        chosen = (answers + prompts)[:LEARNED]
        weight = [1.0] * min(len(answers), LEARNED) + [PROMPT_WEIGHT] * (len(chosen) - len(answers))
        missing = LEARNED - len(chosen)
        position, target = zip(*(chosen + [(0, 0)] * missing))
        return (tokens, document, np.array(position, np.int32), np.array(target, np.int32),
                np.array(weight[:LEARNED] + [0.0] * missing, np.float32))
