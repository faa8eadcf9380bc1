//! The one thread pool: every parallel loop of the backend runs on it.
//!
//! A forward pass is hundreds of short parallel loops, so a worker that has finished one spins
//! for about as long as the serial work between two loops takes, and only then sleeps. A loop
//! never waits for a worker that has not joined it: on a busy machine that worker may not run
//! for milliseconds, and the others take its share.

use std::{
    any::Any,
    marker::PhantomData,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

/// Turns of a spin loop before giving the core away: some 50 to 100 microseconds.
const SPINS: u32 = 3000;

type Task<'a> = &'a (dyn Fn() + Sync);

/// `threads` threads, the caller's own among them.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// One loop at a time.
    turn: Mutex<()>,
}

struct Shared {
    /// The number of the loop, whether it is closed to workers, and how many are in it.
    state: AtomicU64,
    /// Points at the loop's [`Task`] on the stack of [`Pool::join`].
    task: AtomicPtr<()>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    stop: AtomicBool,
    sleepers: AtomicUsize,
    bed: Mutex<()>,
    wake: Condvar,
}

/// Alone on its cache line.
#[repr(align(64))]
struct Alone(AtomicUsize);

const INSIDE: u64 = (1 << 32) - 1;
const CLOSED: u64 = 1 << 32;
const NUMBER: u64 = 1 << 33;

