//! Redacts texts that are made to cost much: ms (the best of three) and MB for each. `cargo run -p hearth-router
//! --example hostile` measures what the app is built with.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use hearth_router::redact::Vault;

#[path = "../src/redact/shapes.rs"]
mod shapes;

/// The system's allocator, and the most that was in use at once.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all of it is the system's allocator, to which every call is passed on as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as this function's caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as this function's caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let length = std::env::args().nth(1).map_or(1 << 20, |bytes| bytes.parse().expect("bytes"));
    println!("{length} bytes each\n");
    println!("| shape | ms | MB | steps a byte | stays here |\n|---|--:|--:|--:|---|");
    let mut worst = (0.0_f64, 0.0_f64);
    for (name, shape) in shapes::SHAPES {
        let text = shape(length);
        let (mut ms, mut mb, mut vault) = (f64::MAX, 0.0, Vault::new(0));
        // Others may have the processor for a while.
        for _ in 0..3 {
            vault = Vault::new(0);
            let before = NOW.load(Ordering::Relaxed);
            MOST.store(before, Ordering::Relaxed);
            let start = Instant::now();
            let redacted = vault.redact(&text, &[], &[]);
            ms = ms.min(start.elapsed().as_secs_f64() * 1e3);
            mb = (MOST.load(Ordering::Relaxed) - before) as f64 / 1e6;
            drop(redacted);
        }
        let steps = vault.steps() as f64 / text.len() as f64;
        let stays = if vault.is_overfull() { "yes" } else { "" };
        println!("| {name} | {ms:.1} | {mb:.1} | {steps:.0} | {stays} |");
        worst = (worst.0.max(ms), worst.1.max(mb));
    }
    println!("\nworst: {:.0} ms, {:.0} MB", worst.0, worst.1);
}
