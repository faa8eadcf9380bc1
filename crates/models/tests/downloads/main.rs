mod hostile_names;
mod parts;
mod support;

use std::{fs, path::Path, time::Duration};

use hearth_models::download::{self, DownloadError, DownloadState, Downloads, Pace};
use support::{
    FILE, Random, at, count,
    hub::{Fault, Hub},
    model_bytes, open, pace, settled, sum, wanted, when,
};

async fn offering(bytes: &[u8]) -> Hub {
    let hub = Hub::start().await;
    hub.offer(FILE, bytes.to_vec(), sum(bytes));
    hub
}

fn downloaded(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("models").join(FILE)).unwrap()
}

/// Every file below the folder, without what a download needs while it runs.
fn left_over(folder: &Path) -> Vec<String> {
    let repository = folder.join("models/maker/some-model");
    let names = fs::read_dir(repository).into_iter().flatten().flatten();
    names.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// Until a download has left the list.
async fn until_gone(downloads: &Downloads, id: &str) {
    let mut changes = downloads.watch();
    while downloads.get(id).is_some() {
        changes.changed().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_is_brought_checked_and_listed() {
    let bytes = model_bytes(300_000, 1);
    let hub = offering(&bytes).await;
    let folder = tempfile::tempdir().unwrap();
    let (downloads, installed) = open(folder.path(), pace());
    let begun = downloads.start(at(&hub), wanted(FILE));
    assert_eq!(begun.id, FILE);
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!((done.received, done.bytes), (bytes.len() as u64, Some(bytes.len() as u64)));
    assert_eq!(downloaded(folder.path()), bytes);
    assert_eq!(left_over(folder.path()), ["some.Q8_0.gguf"]);
    let model = installed.models().pop().unwrap();
    assert_eq!(model.sums[0].to_string(), sum(&bytes));
    assert!(model.owned);

    let before = hub.sent();
    downloads.start(at(&hub), wanted(FILE));
    let again = settled(&downloads, FILE).await;
    assert!(matches!(again.state, DownloadState::Done(_)), "{again:?}");
    assert_eq!(hub.sent(), before, "what is here is not brought again");
}

#[tokio::test]
async fn each_fault_alone_is_overcome_and_nearly_nothing_comes_twice() {
    let bytes = model_bytes(400_000, 2);
    let half = bytes.len() / 2;
    for fault in [
        Fault::Reset(half),
        Fault::Stall(half),
        Fault::Short(half),
        Fault::WrongLength,
        Fault::WrongRange,
        Fault::OtherHost,
        Fault::TooMany,
        Fault::Broken,
        Fault::Gzip,
        Fault::Slow(2000),
    ] {
        let hub = offering(&bytes).await;
        // First as the beginning, then as what goes on after a cut.
        hub.plan([fault, Fault::Reset(50_000), fault]);
        let folder = tempfile::tempdir().unwrap();
        let (downloads, _) = open(folder.path(), pace());
        downloads.start(at(&hub), wanted(FILE));
        let done = settled(&downloads, FILE).await;
        assert!(matches!(done.state, DownloadState::Done(_)), "{fault:?}: {done:?}");
        assert_eq!(downloaded(folder.path()), bytes, "{fault:?}");
        assert!(done.fetched * 20 <= bytes.len() as u64 * 21, "{fault:?}: {done:?}");
    }
}

#[tokio::test]
async fn a_host_that_cannot_send_parts_is_asked_for_the_whole() {
    let bytes = model_bytes(200_000, 3);
    let hub = offering(&bytes).await;
    hub.plan([Fault::WholeFile]);
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(FILE));
    assert!(matches!(settled(&downloads, FILE).await.state, DownloadState::Done(_)));

    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    hub.plan([Fault::Reset(100_000)].into_iter().chain([Fault::WholeFile; 4]));
    downloads.start(at(&hub), wanted(FILE));
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(downloaded(folder.path()), bytes);
}

#[tokio::test]
async fn a_file_under_a_new_name_goes_on_only_if_it_is_the_same_file() {
    let bytes = model_bytes(200_000, 4);
    let hub = offering(&bytes).await;
    hub.plan([Fault::Reset(100_000), Fault::OtherName]);
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(FILE));
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert!(done.fetched < bytes.len() as u64 * 21 / 20);

    let folder = tempfile::tempdir().unwrap();
    let (downloads, installed) = open(folder.path(), pace());
    hub.plan([Fault::Stall(100_000)]);
    downloads.start(at(&hub), wanted(FILE));
    when(&downloads, FILE, |download| download.received > 0).await;
    let other = model_bytes(200_000, 5);
    hub.offer(FILE, other.clone(), sum(&other));
    let failed = settled(&downloads, FILE).await;
    assert!(matches!(failed.state, DownloadState::Failed(DownloadError::Replaced { .. })));
    assert!(installed.models().iter().all(|model| model.builtin));
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
    downloads.resume(FILE, at(&hub));
    // What the catalog said stays what is wanted; without it, the new file is.
    settled(&downloads, FILE).await;
}

#[tokio::test]
async fn a_wrong_byte_is_noticed_and_nothing_of_it_stays() {
    let bytes = model_bytes(200_000, 6);
    let hub = offering(&bytes).await;
    hub.plan([Fault::WrongByte]);
    let folder = tempfile::tempdir().unwrap();
    let (downloads, installed) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(FILE));
    let failed = settled(&downloads, FILE).await;
    assert!(matches!(failed.state, DownloadState::Failed(DownloadError::WrongHash { .. })));
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
    assert!(installed.models().iter().all(|model| model.builtin));
    downloads.resume(FILE, at(&hub)).unwrap();
    assert!(matches!(settled(&downloads, FILE).await.state, DownloadState::Done(_)));
    assert_eq!(downloaded(folder.path()), bytes);
}

