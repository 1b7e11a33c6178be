//! Work on all cores: numbered tasks, results in the order of their numbers.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `task` for every number below `count` on up to `threads` workers.
///
/// Which worker runs which task is left to chance; the results come in the order of the numbers.
pub fn for_each_parallel<T: Send>(
    threads: usize,
    count: usize,
    task: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let threads = threads.clamp(1, count.max(1));
    if threads == 1 {
        return (0..count).map(task).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    let work = || {
        let mut own = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            own.push((number, task(number)));
        }
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(own);
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| {
            scope.spawn(work);
        });
        work();
    });
    let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut results: Vec<Option<T>> = std::iter::repeat_with(|| None).take(count).collect();
    done.into_iter().for_each(|(number, result)| results[number] = Some(result));
    results.into_iter().flatten().collect()
}

/// Runs `task` for every number below `count` on `threads` workers, and gives each result to `take` in
/// the order of the numbers while others are worked on; `take` runs on the thread that called. Its first
/// error ends the work.
///
/// # Errors
/// What `take` fails with.
pub fn in_turn<T: Send, E>(
    threads: usize,
    count: usize,
    task: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    if threads < 2 || count < 2 {
        return (0..count).try_for_each(|number| take(task(number)));
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::sync_channel(threads);
        for _ in 0..threads.min(count) {
            let (sender, next, task) = (sender.clone(), &next, &task);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // Nobody takes results any more where one could not be taken.
                    if number >= count || sender.send((number, task(number))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = std::collections::BTreeMap::new();
        let mut turn = 0;
        for (number, result) in receiver {
            early.insert(number, result);
            while let Some(result) = early.remove(&turn) {
                take(result)?;
                turn += 1;
            }
        }
        Ok(())
    })
}

/// Gives each of some items to `take`, on the thread that called, while another makes the next one. The
/// first error of `take` ends the work.
///
/// # Errors
/// What `take` fails with.
pub fn ahead<T: Send, E>(
    threads: usize,
    mut items: impl Iterator<Item = T> + Send,
    take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    if threads < 2 {
        return items.try_for_each(take);
    }
    std::thread::scope(|scope| {
        // The next one is made while one is taken; no third one waits between.
        let (sender, receiver) = std::sync::mpsc::sync_channel(0);
        scope.spawn(move || items.try_for_each(|item| sender.send(item)));
        receiver.into_iter().try_for_each(take)
    })
}

/// Stretches of numbers that are sorted one by one.
const STRETCHES: usize = 64;
/// Numbers that are looked at to tell stretches of about the same length.
const SAMPLES: usize = 64 * STRETCHES;

/// Where the numbers of some lists stand, list and place in it, in the order of the numbers; equal ones
/// in the order of their lists and places. On up to `threads` workers.
pub fn in_order(threads: usize, lists: &[&[u64]]) -> Vec<(u32, u32)> {
    let len: usize = lists.iter().map(|list| list.len()).sum();
    let step = (len / SAMPLES).max(1);
    let mut samples: Vec<u64> =
        lists.iter().flat_map(|list| list.iter().step_by(step)).copied().collect();
    samples.sort_unstable();
    // The first number of every stretch but the first.
    let step = samples.len().div_ceil(STRETCHES).max(1);
    let starts: Vec<u64> = samples.into_iter().skip(step).step_by(step).collect();
    let shares = for_each_parallel(threads, lists.len(), |list| by_stretch(lists[list], &starts));
    let stretches = for_each_parallel(threads, starts.len() + 1, |stretch| {
        let mut numbers = Vec::new();
        for (list, (numbers_of, (places, ends))) in lists.iter().zip(&shares).enumerate() {
            let start = stretch.checked_sub(1).map_or(0, |before| ends[before]);
            let places = places[start..ends[stretch]].iter();
            numbers.extend(places.map(|at| (numbers_of[*at as usize], list as u32, *at)));
        }
        numbers.sort_unstable();
        numbers.into_iter().map(|(_, list, place)| (list, place)).collect::<Vec<_>>()
    });
    stretches.concat()
}

/// The places in a list by the stretch that their number is in, and where those of each stretch end.
fn by_stretch(list: &[u64], starts: &[u64]) -> (Vec<u32>, Vec<usize>) {
    let stretch = |number: &u64| starts.partition_point(|start| start <= number) as u8;
    let stretches: Vec<u8> = list.iter().map(stretch).collect();
    let mut counts = vec![0; starts.len() + 1];
    stretches.iter().for_each(|stretch| counts[usize::from(*stretch)] += 1);
    let mut next = Vec::with_capacity(counts.len());
    let mut end = 0;
    for count in &counts {
        next.push(end);
        end += count;
    }
    let mut places = vec![0; list.len()];
    for (place, stretch) in stretches.iter().enumerate() {
        let at = &mut next[usize::from(*stretch)];
        places[*at] = place as u32;
        *at += 1;
    }
    (places, next)
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_of_all_lists_are_put_in_order() {
        let spread = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let mut lists: Vec<Vec<u64>> =
            (0..7).map(|l| (0..l * 3000).map(spread).collect()).collect();
        lists.push(vec![5; 10_000]);
        lists.push(vec![0, u64::MAX, 1 << 44]);
        for lists in [&lists[..], &lists[7..], &lists[..1], &[]] {
            let lists: Vec<&[u64]> = lists.iter().map(Vec::as_slice).collect();
            let places = |(list, numbers): (usize, &&[u64])| {
                (0..numbers.len()).map(move |at| (list as u32, at as u32)).collect::<Vec<_>>()
            };
            let mut expected: Vec<_> = lists.iter().enumerate().flat_map(places).collect();
            expected.sort_by_key(|(list, at)| lists[*list as usize][*at as usize]);
            for threads in [1, 3] {
                assert_eq!(super::in_order(threads, &lists), expected);
            }
        }
    }

    #[test]
    fn results_are_taken_in_turn_until_one_cannot_be() {
        for (threads, count) in [(1, 5), (3, 100), (4, 2), (2, 0)] {
            let mut taken = Vec::new();
            let all: Result<(), ()> = super::in_turn(
                threads,
                count,
                |number| number,
                |number| {
                    taken.push(number);
                    Ok(())
                },
            );
            assert!(all.is_ok() && taken.iter().copied().eq(0..count));
            let refused = |number| if number == 3 { Err(number) } else { Ok(()) };
            let last = super::in_turn(threads, count, |number| number, refused);
            assert_eq!(last, if count > 3 { Err(3) } else { Ok(()) });
        }
    }

    #[test]
    fn items_are_made_ahead_until_one_cannot_be_taken() {
        for threads in [1, 2] {
            let mut taken = Vec::new();
            let refused = |number| {
                taken.push(number);
                if number == 3 { Err(number) } else { Ok(()) }
            };
            assert_eq!(super::ahead(threads, 0..1000, refused), Err(3));
            assert_eq!(taken, [0, 1, 2, 3]);
            let mut sum = 0;
            let all: Result<(), ()> = super::ahead(threads, 0..1000, |number| {
                sum += number;
                Ok(())
            });
            assert_eq!((all, sum), (Ok(()), 499_500));
        }
    }

    #[test]
    fn results_come_in_the_order_of_their_numbers() {
        let squares = super::for_each_parallel(4, 100, |number| number * number);
        assert_eq!(squares, (0..100).map(|number| number * number).collect::<Vec<_>>());
        assert!(super::for_each_parallel(4, 0, |number| number).is_empty());
    }
}
