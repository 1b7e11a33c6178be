//! One generated flow log record, and its line in a log format.

use std::io::Write as _;
use std::net::IpAddr;

use super::network::{ACCOUNT, AWS_SERVICES, Network, REGION, Role};
use crate::readers::fields::{FIELDS, FieldId};
use crate::readers::log_format::LogFormat;

/// Whether a record is of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Ok,
    /// There was no traffic in the interval.
    NoData,
    /// Records were skipped in the interval.
    SkipData,
}

/// What one interface saw of one direction of one flow in one interval.
#[derive(Clone, Debug)]
pub struct Record {
    /// The host whose interface saw it.
    pub host: u32,
    /// Whether there was a flow; the fields below `end` mean something only if so.
    pub status: Status,
    /// Unix seconds of the first packet, at least 0.
    pub start: i64,
    /// Unix seconds of the last packet, not before `start`.
    pub end: i64,
    /// Source address and the one in the packet.
    pub source: [IpAddr; 2],
    /// Destination address and the one in the packet.
    pub destination: [IpAddr; 2],
    /// Source and destination port.
    pub ports: [u16; 2],
    /// IANA protocol number.
    pub protocol: u8,
    /// Packets, at least 1.
    pub packets: u64,
    /// Bytes, 40 to 1500 a packet.
    pub bytes: u64,
    /// Whether security groups and network ACLs let it pass.
    pub accepted: bool,
    /// Sum of the TCP flags seen.
    pub tcp_flags: u8,
    /// Whether it left through the interface.
    pub egress: bool,
    /// AWS service of source and destination: 1 + index in [`AWS_SERVICES`], or 0.
    pub aws: [u8; 2],
    /// The host of the VPC at the other end of the hop.
    pub next_hop: Option<u32>,
}

/// Where the value of a column comes from.
#[derive(Clone, Copy, Debug)]
enum Column {
    Missing,
    Version,
    /// The text with this number of the record's own host.
    Host(usize),
    /// The text with this number of the host at the other end of the hop.
    NextHop(usize),
    Source(usize),
    Destination(usize),
    Port(usize),
    Protocol,
    Packets,
    Bytes,
    Start,
    End,
    Action,
    LogStatus,
    TcpFlags,
    Type,
    Aws(usize),
    Direction,
    TrafficPath,
    Encryption,
}

/// Writes records as lines of one log format.
#[derive(Debug)]
pub struct LineWriter {
    columns: Vec<Column>,
    version: u8,
    /// Names of the fields that depend on the host alone, and their texts: one row per host.
    names: Vec<&'static str>,
    texts: Vec<Box<[u8]>>,
    octets: Vec<([u8; 3], u8)>,
}

impl LineWriter {
    /// For the records of a network, in a log format.
    pub fn new(format: &LogFormat, network: &Network) -> LineWriter {
        let mut names = Vec::new();
        let columns = format
            .fields
            .iter()
            .map(|field| field.map_or(Column::Missing, |id| column(id, &mut names)))
            .collect();
        let texts = (0..network.hosts.len())
            .flat_map(|host| names.iter().map(move |name| host_text(network, host as u32, name)))
            .collect();
        let known = format.fields.iter().flatten().map(|id| FIELDS[*id].version);
        let octets = (0..=255u8).map(|octet| {
            let text = octet.to_string();
            let mut digits = [0; 3];
            digits.iter_mut().zip(text.bytes()).for_each(|(digit, byte)| *digit = byte);
            (digits, text.len() as u8)
        });
        let (version, octets) = (known.max().unwrap_or(2), octets.collect());
        LineWriter { columns, version, names, texts, octets }
    }

    /// Appends the line of a record, with its line end.
    pub fn write(&self, record: &Record, line: &mut Vec<u8>) {
        for (i, column) in self.columns.iter().enumerate() {
            if i > 0 {
                line.push(b' ');
            }
            let is_flow = record.status == Status::Ok;
            match *column {
                Column::Version => number(line, u64::from(self.version)),
                Column::Host(name) => line.extend_from_slice(self.text(record.host, name)),
                Column::Start => number(line, record.start as u64),
                Column::End => number(line, record.end as u64),
                Column::LogStatus => line.extend_from_slice(match record.status {
                    Status::Ok => b"OK",
                    Status::NoData => b"NODATA",
                    Status::SkipData => b"SKIPDATA",
                }),
                // What is not about an interface is missing where there was no flow.
                _ if !is_flow => line.push(b'-'),
                Column::Missing => line.push(b'-'),
                Column::NextHop(name) => match record.next_hop {
                    Some(host) => line.extend_from_slice(self.text(host, name)),
                    None => line.push(b'-'),
                },
                Column::Source(level) => self.address(line, record.source[level]),
                Column::Destination(level) => self.address(line, record.destination[level]),
                Column::Port(end) => number(line, u64::from(record.ports[end])),
                Column::Protocol => number(line, u64::from(record.protocol)),
                Column::Packets => number(line, record.packets),
                Column::Bytes => number(line, record.bytes),
                Column::Action => {
                    line.extend_from_slice(if record.accepted { b"ACCEPT" } else { b"REJECT" });
                }
                Column::TcpFlags => number(line, u64::from(record.tcp_flags)),
                Column::Type => {
                    line.extend_from_slice(if record.source[0].is_ipv4() {
                        b"IPv4"
                    } else {
                        b"IPv6"
                    });
                }
                Column::Aws(end) => {
                    let service = usize::from(record.aws[end]).checked_sub(1);
                    let code = service.and_then(|at| AWS_SERVICES.get(at)).unwrap_or(&"-");
                    line.extend_from_slice(code.as_bytes());
                }
                Column::Direction => {
                    line.extend_from_slice(if record.egress { b"egress" } else { b"ingress" });
                }
                // 1: within the VPC, through the NAT gateway too. 8: internet gateway.
                Column::TrafficPath if !record.egress => line.push(b'-'),
                Column::TrafficPath => {
                    line.push(if record.next_hop.is_some() { b'1' } else { b'8' })
                }
                Column::Encryption => {
                    // 1: by Nitro, between instances of the VPC. 2: by the application.
                    let nitro = u8::from(record.next_hop.is_some());
                    let application = 2 * u8::from(record.ports.contains(&443));
                    line.push(b'0' + nitro + application);
                }
            }
        }
        line.push(b'\n');
    }

