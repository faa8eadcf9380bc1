"""Questions about Hearth among words that say nothing, so that a topic is told by its own words in any sentence."""

from phrasing import among, casual, reworded, say
from skills.hearth import any_topic


def train(rng):
    answer, lines, about, _ = any_topic(rng)
    text = rng.choice(about) if about and rng.random() < 0.4 else say(rng, rng.choice(lines))
    text = reworded(rng, among(rng, text.rstrip("?.!"), inside=True))
    return [(casual(rng, text + rng.choice("??.,") * (rng.random() < 0.5)), answer)]


def held_out(rng, n, part):
    """The held-out items of `hearth` measure this."""
    return []
