//! What `cargo xtask test` checks, cheap things first.

use crate::{Result, cargo, codegen, gpu, node, process, supply, system::Need, tidy};

pub struct Stage {
    pub name: &'static str,
    /// What holds when it passes.
    pub promise: &'static str,
    /// System packages without which it cannot run.
    pub needs: Option<Need>,
    pub run: fn() -> Result,
}

pub const STAGES: &[Stage] = &[
    Stage {
        name: "format",
        promise: "the Rust code is formatted",
        needs: None,
        run: || process::run(cargo::cargo().args(["fmt", "--all", "--check"])),
    },
    Stage {
        name: "tidy",
        promise: "no crate reaches where it may not, and no habit is broken",
        needs: None,
        run: tidy::tidy,
    },
    Stage {
        name: "supply",
        promise: "no dependency is of unknown origin or licence, or has an unanswered advisory",
        needs: None,
        run: supply::check,
    },
    Stage {
        name: "ui",
        promise: "the window's pages type-check, lint, format, pass their tests and build",
        needs: None,
        run: ui,
    },
    Stage {
        name: "lint",
        promise: "everything compiles, and clippy has no complaint",
        needs: Some(Need::Build),
        run: lint,
    },
    Stage {
        name: "codegen",
        promise: "the TypeScript types are those of the Rust code",
        needs: Some(Need::Build),
        run: || process::run(&mut codegen::check()),
    },
    Stage { name: "rust", promise: "every Rust test passes", needs: Some(Need::Build), run: rust },
    Stage {
        name: "window",
        promise: "the real window does what a person asks of it",
        needs: Some(Need::Window),
        run: || window_test("window"),
    },
    Stage {
        name: "offline",
        promise: "not one packet leaves while the mode is local only",
        needs: Some(Need::Window),
        run: || window_test("offline"),
    },
];

fn ui() -> Result {
    node::ensure_packages()?;
    for script in ["check", "test"] {
        process::run(&mut node::npm(&["run", script]))?;
    }
    node::ensure_built()
}

/// All targets at once: the programs, the tests and the examples that later stages start.
fn lint() -> Result {
    node::ensure_packages()?;
    node::ensure_built()?;
    process::run(cargo::linting().args(["build", "--all-targets"]))?;
    let second = ["build", "--package", cargo::MISTRALRS, "--all-targets"];
    process::run(cargo::linting().args(second).args(gpu::flags()))?;
    if cfg!(target_os = "linux") {
        // What is not tested by default is no target of "all" either.
        let windows = ["build", "--test", "window", "--test", "offline"];
        process::run(cargo::linting().args(windows))?;
    }
    Ok(())
}

/// The tests of the engines start both programs, which `lint` built; that the second may be missing is for
/// who runs `cargo test` by hand.
fn rust() -> Result {
    let test = || {
        let mut command = cargo::linting();
        command.env("HEARTH_TEST_MISTRALRS", "1").args(["test", "--no-fail-fast"]);
        command
    };
    process::run(test().args(["--package", cargo::MISTRALRS]).args(gpu::flags()))?;
    process::run(&mut test())
}

/// A test that starts the built programs. No package is named, so that they get the features that `lint`
/// built with; naming the one crate would compile its dependencies a second time.
fn window_test(name: &str) -> Result {
    node::ensure_packages()?;
    node::ensure_built()?;
    process::run(cargo::linting().args(["build", "--bins", "--test", name]))?;
    process::run(cargo::linting().args(["test", "--test", name, "--", "--nocapture"]))
}
