#[path = "../../../../../tests/src/hub.rs"]
pub mod hub;

use std::{path::Path, sync::Arc, time::Duration};

use hearth_egress::{ConnectionId, ConnectionLog, ConnectionStart, Egress, End, Traffic};
use hearth_gguf::{TensorType, write::Writer};
use hearth_models::{
    Installed,
    download::{Download, DownloadState, Downloads, Hub, Pace, Wanted},
};
use sha2::Digest;

/// The repository and file that tests download.
pub const FILE: &str = "maker/some-model/some.Q8_0.gguf";

/// A model file of about this length with random weights.
pub fn model_bytes(about: usize, seed: u64) -> Vec<u8> {
    let rows = (about / 34).max(1) as u64;
    let mut weights = vec![0; rows as usize * 34];
    let mut random = Random(seed);
    weights.fill_with(|| random.below(256) as u8);
    let mut writer = Writer::new();
    writer.set("general.architecture", "llama").set("general.name", "Some model");
    writer.tensor("token_embd.weight", &[32, rows], TensorType::Q8_0);
    let file = tempfile::NamedTempFile::new().unwrap();
    writer.write(file.path(), &[&weights]).unwrap();
    std::fs::read(file.path()).unwrap()
}

/// SplitMix64: the same numbers for the same seed (Steele et al., OOPSLA 2014).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub fn between(&mut self, begin: usize, end: usize) -> usize {
        begin + self.below(end - begin)
    }
}

pub fn sum(bytes: &[u8]) -> String {
    hex::encode(sha2::Sha256::digest(bytes))
}

/// Quick enough for a test, with every rule in force.
pub fn pace() -> Pace {
    Pace {
        tick: Duration::from_millis(5),
        patience: Duration::from_millis(150),
        attempts: 6,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(20),
        slow_window: Duration::from_millis(300),
        slow_bytes: 4 << 10,
        least_step: 16 << 10,
        reserve: 0,
        ..Pace::default()
    }
}

pub struct Nowhere;

impl ConnectionLog for Nowhere {
    fn opened(&self, _: &ConnectionStart) -> Result<ConnectionId, String> {
        Ok(0)
    }
    fn progress(&self, _: ConnectionId, _: Traffic) {}
    fn closed(&self, _: ConnectionId, _: Traffic, _: End) {}
}

pub fn open(folder: &Path, pace: Pace) -> (Downloads, Arc<Installed>) {
    let installed = Arc::new(Installed::open(&folder.join("data"), None));
    let egress = Egress::new(Nowhere);
    let models = folder.join("models");
    (Downloads::open(egress, &models, Arc::clone(&installed), pace), installed)
}

pub fn at(hub: &hub::Hub) -> Hub {
    Hub { endpoint: hub.endpoint().parse().unwrap(), token: None }
}

pub fn wanted(path: &str) -> Wanted {
    let source = path.parse().unwrap();
    Wanted { source, label: "Some model".into(), bytes: None, sha256: None }
}

/// The download once it neither runs nor waits.
pub async fn settled(downloads: &Downloads, id: &str) -> Download {
    when(downloads, id, |download| {
        use DownloadState::*;
        matches!(download.state, Paused | Failed(_) | Done(_))
    })
    .await
}

pub async fn when(downloads: &Downloads, id: &str, is_so: impl Fn(&Download) -> bool) -> Download {
    let mut changes = downloads.watch();
    loop {
        if let Some(download) = downloads.get(id).filter(&is_so) {
            return download;
        }
        changes.changed().await.unwrap();
    }
}

/// What was asked for by an environment variable, or a number that takes seconds.
pub fn count(variable: &str, otherwise: usize) -> usize {
    let set = std::env::var(variable).ok();
    set.map_or(otherwise, |text| text.parse().expect("a number"))
}