#[tokio::test]
async fn what_will_not_pass_is_said_at_once() {
    let bytes = model_bytes(50_000, 7);
    let hub = offering(&bytes).await;
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    let failure = async |path: &str, fault: Option<Fault>| {
        hub.forget_plan();
        hub.plan(fault);
        downloads.start(at(&hub), wanted(path));
        match settled(&downloads, path).await.state {
            DownloadState::Failed(error) => error,
            other => panic!("{other:?}"),
        }
    };
    let gated = failure(FILE, Some(Fault::Denied)).await.to_string();
    assert!(gated.contains("licence") && gated.contains("/maker/some-model"), "{gated}");
    let plain = failure(FILE, Some(Fault::Unencrypted)).await.to_string();
    assert!(plain.contains("would not be encrypted"), "{plain}");
    let missing = failure("maker/some-model/other.gguf", None).await;
    assert!(matches!(missing, DownloadError::NotFound { .. }), "{missing:?}");

    hub.offer("maker/pages/page.gguf", b"<html>".repeat(99), sum(&b"<html>".repeat(99)));
    let page = failure("maker/pages/page.gguf", None).await;
    assert!(matches!(page, DownloadError::NotAModel { .. }), "{page:?}");

    let mut known = wanted(FILE);
    known.sha256 = Some("11".repeat(32).parse().unwrap());
    downloads.start(at(&hub), known);
    let other = settled(&downloads, FILE).await;
    assert!(matches!(other.state, DownloadState::Failed(DownloadError::NotAsKnown { .. })));
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_gated_file_comes_with_the_token_and_no_other_host_sees_that() {
    let bytes = model_bytes(200_000, 17);
    let hub = offering(&bytes).await;
    hub.require_token("hf_canary");
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(FILE));
    let refused = settled(&downloads, FILE).await;
    assert!(matches!(refused.state, DownloadState::Failed(DownloadError::Gated { .. })));

    let origin = hearth_egress::Origin::parse(&hub.endpoint()).unwrap();
    let token = hearth_egress::Secret::bearer(origin, "hf_canary").unwrap();
    downloads.resume(FILE, download::Hub { token: Some(token), ..at(&hub) }).unwrap();
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(downloaded(folder.path()), bytes);
    assert_eq!(hub.token_shown_to(), [hub.address.to_string()], "the file came from localhost");
}

