//! The fields of flow logs, versions 2 to 11: one row each.

use crate::registry::Named;

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A whole number: ports, packets, bytes, codes.
    Integer,
    /// Any text without blanks; account numbers too, whose leading zeros count.
    Text,
    /// An IPv4 or IPv6 address.
    Address,
    /// A point in time as whole seconds since the Unix epoch, UTC.
    Seconds,
}

use FieldKind::{Address, Integer, Seconds, Text};

/// One field of a flow log record.
#[derive(Debug)]
pub struct FlowField {
    /// The name in a log format or a header line: `pkt-srcaddr`.
    pub wire: &'static str,
    /// The name in a query: `pktSrcAddr`.
    pub name: &'static str,
    /// What its values are.
    pub kind: FieldKind,
    /// The version of flow logs that brought it.
    pub version: u8,
    /// What it tells, in a few words.
    pub summary: &'static str,
}

/// The fields of a flow log of a transit gateway, in the order of its default format.
///
/// Source: Amazon VPC, "AWS Transit Gateway Flow Logs".
pub const TRANSIT_GATEWAY: &str = "version resource-type account-id tgw-id tgw-attachment-id \
    tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id \
    tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id \
    srcaddr dstaddr srcport dstport protocol packets bytes start end log-status type \
    packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded \
    packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service \
    pkt-dst-aws-service";

/// A field, as its index in [`FIELDS`].
pub type FieldId = usize;

/// How many fields the default format has: the first of [`FIELDS`].
pub const DEFAULT_FIELDS: usize = 14;

