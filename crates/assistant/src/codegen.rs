//! The TypeScript declarations of [`crate::api`], so that the window and the core cannot disagree.

use std::{any::TypeId, collections::BTreeMap};

use ts_rs::{Config, TS, TypeVisitor};

use crate::api;

/// The text of `ui/src/lib/backend/api.ts`: every type that crosses to the window and
/// everything those refer to, sorted by name.
pub fn typescript() -> String {
    let mut seen =
        Declarations { config: Config::new().with_large_int("number"), found: BTreeMap::new() };
    seen.visit::<api::ApiError>();
    seen.visit::<api::AppEvent>();
    seen.visit::<api::Ask>();
    seen.visit::<api::CatalogModel>();
    seen.visit::<api::ChatEvent>();
    seen.visit::<api::ConnectionView>();
    seen.visit::<api::ConsentView>();
    seen.visit::<api::ConversationPage>();
    seen.visit::<api::EngineView>();
    seen.visit::<api::GradeView>();
    seen.visit::<api::KeyFileState>();
    seen.visit::<api::LedgerView>();
    seen.visit::<api::PresetView>();
    seen.visit::<api::ProviderView>();
    seen.visit::<api::Receipt>();
    seen.visit::<api::FoundModel>();
    seen.visit::<api::ModelRecord>();
    seen.visit::<api::Recommended>();
    seen.visit::<api::Snapshot>();
    seen.visit::<api::UsageDay>();
    seen.visit::<api::Verdict>();
    seen.visit::<api::Wish>();

    let mut text = String::from(
        "// Made by `cargo xtask codegen` from crates/assistant/src/api.rs. Change it there.\n",
    );
    for declaration in seen.found.values().map(|(_, declaration)| declaration) {
        text.push('\n');
        text.push_str(declaration);
    }
    text
}

/// Collects declarations by following the references of the types it visits.
struct Declarations {
    config: Config,
    /// By TypeScript name; the type behind it shows when two types claim one name.
    found: BTreeMap<String, (TypeId, String)>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Primitives and containers have no declaration of their own, only parts that have.
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&self.config);
        if let Some((other, _)) = self.found.get(&name) {
            assert_eq!(*other, TypeId::of::<T>(), "two types are called {name} in TypeScript");
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declaration = format!("{docs}export {}\n", T::decl(&self.config));
        self.found.insert(name, (TypeId::of::<T>(), declaration));
        T::visit_dependencies(self);
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use super::typescript;

    /// Run by `cargo xtask codegen` with `TS_RS_EXPORT_DIR`, it writes the declarations there.
    #[test]
    fn export_bindings_that_are_current() {
        let made = typescript();
        if let Some(folder) = env::var_os("TS_RS_EXPORT_DIR") {
            fs::create_dir_all(&folder).unwrap();
            return fs::write(Path::new(&folder).join("api.ts"), made).unwrap();
        }
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/backend/api.ts");
        let kept = fs::read_to_string(kept).unwrap_or_default();
        assert!(made == kept, "ui/src/lib/backend/api.ts is stale: run `cargo xtask codegen`");
    }

    #[test]
    fn every_number_is_a_javascript_number() {
        assert!(!typescript().contains("bigint"));
    }
}
