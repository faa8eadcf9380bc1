"""Capitals and other small tables, and follow-ups that carry the relation or the subject over."""

from phrasing import among, casual, check_unseen, say
from skills import Item

# country: capital, continent, currency
COUNTRIES = {
    "France": ("Paris", "Europe", "the euro"), "Spain": ("Madrid", "Europe", "the euro"), "Italy": ("Rome", "Europe", "the euro"),
    "Germany": ("Berlin", "Europe", "the euro"), "Portugal": ("Lisbon", "Europe", "the euro"), "Austria": ("Vienna", "Europe", "the euro"),
    "Greece": ("Athens", "Europe", "the euro"), "Ireland": ("Dublin", "Europe", "the euro"), "Finland": ("Helsinki", "Europe", "the euro"),
    "Belgium": ("Brussels", "Europe", "the euro"), "the Netherlands": ("Amsterdam", "Europe", "the euro"),
    "Poland": ("Warsaw", "Europe", "the zloty"), "Hungary": ("Budapest", "Europe", "the forint"),
    "Sweden": ("Stockholm", "Europe", "the krona"), "Norway": ("Oslo", "Europe", "the krone"), "Denmark": ("Copenhagen", "Europe", "the krone"),
    "Switzerland": ("Bern", "Europe", "the franc"), "the United Kingdom": ("London", "Europe", "the pound"),
    "Iceland": ("Reykjavik", "Europe", "the krona"), "Romania": ("Bucharest", "Europe", "the leu"),
    "the Czech Republic": ("Prague", "Europe", "the koruna"), "Ukraine": ("Kyiv", "Europe", "the hryvnia"),
    "Russia": ("Moscow", "Europe", "the ruble"), "Turkey": ("Ankara", "Asia", "the lira"),
    "Japan": ("Tokyo", "Asia", "the yen"), "China": ("Beijing", "Asia", "the yuan"), "India": ("New Delhi", "Asia", "the rupee"),
    "South Korea": ("Seoul", "Asia", "the won"), "Thailand": ("Bangkok", "Asia", "the baht"), "Vietnam": ("Hanoi", "Asia", "the dong"),
    "Indonesia": ("Jakarta", "Asia", "the rupiah"), "the Philippines": ("Manila", "Asia", "the peso"),
    "Iran": ("Tehran", "Asia", "the rial"), "Iraq": ("Baghdad", "Asia", "the dinar"), "Saudi Arabia": ("Riyadh", "Asia", "the riyal"),
    "Pakistan": ("Islamabad", "Asia", "the rupee"), "Nepal": ("Kathmandu", "Asia", "the rupee"),
    "Egypt": ("Cairo", "Africa", "the pound"), "Morocco": ("Rabat", "Africa", "the dirham"), "Kenya": ("Nairobi", "Africa", "the shilling"),
    "Nigeria": ("Abuja", "Africa", "the naira"), "Ethiopia": ("Addis Ababa", "Africa", "the birr"), "Ghana": ("Accra", "Africa", "the cedi"),
    "Senegal": ("Dakar", "Africa", "the franc"), "Tunisia": ("Tunis", "Africa", "the dinar"),
    "the United States": ("Washington, D.C.", "North America", "the dollar"), "Canada": ("Ottawa", "North America", "the dollar"),
    "Mexico": ("Mexico City", "North America", "the peso"), "Cuba": ("Havana", "North America", "the peso"),
    "Brazil": ("Brasilia", "South America", "the real"), "Argentina": ("Buenos Aires", "South America", "the peso"),
    "Chile": ("Santiago", "South America", "the peso"), "Peru": ("Lima", "South America", "the sol"),
    "Colombia": ("Bogota", "South America", "the peso"), "Uruguay": ("Montevideo", "South America", "the peso"),
    "Australia": ("Canberra", "Oceania", "the dollar"), "New Zealand": ("Wellington", "Oceania", "the dollar"),
}
SPOKEN = {"the United States": ["the US", "the USA", "America"], "the United Kingdom": ["the UK", "Britain", "England"],
          "the Netherlands": ["Holland"]}
OPPOSITES = dict(p.split("/") for p in (
    "hot/cold big/small fast/slow old/new high/low long/short light/dark happy/sad good/bad open/closed full/empty early/late "
    "wet/dry hard/soft strong/weak rich/poor loud/quiet clean/dirty deep/shallow thick/thin wide/narrow near/far heavy/light "
    "young/old right/wrong up/down left/right first/last day/night north/south east/west").split())
