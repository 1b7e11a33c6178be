//! Mining patterns: messages of one skeleton form templates, and words of which there are many
//! become values.
//!
//! Which words are values depends on the set of all messages, never on their order: a place with
//! more than [`MANY`] words is a value as soon as that is known, and at the end a place with
//! [`SOME`] words in templates that are equal elsewhere is one too. So states can be merged.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::tokens::{Kind, key_into, pieces_of_key};
use crate::data::Position;
use crate::data::interner::{Interner, hash_bytes};

/// The most words that a place of a skeleton may have.
const MANY: usize = 1000;

/// So many words in one place make it a value where all others are equal.
const SOME: usize = 4;

/// How many messages of a template are kept: those with the least hashes, whatever their order.
const SAMPLES: usize = 100;

/// A message that was kept, and how often it came.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    hash: u64,
    /// The message.
    pub(super) text: Box<[u8]>,
    /// How often it came.
    pub(super) times: u64,
}

/// Messages that differ in their values only.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// Words and marks, and codes of values.
    pub(super) key: Vec<u8>,
    /// How many messages there are.
    pub(super) count: u64,
    /// Where the first of them stands.
    pub(super) first: Position,
    /// Some of them, by hash.
    pub(super) samples: Vec<Sample>,
}

impl Template {
    fn keep(&mut self, hash: u64, text: &[u8], times: u64) {
        let full = self.samples.len() >= SAMPLES;
        if full && self.samples.last().is_some_and(|last| last.hash < hash) {
            return;
        }
        match self.samples.binary_search_by(|sample| {
            sample.hash.cmp(&hash).then_with(|| sample.text.as_ref().cmp(text))
        }) {
            Ok(at) => self.samples[at].times += times,
            Err(at) => {
                self.samples.insert(at, Sample { hash, text: text.into(), times });
                self.samples.truncate(SAMPLES);
            }
        }
    }

    fn absorb(&mut self, other: &Template) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        other.samples.iter().for_each(|sample| self.keep(sample.hash, &sample.text, sample.times));
    }
}

/// Templates whose keys differ in their words only.
#[derive(Debug, Default)]
struct Skeleton {
    /// The words of each place; `None` where there are too many.
    words: Vec<Option<HashSet<Box<[u8]>>>>,
    /// The numbers of its templates.
    members: Vec<u32>,
}

/// The state of mining on one worker.
#[derive(Default)]
pub(super) struct Miner {
    /// Keys; each has a template of the same number, or a number of one that took it in.
    keys: Interner,
    of_key: Vec<u32>,
    templates: Vec<Template>,
    skeletons: HashMap<Box<[u8]>, Skeleton>,
    key: Vec<u8>,
    bytes: usize,
}

/// No template of this number: the key was taken in by another.
const GONE: u32 = u32::MAX;

impl Miner {
    /// Adds a message.
    pub(super) fn add(&mut self, text: &[u8], position: Position) {
        let mut key = std::mem::take(&mut self.key);
        key_into(text, &mut key);
        let number = match self.number_of(&key) {
            Some(number) => number,
            None => self.learn(&key),
        };
        self.key = key;
        let template = &mut self.templates[number as usize];
        template.count += 1;
        template.first = template.first.min(position);
        let kept = template.samples.len();
        template.keep(hash_bytes(text), text, 1);
        if template.samples.len() > kept {
            self.bytes += text.len() + size_of::<Sample>();
        }
    }

    fn number_of(&self, key: &[u8]) -> Option<u32> {
        let id = self.keys.find(key)?;
        self.of_key.get(id as usize).copied().filter(|number| *number != GONE)
    }

    /// The template of a key that is not known as it is.
    fn learn(&mut self, key: &[u8]) -> u32 {
        let pieces = pieces_of_key(key);
        let skeleton_key = skeleton_of(&pieces);
        let skeleton = self.skeletons.entry(skeleton_key.clone()).or_default();
        let words = pieces.iter().filter(|(kind, _)| *kind == Kind::Word).count();
        skeleton.words.resize_with(words, || Some(HashSet::new()));
        let own = words_of(&pieces);
        let mut grown = false;
        for (place, word) in skeleton.words.iter_mut().zip(&own) {
            if let Some(known) = place
                && !known.contains(*word)
            {
                known.insert((*word).into());
                self.bytes += word.len() + 48;
                if known.len() > MANY {
                    *place = None;
                    grown = true;
                }
            }
        }
        if grown {
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
        let template = Template { key, count: 0, first: Position::MAX, samples: Vec::new() };
        self.templates.push(template);
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
            let old = &mut self.templates[number as usize];
            let empty =
                Template { key: Vec::new(), count: 0, first: Position::MAX, samples: Vec::new() };
            let old = std::mem::replace(old, empty);
            if let Some(id) = self.keys.find(&old.key) {
                self.of_key[id as usize] = GONE;
            }
            let general = self.generalise(skeleton_key, &pieces_of_key(&old.key));
            let into = self.template_of(skeleton_key, general);
            self.templates[into as usize].absorb(&old);
        }
    }

