//! Realistic flow logs, every byte fixed by the options, for demos, tests and benchmarks.
//!
//! A VPC of a few hundred hosts: web servers with clients all over the world, databases, services
//! that talk to each other and, through a NAT gateway, to the outside; port sweeps from outside and
//! inside, a host that calls home at regular times, idle interfaces. Both ends of a flow inside the
//! VPC record both of its directions. The addresses of clients and servers outside are made up;
//! whoever misbehaves has one of the networks set aside for documentation and benchmarks.

pub mod conversation;
pub mod dice;
pub mod directory;
pub mod network;
pub mod record;
pub mod schedule;
pub mod service;
pub mod traffic;

pub use directory::write_directory;
pub use network::{FIRST_ENI, NAT_ADDRESS};

use std::io;

use self::dice::Dice;
use self::network::Network;
use self::record::LineWriter;
use self::schedule::Schedule;
use self::traffic::Traffic;
use crate::readers::log_format::LogFormat;

/// What to generate; the same options give the same bytes on every machine.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many records, the header line not counted.
    pub records: u64,
    /// How many network interfaces are logged; at least 1 and at most 20,000 are taken.
    pub enis: usize,
    /// How long the records reach, in hours; at least a minute is taken.
    pub hours: f64,
    /// Which logs of that size: another seed gives other hosts and other traffic.
    pub seed: u64,
    /// Unix seconds of the first record's capture window; 1970 to 9999 is taken.
    pub start: i64,
    /// The values of a record and their order.
    pub fields: LogFormat,
    /// How many in a hundred conversations with clients and between hosts go over IPv6; `None` is
    /// one in fourteen of those with clients.
    pub ipv6: Option<u32>,
    /// Whether a text begins with a header line, as files delivered to S3 do.
    pub header: bool,
}

/// A million records of 240 interfaces on 2024-05-01, in the default format, without a header.
impl Default for Options {
    fn default() -> Options {
        Options {
            records: 1_000_000,
            enis: 240,
            hours: 24.0,
            seed: 1,
            start: 1_714_521_600,
            fields: LogFormat::default_v2(),
            ipv6: None,
            header: false,
        }
    }
}

/// Bytes that are collected before they are written.
const BLOCK: usize = 256 * 1024;

/// Writes flow logs as one text; returns its size in bytes.
///
/// # Errors
/// Those of `out`.
pub fn write_text(options: &Options, out: &mut dyn io::Write) -> io::Result<u64> {
    let mut block = Vec::with_capacity(BLOCK + 4096);
    let mut written = 0;
    if options.header {
        block.extend_from_slice(options.fields.header().as_bytes());
        block.push(b'\n');
    }
    Generator::new(options).each_line(|line, _| {
        block.extend_from_slice(line);
        if block.len() >= BLOCK {
            out.write_all(&block)?;
            written += block.len() as u64;
            block.clear();
        }
        Ok(())
    })?;
    out.write_all(&block)?;
    Ok(written + block.len() as u64)
}

/// The built-in sample logs: a text of so many records, otherwise as [`Options::default`] has it.
pub fn sample_text(records: u64) -> Vec<u8> {
    let mut text = Vec::new();
    write_text(&Options { records, ..Options::default() }, &mut text)
        .expect("writing to memory does not fail");
    text
}

/// A network and its schedule, ready to produce records.
struct Generator {
    network: Network,
    schedule: Schedule,
    dice: Dice,
    lines: LineWriter,
    records: u64,
    ipv6: Option<u32>,
}

impl Generator {
    fn new(options: &Options) -> Generator {
        let mut dice = Dice::new(options.seed);
        let network = Network::new(&mut dice, options.enis);
        Generator {
            schedule: Schedule::new(options.start, options.hours, options.records),
            lines: LineWriter::new(&options.fields, &network),
            records: options.records,
            ipv6: options.ipv6,
            network,
            dice,
        }
    }

    /// Calls `sink` with the line of each record, its line end included, and the record's end in
    /// Unix seconds. Records come minute by minute, those of one minute in no order.
    fn each_line(self, mut sink: impl FnMut(&[u8], i64) -> io::Result<()>) -> io::Result<()> {
        let Generator { network, schedule, dice, lines, records, ipv6 } = self;
        // The beacon calls every minute, in sparse logs less often: one record in a hundred.
        let beacon_minutes = 600_u64.div_ceil(schedule.average().max(1)).max(1);
        let Some(first) = schedule.clone().next() else { return Ok(()) };
        let mut traffic = Traffic::new(&network, dice, first, ipv6);
        let (mut found, mut line) = (Vec::new(), Vec::new());
        let mut count = 0;
        for window in schedule {
            traffic.enter(window);
            if window.index % beacon_minutes == beacon_minutes / 2 && count < window.target {
                traffic.beacon(&mut found);
            }
            while count < window.target {
                for record in found.drain(..) {
                    if count == records {
                        return Ok(());
                    }
                    line.clear();
                    lines.write(&record, &mut line);
                    sink(&line, record.end)?;
                    count += 1;
                }
                traffic.step(&mut found);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
