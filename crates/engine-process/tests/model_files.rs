//! Three hundred files that are not quite models. Each must end as a typed error that names the
//! file, or as an answer; none may take the client down or hang it.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hearth_chat::{Error, ErrorKind};
use hearth_engine::{BackendChoice, ModelSpec, ModelState};
use hearth_gguf::File;
use support::*;

const MUTANTS: usize = 300;

/// Far above what any of them takes; a hang must fail the test and not the test run.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn three_hundred_broken_files_are_typed_errors() {
    let nursery = Nursery::new();
    let mut tally = Tally::default();
    let backends = backends();
    for n in 0..MUTANTS {
        let (what, path) = nursery.mutant(n);
        let backend = backends[n / 7 % backends.len()];
        let began = Instant::now();
        let result = try_out(&path, backend).await;
        tally.slowest = tally.slowest.max(began.elapsed());
        match result {
            Ok(()) => tally.answered += 1,
            Err(error) => {
                tally.count(&error);
                let name = path.file_name().unwrap().to_str().unwrap();
                assert!(error.message.contains(name), "{what}, {backend:?}: {error}");
                let typed = [ErrorKind::ModelFile, ErrorKind::Unsupported, ErrorKind::Memory];
                assert!(
                    typed.contains(&error.kind),
                    "{what}, {backend:?}: {:?} {error}",
                    error.kind
                );
            }
        }
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
    println!("{tally:?}");
    assert!(tally.refused() > MUTANTS / 2, "mutations that break nothing test nothing: {tally:?}");
}

#[tokio::test]
async fn a_template_that_never_ends_is_found_by_both_backends() {
    let nursery = Nursery::new();
    for backend in backends() {
        let path = nursery.bomb();
        let error = try_out(&path, backend).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ModelFile, "{error}");
        assert!(error.message.contains("does not come to an end"), "{error}");
        assert!(error.message.contains("bomb.gguf"), "{error}");
    }
}

/// Its last string would be 4 GiB: far more than an answer of the starter may take, and far less
/// than would make an ordinary machine refuse.
#[tokio::test]
async fn a_template_that_doubles_a_string_ends_its_own_process_and_nothing_else() {
    let nursery = Nursery::new();
    for backend in backends() {
        let path = nursery.with_template(
            "doubling.gguf",
            "{% set s = namespace(t='x'*1024) %}\
             {% for i in range(22) %}{% set s.t = s.t ~ s.t %}{% endfor %}{{ s.t|length }}",
        );
        let error = try_out(&path, backend).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::EngineDied, "{error}");
        assert!(error.message.contains("ran out of memory"), "{error}");
        assert!(error.message.contains("doubling.gguf"), "{error}");
    }
}

/// A million letters, searched through again and again: the limit on steps would let that go on
/// for an hour.
const DEAR_STEPS: &str = "{% set b = 'a'*1000000 %}\
    {% for i in range(99999) %}{% for j in range(99999) %}\
    {% set c = b|replace('a','b') %}{% endfor %}{% endfor %}";

#[tokio::test]
async fn a_template_with_dear_steps_is_found_by_its_time() {
    let nursery = Nursery::new();
    for backend in backends() {
        let path = nursery.with_template("dear.gguf", DEAR_STEPS);
        let error = try_out(&path, backend).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ModelFile, "{error}");
        assert!(error.message.contains("was not done after"), "{error}");
        assert!(error.message.contains("dear.gguf"), "{error}");
    }
}

/// Stop does not wait for the template's own limit, and is held against no model.
#[tokio::test]
async fn stop_frees_the_engine_from_a_template_with_dear_steps() {
    let nursery = Nursery::new();
    let path = nursery.with_template("dear.gguf", DEAR_STEPS);
    let dear = ModelSpec { backend: BackendChoice::Cpu, ..ModelSpec::new(&path) };
    let engine = engine();
    for _ in 0..4 {
        let stopped = engine.model(dear.clone()).stream(question("Hello!"));
        let mut state = engine.state();
        let asked = state.wait_for(|state| matches!(state.model, ModelState::Loaded { .. }));
        tokio::time::timeout(PATIENCE, asked).await.expect("it loads").unwrap();
        drop(stopped);
        let next = engine.model(spec(BackendChoice::Cpu)).stream(question("Hello!"));
        let answer = tokio::time::timeout(PATIENCE, read(next)).await.expect("the engine is free");
        assert!(!answer.unwrap().text.is_empty());
    }
}

#[tokio::test]
async fn an_unknown_architecture_is_named() {
    let nursery = Nursery::new();
    for backend in backends() {
        let error = try_out(&nursery.unknown_architecture(), backend).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");
        assert!(error.message.contains("`zz"), "{error}");
    }
}

