//! When a request is tried again. Only ever before the first byte of an answer.

use std::time::Duration;

/// The most attempts after the first.
const MOST: u32 = 2;
/// A provider that asks for a longer pause is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// What went wrong, as far as trying again depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No connection was made.
    Unreachable,
    /// 429, with the pause the provider asks for.
    Busy(Option<Duration>),
    /// 5xx.
    Down,
}

/// How long to wait before attempt `done + 1`; `None` to give up. `jitter` is in 0..1.
pub(crate) fn pause(trouble: Trouble, done: u32, jitter: f64) -> Option<Duration> {
    let most = if trouble == Trouble::Down { 1 } else { MOST };
    if done > most {
        return None;
    }
    match trouble {
        Trouble::Busy(Some(asked)) => (asked <= LONGEST_PAUSE).then_some(asked),
        // Full jitter: callers that failed together do not come back together.
        _ => Some(FIRST_PAUSE * 2u32.pow(done)).map(|longest| longest.mul_f64(jitter)),
    }
}

/// The `Retry-After` header in seconds. A date in it is not understood and counts as absent.
pub(crate) fn retry_after(header: Option<&str>) -> Option<Duration> {
    header?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_pause_that_was_asked_for_is_kept_and_a_long_one_is_not_waited_for() {
        let busy = |seconds| Trouble::Busy(Some(Duration::from_secs(seconds)));
        assert_eq!(pause(busy(3), 1, 0.0), Some(Duration::from_secs(3)));
        assert_eq!(pause(busy(60), 1, 0.0), None);
        assert_eq!(pause(busy(3), 3, 0.0), None, "the third failure is the last");
    }

    #[test]
    fn a_provider_that_is_down_is_tried_once_more() {
        assert!(pause(Trouble::Down, 1, 0.5).is_some());
        assert_eq!(pause(Trouble::Down, 2, 0.5), None);
        assert!(pause(Trouble::Unreachable, 2, 0.5).is_some());
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        let pause = |done, jitter| pause(Trouble::Unreachable, done, jitter).unwrap();
        assert_eq!(pause(1, 0.0), Duration::ZERO);
        assert!(pause(2, 0.9) > pause(1, 0.9));
        assert_eq!(retry_after(Some(" 7 ")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(Some("Fri, 31 Dec 1999 23:59:59 GMT")), None);
    }
}
