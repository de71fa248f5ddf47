"""Pipelines that change the shape of documents: sentences by rule, tokens that are merged and split, and beams."""
from .models import cnn, listen, ner, parser, pipe, tagger, tok2vec


def pipelines():
    trained = [pipe("tok2vec", tok2vec()), pipe("tagger", tagger()), pipe("morphologizer", tagger()), pipe("trainable_lemmatizer", tagger())]
    yield "shape_sentencizer", "en", [pipe("sentencizer")], {}
    yield "shape_sentencizer_marks", "de", [pipe("sentencizer", punct_chars=[",", "ba", "..."])], {}
    yield "shape_sentencizer_after_senter", "en", [pipe("senter", tagger(cnn())), pipe("sentencizer", overwrite=True)], {}
    yield "shape_sentencizer_keeps", "en", [pipe("senter", tagger(cnn())), pipe("sentencizer", overwrite=False)], {}
    yield "shape_sentencizer_before_parser", "hi", [pipe("sentencizer"), pipe("parser", parser(cnn())), pipe("ner", ner(cnn()))], {}
    yield "shape_merge_entities", "en", trained + [pipe("ner", ner()), pipe("merge_entities")], {}
    yield "shape_merge_entities_parsed", "en", trained + [pipe("parser", parser()), pipe("ner", ner()), pipe("merge_entities")], {"non_projective": 0.7}
    yield "shape_merge_entities_then_listen", "nl", [pipe("tok2vec", tok2vec()), pipe("ner", ner()), pipe("merge_entities"), pipe("tagger", tagger()), pipe("parser", parser())], {}
    yield "shape_merge_between_recognisers", "nl", [pipe("tok2vec", tok2vec()), pipe("ner", ner()), pipe("merge_entities"), pipe("ner", ner(cnn(20)), "again"), pipe("merge_entities", name="merge_again")], {}
    for language in ("en", "de", "fr", "es", "tr", "fi", "nl", "sv", "el", "fa", "id"):
        yield f"shape_merge_noun_chunks_{language}", language, trained + [pipe("parser", parser(), min_action_freq=1), pipe("ner", ner()), pipe("merge_noun_chunks")], {}
    yield "shape_merge_noun_chunks_unparsed", "en", [pipe("tagger", tagger(cnn())), pipe("merge_noun_chunks")], {}
    yield "shape_merge_both", "en", trained + [pipe("parser", parser(), min_action_freq=1), pipe("ner", ner()), pipe("merge_noun_chunks"), pipe("merge_entities")], {}
    for min_length, split_length in ((5, 2), (3, 3), (1, 1), (4, 10), (0, 3), (6, 1)):
        yield f"shape_token_splitter_{min_length}_{split_length}", "en", trained + [pipe("ner", ner()), pipe("token_splitter", min_length=min_length, split_length=split_length)], {}
        yield f"shape_token_splitter_parsed_{min_length}_{split_length}", "en", trained + [
            pipe("parser", parser()), pipe("ner", ner()), pipe("token_splitter", min_length=min_length, split_length=split_length)], {"non_projective": 0.5}
    yield "shape_token_splitter_first", "en", [pipe("token_splitter", min_length=4, split_length=3)] + trained + [pipe("parser", parser()), pipe("ner", ner())], {}
    yield "shape_split_and_merge", "en", [pipe("tok2vec", tok2vec()), pipe("token_splitter", min_length=4, split_length=2), pipe("ner", ner()), pipe("merge_entities"),
                                          pipe("token_splitter", name="split_again", min_length=9, split_length=4), pipe("tagger", tagger(cnn(16)))], {}
    yield "shape_learned_tokens", "te", trained + [pipe("parser", parser(), learn_tokens=True, min_action_freq=1), pipe("ner", ner(cnn(20)))], {"subtokens": 0.3}
    yield "shape_learned_tokens_merged_again", "te", trained + [pipe("parser", parser(extra=True), learn_tokens=True, min_action_freq=1), pipe("merge_subtokens")], {"subtokens": 0.3}
    yield "shape_merge_subtokens", "te", trained + [pipe("parser", parser(), min_action_freq=1), pipe("ner", ner()), pipe("merge_subtokens")], {"subtokens": 0.3}
    yield "shape_beam_parser", "en", [pipe("beam_parser", parser(cnn()))], {}
    yield "shape_beam_parser_no_density", "de", [pipe("beam_parser", parser(cnn()), beam_density=0.0, beam_width=4)], {"non_projective": 0.7}
    yield "shape_beam_parser_one_piece", "de", [pipe("beam_parser", parser(cnn(), pieces=1), beam_width=3)], {}
    yield "shape_beam_parser_one_piece_no_upper", "de", [pipe("beam_parser", parser(cnn(), pieces=1, upper=False), beam_width=3)], {}
    yield "shape_beam_parser_no_upper", "de", [pipe("beam_parser", parser(cnn(), pieces=3, upper=False, extra=True), beam_width=5)], {}
    yield "shape_beam_parser_width_1", "de", [pipe("beam_parser", parser(cnn()), beam_width=1)], {}
    yield "shape_beam_parser_after_senter", "fi", [pipe("tok2vec", tok2vec()), pipe("senter", tagger()), pipe("beam_parser", parser(), beam_width=6), pipe("beam_ner", ner())], {}
    yield "shape_beam_ner", "en", [pipe("beam_ner", ner(cnn()))], {}
    yield "shape_beam_ner_no_density", "en", [pipe("beam_ner", ner(cnn(), pieces=1), beam_density=0.0, beam_width=4)], {}
    yield "shape_beam_ner_preset", "it", [pipe("ner", ner(cnn(16)), "ner_first"), pipe("beam_ner", ner(cnn(24), extra=True), beam_width=7)], {}
    yield "shape_beam_everything", "en", trained + [pipe("beam_parser", parser(), learn_tokens=True, min_action_freq=1), pipe("beam_ner", ner()), pipe("merge_entities")], {"subtokens": 0.2}


