//! Running other programs, always from the repository's root.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::Result;

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// `program` in the repository's root.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Runs `command` with its output on this terminal; an error names it.
pub fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| could_not_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed.", shown(command)).into()) }
}

/// Runs `command` and returns what it printed on stdout; stderr stays on this terminal.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| could_not_start(command, &error))?;
    if !output.status.success() {
        return Err(format!("`{}` failed.", shown(command)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// As `output`, with the largest resident size that the program reached, in bytes. Linux keeps that
/// figure while the program runs, so it is read again and again until the program has ended.
pub fn output_and_peak(command: &mut Command) -> Result<(String, u64)> {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
    let child = child.map_err(|error| could_not_start(command, &error))?;
    let status = format!("/proc/{}/status", child.id());
    let ended = AtomicBool::new(false);
    let (output, peak) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Relaxed) {
                peak = peak.max(peak_rss(&status).unwrap_or(0));
                thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        let output = child.wait_with_output();
        ended.store(true, Ordering::Relaxed);
        (output, watch.join().expect("reading a file does not panic"))
    });
    let output = output?;
    if !output.status.success() {
        return Err(format!("`{}` failed.", shown(command)).into());
    }
    Ok((String::from_utf8(output.stdout)?, peak))
}

fn peak_rss(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().trim_end_matches(" kB").parse::<u64>().ok()?)
}

/// Where `program` lies on PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|p| p.is_file())
}

/// The command as a person would type it, without the environment it runs in.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn could_not_start(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` could not start: {error}.", command.get_program().to_string_lossy())
}