#[tokio::test]
async fn without_a_network_it_waits_says_so_and_goes_on_by_itself() {
    let bytes = model_bytes(400_000, 8);
    let hub = offering(&bytes).await;
    hub.set_pace(20_000, Duration::from_millis(10));
    let folder = tempfile::tempdir().unwrap();
    let patient = Pace { attempts: 1000, ..pace() };
    let (downloads, _) = open(folder.path(), patient);
    hub.set_down(true);
    downloads.start(at(&hub), wanted(FILE));
    when(&downloads, FILE, |download| matches!(download.state, DownloadState::Waiting(_))).await;
    hub.set_down(false);
    when(&downloads, FILE, |download| download.received > 50_000).await;
    hub.set_down(true);
    let waiting =
        when(&downloads, FILE, |download| matches!(download.state, DownloadState::Waiting(_)));
    assert!(waiting.await.received > 50_000);
    hub.set_down(false);
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(downloaded(folder.path()), bytes);

    let (downloads, _) = open(tempfile::tempdir().unwrap().path(), pace());
    hub.set_down(true);
    downloads.start(at(&hub), wanted(FILE));
    let failed = settled(&downloads, FILE).await;
    assert!(matches!(failed.state, DownloadState::Failed(DownloadError::Connection(_))));
}

#[tokio::test]
async fn however_many_ask_one_file_is_brought_once() {
    let bytes = model_bytes(200_000, 9);
    let hub = offering(&bytes).await;
    hub.set_pace(20_000, Duration::from_millis(5));
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    for _ in 0..10 {
        downloads.start(at(&hub), wanted(FILE));
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    assert_eq!(downloads.list().len(), 1);
    settled(&downloads, FILE).await;
    assert_eq!(hub.sent(), bytes.len() as u64);

    let second = open(folder.path(), pace()).0;
    assert!(second.list().is_empty(), "nothing was left unfinished");
}

#[tokio::test]
async fn paused_is_kept_cancelled_is_deleted_and_the_next_in_the_queue_begins() {
    let bytes = model_bytes(400_000, 10);
    let hub = offering(&bytes).await;
    let second = "maker/some-model/second.gguf";
    hub.offer(second, bytes.clone(), sum(&bytes));
    hub.set_pace(20_000, Duration::from_millis(10));
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(FILE));
    downloads.start(at(&hub), wanted(second));
    when(&downloads, FILE, |download| download.received > 50_000).await;
    assert_eq!(downloads.get(second).unwrap().state, DownloadState::Queued);

    downloads.pause(FILE);
    let paused = settled(&downloads, FILE).await;
    assert_eq!(paused.state, DownloadState::Paused);
    assert!(paused.received > 50_000);
    when(&downloads, second, |download| download.received > 0).await;
    downloads.cancel(second);
    until_gone(&downloads, second).await;
    assert!(!left_over(folder.path()).iter().any(|name| name.contains("second")));

    // As after a restart: the list is read from the disk.
    drop(downloads);
    let (downloads, _) = open(folder.path(), pace());
    let left = downloads.list();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].id.as_str(), &left[0].state), (FILE, &DownloadState::Paused));
    assert_eq!(left[0].received, paused.received);
    downloads.resume(FILE, at(&hub)).unwrap();
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(done.fetched, bytes.len() as u64 - paused.received, "nothing came twice");
    assert_eq!(downloaded(folder.path()), bytes);
}

#[tokio::test]
async fn a_file_that_was_named_but_not_listed_is_not_brought_again() {
    let bytes = model_bytes(200_000, 15);
    let hub = offering(&bytes).await;
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(FILE));
    settled(&downloads, FILE).await;
    // As if Hearth had ended just before it wrote the list.
    fs::remove_file(folder.path().join("data/models.json")).unwrap();
    let (downloads, installed) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(FILE));
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(hub.sent(), bytes.len() as u64);
    assert!(installed.models().iter().any(|model| model.owned));
}

#[tokio::test]
async fn a_removed_file_that_is_downloaded_again_leaves_nothing_behind() {
    let bytes = model_bytes(200_000, 16);
    let hub = offering(&bytes).await;
    let folder = tempfile::tempdir().unwrap();
    let (downloads, installed) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(FILE));
    settled(&downloads, FILE).await;
    let added = installed.models().into_iter().find(|model| model.owned).unwrap();
    installed.remove(&added.id).unwrap();
    downloads.start(at(&hub), wanted(FILE));
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(left_over(folder.path()), ["some.Q8_0.gguf"]);
}

