//! `hearth-mistralrs`, built behind a window that is already open. The first answer does not need it,
//! and it takes longer to compile than everything else together.
//!
//! The build is a process of its own, in a group of its own, so that it outlives the window and the
//! command that opened it. Beside the programs it keeps a file that says how far it is, which the
//! Models page reads (`hearth_engine::Binaries::second_engine`) and the next `cargo xtask run` too:
//! cargo builds one thing at a time, so that run ends the build first and starts it again afterwards.
//! What was compiled until then stays.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde_json::{Value, json};

use crate::{Result, cargo, gpu, process};

/// The hidden command that the process is started with.
pub const COMMAND: &str = "build-mistralrs";

const PROGRAM: &str = "hearth-mistralrs";

/// How often the file is written, so that its age tells whether the build is under way.
const BEAT: Duration = Duration::from_secs(5);

/// A build that has not written its file for this long is not under way any more.
const SILENT: Duration = Duration::from_secs(60);

/// How long a build that was told to end may take for it.
const PATIENCE: Duration = Duration::from_secs(20);

fn progress_file() -> Result<PathBuf> {
    Ok(cargo::built(PROGRAM)?.with_file_name(format!("{PROGRAM}.building")))
}

fn log_file() -> Result<PathBuf> {
    Ok(cargo::built(PROGRAM)?.with_file_name(format!("{PROGRAM}.log")))
}

/// Starts the build and leaves it to itself.
pub fn start() -> Result {
    let log = log_file()?;
    let out = fs::File::create(&log)?;
    let mut command = in_the_background(&std::env::current_exe()?);
    command.arg(COMMAND).stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
    let pid = command.spawn()?.id();
    // The build needs a second before it knows how long it will be.
    write_whole(&progress_file()?, &progress(pid, 0, 0))?;
    if !cargo::built(PROGRAM)?.exists() {
        println!(
            "mistral.rs, the engine for files that Hearth's own does not run, is being built behind \
             the window. It takes long and goes on when the window is closed; {} says how it goes.",
            log.display()
        );
    }
    Ok(())
}

/// Ends a build that is under way, so that cargo is free.
pub fn stop() -> Result {
    let file = progress_file()?;
    let Some(progress) = under_way(&file) else { return Ok(()) };
    let pid = progress["pid"].as_u64().ok_or("the file of the build names no process")?;
    end(pid);
    let told = Instant::now();
    while under_way(&file).is_some() && is_alive(pid) && told.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(50));
    }
    // It may have been ended before it could do that itself.
    let _ = fs::remove_file(&file);
    Ok(())
}

/// Says on the terminal how far the build is, until `until` holds or the build is over.
pub fn follow(until: &AtomicBool) {
    let Ok(file) = progress_file() else { return };
    let mut told = 0;
    let mut seen = false;
    while !until.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(500));
        let Some(progress) = under_way(&file) else {
            if seen {
                return println!("mistral.rs: the build has ended.");
            }
            continue;
        };
        seen = true;
        let [done, total] = ["done", "total"].map(|key| progress[key].as_u64().unwrap_or(0));
        let tenth = 10 * done / total.max(1);
        if tenth > told {
            told = tenth;
            println!("mistral.rs: {done} of about {total} crates are compiled.");
        }
    }
    if under_way(&file).is_some() {
        println!("Hearth is closed. mistral.rs is still being built, in the background.");
    }
}

/// What the file says, while somebody keeps it up to date.
fn under_way(file: &PathBuf) -> Option<Value> {
    let written = fs::metadata(file).and_then(|file| file.modified()).ok()?;
    let age = SystemTime::now().duration_since(written).unwrap_or_default();
    let text = fs::read(file).ok()?;
    (age < SILENT).then(|| serde_json::from_slice(&text).ok())?
}

/// The body of the hidden command: builds, and writes how far it is.
pub fn build() -> Result {
    let file = progress_file()?;
    let (total, done) = (total()?, Mutex::new(BTreeSet::new()));
    let ended = AtomicBool::new(false);
    let built = thread::scope(|scope| {
        let beat = scope.spawn(|| {
            let mut written: Option<Instant> = None;
            while !ended.load(Ordering::Relaxed) {
                if written.is_none_or(|at| at.elapsed() >= BEAT) {
                    let done = done.lock().unwrap_or_else(|e| e.into_inner()).len();
                    // The next beat tries again.
                    let _ = write_whole(&file, &progress(std::process::id(), done, total));
                    written = Some(Instant::now());
                }
                thread::sleep(Duration::from_millis(100));
            }
        });
        let built = compile(|package| {
            done.lock().unwrap_or_else(|e| e.into_inner()).insert(package.to_owned());
        });
        ended.store(true, Ordering::Relaxed);
        // It ends at its next look.
        let _ = beat.join();
        built
    });
    let _ = fs::remove_file(&file);
    built
}

