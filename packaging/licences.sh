#!/usr/bin/env bash
# The licences of the program, and of what it has inside it: sentences, a pipeline, and the letters of its plots.
#
# usage: packaging/licences.sh FOLDER      they go there
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

cp LICENSE-APACHE LICENSE-MIT harness/data/LICENSE-CC-BY-SA-4.0.txt harness/assets/LICENSE-Roboto.txt "$folder"
cp nlp-core/models/en_ewt_sm/MODEL.md "$folder/pipeline.md"
cp harness/data/README.md "$folder/sentences.md"
cp harness/assets/README.md "$folder/letters.md"
chmod 644 "$folder"/*
