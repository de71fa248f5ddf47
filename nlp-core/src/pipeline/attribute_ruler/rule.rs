//! One rule of an `attribute_ruler`: what is set, and on which token.

use crate::doc::TokenData;
use crate::frozen::{Frozen, Walk, frozen};
use crate::pos::Pos;
use crate::vocab::Scope;

/// What is done where one of the patterns of a rule is found.
pub(super) struct Rule {
    /// The token that is meant, counted from the start of what is found, or from its end if it is negative. It is within
    /// whatever the patterns find.
    pub index: i64,
    pub sets: Vec<Set>,
}

frozen!(Rule { index, sets });

/// One attribute that is set; strings by their ids, as labels of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Set {
    Tag(u64),
    Pos(Pos),
    Morph(u64),
    Lemma(u64),
    Norm(u64),
    Dep(u64),
    EntType(u64),
    EntIob(u8),
    EntId(u64),
    EntKbId(u64),
    SentStart(bool),
}

impl Frozen for Set {
    fn visit(&self, walk: &mut Walk) {
        const { assert!(!std::mem::needs_drop::<Set>()) };
        std::hash::Hash::hash(self, walk);
    }
}

impl Set {
    /// Sets the attribute, as spaCy's `set_token_attrs`.
    pub fn set<'v>(self, token: &mut TokenData<'v>, scope: Scope<'v>) {
        match self {
            Set::Tag(id) => token.tag = scope.label(id),
            Set::Pos(pos) => token.pos = pos,
            Set::Morph(id) => token.morph = scope.label(id),
            Set::Lemma(id) => token.lemma = scope.label(id),
            Set::Norm(id) => token.norm = scope.label(id),
            Set::Dep(id) => token.dep = scope.label(id),
            Set::EntType(id) => token.ent_type = scope.label(id),
            Set::EntIob(iob) => token.ent_iob = iob,
            Set::EntId(id) => token.ent_id = scope.label(id),
            Set::EntKbId(id) => token.ent_kb_id = scope.label(id),
            Set::SentStart(starts) => token.sent_start = starts.into(),
        }
    }
}
