//! The network that the generated traffic runs in: a VPC, its hosts and interfaces, the outside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::dice::{Dice, Ranks};

/// The account that owns everything: the one of AWS's examples.
pub const ACCOUNT: &str = "123456789012";
/// The region everything is in.
pub const REGION: &str = "us-east-1";
/// The first interface, which AWS's sample queries ask for.
pub const FIRST_ENI: &str = "eni-0123456789abcdef0";
/// The NAT gateway's private address.
pub const NAT_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
/// Most interfaces a network can have: what its subnets have room for.
pub const MOST_ENIS: usize = 20_000;

/// Hosts of the VPC, whether or not their interfaces are logged.
const LEAST_HOSTS: usize = 240;
/// Known servers outside: popular services, partners, update mirrors.
const PEERS: u32 = 20_000;
/// Networks of 65,536 addresses that clients come from.
const CLIENT_NETWORKS: u32 = 8_192;
/// Machines outside that knock again and again, wherever they can.
const STRANGERS: u32 = 4_000;
/// Usable addresses of a /20 subnet; a prime, so that every step through it meets all of them.
const SUBNET_ROOM: u32 = 4_091;

/// Codes of AWS services with published address ranges, as `pkt-dst-aws-service` has them.
pub const AWS_SERVICES: [&str; 6] =
    ["AMAZON", "S3", "EC2", "CLOUDFRONT", "DYNAMODB", "GLOBALACCELERATOR"];

/// What a host is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Serves the web, with a public address of its own.
    Web,
    /// Translates the addresses of private hosts on their way out.
    NatGateway,
    /// Calls one address outside at regular times, as malware does.
    Beacon,
    /// Probes other hosts of the VPC.
    Scanner,
    /// Answers DNS.
    Resolver,
    /// Runs MySQL.
    MySql,
    /// Runs PostgreSQL.
    Postgres,
    /// Runs services that talk to all the others.
    Application,
    /// Does nothing: its interface reports no data.
    Idle,
}

/// A host of the VPC and its network interface.
#[derive(Clone, Debug)]
pub struct Host {
    /// What it is for.
    pub role: Role,
    /// Private IPv4 address.
    pub v4: Ipv4Addr,
    /// IPv6 address.
    pub v6: Ipv6Addr,
    /// `eni-…`.
    pub eni: String,
    /// `i-…`.
    pub instance: String,
    /// Index of its subnet.
    pub subnet: usize,
}

/// One end of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Its address, before any translation.
    pub address: IpAddr,
    /// The host of the VPC that it is, if it is one.
    pub host: Option<u32>,
    /// The AWS service that it belongs to: 1 + index in [`AWS_SERVICES`], or 0.
    pub aws: u8,
}

/// The VPC and the outside.
#[derive(Debug)]
pub struct Network {
    /// `vpc-…`.
    pub vpc: String,
    /// `fl-…`, the flow log.
    pub flow_log: String,
    /// `subnet-…`: that of the NAT gateway, then six of hosts.
    pub subnets: Vec<String>,
    /// All hosts; the interfaces of the first `enis` are logged.
    pub hosts: Vec<Host>,
    /// How many interfaces are logged.
    pub enis: u32,
    peers: Vec<Endpoint>,
    peer_rank: Ranks,
    strangers: Vec<Ipv4Addr>,
    stranger_rank: Ranks,
    client_networks: Vec<u32>,
    client_rank: Ranks,
}

impl Network {
    /// Lays out a network whose flow log covers `enis` interfaces, from 1 to [`MOST_ENIS`].
    pub fn new(dice: &mut Dice, enis: usize) -> Network {
        let enis = enis.clamp(1, MOST_ENIS);
        let vpc = identifier("vpc", dice);
        let flow_log = identifier("fl", dice);
        let subnets = (0..7).map(|_| identifier("subnet", dice)).collect();
        let hosts = (0..enis.max(LEAST_HOSTS)).map(|at| host(at, enis, dice)).collect();
        let peers = (0..PEERS)
            .map(|rank| Endpoint {
                address: IpAddr::V4(public_address(dice)),
                host: None,
                aws: if rank % 3 == 0 {
                    1 + dice.skewed(AWS_SERVICES.len() as u32) as u8
                } else {
                    0
                },
            })
            .collect();
        let strangers = (0..STRANGERS).map(|_| benchmark_address(dice)).collect();
        let client_networks =
            (0..CLIENT_NETWORKS).map(|_| u32::from(public_address(dice)) & 0xffff_0000).collect();
        Network {
            vpc,
            flow_log,
            subnets,
            hosts,
            enis: enis as u32,
            peers,
            peer_rank: Ranks::new(PEERS, 20),
            strangers,
            stranger_rank: Ranks::new(STRANGERS, 5),
            client_networks,
            client_rank: Ranks::new(CLIENT_NETWORKS, 400),
        }
    }

