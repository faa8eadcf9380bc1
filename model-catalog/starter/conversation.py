"""Mixes the skills to chats, as people would have them, and marks which tokens are learned."""

import random

from skills import arithmetic, decline, extraction, facts, greetings, hearth, loose, noise, plain, repeat, sentiment, words

SKILLS = [arithmetic, extraction, hearth, facts, sentiment, words, decline, greetings, repeat, loose, noise, plain]
# Shares of the skills, in turns. What takes longest to learn has most: columns of digits, copying, opinions.
MIX = [26, 62, 42, 14, 24, 40, 11, 11, 34, 26, 14, 0]
# The second rounds: more about Hearth, in plain words, and enough of the rest that nothing is forgotten.
SECOND_MIX = [34, 76, 18, 14, 20, 44, 11, 16, 46, 16, 16, 80]

SYSTEM = ["You are Hearth.", "You are Hearth, a private assistant on this device.", "You are a helpful assistant.",
          "You are Hearth, a helpful assistant. Answer briefly.", "Answer in plain words.", "Be short and kind.", "You are an assistant that runs locally.",
          "You are a polite assistant. The user's name is {n}.", "Today is {d}.", "Answer in one or two sentences.", "You are the built-in model of Hearth.",
          "The user is called {n}.", "Be precise. If you do not know, say so.", "You help {n} with small things."]
HELD_SYSTEM = ["You are Hearth, a calm and private assistant. Keep answers short.", "You are a friendly helper for {n}.", "Always be polite and brief.",
               "You run on the user's own computer."]


def system_prompt(rng, held=False):
    text = rng.choice(HELD_SYSTEM if held else SYSTEM)
    text = text.replace("{n}", extraction.invented(rng).capitalize())
    return text.replace("{d}", f"{rng.randint(1, 28)} {rng.choice(extraction.MONTHS)} {rng.randint(2024, 2030)}")


def render(turns, system=None, open_end=False):
    """ChatML, the same as the template in the GGUF file. `turns`: (question, answer) pairs."""
    text = f"<|im_start|>system\n{system}<|im_end|>\n" if system else ""
    for i, (question, answer) in enumerate(turns):
        text += f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
        if not (open_end and i == len(turns) - 1):
            text += f"{answer}<|im_end|>\n"
    return text


def chat(rng, longest=1, mix=MIX):
    """One training chat: system prompt or None, and turns. Most have one topic; some have many."""
    topics = 1 if rng.random() < 0.6 else rng.randint(1, longest)
    turns = []
    for _ in range(topics):
        turns += rng.choices(SKILLS, mix)[0].train(rng)
    return (system_prompt(rng) if rng.random() < 0.2 else None), turns


# Items per skill in the evaluation.
COUNTS = {arithmetic: 300, extraction: 150, hearth: 300, facts: 200, sentiment: 120, words: 120, decline: 100, greetings: 40, repeat: 40}


def held_out(seed, part, share=1.0):
    """Held-out items of every skill. A quarter comes after other turns, a quarter under a system prompt."""
    rng = random.Random(f"{seed} {part}")
    items = []
    for skill, count in COUNTS.items():
        for item in skill.held_out(rng, int(count * share), part):
            if not item.before and rng.random() < 0.25:
                earlier = rng.choices(SKILLS, MIX)[0].train(rng)
                item.before = earlier
            if rng.random() < 0.25:
                item.system = system_prompt(rng, held=True)
            items.append(item)
    return items
