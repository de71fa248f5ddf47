#!/usr/bin/env bash
# Builds the wheel of the pytest plugin, with the program `harness` in it. Needs pip and setuptools (77 or later), and
# nothing from the network where they are there.
#
# usage: python/build_wheel.sh FOLDER      the wheel goes there
#        HARNESS=PATH                      a harness that is built already [default: builds it with --release]
#        PYTHON=PATH                       whose pip and setuptools [default: python3]
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
wheels=$(cd "$1" && pwd)
[ -z "${HARNESS:-}" ] || HARNESS=$(realpath "$HARNESS")
cd "$(dirname "$0")/.."

if [ -z "${HARNESS:-}" ]; then
    cargo build --quiet --release -p harness
    HARNESS=${CARGO_TARGET_DIR:-target}/release/harness
fi

# A copy, so that what the build leaves behind is nowhere in the tree.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R python/pyproject.toml python/setup.py python/README.md python/src LICENSE-APACHE LICENSE-MIT "$work"
# What the program has inside it comes with its own licences.
packaging/licences.sh "$work/licences"
rm "$work/licences/LICENSE-APACHE" "$work/licences/LICENSE-MIT"
find "$work" -name '*.egg-info' -prune -exec rm -rf {} +
find "$work" -name '__pycache__' -prune -exec rm -rf {} +
install -m 755 "$HARNESS" "$work/src/pytest_no_growth/harness"
# What a debugger would want of it is most of its size. The library inside it stays as it is.
if command -v strip >/dev/null; then
    strip "$work/src/pytest_no_growth/harness"
fi
"${PYTHON:-python3}" -m pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir "$wheels" "$work"
ls "$wheels"/pytest_no_growth-*.whl
