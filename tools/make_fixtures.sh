#!/usr/bin/env bash
# Make the pipelines and golden files of nlp-core/tests/data again.
# usage: tools/make_fixtures.sh [--pipelines] EWT_TEST.txt EWT_DEV.txt     (needs: pip install "spacy>=3.8,<3.9" spacy-pkuseg)
# The two files hold the text of UD English EWT, one sentence a line. The toy pipelines are made again only with
# --pipelines, since weights differ in their last bits from processor to processor. PYTHON names the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1
python=${PYTHON:-python3}
data=nlp-core/tests/data
if [ "${1:-}" = --pipelines ]; then
  shift
  "$python" tools/make_toy_pipeline.py "$data/pipelines"
fi
[ $# -eq 2 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$python" tools/nasty_texts.py > "$scratch/nasty.jsonl"
mkdir -p "$data/golden"
golden() { # PIPELINE_DIR TEXTS...
  local name
  name=$(basename "$1")
  "$python" tools/make_golden.py "$@" --extra "$data/golden/$name.extra.jsonl" > "$data/golden/$name.jsonl"
  echo "wrote $data/golden/$name.jsonl: $(($(wc -l < "$data/golden/$name.jsonl") - 1)) texts"
}
golden nlp-core/models/en_ewt_sm "$scratch/nasty.jsonl:420" "$1:90" "$2:25:4"
for toy in de_toy:latin tr_toy:latin ar_toy:arabic; do
  "$python" tools/toy_corpus.py --script "${toy#*:}" > "$scratch/toy.jsonl"
  golden "$data/pipelines/${toy%:*}" "$scratch/toy.jsonl:40" "$scratch/nasty.jsonl:90"
done
"$python" tools/toy_corpus.py > "$scratch/toy.jsonl"
golden "$data/pipelines/en_shape" "$scratch/toy.jsonl:8" "$scratch/nasty.jsonl:6"
"$python" tools/toy_corpus.py --script han > "$scratch/toy.jsonl"
golden "$data/pipelines/zh_toy" "$scratch/toy.jsonl:10" "$scratch/nasty.jsonl:6"
# The same components in the other order: whichever comes second meets labels that it was not taught.
"$python" tools/toy_corpus.py > "$scratch/toy.jsonl"
cp -r "$data/pipelines/xx_twice" "$scratch/xx_twice_turned"
sed -i 's/^pipeline = .*/pipeline = ["other names", "names", "other tree", "tree"]/' "$scratch/xx_twice_turned/config.cfg"
"$python" tools/make_vector_golden.py "$data/golden/vectors.json"
for pipeline in "$data/pipelines/xx_twice" "$scratch/xx_twice_turned" "$data/pipelines/xx_classes"; do
  golden "$pipeline" "$scratch/toy.jsonl:30" "$scratch/nasty.jsonl:30"
done
