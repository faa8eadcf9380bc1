//! Models that a hub has in several files come as one.

use std::{fs, path::Path, time::Duration};

use hearth_gguf::{
    TensorType,
    write::{Writer, split},
};
use hearth_models::{
    Verified,
    download::{DownloadError, DownloadState, Pace},
};

use crate::support::{
    Random, at, count,
    hub::{Fault, Hub},
    open, pace, settled, sum, wanted, when,
};
use crate::{left_over, random_fault, until_gone};

const FOLDER: &str = "maker/some-model";

fn named(number: usize) -> String {
    format!("some.Q8_0-{number:05}-of-00003.gguf")
}

fn source(number: usize) -> String {
    format!("{FOLDER}/{}", named(number))
}

/// The bytes of a model's three files, about this long together.
fn part_bytes(about: usize, seed: u64) -> Vec<Vec<u8>> {
    let rows = (about / 3 / 34) as u64;
    let mut random = Random(seed);
    let mut weights = vec![0; 3 * rows as usize * 34];
    weights.fill_with(|| random.below(256) as u8);
    let mut writer = Writer::new();
    writer.set("general.architecture", "llama").set("general.name", "Some model");
    for name in ["a", "b", "c"] {
        writer.tensor(name, &[32, rows], TensorType::Q8_0);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("whole.gguf");
    writer.write(&path, &weights.chunks(rows as usize * 34).collect::<Vec<_>>()).unwrap();
    let whole = hearth_gguf::File::open(&path).unwrap();
    let parts = split(&whole, &dir.path().join("x"), &[1, 1, 1]).unwrap();
    parts.iter().map(|part| fs::read(part).unwrap()).collect()
}

async fn offering(parts: &[Vec<u8>]) -> Hub {
    let hub = Hub::start().await;
    for (part, number) in parts.iter().zip(1..) {
        hub.offer(&source(number), part.clone(), sum(part));
    }
    hub
}

fn downloaded(folder: &Path) -> Vec<Vec<u8>> {
    let read = |number| fs::read(folder.join("models").join(source(number))).unwrap();
    (1..=3).map(read).collect()
}

fn total(parts: &[Vec<u8>]) -> u64 {
    parts.iter().map(|part| part.len() as u64).sum()
}

#[tokio::test]
async fn any_part_brings_all_with_one_progress_and_one_row() {
    let parts = part_bytes(300_000, 21);
    let hub = offering(&parts).await;
    hub.set_pace(20_000, Duration::from_millis(5));
    let folder = tempfile::tempdir().unwrap();
    let (downloads, installed) = open(folder.path(), pace());
    let begun = downloads.start(at(&hub), wanted(&source(2)));
    assert_eq!(begun.id, source(1));
    downloads.start(at(&hub), wanted(&source(3)));
    assert_eq!(downloads.list().len(), 1);
    let second = |received| received > parts[0].len() as u64;
    let under_way = when(&downloads, &begun.id, |download| second(download.received)).await;
    assert_eq!(under_way.bytes, Some(total(&parts)));
    let names = left_over(folder.path());
    assert!(names.iter().all(|name| name.contains(".part")), "no name before all is here");
    let done = settled(&downloads, &begun.id).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!((done.received, done.fetched), (total(&parts), total(&parts)));
    assert_eq!(downloaded(folder.path()), parts);
    assert_eq!(left_over(folder.path()).len(), 3);

    let model = installed.models().into_iter().find(|model| model.owned).unwrap();
    assert_eq!(model.path, folder.path().join("models").join(source(1)));
    assert_eq!(model.name, "Some model");
    assert_eq!(model.file_bytes, total(&parts));
    let sums: Vec<_> = model.sums.iter().map(|sum| sum.to_string()).collect();
    assert_eq!(sums, parts.iter().map(|part| sum(part)).collect::<Vec<_>>());
    assert_eq!(installed.verify(&model.id).unwrap(), Verified::AsPublished);

    downloads.start(at(&hub), wanted(&source(1)));
    settled(&downloads, &begun.id).await;
    assert_eq!(hub.sent(), total(&parts), "what is here is not brought again");
    installed.remove(&model.id).unwrap();
    installed.purge(Duration::ZERO).unwrap();
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_part_that_the_hub_lacks_is_said_before_anything_is_brought() {
    let parts = part_bytes(100_000, 22);
    let hub = offering(&parts[..2]).await;
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(&source(1)));
    let failed = settled(&downloads, &source(1)).await;
    let DownloadState::Failed(error) = failed.state else { panic!("{failed:?}") };
    assert!(error.to_string().contains(&named(3)), "{error}");
    assert_eq!(hub.sent(), 0);
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_byte_costs_its_part_and_no_other() {
    let parts = part_bytes(300_000, 23);
    let hub = offering(&parts).await;
    let folder = tempfile::tempdir().unwrap();
    let (downloads, installed) = open(folder.path(), pace());
    // All of the first comes; a byte of the second is wrong.
    hub.plan([Fault::Short(usize::MAX), Fault::WrongByte]);
    downloads.start(at(&hub), wanted(&source(1)));
    let failed = settled(&downloads, &source(1)).await;
    let DownloadState::Failed(DownloadError::WrongHash { file }) = &failed.state else {
        panic!("{failed:?}")
    };
    assert_eq!(*file, named(2));
    assert!(installed.models().iter().all(|model| model.builtin));
    downloads.resume(&source(1), at(&hub)).unwrap();
    let done = settled(&downloads, &source(1)).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(done.fetched, total(&parts[1..]), "the first part is kept");
    assert_eq!(downloaded(folder.path()), parts);
}

#[tokio::test]
async fn parts_that_are_no_model_together_leave_nothing() {
    let (parts, other) = (part_bytes(100_000, 24), part_bytes(40_000, 25));
    let mixed = [parts[0].clone(), other[0].clone(), parts[2].clone()];
    let hub = offering(&mixed).await;
    let folder = tempfile::tempdir().unwrap();
    let (downloads, installed) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(&source(1)));
    let failed = settled(&downloads, &source(1)).await;
    assert!(matches!(failed.state, DownloadState::Failed(DownloadError::NotAModel { .. })));
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
    assert!(installed.models().iter().all(|model| model.builtin));
}

#[tokio::test]
async fn what_was_paused_in_a_later_part_goes_on_after_a_restart_or_is_deleted_whole() {
    let parts = part_bytes(400_000, 26);
    let hub = offering(&parts).await;
    hub.set_pace(20_000, Duration::from_millis(10));
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(&source(1)));
    let second = parts[0].len() as u64 + 30_000;
    when(&downloads, &source(1), |download| download.received > second).await;
    downloads.pause(&source(1));
    let paused = settled(&downloads, &source(1)).await;
    assert_eq!(paused.state, DownloadState::Paused);
    drop(downloads);

    let (downloads, _) = open(folder.path(), pace());
    let left = downloads.list();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((left[0].id.as_str(), left[0].label.as_str()), (&*source(1), "Some model"));
    assert_eq!((left[0].received, left[0].bytes), (paused.received, Some(total(&parts))));
    downloads.resume(&source(1), at(&hub)).unwrap();
    let done = settled(&downloads, &source(1)).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    assert_eq!(done.fetched, total(&parts) - paused.received, "nothing came twice");
    assert_eq!(downloaded(folder.path()), parts);

    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(&source(1)));
    when(&downloads, &source(1), |download| download.received > second).await;
    downloads.cancel(&source(1));
    until_gone(&downloads, &source(1)).await;
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
}