/// All fields, in the order of AWS's table; the first 14 are the default format.
///
/// Version 6 belongs to the flow logs of transit gateways, which share fields of versions 2 to 5.
///
/// Source: Amazon VPC User Guide, "Flow log records", "Available fields".
pub const FIELDS: &[FlowField] = &[
    field(
        "version",
        "version",
        Integer,
        2,
        "version of the record: the highest version among its fields",
    ),
    field(
        "account-id",
        "accountId",
        Text,
        2,
        "account that owns the source network interface; `unknown` for interfaces of AWS services",
    ),
    field(
        "interface-id",
        "interfaceId",
        Text,
        2,
        "network interface (ENI) on which the flow was seen",
    ),
    field(
        "srcaddr",
        "srcAddr",
        Address,
        2,
        "source address; for outgoing traffic the interface's private address",
    ),
    field(
        "dstaddr",
        "dstAddr",
        Address,
        2,
        "destination address; for incoming traffic the interface's private address",
    ),
    field("srcport", "srcPort", Integer, 2, "source port; 0 where the protocol has no ports"),
    field("dstport", "dstPort", Integer, 2, "destination port; 0 where the protocol has no ports"),
    field("protocol", "protocol", Integer, 2, "IANA protocol number"),
    field("packets", "packets", Integer, 2, "packets in the flow"),
    field("bytes", "bytes", Integer, 2, "bytes in the flow"),
    field("start", "start", Seconds, 2, "when the first packet was received within the interval"),
    field("end", "end", Seconds, 2, "when the last packet was received within the interval"),
    field("action", "action", Text, 2, "`ACCEPT` or `REJECT`"),
    field("log-status", "logStatus", Text, 2, "`OK`, `NODATA` or `SKIPDATA`"),
    field("vpc-id", "vpcId", Text, 3, "VPC of the network interface"),
    field("subnet-id", "subnetId", Text, 3, "subnet of the network interface"),
    field(
        "instance-id",
        "instanceId",
        Text,
        3,
        "instance of the network interface; missing where a service manages the interface",
    ),
    field(
        "tcp-flags",
        "tcpFlags",
        Integer,
        3,
        "flags of the flow: FIN 1, SYN 2, RST 4, SYN-ACK 18, added up",
    ),
    field("type", "type", Text, 3, "`IPv4`, `IPv6` or `EFA`"),
    field(
        "pkt-srcaddr",
        "pktSrcAddr",
        Address,
        3,
        "source address in the packet, behind NAT and gateways",
    ),
    field(
        "pkt-dstaddr",
        "pktDstAddr",
        Address,
        3,
        "destination address in the packet, behind NAT and gateways",
    ),
    field("region", "region", Text, 4, "region of the network interface"),
    field("az-id", "azId", Text, 4, "availability zone ID of the network interface"),
    field("sublocation-type", "sublocationType", Text, 4, "`wavelength`, `outpost` or `localzone`"),
    field("sublocation-id", "sublocationId", Text, 4, "the sublocation"),
    field(
        "pkt-src-aws-service",
        "pktSrcAwsService",
        Text,
        5,
        "AWS service whose published range holds the packet's source",
    ),
    field(
        "pkt-dst-aws-service",
        "pktDstAwsService",
        Text,
        5,
        "AWS service whose published range holds the packet's destination",
    ),
    field(
        "flow-direction",
        "flowDirection",
        Text,
        5,
        "`ingress` or `egress`, seen from the network interface",
    ),
    field(
        "traffic-path",
        "trafficPath",
        Integer,
        5,
        "path of outgoing traffic, 1 to 8: same VPC, internet, peering, …",
    ),
    // Source of these: "AWS Transit Gateway Flow Logs".
    field("resource-type", "resourceType", Text, 6, "always `TransitGateway`"),
    field("tgw-id", "tgwId", Text, 6, "transit gateway"),
    field("tgw-attachment-id", "tgwAttachmentId", Text, 6, "attachment of the transit gateway"),
    field("tgw-src-vpc-account-id", "tgwSrcVpcAccountId", Text, 6, "account of the source VPC"),
    field(
        "tgw-dst-vpc-account-id",
        "tgwDstVpcAccountId",
        Text,
        6,
        "account of the destination VPC",
    ),
    field("tgw-src-vpc-id", "tgwSrcVpcId", Text, 6, "source VPC"),
    field("tgw-dst-vpc-id", "tgwDstVpcId", Text, 6, "destination VPC"),
    field("tgw-src-subnet-id", "tgwSrcSubnetId", Text, 6, "subnet of the source"),
    field("tgw-dst-subnet-id", "tgwDstSubnetId", Text, 6, "subnet of the destination"),
    field("tgw-src-eni", "tgwSrcEni", Text, 6, "interface of the attachment in the source"),
    field("tgw-dst-eni", "tgwDstEni", Text, 6, "interface of the attachment in the destination"),
    field("tgw-src-az-id", "tgwSrcAzId", Text, 6, "availability zone ID of the source"),
    field("tgw-dst-az-id", "tgwDstAzId", Text, 6, "availability zone ID of the destination"),
    field("tgw-pair-attachment-id", "tgwPairAttachmentId", Text, 6, "attachment at the other end"),
    field(
        "packets-lost-no-route",
        "packetsLostNoRoute",
        Integer,
        6,
        "packets lost since there was no route",
    ),
    field(
        "packets-lost-blackhole",
        "packetsLostBlackhole",
        Integer,
        6,
        "packets lost to a blackhole route",
    ),
    field(
        "packets-lost-mtu-exceeded",
        "packetsLostMtuExceeded",
        Integer,
        6,
        "packets lost since they were larger than the MTU",
    ),
    field(
        "packets-lost-ttl-expired",
        "packetsLostTtlExpired",
        Integer,
        6,
        "packets lost since their time to live ended",
    ),
    field("ecs-cluster-arn", "ecsClusterArn", Text, 7, "ARN of the ECS cluster"),
    field("ecs-cluster-name", "ecsClusterName", Text, 7, "name of the ECS cluster"),
    field(
        "ecs-container-instance-arn",
        "ecsContainerInstanceArn",
        Text,
        7,
        "ARN of the ECS container instance; missing on Fargate",
    ),
    field(
        "ecs-container-instance-id",
        "ecsContainerInstanceId",
        Text,
        7,
        "ID of the ECS container instance; missing on Fargate",
    ),
    field(
        "ecs-container-id",
        "ecsContainerId",
        Text,
        7,
        "runtime ID of the task's first container",
    ),
    field(
        "ecs-second-container-id",
        "ecsSecondContainerId",
        Text,
        7,
        "runtime ID of the task's second container",
    ),
    field(
        "ecs-service-name",
        "ecsServiceName",
        Text,
        7,
        "name of the ECS service that started the task",
    ),
    field(
        "ecs-task-definition-arn",
        "ecsTaskDefinitionArn",
        Text,
        7,
        "ARN of the ECS task definition",
    ),
    field("ecs-task-arn", "ecsTaskArn", Text, 7, "ARN of the ECS task"),
    field("ecs-task-id", "ecsTaskId", Text, 7, "ID of the ECS task"),
    field("reject-reason", "rejectReason", Text, 8, "why the flow was rejected: `BPA` or `EC`"),
    field("resource-id", "resourceId", Text, 9, "regional NAT gateway"),
    field(
        "encryption-status",
        "encryptionStatus",
        Integer,
        10,
        "0 not encrypted, 1 by Nitro, 2 by the application, 3 by both",
    ),
    field(
        "instance-tag",
        "instanceTag",
        Text,
        11,
        "first chosen tag of the instance, percent-encoded",
    ),
    field(
        "instance-tag-2",
        "instanceTag2",
        Text,
        11,
        "second chosen tag of the instance, percent-encoded",
    ),
    field(
        "interface-tag",
        "interfaceTag",
        Text,
        11,
        "first chosen tag of the network interface, percent-encoded",
    ),
    field(
        "interface-tag-2",
        "interfaceTag2",
        Text,
        11,
        "second chosen tag of the network interface, percent-encoded",
    ),
    field(
        "asg-tag",
        "asgTag",
        Text,
        11,
        "first chosen tag of the Auto Scaling group, percent-encoded",
    ),
    field(
        "asg-tag-2",
        "asgTag2",
        Text,
        11,
        "second chosen tag of the Auto Scaling group, percent-encoded",
    ),
    field(
        "interface-type",
        "interfaceType",
        Text,
        11,
        "kind of managed interface: `nat_gateway`, `transit_gateway`, …",
    ),
    field(
        "next-hop-interface-id",
        "nextHopInterfaceId",
        Text,
        11,
        "interface at the other end of the hop",
    ),
    field("next-hop-subnet-id", "nextHopSubnetId", Text, 11, "subnet at the other end of the hop"),
    field(
        "next-hop-az-id",
        "nextHopAzId",
        Text,
        11,
        "availability zone ID at the other end of the hop",
    ),
    field("next-hop-vpc-id", "nextHopVpcId", Text, 11, "VPC at the other end of the hop"),
    field(
        "next-hop-interface-type",
        "nextHopInterfaceType",
        Text,
        11,
        "kind of managed interface at the other end of the hop",
    ),
];

