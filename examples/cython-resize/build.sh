#!/usr/bin/env bash
# Builds the extension in a folder of its own, with a virtual environment for Cython.
#
# usage: examples/cython-resize/build.sh FOLDER
#        PYTHON=PATH   [default: python3]
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")"
cp parsing.pyx run.py setup.py "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cython setuptools
cd "$folder"
venv/bin/python setup.py --quiet build_ext --inplace
