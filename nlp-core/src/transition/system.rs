//! What the parser's and the recogniser's transition systems have in common.

/// How far one document has come.
pub(crate) trait State {
    /// Writes the tokens that the network looks at, one for each feature: positions in the document, or anything
    /// negative where there is none (`set_context_tokens` in `_parser_internals/_state.pxd`). There are 8 or 13
    /// features in a network meant for parsers, 3 or 6 in one meant for recognisers; spaCy lets either system run
    /// with any of them.
    fn context_tokens(&self, ids: &mut [i32]);

    /// Whether nothing is left to do.
    fn is_final(&self) -> bool;

    /// Ends the document where it stands, for want of a valid action.
    fn force_final(&mut self);
}

/// A numbered set of actions over states `S`.
pub(crate) trait TransitionSystem<S> {
    /// How many actions there are: the number of scores that the network gives.
    fn action_count(&self) -> usize;

    /// Says of each action whether `state`, which is not final, allows it.
    fn set_valid(&self, state: &S, valid: &mut [bool]);

    /// Performs the valid action number `action`.
    fn apply(&self, state: &mut S, action: usize);
}
