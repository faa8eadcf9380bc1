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
          "what about {x}?", "[help me understand|say something about] {x}", "what exactly is {x}?", "why {x}?",
          "define {x}", "{x}, what would that be?", "{x} in [plain|simple|few] words", "what is meant by {x}?", "[would you|could someone] explain {x}?",
          "[i hear of|people mention|i came across] {x}, [tell me more|explain it|what does it mean]", "[give me|what is] the idea of {x}[?|]"]
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
      [besides|other than] local only, [what else is there|what other modes are available]?
      [available|possible|all three] modes
      [sum up|outline|go over] [every|each] mode [briefly|in a few words]
      someone said hearth can be set in [a few|three] ways, [which are they|what are those]?
      modes confuse me, [what choices do i have|can you tell them apart for me]?
      would you [kindly|please] [run through|spell out] the [choices|levels] for staying local or using the cloud?
      do i get a [selection|choice] of [modes|privacy levels], and [what does each one mean|what are they called]?
      [local only, ask each time, automatic|these three modes]: how is one [unlike|different from] the others?""",
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
      with local only [selected|turned on], who [writes|makes|computes] my answers?
      [local only|starting mode|default mode] [info|help]
      when the mode [says|reads] local only, [can words slip out|is the cloud fully off]?
      i am new here, which mode does the app [begin|start out] [in|with]?
      [assume|suppose] i choose local only, [will any message be passed to a server|where does the answering happen]?
      what am i [agreeing to|getting] [if i stay with|by choosing] local only?
      [strictest|most private|safest] mode, [which one is it|what is it called]?
      i want a mode that [never sends|refuses to send] anything [out|anywhere], [which is it|do you have one]?""",
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
      is there a [mode|setting] that [checks with me|waits for my yes] before using the cloud?
      ask each time [details|info|help]
      how does the mode that [asks|checks] [before every request|first] [behave|work]?
      i like to stay in control, which mode [lets me decide|shows me the text] before sending?
      suppose i choose ask each time and [click no|decline], [is anything sent|does my text stay here]?
      ask each time, [what exactly will it ask me|what do i get to see and edit]?
      can hearth [stop and check|get my agreement] [every time|each time] it wants [cloud help|an outside model]?
      would ask each time [bother me with a question|show a prompt] [whenever|before] something goes out?""",
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
      when automatic is [on|selected], does it still try [my computer|the local model] first?
      [auto mode|automatic] [info|details|help]
      which mode [handles|manages] the cloud [for me|on my behalf] [within my rules|inside a budget]?
      i am tired of [confirming|approving] things, can hearth [send hard questions by itself|go ahead without asking]?
      suppose i switch to automatic, [what gets sent|when would the cloud be used]?
      automatic, does that mean [everything|all my text|each question] goes to the cloud?
      what [freedom|power] do i give hearth [with|by choosing] automatic?
      is automatic [allowed to|able to] spend [more than i set|without any limit]?""",
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
      is there a [quick|fast] way to swap modes [while chatting|from the chat window]?
      [modify|adjust|swap] mode
      local only is too strict for me, where do i [loosen it|pick something else]?
      [take|bring|get] me [back to|out of] local only mode
      does clicking the [status line|line under the chat] let me [pick|change] the mode?
      i need [another|a different] mode now, [what are the steps|which menu has it]?
      could you please [show|tell] me where the mode [can be changed|is chosen]?
      the mode, is it [changed|set] in [the settings|a menu] or [somewhere else|on the main screen]?""",
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
      is there a [colour|color|visual sign] for each [kind of place|source of answers]?
      [teal|orange|coloured] [label|tag] meaning
      next to replies there is a [colour|color], [what is it for|how do i read it]?
      what does hearth mean [by|with] the word place?
      places in hearth, [how many exist|what are they about|which ones]?
      i do not understand the [colour code|coloured words] on [the replies|my answers]
      can you [list|name] [every|each] place [an answer can come from|a reply might be made]?
      besides [this device|my own machine], in what [other |]places could answers be [created|produced]?""",
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
      [show|tell] me which machine [produced|gave] [this|the last] reply
      [answer|reply] [made where|came from where]
      this [answer|reply] looks too good, was it [made|written] [in the cloud|by an online model]?
      i need to [confirm|verify] that [my last reply|this answer] never [touched|reached] the internet
      where on the screen does it [say|show] which place [answered|made the reply]?
      was the cloud [involved in|part of] [this|that] [answer|reply]?
      can i [tell apart|distinguish] answers made [here|on my pc] from [cloud ones|those made elsewhere]?
      on this device is written [under|below] the text, [so did nothing leave my pc|what does that promise]?""",
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
      we run a model [in our office|on a company machine], how can hearth [reach|talk to] it?
      [own server|private server|lan model] [help|connection]
      my [company|university|family] has a machine with a model, [how do i add it|can i use it here]?
      [point|connect] hearth at [my own machine|a box in my basement]
      what counts as my own server, and [why would i use one|how is it added]?
      if i [rent|own] a big machine with a model, [where does its address go|can hearth use it]?
      is it possible to [offload|move] the work to [a second pc|another machine] that i [own|run]?
      answers [should|must] come from my [nas|workstation|server] and not the cloud, how?""",
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
      after [i close the app|a restart], where are my old chats [saved|held] on the computer?
      [data|history|chat] [location|folder|directory]
      i need to [find|locate] the files hearth [makes|creates] on my [pc|drive]
      on which [machine|computer] do my [chats|old conversations] end up?
      my [chats and models|settings and chats] must be somewhere, [where exactly|in what folder]?
      if i open the file manager, where do i [look for|see] [my chats|the hearth data]?
      does [everything|all] i type get [written|saved] to [my own disk|a folder here]?
      would you please say where [conversations|models and settings] are [kept|located] on [disk|this machine]?""",
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
      is it possible to [take|run] the app and its data on a [memory stick|flash drive]?
      hearth_home [help|setting|example]
      the data folder is in [a bad|the wrong] place, how do i [pick another|put it elsewhere]?
      i only have a [thumb drive|usb key], could hearth [live|stay] on it with all its data?
      [make|turn] hearth [portable|into a portable app]
      if i set [hearth_home|HEARTH_HOME] to [a folder|my external disk], what [changes|goes there]?
      models [eat up|fill] my [small ssd|system drive], can i [send|direct] them to a bigger disk?
      which variable do i [export|define] so hearth uses [my own folder|a folder i choose]?""",
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
      can models be [fetched|pulled in] from inside the app, and [how|where]?
      [extra|additional|other] models
      the answers are [too simple|rather poor], where can i get a [more capable|cleverer] model?
      [show|tell] me how to [grab|fetch] a model from [the catalog|your list]
      i have just [the starter model|the tiny model], how do i [move up to|get] a real one?
      would you please explain how [downloading|installing] a model [works|is done] here?
      before i can chat properly i need a model, where do i [find one|press]?
      can i [obtain|have] [llama|mistral|gemma], and [how|where do i click]?""",
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
      i [trained|fine tuned|converted] a model myself, [how do i get it in here|will it load]?
      [custom|own|external] [gguf|model file]
      a friend gave me a model on a [disk|stick], can i [open|try] it here?
      [add|load|bring in] the gguf [i already have|on my desktop]
      there are models left over from [ollama|lm studio|another program], can they be [reused|loaded] here?
      is a model file that i [got elsewhere|found online] [checked|accepted] by hearth?
      must i download again, or can i [point to|pick] a gguf [file|on my drive]?
      a gguf file is [sitting|lying] on my disk, how do i make hearth [see|take] it?""",
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
      is one gguf [a complete model|everything a model needs], or are [more|other] files needed?
      gguf [basics|info|file type]
      the catalog [mentions|speaks of] gguf, [what on earth is that|is that a kind of file]?
      is gguf a [model|program|format], or what?
      could you please [tell|teach] me what gguf files [are|contain]?
      how is a language model [packed|saved] into [one file|a single file]?
      gguf, [what is it good for|what do people use it for|what does such a file hold]?
      i am [not technical|a beginner], what do people mean [by|with] gguf?""",
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
      does a draft need the same vocabulary as the [main|big|larger] model?
      [draft|speculation|helper model] [info|basics|help]
      on the models page i see the word draft, [what does it refer to|what is that]?
      how can a [tiny|small] model make a [large|big] one [write quicker|go faster]?
      [teach|tell] me [how drafting works|about draft models]
      my big model is slow, [is there a trick with a second model|could a helper model speed it up]?
      should i [bother with|set up] a draft, and what [do i gain|is the gain]?
      draft sounds like [an unfinished text|a rough version], what is it [really|in hearth]?""",
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
      is there a [downside|price] in [accuracy|correctness] when a draft [helps|is on]?
      draft [changes answers|affects quality|worse answers]
      can i trust [answers|text] made with [a draft|the help of a draft]?
      a weaker model writes [first|ahead], so [is the result weaker|do i get weaker text]?
      please [assure|tell] me whether the draft [alters|influences] what i [read|get]
      if [bad|wrong] guesses come from the draft, are they [thrown away|kept|caught]?
      with and without a draft, [do replies differ|is the wording the same]?
      speed is nice but i need [correct|good] replies, is a draft [safe to use|a bad idea]?""",
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
      how is the [success|hit rate] of a draft [measured|counted|shown]?
      [accepted|acceptance] [percentage|number|figure]
      what [am i looking at|does it mean] when it [shows|reads] [80|50] percent accepted?
      i see [an acceptance value|the word accepted] below the reply, [what was accepted|what does it count]?
      is a [higher|bigger] acceptance [better|what i want|good for speed]?
      how do i [judge|know] [how well the draft guesses|whether the draft guesses are any good]?
      acceptance went [down|up], [what does that say about the draft|does the draft save less or more]?
      could you [clear up|tell me] what [the acceptance rate|acceptance] [measures|says]?""",
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
      does hearth [decide|choose] by itself to [pause|drop] [a useless|a slow] draft?
      [draft|speculation] [not running|inactive|off again]
      hearth [dropped|paused] my draft [by itself|on its own], [what made it do that|for what reason]?
      i want my draft [back|running again], why was it [stopped|taken away]?
      could the draft be off because [my pc is too slow|it costs more than it gains]?
      draft model is there but [stays|sits] idle, [how come|is something broken]?
      under what [conditions|circumstances] is the draft [shut off|put aside|retired]?
      [sometimes|now and then] the draft is on and [sometimes|then] off, [is that normal|who decides that]?""",
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
      does the [ai itself|model process|engine process] ever [make|open] web requests?
      is it [possible|technically possible] for the [language model|ai part] to talk to the outside world?
      [suppose|say] the model file is [evil|infected|booby trapped], can it send my text out?
      model [sandbox|sandboxed|firewall]
      the [weights|model file] came from a stranger, could it [report back|spy on me] through my wifi?
      while the [ai|model] is working, is there any way for it to [send|push] text out?
      should i [block|firewall] the [engine|model process] myself so it cannot go online?
      tell me how you [keep|prevent] the [model|engine] from [reaching|contacting] outside servers""".replace("(engine|model)", "[engine|model]"),
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
      why not run the [model|ai] inside the [app|main program|window] itself?
      why does hearth show up as two [programs|processes|tasks] on my [computer|system]?
      can i [kill|end|close] the [engine|engine process] without [losing|hurting] my chats?
      [separate|second] engine [process|program]
      does the engine [know|hold|have] any of my [keys|secrets] while it runs the model?
      if the [program behind the model|model runner] suddenly quits, what do i lose?
      i read about an engine in the [menu|docs|logs], what is that [exactly|in short]?
      the app kept going after the [model|engine] crashed, how is that [possible|designed]?""",
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
      does the footer [list|include] anything besides the [cost|speed]?
      time, speed, price and a percentage [below|under] every [message|answer], what is all that?
      could you [decode|translate] the [strip|bar|row] under your [answers|messages] for me?
      [numbers|stats] [under|below] [answer|message]
      what information do i get [underneath|at the foot of] [an answer|a message]?
      some [figures|values] appear when you finish [writing|answering], what are they telling me?
      if i look [beneath|right below] an answer, what [can|will] i find there?
      i would like to know what each [part|piece|number] of the footer [is for|represents]""",
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
      please explain the [waiting time|delay|lag] before [the opening word|the first letters|anything appears]
      [waiting|delay] before first [word|token]
      you always [hesitate|pause] before you [write|type] anything, what takes so long?
      what happens between [hitting send|sending my message] and the first [bit of text|word]?
      does pasting a [long text|big document] make me wait longer before the [first word|answer starts]?
      the footer says [ttft|first token] [two|three] seconds, what was it doing in that time?
      is the [initial|opening] wait spent [reading my question|reading what i wrote|thinking]?
      it takes [ages|forever|so long] to get going but then writes quickly, how come?""",
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
      at what [pace|rate|speed] does the [ai|assistant] [produce|type] text?
      [words|tokens] per second
      is there a way to see how [fast|quickly] the [text|answer] is being generated?
      if i get [ten|fifteen|forty] tokens a second, how many words would that [be|make]?
      the footer has a number with tok/s [after|behind] it, what does it [measure|count]?
      i would like to compare writing speed, what [unit|number] [do you use|should i look at]?
      how many [english words|words] does a token [come to|make|equal] roughly?
      [tell|show] me what the t/s [figure|thing] is about""",
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
      are tokens [some kind of money|like coins|letters|parts of words] or what?
      the word token [keeps coming up|is everywhere], but nobody tells me what it [is|means]
      [token|tokens] vs [words|letters|characters]
      if i type a long word, is that [one token|a single token] or [several|more than one]?
      does the [ai|model] read my text letter by letter or in [chunks|bigger pieces]?
      give me a [simple|short|plain] [explanation|description] of tokens
      never heard of a token before, [what kind of thing is it|what on earth is that]?
      in what [units|pieces|bits] does a language model [read|see|handle] text?""",
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
      please tell me if i can [rely on|believe] [this reply|what you just said|what you wrote]
      [how sure|are you sure|how certain]
      do you [really know|actually know] that, or did you [invent|guess] it?
      a confidence of [40|60|90] percent, is that [good|bad|reliable]?
      i need this for [school|work], how do i judge whether the answer is [right|correct|true]?
      when the [score|percentage] is [tiny|low], is the answer [useless|likely wrong]?
      what would tell me that the [model|ai] had [doubts|no clue|trouble] about its own words?
      the [ai|assistant] told me [nonsense|something false] before, is there a sign to warn me?""",
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
      tell me the [price|cost] of [one question|a single reply], please
      do i need a [credit card|paid plan] to [chat here|get answers]?
      will this [chat|question] show up on [my card|a bill]?
      [free|paid|fees]
      i asked something in the cloud, where is the [price|amount] of that [reply|answer] shown?
      does asking [more|many|long] questions make it [more expensive|cost more]?
      my [kids|parents] want to use it all day, will that cost [us|me] money?
      please explain what i am paying for [each time|when] an answer comes from [the cloud|a provider]""",
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
      [put|place] a [ceiling|cap|maximum] on [what i spend|cloud spending]
      is there something that keeps me from [overspending|spending too much|going broke]?
      [max|maximum] [spend|monthly cost]
      if i hit my [limit|maximum], will hearth just [stop|refuse] sending to the cloud?
      my [son|boss|wife] should not run up costs, how do i [restrict|lock] the money?
      let me [raise|lower|adjust] the amount hearth may spend [per|each] month
      cloud replies [stopped working|no longer come], did i run out of [budget|allowance]?
      money worries, can i [fix|decide] in advance how much the cloud may [cost|take] per month?""",
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
      would you please [bring back|return|recover] the [talk|thread|chat] i binned?
      [restore|deleted|lost] chat
      help, i [clicked|pressed] [delete|remove] and want my [chat|conversation] back
      are [trashed|removed|binned] chats [kept|saved] for a while?
      can you reverse the [deletion|removal] of a [chat|conversation]?
      when does the trash [empty itself|get emptied|get cleared]?
      the [talk|chat] i got rid of had something important, how do i [retrieve|recover] it?
      after [a month|40 days|three weeks], can a deleted chat still be [found|rescued]?""",
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
      where is the [move to trash|delete] [option|command] [for a chat|for chats]?
      [delete|trash|bin] chat
      someone might look at my [screen|computer], how can i [erase|scrap|remove] one conversation?
      is it a [right click|menu] thing to [drop|discard|remove] a chat?
      i cannot find how to [remove|delete|drop] an [old|unwanted] chat, where do i click?
      please [scrap|discard|destroy] this [chat|conversation]
      got too many [chats|conversations], what do i press to [remove|ditch] one of them?
      would you show me the way to [clear|dump] [a single chat|an old conversation]?""",
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
      is there a way to [get|pull] my [history|chats] out of hearth [as a file|as json]?
      i am about to [reinstall|reset] my [system|computer], how do i keep my chats?
      [move|transfer|backup] [chats|history]
      does hearth let me [carry|copy] my conversations over to a [second|different] computer?
      what is the best way to make a [safety copy|backup copy] of [all chats|my conversations]?
      i have a json file with my [old|exported] chats, how to get it [in|back in]?
      [archive|store] all my [chats|conversations] outside the app, how?
      if i switch [laptops|computers], must i [start from zero|leave my chats behind]?""",
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
      which page lists [what i agreed to|my consents|all the connections the app made]?
      [connections|consents] [page|overview]
      my firewall says hearth [used|opened] a connection, where can i find out [why|what for]?
      is there any [proof|evidence] of what the app did on the [network|internet]?
      show me [every|each] [server|address] that hearth has been in touch with
      to which [places|sites|addresses] has this program [connected|gone] [today|so far]?
      i forgot what i [allowed|agreed to|said yes to], where is that [written|listed]?
      i want to [audit|inspect|check] the online activity of this app, what [page|screen] should i open?""",
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
      does [hearth|this app|it] send my [words|data|text|chats] [anywhere|out|to anyone|to somebody]?
      can my [boss|provider|government] find out what i [asked|wrote] here?
      i am [nervous|worried] about sharing [private|personal] things, who gets to know them?
      [private|confidential|secret]
      what happens to the [words|things|text] i type in this [box|chat]?
      if i talk about my [health|marriage|money], does that stay between us?
      is this like other chatbots that [keep|collect|pass on] everything [you say|i write]?
      can i [trust|rely on] hearth with [customer|patient|confidential] information?""",
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
      has the app [gotten|become] [slower|faster|more expensive] over time, where can i compare?
      [monthly|total] [costs|spending]
      i would like to [track|follow] what i pay [from month to month|as the weeks go by]
      on what [page|screen] do i find [how much|what] i paid in total?
      did running it [at home|on my pc] save money, and where can i [check|see] that?
      my spending seems high, where is the [breakdown|split] by [model|place]?
      give me the [figures|numbers] on how much i have used the [app|models] [lately|this year]
      is there a [report|dashboard|overview] of [speed and cost|costs and savings]?""",
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
      are my [login secrets|provider keys|api credentials] [protected|locked away|hidden]?
      [password|key] [vault|encryption|keychain]
      i am [afraid|scared] of someone stealing my api key, how well is it [guarded|hidden]?
      would a [virus|thief|hacker] find my key in some [file|folder] on this computer?
      do you [write|save] my provider key to disk [unencrypted|in the clear|as readable text]?
      my computer is shared, can other people [get at|read|view] my api key?
      after i [enter|type in] my key, who [holds on to|looks after] it?
      does the [engine|model] get [hold of|to know] the key i use for the cloud?""",
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
      could you help me [set up|register|connect] [an online ai|a cloud service|an outside provider]?
      [cloud|provider|online model] [setup|login]
      i already pay for [chatgpt|claude|gemini], can i [use it here|plug it in]?
      where is the [field|box|place] for [my|an] api key?
      hearth does not know my [provider|openai key] yet, how do i tell it?
      before i can use [an online model|the cloud], what do i have to [do|fill in|configure]?
      does hearth [support|work with|allow] [models from other companies|outside ai services]?
      [let|make] hearth use my [openai|claude] subscription key, please""",
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
      does it [still function|keep going|fail] once i [disconnect|go offline]?
      our [train|cabin|basement] never gets a signal, can i still [chat|type questions] there?
      will you [answer|respond] when the [web|router box|provider] is [dead|out]?
      [no internet|zero signal|web outage] usage
      do [replies|answers] still come if every [connection|cable] is cut?
      i [pay per megabyte|have no data plan], does [chatting|asking] eat up my data?
      suppose the [net|web] goes [away|down] tomorrow, would you still [help|answer] me?
      tell me if [a laptop|a computer] that is never online can [run|use] this""",
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
      i do not want [another|one more] [password|login] to remember, can i skip it?
      [who|what] do i register [as|with] to [begin|use this]?
      [no account|skip registration|guest use]
      which [email|phone number] should i [give|hand over] before my first question?
      i [forgot|never got] a [password|user name], am i locked out?
      just let me [type|start] without [making a login|giving my name]
      will you [ask|pester] me for [my email|personal details|a login] at the first start?
      [joining|enrolling], is that [a must|part of the setup] here?""",
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
      please stop [collecting|gathering] [statistics|information] about my habits
      are my [clicks|habits|sessions] being [counted|logged|tallied] by someone?
      [usage tracking|hidden analytics|diagnostics data|user statistics]
      hidden [trackers|counters], does this program [contain|include] any?
      how much do the [makers|authors] [know|find out] about how i use the app?
      i could not find a [switch|checkbox] for [usage statistics|analytics], where is it?
      do you [build|keep] a [profile|record] of my behaviour for [advertisers|the company]?
      [anonymous|diagnostic] [statistics|reports], are those sent [in the background|behind my back]?""",
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
      what do i press when it will not [stop talking|quit writing|shut up]?
      i [have seen|read] enough of this reply, what do i [press|hit] now?
      [halt output|interrupt reply|stop response|stop typing]
      [break off|cut short] the [reply|response] that is running
      it will not [finish|end], where is the [brake|off button]?
      if the text runs [forever|far too long], how can i [end|silence] it?
      will a half [finished|written] reply [stay|vanish] when i [stop|interrupt] it?
      wrong question and it is already [replying|writing], how do i [abort|call it off]?""",
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
      could you please show me how to [begin another|set up a separate] discussion?
      [fresh start|blank chat|another conversation|start over]
      this thread is [messy|too long|full], how do i [begin|open] an empty one?
      where do i [click|go] to [talk|chat] about something unrelated?
      on a mac, which [shortcut|keys] will [give|get] me an empty chat?
      if i [change|switch] the subject, can i do it in [its own|a separate] window of talk?
      how would i [keep|put] two [topics|subjects] apart in different chats?
      please [give|bring up] me a [blank page|clean sheet] to write on""",
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
      could you help me [track down|look up] an [earlier|older] discussion?
      [find chat|search history|old messages|find text]
      you [gave|wrote] me a good [tip|list] once, how can i see it again?
      where can i [hunt|check] for a [keyword|term] across [everything|all threads]?
      too many chats in the list, how do i [get to|spot] the right one?
      if i know a [sentence|keyword] from months ago, will you [find|dig up] it?
      does the app [scan|go through] the whole text of [past|older] talks?
      i need that [answer|reply] from [last month|yesterday] again, how can it be found?""",
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
      please [teach|explain to] me the [quick keys|key combinations]
      [hotkeys|key list|all shortcuts|keyboard commands]
      my hand hurts from [clicking|the mouse], which keys [help|can replace it]?
      what does each [key|key combination] [do|trigger] in this app?
      where can i [read|learn] about the [quick keys|button combinations]?
      do you have [handy|secret] key [tricks|tips] for [power users|fast typists]?
      i would be glad of [an overview|a short list] of keys to [memorize|learn]
      without [touching|using] the mouse, how do i [get around|move about]?""",
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
      do i have to retype [everything|it all] to ask my last question a bit differently?
      [fix last message|correct typo|resend question|reword message]
      i [left out|forgot] a word in what i [sent|asked], can it be [added|put in] now?
      how would i [tweak|alter|amend] the question i asked a [moment|second] ago?
      wrong [number|name] in my message, how do i [set it right|put it right]?
      if i sent [nonsense|half a sentence], can i [take it back|rework it] and send again?
      let me [retry|repeat] my last question with [different words|a small change]
      which key [brings|pulls] my previous [text|prompt] back into the box?""",
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
      i typed my [question|text], now how do i [submit|post] it?
      [multi line|next line|second line|line feed]
      i wanted a [new row|gap] but the text was [sent|gone], what is the trick?
      how can i [separate|split] my text into [paragraphs|rows]?
      i am writing a [poem|list], how do i [jump|move] to the next row?
      stop sending when i [only want|just need] a [fresh|second] line, how?
      after [writing|typing] my text, which key [fires it off|delivers it]?
      does [return|the enter key] [submit|send] the text or [go|jump] one row down?""",
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
      could you please list what i can [type|enter] after hearth in a [terminal|shell]?
      [terminal version|console mode|cli help|terminal commands]
      i have a [server|box] with no screen, can i still [talk to|use] hearth there?
      what are the [three|main|available] commands of the hearth [program|binary]?
      how would a [programmer|sysadmin] [run|operate] this with typed commands?
      no mouse and no window, just [a shell|text], does hearth [offer|support] that?
      if i open a [console|shell], which hearth [commands|subcommands] will [work|be there]?
      explain the [typed|shell] commands for [chatting and asking|hearth] to me""",
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
      please explain the [syntax|usage] of hearth ask
      [ask example|single question cli|one shot prompt]
      from a [cron job|script|makefile], how can hearth [answer|reply to] one question?
      hearth ask, does it [print|show] the reply and [quit|exit]?
      i want to [pipe|save] one [reply|answer] from the shell into a file, which command?
      what goes [in quotes|between the quotes] when i [type|run] hearth ask?
      if i need a [fast|single] reply in the console, is hearth ask [right|the one]?
      show me how to [phrase|write] a hearth ask [line|call]""",
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
      if i only have a [terminal|shell], can i [manage|browse|download] models?
      [models subcommand|list models cli|terminal model download]
      on a server with no screen, how do i [fetch|install] a model?
      which command [prints|shows] the models that are [installed|on disk|in the catalog]?
      hearth models, can it [delete|remove|download] [something|things] too?
      how would i [clean out|get rid of] a model by [typing|command line]?
      if i [run|enter] hearth models, what will i [see|get]?
      i want the catalog [listed|printed] in my [shell|console], what do i enter?""",
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
      please explain when a [remote|cloud] model gets involved
      [router explained|answer routing|local or remote]
      what makes you [pick|prefer] the cloud over my [own computer|machine]?
      i do not get what the router [part|component] of hearth is [for|good at]
      before a reply is made, who [judges|chooses] [the place|where it runs]?
      if a question is too [tough|difficult], does something [forward|route] it elsewhere?
      does my [computer|machine] always get the first [try|go] at a question?
      router, is that [my wifi box|network hardware] or a [part|piece] of hearth?""",
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
      if weights are [rounded|stored in low precision], why is the model [faster|smaller]?
      [model shrinking|low bit model|quantizing|quantised model]
      what is the [point|benefit|downside] of [quantizing|quantization]?
      a friend said my model is quantized, is that [bad|good|a problem]?
      why is the [download|file] so much smaller than the [original|full] model?
      storing weights with [fewer|less] [bits|digits], how does that [work|help]?
      does a quantized model [answer|perform] [worse|as well] than the full one?
      please explain model [compression|quantization] in [plain|easy] words""",
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
      i cannot decide between the [4 bit|q4] and the [8 bit|q8] file, any advice?
      [q4_k meaning|q8_0 quality|4 bit or 8 bit|q4_k bits]
      the catalog offers the same model as q4_k and q8_0, [why|how do they differ]?
      is q4_k [good|accurate|precise] enough, or should i [get|go for] q8_0?
      q8_0 is nearly twice as [big|large], what do i [get|receive] for that?
      which [runs|answers] [quicker|slower], q4_k or q8_0?
      if disk space is [short|tight], is q4_k the [better|wiser] file to take?
      tell me what the [4|8] in [q4_k and q8_0|these file names] is about""",
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
      [small|tiny] or large model, what is the [smart|sensible] choice for my computer?
      [good model|suitable model|model advice|right model]
      i am lost in the catalog, which one [suits|matches] my [pc|laptop]?
      what does [good fit|fits] next to a model [mean|say]?
      help me [decide on|settle on|select] a model
      if several models fit, do i [go with|take] the [biggest|smallest]?
      could you [point me to|name] the [smartest|strongest] model my pc can handle?
      before i [download|fetch] one, how do i know my pc can [handle|cope with] it?""",
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
      does a longer [chat|conversation] [take|use up|eat] more [memory|ram]?
      [memory use|ram usage|gb needed|enough ram]
      my pc [freezes|slows down] when a model loads, is the [ram|memory] too small?
      how many [gigabytes|gigs] must be free to [load|open] a model?
      does the [size|weight] of the file on disk tell me the [ram|memory] it [takes|needs]?
      with [little|not much] ram, how large can a model file be?
      will a [7|3|12] gb file [squeeze into|load in] [8|16] gb of ram?
      why does [loading|running] a model [fill|take] so much of my memory?""",
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
      could you tell me whether just a plain [cpu|processor] is [good enough|sufficient|ok]?
      this [laptop|machine|desktop] has no [graphics card|gpu], should i even bother installing?
      [cpu only|no gpu|geforce] okay
      would i [gain|notice] anything by buying a [better|new] graphics card for hearth?
      people say ai needs [costly|powerful] graphics hardware, is that true [here|for this app]?
      i have a [radeon|geforce|graphics] card, does the app [take advantage of|make use of] it?
      can everything be calculated on a [regular|standard|plain] processor [alone|only]?
      [minimum|recommended] [computer|pc|processor] for hearth""",
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
      please [help me clean up|show me how to clean up] the models [i downloaded|on my disk]
      a model is [sitting there unused|no longer wanted], how does it go away?
      [remove|uninstall|discard] downloaded model
      there are too many models in my list, how do i [shorten it|tidy it up|thin it out]?
      i tried a model and [hated it|found it useless], where do i [trash|dump] it?
      to [reclaim|recover] [gigabytes|storage], which model button do i press?
      does a model [vanish|go away] [immediately|right away] once i take it off?
      i only want to keep one model, how can the [others|rest] be [deleted|taken away]?""",
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
      could you please let [someone smarter|a better model|the bigger model] answer my next question?
      this model is too [slow|dumb|clumsy], how do i talk to [another|a different one]?
      [change|switch|pick] other model
      will my conversation [survive|stay|continue] when i [change|swap] the model?
      where do i click to [get|choose] a different [model|brain|ai] for this chat?
      just downloaded a second model, now how do i [make it answer|start using it] here?
      may i [mix|alternate between] several models in [one|the same] conversation?
      if the [current|present] model gets stuck, can a [new|stronger] one step in?""",
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
      i want to [finish|complete] the download tomorrow, is that [okay|possible]?
      the [train went through a tunnel|router restarted] during the model download, is the file [ruined|useless] now?
      [resume|restart|continue] failed download
      does hearth [test|inspect|validate] a model file after [fetching|downloading] it?
      my internet is [unreliable|patchy|terrible], can a huge model still [arrive|get here] in pieces?
      the transfer broke off at [70|99] percent, what happens to the part i [have|got]?
      how would the app notice a [faulty|bad|manipulated] model download?
      tell me if an aborted download [begins from zero|starts again from scratch|wastes what i already got]""",
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
      can i get back an answer after the [program|app] [was killed|closed by itself]?
      the [lights|electricity] went out while you were [answering|writing], what is left of it?
      [crash|power loss|lost text] recovery
      must i press [something|a key] to [store|keep] what we wrote?
      everything went [black|blank] during a reply, did i lose [the chat|it all]?
      at worst, how many [words|seconds] of text are lost if the [app|system] crashes?
      somebody pulled the [plug|power cord], can my [chat|unfinished answer] be recovered?
      is my text written to disk [continuously|all the time|as it appears]?""",
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
      please make sure this conversation [never goes online|stays here|is never uploaded]
      [private|local only|protected] single chat
      i discuss [medical matters|legal matters|money] in one chat, can that one be [sealed off|shielded]?
      what is that little [pin|needle] symbol [over|at the top of] my conversation?
      automatic mode is on, but one [chat|talk] must not [leave|go out], how?
      can i tie [a particular|one specific] chat to this [computer|machine|laptop] for good?
      after i pin a chat, could it [still|ever|somehow] go to the cloud?
      how do i make an exception so [this one|a certain] conversation is never [shared|sent]?""",
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
      [show|tell] me what i get to [check|review] before i say yes to the cloud
      what [details|information] will i get before my text is [uploaded|passed on] to the cloud?
      [consent|send|upload] [preview|prompt]
      hearth wants my [okay|permission] to send something, what am i [agreeing to|looking at]?
      suppose i am [away|at lunch] when it asks to send, will it [go ahead|send anyway]?
      do i get a chance to [remove|cross out] a sentence before the [upload|cloud gets it]?
      does the app explain why it [wants|needs] to send this [question|text] out?
      before i [say yes|accept], can i see how [much it may cost|expensive it could get]?""",
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
      do the real names [come back|return|reappear] in the reply[ afterwards| i read|]?
      [hide|mask|cover] private details
      i see words in [brackets|capitals] where [names|numbers] used to be, what happened?
      can my [client|patient|daughter] stay anonymous when a cloud model gets the text?
      does it [catch|find|cover] every [secret|card number], or should i check myself?
      my mail has [credit card|tax|passport] numbers in it, will they be [hidden|taken out] before sending?
      replace [real names|sensitive words|secrets] with [stand-ins|dummy words] before the cloud
      once the cloud has answered, are the [hidden|masked] names [filled in|restored] again?""",
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
      [download|save|get] a file with all the [outgoing texts|things sent to the cloud]
      what have i [sent|given] to the cloud up to now, is there [an overview|a list]?
      [outgoing|sent texts|cloud] [log|record]
      the word ledger [confuses me|is new to me|sounds like accounting], what does it hold?
      i need [evidence|a paper trail] of each [sent|refused] text, where do i get it?
      can i [read|review] afterwards what each cloud [message|question] [said|cost]?
      does hearth write down the texts that were [stopped|held back|never sent] too?
      how do i [hand over|give] the list of sent texts to my [auditor|lawyer]?""",
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
      [tell me|say something|i want to know more] about hearth
      i found hearth on [my computer|the desktop], what is it [supposed to do|there for]?
      hearth [meaning|summary|basics]
      never heard of hearth before, [what is it|can you fill me in|please explain]?
      what makes hearth [special|worth trying|unlike the others]?
      is hearth [an assistant|a chatbot|an ai program] or something else?
      what would an [ordinary|average] person [get out of|gain from] hearth?
      please [introduce|present] [this program|hearth] to a beginner""",
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
      could you say whether [apple|microsoft] [computers|machines] are supported?
      [mac|linux|windows] [version|compatible]
      my family uses [different|all sorts of] computers, which of them can have hearth?
      i only have [a mac mini|an old imac|a surface], is hearth made for that?
      do i have to be on [windows|linux], or will [another system|something else] do?
      on which system do the [makers|developers] [try out|test] hearth?
      would hearth [launch|install] on my [arch|mint|fedora] machine?
      before i download it, is my operating system [on the list|supported|covered]?""",
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
      [who may|may a company] reuse hearth code in [another|a new] product?
      [github|open code|source] [license|licence]
      i do not trust [hidden|secret] code, can i [see|study] how hearth was made?
      my company asks about the [license|licence|terms of use], what do i [answer|tell them]?
      may i [tinker with|rewrite|change] parts of hearth [legally|for myself]?
      is the program code [published|public|available to everyone]?
      would it be legal to [sell|publish] my own [version|copy] of hearth?
      which open [license|licence] covers the [code|program]?""",
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
      can i try a chat [straight away|at once|right now] with nothing downloaded?
      who [answers|replies] before i [install|add|choose] a model?
      [starter|tiny|first] model [info|purpose]
      i just [installed|opened] hearth and it already [talks|replies], how come?
      you cannot even [write a poem|solve my homework], is this the [starter|beginner] model?
      do i have to [download|fetch] something before the [first|very first] answer?
      what should i expect from the [tiny|small] model that was [there already|in the package]?
      is there [something|a model] inside the app that works [from the start|without fetching anything]?""",
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
      does the model [drop|forget|cut off] older messages as a chat [grows|goes on]?
      you do not [recall|know] what i wrote at the top, is the chat too [long|big]?
      [context|chat memory|conversation] [size|limit]
      my document has [200|500] pages, will the model [take in|hold] all of it?
      what is lost [first|from memory] when a conversation [runs on and on|becomes huge]?
      how far back does the model [look|remember] in [our|a] chat?
      a model says [8k|32k|128k] context, what does that [mean|tell me]?
      i gave you a rule [long ago|hours ago] and now you [ignore|break] it, why?""",
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
      please explain the [box|field] where i describe how the [assistant|model] should behave
      [system|default|permanent] instruction
      i am tired of repeating [my wishes|be brief] in each chat, is there a [fixed|standing] instruction?
      what is the [instruction|note] called that a model [sees|gets] before my first message?
      can the assistant be given a [character|personality|job description] for [every|each] chat?
      the settings mention a system prompt, what [goes in there|would i put in it|is it for]?
      how does the model know its [role|manners] before i [say|type] anything?
      make it behave like a [pirate|lawyer|coach] [from the first word|in all chats], which setting?""",
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
      make the model more [imaginative|daring|consistent|precise]
      [temperature|random answers] [value|help]
      can i get [exactly|word for word] the same answer [again|every time]?
      why does the wording [shift|differ] when i [repeat|resend] a question?
      the model [rambles|makes up odd words|gets too silly], which [knob|value] tames it?
      a setting called temperature puzzles me, is it about [heat|my processor|word choice]?
      what changes if i [raise|lower] the temperature [a bit|a lot]?
      i would like more [variety|surprise|spice] in what it writes, what do i [turn|set]?""",
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
      i do not like the [colors|way the window looks], can they be [changed|different]?
      [dark|light|black] [screen|colors]
      i work [late|in the dark], can the window be less [dazzling|bright]?
      everything is suddenly [dark|black], how do i make it [light|white] again?
      where do i find the [appearance|design|theme] [option|choices]?
      please make hearth [dark|light] like [my other programs|the rest of my desktop]
      are there different [skins|designs|themes] to [choose|pick] from?
      can the app [copy|match|adopt] the [theme|look] of my computer?""".replace("(dark|light)", "[dark|light]"),
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
