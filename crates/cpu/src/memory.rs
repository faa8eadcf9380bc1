//! Memory for weights: large pages for what is kept, and giving back what is not.

/// Zeroed bytes that start on a 64-byte line, in huge pages where the system has them: weights
/// are read from end to end for every token, and a page walk for every 4 KiB would show.
pub struct Memory {
    data: *mut u8,
    len: usize,
    #[cfg(unix)]
    mapping: (*mut libc::c_void, usize),
}

// SAFETY: it owns its bytes, like a `Box<[u8]>`.
unsafe impl Send for Memory {}
// SAFETY: as above; writing needs `unsafe`.
unsafe impl Sync for Memory {}

impl Memory {
    /// `None` when the system has no such room.
    #[cfg(unix)]
    pub fn zeroed(len: usize) -> Option<Self> {
        const HUGE: usize = 2 << 20;
        let reserved = len.checked_add(HUGE)?;
        // SAFETY: a private anonymous mapping touches no memory of others. Its spare 2 MiB,
        // which make room for aligning, are never touched and cost nothing.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                reserved,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return None;
        }
        let data = base.cast::<u8>().wrapping_add(base.cast::<u8>().align_offset(HUGE));
        #[cfg(target_os = "linux")]
        // SAFETY: the range is inside the mapping; the advice does not change its content.
        unsafe {
            libc::madvise(data.cast(), len, libc::MADV_HUGEPAGE);
        }
        Some(Self { data, len, mapping: (base, reserved) })
    }

    #[cfg(not(unix))]
    pub fn zeroed(len: usize) -> Option<Self> {
        let layout = std::alloc::Layout::from_size_align(len.max(1), 64).ok()?;
        // SAFETY: the layout is not empty.
        let data = unsafe { std::alloc::alloc_zeroed(layout) };
        (!data.is_null()).then_some(Self { data, len })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn bytes(&self, start: usize, len: usize) -> &[u8] {
        assert!(start <= self.len && len <= self.len - start);
        // SAFETY: inside the allocation, which is initialised; writers keep to other places.
        unsafe { std::slice::from_raw_parts(self.data.add(start), len) }
    }

    /// # Safety
    /// Nothing else reads or writes these bytes while the slice lives.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn bytes_mut(&self, start: usize, len: usize) -> &mut [u8] {
        assert!(start <= self.len && len <= self.len - start);
        // SAFETY: inside the allocation; the caller has these bytes to itself.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(start), len) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        #[cfg(unix)]
        // SAFETY: this is the mapping that `zeroed` made.
        unsafe {
            libc::munmap(self.mapping.0, self.mapping.1);
        }
        #[cfg(not(unix))]
        // SAFETY: this is the layout that `zeroed` allocated.
        unsafe {
            std::alloc::dealloc(
                self.data,
                std::alloc::Layout::from_size_align_unchecked(self.len.max(1), 64),
            );
        }
    }
}

/// Tells the system that these bytes of a mapped file will be read soon.
pub fn will_read(mapped: &[u8]) {
    advise(mapped, Advice::WillNeed);
}

/// Takes these bytes of a mapped file out of memory; a later read fetches them again.
///
/// # Safety
/// The bytes are a mapping of a file: any other memory would be zeros afterwards.
pub unsafe fn give_back(mapped: &[u8]) {
    advise(mapped, Advice::DontNeed);
}

enum Advice {
    WillNeed,
    DontNeed,
}

#[cfg(unix)]
fn advise(mapped: &[u8], advice: Advice) {
    const PAGE: usize = 4096;
    let start = mapped.as_ptr().addr();
    let (first, last) = match advice {
        // Pages that it shares with its neighbours stay.
        Advice::DontNeed => (start.next_multiple_of(PAGE), (start + mapped.len()) / PAGE * PAGE),
        Advice::WillNeed => (start / PAGE * PAGE, start + mapped.len()),
    };
    if first >= last {
        return;
    }
    let advice = match advice {
        Advice::WillNeed => libc::MADV_WILLNEED,
        Advice::DontNeed => libc::MADV_DONTNEED,
    };
    let pages = mapped.as_ptr().with_addr(first).cast_mut().cast();
    // SAFETY: a file mapping that is only read gives the same bytes again after it was dropped.
    unsafe {
        libc::madvise(pages, last - first, advice);
    }
}

#[cfg(not(unix))]
fn advise(_mapped: &[u8], _advice: Advice) {}

/// The largest resident size of this process so far, in bytes.
#[cfg(unix)]
pub fn peak_rss_bytes() -> Option<u64> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `getrusage` fills the struct that it is given.
    let usage = unsafe {
        if libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) != 0 {
            return None;
        }
        usage.assume_init()
    };
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(usage.ru_maxrss).ok().map(|size| size * unit)
}

#[cfg(not(unix))]
pub fn peak_rss_bytes() -> Option<u64> {
    None
}
