//! Transition systems: the dependency parser and the entity recogniser.
