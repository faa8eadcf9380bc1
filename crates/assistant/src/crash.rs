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

/// Keeps this process's memory from other programs of the same user, and from the program that the
/// system starts when one crashes, which is not bound by the limit above. For the terminal only: a
/// window that cannot be looked into is refused by the desktop's portals, which open files and
/// links for it.
pub fn keep_memory_to_itself() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "other programs may look into this one");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    #[test]
    fn a_process_can_keep_its_memory_to_itself() {
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable, "as it starts");
        super::keep_memory_to_itself();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
