"""Pipelines with components that are not trained: rulers, lemmatizers, sentences by punctuation."""
from spacy.lookups import Lookups

from .models import cnn, listen, ner, parser, pipe, standard, tagger, tok2vec

# The modes of a language's lemmatizer, where they are not rule and lookup. Spanish has rules in a form that no lexicon is
# made into here.
MODES = {"es": ("lookup",), "it": ("lookup", "pos_lookup"), "pl": ("lookup", "pos_lookup"), "ga": ("lookup", "pos_lookup")}
OPERATORS = ["!", "?", "+", "*", "{2}", "{1,3}", "{,2}", "{2,}"]


def tag_map(ruler, rng, lexicon):
    """Parts of speech and features by tag, and some rules of several tokens."""
    tags = sorted({word[1] for word in lexicon.words})
    for tag in tags[:8]:
        ruler.add([[{"TAG": tag}]], {"POS": rng.choice(["NOUN", "VERB", "X", "ADJ"]), "MORPH": rng.choice(["_", "Number=Sing", "Case=Nom|Degree=Cmp"])})
    for _ in range(12):
        pattern = token_pattern(rng, lexicon)
        attrs = rng.choice([{"TAG": "NEW"}, {"LEMMA": "lemma"}, {"NORM": "norm", "MORPH": "Person=3"}, {"POS": "PROPN"}])
        ruler.add([pattern], attrs, index=rng.choice([0, -1]))


def token_pattern(rng, lexicon, operators=False):
    """A token pattern over words of the lexicon."""
    tokens = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        word = rng.choice(lexicon.words)
        token = rng.choice([
            {"ORTH": word[0]}, {"LOWER": word[0].lower()}, {"TAG": word[1]}, {"POS": {"IN": ["NOUN", word[2]]}}, {"LENGTH": {">=": len(word[0])}}, {"IS_TITLE": True},
            {"TEXT": {"REGEX": word[0][:2]}}, {"LOWER": {"FUZZY": word[0].lower()}}, {"SHAPE": {"NOT_IN": ["xxxx", "dd"]}}, {"MORPH": {"IS_SUPERSET": ["Number=Sing"]}}, {}])
        if operators and rng.random() < 0.4:
            token = dict(token, OP=rng.choice(OPERATORS))
        tokens.append(token)
    return tokens


def entity_patterns(ruler, rng, lexicon):
    """Phrases and token patterns, some with ids."""
    for i in range(30):
        words = [rng.choice(lexicon.words)[0] for _ in range(rng.choice([1, 1, 2]))]
        pattern = " ".join(words) if i % 2 else token_pattern(rng, lexicon, operators=True)
        entry = {"label": rng.choice(["PER", "ORG", "RULE"]), "pattern": pattern}
        if i % 3 == 0:
            entry["id"] = f"id-{i}"
        ruler.add_patterns([entry])


def lemma_tables(lemmatizer, rng, lexicon):
    """Tables of every kind that a lemmatizer of some language asks for, made from the lexicon."""
    required, optional = lemmatizer.get_lookups_config(lemmatizer.mode)
    tables = Lookups()
    parts = sorted({word[2].lower() for word in lexicon.words})
    pairs = {word[0]: word[4] for word in lexicon.words[:120]}
    for name in required + optional:
        if name == "lemma_index":
            rows = {part: [word[4] for word in lexicon.words if word[2].lower() == part] for part in parts}
        elif name == "lemma_exc":
            rows = {part: {word[0].lower(): [word[4], "exc"] for word in lexicon.words[::5] if word[2].lower() == part} for part in parts}
        elif name == "lemma_rules":
            rows = {part: [["s", ""], ["te", "en"], ["ing", ""], ["iger", "ig"], ["en", "e"]] for part in parts}
        elif name.startswith("lemma_lookup"):
            rows = pairs
        else:
            continue
        tables.add_table(name, rows)
    lemmatizer.lookups = tables


