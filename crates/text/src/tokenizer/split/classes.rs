use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

/// A set of characters, one bit each, up to the last of them.
pub(in crate::tokenizer) struct CharSet(Vec<u64>);

impl CharSet {
    /// The characters of a class such as `\p{L}`.
    fn of(class: &str) -> Self {
        let hir = regex_syntax::parse(class).expect("the classes are written below");
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
            unreachable!("a class in Unicode mode is a class of characters")
        };
        let last = class.ranges().last().map_or(0, |range| range.end() as usize);
        let mut bits = vec![0; (last >> 6) + 1];
        for range in class.ranges() {
            for code in range.start() as usize..=range.end() as usize {
                bits[code >> 6] |= 1u64 << (code & 63);
            }
        }
        Self(bits)
    }

    pub fn contains(&self, c: char) -> bool {
        self.0.get(c as usize >> 6).is_some_and(|bits| bits >> (c as usize & 63) & 1 == 1)
    }
}

/// A class by its expression; made when it is first asked for.
pub(in crate::tokenizer) type Set = LazyLock<CharSet>;

macro_rules! sets {
    ($($name:ident = $class:expr;)*) => {
        $(pub(in crate::tokenizer) static $name: Set = LazyLock::new(|| CharSet::of($class));)*
    };
}

sets! {
    LETTERS = r"\p{L}";
    MARKS = r"\p{M}";
    LETTERS_AND_MARKS = r"[\p{L}\p{M}]";
    UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    NUMBERS = r"\p{N}";
    DIGITS = r"\p{Nd}";
    CONTROLS = r"\p{C}";
    NONSPACING_MARKS = r"\p{Mn}";
    PUNCTUATION = r"\p{P}";
    PUNCTUATION_AND_SYMBOLS = r"[\p{P}\p{S}]";
    HAN = r"\p{Han}";
    WORD = r"\w";
    LINE_BREAKS = r"[\r\n]";
    // Falcon's, and that of files that name no rules.
    FALCON_PUNCTUATION = r"[\p{P}\$\+<=>\^~\|`]";
    DEFAULT_PUNCTUATION = r"[\p{P}\$\+<=>\^~\|]";
    CHAMELEON_PUNCTUATION = r"[\p{P}!-/:-@\[-`{-~]";
    // Not in what BLOOM, Poro and Viking take for a word.
    BLOOM_WORD = r"[^(\s|.,!?…。，、।۔،)]";
    DEEPSEEK_LETTERS = "[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u{1f7d}ᾀ-ᾴᾶ-ᾼ\u{1fbe}ῂ-ῄῆ-ῌῐ-\u{1fd3}ῖ-\u{1fdb}ῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u{2126}ℨ\u{212a}-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]";
    DEEPSEEK_PUNCTUATION = r"[!-/:-~！-／：-～‘-‟\u{3000}-。]";
    DEEPSEEK_CJK = r"[一-龥ࠀ-一가-\u{d7ff}]";
    CJK = r"[一-龥\u{3040}-ゟ゠-ヿ]";
    YOUTU_KOREAN = r"[가-힣ㄱ-ㆎ]";
    YOUTU_PUNCTUATION = r"[！…“”‘’—：；，、-〿︰-﹏]";
    YOUTU_BOPOMOFO = r"[ㄅ-ㄯ]";
    AFMOE_ASIAN = r"[一-\u{9fff}㐀-䶿豈-\u{faff}\u{3040}-ゟ゠-ヿ･-ﾟ⼀-\u{2fdf}เ-\u{e7f}\u{e80}-\u{eff}ក-\u{17ff}က-႟ꩠ-ꩿꧠ-\u{a9ff}가-\u{d7af}ᄀ-ᇿ]";
}
