#!/usr/bin/env bash
# The pages of reports in a real browser: the answer is on the first screen of a phone and of a desk, nothing scrolls
# sideways, tables are sorted and filtered, the icicle is searched and gone into, light and dark, with and without scripts,
# and axe finds nothing. A page of ten thousand call sites opens at once. Where there is no browser, it says so.
set -euo pipefail
cd "$(dirname "$0")/.."
harness=${HARNESS:-$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/harness}
out=${PAGE_OUT:-$(mktemp -d)}
[ -n "${PAGE_OUT:-}" ] || trap 'rm -rf "$out"' EXIT

browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ] && command -v apt-get > /dev/null && [ "$(id -u)" -eq 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } > /dev/null 2>&1 || true
    browser=$(command -v chromium || true)
fi
tools=${PAGE_TOOLS:-$out/tools}
if [ -n "$browser" ] && command -v node > /dev/null && [ ! -d "$tools/node_modules/axe-core" ]; then
    mkdir -p "$tools"
    npm install --prefix "$tools" --silent --no-audit --no-fund puppeteer-core@24 axe-core@4 > /dev/null 2>&1 || true
fi
if [ -z "$browser" ] || [ ! -d "$tools/node_modules/axe-core" ]; then
    echo "== the pages are not looked at: there is no browser here, or no way to drive it"
    exit 0
fi

# Runs a job that may find a leak: 0 and 1 are both its word.
job() {
    local status=0
    "$@" > "$out/log" 2>&1 || status=$?
    [ "$status" -le 1 ] || { cat "$out/log"; echo "$* ended with $status"; exit 1; }
}

# A small program that leaks, and one with very many call sites, whose file has a name that would like to be more.
cat > "$out/small.c" << 'C'
#include <stdlib.h>
#include <string.h>
static char *copy(const char *text) { return strdup(text); }
static void request(int number) {
    char *name = copy("a name that nobody frees");
    if (number % 2) free(name);
}
int main(int argc, char **argv) {
    for (int at = 0; argc > 1 && at < atoi(argv[1]); at++) request(at);
    return 0;
}
C
awk 'BEGIN {
    print "#include <stdlib.h>\n#line 1 \"</script><img src=x onerror=alert(1)>.c\""
    for (at = 0; at < 10000; at++) printf "static void *site_%d(void) { return malloc(%d); }\n", at, 16 + at % 200
    print "int main(int argc, char **argv) { for (int at = 0; argc > 1 && at < atoi(argv[1]); at++) {"
    for (at = 0; at < 10000; at++) printf "site_%d();\n", at
    print "} return 0; }"
}' > "$out/large.c"
cat > "$out/gate.toml" << 'TOML'
baseline = "baseline.json"

[[workload]]
name = "small"
command = ["./small", "{iters}"]
iters = [10, 20, 40]
TOML
gcc -g -O0 -o "$out/small" "$out/small.c"
gcc -g -O0 -w -o "$out/large" "$out/large.c" &
cd "$out"
job "$harness" --iters 24 --dhat-iters 2 --probes rss,heap,sites,groups,dhat --inject activation-leak --out main
job "$harness" --iters 24 --probes rss,heap,sites --out flat
job "$harness" run --out run -- ./small '{iters}'
job "$harness" gate --config gate.toml --out gate --accept --reason "to see it"
wait
job "$harness" run --iters 1,2,3 --out many -- ./large '{iters}'
cd - > /dev/null

node ci/page.mjs --tools "$tools" --browser "$browser" ${PAGE_SHOTS:+--shots "$PAGE_SHOTS"} \
    main="$out/main/report.html" flat="$out/flat/report.html" run="$out/run/report.html" gate="$out/gate/report.html" \
    large="$out/many/report.html"
