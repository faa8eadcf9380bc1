//! What is known against packages: RustSec's list as it was on a day, and what was found by hand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use semver::{Comparator, Op, Version, VersionReq};
use serde_json::{Value, json};

use super::{lock::Package, policy::Policy};
use crate::{Result, process};

pub struct Advisories {
    /// Where the list comes from, and of which day it is.
    pub source: String,
    pub list: Vec<Advisory>,
    /// Licences of packages that state none but carry its text, by the package's name.
    pub licences: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct Advisory {
    id: String,
    /// `npm` or `crates.io`.
    registry: String,
    package: String,
    /// What kind of warning it is; a vulnerability where it says nothing.
    kind: Option<String>,
    /// Versions that it does not speak of: mended ones, and those before the fault.
    unaffected: Vec<VersionReq>,
}

impl Advisories {
    pub fn read(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let list = value["advisories"].as_array().ok_or("a list of advisories has none")?;
        let list = list.iter().map(Advisory::read).collect::<Result<Vec<_>>>()?;
        let source = value["source"].as_str().ok_or("a list of advisories names no source")?;
        let licences = value["licences"].as_object().into_iter().flatten();
        let licences = licences.filter_map(|(name, licence)| Some((name, licence.as_str()?)));
        let licences = licences.map(|(name, licence)| (name.clone(), licence.to_owned()));
        Ok(Self { source: source.to_owned(), list, licences: licences.collect() })
    }

    /// The file's text, an advisory on each line so that a later list is compared easily.
    pub fn written(&self) -> Result<String> {
        let lines: Vec<String> = self.list.iter().map(|advisory| advisory.written()).collect();
        let source = serde_json::to_string(&self.source)?;
        Ok(format!("{{\n\"source\": {source},\n\"advisories\": [\n{}\n]\n}}\n", lines.join(",\n")))
    }
}

impl Advisory {
    fn read(value: &Value) -> Result<Self> {
        let word = |field: &str| value[field].as_str().map(str::to_owned);
        let required = |field: &str| word(field).ok_or_else(|| format!("{value} has no {field}"));
        let unaffected = value["unaffected"].as_array().into_iter().flatten();
        Ok(Self {
            id: required("id")?,
            registry: word("registry").unwrap_or_else(|| "crates.io".into()),
            package: required("package")?,
            kind: word("kind"),
            unaffected: unaffected
                .filter_map(Value::as_str)
                .map(VersionReq::parse)
                .collect::<std::result::Result<_, _>>()?,
        })
    }

    fn written(&self) -> String {
        let versions: Vec<String> = self.unaffected.iter().map(VersionReq::to_string).collect();
        let mut value = json!({ "id": self.id, "package": self.package, "unaffected": versions });
        if let Some(kind) = &self.kind {
            value["kind"] = kind.as_str().into();
        }
        value.to_string()
    }

    fn speaks_of(&self, registry: &str, package: &Package) -> bool {
        self.registry == registry
            && self.package == package.name
            && !self.unaffected.iter().any(|versions| covers(versions, &package.version))
    }
}

/// Advisories that nobody answered, and answers that nothing asks for any more.
pub fn complaints(
    lists: &[&Advisories],
    crates: &[Package],
    npm: &[Package],
    policy: &Policy,
) -> Vec<String> {
    let advisories = || lists.iter().flat_map(|list| &list.list);
    let packages = || {
        let crates = crates.iter().map(|package| ("crates.io", package));
        crates.chain(npm.iter().map(|package| ("npm", package)))
    };
    let hits: Vec<(&Advisory, &Package)> = packages()
        .flat_map(|(registry, package)| {
            let said = advisories().filter(move |advisory| advisory.speaks_of(registry, package));
            said.map(move |advisory| (advisory, package))
        })
        .collect();
    let open = hits.iter().filter(|(advisory, _)| !policy.answered.contains_key(&advisory.id));
    let mut complaints: Vec<String> = open
        .map(|(advisory, package)| {
            format!(
                "{} {}: {} ({}). Update it, or answer the advisory in deny.toml.",
                package.name,
                package.version,
                advisory.id,
                advisory.kind.as_deref().unwrap_or("vulnerable"),
            )
        })
        .collect();
    let idle = policy.answered.keys().filter(|id| !hits.iter().any(|(hit, _)| hit.id == **id));
    complaints.extend(
        idle.map(|id| format!("deny.toml answers {id}, which speaks of nothing here any more.")),
    );
    complaints
}

/// Whether `versions` hold `version`. A pre-release counts by its order: 2.0.0-beta.4 is after 1.6.1,
/// which Cargo's own rule, made for choosing versions, would deny.
pub fn covers(versions: &VersionReq, version: &Version) -> bool {
    let by_order = |comparator: &Comparator| {
        let bound = Version {
            pre: comparator.pre.clone(),
            ..Version::new(
                comparator.major,
                comparator.minor.unwrap_or(0),
                comparator.patch.unwrap_or(0),
            )
        };
        match comparator.op {
            Op::Greater => *version > bound,
            Op::GreaterEq => *version >= bound,
            Op::Less => *version < bound,
            Op::LessEq => *version <= bound,
            _ => comparator.matches(version),
        }
    };
    versions.matches(version)
        || (!version.pre.is_empty() && versions.comparators.iter().all(by_order))
}

/// The list of a checkout of `rustsec/advisory-db`: what was not withdrawn, of every crate, so that
/// a crate that is new here is judged too.
pub fn from_checkout(folder: &Path) -> Result<Advisories> {
    let mut files: Vec<PathBuf> = Vec::new();
    for package in fs::read_dir(folder.join("crates"))? {
        for file in fs::read_dir(package?.path())? {
            files.push(file?.path());
        }
    }
    files.sort();
    let mut list = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let read = from_markdown(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        list.extend(read);
    }
    let mut log = Command::new("git");
    log.arg("-C").arg(folder).args(["log", "-1", "--format=commit %h of %cs"]);
    let commit = process::output(&mut log)?;
    let source = format!("RustSec, {}", commit.trim());
    Ok(Advisories { source, list, licences: BTreeMap::new() })
}

/// `None` for one that was withdrawn.
fn from_markdown(text: &str) -> Result<Option<Advisory>> {
    let front = text.strip_prefix("```toml\n").and_then(|rest| rest.split_once("\n```"));
    let (front, _) = front.ok_or("it does not begin with its facts")?;
    let facts: Value = toml::from_str(front)?;
    let about = &facts["advisory"];
    if !about["withdrawn"].is_null() {
        return Ok(None);
    }
    let mut unaffected: Vec<Value> = Vec::new();
    for field in ["patched", "unaffected"] {
        unaffected.extend(facts["versions"][field].as_array().into_iter().flatten().cloned());
    }
    let flat = json!({
        "id": about["id"], "package": about["package"], "kind": about["informational"],
        "unaffected": unaffected,
    });
    Advisory::read(&flat).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str) -> Package {
        let version = version.parse().unwrap();
        Package { name: name.into(), version, licence: None, wrong: None }
    }

