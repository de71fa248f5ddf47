#!/usr/bin/env bash
# The packages of a release, as far as they do not depend on how the program was built: made, installed and tried. The
# program of the tests stands in for the one that packaging/build.sh makes.
#
# usage: HARNESS=target/debug/harness ci/packages.sh
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in python3 dpkg-deb groff curl; do
    if ! command -v "$tool" > /dev/null; then
        echo "not run: there is no $tool"
        exit 0
    fi
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
strip -o "$scratch/harness" "${HARNESS:-target/debug/harness}"
packaging/pack.sh "$scratch/harness" "$scratch/packages"
packaging/check.sh "$scratch/packages"
