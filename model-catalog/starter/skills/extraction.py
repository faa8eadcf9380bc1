"""Name, e-mail, amount and date of a short text as JSON, copied letter by letter; null for what is not there."""

import json
import zlib

from phrasing import casual, say
from skills import Item

FIRST = ("Maria Anna Peter Paul Lucia Tom Eva Omar Lena Ivan Sofia Hugo Nina Karl Emma Noah Mia Leo Ida Max Olga Juan Rosa Ben Clara "
         "David Elena Felix Greta Henrik Irene Jonas Katja Luis Marta Nils Oscar Paula Rita Simon Tessa Viktor Wanda Yusuf Zoe Amir "
         "Aisha Kenji Priya Ravi Mei Chen Fatima Ali Sara Jack Lily Grace Daniel Laura").split()
LAST = ("Lopez Miller Smith Novak Rossi Weber Silva Jansen Larsen Kowalski Popov Garcia Brown Clark Dubois Moreau Fischer Schmidt Keller "
        "Berg Lund Haas Costa Marino Ricci Tanaka Sato Khan Patel Singh Wang Kim Park Nguyen Hansen Olsen Virtanen Murphy Walsh Baker "
        "Cooper Hill Wood Young King Wright Green Hall Adams Evans Turner Parker Collins Stewart Morris Rogers Reed Cook").split()
ONSET = "b c d f g h j k l m n p r s t v w z br ch cl dr fr gr kr pl sh st th tr".split()
VOWEL = "a e i o u a e i o ai ea io ou".split()
CODA = ["", "", "", "n", "r", "s", "l", "t", "m", "nd", "rt", "ck"]
MAILS = "mail post example inbox box letter home office work net web store shop studio garden north south lake river".split()
ENDS = ["com", "com", "com", "org", "net", "de", "io", "eu", "fr", "es", "co.uk"]
MONTHS = "January February March April May June July August September October November December".split()


def invented(rng, syllables=(1, 3)):
    """A word that no list has, so that copying has to be learned rather than the names."""
    return "".join(rng.choice(ONSET) + rng.choice(VOWEL) for _ in range(rng.randint(*syllables))) + rng.choice(CODA)


def is_held(word):
    return zlib.crc32(word.lower().encode()) % 8 == 0


def _word(rng, known, held):
    """A name: for training never one of the held-out eighth, for held-out items only those."""
    while True:
        word = rng.choice(known) if rng.random() < 0.4 else invented(rng, (1, 3)).capitalize()
        if len(word) > 2 and is_held(word) == held:
            return word


def _fields(rng, held):
    first, last = _word(rng, FIRST, held), _word(rng, LAST, held)
    name = first if rng.random() < 0.12 else f"{first} {last}"
    a, b = first.lower(), last.lower()
    if rng.random() < 0.35:
        a, b = _word(rng, FIRST, held).lower(), _word(rng, LAST, held).lower()
    user = rng.choice([f"{a}.{b}", f"{a}.{b}", a, f"{a}{rng.randint(1, 99)}", f"{a}_{b}", f"{a[0]}.{b}", f"{a}{b}", f"info.{b}"])
    domain = rng.choice(MAILS) if rng.random() < 0.4 else invented(rng, (1, 2))
    email = f"{user}@{domain}.{rng.choice(ENDS)}"
    value = rng.choice([str(rng.randint(1, 99)), str(rng.randint(100, 999)), f"{rng.randint(1, 99)}.{rng.randint(0, 99):02}",
                        f"{rng.randint(1, 9)},{rng.randint(0, 999):03}", f"{rng.randint(100, 999)}.{rng.randint(0, 99):02}", str(rng.randint(1000, 9999))])
    amount = rng.choice([f"${value}", f"${value}", f"€{value}", f"{value} EUR", f"{value} USD", f"£{value}", f"{value} euros", f"{value} dollars"])
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2015, 2030)
    date = rng.choice([f"{day} {MONTHS[month - 1]} {year}", f"{MONTHS[month - 1]} {day}, {year}", f"{year}-{month:02}-{day:02}",
                       f"{day:02}/{month:02}/{year}", f"{day}.{month}.{year}", f"{MONTHS[month - 1]} {day}", f"{day} {MONTHS[month - 1]}"])
    return {"name": name, "email": email, "amount": amount, "date": date}


