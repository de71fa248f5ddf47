#!/usr/bin/env python3
"""Write what Python's `re` finds with patterns that refer to groups: back references and conditions.

usage: regex_cases.py --own > nlp-core/src/pyre/golden/groups.jsonl
       regex_cases.py [--seed N] [--count N] > CASES.jsonl
       NLP_REGEX_CASES=CASES.jsonl cargo test -p nlp-core --lib pyre::group_tests::drawn -- --ignored

Needs Python 3.11, whose rules nlp-core follows. Each line is a pattern with texts, and of each text the ends of what
`match` finds, the bounds that `search` finds and all that `finditer` finds, in code points; or the pattern alone, which
`re` refuses. Drawn patterns that take Python longer than a second are left out.
"""
import argparse
import json
import random
import re
import signal
import sys
import warnings

OWN = [
    (r"([!?.])\1+$|[!?.,]$", ["Yes!!!", "Really?!!", "No...", "a,", "!?", "", "..\n"]),
    (r"(\()?x(?(1)\))$", ["x(x)", "(x)", "(x", "x)", "x"]),
    (r"(?:\w(\w)\1)+$", ["aabb", "abbacc", "abb", "aaa"]),
    (r"(?i)(a)\1", ["aA", "Aa", "ab"]),
    (r"(?i)(s)\1", ["sS", "Sſ", "ſs"]),
    (r"(?i)(k)\1", ["k\u212a", "\u212aK", "KK"]),
    (r"(?i)(\w)\1", ["éÉ", "İi", "iİ", "ßẞ", "Σς", "ΣΣ", "𐐀𐐨"]),
    (r"(?ai)(\w|é|É)\1", ["aA", "éÉ", "éé"]),
    (r"(a)(?i:\1)", ["aA", "aa"]),
    (r"(?P<q>['\"]).*?(?P=q)", ["say 'x' or \"y\"", "'x\"", "''"]),
    (r"(?P<x>a)?(?(x)b|c)", ["ab", "c", "ac", "b"]),
    (r"(a)?(?(1)|b)c", ["ac", "bc", "c"]),
    (r"(a)?(?(1)b)c", ["abc", "c", "ac"]),
    (r"(?(1)b|a)(x)?", ["ax", "b", "a"]),
    (r"(?:(?(1)b|a)(x)?)+", ["axb", "axbxb", "aab"]),
    (r"(?:(?(2)c|(a)(b)?))+", ["abc", "aab", "abab"]),
    (r"(a)|b\1", ["b", "ba", "a"]),
    (r"(?:(a)|b)*\1", ["aba", "abab", "bb", "ab"]),
    (r"(?:(a)|(b)|c)+\1\2", ["abab", "abcab", "cab"]),
    (r"(a*)\1", ["aaaa", "aaa", "", "b"]),
    (r"(a*?)\1$", ["aaaa", "aaa"]),
    (r"(a)(?=\1)", ["aa", "ab"]),
    (r"(a)(?!\1)", ["aa", "ab"]),
    (r"(?=(a+))\1b", ["aaab", "aab"]),
    (r"(?!(a)b)\1?c", ["c", "ac"]),
    (r"(a)b(?<=\1b)c", ["abc", "aabc"]),
    (r"(?<=(a))b\1", ["aba", "bba"]),
    (r"(ab)(?<=\1)c", ["abc", "xabc"]),
    (r"(a)?(?<=(?(1)a|b))c", ["ac", "bc", "c"]),
    (r"(?>(a|ab)\1?)c", ["ababc", "aac", "abc"]),
    (r"(?:(a|b)\1)*+c", ["aabbc", "aabc", "c"]),
    (r"(?:(a)|(b)\1)++", ["aba", "bab"]),
    (r"(?:(\w)(?:\1)?){2,3}?x", ["aabbx", "abx", "ax"]),
    (r"((a)|b)+?\2$", ["aba", "abb", "ba"]),
    (r"(?:(x)|(y)){2}(?(1)a)(?(2)b)", ["xyab", "yxab", "xxa", "yyb"]),
    (r"((?:a|b)+)-\1", ["ab-ab", "ab-ba", "aab-ab"]),
    (r"(?m)^(.)(.*)\1$", ["axa\nbyb", "ab\na\n\naa"]),
    (r"(?s)(.)\1", ["\n\n", "a\n"]),
    (r"(?x) (a) \1 # twice", ["aa", "a"]),
    (r"(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)\10\1", ["abcdefghijja", "abcdefghija0"]),
    (r"(a)\1{2,3}", ["aaa", "aaaaa", "aa"]),
    (r"(\d+) \1\b", ["12 12", "12 123", "1 12 12"]),
    (r"(日)本?\1", ["日本日", "日日", "日本"]),
    (r"(?P<é>a)(?P=é)", ["aa"]),
    (r"(?:)*(a)\1", ["aa"]),
    (r"(|a)+\1b", ["ab", "aab", "b"]),
    (r"(?:(a)?b?)*\1", ["abab", "aba", "bb"]),
    (r"(a)\01", ["a\x01", "aa"]),
    (r"(a)\141", ["aa"]),
    (r"(?( 1 )a|b)(c)?", ["a", "bc"]),
] + [(pattern, []) for pattern in [
    r"\1", r"(a)\2", r"(a\1)", r"(?P=x)", r"(?P<x>a(?P=x))", r"(?P<x>a)(?P<x>b)", r"(?P<1>a)", r"(?P<>a)", r"(?(0)a)(b)",
    r"(?(2)a)(b)", r"(?(x)a)(?P<y>b)", r"(a)(?(1)b|c|d)", r"(a)(?(1)b", r"(a)(?(1", r"(?<=(a)\1)b", r"(a+)(?<=\1)b", r"(a)?(?<=(?(1)aa|b))c",
    r"(a)(?<=(?(1)a))b", r"((?<=\1)a)", r"(?<=(?(1)a|b))(c)", r"(a)\1**", r"(?P=x", r"(a)(?P=)",
]]

