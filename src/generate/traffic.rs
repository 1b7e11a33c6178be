//! The traffic: what happens in the network, minute by minute, by chance.

use std::net::{IpAddr, Ipv4Addr};

use super::conversation::{Conversation, Volume};
use super::dice::{Dice, Sizes};
use super::network::{Endpoint, Network, Role};
use super::record::{Record, Status};
use super::schedule::Window;
use super::service::{self, Service};

/// Conversations that are remembered, so that later intervals can report more of them.
const OPEN: usize = 8_192;
/// The host that calls home, and whom it calls.
const BEACON: u32 = 2;
const BEACON_SERVER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 77);
/// The host that probes others.
const INSIDER: u32 = 3;
/// Sources of sweeps from outside: addresses for documentation, which are nobody's.
const SWEEPERS: [Ipv4Addr; 6] = [
    Ipv4Addr::new(198, 51, 100, 23),
    Ipv4Addr::new(203, 0, 113, 9),
    Ipv4Addr::new(198, 51, 100, 77),
    Ipv4Addr::new(203, 0, 113, 180),
    Ipv4Addr::new(198, 51, 100, 142),
    Ipv4Addr::new(203, 0, 113, 211),
];
/// Ports that strangers knock at, most popular first.
const KNOCKED: [u16; 12] = [23, 22, 3389, 445, 8080, 5060, 6379, 1433, 3306, 5900, 2323, 8443];

/// What happens next, in 1000ths; the rest is a later interval of an open conversation.
const CLIENTS: u32 = 225;
const THROUGH_NAT: u32 = 62;
const OUTBOUND: u32 = 45;
const PARTNERS: u32 = 16;
const INTERNAL: u32 = 64;
const PINGS: u32 = 10;
const SWEEPS: u32 = 112;
const KNOCKS: u32 = 110;
const INSIDER_SWEEPS: u32 = 14;
const NO_DATA: u32 = 14;
const SKIPPED: u32 = 8;

/// The source of all records.
#[derive(Debug)]
pub struct Traffic<'a> {
    network: &'a Network,
    dice: Dice,
    sizes: Sizes,
    open: Vec<Conversation>,
    webs: Vec<u32>,
    clients: Vec<u32>,
    /// Logged interfaces without traffic; all of them, where none is idle.
    idle: Vec<u32>,
    sweeps: u32,
    insider_sweeps: u32,
    /// How many in a hundred conversations with clients and between hosts go over IPv6.
    ipv6: Option<u32>,
    /// The capture window that is being filled.
    window: Window,
}

