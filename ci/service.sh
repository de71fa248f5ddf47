#!/usr/bin/env bash
# `nlp serve` as strangers' programs see it: schemathesis holds its answers against its OpenAPI description, with a token
# and without, and Prometheus scrapes it. What is missing is installed where it can be, schemathesis in the target's
# folder; what cannot be is left out, and that is said.
#
# usage: ci/service.sh        NLP names the program, SCHEMATHESIS that of schemathesis; EXAMPLES are its cases
set -euo pipefail
cd "$(dirname "$0")/.."

nlp=$(realpath "${NLP:-target/debug/nlp}")
tools=$(mkdir -p "${CARGO_TARGET_DIR:-target}/tools" && cd "${CARGO_TARGET_DIR:-target}/tools" && pwd)
schemathesis=$(command -v "${SCHEMATHESIS:-schemathesis}" || true)
if [ -z "$schemathesis" ]; then
    { [ -x "$tools/schemathesis/bin/schemathesis" ] || { python3 -m venv "$tools/schemathesis" \
        && "$tools/schemathesis/bin/pip" install --quiet --disable-pip-version-check 'schemathesis>=4,<5'; }; } \
        > /dev/null 2>&1 || true
    schemathesis=$(command -v "$tools/schemathesis/bin/schemathesis" || true)
fi
if ! command -v prometheus > /dev/null && command -v apt-get > /dev/null && [ "$(id -u)" -eq 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus; } > /dev/null 2>&1 || true
fi
scratch=$(mktemp -d)
# Whatever these programs keep of their runs goes with it.
cd "$scratch"
started=()
end() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait
    rm -rf "$scratch"
}
trap end EXIT
printf 'a-token-for-the-checks\n' > "$scratch/token"

# Starts a service with these options, and sets `address`.
start() {
    "$nlp" serve --listen 127.0.0.1:0 --log warn "$@" 2> "$scratch/said.txt" &
    service=$!
    started+=("$service")
    for _ in $(seq 300); do
        address=$(sed -n 's,.*listening on http://,,p' "$scratch/said.txt")
        [ -z "$address" ] || return 0
        sleep 0.1
    done
    cat "$scratch/said.txt"
    exit 1
}

# Ends it; it has to have answered all that it accepted.
stop() {
    kill -TERM "$service"
    wait "$service"
    if grep -E 'ERROR|WARN' "$scratch/said.txt"; then exit 1; fi
}

if [ -n "$schemathesis" ]; then
    start
    "$schemathesis" run "http://$address/openapi.json" --max-examples "${EXAMPLES:-100}" --no-color > "$scratch/st.txt" 2>&1 \
        || { cat "$scratch/st.txt"; exit 1; }
    stop
    echo "ok    $(grep -E 'generated' "$scratch/st.txt" | tail -n 1 | xargs)"
    start --token-file "$scratch/token"
    "$schemathesis" run "http://$address/openapi.json" --max-examples "${EXAMPLES:-100}" --no-color \
        -H "Authorization: Bearer $(cat "$scratch/token")" > "$scratch/st.txt" 2>&1 || { cat "$scratch/st.txt"; exit 1; }
    stop
    echo "ok    with a token: $(grep -E 'generated' "$scratch/st.txt" | tail -n 1 | xargs)"
else
    echo "not run: schemathesis is not installed"
fi

if command -v prometheus > /dev/null && command -v curl > /dev/null; then
    start --token-file "$scratch/token"
    for _ in 1 2 3; do
        curl -sS -o "$scratch/answer" -H "Authorization: Bearer $(cat "$scratch/token")" \
            -H 'Content-Type: application/json' -d '["Ada Lovelace wrote it."]' "http://$address/parse"
    done
    cat > "$scratch/prometheus.yml" <<EOF
scrape_configs:
  - job_name: nlp
    scrape_interval: 1s
    authorization: { credentials_file: $scratch/token }
    static_configs: [ { targets: [ "$address" ] } ]
EOF
    port=$((20000 + RANDOM % 20000))
    prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/tsdb" \
        --web.listen-address="127.0.0.1:$port" > "$scratch/prometheus.txt" 2>&1 &
    started+=($!)
    # What Prometheus has of a figure, once it has it.
    figure() {
        local value
        for _ in $(seq 100); do
            value=$(curl -sS "http://127.0.0.1:$port/api/v1/query" --data-urlencode "query=$1" 2> /dev/null \
                | sed -n 's/.*"value":\[[^,]*,"\([^"]*\)"\].*/\1/p')
            [ -z "$value" ] || break
            sleep 0.2
        done
        echo "$value"
    }
    expect() {
        local found
        found=$(figure "$1")
        [ "$found" = "$2" ] || { tail -n 5 "$scratch/prometheus.txt"; echo "FAIL  $1 is '$found' and not $2"; exit 1; }
    }
    expect 'up{job="nlp"} == 1' 1
    expect 'nlp_requests_total{route="/parse",status="200"}' 3
    expect 'nlp_request_duration_seconds_bucket{route="/parse",le="+Inf"}' 3
    expect 'nlp_store_entries{owner="vocabulary",store="strings"}' 0
    expect 'nlp_zones_open' 0
    [ "$(figure 'nlp_heap_live_bytes > bool 1000000')" = 1 ] || { echo "FAIL  no live heap"; exit 1; }
    stop
    echo "ok    Prometheus $(prometheus --version 2>&1 | sed -n 's/.*version \([0-9.]*\).*/\1/p' | head -n 1) scrapes it"
else
    echo "not run: prometheus or curl is not installed"
fi
