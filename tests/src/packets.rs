//! Sees every packet of a network that has no way out: a network namespace where each address
//! leads back to its own loopback device. On a network that is only empty a packet would fail
//! before it exists, and a leak would look like silence.

use std::{
    collections::BTreeSet,
    env, fmt, fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use rustix::net::{
    AddressFamily, RecvFlags, SocketFlags, SocketType, eth, recv, socket_with,
    sockopt::set_socket_recv_buffer_size_force,
};

/// Set in the process that runs inside such a network.
const INSIDE: &str = "HEARTH_TEST_INSIDE_SINK";

/// Makes the network, hides the sockets through which name resolution leaves any network,
/// and goes on as the program that follows.
const ENTER: &str = "\
    set -e
    ip link set lo up
    ip route add local 0.0.0.0/0 dev lo
    ip -6 route add local ::/0 dev lo 2>/dev/null || true
    for path in /run/systemd/resolve /run/nscd; do
        if [ -d $path ]; then mount -t tmpfs none $path; fi
    done
    exec \"$@\"";

/// Whether this process is inside. If not, runs the test of this name again inside and checks it;
/// where the system does not allow such a network, says so and the test is passed over.
pub fn inside(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let root = fs::read_dir("/proc/1/fd").is_ok();
    let kinds: &[&str] =
        if root { &["--net", "--mount"] } else { &["--map-root-user", "--net", "--mount"] };
    let allowed = Command::new("unshare").args(kinds).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED {test}: this system allows no network namespace here (unshare)");
        return false;
    }
    let own = env::current_exe().expect("a running test has a path");
    let status = Command::new("unshare")
        .args(kinds)
        .args(["sh", "-c", ENTER, "sh"])
        .arg(own)
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .status()
        .expect("unshare was there a moment ago");
    assert!(status.success(), "{test} failed inside its network");
    false
}

/// One packet, as far as it tells where it was to go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Packet {
    /// IP's number of the protocol: 6 TCP, 17 UDP.
    protocol: u8,
    from: SocketAddr,
    to: SocketAddr,
}

impl Packet {
    pub fn to(&self) -> SocketAddr {
        self.to
    }

    pub fn is_udp(&self) -> bool {
        self.protocol == 17
    }

    pub fn is_tcp(&self) -> bool {
        self.protocol == 6
    }

    /// Between the test and the window it drives: both ends here, one of them listened on.
    fn is_the_tests_own(&self, listened_on: &BTreeSet<u16>) -> bool {
        let here = self.from.ip().is_loopback() && self.to.ip().is_loopback();
        let ports = [self.from.port(), self.to.port()];
        here && self.is_tcp() && ports.iter().any(|port| listened_on.contains(port))
    }

    /// Reads an IP packet. What is neither IPv4 nor IPv6 has no address to show.
    fn read(bytes: &[u8]) -> Option<Self> {
        let version = bytes.first()? >> 4;
        let (protocol, from, to, header): (u8, IpAddr, IpAddr, usize) = match version {
            4 => {
                let address = |at: usize| Some(Ipv4Addr::from(four(bytes, at)?).into());
                (*bytes.get(9)?, address(12)?, address(16)?, usize::from(bytes[0] & 15) * 4)
            }
            6 => {
                let address = |at: usize| Some(Ipv6Addr::from(sixteen(bytes, at)?).into());
                (*bytes.get(6)?, address(8)?, address(24)?, 40)
            }
            _ => return None,
        };
        let port = |at: usize| match (protocol, bytes.get(at..at + 2)) {
            (6 | 17, Some(pair)) => u16::from_be_bytes([pair[0], pair[1]]),
            _ => 0,
        };
        let (from, to) = ((from, port(header)).into(), (to, port(header + 2)).into());
        Some(Self { protocol, from, to })
    }
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

fn sixteen(bytes: &[u8], at: usize) -> Option<[u8; 16]> {
    bytes.get(at..at + 16)?.try_into().ok()
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "protocol {}: {} -> {}", self.protocol, self.from, self.to)
    }
}

/// Collects every packet of this network from now on. Its threads end with the test's process.
pub struct Sniffer {
    packets: Arc<Mutex<Vec<Packet>>>,
    listened_on: Arc<Mutex<BTreeSet<u16>>>,
}

impl Sniffer {
    pub fn start() -> Self {
        let kind = SocketType::DGRAM;
        let socket = socket_with(AddressFamily::PACKET, kind, SocketFlags::CLOEXEC, Some(eth::ALL));
        let socket = socket.expect("inside its own network a test may listen to every packet");
        // Driving the window makes bursts; a packet that finds no room would go unseen.
        set_socket_recv_buffer_size_force(&socket, 32 << 20).expect("a large buffer is allowed");
        let sniffer = Self { packets: Arc::default(), listened_on: Arc::default() };
        let packets = Arc::clone(&sniffer.packets);
        thread::spawn(move || {
            let mut buffer = [0; 128];
            while let Ok((bytes, _)) = recv(&socket, &mut buffer[..], RecvFlags::empty()) {
                lock(&packets).extend(Packet::read(&buffer[..bytes]));
            }
        });
        let listened_on = Arc::clone(&sniffer.listened_on);
        thread::spawn(move || {
            loop {
                lock(&listened_on).extend(ports_listened_on());
                thread::sleep(Duration::from_millis(20));
            }
        });
        sniffer
    }

    /// What was seen since the last call, the test's own control of the window left out.
    pub fn take(&self) -> Vec<Packet> {
        // A packet that was just sent is still on its way to the thread.
        thread::sleep(Duration::from_millis(500));
        let packets = std::mem::take(&mut *lock(&self.packets));
        let listened_on = lock(&self.listened_on);
        packets.into_iter().filter(|packet| !packet.is_the_tests_own(&listened_on)).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ports of this network that some process listens on.
fn ports_listened_on() -> BTreeSet<u16> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
    let text = tables.map(|table| fs::read_to_string(table).unwrap_or_default()).concat();
    let listening = text.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, _remote, state) = (fields.next()?, fields.next()?, fields.next()?);
        let port = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
        (state == "0A").then_some(port)
    });
    listening.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_tells_where_it_goes() {
        let mut bytes = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 8, 8, 8, 8];
        bytes.extend([0xc0, 0x01, 0, 53, 0, 8, 0, 0]);
        let packet = Packet::read(&bytes).unwrap();
        assert_eq!(packet.to(), "8.8.8.8:53".parse().unwrap());
        assert!(packet.is_udp());
        assert!(Packet::read(&bytes[..10]).is_none());
    }

    #[test]
    fn only_a_port_that_is_listened_on_is_the_tests_own() {
        let packet = |to: &str| Packet {
            protocol: 6,
            from: "127.0.0.1:40000".parse().unwrap(),
            to: to.parse().unwrap(),
        };
        let listened_on = BTreeSet::from([4445]);
        assert!(packet("127.0.0.1:4445").is_the_tests_own(&listened_on));
        assert!(!packet("127.0.0.1:9").is_the_tests_own(&listened_on), "the black hole is a leak");
        assert!(!packet("1.2.3.4:4445").is_the_tests_own(&listened_on));
    }
}
