"""Questions about Hearth once more, in plain words: what the second rounds of training are mostly about.

`plain.txt` has a topic's answer as a heading and below it the patterns that ask for it.
"""

from pathlib import Path

from phrasing import among, casual, check_unseen, reworded, say
from skills.hearth import HELD_FRAMES, TOPICS, any_topic


def _read():
    blocks = Path(__file__).with_suffix(".txt").read_text().strip().split("\n\n")
    return {heading.removeprefix("# "): patterns for heading, *patterns in map(str.splitlines, blocks)}


PLAIN = _read()
for _answer, _, _about, _held in TOPICS:
    check_unseen(_held + [frame.replace("{x}", x) for frame in HELD_FRAMES for x in _about], PLAIN[_answer])


def train(rng):
    answer, *_ = any_topic(rng)
    text = reworded(rng, say(rng, rng.choice(PLAIN[answer])))
    if rng.random() < 0.2:
        text = among(rng, text.rstrip("?.!"))
    return [(casual(rng, text), answer)]


def held_out(rng, n, part):
    """The held-out items of `hearth` measure this."""
    return []
