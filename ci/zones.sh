#!/usr/bin/env bash
# Memory zones at a small size: new words through zones leave nothing behind, on any number of threads; without zones
# growth is named; and a cache that no report lists is found.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

harness() {
    bash ci/harness.sh "$@" --out "$out/report" 2>"$out/progress.txt"
}

# Runs the harness, expects an exit code, and prints what it concluded.
expect() {
    local wanted=$1 status=0
    shift
    harness "$@" >"$out/said.txt" || status=$?
    if [ "$status" -ne "$wanted" ]; then
        cat "$out/said.txt" "$out/progress.txt"
        echo "expected exit code $wanted, got $status"
        exit 1
    fi
    # The last sentence, before the line that names the report.
    grep -v '^Report: ' "$out/said.txt" | grep . | tail -n 1
}

echo "== zones: new words, a zone for each batch"
expect 0 zones --distinct-words 200000

echo "== zones: whole pipeline, a zone for each document"
expect 0 zones --distinct-words 20000 --zones per-document --work parse

echo "== zones: none, as the positive control"
expect 0 zones --distinct-words 200000 --zones off
grep -q "lexemes by .* bytes a new word" "$out/said.txt" || { echo "the growth was not named"; exit 1; }

echo "== zones: 64 threads, each request in a zone out of a pool"
expect 0 zones --threads 64 --zones-per-thread 40 --words-per-zone 40 --zones per-request
grep "documents were read back" "$out/said.txt"
grep "^ok    permanent" "$out/said.txt"

echo "== zones: a cache that no report lists is planted: it has to be caught"
expect 1 zones --distinct-words 100000 --work tokenize --inject unregistered-cache
grep -q "no registered store" "$out/said.txt" || { echo "the unregistered store was not named as one"; exit 1; }
