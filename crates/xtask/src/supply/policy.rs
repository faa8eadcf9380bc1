//! What `deny.toml` allows, as far as it is judged here.

use std::collections::{BTreeMap, BTreeSet};

use semver::VersionReq;
use serde_json::Value;

use super::{advisories::covers, lock::Package};
use crate::Result;

#[derive(Default)]
pub struct Policy {
    /// Identifiers of SPDX.
    pub licences: BTreeSet<String>,
    /// Advisories that are known and answered, each with its reason.
    pub answered: BTreeMap<String, String>,
    /// Versions that may stand beside another of the same crate.
    beside: Vec<(String, VersionReq)>,
}

impl Policy {
    pub fn read(text: &str) -> Result<Self> {
        let deny: Value = toml::from_str(text)?;
        let licences = list(&deny["licenses"]["allow"]).filter_map(Value::as_str);
        let licences = licences.map(str::to_owned).collect();
        let mut policy = Self { licences, ..Self::default() };
        for answered in list(&deny["advisories"]["ignore"]) {
            policy.answered.insert(word(answered, "id")?, word(answered, "reason")?);
        }
        for skipped in list(&deny["bans"]["skip"]) {
            let text = skipped.as_str().map_or_else(|| word(skipped, "crate"), |s| Ok(s.into()))?;
            let (name, versions) = text
                .split_once(':')
                .ok_or_else(|| format!("deny.toml skips {text} without saying which versions."))?;
            policy.beside.push((name.to_owned(), VersionReq::parse(versions)?));
        }
        Ok(policy)
    }

    /// Crates in more versions than are known, and known ones that are no longer there.
    pub fn duplicates(&self, crates: &[Package]) -> Vec<String> {
        let names = |(name, versions): &(String, VersionReq), package: &Package| {
            *name == package.name && covers(versions, &package.version)
        };
        let mut unknown = BTreeMap::<&str, Vec<String>>::new();
        let is_known = |package: &&Package| self.beside.iter().any(|known| names(known, package));
        for package in crates.iter().filter(|package| !is_known(package)) {
            unknown.entry(&package.name).or_default().push(package.version.to_string());
        }
        let mut complaints: Vec<String> = unknown
            .iter()
            .filter(|(_, versions)| versions.len() > 1)
            .map(|(name, versions)| {
                format!(
                    "{name} is compiled in {} versions ({}). Bring them together, or add all but the \
                     newest to `skip` in deny.toml.",
                    versions.len(),
                    versions.join(", ")
                )
            })
            .collect();
        let is_gone = |known: &&(String, VersionReq)| !crates.iter().any(|p| names(known, p));
        let gone = self.beside.iter().filter(is_gone);
        complaints.extend(gone.map(|(name, versions)| {
            format!("deny.toml skips {name}:{versions}, which is not there any more.")
        }));
        complaints
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn word(table: &Value, field: &str) -> Result<String> {
    let text = table[field].as_str();
    Ok(text.ok_or_else(|| format!("deny.toml: {table} has no `{field}`."))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str) -> Package {
        let version = version.parse().unwrap();
        Package { name: name.into(), version, licence: None, wrong: None }
    }

    #[test]
    fn a_second_version_is_found_unless_it_is_known() {
        let policy = Policy::read("[bans]\nskip = [\"rand:^0.8\", \"gone:^1\"]").unwrap();
        let one = [package("rand", "0.8.5"), package("rand", "0.10.1")];
        assert_eq!(
            policy.duplicates(&one),
            ["deny.toml skips gone:^1, which is not there any more."]
        );
        let more = [package("rand", "0.8.5"), package("rand", "0.9.1"), package("rand", "0.10.1")];
        let found = policy.duplicates(&more);
        assert!(
            found[0].starts_with("rand is compiled in 2 versions (0.9.1, 0.10.1)"),
            "{found:?}"
        );
    }
}
