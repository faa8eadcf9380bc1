//! The two lock files: every package in its one version, and where it is taken from.

use semver::Version;
use serde_json::Value;

use crate::Result;

/// The only place that crates come from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub struct Package {
    pub name: String,
    pub version: Version,
    /// `None` where the lock file names none.
    pub licence: Option<String>,
    /// What is wrong with where it comes from.
    pub wrong: Option<&'static str>,
}

/// The crates from elsewhere that a `Cargo.lock` names; those of this workspace are left out.
pub fn crates(text: &str) -> Result<Vec<Package>> {
    let lock: Value = toml::from_str(text)?;
    let packages = lock["package"].as_array().ok_or("Cargo.lock names no packages")?;
    let from_elsewhere = packages.iter().filter(|package| package["source"].is_string());
    from_elsewhere.map(read_crate).collect()
}

fn read_crate(package: &Value) -> Result<Package> {
    let wrong = if package["source"] != CRATES_IO {
        Some("does not come from crates.io")
    } else if !package["checksum"].is_string() {
        Some("has no checksum in Cargo.lock")
    } else {
        None
    };
    let name = package["name"].as_str().ok_or("Cargo.lock has a package without a name")?;
    let version = package["version"].as_str().unwrap_or_default();
    Ok(Package { name: name.to_owned(), version: version.parse()?, licence: None, wrong })
}

/// The packages that a `package-lock.json` names.
pub fn npm(text: &str) -> Result<Vec<Package>> {
    let lock: Value = serde_json::from_str(text)?;
    let packages = lock["packages"].as_object().ok_or("package-lock.json names no packages")?;
    let from_elsewhere = packages.iter().filter(|(path, _)| !path.is_empty());
    from_elsewhere.map(|(path, package)| read_npm(path, package)).collect()
}

fn read_npm(path: &str, package: &Value) -> Result<Package> {
    let sealed = package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-"));
    let wrong = if package["link"] == true || !package["resolved"].is_null() {
        // The registry is the one that npm is set to; an address of its own is something else.
        Some("does not come from the registry")
    } else if !sealed {
        Some("has no SHA-512 in package-lock.json")
    } else if package["hasInstallScript"] == true && package["optional"] != true {
        Some("wants to run a script when it is installed, and `npm ci` here runs none")
    } else {
        None
    };
    let name = path.rsplit("node_modules/").next().unwrap_or(path);
    let version = package["version"].as_str().unwrap_or_default();
    let licence = package["license"].as_str().map(str::to_owned);
    Ok(Package { name: name.to_owned(), version: version.parse()?, licence, wrong })
}

/// Packages that come from somewhere else, or unsealed.
pub fn complaints(crates: &[Package], npm: &[Package]) -> Vec<String> {
    let all = crates.iter().chain(npm);
    all.filter_map(|package| {
        package.wrong.map(|wrong| format!("{} {} {wrong}.", package.name, package.version))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_from_elsewhere_or_without_a_checksum_is_found() {
        let sealed = format!("source = \"{CRATES_IO}\"\nchecksum = \"00\"");
        let own = "[[package]]\nname = \"hearth-chat\"\nversion = \"0.1.0\"\n";
        let of = |name: &str, rest: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}\n")
        };
        let lock = [
            own.to_owned(),
            of("good", &sealed),
            of("forked", "source = \"git+https://example.org/forked#1\""),
            of("bare", &format!("source = \"{CRATES_IO}\"")),
        ];
        let packages = crates(&lock.concat()).unwrap();
        assert_eq!(packages.len(), 3, "this workspace's own crate is left out");
        assert_eq!(
            complaints(&packages, &[]),
            [
                "forked 1.0.0 does not come from crates.io.",
                "bare 1.0.0 has no checksum in Cargo.lock."
            ]
        );
    }

    #[test]
    fn an_npm_package_from_elsewhere_unsealed_or_with_a_script_is_found() {
        let lock = r#"{ "packages": {
            "": { "name": "hearth-ui" },
            "node_modules/good": { "version": "1.0.0", "integrity": "sha512-x", "license": "MIT" },
            "node_modules/a/node_modules/@b/c": { "version": "1.0.0" },
            "node_modules/tarball": { "version": "1.0.0", "integrity": "sha512-x",
                "resolved": "https://example.org/x.tgz" },
            "node_modules/script": { "version": "1.0.0", "integrity": "sha512-x",
                "hasInstallScript": true }
        } }"#;
        let packages = npm(lock).unwrap();
        assert!(packages.iter().any(|package| package.licence.as_deref() == Some("MIT")));
        let mut found = complaints(&[], &packages);
        found.sort();
        assert_eq!(
            found,
            [
                "@b/c 1.0.0 has no SHA-512 in package-lock.json.",
                "script 1.0.0 wants to run a script when it is installed, and `npm ci` here runs none.",
                "tarball 1.0.0 does not come from the registry.",
            ]
        );
    }
}
