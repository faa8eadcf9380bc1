"""Questions about Hearth. A topic is an answer, patterns to ask for it, and wordings kept for evaluation."""

from phrasing import casual, reworded, say
from skills import Item

TOPICS = []


def topic(answer, ask, held, about=""):
    """`ask`: training patterns, one a line. `about`: names used in general frames. `held`: dev first, then test."""
    lines = [line.strip() for line in ask.strip().splitlines()]
    kept = [line.strip() for line in held.strip().splitlines()]
    assert len(kept) >= 3, answer
    TOPICS.append((answer, lines, [a.strip() for a in about.split(",") if a.strip()], kept))


FRAMES = ["[what is|what's|whats] {x}?", "what does {x} mean?", "[explain|describe] {x}[ to me|]", "tell me [more |]about {x}",
          "{x}?", "what do you mean by {x}?", "can you explain {x}?", "i do not [understand|get] {x}", "how does {x} work?",
          "what about {x}?", "[help me understand|say something about] {x}", "what exactly is {x}?", "why {x}?"]
HELD_FRAMES = ["I keep reading about {x}, what is that?", "could you describe {x} for me?", "in short, what is {x}?",
               "what should I know about {x}?"]

topic("Hearth has three modes: Local only, Ask each time and Automatic. It starts in Local only, so nothing leaves this device until you change it.",
      """[which|what] modes [are there|does hearth have|can i choose|exist][ in hearth|]?
      [list|name|show] [me |][the|all|all the] modes
      how many modes [are there|does hearth have]?
      what [are|do] the [three |different |]modes[ in hearth| mean|]?
      [what is the difference between|explain] the modes""",
      """Which modes can I pick from?
      What modes do you offer?
      Give me the list of modes in Hearth.
      Hearth modes, how many are there?""", "the modes, modes, hearth modes")
topic("In Local only mode every answer is made on this device, and nothing is sent anywhere. It is the mode Hearth starts with.",
      """what [does|is] local only[ mode|][ mean|]?
      what [happens|does hearth do] in local only[ mode|]?
      [which|what] mode is [the default|default|on at first|set at the start]?
      what is the default mode?
      is local only [on by default|the default]?""",
      """What does the Local only mode do?
      Hearth starts in which mode by default?
      When Local only is on, what happens?""", "local only, local only mode, the local only mode, the default mode")
topic("In Ask each time mode Hearth answers on this device, and asks you before it sends anything to a cloud model. You see the exact text, and you can edit it or say no.",
      """what [does|is] ask each time[ mode|][ mean|]?
      what [happens|does hearth do] in ask each time[ mode|]?
      when [will|does] hearth ask me[ before sending|]?
      [which|what] mode asks me [first|before sending|before it sends]?""",
      """What does the Ask each time mode do?
      If I choose Ask each time, what happens?
      Which of the modes asks me before it sends something?""", "ask each time, ask each time mode, the ask each time mode")
topic("In Automatic mode Hearth answers here first and may send a hard question to a cloud model, but only within the budget and the rules you have set.",
      """what [does|is] auto[ mode|][ mean|]?
      what [happens|does hearth do] in auto[ mode|]?
      what does automatic mode do?
      [which|what] mode [sends|decides] by itself?
      can hearth [decide|choose] [by itself|on its own|automatically]?""",
      """What does the Auto mode do?
      If I switch to Auto, what happens?
      Explain to me what automatic mode means.""", "auto, auto mode, the auto mode, automatic mode")
topic("You can change the mode in Settings, or with a click on the status line below the chat.",
      """how [do|can] i [change|switch|set|choose|select] [the|a|my] mode?
      where [do|can] i [change|switch|set|choose|select|find] [the|my] mode?
      [change|switch] [the|my] mode
      i want to [change|switch] [the mode|modes|to another mode]
      how [do|can] i [turn on|turn off|leave|go to|switch to] [local only|auto|ask each time][ mode|]?""",
      """Where is the setting to change the mode?
      I would like to switch to a different mode, how?
      How can I turn on Auto?""", "changing the mode, switching modes")
topic("A place is where an answer was made: on this device, on your own server, or in the cloud. Each place has its own colour and word, so you always know.",
      """what [is|does] [a|the] place[ mean|][ in hearth|]?
      [which|what] places are there?
      where can [an answer|answers] [be made|come from|run]?
      what do the [colours|colors] mean?
      what [is|does] the [teal|blue|ember|orange] [colour|color|label] mean?""",
      """What does the word place mean in an answer?
      Which places can an answer come from?
      What is the meaning of the colours?""", "the place of an answer, the place, places")
topic("Each answer's footer shows the place it was made. On this device means that no byte of it left your computer.",
      """how [do|can] i [know|see|tell|check] where [an|the|this|my] answer [was made|came from|ran|comes from]?
      where [was|did] [this|that|the|your] answer [made|come from|run]?
      did [this|that|my question] [leave|go out of] [my|this] [computer|device|machine]?
      is this answer from [here|the cloud|my computer]?""",
      """How can I see where this answer came from?
      Where did that answer run?
      Can I check if an answer was made on my computer?""", "where an answer ran")