def pipelines():
    """(name, language, components, options) of each."""
    def tagged(*more):
        return [pipe("tok2vec", tok2vec()), pipe("tagger", tagger()), pipe("morphologizer", tagger()), pipe("parser", parser()), *more]

    yield "en_official_shape", "en", tagged(pipe("attribute_ruler"), pipe("lemmatizer", mode="rule"), pipe("ner", ner(cnn(24)))), {"fill": {"attribute_ruler": tag_map, "lemmatizer": lemma_tables}}
    yield "de_attribute_ruler_first", "de", [pipe("attribute_ruler"), pipe("tagger", tagger(cnn(24)))], {"fill": {"attribute_ruler": tag_map}}
    yield "fr_attribute_ruler_twice", "fr", tagged(pipe("attribute_ruler"), pipe("attribute_ruler", name="again")), {"fill": {"attribute_ruler": tag_map, "again": tag_map}}
    yield "xx_attribute_ruler_empty", "xx", [pipe("attribute_ruler")], {}
    for language in ("en", "fr", "es", "ca", "it", "nl", "pl", "el", "mk", "fa", "sv", "nb", "bn", "ht", "ga", "xx"):
        for mode in MODES.get(language, ("rule", "lookup")):
            for overwrite in (False, True):
                before = [pipe("trainable_lemmatizer", tagger(cnn(16)), backoff=None)] if overwrite else []
                yield f"{language}_lemmas_{mode}{'_overwrite' if overwrite else ''}", language, tagged(*before, pipe("lemmatizer", mode=mode, overwrite=overwrite)), {"fill": {"lemmatizer": lemma_tables}}
    yield "en_entity_ruler", "en", [pipe("tagger", tagger(cnn(20))), pipe("morphologizer", tagger(cnn(20))), pipe("entity_ruler"), pipe("ner", ner(cnn(24)))], {"fill": {"entity_ruler": entity_patterns}}
    yield "de_entity_ruler_after", "de", standard() + [pipe("entity_ruler")], {"fill": {"entity_ruler": entity_patterns}}
    yield "es_entity_ruler_overwrites", "es", standard() + [pipe("entity_ruler", overwrite_ents=True, phrase_matcher_attr="LOWER", ent_id_sep="__")], {"fill": {"entity_ruler": entity_patterns}}
    yield "pt_future_entity_ruler", "pt", standard() + [pipe("future_entity_ruler", overwrite_ents=True)], {"fill": {"future_entity_ruler": entity_patterns}}
    yield "it_span_ruler", "it", standard() + [pipe("span_ruler")], {"fill": {"span_ruler": entity_patterns}}
    yield "nl_span_ruler_ents", "nl", standard() + [pipe("span_ruler", annotate_ents=True, overwrite=False, spans_key="rules", phrase_matcher_attr="LEMMA",
                                                          spans_filter={"@misc": "spacy.first_longest_spans_filter.v1"})], {"fill": {"span_ruler": entity_patterns}}
    yield "sv_two_span_rulers", "sv", standard() + [pipe("span_ruler"), pipe("span_ruler", name="more", overwrite=False, ents_filter={"@misc": "spacy.prioritize_new_ents_filter.v1"}, annotate_ents=True)], {
        "fill": {"span_ruler": entity_patterns, "more": entity_patterns}}
    yield "en_sentencizer", "en", [pipe("sentencizer"), pipe("tagger", tagger(cnn(24)))], {}
    yield "hi_sentencizer_own", "hi", [pipe("sentencizer", punct_chars=["!", "a", "।"], overwrite=True), pipe("ner", ner(cnn(20)))], {}
    yield "da_sentencizer_after", "da", [pipe("parser", parser(cnn(24))), pipe("sentencizer")], {}
    yield "nb_sentencizer_overwrites", "nb", [pipe("tok2vec", tok2vec()), pipe("parser", parser(listen())), pipe("sentencizer", overwrite=True)], {}