const fn field(
    wire: &'static str,
    name: &'static str,
    kind: FieldKind,
    version: u8,
    summary: &'static str,
) -> FlowField {
    FlowField { wire, name, kind, version, summary }
}

impl Named for FlowField {
    fn name(&self) -> &'static str {
        self.name
    }

    /// `startTime` and `endTime`, the names that AWS's table of discovered fields has.
    fn aliases(&self) -> &'static [&'static str] {
        match self.wire {
            "start" => &["startTime"],
            "end" => &["endTime"],
            _ => &[],
        }
    }
}

/// The field of exactly this name in a query: `srcAddr`, `start` or `startTime`.
pub fn find(name: &str) -> Option<FieldId> {
    FIELDS.iter().position(|field| field.name == name || field.aliases().contains(&name))
}

/// The field of this name in a log format, a header line or a table: `pkt-srcaddr`, `pkt_srcaddr`
/// or `${pkt-srcaddr}`, in lower case.
pub fn by_wire(name: &str) -> Option<FieldId> {
    let name = name.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(name);
    let hyphen = |byte| if byte == b'_' { b'-' } else { byte };
    FIELDS.iter().position(|field| field.wire.bytes().eq(name.bytes().map(hyphen)))
}

/// The field that some other spelling means: `srcaddr`, `pkt-srcaddr`, `interface_id`, `STARTTIME`.
///
/// Only letters and digits count, in any case. An exact name finds itself.
pub fn canonical(raw: &str) -> Option<FieldId> {
    FIELDS.iter().position(|field| {
        same_letters(field.name, raw) || field.aliases().iter().any(|name| same_letters(name, raw))
    })
}

