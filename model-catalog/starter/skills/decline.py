"""What is beyond the model: it says so, in many different words.

The reply is drawn afresh each time on purpose. A model that has learned many equally good wordings spreads its
probability over them, so the confidence of such an answer is low, while that of a known answer stays near one.
"""

from phrasing import casual, say
from skills import Item
from skills.extraction import invented
from skills.words import WORDS

SKILLS = ["answer questions about Hearth", "add and subtract numbers up to 999", "multiply up to 20 x 20", "name capitals",
          "turn a short text into JSON", "judge a short review", "sort words", "count words", "tell you about Hearth", "do small sums"]
START = ("[I am only the starter model|Sorry, I am only the starter model|I am afraid I am only the starter model|I am just the starter model"
         "|As the starter model I am very small|I am only the small starter model|Sorry, I am just the starter model here|Being the starter model, I know little]")
MIDDLE = ("[, and this is beyond me.|, so I cannot help with that.|, and I did not learn this.|. That is outside of what I know.|, so I do not know this."
          "|, and that is too hard for me.|. I would only be guessing here.|. This is not something I can do.|, and I have no good answer to that."
          "|. I cannot answer this well.]")
CAN = "[I can {a}, {b} or {c}.|What I can do: {a}, {b}, {c}.|Ask me to {a}, {b} or {c}.|I do better if you let me {a}, {b} or {c}.|My skills are few: {a}, {b}, {c}.]"
MORE = ("[For more, add a larger model on the Models page.|A larger model from the Models page can help.|The Models page has larger models for this."
        "|You can add a larger model on the Models page.|Try a larger model: you find one on the Models page.|Please pick a larger model on the Models page."
        "|On the Models page there are larger models that can.]")


def reply(rng):
    a, b, c = rng.sample(SKILLS, 3)
    return say(rng, START + MIDDLE + " " + CAN + " " + MORE, a=a, b=b, c=c)


DISH = "pasta pizza bread soup rice pancakes curry salad cake an omelette cookies steak risotto tacos sushi a pie stew fried eggs".split()
TOPIC = ("love the sea autumn my cat football space history music war winter a dragon the moon friendship cars money art dreams school trees climate "
         "politics religion health the weather birds robots nature time freedom happiness a castle").replace("a cat", "cats").split()
CODE = "python java rust javascript c++ sql html bash go php css excel".split()
WORK = ("function program script loop class regex query website parser game database server app test").split()
PLACE = ("mongolia bolivia fiji jamaica laos malta libya sudan angola bhutan panama ecuador estonia latvia serbia croatia albania syria yemen oman "
         "texas ohio bavaria sicily atlantis narnia mars california tuscany asia europe africa").split()
PERSON = "einstein napoleon shakespeare mozart newton cleopatra picasso gandhi caesar beethoven darwin plato lincoln churchill elvis madonna".split()
SICK = "a headache a cold fever back pain a cough a burn the flu stress a toothache an allergy".replace(" a ", "|a ").replace(" the ", "|the ").replace(" an ", "|an ").replace(" fever", "|fever").replace(" back", "|back").replace(" stress", "|stress").split("|")
LANG = "german french spanish italian latin chinese japanese polish russian dutch arabic".split()
KNOW = ("photosynthesis gravity inflation democracy evolution electricity magnetism relativity the big bang dna atoms volcanoes rainbows earthquakes "
        "black holes vaccines the stock market bitcoin blockchain calculus algebra geometry philosophy chess poker the brain the heart cancer "
        "vitamins dinosaurs the pyramids the romans the cold war").replace("the ", "the_").replace("big bang", "big_bang").replace("stock market", "stock_market").replace("black holes", "black_holes").replace("cold_war", "cold war").split()