topic("Your own server is a computer you run yourself with a model on it. Add its address in Settings and Hearth can use it before any cloud model.",
      """what [is|does] your own server[ mean|]?
      [can|how can|how do] i [use|add|connect|set up] [my own|my|an own|a] server?
      can hearth use a model on [another computer|my other computer|my server]?
      [does|can] hearth [work with|talk to|use] [vllm|sglang|a local server|an openai compatible server]?""",
      """How can I connect Hearth to my own server?
      I have a server at home, can I use it with Hearth?
      Does Hearth work with an own server?""", "your own server, own server, a server of my own, my own server")
topic("Chats, settings and models stay on this computer, in the system's usual app data folder. If HEARTH_HOME is set, everything is in that folder instead.",
      """where [is|are|do you keep|does hearth keep|does hearth store|do you store] my [data|chats|conversations|messages|files|history|settings][ stored| kept| saved|]?
      where [does|do] my [data|chats|conversations|history|messages] [live|go|stay]?
      [in which|in what|which|what] folder [are|is|has] my [data|chats|files|conversations|settings]?
      where [is|are] [the|hearth's] [data|app data|chats|database] [folder|stored|kept|saved]?
      where on [my|the] [disk|computer|machine] [is|are] my [data|chats]?""",
      """Where exactly do my chats get stored?
      On which folder of my computer is my data?
      Where does the app keep all my conversations?""", "my data, the data folder, where my data is")
topic("Set the environment variable HEARTH_HOME to a folder, and Hearth keeps its data, settings and models there. That is handy on a USB stick.",
      """what is hearth_home?
      what does HEARTH_HOME do?
      [can|how can|how do] i [move|change|choose|set] [the|my|hearth's] [data |]folder?
      can i [run|use|keep|put] hearth [from|on] a [usb stick|usb drive|stick|portable drive]?
      [is there a|how do i make a] portable [version|mode|hearth]?
      [can|how can|how do] i [keep|store|put] my data [in another folder|somewhere else|in a different folder|on another disk]?""",
      """How can I move my data to another folder?
      What is the variable HEARTH_HOME for?
      Can I carry Hearth on a USB stick?""", "HEARTH_HOME, hearth_home, portable use")
topic("Open the Models page, pick a model from the catalog and press Download. You can also open a GGUF file or drop it on the window.",
      """how [do|can] i [add|get|install|download|load] [a|a new|another|a larger|a bigger|a better|more] [model|models]?
      where [do|can] i [add|get|install|download|find|load] [a|a new|another|a larger|a bigger|a better|more] [model|models]?
      [add|get|install|download] [a|a new|another|a larger] model
      i want [a|to add a|to download a|to install a] [bigger|larger|better|new|different] model
      how do i get [a smarter assistant|better answers|a better model]?""",
      """What are the steps to install another model?
      I need a larger model, where do I get it?
      How would I download a new model?
      Show me how to add a bigger model.""", "adding a model, installing models, downloading a model")
topic("Yes. Open the GGUF file from the Models page or drop it on the window, and Hearth checks it and adds it to your models.",
      """[can|how can|how do] i [use|open|load|import|add] [a|my|my own|an own] gguf[ file| model|]?
      can i [use|bring|add|load|import|open] my own model[ file|]?
      [can|may] i [drop|drag] a [file|model|gguf][ file|][ into hearth| on the window|]?
      i have a [gguf|model] file[ already| on my disk|][, what now|, can i use it|]?
      does hearth [open|support|read|load] gguf[ files|]?""",
      """I downloaded a GGUF myself, can Hearth open it?
      Is it possible to load my own model file?
      Could I drag a GGUF file on the window?""", "my own model file, opening a gguf file")
topic("GGUF is a file format for language models. One file holds the weights, the vocabulary and the settings of a model.",
      """what is [a |]gguf[ file|]?
      what does gguf mean?
      what [kind of|sort of|] file is gguf?
      what [model |file |]format[s|] [does hearth use|do models have|are models in]?""",
      """GGUF, what kind of format is that?
      I see the word GGUF, what does it mean?
      What is in a GGUF file?""", "gguf, a gguf, gguf format, the gguf format")
topic("A draft model is a smaller model with the same vocabulary. It proposes a few tokens and the larger model verifies them at once, so you get the same answers faster.",
      """what is a draft[ model|]?
      what does [a|the] draft[ model|] do?
      how does [a|the] draft model [work|help|make it faster]?
      why [do i need|use|is there|would i want] a draft[ model|]?
      [what is|how does] speculative decoding[ work|]?
      what is speculation[ in hearth|]?""",
      """What is the job of a draft model?
      For what do you use the draft?
      How can a smaller draft model help the larger model?""", "a draft model, the draft model, draft models, drafts, speculative decoding, speculation")
topic("No. The larger model checks every token the draft proposes and keeps only those it would have chosen itself, so the text stays the same.",
      """does [a|the] draft[ model|] change [the|my|an] [answer|answers|text|quality]?
      are the answers [worse|different|the same|less good] with a draft[ model|]?
      [is|are] [it|the quality|answers] [worse|lower] with [a|the] draft[ model|]?
      does speculation [change|hurt|lower] [the|] [answers|quality|text]?
      do i lose quality with a draft[ model|]?""",
      """Will the draft make my answers worse?
      With a draft model, is the text still the same?
      Could a draft change what the answer says?""", "")
