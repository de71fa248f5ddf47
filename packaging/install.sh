#!/usr/bin/env bash
# Downloads a released `harness` and puts it into a folder, once its checksum is right.
#
# usage: packaging/install.sh VERSION FOLDER   VERSION as 0.1.0
#        RELEASES=URL                          where releases are: URL/v0.1.0/SHA256SUMS
#        SHA256=SUM                            what the archive's checksum has to be [default: what SHA256SUMS says]
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 VERSION FOLDER" >&2; exit 2; }
version=${1#v}
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*$ ]]; then
    echo "there is no version \"$version\": give one such as 0.1.0" >&2
    exit 2
fi
[ -n "${RELEASES:-}" ] || { echo "RELEASES is not set: it is where the releases are" >&2; exit 2; }
mkdir -p "$2"
folder=$(cd "$2" && pwd)
name=harness-$version-$(uname -m)-linux-gnu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fetch() {
    curl --fail --silent --show-error --location --retry 3 --output "$1" "$RELEASES/v$version/$1"
}
fetch "$name.tar.gz"
if [ -n "${SHA256:-}" ]; then
    echo "$SHA256  $name.tar.gz" > sum
else
    fetch SHA256SUMS
    # One line, of this file: a list without it would check nothing.
    grep -E "^[0-9a-f]{64} [ *]$name\.tar\.gz\$" SHA256SUMS > sum || {
        echo "SHA256SUMS of $version has no line for $name.tar.gz" >&2
        exit 1
    }
fi
sha256sum --check --strict --quiet sum
tar -xf "$name.tar.gz" --no-same-owner
install -m 755 "$name/harness" "$folder/harness"
"$folder/harness" --version