#[tokio::test]
async fn two_programs_do_not_write_one_file() {
    let bytes = model_bytes(200_000, 11);
    let hub = offering(&bytes).await;
    hub.set_pace(20_000, Duration::from_millis(10));
    let folder = tempfile::tempdir().unwrap();
    let (first, _) = open(folder.path(), pace());
    first.start(at(&hub), wanted(FILE));
    when(&first, FILE, |download| download.received > 0).await;
    let (second, _) = open(folder.path(), pace());
    second.start(at(&hub), wanted(FILE));
    let refused = settled(&second, FILE).await;
    assert!(matches!(refused.state, DownloadState::Failed(DownloadError::ElsewhereAlready { .. })));
    assert!(matches!(settled(&first, FILE).await.state, DownloadState::Done(_)));
    assert_eq!(downloaded(folder.path()), bytes);
}

#[tokio::test]
async fn cancelling_here_leaves_what_another_program_downloads() {
    let bytes = model_bytes(200_000, 12);
    let hub = offering(&bytes).await;
    hub.set_pace(5_000, Duration::from_millis(10));
    let folder = tempfile::tempdir().unwrap();
    let (first, _) = open(folder.path(), pace());
    first.start(at(&hub), wanted(FILE));
    when(&first, FILE, |download| download.received > 0).await;

    let (paused, _) = open(folder.path(), pace());
    assert_eq!(paused.get(FILE).unwrap().state, DownloadState::Paused);
    paused.cancel(FILE);
    assert_eq!(paused.get(FILE), None);

    let (refused, _) = open(folder.path(), pace());
    refused.start(at(&hub), wanted(FILE));
    refused.cancel(FILE);
    until_gone(&refused, FILE).await;

    assert!(matches!(settled(&first, FILE).await.state, DownloadState::Done(_)));
    assert_eq!(downloaded(folder.path()), bytes);
    assert_eq!(left_over(folder.path()), ["some.Q8_0.gguf"]);
}

/// A fault at a random place of a file of this length.
fn random_fault(random: &mut Random, length: usize) -> Fault {
    let after = random.below(length);
    let faults = [
        Fault::Reset(after),
        Fault::Reset(after / 4),
        Fault::Short(after / 2),
        Fault::Stall(after / 2),
        Fault::WrongLength,
        Fault::WholeFile,
        Fault::WrongRange,
        Fault::OtherName,
        Fault::OtherHost,
        Fault::TooMany,
        Fault::Broken,
        Fault::Gzip,
        Fault::Slow(after.min(300)),
        Fault::WrongByte,
    ];
    faults[random.below(faults.len())]
}

/// `HEARTH_CUTS=500` is the full count.
#[tokio::test]
async fn random_cuts_end_at_the_right_hash_or_a_clear_error() {
    let cuts = count("HEARTH_CUTS", 60);
    let (mut done, mut damaged, mut made, mut case) = (0, 0, 0, 0);
    while made < cuts {
        let mut random = Random(case);
        let bytes = model_bytes(random.between(300_000, 900_000), case);
        let hub = offering(&bytes).await;
        let faults: Vec<_> =
            (0..random.between(1, 6)).map(|_| random_fault(&mut random, bytes.len())).collect();
        made += faults.len();
        hub.plan(faults.clone());
        let folder = tempfile::tempdir().unwrap();
        let connections = random.between(1, 4) as u64;
        let (downloads, installed) =
            open(folder.path(), Pace { connections, parallel_from: 0, ..pace() });
        downloads.start(at(&hub), wanted(FILE));
        let end = settled(&downloads, FILE).await;
        let restarted = faults.iter().filter(|fault| **fault == Fault::WholeFile).count() >= 3;
        match end.state {
            DownloadState::Done(_) => {
                assert_eq!(downloaded(folder.path()), bytes, "case {case}: {faults:?}");
                let twice = end.fetched.saturating_sub(bytes.len() as u64);
                assert!(restarted || twice * 20 <= bytes.len() as u64, "case {case}: {faults:?}");
                done += 1;
            }
            DownloadState::Failed(DownloadError::WrongHash { .. }) => {
                assert!(faults.contains(&Fault::WrongByte), "case {case}: {faults:?}");
                assert!(installed.models().iter().all(|model| model.builtin));
                damaged += 1;
            }
            other => panic!("case {case}: {other:?} after {faults:?}"),
        }
        case += 1;
    }
    println!("{made} cuts in {case} downloads: {done} whole, {damaged} refused for a wrong byte");
    assert!(done > 0);
}

