//! How much detail mining keeps. What the bounds become depends on the set of messages alone, never
//! on their order: they are held against counts of distinct things, which only grow.

use std::collections::HashSet;

use super::tokens::{Kind, Piece};

/// The bounds of mining.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The most words that a place of a skeleton may have.
    pub(super) words: usize,
    /// The same once there are too many kinds of messages.
    pub(super) few_words: usize,
    /// How many hashes of kinds of messages may lie in the part of all hashes that is watched.
    pub(super) watched: usize,
    /// The greatest hash that is watched.
    pub(super) watch: u64,
    /// The most skeletons.
    pub(super) shapes: usize,
    /// How many messages of a template are kept, and how many once there are too many kinds.
    pub(super) samples: [usize; 2],
}

impl Limits {
    /// A hash in 64 is watched, and 1024 may come: there are too many kinds at about 65,000.
    pub(super) const DEFAULT: Limits = Limits {
        words: 1000,
        few_words: 64,
        watched: 1024,
        watch: u64::MAX / 64,
        shapes: 2000,
        samples: [100, 10],
    };
}

/// How many tokens of a message are looked at, from the first value to the last. The first is also
/// the most that a message is cut into.
const DEPTHS: [usize; 6] = [super::tokens::MOST, 32, 12, 4, 1, 0];

/// What is left of the detail.
#[derive(Debug)]
pub(super) struct Bounds {
    limits: Limits,
    /// Hashes of kinds of messages that are watched.
    kinds: HashSet<u64>,
    /// Whether there are so many kinds that words are told apart in few places only.
    tight: bool,
    /// The place in [`DEPTHS`].
    depth: usize,
}

impl Bounds {
    pub(super) fn new(limits: Limits) -> Bounds {
        Bounds { limits, kinds: HashSet::new(), tight: false, depth: 0 }
    }

    /// Notes a kind of message by its hash; whether the bounds became tighter by that.
    pub(super) fn see(&mut self, hash: u64) -> bool {
        if self.tight || hash > self.limits.watch {
            return false;
        }
        self.kinds.insert(hash);
        self.tight = self.kinds.len() > self.limits.watched;
        self.tight
    }

    /// Looks at fewer tokens, because there are so many skeletons; `false` where that cannot be.
    pub(super) fn deepen(&mut self, skeletons: usize) -> bool {
        let can = skeletons > self.limits.shapes && self.depth + 1 < DEPTHS.len();
        self.depth += usize::from(can);
        can
    }

    /// Takes the tighter of these bounds and others; whether they changed by that.
    pub(super) fn tighten(&mut self, other: &Bounds) -> bool {
        let before = (self.tight, self.depth);
        self.depth = self.depth.max(other.depth);
        self.tight |= other.tight;
        other.kinds.iter().for_each(|hash| _ = self.see(*hash));
        (self.tight, self.depth) != before
    }

    /// Whether detail was given up.
    pub(super) fn reached(&self) -> bool {
        self.tight || self.depth > 0
    }

    /// The most words of one place that are held.
    pub(super) fn words(&self) -> usize {
        if self.tight { self.limits.few_words } else { self.limits.words }
    }

    /// The most words of one place that are told apart, where so many places have several; `cut`:
    /// whether the end of the messages is not looked at. No more than 64 templates of a skeleton
    /// come of it once bounds are tight.
    pub(super) fn told_apart(&self, places: usize, cut: bool) -> usize {
        match places {
            _ if cut => 1,
            _ if !self.tight => self.limits.words,
            0 | 1 => self.limits.few_words,
            2 => 8,
            3 => 4,
            4..=6 => 2,
            _ => 1,
        }
    }

    /// How many messages of a template are kept.
    pub(super) fn samples(&self) -> usize {
        self.limits.samples[usize::from(self.tight)]
    }

    /// The pieces that are looked at, and whether there are others; these are one value.
    pub(super) fn cut<'k>(&self, mut pieces: Vec<Piece<'k>>) -> (Vec<Piece<'k>>, bool) {
        let Some(most) = DEPTHS.get(self.depth).filter(|_| self.depth > 0) else {
            return (pieces, false);
        };
        let mut tokens = pieces.iter().enumerate().filter(|(_, (kind, _))| *kind != Kind::Mark);
        let Some((at, _)) = tokens.nth(*most) else { return (pieces, false) };
        pieces.truncate(at);
        pieces.push((Kind::Any, &[0, b'*']));
        (pieces, true)
    }
}
