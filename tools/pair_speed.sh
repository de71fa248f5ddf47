#!/usr/bin/env bash
# Words per second of nlp-core and of spaCy over the same text, one thread each, in alternating rounds of one run.
# usage: tools/pair_speed.sh [--rounds 3] [--model DIR] [--texts FILE] [SPACY_SPEED.py]
# FILE holds one document a line [default: the benchmark's own text]. SPACY_SPEED.py is the script that times spaCy
# [default: tools/spacy_speed.py]; PYTHON names the interpreter that has spaCy. DIR may be the name of a package. Prints a
# line a round, then the median of each, the median of the rounds' ratios, the peak resident memory of both, and how long
# they take to load the pipeline: with its files in memory, and (cold) after the system has let go of them.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=3
model=nlp-core/models/en_ewt_sm
texts=nlp-core/benches/data/ewt-test.txt
spacy_speed=tools/spacy_speed.py
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2; shift 2 ;;
    --model) model=$2; shift 2 ;;
    --texts) texts=$2; shift 2 ;;
    -*) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;;
    *) spacy_speed=$1; shift ;;
  esac
done
export OMP_NUM_THREADS=1
python=${PYTHON:-python3}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
cargo bench -q -p nlp-core --bench pipeline --no-run
if [ -e "$model" ]; then model=$(realpath "$model"); fi
texts=$(realpath "$texts")
ours() { # TEXTS
  cargo bench -q -p nlp-core --bench pipeline -- --model "$model" --texts "$1" --repeat 2 --json | tail -n 1
}
for round in $(seq "$rounds"); do
  ours "$texts" > "$results/ours-$round.json"
  "$python" "$spacy_speed" "$model" "$texts" --repeat 2 | tail -n 1 > "$results/spacy-$round.json"
  "$python" - "$results" "$round" << 'PY'
import json, sys
ours, spacy = (json.load(open(f"{sys.argv[1]}/{side}-{sys.argv[2]}.json")) for side in ("ours", "spacy"))
print(f"round {sys.argv[2]}: nlp-core {ours['words_per_second']:,} words/s, spaCy {spacy['words_per_second']:,} words/s")
if ours["tokens"] != spacy["tokens"]:
    sys.exit(f"not the same work: {ours['tokens']} tokens here, {spacy['tokens']} there")
PY
done
# Cold loads, in turns: the files' pages are dropped before each.
head -n 1 "$texts" > "$results/one.txt"
evict() {
  "$python" - "$model" << 'PY'
import importlib.util, os, sys
place = sys.argv[1]
if not os.path.exists(place):
    place = importlib.util.find_spec(place).submodule_search_locations[0]
os.sync()
for folder, _, files in os.walk(place):
    for name in files:
        file = os.open(os.path.join(folder, name), os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)
PY
}
for round in $(seq "$rounds"); do
  evict; ours "$results/one.txt" > "$results/cold-ours-$round.json"
  evict; "$python" "$spacy_speed" "$model" "$results/one.txt" | tail -n 1 > "$results/cold-spacy-$round.json"
done
"$python" - "$results" << 'PY'
import glob, json, statistics, sys
def runs(side):
    return [json.load(open(path)) for path in sorted(glob.glob(f"{sys.argv[1]}/{side}-*.json"))]
ours, spacy = runs("ours"), runs("spacy")
def middle(runs):
    return statistics.median(run["words_per_second"] for run in runs)
def peak(runs):
    return max(run["peak_rss_mib"] for run in runs)
def load(runs):
    return 1000 * statistics.median(run["load_seconds"] for run in runs)
pairs = zip(ours, spacy)
ratio = statistics.median(one["words_per_second"] / other["words_per_second"] for one, other in pairs)
print(f"median: nlp-core {middle(ours):,.0f} words/s in {peak(ours):.1f} MiB, spaCy {middle(spacy):,.0f} words/s in {peak(spacy):.1f} MiB")
print(f"median of the rounds: {ratio:.2f}x the speed; {peak(ours) / peak(spacy):.2f}x the peak memory")
print(f"to load it: nlp-core {load(ours):.0f} ms, spaCy {load(spacy):.0f} ms; cold: nlp-core {load(runs('cold-ours')):.0f} ms, spaCy {load(runs('cold-spacy')):.0f} ms")
PY
