//! Options whose values are names that another crate gives.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use harness_judge::simulation::judges::Judge;
use harness_model::Instrument;

/// Reads an instrument by its name.
pub fn instrument() -> impl TypedValueParser<Value = Instrument> {
    one_of(&Instrument::ALL, Instrument::name, Instrument::help)
}

/// Reads a judge by its name.
pub fn judge() -> impl TypedValueParser<Value = Judge> {
    one_of(&Judge::ALL, Judge::name, Judge::help)
}

/// Reads one of `all` by its name.
pub fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
    help: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let values = all
        .iter()
        .map(|one| PossibleValue::new(name(*one)).help(help(*one)));
    PossibleValuesParser::new(values).map(move |chosen| {
        let found = all.iter().find(|one| name(**one) == chosen);
        *found.expect("only these names are let through")
    })
}
