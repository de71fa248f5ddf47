#!/usr/bin/env python3
"""Make the tiny pipelines of nlp-core/tests/data/pipelines, which show that nothing is fitted to English or one model.

usage: OMP_NUM_THREADS=1 make_toy_pipeline.py OUT_DIR [NAME ...]

Each is trained for some passes over a made-up language (toy_corpus.py) and uses what the embedded English pipeline does
not: see the comment over each. The same spaCy and seed give the same weights on the same machine, though not to the bit
on every processor, so the files are committed. Needs: pip install "spacy>=3.8,<3.9".
"""
import argparse
import json
import warnings
from pathlib import Path

import srsly
from spacy.attrs import NORM, ORTH

from zoo import classify
from zoo.chinese import with_pkuseg
from zoo.models import cnn, embed, listen, maxout, mish, ner, parser, pipe, tagger, tok2vec
from zoo.training import build


def german():
    """The architectures of version 1, 13 and 6 features without an upper layer, sentences before the parser."""
    ear = listen(16, "tok2vec")
    shared = tok2vec(embed(16, ("LOWER", "SUFFIX", "SHAPE", "LIKE_NUM"), [120, 60, 40, 3], v=1), maxout(16, 3, 2, 2, v=1), v=1)
    pipes = [pipe("tok2vec", shared), pipe("senter", tagger(ear, v=1)), pipe("tagger", tagger(ear, v=1)), pipe("morphologizer", tagger(ear, v=1), overwrite=False),
             pipe("parser", parser(ear, v=1, extra=True, upper=False, hidden=11, pieces=2), min_action_freq=1),
             pipe("trainable_lemmatizer", tagger(ear, v=1), top_k=3, min_tree_freq=1, backoff=None),
             pipe("ner", ner(ear, v=1, extra=True, upper=False, hidden=11, pieces=3)), pipe("doc_cleaner")]
    return "de", pipes, {"non_projective": 0.6, "noise": 0.1}


def turkish():
    """Two shared networks, a network of its own with one maxout piece, entities before the parse, features extended."""
    pipes = [pipe("tok2vec", cnn(18, 2, 150, subwords=True), "words"), pipe("ner", ner(listen(18, "words"), hidden=13, pieces=1)),
             pipe("morphologizer", tagger(listen(18, "words")), "features"), pipe("tok2vec", tok2vec(embed(14, ("NORM", "IS_TITLE", "SPACY"), [90, 3, 4]), mish(14, 2, 1)), "shapes"),
             pipe("parser", parser(listen(14, "shapes"), hidden=15, pieces=3), min_action_freq=3), pipe("tagger", tagger(listen(14, "*"), normalize=True)),
             pipe("morphologizer", tagger(cnn(10, 1, 60, pieces=1, subwords=False, v=1)), "more features", overwrite=True, extend=True),
             pipe("trainable_lemmatizer", tagger(tok2vec(embed(12, ("NORM", "TAG", "POS"), [80, 20, 20]), maxout(12, 1))), top_k=1, backoff="lower", min_tree_freq=2),
             pipe("ner", ner(cnn(12, 1, 60), hidden=8), "more names")]
    return "tr", pipes, {"noise": 0.3, "lexeme_norm": {"ISTANBUL": "istanbul", "tmm": "tamam", "slm": "selam"},
                         "special_cases": {"napcan": [{ORTH: "nap", NORM: "ne yap"}, {ORTH: "can"}], ":-)": [{ORTH: ":-)", NORM: "GÜL"}]}}


def arabic():
    """Right-to-left script, no white space in training, a component switched off, labels that share a prefix."""
    pipes = [pipe("tok2vec", tok2vec(embed(13, ("NORM", "PREFIX", "SUFFIX", "IS_ALPHA"), [100, 50, 50, 2]), maxout(13, 4, 1, 4))),
             pipe("parser", parser(listen(13), hidden=9, pieces=1)), pipe("senter", tagger(listen(13)), overwrite=True), pipe("tagger", tagger(listen(13)), "etiket"),
             pipe("ner", ner(listen(13), extra=True, hidden=10, pieces=2)), pipe("morphologizer", tagger(listen(13)))]
    return "ar", pipes, {"noise": 0.2, "spaces": False, "disabled": ["morphologizer"]}


def twice():
    """Two recognisers and two parsers, of which each was taught labels that the other has never seen (see `rename`)."""
    pipes = [pipe("ner", ner(cnn(8, 1, 40, subwords=False), hidden=9), "names"), pipe("ner", ner(cnn(9, 1, 30, subwords=False), hidden=7, upper=False), "other names"),
             pipe("parser", parser(cnn(8, 1, 40, subwords=False), hidden=9), "tree", min_action_freq=3),
             pipe("parser", parser(cnn(9, 1, 30, subwords=False), hidden=7, pieces=1), "other tree", min_action_freq=3)]
    return "xx", pipes, {"noise": 0.3}


