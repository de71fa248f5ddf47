"""Pipelines that classify documents and spans and link entities: every architecture and option of textcat,
textcat_multilabel, spancat, spancat_singlelabel, span_finder and entity_linker that nlp-core runs."""
import random

from spacy.kb import InMemoryLookupKB

from toy_corpus import Lexicon

from .drawn import random_tok2vec
from .models import cnn, embed, listen, maxout, mish, ner, parser, pipe, tagger, tok2vec

LABELS = ["GOOD", "BAD", "ÜGLY", "a label"]


# -- models -----------------------------------------------------------------------------------------------------------

def bow(v=3, exclusive=True, ngrams=1, output=True, length=None):
    model = {"@architectures": f"spacy.TextCatBOW.v{v}", "exclusive_classes": exclusive, "ngram_size": ngrams, "no_output_layer": not output}
    return {**model, "length": length or 4096} if v == 3 else model


def cnn_classifier(tok2vec, v=2, exclusive=True):
    return {"@architectures": f"spacy.TextCatCNN.v{v}", "exclusive_classes": exclusive, "tok2vec": tok2vec}


def reduce_classifier(tok2vec, kinds="mean", exclusive=True):
    uses = {f"use_reduce_{kind}": kind in kinds for kind in ("first", "last", "max", "mean")}
    return {"@architectures": "spacy.TextCatReduce.v1", "exclusive_classes": exclusive, "tok2vec": tok2vec, **uses}


def attention_classifier(tok2vec, exclusive=True):
    return {"@architectures": "spacy.TextCatParametricAttention.v1", "exclusive_classes": exclusive, "tok2vec": tok2vec}


def ensemble(tok2vec, linear):
    return {"@architectures": "spacy.TextCatEnsemble.v2", "tok2vec": tok2vec, "linear_model": linear}


def ensemble_v1(width=8, size=50, exclusive=True, ngrams=1, window=1, depth=2, dropout=None, classes=None):
    model = {"@architectures": "spacy.TextCatEnsemble.v1", "width": width, "embed_size": size, "pretrained_vectors": None, "exclusive_classes": exclusive,
             "ngram_size": ngrams, "window_size": window, "conv_depth": depth, "dropout": dropout}
    return {**model, "nO": classes} if classes else model


LINEAR_LOGISTIC = {"@layers": "spacy.LinearLogistic.v1"}
SOFTMAX = {"@layers": "Softmax.v2"}
REDUCE_CHAIN = {"@layers": "chain.v1", "*": {"pool": {"@layers": "concatenate.v1", "*": {"first": {"@layers": "reduce_first.v1"}, "sum": {"@layers": "reduce_sum.v1"}}},
                                             "mix": {"@layers": "Maxout.v1", "nO": 7, "nP": 2}}}


