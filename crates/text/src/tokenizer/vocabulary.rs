use std::collections::HashMap;

use hearth_gguf::Metadata;

use super::Problem;

/// What a token is. The numbers are those of `tokenizer.ggml.token_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A piece of text.
    Normal = 1,
    /// What stands for text that no token covers.
    Unknown = 2,
    /// A sign to the model that is no text, such as the end of a turn.
    Control = 3,
    /// Text that is one token wherever it stands.
    UserDefined = 4,
    Unused = 5,
    /// One byte of text that no other token covers.
    Byte = 6,
}

/// Every token's bytes and kind, and the way back from bytes to the token.
pub(super) struct Vocabulary {
    /// The tokens' bytes, one after another.
    bytes: Vec<u8>,
    /// Where each token's bytes end.
    bounds: Vec<u32>,
    kinds: Vec<Kind>,
    eos: Option<u32>,
    /// How a normal token is written: see [`Vocabulary::read`].
    byte_level: bool,
    /// Normal tokens by their bytes.
    index: HashMap<Box<[u8]>, u32>,
}

impl PartialEq for Vocabulary {
    /// The same tokens by the same ids. Models of one family fill their tables to different lengths
    /// with tokens that nobody uses.
    fn eq(&self, other: &Self) -> bool {
        let used = self.used();
        let end = |of: &Self| used.checked_sub(1).map_or(0, |last| of.bounds[last] as usize);
        used == other.used()
            && self.kinds[..used] == other.kinds[..used]
            && self.bounds[..used] == other.bounds[..used]
            && self.bytes[..end(self)] == other.bytes[..end(other)]
    }
}

impl Vocabulary {
    /// How many there are without the unused ones at the end.
    fn used(&self) -> usize {
        self.kinds.iter().rposition(|kind| *kind != Kind::Unused).map_or(0, |last| last + 1)
    }

    /// Reads the tokens. In a byte-level vocabulary each character of a normal token stands for a
    /// byte; in the other kind `▁` stands for a space.
    pub fn read(metadata: Metadata, byte_level: bool) -> Result<Self, Problem> {
        let tokens = metadata
            .byte_strs("tokenizer.ggml.tokens")
            .ok_or_else(|| Problem::Broken("its list of tokens is missing".into()))?;
        let types = metadata.i32s("tokenizer.ggml.token_type");
        if types.as_ref().is_some_and(|types| types.len() != tokens.len()) {
            return Err(Problem::Broken("it has a different number of tokens and types".into()));
        }
        let mut vocabulary = Self {
            bytes: Vec::new(),
            bounds: Vec::with_capacity(tokens.len()),
            kinds: Vec::with_capacity(tokens.len()),
            eos: None,
            byte_level,
            index: HashMap::with_capacity(tokens.len()),
        };
        for (id, text) in tokens.enumerate() {
            let kind = types.as_ref().map_or(Kind::Normal, |types| kind_of(types[id]));
            vocabulary.push(text, kind)?;
        }
        let eos = metadata.u32("tokenizer.ggml.eos_token_id");
        vocabulary.eos = eos.filter(|id| (*id as usize) < vocabulary.len());
        Ok(vocabulary)
    }

    fn push(&mut self, written: &[u8], kind: Kind) -> Result<(), Problem> {
        // A part of a character stands for itself.
        let Ok(text) = std::str::from_utf8(written) else {
            if kind == Kind::Byte && written.len() != 1 {
                return Err(Problem::Broken("a byte token of it is several bytes".into()));
            }
            self.bytes.extend(written);
            self.close(kind);
            return Ok(());
        };
        match kind {
            Kind::Normal if self.byte_level => push_byte_level(text, &mut self.bytes),
            Kind::Byte => self.bytes.push(parse_byte(text).ok_or_else(|| {
                Problem::Broken(format!("its byte token `{text}` is not like `<0x0A>`"))
            })?),
            Kind::Normal | Kind::UserDefined if !self.byte_level => {
                self.bytes.extend(text.replace('▁', " ").as_bytes());
            }
            _ => self.bytes.extend(text.as_bytes()),
        }
        self.close(kind);
        Ok(())
    }

