//! Flow logs as a directory of files, laid out and named as they are delivered to S3.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder, write::GzEncoder};

use super::network::{ACCOUNT, REGION};
use super::{Generator, Options};

/// Seconds of record ends that one delivered file covers.
const DELIVERY_SECONDS: i64 = 300;

/// A file that is being written.
enum Delivery {
    Text(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

/// Writes flow logs below `dir` as files with a header line, as S3 delivers them:
/// `AWSLogs/<account>/vpcflowlogs/<region>/yyyy/mm/dd/<account>_vpcflowlogs_<region>_<flow log>_<window>_<hash>.log`.
///
/// Each file has the records that end in its windows of five minutes, its name the start of the
/// first. `gz`: compress them, `.log.gz`. `files`: how many of about equal time; 0, or more than
/// there are windows, makes one a window. Returns the files that came to be, the earliest first;
/// there is none for windows without records.
///
/// # Errors
/// Those of the file system.
pub fn write_directory(
    options: &Options,
    dir: &Path,
    gz: bool,
    files: usize,
) -> io::Result<Vec<PathBuf>> {
    let generator = Generator::new(options);
    let first = generator.schedule.start().div_euclid(DELIVERY_SECONDS);
    let last = generator.schedule.end().div_euclid(DELIVERY_SECONDS);
    let windows = (last - first + 1).max(1) as usize;
    let files = if files == 0 { windows } else { files.min(windows) };
    let name = Name { dir, flow_log: generator.network.flow_log.clone(), seed: options.seed, gz };
    let header = options.fields.header();

    let mut paths = Vec::new();
    // Ends lie up to a minute and a window apart, so that few files are open at a time.
    let mut open: Vec<(usize, Delivery)> = Vec::new();
    generator.each_line(|line, end| {
        let window = (end.div_euclid(DELIVERY_SECONDS) - first).clamp(0, windows as i64 - 1);
        let number = window as usize * files / windows;
        let at = match open.iter().position(|(other, _)| *other == number) {
            Some(at) => at,
            None => {
                // The file before this one may still get late records; older ones are complete.
                if let Some(done) = open.iter().position(|(other, _)| other + 1 < number) {
                    open.remove(done).1.finish()?;
                }
                let begin = (number * windows).div_ceil(files) as i64 + first;
                let path = name.path(begin * DELIVERY_SECONDS);
                let mut delivery = Delivery::create(&path, gz)?;
                writeln!(delivery.writer(), "{header}")?;
                paths.push((number, path));
                open.push((number, delivery));
                open.len() - 1
            }
        };
        open[at].1.writer().write_all(line)
    })?;
    open.into_iter().try_for_each(|(_, delivery)| delivery.finish())?;
    paths.sort();
    Ok(paths.into_iter().map(|(_, path)| path).collect())
}

impl Delivery {
    fn create(path: &Path, gz: bool) -> io::Result<Delivery> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = BufWriter::with_capacity(64 * 1024, File::create(path)?);
        Ok(if gz {
            Delivery::Gzip(Box::new(GzBuilder::new().write(file, Compression::default())))
        } else {
            Delivery::Text(file)
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Delivery::Text(file) => file,
            Delivery::Gzip(file) => file,
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Delivery::Text(mut file) => file.flush(),
            Delivery::Gzip(file) => file.finish()?.flush(),
        }
    }
}

/// How the files of one delivery are called.
struct Name<'a> {
    dir: &'a Path,
    flow_log: String,
    seed: u64,
    gz: bool,
}

impl Name<'_> {
    /// The file whose records end from `begin` on, in Unix seconds.
    fn path(&self, begin: i64) -> PathBuf {
        let (year, month, day) = date(begin.div_euclid(86_400));
        let minutes = begin.rem_euclid(86_400) / 60;
        let (hour, minute) = (minutes / 60, minutes % 60);
        // Any mixture of seed and time will do for the hash at the end.
        let mixed = (begin as u64 ^ self.seed.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = (mixed >> 32) as u32;
        let ending = if self.gz { ".log.gz" } else { ".log" };
        self.dir
            .join(format!("AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/{year:04}/{month:02}/{day:02}"))
            .join(format!(
                "{ACCOUNT}_vpcflowlogs_{REGION}_{}_{year:04}{month:02}{day:02}T{hour:02}{minute:02}Z_{hash:08x}{ending}",
                self.flow_log
            ))
    }
}

/// Year, month and day of a day counted from the Unix epoch.
///
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
fn date(days: i64) -> (i64, i64, i64) {
    // Days from 0000-03-01, in eras of 400 years; a year begins in March.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(-1), (1969, 12, 31));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(1_714_521_600 / 86_400), (2024, 5, 1));
    }
}