TEXT = ["a", "a", "a", "b", "b", "c", "A", "B", "é", "É", "s", "ſ", "K", "\u212a", "1", "\n", ".", "𐐀", "𐐨", "ς", "Σ", "İ", "i", " "]


class Slow(Exception):
    """The second is up."""


def alarm(*_):
    raise Slow


def found(pattern, text):
    bounds = lambda match: match and list(match.span())
    start = pattern.match(text)
    return {
        "text": text,
        "match": start and start.end(),
        "search": bounds(pattern.search(text)),
        "all": [bounds(match) for match in pattern.finditer(text)],
    }


def case(pattern, texts):
    """A line of the file; None if Python takes too long, or fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = re.compile(pattern)
        except (re.error, OverflowError):
            return {"pattern": pattern, "refused": True}
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        return {"pattern": pattern, "texts": [found(compiled, text) for text in texts]}
    except (Slow, SystemError):
        # the latter is Python's own fault: "The span of capturing group is wrong"
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Drawn:
    """A random pattern that refers to groups, as a rule."""

    def __init__(self, rng):
        self.rng = rng
        self.groups = 0
        self.closed = []
        self.names = {}
        few = rng.sample(TEXT, rng.randint(1, 4)) + ["a"]
        self.letters = few
        self.size = rng.randint(3, 14)
        body = self.alternatives(0)
        flags = rng.choice(["", "", "", "(?i)", "(?i)", "(?ai)", "(?s)", "(?m)", "(?is)", "(?a)"])
        self.pattern = flags + body

    def text(self):
        return "".join(self.rng.choice(self.letters) for _ in range(self.rng.randint(0, 12)))

    def alternatives(self, depth):
        count = self.rng.choice([1, 1, 1, 2, 2, 3])
        return "|".join(self.sequence(depth) for _ in range(count))

    def sequence(self, depth):
        return "".join(self.item(depth) for _ in range(self.rng.choice([0, 1, 1, 2, 2, 3])))

    def item(self, depth):
        self.size -= 1
        atom = self.atom(depth)
        some = self.rng.random()
        if some < 0.55 or atom in ("^", "$", r"\b", r"\B", r"\Z"):
            return atom
        many = self.rng.choice(["*", "+", "?", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}", "{,3}"])
        return atom + many + self.rng.choice(["", "", "", "?", "?", "+"])

    def letter(self):
        letter = self.rng.choice(self.letters)
        return {".": r"\.", "\n": r"\n"}.get(letter, letter)

    def reference(self):
        number = self.rng.choice(self.closed) if self.closed and self.rng.random() < 0.97 else self.rng.randint(1, self.groups + 1)
        if number in self.names and self.rng.random() < 0.5:
            return f"(?P={self.names[number]})"
        return f"\\{number}" if self.rng.random() < 0.95 else f"(?:\\{number})"

    def condition(self, depth):
        number = self.rng.randint(1, max(1, self.groups + (self.rng.random() < 0.1)))
        name = self.names.get(number, number) if self.rng.random() < 0.5 else number
        yes = self.sequence(depth + 1)
        return f"(?({name}){yes}" + self.rng.choice([")", "|" + self.sequence(depth + 1) + ")"])

    def atom(self, depth):
        some = self.rng.random()
        if self.size > 0 and depth < 5:
            if some < 0.26:
                return self.group(depth)
            if some < 0.33:
                return "(?:" + self.alternatives(depth + 1) + ")"
            if some < 0.36:
                return "(?>" + self.alternatives(depth + 1) + ")"
            if some < 0.40:
                return self.rng.choice(["(?=", "(?!"]) + self.alternatives(depth + 1) + ")"
            if some < 0.43:
                return self.rng.choice(["(?<=", "(?<!"]) + self.narrow(depth) + ")"
            if some < 0.45:
                return self.rng.choice(["(?i:", "(?-i:", "(?a:", "(?s:"]) + self.alternatives(depth + 1) + ")"
            if some < 0.53 and self.groups:
                return self.condition(depth)
        if some < 0.72 and self.groups:
            return self.reference()
        if some < 0.9:
            return self.letter()
        return self.rng.choice([".", r"\w", r"\W", "^", "$", r"\b", r"\B", r"\Z", f"[{self.letter()}b]", f"[^{self.letter()}]", r"[^a\W]", r"\d"])

    def narrow(self, depth):
        """For a look-behind: often of one width."""
        if self.rng.random() < 0.2:
            return self.alternatives(depth + 1)
        parts = [self.letter, self.letter, lambda: "."] + ([self.reference] if self.closed else [])
        parts.append(lambda: self.group(depth, self.letter()))
        return "".join(self.rng.choice(parts)() for _ in range(self.rng.randint(0, 2)))

    def group(self, depth, body=None):
        self.groups += 1
        number = self.groups
        head = "("
        if self.rng.random() < 0.2:
            self.names[number] = f"n{number}"
            head = f"(?P<n{number}>"
        body = self.alternatives(depth + 1) if body is None else body
        self.closed.append(number)
        return head + body + ")"


def drawn(seed, count):
    rng = random.Random(seed)
    done = 0
    while done < count:
        draw = Drawn(rng)
        # what refers to no group is another matcher's business
        if not re.search(r"\\[1-9]|\(\?P=|\(\?\(", draw.pattern):
            continue
        made = case(draw.pattern, [draw.text() for _ in range(4)])
        if made and (not made.get("refused") or rng.random() < 0.2):
            done += 1
            yield made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--own", action="store_true", help="write the cases that are committed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000, help="how many patterns are drawn, each with four texts")
    args = parser.parse_args()
    if sys.version_info[:2] != (3, 11):
        sys.exit("this needs Python 3.11")
    signal.signal(signal.SIGALRM, alarm)
    cases = (case(pattern, texts) for pattern, texts in OWN) if args.own else drawn(args.seed, args.count)
    for made in cases:
        print(json.dumps(made, ensure_ascii=False))


if __name__ == "__main__":
    main()
