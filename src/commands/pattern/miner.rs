//! Mining patterns: messages of one skeleton form templates, and words of which there are many
//! become values.
//!
//! Which words are values depends on the set of all messages, never on their order: a place with
//! too many words is a value as soon as that is known, and at the end a place with [`SOME`] words
//! in templates that are equal elsewhere is one too. So states can be merged. The same holds for
//! the bounds of what is held, see [`Bounds`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::bounds::{Bounds, Limits};
use super::template::{Seen, Template, When};
use super::tokens::{Kind, Piece, key_into, pieces_of_key};
use crate::data::Position;
use crate::data::interner::{Interner, hash_bytes};

/// So many words in one place make it a value where all others are equal.
const SOME: usize = 4;

/// The words of a place; `None` where there are too many.
type Words = Option<HashSet<Box<[u8]>>>;

/// Templates whose keys differ in their words only.
#[derive(Debug, Default)]
struct Skeleton {
    words: Vec<Words>,
    /// Which places are values.
    open: Vec<bool>,
    /// Whether the end of its messages is not looked at.
    cut: bool,
    /// The numbers of its templates.
    members: Vec<u32>,
}

impl Skeleton {
    /// Adds words of each place; the bytes they take.
    fn learn<'w>(&mut self, places: impl Iterator<Item = WordsOf<'w>>, most: usize) -> usize {
        let mut bytes = 0;
        for (at, words) in places.enumerate() {
            if at >= self.words.len() {
                self.words.push(Some(HashSet::new()));
            }
            let place = &mut self.words[at];
            match (place.as_mut(), words) {
                (None, _) => {}
                (Some(_), WordsOf::Many) => *place = None,
                (Some(known), WordsOf::One(word)) => {
                    if !known.contains(word) {
                        known.insert(word.into());
                        bytes += word.len() + 48;
                    }
                }
                (Some(known), WordsOf::Some(words)) => {
                    bytes += words.iter().map(|word| word.len() + 48).sum::<usize>();
                    known.extend(words.iter().cloned());
                }
            }
            if place.as_ref().is_some_and(|known| known.len() > most) {
                *place = None;
            }
        }
        bytes
    }

    /// Finds out anew which places are values; whether more are than before.
    fn open(&mut self, bounds: &Bounds) -> bool {
        let count = |words: &Words| words.as_ref().map_or(usize::MAX, HashSet::len);
        let several = self.words.iter().filter(|words| count(words) > 1).count();
        let told_apart = bounds.told_apart(several, self.cut);
        let open = self.words.iter().map(|words| count(words) > told_apart);
        let open: Vec<bool> = open.collect();
        let more = open.contains(&true) && open != self.open;
        self.open = open;
        more
    }
}

/// Words that a place is told to have.
enum WordsOf<'w> {
    One(&'w [u8]),
    Some(&'w HashSet<Box<[u8]>>),
    Many,
}

/// The state of mining on one worker.
pub(super) struct Miner {
    /// Keys; each has a template of the same number, or a number of one that took it in.
    keys: Interner,
    of_key: Vec<u32>,
    templates: Vec<Template>,
    skeletons: HashMap<Box<[u8]>, Skeleton>,
    bounds: Bounds,
    keeps: Keeps,
    key: Vec<u8>,
    bytes: usize,
}

/// What a miner keeps besides counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keeps {
    /// Some of the messages.
    pub(super) samples: bool,
    /// The values of each place.
    pub(super) values: bool,
}

/// No template of this number: the key was taken in by another.
const GONE: u32 = u32::MAX;

