//! Which crate may depend on which: the arrows of ARCHITECTURE.md, and the absences it promises.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Result;

/// Each of our crates and those of ours that it may name, in its code or in its tests.
const ALLOWED: &[(&str, &[&str])] = &[
    ("hearth-chat", &[]),
    ("hearth-gguf", &[]),
    ("hearth-safetensors", &[]),
    ("hearth-model-catalog", &[]),
    ("hearth-xtask", &[]),
    ("hearth-route-bench", &["hearth-router"]),
    ("hearth-router", &["hearth-chat"]),
    ("hearth-store", &["hearth-chat", "hearth-router"]),
    ("hearth-egress", &["hearth-router"]),
    ("hearth-cloud", &["hearth-chat", "hearth-egress", "hearth-router"]),
    ("hearth-text", &["hearth-chat", "hearth-gguf"]),
    ("hearth-cpu", &["hearth-chat", "hearth-gguf", "hearth-text"]),
    ("hearth-engine", &["hearth-chat", "hearth-gguf", "hearth-safetensors"]),
    ("hearth-engine-process", &["hearth-chat", "hearth-engine", "hearth-gguf"]),
    (
        "hearth-engine-cpu",
        &["hearth-chat", "hearth-cpu", "hearth-engine", "hearth-engine-process", "hearth-gguf"],
    ),
    (
        "hearth-engine-mistralrs",
        &[
            "hearth-chat",
            "hearth-engine",
            "hearth-engine-process",
            "hearth-gguf",
            "hearth-safetensors",
            "hearth-text",
        ],
    ),
    (
        "hearth-models",
        &[
            "hearth-chat",
            "hearth-egress",
            "hearth-gguf",
            "hearth-model-catalog",
            "hearth-safetensors",
        ],
    ),
    (
        "hearth-assistant",
        &[
            "hearth-chat",
            "hearth-cloud",
            "hearth-egress",
            "hearth-engine",
            "hearth-gguf",
            "hearth-model-catalog",
            "hearth-models",
            "hearth-router",
            "hearth-store",
        ],
    ),
    (
        "hearth-cli",
        &[
            "hearth-assistant",
            "hearth-chat",
            "hearth-cloud",
            "hearth-cpu",
            "hearth-gguf",
            "hearth-store",
            "hearth-text",
        ],
    ),
    (
        "hearth-fuzz",
        &[
            "hearth-assistant",
            "hearth-chat",
            "hearth-cloud",
            "hearth-cpu",
            "hearth-engine",
            "hearth-gguf",
            "hearth-models",
            "hearth-router",
            "hearth-store",
            "hearth-text",
        ],
    ),
    ("hearth-desktop", &["hearth-assistant"]),
    ("hearth-tests", &["hearth-assistant", "hearth-chat", "hearth-cloud", "hearth-store"]),
];

/// Nothing but a test, though its code is no test's: it may name what a test may.
const ALL_TEST: &str = "hearth-fuzz";

/// Crates from elsewhere that exactly one of ours may name outside its tests.
const ONLY: &[(&str, &str)] = &[
    ("tauri", "hearth-desktop"),
    ("mistralrs", "hearth-engine-mistralrs"),
    ("reqwest", "hearth-egress"),
    ("rusqlite", "hearth-store"),
    ("keyring", "hearth-assistant"),
];

/// Crates of ours that do no I/O and know no runtime, and what would break that,
/// however many steps away.
const PURE: &[&str] = &["hearth-chat", "hearth-router"];
const IMPURE: &[&str] = &["tokio", "reqwest", "hyper", "mio"];

/// What the first engine process stays without, however many steps away: the way to the network, other
/// tensor libraries, and decoders of pictures. It is what the first answer needs, and what reads files
/// that nobody vouches for.
const FIRST_ENGINE: &str = "hearth-engine-cpu";
const NOT_IN_IT: &[&str] =
    &["reqwest", "hyper", "ureq", "hf-hub", "rustls", "mistralrs", "candle-core", "image"];

