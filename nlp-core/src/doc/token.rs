//! A view of one token of a document.

use super::{Doc, TokenData};
use crate::attr::Attr;
use crate::pos::Pos;
use crate::vocab::{Lexeme, StringEntry};

/// Where a token stands in a named entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntIob {
    /// No component has said.
    Missing,
    /// Inside an entity that began before.
    Inside,
    /// Outside any entity.
    Outside,
    /// The first token of an entity; with an empty type, a token that no entity may cover.
    Begin,
}

impl EntIob {
    /// `""`, `"I"`, `"O"` or `"B"`, as spaCy writes it.
    pub fn as_str(self) -> &'static str {
        ["", "I", "O", "B"][self as usize]
    }
}

/// One token of a document: a cheap view, which borrows the document.
#[derive(Clone, Copy)]
pub struct Token<'d> {
    doc: &'d Doc<'d>,
    i: usize,
}

/// The string of an attribute that may not be set.
fn text<'d>(entry: Option<&'d StringEntry<'d>>) -> &'d str {
    entry.map_or("", |entry| entry.text)
}

impl Doc<'_> {
    /// Token `i`.
    ///
    /// # Panics
    /// If there is no such token: see [`Doc::get`].
    pub fn token(&self, i: usize) -> Token<'_> {
        self.get(i)
            .unwrap_or_else(|| panic!("token {i} of a document of {} tokens", self.len()))
    }

    /// Token `i`, if there is one.
    pub fn get(&self, i: usize) -> Option<Token<'_>> {
        (i < self.len()).then(|| Token::new(self, i))
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> impl DoubleEndedIterator<Item = Token<'_>> + ExactSizeIterator {
        (0..self.len()).map(|i| Token::new(self, i))
    }
}

impl<'d> Token<'d> {
    pub(super) fn new(doc: &'d Doc<'d>, i: usize) -> Self {
        Token { doc, i }
    }

    fn data(&self) -> &'d TokenData<'d> {
        &self.doc.tokens[self.i]
    }

    /// The document.
    pub fn doc(&self) -> &'d Doc<'d> {
        self.doc
    }

    /// The token's position in the document.
    pub fn i(&self) -> usize {
        self.i
    }

