//! What this machine has. What the system does not tell is empty or `None`.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::thread;
use std::time::Instant;

use sysinfo::System;

#[derive(Clone, Debug, PartialEq)]
pub struct Hardware {
    /// The processor's name; empty where the system does not tell.
    pub cpu: String,
    pub physical_cores: u32,
    /// The widest instruction set that Hearth's kernels use here, such as `AVX-512 VNNI`.
    pub instructions: &'static str,
    pub memory_bytes: u64,
    /// What could be used now without pushing others out.
    pub memory_available_bytes: u64,
    /// Free on the disk that holds the data.
    pub disk_available_bytes: Option<u64>,
    /// Graphics cards, by their makers' or drivers' names.
    pub gpus: Vec<String>,
}

impl Hardware {
    /// Looks; takes some milliseconds. `data` is the folder whose disk counts, or one that is
    /// going to be created.
    pub fn here(data: &Path) -> Self {
        let mut cpu = String::new();
        let (mut memory_bytes, mut memory_available_bytes) = (0, 0);
        if let Ok(mut system) = System::new() {
            system.refresh_memory();
            system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
            memory_bytes = system.total_memory();
            memory_available_bytes = system.available_memory();
            // In a container the machine's memory is not ours.
            if let Some(limits) = system.cgroup_limits() {
                memory_bytes = memory_bytes.min(limits.total_memory);
                let left = limits.total_memory.saturating_sub(limits.rss);
                memory_available_bytes = memory_available_bytes.min(left);
            }
            cpu = system.cpus().first().map_or_else(String::new, |cpu| cpu.brand().trim().into());
        }
        let threads = thread::available_parallelism().map_or(1, |threads| threads.get());
        Self {
            cpu,
            physical_cores: System::physical_core_count().unwrap_or(threads).min(threads) as u32,
            instructions: instructions(),
            memory_bytes,
            memory_available_bytes,
            disk_available_bytes: disk_available(data),
            gpus: gpus(Path::new("/sys/class/drm")),
        }
    }
}

/// Bytes a second that all cores together read from memory, measured now: the best of a few passes
/// over more than any cache holds. Takes about a tenth of a second.
pub fn bandwidth() -> f64 {
    const WORDS: usize = 8 << 20;
    const PASSES: usize = 3;
    let threads = System::physical_core_count().unwrap_or(1).clamp(1, 8);
    // Not zero: pages that were never written are all the same one, and that is in the cache.
    let memory: Vec<Vec<u64>> = (1..=threads).map(|i| vec![i as u64; WORDS]).collect();
    let pass = || {
        let begun = Instant::now();
        thread::scope(|scope| {
            for words in &memory {
                scope.spawn(|| black_box(words.iter().fold(0, |sum: u64, word| sum ^ word)));
            }
        });
        (threads * WORDS * 8) as f64 / begun.elapsed().as_secs_f64()
    };
    (0..PASSES).map(|_| pass()).fold(0.0, f64::max)
}

#[cfg(target_arch = "x86_64")]
fn instructions() -> &'static str {
    if is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512bw") {
        "AVX-512 VNNI"
    } else if is_x86_feature_detected!("avx512bw") {
        "AVX-512"
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        "AVX2"
    } else {
        "SSE2"
    }
}

#[cfg(target_arch = "aarch64")]
fn instructions() -> &'static str {
    "NEON"
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn instructions() -> &'static str {
    std::env::consts::ARCH
}

/// Bytes that this user may still write where `folder` is, or where its nearest existing parent is.
pub fn disk_available(folder: &Path) -> Option<u64> {
    let folder = folder.ancestors().find_map(|folder| folder.canonicalize().ok())?;
    free_at(&folder)
}

#[cfg(unix)]
fn free_at(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_at(folder: &Path) -> Option<u64> {
    let disks = sysinfo::Disks::new_with_refreshed_list().ok()?;
    // Windows writes real paths as `\\?\C:\…`, and the place of a disk as `C:\`.
    let text = folder.to_string_lossy();
    let folder = Path::new(text.strip_prefix(r"\\?\").unwrap_or(&text));
    let holding = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    // Of disks that are mounted inside one another, the innermost holds it.
    let innermost = holding.max_by_key(|disk| disk.mount_point().components().count())?;
    Some(innermost.available_space())
}

/// The graphics cards that Linux lists (`card0`, not its connectors `card0-HDMI-A-1`).
fn gpus(drm: &Path) -> Vec<String> {
    let cards = fs::read_dir(drm).into_iter().flatten().flatten();
    let mut cards: Vec<_> = cards
        .filter(|card| {
            let name = card.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("card"));
            number.is_some_and(|number| number.bytes().all(|c| c.is_ascii_digit()))
        })
        .map(|card| card.path().join("device"))
        .collect();
    cards.sort();
    cards.iter().filter_map(|device| gpu_name(device)).collect()
}

/// By the PCI number of the maker; virtual adapters without one are no help to anyone.
fn gpu_name(device: &Path) -> Option<String> {
    let maker = match fs::read_to_string(device.join("vendor")).ok()?.trim() {
        "0x10de" => "NVIDIA",
        "0x1002" => "AMD",
        "0x8086" => "Intel",
        _ => return None,
    };
    let driver = fs::read_link(device.join("driver")).ok();
    let driver = driver.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy());
    Some(match driver {
        Some(driver) => format!("{maker} graphics ({driver})"),
        None => format!("{maker} graphics"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_core_memory_and_a_disk() {
        let folder = tempfile::tempdir().unwrap();
        let hardware = Hardware::here(&folder.path().join("not/there/yet"));
        assert!(hardware.physical_cores > 0);
        assert!(hardware.memory_available_bytes > 0);
        assert!(hardware.memory_bytes >= hardware.memory_available_bytes);
        assert!(hardware.disk_available_bytes.is_some_and(|bytes| bytes > 0));
    }

    #[test]
    fn memory_is_read_at_some_speed() {
        assert!(bandwidth() > 1e8);
    }

    #[test]
    fn graphics_cards_are_named_by_maker_and_connectors_are_not_cards() {
        let drm = tempfile::tempdir().unwrap();
        for (card, vendor) in [("card1", "0x1002\n"), ("card0", "0x10de\n"), ("card2", "0x1af4\n")]
        {
            let device = drm.path().join(card).join("device");
            fs::create_dir_all(&device).unwrap();
            fs::write(device.join("vendor"), vendor).unwrap();
        }
        fs::create_dir_all(drm.path().join("card0-HDMI-A-1/device")).unwrap();
        assert_eq!(gpus(drm.path()), ["NVIDIA graphics", "AMD graphics"]);
        assert!(gpus(Path::new("/nowhere")).is_empty());
    }
}
