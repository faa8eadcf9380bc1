//! What a crash leaves behind.

/// Keeps this process, and those that it starts, from leaving their memory in a file when they
/// crash: chats and keys are in it. Called once, by whoever owns the process.
pub fn leave_no_core_file() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::warn!(%error, "a crash may leave a core file");
        }
    }
}