    /// The word type, without context.
    pub fn lexeme(&self) -> Lexeme<'d> {
        Lexeme::new(self.doc.vocab, self.data().lexeme)
    }

    /// The token, as it stands in the text.
    pub fn text(&self) -> &'d str {
        self.data().lexeme.orth.text
    }

    /// `" "` if a space follows that belongs to the token, else `""`.
    pub fn whitespace(&self) -> &'static str {
        if self.data().space { " " } else { "" }
    }

    /// The token with the space that belongs to it.
    pub fn text_with_ws(&self) -> &'d str {
        let data = self.data();
        let start = data.start as usize;
        &self.doc.text[start..start + self.text().len() + usize::from(data.space)]
    }

    /// The length in code points.
    pub fn len(&self) -> usize {
        self.data().lexeme.length as usize
    }

    /// Whether the token is empty: no tokenizer makes such a token.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Offset of the token in the text, in code points.
    pub fn idx(&self) -> usize {
        self.data().idx as usize
    }

    /// Offset of the token in the text, in bytes.
    pub fn byte_offset(&self) -> usize {
        self.data().start as usize
    }

    /// The norm, which a special case of the tokenizer may have set for this token.
    pub fn norm(&self) -> &'d str {
        self.data().norm.unwrap_or(self.data().lexeme.norm).text
    }

    /// The token in lower case.
    pub fn lower(&self) -> &'d str {
        self.lexeme().lower()
    }

    /// The orthographic shape, such as `Xxxx`.
    pub fn shape(&self) -> &'d str {
        self.lexeme().shape()
    }

    /// The first code point.
    pub fn prefix(&self) -> &'d str {
        self.lexeme().prefix()
    }

    /// The last three code points.
    pub fn suffix(&self) -> &'d str {
        self.lexeme().suffix()
    }

    /// The fine-grained tag, `""` where none is set.
    pub fn tag(&self) -> &'d str {
        text(self.data().tag)
    }

    /// The coarse part of speech, [`Pos::NoTag`] where none is set.
    pub fn pos(&self) -> Pos {
        self.data().pos
    }

    /// The morphological features, such as `Case=Nom|Number=Sing`; `""` where there are none.
    pub fn morph(&self) -> &'d str {
        match text(self.data().morph) {
            "_" => "",
            morph => morph,
        }
    }

    /// The value of one morphological feature: `Sing` for `Number`.
    pub fn morph_feature(&self, field: &str) -> Option<&'d str> {
        self.morph()
            .split('|')
            .find_map(|feature| feature.split_once('=').filter(|f| f.0 == field))
            .map(|f| f.1)
    }

    /// The lemma, `""` where none is set.
    pub fn lemma(&self) -> &'d str {
        text(self.data().lemma)
    }

    /// The label of the arc from the head, `""` where none is set.
    pub fn dep(&self) -> &'d str {
        text(self.data().dep)
    }

    /// Whether a head was set.
    pub fn has_head(&self) -> bool {
        self.data().dep.is_some()
    }

    /// The syntactic head; the token itself for a root, and where no head was set.
    pub fn head(&self) -> Token<'d> {
        match self.has_head() {
            true => self.at(self.i.wrapping_add_signed(self.data().head as isize)),
            false => *self,
        }
    }

    /// The children to the left, in order.
    pub fn lefts(&self) -> impl DoubleEndedIterator<Item = Token<'d>> {
        let mut lefts = self.children_among(
            (self.data().left_edge as usize..self.i).rev(),
            self.n_lefts(),
        );
        lefts.reverse();
        lefts.into_iter()
    }

    /// The children to the right, in order.
    pub fn rights(&self) -> impl DoubleEndedIterator<Item = Token<'d>> {
        self.children_among(
            self.i + 1..self.data().right_edge as usize + 1,
            self.n_rights(),
        )
        .into_iter()
    }

    /// The children, in order.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = Token<'d>> {
        self.lefts().chain(self.rights())
    }

    /// How many children stand to the left.
    pub fn n_lefts(&self) -> usize {
        self.data().left_kids as usize
    }

    /// How many children stand to the right.
    pub fn n_rights(&self) -> usize {
        self.data().right_kids as usize
    }

    /// The token and all its descendants, in spaCy's order: the subtrees of the left children, the token, the subtrees
    /// of the right children.
    pub fn subtree(&self) -> Vec<Token<'d>> {
        enum Step {
            Expand(usize),
            Emit(usize),
        }
        const NONE: usize = usize::MAX;
        let head_of = |i: usize| i.wrapping_add_signed(self.doc.tokens[i].head as isize);
        let first = self.data().left_edge as usize;
        let range = first..self.data().right_edge as usize + 1;
        // Each token's last child, and the child of the same head before each: found once, however deep the tree is.
        let mut links = vec![(NONE, NONE); range.len()];
        for child in range.clone() {
            let head = head_of(child);
            // Nothing hangs on itself, nor this token on any other here.
            if head != child && child != self.i && range.contains(&head) {
                links[child - first].1 = std::mem::replace(&mut links[head - first].0, child);
            }
        }
        let mut steps = vec![Step::Expand(self.i)];
        let mut subtree = Vec::new();
        while let Some(step) = steps.pop() {
            match step {
                Step::Emit(i) => subtree.push(self.at(i)),
                Step::Expand(i) => {
                    // From the last child to the first, as what is pushed first is done last.
                    let edges = self.at(i).left_edge().i..self.at(i).right_edge().i + 1;
                    let mut emitted = false;
                    let mut child = links[i - first].0;
                    while child != NONE {
                        if child < i && !emitted {
                            steps.push(Step::Emit(i));
                            emitted = true;
                        }
                        if edges.contains(&child) {
                            steps.push(Step::Expand(child));
                        }
                        child = links[child - first].1;
                    }
                    if !emitted {
                        steps.push(Step::Emit(i));
                    }
                }
            }
        }
        subtree
    }

    /// The first token of the subtree.
    pub fn left_edge(&self) -> Token<'d> {
        self.at(self.data().left_edge as usize)
    }

    /// The last token of the subtree.
    pub fn right_edge(&self) -> Token<'d> {
        self.at(self.data().right_edge as usize)
    }

    /// The head, the head's head, and so on up to the root.
    pub fn ancestors(&self) -> impl Iterator<Item = Token<'d>> {
        std::iter::successors(Some(*self), |token| {
            (token.data().head != 0).then(|| token.head())
        })
        .skip(1)
        .take(self.doc.len())
    }

    /// Whether this token is the head of `other`, or the head's head, and so on.
    pub fn is_ancestor_of(&self, other: &Token<'_>) -> bool {
        std::ptr::eq(self.doc, other.doc) && other.ancestors().any(|ancestor| ancestor.i == self.i)
    }

    /// Whether the token starts a sentence; `None` where no component has said.
    pub fn is_sent_start(&self) -> Option<bool> {
        match self.data().sent_start {
            0 => None,
            start => Some(start == 1),
        }
    }

    /// Where the token stands in a named entity.
    pub fn ent_iob(&self) -> EntIob {
        [
            EntIob::Missing,
            EntIob::Inside,
            EntIob::Outside,
            EntIob::Begin,
        ][usize::from(self.data().ent_iob & 3)]
    }

    /// The label of the entity around the token, `""` where there is none.
    pub fn ent_type(&self) -> &'d str {
        text(self.data().ent_type)
    }

    /// What the pattern of a ruler calls the entity around the token, `""` where none does.
    pub fn ent_id(&self) -> &'d str {
        text(self.data().ent_id)
    }

    /// What the entity around the token is in a knowledge base, `""` where no linker has said.
    pub fn ent_kb_id(&self) -> &'d str {
        text(self.data().ent_kb_id)
    }

    /// A boolean attribute of the word, such as [`Attr::IsAlpha`].
    pub fn flag(&self, attr: Attr) -> bool {
        self.data().lexeme.flag(attr)
    }

    /// Whether the token is made of letters.
    pub fn is_alpha(&self) -> bool {
        self.flag(Attr::IsAlpha)
    }

    /// Whether the token is ASCII.
    pub fn is_ascii(&self) -> bool {
        self.flag(Attr::IsAscii)
    }

    /// Whether the token is made of digits.
    pub fn is_digit(&self) -> bool {
        self.flag(Attr::IsDigit)
    }

    /// Whether the token is in lower case.
    pub fn is_lower(&self) -> bool {
        self.flag(Attr::IsLower)
    }

    /// Whether the token is in upper case.
    pub fn is_upper(&self) -> bool {
        self.flag(Attr::IsUpper)
    }

    /// Whether the token is in title case.
    pub fn is_title(&self) -> bool {
        self.flag(Attr::IsTitle)
    }

    /// Whether the token is punctuation.
    pub fn is_punct(&self) -> bool {
        self.flag(Attr::IsPunct)
    }

    /// Whether the token is a left punctuation mark, such as `(`.
    pub fn is_left_punct(&self) -> bool {
        self.flag(Attr::IsLeftPunct)
    }

    /// Whether the token is a right punctuation mark, such as `)`.
    pub fn is_right_punct(&self) -> bool {
        self.flag(Attr::IsRightPunct)
    }

    /// Whether the token is white space.
    pub fn is_space(&self) -> bool {
        self.flag(Attr::IsSpace)
    }

    /// Whether the token is a bracket.
    pub fn is_bracket(&self) -> bool {
        self.flag(Attr::IsBracket)
    }

    /// Whether the token is a quotation mark.
    pub fn is_quote(&self) -> bool {
        self.flag(Attr::IsQuote)
    }

    /// Whether the token is a currency symbol.
    pub fn is_currency(&self) -> bool {
        self.flag(Attr::IsCurrency)
    }

    /// Whether the language counts the word as a stop word.
    pub fn is_stop(&self) -> bool {
        self.flag(Attr::IsStop)
    }

    /// Whether the token looks like a number, in digits or in words.
    pub fn like_num(&self) -> bool {
        self.flag(Attr::LikeNum)
    }

    /// Whether the token looks like a URL.
    pub fn like_url(&self) -> bool {
        self.flag(Attr::LikeUrl)
    }

    /// Whether the token looks like an e-mail address.
    pub fn like_email(&self) -> bool {
        self.flag(Attr::LikeEmail)
    }

    fn at(&self, i: usize) -> Token<'d> {
        Token { doc: self.doc, i }
    }

    /// The children among these tokens, of which there are `count`: those beyond the last one are not looked at, or a
    /// walk over all tokens would look at most tokens many times.
    fn children_among(&self, tokens: impl Iterator<Item = usize>, count: usize) -> Vec<Token<'d>> {
        let hangs_here =
            |&i: &usize| i.wrapping_add_signed(self.doc.tokens[i].head as isize) == self.i;
        let children = tokens.filter(hangs_here).take(count);
        children.map(|i| self.at(i)).collect()
    }
}

impl std::fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({}, {:?})", self.i, self.text())
    }
}

impl std::fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}
