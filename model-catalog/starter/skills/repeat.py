"""Saying something again, word for word: the plainest form of the copying that extraction needs."""

from phrasing import casual, check_unseen, say
from skills import Item
from skills.extraction import invented, strange
from skills.words import WORDS

ASK = ["repeat: {t}", "repeat after me: {t}", "say: {t}", "say {t}", "write {t}", "copy: {t}", "copy this: {t}", "please repeat: {t}", "echo {t}", "say it again: {t}",
       "[please |can you |now |][copy|echo|repeat|write|type|say] [this|that|it|the text|the words|the line|after me][ for me| again| exactly|]: {t}",
       "[i want to read|i want to hear|let me hear|give me back|answer with|send back|the text is|my text]: {t}", "[you say|you write|write out|copy out][:|] {t}"]
HELD_ASK = ["could you repeat: {t}", "I want you to say: {t}", "copy this text: {t}"]
check_unseen(HELD_ASK, ASK)


def _word(rng, held):
    kind = rng.random()
    word = rng.choice(WORDS) if kind < 0.4 else strange(rng) if kind < 0.7 and not held else invented(rng)
    return word.capitalize() if rng.random() < 0.4 else word


def _make(rng, held):
    words = " ".join(_word(rng, held) for _ in range(rng.randint(2, 5)))
    asked = casual(rng, say(rng, rng.choice(HELD_ASK if held else ASK)).replace("{t}", "\0"), held=held)
    return asked.replace("\0", words), words


def train(rng):
    return [_make(rng, False)]


def held_out(rng, n, part):
    """Unseen instructions and new words."""
    return [Item("repeating", *_make(rng, True)) for _ in range(n)]
