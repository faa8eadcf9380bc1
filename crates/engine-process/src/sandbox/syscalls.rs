use std::collections::BTreeMap;

use libc as c;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};

use super::calls::{Allowed, Test};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Lets these calls through and refuses all others with "not permitted" (seccomp). Answers how it
/// went, as the end of a sentence.
pub fn restrict(lists: &[&[Allowed]]) -> Result<String, String> {
    let apply = || -> Result<(), seccompiler::Error> {
        let arch = std::env::consts::ARCH.try_into()?;
        let filter = |rules, otherwise, on_match| -> Result<BpfProgram, seccompiler::Error> {
            let filter = SeccompFilter::new(rules, otherwise, on_match, arch)?;
            Ok(filter.try_into()?)
        };
        let (absent, refused) = (errno(c::ENOSYS), errno(c::EPERM));
        // The list comes last, since it lets no further filter in.
        let clone3 = Rules::from([(c::SYS_clone3, vec![])]);
        seccompiler::apply_filter(&filter(clone3, SeccompAction::Allow, absent)?)?;
        seccompiler::apply_filter(&filter(rules(lists)?, refused, SeccompAction::Allow)?)?;
        Ok(())
    };
    apply().map(|()| "seccomp".into()).map_err(|e| format!("seccomp failed: {e}"))
}

fn errno(number: c::c_int) -> SeccompAction {
    SeccompAction::Errno(number as u32)
}

fn rules(lists: &[&[Allowed]]) -> Result<Rules, BackendError> {
    let mut rules = Rules::new();
    for allowed in lists.iter().copied().flatten() {
        let sets = allowed
            .when
            .iter()
            .map(|tests| SeccompRule::new(tests.iter().map(condition).collect::<Result<_, _>>()?));
        rules.insert(allowed.call, sets.collect::<Result<_, _>>()?);
    }
    Ok(rules)
}

/// Of each argument the lower half, which is all that the kernel looks at in these.
fn condition(test: &Test) -> Result<SeccompCondition, BackendError> {
    let (argument, operator, value) = match *test {
        Test::Is(argument, value) => (argument, SeccompCmpOp::Eq, value),
        Test::Within(argument, bits) => {
            (argument, SeccompCmpOp::MaskedEq(u64::from(!(bits as u32))), 0)
        }
        Test::Masked(argument, mask, value) => (argument, SeccompCmpOp::MaskedEq(mask), value),
        Test::Own(argument) => (argument, SeccompCmpOp::Eq, std::process::id().into()),
    };
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}
