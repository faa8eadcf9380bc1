//! The programs of a package: built, and parted from what only a debugger reads.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Result, cargo, gpu, process};

/// The window, which Tauri's bundler packs by itself, and the programs beside it.
pub const WINDOW: &str = "hearth-desktop";
const BESIDE: [&str; 2] = ["hearth", "hearth-engine"];

/// The engine process that takes longest to build.
const SECOND: &str = "hearth-mistralrs";

/// Programs in one folder.
pub struct Programs {
    pub names: Vec<&'static str>,
    pub folder: PathBuf,
    /// What stands behind a program's name there: nothing, or a target, then the system's ending.
    suffix: String,
}

impl Programs {
    pub fn path(&self, program: &str) -> PathBuf {
        self.folder.join(format!("{program}{}", self.suffix))
    }

    /// Those beside the window.
    pub fn beside(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied().filter(|program| *program != WINDOW)
    }
}

pub fn build(profile: &str, mistralrs: bool) -> Result<Programs> {
    let mut names = vec![WINDOW];
    names.extend(BESIDE);
    let options: Vec<&str> = names.iter().flat_map(|program| ["--bin", program]).collect();
    compile(profile, &options)?;
    if mistralrs {
        names.push(SECOND);
        let metal = gpu::flags_for_packages();
        compile(profile, &[&["--package", cargo::MISTRALRS][..], metal].concat())?;
    }
    let folder = cargo::target_directory()?.join(if profile == "dev" { "debug" } else { profile });
    Ok(Programs { names, folder, suffix: std::env::consts::EXE_SUFFIX.to_owned() })
}

fn compile(profile: &str, options: &[&str]) -> Result {
    // What `run` and `test` compiled for the dev profile is used again.
    let mut command = if profile == "dev" { cargo::linting() } else { cargo::cargo() };
    command.args(["build", "--profile", profile]).args(options);
    if cfg!(target_os = "macos") {
        // One folder of symbols beside each program; elsewhere that is how it is anyway.
        let split = format!("CARGO_PROFILE_{}_SPLIT_DEBUGINFO", profile.to_uppercase());
        command.env(split, "packed");
    }
    process::run(&mut command)
}

/// Copies the programs to where the bundler looks for them, the window in `release`, the others
/// under their target's name, and what a debugger reads to `symbols`.
pub fn stage(built: &Programs, staging: &Path, symbols: &Path) -> Result<Programs> {
    let release = staging.join("release");
    fs::create_dir_all(&release)?;
    fs::create_dir_all(symbols)?;
    let suffix = format!("-{}{}", cargo::host()?, std::env::consts::EXE_SUFFIX);
    let staged = Programs { names: built.names.clone(), folder: staging.join("programs"), suffix };
    fs::create_dir_all(&staged.folder)?;
    for program in &built.names {
        let (from, to) = (built.path(program), staged.path(program));
        part(&from, &to, symbols)?;
        if *program == WINDOW {
            fs::copy(&to, release.join(from.file_name().ok_or("a program without a name")?))?;
        }
    }
    Ok(staged)
}

/// `from` without symbols as `to`, which on Linux names the file that holds them.
fn part(from: &Path, to: &Path, symbols: &Path) -> Result {
    let name = from.file_stem().ok_or("a program without a name")?.to_string_lossy();
    if cfg!(target_os = "linux") {
        let debug = symbols.join(format!("{name}.debug"));
        let mut split = process::command("objcopy");
        process::run(split.arg("--only-keep-debug").arg(from).arg(&debug))?;
        process::run(process::command("strip").arg("-o").arg(to).arg(from))?;
        let mut link = process::command("objcopy");
        return process::run(link.arg("--add-gnu-debuglink").arg(&debug).arg(to));
    }
    if cfg!(target_os = "macos") {
        // -x keeps what is exported, which the system's own crash reports need.
        process::run(process::command("strip").args(["-x", "-o"]).arg(to).arg(from))?;
        let bundle = from.with_extension("dSYM");
        return process::run(process::command("cp").arg("-R").arg(bundle).arg(symbols));
    }
    fs::copy(from, to)?;
    // Rust names this file after the crate.
    let database = format!("{}.pdb", name.replace('-', "_"));
    fs::copy(from.with_file_name(&database), symbols.join(&database))?;
    Ok(())
}
