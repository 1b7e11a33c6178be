//! Values sorted by group: the values of one group side by side.

/// The values of every group, each group a run of one list.
#[derive(Debug)]
pub struct Runs<T> {
    /// Where the run of each group begins; one more for the end.
    starts: Vec<usize>,
    values: Vec<T>,
}

impl<T: Copy + Default> Runs<T> {
    /// Sorts (group, value) pairs by counting; every group is below `groups`.
    ///
    /// Goes through the pairs twice: once to count, once to place.
    pub fn new(groups: usize, pairs: impl Iterator<Item = (u32, T)> + Clone) -> Runs<T> {
        let mut starts = vec![0; groups + 1];
        for (group, _) in pairs.clone() {
            starts[group as usize + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let mut ends = starts.clone();
        let mut values = vec![T::default(); starts[groups]];
        for (group, value) in pairs {
            let end = &mut ends[group as usize];
            values[*end] = value;
            *end += 1;
        }
        Runs { starts, values }
    }

    /// The values of a group.
    pub fn of(&self, group: u32) -> &[T] {
        let group = group as usize;
        &self.values[self.starts[group]..self.starts[group + 1]]
    }

    /// The values of a group, to be put in another order.
    pub fn of_mut(&mut self, group: usize) -> &mut [T] {
        &mut self.values[self.starts[group]..self.starts[group + 1]]
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.values.capacity() * size_of::<T>() + self.starts.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_finds_its_values() {
        let pairs = [(2, 'a'), (0, 'b'), (2, 'c')];
        let mut runs = Runs::new(4, pairs.into_iter());
        assert_eq!((runs.of(0), runs.of(1)), (&['b'][..], &[][..]));
        assert_eq!((runs.of_mut(2), 4), (&mut ['a', 'c'][..], 4));
        assert!(runs.of(3).is_empty());
    }
}