impl<'a> Traffic<'a> {
    /// The traffic of a network, with its own chance.
    pub fn new(network: &'a Network, dice: Dice, window: Window, ipv6: Option<u32>) -> Traffic<'a> {
        let logged = |wanted: fn(Role) -> bool| -> Vec<u32> {
            (0..network.enis).filter(|at| wanted(network.host(*at).role)).collect()
        };
        let idle = logged(|role| role == Role::Idle);
        Traffic {
            network,
            dice,
            sizes: Sizes::new(),
            open: Vec::with_capacity(OPEN),
            webs: logged(|role| role == Role::Web),
            clients: logged(|role| !matches!(role, Role::Idle | Role::NatGateway)),
            idle: if idle.is_empty() { logged(|_| true) } else { idle },
            sweeps: 0,
            insider_sweeps: 0,
            ipv6,
            window,
        }
    }

    /// Goes on to a window.
    pub fn enter(&mut self, window: Window) {
        self.window = window;
    }

    /// The records of the next thing that happens in the window; some happen out of sight.
    pub fn step(&mut self, records: &mut Vec<Record>) {
        let mut chance = self.dice.below(1000);
        let mut is = |share: u32| {
            let hit = chance < share;
            chance = chance.wrapping_sub(share);
            hit
        };
        if is(CLIENTS) {
            self.client(records);
        } else if is(THROUGH_NAT) {
            self.through_nat(records);
        } else if is(OUTBOUND) {
            self.outbound(records);
        } else if is(PARTNERS) {
            self.partner(records);
        } else if is(INTERNAL) {
            self.internal(records);
        } else if is(PINGS) {
            self.ping(records);
        } else if is(SWEEPS) {
            self.sweep(records);
        } else if is(KNOCKS) {
            self.knock(records);
        } else if is(INSIDER_SWEEPS) {
            self.insider(records);
        } else if is(NO_DATA) {
            self.no_data(records);
        } else if is(SKIPPED) {
            self.skipped(records);
        } else if let Some(conversation) = self.remembered() {
            self.report(&conversation, false, records);
        }
    }

    /// The regular call of the beacon, at the same second of its window and of the same size.
    pub fn beacon(&mut self, records: &mut Vec<Record>) {
        if BEACON >= self.network.enis {
            return;
        }
        let call = Conversation {
            client: self.network.inside(BEACON, false),
            server: outside(BEACON_SERVER),
            client_port: 40_000 + (self.window.index % 20_000) as u16,
            nat_port: Some(20_000 + (self.window.index % 20_000) as u16),
            service: &service::HTTPS,
        };
        let second = i64::from(7.min(self.window.seconds.saturating_sub(1)));
        let start = self.window.start + second;
        let request = Volume { packets: 6, bytes: 612, tcp_flags: 3 };
        let reply = Volume { packets: 5, bytes: 420, tcp_flags: 19 };
        call.report([start, start + 1], [request, reply], self.network.enis, records);
    }

    fn remembered(&mut self) -> Option<Conversation> {
        let at = self.dice.below(self.open.len() as u32) as usize;
        self.open.get(at).copied()
    }

    /// A new conversation: reports its first interval and remembers it.
    fn begin(
        &mut self,
        client: Endpoint,
        server: Endpoint,
        service: &'static Service,
        records: &mut Vec<Record>,
    ) {
        let client_port = self.ephemeral(service);
        let outward = client.host.is_some() && server.host.is_none();
        let through_nat = outward && self.network.host(client.host.unwrap_or(0)).role != Role::Web;
        let nat_port = if through_nat { Some(self.ephemeral(service)) } else { None };
        let conversation = Conversation { client, server, client_port, nat_port, service };
        self.report(&conversation, true, records);
        if self.open.len() < OPEN {
            self.open.push(conversation);
        } else {
            let at = self.dice.below(OPEN as u32) as usize;
            self.open[at] = conversation;
        }
    }

    /// Whether the next conversation goes over IPv6: as was asked for, else once in so many times.
    fn over_v6(&mut self, once_in: Option<u32>) -> bool {
        match (self.ipv6, once_in) {
            (Some(percent), _) => self.dice.below(100) < percent,
            (None, Some(count)) => self.dice.one_in(count),
            (None, None) => false,
        }
    }

    fn client(&mut self, records: &mut Vec<Record>) {
        let v6 = self.over_v6(Some(14));
        let web = self.some_of(|traffic| &traffic.webs);
        let client = self.network.client(&mut self.dice, v6);
        let service = if self.dice.one_in(6) { &service::HTTP } else { &service::HTTPS };
        self.begin(client, self.network.inside(web, v6), service, records);
    }

    fn through_nat(&mut self, records: &mut Vec<Record>) {
        let host = self.some_of(|traffic| &traffic.clients);
        let peer = self.network.peer(&mut self.dice);
        let service = self.dice.pick(service::OUTWARD);
        self.begin(self.network.inside(host, false), peer, service, records);
    }

    fn outbound(&mut self, records: &mut Vec<Record>) {
        let web = self.some_of(|traffic| &traffic.webs);
        let peer = self.network.peer(&mut self.dice);
        let service = self.dice.pick(service::OUTWARD);
        self.begin(self.network.inside(web, false), peer, service, records);
    }

    fn partner(&mut self, records: &mut Vec<Record>) {
        let host = self.some_of(|traffic| &traffic.clients);
        let partner = self.network.partner(&mut self.dice);
        let service = if self.dice.one_in(4) { &service::SSH } else { &service::HTTPS };
        self.begin(partner, self.network.inside(host, false), service, records);
    }

    fn internal(&mut self, records: &mut Vec<Record>) {
        let client = self.some_of(|traffic| &traffic.clients);
        let other = self.dice.below(self.network.hosts.len() as u32);
        let (server, service) = match self.network.host(other).role {
            Role::MySql => (other, &service::MYSQL),
            Role::Postgres => (other, &service::POSTGRES),
            Role::Web => (other, &service::HTTPS),
            // The resolver: every host asks it now and then.
            Role::Idle | Role::NatGateway | Role::Beacon | Role::Scanner => (4, &service::DNS),
            Role::Resolver => (other, &service::DNS),
            Role::Application => match self.dice.below(8) {
                0 => (other, &service::SSH),
                1..4 => (4, &service::DNS),
                4 => (other, &service::HTTP),
                _ => (other, &service::REDIS),
            },
        };
        if client != server {
            let v6 = self.over_v6(None);
            let [client, server] = [client, server].map(|at| self.network.inside(at, v6));
            self.begin(client, server, service, records);
        }
    }

    fn ping(&mut self, records: &mut Vec<Record>) {
        let host = self.some_of(|traffic| &traffic.webs);
        let v6 = self.dice.one_in(4);
        let service = if v6 { &service::PING_V6 } else { &service::PING };
        let client = self.network.client(&mut self.dice, v6);
        self.begin(client, self.network.inside(host, v6), service, records);
    }

    /// A sweep from outside: one source takes all ports of a host, or all hosts at one port.
    fn sweep(&mut self, records: &mut Vec<Record>) {
        self.sweeps = self.sweeps.wrapping_add(1);
        let sweeper = self.dice.skewed(SWEEPERS.len() as u32) as usize;
        let (host, port) = if sweeper.is_multiple_of(2) {
            let clients = self.clients.len() as u32;
            let host = self.clients[(self.sweeps / 65_535 % clients) as usize];
            (host, (self.sweeps % 65_535 + 1) as u16)
        } else {
            (self.sweeps % self.network.enis, KNOCKED[sweeper * 2 % KNOCKED.len()])
        };
        self.refuse(outside(SWEEPERS[sweeper]), host, port, 6, records);
    }

    /// The background noise of the internet: a stranger tries one port.
    fn knock(&mut self, records: &mut Vec<Record>) {
        let host = self.dice.below(self.network.enis);
        let port = KNOCKED[self.dice.skewed(KNOCKED.len() as u32) as usize];
        let stranger = self.network.stranger(&mut self.dice);
        self.refuse(stranger, host, port, if port == 5060 { 17 } else { 6 }, records);
    }

    /// A sweep from inside: its own interface lets the probe out, that of its target refuses it.
    fn insider(&mut self, records: &mut Vec<Record>) {
        self.insider_sweeps = self.insider_sweeps.wrapping_add(1);
        let target = self.insider_sweeps % self.network.hosts.len() as u32;
        let source = self.network.inside(INSIDER, false);
        let port = KNOCKED[(self.insider_sweeps / 7) as usize % KNOCKED.len()];
        if target == INSIDER || self.network.host(target).role == Role::Idle {
            return;
        }
        let before = records.len();
        self.refuse(source, target, port, 6, records);
        if let (Some(refused), true) = (records.get(before).cloned(), INSIDER < self.network.enis) {
            let next_hop = Some(target);
            records.push(Record {
                host: INSIDER,
                accepted: true,
                egress: true,
                next_hop,
                ..refused
            });
        }
        records.retain(|record| record.host < self.network.enis);
    }

    /// A packet that nobody answers, as the interface of `host` records it.
    fn refuse(
        &mut self,
        source: Endpoint,
        host: u32,
        port: u16,
        protocol: u8,
        records: &mut Vec<Record>,
    ) {
        if self.network.host(host).role == Role::Idle {
            return;
        }
        let packets = u64::from(1 + self.dice.skewed(3));
        let size = if protocol == 6 { [40, 44, 52, 60][self.dice.below(4) as usize] } else { 443 };
        let [start, end] = self.interval(false);
        let target = self.network.inside(host, false);
        records.push(Record {
            host,
            status: Status::Ok,
            start,
            end,
            source: [source.address; 2],
            destination: [target.address; 2],
            ports: [self.dice.between(1024, 65_535) as u16, port],
            protocol,
            packets,
            bytes: packets * size,
            accepted: false,
            tcp_flags: if protocol == 6 { 2 } else { 0 },
            egress: false,
            aws: [source.aws, 0],
            next_hop: source.host,
        });
    }

    fn no_data(&mut self, records: &mut Vec<Record>) {
        let host = self.some_of(|traffic| &traffic.idle);
        let start = self.window.start;
        let length = i64::from(self.window.seconds.saturating_sub(self.dice.below(3)));
        records.push(self.without_flow(host, Status::NoData, [start, start + length]));
    }

    fn skipped(&mut self, records: &mut Vec<Record>) {
        let host = self.some_of(|traffic| &traffic.clients);
        let interval = self.interval(true);
        records.push(self.without_flow(host, Status::SkipData, interval));
    }

    fn without_flow(&self, host: u32, status: Status, [start, end]: [i64; 2]) -> Record {
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Record {
            host,
            status,
            start,
            end,
            source: [nowhere; 2],
            destination: [nowhere; 2],
            ports: [0; 2],
            protocol: 0,
            packets: 0,
            bytes: 0,
            accepted: false,
            tcp_flags: 0,
            egress: false,
            aws: [0; 2],
            next_hop: None,
        }
    }

    /// One interval of a conversation: its size and the records of it.
    fn report(&mut self, conversation: &Conversation, first: bool, records: &mut Vec<Record>) {
        let service = conversation.service;
        let interval = self.interval(!service.brief);
        let packets = if service.brief {
            1 + self.dice.skewed(3)
        } else {
            // Median 7 packets, a factor of 5 for each standard deviation.
            self.sizes.draw(&mut self.dice, 90, 74)
        };
        let answers = if service.brief { packets } else { packets + self.dice.below(packets) };
        let flags = if service.protocol != 6 {
            [0, 0]
        } else {
            match (first, self.dice.below(16)) {
                (true, 0) => [6, 18],
                (true, 1..7) => [2, 18],
                (true, _) => [3, 19],
                (false, 0) => [4, 0],
                (false, 1..5) => [1, 1],
                (false, _) => [0, 0],
            }
        };
        let volumes = [(packets, service.request, flags[0]), (answers, service.reply, flags[1])]
            .map(|(packets, (low, high), tcp_flags)| {
                let bytes = u64::from(packets) * u64::from(self.dice.between(low, high));
                Volume { packets: u64::from(packets), bytes, tcp_flags }
            });
        conversation.report(interval, volumes, self.network.enis, records);
    }

    /// Start and end of a record in the window, 0 to 60 seconds apart.
    fn interval(&mut self, long: bool) -> [i64; 2] {
        let start = self.window.start + i64::from(self.dice.below(self.window.seconds));
        let length = if long { self.dice.below(61) } else { self.dice.below(3) };
        [start, start + i64::from(length)]
    }

    fn ephemeral(&mut self, service: &Service) -> u16 {
        if service.port == 0 { 0 } else { self.dice.between(32_768, 60_999) as u16 }
    }

    /// One of some hosts, the first ones more likely; none of the lists is empty, since the first
    /// host is a logged web server.
    fn some_of(&mut self, list: fn(&Self) -> &Vec<u32>) -> u32 {
        let at = self.dice.skewed(list(self).len() as u32) as usize;
        list(self).get(at).copied().unwrap_or(0)
    }
}

fn outside(address: Ipv4Addr) -> Endpoint {
    Endpoint { address: IpAddr::V4(address), host: None, aws: 0 }
}
