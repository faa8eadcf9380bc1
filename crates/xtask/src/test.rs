//! `cargo xtask test`: which stages run, in which order, and what is said about them.

use std::time::{Duration, Instant};

use crate::{
    Result, cargo, fuzz, process,
    stages::{STAGES, Stage},
    system,
};

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Selection {
    only: Vec<String>,
    skip: Vec<String>,
    keep_going: bool,
    no_install: bool,
}

enum Verdict {
    Passed,
    Failed,
    NotRun,
}

pub fn test(arguments: &[String]) -> Result {
    if let Some((first, rest)) = arguments.split_first()
        && first == "fuzz"
    {
        return fuzz::fuzz(rest);
    }
    let selection = parse(arguments)?;
    if !selection.only.is_empty() && selection.only.iter().all(|name| stage(name).is_none()) {
        return test_crates(&selection.only);
    }
    let chosen = choose(&selection)?;
    install(&chosen, !selection.no_install)?;
    let verdicts = run_all(&chosen, selection.keep_going);
    summarise(&verdicts)
}

fn parse(arguments: &[String]) -> Result<Selection> {
    let mut selection = Selection::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--skip" => {
                let name = words.next().ok_or("--skip needs the name of a stage.")?;
                selection.skip.push(known(name)?);
            }
            "--keep-going" => selection.keep_going = true,
            "--no-install" => selection.no_install = true,
            flag if flag.starts_with('-') => {
                return Err(format!("`cargo xtask test` knows no {flag}.").into());
            }
            name => selection.only.push(name.to_owned()),
        }
    }
    Ok(selection)
}

fn stage(name: &str) -> Option<&'static Stage> {
    STAGES.iter().find(|stage| stage.name == name)
}

fn known(name: &str) -> Result<String> {
    match stage(name) {
        Some(_) => Ok(name.to_owned()),
        None => {
            let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
            Err(format!("There is no stage `{name}`; the stages are {}.", names.join(", ")).into())
        }
    }
}

fn choose(selection: &Selection) -> Result<Vec<&'static Stage>> {
    for name in &selection.only {
        known(name)?;
    }
    let wanted = |stage: &&Stage| {
        let name = &stage.name.to_owned();
        (selection.only.is_empty() || selection.only.contains(name))
            && !selection.skip.contains(name)
    };
    Ok(STAGES.iter().filter(wanted).collect())
}

/// The tests of the named crates alone, linted as they are built.
fn test_crates(names: &[String]) -> Result {
    let mut command = cargo::linting();
    command.arg("test");
    for name in names {
        let package = format!("hearth-{}", name.trim_start_matches("hearth-"));
        if !cargo::members()?.contains(&package) {
            return Err(format!("There is no stage and no crate `{name}`.").into());
        }
        command.args(["-p", &package]);
    }
    process::run(&mut command)
}

fn install(chosen: &[&Stage], install: bool) -> Result {
    if chosen.iter().any(|stage| stage.needs == Some(system::Need::Window)) {
        return system::ensure(system::Need::Window, install);
    }
    if chosen.iter().any(|stage| stage.needs == Some(system::Need::Build)) {
        return system::ensure(system::Need::Build, install);
    }
    Ok(())
}

fn run_all(
    chosen: &[&'static Stage],
    keep_going: bool,
) -> Vec<(&'static Stage, Verdict, Duration)> {
    let mut stopped = false;
    let mut verdicts = Vec::new();
    for stage in chosen {
        if stopped {
            verdicts.push((*stage, Verdict::NotRun, Duration::ZERO));
            continue;
        }
        println!("\n── {}: {}", stage.name, stage.promise);
        let begun = Instant::now();
        let verdict = match (stage.run)() {
            Ok(()) => Verdict::Passed,
            Err(failure) => {
                eprintln!("{failure}");
                stopped = !keep_going;
                Verdict::Failed
            }
        };
        verdicts.push((*stage, verdict, begun.elapsed()));
    }
    verdicts
}

fn summarise(verdicts: &[(&'static Stage, Verdict, Duration)]) -> Result {
    println!();
    for (stage, verdict, took) in verdicts {
        let word = match verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "FAILED",
            Verdict::NotRun => "not run",
        };
        println!("{:<10} {word:<8} {:>8.1} s", stage.name, took.as_secs_f64());
    }
    let failed: Vec<&str> = verdicts
        .iter()
        .filter(|(_, verdict, _)| matches!(verdict, Verdict::Failed))
        .map(|(stage, ..)| stage.name)
        .collect();
    if failed.is_empty() {
        println!("\nEverything passed.");
        return Ok(());
    }
    Err(format!(
        "Failed: {}. To run it alone: cargo xtask test {}",
        failed.join(", "),
        failed.join(" ")
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn chosen(line: &str) -> Vec<&'static str> {
        let selection = parse(&words(line)).unwrap();
        choose(&selection).unwrap().iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn nothing_named_means_every_stage() {
        assert_eq!(chosen("").len(), STAGES.len());
    }

    #[test]
    fn a_skipped_stage_is_left_out_and_a_named_one_stands_alone() {
        assert!(!chosen("--skip window").contains(&"window"));
        assert_eq!(chosen("tidy format"), ["format", "tidy"]);
    }

    #[test]
    fn a_wrong_name_is_refused_with_the_right_ones() {
        let message = parse(&words("--skip windows")).unwrap_err().to_string();
        assert!(message.contains("window"), "{message}");
        assert!(parse(&words("--fast")).is_err());
    }
}