impl Miner {
    pub(super) fn new(keeps: Keeps, limits: Limits) -> Miner {
        Miner {
            keys: Interner::default(),
            of_key: Vec::new(),
            templates: Vec::new(),
            skeletons: HashMap::new(),
            bounds: Bounds::new(limits),
            keeps,
            key: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a message.
    pub(super) fn add(&mut self, text: &[u8], position: Position, when: &When) {
        let mut key = std::mem::take(&mut self.key);
        key_into(text, &mut key);
        let number = match self.number_of(&key) {
            Some(number) => number,
            None => self.learn(&key),
        };
        self.key = key;
        let template = &mut self.templates[number as usize];
        template.seen.add(when);
        template.first = template.first.min(position);
        if self.keeps.samples {
            let hash = hash_bytes(text);
            let samples = &mut template.samples[usize::from(!when.periods[0])];
            self.bytes += samples.keep(hash, text, 1, self.bounds.samples());
        }
        if self.keeps.values {
            self.bytes += template.watch(text, when);
        }
    }

    fn number_of(&self, key: &[u8]) -> Option<u32> {
        let id = self.keys.find(key)?;
        self.of_key.get(id as usize).copied().filter(|number| *number != GONE)
    }

    /// The template of a key that is not known as it is.
    fn learn(&mut self, key: &[u8]) -> u32 {
        if self.bounds.see(hash_bytes(key)) {
            self.rebuild_all();
        }
        let (pieces, cut) = self.bounds.cut(pieces_of_key(key));
        let skeleton_key = skeleton_of(&pieces);
        let skeleton = self.skeletons.entry(skeleton_key.clone()).or_default();
        skeleton.cut = cut;
        let words = pieces.iter().filter(|(kind, _)| *kind == Kind::Word);
        let words = words.map(|(_, word)| WordsOf::One(word));
        self.bytes += skeleton.learn(words, self.bounds.words());
        let opened = skeleton.open(&self.bounds);
        if self.bounds.deepen(self.skeletons.len()) {
            self.rebuild_all();
            return self.learn(key);
        }
        if opened {
            self.rebuild(&skeleton_key);
        }
        let general = self.generalise(&skeleton_key, &pieces);
        self.template_of(&skeleton_key, general)
    }

    /// The template of a general key, made if it is new.
    fn template_of(&mut self, skeleton: &[u8], key: Vec<u8>) -> u32 {
        if let Some(number) = self.number_of(&key) {
            return number;
        }
        let id = self.keys.intern(&key) as usize;
        let number = self.templates.len() as u32;
        self.of_key.resize(self.of_key.len().max(id + 1), GONE);
        self.of_key[id] = number;
        self.bytes += key.len() + size_of::<Template>();
        self.templates.push(Template::new(key, self.keeps.values));
        if let Some(skeleton) = self.skeletons.get_mut(skeleton) {
            skeleton.members.push(number);
        }
        number
    }

    /// Puts the templates of a skeleton together after one of its places became a value.
    fn rebuild(&mut self, skeleton_key: &[u8]) {
        let Some(skeleton) = self.skeletons.get_mut(skeleton_key) else { return };
        let members = std::mem::take(&mut skeleton.members);
        for number in members {
            let old = std::mem::take(&mut self.templates[number as usize]);
            if let Some(id) = self.keys.find(&old.key) {
                self.of_key[id as usize] = GONE;
            }
            self.take_in(skeleton_key, &old);
        }
    }

    /// Puts all templates together anew after the bounds became tighter.
    fn rebuild_all(&mut self) {
        let skeletons = std::mem::take(&mut self.skeletons);
        let templates = std::mem::take(&mut self.templates);
        self.keys = Interner::default();
        self.of_key.clear();
        self.pour(skeletons, &templates);
        while self.bounds.deepen(self.skeletons.len()) {
            self.rebuild_all();
        }
    }

    /// Adds skeletons and their templates, which no bounds have cut more than these.
    fn pour(&mut self, skeletons: HashMap<Box<[u8]>, Skeleton>, templates: &[Template]) {
        let mut touched = Vec::new();
        for (key, skeleton) in &skeletons {
            let (pieces, cut) = self.bounds.cut(pieces_of_key(key));
            // Of a key that is cut, the places in front are left.
            let places = pieces.iter().filter(|(_, piece)| *piece == WORD).count();
            let key = skeleton_of(&pieces);
            let own = self.skeletons.entry(key.clone()).or_default();
            own.cut = cut || skeleton.cut;
            let words = skeleton.words.iter().take(places);
            let words = words.map(|words| words.as_ref().map_or(WordsOf::Many, WordsOf::Some));
            self.bytes += own.learn(words, self.bounds.words());
            touched.push((key, &skeleton.members));
        }
        for (key, _) in &touched {
            let opened = self.skeletons.get_mut(key).is_some_and(|own| own.open(&self.bounds));
            if opened {
                self.rebuild(key);
            }
        }
        for (key, members) in &touched {
            for number in *members {
                self.take_in(key, &templates[*number as usize]);
            }
        }
    }

    /// Adds a template to that of its skeleton which its key belongs to; the words of the skeleton
    /// are known.
    fn take_in(&mut self, skeleton: &[u8], template: &Template) {
        let (pieces, _) = self.bounds.cut(pieces_of_key(&template.key));
        let general = self.generalise(skeleton, &pieces);
        let into = self.template_of(skeleton, general);
        self.templates[into as usize].absorb(template, self.bounds.samples());
    }

    /// A key of this skeleton, some of whose places may be values already, made as general as the
    /// skeleton is now: with values in the places that have too many words.
    fn generalise(&self, skeleton: &[u8], pieces: &[Piece<'_>]) -> Vec<u8> {
        let skeleton = self.skeletons.get(skeleton);
        let mut places = skeleton.into_iter().flat_map(|skeleton| &skeleton.open);
        let mut general = Vec::new();
        for (kind, piece) in pieces {
            let is_place = matches!(kind, Kind::Word | Kind::Any);
            match is_place && places.next() == Some(&true) {
                true => general.extend([0, Kind::Any.code()]),
                false => general.extend_from_slice(piece),
            }
        }
        general
    }

    /// Takes in the state of another worker.
    pub(super) fn merge(&mut self, other: Miner) {
        if self.bounds.tighten(&other.bounds) {
            self.rebuild_all();
        }
        self.pour(other.skeletons, &other.templates);
        while self.bounds.deepen(self.skeletons.len()) {
            self.rebuild_all();
        }
        self.bytes += other.bytes;
    }

    /// Bytes of memory held, about.
    pub(super) fn memory(&self) -> usize {
        self.bytes + self.keys.memory()
    }

    /// Whether detail was given up to keep memory bounded.
    pub(super) fn is_bounded(&self) -> bool {
        self.bounds.reached()
    }

    /// All messages.
    pub(super) fn seen(&self) -> Seen {
        let mut all = Seen::default();
        self.templates.iter().for_each(|template| all.absorb(&template.seen));
        all
    }

    /// The patterns, the most frequent first.
    pub(super) fn finish(self) -> Vec<Template> {
        let mut found: Vec<Template> = Vec::new();
        let most = self.bounds.samples();
        let mut templates: Vec<Option<Template>> = self.templates.into_iter().map(Some).collect();
        let skeletons: BTreeMap<_, _> = self.skeletons.into_iter().collect();
        for skeleton in skeletons.into_values() {
            let members = skeleton.members.iter();
            let own = members.filter_map(|number| templates[*number as usize].take()).collect();
            found.extend(settle(own, most, self.keeps.values));
        }
        let order = |a: &Template, b: &Template| {
            b.seen.total().cmp(&a.seen.total()).then_with(|| a.key.cmp(&b.key))
        };
        found.sort_by(order);
        found
    }
}

/// A word in a skeleton.
const WORD: &[u8] = &[0, b'w'];

/// The skeleton of a key: its words left out.
fn skeleton_of(pieces: &[Piece<'_>]) -> Box<[u8]> {
    let mut skeleton = Vec::new();
    for (kind, piece) in pieces {
        match kind {
            Kind::Word => skeleton.extend(WORD),
            _ => skeleton.extend_from_slice(piece),
        }
    }
    skeleton.into_boxed_slice()
}

/// Makes values of the places where templates that are equal elsewhere have [`SOME`] words, from
/// left to right, until there is none.
fn settle(mut templates: Vec<Template>, most: usize, watched: bool) -> Vec<Template> {
    loop {
        let places = templates.iter().map(|template| pieces_of_key(&template.key).len());
        let places = places.max().unwrap_or(0);
        let before = templates.len();
        for place in 0..places {
            let mut groups: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
            for (number, template) in templates.iter().enumerate() {
                if let Some(general) = without(&template.key, place) {
                    groups.entry(general).or_default().push(number);
                }
            }
            let mut gone = BTreeSet::new();
            let mut made = Vec::new();
            for (key, members) in groups {
                let words: Vec<&[u8]> = members
                    .iter()
                    .filter_map(|number| pieces_of_key(&templates[*number].key).get(place).copied())
                    .map(|(_, word)| word)
                    .collect();
                if words.len() < SOME || words.iter().all(|word| is_constant(word)) {
                    continue;
                }
                let mut merged = Template::new(key, watched);
                members.iter().for_each(|number| merged.absorb(&templates[*number], most));
                gone.extend(members);
                made.push(merged);
            }
            let mut number = 0;
            templates.retain(|_| {
                number += 1;
                !gone.contains(&(number - 1))
            });
            templates.extend(made);
        }
        if templates.len() == before {
            return templates;
        }
    }
}

/// A key with a value in place of the word that is its piece of this number.
fn without(key: &[u8], place: usize) -> Option<Vec<u8>> {
    let pieces = pieces_of_key(key);
    if pieces.get(place)?.0 != Kind::Word {
        return None;
    }
    let mut general = Vec::with_capacity(key.len());
    for (number, (_, piece)) in pieces.iter().enumerate() {
        match number == place {
            true => general.extend([0, Kind::Any.code()]),
            false => general.extend_from_slice(piece),
        }
    }
    Some(general)
}

/// A word in capitals or of marks alone: levels, methods, states, which tell messages apart.
fn is_constant(word: &[u8]) -> bool {
    !word.iter().any(u8::is_ascii_lowercase) && word.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEPS: Keeps = Keeps { samples: true, values: true };

    /// The key of a template, how often it came in both ranges, the messages that are kept, and the
    /// values of its places.
    type Mined = (String, [u64; 2], Vec<(String, u64)>, Vec<Vec<(String, [u64; 2])>>);

    /// What is mined of messages in so many parts, merged from the last to the first; every third
    /// message is of the earlier range.
    fn mine(messages: &[(String, bool)], parts: usize, limits: Limits) -> (Vec<Mined>, bool) {
        let length = messages.len().div_ceil(parts);
        let mut miners = messages.chunks(length).enumerate().map(|(part, messages)| {
            let mut miner = Miner::new(KEEPS, limits);
            for (at, (message, earlier)) in messages.iter().enumerate() {
                let when = When { time: 5, periods: [!earlier, *earlier] };
                miner.add(message.as_bytes(), (part * length + at) as u64, &when);
            }
            miner
        });
        let mut first = miners.next().expect("there are messages");
        let rest: Vec<Miner> = miners.collect();
        rest.into_iter().rev().for_each(|miner| first.merge(miner));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let template = |template: Template| {
            let samples = template.samples[0].0.iter();
            let samples = samples.map(|sample| (text(&sample.text), sample.times)).collect();
            let values = template.values.iter().map(|values| {
                let values = values.iter().flatten();
                values.map(|(value, seen)| (text(value), seen.counts)).collect()
            });
            (text(&template.key), template.seen.counts, samples, values.collect())
        };
        let bounded = first.is_bounded();
        (first.finish().into_iter().map(template).collect(), bounded)
    }

    /// However the messages are cut and ordered, the same comes out.
    fn always(mut messages: Vec<(String, bool)>, limits: Limits) -> (Vec<Mined>, bool) {
        let whole = mine(&messages, 1, limits);
        for parts in [2, 3, 7] {
            assert!(mine(&messages, parts, limits) == whole, "{parts} parts");
        }
        messages.reverse();
        assert!(mine(&messages, 4, limits) == whole, "reversed");
        messages.sort_by_key(|(message, _)| hash_bytes(message.as_bytes()));
        assert!(mine(&messages, 5, limits) == whole, "shuffled");
        whole
    }

    fn letters(n: usize) -> String {
        format!("{n:04}").bytes().map(|byte| char::from(byte - b'0' + b'a')).collect()
    }

    fn counts((mined, _): &(Vec<Mined>, bool)) -> Vec<(&str, u64)> {
        let row = |(key, counts, ..): &'_ Mined| (key.len(), counts[0] + counts[1]);
        let rows = mined.iter().map(|mined| (mined.0.as_str(), row(mined).1));
        rows.collect()
    }

    #[test]
    fn order_and_parts_never_show() {
        // More users than a place may have words, a second message, and one with few words.
        let mut messages = Vec::new();
        for n in 0..3000 {
            let earlier = n % 3 == 0;
            let user = letters(n % 1500);
            messages.push((format!("user {user} logged in from 10.0.0.{}", n % 250), earlier));
            messages.push((format!("took {n}ms for {}", ["a", "b"][n % 2]), earlier));
            messages.push((format!("GET /{} OK", letters(n % 7)), earlier));
        }
        let whole = always(messages, Limits::DEFAULT);
        assert!(!whole.1, "no bound is reached");
        let expected = [
            ("GET /\0* OK", 3000),
            ("user \0* logged in from \0a", 3000),
            ("took \0n for a", 1500),
            ("took \0n for b", 1500),
        ];
        assert_eq!(counts(&whole), expected);
        // Seven words, of which each came 428 or 429 times, a third of that in the earlier range.
        let (_, counts, _, values) = &whole.0[0];
        assert_eq!(*counts, [2000, 1000]);
        let [words] = values.as_slice() else { panic!("one place") };
        assert_eq!(words.len(), 7);
        assert_eq!(words[0], ("aaaa".to_owned(), [286, 143]));
        // Of 1500 users there are too many to watch.
        assert_eq!(whole.0[1].3[0], []);
    }

    #[test]
    fn many_kinds_of_messages_are_told_apart_by_few_words() {
        // 2500 users do two things each, 6 of 30 places hold each of 40 things in words.
        let mut messages = Vec::new();
        for n in 0..5000 {
            let did = ["login", "logout"][n % 2];
            messages.push((format!("user {} did {did}", letters(n / 2)), false));
            let word = |by: usize| letters(n / by % 40);
            let text = format!("{} {} {} {} then", word(1), word(3), word(7), word(40));
            messages.push((text, n % 3 == 0));
        }
        let limits = Limits { watch: u64::MAX / 16, watched: 100, shapes: 10, ..Limits::DEFAULT };
        let whole = always(messages, limits);
        assert!(whole.1, "a bound is reached");
        let expected = [
            ("\0* \0* \0* \0* then", 5000),
            ("user \0* did login", 2500),
            ("user \0* did logout", 2500),
        ];
        assert_eq!(counts(&whole), expected);
        assert!(whole.0.iter().all(|(_, _, samples, _)| samples.len() <= 10));
    }

    #[test]
    fn many_shapes_are_told_apart_by_their_beginning() {
        // Lists of 0 to 99 numbers, and one plain message.
        let mut messages = Vec::new();
        for n in 0..1000 {
            messages.push((format!("sizes:{}", " 7".repeat(n % 100)), false));
            messages.push((format!("all {} is well", letters(n)), n % 3 == 0));
        }
        let limits = Limits { shapes: 50, ..Limits::DEFAULT };
        let whole = always(messages, limits);
        assert!(whole.1, "a bound is reached");
        // With 32 numbers looked at, 32 shapes are left and the plain one: it stays as it is.
        let found = counts(&whole);
        assert_eq!(found[0], ("all \0* is well", 1000));
        let long = format!("sizes:{} \0*", " \0n".repeat(31));
        assert!(found.contains(&(long.as_str(), 10 * (100 - 32))), "{found:?}");
        assert_eq!(found.len(), 1 + 32 + 1);
    }
}
