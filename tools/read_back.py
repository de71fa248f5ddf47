#!/usr/bin/env python3
"""Read what `nlp annotate` writes with the readers that its formats have elsewhere, and compare.

usage: OMP_NUM_THREADS=1 read_back.py TEXTS.jsonl[:N] PIPELINE... [--nlp target/debug/nlp]
                                            (needs: pip install "spacy>=3.8,<3.9" pyarrow udtools; gzip and zstd)

DocBin: unpacked, it is byte for byte what spaCy's DocBin.to_bytes makes of its own documents (but for the last digits of
scores, to 1e-5), with all attributes and with some; opened by spaCy, its documents are the same. CoNLL-U: valid for Universal Dependencies' validator at level 2, but for
what lies in the texts and the labels themselves. Arrow and Parquet: by pyarrow, each row against the JSON lines; and files that pyarrow
writes are read. gzip and zstd: by their tools, and what these write is read.
"""
import argparse
import json
import operator
import os
import re
import subprocess
import sys
import tempfile
import zlib

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet
import spacy
import srsly
from spacy.tokens import DocBin

TOKEN = ["text", "idx", "norm", "tag", "pos", "morph", "lemma", "head", "dep", "sent_start", "ent_iob", "ent_type"]
# What a validator finds that is a text's or a pipeline's: characters, and labels of other schemes.
NOT_OURS = r"unicode-normalization|invalid-utf|unknown-udeprel|unknown-upos|invalid-deprel|suppressing further"


def program(nlp, *words, stdin=None):
    run = subprocess.run([nlp, "annotate", *words], input=stdin, capture_output=True)
    if run.returncode:
        sys.exit(f"nlp annotate {' '.join(words)}: {run.returncode}: {run.stderr.decode()}")
    return run.stdout


def close(one, other):
    return len(one) == len(other) and all(abs(a - b) < 1e-5 for a, b in zip(one, other))


def close_cats(ours, theirs):
    return all(list(a) == list(b) and close(a.values(), b.values()) for a, b in zip(ours, theirs, strict=True))


def close_groups(ours, theirs):
    def groups(packed):
        found = srsly.msgpack_loads(packed)
        return [(srsly.msgpack_loads(group), keys) for group, keys in found.items()] if found else []

    for one, other in zip(ours, theirs, strict=True):
        for (a, a_keys), (b, b_keys) in zip(groups(one), groups(other), strict=True):
            a_scores, b_scores = (list(group.pop("attrs").get("scores", [])) for group in (a, b))
            if a != b or a_keys != b_keys or not close(a_scores, b_scores):
                return False
    return True


def docbin(nlp, model, pipeline, texts):
    docs = [pipeline(text) for text in texts]
    for attrs in [None, ["TAG", "HEAD", "DEP", "LEMMA"], ["ENT_TYPE", "ENT_IOB", "SHAPE"]]:
        words = ["--attrs", ",".join(attrs)] if attrs else []
        program(nlp, "in.jsonl", "--model", model, "--out", "out.spacy", "--restart", "--batch-size", "1", *words)
        theirs = DocBin(attrs=attrs, docs=docs) if attrs else DocBin(docs=docs)
        ours, theirs = zlib.decompress(open("out.spacy", "rb").read()), zlib.decompress(theirs.to_bytes())
        if ours != theirs:
            ours, theirs = srsly.msgpack_loads(ours), srsly.msgpack_loads(theirs)
            # Scores have rounding of their own.
            scored = {"cats": close_cats, "span_groups": close_groups}
            same = {key: scored.get(key, operator.eq)(ours.get(key), theirs[key]) for key in theirs}
            if list(ours) != list(theirs) or not all(same.values()):
                sys.exit(f"{model}: another DocBin in {[key for key in same if not same[key]]}")
    program(nlp, "in.jsonl", "--model", model, "--out", "out.spacy", "--restart", "--batch-size", "1")
    read = list(DocBin().from_disk("out.spacy").get_docs(spacy.blank("xx").vocab))
    assert len(read) == len(docs)
    for one, other in zip(read, docs):
        one_json, other_json = one.to_json(), other.to_json()
        assert close_cats([one_json.pop("cats", {})], [other_json.pop("cats", {})]), other.text
        assert one_json == other_json and [t.norm_ for t in one] == [t.norm_ for t in other], other.text
    print(f"{model}: DocBin is spaCy's, {len(docs)} documents")