def drawn(rng):
    """One pipeline with components of these in random places. None that listens comes after a token_splitter: spaCy then writes
    beyond the end of a document, and may crash."""
    pipes = [pipe("tok2vec", tok2vec())]
    middle = [pipe(kind, tagger()) for kind in rng.sample(["tagger", "morphologizer", "trainable_lemmatizer", "senter"], rng.randrange(0, 4))]
    network = lambda kind: kind(listen() if rng.random() < 0.5 else cnn(rng.choice([8, 20, 33])), extra=rng.random() < 0.4, hidden=rng.choice([5, 16, 31]), pieces=rng.randrange(1, 4), upper=rng.random() < 0.6)
    if rng.random() < 0.7:
        beam = {"beam_width": rng.choice([2, 3, 8, 16]), "beam_density": rng.choice([0.0, 0.0001, 0.01, 0.3])}
        learn = {"learn_tokens": rng.random() < 0.3, "min_action_freq": 1}
        middle.append(pipe("beam_parser", network(parser), **beam, **learn) if rng.random() < 0.5 else pipe("parser", network(parser), **learn))
    if rng.random() < 0.7:
        beam = {"beam_width": rng.choice([2, 3, 8, 32]), "beam_density": rng.choice([0.0, 0.0001, 0.01, 0.3])}
        middle.append(pipe("beam_ner", network(ner), **beam) if rng.random() < 0.5 else pipe("ner", network(ner)))
    for _ in range(rng.randrange(1, 4)):
        kind = rng.choice(["sentencizer", "merge_entities", "merge_noun_chunks", "merge_subtokens", "token_splitter"])
        if kind == "merge_subtokens" and not any("parser" in p["factory"] for p in middle):
            continue  # spaCy fails without a parse
        config = {}
        if kind == "sentencizer":
            config = {"overwrite": rng.random() < 0.5, "punct_chars": rng.choice([None, [".", "!"], [","]])}
        elif kind == "token_splitter":
            config = {"min_length": rng.randrange(1, 8), "split_length": rng.randrange(1, 6)}
        middle.append(pipe(kind, name=f"{kind}_{len(middle)}", **config))
    rng.shuffle(middle)
    if any("Listener" in str(p["config"].get("model")) for p in middle):
        middle.sort(key=lambda p: p["factory"] == "token_splitter")
    if any(p["factory"] == "merge_subtokens" for p in middle):
        middle.sort(key=lambda p: "parser" not in p["factory"])
    return pipes + middle, {"non_projective": rng.choice([0.0, 0.5]), "subtokens": rng.choice([0.0, 0.2]), "noise": rng.choice([0.3, 1.0])}
