//! Makes one token of several, or several of one (`tokens/_retokenize.pyx`).
//!
//! All changes of a document are made in one pass each, so that however many there are, they take time linear in the
//! tokens. Where spaCy leaves something behind that no longer fits, it is as spaCy leaves it, but for two things:
//! without a parse, subtrees are of one token each, where spaCy keeps the edges that tokens had at their former places;
//! and span groups follow the characters that they covered, where spaCy keeps their former token numbers.

use super::roots::Roots;
use super::{Doc, Group, TokenData};
use crate::attr::Attr;
use crate::lang::is_space;
use crate::limits::{Budget, OutOfTime};
use crate::nn::Matrix;
use crate::transition::Tree;
use crate::vocab::{Scope, StringEntry};

/// Tokens that are made before the clock is looked at again.
const TOKENS_A_LOOK: usize = 4096;

/// Tokens that are to be one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Merge<'v> {
    /// The first token.
    pub start: usize,
    /// The token after the last.
    pub end: usize,
    /// The entity type of the new token; `None` for that of the root.
    pub ent_type: Option<&'v StringEntry<'v>>,
}

impl<'v> Doc<'v> {
    /// Makes one token of each range, with the annotations of its root. The lemma is put together from those of its
    /// tokens; the norm is the new word's own.
    ///
    /// # Errors
    /// If the time is up: the document is then of no more use.
    ///
    /// # Panics
    /// If the ranges are not in order, overlap, are empty, or reach beyond the document.
    pub(crate) fn merge(
        &mut self,
        merges: &[Merge<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        if merges.is_empty() {
            return Ok(());
        }
        let len = self.len();
        let merged = self.merged(merges, scope, budget)?;
        // Where each token went, and how wide each new one was.
        let mut places: Vec<u32> = Vec::with_capacity(len);
        let mut tokens: Vec<TokenData<'v>> = Vec::with_capacity(len);
        let mut old = std::mem::take(&mut self.tokens).into_iter().enumerate();
        let mut merges = merges.iter().zip(merged).peekable();
        let mut kept_rows: Vec<usize> = Vec::with_capacity(len);
        while let Some((i, token)) = old.next() {
            if tokens.len().is_multiple_of(TOKENS_A_LOOK) {
                budget.check()?;
            }
            let place = tokens.len() as u32;
            let mut last = i;
            match merges.next_if(|(merge, _)| merge.start == i) {
                Some((merge, token)) => {
                    last = merge.end - 1;
                    places.resize(merge.end, place);
                    tokens.push(token);
                    // The tokens after the first are gone.
                    old.by_ref().take(last - i).for_each(drop);
                }
                None => {
                    places.push(place);
                    tokens.push(token);
                }
            }
            kept_rows.push(last);
        }
        // Until here heads are positions before the merge.
        for (i, token) in tokens.iter_mut().enumerate() {
            token.head = places[token.head as usize] as i32 - i as i32;
        }
        self.tokens = tokens;
        self.keep_rows(len, &kept_rows);
        self.renew_trees();
        let place = |i: usize| places.get(i).map_or(self.tokens.len(), |&i| i as usize);
        let range = |start: usize, end: usize| match start == end {
            true => (place(start), place(start)),
            false => (place(start), place(end - 1) + 1),
        };
        move_spans(&mut self.groups, range);
        make_iob_consistent(&mut self.tokens);
        Ok(())
    }

    /// The tokens that merges make. Turns all heads into positions.
    fn merged(
        &mut self,
        merges: &[Merge<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<Vec<TokenData<'v>>, OutOfTime> {
        let mut merged = Vec::with_capacity(merges.len());
        let roots = Roots::new(self);
        for (k, merge) in merges.iter().enumerate() {
            if k % TOKENS_A_LOOK == 0 {
                budget.check()?;
            }
            let range = merge.start..merge.end;
            let root = roots.of(range.clone()).expect("a range with a token");
            let (first, last) = (&self.tokens[merge.start], &self.tokens[merge.end - 1]);
            let end = last.start as usize + last.lexeme.orth.text.len();
            let text = &self.text[first.start as usize..end];
            let lemma = self.lemma_of(range);
            let (lexeme, lemma) = scope.with(|interner| {
                let lemma = interner.string(strip(&lemma)).non_empty();
                (interner.lexeme(text), lemma)
            });
            let root_position = root as i32 + self.tokens[root].head;
            let root = &self.tokens[root];
            merged.push(TokenData {
                lexeme,
                lemma,
                norm: None,
                tag: root.tag,
                pos: root.pos,
                morph: root.morph,
                dep: root.dep,
                ent_iob: self.merged_iob(merge.start, root),
                ent_type: merge.ent_type.or(root.ent_type),
                head: root_position,
                space: last.space,
                ..first.clone()
            });
        }
        for (i, token) in self.tokens.iter_mut().enumerate() {
            token.head += i as i32;
        }
        Ok(merged)
    }

    /// The lemmas of tokens, with the spaces between them.
    fn lemma_of(&self, range: std::ops::Range<usize>) -> String {
        let mut lemma = String::new();
        for token in &self.tokens[range] {
            lemma.push_str(token.lemma.map_or("", |lemma| lemma.text));
            if token.space {
                lemma.push(' ');
            }
        }
        lemma
    }

    /// What a merged token is of an entity: if its root is in one, it begins one, unless its first token goes on with
    /// the entity before it.
    fn merged_iob(&self, start: usize, root: &TokenData<'v>) -> u8 {
        if !matches!(root.ent_iob, 1 | 3) {
            return root.ent_iob;
        }
        let kind = |token: &TokenData<'v>| token.ent_type.map(|entry| entry.id);
        let first = &self.tokens[start];
        let goes_on = first.ent_iob == 1
            && start > 0
            && kind(first) == kind(root)
            && kind(&self.tokens[start - 1]) == kind(root);
        if goes_on { 1 } else { 3 }
    }

    /// Makes tokens of `length` code points each (the last may be shorter) of every token that has at least `min_length`.
    ///
    /// Each new token is its own head. But for the first, it takes the annotations that are not derived from its text from
    /// the tokens that followed the long one, as spaCy's code does, whose documentation says otherwise.
    ///
    /// # Errors
    /// If the time is up: the document is then of no more use.
    ///
    /// # Panics
    /// If `length` is 0.
    pub(crate) fn split_long(
        &mut self,
        min_length: usize,
        length: usize,
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let is_long = |token: &TokenData<'v>| token.lexeme.length as usize >= min_length;
        let parts = |token: &TokenData<'v>| (token.lexeme.length as usize).div_ceil(length);
        let (mut splits, mut count) = (0, 0);
        // Where each token goes.
        let mut places: Vec<u32> = Vec::with_capacity(self.len());
        for token in &self.tokens {
            places.push(count as u32);
            let new = if is_long(token) { parts(token) } else { 1 };
            splits += usize::from(is_long(token));
            count += new;
        }
        if splits == 0 {
            return Ok(());
        }
        let old = std::mem::take(&mut self.tokens);
        let mut tokens: Vec<TokenData<'v>> = Vec::with_capacity(count);
        let mut rows: Vec<Option<usize>> = Vec::with_capacity(count + splits);
        for (i, token) in old.iter().enumerate() {
            if i % TOKENS_A_LOOK == 0 {
                budget.check()?;
            }
            if !is_long(token) {
                let place = tokens.len();
                let head = i.wrapping_add_signed(token.head as isize);
                let head = places[head] as i32 - place as i32;
                tokens.push(TokenData {
                    head,
                    ..token.clone()
                });
                rows.push(Some(i));
                continue;
            }
            scope.with(|interner| {
                let mut rest = token.lexeme.orth.text;
                let (mut idx, mut start) = (token.idx, token.start);
                for part in 0..parts(token) {
                    let end = rest
                        .char_indices()
                        .nth(length)
                        .map_or(rest.len(), |(at, _)| at);
                    let (text, after) = rest.split_at(end);
                    rest = after;
                    let lexeme = interner.lexeme(text);
                    let mut new = match old.get(i + part) {
                        Some(there) => there.clone(),
                        None => TokenData::new(lexeme, tokens.len(), idx, start),
                    };
                    new.lexeme = lexeme;
                    new.lemma = new.lemma.and(lexeme.orth.non_empty());
                    new.norm = None;
                    (new.idx, new.start) = (idx, start);
                    new.space = token.space && after.is_empty();
                    new.ent_iob = match (token.ent_iob, part) {
                        (3, 1..) => 1,
                        (iob, _) => iob,
                    };
                    new.head = 0;
                    tokens.push(new);
                    rows.push(None);
                    idx += lexeme.length;
                    start += text.len() as u32;
                }
            });
        }
        self.tokens = tokens;
        self.spread_rows(old.len(), &rows, splits);
        self.renew_trees();
        let place = |i: usize| places.get(i).map_or(count, |&i| i as usize);
        move_spans(&mut self.groups, |start, end| (place(start), place(end)));
        Ok(())
    }

    /// Works out anew what follows from the heads.
    fn renew_trees(&mut self) {
        if !self.has_annotation(Attr::Dep) {
            for (i, token) in self.tokens.iter_mut().enumerate() {
                (token.left_edge, token.right_edge) = (i as u32, i as u32);
            }
            return;
        }
        let position = |(token, i): (&TokenData<'v>, u32)| i.wrapping_add_signed(token.head);
        let heads: Vec<u32> = self.tokens.iter().zip(0..).map(position).collect();
        // Whether a token has a label is all that is asked here, and the empty one's id is 0.
        let is_labelled = |token: &TokenData<'v>| u64::from(token.dep.is_some());
        let labels: Vec<u64> = self.tokens.iter().map(is_labelled).collect();
        let tree = Tree::new(&heads, &labels);
        for (i, token) in self.tokens.iter_mut().enumerate() {
            token.left_kids = tree.left_kids[i];
            token.right_kids = tree.right_kids[i];
            token.left_edge = tree.left_edge[i];
            token.right_edge = tree.right_edge[i];
            token.sent_start = tree.sent_start[i];
        }
    }

    /// Leaves in the tensor the rows of these tokens, of `len` that there were, and what may follow the tokens' rows.
    fn keep_rows(&mut self, len: usize, kept: &[usize]) {
        let rows = self.tensor.rows();
        if self.tensor.data().is_empty() || rows < len {
            return;
        }
        let width = self.tensor.cols();
        let mut data = Vec::with_capacity((rows - len + kept.len()) * width);
        for row in kept.iter().copied().chain(len..rows) {
            data.extend_from_slice(&self.tensor.data()[row * width..(row + 1) * width]);
        }
        self.tensor = Matrix::from_vec(data.len() / width, width, data);
    }

    /// Gives each token its former row of the tensor, or zeros, and adds `more` rows of zeros at the end: spaCy adds a row
    /// for every new token and forgets that one is there already.
    fn spread_rows(&mut self, len: usize, rows: &[Option<usize>], more: usize) {
        let old = self.tensor.rows();
        if self.tensor.data().is_empty() || old < len {
            return;
        }
        let width = self.tensor.cols();
        let mut data = Vec::with_capacity((rows.len() + old - len + more) * width);
        for row in rows.iter().copied().chain((len..old).map(Some)) {
            match row {
                Some(row) => {
                    data.extend_from_slice(&self.tensor.data()[row * width..(row + 1) * width]);
                }
                None => data.resize(data.len() + width, 0.0),
            }
        }
        data.resize(data.len() + more * width, 0.0);
        self.tensor = Matrix::from_vec(data.len() / width, width, data);
    }
}

/// Puts the spans of all groups where `range` says that they are now.
fn move_spans(groups: &mut [Group<'_>], range: impl Fn(usize, usize) -> (usize, usize)) {
    for span in groups.iter_mut().flat_map(|group| &mut group.spans) {
        (span.start, span.end) = range(span.start, span.end);
    }
}

/// Python's `str.strip`.
fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Turns a token that goes on with an entity of another type into the beginning of one.
fn make_iob_consistent(tokens: &mut [TokenData<'_>]) {
    if let Some(first) = tokens.first_mut()
        && first.ent_iob == 1
    {
        first.ent_iob = 3;
    }
    for i in 1..tokens.len() {
        let kind = |i: usize| tokens[i].ent_type.map(|entry| entry.id);
        if tokens[i].ent_iob == 1 && kind(i - 1) != kind(i) {
            tokens[i].ent_iob = 3;
        }
    }
}