    /// A host, by its index; any index means some host.
    pub fn host(&self, index: u32) -> &Host {
        &self.hosts[index as usize % self.hosts.len()]
    }

    /// The end of a flow that a host is.
    pub fn inside(&self, index: u32, v6: bool) -> Endpoint {
        let host = self.host(index);
        let address = if v6 { IpAddr::V6(host.v6) } else { IpAddr::V4(host.v4) };
        Endpoint { address, host: Some(index), aws: 0 }
    }

    /// A known server outside; few of them are very popular.
    pub fn peer(&self, dice: &mut Dice) -> Endpoint {
        self.peers[self.peer_rank.draw(dice)]
    }

    /// Somebody outside who comes to the web servers; mostly one who was not there before.
    pub fn client(&self, dice: &mut Dice, v6: bool) -> Endpoint {
        let network = self.client_networks[self.client_rank.draw(dice)];
        let host = dice.below(0xffff) + 1;
        let address = if v6 {
            let [a, b, c, d] = [network >> 16, dice.below(0xffff), dice.below(0xffff), host];
            // The network for documentation: nobody's.
            let words = [0x2001, 0xdb8, a as u16, b as u16, 0, 0, c as u16, d as u16];
            IpAddr::V6(Ipv6Addr::from(words))
        } else {
            IpAddr::V4(Ipv4Addr::from(network | host))
        };
        Endpoint { address, host: None, aws: 0 }
    }

    /// A machine outside that has no business here; most come back, some are there once.
    pub fn stranger(&self, dice: &mut Dice) -> Endpoint {
        let address = if dice.one_in(3) {
            benchmark_address(dice)
        } else {
            self.strangers[self.stranger_rank.draw(dice)]
        };
        Endpoint { address: IpAddr::V4(address), host: None, aws: 0 }
    }

    /// A machine of the partner whose network is 192.0.2.0/24.
    pub fn partner(&self, dice: &mut Dice) -> Endpoint {
        let address = Ipv4Addr::new(192, 0, 2, 1 + dice.skewed(254) as u8);
        Endpoint { address: IpAddr::V4(address), host: None, aws: 0 }
    }
}

/// What a host is for, by its index. The first few have each a part of their own.
fn role(index: usize, enis: usize) -> Role {
    // The last 3 % of the logged interfaces are idle, where there are enough of them.
    if enis > 16 && index < enis && index >= enis - enis.div_ceil(33) {
        return Role::Idle;
    }
    match index {
        0 => Role::Web,
        1 => Role::NatGateway,
        2 => Role::Beacon,
        3 => Role::Scanner,
        4 => Role::Resolver,
        5 => Role::MySql,
        6 => Role::Postgres,
        _ => match index % 12 {
            0..3 => Role::Web,
            3 => Role::MySql,
            4 => Role::Postgres,
            _ => Role::Application,
        },
    }
}

fn host(index: usize, enis: usize, dice: &mut Dice) -> Host {
    let role = role(index, enis);
    let eni = identifier("eni", dice);
    let eni = if index == 0 { FIRST_ENI.to_string() } else { eni };
    let at = index as u32;
    // 10.0.0.0/24 has only the NAT gateway and the first web server, so that no other address is
    // one that `like '10.0.0.5'` finds too. All others are in six /20 subnets.
    let (subnet, v4) = match index {
        0 => (0, Ipv4Addr::new(10, 0, 0, 10)),
        1 => (0, NAT_ADDRESS),
        _ => {
            let (subnet, slot) = (at % 6, 4 + (at / 6 * 1021 + 7) % SUBNET_ROOM);
            let base = (10 << 24) + (16 << 8) * (subnet + 1);
            (1 + subnet as usize, Ipv4Addr::from(base + slot))
        }
    };
    let group = 0x1a00 + subnet as u16;
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0x1234, group, 0, 0, (at >> 16) as u16, 0x10 + at as u16);
    Host { role, v4, v6, eni, instance: identifier("i", dice), subnet }
}

/// `eni-0` and 16 hexadecimal digits.
fn identifier(kind: &str, dice: &mut Dice) -> String {
    format!("{kind}-0{:016x}", dice.bits())
}

/// An address of the public internet: none that is private, reserved or for documentation.
fn public_address(dice: &mut Dice) -> Ipv4Addr {
    loop {
        let [a, b, c, d] = [223, 256, 256, 254].map(|count| dice.below(count) as u8);
        if !matches!(a, 0 | 10 | 100 | 127 | 169 | 172 | 192 | 198 | 203) {
            return Ipv4Addr::new(a, b, c, d + 1);
        }
    }
}

/// An address of 198.18.0.0/15, which is set aside for benchmarks: nobody is called an attacker.
fn benchmark_address(dice: &mut Dice) -> Ipv4Addr {
    Ipv4Addr::from((198 << 24) + (18 << 16) + dice.below(1 << 17))
}
