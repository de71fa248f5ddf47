//! The first layer: a sum of what each word of a window adds in its place, which is kept from batch to batch.

use std::ops::Range;

use super::{BLOCK, NONE, WindowEncoder, Work, add};
use crate::kept::{Asked, hold};
use crate::limits::{Budget, OutOfTime};
use crate::nn::isa::per_isa;

impl WindowEncoder {
    /// Makes the wanted rows of `next` from words.
    pub(super) fn first_layer(&self, work: &mut Work, budget: Budget) -> Result<(), OutOfTime> {
        let (width, window) = (self.width, self.window);
        let places = 2 * window + 1;
        let mapped = self.first.mapped();
        let stride = work.shape.width;
        let part = self.part(work.shape.slots);
        let wanted = std::mem::take(&mut work.wanted);
        let mut rows = wanted.iter().cloned().flatten().peekable();
        let mut part_rows = Vec::with_capacity(part);
        while rows.peek().is_some() {
            budget.check()?;
            part_rows.clear();
            part_rows.extend(rows.by_ref().take(part));
            let first = part_rows[0] - window;
            let last = part_rows[part_rows.len() - 1] + window;
            self.find_words(work, first..last + 1, budget)?;
            for block in part_rows.chunks(BLOCK) {
                // Where the share of each place of each row's window lies.
                work.starts.clear();
                for &row in block {
                    let numbers = &work.numbers[row - window - first..][..places];
                    let starts = numbers.iter().enumerate();
                    work.starts
                        .extend(starts.map(|(place, &number)| match number {
                            NONE => usize::MAX,
                            number => number as usize * stride + place * mapped,
                        }));
                }
                let sums = &mut work.mapped[..block.len() * mapped];
                sum_shares(self.isa, &work.found, &work.starts, places, sums);
                let added = &mut work.added[..block.len() * width];
                self.first.rows(sums, added);
                for (&row, added) in block.iter().zip(added.chunks_exact(width)) {
                    let out = &mut work.next[row * width..(row + 1) * width];
                    match work.numbers[row - first] {
                        NONE => out.copy_from_slice(added),
                        number => {
                            let word = number as usize * stride + places * mapped;
                            add(self.isa, &work.found[word..word + width], added, out);
                        }
                    }
                }
            }
        }
        work.wanted = wanted;
        Ok(())
    }

    /// Finds what the table has of the words of some rows, and works out the rest.
    fn find_words(
        &self,
        work: &mut Work,
        rows: Range<usize>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        work.found.clear();
        work.numbers.clear();
        work.new.clear();
        work.new_places.clear();
        let stride = work.shape.width;
        let mut table = hold(work.table);
        table.begin_round();
        let mut count = 0;
        for &token in &work.ids[rows] {
            if token == NONE {
                work.numbers.push(NONE);
                continue;
            }
            match table.ask(work.words.key(token), count) {
                Asked::Before(number) => {
                    work.numbers.push(number);
                    continue;
                }
                Asked::Known(row) => work.found.extend_from_slice(row),
                Asked::New(slot) => {
                    work.found.resize(work.found.len() + stride, 0.0);
                    work.new.push(token);
                    work.new_places.push((count, slot));
                }
            }
            work.numbers.push(count);
            count += 1;
        }
        drop(table);
        if work.new.is_empty() {
            return Ok(());
        }
        self.work_out(work, budget)?;
        let mut table = hold(work.table);
        for (&token, &(number, slot)) in work.new.iter().zip(&work.new_places) {
            let row = &work.found[number as usize * stride..][..stride];
            table.write(slot, work.words.key(token), row);
        }
        Ok(())
    }

    /// Works out the shares and vectors of the words that are new.
    fn work_out(&self, work: &mut Work, budget: Budget) -> Result<(), OutOfTime> {
        let (width, outputs) = (self.width, self.shares.outputs());
        let blocks = work.new.chunks(BLOCK).zip(work.new_places.chunks(BLOCK));
        for (tokens, places) in blocks {
            let n = tokens.len();
            work.new_vectors.resize(n * width, 0.0);
            work.new_shares.resize(n * outputs, 0.0);
            work.words.embed(tokens, &mut work.new_vectors, budget)?;
            self.shares
                .apply(&work.new_vectors, n, &mut work.new_shares);
            let vectors = work.new_vectors.chunks_exact(width);
            let shares = work.new_shares.chunks_exact(outputs).zip(vectors);
            for (&(number, _), (shares, vector)) in places.iter().zip(shares) {
                let row = &mut work.found[number as usize * (outputs + width)..];
                row[..outputs].copy_from_slice(shares);
                row[outputs..outputs + width].copy_from_slice(vector);
            }
        }
        Ok(())
    }
}

per_isa! {
    /// Sums shares: for each row of `out`, those that begin at the next `places` of `starts`; `usize::MAX` is none.
    fn sum_shares(shares: &[f32], starts: &[usize], places: usize, out: &mut [f32]) {
        let mapped = out.len() / (starts.len() / places);
        for (starts, out) in starts.chunks_exact(places).zip(out.chunks_exact_mut(mapped)) {
            out.fill(0.0);
            for &start in starts.iter().filter(|&&start| start != usize::MAX) {
                for (out, share) in out.iter_mut().zip(&shares[start..start + mapped]) {
                    *out += share;
                }
            }
        }
    }
}
