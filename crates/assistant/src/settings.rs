//! The settings file: commented JSON that holds only what differs from the defaults.
//!
//! Any doubt means local: a file that cannot be read, or that names something unknown, counts as
//! no file at all, and a mode other than `LocalOnly` holds only under a seal over all settings.
//! The seal guards against accidents, such as a half-written or hand-merged file, not against
//! someone who can already write here.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use hearth_chat::{DeviceChoice, DraftChoice, Sampling, Thinking};
use hearth_router::{Limits, Mode, Policy};
use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;

use crate::api::{BackendChoice, Language, Settings, Theme};

/// Every setting with its meaning, as written into the user's file.
const DEFAULTS: &str = include_str!("settings.defaults.jsonc");
const FILE_NAME: &str = "settings.jsonc";
const SEAL: &str = "mode_seal";
/// In the place of a seal, and as long.
const BROKEN_SEAL: &str = "broken by Hearth, because a later choice could not be saved ----";

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::LocalOnly,
            theme: Theme::System,
            language: Language::System,
            model: None,
            backend: BackendChoice::Auto,
            device: DeviceChoice::Automatic,
            draft: DraftChoice::Automatic,
            drafts: BTreeMap::new(),
            sampling: Sampling::default(),
            thinking: Thinking::default(),
            show_thoughts: false,
            system_prompt: String::new(),
            context_length: None,
            threads: None,
            strict_sandbox: false,
            unload_after_min: 30,
            providers: Vec::new(),
            policy: Policy::default(),
            limits: Limits::default(),
            cache_answers: Vec::new(),
            hub: None,
            proxy: None,
        }
    }
}

/// What is in force, and a sentence for the user when that is not what the file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub settings: Settings,
    pub problem: Option<String>,
}

/// Reads the settings of `folder`. Never fails: without a file that can be trusted, the defaults
/// are in force. A file that could not be read is kept beside as `settings.unreadable.jsonc`.
pub fn load(folder: &Path) -> Loaded {
    let path = folder.join(FILE_NAME);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Loaded { settings: Settings::default(), problem: None };
        }
        Err(error) => return refused(&path, &error.to_string()),
    };
    match parse(&text) {
        Ok(Parsed { settings, seal: Seal::Right }) => Loaded { settings, problem: None },
        Ok(Parsed { settings, seal }) => Loaded {
            settings: Settings { mode: Mode::LocalOnly, ..settings },
            problem: Some(format!(
                "{}, so nothing leaves this device until you choose the mode again in the settings.",
                match seal {
                    Seal::Broken => "Your last choices could not be saved",
                    Seal::Right | Seal::Wrong => "The settings file was changed outside Hearth",
                }
            )),
        },
        Err(cause) => refused(&path, &cause),
    }
}

fn refused(path: &Path, cause: &str) -> Loaded {
    let kept = path.with_file_name("settings.unreadable.jsonc");
    let kept = match fs::copy(path, &kept) {
        Ok(_) => format!(" A copy of it is kept as {}.", kept.display()),
        Err(_) => String::new(),
    };
    Loaded {
        settings: Settings::default(),
        problem: Some(format!(
            "The settings file {} could not be used ({cause}). The defaults are in force, and \
             nothing leaves this device. Choose your settings again, or mend the file.{kept}",
            path.display()
        )),
    }
}

