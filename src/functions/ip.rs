//! IP address functions: validity, subnets, private and public addresses.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::arguments::{at, constant_text, text};
use super::function::{Arg, Context, Finding, Function, Kind, example};
use super::ip_ranges::{is_private, is_private_v4, is_public, is_public_v4};
use super::subnet::Subnet;
use crate::data::column::truth;
use crate::data::text::{Spelled, printable};
use crate::data::{Column, Value};

const ADDRESS: &[Arg] = &[Arg::new("address", Kind::Text)];
const ADDRESS_AND_SUBNET: &[Arg] =
    &[Arg::new("address", Kind::Text), Arg::new("subnet", Kind::Text)];

/// The IP address functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "ipv4ToNumber",
        ADDRESS,
        Kind::Number,
        "The IPv4 address as a whole number of 32 bits; missing for anything else.",
        &[
            example("ipv4ToNumber(\"10.0.0.1\")", "167772161"),
            example("ipv4ToNumber(\"255.255.255.255\")", "4294967295"),
            example("ipv4ToNumber(\"::1\")", ""),
        ],
        ipv4_to_number,
    )
    .with_columns(ipv4_to_number_columns),
    Function::new(
        "isIpInSubnet",
        ADDRESS_AND_SUBNET,
        Kind::Boolean,
        "Whether the IPv4 or IPv6 address lies in the subnet; false for what is no address. Host \
         bits of the subnet do not count.",
        &[
            example("isIpInSubnet(\"192.0.2.24\", \"192.0.2.0/24\")", "1"),
            example("isIpInSubnet(\"2001:db8::7\", \"2001:db8::/32\")", "1"),
            example("isIpInSubnet(\"10.0.0.1\", \"2001:db8::/32\")", "0"),
        ],
        |args, _| in_subnet(args, Subnet::holds),
    )
    .with_check(|args| check_subnet(args, true, true))
    .with_columns(|args, _| in_subnet_columns(args, Subnet::holds)),
    Function::new(
        "isIpv4InSubnet",
        ADDRESS_AND_SUBNET,
        Kind::Boolean,
        "Whether the IPv4 address lies in the IPv4 subnet; false for what is no IPv4 address. Host \
         bits of the subnet do not count.",
        &[
            example("isIpv4InSubnet(\"192.0.2.24\", \"192.0.2.0/24\")", "1"),
            example("isIpv4InSubnet(\"192.0.3.1\", \"192.0.2.7/24\")", "0"),
            example("isIpv4InSubnet(\"2001:db8::1\", \"0.0.0.0/0\")", "0"),
        ],
        |args, _| in_subnet(args, holds_only_v4),
    )
    .with_check(|args| check_subnet(args, true, false))
    .with_columns(|args, _| in_subnet_columns(args, holds_only_v4)),
    Function::new(
        "isIpv6InSubnet",
        ADDRESS_AND_SUBNET,
        Kind::Boolean,
        "Whether the IPv6 address lies in the IPv6 subnet; false for what is no IPv6 address. Host \
         bits of the subnet do not count.",
        &[
            example("isIpv6InSubnet(\"2001:db8::1\", \"2001:db8::/32\")", "1"),
            example("isIpv6InSubnet(\"10.0.0.1\", \"::/0\")", "0"),
        ],
        |args, _| in_subnet(args, holds_only_v6),
    )
    .with_check(|args| check_subnet(args, false, true))
    .with_columns(|args, _| in_subnet_columns(args, holds_only_v6)),
    Function::new(
        "isPrivateIP",
        ADDRESS,
        Kind::Boolean,
        "Whether the address is for private use: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 \
         (RFC 1918) or fc00::/7 (RFC 4193); false for what is no address.",
        &[
            example("isPrivateIP(\"172.31.0.9\")", "1"),
            example("isPrivateIP(\"fd00::1\")", "1"),
            example("isPrivateIP(\"8.8.8.8\")", "0"),
            example("isPrivateIP(\"-\")", "0"),
        ],
        |args, _| by_address(args, is_private),
    )
    .with_columns(|args, _| {
        judge_addresses(args.first()?, |address| is_private_v4(address.to_bits()), is_private)
    }),
    Function::new(
        "isPublicIP",
        ADDRESS,
        Kind::Boolean,
        "Whether the address is publicly routable: globally reachable by the IANA special-purpose \
         registries and no multicast; false for what is no address.",
        &[
            example("isPublicIP(\"8.8.8.8\")", "1"),
            example("isPublicIP(\"100.64.0.1\")", "0"),
            example("isPublicIP(\"2001:db8::1\")", "0"),
        ],
        |args, _| by_address(args, is_public),
    )
    .with_columns(|args, _| judge_addresses(args.first()?, is_public_v4, is_public)),
    Function::new(
        "isReservedIP",
        ADDRESS,
        Kind::Boolean,
        "Whether the address is not publicly routable: private, loopback, link local, shared, \
         documentation, multicast and the like, by the IANA special-purpose registries; false for \
         what is no address.",
        &[
            example("isReservedIP(\"127.0.0.1\")", "1"),
            example("isReservedIP(\"10.0.0.1\")", "1"),
            example("isReservedIP(\"8.8.8.8\")", "0"),
        ],
        |args, _| by_address(args, |address| !is_public(address)),
    )
    .with_columns(|args, _| {
        judge_addresses(args.first()?, |address| !is_public_v4(address), |any| !is_public(any))
    }),
    Function::new(
        "isValidIp",
        ADDRESS,
        Kind::Boolean,
        "Whether the text is an IPv4 or IPv6 address.",
        &[
            example("isValidIp(\"10.0.0.1\")", "1"),
            example("isValidIp(\"::1\")", "1"),
            example("isValidIp(\"10.0.0.256\")", "0"),
        ],
        |args, _| by_address(args, |_| true),
    )
    .with_columns(|args, _| judge_addresses(args.first()?, |_| true, |_| true)),
    Function::new(
        "isValidIpV4",
        ADDRESS,
        Kind::Boolean,
        "Whether the text is an IPv4 address: four numbers from 0 to 255 without leading zeros.",
        &[
            example("isValidIpV4(\"10.0.0.1\")", "1"),
            example("isValidIpV4(\"010.0.0.1\")", "0"),
            example("isValidIpV4(\"::1\")", "0"),
        ],
        |args, _| by_address(args, |address| address.is_ipv4()),
    )
    .with_columns(|args, _| judge_addresses(args.first()?, |_| true, |address| address.is_ipv4())),
    Function::new(
        "isValidIpV6",
        ADDRESS,
        Kind::Boolean,
        "Whether the text is an IPv6 address.",
        &[example("isValidIpV6(\"2001:db8::1\")", "1"), example("isValidIpV6(\"10.0.0.1\")", "0")],
        |args, _| by_address(args, |address| address.is_ipv6()),
    )
    .with_columns(|args, _| judge_addresses(args.first()?, |_| false, |address| address.is_ipv6())),
];