topic("The acceptance rate is the share of the draft's tokens that the larger model agrees with. The higher it is, the more time the draft saves.",
      """what [is|does] [the |]acceptance[ rate|][ mean|]?
      what [is|are] accepted tokens?
      what does draft acceptance mean?
      what is a good acceptance rate?
      why does the footer [show|say] accepted[ tokens|]?""",
      """What does the number called acceptance mean?
      The footer says acceptance rate, what is it?
      How should I read the draft acceptance?""", "the acceptance rate, acceptance, draft acceptance")
topic("When the draft gains less than it costs on this machine, Hearth switches it off and tries again later. The footer tells you why it is off.",
      """why is [the|my] draft[ model|] [off|switched off|turned off|not used|disabled]?
      why did hearth [switch off|turn off|stop] the draft[ model|]?
      when does [the|a] draft[ model|] [switch off|turn off|go off|stop]?
      the draft is [off|not working|not used][, why|]?""",
      """My draft model was turned off, why?
      Why does the app say the draft is off?
      What makes Hearth switch the draft off?""", "")
topic("No. The process that runs the model has no network at all, so it cannot send your words anywhere.",
      """[can|does] the (engine|model) [use|reach|have|access|go on] the [network|internet]?
      does the engine [have|use] [network|internet|network access|internet access]?
      can the model send my [data|words|text|prompts|chats] [anywhere|somewhere|out]?
      is the [engine|model] [online|connected]?
      [could|can] [a|the] model [leak|steal|upload] my [data|words|chats]?""".replace("(engine|model)", "[engine|model]"),
      """Is the engine able to reach the internet?
      Could the engine send my words out?
      Does the model process have access to the network?""", "the network access of the engine")
topic("The engine is a separate process that runs the model. It has no network and no keys, and if it crashes your chats are safe.",
      """what is the [hearth |]engine[ process|]?
      what does the engine do?
      why is the engine [separate|a separate process|its own process|an own process]?
      [what happens if|what if] the [engine|model] crashes?
      do i lose my chats [if|when] [it|the engine|the model] crashes?""",
      """What is the engine for?
      If the engine crashes, are my chats lost?
      Why does Hearth run the engine as a separate process?""", "the engine, the engine process, hearth-engine")
topic("The footer shows the place, the time to first token, tokens per second, the number of tokens, the cost and the confidence of the answer.",
      """what [is|does] [in |shown in |]the footer[ show| mean| say| tell me|]?
      what are the [numbers|figures|values] [below|under] [an|the|each|every] answer?
      what [is|does] the line [below|under] [an|the|each] answer[ mean|]?
      [explain|read me] the [footer|numbers below the answer]""",
      """What do the numbers under an answer tell me?
      The line below each answer, what does it show?
      Which things can I read in the footer?""", "the footer, the answer footer, the footer of an answer, the numbers under an answer")
topic("Time to first token is how long you wait before the first word appears. It is mostly the time to read your question.",
      """what [is|does] [the |]time to first token[ mean|]?
      what is ttft?
      what does ttft mean?
      how long [do i wait|does it take] [for|until|before] the first [word|token]?
      why [does it take|is there] [a while|a moment|a wait] before the first [word|token]?""",
      """Time to first token, what is it?
      What does first token time mean?
      Could you explain TTFT?""", "time to first token, the time to first token, ttft, first token time")
topic("Tokens per second is how fast the model writes. One token is about three quarters of an English word.",
      """what [is|does|are] tokens per second[ mean|]?
      what does tok/s mean?
      what is tok/s?
      how [fast|quickly] [does|do] [the model|you|it] write?
      what is a good [speed|number of tokens per second]?""",
      """Tokens per second, what does this number say?
      The footer says tok/s, what is that?
      How is the writing speed of a model measured?""", "tokens per second, tok/s, the tokens per second, the writing speed")
topic("A token is a piece of text, often a short word or a part of a word. Models read and write tokens, not letters.",
      """what is a token?
      what are tokens?
      what does token mean?
      is a token a word?
      what do you mean by token?""",
      """Token, what is that?
      I see the word token, what does it mean?
      How big is one token?""", "a token, tokens, the word token")
topic("Confidence says how sure the model was, from the probability it gave to its own words. A low value means you should check the answer.",
      """what [is|does] [the |]confidence[ mean| say|]?
      how [sure|certain|confident] [is|was] [the model|an answer|it]?
      what does [low|high] confidence mean?
      how [is|do you measure|do you compute] [the |]confidence[ measured| computed|]?
      can i trust [an|the|this] answer?""",
      """The footer shows confidence, what is it?
      What should I do when the confidence is low?
      How do I know if the model is sure of the answer?""", "confidence, the confidence, low confidence, the confidence value")
topic("An answer made on this device costs nothing. A cloud answer costs what its provider charges for the tokens, and the footer shows it.",
      """what [does|will] [an answer|it|a question|hearth|this] cost[ me|]?
      how much does [an answer|it|a question|hearth|this] cost[ me|]?
      is [hearth|it|this|an answer|the app] free[ of charge|]?
      do i [have to|need to|must] pay[ for hearth| for this| for answers| anything|]?
      how is the cost [computed|counted|measured]?""",
      """Do I pay something for an answer?
      What will a question cost me?
      How much money does Hearth cost?""", "the cost, the cost of an answer, the price, the price of an answer")
