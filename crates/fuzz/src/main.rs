//! The targets under libFuzzer; which one, `HEARTH_FUZZ_TARGET` names. The arguments are libFuzzer's.
#![no_main]

use std::sync::OnceLock;

use hearth_fuzz::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    static TARGET: OnceLock<&'static Target> = OnceLock::new();
    let target = TARGET.get_or_init(|| {
        let name = std::env::var("HEARTH_FUZZ_TARGET").unwrap_or_default();
        Target::named(&name)
            .unwrap_or_else(|| panic!("HEARTH_FUZZ_TARGET names no target: “{name}”"))
    });
    target.run(bytes);
});
