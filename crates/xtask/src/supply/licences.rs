//! Licence expressions (SPDX 2.3, annex D) and whether the policy allows them.

use std::collections::{BTreeMap, BTreeSet};

/// Packages, each as its name, version and licence, that `allowed` does not cover. `read` names the
/// licence of those that state none but carry its text.
pub fn complaints(
    packages: &[(String, String, Option<String>)],
    allowed: &BTreeSet<String>,
    read: &BTreeMap<String, String>,
) -> Vec<String> {
    let complaint = |(name, version, stated): &(String, String, Option<String>)| match stated
        .as_ref()
        .or_else(|| read.get(name))
    {
        None => Some(format!("{name} {version} names no licence.")),
        Some(licence) if is_allowed(licence, allowed) => None,
        Some(licence) => {
            Some(format!("{name} {version} is under {licence}, which deny.toml does not allow."))
        }
    };
    packages.iter().filter_map(complaint).collect()
}

fn is_allowed(expression: &str, licences: &BTreeSet<String>) -> bool {
    // Before SPDX expressions, a slash stood for a choice.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut reader = Reader { words: spaced.split_whitespace().peekable(), licences };
    let allowed = reader.any_of();
    allowed == Some(true) && reader.words.next().is_none()
}

/// `None` for what is no expression. `AND` binds closer than `OR`.
struct Reader<'a, I: Iterator<Item = &'a str>> {
    words: std::iter::Peekable<I>,
    licences: &'a BTreeSet<String>,
}

impl<'a, I: Iterator<Item = &'a str>> Reader<'a, I> {
    fn any_of(&mut self) -> Option<bool> {
        let mut any = self.all_of()?;
        while self.words.next_if_eq(&"OR").is_some() {
            any |= self.all_of()?;
        }
        Some(any)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut all = self.one()?;
        while self.words.next_if_eq(&"AND").is_some() {
            all &= self.one()?;
        }
        Some(all)
    }

    fn one(&mut self) -> Option<bool> {
        let word = self.words.next()?;
        if word == "(" {
            let inner = self.any_of()?;
            return (self.words.next()? == ")").then_some(inner);
        }
        if ["OR", "AND", "WITH", ")"].contains(&word) {
            return None;
        }
        if self.words.next_if_eq(&"WITH").is_some() {
            // An exception only ever allows more, but which it is must be known.
            return Some(self.licences.contains(&format!("{word} WITH {}", self.words.next()?)));
        }
        Some(self.licences.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged_as_they_are_meant() {
        let licences = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(String::from).into();
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0/MIT", true),
            ("GPL-3.0 / ISC", true),
            ("MIT AND GPL-3.0", false),
            ("MIT AND (GPL-3.0 OR ISC)", true),
            ("(MIT OR ISC) AND GPL-3.0", false),
            ("GPL-3.0 AND MIT OR ISC", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH Unknown-exception", false),
            ("", false),
            ("MIT OR", false),
            ("MIT ISC", false),
            ("(MIT", false),
        ] {
            assert_eq!(is_allowed(expression, &licences), expected, "{expression}");
        }
    }

    #[test]
    fn a_package_without_a_licence_or_with_another_is_found() {
        let packages = [
            ("good", Some("MIT")),
            ("carries", None),
            ("none", None),
            ("closed", Some("Proprietary")),
        ];
        let packages = packages
            .map(|(name, licence)| (name.into(), "1.0.0".into(), licence.map(str::to_owned)));
        let read = BTreeMap::from([("carries".to_owned(), "MIT".to_owned())]);
        assert_eq!(
            complaints(&packages, &["MIT".to_owned()].into(), &read),
            [
                "none 1.0.0 names no licence.",
                "closed 1.0.0 is under Proprietary, which deny.toml does not allow."
            ]
        );
    }
}