topic("Set a monthly budget in Settings. Hearth reserves the worst case before it sends anything, and stops when the budget is used up.",
      """[how|where] [do|can] i [set|change|limit] [a|the|my] [monthly |]budget?
      can i [limit|cap] [the|my] [cost|costs|spending]?
      how [do|can] i [limit|cap] [the|my] [cost|costs|spending]?
      what happens when the budget is [used up|gone|empty|over]?
      is there a [budget|spending limit|cost limit]?""",
      """Where do I limit what I spend each month?
      I want to set a budget, how?
      If my budget is used up, what happens?""", "the budget, a budget, the monthly budget, the spending limit")
topic("Deleted chats go to the trash and stay there for 30 days. Until then you can bring them back.",
      """how long [do|does] [deleted chats|chats|the trash|a deleted chat] [stay|remain|keep chats|keep them][ in the trash|]?
      where [do|are] deleted [chats|conversations][ go|]?
      what happens [to|with] deleted [chats|conversations]?
      [can|how can|how do] i [restore|recover|undo|bring back|get back] [a|my|a deleted|deleted] [chat|chats|conversation]?
      i deleted a chat[ by accident| by mistake|][, can i get it back|, help|]""",
      """A chat that I deleted, can I get it back?
      How many days does the trash keep my chats?
      I removed a conversation by mistake, is it gone?""", "the trash, trash, deleted chats, deleted conversations")
topic("Choose Move to trash in the chat's menu. After 30 days in the trash it is gone for good.",
      """[how|where] [do|can] i [delete|remove|erase] [a|my|this|one] [chat|conversation]?
      [delete|remove|erase] [this|a|my] [chat|conversation]
      can i [delete|remove|erase] [a|my|this] [chat|conversation|chats]?
      i want to [delete|remove|erase] [a|this|my] [chat|conversation]""",
      """What is the way to delete a chat?
      How would I remove this conversation?
      Where is the button to erase a chat?""", "deleting a chat, delete")
topic("You can export all your chats to one JSON file on the Privacy page, and import the same file on another computer.",
      """[how|where] [do|can] i [export|back up|backup|save] [my|a|all|all my] [chats|chat|conversations|data]?
      [how|where] [do|can] i import [my|a|old|] [chats|chat|conversations|data]?
      can i [export|back up|backup|import|move] [my|all my] [chats|conversations|data][ to another computer|]?
      [which|what] [file |]format [is|does] [the|an] export[ use| have|]?
      is there a backup?""",
      """How can I move my chats to another computer?
      I want a backup of my conversations, how?
      Which format does the chat export have?""", "export, import, exporting chats, importing chats, a backup, backups")
topic("The Privacy page shows every connection the app has made, when and why, together with your consents and the ledger to export.",
      """what [is|does] [on |]the privacy page[ show|]?
      [how|where] [do|can] i see [what|every|all|which] [was sent|connection|connections|left my computer|hearth connects to]?
      [which|what] connections [has|did|does] [hearth|the app] [made|make]?
      can i see [every|all] [connection|connections|bytes]?
      who does hearth [connect|talk] to?""",
      """Which page lists all connections?
      How can I check what Hearth has sent?
      What will I find on the Privacy page?""", "the privacy page, privacy page, the connections")
topic("Your words stay on this device unless you allow a cloud model. Then you see the exact text first, and nothing else is sent.",
      """is hearth private?
      is my [data|chat|text|conversation] [safe|private|secure]?
      [are|is] my [chats|data|messages|words] [safe|private|sent anywhere|shared|sold]?
      do you [send|share|sell|upload|read] my [data|chats|messages|words]?
      who can [see|read] my [chats|data|messages|words]?
      how private is [this|hearth|it]?""",
      """Does anybody else see my messages?
      Are my chats kept private?
      Can I be sure that my data is safe?""", "privacy, my privacy, data protection")
topic("The Usage page shows cost, latency and savings over time, for each model and place.",
      """what [is|does] [on |]the usage page[ show|]?
      where [do|can] i see [my |the |][usage|costs|cost over time|spending|latency|savings]?
      how much [did|have] i [spend|spent|use|used] [this month|so far]?
      where are the [statistics|stats|charts]?""",
      """Which page shows my costs this month?
      Where are charts of my usage?
      What will I find on the Usage page?""", "the usage page, usage page, usage")
topic("API keys are kept in your system's keychain, never in a plain file. The engine never sees them.",
      """where [are|do you keep|do you store|does hearth keep|does hearth store] [my |the |][api |]keys[ stored| kept| saved|]?
      [are|is] my [api |][keys|key] [safe|secure|encrypted]?
      how [are|do you protect] [my |the |][api |]keys[ protected| stored|]?
      what is the keychain[ for|]?""",
      """Where does the app put my API key?
      My key for the cloud, is it stored safely?
      Who can read my API keys?""", "api keys, the keychain, my api keys, key storage")
topic("Open Settings, add a provider and paste your API key. Hearth still asks before it sends anything.",
      """[how|where] [do|can] i [add|enter|set|put|paste|set up] [a|an|my|the] [api |cloud |][key|provider|account]?
      [how|where] [do|can] i [add|use|connect|set up|enable|turn on] [a|the] cloud[ model| provider|]?
      can [i|hearth] use [a cloud model|the cloud|cloud models|openai|anthropic|chatgpt|claude]?
      how [do|can] i [connect|use] [openai|anthropic|chatgpt|claude|gpt|gemini]?
      i want to use [a cloud model|the cloud|openai|claude|chatgpt]""",
      """How would I connect a cloud model to Hearth?
      Where can I type in the API key for a cloud provider?
      I have an account at a cloud provider, how do I use it?""", "cloud models, a cloud model, adding a key, cloud providers")
