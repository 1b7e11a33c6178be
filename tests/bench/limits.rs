//! What the machine allows, to hold the figures against: `limits THREADS TEXT [GZ…]`.
//!
//! A line of JSON each, the seconds that all threads together take to read the text, to count its
//! lines, to look for the word REJECT in it, to move as much through memory as the records of Q2 need to be
//! scattered, and to inflate the gz files.

#![allow(clippy::print_stdout, reason = "its output is its result")]

use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::time::Instant;

use flowql::parallel::for_each_parallel;

/// Bytes that a thread reads at a time: they stay in its cache.
const BLOCK: usize = 512 << 10;

/// Has all threads read a file and do something with every block; the sum of what they find.
fn scan(path: &str, threads: usize, look: impl Fn(&[u8]) -> usize + Sync) -> usize {
    let file = File::open(path).expect("the text can be opened");
    let size = file.metadata().expect("it has a size").len() as usize;
    let found = for_each_parallel(threads, threads, |thread| {
        let mut buffer = vec![0; BLOCK];
        let mut found = 0;
        for block in (thread..size.div_ceil(BLOCK)).step_by(threads) {
            let at = block * BLOCK;
            let wanted = BLOCK.min(size - at);
            file.read_exact_at(&mut buffer[..wanted], at as u64).expect("it can be read");
            found += look(&buffer[..wanted]);
        }
        found
    });
    found.into_iter().sum()
}

/// Inflates files, one a thread; the bytes of their text.
fn inflate(paths: &[String], threads: usize) -> usize {
    let sizes = for_each_parallel(threads, paths.len(), |number| {
        let file = BufReader::with_capacity(128 << 10, File::open(&paths[number]).expect("opens"));
        let mut decoder = flate2::bufread::MultiGzDecoder::new(file);
        let mut buffer = vec![0; BLOCK];
        let mut size = 0;
        loop {
            match decoder.read(&mut buffer).expect("it is gzip") {
                0 => return size,
                read => size += read,
            }
        }
    });
    sizes.into_iter().sum()
}

/// Has all threads write numbers to memory that nobody used before, and read them; their sum.
fn through_memory(threads: usize, bytes: usize) -> usize {
    let numbers = bytes / size_of::<usize>() / threads;
    let sums = for_each_parallel(threads, threads, |thread| {
        let fresh: Vec<usize> = (thread..thread + numbers).map(std::hint::black_box).collect();
        std::hint::black_box(&fresh).iter().fold(0, |sum: usize, number| sum.wrapping_add(*number))
    });
    sums.into_iter().fold(0, usize::wrapping_add)
}

fn main() {
    // Cargo itself hands in `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [threads, text, gz @ ..] = words.as_slice() else {
        // So it is called when all benchmarks are run: there is nothing to time then.
        return;
    };
    let threads: usize = threads.parse().expect("the number of threads is a number");
    let show = |what: &str, work: &dyn Fn() -> usize| {
        let began = Instant::now();
        let found = work();
        let seconds = began.elapsed().as_secs_f64();
        println!("{}", serde_json::json!({ "what": what, "seconds": seconds, "found": found }));
    };
    let word = memchr::memmem::Finder::new(b"REJECT");
    // The first pass after other work takes longer, whatever it does.
    scan(text, threads, <[u8]>::len);
    show("read the text", &|| scan(text, threads, <[u8]>::len));
    show("count its lines", &|| {
        scan(text, threads, |block| memchr::memchr_iter(b'\n', block).count())
    });
    show("look for REJECT", &|| scan(text, threads, |block| word.find_iter(block).count()));
    show("write 200 MB to fresh memory, read them", &|| through_memory(threads, 200_000_000));
    if !gz.is_empty() {
        show("inflate the gz files", &|| inflate(gz, threads));
    }
}