struct Parsed {
    settings: Settings,
    seal: Seal,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seal {
    /// Or none is needed.
    Right,
    Wrong,
    Broken,
}

fn parse(text: &str) -> Result<Parsed, String> {
    // The parser takes nothing at all for an empty object; a file cut to nothing is damage.
    if text.trim().is_empty() {
        return Err("it is empty".into());
    }
    let comments_only = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let mut differences: Map<String, Value> =
        parse_to_serde_value(text, &comments_only).map_err(|error| error.to_string())?;
    let seal = differences.remove(SEAL);
    if let Some(Value::Object(sampling)) = differences.get("sampling") {
        let known = to_object(&Sampling::default());
        if let Some(unknown) = sampling.keys().find(|key| !known.contains_key(*key)) {
            return Err(format!("unknown field `sampling.{unknown}`"));
        }
    }
    let settings: Settings =
        serde_json::from_value(Value::Object(differences)).map_err(|error| error.to_string())?;
    check(&settings)?;
    let seal = match &seal {
        Some(Value::String(seal)) if seal == BROKEN_SEAL => Seal::Broken,
        _ if settings.mode == Mode::LocalOnly => Seal::Right,
        Some(Value::String(seal)) if *seal == seal_of(&settings) => Seal::Right,
        _ => Seal::Wrong,
    };
    Ok(Parsed { settings, seal })
}

/// Refuses values that no part of Hearth could work with.
pub(crate) fn check(settings: &Settings) -> Result<(), String> {
    let sampling = &settings.sampling;
    let in_range = |name: &str, value: f32, low: f32, high: f32| {
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(format!("{name} is {value} and must be between {low} and {high}"))
        }
    };
    in_range("temperature", sampling.temperature, 0.0, 5.0)?;
    in_range("top_p", sampling.top_p, 0.0, 1.0)?;
    in_range("min_p", sampling.min_p, 0.0, 1.0)?;
    in_range("repetition_penalty", sampling.repetition_penalty, 0.1, 10.0)?;
    for provider in &settings.providers {
        if settings.providers.iter().filter(|other| other.id == provider.id).count() > 1 {
            return Err(format!("two providers have the id {}", provider.id));
        }
    }
    if let Some(hub) = &settings.hub
        && !Url::parse(hub).is_ok_and(|hub| ["http", "https"].contains(&hub.scheme()))
    {
        return Err(format!("the hub {hub} is not a web address"));
    }
    if let Some(proxy) = settings.proxy.as_deref().filter(|proxy| *proxy != "direct")
        && !Url::parse(proxy).is_ok_and(|proxy| ["http", "https"].contains(&proxy.scheme()))
    {
        return Err(format!("the proxy {proxy} is not a web address"));
    }
    if settings.context_length.is_some_and(|tokens| tokens < 128) {
        return Err("context_length must be at least 128 tokens".into());
    }
    if settings.threads.is_some_and(|threads| !(1..=1024).contains(&threads)) {
        return Err("threads must be between 1 and 1024".into());
    }
    Ok(())
}

/// What became of settings that were to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    Whole,
    /// They could not be written, and the next start lets no more leave than they do. A sentence for
    /// the user.
    ForThisRun(String),
    /// The next start could let more leave.
    Dangerous(String),
}

/// Writes `settings`. Where that fails, and the older file would let leave what they do not, the older
/// file is made to mean local only: on a full disk and in a folder that cannot be written, too.
pub(crate) fn save_or_close(folder: &Path, settings: &Settings) -> Saved {
    let Err(error) = save(folder, settings) else { return Saved::Whole };
    let until = "The settings hold until you close Hearth; they could not be saved";
    let path = folder.join(FILE_NAME);
    if !lets_out_otherwise(&path, settings) {
        return Saved::ForThisRun(format!("{until}: {error}."));
    }
    if break_seal(&path).is_ok() && !lets_out_otherwise(&path, settings) {
        return Saved::ForThisRun(format!("{until}: {error}. The next start is local only."));
    }
    // The other settings go with it, and that is the lesser harm.
    if fs::remove_file(&path).is_ok() && !lets_out_otherwise(&path, settings) {
        return Saved::ForThisRun(format!(
            "{until}: {error}. The next start is local only, with the default settings."
        ));
    }
    Saved::Dangerous(format!(
        "{until}, and at the next start the older ones would hold again: {error}. Make room on the \
         disk, or let {} be written, and choose again before you close Hearth",
        folder.display()
    ))
}

/// Whether the file at `path` would let something leave, and under other rules than `settings`. One
/// that cannot be read now may be readable then.
fn lets_out_otherwise(path: &Path, settings: &Settings) -> bool {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return error.kind() != io::ErrorKind::NotFound,
    };
    let Ok(Parsed { settings: kept, seal: Seal::Right }) = parse(&text) else { return false };
    let rules = |s: &Settings| (s.mode, s.policy.clone(), s.limits.clone(), s.providers.clone());
    kept.mode != Mode::LocalOnly && rules(&kept) != rules(settings)
}

/// Overwrites the seal where it stands, which takes neither room nor a new file.
fn break_seal(path: &Path) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let seal = parse(&text).map(|parsed| seal_of(&parsed.settings));
    let stands = seal.ok().and_then(|seal| text.find(&seal));
    let at = stands.ok_or(io::ErrorKind::NotFound)?;
    let mut file = File::options().write(true).open(path)?;
    file.seek(SeekFrom::Start(at as u64))?;
    file.write_all(BROKEN_SEAL.as_bytes())?;
    file.sync_all()
}