topic("Yes. Hearth works with no network at all: the models, your chats and the search are on this computer.",
      """does hearth [work|run] [offline|without internet|without a network|with no network|without a connection|on a plane]?
      can [i|you] [use|run|work] [hearth |this |it |][offline|without internet|without a network|with no internet|on a plane]?
      do [i|you] need [the |an |][internet|network|connection|internet connection|network connection|wifi]?
      is [internet|a network|wifi|a connection] [needed|necessary|required]?
      what if i [have no|lose the|am without] [internet|network|connection|wifi]?""",
      """Will it still answer if I have no internet?
      On a plane without wifi, can I use Hearth?
      Is an internet connection needed for this?""", "offline use, working offline")
topic("No. Hearth needs no account and no sign-up. Install it and start to type.",
      """do i [need|have|have to make|have to create|must have] [an |a |][account|login|registration|sign-up]?
      do i [need|have] to [sign up|sign in|log in|register|login]?
      [is|are] [an account|a login|registration] [needed|required|necessary]?
      can i use [hearth|it|this] without [an account|a login|signing up|registration]?
      how do i [sign in|log in|sign up|register]?""",
      """Must I register before I use Hearth?
      Is there an account to create?
      Can I use the app without a login?""", "an account, the account, login, signing up, registration")
topic("There is no telemetry. Hearth counts nothing about you and reports nothing to anyone.",
      """[does|do] [hearth|you|the app] [have|collect|send|use] [telemetry|analytics|statistics about me|usage data]?
      is there [any |]telemetry[ in hearth|]?
      [does|do] [hearth|you|the app] [track|spy on|watch|monitor|follow] me?
      [does|do] [hearth|the app] [phone home|report anything|collect data]?""",
      """Am I being tracked by the app?
      Does Hearth have some telemetry inside?
      What data does Hearth collect about me?""", "telemetry, tracking, analytics")
topic("Press Esc to stop an answer. It stops within one token, and the text so far is kept.",
      """how [do|can] i [stop|cancel|abort|interrupt|end] [an answer|the answer|it|you|the model|writing|generation]?
      [which|what] key [stops|cancels] [an|the] answer?
      how do i make [you|it|the model] stop[ writing|]?
      [can i|i want to] [stop|cancel] [an answer|you|the answer]
      what does [esc|escape|the esc key] do?""",
      """It writes too long, how do I stop it?
      Is there a key to cancel the answer?
      How can I interrupt you while you write?""", "esc, the esc key, stopping an answer")
topic("Press Ctrl+N for a new chat, or use the New chat button on the left. On a Mac it is Cmd+N.",
      """how [do|can] i [start|open|begin|create|make] a new [chat|conversation]?
      [which|what] key [opens|starts|makes] a new [chat|conversation]?
      [open|start|begin|create] a new [chat|conversation]
      i want [a|to start a] new [chat|conversation]
      what does ctrl[ |+|-]n do?""",
      """Is there a shortcut to begin a new chat?
      How would I start a fresh new conversation?
      Ctrl+N, what is it for?""", "ctrl+n, new chat, a new chat")
topic("Press Ctrl+K and type. Hearth searches the full text of all your chats on this device.",
      """how [do|can] i [search|find something|look for something|find a word] in [my |old |all |][chats|conversations|history]?
      [how|where] [do|can] i [search|find] [my|an old|old|a] [chats|chat|conversation|messages|message]?
      can i search[ my chats| old chats| messages|]?
      [which|what] key [opens|starts] [the |]search?
      what does ctrl[ |+|-]k do?""",
      """I am looking for something in an old chat, how do I find it?
      What is the shortcut for search?
      Ctrl+K, what is it for?""", "ctrl+k, search, searching chats, the search")
topic("Useful keys: Enter sends, Shift+Enter makes a new line, Esc stops, Ctrl+N opens a new chat, Ctrl+K searches, and Up edits your last message.",
      """[which|what] [keyboard |][shortcuts|keys|hotkeys] [are there|does hearth have|can i use|exist]?
      [list|show|tell me|give me] [the|all|all the] [keyboard |][shortcuts|keys|hotkeys]
      are there [any |][keyboard |][shortcuts|hotkeys]?
      what are the [keyboard |][shortcuts|keys|hotkeys]?""",
      """Which hotkeys should I know?
      Is there a list of shortcuts?
      What keyboard shortcuts can you show me?""", "keyboard shortcuts, shortcuts, hotkeys, the keyboard")
topic("Press the Up key in an empty message box to edit your last message, then Enter to send it again.",
      """how [do|can] i [edit|change|correct|fix] [my|the] last [message|question]?
      can i [edit|change|correct|fix] [a|my|the last|my last] [message|question]?
      [i made a typo|there is a mistake] in my [last |][message|question]
      what does the up key do?""",
      """My last message had a mistake, can I edit it?
      Is there a way to change the last question I sent?
      What is the Up key for?""", "editing a message, the up key")
