//! What one system needs and the others do not.

#[cfg(target_os = "linux")]
mod linux;

/// Runs before anything of the windowing system is touched.
pub fn before_the_first_window() {
    #[cfg(target_os = "linux")]
    linux::choose_rendering();
}
