#!/bin/sh
# Fills fuzz/corpus with a few valid files for each target, from the pipelines in the repository.
# usage: fuzz/seeds.sh, then: cargo +nightly fuzz run TARGET (config, document, msgpack,
# model, tokenizer, smaps, samples, valgrind, dhat or gate)
set -e
cd "$(dirname "$0")"
mkdir -p corpus/config corpus/document corpus/msgpack corpus/model corpus/tokenizer corpus/smaps corpus/samples \
    corpus/valgrind corpus/dhat corpus/gate

n=0
for dir in ../nlp-core/models/* ../nlp-core/tests/data/pipelines/*; do
    n=$((n + 1))
    cp "$dir/config.cfg" "corpus/config/config-$n"
    cp "$dir/meta.json" "corpus/config/meta-$n"
    cp "$dir/vocab/lookups.bin" "corpus/msgpack/lookups-$n"
    cp "$dir/vocab/key2row" "corpus/msgpack/key2row-$n"
    cp "$dir/vocab/vectors" "corpus/msgpack/vectors-$n"
    cp "$dir/tokenizer" "corpus/tokenizer/tokenizer-$n"
done

n=0
cat ../nlp-core/tests/data/golden/*.to_json.jsonl | while read -r document; do
    n=$((n + 1))
    printf '%s' "$document" > "corpus/document/$n"
done

# The order is that of the configurations in fuzz_targets/model.rs: the first byte picks one.
n=0
for name in tok2vec_v2 tok2vec_v1 tok2vec_v1_encoder_v2 mish_v1 mish_v2 cnn_v1 cnn_v2 tagger_v1 tagger_v2 \
    tagger_v2_normalize parser_v2 parser_v1_extra ner_v2_no_upper ner_v1; do
    file=../nlp-core/src/nn/golden/$name.model
    cp "$file" "corpus/msgpack/$name"
    { printf "\\$(printf %03o $n)"; cat "$file"; } > "corpus/model/$name"
    n=$((n + 1))
done

cp ../harness/tests/data/valgrind/*.xml corpus/valgrind/
cp ../harness/tests/data/dhat/*.json corpus/dhat/
# The first byte says what it is: see fuzz_targets/gate.rs.
{ printf '\000'; cat ../ci/leak-gate.toml; } > corpus/gate/configuration
{ printf '\001'; cat ../ci/leak-baseline.json; } > corpus/gate/baseline
{ printf '\002'; sed -n '/^```text/,/^```/{/^```/d;p}' ../suppressions/README.md; } > corpus/gate/suppressions
cp ../harness/tests/data/report/samples.jsonl corpus/samples/report
[ ! -r /proc/self/smaps ] || cat /proc/self/smaps > corpus/smaps/this-machine
