"""Pipelines with word vectors: every form of table, and every place that takes them."""
import numpy
from spacy.vectors import Vectors

from toy_corpus import Lexicon

from .models import cnn, embed, listen, maxout, mish, ner, parser, pipe, standard, tagger, tok2vec

WIDTH = 12


def words(nlp, seed):
    from .training import SCRIPT_OF  # training builds what stands here
    return list(dict.fromkeys(w[0] for w in Lexicon(seed, SCRIPT_OF.get(nlp.lang, "latin")).words))


def plain(nlp, seed):
    """A row for each of most words."""
    some = words(nlp, seed)[:140]
    rows = numpy.random.default_rng(seed).normal(size=(len(some), WIDTH)).astype("float32")
    rows[3] = 0
    return Vectors(strings=nlp.vocab.strings, data=rows, keys=some, name="plain")


def pruned(nlp, seed):
    """Far fewer rows than words, so that many share one."""
    rng = numpy.random.default_rng(seed)
    some = words(nlp, seed)[:150]
    table = Vectors(strings=nlp.vocab.strings, data=rng.normal(size=(9, WIDTH)).astype("float32"), keys=some[:9], name="pruned")
    for word in some[9:]:
        table.add(word, row=int(rng.integers(9)))
    return table


def by_lower(nlp, seed):
    """Looked up by the lower case of a word."""
    some = list(dict.fromkeys(word.lower() for word in words(nlp, seed)[:150]))
    rows = numpy.random.default_rng(seed).normal(size=(len(some), WIDTH)).astype("float32")
    return Vectors(strings=nlp.vocab.strings, data=rows, keys=some, name="lower", attr="LOWER")


def floret(minn=2, maxn=4, hash_count=2, hash_seed=0, rows=60, bow="<", eow=">"):
    """Rows by the hashes of a word's parts."""
    def table(nlp, seed):
        data = numpy.random.default_rng(seed).normal(size=(rows, WIDTH)).astype("float32")
        return Vectors(strings=nlp.vocab.strings, mode="floret", data=data, hash_count=hash_count, hash_seed=hash_seed, minn=minn, maxn=maxn, bow=bow, eow=eow, name="floret")
    return table


def characters(width=32, rows=80, nM=6, nC=5, vectors=False, feature="LOWER", v=2):
    model = {"@architectures": f"spacy.CharacterEmbed.v{v}", "width": width, "rows": rows, "nM": nM, "nC": nC, "include_static_vectors": vectors}
    if v == 2:
        model["feature"] = feature
    return model


def pipelines():
    """(name, language, components, options) of each."""
    with_vectors = tok2vec(embed(vectors=True))
    yield "en_vectors", "en", standard(with_vectors), {"vectors": plain}
    yield "fr_vectors_pruned", "fr", standard(with_vectors), {"vectors": pruned}
    yield "nl_vectors_by_lower", "nl", standard(with_vectors), {"vectors": by_lower}
    yield "fi_floret", "fi", standard(with_vectors), {"vectors": floret()}
    yield "ko_floret", "hr", standard(with_vectors), {"vectors": floret(minn=3, maxn=3, hash_count=1, hash_seed=2166136261, rows=50)}
    yield "sl_floret_four", "sl", standard(with_vectors), {"vectors": floret(minn=1, maxn=6, hash_count=4, hash_seed=7, rows=33, bow="^", eow="$")}
    yield "sv_floret_words_alone", "sv", standard(with_vectors), {"vectors": floret(minn=0, maxn=0, hash_count=3)}
    yield "de_vectors_v1", "de", standard(tok2vec(embed(v=1, vectors=True), maxout(v=1), v=1)), {"vectors": plain}
    yield "it_vectors_own", "it", [pipe("tagger", tagger(tok2vec(embed(20, vectors=True), mish(20)))), pipe("parser", parser(tok2vec(embed(24, ("LOWER",), [50], vectors=True), maxout(24)))),
                                   pipe("ner", ner(cnn(24)))], {"vectors": plain}
    yield "pt_vectors_cnn", "pt", [pipe("tok2vec", cnn(28, vectors=True)), pipe("tagger", tagger(listen(28))), pipe("ner", ner(cnn(20, subwords=False, vectors=True)))], {"vectors": plain}
    yield "ro_vectors_cnn_v1", "ro", [pipe("tagger", tagger(cnn(28, v=1, vectors=True)))], {"vectors": plain}
    yield "pl_vectors_unused", "pl", standard(), {"vectors": plain}
    yield "da_floret_unused", "da", [pipe("tagger", tagger(cnn(20)))], {"vectors": floret()}
    yield "en_characters", "en", [pipe("tagger", tagger(tok2vec(characters()))), pipe("morphologizer", tagger(tok2vec(characters(24, feature="ORTH"), maxout(24)))),
                                  pipe("parser", parser(tok2vec(characters(20, nM=3, nC=1, feature="NORM"), maxout(20))))], {}
    yield "el_characters_vectors", "el", [pipe("tok2vec", tok2vec(characters(vectors=True))), pipe("tagger", tagger()), pipe("ner", ner())], {"vectors": plain}
    yield "tr_characters_v1", "tr", [pipe("tagger", tagger(tok2vec(characters(v=1))))], {}
    yield "ar_characters_many", "ar", [pipe("tagger", tagger(tok2vec(characters(nM=2, nC=12))))], {}
    yield "hi_plain_morphologizer", "hi", [pipe("morphologizer")], {}
