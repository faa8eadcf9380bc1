"""Name, e-mail, amount and date of a short text as JSON, copied letter by letter; null for what is not there."""

import json
import re
import zlib

from phrasing import capital, casual, check_unseen, say
from skills import Item
from skills.facts import COUNTRIES
from skills.hearth import TOPICS
from skills.words import WORDS

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


# Short runs of letters of all that is written, each once: rare ones are as frequent as common ones. A token that never
# has to be copied is one that the model will not write in a name.
OTHER = re.findall("[A-Za-z]+", " ".join([f"{x} {c}" for x, (c, _, _) in COUNTRIES.items()] + [t[0] for t in TOPICS]))
RUNS = sorted({word[i:i + n].lower() for word in [w for w in FIRST + LAST + WORDS if not is_held(w)] + OTHER
               for n in (2, 3, 4, 5) for i in range(len(word) - n + 1)})


def strange(rng):
    """A word of any letters. A name that was never seen is made of pieces that were, if all pieces were seen."""
    if rng.random() < 0.5:
        return "".join(rng.choice(RUNS) for _ in range(rng.randint(1, 3)))
    word, vowel = "", rng.random() < 0.4
    for _ in range(rng.randint(3, 8)):
        word += rng.choice("aeiouy" if vowel else "bcdfghjklmnpqrstvwxyz")
        vowel = rng.random() < (0.25 if vowel else 0.6)
    return word


def _word(rng, known, held):
    """A name: for training never one of the held-out eighth, for held-out items only those."""
    while True:
        kind = rng.random()
        word = rng.choice(known) if kind < 0.4 else (strange(rng) if kind < 0.7 and not held else invented(rng)).capitalize()
        if len(word) > 2 and is_held(word) == held:
            return word


def _fields(rng, held):
    first, last = _word(rng, FIRST, held), _word(rng, LAST, held)
    name = first if rng.random() < 0.12 else f"{first} {last}"
    a, b = first.lower(), last.lower()
    if rng.random() < 0.35:
        a, b = _word(rng, FIRST, held).lower(), _word(rng, LAST, held).lower()
    user = rng.choice([f"{a}.{b}", f"{a}.{b}", a, f"{a}{rng.randint(1, 99)}", f"{a}_{b}", f"{a[0]}.{b}", f"{a}{b}", f"info.{b}"])
    domain = rng.choice(MAILS) if rng.random() < 0.4 else strange(rng) if rng.random() < 0.4 and not held else invented(rng, (1, 2))
    email = f"{user}@{domain}.{rng.choice(ENDS)}"
    value = rng.choice([str(rng.randint(1, 99)), str(rng.randint(100, 999)), f"{rng.randint(1, 99)}.{rng.randint(0, 99):02}",
                        f"{rng.randint(1, 9)},{rng.randint(0, 999):03}", f"{rng.randint(100, 999)}.{rng.randint(0, 99):02}", str(rng.randint(1000, 9999))])
    amount = rng.choice([f"${value}", f"${value}", f"€{value}", f"{value} EUR", f"{value} USD", f"£{value}", f"{value} euros", f"{value} dollars"])
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2015, 2030)
    date = rng.choice([f"{day} {MONTHS[month - 1]} {year}", f"{MONTHS[month - 1]} {day}, {year}", f"{year}-{month:02}-{day:02}",
                       f"{day:02}/{month:02}/{year}", f"{day}.{month}.{year}", f"{MONTHS[month - 1]} {day}", f"{day} {MONTHS[month - 1]}"])
    return {"name": name, "email": email, "amount": amount, "date": date}


