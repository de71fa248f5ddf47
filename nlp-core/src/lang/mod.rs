//! What differs between languages and is not in the pipeline directory: lexical attributes, stop words, noun chunks.