#[tokio::test]
async fn a_full_disk_is_said_nothing_breaks_and_with_room_it_goes_on() {
    let Some(disk) = SmallDisk::mount(2 << 20) else {
        println!("SKIPPED: this system does not allow a small disk to be mounted here");
        return;
    };
    let bytes = model_bytes(1_500_000, 12);
    let hub = offering(&bytes).await;
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![1; 1_000_000]).unwrap();
    let (careful, _) = open(disk.path(), pace());
    careful.start(at(&hub), wanted(FILE));
    let refused = settled(&careful, FILE).await;
    assert!(matches!(refused.state, DownloadState::Failed(DownloadError::NoRoom { .. })));
    assert_eq!(hub.sent(), 0, "the room is checked before the first byte");

    // Somebody else fills the disk on the way.
    fs::remove_file(&ballast).unwrap();
    hub.set_pace(50_000, Duration::from_millis(10));
    let (downloads, installed) = open(disk.path(), pace());
    downloads.resume(FILE, at(&hub)).unwrap_or_else(|| downloads.start(at(&hub), wanted(FILE)));
    when(&downloads, FILE, |download| download.received > 300_000).await;
    let mut filled = 1_500_000;
    while filled > 0 && fs::write(&ballast, vec![1; filled]).is_err() {
        filled -= 100_000;
    }
    let full = settled(&downloads, FILE).await;
    let DownloadState::Failed(error) = &full.state else { panic!("{full:?}") };
    assert!(
        matches!(error, DownloadError::NoRoom { .. } | DownloadError::Disk { full: true, .. }),
        "{error:?}"
    );
    assert!(installed.models().iter().all(|model| model.builtin));
    fs::remove_file(&ballast).unwrap();
    downloads.resume(FILE, at(&hub)).unwrap();
    let done = settled(&downloads, FILE).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(downloaded(disk.path()), bytes);
}

/// A disk of a few megabytes, gone when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where mounting is not allowed.
    fn mount(bytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "none"])
            .arg(folder.path())
            .output();
        mount.is_ok_and(|output| output.status.success()).then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// Set in the process that is killed: the hub's address and the folder.
const KILLED: &str = "HEARTH_TEST_DOWNLOADS_UNTIL_KILLED";

/// `HEARTH_KILLS=100` is the full count.
#[tokio::test]
async fn killed_at_any_moment_it_goes_on_from_there() {
    if let Ok(place) = std::env::var(KILLED) {
        return download_until_killed(&place).await;
    }
    let kills = count("HEARTH_KILLS", 12);
    let bytes = model_bytes(2_000_000, 13);
    let mut random = Random(14);
    let (mut done, mut killed) = (0, 0);
    while killed < kills {
        let hub = offering(&bytes).await;
        hub.set_pace(40_000, Duration::from_millis(4));
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..random.between(1, 4) {
            let place = format!("{}\n{}", hub.endpoint(), folder.path().display());
            let mut child = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["killed_at_any_moment_it_goes_on_from_there", "--exact"])
                .env(KILLED, place)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap();
            tokio::time::sleep(Duration::from_millis(random.between(5, 250) as u64)).await;
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
        }
        let (downloads, _) = open(folder.path(), pace());
        let left = downloads.get(FILE).map_or(0, |left| left.received);
        downloads.start(at(&hub), wanted(FILE));
        let end = settled(&downloads, FILE).await;
        assert!(matches!(end.state, DownloadState::Done(_)), "{end:?}");
        assert_eq!(downloaded(folder.path()), bytes);
        assert!(end.fetched <= bytes.len() as u64 - left, "it went on from what was noted");
        done += 1;
    }
    println!("killed {killed} times in {done} downloads, each whole in the end");
}

async fn download_until_killed(place: &str) {
    let (endpoint, folder) = place.split_once('\n').unwrap();
    let (downloads, _): (Downloads, _) = open(Path::new(folder), pace());
    let hub = hearth_models::download::Hub { endpoint: endpoint.parse().unwrap(), token: None };
    downloads.start(hub, wanted(FILE));
    settled(&downloads, FILE).await;
}