/// The truth about the address in the first argument; false where it is none.
fn by_address(args: &[Value], test: impl Fn(IpAddr) -> bool) -> Value {
    match text(at(args, 0)) {
        Some(text) => Value::Boolean(text.parse().is_ok_and(test)),
        None => Value::Missing,
    }
}

/// The same for a text column; a packed address is tested as it is, without being printed.
fn judge_addresses(
    column: &Column,
    packed: impl Fn(Ipv4Addr) -> bool,
    any: impl Fn(IpAddr) -> bool,
) -> Option<Column> {
    let Column::Text(texts) = column else { return None };
    let truth = |row: usize| match texts.words[row].spelled() {
        Spelled::Missing => truth::UNKNOWN,
        Spelled::Address(address) => u8::from(packed(Ipv4Addr::from_bits(address))),
        Spelled::Short(..) | Spelled::Slice(..) => {
            let address = texts.get(row).and_then(|text| printable(text.as_bytes()).parse().ok());
            u8::from(address.is_some_and(&any))
        }
    };
    Some(Column::Boolean((0..texts.len()).map(truth).collect()))
}

fn holds_only_v4(subnet: Subnet, address: IpAddr) -> bool {
    address.is_ipv4() && subnet.holds(address)
}

fn holds_only_v6(subnet: Subnet, address: IpAddr) -> bool {
    address.is_ipv6() && subnet.holds(address)
}

/// Whether the address lies in the subnet; false where one of them is none.
fn in_subnet(args: &[Value], holds: fn(Subnet, IpAddr) -> bool) -> Value {
    let Some(subnet) = text(at(args, 1)) else { return Value::Missing };
    let subnet = Subnet::parse(&subnet).ok();
    by_address(args, |address| subnet.is_some_and(|subnet| holds(subnet, address)))
}

fn in_subnet_columns(args: &[Arc<Column>], holds: fn(Subnet, IpAddr) -> bool) -> Option<Column> {
    let [column, subnet] = args else { return None };
    let subnet = Subnet::parse(&constant_text(subnet)?).ok()?;
    let packed = |address| holds(subnet, IpAddr::V4(address));
    judge_addresses(column, packed, |address| holds(subnet, address))
}