PARTS = {
    "name": ["I am {name}.", "My name is {name}.", "{name} here.", "This is {name}.", "Regards, {name}", "Customer: {name}.", "Name: {name}.",
             "{name} wrote to us.", "Best wishes, {name}", "Thanks, {name}", "It is for {name}.", "Ask {name}.", "Dear {name},", "from {name}"],
    "email": ["My e-mail is {email}.", "Write to {email}.", "Reach me at {email}.", "E-mail: {email}.", "Contact {email}.", "Answer to {email} please.",
              "email {email}", "Send it to {email}."],
    "amount": ["I paid {amount}.", "The total is {amount}.", "Please send {amount}.", "The invoice is {amount}.", "It costs {amount}.",
               "Amount: {amount}.", "You owe us {amount}.", "The price was {amount}.", "We got {amount}.", "The bill of {amount} is open."],
    "date": ["It was on {date}.", "It is due on {date}.", "Date: {date}.", "Please come by {date}.", "We met on {date}.", "The order is from {date}.",
             "See you on {date}.", "until {date}", "It arrives on {date}."],
}
WHOLE = ["{name} ({email}) paid {amount} on {date}.", "{name} paid {amount} on {date}, e-mail {email}.", "On {date} {name} sent {amount}.",
         "{name} <{email}> owes {amount} since {date}.", "Invoice for {name}: {amount}, due {date}.", "Hi, {name} here, I sent {amount} on {date}.",
         "{name}, {email}, {amount}, {date}", "We got {amount} from {name} on {date}.", "{name} can be reached at {email}.",
         "Meeting with {name} on {date}.", "{name} asked for {amount} back, write to {email}."]
FILL = ["Thank you.", "Please check.", "Order {k}.", "It was a pleasure.", "I bought {s} books.", "Call me back.", "The box was broken.", "Hello!",
        "Room {k}.", "We need {s} chairs.", "Good morning,", "See below."]
HELD_WHOLE = ["Hello, my name is {name} and I paid {amount} on {date}. My e-mail is {email}.", "Please send the invoice of {amount} to {name} at {email} by {date}.",
              "{date}: {name} has paid {amount}. Contact: {email}", "Payment of {amount} from {name} ({email}), {date}.",
              "Order from {name}, total {amount}, date {date}.", "{name} wrote on {date} from {email}.", "Dear team, {name} paid {amount}. Thank you.",
              "Please ask {name} at {email} for the {amount}.", "Since {date} we wait for {amount} from {name}."]

ASK = ["extract name, email, amount and date as json: {t}", "extract the [data|fields|details] as json: {t}", "json: {t}",
       "[get|find|pull out] the name, email, amount and date[ from|]: {t}", "turn this into json: {t}", "extract [to|as] json: {t}",
       "name, email, amount, date as json: {t}", "give me [the |]json [for|of] this: {t}", "extract the name, e-mail, amount and date: {t}",
       "{t} extract this as json", "extract: {t}", "make json of this text: {t}"]
HELD_ASK = ["please extract name, e-mail, amount and date of this text to JSON: {t}", "could you get the JSON of this message: {t}",
            "I need name, email, amount and date from this as JSON: {t}", "read this and extract the fields to JSON: {t}"]


def _make(rng, held):
    fields = _fields(rng, held)
    if rng.random() < (0.7 if held else 0.35):
        text = rng.choice(HELD_WHOLE if held else WHOLE)
    else:
        chosen = [k for k in PARTS if rng.random() < 0.6] or [rng.choice(list(PARTS))]
        rng.shuffle(chosen)
        text = " ".join(rng.choice(PARTS[k]) for k in chosen)
    if rng.random() < 0.25:
        filler = rng.choice(FILL).replace("{k}", str(rng.randint(10, 999))).replace("{s}", str(rng.randint(2, 30)))
        text = f"{filler} {text}" if rng.random() < 0.5 else f"{text} {filler}"
    found = {k: (v if "{" + k + "}" in text else None) for k, v in fields.items()}
    for key, value in fields.items():
        text = text.replace("{" + key + "}", value)
    asked = casual(rng, say(rng, rng.choice(HELD_ASK if held else ASK)).replace("{t}", "\0"), held=held)
    return asked.replace("\0", text), json.dumps(found, ensure_ascii=False)


def train(rng):
    return [_make(rng, False)]


def held_out(rng, n, part):
    """Unseen names, mostly unseen texts, unseen instructions."""
    return [Item("extraction", *_make(rng, True)) for _ in range(n)]
