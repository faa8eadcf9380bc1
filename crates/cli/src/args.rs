//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use hearth_assistant::api::{BackendChoice, Mode, Settings};
use hearth_chat::{DraftChoice, Effort, ThinkingMode};

const EXIT_CODES: &str = "\
Exit codes:
  0    answered
  1    something else failed; the message says what
  2    the command line is wrong
  3    the model cannot be used: not found, not readable, not supported, too large, or quarantined
  4    the engine failed while it answered; what there was of the answer has been printed
  5    the ledger is not as it was written
  130  stopped by Ctrl-C

HEARTH_HOME puts chats, settings and models under one folder. HEARTH_ENGINE and HEARTH_MISTRALRS name the engines' binaries.";

/// A private assistant that answers on this device.
#[derive(Debug, Parser)]
#[command(name = "hearth", version, after_help = EXIT_CODES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask one question. It is not kept in the chat history.
    Ask(AskArgs),
    /// Chat in the terminal. The conversation is kept and appears in the window too.
    Chat(ModelArgs),
    /// List, find, download, check and remove models.
    Models(ModelsArgs),
    /// Show what left this device, and check that nobody changed the record of it.
    Ledger(LedgerArgs),
    /// Write the answers that you graded to a file, without their words: how sure the model was, and
    /// whether it was right. `cargo xtask bench router --replay` shows what they promise.
    Grades { file: PathBuf },
    /// Measure how fast a model runs here, and how close to the machine's limit.
    Bench(BenchArgs),
    /// Show how a model's vocabulary splits a text.
    Tokenize(TokenizeArgs),
}

#[derive(Debug, clap::Args)]
pub struct LedgerArgs {
    #[command(subcommand)]
    pub command: Option<LedgerCommand>,
}

