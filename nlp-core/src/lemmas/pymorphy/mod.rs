//! Russian and Ukrainian (`spacy/lang/ru/lemmatizer.py`, `spacy/lang/uk/lemmatizer.py`): the analyses of pymorphy3, whose
//! dictionaries are read from where they are installed.

mod analyzer;
mod dictionary;
mod facts;
mod lemmatizer;
mod shapes;
mod tags;
#[cfg(test)]
mod tests;

pub(crate) use lemmatizer::{Mode, Pymorphy};