/// Writes what differs from the defaults. The old file stays whole until the new one is on disk.
pub fn save(folder: &Path, settings: &Settings) -> io::Result<()> {
    let path = folder.join(FILE_NAME);
    let new: PathBuf = folder.join(format!("{FILE_NAME}.{}.new", std::process::id()));
    let written = File::create(&new).and_then(|mut file| {
        file.write_all(file_text(settings).as_bytes())?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&new, &path)) {
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn file_text(settings: &Settings) -> String {
    let mut differences = differences(settings);
    if settings.mode != Mode::LocalOnly {
        differences.insert(SEAL.into(), seal_of(settings).into());
    }
    let json = serde_json::to_string_pretty(&differences).expect("JSON values have a text");
    let defaults: String = DEFAULTS.lines().map(|line| format!("//   {line}\n")).collect();
    format!(
        "// Hearth's settings: only what differs from the defaults, which stand below with their\n\
         // meaning. Hearth writes this file anew when a setting changes in the app.\n\
         {json}\n\n// The defaults:\n{defaults}"
    )
}

/// The top-level settings that differ; of `sampling`, the fields that differ.
fn differences(settings: &Settings) -> Map<String, Value> {
    let changed = |ours: Map<String, Value>, defaults: Map<String, Value>| {
        ours.into_iter()
            .filter(|(key, value)| defaults.get(key) != Some(value))
            .collect::<Map<_, _>>()
    };
    let mut differences = changed(to_object(settings), to_object(&Settings::default()));
    if let Some(sampling) = differences.get_mut("sampling") {
        *sampling =
            Value::Object(changed(to_object(&settings.sampling), to_object(&Sampling::default())));
    }
    differences
}

/// By way of JSON text, where 0.7 stays 0.7 and is not the nearest `f64` of an `f32`.
fn to_object(value: &impl serde::Serialize) -> Map<String, Value> {
    let text = serde_json::to_string(value).expect("settings have a JSON text");
    serde_json::from_str(&text).expect("a settings type is an object")
}

/// SHA-256 over the settings that differ from the defaults, with sorted keys.
fn seal_of(settings: &Settings) -> String {
    let mut text = String::new();
    write_sorted(&Value::Object(differences(settings)), &mut text);
    hex::encode(Sha256::digest(text))
}

fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<_> = fields.keys().collect();
            keys.sort();
            for key in keys {
                text.push_str(&format!("{{{key:?}:"));
                write_sorted(&fields[key], text);
                text.push('}');
            }
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn opted_in() -> Settings {
        Settings {
            mode: Mode::Auto,
            theme: Theme::Dark,
            model: Some("/models/a.gguf".into()),
            draft: DraftChoice::Ngram,
            sampling: Sampling { temperature: 0.2, seed: Some(7), ..Sampling::default() },
            system_prompt: "Answer in \"German\".\n".into(),
            ..Settings::default()
        }
    }

    fn load_text(text: &[u8]) -> Loaded {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), text).unwrap();
        load(folder.path())
    }

    #[test]
    fn the_commented_defaults_are_the_defaults() {
        assert!(parse(DEFAULTS).unwrap().settings == Settings::default());
        let documented: Map<String, Value> =
            parse_to_serde_value(DEFAULTS, &ParseOptions::default()).unwrap();
        assert_eq!(documented, to_object(&Settings::default()), "every setting, and no other");
    }

    #[test]
    fn without_a_file_the_mode_is_local_only() {
        let folder = tempfile::tempdir().unwrap();
        let loaded = load(folder.path());
        assert_eq!(loaded, Loaded { settings: Settings::default(), problem: None });
        assert_eq!(loaded.settings.mode, Mode::LocalOnly);
    }

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let folder = tempfile::tempdir().unwrap();
        for settings in [opted_in(), Settings::default()] {
            save(folder.path(), &settings).unwrap();
            assert_eq!(load(folder.path()), Loaded { settings, problem: None });
        }
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1, "no temporary file is left");
    }

    #[test]
    fn the_file_holds_only_differences_and_explains_itself() {
        let text = file_text(&Settings { theme: Theme::Dark, ..Settings::default() });
        let json: String = text.lines().filter(|line| !line.starts_with("//")).collect();
        assert_eq!(json, r#"{  "theme": "dark"}"#);
        assert!(text.contains("// Tokens of context to reserve memory for"));
    }

    #[test]
    fn a_hand_edit_of_another_setting_is_kept_but_leads_back_to_local_only() {
        let text = file_text(&opted_in()).replacen("\"dark\"", "\"light\"", 1);
        let loaded = load_text(text.as_bytes());
        assert_eq!(
            loaded.settings,
            Settings { mode: Mode::LocalOnly, theme: Theme::Light, ..opted_in() }
        );
        assert!(loaded.problem.unwrap().contains("changed outside Hearth"));
    }

    #[test]
    fn an_unknown_or_impossible_setting_leads_to_the_defaults_with_a_note() {
        for text in [
            r#"{ "telemetry": true }"#,
            r#"{ "sampling": { "temprature": 1 } }"#,
            r#"{ "mode": "cloud_always" }"#,
            r#"{ "sampling": { "temperature": -1 } }"#,
            r#"{ "threads": 0 }"#,
            "[]",
            "",
            "{",
            "\u{0}\u{0}\u{0}\u{0}",
        ] {
            let loaded = load_text(text.as_bytes());
            assert_eq!(loaded.settings, Settings::default(), "{text}");
            assert!(loaded.problem.is_some(), "{text}");
        }
    }

    #[test]
    fn an_unusable_file_is_kept_beside() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), "{ broken").unwrap();
        load(folder.path());
        save(folder.path(), &Settings::default()).unwrap();
        let kept = fs::read_to_string(folder.path().join("settings.unreadable.jsonc")).unwrap();
        assert_eq!(kept, "{ broken");
    }

    #[test]
    fn a_broken_seal_fits_where_a_seal_stands() {
        assert_eq!(BROKEN_SEAL.len(), seal_of(&opted_in()).len());
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), &opted_in()).unwrap();
        let path = folder.path().join(FILE_NAME);
        let before = fs::metadata(&path).unwrap().len();
        break_seal(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), before);
        let loaded = load(folder.path());
        assert_eq!(loaded.settings, Settings { mode: Mode::LocalOnly, ..opted_in() });
        assert!(loaded.problem.unwrap().starts_with("Your last choices could not be saved"));
    }

    /// Everything that lets less leave than the file does.
    fn stricter() -> [Settings; 4] {
        let limits = Limits { day: Some(hearth_router::NanoUsd(1)), ..Limits::default() };
        let mut policy = Policy::default();
        policy.public.furthest = hearth_router::Place::ThisDevice;
        [
            Settings { mode: Mode::LocalOnly, ..opted_in() },
            Settings { mode: Mode::AskEachTime, ..opted_in() },
            Settings { policy, ..opted_in() },
            Settings { limits, ..opted_in() },
        ]
    }

    #[cfg(unix)]
    #[test]
    fn what_a_full_disk_does_not_keep_is_local_only_at_the_next_start() {
        use crate::history::common::SmallDisk;
        let Some(disk) = SmallDisk::mount("64k") else { return };
        let folder = disk.folder.path();
        let ballast = folder.join("ballast");
        for new in stricter() {
            save(folder, &opted_in()).unwrap();
            // Ends with an error, when no byte is left.
            let _ = fs::write(&ballast, vec![1; 1 << 20]);
            assert!(save(folder, &new).is_err(), "the disk is full");
            let saved = save_or_close(folder, &new);
            assert!(
                matches!(&saved, Saved::ForThisRun(why) if why.contains("local only")),
                "{saved:?}"
            );
            let next = load(folder).settings;
            assert_eq!(next, Settings { mode: Mode::LocalOnly, ..opted_in() }, "the rest is kept");
            // What changes nothing about leaving leaves the file as it is.
            fs::remove_file(&ballast).unwrap();
            save(folder, &new).unwrap();
            let _ = fs::write(&ballast, vec![1; 1 << 20]);
            let lighter = Settings { theme: Theme::Light, ..new.clone() };
            assert!(matches!(save_or_close(folder, &lighter), Saved::ForThisRun(_)));
            assert_eq!(load(folder).settings, new);
            fs::remove_file(&ballast).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_a_read_only_disk_does_not_keep_is_an_error() {
        use crate::history::common::SmallDisk;
        let Some(disk) = SmallDisk::mount("64k") else { return };
        let folder = disk.folder.path();
        save(folder, &opted_in()).unwrap();
        disk.set_read_only(true);
        for new in stricter() {
            let saved = save_or_close(folder, &new);
            let told = "at the next start the older ones would hold again";
            assert!(matches!(&saved, Saved::Dangerous(why) if why.contains(told)), "{saved:?}");
        }
        assert_eq!(load(folder).settings, opted_in());
    }

    /// A folder in which no file can be made or removed is not one whose files cannot be written.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_takes_no_new_file_still_becomes_local_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), &opted_in()).unwrap();
        let path = folder.path().join(FILE_NAME);
        // Root may write anywhere; a folder in the way of the new file stops root, too.
        let new = folder.path().join(format!("{FILE_NAME}.{}.new", std::process::id()));
        fs::create_dir(&new).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
        let closed = Settings { mode: Mode::LocalOnly, ..opted_in() };
        assert!(matches!(save_or_close(folder.path(), &closed), Saved::ForThisRun(_)));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(load(folder.path()).settings.mode, Mode::LocalOnly);

        // A seal that is not where Hearth writes it goes with the whole file.
        let unusual = fs::read_to_string(&path).unwrap();
        assert!(unusual.contains(BROKEN_SEAL));
        let seal = seal_of(&opted_in());
        let first = format!("\\u{:04x}{}", u32::from(seal.as_bytes()[0]), &seal[1..]);
        fs::write(&path, file_text(&opted_in()).replace(&seal, &first)).unwrap();
        assert_eq!(load(folder.path()).settings.mode, Mode::Auto);
        assert!(matches!(save_or_close(folder.path(), &closed), Saved::ForThisRun(_)));
        assert!(!path.exists());
    }

    #[derive(Clone, Debug)]
    enum Damage {
        Truncate(usize),
        Flip(usize, u8),
        Remove(usize, usize),
        Insert(usize, Vec<u8>),
        Zero(usize, usize),
        Repeat(usize, usize),
        Swap(&'static str, &'static str),
    }

    impl Damage {
        fn apply(&self, file: &mut Vec<u8>) {
            let len = file.len().max(1);
            let range = |at: usize, n: usize| at % len..(at % len + n).min(file.len());
            match self {
                Self::Truncate(at) => file.truncate(at % len),
                Self::Flip(at, bit) => {
                    if let Some(byte) = file.get_mut(at % len) {
                        *byte ^= 1 << bit;
                    }
                }
                Self::Remove(at, n) => drop(file.drain(range(*at, *n))),
                Self::Insert(at, bytes) => {
                    let at = (at % len).min(file.len());
                    file.splice(at..at, bytes.iter().copied());
                }
                Self::Zero(at, n) => {
                    let range = range(*at, *n);
                    file[range].fill(0);
                }
                Self::Repeat(at, n) => {
                    let part = file[range(*at, *n)].to_vec();
                    let at = (at % len).min(file.len());
                    file.splice(at..at, part);
                }
                Self::Swap(from, to) => {
                    *file = String::from_utf8_lossy(file).replacen(from, to, 1).into_bytes();
                }
            }
        }
    }

    fn damage() -> impl Strategy<Value = Damage> {
        let swaps = vec![
            ("auto", "ask_each_time"),
            ("0.2", "0.3"),
            ("\"dark\"", "null"),
            ("theme", "thme"),
            ("mode_seal", "mode_sea1"),
            ("seed", "top_k"),
            ("German", "French"),
        ];
        prop_oneof![
            (0usize..400).prop_map(Damage::Truncate),
            (0usize..400, 0u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
            (0usize..400, 1usize..40).prop_map(|(at, n)| Damage::Remove(at, n)),
            (0usize..400, prop::collection::vec(any::<u8>(), 1..8))
                .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
            (0usize..400, 1usize..60).prop_map(|(at, n)| Damage::Zero(at, n)),
            (0usize..400, 1usize..60).prop_map(|(at, n)| Damage::Repeat(at, n)),
            prop::sample::select(swaps).prop_map(|(from, to)| Damage::Swap(from, to)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

        /// The file under test opted in to the cloud. However it is damaged, either nothing it
        /// says has changed (the damage fell into a comment), or the mode is `LocalOnly`.
        #[test]
        fn five_hundred_damaged_files_all_end_in_local_only(
            damages in prop::collection::vec(damage(), 1..4)
        ) {
            let mut file = file_text(&opted_in()).into_bytes();
            for damage in &damages {
                damage.apply(&mut file);
            }
            let loaded = load_text(&file);
            if loaded.settings != opted_in() {
                prop_assert_eq!(loaded.settings.mode, Mode::LocalOnly);
            }
        }
    }
}
