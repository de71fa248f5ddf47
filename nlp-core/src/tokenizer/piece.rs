//! The tokens that a text is split into.

use super::cache::{Cut, NormId};

/// One token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its first byte in the text.
    pub start: u32,
    /// The byte after its last; this is where a space is that belongs to it.
    pub end: u32,
    /// Whether it is followed by a space that belongs to it and is not part of another token.
    pub space: bool,
    /// The norm that a special case gives it, instead of its word's own.
    pub norm: Option<NormId>,
    /// Whether it was put there in the place of tokens that together are a special case. spaCy makes such tokens anew,
    /// so that the first of a text no longer counts as the start of a sentence.
    pub rewritten: bool,
}

/// Adds the tokens that `cuts` make of the chunk at `start`; the last has a space after it if `space` says so.
pub(super) fn push_pieces(out: &mut Vec<Piece>, start: u32, cuts: &[Cut], space: bool) {
    let mut from = start;
    out.extend(cuts.iter().map(|cut| {
        let end = start + cut.end;
        let piece = Piece {
            start: from,
            end,
            space: false,
            norm: cut.norm,
            rewritten: false,
        };
        from = end;
        piece
    }));
    if let Some(last) = out.last_mut() {
        last.space = space;
    }
}
