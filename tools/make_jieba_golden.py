#!/usr/bin/env python3
"""Make a tiny dictionary and model of characters for jieba, and what jieba makes of random texts with them.

usage: make_jieba_golden.py > nlp-core/src/segment/golden/jieba.json            (needs: pip install jieba)

Everything is drawn from a seed over a few characters, so that words overlap, tie, and are missing from the dictionary.
"""
import json
import random
import tempfile
from pathlib import Path

import jieba
from jieba import finalseg

CHARS = "山水木火土日月人口手"
EXTRA = ["a", "b7", "9", "3.5%", "x.y", "+", "-", "_", "。", "，", " ", "\u3000", "\n", "𠀀", "\u9fd6", "é"]


def main():
    rng = random.Random(5)
    counts = {}
    for _ in range(60):
        word = "".join(rng.choice(CHARS) for _ in range(rng.choice([1, 2, 2, 3, 4])))
        counts[word] = rng.choice([0, 1, 2, 2, 5, 100])
    counts.update({"a山": 7, "b7": 3, "x.y": 2})
    dictionary = "".join(f"{word} {count} n\n" for word, count in counts.items())
    number = lambda: -rng.choice([0.5, 1.0, 1.0, 2.25, 3.125])
    start = {"B": -0.25, "E": -3.14e100, "M": -3.14e100, "S": -1.5}
    steps = {"B": {"E": number(), "M": number()}, "E": {"B": number(), "S": number()}, "M": {"E": number(), "M": number()}, "S": {"B": number(), "S": number()}}
    emits = {state: {char: number() for char in CHARS if rng.random() < 0.8} for state in "BEMS"}
    finalseg.start_P, finalseg.trans_P, finalseg.emit_P = start, steps, emits
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dict.txt"
        path.write_text(dictionary, encoding="utf8")
        tokenizer = jieba.Tokenizer(str(path))
        tokenizer.tmp_dir = folder
        texts = []
        for _ in range(60):
            text = "".join(rng.choice(EXTRA) if rng.random() < 0.15 else rng.choice(CHARS) for _ in range(rng.randrange(1, 18)))
            texts.append([text, [word for word in tokenizer.cut(text) if not word.isspace()]])
    modules = {f"finalseg/prob_{name}.py": f"P={table!r}\n" for name, table in (("start", start), ("trans", steps), ("emit", emits))}
    print(json.dumps({"files": {"dict.txt": dictionary, **modules}, "texts": texts}, ensure_ascii=False, indent=0))


if __name__ == "__main__":
    main()