SYMBOLS = dict(p.split("/") for p in (
    "hydrogen/H helium/He carbon/C nitrogen/N oxygen/O sodium/Na magnesium/Mg aluminium/Al silicon/Si sulfur/S chlorine/Cl "
    "potassium/K calcium/Ca iron/Fe nickel/Ni copper/Cu zinc/Zn silver/Ag tin/Sn gold/Au mercury/Hg lead/Pb iodine/I neon/Ne").split())
YOUNG = dict(p.split("/") for p in (
    "dog/puppy cat/kitten cow/calf horse/foal sheep/lamb goat/kid pig/piglet hen/chick duck/duckling goose/gosling lion/cub bear/cub "
    "frog/tadpole swan/cygnet deer/fawn kangaroo/joey").split())
DAYS = dict(zip("January February March April May June July August September October November December".split(),
                "31 28 31 30 31 30 31 31 30 31 30 31".split()))

CAPITAL, CONTINENT, CURRENCY, OPPOSITE, SYMBOL, YOUNG_OF, DAYS_IN = range(7)
SUBJECTS = [list(COUNTRIES)] * 3 + [list(OPPOSITES), list(SYMBOLS), list(YOUNG), list(DAYS)]


def answer(relation, x):
    if relation == CAPITAL:
        return f"The capital of {x} is {COUNTRIES[x][0]}.".replace("D.C..", "D.C.")
    if relation == CONTINENT:
        return f"{x[:1].upper() + x[1:]} {'are' if x in ('the Netherlands', 'the Philippines', 'the United States') else 'is'} in {COUNTRIES[x][1]}."
    if relation == CURRENCY:
        return f"The currency of {x} is {COUNTRIES[x][2]}."
    if relation == OPPOSITE:
        return f"The opposite of {x} is {OPPOSITES[x]}."
    if relation == SYMBOL:
        return f"The symbol of {x} is {SYMBOLS[x]}."
    if relation == YOUNG_OF:
        return f"A young {x} is called a {YOUNG[x]}."
    return f"{x} has {DAYS[x]} days{', or 29 in a leap year' if x == 'February' else ''}."


ASK = [
    ["what is the capital[ city|] of {x}?", "capital of {x}", "the capital of {x}?", "[which|what] city is the capital of {x}?", "{x} capital",
     "what is {x}'s capital[ city|]?", "name the capital of {x}", "do you know the capital of {x}?", "capital city of {x}?",
     "i need the capital of {x}", "tell me the capital of {x}", "which is the capital of {x}?", "{x}, what is its capital?"],
    ["[which|what] continent is {x} [in|on]?", "where is {x}?", "on [which|what] continent is {x}?", "in [which|what] part of the world is {x}?",
     "what is the continent of {x}?", "continent of {x}", "{x} continent", "where on earth is {x}?", "{x} is [in|on] [which|what] continent?",
     "tell me the continent of {x}"],
    ["what is the currency of {x}?", "currency of {x}", "[which|what] currency does {x} [use|have]?", "[which|what] money [is used|do they use] in {x}?",
     "what is {x}'s currency?", "{x} currency", "how do people pay in {x}?", "what is the money of {x}[ called|]?", "tell me the currency of {x}"],
    ["what is the opposite of {x}?", "opposite of {x}", "the opposite of {x}?", "[which|what] word is the opposite of {x}?",
     "give me the opposite of {x}", "{x} opposite", "what is the antonym of {x}?", "the contrary of {x}?", "tell me the opposite of {x}"],
    ["what is the [chemical |]symbol [of|for] {x}?", "[chemical |]symbol [of|for] {x}", "[which|what] symbol does {x} have?", "{x} symbol",
     "how do you write {x} in chemistry?", "what is {x}'s [chemical |]symbol?", "element {x}, what is its symbol?", "tell me the symbol of {x}"],
    ["what is a [young|baby] {x} called?", "what do you call a [young|baby] {x}?", "name of a [young|baby] {x}", "a baby {x} is called what?",
     "what is the name of a [young|baby] {x}?", "how do you call a young {x}?", "[young|baby] {x} name", "what is a baby {x}?"],
    ["how many days [are in|has|does] {x}[ have|]?", "days in {x}", "how long is {x}?", "how many days are there in {x}?", "{x} days",
     "number of days in {x}", "what is the number of days in {x}?", "{x} has how many days?"],
]
HELD_ASK = [
    ["could you name the capital city of {x}?", "I forgot the capital of {x}, what is it?", "which city is {x}'s capital?", "what's the name of the capital of {x}?"],
    ["{x} belongs to what continent?", "could you name the continent of {x}?", "which continent has {x}?"],
    ["could you name the currency of {x}?", "what currency is used in {x}?", "I travel to {x}, what is the currency?"],
    ["could you give me the opposite of {x}?", "what would be the opposite of {x}?", "which is the opposite of the word {x}?"],
    ["could you tell me the symbol for {x}?", "which chemical symbol is {x}?", "I forgot the symbol of {x}, what is it?"],
    ["could you name a baby {x}?", "which name has a young {x}?", "a young {x}, what is it called?"],
    ["could you tell me how many days {x} has?", "what is the length of {x} in days?", "in {x}, how many days are there?"],
]
for _held, _trained in zip(HELD_ASK, ASK):
    check_unseen(_held, _trained)
