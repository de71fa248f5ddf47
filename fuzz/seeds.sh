#!/bin/sh
# Fills a folder (fuzz/corpus unless one is named) with what each target starts from: the small corpora in fuzz/seeds,
# and a few valid files from the pipelines in the repository.
# usage: fuzz/seeds.sh [DIR], then ci/fuzz.sh --hour [TARGET ...], or: cargo +nightly fuzz run TARGET
set -e
here=$(dirname "$0")
corpus=${1:-$here/corpus}
mkdir -p "$corpus"
corpus=$(cd "$corpus" && pwd)
cd "$here"
for source in fuzz_targets/*.rs; do
    target=$(basename "$source" .rs)
    mkdir -p "$corpus/$target"
    [ ! -d "seeds/$target" ] || cp "seeds/$target"/* "$corpus/$target/"
done

n=0
for dir in ../nlp-core/models/* ../nlp-core/tests/data/pipelines/*; do
    n=$((n + 1))
    cp "$dir/config.cfg" "$corpus/config/config-$n"
    cp "$dir/meta.json" "$corpus/config/meta-$n"
    cp "$dir/vocab/lookups.bin" "$corpus/msgpack/lookups-$n"
    cp "$dir/vocab/key2row" "$corpus/msgpack/key2row-$n"
    [ ! -f "$dir/tokenizer" ] || cp "$dir/tokenizer" "$corpus/tokenizer/tokenizer-$n"
done

n=0
cat ../nlp-core/tests/data/golden/*.to_json.jsonl | while read -r document; do
    n=$((n + 1))
    printf '%s' "$document" > "$corpus/document/$n"
done

# The order is that of the configurations in fuzz_targets/model.rs: the first byte picks one.
n=0
for name in tok2vec_v2 tok2vec_v1 tok2vec_v1_encoder_v2 mish_v1 mish_v2 cnn_v1 cnn_v2 tagger_v1 tagger_v2 \
    tagger_v2_normalize parser_v2 parser_v1_extra ner_v2_no_upper ner_v1 static_v2 static_v1 static_floret \
    cnn_v1_static cnn_v2_static chars_v2 chars_v1 chars_v2_static chars_v1_static \
    bow_v3 cnn_classifier_v1 reduce_classifier attention_classifier ensemble ensemble_of_cnn spancat spancat_chain \
    span_finder linker_v1 linker_v2; do
    file=../nlp-core/src/nn/golden/$name.model
    cp "$file" "$corpus/msgpack/$name"
    { printf "\\$(printf %03o $n)"; cat "$file"; } > "$corpus/model/$name"
    n=$((n + 1))
done

# Two bytes say how long the settings are and the rows of keys, behind which the table stands.
vectors() {
    printf '%b' "\\0$(printf %03o ${#2})\\0$(printf %03o $(($(printf '%b' "$3" | wc -c))))$2$3" > "$corpus/vectors/$1"
    printf "\\223NUMPY\\001\\000\\071\\000{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)}0123abcd" >> "$corpus/vectors/$1"
}
vectors default '{"mode": "default"}' '\0202\0141\0001\0146\0000'
vectors floret '{"mode": "floret", "minn": 1, "maxn": 2, "hash_count": 2, "attr": 66}' '\0200'

# The first byte is the language and mode, the second how many bytes of the word follow: see fuzz_targets/lemmas.rs. The
# table says that the lemma of "x" is "y".
for number in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    { printf "\\$(printf %03o $number)"; printf '\002es\201\254lemma_lookup\201\241x\241y'; } > "$corpus/lemmas/$number"
done

# The last eight bytes are a name to look up.
for base in links "old links"; do
    { cat "../nlp-core/tests/data/pipelines/xx_classes/$base/kb/contents"; printf '\0\0\0\0\0\0\0\0'; } > "$corpus/kb/$base"
done
# The first byte says what it is: see fuzz_targets/archive.rs.
for dir in ../nlp-core/tests/data/pipelines/*; do
    { printf '\000'; tar -C "$dir" -cz .; } > "$corpus/archive/$(basename "$dir")"
done
printf '\001' > "$corpus/archive/zip"
printf '\002' > "$corpus/archive/tar"

cp ../harness/tests/data/valgrind/*.xml "$corpus/valgrind/"
cp ../harness/tests/data/dhat/*.json "$corpus/dhat/"
for file in ../harness/tests/data/captures/*/10.* ../harness/tests/data/captures/go-pprof-sampled/*; do
    kind=$(basename "$(dirname "$file")")
    case $file in
        # Packed, a change to a byte of it is seldom one of what is in it.
        *.gz) gzip -dc "$file" > "$corpus/captures/$kind-$(basename "$file" .gz)" ;;
        *) cp "$file" "$corpus/captures/$kind" ;;
    esac
done
cp ../harness/tests/data/captures/go-pprof/10.pb.gz "$corpus/captures/gzip"
# The first byte says what it is: see fuzz_targets/gate.rs.
{ printf '\000'; cat ../ci/leak-gate.toml; } > "$corpus/gate/configuration"
{ printf '\001'; cat ../ci/leak-baseline.json; } > "$corpus/gate/baseline"
{ printf '\002'; sed -n '/^```text/,/^```/{/^```/d;p}' ../suppressions/README.md; } > "$corpus/gate/suppressions"
cp ../harness/tests/data/report/samples.jsonl "$corpus/samples/report"
# A recording of the harness's own, and a file of mprof's.
{
    echo '{"kind":"begin","version":1,"tool":{"name":"harness","version":"0.1.0","profile":"debug"},"command":["./work"],"pid":7,"attached":false,"preloaded":true,"started_at":"2026-11-30T10:00:00Z","unix_seconds":1.0,"interval_seconds":0.1}'
    echo '{"kind":"process","seconds":0.0,"pid":7,"parent":1,"command":"./work"}'
    for at in 0 1 2 3 4 5; do
        echo "{\"kind\":\"mark\",\"seconds\":$at.1,\"text\":\"request\",\"count\":2}"
        echo "{\"kind\":\"sample\",\"seconds\":$at.5,\"processes\":1,\"total\":{\"resident_bytes\":$at,\"heap_bytes\":7},\"each\":[{\"pid\":7,\"resident_bytes\":$at,\"heap_bytes\":7}]}"
    done
    echo '{"kind":"site","site":0,"pid":7,"measure":"heap","function":"take","file":"work.c","line":16,"stack":[]}'
    echo '{"kind":"held","seconds":1.0,"sites":[[0,48,1]]}'
    echo '{"kind":"end","seconds":6.0,"how":"ended with exit code 0","exit_code":0,"signal":null,"interrupted":false}'
} > "$corpus/over_time/recording"
printf 'CMDLINE python3 job.py\nFUNC work 1.5 1000.5 2.0 1001.5 1\nMEM 1.5 1000.0\nCHLD 8 1.0 1000.0\nMEM 2.5 1001.0\n' > "$corpus/over_time/mprof"
# Tables, JSON and an answer of Prometheus: the beginnings of what tools wrote.
for file in ../harness/tests/data/series/*.csv ../harness/tests/data/series/*.txt ../harness/tests/data/series/*.jsonl; do
    head -n 40 "$file" > "$corpus/over_time/$(basename "$file")"
done
printf '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"process_open_fds","instance":"a"},"values":[[1790000000,"7"],[1790000001,"NaN"],[1790000002,"9"]]}]}}' \
    > "$corpus/over_time/prometheus"
printf '[{"t": 1, "memory": {"rss": 5}, "stores": [{"name": "a", "bytes": 7}]}, {"t": 2, "memory": {"rss": 6}}]' > "$corpus/over_time/array"
printf 'host;Zeit;metric;value\na;30.11.2026 10:00:00;rss_mb;1.234,5\nb;30.11.2026 10:00:01;fds;"7"\n' > "$corpus/over_time/long"
printf 'iter,live_bytes,warmup\n0,5,true\n1,6,false\n0,5,true\n1,7,false\n' | gzip > "$corpus/over_time/packed"
if [ -r /proc/self/smaps ]; then
    cat /proc/self/smaps > "$corpus/smaps/this-machine"
    cp "$corpus/smaps/this-machine" "$corpus/captures/smaps"
fi
# The readers of files: the first two bytes of `files` say what it is and where to stop.
printf '# newdoc id = 1\n1-2\tim\t_\t_\t_\t_\t_\t_\t_\t_\n1\tin\tin\tADP\tIN\tA=B\t2\tcase\t_\tNE=B-X\n2\tdem\tder\tDET\t_\t_\t0\troot\t_\tNE=L-X|SpacesAfter=\\s\\n\n\n' \
    > "$corpus/conllu/words"
printf '\000\001one\r\n\ntwo\nthree' > "$corpus/files/lines"
printf '\002\001{"t": "one"}\n{"t": 2}\n' > "$corpus/files/jsonl"
printf '\004\001a,t\r\n1,"b ""c"",\n"\r\n2\n3,d' > "$corpus/files/csv"
{ printf '\000\001'; printf 'one\ntwo\n' | gzip; } > "$corpus/files/gzip"
printf '\001\002\377\376a\000\n\000b\000' > "$corpus/files/utf16"
