//! What reads bytes that someone else may have written: each [`Target`] is a function of such bytes
//! that panics where a promise is broken. `cargo test -p hearth-fuzz` replays the committed corpus;
//! `cargo xtask test fuzz` has libFuzzer look for more, guided by which of our code an input reaches.

mod memory;
mod scratch;
mod targets;

pub use targets::TARGETS;

/// One reader of foreign bytes.
pub struct Target {
    pub name: &'static str,
    /// Panics where the bytes break a promise.
    pub run: fn(&[u8]),
    /// Bytes; longer inputs find nothing that these do not, and take longer.
    pub longest: usize,
    /// Most bytes of memory that the input may take at once, by its length: a length that the input
    /// only states must not be believed.
    pub memory: fn(usize) -> usize,
}

impl Target {
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Runs the target, and panics also where it took more memory than it may.
    pub fn run(&self, bytes: &[u8]) {
        let bytes = &bytes[..bytes.len().min(self.longest)];
        let ((), peak) = memory::peak_of(|| (self.run)(bytes));
        let most = (self.memory)(bytes.len());
        assert!(peak <= most, "{} bytes took {peak} bytes of memory, above {most}", bytes.len());
    }
}