NEXT = ["and [of|for] {x}?", "and {x}?", "what about {x}?", "and what about {x}?", "how about {x}?", "{x}?", "the same for {x}", "now {x}",
        "and that of {x}?", "and for {x}, please", "so {x}?", "or {x}?", "next {x}", "yes, but {x}?", "and in {x}?", "well, and {x}?",
        "also {x}", "{x} next?", "for {x}?"]
HELD_NEXT = ["ok, and of {x}?", "and how about {x}?", "then {x}?"]
ITS = {CAPITAL: ["and its capital?", "what is its capital?", "and the capital?"],
       CONTINENT: ["[and |]which continent is it on?", "and the continent?", "and its continent?"],
       CURRENCY: ["and its currency?", "what currency do they use[ there|]?", "and the currency?"]}

NAMES = ["capitals", "continents", "currencies", "opposites", "symbols", "young animals", "days"]
SHARE = [40, 10, 12, 10, 9, 6, 5]


def _said(rng, x):
    return rng.choice(SPOKEN[x]) if x in SPOKEN and rng.random() < 0.4 else x


def _trim(text, x):
    """People leave out "the" of a country half of the time; the pattern decides, so only tidy doubles here."""
    return text.replace("the the ", "the ")


def _ask(rng, relation, x, held=False):
    pattern = rng.choice((HELD_ASK if held else ASK)[relation])
    name = _said(rng, x)
    text = _trim(say(rng, pattern, x=name), name)
    if not held and rng.random() < 0.25:
        text = among(rng, text.rstrip("?"))
    return casual(rng, text, held=held, keep=(name,))


def _follow(rng, relation, x, held=False):
    name = _said(rng, x)
    text = say(rng, rng.choice(HELD_NEXT if held and rng.random() < 0.5 else NEXT), x=name)
    return text.lower() if rng.random() < 0.35 else text


def train(rng):
    relation = rng.choices(range(7), SHARE)[0]
    x = rng.choice(SUBJECTS[relation])
    turns = [(_ask(rng, relation, x), answer(relation, x))]
    while rng.random() < 0.4 and len(turns) < 4:
        if relation <= CURRENCY and rng.random() < 0.3:
            relation = rng.choice([r for r in ITS if r != relation])
            turns.append((say(rng, rng.choice(ITS[relation])), answer(relation, x)))
        else:
            x = rng.choice(SUBJECTS[relation])
            turns.append((_follow(rng, relation, x), answer(relation, x)))
    return turns


def held_out(rng, n, part):
    """Unseen wordings; a third are follow-ups, whose first turn was answered rightly."""
    items = []
    while len(items) < n:
        relation = CAPITAL if len(items) % 2 else rng.randrange(1, 7)
        x = rng.choice(SUBJECTS[relation])
        name = "capitals" if relation == CAPITAL else "other facts"
        if rng.random() < 1 / 3:
            first = rng.choice([s for s in SUBJECTS[relation] if s != x])
            before = [(_ask(rng, relation, first, held=True), answer(relation, first))]
            items.append(Item(name, _follow(rng, relation, x, held=True), answer(relation, x), before))
        else:
            items.append(Item(name, _ask(rng, relation, x, held=True), answer(relation, x)))
    return items