fn progress(pid: u32, done: usize, total: usize) -> String {
    json!({ "pid": pid, "done": done.min(total), "total": total }).to_string()
}

/// A reader never sees half of it.
fn write_whole(file: &PathBuf, text: &str) -> Result {
    let beside = file.with_extension("new");
    fs::write(&beside, text)?;
    Ok(fs::rename(beside, file)?)
}

fn compile(mut compiled: impl FnMut(&str)) -> Result {
    let mut command = cargo::cargo();
    command.args(["build", "--package", cargo::MISTRALRS]).args(gpu::flags());
    command.args(["--message-format", "json-render-diagnostics"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let messages = BufReader::new(child.stdout.take().ok_or("cargo has no output")?);
    for line in messages.lines().map_while(std::result::Result::ok) {
        let message: Value = serde_json::from_str(&line).unwrap_or_default();
        if message["reason"] == "compiler-artifact"
            && let Some(package) = message["package_id"].as_str()
        {
            compiled(package);
        }
    }
    if child.wait()?.success() { Ok(()) } else { Err("mistral.rs could not be built.".into()) }
}

/// How many packages the program is made of, those for building it among them.
fn total() -> Result<usize> {
    let metadata = cargo::metadata()?;
    let nodes = metadata["resolve"]["nodes"].as_array().ok_or("cargo metadata resolved nothing")?;
    let node = |id: &str| nodes.iter().find(|node| node["id"] == id);
    let packages = metadata["packages"].as_array().ok_or("cargo metadata has no packages")?;
    let own = packages.iter().find(|package| package["name"] == cargo::MISTRALRS);
    let own = own.and_then(|package| package["id"].as_str()).ok_or("the package is gone")?;
    let mut seen = BTreeSet::from([own]);
    let mut open = vec![own];
    while let Some(next) = open.pop() {
        let dependencies = node(next).and_then(|node| node["deps"].as_array());
        for dependency in dependencies.into_iter().flatten() {
            let kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
            let needed = kinds.clone().any(|kind| kind["kind"] != "dev");
            if let Some(id) = dependency["pkg"].as_str().filter(|id| needed && seen.insert(id)) {
                open.push(id);
            }
        }
    }
    Ok(seen.len())
}

/// In a group of its own, which the terminal's Ctrl-C does not reach, and behind everything else
/// that the computer has to do.
#[cfg(unix)]
fn in_the_background(program: &std::path::Path) -> Command {
    use std::os::unix::process::CommandExt;

    let mut command = process::command("nice");
    command.args(["-n", "19"]).arg(program).process_group(0);
    command
}

#[cfg(windows)]
fn in_the_background(program: &std::path::Path) -> Command {
    use std::os::windows::process::CommandExt;

    // BELOW_NORMAL_PRIORITY_CLASS | CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW
    const FLAGS: u32 = 0x4000 | 0x200 | 0x0800_0000;
    let mut command = process::command(&program.to_string_lossy());
    command.creation_flags(FLAGS);
    command
}

/// The build's process leads a group with cargo and the compilers in it.
#[cfg(unix)]
fn end(pid: u64) {
    quietly(process::command("kill").args(["-TERM", "--", &format!("-{pid}")]));
}

#[cfg(windows)]
fn end(pid: u64) {
    quietly(process::command("taskkill").args(["/T", "/F", "/PID", &pid.to_string()]));
}

#[cfg(unix)]
fn is_alive(pid: u64) -> bool {
    quietly(process::command("kill").args(["-0", "--", &format!("-{pid}")]))
}

#[cfg(windows)]
fn is_alive(_: u64) -> bool {
    false
}

fn quietly(command: &mut Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_under_way_while_its_file_is_kept_up_to_date() {
        let file = std::env::temp_dir().join(format!("hearth-building-{}", std::process::id()));
        assert!(under_way(&file).is_none());
        write_whole(&file, &progress(1, 7, 5)).unwrap();
        let progress = under_way(&file).unwrap();
        assert_eq!((&progress["done"], &progress["total"]), (&json!(5), &json!(5)));
        let long_ago = SystemTime::now() - 2 * SILENT;
        fs::File::options().append(true).open(&file).unwrap().set_modified(long_ago).unwrap();
        let old = under_way(&file);
        fs::remove_file(&file).unwrap();
        assert!(old.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_build_ends_with_everything_that_it_started() {
        let mut shell = in_the_background(std::path::Path::new("sh"));
        let mut child = shell.args(["-c", "sleep 600 & wait"]).spawn().unwrap();
        let group = u64::from(child.id());
        assert!(is_alive(group), "the control");
        end(group);
        child.wait().unwrap();
        let told = Instant::now();
        while is_alive(group) && told.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(!is_alive(group));
    }
}