    fn text(&self, host: u32, name: usize) -> &[u8] {
        self.texts.get(host as usize * self.names.len() + name).map_or(b"-", |text| text)
    }

    fn address(&self, line: &mut Vec<u8>, address: IpAddr) {
        let IpAddr::V4(address) = address else {
            // Writing to memory cannot fail.
            let _ = write!(line, "{address}");
            return;
        };
        let mut text = [b'.'; 16];
        let mut end = 0;
        for octet in address.octets() {
            let (digits, len) = self.octets[usize::from(octet)];
            text[end..end + 3].copy_from_slice(&digits);
            end += usize::from(len) + 1;
            text[end - 1] = b'.';
        }
        line.extend_from_slice(&text[..end - 1]);
    }
}

/// Appends a number in decimal digits.
fn number(line: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    line.extend_from_slice(&digits[at..]);
}

/// The source of a field's values; adds the field to `names` where the host decides them.
fn column(id: FieldId, names: &mut Vec<&'static str>) -> Column {
    let wire = FIELDS[id].wire;
    let mut number = |name| {
        names.iter().position(|other| *other == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        })
    };
    match wire {
        "version" => Column::Version,
        "srcaddr" => Column::Source(0),
        "pkt-srcaddr" => Column::Source(1),
        "dstaddr" => Column::Destination(0),
        "pkt-dstaddr" => Column::Destination(1),
        "srcport" => Column::Port(0),
        "dstport" => Column::Port(1),
        "protocol" => Column::Protocol,
        "packets" => Column::Packets,
        "bytes" => Column::Bytes,
        "start" => Column::Start,
        "end" => Column::End,
        "action" => Column::Action,
        "log-status" => Column::LogStatus,
        "tcp-flags" => Column::TcpFlags,
        "type" => Column::Type,
        "pkt-src-aws-service" => Column::Aws(0),
        "pkt-dst-aws-service" => Column::Aws(1),
        "flow-direction" => Column::Direction,
        "traffic-path" => Column::TrafficPath,
        "encryption-status" => Column::Encryption,
        "reject-reason" => Column::Missing,
        _ => match wire.strip_prefix("next-hop-") {
            Some(rest) => Column::NextHop(number(rest)),
            None => Column::Host(number(wire)),
        },
    }
}

/// The value of a field that the host decides; `-` where it does not apply.
fn host_text(network: &Network, index: u32, wire: &str) -> Box<[u8]> {
    let host = network.host(index);
    let is_nat = host.role == Role::NatGateway;
    // Application hosts of every other number run tasks of a cluster on instances of their own.
    let task = host.role == Role::Application && index.is_multiple_of(2);
    let arn = |rest: String| format!("arn:aws:ecs:{REGION}:{ACCOUNT}:{rest}");
    let hex = host.eni.trim_start_matches("eni-0");
    let role = format!("{:?}", host.role).to_lowercase();
    let text = match wire {
        "account-id" => ACCOUNT.to_string(),
        "interface-id" => host.eni.clone(),
        "vpc-id" => network.vpc.clone(),
        "subnet-id" => network.subnets[host.subnet].clone(),
        "instance-id" if !is_nat => host.instance.clone(),
        "region" => REGION.to_string(),
        "az-id" => format!("use1-az{}", 1 + host.subnet % 3),
        "interface-type" if is_nat => "nat_gateway".to_string(),
        "ecs-cluster-arn" if task => arn("cluster/main".into()),
        "ecs-cluster-name" if task => "main".to_string(),
        "ecs-container-instance-arn" if task => arn(format!("container-instance/main/{hex}{hex}")),
        "ecs-container-instance-id" if task => format!("{hex}{hex}"),
        "ecs-container-id" if task => format!("{hex}{hex}-{index:010}"),
        "ecs-service-name" if task => format!("service-{}", index % 7),
        "ecs-task-definition-arn" if task => arn(format!("task-definition/service:{}", index % 7)),
        "ecs-task-arn" if task => arn(format!("task/main/{hex}{hex}")),
        "ecs-task-id" if task => format!("{hex}{hex}"),
        // Tags are percent-encoded; so is the hyphen.
        "instance-tag" if !is_nat => format!("{role}%2D{index}"),
        "interface-tag" => "production".to_string(),
        "asg-tag" if host.role == Role::Web => "web%2Dfleet".to_string(),
        _ => "-".to_string(),
    };
    text.into_bytes().into_boxed_slice()
}