# What stands around a field. The shape of a date, an amount or an address says what it is, so that the words
# before and after it vary much; only a name needs them.
PARTS = {
    "name": ["[I am|I'm|My name is|This is|Here is|Call me] {name}[.|,|]", "{name} [here|speaking|again|writing][.|,|]",
             "[Regards|Best wishes|Thanks|Yours|Kind regards|Greetings|Sincerely|Love][,|] {name}",
             "[Customer|Name|Client|Guest|Sender|Buyer|Member|Contact person|Owner][:|] {name}[.|,|;|]",
             "{name} [wrote|called|asked|came|replied|answered|signed|ordered|agreed|is waiting|was here|left a note][.| to us.| today.| again.]",
             "[It is for|Tell|Call|Meet|Talk to|Give it to|Speak to|Say hello to|Ask|We know] {name}[.|]", "[Dear|Hi|Hello] {name},",
             "[booked|sent|signed|paid|written|ordered] by {name}[.|,|]", "[from|for|to|with|and] {name}[.|,|]"],
    "email": ["[My|The|Our|His|Her|Their] [new |][e-mail|email|mail|address] [is|will be|stays] {email}[.|]",
              "[Write|Answer|Reply|Send it|Forward it|Mail] to {email}[.| please.|]", "[E-mail|Email|Mail|Contact|Address|Reply to][:|] {email}[.|,|]",
              "[Reach|Find|Ask|Mail|Email] [me|us|him|her|them] [at|under|via] {email}[.|]", "[at|with|via|through|from|using|to] {email}[.|,|]", "({email})", "<{email}>"],
    "amount": ["[I|We|They|She|He] [paid|sent|got|owe|want|spent|need|offered|received|lost] {amount}[.| back.| today.| in cash.|]",
               "[The|Our|Your|This] [total|invoice|bill|price|fee|sum|rent|deposit|refund|balance|cost] [is|was|of|comes to|will be] {amount}[.|,|]",
               "[Amount|Total|Price|Sum|Fee|Paid|Due|Balance|Cost|Payment][:|] {amount}[.|,|;|]", "Please [send|pay|refund|transfer|return] {amount}[.| soon.|]",
               "[for|of|about|worth|over|only|with|at|costs|total] {amount}[.|,|]", "{amount} [is open|was paid|is due|is missing|is too much|arrived][.|]"],
    "date": ["[on|by|since|until|till|before|after|from|for|dated|due|due by|due on|as of|around|starting|at the latest on|not before] {date}[.|,|:|]",
             "[Date|When|Day|Due|Deadline|Start|End|Arrival][:|] {date}[.|,|;|]",
             "[It|The order|The letter|The parcel|The meeting|The visit|The delivery] [was|is|comes|came|arrives|starts|ended] [on|before|after|by|around|since|from] {date}[.|]",
             "{date}[:|,|.|;| -]", "[We met|See you|Please come|I came|They left|He called|We wait|We are open] [on|by|before|after|around|since|until] {date}[.|]"],
}
WHO = ["{name}", "{name}", "{name} ({email})", "{name} <{email}>", "{name}, {email},", "{name} at {email}"]
DID = ["[has |][paid|sent|got|received|spent|ordered for|offered] {amount}", "[owes|wants|asks for|pays|gets|is owed] {amount}", "[wrote|came|called|asked][ again| to us|]",
       "[paid|sent] us {amount}", "[needs|waits for] {amount}", "[will come|was here|is a guest|can be reached]"]
WHEN = ["[on|by|since|until|before|after|from|around] {date}", "{date}", ", date {date}", ", due {date}", ", {date}", "({date})"]
ORDER = ["[Invoice|Bill|Receipt|Refund|Booking|Offer|Deposit|Rent] [for|of|from|to] {name}", "[Invoice|Bill|Refund|Deposit|Rent|Offer] of {amount} [for|from|to] {name}",
         "[Call|Mail|Tell|Meet|Thank|Remind] {name}", "[We|I] [got|need|wait for|want|expect|sent] {amount} [from|for|with] {name}", "[Send|Give|Pay|Return] {name} {amount}",
         "[Send|Give|Pay] {amount} to {name}", "{amount} [from|for|to|by] {name}"]
REST = ["[, |: |, total |, sum ]{amount}", " ({email})", " at {email}", ", mail {email}", ", [answer|write] to {email}"]
LAST_WORDS = ["[e-mail|email|mail|contact|write to|address][:|] {email}", "(E-mail: {email})", "[from|via|by mail from|through|using] {email}",
              "[from|via] the address {email}", ", [sent |]from {email}"]


