"""One small pipeline for each language whose tokenizer needs nothing else installed."""
from pathlib import Path

import spacy

from .drawn import ALL_ATTRS
from .models import embed, listen, maxout, parser, pipe, tagger, tok2vec
from .rules import MODES, entity_patterns, lemma_tables, tag_map
from .vectors import plain

# Languages with a tokenizer of their own instead of the one made of rules.
OWN_TOKENIZER = {"ja", "ko", "th", "vi", "zh"}
# Languages whose lemmatizer needs a dictionary that is a package of its own.
OWN_LEMMATIZER = {"ru", "uk"}


def names():
    folder = Path(spacy.__file__).parent / "lang"
    return sorted(d.name for d in folder.iterdir() if (d / "__init__.py").exists() and d.name not in OWN_TOKENIZER)


def pipelines(rng):
    """(name, language, components, options) of each: the shape of an official pipeline, without its size."""
    for name in names():
        mode = rng.choice(MODES.get(name, ("rule", "lookup")))
        pipes = [pipe("tok2vec", tok2vec(embed(16, rng.sample(ALL_ATTRS, 6), vectors=True), maxout(16))), pipe("tagger", tagger(listen(16))), pipe("morphologizer", tagger(listen(16))),
                 pipe("parser", parser(listen(16), extra=rng.random() < 0.5)), pipe("attribute_ruler"), pipe("entity_ruler")]
        fill = {"attribute_ruler": tag_map, "entity_ruler": entity_patterns}
        if name not in OWN_LEMMATIZER:
            pipes.append(pipe("lemmatizer", mode=mode))
            fill["lemmatizer"] = lemma_tables
        yield f"lang_{name}", name, pipes, {"docs": 20, "vectors": plain, "fill": fill}
