//! Questions and changes in ten thousand orders: the gate's own code, the router's decisions and
//! permits, and the order in which the assistant and a connection use them, one step at a time under a
//! scheduler that a seed drives.

use std::{
    cell::RefCell,
    future::Future,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use hearth_router::{
    Action, Budget, Destination, Facts, Health, Label, Lease, Mode, NanoUsd, Origin, Permit, Place,
    Policy, Scope, decide,
};

use super::Gate;

/// What was wrong before there were leases, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Planted {
    Nothing,
    /// Attempts ask whether the gate is open, and nothing else.
    LeaseIgnored,
    /// Local only closes the gate, and whatever change ends next opens it for the mode of then.
    Reopened,
}

const CHATS: [&str; 2] = ["a", "b"];
const PROVIDERS: [&str; 2] = ["near", "far"];
const BODY: &[u8] = b"{}";

#[derive(Clone, Copy, Default)]
struct Chat {
    pinned: bool,
    label: Label,
}

#[derive(Clone)]
struct Settings {
    mode: Mode,
    policy: Policy,
    /// How often each provider was moved to another address.
    moved: [u32; 2],
}

/// A change from the moment on which it counts.
struct Began {
    scope: Scope,
    at: u64,
    returned: bool,
}

struct World {
    gate: Gate,
    planted: Planted,
    settings: Settings,
    settings_are_changing: bool,
    chats: [Chat; 2],
    changes: Vec<Began>,
    clock: u64,
    random: u64,
    seen: Seen,
}

/// What came about, over all orders.
#[derive(Clone, Debug, Default)]
struct Seen {
    left: u32,
    repeated: u32,
    refused: u32,
    cut: u32,
    agreed: u32,
    wrong: Vec<String>,
}

type Shared = Rc<RefCell<World>>;

impl World {
    fn random(&mut self, below: u64) -> u64 {
        // SplitMix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn now(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn begin(&mut self, scope: Scope) -> usize {
        let at = self.now();
        self.changes.push(Began { scope, at, returned: false });
        self.changes.len() - 1
    }

    fn is_changing(&self, scope: &Scope) -> bool {
        self.changes.iter().any(|change| change.scope == *scope && !change.returned)
    }

    fn wrong(&mut self, what: &str) {
        self.seen.wrong.push(what.to_owned());
    }
}

