//! What one system needs and the others do not.

#[cfg(target_os = "linux")]
mod linux;

/// Runs before anything of the windowing system is touched.
pub fn before_the_first_window() {
    #[cfg(target_os = "linux")]
    linux::choose_rendering();
}

/// Starts this program once more in its own place, and returns only where that is not possible
/// or was done before.
pub fn start_again() {
    #[cfg(unix)]
    {
        use std::{env, os::unix::process::CommandExt, process::Command};

        const AGAIN: &str = "HEARTH_STARTED_AGAIN";
        let Ok(program) = env::current_exe() else { return };
        if env::var_os(AGAIN).is_none() {
            let error = Command::new(program).args(env::args_os().skip(1)).env(AGAIN, "1").exec();
            eprintln!("hearth-desktop: could not start again: {error}");
        }
    }
}
