//! A conversation between two ends, and what each network interface on its way records of it.

use std::net::IpAddr;

use super::network::{Endpoint, NAT_ADDRESS};
use super::record::{Record, Status};
use super::service::Service;

/// The host of the NAT gateway.
const NAT: u32 = 1;

/// A client, a server and the service between them.
#[derive(Clone, Copy, Debug)]
pub struct Conversation {
    /// Who asks.
    pub client: Endpoint,
    /// Who answers.
    pub server: Endpoint,
    /// The client's port; 0 where the protocol has none.
    pub client_port: u16,
    /// The port that the NAT gateway gave it, if it goes through there.
    pub nat_port: Option<u16>,
    /// What it is about.
    pub service: &'static Service,
}

/// One direction of a conversation in one interval.
#[derive(Clone, Copy, Debug)]
pub struct Volume {
    /// Packets, at least 1.
    pub packets: u64,
    /// Bytes, 40 to 1500 a packet.
    pub bytes: u64,
    /// Sum of the TCP flags.
    pub tcp_flags: u8,
}

/// What an interface sees of the requests; replies are the other way round.
struct Leg {
    host: u32,
    next_hop: Option<u32>,
    /// Source and destination, each with the address in the packet.
    source: [IpAddr; 2],
    destination: [IpAddr; 2],
    source_port: u16,
    egress: bool,
}

impl Conversation {
    /// Appends the records of one interval on each logged interface between the two ends.
    ///
    /// `interval`: Unix seconds of its first and last packet. `volumes`: of requests and replies.
    /// `enis`: the interfaces of this many hosts are logged.
    pub fn report(
        &self,
        interval: [i64; 2],
        volumes: [Volume; 2],
        enis: u32,
        records: &mut Vec<Record>,
    ) {
        let nat = IpAddr::V4(NAT_ADDRESS);
        let [client, server] = [self.client.address, self.server.address];
        let direct = |host, next_hop, egress| Leg {
            host,
            next_hop,
            source: [client; 2],
            destination: [server; 2],
            source_port: self.client_port,
            egress,
        };
        let mut pass = |leg: Leg| {
            if leg.host < enis {
                self.pass(&leg, interval, volumes, records);
            }
        };
        if let Some(host) = self.client.host {
            pass(direct(host, self.server.host.or(self.nat_port.map(|_| NAT)), true));
            if let Some(port) = self.nat_port {
                // Towards the private host the gateway's own address stands for the server.
                pass(Leg { destination: [nat, server], ..direct(NAT, Some(host), false) });
                pass(Leg { source: [nat; 2], source_port: port, ..direct(NAT, None, true) });
            }
        }
        if let Some(host) = self.server.host {
            pass(direct(host, self.client.host, false));
        }
    }

    /// The two records of one interface: requests and replies.
    fn pass(
        &self,
        leg: &Leg,
        [start, end]: [i64; 2],
        [request, reply]: [Volume; 2],
        records: &mut Vec<Record>,
    ) {
        let there = Record {
            host: leg.host,
            status: Status::Ok,
            start,
            end,
            source: leg.source,
            destination: leg.destination,
            ports: [leg.source_port, self.service.port],
            protocol: self.service.protocol,
            packets: request.packets,
            bytes: request.bytes,
            accepted: true,
            tcp_flags: request.tcp_flags,
            egress: leg.egress,
            aws: [self.client.aws, self.server.aws],
            next_hop: leg.next_hop,
        };
        let back = Record {
            source: leg.destination,
            destination: leg.source,
            ports: [self.service.port, leg.source_port],
            packets: reply.packets,
            bytes: reply.bytes,
            tcp_flags: reply.tcp_flags,
            egress: !leg.egress,
            aws: [self.server.aws, self.client.aws],
            ..there
        };
        records.push(there);
        records.push(back);
    }
}
