#!/usr/bin/env bash
# The book and the README: every page is in the summary, every link leads somewhere, and every console example runs and
# ends with the exit code that its page gives. The book is built with mdbook, which is installed in the target's folder
# where there is none. Rust examples are tests of nlp-core's documentation, and run with the others.
#
# Each page runs its examples in order, in a folder of its own with `ci`, `suppressions`, `nlp-core` and
# `reports/reference` in it. A comment before a block says what is special about it:
#
#   <!-- exit 1 -->             it ends with that code (else 0)
#   <!-- small: OPTIONS -->     it would take too long: here these options are added
#                               (valgrind over the pipeline is left to the gate and to ci/main-job.sh)
#   <!-- not run: REASON -->    it is only shown
#   <!-- file: NAME -->         the block is written to that file
#
# usage: ci/book.sh [PAGE ...]   runs the examples of these pages alone, such as docs/src/gate.md
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
target=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
pages=(docs/src/*.md)
failed=0
fail() {
    echo "FAIL  $*"
    failed=1
}

echo "== the book"
mdbook=$(PATH=$PATH:$target/tools/bin command -v mdbook || true)
if [ -z "$mdbook" ]; then
    # Once, and built quickly rather than fast: a minute of one processor.
    cargo install --quiet --locked mdbook@0.5.4 --no-default-features --debug --root "$target/tools" \
        --config profile.dev.opt-level=0 --config profile.dev.debug=false > "$scratch/install.txt" 2>&1 || true
    mdbook=$(PATH=$PATH:$target/tools/bin command -v mdbook || true)
fi
if [ -n "$mdbook" ]; then
    # A warning is a broken book: mdbook builds it all the same.
    "$mdbook" build docs --dest-dir "$scratch/book" > "$scratch/mdbook.txt" 2>&1 || fail "mdbook: $(cat "$scratch/mdbook.txt")"
    if grep -E 'WARN|ERROR' "$scratch/mdbook.txt"; then fail "mdbook had something to say"; fi
    echo "ok    built by $("$mdbook" --version)"
else
    echo "mdbook could not be installed: links and examples alone: $(tail -n 1 "$scratch/install.txt")"
fi

for page in "${pages[@]}"; do
    name=$(basename "$page")
    [ "$name" = SUMMARY.md ] || grep -qF "]($name)" docs/src/SUMMARY.md || fail "$page is not in SUMMARY.md"
done
# The picture is that of the report beside it.
cmp -s reports/reference/heap.png docs/src/images/heap.png || fail "docs/src/images/heap.png is not reports/reference/heap.png"

# The text of a page without its code.
prose() {
    awk '/^ *```/ { code = !code; next } !code { gsub(/`[^`]*`/, "code"); print }' "$1"
}
# The anchors of a page: its headings as mdbook and GitHub name them.
anchors() {
    awk '/^ *```/ { code = !code; next } !code && /^#+ / {
        sub(/^#+ +/, ""); $0 = tolower($0); gsub(/[^a-z0-9 _-]/, ""); gsub(/ /, "-"); print }' "$1"
}
links=0
for page in README.md SECURITY.md "${pages[@]}"; do
    while read -r link; do
        case $link in
            http://* | https://* | mailto:* | '') continue ;;
        esac
        links=$((links + 1))
        path=${link%%#*} anchor=
        [ "$path" = "$link" ] || anchor=${link#*#}
        file=$page
        [ -z "$path" ] || file=$(dirname "$page")/$path
        case $page:$path in
            docs/src/*:*..*) fail "$page: $link leads out of the book" ;;
        esac
        if [ ! -e "$file" ]; then
            fail "$page: $link leads nowhere"
        elif [ -n "$anchor" ] && ! anchors "$file" | grep -qxF -- "$anchor"; then
            fail "$page: $file has no heading #$anchor"
        fi
    done < <(prose "$page" | grep -oE '\]\([^) ]*\)' | sed -E 's/^\]\((.*)\)$/\1/')
done
echo "      ${#pages[@]} pages, $links links"

echo "== the book's console examples"
# Where CI has built them (see ci/harness.sh), both are in one folder.
[ -n "${HARNESS:-}" ] || cargo build --quiet -p harness -p nlp-cli
programs=$(dirname "${HARNESS:-$target/debug/harness}")
mkdir "$scratch/bin"
ln -s "$programs/harness" "$programs/nlp" "$scratch/bin/"
cat > "$scratch/bin/cargo" <<'EOF'
#!/bin/sh
# Tests and benches have their own place in CI.
case "$1 $2 $3 $4" in
    "run -p harness --") shift 4; exec harness "$@" ;;
    "run -p nlp-cli --") shift 4; exec nlp "$@" ;;
    "test "*) exit 0 ;;
esac
echo "an example that nobody runs: cargo $*"
exit 99
EOF
chmod +x "$scratch/bin/cargo"

# Runs one command of a page.
ran=0 smaller=0 shown=0
example() {
    local page=$1 command=$2 wanted=$3 small=$4 status=0 begun=$SECONDS
    [ -z "$small" ] || { command="$command $small" smaller=$((smaller + 1)); }
    (cd "$place" && PATH=$scratch/bin:$PATH timeout 300 bash -o pipefail -c "$command") > "$scratch/said.txt" 2>&1 || status=$?
    ran=$((ran + 1))
    if [ "$status" -ne "$wanted" ]; then
        tail -n 20 "$scratch/said.txt"
        fail "$page: exit code $status, not $wanted: $command"
    fi
    [ $((SECONDS - begun)) -lt 20 ] || echo "slow  $((SECONDS - begun)) s: $command"
}

with_examples=("$@")
[ $# -gt 0 ] || with_examples=(README.md "${pages[@]}")
for page in "${with_examples[@]}"; do
    place=$scratch/$(basename "$page" .md)
    mkdir -p "$place/reports"
    cp -r ci suppressions "$place/"
    ln -s "$root/nlp-core" "$place/nlp-core"
    cp -r reports/reference "$place/reports/"
    block='' wanted=0 small='' skip='' file=''
    while IFS= read -r line <&3; do
        case $block:$line in
            :'<!-- exit '*) wanted=${line#*exit } wanted=${wanted%% *} ;;
            :'<!-- small: '*) small=${line#*small: } small=${small% -->} ;;
            :'<!-- not run: '*) skip=yes ;;
            :'<!-- file: '*) file=${line#*file: } file=${file% -->} ;;
            :'```'*) block=${line#'```'} block=${block:-none} ;;
            :*) ;;
            *:'```')
                block='' wanted=0 small='' skip='' file=''
                ;;
            *)
                if [ -n "$file" ]; then
                    printf '%s\n' "$line" >> "$place/$file"
                elif [ "$block" = console ] && [[ $line = '$ '* ]]; then
                    command=${line#'$ '}
                    while [ "${command%\\}" != "$command" ] && IFS= read -r line <&3; do
                        command=${command%\\}$line
                    done
                    if [ -n "$skip" ]; then
                        shown=$((shown + 1))
                    else
                        example "$page" "$command" "$wanted" "$small"
                    fi
                fi
                ;;
        esac
    done 3< "$page"
done
echo "      $ran examples ran, $smaller of them at a smaller size; $shown are only shown"
exit "$failed"
