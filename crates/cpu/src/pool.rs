//! The one thread pool: every parallel loop of the backend runs on it.
//!
//! A forward pass is hundreds of short parallel regions, so a worker that has finished one
//! spins for about as long as the serial work between two regions takes, and only then sleeps.

use std::{
    any::Any,
    marker::PhantomData,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

/// Turns of a spin loop before giving the core away: some 50 to 100 microseconds.
const SPINS: u32 = 3000;

type Task<'a> = &'a (dyn Fn(usize) + Sync);

/// `threads` threads, the caller's own among them.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// One region at a time.
    turn: Mutex<()>,
}

struct Shared {
    /// Counts regions; a worker runs the task each time it changes.
    epoch: AtomicUsize,
    /// Points at the region's [`Task`] on the stack of [`Pool::run`].
    task: AtomicPtr<()>,
    pending: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    stop: AtomicBool,
    sleepers: AtomicUsize,
    bed: Mutex<()>,
    wake: Condvar,
}

impl Pool {
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            epoch: AtomicUsize::new(0),
            task: AtomicPtr::new(std::ptr::null_mut()),
            pending: AtomicUsize::new(0),
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
                    .spawn(move || shared.work(index))
                    .expect("the system gives a thread")
            })
            .collect();
        Self { shared, workers, turn: Mutex::new(()) }
    }

    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `task(thread)` once on every thread and returns when all have finished.
    /// A panic of any of them continues here.
    pub fn run(&self, task: impl Fn(usize) + Sync) {
        if self.workers.is_empty() {
            return task(0);
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = &*self.shared;
        let task: Task = &task;
        shared.task.store((&raw const task).cast_mut().cast(), Ordering::Relaxed);
        shared.pending.store(self.workers.len(), Ordering::Relaxed);
        shared.epoch.fetch_add(1, Ordering::SeqCst);
        if shared.sleepers.load(Ordering::SeqCst) > 0 {
            drop(shared.bed.lock());
            shared.wake.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(|| task(0)));
        shared.spin_while(|| shared.pending.load(Ordering::Acquire) > 0);
        let theirs = shared.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = own.err().or(theirs) {
            resume_unwind(panic);
        }
    }

    /// Calls `task(index)` for every index below `count`. Threads take the next index when
    /// they are free, so a slow core, or one that another program uses, holds nothing up.
    pub fn each(&self, count: usize, task: impl Fn(usize) + Sync) {
        if count <= 1 || self.workers.is_empty() {
            return (0..count).for_each(task);
        }
        let next = AtomicUsize::new(0);
        self.run(|_| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                task(index);
            }
        });
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
        self.shared.epoch.fetch_add(1, Ordering::SeqCst);
        drop(self.shared.bed.lock());
        self.shared.wake.notify_all();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn work(&self, index: usize) {
        let mut seen = 0;
        loop {
            self.wait_past(seen);
            seen = seen.wrapping_add(1);
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // SAFETY: `run` stored a pointer to a live `Task` before it moved the epoch, and
            // keeps it alive until `pending` says that this worker is through with it.
            let task = unsafe { *self.task.load(Ordering::Relaxed).cast::<Task>() };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| task(index))) {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
            self.pending.fetch_sub(1, Ordering::Release);
        }
    }

    /// Returns once a region after the `seen`-th has begun: spins first, then sleeps.
    fn wait_past(&self, seen: usize) {
        for _ in 0..SPINS {
            if self.epoch.load(Ordering::Acquire) != seen {
                return;
            }
            std::hint::spin_loop();
        }
        let mut bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
        // The order matters: `run` moves the epoch and then looks for sleepers, so either it
        // sees this one or this one sees the new epoch.
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        while self.epoch.load(Ordering::SeqCst) == seen {
            bed = self.wake.wait(bed).unwrap_or_else(PoisonError::into_inner);
        }
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
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
            let calls = AtomicUsize::new(0);
            pool.run(|_| {
                calls.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(calls.into_inner(), 3);
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn a_panic_on_a_worker_reaches_the_caller_and_the_pool_survives_it() {
        let pool = Pool::new(2);
        let caught = catch_unwind(AssertUnwindSafe(|| pool.run(|thread| assert!(thread == 0))));
        assert!(caught.is_err());
        pool.run(|_| {});
    }
}
