"""A byte-level BPE vocabulary whose pieces do not depend on what stands before a word.

Merges inside words come first, merges of a leading space last and only before common lower-case words, and
punctuation never joins letters. So "Kelvin",
" Kelvin" and "@Kelvin" split alike, which is what makes copying a name into JSON easy for a tiny model.
"""

from collections import Counter, defaultdict
from functools import lru_cache

import regex

# The pre-tokenizer that GGUF files call "qwen2": every digit stands alone.
SPLIT = regex.compile(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SPACE_MERGES = 900


def byte_letters():
    """GPT-2's printable stand-in for each byte value."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    extra = [b for b in range(256) if b not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(extra)}


LETTERS = byte_letters()
BYTES = {c: b for b, c in LETTERS.items()}


def spelled(text):
    return tuple(LETTERS[b] for b in text.encode())


def _core(piece):
    """The part of a piece that merges: letters without the one sign before them."""
    return piece[1:] if len(piece) > 1 and piece[1:].isalpha() and not piece[0].isalpha() else piece


def train(texts, size):
    """Returns (vocabulary in id order, merges in rank order)."""
    pieces = Counter(p for t in texts for p in SPLIT.findall(t))
    cores = Counter()
    for piece, count in pieces.items():
        cores[_core(piece)] += count
    words = [list(spelled(w)) for w in cores]
    counts = list(cores.values())
    pairs, places = Counter(), defaultdict(set)
    for i, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += counts[i]
            places[pair].add(i)
    merges = []
    wanted = size - 256 - len(SPECIAL) - SPACE_MERGES
    while len(merges) < wanted:
        # Ties go to the alphabet, so that the result does not depend on hash order.
        best = max(pairs, key=lambda p: (pairs[p], p))
        assert pairs[best] > 1, "too little text for this vocabulary"
        merges.append(best)
        for i in list(places[best]):
            old = words[i]
            for pair in zip(old, old[1:]):
                pairs[pair] -= counts[i]
                places[pair].discard(i)
            new, k = [], 0
            while k < len(old):
                if k + 1 < len(old) and (old[k], old[k + 1]) == best:
                    new.append(old[k] + old[k + 1])
                    k += 2
                else:
                    new.append(old[k])
                    k += 1
            words[i] = new
            for pair in zip(new, new[1:]):
                pairs[pair] += counts[i]
                places[pair].add(i)
        del pairs[best]
    first = dict(zip(cores, words))
    starts = Counter()
    for piece, count in pieces.items():
        word = _core(piece)
        # Names keep the space apart, so that the same tokens spell them in a text and in JSON.
        if piece[0] == " " and word != piece and len(first[word]) == 1 and word[0].islower():
            starts[first[word][0]] += count
    merges += [(LETTERS[32], t) for t, _ in sorted(starts.items(), key=lambda kv: (-kv[1], kv[0]))[:SPACE_MERGES]]
    vocabulary = [LETTERS[b] for b in range(256)] + [a + b for a, b in merges]
    while len(vocabulary) < size - len(SPECIAL):
        vocabulary.append(f"<|unused{len(vocabulary)}|>")
    return vocabulary + SPECIAL, merges


class Tokenizer:
    def __init__(self, vocabulary, merges):
        self.vocabulary = vocabulary
        self.merges = merges
        self.ids = {t: i for i, t in enumerate(vocabulary)}
        self.rank = {m: i for i, m in enumerate(merges)}
        self.end, self.start, self.stop = (self.ids[s] for s in SPECIAL)
        self.piece = lru_cache(maxsize=200_000)(self._piece)
        self.special = regex.compile("|".join(regex.escape(s) for s in SPECIAL))

    def _piece(self, piece):
        parts = list(spelled(piece))
        while len(parts) > 1:
            ranks = [self.rank.get(p, 1 << 30) for p in zip(parts, parts[1:])]
            i = min(range(len(ranks)), key=ranks.__getitem__)
            if ranks[i] == 1 << 30:
                break
            parts[i:i + 2] = [parts[i] + parts[i + 1]]
        return tuple(self.ids[p] for p in parts)

    def encode(self, text):
        """Plain text; special tokens in it are spelled out, never produced."""
        return [i for p in SPLIT.findall(text) for i in self.piece(p)]

    def encode_chat(self, text):
        """Rendered ChatML, where the special tokens mean themselves."""
        out, at = [], 0
        for mark in self.special.finditer(text):
            out += self.encode(text[at:mark.start()]) + [self.ids[mark.group()]]
            at = mark.end()
        return out + self.encode(text[at:])

    def decode(self, ids):
        raw = b"".join(bytes(BYTES[c] for c in self.vocabulary[i]) for i in ids if i < len(self.vocabulary) - len(SPECIAL))
        return raw.decode(errors="replace")
