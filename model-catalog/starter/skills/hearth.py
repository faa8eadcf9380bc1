"""Questions about Hearth. A topic is an answer, patterns to ask for it, and wordings kept for evaluation."""

from phrasing import casual, check_unseen, reworded, say
from skills import Item

TOPICS, SHARES = [], []


def topic(answer, ask, held, about="", share=1):
    """`ask`: training patterns, one a line. `about`: names used in general frames. `held`: dev first, then test. `share`: of what is asked."""
    lines = [line.strip() for line in ask.strip().splitlines()]
    kept = [line.strip() for line in held.strip().splitlines()]
    assert len(kept) >= 3, answer
    TOPICS.append((answer, lines, [a.strip() for a in about.split(",") if a.strip()], kept))
    SHARES.append(share)


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
      [what is the difference between|explain] the modes
      hearth [mode options|modes overview|modes list]
      before i pick a [setting for privacy|level of privacy], [what are my options|what can i pick from]?
      i just installed this, what [ways of working|kinds of operation] can i pick [between|from]?
      could you [walk me through|give me an overview of] the different ways hearth can [run|work]?
      is there [more than one|only one] [mode|way to run hearth]?
      [compare|describe] local only, ask each time and automatic[ for me|]
      i see [several|three] options for when the cloud is used, [what do they do|how do they differ]?
      [besides|other than] local only, [what else is there|what other modes are available]?""",
      """Which modes can I pick from?
      What modes do you offer?
      Give me the list of modes in Hearth.
      Hearth modes, how many are there?""", "the modes, modes, hearth modes")
topic("In Local only mode every answer is made on this device, and nothing is sent anywhere. It is the mode Hearth starts with.",
      """what [does|is] local only[ mode|][ mean|]?
      what [happens|does hearth do] in local only[ mode|]?
      [which|what] mode is [the default|default|on at first|set at the start]?
      what is the default mode?
      is local only [on by default|the default]?
      [local only|fully local|offline mode] [meaning|explained]
      if i leave it on local only, does anything [go online|go out|get sent]?
      is there a [setting|mode] where [nothing ever goes to the internet|everything stays on my pc]?
      i never touched the mode, [which one am i using|what is it set to]?
      [tell me about|describe|explain] the local only [setting|option]
      [straight after installing|when i first open it|out of the box], which mode is hearth in?
      does local only [really |truly |][block|stop|prevent] every cloud request?
      with local only [selected|turned on], who [writes|makes|computes] my answers?""",
      """What does the Local only mode do?
      Hearth starts in which mode by default?
      When Local only is on, what happens?""", "local only, local only mode, the local only mode, the default mode")
topic("In Ask each time mode Hearth answers on this device, and asks you before it sends anything to a cloud model. You see the exact text, and you can edit it or say no.",
      """what [does|is] ask each time[ mode|][ mean|]?
      what [happens|does hearth do] in ask each time[ mode|]?
      when [will|does] hearth ask me[ before sending|]?
      [which|what] mode asks me [first|before sending|before it sends]?
      [ask each time|ask every time|asking mode] [meaning|explained]
      can i [read|review|edit] my text before it goes to [a cloud model|the cloud]?
      i want to [approve|confirm|okay] every cloud request [myself|by hand], is that possible?
      a box asks me to allow sending, can i [refuse|say no|change the text]?
      [tell me about|describe|explain] the ask each time [setting|option]
      does hearth need my [permission|consent|approval] [for every message it sends|each time it uses the cloud]?
      if i pick ask each time, [will i see exactly what gets sent|is anything sent without my okay]?
      is there a [mode|setting] that [checks with me|waits for my yes] before using the cloud?""",
      """What does the Ask each time mode do?
      If I choose Ask each time, what happens?
      Which of the modes asks me before it sends something?""", "ask each time, ask each time mode, the ask each time mode")
topic("In Automatic mode Hearth answers here first and may send a hard question to a cloud model, but only within the budget and the rules you have set.",
      """what [does|is] auto[ mode|][ mean|]?
      what [happens|does hearth do] in auto[ mode|]?
      what does automatic mode do?
      [which|what] mode [sends|decides] by itself?
      can hearth [decide|choose] [by itself|on its own|automatically]?
      automatic mode [meaning|explained]
      if a question is too [hard|difficult|complex], will automatic [pass it on|hand it over] to the cloud?
      [tell me about|describe|explain] the automatic [setting|option]
      i do not want to be asked every time, [which mode fits|what should i pick]?
      with automatic on, [could it overspend|can it go over my budget|does it respect my limits]?
      is there a mode that [only uses|turns to] the cloud for [tough|hard] questions without asking?
      automatic sounds risky, what [limits|rules|restrains] it?
      when automatic is [on|selected], does it still try [my computer|the local model] first?""",
      """What does the Auto mode do?
      If I switch to Auto, what happens?
      Explain to me what automatic mode means.""", "auto, auto mode, the auto mode, automatic mode")
topic("You can change the mode in Settings, or with a click on the status line below the chat.",
      """how [do|can] i [change|switch|set|choose|select] [the|a|my] mode?
      where [do|can] i [change|switch|set|choose|select|find] [the|my] mode?
      [change|switch] [the|my] mode
      i want to [change|switch] [the mode|modes|to another mode]
      how do i [turn on|turn off|leave|go to|switch to] [local only|auto|ask each time][ mode|]?
      [mode switch|mode setting|change mode] [location|button]
      i picked the wrong mode, how do i [undo that|pick another|fix it]?
      where is the [button|option|control] for [moving between modes|the mode]?
      [can i|is it possible to] go from local only to automatic[ later| at any time|]?
      i [cannot find|am looking for] the place to pick a mode, [where is it|help]?
      please [put|set] hearth [into|to] automatic, or tell me [where to click|how]
      what do i [click|press] to get [out of local only|into ask each time|into automatic]?
      is there a [quick|fast] way to swap modes [while chatting|from the chat window]?""",
      """Where is the setting to change the mode?
      I would like to switch to a different mode, how?
      How can I turn on Auto?""", "changing the mode, switching modes")
topic("A place is where an answer was made: on this device, on your own server, or in the cloud. Each place has its own colour and word, so you always know.",
      """what [is|does] [a|the] place[ mean|][ in hearth|]?
      [which|what] places are there?
      where can [an answer|answers] [be made|come from|run]?
      what do the [colours|colors] mean?
      what [is|does] the [teal|blue|ember|orange] [colour|color|label] mean?
      [place meaning|place colours|answer colours|color code]
      why [are|do] some answers [marked with|shown in] a different [colour|color]?
      i see a coloured [word|label|tag] by my answer, what [is it telling me|does it stand for]?
      cloud, own server, this device, [what are these labels|what do these words refer to]?
      the app [talks about|mentions] places, [what is meant by that|what are they]?
      [explain|describe] the [different places|color labels|place labels][ to me|]
      what are the possible [sources|origins] of [an answer|a reply][ in hearth|]?
      is there a [colour|color|visual sign] for each [kind of place|source of answers]?""",
      """What does the word place mean in an answer?
      Which places can an answer come from?
      What is the meaning of the colours?""", "the place of an answer, the place, places")
topic("Each answer's footer shows the place it was made. On this device means that no byte of it left your computer.",
      """how [do|can] i [know|see|tell|check] where [an|the|my] answer [was made|came from|ran|comes from]?
      where [was|did] [this|the|your] answer [made|come from|run]?
      did [this|that|my question] [leave|go out of] [my|this] [computer|device|machine]?
      is this answer from [here|the cloud|my computer]?
      [answer|reply|response] [origin|footer place|source check]
      was that [reply|response] [written|produced|generated] locally or online?
      i want proof that [this reply|my last answer] stayed [on my pc|local], where do i look?
      how can i be sure [no data went out|nothing was uploaded] for that [answer|reply]?
      what does on this device [under|below] [an answer|a reply] [tell me|mean]?
      if [a reply|an answer] used the cloud, [would i notice|how would i find out]?
      which model handled [my last message|the last question], cloud or local?
      [show|tell] me which machine [produced|gave] [this|the last] reply""",
      """How can I see where this answer came from?
      Where did that answer run?
      Can I check if an answer was made on my computer?""", "where an answer ran")
topic("Your own server is a computer you run yourself with a model on it. Add its address in Settings and Hearth can use it before any cloud model.",
      """what [is|does] your own server[ mean|]?
      [can|how can|how do] i [use|add|connect|set up] [my own|my|an own|a] server?
      can hearth use a model on [another computer|my other computer|my server]?
      [does|can] hearth [work with|talk to|use] [vllm|sglang|a local server|an openai compatible server]?
      [own server|self hosted model|home server|remote gpu] [setup|address]
      i have a [powerful|fast] [pc|machine] in the next room, can hearth [use|reach] it?
      where do i [type|enter|put in] the [address|url|ip] of my server?
      [connect|hook up|link] hearth to my [home server|desktop over the network]
      my laptop is weak, could [a stronger computer of mine|my gaming pc] do the work instead?
      if i host a model [myself|at home|at work], will it be [tried|used] before the cloud?
      does hearth support [self hosted models|models on my local network|models on a remote machine]?
      we run a model [in our office|on a company machine], how can hearth [reach|talk to] it?""",
      """How can I connect Hearth to my own server?
      I have a server at home, can I use it with Hearth?
      Does Hearth work with an own server?""", "your own server, own server, a server of my own, my own server")
topic("Chats, settings and models stay on this computer, in the system's usual app data folder. If HEARTH_HOME is set, everything is in that folder instead.",
      """where [is|are|do you keep|does hearth keep|does hearth store|do you store] my [data|chats|conversations|messages|files|history|settings][ stored| kept| saved|]?
      where [does|do] my [data|chats|conversations|history|messages] [live|go|stay]?
      [in which|in what|which|what] folder [are|is|has] my [data|chats|files|conversations|settings]?
      where [is|are] [the|hearth's] [data|app data|chats|database] [folder|stored|kept|saved]?
      where on [my|the] [disk|computer|machine] [is|are] my [data|chats]?
      [chat|data|app data|settings] [storage location|file path]
      i want to back up my chats, which [files|folder] should i copy?
      are my [chats|conversations] [uploaded|kept online|stored in the cloud] or [saved|kept] locally?
      [downloaded models|model files] take up space, where are they on [disk|my drive]?
      does hearth [keep|hold|store] my [conversations|chats] on some [company|remote] server?
      i am looking for the [saved|stored] [conversations|settings file], where did hearth put [them|it]?
      please tell me the [path|directory] where hearth [writes|saves] [everything|its files]
      after [i close the app|a restart], where are my old chats [saved|held] on the computer?""",
      """Where exactly do my chats get stored?
      On which folder of my computer is my data?
      Where does the app keep all my conversations?""", "my data, the data folder, where my data is")
topic("Set the environment variable HEARTH_HOME to a folder, and Hearth keeps its data, settings and models there. That is handy on a USB stick.",
      """what is hearth_home?
      what does HEARTH_HOME do?
      [can|how can|how do] i [move|change|choose|set] [the|my|hearth's] [data |]folder?
      can i [run|use|keep|put] hearth [from|on] a [usb stick|usb drive|stick|portable drive]?
      [is there a|how do i make a] portable [version|mode|hearth]?
      [can|how can|how do] i [keep|store|put] my data [in another folder|somewhere else|in a different folder|on another disk]?
      [hearth_home variable|change data folder|usb install|move hearth data]
      my [c drive|main disk] is full, how can models go [to|on] [another|a second] drive?
      which environment variable [sets|controls|decides] [the data location|where hearth saves things]?
      i would like to carry hearth [with me|between computers|in my pocket], [how|is that possible]?
      how do i make hearth [save|store] everything on an external [drive|disk|ssd]?
      can the [default|usual] [storage location|data location] be [overridden|changed]?
      [relocate|move] [all my hearth files|the models folder] to [a different drive|a new location]
      is it possible to [take|run] the app and its data on a [memory stick|flash drive]?""",
      """How can I move my data to another folder?
      What is the variable HEARTH_HOME for?
      Can I carry Hearth on a USB stick?""", "HEARTH_HOME, hearth_home, portable use")
topic("Open the Models page, pick a model from the catalog and press Download. You can also open a GGUF file or drop it on the window.",
      """how [do|can] i [add|get|install|download|load] [a|a new|another|a larger|a bigger|a better|more] [model|models]?
      where [do|can] i [add|get|install|download|find|load] [a|a new|another|a larger|a bigger|a better|more] [model|models]?
      [add|get|install|download] [a|a new|another|a larger] model
      i want [a|to add a|to download a|to install a] [bigger|larger|better|new|different] model
      how do i get [a smarter assistant|better answers|a better model]?
      [model download|models page|model catalog|new model]
      hearth says there is no model[ yet|], what should i do [first|now|next]?
      the one i have is [too weak|too dumb|not good], where are [others|stronger ones] to pick from?
      [is there|do you have] a [list|catalog|store] of models to [choose|pick] from?
      which [page|screen|button] lets me fetch [another|a different] [model|ai]?
      if i want to try [a second model|another ai|qwen], what are the steps?
      [please help|help] me [put|set up] a [fresh|different] model on this computer
      can models be [fetched|pulled in] from inside the app, and [how|where]?""",
      """What are the steps to install another model?
      I need a larger model, where do I get it?
      How would I download a new model?
      Show me how to add a bigger model.""", "adding a model, installing models, downloading a model")
topic("Yes. Open the GGUF file from the Models page or drop it on the window, and Hearth checks it and adds it to your models.",
      """[can|how can|how do] i [use|open|load|import|add] [a|my|my own|an own] gguf[ file| model|]?
      can i [use|bring|add|load|import|open] my own model[ file|]?
      [can|may] i [drop|drag] a [file|model|gguf][ file|][ into hearth| on the window|]?
      i have a [gguf|model] file[ already| on my disk|][, what now|, can i use it|]?
      does hearth [open|support|read|load] gguf[ files|]?
      [gguf import|import gguf|local gguf|load gguf]
      i downloaded a model from [a website|hugging face], can hearth [run|take] it?
      will a gguf [from the web|made by someone else|from another app] work here?
      if i drag a [gguf|model file] onto the window, what [happens|will it do]?
      is it okay to use a model that is not in [the catalog|your list]?
      there is a gguf in my downloads folder, [how does it get into hearth|where do i open it]?
      [do you|does hearth] accept [custom|outside|third party] [models|model files]?
      i [trained|fine tuned|converted] a model myself, [how do i get it in here|will it load]?""",
      """I downloaded a GGUF myself, can Hearth open it?
      Is it possible to load my own model file?
      Could I drag a GGUF file on the window?""", "my own model file, opening a gguf file")
topic("GGUF is a file format for language models. One file holds the weights, the vocabulary and the settings of a model.",
      """what is [a |]gguf[ file|]?
      what does gguf mean?
      what [kind of|sort of|] file is gguf?
      what [model |file |]format[s|] [does hearth use|do models have|are models in]?
      gguf [meaning|definition|explained]
      [explain|describe] gguf [in simple words|to a beginner]
      i keep seeing the [word|letters|term] gguf, what [is it about|does it stand for]?
      what is [inside|stored in|contained in] a gguf?
      my download ends in gguf, what [sort of thing is that|is this ending]?
      never heard of gguf, [is it a kind of file|what is that]?
      does a gguf [hold|contain|include] the [weights|vocabulary|whole model]?
      is one gguf [a complete model|everything a model needs], or are [more|other] files needed?""",
      """GGUF, what kind of format is that?
      I see the word GGUF, what does it mean?
      What is in a GGUF file?""", "gguf, a gguf, gguf format, the gguf format")
topic("A draft model is a smaller model with the same vocabulary. It proposes a few tokens and the larger model verifies them at once, so you get the same answers faster.",
      """what is a draft[ model|]?
      what does [a|the] draft[ model|] do?
      how does [a|the] draft model [work|help|make it faster]?
      why [do i need|use|is there|would i want] a draft[ model|]?
      [what is|how does] speculative decoding[ work|]?
      what is speculation[ in hearth|]?
      [draft model|small helper model|speculative decoding] [meaning|explained|purpose]
      [explain|describe] the idea [behind|of] the draft[ to me|]
      can a [small|second|tiny] model [speed up|help] my big one?
      hearth offers to add a draft, what [would it do for me|is the benefit]?
      if two models [run together|work as a pair], how [can|does] that [give|make] faster answers?
      i want [quicker|faster] replies from a large model, would a draft help?
      why would a [smaller|second] model [guess|propose] tokens [first|for the large one]?
      does a draft need the same vocabulary as the [main|big|larger] model?""",
      """What is the job of a draft model?
      For what do you use the draft?
      How can a smaller draft model help the larger model?""", "a draft model, the draft model, draft models, drafts, speculative decoding, speculation")
topic("No. The larger model checks every token the draft proposes and keeps only those it would have chosen itself, so the text stays the same.",
      """does [a|the] draft[ model|] change [the|my|an] [answer|answers|text|quality]?
      are the answers [worse|different|the same|less good] with a draft[ model|]?
      [is|are] [it|the quality|answers] [worse|lower] with [a|the] draft[ model|]?
      does speculation [change|hurt|lower] [the|] [answers|quality|text]?
      do i lose quality with a draft[ model|]?
      draft [quality loss|same output|accuracy|answer quality]
      will [turning on|adding|using] a draft make my replies [dumber|sloppier|less accurate]?
      i worry the small model [spoils|ruins|affects] [what i read|the output], [should i|does it]?
      if the draft [guesses wrong|makes a mistake], does that [show up in|get into] my answer?
      would i get [identical|the very same] text [without the draft|with the draft off]?
      faster with a draft, but [at what cost to quality|is it less correct]?
      who has the [final|last] say on the words, the draft or the [big|larger] model?
      is there a [downside|price] in [accuracy|correctness] when a draft [helps|is on]?""",
      """Will the draft make my answers worse?
      With a draft model, is the text still the same?
      Could a draft change what the answer says?""", "")
topic("The acceptance rate is the share of the draft's tokens that the larger model agrees with. The higher it is, the more time the draft saves.",
      """what [is|does] [the |]acceptance[ rate|][ mean|]?
      what [is|are] accepted tokens?
      what does draft acceptance mean?
      what is a good acceptance rate?
      why does the footer [show|say] accepted[ tokens|]?
      [acceptance rate|draft acceptance|accepted percent] [meaning|explained]
      it says 70 percent accepted, [is that good|what is that number]?
      [explain|describe] the [acceptance number|accepted figure] [in the footer|under my answer]
      should the share of accepted tokens be [high|low|near 100]?
      my acceptance is [only 30 percent|very low|quite high], what does that [tell me|say]?
      how often does the [big|larger|main] model agree with [the draft|the guesses of the draft]?
      what [fraction|percentage|part] of [the draft tokens|the guesses] [gets kept|is kept]?
      how is the [success|hit rate] of a draft [measured|counted|shown]?""",
      """What does the number called acceptance mean?
      The footer says acceptance rate, what is it?
      How should I read the draft acceptance?""", "the acceptance rate, acceptance, draft acceptance")
topic("When the draft gains less than it costs on this machine, Hearth switches it off and tries again later. The footer tells you why it is off.",
      """why is [the|my] draft[ model|] [off|switched off|turned off|not used|disabled]?
      why did hearth [switch off|turn off|stop] the draft[ model|]?
      when does [the|a] draft[ model|] [switch off|turn off|go off|stop]?
      the draft is [off|not working|not used][, why|]?
      draft [off reason|turned itself off|keeps stopping|disabled]
      i [added|set up|chose] a draft but hearth [ignores it|does not use it], [why|what is wrong]?
      the [footer|line below the answer] says draft off, [is that a bug|what is the reason]?
      will the draft [come back on|be tried again|start again] [by itself|later]?
      if the draft [slows things down|is slower on my pc|does not pay off], what does hearth do?
      where can i [see|read|find] the reason [the draft stopped|my draft went off]?
      [earlier|yesterday] the draft was running and now it is not, [what happened|how come]?
      does hearth [decide|choose] by itself to [pause|drop] [a useless|a slow] draft?""",
      """My draft model was turned off, why?
      Why does the app say the draft is off?
      What makes Hearth switch the draft off?""", "")
topic("No. The process that runs the model has no network at all, so it cannot send your words anywhere.",
      """[can|does] the (engine|model) [use|reach|have|access|go on] the [network|internet]?
      does the engine [have|use] [network|internet|network access|internet access]?
      can the model send my [data|words|text|prompts|chats] [anywhere|somewhere|out]?
      is the [engine|model] [online|connected]?
      [could|can] [a|the] model [leak|steal|upload] my [data|words|chats]?
      if i type something secret, could the [ai|model|engine] pass it on over the [web|internet]?
      [engine|model] [internet access|network access|offline]
      i worry that the ai [phones home|calls home|talks to a server] while it [thinks|answers], does it?
      the part that runs the ai, is it [cut off|blocked|shut off|isolated] from the [internet|web]?
      please tell me whether the [model|engine] is [able|allowed] to go online
      what stops the [model|ai] from [sending|smuggling] my words [out|to someone else]?
      would a [malicious|bad|hacked] model be able to [get online|contact its maker|send out my text]?
      does the [ai itself|model process|engine process] ever [make|open] web requests?""".replace("(engine|model)", "[engine|model]"),
      """Is the engine able to reach the internet?
      Could the engine send my words out?
      Does the model process have access to the network?""", "the network access of the engine")
topic("The engine is a separate process that runs the model. It has no network and no keys, and if it crashes your chats are safe.",
      """what is the [hearth |]engine[ process|]?
      what does the engine do?
      why is the engine [separate|a separate process|its own process|an own process]?
      [what happens if|what if] the [engine|model] crashes?
      do i lose my chats [if|when] [it|the engine|the model] crashes?
      [engine|engine process] [meaning|purpose|explained]
      there is a [second|separate] [process|program] running [next to|beside] hearth, what is it for?
      it says the engine [stopped|crashed|died], [are my chats gone|did i lose anything|is my work lost]?
      which part of [hearth|the app] actually runs the [model|ai]?
      i see something called [the engine|hearth engine] in [task manager|my process list], what is that?
      when the ai part [breaks|dies|falls over], will my [conversations|chats|messages] survive?
      [tell me|explain] what job the engine [has|does] in [hearth|this app]
      why not run the [model|ai] inside the [app|main program|window] itself?""",
      """What is the engine for?
      If the engine crashes, are my chats lost?
      Why does Hearth run the engine as a separate process?""", "the engine, the engine process, hearth-engine")
topic("The footer shows the place, the time to first token, tokens per second, the number of tokens, the cost and the confidence of the answer.",
      """what [is|does] [in |shown in |]the footer[ show| mean| say| tell me|]?
      what are the [numbers|figures|values] [below|under] [an|the|each|every] answer?
      what [is|does] the line [below|under] [an|the|each] answer[ mean|]?
      [explain|read me] the [footer|numbers below the answer]
      there is small [grey|tiny|little] text under [each|every] reply, what does it tell me?
      [footer|answer footer] [meaning|explained|numbers]
      what do all those little [stats|numbers|details] at the bottom of [a reply|a message|an answer] stand for?
      i do not understand the [stats|info|row of numbers] below [replies|your reply], can you explain?
      which [details|facts|measurements] are listed at the [bottom|end] of [a response|each reply]?
      [please go through|walk me through] the [items|fields|entries] in the footer
      how do i [read|interpret|make sense of] the [bottom line|small print|info row] of a reply?
      does the footer [list|include] anything besides the [cost|speed]?""",
      """What do the numbers under an answer tell me?
      The line below each answer, what does it show?
      Which things can I read in the footer?""", "the footer, the answer footer, the footer of an answer, the numbers under an answer")
topic("Time to first token is how long you wait before the first word appears. It is mostly the time to read your question.",
      """what [is|does] [the |]time to first token[ mean|]?
      what is ttft?
      what does ttft mean?
      how long [do i wait|does it take] [for|until|before] the first [word|token]?
      why [does it take|is there] [a while|a moment|a wait] before the first [word|token]?
      [ttft|first token time|first token delay]
      after i press enter nothing [happens|shows up] for a few seconds, [why|what is it doing]?
      what is going on [during|in] the pause before [you start writing|the reply starts|text shows up]?
      [long|slow|delayed] start before [replies|answers], what causes that?
      if my question is very long, will the reply [start|begin] [later|more slowly]?
      i [stare at|get] a blank reply [at first|in the beginning], is that delay normal?
      which number tells me the [delay|wait|pause] before a reply [begins|starts]?
      please explain the [waiting time|delay|lag] before [the opening word|the first letters|anything appears]""",
      """Time to first token, what is it?
      The first token time, what is meant by it?
      Could you explain TTFT?""", "time to first token, the time to first token, ttft, first token time")
topic("Tokens per second is how fast the model writes. One token is about three quarters of an English word.",
      """what [is|does|are] tokens per second[ mean|]?
      what does tok/s mean?
      what is tok/s?
      how [fast|quickly] [does|do] [the model|you|it] write?
      what is a good [speed|number of tokens per second]?
      [tok/s|tps|tokens/s|writing speed] [meaning|explained]
      it says 20 tokens per second, [is that fast|how many words is that|is that any good]?
      how many words [come out|are written|do i get] [each|per] second?
      the reply [crawls|types out slowly|trickles in], which number shows the writing speed?
      how do i [convert|turn] tokens [per second |]into words?
      please explain the [speed|rate] [number|figure|value] under the reply
      is [tps|tokens per second|tok/s] a measure of [speed|how fast text is written]?
      at what [pace|rate|speed] does the [ai|assistant] [produce|type] text?""",
      """Tokens per second, what does this number say?
      The footer says tok/s, what is that?
      How is the writing speed of a model measured?""", "tokens per second, tok/s, the tokens per second, the writing speed")
topic("A token is a piece of text, often a short word or a part of a word. Models read and write tokens, not letters.",
      """what is a token?
      what are tokens?
      what does token mean?
      is a token a word?
      what do you mean by token?
      [token|tokens] [definition|meaning]
      everyone talks about tokens, what [are they|is one|is that]?
      [define|explain] [token|the word token] [in plain english|in simple words|for a beginner]
      does one token equal one [letter|word|character|syllable]?
      i am new to this, could you tell me what [a token is|tokens are]?
      why does the app count tokens [and not|instead of] [letters|words]?
      how does a model [split|chop|cut|break] [text|words|a sentence] into pieces?
      are tokens [some kind of money|like coins|letters|parts of words] or what?""",
      """Token, what is that?
      I see the word token, what does it mean?
      How big is one token?""", "a token, tokens, the word token")
topic("Confidence says how sure the model was, from the probability it gave to its own words. A low value means you should check the answer.",
      """what [is|does] [the |]confidence[ mean| say|]?
      how [sure|certain|confident] [is|was] [the model|an answer|it]?
      what does [low|high] confidence mean?
      how [is|do you measure|do you compute] [the |]confidence[ measured| computed|]?
      can i trust [an|the|this] answer?
      [confidence|confidence score|confidence value] [meaning|explained]
      the reply has a percentage next to it, is that how [sure|certain] [you are|the ai is]?
      my answer shows low confidence, [what now|should i worry|is it wrong|should i check it]?
      how would i know if the [ai|assistant] is just [guessing|making things up]?
      [could|might] this [reply|answer] be [wrong|incorrect|made up]?
      where does the [certainty|confidence] [score|number|percentage] come from?
      when should i [double check|verify|doubt] what the [ai|assistant|model] tells me?
      please tell me if i can [rely on|believe] [this reply|what you just said|what you wrote]""",
      """The footer shows confidence, what is it?
      What should I do when the confidence is low?
      How do I know if the model is sure of the answer?""", "confidence, the confidence, low confidence, the confidence value")
topic("An answer made on this device costs nothing. A cloud answer costs what its provider charges for the tokens, and the footer shows it.",
      """what does [an answer|it|a question|hearth|this] cost[ me|]?
      how much does [an answer|it|a question|hearth|this] cost[ me|]?
      is [hearth|it|this|an answer|the app] free[ of charge|]?
      do i [have to|need to|must] pay[ for hearth| for this| for answers| anything|]?
      how is the cost [computed|counted|measured]?
      [price|pricing|cost] [per answer|per question|of hearth]
      am i being [charged|billed] [for every question|each time i ask|when i chat]?
      is there a [subscription|monthly fee|hidden fee|charge] for [using this|hearth|asking questions]?
      if i only run it on my [own computer|laptop|pc], is it [free|without charge]?
      who [sets|decides] the price of a cloud [answer|reply]?
      i do not want to spend money, which [answers|replies] are [free|without cost]?
      how [expensive|cheap|pricey] is [one reply|asking in the cloud|a cloud reply]?
      tell me the [price|cost] of [one question|a single reply], please""",
      """Do I pay something for an answer?
      What will a question cost me?
      How much money does Hearth cost?""", "the cost, the cost of an answer, the price, the price of an answer")
topic("Set a monthly budget in Settings. Hearth reserves the worst case before it sends anything, and stops when the budget is used up.",
      """[how|where] [do|can] i [set|change|limit] [a|the|my] [monthly |]budget?
      can i [limit|cap] [the|my] [cost|costs|spending]?
      how [do|can] i [limit|cap] [the|my] [cost|costs|spending]?
      what happens when the budget is [used up|gone|empty|over]?
      is there a [budget|spending limit|cost limit]?
      [spending limit|monthly limit|budget|spending cap] [setting|settings]
      i am afraid of a [huge|big|surprise] bill, how can i [prevent|avoid] that?
      please [stop|block] cloud answers once i have spent [ten|five|twenty] dollars a month
      can it ever [go over|exceed|overshoot] the [amount|maximum|limit] i chose?
      once my [monthly money|allowance|budget] runs out, does it [keep charging|stop|still answer]?
      i want to spend [at most|under] 10 euros a month, where do i [enter|put|set] that?
      what does it mean that hearth [reserves|sets aside] [money|the worst case|an amount] first?
      [put|place] a [ceiling|cap|maximum] on [what i spend|cloud spending]""",
      """Where do I limit what I spend each month?
      I want to set a budget, how?
      If my budget is used up, what happens?""", "the budget, a budget, the monthly budget, the spending limit")
topic("Deleted chats go to the trash and stay there for 30 days. Until then you can bring them back.",
      """how long [do|does] [deleted chats|chats|the trash|a deleted chat] [stay|remain|keep chats|keep them][ in the trash|]?
      where [do|are] deleted [chats|conversations][ go|]?
      what happens [to|with] deleted [chats|conversations]?
      [can|how can|how do] i [restore|recover|undo|bring back|get back] [a|my|a deleted|deleted] [chat|chats|conversation]?
      i deleted a chat[ by accident| by mistake|][, can i get it back|, help|]
      [trash|recycle bin|bin] [how long|30 days|restore]
      oops, i threw away the wrong [chat|conversation], is it [lost|gone|recoverable]?
      my chat [vanished|disappeared] after i removed it, where can i find it [again|now]?
      [undelete|get back|rescue] a [chat|conversation] i threw away
      how many days do i have to [change my mind|get it back|undo it] after deleting?
      is there a [recycle bin|trash can|wastebasket] for [chats|old conversations]?
      i removed a conversation [last week|yesterday|two weeks ago], is it too late to [recover|save] it?
      would you please [bring back|return|recover] the [talk|thread|chat] i binned?""",
      """A chat that I deleted, can I get it back?
      How many days does the trash keep my chats?
      I removed a conversation by mistake, is it gone?""", "the trash, trash, deleted chats, deleted conversations")
topic("Choose Move to trash in the chat's menu. After 30 days in the trash it is gone for good.",
      """[how|where] [do|can] i [delete|remove|erase] [a|my|this|one] [chat|conversation]?
      [delete|remove|erase] [this|a|my] [chat|conversation]
      can i [delete|remove|erase] [a|my|this] [chat|conversation|chats]?
      i want to [delete|remove|erase] [a|this|my] [chat|conversation]
      [delete chat|remove conversation|erase thread] [button|menu]
      this [thread|conversation] is embarrassing, how do i [get rid of|wipe|throw away] it?
      which [button|menu item|option] [throws away|removes|deletes] a chat?
      can a chat be [wiped|erased|removed] [permanently|forever|for good]?
      my [list|sidebar] is full of old chats, how do i [clear some out|clean it up|throw some away]?
      [get rid of|throw away|bin|trash] [this thread|that old chat|one of my chats]
      i no longer need this [thread|conversation|talk], how do i make it [disappear|go away]?
      where is the [move to trash|delete] [option|command] [for a chat|for chats]?""",
      """What is the way to delete a chat?
      How would I remove this conversation?
      Where is the button to erase a chat?""", "deleting a chat, delete")
topic("You can export all your chats to one JSON file on the Privacy page, and import the same file on another computer.",
      """[how|where] [do|can] i [export|back up|backup|save] [my|a|all|all my] [chats|chat|conversations|data]?
      [how|where] [do|can] i import [my|a|old|] [chats|chat|conversations|data]?
      can i [export|back up|backup|import|move] [my|all my] [chats|conversations|data][ to another computer|]?
      [which|what] [file |]format [is|does] [the|an] export[ use| have|]?
      is there a backup?
      [export|import|backup] [json|chats|file]
      i bought a new [laptop|pc|computer], how do i [take|bring|transfer] my chats with me?
      could i [download|get] a copy of [everything i wrote|all my conversations|my whole history]?
      if my disk dies, how would i have a [copy|spare copy] of my [chats|history]?
      can hearth [load|read|open] the chats file from my [other|old] [computer|laptop]?
      please [put|write|dump] all my [talks|conversations|chats] into one file
      moving to another [machine|pc], will my [history|old chats] come along?
      is there a way to [get|pull] my [history|chats] out of hearth [as a file|as json]?""",
      """How can I move my chats to another computer?
      I want a backup of my conversations, how?
      Which format does the chat export have?""", "export, import, exporting chats, importing chats, a backup, backups")
topic("The Privacy page shows every connection the app has made, when and why, together with your consents and the ledger to export.",
      """what [is|does] [on |]the privacy page[ show|]?
      [how|where] [do|can] i see [what|every|all|which] [was sent|connection|connections|left my computer|hearth connects to]?
      [which|what] connections [has|did|does] [hearth|the app] [made|make]?
      can i see [every|all] [connection|connections|bytes]?
      who does hearth [connect|talk] to?
      [connection|network|traffic] [log|list|history]
      how can i [check|verify|prove] that the app did not [secretly go online|contact anyone|call home]?
      is there a [log|record|history|list] of [network traffic|every time the app went online]?
      i gave permission for something, where can i [look up|review|see] my [consents|permissions]?
      i do not trust apps, how do i see [which servers|what sites] it [contacted|reached|talked to]?
      [when|why] did the app [last go online|last use the internet|connect to a server], and where is that shown?
      which page lists [what i agreed to|my consents|all the connections the app made]?""",
      """Which page lists all connections?
      How can I check what Hearth has sent?
      What will I find on the Privacy page?""", "the privacy page, privacy page, the connections")
topic("Your words stay on this device unless you allow a cloud model. Then you see the exact text first, and nothing else is sent.",
      """is hearth private?
      is my [data|chat|text|conversation] [safe|private|secure]?
      [are|is] my [chats|data|messages|words] [safe|private|sent anywhere|shared|sold]?
      do you [send|share|sell|upload|read] my [data|chats|messages|words]?
      who can [see|read] my [chats|data|messages|words]?
      how private is [this|hearth|it]?
      [privacy|data privacy|data protection|confidentiality]
      i have [medical|work|legal|personal] secrets, is it safe to [type|write] them here?
      does what i [type|write] [leave|stay on|remain on] my [computer|laptop]?
      is anybody [spying on|listening to|watching] [me|what i write|our talk]?
      will a [company|stranger] [get|see|collect] what i [type|write]?
      are my questions [used for training|used for ads|stored on a server|passed to third parties]?
      please promise that nothing i [write|say] is [shared|sent out] without my [permission|ok]
      does [hearth|this app|it] send my [words|data|text|chats] [anywhere|out|to anyone|to somebody]?""",
      """Does anybody else see my messages?
      Are my chats kept private?
      Can I be sure that my data is safe?""", "privacy, my privacy, data protection")
topic("The Usage page shows cost, latency and savings over time, for each model and place.",
      """what [is|does] [on |]the usage page[ show|]?
      where [do|can] i see [my |the |][usage|costs|cost over time|spending|latency|savings]?
      how much [did|have] i [spend|spent|use|used] [this month|so far]?
      where are the [statistics|stats|charts]?
      [usage|spending|savings] [page|chart|graph]
      how much money has running things [locally|on my own computer] saved me[ so far|]?
      i want an overview of what i spent [per model|for each model|over the past weeks]
      which model [costs me the most|is the slowest|has the best latency], and where is that shown?
      can i [look at|view] a [graph|chart|summary] of my [spending|use] over time?
      what was my [total|bill|spending] for [last month|this week|the year]?
      [open|show me] my [usage numbers|monthly totals|spending history]
      has the app [gotten|become] [slower|faster|more expensive] over time, where can i compare?""",
      """Which page shows my costs this month?
      Where are charts of my usage?
      What will I find on the Usage page?""", "the usage page, usage page, usage")
topic("API keys are kept in your system's keychain, never in a plain file. The engine never sees them.",
      """where [are|do you keep|do you store|does hearth keep|does hearth store] [my |the |][api |]keys[ stored| kept| saved|]?
      [are|is] my [api |][keys|key] [safe|secure|encrypted]?
      how [are|do you protect] [my |the |][api |]keys[ protected| stored|]?
      what is the keychain[ for|]?
      [key|api key] [storage|security|safety]
      if someone [copies|steals] my [disk|files|laptop], could they read my [api |]key?
      is my [secret|api|provider] key saved [in plain text|in a text file|in a config file]?
      can the [model|ai] [see|read|steal] my [api key|secret key]?
      i pasted my key, where did it [end up|go|get stored]?
      does hearth use the [system|windows|mac] [keychain|password store]?
      on which place on my [disk|computer] does the [secret|api] key [live|sit]?
      are my [login secrets|provider keys|api credentials] [protected|locked away|hidden]?""",
      """Where does the app put my API key?
      My key for the cloud, is it stored safely?
      Who can read my API keys?""", "api keys, the keychain, my api keys, key storage")
topic("Open Settings, add a provider and paste your API key. Hearth still asks before it sends anything.",
      """[how|where] [do|can] i [add|enter|set|put|paste|set up] [a|an|my|the] [api |cloud |][key|provider|account]?
      [how|where] [do|can] i [add|use|connect|set up|enable|turn on] [a|the] cloud[ model| provider|]?
      can [i|hearth] use [a cloud model|the cloud|cloud models|openai|anthropic|chatgpt|claude]?
      how [do|can] i [connect|use] [openai|anthropic|chatgpt|claude|gpt|gemini]?
      i want to use [a cloud model|the cloud|openai|claude|chatgpt]
      [add|connect|enter] [provider|api key|openai key]
      i have [an openai|a claude|a gemini] [account|key], where does it go?
      the local model is too [weak|slow|dumb], how do i [hook up|switch on] a bigger online one?
      [link|hook up|connect] my [openai|anthropic|google] account
      is it possible to [talk to|chat with] [gpt|claude|gemini] from [inside hearth|here]?
      i got a key from [my provider|openai|anthropic], what do i do with it[ now|]?
      what steps do i take to get [online|cloud|remote] models [working|running]?
      could you help me [set up|register|connect] [an online ai|a cloud service|an outside provider]?""",
      """How would I connect a cloud model to Hearth?
      Where can I type in the API key for a cloud provider?
      I have an account at a cloud provider, how do I use it?""", "cloud models, a cloud model, adding a key, cloud providers")
topic("Yes. Hearth works with no network at all: the models, your chats and the search are on this computer.",
      """does hearth [work|run] [offline|without internet|without a network|with no network|without a connection|on a plane]?
      can [i|you] [use|run|work] [hearth |this |it |][offline|without internet|without a network|with no internet|on a plane]?
      do [i|you] need [the |an |][internet|network|connection|internet connection|network connection|wifi]?
      is [internet|a network|wifi|a connection] [needed|necessary|required]?
      what if i [have no|lose the|am without] [internet|network|connection|wifi]?
      my [wifi|router box|broadband] is down, will you still answer?
      [no signal|airplane mode|no wifi] [use|support]
      i am going [camping|on a long flight|somewhere remote], will the app keep working?
      if i [unplug the cable|turn off wifi|switch to airplane mode], does everything [stop|break]?
      [offline mode|offline usage|works offline]
      could you please tell me whether [this program|hearth] must be online to reply?
      there is no [reception|coverage|hotspot] where i live, is that a problem?
      does it [still function|keep going|fail] once i [disconnect|go offline]?""",
      """Will it still answer if I have no internet?
      On a plane without wifi, can I use Hearth?
      Is an internet connection needed for this?""", "offline use, working offline")
topic("No. Hearth needs no account and no sign-up. Install it and start to type.",
      """do i [need|have|have to make|have to create|must have] [an |a |][account|login|registration|sign-up]?
      do i [need|have] to [sign up|sign in|log in|register|login]?
      [is|are] [an account|a login|registration] [needed|required|necessary]?
      can i use [hearth|it|this] without [an account|a login|signing up|registration]?
      how do i [sign in|log in|sign up|register]?
      [create account|account required|sign up|login page]
      i [hate|do not like] handing over my email, is that [required|necessary] here?
      where is the [register|sign in|log in] [button|page|form]? i cannot find it
      [username|user name] and password, which ones do i [enter|type|use]?
      before i [start|begin], must i [make a profile|become a member|give my email]?
      if i just installed it, can i [begin|get started] without [registering|an email address|joining]?
      would you mind telling me if [membership|a user profile|a subscription] is [compulsory|mandatory]?
      i do not want [another|one more] [password|login] to remember, can i skip it?""",
      """Must I register before I use Hearth?
      Is there an account to create?
      Can I use the app without a login?""", "an account, the account, login, signing up, registration")
topic("There is no telemetry. Hearth counts nothing about you and reports nothing to anyone.",
      """[does|do] [hearth|you|the app] [have|collect|send|use] [telemetry|analytics|statistics about me|usage data]?
      is there [any |]telemetry[ in hearth|]?
      [does|do] [hearth|you|the app] [track|spy on|watch|monitor|follow] me?
      [does|do] [hearth|the app] [phone home|report anything|collect data]?
      [telemetry|tracking|analytics|usage statistics] [policy|settings]
      i [worry|am afraid] that the app [records|logs] what i do, is that true?
      how do i [turn off|disable|opt out of] [tracking|data collection|usage reports]?
      do the [developers|makers|people behind this] get [usage numbers|crash reports|reports about me]?
      is somebody [counting|measuring|recording] how often i [open|use] the app?
      my privacy matters to me, what [gets collected|is reported back|do you gather] about me?
      most apps [spy|snoop] on their users, is this one [different|the same]?
      please stop [collecting|gathering] [statistics|information] about my habits""",
      """Am I being tracked by the app?
      Does Hearth have some telemetry inside?
      What data does Hearth collect about me?""", "telemetry, tracking, analytics")
topic("Press Esc to stop an answer. It stops within one token, and the text so far is kept.",
      """how [do|can] i [stop|cancel|abort|interrupt|end] [an answer|the answer|it|you|the model|writing|generation]?
      [which|what] key [stops|cancels] [an|the] answer?
      how do i make [you|it|the model] stop[ writing|]?
      [can i|i want to] [stop|cancel] [an answer|you|the answer]
      what does [esc|escape|the esc key] do?
      [stop button|stop generating|cancel reply|abort output]
      it keeps [going on and on|rambling|typing], how can i [halt|cut off|break off] the reply?
      the reply is [too long|wrong|useless] already, can i end it [early|halfway]?
      [shut up|be quiet|enough|stop talking] please
      if i [interrupt|halt] a reply, do i [lose|keep] the part already written?
      you [misunderstood|got it wrong], how do i make you quit before you finish?
      is there a way to [pause|halt|kill] a response while it is being [written|produced]?
      what do i press when it will not [stop talking|quit writing|shut up]?""",
      """It writes too long, how do I stop it?
      Is there a key to cancel the answer?
      How can I interrupt you while you write?""", "esc, the esc key, stopping an answer")
topic("Press Ctrl+N for a new chat, or use the New chat button on the left. On a Mac it is Cmd+N.",
      """how [do|can] i [start|open|begin|create|make] a new [chat|conversation]?
      [which|what] key [opens|starts|makes] a new [chat|conversation]?
      [open|start|begin|create] a new [chat|conversation]
      i want [a|to start a] new [chat|conversation]
      what does ctrl[ |+|-]n do?
      [new chat|new conversation|fresh chat|new thread]
      i want to [talk about|discuss] something [else|different], how do i start over?
      where is the button for [a blank|an empty|another|a fresh] [chat|conversation]?
      let me [begin again|start from scratch|start fresh]
      different [topic|subject] now, how do i [get a clean page|leave this conversation behind]?
      can i have [another|a second|a separate] [chat|thread|discussion]?
      if i want a clean [slate|screen|page], what should i [press|click]?
      could you please show me how to [begin another|set up a separate] discussion?""",
      """Is there a shortcut to begin a new chat?
      How would I start a fresh new conversation?
      Ctrl+N, what is it for?""", "ctrl+n, new chat, a new chat")
topic("Press Ctrl+K and type. Hearth searches the full text of all your chats on this device.",
      """how [do|can] i [search|find something|look for something|find a word] in [my |old |all |][chats|conversations|history]?
      [how|where] [do|can] i [search|find] [my|an old|old|a] [chats|chat|conversation|messages|message]?
      can i search[ my chats| old chats| messages|]?
      [which|what] key [opens|starts] [the |]search?
      what does ctrl[ |+|-]k do?
      [search chats|find old message|chat search|history search]
      we [talked|spoke] about [this|a recipe|my trip] last week, how do i get back to it?
      i [lost|cannot find] [a conversation|something you told me], where did it go?
      [look up|locate] a [phrase|name] in [earlier|past|previous] conversations
      is there a [search box|find function|search bar] for what i [wrote|asked] before?
      something you said [days|a month] ago, how can i [dig it up|track it down]?
      if i remember only one [word|phrase], can i [locate|find] the chat it was in?
      could you help me [track down|look up] an [earlier|older] discussion?""",
      """I am looking for something in an old chat, how do I find it?
      What is the shortcut for search?
      Ctrl+K, what is it for?""", "ctrl+k, search, searching chats, the search")
topic("Useful keys: Enter sends, Shift+Enter makes a new line, Esc stops, Ctrl+N opens a new chat, Ctrl+K searches, and Up edits your last message.",
      """[which|what] [keyboard |][shortcuts|keys|hotkeys] [are there|does hearth have|can i use|exist]?
      [list|show|tell me|give me] [the|all|all the] [keyboard |][shortcuts|keys|hotkeys]
      are there [any |][keyboard |][shortcuts|hotkeys]?
      what are the [keyboard |][shortcuts|keys|hotkeys]?
      [keyboard shortcuts|hotkey list|key bindings|shortcut keys]
      i do not like using the mouse, what can i do [by keyboard|with keys]?
      is there a [cheat sheet|table|summary|list] of key [combinations|commands]?
      which key [combinations|combos|presses] are [useful|worth learning|good to know]?
      i want to work [faster|quicker], what are the handy [keys|shortcuts]?
      can i [control|operate|drive] the app with just the keyboard?
      if my [mouse|trackpad] is broken, which keys [do what|can i press]?
      please [teach|explain to] me the [quick keys|key combinations]""",
      """Which hotkeys should I know?
      Is there a list of shortcuts?
      What keyboard shortcuts can you show me?""", "keyboard shortcuts, shortcuts, hotkeys, the keyboard")
topic("Press the Up key in an empty message box to edit your last message, then Enter to send it again.",
      """how [do|can] i [edit|change|correct|fix] [my|the] last [message|question]?
      can i [edit|change|correct|fix] [a|my|the last|my last] [message|question]?
      [i made a typo|there is a mistake] in my [last |][message|question]
      what does the up key do?
      [edit message|fix typo|edit last prompt|change question]
      oops, i [misspelled|mistyped] [a word|something], can i redo what i [sent|wrote]?
      i [pressed send|hit enter] too [soon|early], how do i change what i wrote?
      is it possible to [rephrase|reword|rewrite] what i just [asked|sent]?
      [bring back|get back|recall] what i just typed so i can [fix|adjust] it
      if my question was [badly worded|unclear|wrong], how do i [revise|repair] it?
      the text i just sent has [an error|a spelling mistake], where can i correct it?
      do i have to retype [everything|it all] to ask my last question a bit differently?""",
      """My last message had a mistake, can I edit it?
      Is there a way to change the last question I sent?
      What is the Up key for?""", "editing a message, the up key")
topic("Press Shift+Enter for a new line. Enter alone sends the message.",
      """how [do|can] i [make|add|insert|type|get|start] a [new line|line break|second line]?
      how [do|can] i [write|type] [two|several|more] lines?
      what does shift[ |+|-]enter do?
      what does enter do?
      [which|what] key [makes|gives] a [new line|line break]?
      how [do|can] i send [a|my] message?
      [new line|line break|multiline message|newline key]
      every time i hit [return|enter] it sends, how do i [go to the next line|write more below]?
      i want to write [a paragraph|a list|a poem] over several lines, how?
      my message goes off before i [finish|am done], how do i break the line instead?
      where is the send button, or is there a key to [submit|send off] my text?
      can a [question|message|prompt] [span several|be on multiple] lines?
      if i need [an empty|a blank|another] line in my text, what do i press?
      i typed my [question|text], now how do i [submit|post] it?""",
      """Is there a key for a line break?
      How would I write more lines in one message?
      Shift+Enter, what is it for?""", "shift+enter, the enter key, a line break")
topic("Use hearth ask for one question, hearth chat for a conversation, and hearth models to see and add models.",
      """[is there|does hearth have|do you have] a [command line|terminal|cli][ version| tool|]?
      [can|how can|how do] i use hearth [in|from] [a|the] [terminal|command line|shell|console]?
      [which|what] [commands|command line commands] [are there|does hearth have|exist]?
      what [can|does] the [hearth command|command line|cli] do?
      how do i [ask|chat] [in|from] the [terminal|command line|console]?
      [command line|terminal usage|cli commands|shell commands]
      i prefer a [black window|text console|prompt] over the app window, is that possible?
      i live in the [terminal|shell], what can i [type|run] there?
      [powershell|bash|command prompt], does [hearth|the app] work in there?
      is there a way to use you without the [graphical window|gui|graphical interface]?
      show me [every|each] subcommand of the [program|tool]
      if i [log in over ssh|have no desktop|have no screen], how do i use hearth?
      could you please list what i can [type|enter] after hearth in a [terminal|shell]?""",
      """I prefer the terminal, can I use Hearth there?
      List the commands for the command line.
      Which commands does the terminal tool have?""", "the command line, the cli, the terminal, hearth on the command line")
topic("hearth ask takes one question on the command line and prints the answer, for example: hearth ask \"what is a token?\"",
      """what does hearth ask do?
      how do i use hearth ask?
      what is hearth ask[ for|]?
      how do i [ask|send] one question [from|in|on] the command line?
      [hearth ask|ask command|hearth ask example|hearth ask usage]
      i want a [quick|single|one-off] answer in the [shell|terminal] without a conversation, how?
      how would i [call|run] hearth from a [script|shell script|batch file] to get one reply?
      give me an example of [the ask command|hearth ask]
      can i [print|get] just one [reply|response] in the [console|terminal] and be done?
      the [ask|hearth ask] command, what do i [put|write] after it?
      if i have only one [thing to ask|question] in the terminal, what do i type?
      please explain the [syntax|usage] of hearth ask""",
      """The command hearth ask, what does it do?
      When should I use hearth ask?
      The hearth ask command, what can I do with it?""", "hearth ask, the hearth ask command, the command hearth ask")
topic("hearth models lists the models on this computer and in the catalog, and can download or remove one.",
      """what does hearth models do?
      how do i use hearth models?
      what is hearth models[ for|]?
      how do i list [the |my |]models [from|in|on] the [command line|terminal]?
      [which|what] command lists [the |my |]models?
      [hearth models|models command|hearth models usage]
      i want to [delete|remove|uninstall] a model [from the shell|by command], how?
      [fetch|pull|download] a model by typing a command, is that possible?
      in the [shell|terminal|console], how do i see which models i [have|already got]?
      the [models|hearth models] command, what is it [good for|able to do]?
      without the window, how can i [add|get|install|drop] a model?
      please explain [the models subcommand|hearth models]
      if i only have a [terminal|shell], can i [manage|browse|download] models?""",
      """The command hearth models, what does it do?
      When should I use hearth models?
      Which command shows my models?""", "hearth models, the hearth models command, the command hearth models")
topic("The router decides where an answer is made. It stays on this device first, and uses a cloud model only with your consent.",
      """what [is|does] the router[ do| mean|]?
      how does hearth [decide|choose] where [to answer|an answer is made|to send|a question goes]?
      who decides [where|if] [an answer is made|something is sent|my question goes to the cloud]?
      when does hearth [use|go to|send to] the cloud?
      does hearth send [my questions|things|anything] to the cloud?
      [router|router meaning|cloud or local|cloud routing]
      i saw the word router in the [settings|app|menu], what is that thing?
      my question could be answered here or [online|on a server], who [picks|chooses]?
      is my [text|question] [ever|sometimes] passed to a big online model without [asking me|my permission]?
      if the local model is too [weak|slow], do you switch to the cloud [by yourself|automatically]?
      how is it [settled|determined] whether my computer or [the cloud|a remote server] replies?
      please explain when a [remote|cloud] model gets involved""",
      """How is it decided where my question goes?
      What is the job of the router?
      In which case does Hearth use the cloud?""", "the router, router, routing, the hearth router")
topic("Quantization stores a model with fewer bits per weight. The model gets smaller and faster, with a small loss of quality.",
      """what is [a |]quantization?
      what [does|is] [quantized|quantised|quantization|quantisation][ mean| do|]?
      [why|how] [are|do you make] models [quantized|smaller|quantised]?
      what is a quantized model?
      what is a [4-bit|4 bit|8-bit|8 bit] model?
      [quantization|quantization meaning|quantized explained|model compression]
      how can such a [huge|big] model be [squeezed|shrunk|packed] into a small file?
      i keep seeing the word [quantized|quantization], can you explain it simply?
      does [shrinking|compressing|squeezing] a model make it [dumber|worse|less accurate]?
      [fewer|less] bits per weight, what does that [change|do] to a model?
      the model was [compressed|reduced], do i lose [quality|accuracy]?
      what happens to a model when you [cut|lower|reduce] its [precision|bits]?
      if weights are [rounded|stored in low precision], why is the model [faster|smaller]?""",
      """I see the word quantized, what does it mean?
      For what is quantization good?
      How does quantization make a model smaller?""", "quantization, quantisation, a quantized model, quantized models, quantizing")
topic("Q4_K uses about 4.5 bits per weight and Q8_0 about 8.5. Q4_K is smaller and faster, Q8_0 is closer to the original.",
      """what [is|does] [q4_k|q8_0|q4|q8|q4_k_m][ mean|]?
      [which|what] is better[,|] q4[_k|] or q8[_0|]?
      what is the difference between [q4|q4_k|4-bit|4 bit] and [q8|q8_0|8-bit|8 bit]?
      should i [take|use|choose|download] [q4|q4_k|4-bit] or [q8|q8_0|8-bit]?
      [which|what] quantization should i [take|use|choose|pick]?
      [q4 vs q8|q4_k vs q8_0|q4 or q8|q8 versus q4]
      there are two [versions|files|variants], q4_k and q8_0, which do i [grab|want]?
      the [letters|numbers] after the model name like q4_k or q8_0, what do they [stand for|tell me]?
      is q8_0 [worth the extra space|much better|more accurate|slower] compared to q4_k?
      how many bits [does|are in] [q4_k|q8_0]?
      please [compare|explain the gap between] q4_k and q8_0
      if i take q4_k instead of q8_0, what do i [lose|gain|give up]?
      i cannot decide between the [4 bit|q4] and the [8 bit|q8] file, any advice?""",
      """Q4_K or Q8_0, which one should I take?
      How do Q4_K and Q8_0 differ?
      What do the letters Q4_K mean?""", "q4_k, q8_0, q4_k and q8_0")
topic("On the Models page each model says if it fits this computer. As a rule, take the largest one marked as a good fit.",
      """which model [should i|do i|is best to] [use|take|choose|download|pick|get]?
      what model [should i|do i] [use|take|choose|download|pick|get]?
      [which|what] [is|are] the best [model|models][ for me| for my computer|]?
      [recommend|suggest] [me |]a model[ for me| for my computer|]
      [will|does|can] [a|the|this] model [fit|run on|work on] my [computer|machine|laptop|pc]?
      [best model|model recommendation|choose model|which model]
      so many models in the list, where do i [begin|start]?
      i am a [beginner|newbie], pick [a model|one] for me
      my laptop is [old|slow|weak], is there a model that [suits|fits] it?
      if i have a [strong|gaming|fast] pc, should i go for a [big|bigger] model?
      how can i tell [if|whether] a model is [too big|too heavy|right] for my machine?
      could you kindly [advise|tell] me what model would [suit|be right for] me?
      [small|tiny] or large model, what is the [smart|sensible] choice for my computer?""",
      """Can you recommend the right model for my computer?
      I do not know which model to pick.
      How can I see if a model fits my machine?""", "choosing a model, the best model, which model fits")
topic("A model file needs about as much memory as its size on disk, plus some for the conversation. The Models page compares it with what is free.",
      """how much [memory|ram] [do i need|does a model need|is needed|does it need|does hearth need]?
      [is|do i have] [my|enough] [memory|ram][ enough|][ for a model|]?
      what are the [system |hardware |memory |][requirements|needs]?
      can i run [it|hearth|a model] with [8|16|4] gb[ of memory| of ram| ram|]?
      [ram needed|memory requirements|how much ram|minimum memory]
      it says [out of memory|not enough memory], how much must i have?
      i have only [4|8|16] gigabytes, is that [sufficient|too little]?
      if a model file is [5|10] gb, how much ram will it [take up|eat|use]?
      should i buy more [ram|memory] to [run|load] models?
      how [heavy|hungry] is a model on [ram|memory]?
      where can i [see|check|compare] how much memory is [free|left] for a model?
      does a longer [chat|conversation] [take|use up|eat] more [memory|ram]?""",
      """What amount of RAM does a model need?
      Is 8 GB of memory enough to run a model?
      Which hardware requirements does Hearth have?""", "memory, the memory need, memory use, hardware requirements")
topic("No. Hearth runs well on a normal processor. If there is a graphics card it can use, it will.",
      """do i need a [gpu|graphics card|video card|strong computer]?
      does [hearth|it] need a [gpu|graphics card|video card]?
      can [hearth|it|you] [use|run on] [my|a|the] [gpu|graphics card|cpu|processor|laptop]?
      does it [run|work] without a [gpu|graphics card]?
      is a [gpu|graphics card] [needed|required|necessary]?
      my [computer|machine|pc] has only [basic|integrated|onboard] graphics, is that enough?
      [nvidia|amd|cuda] support
      will an [ordinary|old|average|cheap] [office pc|notebook] be fast enough for this?
      if there is an nvidia card [in my machine|in my pc|inside], will it make things faster?
      [hardware|graphics] requirements
      must i buy [special|expensive|gaming] hardware before i [start|try this]?
      i never bought a [gaming card|graphics chip|fancy graphics card], am i out of luck?
      could you tell me whether just a plain [cpu|processor] is [good enough|sufficient|ok]?""",
      """I have no GPU, does Hearth still run?
      Must my computer have a graphics card?
      Will it work on only a CPU?""", "a gpu, gpus, the graphics card")
topic("On the Models page, press Remove beside the model. It leaves the list at once.",
      """[how|where] [do|can] i [remove|delete|uninstall] [a|my|an old|the] model?
      [remove|delete|uninstall] [a|my|an old|the] model
      can i [remove|delete|uninstall] [a|the] [model|models|downloaded model]?
      how [do|can] i [free|get back] [disk |][space|room][ from models|]?
      models [take|use] too much [space|disk|room]
      my [drive|hard disk|ssd] is full, how do i ditch [models|a model] i never use?
      [throw out|clear out|get rid of] a model i [do not need|no longer use]
      [unused|unwanted|old] models, where do i [erase|delete] them?
      which button [takes a model off|erases a model from|clears a model from] my computer?
      i downloaded the wrong model, how can i [undo that|take it off again|wipe it]?
      [erase|wipe|drop] model
      if i do not like a model, is it [easy|possible] to [get rid of|erase] it?
      please [help me clean up|show me how to clean up] the models [i downloaded|on my disk]""",
      """A model takes too much disk space, how do I remove it?
      What is the way to uninstall a model?
      How would I delete a model I downloaded?""", "removing a model, deleting models")
topic("Click the model's name at the top of the chat and pick another one. The chat goes on with the new model.",
      """[how|where] [do|can] i [switch|change|choose|select] [the |a |to another |to a different |my ][model|models]?
      can i [switch|change|use another] [model|models|model in a chat]?
      [switch|change] [the |to another |to a different |]model
      i want to [use|switch to|try] another model[ in this chat|]
      the answers here are [weak|poor|bad], how can a different model [take over|reply instead]?
      [swap|replace] the model [mid chat|halfway through a chat|in this conversation]
      if i move to a [bigger|smarter|smaller] model, do i have to start a new chat?
      where is the [menu|list|button] for picking [which|what] model answers me?
      [model picker|model selector|model menu]
      i have two models [installed|downloaded], how do i [go from one to the other|tell it which to use]?
      is it possible to [continue|carry on with] this chat [using|with] a different model?
      could you please let [someone smarter|a better model|the bigger model] answer my next question?""",
      """In this chat, how do I go to another model?
      Where is the list to select the model?
      Is it possible to switch models in the middle of a chat?""", "the model picker, switching models, changing the model")
topic("A download that was interrupted goes on where it stopped. Each file is checked with SHA-256 before it is used.",
      """what happens [if|when] [a|the|my] download [stops|breaks|fails|is interrupted]?
      can i [pause|resume|stop|continue] [a|the|my] download?
      [are|is] [downloads|a download|the file|model files] [checked|verified|safe]?
      my download [stopped|failed|broke][, what now|]
      how do i [pause|resume|continue] a download?
      my [wifi|internet|connection] dropped while a model was [downloading|being fetched], do i start over?
      [broken|half finished|incomplete|interrupted] download
      if i [close the app|shut my laptop|restart] halfway through a download, is the progress gone?
      how can i be sure the model file is not [damaged|corrupt|tampered with]?
      the progress bar [froze|got stuck|hangs] at [half|90 percent], must i fetch everything again?
      [checksum|hash|file integrity] check
      does it pick up a [big|large|slow] download from where it [left off|was cut]?
      i want to [finish|complete] the download tomorrow, is that [okay|possible]?""",
      """The download broke off, must I start again?
      How does Hearth check a downloaded file?
      Could I continue a download tomorrow?""", "downloads, a download, paused downloads")
topic("Nothing is lost: your text is saved while it is written, so a crash costs at most half a second of it.",
      """what happens [if|when] [hearth|the app|my computer|the power] [crashes|fails|goes off|goes out|stops]?
      [is|are] my [text|chats|chat|answer|answers] [saved|lost][ in a crash| after a crash| automatically|]?
      do i lose [anything|my text|text|my work] [in|after|if there is] a [crash|power cut|power failure]?
      [when|how often] [are|is] [chats|my chat|my text] saved?
      do i have to save[ my chats| my text|]?
      the app [closed|quit|died] in the middle of an answer, is [it|everything] gone?
      [autosave|auto save|crash recovery]
      there is no save button, how do i know my [writing|conversation] is [kept|safe]?
      if my [battery|laptop] dies [while it is writing|mid answer], what will be left?
      my [pc|laptop|screen] froze and i had to restart, will my [conversation|words] still be there?
      how much [writing|work] could [disappear|vanish] if everything suddenly shuts down?
      i am [worried|afraid] about losing what was written when [windows restarts|the machine hangs]
      can i get back an answer after the [program|app] [was killed|closed by itself]?""",
      """The power went out, is my text lost?
      How often does the app save my chat?
      If Hearth crashes in the middle, what do I lose?""", "saving, a crash, autosave")
topic("Yes. Pin the chat to this device with the pin above it, and it can never be sent to a cloud model, whatever the mode is.",
      """can i [keep|pin|lock|mark] [a|one|this|my] [chat|conversation] [local|as local|private|on this device]?
      how [do|can] i [keep|pin|lock|mark] [a|one|this|my] [chat|conversation] [local|as local|private|on this device]?
      [what is|what does] [a |]pinned[ chat| local|][ mean|]?
      can one chat [stay|be] always local?
      this talk is about my [health|salary|family], how do i make it never leave [here|my computer]?
      [pin|lock] to device
      i want a single conversation to [never reach|stay off|be barred from] the cloud
      even in cloud mode, can one chat be [kept out of it|blocked from going out|held back]?
      is there a way to [forbid|block|ban] the cloud for [just one|only this] chat?
      what does the [pin|pin icon|pin button] [above|on top of] the chat do?
      some of my chats are [secret|sensitive|confidential], how can i [protect|restrict] only those?
      please make sure this conversation [never goes online|stays here|is never uploaded]""",
      """I want this chat to always stay local, can I pin it?
      How would I mark a conversation as local?
      What does it mean to pin a chat?""", "pinning a chat, a pinned chat, a local chat")
topic("Before sending, Hearth shows the destination, the exact text, which you can edit, the highest possible cost and the reason. If you do nothing, it stays local.",
      """what [do i see|does hearth show|is shown] before [sending|something is sent|it sends|text is sent]?
      what [is|does] [the |]consent[ window| dialog| question|][ show| mean|]?
      can i [edit|change|see] the text before [it is sent|sending|it goes out]?
      what happens if i do not answer the consent[ question| window|]?
      a window popped up asking me to [approve|allow|confirm] something, what is in it?
      [approval|permission|confirmation] [popup|box]
      will i know the [price|cost] and where my words [go|end up] before i agree?
      if i [ignore|close|walk away from] the popup, does my text still go out?
      how does the app [ask for my permission|get my approval|ask me] before using the cloud?
      could i [shorten|rewrite|fix] my message before it [leaves|goes to the cloud]?
      i forgot to click [yes|allow|approve], was [anything|my message] sent?
      [show|tell] me what i get to [check|review] before i say yes to the cloud""",
      """Do I see the text before it goes to the cloud?
      The window that asks for consent, what does it show?
      May I edit what is sent out?""", "consent, the consent window, the consent, the consent dialog")
topic("Redaction replaces names, numbers and secrets with placeholders before a text is sent, and puts them back in the answer. It is an aid, so look at the preview.",
      """what [is|does] [the |]redaction[ do| mean|]?
      can hearth [hide|remove|mask|redact] [names|my name|secrets|personal data|private data]?
      what are [the |][placeholders|person_1]?
      does hearth [hide|remove|mask|redact] [names|secrets|personal data][ before sending|]?
      my letter contains a [phone number|password|bank account|home address], can that be covered up first?
      [anonymize|censor|black out] my text
      why is my name [swapped|replaced|changed] to a strange [tag|label] in the preview?
      if i paste a text with [customer names|passwords], will the cloud [see|read] them?
      [scrub|strip out|blank out] [personal details|private details] before upload
      is there a way to [disguise|conceal] who i am [from the cloud|when text goes out]?
      can i fully trust the [hiding|masking|blacking out] of private [words|details]?
      do the real names [come back|return|reappear] in the reply[ afterwards| i read|]?""",
      """How does Hearth mask names in a text?
      The word redaction, what does it mean?
      Could you remove personal data before sending?""", "redaction, the redaction, redacted text, placeholders")
topic("The ledger is a list of every text that was meant to be sent, was sent or was blocked, with its cost. You can export it on the Privacy page.",
      """what [is|does] the ledger[ show| do| mean|]?
      what is in the ledger?
      [how|where] [do|can] i [see|export|find|open] the ledger?
      is there a [log|record|list] of what was sent?
      [sending history|history of sent text|cloud history]
      i would like proof of what has [left|gone out of] my computer [so far|this month]
      can i look back at [everything|all the texts] that went to the cloud[ last week| earlier|]?
      my boss wants [an audit|a report] of our cloud use, where is that?
      if something was [blocked|stopped] from going out, where is that [noted|written down]?
      where does the app keep [track|a log] of its cloud [requests|costs]?
      [download|save|get] a file with all the [outgoing texts|things sent to the cloud]""",
      """The ledger, what does it contain?
      Where would I export the ledger?
      Does Hearth keep a record of what was sent?""", "the ledger, ledger, the hearth ledger")
topic("Hearth is a desktop app for private assistants. It runs language models on your own computer and asks before anything goes to the cloud.",
      """what is [hearth|this app|this program|this]?
      what does [hearth|this app|this program] do?
      what [is|can] hearth [for|do]?
      [describe|explain] [hearth|this app|this program]
      what kind of [app|program] is [this|hearth|it]?
      why should i use hearth?
      a friend [told me about|installed|recommended] hearth, but what is it [exactly|about]?
      i am new here, what [have i installed|did i just open|am i looking at]?
      [about|introduce|define] hearth
      give me a [short|quick] [overview|summary|introduction] of this [app|software]
      how is this different from [chatgpt|an online chatbot|other chatbots]?
      if i had to explain hearth to [my mother|a friend|my boss], what would i say?
      hearth, what is the [point|purpose|idea] of it?
      could you tell me in a few words what this [software|tool|thing] is [good for|meant for]?
      what is hearth?
      [tell me|say something|i want to know more] about hearth""",
      """Could you say what Hearth is?
      I just installed this app, what does it do?
      What is the purpose of Hearth?""", "hearth, the hearth app, this app", share=4)
topic("Hearth is made for Linux, macOS and Windows, and it is tested on Linux.",
      """[which|what] [systems|operating systems|platforms] does [hearth|it] [run on|support|work on]?
      does [hearth|it] [run|work] on [windows|mac|macos|linux|a mac|ubuntu|debian]?
      is [hearth|there a version] [for|available for|available on] [windows|mac|macos|linux]?
      can i [use|install|run] [hearth|it] on [windows|mac|macos|linux|a mac]?
      i own a [macbook|windows 11 laptop|chromebook|linux box], will the app [start|open] there?
      [supported systems|os support|system compatibility]
      my work pc is [windows|fedora|mint] and my home one is a mac, are both fine?
      is there a [mac|windows|linux] [edition|build|installer]?
      on which [kind|type] of [computer|desktop] can this be installed?
      if i move from [windows|mac] to [linux|ubuntu], can i keep using hearth?
      which operating system has it been [tested|tried out] on[ most|]?
      could you say whether [apple|microsoft] [computers|machines] are supported?""",
      """On what operating systems can I use Hearth?
      I have a Mac, will Hearth run?
      Does a Linux version exist?""", "operating systems, supported systems, platforms")
topic("Yes. Hearth is open source under the MIT and Apache 2.0 licences, so you can read and change the code.",
      """is [hearth|it|this|the code] open[ |-]source?
      [which|what] [license|licence] [does hearth have|is it|is hearth under]?
      [where is|can i see|can i read|can i change] the [source code|code|source]?
      is [hearth|it] free software?
      [mit|apache|software] licence
      i am a [programmer|developer|coder], may i [modify|look inside|build on] this app?
      under what [legal terms|conditions|rules] is this program [shared|released|given out]?
      can anyone [inspect|audit|check] how it is [written|programmed]?
      am i allowed to [copy|fork|share] the program and [adapt|improve] it?
      if i want to [fix a bug|add a feature] myself, can i get at the code?
      is hearth [closed|proprietary|secret] software or [open|public]?
      [who may|may a company] reuse hearth code in [another|a new] product?""",
      """Under which licence is the code of Hearth?
      Could I read the source code?
      Hearth, is it open source software?""", "the licence, the license, open source, the source code")
topic("The starter model is the tiny model that comes with Hearth, so that it can answer with no download. It knows a few simple things and says so when it does not.",
      """what is the starter[ model| pair|]?
      what does [the |]starter[ model|] mean?
      why [is|are] [there|you] a starter model?
      what is the [built-in|tiny|included|first] model?
      which model [is|comes] [included|built in|with hearth]?
      i have not downloaded [anything|a model] yet, so [who|what] is answering me?
      why are your answers so [simple|short|limited|basic] right after installing?
      [default|bundled|preinstalled|out of the box] model
      you keep saying you do not know, are you [a small model|very small|the tiny one]?
      how [smart|clever|big] is the model that is already there [at first|on day one]?
      if i skip the download, can the app [answer|chat|reply] [at all|anyway]?
      the little model that [ships|arrives] with the app, what is it [good for|able to do]?
      can i try a chat [straight away|at once|right now] with nothing downloaded?""",
      """What should I know about the starter?
      Which tiny model comes with the app?
      The starter model, what is it good for?""", "the starter model, the starter, starter model, the built-in model")
topic("The context length is how much text a model can keep in mind at once, in tokens. When a chat gets longer, the oldest part is left out.",
      """what [is|does] [the |]context[ length| window| size|][ mean|]?
      how [much|long a] [text|chat|conversation] can [you|the model|a model] [remember|read|keep in mind]?
      what happens [if|when] [a|the|my] [chat|conversation] [gets|is] too long?
      is there a limit [to|on|for] [the|a] [chat|text|conversation][ length|]?
      you [forgot|lost track of] what i said [at the beginning|an hour ago|earlier], why?
      [token|memory|chat length] limit
      can i paste a whole [book|report|thesis] and have it all [read|understood] at once?
      if we keep talking for [hours|days], do you still know the [start|first messages]?
      how many [words|pages|tokens] fit into a [model|chat] at once?
      the model ignores my [first|early|older] messages in a [long|big] conversation
      what does a number like [4096|8k|32k] tokens [tell me|stand for] on a model?
      does the model [drop|forget|cut off] older messages as a chat [grows|goes on]?""",
      """Context length, what does it mean?
      How long can a conversation be before it is cut?
      What is the context window of a model?""", "context, the context length, the context window, context size")
topic("A system prompt is a short instruction that the model reads before each chat.",
      """what is [a|the] system prompt?
      [how|where] [do|can] i [set|change|write|edit] [a|the|my own|my] [system prompt|instruction|instructions]?
      can i [give|write|set] [you|the model] [my own |an |a |][instruction|instructions|system prompt]?
      what does [a |the |]system prompt do?
      i want it to always [talk like a teacher|answer briefly|be polite], what is that setting called?
      [custom instructions|persona|standing instructions]
      which text [tells|informs] the model how to behave [before|at the start of] every chat?
      can i [tell|ask] the model once to always [reply in french|act as a tutor]?
      if i want a certain [role|style|tone] in every chat, what do i [fill in|write]?
      [hidden|opening|starting] instruction for the model, what is [it|that] for?
      does the model read [something|anything] [first|beforehand] to learn how it should act?
      please explain the [box|field] where i describe how the [assistant|model] should behave""",
      """System prompt, what is it?
      Where would I write my own system prompt?
      Can I change the instructions of the model?""", "the system prompt, a system prompt, system prompts, the instructions")
topic("Temperature sets how freely the model chooses its words. At 0 it always takes the most likely one, and higher values vary more.",
      """what [is|does] [the |]temperature[ mean| do| setting|]?
      what [is|does] temperature[ mean|] in the settings?
      [which|what] temperature should i [use|set|take]?
      why [are|do] answers [different|vary|change] each time?
      how [do|can] i make answers [more|less] [random|creative|varied]?
      i asked the same thing twice and got [two|different|new] [replies|answers], why?
      there is a slider from [0 to 1|0 to 2|low to high] for randomness, what is it?
      [randomness|creativity] [setting|slider|level]
      the replies are too [wild|dull|boring|predictable], what can i [adjust|turn down or up]?
      if i set it to [0|zero], will it say the same [thing|words] every time?
      for [stories|poems|brainstorming], should that heat number be [higher|high or low]?
      is a [low|high] temperature better for [facts|code|stories]?
      make the model more [imaginative|daring|consistent|precise]""",
      """The temperature setting, what does it do?
      Which value of temperature is good?
      What happens when I raise the temperature?""", "temperature, the temperature, the temperature setting")
topic("Yes. Choose light, dark or the system's own look in Settings, under Appearance.",
      """[is there|does hearth have|do you have] a (dark|light) [mode|theme]?
      [how|where] [do|can] i [change|switch|set] [the|to] [theme|dark mode|light mode|colours|look|appearance]?
      [turn on|enable|switch to] dark mode
      can i [use|have|get] [a |]dark [mode|theme]?
      the screen is too [bright|white|glaring] at night, can i make it [darker|black]?
      [night mode|black background|color scheme]
      white letters on black please, where is that [option|choice]?
      my [eyes hurt|eyes get tired], is there a [softer|dimmer] look?
      does the app follow [my system|my desktop|windows] when it turns dark [in the evening|at night]?
      if i prefer a [white|bright|light] [background|screen], what do i choose?
      how do i go back to the [bright|white|normal] [look|colors]?
      i do not like the [colors|way the window looks], can they be [changed|different]?""".replace("(dark|light)", "[dark|light]"),
      """My eyes hurt, is there a dark theme?
      Where would I find the dark mode?
      How can I change the look of the app?""", "dark mode, the dark theme, the appearance, the theme")


for _, _lines, _about, _kept in TOPICS:
    check_unseen(_kept, _lines + [frame.replace("{x}", x) for frame in FRAMES for x in _about])
check_unseen(HELD_FRAMES, FRAMES)


def _ask(rng, entry):
    answer, lines, about, _ = entry
    if about and rng.random() < 0.35:
        return say(rng, rng.choice(FRAMES), x=rng.choice(about))
    return say(rng, rng.choice(lines))


def any_topic(rng):
    return rng.choices(TOPICS, SHARES)[0]


def train(rng):
    entry = any_topic(rng)
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
