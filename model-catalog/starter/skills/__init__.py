"""One module per skill. Each has

`train(rng) -> [(question, answer), ...]`   one or more turns that belong together, and
`held_out(rng, n, part) -> [Item, ...]`     questions of wordings, numbers or names that `train` never makes.

`part` is "dev", looked at while the script was written, or "test", used for the published figures.
"""

from dataclasses import dataclass, field


@dataclass
class Item:
    skill: str
    question: str
    answer: str | None  # None: out of scope, there is no right answer
    before: list = field(default_factory=list)  # earlier (question, answer) turns
    system: str | None = None