def conllu(nlp, model):
    program(nlp, "in.jsonl", "--model", model, "--out", "out.conllu", "--restart")
    validator = os.path.join(os.path.dirname(sys.executable), "udvalidate")
    run = subprocess.run([validator, "--lang", "ud", "--level", "2", "out.conllu"], capture_output=True, text=True)
    told = run.stdout + run.stderr
    faults = [line for line in told.splitlines() if line.startswith("[Line") and not re.search(NOT_OURS, line)]
    if faults or not re.search(r"PASSED|FAILED", told):
        sys.exit("\n".join([f"{model}: CoNLL-U is not valid", *faults[:20], told[-500:]]))
    sentences = sum(line.startswith("# sent_id") for line in open("out.conllu", encoding="utf-8", newline="\n"))
    print(f"{model}: CoNLL-U is valid, {sentences} sentences")


def same_rows(rows, documents):
    assert len(rows) == len(documents), (len(rows), len(documents))
    for row, document in zip(rows, documents):
        assert row["text"] == document["text"]
        assert [[span["start"], span["end"], span["label"]] for span in row["ents"]] == document["ents"]
        assert [[span["start"], span["end"]] for span in row["sents"]] == document["sents"]
        assert {cat["label"]: cat["score"] for cat in row["cats"]} == document["cats"]
        groups = {}
        for s in row["spans"]:
            groups.setdefault(s["key"], []).append([s["start"], s["end"], s["label"], s["id"], s["kb_id"], s["score"]])
        assert groups == {key: group for key, group in document["spans"].items() if group}
        assert [[token[key] for key in TOKEN] for token in row["tokens"]] == [[t[key] for key in TOKEN] for t in document["tokens"]]


def columns(nlp, model, texts):
    lines = program(nlp, "in.jsonl", "--model", model, "--with", "cats,spans").decode()
    documents = [json.loads(line) for line in lines.split("\n") if line]
    # A row without a text, and columns that are kept.
    table = pa.table({"id": [f"d{i}" for i in range(len(texts) + 1)], "n": list(range(len(texts) + 1)), "text": [*texts, None]})
    parquet.write_table(table, "in.parquet", row_group_size=50)
    parquet.write_table(table, "zstd.parquet", compression="zstd", use_dictionary=False, data_page_version="2.0")
    feather.write_feather(table, "in.feather", chunksize=40)
    feather.write_feather(table, "zstd.feather", compression="zstd")
    with ipc.new_stream("in.arrows", table.schema) as stream:
        for batch in table.to_batches(max_chunksize=30):
            stream.write_batch(batch)
    for source in ["in.jsonl", "in.parquet", "zstd.parquet", "in.feather", "zstd.feather", "in.arrows"]:
        words = [source, "--model", model, "--restart", "--range-bytes", "2000"]
        program(nlp, *words, "--out", "out.parquet")
        same_rows(parquet.read_table("out.parquet").to_pylist(), documents)
        program(nlp, *words, "--out", "out.arrow")
        same_rows(feather.read_table("out.arrow").to_pylist(), documents)
    stream = open("in.arrows", "rb").read()
    for hands in [["--threads", "2"], ["--workers", "2"]]:
        out = program(nlp, "--arrow-stream", "--model", model, "--keep", "id,n", "--range-bytes", "2000", *hands, stdin=stream)
        rows = ipc.open_stream(out).read_all().to_pylist()
        same_rows(rows, documents)
        assert [(row["id"], row["n"], row["number"]) for row in rows] == [(f"d{i}", i, i + 1) for i in range(len(texts))]
    print(f"{model}: Arrow and Parquet are read by pyarrow, {len(documents)} documents")


def packed(nlp, model):
    whole = program(nlp, "in.jsonl", "--model", model)
    for tool, end in [("gzip", "gz"), ("zstd", "zst")]:
        program(nlp, "in.jsonl", "--model", model, "--out", f"out.jsonl.{end}", "--range-bytes", "2000", "--restart")
        assert subprocess.run([tool, "-dc", f"out.jsonl.{end}"], capture_output=True, check=True).stdout == whole
        subprocess.run([tool, "-kqf", "in.jsonl"], check=True)
        assert program(nlp, f"in.jsonl.{end}", "--model", model) == whole
    print(f"{model}: gzip and zstd are read by their tools, {len(whole)} bytes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts")
    parser.add_argument("pipelines", nargs="+")
    parser.add_argument("--nlp", default="target/debug/nlp")
    args = parser.parse_args()
    path, _, count = args.texts.partition(":")
    lines = [json.loads(line) for line in open(path, encoding="utf-8")]
    texts = [line["text"] for line in lines if "text" in line][: int(count) if count else None]
    nlp = os.path.abspath(args.nlp)
    here = os.getcwd()
    models = [os.path.abspath(model) if os.path.exists(model) else model for model in args.pipelines]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("in.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
        for model in models:
            pipeline = spacy.load(model)
            docbin(nlp, model, pipeline, texts)
            # Without heads no file is valid.
            if "parser" in pipeline.pipe_names:
                conllu(nlp, model)
            columns(nlp, model, texts)
        packed(nlp, models[0])
        os.chdir(here)


if __name__ == "__main__":
    main()
