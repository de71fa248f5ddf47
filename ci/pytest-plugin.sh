#!/usr/bin/env bash
# The pytest plugin as a user gets it: the wheel is built, installed in a virtual environment, and its tests run against
# what was installed. Skipped where there is no python3, or where PyPI cannot be reached.
#
# usage: HARNESS=target/debug/harness ci/pytest-plugin.sh
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v python3 >/dev/null; then
    echo "not run: there is no python3"
    exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if ! python3 -m venv "$scratch/venv" 2> "$scratch/venv.txt"; then
    echo "not run: python3 makes no virtual environment: $(tail -n 1 "$scratch/venv.txt")"
    exit 0
fi
python=$scratch/venv/bin/python
if ! "$python" -m pip install --quiet --disable-pip-version-check 'setuptools>=77' pytest pytest-xdist anyio \
    2> "$scratch/pip.txt"; then
    echo "not run: PyPI cannot be reached: $(tail -n 1 "$scratch/pip.txt")"
    exit 0
fi

wheel=$(HARNESS=${HARNESS:-target/debug/harness} PYTHON=$python python/build_wheel.sh "$scratch/wheels")
echo "$(basename "$wheel"), $(du -h "$wheel" | cut -f 1)"
"$python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps "$wheel"

# What is tested is what was installed: of the tree there are the tests alone.
cp -R python/tests "$scratch/tests"
cd "$scratch"
"$python" -m pytest --quiet -n 2 --dist loadfile -p no:cacheprovider tests
