#!/usr/bin/env python3
# Texts, patterns and cycles that come and go: caches of the library fill, and the collector runs now and then.
import json
import re
import sys


class Node:
    pass


def handle(number):
    record = json.loads(json.dumps({"number": number, "words": ["a", str(number)] * 20}))
    re.match("[a-%s]+" % "xyz"[number % 3], record["words"][0])
    first, second = Node(), Node()
    first.other, second.other = second, first
    if "--twin" not in sys.argv:
        first.record = record


for number in range(int(sys.argv[1])):
    handle(number)
