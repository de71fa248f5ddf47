"""Parses one text so many times: run.py TIMES [--repaired]"""

import sys

from parsing import Parser

parser = Parser(gives_back="--repaired" in sys.argv)
text = "the parser takes room for each text".split()
for _ in range(int(sys.argv[1])):
    parser.parse(text)