    /// A key of this skeleton, some of whose places may be values already, made as general as the
    /// skeleton is now: with values in the places that have too many words.
    fn generalise(&self, skeleton: &[u8], pieces: &[(Kind, &[u8])]) -> Vec<u8> {
        let skeleton = self.skeletons.get(skeleton);
        let mut places = skeleton.into_iter().flat_map(|skeleton| &skeleton.words);
        let mut general = Vec::new();
        for (kind, piece) in pieces {
            let is_place = matches!(kind, Kind::Word | Kind::Any);
            match is_place && places.next().is_some_and(Option::is_none) {
                true => general.extend([0, Kind::Any.code()]),
                false => general.extend_from_slice(piece),
            }
        }
        general
    }

    /// Takes in the state of another worker.
    pub(super) fn merge(&mut self, other: Miner) {
        for (key, skeleton) in &other.skeletons {
            let own = self.skeletons.entry(key.clone()).or_default();
            own.words.resize_with(skeleton.words.len(), || Some(HashSet::new()));
            let mut grown = false;
            for (own, words) in own.words.iter_mut().zip(&skeleton.words) {
                let many = match (own.as_mut(), words) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(own), Some(words)) => {
                        own.extend(words.iter().cloned());
                        own.len() > MANY
                    }
                };
                if many {
                    *own = None;
                    grown = true;
                }
            }
            if grown {
                self.rebuild(key);
            }
            for number in &skeleton.members {
                let template = &other.templates[*number as usize];
                let general = self.generalise(key, &pieces_of_key(&template.key));
                let into = self.template_of(key, general);
                self.templates[into as usize].absorb(template);
            }
        }
        self.bytes += other.bytes;
    }

    /// Bytes of memory held, about.
    pub(super) fn memory(&self) -> usize {
        self.bytes + self.keys.memory()
    }

    /// The patterns, the most frequent first.
    pub(super) fn finish(self) -> Vec<Template> {
        let mut found: Vec<Template> = Vec::new();
        let skeletons: BTreeMap<_, _> = self.skeletons.into_iter().collect();
        for skeleton in skeletons.into_values() {
            let members = skeleton.members.iter();
            let own = members.map(|number| self.templates[*number as usize].clone()).collect();
            found.extend(settle(own));
        }
        found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        found
    }
}

/// The skeleton of a key: its words left out.
fn skeleton_of(pieces: &[(Kind, &[u8])]) -> Box<[u8]> {
    let mut skeleton = Vec::new();
    for (kind, piece) in pieces {
        match kind {
            Kind::Word => skeleton.extend([0, Kind::Word.code()]),
            _ => skeleton.extend_from_slice(piece),
        }
    }
    skeleton.into_boxed_slice()
}

fn words_of<'k>(pieces: &[(Kind, &'k [u8])]) -> Vec<&'k [u8]> {
    pieces.iter().filter(|(kind, _)| *kind == Kind::Word).map(|(_, word)| *word).collect()
}

/// Makes values of the places where templates that are equal elsewhere have [`SOME`] words, from
/// left to right, until there is none.
fn settle(mut templates: Vec<Template>) -> Vec<Template> {
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
                let (count, samples) = (0, Vec::new());
                let mut merged = Template { key, count, first: Position::MAX, samples };
                members.iter().for_each(|number| merged.absorb(&templates[*number]));
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

    /// A key, its messages, and those that are kept.
    type Mined = (String, u64, Vec<(String, u64)>);

    fn mine(messages: &[String], parts: usize) -> Vec<Mined> {
        let length = messages.len().div_ceil(parts);
        let mut miners = messages.chunks(length).enumerate().map(|(part, messages)| {
            let mut miner = Miner::default();
            for (at, message) in messages.iter().enumerate() {
                miner.add(message.as_bytes(), (part * length + at) as u64);
            }
            miner
        });
        let mut first = miners.next().expect("there are messages");
        let rest: Vec<Miner> = miners.collect();
        rest.into_iter().rev().for_each(|miner| first.merge(miner));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let template = |template: Template| {
            let samples = template.samples.iter();
            let samples = samples.map(|sample| (text(&sample.text), sample.times)).collect();
            (text(&template.key), template.count, samples)
        };
        first.finish().into_iter().map(template).collect()
    }

    #[test]
    fn order_and_parts_never_show() {
        // More users than a place may have words, a second message, and one with few words.
        let letters = |n: usize| -> String {
            format!("{:04}", n).bytes().map(|byte| char::from(byte - b'0' + b'a')).collect()
        };
        let mut messages = Vec::new();
        for n in 0..3000 {
            messages.push(format!("user {} logged in from 10.0.0.{}", letters(n % 1500), n % 250));
            messages.push(format!("took {n}ms for {}", ["a", "b"][n % 2]));
            messages.push(format!("GET /{} OK", letters(n % 7)));
        }
        let whole = mine(&messages, 1);
        for parts in [2, 3, 7] {
            assert_eq!(mine(&messages, parts), whole, "{parts}");
        }
        messages.reverse();
        assert_eq!(mine(&messages, 4), whole, "reversed");
        let counts: Vec<(&str, u64)> =
            whole.iter().map(|(key, count, _)| (key.as_str(), *count)).collect();
        let expected = [
            ("GET /\0* OK", 3000),
            ("user \0* logged in from \0a", 3000),
            ("took \0n for a", 1500),
            ("took \0n for b", 1500),
        ];
        assert_eq!(counts, expected);
    }
}