#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// List the latest requests, newest first.
    List {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Write the whole ledger to a file, one JSON object a line, with its seals.
    Export { file: PathBuf },
    /// Go through the whole chain of seals.
    Verify {
        /// An export made earlier: rows that it has must still be there.
        #[arg(long, value_name = "EXPORT")]
        against: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub struct AskArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// What may leave this device for this question. The question is always answered here first.
    #[arg(long, value_enum, default_value = "local")]
    pub mode: AskMode,
    /// Who gives the second opinion, by its name in the settings; else the first that can.
    #[arg(long, value_name = "NAME", requires = "mode")]
    pub provider: Option<String>,
    /// Print what the model thinks to stderr as it comes.
    #[arg(long)]
    pub thoughts: bool,
    /// Print one JSON object when the answer is complete, instead of text as it comes. A second
    /// opinion is a second object, on a line of its own.
    #[arg(long)]
    pub json: bool,
    /// The question; `-` reads it from stdin.
    pub prompt: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AskMode {
    /// Nothing.
    Local,
    /// What you see and agree to.
    Ask,
    /// What your rules allow; what they do not, you are asked for.
    Auto,
}

impl AskMode {
    pub fn mode(self) -> Mode {
        match self {
            Self::Local => Mode::LocalOnly,
            Self::Ask => Mode::AskEachTime,
            Self::Auto => Mode::Auto,
        }
    }
}

/// Which model answers, and how. What is not given is as in the settings.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// A model's name, as `hearth models` lists it, or a GGUF file.
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<String>,
    /// What runs the model.
    #[arg(long, value_enum)]
    pub backend: Option<Backend>,
    /// What proposes tokens for the model to verify. It never changes what is answered.
    #[arg(long, value_name = "NAME|PATH|ngram|none")]
    pub draft: Option<String>,
    /// Whether a model that can think before it answers does.
    #[arg(long, value_enum, value_name = "auto|on|off")]
    pub think: Option<Think>,
    /// How much to think, for models that can be told.
    #[arg(long, value_enum, value_name = "low|medium|high")]
    pub effort: Option<HowMuch>,
    /// Tokens a thought may have before the answer begins.
    #[arg(long, value_name = "N")]
    pub think_tokens: Option<u32>,
    /// Tokens the answer may have, its thought apart.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: Option<u32>,
    /// 0 always takes the likeliest token.
    #[arg(long, value_name = "T")]
    pub temperature: Option<f32>,
    /// Keep the K likeliest tokens; 0 is off.
    #[arg(long, value_name = "K")]
    pub top_k: Option<u32>,
    /// Keep the smallest set of tokens whose probability reaches P; 1 is off.
    #[arg(long, value_name = "P")]
    pub top_p: Option<f32>,
    /// Drop tokens less likely than this share of the likeliest; 0 is off.
    #[arg(long, value_name = "P")]
    pub min_p: Option<f32>,
    /// Divide the logits of tokens seen in the last 64 positions; 1 is off.
    #[arg(long, value_name = "R")]
    pub repetition_penalty: Option<f32>,
    /// The same seed, question and model give the same answer.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// End the answer before this text; may be given several times.
    #[arg(long, value_name = "TEXT")]
    pub stop: Vec<String>,
    /// What the model is told first.
    #[arg(long, value_name = "TEXT")]
    pub system: Option<String>,
    /// Tokens of context to reserve memory for.
    #[arg(long, value_name = "TOKENS")]
    pub context: Option<u32>,
    /// Threads of the engine.
    #[arg(long, value_name = "N")]
    pub threads: Option<u32>,
}

impl ModelArgs {
    /// The settings with what was given in their place. Model and draft names stay names.
    pub fn over(self, mut settings: Settings) -> Settings {
        fn set<T>(field: &mut T, given: Option<T>) {
            if let Some(value) = given {
                *field = value;
            }
        }
        settings.model = self.model.or(settings.model);
        set(&mut settings.backend, self.backend.map(Backend::choice));
        if let Some(draft) = self.draft {
            settings.draft = draft_choice(draft);
            settings.drafts.clear();
        }
        let thinking = &mut settings.thinking;
        set(&mut thinking.mode, self.think.map(Think::mode));
        thinking.effort = self.effort.map(HowMuch::effort).or(thinking.effort);
        thinking.budget = self.think_tokens.or(thinking.budget);
        let sampling = &mut settings.sampling;
        sampling.max_tokens = self.max_tokens.or(sampling.max_tokens);
        set(&mut sampling.temperature, self.temperature);
        set(&mut sampling.top_k, self.top_k);
        set(&mut sampling.top_p, self.top_p);
        set(&mut sampling.min_p, self.min_p);
        set(&mut sampling.repetition_penalty, self.repetition_penalty);
        sampling.seed = self.seed.or(sampling.seed);
        sampling.stop.extend(self.stop);
        set(&mut settings.system_prompt, self.system);
        settings.context_length = self.context.or(settings.context_length);
        settings.threads = self.threads.or(settings.threads);
        settings
    }
}

fn draft_choice(given: String) -> DraftChoice {
    match given.as_str() {
        "ngram" => DraftChoice::Ngram,
        "none" => DraftChoice::Off,
        _ => DraftChoice::Model(given),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Think {
    /// As the model does by itself.
    Auto,
    On,
    /// A thought that is begun all the same is closed at once.
    Off,
}

impl Think {
    fn mode(self) -> ThinkingMode {
        match self {
            Self::Auto => ThinkingMode::Automatic,
            Self::On => ThinkingMode::On,
            Self::Off => ThinkingMode::Off,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HowMuch {
    Low,
    Medium,
    High,
}

impl HowMuch {
    fn effort(self) -> Effort {
        match self {
            Self::Low => Effort::Low,
            Self::Medium => Effort::Medium,
            Self::High => Effort::High,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// mistral.rs on a GPU that takes the model, else Hearth's own, else mistral.rs.
    Auto,
    /// Hearth's own, on the processor.
    Cpu,
    /// mistral.rs.
    Mistralrs,
}

impl Backend {
    pub fn choice(self) -> BackendChoice {
        match self {
            Self::Auto => BackendChoice::Auto,
            Self::Cpu => BackendChoice::Cpu,
            Self::Mistralrs => BackendChoice::Mistralrs,
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
    /// Print JSON instead of lines.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// The models on this device. This is what `hearth models` alone does.
    List,
    /// The models of the catalog, and how they would do on this machine.
    Search {
        /// Words that the name, publisher, summary, languages or licence contain; none lists all.
        words: Vec<String>,
    },
    /// Download a model of the catalog, or any GGUF file of the hub. Stopped by Ctrl-C it goes on
    /// from there the next time.
    Pull {
        /// An id of `hearth models search`, or OWNER/REPOSITORY/FILE.gguf.
        #[arg(value_name = "MODEL")]
        model: String,
        #[arg(long, value_enum)]
        quality: Option<Quality>,
    },
    /// Take a model off the list. A file that Hearth downloaded is deleted with it.
    Remove {
        #[arg(value_name = "NAME|PATH")]
        model: String,
    },
    /// Read a model's whole file and compare it with what was published.
    Verify {
        #[arg(value_name = "NAME|PATH")]
        model: String,
    },
    /// Add a GGUF file where it lies.
    Import {
        path: PathBuf,
        /// Copy it into Hearth's own folder instead.
        #[arg(long)]
        copy: bool,
    },
    /// Ask the hub whether every file of the catalog is what the catalog says.
    #[command(hide = true)]
    Check,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Quality {
    /// Below 4 bits: noticeably worse answers.
    Small,
    /// The usual choice.
    Balanced,
    /// Hardly told apart from the original.
    Best,
}

#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// A GGUF file.
    #[arg(long, value_name = "PATH")]
    pub model: PathBuf,
    #[arg(long, value_enum, default_value = "auto")]
    pub backend: Backend,
    /// Measure instead what drafting gains: with a GGUF file of the same vocabulary, or with the
    /// text's own repetitions alone.
    #[arg(long, value_name = "PATH|ngram")]
    pub draft: Option<String>,
    /// With --draft: rehearse made-up answers of which the draft knows this share, in place of
    /// everyday questions.
    #[arg(long, value_name = "SHARE,...", value_delimiter = ',', requires = "draft")]
    pub acceptance: Vec<f64>,
    /// Measure instead how well the model foretells the text of a file: the mean log-probability of
    /// its tokens, which tells quantizations of a model apart.
    #[arg(long, value_name = "PATH", conflicts_with = "draft")]
    pub text: Option<PathBuf>,
    /// Tokens of the prompt.
    #[arg(long, value_name = "N", default_value_t = 512)]
    pub prefill: usize,
    /// Tokens to generate.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub decode: usize,
    /// Measure decoding behind this many tokens of context.
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "0,2048")]
    pub depth: Vec<usize>,
    /// Time a forward pass of this many rows.
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1,2,3,4,6,8,16")]
    pub rows: Vec<usize>,
    #[arg(long, value_name = "N")]
    pub threads: Option<u32>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct TokenizeArgs {
    /// A GGUF file.
    #[arg(long, value_name = "PATH")]
    pub model: PathBuf,
    /// Print one JSON array of `{id, piece}`.
    #[arg(long)]
    pub json: bool,
    /// `-` reads stdin.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use hearth_chat::Thinking;

    use super::*;

    fn over(line: &[&str], settings: Settings) -> Settings {
        let line = [["hearth", "chat"].as_slice(), line].concat();
        match Args::parse_from(line).command {
            Command::Chat(model) => model.over(settings),
            other => panic!("parsed as {other:?}"),
        }
    }

    #[test]
    fn the_definitions_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_is_not_given_is_as_in_the_settings() {
        let settings = Settings {
            model: Some("mine".into()),
            system_prompt: "Be brief.".into(),
            threads: Some(2),
            ..Settings::default()
        };
        assert_eq!(over(&[], settings.clone()), settings);
    }

    #[test]
    fn what_is_given_takes_the_place_of_the_settings() {
        let line = "--model a.gguf --backend cpu --draft none --temperature 0 --seed 7 --stop END --think off --effort low --think-tokens 9";
        let settings = over(&line.split(' ').collect::<Vec<_>>(), Settings::default());
        assert_eq!(settings.model.as_deref(), Some("a.gguf"));
        assert_eq!(settings.backend, BackendChoice::Cpu);
        assert_eq!(settings.draft, DraftChoice::Off);
        assert_eq!(settings.sampling.temperature, 0.0);
        assert_eq!(settings.sampling.seed, Some(7));
        assert_eq!(settings.sampling.stop, ["END"]);
        let Thinking { mode, effort, budget } = settings.thinking;
        assert_eq!((mode, effort, budget), (ThinkingMode::Off, Some(Effort::Low), Some(9)));
    }

    #[test]
    fn models_alone_lists_and_takes_json_anywhere() {
        let models = |line: &[&str]| match Args::parse_from(line).command {
            Command::Models(models) => (models.command.is_none(), models.json),
            other => panic!("parsed as {other:?}"),
        };
        assert_eq!(models(&["hearth", "models"]), (true, false));
        assert_eq!(models(&["hearth", "models", "--json"]), (true, true));
        assert_eq!(models(&["hearth", "models", "search", "qwen", "--json"]), (false, true));
    }

    #[test]
    fn a_draft_is_a_word_or_a_model() {
        assert_eq!(draft_choice("ngram".into()), DraftChoice::Ngram);
        assert_eq!(draft_choice("tiny".into()), DraftChoice::Model("tiny".into()));
    }

    #[test]
    fn a_question_may_be_a_dash_and_may_not_be_missing() {
        assert!(Args::try_parse_from(["hearth", "ask", "-"]).is_ok());
        assert!(Args::try_parse_from(["hearth", "ask"]).is_err());
        assert!(Args::try_parse_from(["hearth", "ask", "--max-tokens", "0", "hi"]).is_err());
    }
}
