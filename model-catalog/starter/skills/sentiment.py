"""Is a short review positive or negative?"""

from phrasing import casual, say
from skills import Item

GOOD = ("great good excellent wonderful lovely perfect amazing fantastic superb brilliant delicious friendly fast reliable beautiful "
        "comfortable pleasant helpful quiet bright solid charming delightful fresh tasty clean polite easy fun warm sturdy "
        "impressive outstanding awesome nice smooth quick generous elegant").split()
BAD = ("terrible bad awful horrible poor disappointing boring broken slow rude dirty noisy useless cheap weak cold ugly painful "
       "unpleasant confusing stale bland late expensive flimsy annoying dull unreliable dreadful disgusting lousy faulty sad "
       "tasteless frustrating mediocre clumsy worn messy").split()
THINGS = ("film book hotel phone meal restaurant service staff room battery screen camera story coffee food bed app game laptop "
          "jacket chair music show trip delivery sound picture price lamp bag course teacher museum soup pizza bike car tent radio").split()
LOVE = ["I love it", "I loved every minute", "I would buy it again", "highly recommended", "worth every cent", "best purchase this year",
        "we will come back", "it made my day", "I am very happy", "exceeded my hopes", "five stars", "I recommend it to everyone",
        "could not be happier", "my family loves it", "a real joy", "works like a charm", "I enjoyed it", "it was a pleasure"]
HATE = ["I hate it", "I want my money back", "I regret buying it", "do not buy it", "a waste of money", "never again",
        "it broke after a day", "I am very unhappy", "I sent it back", "one star", "stay away", "a waste of time", "it stopped working",
        "I was bored", "it fell apart", "I could not wait for it to end", "we left early", "it ruined the evening"]
SHAPES = ["the {t} [is|was] [very |really |so |]{w}", "what a {w} {t}", "[such|this is] a {w} {t}", "a [very |truly |]{w} {t}", "{w} {t}",
          "the {t} [looks|seems|feels] {w}", "[very|really|so] {w} {t}", "{t} [is|was] {w} and {v}", "the {t} [is|was] {w}, the {u} [is|was] {v}",
          "I found the {t} {w}", "my {t} is {w}", "{w}, {v} {t}"]
# `{n}` is a word of the other side, turned round by a negation.
TURNED = ["the {t} [is|was] not {n}[ at all|]", "not a {n} {t}", "this {t} is [never|not] {n}", "the {t} was anything but {n}",
          "I did not find the {t} {n}"]
HELD_SHAPES = ["honestly, the {t} was {w}", "we thought the {t} was {w}", "everything about the {t} felt {w}", "I expected less, but the {t} is {w}",
               "in my view the {t} is {w} and {v}", "the {t} turned out {w}"]
# "I expected less" leans one way, so it is only used with good words; see `_review`.
ASK = ["is this review positive or negative? {r}", "positive or negative? {r}", "sentiment: {r}", "what is the sentiment of this review? {r}",
       "[classify|judge|rate] this review: {r}", "is this [good or bad|positive or negative]: {r}", "sentiment of: {r}",
       "does [the writer|this person] like it? {r}", "review: {r} positive or negative?", "{r} - is that positive or negative?",
       "tell me if this is positive or negative: {r}", "is this a good or a bad review? {r}", "what is the mood of this text? {r}"]
HELD_ASK = ["please say if this review is positive or negative: {r}", "how would you judge this review, positive or negative? {r}",
            "the sentiment of this text, please: {r}", "a customer wrote: {r} Is it positive or negative?"]


def _clause(rng, good, held):
    words, others = (GOOD, BAD) if good else (BAD, GOOD)
    if rng.random() < 0.18:
        return say(rng, rng.choice(TURNED), t=rng.choice(THINGS), n=rng.choice(others))
    shapes = SHAPES + (HELD_SHAPES if good else [s for s in HELD_SHAPES if "less" not in s]) * 3 if held else SHAPES
    w, v = rng.sample(words, 2)
    t, u = rng.sample(THINGS, 2)
    return say(rng, rng.choice(shapes), t=t, u=u, w=w, v=v)


def _review(rng, good, held):
    parts = []
    if rng.random() < 0.85:
        parts.append(_clause(rng, good, held))
    if not parts or rng.random() < 0.55:
        parts.append(rng.choice(LOVE if good else HATE))
    if rng.random() < 0.2:
        parts.append(_clause(rng, good, held))
    rng.shuffle(parts)
    end = rng.choice([".", ".", "!", "!"])
    text = (end + " ").join(p[:1].upper() + p[1:] for p in parts) + end
    if rng.random() < 0.25:
        text = text.lower()
    return f'"{text}"' if rng.random() < 0.25 else text


def _make(rng, held=False):
    good = rng.random() < 0.5
    pattern = rng.choice(HELD_ASK if held else ASK)
    review = _review(rng, good, held)
    before, after = say(rng, pattern.replace("{r}", "\0")).split("\0")
    before = casual(rng, before, held=held) + (" " if before else "") if before.strip() else before
    return f"{before.rstrip()} {review}{after}".strip(), f"This review is {'positive' if good else 'negative'}."


def train(rng):
    return [_make(rng)]


def held_out(rng, n, part):
    """Unseen instructions, mostly unseen sentence shapes; the opinion words themselves are known."""
    return [Item("sentiment", *_make(rng, held=True)) for _ in range(n)]