/// What `cargo metadata` says, as far as the rules look at it.
#[derive(Default)]
pub struct Graph {
    /// Our packages, and what each names outside its tests.
    normal: BTreeMap<String, BTreeSet<String>>,
    /// Our packages, and what each names only in its tests.
    development: BTreeMap<String, BTreeSet<String>>,
    /// Every package and what it links, tests left out.
    linked: BTreeMap<String, BTreeSet<String>>,
    /// Every package and the features it is built with.
    features: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    pub fn read(metadata: &Value) -> Result<Self> {
        let mut graph = Self::default();
        let names: BTreeMap<&str, &str> = list(&metadata["packages"])
            .filter_map(|p| Some((p["id"].as_str()?, p["name"].as_str()?)))
            .collect();
        let ours: BTreeSet<&str> =
            list(&metadata["workspace_members"]).filter_map(Value::as_str).collect();
        for package in list(&metadata["packages"]) {
            let id = package["id"].as_str().unwrap_or_default();
            if ours.contains(id) {
                graph.read_own(package);
            }
        }
        for node in list(&metadata["resolve"]["nodes"]) {
            let id = node["id"].as_str().ok_or("cargo metadata has a package without an id")?;
            let name = names.get(id).ok_or("cargo metadata names an unknown package")?;
            let features = list(&node["features"]).filter_map(Value::as_str).map(str::to_owned);
            graph.features.entry((*name).to_owned()).or_default().extend(features);
            let linked = list(&node["deps"]).filter(|dependency| is_linked(dependency));
            let linked = linked.filter_map(|dependency| names.get(dependency["pkg"].as_str()?));
            let linked = linked.map(|name| (*name).to_owned());
            graph.linked.entry((*name).to_owned()).or_default().extend(linked);
        }
        if graph.normal.is_empty() {
            return Err("cargo metadata names no package of this workspace".into());
        }
        Ok(graph)
    }

    fn read_own(&mut self, package: &Value) {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        self.normal.entry(name.clone()).or_default();
        for dependency in list(&package["dependencies"]) {
            let named = dependency["name"].as_str().unwrap_or_default().to_owned();
            let side = match dependency["kind"].as_str() {
                Some("dev") => &mut self.development,
                _ => &mut self.normal,
            };
            side.entry(name.clone()).or_default().insert(named);
        }
    }