/// Hubs keep large quantizations in folders of their own.
#[tokio::test]
async fn parts_in_a_folder_of_the_repository_are_brought_into_one() {
    let parts = part_bytes(200_000, 27);
    let hub = Hub::start().await;
    let inside = |number| format!("{FOLDER}/Q8_0/{}", named(number));
    for (part, number) in parts.iter().zip(1..) {
        hub.offer(&inside(number), part.clone(), sum(part));
    }
    hub.set_pace(20_000, Duration::from_millis(5));
    let folder = tempfile::tempdir().unwrap();
    let (downloads, _) = open(folder.path(), pace());
    downloads.start(at(&hub), wanted(&inside(1)));
    when(&downloads, &inside(1), |download| download.received > 30_000).await;
    downloads.pause(&inside(1));
    settled(&downloads, &inside(1)).await;
    let (downloads, installed) = open(folder.path(), pace());
    assert_eq!(downloads.list().len(), 1, "it is listed after a restart");
    downloads.resume(&inside(1), at(&hub)).unwrap();
    let done = settled(&downloads, &inside(1)).await;
    assert!(matches!(done.state, DownloadState::Done(_)), "{done:?}");
    let model = installed.models().into_iter().find(|model| model.owned).unwrap();
    assert_eq!(model.path, folder.path().join("models").join(inside(1)));
}

#[tokio::test]
async fn random_cuts_of_parts_end_at_the_right_hashes_or_a_clear_error() {
    let cuts = count("HEARTH_CUTS", 40);
    let (mut done, mut made, mut case) = (0, 0, 1000);
    while made < cuts {
        let mut random = Random(case);
        let parts = part_bytes(random.between(300_000, 600_000), case);
        let hub = offering(&parts).await;
        let faults: Vec<_> =
            (0..random.between(1, 6)).map(|_| random_fault(&mut random, parts[0].len())).collect();
        made += faults.len();
        hub.plan(faults.clone());
        let folder = tempfile::tempdir().unwrap();
        let connections = random.between(1, 4) as u64;
        let (downloads, installed) =
            open(folder.path(), Pace { connections, parallel_from: 0, ..pace() });
        downloads.start(at(&hub), wanted(&source(1)));
        match settled(&downloads, &source(1)).await.state {
            DownloadState::Done(_) => {
                assert_eq!(downloaded(folder.path()), parts, "case {case}: {faults:?}");
                done += 1;
            }
            DownloadState::Failed(DownloadError::WrongHash { .. }) => {
                assert!(faults.contains(&Fault::WrongByte), "case {case}: {faults:?}");
                assert!(installed.models().iter().all(|model| model.builtin));
            }
            other => panic!("case {case}: {other:?} after {faults:?}"),
        }
        case += 1;
    }
    assert!(done > 0);
}
