//! The instruments: each turns what a tool writes into the terms of [`crate::summary`].
