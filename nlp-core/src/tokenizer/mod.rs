//! Splits text into tokens exactly as spaCy does.