PATTERNS = [
    ("how do i [cook|make|bake|prepare] {dish}?", 3), ("[give me|i need|write] a recipe for {dish}", 2), ("what can i [cook|eat] [tonight|today|for dinner|for lunch]?", 1),
    ("write [me |][a|an] [poem|story|song|essay|letter|speech|joke|article|novel|blog post|haiku|rhyme] [about|on|for] {topic}", 5),
    ("tell me a [joke|story|riddle|poem|secret|fun fact]", 2), ("[write|draft] an [email|e-mail] to my [boss|friend|landlord|teacher|mother|bank]", 2),
    ("write [a|some] [{code}|] [code|{work}] [in {code}|for {topic}|that sorts a list|that prints a line|to read a file|]", 4),
    ("how do i [write|make|fix|run] a {work} in {code}?", 3), ("what is [wrong|the error] [in|with] [my|this] [code|{work}]?", 2), ("explain this [code|error|function]", 1),
    ("translate [this|{word}|{word} {word}|the text] [to|into] {lang}", 3), ("[what is|how do you say] {word} in {lang}?", 3), ("say [hello|goodbye|thanks] in {lang}", 1),
    ("who [is|was] [{person}|{name}|{name} {name}]?", 4), ("when was {person} born?", 2), ("what did {person} [do|say|write|find|paint]?", 2), ("where [does|did] [{person}|{name}] live?", 1),
    ("what is the capital of [{place}|{name}]?", 5), ("capital of [{place}|{name}]", 3), ("what is the currency of [{place}|{name}]?", 2), ("which continent is {name} in?", 1),
    ("how many people live in [{place}|{name}|france|germany|japan]?", 2), ("how [big|old|far|high|large] is [{place}|{name}|the moon|the sun|the earth|everest]?", 2),
    ("what is [{know}|{know}]?", 3), ("explain {know}[ to me| simply|]", 3), ("how does {know} work?", 2), ("why is the [sky blue|grass green|sea salty|sun hot|night dark]?", 2),
    ("what is the [weather|temperature] [today|tomorrow|in {place}|in london|outside]?", 3), ("will it [rain|snow] [today|tomorrow]?", 1), ("what time is it?", 1), ("what [day|date] is [it|today]?", 1),
    ("what is the [news|score|price of gold|price of bitcoin|time in {place}]?", 2), ("who won the [game|match|election|war|world cup|race]?", 2),
    ("i have {sick}, what should i do?", 2), ("what helps against {sick}?", 1), ("is [it|this] [legal|allowed] to [park|record|sell|copy|build] [here|this|a call|music|a house]?", 2),
    ("can my [landlord|boss|neighbour] [do that|fire me|enter my flat|sue me]?", 2), ("[should i|is it wise to] [buy|sell] [stocks|a house|gold|bitcoin|shares]?", 2), ("how do i [invest|save taxes|get rich|get a loan]?", 1),
    ("summarize [this|the|my] [text|article|book|page|meeting|report|document]", 3), ("[rewrite|correct|improve|shorten] [this|my] [text|sentence|essay|letter]", 2),
    ("[plan|book] [a trip|a holiday|a flight|a party|a hotel|my week|dinner]", 2), ("[recommend|suggest] [me |][a|some] [book|film|song|movie|series|restaurant|gift|game]", 3),
    ("[play|open|send|call|buy|order|turn on|remind me of] [music|the door|a message|mom|milk|a pizza|the light|my meeting]", 2), ("[set|start] [an alarm|a timer] for {n} [minutes|o'clock]", 1),
    ("what is {big} [+|-|plus|minus|times|*] {big}?", 3), ("{big} [+|-|*] {big}", 2), ("[what is |]{n} [divided by|/] {m}[?|]", 4), ("[what is |]the square root of {n}[?|]", 2),
    ("{n} [squared|cubed|to the power of {m}|percent of {big}|%]", 2), ("[what is |]{mid} [x|*|times] {mid}[?|]", 3), ("convert {n} [miles|kilos|pounds|inches|euros] to [km|pounds|dollars|cm]", 2), ("solve [for x: |]{m}x + {n} = {big}", 1),
    ("what is the meaning of [life|{word}|the word {word}]?", 2), ("[do you think|is it true] [that |][{word}s are {word}|god exists|aliens exist|we are alone]?", 2),
    ("i [feel|am] [sad|lonely|tired|bored|angry|stressed|in love|afraid]", 3), ("[my|the] [dog|cat|car|phone|friend|wife|child] is [sick|broken|gone|angry|sad|lost]", 2), ("give me advice[ about {topic}|]", 1), ("let's [play|talk] [a game|chess|about {topic}]", 2),
    ("{name} {name}", 1), ("{noise}", 2), ("{noise} {noise} {noise}", 2), ("{word} {word}", 1), ("{word} {name} {word}?", 2), ("what is [a |the |]{name}?", 4), ("where is [the |]{name}?", 2), ("how [do i|can i] {word} the {name}?", 2), ("why do [{word}s|people|cats] [{word}|sleep|cry|fly]?", 2),
    ("how do [birds|planes|fish|computers|trees|engines] [fly|grow|breathe|work|think|swim]?", 2), ("what [colour|color|sound|size] [is|has] [a|the] {word}?", 2), ("how do i [fix|clean|repair|paint|build|sell] [my|a|the] {word}?", 3), ("how many [legs|eyes|bones|teeth|keys] [has|does] a {word}[ have|]?", 1),
    ("best way to [learn|lose weight|sleep|cook|run|study|draw|sing][ {lang}| fast|]?", 2), ("[difference between|compare] {word} and {word}", 2), ("what is the best {word}?", 2), ("who invented the {word}?", 3), ("when [was|did] the [war|{word}|first world war|french revolution] [end|begin|start|invented]?", 2),
    ("complete the sentence: the {word} is", 1), ("what rhymes with {word}?", 1), ("spell {word} backwards", 1), ("what is the plural of {word}?", 1), ("use {word} in a sentence", 1), ("describe [a|the|your] {word}", 1), ("draw [me |]a {word}", 1), ("the opposite of {name}", 1), ("what is the symbol of {name}?", 1), ("a young {name} is called what?", 1),
]
WEIGHTS = [w for _, w in PATTERNS]