/// Says why a literal subnet is none, or that the function cannot find an address in it.
fn check_subnet(args: &[Option<&Value>], takes_v4: bool, takes_v6: bool) -> Option<Finding> {
    let subnet = text(args.get(1).copied().flatten()?)?;
    match Subnet::parse(&subnet) {
        Err(why) => Some(Finding::Error(1, why)),
        Ok(Subnet::V4 { .. }) if !takes_v4 => {
            let why = format!("`{subnet}` is an IPv4 subnet; write isIpv4InSubnet or isIpInSubnet");
            Some(Finding::Error(1, why))
        }
        Ok(Subnet::V6 { .. }) if !takes_v6 => {
            let why = format!("`{subnet}` is an IPv6 subnet; write isIpv6InSubnet or isIpInSubnet");
            Some(Finding::Error(1, why))
        }
        Ok(_) => None,
    }
}

fn ipv4_to_number(args: &[Value], _: &Context) -> Value {
    let address = text(at(args, 0)).and_then(|text| text.parse::<Ipv4Addr>().ok());
    address.map_or(Value::Missing, |address| Value::Integer(i64::from(address.to_bits())))
}

fn ipv4_to_number_columns(args: &[Arc<Column>], _: &Context) -> Option<Column> {
    let Column::Text(texts) = args.first()?.as_ref() else { return None };
    // Every text that spells an IPv4 address is packed, so no other can be one.
    let address =
        |spelled| if let Spelled::Address(address) = spelled { Some(address) } else { None };
    let addresses = texts.words.iter().map(|word| address(word.spelled()));
    let numbers = addresses.clone().map(|address| address.map_or(0, i64::from)).collect();
    let valid: Vec<bool> = addresses.map(|address| address.is_some()).collect();
    let complete = valid.iter().all(|valid| *valid);
    Some(Column::Integer(numbers, if complete { None } else { Some(valid) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::find;

    const TEXTS: [Option<&str>; 12] = [
        Some("10.0.0.1"),
        Some("192.0.2.24"),
        Some("192.0.3.1"),
        Some("8.8.8.8"),
        Some("2001:db8::1"),
        Some("2600:1f18::1"),
        Some("::ffff:10.0.0.1"),
        Some("fe80::1%eth0"),
        Some("010.0.0.1"),
        Some("-"),
        Some(""),
        None,
    ];

    #[test]
    fn columns_agree_with_values() {
        let texts = Arc::new(Column::Text(TEXTS.into_iter().collect()));
        for function in FUNCTIONS {
            for subnet in ["192.0.2.7/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.0.0.1"] {
                let mut args = vec![Arc::clone(&texts)];
                if function.args.len() == 2 {
                    args.push(Arc::new(Column::Constant(Value::text(subnet), TEXTS.len())));
                }
                let column = function.eval(&args, TEXTS.len(), &Context::EXAMPLE);
                for row in 0..TEXTS.len() {
                    let values: Vec<Value> = args.iter().map(|arg| arg.value(row)).collect();
                    let value = (function.value)(&values, &Context::EXAMPLE);
                    assert_eq!(column.value(row), value, "{} of {values:?}", function.name);
                }
            }
        }
    }

    #[test]
    fn subnets_that_cannot_match_are_said() {
        let v4 = find(FUNCTIONS, "isIpv4InSubnet").and_then(|row| row.check).expect("a check");
        let v6 = find(FUNCTIONS, "isIpv6InSubnet").and_then(|row| row.check).expect("a check");
        let any = find(FUNCTIONS, "isIpInSubnet").and_then(|row| row.check).expect("a check");
        let (old, new) = (Value::text("10.0.0.0/8"), Value::text("2001:db8::/32"));
        assert_eq!(v4(&[None, Some(&old)]), None);
        assert!(matches!(v4(&[None, Some(&new)]), Some(Finding::Error(1, _))));
        assert_eq!(v6(&[None, Some(&new)]), None);
        assert!(matches!(v6(&[None, Some(&old)]), Some(Finding::Error(1, _))));
        assert_eq!((any(&[None, Some(&old)]), any(&[None, Some(&new)])), (None, None));
        assert!(matches!(any(&[None, Some(&Value::text("10.0.0.0"))]), Some(Finding::Error(1, _))));
        assert_eq!(any(&[None, None]), None);
    }

    #[test]
    fn only_missing_addresses_give_missing_truths() {
        for function in FUNCTIONS.iter().filter(|row| row.returns == Kind::Boolean) {
            let subnet = Value::text("0.0.0.0/0");
            let missing = (function.value)(&[Value::Missing, subnet.clone()], &Context::EXAMPLE);
            assert_eq!(missing, Value::Missing, "{}", function.name);
            let garbage = (function.value)(&[Value::text("x"), subnet], &Context::EXAMPLE);
            assert_eq!(garbage, Value::Boolean(false), "{}", function.name);
        }
    }
}
