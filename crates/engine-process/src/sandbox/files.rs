use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// The newest rules this code was written for; older kernels enforce those they have.
pub const NEWEST: ABI = ABI::V6;

/// Facts about the machine that threads and allocators look up. No user's data is here,
/// and other processes' files in `/proc` are not among them.
const FACTS: [&str; 7] = [
    "/proc/self",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup",
];

/// Reading only these files and [`FACTS`], writing and running nothing, no TCP, no signals to
/// other processes (Landlock), as far as a kernel of this version has it. Answers how it went, as
/// the end of a sentence.
pub fn restrict(readable: &[PathBuf], version: ABI) -> Result<String, String> {
    let status = ruleset(readable, version)
        .and_then(RulesetCreated::restrict_self)
        .map_err(|e| format!("Landlock refused: {e}"))?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok("Landlock".into()),
        RulesetStatus::PartiallyEnforced => Ok("Landlock, as far as this kernel has it".into()),
        RulesetStatus::NotEnforced => Err(ABSENT.into()),
    }
}

/// A filter of calls cannot tell one path from another.
pub const ABSENT: &str = "this kernel has no Landlock, and nothing else can tell files apart";

fn ruleset(readable: &[PathBuf], version: ABI) -> Result<RulesetCreated, RulesetError> {
    let mut rules = Ruleset::default().handle_access(AccessFs::from_all(version))?;
    // What a version does not know cannot be asked of it.
    if !AccessNet::from_all(version).is_empty() {
        rules = rules.handle_access(AccessNet::from_all(version))?;
    }
    if !Scope::from_all(version).is_empty() {
        rules = rules.scope(Scope::from_all(version))?;
    }
    let mut rules = rules
        .create()?
        .add_rules(path_beneath_rules(FACTS, AccessFs::ReadFile | AccessFs::ReadDir))?;
    for path in readable {
        // A path that cannot be opened needs no rule: the load will say what is wrong with it.
        if let Ok(file) = PathFd::new(path) {
            // Of a folder that is named, the names in it; its files are named one by one.
            let access = if path.is_dir() { AccessFs::ReadDir } else { AccessFs::ReadFile };
            rules = rules.add_rule(PathBeneath::new(file, access))?;
        }
    }
    Ok(rules)
}
