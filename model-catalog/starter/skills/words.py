"""Sorting a few words by the alphabet and counting the words of a phrase."""

import zlib

from phrasing import casual, check_unseen, say
from skills import Item

WORDS = ("apple banana cherry grape lemon mango melon orange peach pear plum kiwi fig onion carrot bean potato tomato bread butter cheese "
         "milk water coffee tea sugar salt rice soup cake table chair lamp desk door window floor roof garden house street river lake "
         "mountain forest tree flower grass stone sand sun moon star cloud rain snow wind fire dog cat horse cow sheep goat pig duck "
         "goose lion bear wolf fox mouse bird fish frog bee ant spider king queen doctor teacher farmer baker pilot sailor friend "
         "child mother father sister brother car bus train plane boat bike road bridge city town village school office shop market "
         "book paper pen letter picture music song game ball clock phone radio key box bag hat coat shoe shirt red green blue yellow "
         "white black brown silver gold happy quiet small large old new fast slow warm cold soft hard early late morning evening").split()
LITTLE = "the a my our this that some two three and is was in on with under near has likes sees very".split()

SORT = ["sort[ these words|]: {w}", "sort {w}", "put [these words|these|them] in [alphabetical |]order: {w}", "order these words: {w}",
        "alphabetical order: {w}", "sort the words {w}", "sort alphabetically: {w}", "[can you |]sort these[ words|] [for me|by the alphabet]: {w}",
        "arrange [these|the words] [alphabetically|by the alphabet]: {w}", "[please |]sort this list: {w}",
        "[here are|these are|i have] [some words|my words|the words][:|] {w}. [sort|order|arrange] [them|these][ please|]", "{w} - [sort|order] [them|these|this]",
        "[words|the words|a list]: {w}. [alphabetical order please|put them in order|sorted please]", "[which|what] comes first[ and last|] [by|in] the alphabet: {w}",
        "[the right|what is the] order [by the alphabet|from a to z] of[:|] {w}", "from a to z: {w}", "[please |]sorted: {w}"]
HELD_SORT = ["could you put these words in alphabetical order: {w}", "my list is {w}. Sort it", "which order do these words have in the alphabet: {w}",
             "I need these words sorted: {w}"]
COUNT = ["count the words[ in|][:| this:] {w}", "how many words[ are in|]: {w}", "how many words [are in|has|are there in] \"{w}\"?",
         "count [these|the] words: {w}", "number of words in: {w}", "word count: {w}", "how many words does this have: {w}",
         "[can you |]count the words of: {w}", "word count of \"{w}\"",
         "[tell|give] me [how many words there are|the word count|the number of words][ in|][:| here:| of:] {w}", "{w} - how many words?",
         "[this|the] [line|phrase|sentence] has [how many|what number of] words: {w}", "[how long|how many words] is [this|it]: {w}"]
HELD_COUNT = ["could you count how many words are in: {w}", "I need the number of words of this: {w}", "this text has how many words? {w}"]

check_unseen(HELD_SORT + HELD_COUNT, SORT + COUNT)


def _sort(rng, held):
    words = rng.sample(WORDS, rng.randint(3, 4))
    listed = rng.choice([", ", ", ", " "]).join(words)
    asked = casual(rng, say(rng, rng.choice(HELD_SORT if held else SORT)).replace("{w}", "\0"), held=held).replace("\0", listed)
    return asked, ", ".join(sorted(words)) + "."


def _count(rng, held):
    words = [rng.choice(LITTLE if rng.random() < 0.4 else WORDS) for _ in range(rng.randint(2, 6))]
    asked = casual(rng, say(rng, rng.choice(HELD_COUNT if held else COUNT)).replace("{w}", "\0"), held=held).replace("\0", " ".join(words))
    numbered = " ".join(f"{i} {w}" for i, w in enumerate(words, 1))
    return asked, f"{numbered}: {len(words)} words."


def _is_held(answer):
    return zlib.crc32(answer.encode()) % 20 == 0


def train(rng):
    while True:
        turn = (_sort if rng.random() < 0.5 else _count)(rng, False)
        if not _is_held(turn[1]):
            return [turn]


def held_out(rng, n, part):
    items = []
    while len(items) < n:
        sorting = len(items) % 2 == 0
        held = rng.random() < 0.5
        question, answer = (_sort if sorting else _count)(rng, held)
        if held or _is_held(answer):
            items.append(Item("sorting words" if sorting else "counting words", question, answer))
    return items