/// Loads a file and asks it something, in an engine of its own.
async fn try_out(path: &Path, backend: BackendChoice) -> Result<(), Error> {
    let engine = engine();
    let mut request = question("Hello!");
    request.sampling.max_tokens = Some(2);
    let spec = ModelSpec { backend, threads: Some(1), ..ModelSpec::new(path) };
    let answer = read(engine.model(spec).stream(request));
    let ended = tokio::time::timeout(PATIENCE, answer).await;
    ended.unwrap_or_else(|_| panic!("{} hung", path.display())).map(drop)
}

#[derive(Debug, Default)]
struct Tally {
    answered: usize,
    model_file: usize,
    unsupported: usize,
    other: usize,
    slowest: Duration,
}

impl Tally {
    fn count(&mut self, error: &Error) {
        match error.kind {
            ErrorKind::ModelFile => self.model_file += 1,
            ErrorKind::Unsupported => self.unsupported += 1,
            _ => self.other += 1,
        }
    }

    fn refused(&self) -> usize {
        self.model_file + self.unsupported + self.other
    }
}

/// Makes files from the starter.
struct Nursery {
    dir: tempfile::TempDir,
    sound: Vec<u8>,
    /// Bytes before the tensors' data.
    header: usize,
}

impl Nursery {
    fn new() -> Self {
        let file = File::open(starter()).unwrap();
        let sound = fs::read(starter()).unwrap();
        let data: usize = file.tensors().map(|tensor| tensor.data.len()).sum();
        Self { dir: tempfile::tempdir().unwrap(), header: sound.len() - data, sound }
    }

    fn mutant(&self, n: usize) -> (&'static str, PathBuf) {
        let mut random = Random(n as u64);
        let mut bytes = self.sound.clone();
        let what = match n % 10 {
            0 => {
                bytes.truncate(random.below(self.sound.len()));
                "cut anywhere"
            }
            1 => {
                bytes.truncate(random.below(self.header));
                "cut in the header"
            }
            2 | 3 => {
                // Counts, versions and the first keys.
                bytes[4 + random.below(60)] ^= 1 << random.below(8);
                "a bit flipped at the start"
            }
            4 | 5 => {
                for _ in 0..20 {
                    bytes[random.below(self.header)] ^= 1 << random.below(8);
                }
                "bits flipped in the header"
            }
            6 => {
                let at = random.below(self.header - 8);
                bytes[at..at + 8].fill(0xff);
                "a huge number in the header"
            }
            7 => {
                // The table of tensors is the header's end.
                let table = self.header - 2000;
                bytes[table + random.below(2000)] = random.next() as u8;
                "the table of tensors changed"
            }
            8 => {
                bytes.splice(8..8, std::iter::repeat_n(random.next() as u8, 1 + random.below(64)));
                "bytes put in"
            }
            _ => return self.oddity(random.below(7)),
        };
        (what, self.write(&format!("mutant-{n}.gguf"), &bytes))
    }

    fn oddity(&self, which: usize) -> (&'static str, PathBuf) {
        match which {
            0 => ("empty", self.write("empty.gguf", b"")),
            1 => ("text", self.write("diary.gguf", b"Dear Anna,\nthis is no model at all.\n")),
            2 => ("a folder", self.dir.path().to_owned()),
            3 => ("missing", self.dir.path().join("missing.gguf")),
            4 => ("magic alone", self.write("magic.gguf", b"GGUF")),
            5 => ("a bomb", self.bomb()),
            _ => ("another architecture", self.unknown_architecture()),
        }
    }

    /// The starter with a chat template that loops ten thousand million times.
    fn bomb(&self) -> PathBuf {
        let loops =
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
        self.with_template("bomb.gguf", loops)
    }

    /// The starter with this chat template.
    fn with_template(&self, name: &str, new: &str) -> PathBuf {
        self.write(name, &starter_with_template(new))
    }

    fn unknown_architecture(&self) -> PathBuf {
        let file = File::open(starter()).unwrap();
        let name = file.architecture().as_bytes();
        let unknown = [b"zz", &name[2..]].concat();
        self.write("unknown.gguf", &self.replace(name, &unknown))
    }

    /// All occurrences in the header, by something as long.
    fn replace(&self, old: &[u8], new: &[u8]) -> Vec<u8> {
        assert_eq!(old.len(), new.len());
        let mut bytes = self.sound.clone();
        for at in 0..self.header - old.len() {
            if bytes[at..].starts_with(old) {
                bytes[at..at + old.len()].copy_from_slice(new);
            }
        }
        bytes
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// Steele, Lea and Flood 2014; the same files on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
