"""The cases of matcher_cases.py that are committed: one for each thing that the matchers can do or refuse."""


def doc(text, **annotated):
    words = text.split("_") if "_" in text else text.split()
    return {"words": words, "spaces": [True] * len(words), **annotated}


def case(text, *rules, annotated=(), **options):
    """Each rule is a pattern, or a list of patterns, or a whole rule."""
    made = []
    for i, rule in enumerate(rules):
        if isinstance(rule, list):
            rule = {"key": f"K{i}", "patterns": rule if isinstance(rule[0], list) else [rule]}
        made.append(rule)
    return {"doc": doc(text, **dict(annotated)), "rules": made, **options}


def words(text, op=None):
    tokens = [{"LOWER": word} for word in text.split()]
    if op:
        tokens[-1]["OP"] = op
    return tokens


A = {"ORTH": "a"}
OPERATORS = ["!", "?", "+", "*", "{2}", "{1,2}", "{2,}", "{,2}", "{0}", "{0,}"]
TREE = {"head": [2, 0, 2, 2, 5, 3, 2], "dep": ["nsubj", "amod", "ROOT", "obj", "det", "pobj", "punct"]}
RELATIONS = ["<", ">", "<<", ">>", ".", ".*", ";", ";*", "$+", "$-", "$++", "$--", ">+", ">-", ">++", ">--", "<+", "<-", "<++", "<--"]


def tree(*nodes):
    """Nodes are attributes, and for all but the first the number of the left node and the operator."""
    pattern = []
    for i, node in enumerate(nodes):
        attrs, left = (node, None) if isinstance(node, dict) else (node[0], node[1:])
        pattern.append({"RIGHT_ID": f"n{i}", "RIGHT_ATTRS": attrs})
        if left:
            pattern[-1].update(LEFT_ID=f"n{left[0]}", REL_OP=left[1])
    return {"key": "T", "patterns": [pattern]}


def tree_case(*rules, **options):
    return {"doc": doc("tall cats chase fast mice in houses", **TREE), "rules": list(rules), "dependencies": True, **options}


