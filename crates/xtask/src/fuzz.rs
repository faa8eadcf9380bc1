//! `cargo xtask test fuzz`: libFuzzer on what reads foreign bytes, a minute for each reader.
//!
//! It runs with the stable compiler: LLVM's coverage counters are an ordinary option of it, and a
//! C++ compiler builds libFuzzer. Only this workspace's own crates count coverage, so that their
//! dependencies are those of every other build; there is no sanitizer, which would need a nightly.
//! What is found is a panic, a broken promise, too much memory or too much time.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use crate::{Result, cargo, process};

/// Set for the compiler's wrapper, which is this program.
const COVERAGE: &str = "HEARTH_XTASK_COUNTS_COVERAGE";

const INSTRUMENTED: [&str; 6] = [
    "-Copt-level=2",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// What was asked for.
struct Wish {
    minutes: u64,
    targets: Vec<String>,
}

pub fn fuzz(arguments: &[String]) -> Result {
    let wish = wish(arguments, &targets()?)?;
    let folder = cargo::target_directory()?.join("fuzz");
    fs::create_dir_all(&folder)?;
    build()?;
    let mut failed = Vec::new();
    for target in &wish.targets {
        if let Err(failure) = run(target, wish.minutes, &folder) {
            eprintln!("{failure}");
            failed.push(target.as_str());
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("Failed: {}.", failed.join(", ")).into()) }
}

/// Every target has a folder in the corpus.
fn targets() -> Result<Vec<String>> {
    let folders = fs::read_dir(process::root().join("crates/fuzz/corpus"))?;
    let names = folders.map(|folder| folder.map(|f| f.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn wish(arguments: &[String], known: &[String]) -> Result<Wish> {
    let mut wish = Wish { minutes: 1, targets: Vec::new() };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--minutes" {
            let minutes = words.next().and_then(|minutes| minutes.parse().ok());
            wish.minutes = minutes.filter(|n| *n > 0).ok_or("--minutes needs a number from 1.")?;
        } else if known.contains(word) {
            wish.targets.push(word.clone());
        } else {
            return Err(
                format!("There is no target `{word}`; there are {}.", known.join(", ")).into()
            );
        }
    }
    if wish.targets.is_empty() {
        wish.targets = known.to_vec();
    }
    Ok(wish)
}

/// No package is named, so that the features are those of every other build, and with them the
/// compiled dependencies.
fn build() -> Result {
    let mut command = cargo::cargo();
    command.env("RUSTC_WORKSPACE_WRAPPER", env::current_exe()?).env(COVERAGE, "1");
    command.args(["build", "--features", "hearth-fuzz/libfuzzer"]);
    process::run(command.args(["--bin", "hearth-fuzz"]))
}

/// Where cargo started this program in the compiler's place: the compiler, with counters for what
/// ends up in the fuzzed program.
pub fn as_compiler() -> Option<ExitCode> {
    env::var_os(COVERAGE)?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (compiler, rest) = arguments.split_first()?;
    let mut command = Command::new(compiler);
    command.args(rest);
    if is_fuzzed(rest) {
        command.args(INSTRUMENTED);
    }
    let succeeded = command.status().is_ok_and(|status| status.success());
    Some(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The targets too: what is generic is compiled where it is used. Not build scripts, which run alone.
fn is_fuzzed(arguments: &[String]) -> bool {
    let mut names = arguments.windows(2).filter(|pair| pair[0] == "--crate-name");
    names.any(|pair| pair[1].starts_with("hearth_"))
}

/// Inputs that were found stay in `target/fuzz`, and the next run begins with them.
fn run(target: &str, minutes: u64, folder: &Path) -> Result {
    let grown = folder.join(target);
    fs::create_dir_all(&grown)?;
    let log = folder.join(format!("{target}.log"));
    let scratch = Scratch::new(target, folder)?;
    let seeds = Path::new("crates/fuzz/corpus").join(target);
    let words = Path::new("crates/fuzz/dictionaries").join(format!("{target}.dict"));

    println!("{target}: {minutes} min; {}", log.display());
    let mut command = process::command(&cargo::built("hearth-fuzz")?.to_string_lossy());
    command.env("HEARTH_FUZZ_TARGET", target).env("TMPDIR", &scratch.0);
    command.args([&grown, &seeds]);
    command.arg(format!("-max_total_time={}", minutes * 60));
    // Of an input: bytes, seconds, and MB of the whole process.
    command.args(["-max_len=65536", "-timeout=10", "-rss_limit_mb=2048"]);
    command.args(["-print_final_stats=1", "-reduce_inputs=1"]);
    command.arg(format!("-artifact_prefix={}/", found(folder, target)?.display()));
    if process::root().join(&words).exists() {
        command.arg(format!("-dict={}", words.display()));
    }
    command.stdout(Stdio::null()).stderr(fs::File::create(&log)?);
    let status = command.status()?;
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if status.success() {
        println!("{}", summary(&said));
        return Ok(());
    }
    let end: Vec<&str> = said.lines().rev().take(40).collect();
    let end: Vec<&str> = end.into_iter().rev().collect();
    Err(format!(
        "{}\n{target} broke a promise. Copy the input named above into crates/fuzz/corpus/{target}; \
         `cargo test -p hearth-fuzz` then shows it again.",
        end.join("\n")
    )
    .into())
}

fn found(folder: &Path, target: &str) -> Result<PathBuf> {
    let found = folder.join("found").join(target);
    fs::create_dir_all(&found)?;
    Ok(found)
}

/// What libFuzzer counted: inputs tried, what of our code they reach, and the largest memory.
fn summary(said: &str) -> String {
    let stat = |name: &str| {
        let line = said.lines().rev().find_map(|line| line.strip_prefix(name));
        line.map_or("?", |value| value.trim_start_matches(':').trim()).to_owned()
    };
    let reached = said.lines().rev().find(|line| line.contains(" cov: ")).unwrap_or_default();
    let after = |word: &str| {
        let mut words = reached.split_whitespace().skip_while(|found| *found != word);
        words.nth(1).unwrap_or("?").to_owned()
    };
    format!(
        "  {} inputs, {} kept, {} edges, {} MB",
        stat("stat::number_of_executed_units"),
        after("corp:").split('/').next().unwrap_or("?"),
        after("cov:"),
        stat("stat::peak_rss_mb"),
    )
}

/// A folder for the targets' files, in memory where the system has such a place: SQLite would wait
/// for a disk at each input.
struct Scratch(PathBuf);

impl Scratch {
    fn new(target: &str, folder: &Path) -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory } else { folder };
        let path = parent.join(format!("hearth-fuzz-{target}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may be gone; it is of no use any more.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn all_targets_run_a_minute_unless_it_is_said_otherwise() {
        let known = words("gguf sse");
        let all = wish(&[], &known).unwrap();
        assert_eq!((all.minutes, all.targets), (1, known.clone()));
        let one = wish(&words("--minutes 24 sse"), &known).unwrap();
        assert_eq!((one.minutes, one.targets), (24, words("sse")));
        assert!(wish(&words("--minutes"), &known).is_err());
        assert!(wish(&words("ssl"), &known).err().unwrap().to_string().contains("gguf, sse"));
    }

    #[test]
    fn only_our_own_crates_count_coverage() {
        let is_fuzzed = |line: &str| is_fuzzed(&words(line));
        assert!(is_fuzzed("--crate-name hearth_gguf --edition=2024 crates/gguf/src/lib.rs"));
        assert!(!is_fuzzed("--crate-name build_script_build src-tauri/build.rs"));
        assert!(!is_fuzzed("-vV"));
    }

    #[test]
    fn libfuzzers_last_words_are_read() {
        let said = "#9\tNEW    cov: 40 ft: 41 corp: 5/12b lim: 4 exec/s: 0 rss: 30Mb\n\
                    stat::number_of_executed_units: 12345\nstat::peak_rss_mb:             52\n";
        assert_eq!(summary(said), "  12345 inputs, 5 kept, 40 edges, 52 MB");
    }
}
