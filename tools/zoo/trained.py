"""Pipelines of trained components, written out by hand."""
from spacy.attrs import NORM, ORTH

from .models import cnn, embed, listen, maxout, mish, ner, parser, pipe, standard, tagger, tok2vec

FLAGS = ("ORTH", "LOWER", "IS_ALPHA", "LIKE_NUM", "IS_STOP", "IS_TITLE", "LIKE_URL", "IS_PUNCT")
MORE_FLAGS = ("NORM", "IS_DIGIT", "IS_ASCII", "IS_LOWER", "IS_UPPER", "IS_SPACE", "LIKE_EMAIL", "IS_CURRENCY")
ODD_FLAGS = ("LENGTH", "IS_QUOTE", "IS_BRACKET", "IS_LEFT_PUNCT", "IS_RIGHT_PUNCT", "SPACY", "LANG")


def pipelines():
    """(name, language, components, options) of each pipeline that is written by hand."""
    yield "de_shared", "de", standard(), {}
    yield "fr_own", "fr", [
        pipe("tagger", tagger(cnn(24))), pipe("parser", parser(cnn(40, depth=3), hidden=30)), pipe("ner", ner(tok2vec(embed(16), maxout(16, depth=1)))),
        pipe("morphologizer", tagger(tok2vec(embed(20, ("LOWER", "SUFFIX")), maxout(20, 4))))], {}
    v1 = tok2vec(embed(28, v=1), maxout(28, 3, v=1), v=1)
    ear = listen(28)
    yield "tr_v1", "tr", [pipe("tok2vec", v1), pipe("tagger", tagger(ear, v=1)), pipe("morphologizer", tagger(ear, v=1)), pipe("parser", parser(ear, v=1)),
                          pipe("trainable_lemmatizer", tagger(ear, v=1)), pipe("ner", ner(ear, v=1))], {}
    yield "es_no_upper", "es", standard(upper=False, pieces=1), {}
    yield "es_no_upper_3_pieces", "es", standard(upper=False, pieces=3, hidden=17), {}
    yield "pt_no_upper_v1", "pt", [pipe("parser", parser(cnn(22), v=1, upper=False, pieces=2)), pipe("ner", ner(cnn(18), v=1, upper=False, pieces=1, extra=True))], {}
    yield "ru_mish", "ru", standard(tok2vec(embed(), mish(32, 3, 2))), {}
    yield "da_mish_v1", "da", standard(tok2vec(embed(v=1), mish(32, 2, 1, v=1), v=1), v=1), {}
    yield "hi_hash_cnn_v1", "hi", standard(cnn(32, 2, 500, subwords=False, v=1)), {}
    yield "bn_hash_cnn_window_2", "bn", standard(cnn(32, 3, 333, window=2, pieces=2)), {}
    yield "ar_extra_tokens", "ar", standard(extra=True), {}
    yield "he_two_tok2vec", "he", [
        pipe("tok2vec", tok2vec()), pipe("tagger", tagger(listen(32, "tok2vec"))), pipe("tok2vec", tok2vec(embed(32, ("LOWER", "SHAPE")), maxout(32, 1)), "second"),
        pipe("parser", parser(listen(32, "second"))), pipe("morphologizer", tagger(listen(32, "second"))), pipe("ner", ner(listen(32, "second"), hidden=31))], {}
    yield "lt_first_of_two_tok2vec", "lt", [
        pipe("tok2vec", tok2vec(), "one"), pipe("tok2vec", tok2vec(embed(32, ("NORM",))), "two"), pipe("tagger", tagger(listen(32, "one"))),
        pipe("senter", tagger(listen(32, "two")))], {}
    yield "xx_ner_only", "xx", [pipe("ner", ner(cnn(33), hidden=33, pieces=3))], {}
    yield "fi_senter_parser", "fi", [pipe("tok2vec", tok2vec()), pipe("senter", tagger()), pipe("parser", parser()), pipe("ner", ner()), pipe("tagger", tagger())], {}
    yield "et_parser_senter_overwrite", "et", [pipe("tok2vec", tok2vec()), pipe("parser", parser()), pipe("senter", tagger(), overwrite=True), pipe("ner", ner())], {}
    yield "eu_parser_senter_keep", "eu", [pipe("tok2vec", tok2vec()), pipe("parser", parser()), pipe("senter", tagger(), overwrite=False)], {}
    yield "el_non_projective", "el", standard(), {"non_projective": 0.9, "updates": 6, "min_action_freq": 1}
    yield "hr_non_projective_extra", "hr", standard(extra=True, pieces=3), {"non_projective": 0.9, "min_action_freq": 1}
    yield "it_ner_twice", "it", [pipe("tok2vec", tok2vec()), pipe("ner", ner(), "ner_first"), pipe("ner", ner(cnn(24)), "ner_second"), pipe("parser", parser())], {}
    yield "sl_ner_senter_ner", "sl", [pipe("tok2vec", tok2vec()), pipe("ner", ner(extra=True)), pipe("senter", tagger()), pipe("ner", ner(cnn(20)), "again"), pipe("parser", parser(cnn(20)))], {}
    yield "sk_parser_twice", "sk", [pipe("tok2vec", tok2vec()), pipe("parser", parser()), pipe("parser", parser(cnn(24)), "parser_again")], {}
    yield "nl_lemmas_top_5", "nl", [pipe("tok2vec", tok2vec()), pipe("trainable_lemmatizer", tagger(), top_k=5, min_tree_freq=1)], {"noise": 1.5}
    yield "af_lemmas_top_50", "af", [pipe("trainable_lemmatizer", tagger(cnn(24)), top_k=50, min_tree_freq=1, backoff="lower")], {"noise": 1.5}
    yield "nn_lemmas_no_backoff", "nn", [pipe("trainable_lemmatizer", tagger(cnn(24)), backoff=None, min_tree_freq=1)], {"noise": 1.5}
    yield "is_lemmas_norm_backoff", "is", [pipe("trainable_lemmatizer", tagger(cnn(24), normalize=True), backoff="norm", top_k=2, min_tree_freq=2)], {"noise": 1.5}
    yield "ga_lemmas_twice", "ga", [pipe("trainable_lemmatizer", tagger(cnn(24)), "lemma_one", backoff=None, min_tree_freq=1),
                                    pipe("trainable_lemmatizer", tagger(cnn(20)), "lemma_two", overwrite=True, min_tree_freq=1),
                                    pipe("trainable_lemmatizer", tagger(cnn(16)), "lemma_three", overwrite=False)], {"noise": 1.5}
    yield "pl_doc_cleaner", "pl", standard() + [pipe("doc_cleaner")], {}
    yield "cs_doc_cleaner_between", "cs", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger()), pipe("doc_cleaner", attrs={"tensor": None}), pipe("parser", parser(cnn(20))), pipe("ner", ner(cnn(24)))], {}
    yield "sv_disabled", "sv", standard() + [pipe("senter", tagger(cnn(24)))], {"disabled": ["parser", "ner"]}
    yield "nb_disabled_tok2vec", "nb", standard(), {"disabled": ["tok2vec"]}
    yield "ca_all_disabled", "ca", standard(), {"disabled": ["tok2vec", "tagger", "morphologizer", "parser", "trainable_lemmatizer", "ner"]}
    yield "en_lexeme_norm", "en", standard(), {"lexeme_norm": {"colour": "color", "don": "do", "gonna": "going to", "the": "THE", "İstanbul": "istanbul", "x": "y"}}
    yield "id_lexeme_norm", "id", standard(), {"lexeme_norm": {"gak": "tidak", "yg": "yang", "kucing": "KUCING"}}
    yield "en_special_cases", "en", standard(), {"special_cases": {
        "gimme": [{ORTH: "gim", NORM: "give"}, {ORTH: "me"}], "don't": [{ORTH: "don't", NORM: "do not"}], ":-)": [{ORTH: ":-)", NORM: "SMILE"}],
        "a b": [{ORTH: "a b"}], "(x)": [{ORTH: "(x)"}], "...and": [{ORTH: "...", NORM: "…"}, {ORTH: "and"}], "🙂🙂": [{ORTH: "🙂🙂", NORM: "joy"}]}}
    yield "de_many_strings", "de", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger())], {"strings": 60_000}
    yield "hu_deep_wide_window", "hu", standard(tok2vec(embed(), maxout(32, 8, 3, 4))), {}
    yield "ro_one_piece", "ro", standard(tok2vec(embed(), maxout(32, 2, 2, 1)), pieces=1, hidden=19), {}
    yield "ta_shallow", "ta", standard(tok2vec(embed(), maxout(32, 1, 1, 2)), pieces=3, hidden=1), {}
    yield "gu_width_1", "gu", standard(tok2vec(embed(1), maxout(1, 1, 1, 1)), width=1), {}
    yield "uk_flags", "uk", standard(tok2vec(embed(32, FLAGS, [200, 200, 2, 3, 4, 5, 6, 7]))), {}
    yield "ur_more_flags", "ur", standard(tok2vec(embed(32, MORE_FLAGS, [1, 2, 3, 5, 8, 13, 21, 34], v=1))), {}
    yield "fa_odd_flags", "fa", standard(tok2vec(embed(32, ODD_FLAGS))), {}
    yield "hy_attr_numbers", "hy", standard(tok2vec(embed(32, (65, 66, 67, 68, 69, 70), [90, 80, 70, 60, 50, 40]))), {}
    yield "sr_one_attr", "sr", standard(tok2vec(embed(32, ("SHAPE",), [7]))), {}
    yield "bg_normalized_heads", "bg", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger(normalize=True)), pipe("morphologizer", tagger(normalize=True)),
                                        pipe("senter", tagger(normalize=True)), pipe("trainable_lemmatizer", tagger(normalize=True), top_k=3)], {}
    yield "lv_tagger_twice", "lv", [pipe("tagger", tagger(cnn(20)), "first"), pipe("tagger", tagger(cnn(24)), "kept", overwrite=False),
                                    pipe("morphologizer", tagger(cnn(20)), "morph_first"), pipe("morphologizer", tagger(cnn(24)), "morph_kept", overwrite=False)], {}
    yield "sq_tagger_overwrites", "sq", [pipe("tagger", tagger(cnn(20)), "first", neg_prefix="#"), pipe("tagger", tagger(cnn(24)), "wins", overwrite=True)], {}
    for extend in (False, True):
        for overwrite in (False, True):
            yield f"lb_morph_overwrite_{overwrite}_extend_{extend}".lower(), "lb", [
                pipe("morphologizer", tagger(cnn(20)), "first"), pipe("morphologizer", tagger(cnn(24)), "second", extend=extend, overwrite=overwrite)], {"noise": 2.0}
    yield "nl_morph_after_tagger_lemma", "nl", [pipe("trainable_lemmatizer", tagger(cnn(20))), pipe("tagger", tagger(cnn(20))), pipe("morphologizer", tagger(cnn(20)), extend=True)], {}
    yield "el_tags_as_features", "el", [
        pipe("tagger", tagger(cnn(24))), pipe("morphologizer", tagger(cnn(24))), pipe("parser", parser(tok2vec(embed(24, ("NORM", "TAG", "POS", "MORPH")), maxout(24)))),
        pipe("ner", ner(tok2vec(embed(24, ("NORM", "DEP", "SENT_START", "LEMMA")), maxout(24)))),
        pipe("trainable_lemmatizer", tagger(tok2vec(embed(24, ("NORM", "ENT_TYPE", "ENT_IOB", "HEAD")), maxout(24))))], {}
    yield "tl_ner_before_parser", "tl", [pipe("tok2vec", tok2vec()), pipe("ner", ner()), pipe("parser", parser()), pipe("senter", tagger())], {}
    yield "ms_component_names", "ms", [pipe("tok2vec", tok2vec(), "my vectors"), pipe("tagger", tagger(listen(32, "my vectors")), "Tagger 2-b"), pipe("ner", ner(), "nér")], {}
    yield "kn_one_label", "kn", [pipe("tok2vec", tok2vec()), pipe("tagger", tagger()), pipe("parser", parser(), min_action_freq=100), pipe("ner", ner())], {}
    yield "ml_no_components", "ml", [], {}
    yield "xx_no_spaces", "xx", standard(), {"spaces": False}
    yield "en_no_prefixes", "en", standard(), {"tokenizer": {"prefix_search": None, "suffix_search": None}}
    yield "en_only_whitespace", "en", [pipe("tagger", tagger(cnn(24)))], {"tokenizer": {"prefix_search": None, "suffix_search": None, "infix_finditer": None, "token_match": None, "url_match": None}, "no_rules": True}
    yield "en_own_expressions", "en", [pipe("tagger", tagger(cnn(24)))], {"expressions": {
        "prefix_search": r"^(?:[\(\[]|(?i:pre)(?=[a-z]{4})|\$(?=\d))", "suffix_search": r"(?:[\)\]\.,!?]|(?<=[a-z])'s|(?<![A-Z])\.)$",
        "infix_finditer": r"(?<=[a-z])[-–](?=[a-z])|\.\.+|(?<=\w)/(?=\w)|(?P<slash>\|)", "token_match": r"^(?:\d+[-/])+\d+$|^\w+@\w+$", "url_match": r"(?i)^https?://\S+$"}}
    yield "fr_full_size", "fr", standard(tok2vec(embed(96, ("NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"), [5000, 1000, 2500, 1000, 50, 50]), maxout(96, 4)), width=96, hidden=64), {"updates": 4}
