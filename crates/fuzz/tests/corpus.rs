//! The committed corpus, input by input.

use std::{fs, path::Path};

use hearth_fuzz::TARGETS;

/// One test for all, because each measures the memory of the whole process.
#[test]
fn every_committed_input_keeps_every_promise() {
    for target in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
        let files = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{} has a corpus", target.name);
        for file in files {
            println!("{}", file.display());
            target.run(&fs::read(&file).unwrap());
        }
        target.run(b"");
    }
}