def _sentence(rng):
    """One sentence with several fields, each at most once."""
    when = say(rng, rng.choice(WHEN))
    if rng.random() < 0.5:
        parts = [rng.choice(WHO), say(rng, rng.choice(DID))]
    else:
        parts = [say(rng, rng.choice(ORDER))]
        for extra in rng.sample(REST, 2):
            if rng.random() < 0.5:
                parts[0] += say(rng, extra)
    if rng.random() < 0.6:
        early = rng.random() < 0.4 and not when.startswith((",", "("))
        parts = [capital(when) + rng.choice(["", "", ",", ":"])] + parts if early else parts + [when]
    if rng.random() < 0.25:
        parts.append(say(rng, rng.choice(LAST_WORDS)))
    seen, kept = set(), []
    for part in " ".join(parts).split(" "):
        fields = set(re.findall(r"{\w+}", part))
        if not fields & seen:
            kept.append(part)
        seen |= fields
    text = say(rng, " ".join(kept)).replace(" ,", ",")
    return capital(text.rstrip(",;:")) + rng.choice([".", ".", ""])


def _text(rng):
    """A text in which fields stand as `{name}`, `{email}`, `{amount}`, `{date}`: a sentence, or pieces in any order."""
    if rng.random() < 0.5:
        text = _sentence(rng)
        missing = [k for k in PARTS if "{" + k + "}" not in text]
        if missing and rng.random() < 0.3:
            text += " " + capital(say(rng, rng.choice(PARTS[rng.choice(missing)])))
        return text
    chosen = [k for k in PARTS if rng.random() < 0.6] or [rng.choice(list(PARTS))]
    rng.shuffle(chosen)
    pieces = [say(rng, rng.choice(PARTS[k])) for k in chosen]
    return " ".join(capital(p) if rng.random() < 0.8 else p for p in pieces)


FILL = ["Thank you.", "Please check.", "Order {k}.", "It was a pleasure.", "I bought {s} books.", "Call me back.", "The box was broken.", "Hello!",
        "Room {k}.", "We need {s} chairs.", "Good morning,", "See below.", "Order from the shop.", "Dear team,", "About the house:",
        "Payment is late.", "News from the garden.", "Meeting {k}.", "Please answer soon.", "Since then all is well."]
HELD_WHOLE = ["Hello, my name is {name} and I paid {amount} on {date}. My e-mail is {email}.", "Please send the invoice of {amount} to {name} at {email} by {date}.",
              "{date}: {name} has paid {amount}. Contact: {email}", "Payment of {amount} from {name} ({email}), {date}.",
              "Order from {name}, total {amount}, date {date}.", "{name} wrote on {date} from {email}.", "Dear team, {name} paid {amount}. Thank you.",
              "Please ask {name} at {email} for the {amount}.", "Since {date} we wait for {amount} from {name}."]

ASK = ["extract name, email, amount and date as json: {t}", "extract the [data|fields|details] as json: {t}", "json: {t}",
       "[get|find|pull out] the name, email, amount and date[ from|]: {t}", "turn this into json: {t}", "extract [to|as] json: {t}",
       "name, email, amount, date as json: {t}", "give me [the |]json [for|of] this: {t}", "extract the name, e-mail, amount and date: {t}",
       "{t} extract this as json", "extract: {t}", "make json of this text: {t}",
       "[please |i want you to |can you |][read|take|look at] this [mail|note|letter|message|text|line] and [write|make|give me|return] [json|the json|its fields as json][:|,] {t}",
       "[what are|list|find|show] the name, [mail|email|e-mail], [amount|sum] and date [in|of] [this|the following|it][, as json|]: {t}",
       "[json|fields|data] [of|from] [this|the] [message|mail|note|letter|line|text]: {t}", "[please |]put [this|it|the text] into json[ for me|]: {t}",
       "[who, how much and when|name, mail, sum, day] as json: {t}", "here is a [text|message|note]: {t} [i need the json|make it json|name, email, amount and date please]",
       "from [this|the text] [take|get|pull] [the |][fields|data|name, email, amount and date] [to|into|as] json: {t}", "[i would like|we need|i want] [the |][json|fields] [of|for]: {t}"]
HELD_ASK = ["please extract name, e-mail, amount and date of this text to JSON: {t}", "could you get the JSON of this message: {t}",
            "I need name, email, amount and date from this as JSON: {t}", "read this and extract the fields to JSON: {t}"]
check_unseen(HELD_ASK, ASK)


def _make(rng, held):
    fields = _fields(rng, held)
    text = rng.choice(HELD_WHOLE) if held and rng.random() < 0.7 else _text(rng)
    while not held and text in HELD_WHOLE:
        text = _text(rng)
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