    /// Everything that `package` links, however many steps away.
    fn reach(&self, package: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![package];
        while let Some(next) = open.pop() {
            for linked in self.linked.get(next).into_iter().flatten() {
                if seen.insert(linked.as_str()) {
                    open.push(linked);
                }
            }
        }
        seen
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn is_linked(dependency: &Value) -> bool {
    list(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null())
}

/// Every arrow that should not be there, as a sentence.
pub fn complaints(graph: &Graph) -> Vec<String> {
    let mut complaints = Vec::new();
    for (package, named) in &graph.normal {
        let named_in_tests = graph.development.get(package).cloned().unwrap_or_default();
        complaints.extend(wrong_arrows(package, &(named | &named_in_tests)));
        complaints.extend(wrong_owners(package, named));
    }
    for package in PURE {
        let reach = graph.reach(package);
        complaints.extend(IMPURE.iter().filter(|name| reach.contains(**name)).map(|name| {
            format!("{package} links {name}; it must stay free of I/O and of any runtime.")
        }));
    }
    let linked = graph.reach(FIRST_ENGINE);
    complaints.extend(
        NOT_IN_IT
            .iter()
            .filter(|name| linked.contains(**name))
            .map(|name| format!("{FIRST_ENGINE} links {name}; it must stay without.")),
    );
    if graph.features.get("zbus").is_some_and(|features| features.contains("tokio")) {
        complaints.push(
            "zbus is built with its feature `tokio`; with it, the check for a second instance \
             panics inside Tauri's runtime."
                .into(),
        );
    }
    complaints
}

fn wrong_arrows(package: &str, named: &BTreeSet<String>) -> Vec<String> {
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == package) else {
        return vec![format!("{package} has no line in the table of allowed arrows.")];
    };
    let ours = named.iter().filter(|name| name.starts_with("hearth-"));
    ours.filter(|name| !allowed.contains(&name.as_str()) && *name != package)
        .map(|name| format!("{package} may not depend on {name}."))
        .collect()
}

fn wrong_owners(package: &str, named: &BTreeSet<String>) -> Vec<String> {
    ONLY.iter()
        .filter(|(name, owner)| *owner != package && package != ALL_TEST && named.contains(*name))
        .map(|(name, owner)| format!("{package} names {name}; only {owner} may."))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(named: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (package, dependency) in named {
            let own = graph.normal.entry((*package).into()).or_default();
            own.insert((*dependency).into());
            let linked = graph.linked.entry((*package).into()).or_default();
            linked.insert((*dependency).into());
        }
        graph
    }

    #[test]
    fn a_way_to_the_network_in_the_first_engine_is_found_however_deep() {
        let mut deep = graph(&[("hearth-engine-cpu", "hearth-cpu"), ("hearth-cpu", "half")]);
        assert_eq!(complaints(&deep), Vec::<String>::new(), "the control");
        deep.linked.insert("half".into(), BTreeSet::from(["hf-hub".into()]));
        assert_eq!(complaints(&deep), ["hearth-engine-cpu links hf-hub; it must stay without."]);
    }

    #[test]
    fn arrows_that_the_design_draws_are_fine() {
        let drawn = graph(&[
            ("hearth-desktop", "hearth-assistant"),
            ("hearth-desktop", "tauri"),
            ("hearth-router", "hearth-chat"),
            ("hearth-engine-mistralrs", "mistralrs"),
        ]);
        assert_eq!(complaints(&drawn), Vec::<String>::new());
    }

    #[test]
    fn a_planted_arrow_is_found() {
        let found = complaints(&graph(&[("hearth-engine", "hearth-store")]));
        assert_eq!(found, ["hearth-engine may not depend on hearth-store."]);
    }

    #[test]
    fn a_planted_http_client_is_found() {
        let found = complaints(&graph(&[("hearth-models", "reqwest")]));
        assert_eq!(found, ["hearth-models names reqwest; only hearth-egress may."]);
    }

    #[test]
    fn a_runtime_two_steps_from_the_router_is_found() {
        let mut planted = graph(&[("hearth-router", "hearth-chat")]);
        planted.linked.insert("hearth-chat".into(), ["innocent".to_owned()].into());
        planted.linked.insert("innocent".into(), ["tokio".to_owned()].into());
        let found = complaints(&planted);
        assert!(
            found.iter().any(|line| line.starts_with("hearth-router links tokio")),
            "{found:?}"
        );
    }

    #[test]
    fn zbus_on_tokio_is_found() {
        let mut planted = graph(&[("hearth-chat", "serde")]);
        planted.features.insert("zbus".into(), ["tokio".to_owned()].into());
        assert!(complaints(&planted)[0].starts_with("zbus is built with its feature `tokio`"));
    }

    #[test]
    fn a_crate_without_a_line_in_the_table_is_found() {
        let found = complaints(&graph(&[("hearth-attic", "serde")]));
        assert_eq!(found, ["hearth-attic has no line in the table of allowed arrows."]);
    }

    #[test]
    fn cargo_metadata_is_read_as_it_is_written() {
        let metadata = serde_json::json!({
            "packages": [
                { "id": "a", "name": "hearth-engine", "dependencies": [
                    { "name": "hearth-store", "kind": null },
                    { "name": "tempfile", "kind": "dev" },
                ]},
                { "id": "b", "name": "hearth-store", "dependencies": [] },
            ],
            "workspace_members": ["a", "b"],
            "resolve": { "nodes": [
                { "id": "a", "features": [], "deps": [
                    { "pkg": "b", "dep_kinds": [{ "kind": null }] },
                ]},
                { "id": "b", "features": ["default"], "deps": [] },
            ]},
        });
        let found = complaints(&Graph::read(&metadata).unwrap());
        assert_eq!(found, ["hearth-engine may not depend on hearth-store."]);
    }
}
