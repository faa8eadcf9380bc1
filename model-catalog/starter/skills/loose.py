"""Questions about Hearth and greetings in loose order: words left out, moved or added, as in a hurry or in a long sentence.

Patterns alone teach a tiny model the order of their words; this teaches it which words matter.
"""

from phrasing import casual, reworded, say
from skills.extraction import invented
from skills.greetings import TALK
from skills.hearth import any_topic

BEFORE = ["[i|we] [see|saw|found|heard|met] [something|a lot|much|a word|] [about|on|of] {x}[,|.| and] ", "[my friend|somebody|the page|a text] [talks|says something] about {x}[,|.] ",
          "about {x}: ", "{x}, ", "{x}: ", "[it is|this is|my question is] about {x}[,|.] ", "[there is|here is] {x}[,|.] ", "regarding {x}, ", "on {x}, "]
AFTER = ["[what|how] is [this|it|the thing]", "[please |]explain[ it|]", "[i wonder|no idea|not clear|unclear]", "help me", "[what|which] [should i think|is the idea|is the point]",
         "what does [it|this] [say|mean|do]", "[tell|teach] me", "i [need|want] [to know|to learn|] more", "[meaning|purpose|why]", "what now", "how come", "is it [good|useful|important]"]
WRAPS = ["[i would like|i want|i need|we want] to know[:|,|] {q}", "[i am new here|i am curious|one thing|a thing|my question|for my notes][,|:] {q}", "{q} [i am not sure|i have no idea|i could not find it]",
         "[would you|will you|could you][,| please,|] say {q}", "{q} [in hearth|in this app|here|for me|now|today|at all|in general]", "{q} {q}"]
LITTLE = set("a an the is are do does did i you my me to of in on for it this that with and can what how please have has".split())


def _loosen(rng, text, shuffle):
    words = text.rstrip("?.!").split()
    kept = [w for w in words if w.lower() not in LITTLE or rng.random() > 0.4] or words
    if rng.random() < 0.25:
        kept.insert(rng.randrange(len(kept) + 1), invented(rng))
    if shuffle and len(kept) > 3 and rng.random() < 0.5:
        cut = rng.randrange(1, len(kept))
        kept = kept[cut:] + [","] * (rng.random() < 0.3) + kept[:cut]
    if shuffle and rng.random() < 0.15:
        rng.shuffle(kept)
    return " ".join(kept).replace(" ,", ",") + rng.choice(["?", "", ""])


def train(rng):
    greeting = rng.random() < 0.2
    if greeting:
        answer, lines, _ = rng.choice(TALK)
        about = []
    else:
        answer, lines, about, _ = any_topic(rng)
    if about and rng.random() < 0.4:
        text = say(rng, rng.choice(BEFORE) + rng.choice(AFTER) + "[?|]", x=rng.choice(about))
    else:
        text = say(rng, rng.choice(lines))
        if rng.random() < 0.6:
            text = say(rng, rng.choice(WRAPS), q=text.rstrip("?"))
        if rng.random() < 0.6:
            text = _loosen(rng, text, shuffle=not greeting)
    return [(casual(rng, text if greeting else reworded(rng, text)), answer)]


def held_out(rng, n, part):
    """The held-out items of `hearth` and `greetings` measure this."""
    return []