    /// Ends a token whose bytes were added.
    fn close(&mut self, kind: Kind) {
        let id = self.kinds.len() as u32;
        self.kinds.push(kind);
        self.bounds.push(self.bytes.len() as u32);
        if kind == Kind::Normal {
            // Where two tokens have the same bytes, the later one is meant.
            self.index.insert(self.bytes(id).into(), id);
        }
    }

    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    pub fn kind(&self, id: u32) -> Option<Kind> {
        self.kinds.get(id as usize).copied()
    }

    /// The token's bytes; none for a number beyond the vocabulary.
    pub fn bytes(&self, id: u32) -> &[u8] {
        if (id as usize) < self.len() { slice(&self.bytes, &self.bounds, id) } else { &[] }
    }

    /// The normal token with exactly these bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<u32> {
        self.index.get(bytes).copied()
    }

    /// The normal token that is written so, as merges write it.
    pub fn find_written(&self, text: &str) -> Option<u32> {
        if !self.byte_level {
            return self.find(text.replace('▁', " ").as_bytes());
        }
        let mut bytes = Vec::with_capacity(text.len());
        push_byte_level(text, &mut bytes);
        self.find(&bytes)
    }

    /// The tokens that stand for one byte of what no other token covers.
    pub fn byte_tokens(&self) -> [Option<u32>; 256] {
        let mut ids = [None; 256];
        for id in 0..self.len() as u32 {
            if self.kind(id) == Some(Kind::Byte) {
                ids[usize::from(self.bytes(id)[0])] = Some(id);
            }
        }
        ids
    }

    /// The token of this name that is a sign and not text.
    pub fn find_special(&self, text: &str) -> Option<u32> {
        self.specials().find(|id| self.bytes(*id) == text.as_bytes())
    }

    /// Every token that is recognised as a whole before text is encoded.
    pub fn specials(&self) -> impl Iterator<Item = u32> {
        let special = |kind| matches!(kind, Kind::Control | Kind::UserDefined | Kind::Unknown);
        (0..self.len() as u32).filter(move |id| special(self.kinds[*id as usize]))
    }

    pub fn eos(&self) -> Option<u32> {
        self.eos
    }

    /// Takes a token out of the words.
    pub fn make_control(&mut self, id: u32) {
        if self.find(self.bytes(id)) == Some(id) {
            let bytes: Box<[u8]> = self.bytes(id).into();
            self.index.remove(&bytes);
        }
        self.kinds[id as usize] = Kind::Control;
    }
}

fn slice<'a>(bytes: &'a [u8], bounds: &[u32], id: u32) -> &'a [u8] {
    let start = id.checked_sub(1).map_or(0, |before| bounds[before as usize]);
    &bytes[start as usize..bounds[id as usize] as usize]
}

fn kind_of(number: i32) -> Kind {
    match number {
        2 => Kind::Unknown,
        3 => Kind::Control,
        4 => Kind::UserDefined,
        5 => Kind::Unused,
        6 => Kind::Byte,
        _ => Kind::Normal,
    }
}

/// `<0x0A>` is the byte 10.
fn parse_byte(text: &str) -> Option<u8> {
    u8::from_str_radix(text.strip_prefix("<0x")?.strip_suffix('>')?, 16).ok()
}

/// Appends the bytes that a byte-level token stands for. A token with a character outside the
/// alphabet is taken as it is written.
fn push_byte_level(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => out.push(byte),
            None => {
                out.truncate(start);
                out.extend(text.as_bytes());
                return;
            }
        }
    }
}

/// The byte that a character stands for in GPT-2's alphabet: printable Latin-1 characters stand
/// for themselves, and those from U+0100 on for the 68 other bytes in order.
fn byte_of(c: char) -> Option<u8> {
    match c as u32 {
        code @ (0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff) => Some(code as u8),
        code @ 0x100..=0x120 => Some((code - 0x100) as u8),
        code @ 0x121..=0x142 => Some((code - 0x121 + 0x7f) as u8),
        0x143 => Some(0xad),
        _ => None,
    }
}