def mean_max(hidden=16):
    return {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": hidden}


def span_categorizer(tok2vec, reducer=None, scorer=None):
    return {"@architectures": "spacy.SpanCategorizer.v1", "tok2vec": tok2vec, "reducer": reducer or mean_max(), "scorer": scorer or LINEAR_LOGISTIC}


def span_finder_model(tok2vec, scorer=None):
    return {"@architectures": "spacy.SpanFinder.v1", "tok2vec": tok2vec, "scorer": scorer or {**LINEAR_LOGISTIC, "nO": 2}}


def linker_model(tok2vec, v=2):
    return {"@architectures": f"spacy.EntityLinker.v{v}", "tok2vec": tok2vec}


def ngrams(*sizes):
    return {"@misc": "spacy.ngram_suggester.v1", "sizes": list(sizes)}


def ngram_range(least, most):
    return {"@misc": "spacy.ngram_range_suggester.v1", "min_size": least, "max_size": most}


def preset(key):
    return {"@misc": "spacy.preset_spans_suggester.v1", "spans_key": key}


# -- components -------------------------------------------------------------------------------------------------------

def textcat(model, name=None, **config):
    """The component that the model's classes ask for."""
    blocks, exclusive = [model], None
    while exclusive is None:
        block = blocks.pop()
        exclusive = block.get("exclusive_classes")
        blocks += [block[key] for key in ("linear_model",) if key in block]
    return pipe("textcat" if exclusive else "textcat_multilabel", model, name, **config)


def spancat(tok2vec, name=None, reducer=None, scorer=None, **config):
    return pipe("spancat", span_categorizer(tok2vec, reducer, scorer), name, **config)


def spancat_singlelabel(tok2vec, name=None, reducer=None, scorer=SOFTMAX, **config):
    return pipe("spancat_singlelabel", span_categorizer(tok2vec, reducer, scorer), name, **config)


def span_finder(tok2vec, name=None, scorer=None, **config):
    return pipe("span_finder", span_finder_model(tok2vec, scorer), name, **config)


def entity_linker(tok2vec, name=None, v=2, **config):
    config.setdefault("entity_vector_length", 6)
    return pipe("entity_linker", linker_model(tok2vec, v), name, **config)


# -- pipelines written out --------------------------------------------------------------------------------------------

def pipelines():
    """(name, language, components, options) of each pipeline that is written by hand."""
    for name, language, pipes, options in written_out():
        yield f"{language}_{name}", language, pipes, with_data(pipes, options)


def own():
    return cnn(12, 1, 80)


def shared():
    return pipe("tok2vec", tok2vec(embed(16), maxout(16)))


def written_out():
    ear = listen(16)
    for v in (1, 2, 3):
        for exclusive in (False, True):
            yield f"bow_v{v}_{'one' if exclusive else 'many'}", "en", [textcat(bow(v, exclusive, ngrams=v))], {}
            yield f"bow_v{v}_{'one' if exclusive else 'many'}_raw", "de", [textcat(bow(v, exclusive, ngrams=3, output=False))], {}
    yield "bow_v3_one_place", "sv", [textcat(bow(3, length=1))], {}
    yield "bow_v3_odd_length", "sv", [textcat(bow(3, length=1000, ngrams=2))], {}
    for exclusive in (False, True):
        kind = "one" if exclusive else "many"
        for v in (1, 2):
            yield f"cnn_v{v}_{kind}", "fr", [textcat(cnn_classifier(own(), v, exclusive))], {}
        for kinds in (["first"], ["last"], ["max"], ["mean"], ["first", "max"], ["first", "last", "max", "mean"]):
            yield f"reduce_{'_'.join(kinds)}_{kind}", "es", [shared(), textcat(reduce_classifier(ear, kinds, exclusive))], {}
        yield f"attention_{kind}", "it", [textcat(attention_classifier(own(), exclusive))], {}
        yield f"ensemble_{kind}", "nl", [shared(), textcat(ensemble(ear, bow(3, exclusive)))], {}
        yield f"ensemble_bow_v1_{kind}", "nl", [textcat(ensemble(own(), bow(1, exclusive, ngrams=2)))], {}
        yield f"ensemble_bow_v2_raw_{kind}", "nl", [textcat(ensemble(own(), bow(2, exclusive, output=False)))], {}
        yield f"ensemble_of_cnns_{kind}", "pt", [textcat(ensemble(own(), cnn_classifier(own(), 2, exclusive)))], {}
        yield f"ensemble_of_ensembles_{kind}", "pt", [textcat(ensemble(own(), ensemble(own(), bow(3, exclusive))))], {}
        for window, depth in ((1, 1), (1, 3), (2, 2)):
            yield f"ensemble_v1_{window}_{depth}_{kind}", "da", [textcat(ensemble_v1(exclusive=exclusive, window=window, depth=depth, ngrams=2))], {}
    yield "ensemble_v1_dropout_classes", "da", [textcat(ensemble_v1(dropout=0.2, classes=4, width=9))], {}
    yield "two_textcats", "pl", [textcat(bow(3), "first"), textcat(cnn_classifier(own(), exclusive=False), "second")], {}
    yield "textcat_defaults", "en", [pipe("textcat"), pipe("textcat_multilabel")], {}
    yield "ensemble_mish", "ru", [textcat(ensemble(tok2vec(embed(8), mish(8)), bow(3, False)))], {}
    yield "textcat_no_spaces", "xx", [textcat(ensemble(own(), bow(3, False)))], {"spaces": False}

    yield "spancat", "en", [spancat(own(), suggester=ngrams(1, 2, 3))], {}
    yield "spancat_defaults", "en", [pipe("spancat"), pipe("spancat_singlelabel", name="single", spans_key="single"), pipe("span_finder", spans_key="found")], {}
    yield "spancat_listens", "de", [shared(), spancat(ear, suggester=ngram_range(2, 5), spans_key="x", threshold=0.6)], {"spans_key": "x"}
    for most in (0, 1, 2, 3):
        yield f"spancat_most_{most}", "fr", [spancat(own(), suggester=ngrams(3, 1), max_positive=most, threshold=0.3)], {}
    yield "spancat_odd_sizes", "fr", [spancat(own(), suggester=ngrams(2, 40, 2, 7))], {}
    yield "spancat_softmax", "es", [spancat(own(), scorer={"@layers": "Softmax.v2", "temperature": 3.0}, threshold=0.3)], {}
    yield "spancat_raw", "es", [spancat(own(), scorer={"@layers": "Softmax.v2", "normalize_outputs": False}, threshold=-0.2)], {}
    yield "spancat_chain", "es", [spancat(own(), reducer=REDUCE_CHAIN)], {}
    for reducer in ("first", "last", "max", "mean", "sum"):
        yield f"spancat_reduce_{reducer}", "pt", [spancat(own(), reducer={"@layers": f"reduce_{reducer}.v1"})], {}
    for overlap in (False, True):
        yield f"spancat_single_{'overlap' if overlap else 'apart'}", "it", [spancat_singlelabel(own(), allow_overlap=overlap, suggester=ngrams(1, 2, 3, 4))], {}
    yield "spancat_single_logistic", "it", [spancat_singlelabel(own(), scorer=LINEAR_LOGISTIC, spans_key="y", allow_overlap=False)], {"spans_key": "y"}
    yield "span_finder", "nl", [span_finder(own())], {}
    yield "span_finder_bounds", "nl", [shared(), span_finder(ear, threshold=0.45, min_length=2, max_length=4, spans_key="found")], {"spans_key": "found"}
    yield "span_finder_no_bounds", "nl", [span_finder(own(), threshold=0.7, max_length=None)], {}
    yield "span_finder_relu", "nl", [span_finder(own(), scorer={"@layers": "chain.v1", "*": {"a": {"@layers": "Relu.v1", "nO": 5, "normalize": True}, "b": {"@layers": "Gelu.v1", "nO": 4},
                                                                                              "c": {"@layers": "Mish.v1", "nO": 6}, "d": {"@layers": "residual.v1", "layer": {"@layers": "Sigmoid.v1", "nO": 6}}, "e": {**LINEAR_LOGISTIC, "nO": 2}}})], {}
    yield "span_finder_then_spancat", "pl", [span_finder(own(), spans_key="sc"), spancat(own(), suggester=preset("sc"), name="labels")], {}
    yield "span_finder_then_single", "pl", [span_finder(own(), spans_key="found"), spancat_singlelabel(own(), suggester=preset("found"), allow_overlap=False)], {}
    yield "spancat_missing_labels_twice", "sv", [spancat(own(), "one", spans_key="one"), spancat(own(), "two", spans_key="two")], {}

    for v in (1, 2):
        names = lambda: [shared(), pipe("ner", ner(ear)), pipe("senter", tagger(ear))]
        yield f"linker_v{v}", "en", [*names(), entity_linker(own(), v=v)], {}
        yield f"linker_v{v}_listens", "en", [*names(), entity_linker(ear, v=v, n_sents=1)], {}
        yield f"linker_v{v}_no_prior", "de", [*names(), entity_linker(own(), v=v, incl_prior=False, n_sents=3)], {}
        yield f"linker_v{v}_no_context", "de", [*names(), entity_linker(own(), v=v, incl_context=False)], {}
        yield f"linker_v{v}_labels_discard", "fr", [*names(), entity_linker(own(), v=v, labels_discard=["PER", "LOC"])], {}
        yield f"linker_v{v}_parsed", "fr", [shared(), pipe("parser", parser(ear)), pipe("ner", ner(ear)), entity_linker(tok2vec(embed(8, ("NORM", "DEP", "ENT_TYPE", "SENT_START")), maxout(8)), v=v, n_sents=1)], {}
        yield f"linker_v{v}_twice", "es", [*names(), entity_linker(own(), v=v), entity_linker(own(), "again", v=v, overwrite=False, labels_discard=["ORG"])], {}
    for threshold in (0.0, 0.3, 0.7):
        yield f"linker_threshold_{threshold}", "it", [*names(), entity_linker(own(), threshold=threshold)], {}
    for size in (2, 5):
        yield f"linker_batch_{size}", "pt", [*names(), entity_linker(own(), candidates_batch_size=size, n_sents=1)], {}
    trees = [shared(), pipe("parser", parser(ear)), pipe("senter", tagger(ear), overwrite=True), pipe("ner", ner(ear))]
    yield "linker_cut_trees", "sv", [*trees, entity_linker(tok2vec(embed(8, ("NORM", "DEP", "HEAD", "SENT_START", "ENT_IOB", "ENT_TYPE")), maxout(8)))], {}
    yield "linker_cut_trees_v1", "sv", [*trees, entity_linker(tok2vec(embed(8, ("NORM", "DEP", "HEAD", "SENT_START")), maxout(8)), v=1, n_sents=1)], {}
    yield "linker_norm", "en", [*names(), entity_linker(tok2vec(embed(10, ("NORM", "LOWER", "SUFFIX")), maxout(10, 2, 2)), n_sents=2)], {}


# -- drawn from a seed ------------------------------------------------------------------------------------------------

def random_classifier(rng, tok2vec, exclusive=None):
    exclusive = rng.random() < 0.5 if exclusive is None else exclusive
    def any_bow():
        v = rng.choice([1, 2, 3, 3])
        return bow(v, exclusive, rng.randrange(1, 5), rng.random() < 0.8, rng.choice([1, 7, 64, 5000]) if v == 3 else None)
    kind = rng.randrange(6)
    if kind == 0:
        return any_bow()
    if kind == 1:
        return cnn_classifier(tok2vec(), rng.choice([1, 2]), exclusive)
    if kind == 2:
        return reduce_classifier(tok2vec(), rng.sample(["first", "last", "max", "mean"], rng.randrange(1, 5)), exclusive)
    if kind == 3:
        return attention_classifier(tok2vec(), exclusive)
    if kind == 4:
        return ensemble_v1(rng.randrange(2, 20), rng.randrange(1, 200), exclusive, rng.randrange(1, 4), rng.randrange(0, 3), rng.randrange(1, 4), rng.choice([None, 0.1]))
    return ensemble(tok2vec(), any_bow() if rng.random() < 0.7 else random_classifier(rng, tok2vec, exclusive))


def random_scorer(rng):
    return rng.choice([LINEAR_LOGISTIC, SOFTMAX, {"@layers": "Softmax.v1"}, {"@layers": "chain.v1", "*": {"a": {"@layers": "Relu.v1", "nO": 9}, "b": LINEAR_LOGISTIC}}])


def random_spans(rng, tok2vec, found):
    """A component that finds spans; `found` lists the keys of those that are there already."""
    key = rng.choice(["sc", "x", "y z"])
    kind = rng.choice(["spancat", "spancat", "spancat_singlelabel", "span_finder"])
    if kind == "span_finder":
        component = span_finder(tok2vec(), threshold=rng.choice([0.2, 0.5, 0.8]), min_length=rng.choice([None, 1, 3]), max_length=rng.choice([None, 5, 25]), spans_key=key)
    else:
        suggesters = [ngrams(*[rng.randrange(1, 8) for _ in range(rng.randrange(1, 4))]), ngram_range(rng.randrange(1, 3), rng.randrange(2, 6))]
        options = {"suggester": rng.choice(suggesters + [preset(k) for k in found]), "spans_key": key,
                   "reducer": rng.choice([mean_max(rng.randrange(1, 30)), REDUCE_CHAIN, {"@layers": f"reduce_{rng.choice(['max', 'mean'])}.v1"}])}
        if kind == "spancat":
            component = spancat(tok2vec(), scorer=random_scorer(rng), threshold=rng.choice([0.2, 0.5, 0.7]), max_positive=rng.choice([None, None, 1, 2]), **options)
        else:
            component = spancat_singlelabel(tok2vec(), scorer=random_scorer(rng), allow_overlap=rng.random() < 0.5, **options)
    found.append(key)
    return component


def random_linker(rng, tok2vec):
    v = rng.choice([1, 2, 2])
    return entity_linker(tok2vec(), v=v, n_sents=rng.randrange(0, 4), incl_prior=rng.random() < 0.7, incl_context=rng.random() < 0.8, labels_discard=rng.sample(["PER", "ORG", "LOC"], rng.randrange(0, 2)),
                         entity_vector_length=rng.randrange(1, 20), **({"threshold": rng.choice([None, 0.1, 0.5])} if v == 2 else {}))


def pipeline(rng):
    width = rng.choice([3, 8, 16, 24])
    alone = lambda: random_tok2vec(rng, rng.randrange(2, 24))
    pipes = [pipe("tok2vec", random_tok2vec(rng, width))]
    any_words = lambda: listen(width) if rng.random() < 0.5 else alone()
    if rng.random() < 0.5:
        pipes += [textcat(random_classifier(rng, any_words), f"cats {i}") for i in range(rng.randrange(1, 3))]
    found = []
    for i in range(rng.choice([0, 1, 1, 2])):
        component = random_spans(rng, any_words, found)
        pipes.append({**component, "name": f"spans {i}"})
    if len(pipes) == 1 or rng.random() < 0.4:
        pipes.append(pipe("ner", ner(listen(width))))
        pipes.append(pipe("parser", parser(listen(width))) if rng.random() < 0.5 else pipe("senter", tagger(listen(width))))
        pipes.append(random_linker(rng, any_words))
    return pipes, with_data(pipes, {"noise": rng.choice([0.3, 1.0, 2.0])})


# -- what they are taught ---------------------------------------------------------------------------------------------

def with_data(pipes, options):
    """The options, with what these components need besides made-up sentences."""
    return {**options, "prepare": lambda nlp, seed: add_knowledge(nlp, pipes, seed), "annotate": lambda examples: annotate(examples, pipes),
            "finish": lambda nlp, seed, texts: add_aliases(nlp, seed, texts)}


def annotate(examples, pipes):
    """Give made-up documents categories and spans."""
    for i, eg in enumerate(examples):
        eg.reference.cats = {label: float(i % len(LABELS) == j) for j, label in enumerate(LABELS)}
        for component in pipes:
            config = component.get("config", {})
            keys = [config.get("spans_key", "sc")] if "span" in component["factory"] else []
            given = config.get("suggester", {}).get("spans_key")
            for key in keys + [given] * bool(given):
                eg.reference.spans[key] = list(eg.reference.ents) or [eg.reference[0:1]]
            if given:
                eg.predicted.spans[given] = [eg.predicted[0:1]]


def add_knowledge(nlp, pipes, seed):
    """Give linkers a knowledge base, made with add_entity or with set_entities."""
    for component in pipes:
        if component["factory"] != "entity_linker":
            continue
        rng = random.Random(seed)
        width = component["config"]["entity_vector_length"]
        kb = InMemoryLookupKB(nlp.vocab, entity_vector_length=width)
        names = [f"Q{i}" for i in range(30)] + ["ähnlich", "NORM"]
        vectors = [[rng.gauss(0.0, 1.0) for _ in range(width)] for _ in names]
        if rng.random() < 0.5:
            kb.set_entities(names, [1.0] * len(names), vectors)
        else:
            for name, vector in zip(names, vectors):
                kb.add_entity(name, freq=rng.random(), entity_vector=vector)
        nlp.get_pipe(component["name"]).set_kb(lambda vocab, kb=kb: kb)


def add_aliases(nlp, seed, texts):
    """Let most words, and most of what is found in some texts, be known as none to five entities."""
    linkers = [component for name, component in nlp.pipeline if nlp.get_pipe_meta(name).factory == "entity_linker"]
    if not linkers:
        return
    mentions = {word[0] for word in Lexicon(seed).words} | set(".,!?()-'\"abcxyz")
    mentions |= {ent.text for text in texts for ent in nlp(text).ents}
    for linker in linkers:
        rng = random.Random(seed)
        names = sorted(linker.kb.get_entity_strings())
        for mention in sorted(mentions):
            if mention.strip() and rng.random() < 0.7:
                entities = rng.sample(names, rng.randrange(0, 6))
                shares = [rng.random() + 0.01 for _ in entities]
                linker.kb.add_alias(mention, entities, [share / sum(shares) * rng.random() for share in shares])
