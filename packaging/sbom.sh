#!/usr/bin/env bash
# Writes what the program is built of as CycloneDX: the crates of Cargo.lock, with their licences and checksums.
#
# Needs cargo-cyclonedx (cargo install cargo-cyclonedx).
#
# usage: packaging/sbom.sh FOLDER              harness-VERSION.cdx.json goes there
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
name=harness-$version.cdx
# It writes beside the Cargo.toml of each crate of the workspace, by this name.
find . -name "$name.json" -not -path './target/*' -delete
trap 'find . -name "$name.json" -not -path "./target/*" -delete' EXIT
cargo cyclonedx --quiet --manifest-path harness/Cargo.toml --format json --spec-version 1.5 \
    --target "$(uname -m)-unknown-linux-gnu" --no-build-deps --override-filename "$name"
cp "harness/$name.json" "$folder/$name.json"
python3 - "$folder/$name.json" <<'EOF'
import json, sys
document = json.load(open(sys.argv[1]))
assert document["bomFormat"] == "CycloneDX", document
components = document["components"]
assert len(components) > 50, f"{len(components)} components are too few"
without = sorted(one["name"] for one in components if not one.get("licenses"))
print(f"{sys.argv[1]}: {len(components)} components, without a licence: {without or 'none'}")
EOF
