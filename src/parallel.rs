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
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Sorts items on up to `threads` workers: each sorts a share, and the shares are merged.
pub fn sort_parallel<T: Ord + Copy + Send>(threads: usize, items: &mut [T]) {
    /// Fewer are sorted before a worker has begun.
    const FEW: usize = 1 << 14;
    if threads < 2 || items.len() < FEW || items.is_sorted() {
        items.sort_unstable();
        return;
    }
    let share = items.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let mut shares = items.chunks_mut(share);
        let own = shares.next();
        shares.for_each(|share| {
            scope.spawn(|| share.sort_unstable());
        });
        own.into_iter().for_each(<[T]>::sort_unstable);
    });
    // A stable sort finds the sorted shares and merges them.
    items.sort();
}

#[cfg(test)]
mod tests {
    #[test]
    fn shares_are_merged() {
        let mut numbers: Vec<u64> = (0..50_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9)).collect();
        numbers.extend_from_within(..1000);
        for threads in [1, 2, 3, 7] {
            let mut sorted = numbers.clone();
            super::sort_parallel(threads, &mut sorted);
            assert_eq!(sorted.len(), numbers.len());
            assert!(sorted.is_sorted());
        }
    }

    #[test]
    fn results_come_in_the_order_of_their_numbers() {
        let squares = super::for_each_parallel(4, 100, |number| number * number);
        assert_eq!(squares, (0..100).map(|number| number * number).collect::<Vec<_>>());
        assert!(super::for_each_parallel(4, 0, |number| number).is_empty());
    }
}
