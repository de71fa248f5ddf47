#!/usr/bin/env bash
# Runs annotate.py on a cluster of one master and two workers, each a process of its own, and compares what comes out with
# what `nlp annotate` writes by itself. Needs Java 17 or later and Python; PySpark comes from the package index.
#
# usage: examples/spark/test.sh [PYTHON]     PYTHON has pyspark, pandas and pyarrow; without it a virtual environment is made.
#                                            NLP names the program, if it is built already
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    wait
    rm -rf "$scratch"
}
trap cleanup EXIT
python=${1:-}
if [ -z "$python" ]; then
    python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check 'pyspark==4.0.*' 'pandas<3' pyarrow
    python=$scratch/venv/bin/python
fi
if [ -z "${NLP:-}" ]; then
    cargo build --quiet -p nlp-cli
    NLP=${CARGO_TARGET_DIR:-target}/debug/nlp
fi

"$python" - "$scratch" << 'END'
import sys
import pyarrow as pa, pyarrow.parquet as pq
texts = [f"Order {i} from Lisbon has not arrived. Ada Lovelace asked for it on May {i % 28 + 1}." for i in range(4000)]
pq.write_table(pa.table({"id": [f"o{i}" for i in range(len(texts))], "text": texts}), f"{sys.argv[1]}/in.parquet")
END
tar -C nlp-core/models -czf "$scratch/pipeline.tar.gz" en_ewt_sm

spark=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
export SPARK_HOME=$spark SPARK_LOCAL_IP=127.0.0.1 SPARK_LOG_DIR=$scratch PYSPARK_PYTHON=$python PYSPARK_DRIVER_PYTHON=$python
class=org.apache.spark.deploy
port=$((20000 + RANDOM % 20000))
"$spark/bin/spark-class" $class.master.Master --host 127.0.0.1 --port $port --webui-port 0 > "$scratch/master.log" 2>&1 &
pids+=($!)
for i in 1 2; do
    "$spark/bin/spark-class" $class.worker.Worker --host 127.0.0.1 --cores 1 --memory 1g --webui-port 0 \
        --work-dir "$scratch/work$i" "spark://127.0.0.1:$port" > "$scratch/worker$i.log" 2>&1 &
    pids+=($!)
done
"$spark/bin/spark-submit" --master "spark://127.0.0.1:$port" --conf spark.executor.memory=700m --conf spark.ui.enabled=false \
    --conf spark.cores.max=2 --conf spark.scheduler.minRegisteredResourcesRatio=1.0 \
    examples/spark/annotate.py "$scratch/in.parquet" "$scratch/out.parquet" --nlp "$NLP" --model "$scratch/pipeline.tar.gz" \
    --keep id --partitions 4 --range-bytes 1500 --memory "$scratch/memory.json" 2> "$scratch/driver.log" ||
    { tail -n 40 "$scratch/driver.log"; exit 1; }

"$NLP" annotate "$scratch/in.parquet" --model nlp-core/models/en_ewt_sm --out "$scratch/alone.parquet"
"$python" - "$scratch" << 'END'
import json, re, sys
import pyarrow.parquet as pq
scratch = sys.argv[1]
alone = {row.pop("text"): row for row in pq.read_table(f"{scratch}/alone.parquet").to_pylist()}
rows = pq.read_table(f"{scratch}/out.parquet").to_pylist()
assert len(rows) == len(alone) == 4000 and {row["id"] for row in rows} == {f"o{i}" for i in range(4000)}
for row in rows:
    other = alone[row["text"]]
    assert row["id"] == f"o{other['number'] - 1}"
    assert all(row[key] == other[key] for key in ("tokens", "ents", "sents", "cats", "spans")), row["id"]
memory = json.load(open(f"{scratch}/memory.json"))
assert len(memory) == 4 and sum(task["documents"] for task in memory) == 4000
verdicts = [task["workers"]["recycling"] for task in memory]
assert "needed" not in verdicts and "not_needed" in verdicts, verdicts
registered = re.findall(r"Registering worker", open(f"{scratch}/master.log").read())
assert len(registered) == 2, registered
print(f"4000 documents on two workers are those of one process; memory of the tasks' processes: {', '.join(verdicts)}")
END