impl Pool {
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            state: AtomicU64::new(CLOSED),
            task: AtomicPtr::new(std::ptr::null_mut()),
            panic: Mutex::new(None),
            stop: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            bed: Mutex::new(()),
            wake: Condvar::new(),
        });
        let workers = (1..threads.max(1))
            .map(|index| {
                let shared = shared.clone();
                thread::Builder::new()
                    .name(format!("hearth-cpu-{index}"))
                    .spawn(move || shared.work())
                    .expect("the system gives a thread")
            })
            .collect();
        Self { shared, workers, turn: Mutex::new(()) }
    }

    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `task(index)` for every index below `count`. Each thread goes through a part of its own,
    /// as neighbours lie together in memory, and then helps with the others' parts, so a slow core,
    /// or one that another program uses, holds nothing up. A panic on any thread continues here.
    pub fn each(&self, count: usize, task: impl Fn(usize) + Sync) {
        if count <= 1 || self.workers.is_empty() {
            return (0..count).for_each(task);
        }
        let parts = self.threads();
        let start = |part: usize| count * part / parts;
        let next: Vec<_> = (0..parts).map(|part| Alone(AtomicUsize::new(start(part)))).collect();
        let arrived = AtomicUsize::new(0);
        self.join(&|| {
            let own = arrived.fetch_add(1, Ordering::Relaxed);
            for part in (0..parts).map(|step| (own + step) % parts) {
                loop {
                    let index = next[part].0.fetch_add(1, Ordering::Relaxed);
                    if index >= start(part + 1) {
                        break;
                    }
                    task(index);
                }
            }
        });
    }

    /// Runs `task` here and on every worker that comes while it runs here.
    fn join(&self, task: Task<'_>) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = &*self.shared;
        shared.task.store((&raw const task).cast_mut().cast(), Ordering::Relaxed);
        let number = shared.state.load(Ordering::Relaxed) & !(NUMBER - 1);
        shared.state.store(number.wrapping_add(NUMBER), Ordering::SeqCst);
        if shared.sleepers.load(Ordering::SeqCst) > 0 {
            drop(shared.bed.lock());
            shared.wake.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(task));
        shared.state.fetch_or(CLOSED, Ordering::AcqRel);
        shared.spin_while(|| shared.state.load(Ordering::Acquire) & INSIDE > 0);
        let theirs = shared.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = own.err().or(theirs) {
            resume_unwind(panic);
        }
    }

    /// Calls `task(index, row)` for every row of `rows`, a `[count, width]` array.
    pub fn each_row<T: Send>(
        &self,
        rows: &mut [T],
        width: usize,
        task: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let count = rows.len() / width;
        let rows = Disjoint::new(rows);
        self.each(count, |index| {
            // SAFETY: every index is handed out once, and rows do not overlap.
            task(index, unsafe { rows.slice(index * width..(index + 1) * width) });
        });
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.state.fetch_add(NUMBER, Ordering::SeqCst);
        drop(self.shared.bed.lock());
        self.shared.wake.notify_all();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn work(&self) {
        let mut seen = 0;
        loop {
            let state = self.wait_past(seen);
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            if state & CLOSED != 0 {
                seen = state / NUMBER;
                continue;
            }
            let inside = (state + 1, Ordering::Acquire, Ordering::Relaxed);
            if self.state.compare_exchange_weak(state, inside.0, inside.1, inside.2).is_err() {
                continue;
            }
            // SAFETY: `join` stored a pointer to a live `Task` before it opened the loop, and
            // keeps it alive until nobody is inside.
            let task = unsafe { *self.task.load(Ordering::Relaxed).cast::<Task>() };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(task)) {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
            self.state.fetch_sub(1, Ordering::Release);
            seen = state / NUMBER;
        }
    }

    /// The state once a loop after the `seen`-th has begun: spins first, then sleeps.
    fn wait_past(&self, seen: u64) -> u64 {
        for _ in 0..SPINS {
            let state = self.state.load(Ordering::Acquire);
            if state / NUMBER != seen {
                return state;
            }
            std::hint::spin_loop();
        }
        let mut bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
        // The order matters: `join` opens the loop and then looks for sleepers, so either it
        // sees this one or this one sees the new loop.
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        let state = loop {
            let state = self.state.load(Ordering::SeqCst);
            if state / NUMBER != seen {
                break state;
            }
            bed = self.wake.wait(bed).unwrap_or_else(PoisonError::into_inner);
        };
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
        state
    }

    fn spin_while(&self, busy: impl Fn() -> bool) {
        let mut turns = 0;
        while busy() {
            turns += 1;
            if turns < SPINS {
                std::hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }
}

/// A slice that several threads write in places that do not overlap.
#[derive(Clone, Copy)]
pub struct Disjoint<'a, T> {
    data: *mut T,
    len: usize,
    life: PhantomData<&'a mut [T]>,
}

// SAFETY: it is a `&mut [T]` whose parts are handed to threads; `slice` states the rest.
unsafe impl<T: Send> Send for Disjoint<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Disjoint<'_, T> {}

impl<'a, T> Disjoint<'a, T> {
    pub fn new(slice: &'a mut [T]) -> Self {
        Self { data: slice.as_mut_ptr(), len: slice.len(), life: PhantomData }
    }

    /// # Safety
    /// No two live slices, on whatever thread, may overlap.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn slice(&self, range: Range<usize>) -> &'a mut [T] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: the range is inside the slice, and the caller keeps ranges apart.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(range.start), range.len()) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_index_runs_exactly_once_on_any_number_of_threads() {
        for threads in 1..=5 {
            let pool = Pool::new(threads);
            for count in [0, 1, 2, 7, 100] {
                let hits: Vec<_> = (0..count).map(|_| AtomicUsize::new(0)).collect();
                pool.each(count, |i| {
                    hits[i].fetch_add(1, Ordering::Relaxed);
                });
                assert!(hits.iter().all(|h| h.load(Ordering::Relaxed) == 1));
            }
        }
    }

    #[test]
    fn workers_wake_after_they_slept() {
        let pool = Pool::new(3);
        for _ in 0..3 {
            thread::sleep(std::time::Duration::from_millis(5));
            let seen = Mutex::new(HashSet::new());
            // Each index waits until all three threads have taken one.
            pool.each(3, |_| {
                seen.lock().unwrap().insert(thread::current().id());
                while seen.lock().unwrap().len() < 3 {
                    thread::yield_now();
                }
            });
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_survives_it() {
        let pool = Pool::new(2);
        for bad in 0..2 {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                pool.each(2, |index| {
                    thread::sleep(std::time::Duration::from_millis(1));
                    assert!(index != bad);
                });
            }));
            assert!(caught.is_err());
        }
        pool.each(2, |_| {});
    }
}