    const LIST: &str = r#"{ "source": "here", "advisories": [
        { "id": "A-1", "package": "leaky", "unaffected": [">=1.2.3", "<1.0.0"] },
        { "id": "A-2", "package": "old", "kind": "unmaintained", "unaffected": [] },
        { "id": "A-3", "registry": "npm", "package": "leaky", "unaffected": [">=9.0.0"] }
    ] }"#;

    #[test]
    fn a_version_below_the_fixed_one_is_found_in_its_own_registry() {
        let list = Advisories::read(LIST).unwrap();
        let none = Policy::default();
        let found =
            |crates: &[Package], npm: &[Package]| complaints(&[&list], crates, npm, &none).concat();
        assert!(
            found(&[package("leaky", "1.2.2")], &[]).starts_with("leaky 1.2.2: A-1 (vulnerable)")
        );
        assert!(
            found(&[package("old", "7.0.0")], &[]).starts_with("old 7.0.0: A-2 (unmaintained)")
        );
        assert!(found(&[], &[package("leaky", "8.0.0")]).starts_with("leaky 8.0.0: A-3"));
        assert_eq!(found(&[package("leaky", "0.9.0"), package("leaky", "1.2.3")], &[]), "");
        assert_eq!(found(&[package("sound", "1.0.0")], &[package("leaky", "9.0.1")]), "");
    }

    #[test]
    fn an_answered_advisory_is_quiet_and_an_idle_answer_is_not() {
        let answers =
            r#"advisories.ignore = [{ id = "A-2", reason = "x" }, { id = "A-9", reason = "y" }]"#;
        let (list, policy) = (Advisories::read(LIST).unwrap(), Policy::read(answers).unwrap());
        assert_eq!(
            complaints(&[&list], &[package("old", "1.0.0")], &[], &policy),
            ["deny.toml answers A-9, which speaks of nothing here any more."]
        );
    }

    #[test]
    fn a_prerelease_counts_by_its_order() {
        let covers = |versions: &str, version: &str| {
            covers(&versions.parse().unwrap(), &version.parse().unwrap())
        };
        assert!(covers(">=1.6.1", "2.0.0-beta.4"));
        assert!(!covers(">=2.0.0", "2.0.0-beta.4"));
        assert!(!covers(">=1.6.1, <1.9.0", "2.0.0-beta.4"));
        assert!(covers("^0.8", "0.8.5") && !covers("^0.8", "0.9.0"));
    }

    #[test]
    fn rustsecs_files_are_read_and_withdrawn_ones_are_not() {
        let file = |more: &str| {
            format!(
                "```toml\n[advisory]\nid = \"RUSTSEC-2000-0001\"\npackage = \"leaky\"\n{more}\n\
                 [versions]\npatched = [\">= 1.2.3\"]\nunaffected = [\"< 1.0.0\"]\n```\n\n# Title\n"
            )
        };
        let read = from_markdown(&file("")).unwrap().unwrap();
        let list =
            Advisories { source: "here".into(), list: vec![read], licences: BTreeMap::new() };
        let again = Advisories::read(&list.written().unwrap()).unwrap();
        assert!(again.list[0].speaks_of("crates.io", &package("leaky", "1.2.2")));
        assert!(!again.list[0].speaks_of("crates.io", &package("leaky", "0.9.9")));
        assert!(from_markdown(&file("withdrawn = \"2001-01-01\"")).unwrap().is_none());
        assert!(from_markdown("# Title").is_err());
    }
}
