"""How a sentence is varied: bracket patterns, and the ways people type in a hurry."""

import functools
import itertools
import re


@functools.lru_cache(maxsize=None)
def _parse(pattern: str):
    """`[a|b|]` is a choice (here of a, b or nothing) and may nest. Returns a tree of lists and strings."""
    stack = [[[]]]
    text = ""

    def flush():
        nonlocal text
        if text:
            stack[-1][-1].append(text)
        text = ""

    for char in pattern:
        if char == "[":
            flush()
            stack.append([[]])
        elif char == "|" and len(stack) > 1:
            flush()
            stack[-1].append([])
        elif char == "]":
            flush()
            choice = stack.pop()
            stack[-1][-1].append(choice)
        else:
            text += char
    flush()
    assert len(stack) == 1, pattern
    return stack[0][0]


def _walk(rng, parts):
    return "".join(p if isinstance(p, str) else _walk(rng, rng.choice(p)) for p in parts)


def say(rng, pattern: str, **slots) -> str:
    """One sentence of a pattern; `{name}` is filled from `slots` after the choices are made."""
    text = _walk(rng, _parse(pattern))
    for name, value in slots.items():
        text = text.replace("{" + name + "}", str(value))
    return re.sub(r"  +", " ", text).strip()


def every(pattern: str) -> list[str]:
    """All sentences of a pattern."""
    def expand(parts):
        return map("".join, itertools.product(*([p] if isinstance(p, str) else [t for choice in p for t in expand(choice)] for p in parts)))
    return list(expand(_parse(pattern)))


def check_unseen(held, trained):
    """Fails if a training pattern produces a held-out wording."""
    def plain(text):
        return re.sub(r"[^a-z0-9{} ]", "", text.lower())
    seen = {plain(sentence) for pattern in trained for sentence in every(pattern)}
    both = [sentence for pattern in held for sentence in every(pattern) if plain(sentence) in seen]
    assert not both, f"trained and held out: {both}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Words that say nothing by themselves.
FILLER = ("i you we they my your our a the this that it one some any now just really maybe still always also often soon here there today "
          "want need like would could should may must can try tried keep kept look looked looking find found see saw seen hear heard think "
          "thought guess say said read ask asked talk talking start started stop use used using happen happens know knew learn forgot "
          "remember wonder wondering work works go going come make makes give take tell told let get got have had been was were is "
          "are be do does did not no yes but and or so because while since before after with without about for from of on in at by into "
          "way thing things part point kind sort friend people somebody someone person colleague page menu window corner place time day week "
          "good better best easy hard simple short quick new old possible right sure certain clear please thanks sorry honestly actually").split()


def among(rng, text, inside=False):
    """The same words with a few fillers before or after them, or `inside` also between them."""
    words = text.split()
    for _ in range(rng.randint(1, 2)):
        at = rng.choice((0, len(words), rng.randrange(len(words) + 1)) if inside else (0, len(words)))
        words[at:at] = [rng.choice(FILLER) for _ in range(rng.randint(1, 4))]
    return " ".join(words)


# Openings and endings that mean nothing. Held-out items use the second set only.
OPENINGS = ["hi, ", "hey, ", "hello, ", "hi! ", "please ", "pls ", "so, ", "ok, ", "okay, ", "quick question: ",
            "can you tell me, ", "tell me, ", "one question: ", "hey hearth, ", "um, ", "i wonder, ", "question: ",
            "just curious, ", "sorry, ", "now ", "and ", "well, "]
ENDINGS = [" please", " pls", " thanks", ", thanks", ", thank you", " plz", " exactly", ", please", " again"]
HELD_OPENINGS = ["hi hearth, ", "hey there, ", "could you say, ", "a question, ", "by the way, ", "good morning, "]
HELD_ENDINGS = [", cheers", " thx", ", if you can", " then"]

SHORTER = [("what is", "what's"), ("what is", "whats"), ("where is", "where's"), ("who is", "who's"),
           ("do not", "don't"), ("does not", "doesn't"), ("is not", "isn't"), ("cannot", "can't"),
           ("how do i", "how to"), ("how do i", "how can i"), ("you", "u"), ("are", "r")]
# (The last two are rarer in practice, so `casual` takes them less often.)


# Words that ask for the same thing. A question keeps its answer when one takes another's place.
SAME = [group.split() for group in (
    "delete remove erase", "choose pick select", "change switch alter", "chat conversation", "chats conversations", "computer machine device laptop pc",
    "larger bigger", "install add get", "keep store save", "kept stored saved", "show display", "find see", "fast quick", "faster quicker", "big large",
    "folder directory", "works functions", "explain describe", "page screen", "button switch option", "hearth app", "means signifies", "smaller tinier",
    "use take", "begin start", "safe secure", "send transmit", "sent transmitted", "answer reply", "answers replies", "question prompt", "file document")]
_GROUPS = {word: group for group in SAME for word in group}


def reworded(rng, text: str) -> str:
    """The same question with some words replaced by others of their group."""
    return re.sub(r"[a-z]+", lambda m: rng.choice(_GROUPS[m[0]]) if m[0] in _GROUPS and rng.random() < 0.4 else m[0], text)


def typo(rng, text: str) -> str:
    """One slip in one longer word: two letters swapped, one lost, or one doubled."""
    words = [m for m in re.finditer(r"[A-Za-z]{4,}", text)]
    if not words:
        return text
    word = rng.choice(words)
    i = rng.randrange(word.start() + 1, word.end() - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return text[:i] + text[i + 1] + text[i] + text[i + 2:]
    if kind == 1:
        return text[:i] + text[i + 1:]
    return text[:i] + text[i] + text[i:]


def casual(rng, text: str, held=False, keep=()) -> str:
    """The same question as typed by somebody. Words in `keep` are never misspelt."""
    if rng.random() < 0.25:
        opening = rng.choice(HELD_OPENINGS if held else OPENINGS)
        text = opening + (text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text)
    if rng.random() < 0.10:
        mark = text[-1] if text[-1:] in "?.!" else ""
        text = text[:len(text) - len(mark)] + rng.choice(HELD_ENDINGS if held else ENDINGS) + mark
    if rng.random() < 0.35:
        text = text.lower()
    elif rng.random() < 0.6:
        text = capital(text)
    if rng.random() < 0.25:
        long, short = rng.choice(SHORTER[:-2] if rng.random() < 0.85 else SHORTER)
        text = re.sub(rf"\b{long}\b", short, text, count=1, flags=re.I)
    if rng.random() < 0.40:
        text = text.rstrip("?.!")
    if rng.random() < (0.04 if held else 0.10):
        slipped = typo(rng, text)
        if all(k.lower() in slipped.lower() for k in keep):
            text = slipped
    return text
