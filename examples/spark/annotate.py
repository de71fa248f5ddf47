#!/usr/bin/env python3
"""Annotate a table of texts with `nlp annotate` as Spark's worker: batches of Arrow in, batches of Arrow out.

usage: spark-submit --master URL annotate.py TEXTS.parquet OUT.parquet --nlp target/release/nlp
                    [--model PIPELINE.tar.gz] [--text text] [--keep id] [--partitions N] [--memory MEMORY.json]

The program and the pipeline are shipped with the job: the machines of the cluster need nothing but Python and pyarrow.
Each task starts `nlp annotate --arrow-stream` once for its partition, and writes and reads at the same time, so that
nothing piles up on either side. The program cuts the texts into ranges by their bytes, however many rows Spark puts into
a batch. What it runs the pipeline in is a process of its own, whose memory it judges from outside: --memory collects what
it says of that, task by task.
"""
import argparse
import json
import os
import subprocess
import tempfile
import threading

from pyspark import AccumulatorParam, SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

SPAN = "start: int, end: int, label: string, id: string, kb_id: string"
TOKEN = ("text: string, ws: boolean, idx: int, norm: string, tag: string, pos: string, morph: string, lemma: string, head: int, "
         "dep: string, sent_start: boolean, ent_iob: string, ent_type: string")
DOCUMENT = (f"number bigint, text string, tokens array<struct<{TOKEN}>>, ents array<struct<{SPAN}>>, "
            "sents array<struct<start: int, end: int>>, cats array<struct<label: string, score: float>>, "
            "spans array<struct<key: string, start: int, end: int, label: string, id: string, kb_id: string, score: float>>")


class Listed(AccumulatorParam):
    """What tasks say, in a list."""

    def zero(self, value):
        return []

    def addInPlace(self, one, other):
        return one + other


def annotator(program, model, text, keep, range_bytes, said):
    """A function for mapInArrow. `program` and `model` are names of files that were shipped with the job."""

    def feed(process, schema, batches, failed):
        import pyarrow as pa

        try:
            with process.stdin, pa.ipc.new_stream(process.stdin, schema) as stream:
                for batch in batches:
                    stream.write_batch(batch)
        except BrokenPipeError:
            pass  # it says itself why it reads no more
        except BaseException as error:  # to be raised by the thread that reads
            failed.append(error)
            process.kill()

    def run(batches):
        import itertools

        import pyarrow as pa

        first = next(batches, None)
        if first is None:
            return
        path = SparkFiles.get(program)
        os.chmod(path, 0o755)
        with tempfile.TemporaryDirectory() as folder, open(f"{folder}/told", "w+b") as told:
            command = [path, "annotate", "--arrow-stream", "--field", text, "--workers", "1", "--range-bytes", str(range_bytes),
                       "--json-summary", f"{folder}/summary"]
            command += ["--keep", ",".join(keep)] if keep else []
            command += ["--model", SparkFiles.get(model)] if model else []
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told)
            failed = []
            feeder = threading.Thread(target=feed, args=(process, first.schema, itertools.chain([first], batches), failed))
            feeder.start()
            try:
                yield from pa.ipc.open_stream(process.stdout)
            except pa.ArrowInvalid:
                pass  # the program ended early: its exit code says so
            finally:
                process.stdout.close()
                feeder.join()
                code = process.wait()
            if failed:
                raise failed[0]
            told.seek(0)
            complaints = told.read().decode(errors="replace")
            # 1: some texts failed, and are told on standard error; the others are there.
            if code not in (0, 1):
                raise RuntimeError(f"nlp annotate ended with {code}: {complaints}")
            with open(f"{folder}/summary") as summary:
                said.add([json.load(summary)])

    return run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts")
    parser.add_argument("out")
    parser.add_argument("--nlp", required=True)
    parser.add_argument("--model")
    parser.add_argument("--text", default="text")
    parser.add_argument("--keep", default="")
    parser.add_argument("--partitions", type=int)
    parser.add_argument("--range-bytes", type=int, default=256 << 10)
    parser.add_argument("--memory")
    args = parser.parse_args()
    keep = [name for name in args.keep.split(",") if name]

    spark = SparkSession.builder.appName("nlp annotate").getOrCreate()
    for path in filter(None, [args.nlp, args.model]):
        spark.sparkContext.addFile(os.path.abspath(path))
    said = spark.sparkContext.accumulator([], Listed())
    table = spark.read.parquet(args.texts)
    table = table.select(*keep, args.text)
    if args.partitions:
        table = table.repartition(args.partitions)
    fields = [table.schema[name] for name in keep]
    schema = StructType(fields + list(StructType.fromDDL(DOCUMENT)))
    model = args.model and os.path.basename(args.model)
    run = annotator(os.path.basename(args.nlp), model, args.text, keep, args.range_bytes, said)
    table.mapInArrow(run, schema).write.mode("overwrite").parquet(args.out)
    for summary in said.value:
        workers = summary["workers"]
        print(f"{summary['documents']} documents, {summary['tokens']} tokens, {summary['seconds']:.1f} s; "
              f"workers to be replaced: {workers['recycling']}, at most {max(w['peak'] for w in workers['memory']) >> 20} MiB")
    if args.memory:
        with open(args.memory, "w") as file:
            json.dump(said.value, file)
    spark.stop()


if __name__ == "__main__":
    main()