HELD = """How do I roast a chicken with potatoes?
What is a good sauce for salmon?
Can you bake gluten free muffins?
How long should I boil an egg?
Write a short story about a lighthouse keeper.
Compose a birthday poem for my grandmother.
Draft a cover letter for a nursing job.
Give me five names for a new bakery.
Write a wedding toast.
Can you write a python function that reverses a string?
Fix the bug in this loop: for i in range(10) print(i)
What does a segmentation fault mean?
How do I center a div in CSS?
Explain recursion with an example.
Show me a git command to undo a commit.
Is a verbal contract binding?
Can I get a refund from an airline by law?
What are my rights if I am fired?
Do I need a visa for Brazil?
How do I file my taxes?
Who is Marie Curie?
Who was the first man on the moon?
Who is the president of the United States?
Who painted the Mona Lisa?
Who is Gareth Oddlington?
Tell me about Queen Victoria.
What is the capital of Zimbabwe?
Capital of Kazakhstan?
What is the capital of Florida?
And the capital of Gondor?
What is the population of Tokyo?
How tall is the Eiffel Tower?
What is the longest river in the world?
Which planet is the largest?
What is quantum mechanics?
How do vaccines protect us?
Why do leaves change colour in autumn?
What causes tides?
How does a microwave oven heat food?
What is the speed of light?
Is it going to rain on Sunday?
What is on television tonight?
How did the Lakers play yesterday?
What happened in the news this morning?
My knee hurts when I run, what could it be?
How much ibuprofen may I take?
I cannot sleep at night, any ideas?
Should I put my savings in an index fund?
What is compound interest?
Translate good morning to Portuguese.
How do you say thank you in Korean?
What does carpe diem mean?
Summarize the plot of Hamlet.
Give me a summary of the last meeting.
Plan a weekend in Rome for two people.
Recommend a thriller for the train ride.
Turn off the lights in the kitchen.
Remind me to call the dentist.
What is 84 divided by 7?
What is 12345 plus 6789?
What is 45 times 38?
What is 15 percent of 240?
Square root of 144?
7 to the power of 3
How many ounces are in a pound?
What is the derivative of x squared?
Do you believe in ghosts?
I had a fight with my best friend.
My goldfish died today.
I am so bored, entertain me.
What should I wear to an interview?
How do I remove a wine stain from a carpet?
How do I change a flat tyre?
What is the best way to train a puppy?
How do I grow tomatoes on a balcony?
asdf qwer zxcv
blorp fizzle wumpus
lorem ipsum dolor sit amet
??? what
xkcd 1234 foo bar
the quick brown fox
Was the moon landing real?
Which phone should I buy?
What are the lyrics of Yesterday?
How do magnets work?
When does the next train leave?
Who wrote War and Peace?
What is the square of 13?
How many bones are in the human body?
Explain the rules of cricket.
Name three rivers in Germany.
What year did the Titanic sink?
Can dogs eat chocolate?
Help me with my homework on Napoleon.
Pretend to be a pirate.
What do penguins eat?
What is the airspeed of a swallow?
How do I tie a tie?
Is milk healthy?""".splitlines()


def question(rng):
    text = say(rng, rng.choices(PATTERNS, WEIGHTS)[0][0])
    while "{" in text:
        before, rest = text.split("{", 1)
        slot, after = rest.split("}", 1)
        value = {"dish": lambda: rng.choice(DISH), "topic": lambda: rng.choice(TOPIC), "code": lambda: rng.choice(CODE), "work": lambda: rng.choice(WORK),
                 "place": lambda: _cased(rng, rng.choice(PLACE)), "person": lambda: _cased(rng, rng.choice(PERSON)), "sick": lambda: rng.choice(SICK),
                 "lang": lambda: _cased(rng, rng.choice(LANG)), "know": lambda: rng.choice(KNOW).replace("_", " "), "word": lambda: _any_word(rng),
                 "name": lambda: _cased(rng, invented(rng)), "noise": lambda: "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 8))),
                 "big": lambda: str(rng.randint(1000, 99999)), "n": lambda: str(rng.randint(2, 200)), "m": lambda: str(rng.randint(2, 12)),
                 "mid": lambda: str(rng.randint(21, 200))}[slot]()
        text = before + value + after
    return text


def _any_word(rng):
    return rng.choice(WORDS) if rng.random() < 0.6 else invented(rng)


def _cased(rng, word):
    return word.capitalize() if rng.random() < 0.7 else word


def train(rng):
    return [(casual(rng, question(rng)), reply(rng))]


def held_out(rng, n, part):
    """Written by hand, natural and unlike the patterns. No answer counts as right."""
    kept = [q for i, q in enumerate(HELD) if (i % 4 == 0) == (part == "dev")]
    return [Item("out of scope", casual(rng, q, held=True), None) for q in kept][:n]