/// Lets the others go on.
async fn step() {
    let mut waited = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn steps(world: &Shared, most: u64) {
    let count = world.borrow_mut().random(most + 1);
    for _ in 0..count {
        step().await;
    }
}

/// At once with all others, or while questions are on their way.
async fn at_some_time(world: &Shared) {
    let most = if world.borrow_mut().random(2) == 0 { 0 } else { 30 };
    steps(world, most).await;
}

/// Whether `event` has come by now.
fn has_come(event: impl Future<Output = ()>) -> bool {
    pin!(event).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// A question, as it was when it was asked.
struct Question {
    chat: usize,
    provider: usize,
    moved: u32,
    asked: u64,
}

impl Question {
    fn scopes(&self) -> [Scope; 3] {
        let (chat, provider) = (CHATS[self.chat], PROVIDERS[self.provider]);
        [Scope::Rules, Scope::Chat(chat.into()), Scope::Provider(provider.into())]
    }

    /// A connection is about to be made.
    fn passes(&self, world: &mut World) {
        if let Some(scope) = self.scopes().iter().find(|scope| world.is_changing(scope)) {
            world.wrong(&format!("it passed while {scope:?} was changing"));
        }
    }

    /// A byte is handed to the socket.
    fn leaves(&self, world: &mut World) {
        world.seen.left += 1;
        let scopes = self.scopes();
        let over = |change: &Began| {
            change.returned && change.at > self.asked && scopes.contains(&change.scope)
        };
        if let Some(change) = world.changes.iter().find(|change| over(change)) {
            let what = format!("it left after a change of {:?} had returned", change.scope);
            world.wrong(&what);
        }
        let [rules, chat, provider] = scopes.map(|scope| !world.is_changing(&scope));
        let (settings, row) = (&world.settings, world.chats[self.chat]);
        let against = [
            rules && settings.mode == Mode::LocalOnly,
            rules && settings.policy.public.furthest == Place::ThisDevice,
            chat && row.pinned,
            chat && row.label == Label::Regulated,
            provider && settings.moved[self.provider] != self.moved,
        ];
        if against.contains(&true) {
            world.wrong(&format!("it left against what holds now: {against:?}"));
        }
    }
}

/// As the assistant asks: leave begins, what it rests on is read piece by piece, the user or the rules
/// agree, and it is sent until somebody takes it.
async fn ask(world: Shared) {
    let gate = world.borrow().gate.clone();
    let (chat, provider, by_consent, asked, lease) = {
        let mut world = world.borrow_mut();
        let (chat, provider) = (world.random(2) as usize, world.random(2) as usize);
        let by_consent = world.random(2) == 0;
        let lease = gate.lease().and(Scope::Chat(CHATS[chat].into()));
        (chat, provider, by_consent, world.now(), lease)
    };
    step().await;
    let row = world.borrow().chats[chat];
    step().await;
    let moved = world.borrow().settings.moved[provider];
    step().await;
    let question = Question { chat, provider, moved, asked };
    let there = Origin::parse(&format!("https://{}{moved}.example", PROVIDERS[provider])).unwrap();
    if by_consent {
        // The sheet is open.
        steps(&world, 12).await;
        world.borrow_mut().seen.agreed += 1;
    }
    let (mode, policy) = {
        let world = world.borrow();
        (world.settings.mode, world.settings.policy.clone())
    };
    let destination = Destination {
        provider: PROVIDERS[provider].into(),
        place: Place::Cloud,
        origin: there.clone(),
        region: None,
        retention_days: None,
        has_key: true,
        worst_case: Some(NanoUsd(1)),
    };
    let facts = Facts {
        mode,
        pinned_local: row.pinned,
        label: row.label,
        wished: true,
        destinations: vec![destination],
        ..Facts::default()
    };
    let (budget, health) = (Budget::default(), Health::default());
    let decision = decide(&facts, Some(&policy), None, Some(&budget), Some(&health));
    if decision.action() == Action::Keep {
        return;
    }
    let now = Instant::now();
    let mut permit = Permit::from_consent(&decision, BODY, NanoUsd(1), lease, now).unwrap();
    // The key store, and the ledger.
    steps(&world, 4).await;
    for attempt in 0..3 {
        let lease = match world.borrow().planted {
            Planted::LeaseIgnored => gate.lease(),
            Planted::Nothing | Planted::Reopened => permit.lease().clone(),
        };
        let redeemed = permit.redeem(&there, BODY, now).unwrap();
        if !send(&world, &gate, &lease, &question).await {
            return;
        }
        permit = redeemed.not_taken();
        if attempt < 2 {
            world.borrow_mut().seen.repeated += 1;
        }
        let pause = world.borrow_mut().random(8);
        for _ in 0..pause {
            if has_come(gate.revoked(&lease)) {
                break;
            }
            step().await;
        }
    }
}

/// Whether nobody took it.
async fn send(world: &Shared, gate: &Gate, lease: &Lease, question: &Question) -> bool {
    if !gate.stands(lease) {
        world.borrow_mut().seen.refused += 1;
        return false;
    }
    // Its row in the log.
    steps(world, 2).await;
    let Some(pass) = gate.pass(lease) else {
        world.borrow_mut().seen.refused += 1;
        return false;
    };
    question.passes(&mut world.borrow_mut());
    step().await;
    let bytes = 1 + world.borrow_mut().random(8);
    for n in 0..bytes {
        // hyper's tasks may write once more before the connection notices.
        let looks = n == 0 || world.borrow_mut().random(2) == 0;
        if looks && has_come(pass.revoked()) {
            world.borrow_mut().seen.cut += 1;
            return false;
        }
        question.leaves(&mut world.borrow_mut());
        step().await;
    }
    world.borrow_mut().random(2) == 0
}

/// As the assistant changes a chat.
async fn change_chat(world: Shared) {
    at_some_time(&world).await;
    let gate = world.borrow().gate.clone();
    let chat = world.borrow_mut().random(2) as usize;
    let scope = Scope::Chat(CHATS[chat].into());
    let began = world.borrow_mut().begin(scope.clone());
    let change = gate.change(vec![scope]);
    steps(&world, 3).await;
    {
        let mut world = world.borrow_mut();
        let (what, on) = (world.random(2), world.random(3) > 0);
        let row = &mut world.chats[chat];
        match what {
            0 => row.pinned = on,
            _ => row.label = if on { Label::Regulated } else { Label::Public },
        }
    }
    steps(&world, 2).await;
    change.ended().await;
    world.borrow_mut().changes[began].returned = true;
}

/// As the assistant changes settings: one after the other, but local only counts at once.
async fn change_settings(world: Shared) {
    at_some_time(&world).await;
    let gate = world.borrow().gate.clone();
    let what = world.borrow_mut().random(6);
    let which = world.borrow_mut().random(2) as usize;
    let mut early = None;
    if what < 2 {
        let began = world.borrow_mut().begin(Scope::Rules);
        let planted = world.borrow().planted;
        match planted {
            Planted::Reopened => gate.set_open(false),
            _ => early = Some(gate.change(vec![Scope::Rules])),
        }
        change_alone(&world, &gate, |new| new.mode = Mode::LocalOnly).await;
        if let Some(early) = early {
            early.ended().await;
        }
        world.borrow_mut().changes[began].returned = true;
        return;
    }
    let strict = world.borrow_mut().random(2) == 0;
    change_alone(&world, &gate, |new| match what {
        2 => new.mode = Mode::Auto,
        3 => {
            let furthest = if strict { Place::ThisDevice } else { Place::Cloud };
            new.policy.public.furthest = furthest;
        }
        4 => new.moved[which] += 1,
        // The theme.
        _ => {}
    })
    .await;
}

async fn change_alone(world: &Shared, gate: &Gate, change: impl FnOnce(&mut Settings)) {
    while world.borrow().settings_are_changing {
        step().await;
    }
    world.borrow_mut().settings_are_changing = true;
    let before = world.borrow().settings.clone();
    let mut new = before.clone();
    change(&mut new);
    let mut scopes = Vec::new();
    if (new.mode, &new.policy) != (before.mode, &before.policy) {
        scopes.push(Scope::Rules);
    }
    let moved = (0..2).filter(|at| new.moved[*at] != before.moved[*at]);
    scopes.extend(moved.map(|at| Scope::Provider(PROVIDERS[at].into())));
    let began: Vec<usize> =
        scopes.iter().map(|scope| world.borrow_mut().begin(scope.clone())).collect();
    let changing = gate.change(scopes);
    // The file.
    steps(world, 4).await;
    let mode = new.mode;
    world.borrow_mut().settings = new;
    step().await;
    if mode != before.mode || world.borrow().planted == Planted::Reopened {
        gate.set_open(mode != Mode::LocalOnly);
    }
    // Everybody is told.
    steps(world, 4).await;
    changing.ended().await;
    for began in began {
        world.borrow_mut().changes[began].returned = true;
    }
    world.borrow_mut().settings_are_changing = false;
}

fn run(seed: u64, planted: Planted) -> Seen {
    let gate = Gate::new();
    gate.set_open(true);
    let world = Rc::new(RefCell::new(World {
        gate,
        planted,
        settings: Settings { mode: Mode::Auto, policy: Policy::default(), moved: [0; 2] },
        settings_are_changing: false,
        chats: Default::default(),
        changes: Vec::new(),
        clock: 0,
        random: seed,
        seen: Seen::default(),
    }));
    let mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for _ in 0..4 {
        tasks.push(Box::pin(ask(Rc::clone(&world))));
    }
    for _ in 0..3 {
        tasks.push(Box::pin(change_settings(Rc::clone(&world))));
    }
    for _ in 0..2 {
        tasks.push(Box::pin(change_chat(Rc::clone(&world))));
    }
    let mut left = 100_000;
    while !tasks.is_empty() {
        left -= 1;
        assert!(left > 0, "seed {seed}: a change waits for ever");
        let next = world.borrow_mut().random(tasks.len() as u64) as usize;
        if tasks[next].as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            drop(tasks.swap_remove(next));
        }
    }
    let seen = world.borrow().seen.clone();
    assert!(world.borrow().gate.state.borrow().under_way.is_empty());
    assert!(world.borrow().gate.state.borrow().changing.is_empty());
    seen
}

fn explore(orders: u64, planted: Planted) -> Seen {
    let mut all = Seen::default();
    for seed in 0..orders {
        let seen = run(seed, planted);
        all.left += seen.left;
        all.repeated += seen.repeated;
        all.refused += seen.refused;
        all.cut += seen.cut;
        all.agreed += seen.agreed;
        all.wrong.extend(seen.wrong.into_iter().map(|what| format!("seed {seed}: {what}")));
    }
    println!(
        "{planted:?}: {} orders, {all:?}",
        orders,
        all = Seen { wrong: vec![], ..all.clone() }
    );
    all
}

/// `HEARTH_ORDERS=1000000` for more.
#[test]
fn in_ten_thousand_orders_nothing_leaves_after_a_change_has_returned() {
    let orders = std::env::var("HEARTH_ORDERS").map_or(10_000, |n| n.parse().unwrap());
    let seen = explore(orders, Planted::Nothing);
    assert_eq!(seen.wrong, Vec::<String>::new());
    // It was no proof by silence.
    for count in [seen.left, seen.repeated, seen.refused, seen.cut, seen.agreed] {
        assert!(count > 100, "{seen:?}");
    }
}

#[test]
fn a_lease_that_nobody_looks_at_is_found() {
    let seen = explore(1_000, Planted::LeaseIgnored);
    let chat = |what: &&String| what.contains("change of Chat") && what.contains("had returned");
    assert!(seen.wrong.iter().find(chat).is_some(), "{:?}", seen.wrong);
}

#[test]
fn a_gate_that_another_change_opens_again_is_found() {
    let seen = explore(1_000, Planted::Reopened);
    let rules = |what: &&String| what.contains("passed while Rules was changing");
    assert!(seen.wrong.iter().find(rules).is_some(), "{:?}", seen.wrong);
}