topic("Press Shift+Enter for a new line. Enter alone sends the message.",
      """how [do|can] i [make|add|insert|type|get|start] a [new line|line break|second line]?
      how [do|can] i [write|type] [two|several|more] lines?
      what does shift[ |+|-]enter do?
      what does enter do?
      [which|what] key [makes|gives] a [new line|line break]?
      how [do|can] i send [a|my] message?""",
      """Is there a key for a line break?
      How would I write more lines in one message?
      Shift+Enter, what is it for?""", "shift+enter, the enter key, a line break")
topic("Use hearth ask for one question, hearth chat for a conversation, and hearth models to see and add models.",
      """[is there|does hearth have|do you have] a [command line|terminal|cli][ version| tool|]?
      [can|how can|how do] i use hearth [in|from] [a|the] [terminal|command line|shell|console]?
      [which|what] [commands|command line commands] [are there|does hearth have|exist]?
      what [can|does] the [hearth command|command line|cli] do?
      how do i [ask|chat] [in|from] the [terminal|command line|console]?""",
      """I prefer the terminal, can I use Hearth there?
      List the commands for the command line.
      Which commands does the terminal tool have?""", "the command line, the cli, the terminal, hearth on the command line")
topic("hearth ask takes one question on the command line and prints the answer, for example: hearth ask \"what is a token?\"",
      """what does hearth ask do?
      how do i use hearth ask?
      what is hearth ask[ for|]?
      how do i [ask|send] one question [from|in|on] the command line?""",
      """The command hearth ask, what does it do?
      When should I use hearth ask?
      What is the hearth ask command?""", "hearth ask, the hearth ask command, the command hearth ask")
topic("hearth models lists the models on this computer and in the catalog, and can download or remove one.",
      """what does hearth models do?
      how do i use hearth models?
      what is hearth models[ for|]?
      how do i list [the |my |]models [from|in|on] the [command line|terminal]?
      [which|what] command lists [the |my |]models?""",
      """The command hearth models, what does it do?
      When should I use hearth models?
      Which command shows my models?""", "hearth models, the hearth models command, the command hearth models")
topic("The router decides where an answer is made. It stays on this device first, and uses a cloud model only with your consent.",
      """what [is|does] the router[ do| mean|]?
      how does hearth [decide|choose] where [to answer|an answer is made|to send|a question goes]?
      who decides [where|if] [an answer is made|something is sent|my question goes to the cloud]?
      when does hearth [use|go to|send to] the cloud?
      does hearth send [my questions|things|anything] to the cloud?""",
      """How is it decided where my question goes?
      What is the job of the router?
      In which case does Hearth use the cloud?""", "the router, router, routing, the hearth router")
topic("Quantization stores a model with fewer bits per weight. The model gets smaller and faster, with a small loss of quality.",
      """what is [a |]quantization?
      what [does|is] [quantized|quantised|quantization|quantisation][ mean| do|]?
      [why|how] [are|do you make] models [quantized|smaller|quantised]?
      what is a quantized model?
      what is a [4-bit|4 bit|8-bit|8 bit] model?""",
      """I see the word quantized, what does it mean?
      For what is quantization good?
      How does quantization make a model smaller?""", "quantization, quantisation, a quantized model, quantized models, quantizing")
topic("Q4_K uses about 4.5 bits per weight and Q8_0 about 8.5. Q4_K is smaller and faster, Q8_0 is closer to the original.",
      """what [is|does] [q4_k|q8_0|q4|q8|q4_k_m][ mean|]?
      [which|what] is better[,|] q4[_k|] or q8[_0|]?
      what is the difference between [q4|q4_k|4-bit|4 bit] and [q8|q8_0|8-bit|8 bit]?
      should i [take|use|choose|download] [q4|q4_k|4-bit] or [q8|q8_0|8-bit]?
      [which|what] quantization should i [take|use|choose|pick]?""",
      """Q4_K or Q8_0, which one should I take?
      How do Q4_K and Q8_0 differ?
      What do the letters Q4_K mean?""", "q4_k, q8_0, q4_k and q8_0")
topic("On the Models page each model says if it fits this computer. As a rule, take the largest one marked as a good fit.",
      """which model [should i|do i|is best to] [use|take|choose|download|pick|get]?
      what model [should i|do i] [use|take|choose|download|pick|get]?
      [which|what] [is|are] the best [model|models][ for me| for my computer|]?
      [recommend|suggest] [me |]a model[ for me| for my computer|]
      [will|does|can] [a|the|this] model [fit|run on|work on] my [computer|machine|laptop|pc]?""",
      """Can you recommend the right model for my computer?
      I do not know which model to pick.
      How can I see if a model fits my machine?""", "choosing a model, the best model, which model fits")
topic("A model file needs about as much memory as its size on disk, plus some for the conversation. The Models page compares it with what is free.",
      """how much [memory|ram] [do i need|does a model need|is needed|does it need|does hearth need]?
      [is|do i have] [my|enough] [memory|ram][ enough|][ for a model|]?
      what are the [system |hardware |memory |][requirements|needs]?
      can i run [it|hearth|a model] with [8|16|4] gb[ of memory| of ram| ram|]?""",
      """What amount of RAM does a model need?
      Is 8 GB of memory enough to run a model?
      Which hardware requirements does Hearth have?""", "memory, the memory need, memory use, hardware requirements")
