//! What a stream is made of: texts, or texts with something that belongs to each.

use super::sealed::Sealed;

/// Takes an item of a stream apart, and puts its result together. There are two: [`Texts`] and [`Tuples`].
pub trait Rows<Item>: Sealed {
    /// The text.
    type Text: AsRef<str>;
    /// What is carried along.
    type Context;
    /// The result for an item.
    type Result<R>;

    /// The text of an item, and what is carried along.
    fn split(item: Item) -> (Self::Text, Self::Context);

    /// The result for an item, from what came of its text and what was carried along.
    fn join<R>(result: R, context: Self::Context) -> Self::Result<R>;
}

/// Items are texts, and results come alone.
#[derive(Debug, Clone, Copy)]
pub struct Texts;

/// Items are texts with something that belongs to each, and so are results.
#[derive(Debug, Clone, Copy)]
pub struct Tuples;

impl Sealed for Texts {}
impl Sealed for Tuples {}

impl<T: AsRef<str>> Rows<T> for Texts {
    type Text = T;
    type Context = ();
    type Result<R> = R;

    fn split(item: T) -> (T, ()) {
        (item, ())
    }

    fn join<R>(result: R, (): ()) -> R {
        result
    }
}

impl<T: AsRef<str>, C> Rows<(T, C)> for Tuples {
    type Text = T;
    type Context = C;
    type Result<R> = (R, C);

    fn split(item: (T, C)) -> (T, C) {
        item
    }

    fn join<R>(result: R, context: C) -> (R, C) {
        (result, context)
    }
}
