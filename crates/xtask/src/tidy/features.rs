//! One set of features: the programs and the tests must compile the same dependencies.
//! A feature that only a test asks for would give it a second copy of everything above that crate.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Result, cargo, process};

/// Each package, as `name version`, and every set of features that it is compiled with.
type Sets = BTreeMap<String, BTreeSet<String>>;

/// What is built together: all that cargo builds where no package is named, and mistral.rs by itself.
const BUILDS: [&[&str]; 2] = [&[], &["--package", cargo::MISTRALRS]];

pub fn complaints() -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for build in BUILDS {
        let (programs, tests) = ("normal,build,features", "normal,build,dev,features");
        complaints.extend(compare(&sets(build, programs)?, &sets(build, tests)?));
    }
    Ok(complaints)
}

fn sets(build: &[&str], edges: &str) -> Result<Sets> {
    let arguments = ["tree", "--prefix", "none", "-f", "{p}|{f}", "-e", edges];
    Ok(read(&process::output(cargo::cargo().args(arguments).args(build))?))
}

/// What `cargo tree` prints: a line `name version (path)|features (*)` for each package, and lines
/// about single features, which are left out.
fn read(tree: &str) -> Sets {
    let mut sets = Sets::new();
    for (package, features) in tree.lines().filter_map(|line| line.split_once('|')) {
        let package: Vec<&str> = package.split(' ').take(2).collect();
        let features = features.split(' ').next().unwrap_or_default();
        sets.entry(package.join(" ")).or_default().insert(features.to_owned());
    }
    sets
}

fn compare(programs: &Sets, tests: &Sets) -> Vec<String> {
    let both = tests
        .iter()
        .filter_map(|(package, wanted)| Some((package, programs.get(package)?, wanted)));
    both.filter(|(_, have, wanted)| !wanted.is_subset(have))
        .map(|(package, have, wanted)| {
            format!(
                "{package} is compiled twice: for programs with {have:?}, for tests with {wanted:?}. \
                 Name what asks for the features among the ordinary dependencies (hearth-tests, \
                 hearth-engine-mistralrs)."
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAMS: &str = "getrandom v0.4.3|std\nserde v1.0.0 (proc-macro)|default,std\n";

    #[test]
    fn a_feature_that_only_a_test_wants_is_found() {
        let tests = read("getrandom v0.4.3|std,sys_rng\nserde v1.0.0|default,std (*)\n");
        let found = compare(&read(PROGRAMS), &tests);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("getrandom v0.4.3 is compiled twice"), "{found:?}");
    }

    #[test]
    fn a_package_that_only_tests_use_is_fine() {
        let tests = format!("{PROGRAMS}proptest v1.0.0|default\nproptest feature \"std\"\n");
        assert_eq!(compare(&read(PROGRAMS), &read(&tests)), Vec::<String>::new());
    }
}