topic("No. Hearth runs well on a normal processor. If there is a graphics card it can use, it will.",
      """do i need a [gpu|graphics card|video card|strong computer]?
      does [hearth|it] need a [gpu|graphics card|video card]?
      can [hearth|it|you] [use|run on] [my|a|the] [gpu|graphics card|cpu|processor|laptop]?
      does it [run|work] without a [gpu|graphics card]?
      is a [gpu|graphics card] [needed|required|necessary]?""",
      """I have no GPU, does Hearth still run?
      Must my computer have a graphics card?
      Will it work on only a CPU?""", "a gpu, gpus, the graphics card")
topic("On the Models page, press Remove beside the model. It leaves the list at once.",
      """[how|where] [do|can] i [remove|delete|uninstall] [a|my|an old|the] model?
      [remove|delete|uninstall] [a|my|an old|the] model
      can i [remove|delete|uninstall] [a|the] [model|models|downloaded model]?
      how [do|can] i [free|get back] [disk |][space|room][ from models|]?
      models [take|use] too much [space|disk|room]""",
      """A model takes too much disk space, how do I remove it?
      What is the way to uninstall a model?
      How would I delete a model I downloaded?""", "removing a model, deleting models")
topic("Click the model's name at the top of the chat and pick another one. The chat goes on with the new model.",
      """[how|where] [do|can] i [switch|change|choose|select] [the |a |to another |to a different |my ][model|models]?
      can i [switch|change|use another] [model|models|model in a chat]?
      [switch|change] [the |to another |to a different |]model
      i want to [use|switch to|try] another model[ in this chat|]""",
      """In this chat, how do I go to another model?
      Where is the list to select the model?
      Is it possible to switch models in the middle of a chat?""", "the model picker, switching models, changing the model")
topic("A download that was interrupted goes on where it stopped. Each file is checked with SHA-256 before it is used.",
      """what happens [if|when] [a|the|my] download [stops|breaks|fails|is interrupted]?
      can i [pause|resume|stop|continue] [a|the|my] download?
      [are|is] [downloads|a download|the file|model files] [checked|verified|safe]?
      my download [stopped|failed|broke][, what now|]
      how do i [pause|resume|continue] a download?""",
      """The download broke off, must I start again?
      How does Hearth check a downloaded file?
      Could I continue a download tomorrow?""", "downloads, a download, paused downloads")
topic("Nothing is lost: your text is saved while it is written, so a crash costs at most half a second of it.",
      """what happens [if|when] [hearth|the app|my computer|the power] [crashes|fails|goes off|goes out|stops]?
      [is|are] my [text|chats|chat|answer|answers] [saved|lost][ in a crash| after a crash| automatically|]?
      do i lose [anything|my text|text|my work] [in|after|if there is] a [crash|power cut|power failure]?
      [when|how often] [are|is] [chats|my chat|my text] saved?
      do i have to save[ my chats| my text|]?""",
      """The power went out, is my text lost?
      How often does the app save my chat?
      If Hearth crashes in the middle, what do I lose?""", "saving, a crash, autosave")
topic("Yes. Pin the chat to this device with the pin above it, and it can never be sent to a cloud model, whatever the mode is.",
      """can i [keep|pin|lock|mark] [a|one|this|my] [chat|conversation] [local|as local|private|on this device]?
      how [do|can] i [keep|pin|lock|mark] [a|one|this|my] [chat|conversation] [local|as local|private|on this device]?
      [what is|what does] [a |]pinned[ chat| local|][ mean|]?
      can one chat [stay|be] always local?""",
      """I want this chat to always stay local, can I pin it?
      How would I mark a conversation as local?
      What does it mean to pin a chat?""", "pinning a chat, a pinned chat, a local chat")
topic("Before sending, Hearth shows the destination, the exact text, which you can edit, the highest possible cost and the reason. If you do nothing, it stays local.",
      """what [do i see|does hearth show|is shown] before [sending|something is sent|it sends|text is sent]?
      what [is|does] [the |]consent[ window| dialog| question|][ show| mean|]?
      can i [edit|change|see] the text before [it is sent|sending|it goes out]?
      what happens if i do not answer the consent[ question| window|]?""",
      """Do I see the text before it goes to the cloud?
      The window that asks for consent, what does it show?
      May I edit what is sent out?""", "consent, the consent window, the consent, the consent dialog")
topic("Redaction replaces names, numbers and secrets with placeholders before a text is sent, and puts them back in the answer. It is an aid, so look at the preview.",
      """what [is|does] [the |]redaction[ do| mean|]?
      can hearth [hide|remove|mask|redact] [names|my name|secrets|personal data|private data]?
      what are [the |][placeholders|person_1]?
      does hearth [hide|remove|mask|redact] [names|secrets|personal data][ before sending|]?""",
      """How does Hearth mask names in a text?
      The word redaction, what does it mean?
      Could you remove personal data before sending?""", "redaction, the redaction, redacted text, placeholders")
topic("The ledger is a list of every text that was meant to be sent, was sent or was blocked, with its cost. You can export it on the Privacy page.",
      """what [is|does] the ledger[ show| do| mean|]?
      what is in the ledger?
      [how|where] [do|can] i [see|export|find|open] the ledger?
      is there a [log|record|list] of what was sent?""",
      """The ledger, what does it contain?
      Where would I export the ledger?
      Does Hearth keep a record of what was sent?""", "the ledger, ledger, the hearth ledger")
