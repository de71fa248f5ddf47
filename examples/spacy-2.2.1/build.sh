#!/usr/bin/env bash
# Installs spaCy 2.2.1 in a virtual environment, and compiles its parser's model again with debug information: the
# published module has none. Needs CPython 3.7, for which that spaCy was published, g++ and the network.
#
# usage: PYTHON=PATH examples/spacy-2.2.1/build.sh FOLDER [RELEASE]      [default: 2.2.1; 2.2.2 has the repair]
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: PYTHON=PATH $0 FOLDER [RELEASE]" >&2; exit 2; }
release=${2:-2.2.1}
python=${PYTHON:-python3.7}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$version" = 3.7 ] || { echo "$python is Python $version, and this needs 3.7: set PYTHON" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cp "$(dirname "$0")/parse.py" "$folder"
cd "$folder"

"$python" -m venv venv
pip() { venv/bin/pip --quiet --disable-pip-version-check "$@" 2>&1 | { grep -v DEPRECATION || true; }; }
pip install --upgrade 'pip<24' 'setuptools<60' 'wheel<0.34' 'cython<0.30'
# 2.2.2 asks for any importlib-metadata, and does not run with those of today.
pip install --only-binary :all: "spacy==$release" 'importlib-metadata<5'
pip download --no-deps --no-binary :all: --no-build-isolation "spacy==$release"
tar xzf "spacy-$release.tar.gz"

installed=$(venv/bin/python -c 'import os, spacy; print(os.path.dirname(os.path.dirname(spacy.__file__)))')
cd "spacy-$release"
include() { ../venv/bin/python -c "import sysconfig; print(sysconfig.get_path('include'))"; }
headers() { find "$installed" -type d -name include -printf '-I%p '; }
# shellcheck disable=SC2046 # Several words.
g++ -shared -fPIC -O2 -g -fwrapv -std=c++11 -w "-I$(include)" -Iinclude $(headers) \
    spacy/syntax/_parser_model.cpp -o "$installed"/spacy/syntax/_parser_model.cpython-37m-x86_64-linux-gnu.so
