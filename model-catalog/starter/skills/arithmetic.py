"""Sums and differences up to 999, products up to 20 x 20, worked digit by digit as on paper.

A small network cannot hold a three-digit sum in its head; it can do one column at a time and copy the digits. It writes
the numbers below each other first (`In columns: 452 + 002.`), so that all that follows looks the same however it was asked.
"""

import zlib

from phrasing import among, casual, check_unseen, say
from skills import Item

PLACES = ("Ones", "Tens", "Hundreds")


def _digits(n):
    return [n % 10, n // 10 % 10, n // 100]


def _columns(a, sign, b):
    width = max(len(str(a)), len(str(b)))
    return f"{a:0{width}} {sign} {b:0{width}}"


def add(a, b):
    lines, carry = [f"In columns: {_columns(a, '+', b)}."], 0
    for place in range(max(len(str(a)), len(str(b)))):
        x, y = _digits(a)[place], _digits(b)[place]
        total = x + y + carry
        lines.append(f"{PLACES[place]}: {x} + {y}{' + 1' if carry else ''} = {total}.")
        carry = total // 10
    return f"{' '.join(lines)} So {a} + {b} = {a + b}."


def subtract(a, b):
    large, small = max(a, b), min(a, b)
    turned = f", so the answer is negative: {_columns(large, '-', small)}" if a < b else ""
    lines, borrow = [f"In columns: {_columns(a, '-', b)}. Subtract from {large}{turned}."], 0
    for place in range(len(str(large))):
        x, y = _digits(large)[place] - borrow, _digits(small)[place]
        borrow = int(x < y)
        x += 10 * borrow
        lines.append(f"{PLACES[place]}: {x} - {y} = {x - y}{', borrow 1' if borrow else ''}.")
    return f"{' '.join(lines)} So {a} - {b} = {a - b}."


def multiply(a, b):
    """Up to 10 x 10 by heart; else the tens are split off and added as on paper."""
    if a <= 10 and b <= 10:
        return f"{a} × {b} = {a * b}."
    if a > 10 and b > 10:
        x, y = a - 10, b - 10
        whole = 100 + 10 * (x + y)
        return f"{a} × {b}: {x} + {y} = {x + y}. 100 + {10 * (x + y)} = {whole}. {x} × {y} = {x * y}. {add(whole, x * y)} {a} × {b} = {a * b}."
    x, y = max(a, b) - 10, min(a, b)
    return f"{a} × {b}: 10 × {y} = {10 * y}. {x} × {y} = {x * y}. {add(10 * y, x * y)} {a} × {b} = {a * b}."


SOLVE = {"+": add, "-": subtract, "x": multiply}

ASK = {
    "+": ["{a} + {b}", "{a}+{b}", "what is {a} + {b}?", "what is {a} plus {b}?", "{a} plus {b}", "add {a} and {b}",
          "[calculate|compute|work out|solve] {a} [+|plus] {b}", "the sum of {a} and {b}", "what is the sum of {a} and {b}?",
          "how much is {a} [+|plus] {b}?", "{a} + {b} = ?", "{a} + {b} =", "[i have|there are] {a} and get {b} more, how many[ is that|]?",
          "what do you get if you add {a} to {b}?", "{a} and {b} together?", "sum {a} and {b}", "how many is {a} plus {b}?"],
    "-": ["{a} - {b}", "{a}-{b}", "what is {a} - {b}?", "what is {a} minus {b}?", "{a} minus {b}", "take {b} from {a}",
          "subtract {b} from {a}", "[calculate|compute|work out|solve] {a} [-|minus] {b}", "what is {a} take away {b}?",
          "how much is {a} [-|minus] {b}?", "{a} - {b} = ?", "{a} - {b} =", "the difference of {a} and {b}",
          "i have {a} and lose {b}, how many [are left|remain]?", "what is left of {a} after {b}?", "{a} less {b}"],
    "x": ["{a} x {b}", "{a} * {b}", "{a}*{b}", "{a} × {b}", "{a}x{b}", "what is {a} [x|*|×] {b}?", "what is {a} times {b}?",
          "{a} times {b}", "multiply {a} [by|and|with] {b}", "[calculate|compute|work out|solve] {a} [x|*|×|times] {b}",
          "the product of {a} and {b}", "what is the product of {a} and {b}?", "how much is {a} [x|*|×|times] {b}?",
          "{a} * {b} = ?", "{a} x {b} =", "{a} multiplied by {b}"],
}
HELD_ASK = {
    "+": ["can you add {a} and {b} for me?", "please give me the sum of {a} and {b}", "I need {a} plus {b}", "what do {a} and {b} sum to?"],
    "-": ["can you subtract {b} from {a} for me?", "please give me {a} minus {b}", "I need {a} minus {b}", "if I take {b} from {a}, what is left?"],
    "x": ["can you multiply {a} by {b} for me?", "please give me {a} times {b}", "I need {a} times {b}", "what do I get for {a} times {b}?"],
}

for _op in ASK:
    check_unseen(HELD_ASK[_op], ASK[_op])


def is_held(op, a, b):
    """A tenth of the numbers is never trained. For products only pairs that are worked in steps."""
    if op == "x" and not (a > 10 and b > 10):
        return False
    return zlib.crc32(f"{min(a, b)} {op} {max(a, b)}".encode()) % 10 == 0


def _number(rng):
    return rng.randrange(rng.choice((10, 100, 1000, 1000, 1000)))


def _numbers(rng, op, negative=0.12):
    """Two operands; `negative`: share of the differences with the larger number second that are left so."""
    if op == "x":
        return (rng.randint(11, 20), rng.randint(11, 20)) if rng.random() < 0.5 else (rng.randint(0, 20), rng.randint(0, 20))
    a, b = _number(rng), _number(rng)
    if op == "+":
        # Sums stay up to 999, so that every result has at most three digits.
        while a + b > 999:
            a, b = _number(rng), _number(rng)
        return a, b
    return (a, b) if a >= b or rng.random() < negative else (b, a)


def _question(rng, op, a, b, held=False):
    text = say(rng, rng.choice((HELD_ASK if held else ASK)[op]), a=a, b=b)
    if not held and rng.random() < 0.4:
        text = among(rng, text)
    return casual(rng, text, held=held)


def train(rng):
    turns = []
    for _ in range(1 if rng.random() < 0.9 else 2):
        op = rng.choice("++--xx")
        a, b = _numbers(rng, op, negative=0.4)
        while is_held(op, a, b):
            a, b = _numbers(rng, op, negative=0.4)
        turns.append((_question(rng, op, a, b), SOLVE[op](a, b)))
    return turns


def held_out(rng, n, part):
    """Unseen numbers, half of them also in unseen wordings; half of the products are any pair in an unseen wording."""
    items = []
    while len(items) < n:
        op = "+-x"[len(items) % 3]
        a, b = _numbers(rng, op)
        if op == "x" and len(items) % 2:
            items.append(Item("products", _question(rng, op, a, b, held=True), SOLVE[op](a, b)))
            continue
        # The test part takes the numbers that the dev part does not.
        if is_held(op, a, b) and (zlib.crc32(f"{a}/{b}".encode()) % 3 == 0) == (part == "dev"):
            skill = {"+": "sums", "-": "differences", "x": "products"}[op]
            items.append(Item(skill, _question(rng, op, a, b, held=rng.random() < 0.5), SOLVE[op](a, b)))
    return items