topic("Hearth is a desktop app for private assistants. It runs language models on your own computer and asks before anything goes to the cloud.",
      """what is [hearth|this app|this program|this]?
      what does [hearth|this app|this program] do?
      what [is|can] hearth [for|do]?
      [describe|explain] [hearth|this app|this program]
      what kind of [app|program] is [this|hearth|it]?
      why should i use hearth?""",
      """Could you say what Hearth is?
      I just installed this app, what does it do?
      What is the purpose of Hearth?""", "hearth, the hearth app, this app")
topic("Hearth is made for Linux, macOS and Windows, and it is tested on Linux.",
      """[which|what] [systems|operating systems|platforms] does [hearth|it] [run on|support|work on]?
      does [hearth|it] [run|work] on [windows|mac|macos|linux|a mac|ubuntu|debian]?
      is [hearth|there a version] [for|available for|available on] [windows|mac|macos|linux]?
      can i [use|install|run] [hearth|it] on [windows|mac|macos|linux|a mac]?""",
      """On what operating systems can I use Hearth?
      I have a Mac, will Hearth run?
      Does a Linux version exist?""", "operating systems, supported systems, platforms")
topic("Yes. Hearth is open source under the MIT and Apache 2.0 licences, so you can read and change the code.",
      """is [hearth|it|this|the code] open[ |-]source?
      [which|what] [license|licence] [does hearth have|is it|is hearth under]?
      [where is|can i see|can i read|can i change] the [source code|code|source]?
      is [hearth|it] free software?""",
      """Under which licence is the code of Hearth?
      Could I read the source code?
      Hearth, is it open source software?""", "the licence, the license, open source, the source code")
topic("The starter model is the tiny model that comes with Hearth, so that it can answer with no download. It knows a few simple things and says so when it does not.",
      """what is the starter[ model| pair|]?
      what does [the |]starter[ model|] mean?
      why [is|are] [there|you] a starter model?
      what is the [built-in|tiny|included|first] model?
      which model [is|comes] [included|built in|with hearth]?""",
      """What should I know about the starter?
      Which tiny model comes with the app?
      The starter model, what is it good for?""", "the starter model, the starter, starter model, the built-in model")
topic("The context length is how much text a model can keep in mind at once, in tokens. When a chat gets longer, the oldest part is left out.",
      """what [is|does] [the |]context[ length| window| size|][ mean|]?
      how [much|long a] [text|chat|conversation] can [you|the model|a model] [remember|read|keep in mind]?
      what happens [if|when] [a|the|my] [chat|conversation] [gets|is] too long?
      is there a limit [to|on|for] [the|a] [chat|text|conversation][ length|]?""",
      """Context length, what does it mean?
      How long can a conversation be before it is cut?
      What is the context window of a model?""", "context, the context length, the context window, context size")
topic("A system prompt is a short instruction that the model reads before each chat.",
      """what is [a|the] system prompt?
      [how|where] [do|can] i [set|change|write|edit] [a|the|my own|my] [system prompt|instruction|instructions]?
      can i [give|write|set] [you|the model] [my own |an |a |][instruction|instructions|system prompt]?
      what does [a |the |]system prompt do?""",
      """System prompt, what is it?
      Where would I write my own system prompt?
      Can I change the instructions of the model?""", "the system prompt, a system prompt, system prompts, the instructions")
topic("Temperature sets how freely the model chooses its words. At 0 it always takes the most likely one, and higher values vary more.",
      """what [is|does] [the |]temperature[ mean| do| setting|]?
      what [is|does] temperature[ mean|] in the settings?
      [which|what] temperature should i [use|set|take]?
      why [are|do] answers [different|vary|change] each time?
      how [do|can] i make answers [more|less] [random|creative|varied]?""",
      """The temperature setting, what does it do?
      Which value of temperature is good?
      What happens when I raise the temperature?""", "temperature, the temperature, the temperature setting")
topic("Yes. Choose light, dark or the system's own look in Settings, under Appearance.",
      """[is there|does hearth have|do you have] a (dark|light) [mode|theme]?
      [how|where] [do|can] i [change|switch|set] [the|to] [theme|dark mode|light mode|colours|look|appearance]?
      [turn on|enable|switch to] dark mode
      can i [use|have|get] [a |]dark [mode|theme]?""".replace("(dark|light)", "[dark|light]"),
      """My eyes hurt, is there a dark theme?
      Where would I find the dark mode?
      How can I change the look of the app?""", "dark mode, the dark theme, the appearance, the theme")


def _ask(rng, entry):
    answer, lines, about, _ = entry
    if about and rng.random() < 0.35:
        return say(rng, rng.choice(FRAMES), x=rng.choice(about))
    return say(rng, rng.choice(lines))


def train(rng):
    entry = rng.choice(TOPICS)
    return [(casual(rng, reworded(rng, _ask(rng, entry))), entry[0])]


def held_out(rng, n, part):
    items = []
    for answer, _, about, kept in TOPICS:
        wordings = kept[:1] if part == "dev" else kept[1:]
        if about:
            frame = rng.choice(HELD_FRAMES[:1] if part == "dev" else HELD_FRAMES[1:])
            wordings = wordings + [frame.replace("{x}", rng.choice(about))]
        items += [Item("hearth", casual(rng, w, held=True), answer) for w in wordings]
    rng.shuffle(items)
    return items[:n]