/// A name of a log format as a query spells it: `tgw-src-vpc-id` is `tgwSrcVpcId`.
///
/// The rule for names outside [`FIELDS`]; those in it have a few irregular names.
pub fn camel_case(wire: &str) -> String {
    let mut words = wire.split(['-', '_']).filter(|word| !word.is_empty());
    let mut name = words.next().unwrap_or_default().to_string();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn same_letters(name: &str, raw: &str) -> bool {
    let raw = raw.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
    name.bytes().map(|b| b.to_ascii_lowercase()).eq(raw.map(|b| b.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_field_once() {
        assert_eq!(FIELDS.len(), 72);
        for (id, field) in FIELDS.iter().enumerate() {
            assert_eq!(find(field.name), Some(id), "{}", field.name);
            assert_eq!(by_wire(field.wire), Some(id), "{}", field.wire);
            assert_eq!(canonical(field.wire), Some(id), "{}", field.wire);
            assert_eq!(canonical(field.name), Some(id), "{}", field.name);
        }
    }

    #[test]
    fn each_version_has_its_number_of_fields() {
        let count = |version| FIELDS.iter().filter(|field| field.version == version).count();
        let versions = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        assert_eq!(versions.map(count), [14, 7, 4, 4, 18, 10, 1, 1, 1, 12]);
        assert!(FIELDS[..DEFAULT_FIELDS].iter().all(|field| field.version == 2));
        assert!(FIELDS.is_sorted_by_key(|field| field.version));
    }

    #[test]
    fn names_are_camel_case_but_for_addresses_and_ports() {
        for field in FIELDS {
            let regular = camel_case(field.wire);
            let expected = ["src", "dst", "Src", "Dst"].iter().fold(regular, |name, end| {
                let name = name.replace(&format!("{end}addr"), &format!("{end}Addr"));
                name.replace(&format!("{end}port"), &format!("{end}Port"))
            });
            assert_eq!(field.name, expected);
        }
        assert_eq!(camel_case("tgw-src-vpc-id"), "tgwSrcVpcId");
        assert_eq!(camel_case("_x__y"), "xY");
        assert_eq!(camel_case(""), "");
    }

    #[test]
    fn other_spellings_are_found_where_they_may_be() {
        let name = |id: Option<FieldId>| id.map(|id| FIELDS[id].name);
        assert_eq!(name(find("startTime")), Some("start"));
        assert_eq!(name(find("endTime")), Some("end"));
        assert_eq!(find("srcaddr"), None);
        assert_eq!(name(by_wire("pkt_srcaddr")), Some("pktSrcAddr"));
        assert_eq!(name(by_wire("${pkt-srcaddr}")), Some("pktSrcAddr"));
        assert_eq!(by_wire("srcAddr"), None);
        assert_eq!(by_wire("${srcaddr"), None);
        assert_eq!(name(canonical("srcaddr")), Some("srcAddr"));
        assert_eq!(name(canonical("interface_id")), Some("interfaceId"));
        assert_eq!(name(canonical("PKT-DSTADDR")), Some("pktDstAddr"));
        assert_eq!(name(canonical("end_time")), Some("end"));
        assert_eq!(canonical("sourceaddress"), None);
        assert_eq!(canonical(""), None);
    }

    #[test]
    fn kinds_follow_the_types_of_the_parquet_table() {
        let of = |kind| FIELDS.iter().filter(move |field| field.kind == kind).map(|f| f.wire);
        let integers: Vec<_> = of(Integer).collect();
        assert_eq!(
            integers,
            [
                "version",
                "srcport",
                "dstport",
                "protocol",
                "packets",
                "bytes",
                "tcp-flags",
                "traffic-path",
                "packets-lost-no-route",
                "packets-lost-blackhole",
                "packets-lost-mtu-exceeded",
                "packets-lost-ttl-expired",
                "encryption-status"
            ]
        );
        assert_eq!(of(Seconds).collect::<Vec<_>>(), ["start", "end"]);
        assert_eq!(of(Address).count(), 4);
    }
}