CASES = [
    # Operators at the end, in the middle and at the start; alignments.
    *(case("b a a a c a", [{"ORTH": "b"}, dict(A, OP=op)], with_alignments=True) for op in OPERATORS),
    *(case("b a a c a c", [{"ORTH": "b"}, dict(A, OP=op), {"ORTH": "c"}], with_alignments=True) for op in OPERATORS),
    *(case("a a b", [dict(A, OP=op), {}], with_alignments=True) for op in OPERATORS),
    # Several ways to see the same tokens are one match, and the first counts.
    case("a b", [{"OP": "?"}, {"OP": "*"}, dict(A, OP="?"), {"OP": "?"}], with_alignments=True),
    case("a a a", [dict(A, OP="?"), dict(A, OP="+"), dict(A, OP="*")], with_alignments=True),
    case("a a a a", [{"OP": "?"}] * 12),
    # The order of what several patterns find with and without operators.
    case("a b a b c", [dict(A, OP="+"), {"LOWER": "b", "OP": "?"}], words("a b"), [{"OP": "*"}, {"LOWER": "c"}], words("b"), [{"OP": "?"}, {"LOWER": "b"}]),
    case("a b a b c", [words("a b"), words("b a")], {"key": "K0", "patterns": [words("b"), [A, {}]]}, words("a")),
    # Greedy.
    *(case("a a b a a a b", {"key": "G", "patterns": [[dict(A, OP="+")], [A, {}]], "greedy": greedy}, words("b"), {"key": "H", "patterns": [[{"OP": "+"}]], "greedy": greedy})
      for greedy in ("FIRST", "LONGEST")),
    # A part of a document.
    case("a b a b a", words("a b"), [{"OP": "{2}"}], span=[1, 4]),
    case("a b", words("a"), span=[1, 1]),
    # Attributes.
    *(case("The_ _3.5_naïve_A@b.de_x.com_(", [{attr: value}], validate=False) for attr, value in [
        ("LOWER", "the"), ("TEXT", "The"), ("NORM", "naïve"), ("SHAPE", "d.d"), ("PREFIX", "n"), ("SUFFIX", "The"), ("LENGTH", 3), ("IS_ALPHA", True),
        ("IS_SPACE", True), ("LIKE_NUM", True), ("LIKE_EMAIL", True), ("LIKE_URL", True), ("IS_LEFT_PUNCT", True), ("IS_ASCII", False), ("IS_TITLE", True),
        ("IS_STOP", True), ("SPACY", True), ("LANG", "en"), ("SENT_START", False), ("lower", "THE"), ("ORTH", 0), ("ENT_TYPE", ""), ("POS", 92)]),
    case("a b c d", *([{attr: value}] for attr, value in [
        ("TAG", "NN"), ("POS", "NOUN"), ("LEMMA", "be"), ("DEP", "nsubj"), ("MORPH", "Case=Nom|Number=Sing"), ("MORPH", "Number=Sing|Case=Nom"), ("MORPH", ""),
        ("MORPH", "_"), ("ENT_TYPE", "ORG"), ("ENT_ID", "Q1"), ("ENT_KB_ID", "Q2"), ("ENT_IOB", "B"), ("ENT_IOB", 2), ("TAG", "")]), annotated={
            "tag": ["NN", "", "NN", "VB"], "pos": ["NOUN", "VERB", "", "X"], "lemma": ["be", "a", "", "b"], "dep": ["nsubj", "dep", "ROOT", ""],
            "morph": ["Case=Nom|Number=Sing", "", None, "Case=Acc,Nom"], "ent_type": ["ORG", "ORG", "", ""], "ent_iob": [3, 1, 2, 0],
            "ent_id": ["Q1", "", "", ""], "kb_id": ["", "Q2", "", ""]}.items(), allow_missing=True),
    # Predicates.
    *(case("hello hallo Hello world word a", [{"ORTH": predicate}]) for predicate in [
        {"REGEX": "^[hH].llo$"}, {"REGEX": "(?i)HELLO"}, {"REGEX": "l(?=d)"}, {"FUZZY": "hello"}, {"FUZZY1": "hullo"}, {"FUZZY3": "wordl"}, {"IN": ["a", "word"]},
        {"NOT_IN": ["a", "word"]}, {"IN": []}, {"REGEX": {"IN": ["^a$", "rl"]}}, {"REGEX": {"NOT_IN": ["l"]}}, {"FUZZY": {"IN": ["wrold", "b"]}},
        {"FUZZY1": {"NOT_IN": ["hello"]}}, {"IS_SUBSET": ["a", "b"]}, {"IS_SUPERSET": ["a"]}, {"IS_SUPERSET": []}, {"INTERSECTS": ["a", "world"]},
        {"REGEX": "o", "NOT_IN": ["word"]}]),
    *(case("a bb ccc dddd", [{"LENGTH": predicate}]) for predicate in [
        {"==": 2}, {"!=": 2}, {">=": 2}, {"<=": 2.5}, {">": 1, "<": 4}, {"IN": [1, 4]}, {"NOT_IN": [1, 4]}]),
    *(case("a b c d", [{"MORPH": predicate}], annotated={"morph": ["Case=Acc,Nom|Number=Sing", "", None, "Number=Sing"]}.items()) for predicate in [
        {"IS_SUPERSET": ["Number=Sing"]}, {"IS_SUBSET": ["Number=Sing", "Case=Nom"]}, {"INTERSECTS": ["Case=Nom"]}, {"IN": ["Number=Sing|Case=Nom,Acc", ""]},
        {"NOT_IN": ["Number=Sing"]}, {"IS_SUPERSET": []}, {"REGEX": "Acc"}, {"IS_SUBSET": ["Case=Acc,Nom"]}]),
    # What the schema refuses, and what has no meaning without it either.
    *(case("a", [token]) for token in [
        {"PREFIX": "a"}, {"Orth": "a"}, {"FOO": "a"}, {"ORTH": 5}, {"ORTH": None}, {"ORTH": {"FOO": "a"}}, {"ORTH": {"IN": "a"}}, {"ORTH": {"==": "a"}},
        {"LENGTH": "1"}, {"LENGTH": {"IN": ["1"]}}, {"IS_ALPHA": 1}, {"OP": "1"}, {"OP": "{2,1}"}, {"OP": "{,}"}, {"OP": "x"}, {"ENT_IOB": "X"}, {"ENT_IOB": 1.0}]),
    *(case("a", [token], validate=False) for token in [
        {"FOO": "a"}, {"ORTH": None}, {"ORTH": 1.5}, {"ORTH": -1}, {"ORTH": ["a"]}, {"OP": "{2,1}"}, {"OP": "**"}, {"MORPH": {"IN": ["Sing"]}}, {"LENGTH": {">": "a"}}]),
    *(case("a", [token], validate=False) for token in [
        {"Orth": "a"}, {"ORTH": {"FOO": "a"}}, {"ORTH": {"==": "a"}}, {"ORTH": {"!=": "a"}}, {"LENGTH": {"IN": ["1", 1.0]}}, {"IS_ALPHA": 1}, {"OP": "1"},
        {"ORTH": {"IN": "abc"}}, {"ORTH": {"IS_SUPERSET": [-1]}}, {"LENGTH": {">": True}}, None, []]),
    {"doc": doc("a"), "rules": [{"key": "K", "patterns": [[]]}]},
    {"doc": doc("a"), "rules": [{"key": "K", "patterns": ["a"]}]},
    {"doc": doc("a"), "rules": [{"key": "K", "patterns": []}]},
    *(case("a", [{attr: "a"}]) for attr in ["TAG", "POS", "MORPH", "LEMMA", "DEP", "ENT_TYPE"]),
    # Trees.
    *(tree_case(tree({}, ({}, 0, relation))) for relation in RELATIONS),
    tree_case(tree({"DEP": "ROOT"}, ({"DEP": "nsubj"}, 0, ">"), ({}, 1, ">"), ({"DEP": "obj"}, 0, ">"))),
    tree_case(tree({}, ({}, 0, ">"), ({}, 0, ">")), tree({"LOWER": "cats"})),
    tree_case(tree({}, ({}, 0, ">")), span=[3, 6]),
    tree_case(tree({"OP": "{1,2}"}, ({"OP": "!", "LOWER": "mice"}, 0, ">"))),
    tree_case(tree({"TAG": "NN"})),
    tree_case(tree({}, ({}, 0, "?"))),
    tree_case(tree({}, ({}, 1, ">"))),
    tree_case(tree({"OP": "?"})),
    tree_case(tree({"FOO": "a"})),
    *(tree_case({"key": "T", "patterns": [pattern]}) for pattern in [
        [], [{"RIGHT_ID": "a", "RIGHT_ATTRS": {}, "REL_OP": ">", "LEFT_ID": "b"}], [{"RIGHT_ID": "a", "RIGHT_ATTRS": {}}, {"RIGHT_ID": "b", "RIGHT_ATTRS": {}}],
        [{"RIGHT_ID": "a", "RIGHT_ATTRS": {}}, {"RIGHT_ID": "a", "RIGHT_ATTRS": {}, "REL_OP": ">", "LEFT_ID": "a"}], ["a"], [{"RIGHT_ATTRS": {}}]]),
]