def classes():
    """Categories from words, from vectors and from both; spans found, labelled and labelled once; entities that are linked."""
    ear = listen(7)
    narrow = classify.mean_max(5)
    pipes = [pipe("tok2vec", tok2vec(embed(7, ("NORM", "SUFFIX"), [40, 20]), maxout(7, 1))), pipe("ner", ner(ear, hidden=6)), pipe("senter", tagger(ear)),
             classify.textcat(classify.ensemble(ear, classify.bow(3, True, 2, length=30)), "topic"),
             classify.textcat(classify.reduce_classifier(cnn(5, 1, 30, subwords=False), ["first", "max"], False), "tone"),
             classify.span_finder(ear, spans_key="found", max_length=3), classify.spancat(ear, reducer=narrow, suggester=classify.ngrams(2, 1), max_positive=2),
             classify.spancat_singlelabel(ear, reducer=narrow, suggester=classify.preset("found"), spans_key="single"),
             classify.entity_linker(ear, "links", n_sents=1, threshold=0.2), classify.entity_linker(cnn(5, 1, 30, subwords=False), "old links", v=1, overwrite=False)]
    options = classify.with_data(pipes, {"noise": 1.0})

    def finish(nlp, seed, texts):
        options["finish"](nlp, seed, texts)
        nlp.get_pipe("tone").cfg["labels"] = ["LOUD", "BAD", "soft", "ironic"]  # of which one is a topic, too
        for label in nlp.get_pipe("tone").labels:
            nlp.vocab.strings.add(label)
    return "xx", pipes, {**options, "finish": finish}


def shapes():
    """Sentences by rule, beams, words learned in pieces, and every component that merges or splits tokens."""
    pipes = [pipe("sentencizer", punct_chars=[".", "!"]), pipe("tagger", tagger(cnn(6, 1, 30, subwords=False))),
             pipe("beam_parser", parser(cnn(8, 1, 40, subwords=False), hidden=9, pieces=1), beam_width=4, beam_density=0.01, learn_tokens=True, min_action_freq=1),
             pipe("beam_ner", ner(cnn(8, 1, 40, subwords=False), hidden=9), beam_width=5, beam_density=0.0),
             pipe("merge_subtokens"), pipe("merge_noun_chunks"), pipe("merge_entities"), pipe("token_splitter", min_length=9, split_length=4)]
    return "en", pipes, {"noise": 0.5, "subtokens": 0.15}


def chinese():
    """Chinese words by pkuseg, with a model of random weights, words of the user, and words that neighbours are joined to."""
    pipes = [pipe("tagger", tagger(cnn(6, 1, 30, subwords=False))), pipe("sentencizer", overwrite=True)]
    return "zh", pipes, {"config": {"nlp": {"tokenizer": {"segmenter": "pkuseg"}}}, "prepare": with_pkuseg, "spaces": False}


# For components of `twice`, what the labels of the training data are called there.
RENAMED = {"other names": {"LOC": "PLACE", "MISC": "THING"}, "other tree": {"obj": "object", "det": "determiner"}}


def rename(moves, labels):
    """Give labels other names in a `moves` file. The frequencies, and so the order of the actions, stay."""
    file = srsly.read_msgpack(moves)
    kinds = json.loads(file["moves"])
    kinds = {kind: {labels.get(label, label): n for label, n in counts.items()} for kind, counts in kinds.items()}
    order = lambda counts: [labels.get(label, label) for label, _ in sorted(counts.items(), key=lambda item: (item[1], item[0]))]
    assert all(order(old) == order(new) for old, new in zip(json.loads(file["moves"]).values(), kinds.values())), "a tie would fall another way"
    srsly.write_msgpack(moves, {**file, "moves": json.dumps(kinds)})


TOYS = {"de_toy": german, "tr_toy": turkish, "ar_toy": arabic, "xx_twice": twice, "xx_classes": classes, "en_shape": shapes, "zh_toy": chinese}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out", type=Path)
    p.add_argument("names", nargs="*", default=list(TOYS))
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    a.out.mkdir(parents=True, exist_ok=True)
    for name in a.names:
        language, pipes, options = TOYS[name]()
        nlp = build(language, pipes, {"updates": 12, **options}, seed=11)
        nlp.meta.update(name=name[3:], version="1.0.0", license="MIT OR Apache-2.0",
                        description="A toy trained on nonsense words made up by tools/toy_corpus.py; good for tests only")
        nlp.to_disk(a.out / name)
        for component in RENAMED.keys() & set(nlp.pipe_names):
            rename(a.out / name / component / "moves", RENAMED[component])
        print("made", name)


if __name__ == "__main__":
    main()
