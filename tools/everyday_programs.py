#!/usr/bin/env python3
"""Run everyday programs alone and under the library that `harness run` preloads, and compare what they say.

usage: everyday_programs.py LIBRARY [--check] [--only WORD ...] [--work DIR] [--list]

Each program runs in a folder of its own, made anew for each run: by itself, and with the library. Its exit code, what it
writes to standard output and to standard error, and the files that it leaves must be the same; what differs by itself
(times, numbers of processes, addresses) is taken out, and is named beside the program. A program that differs is run alone
once more: one that does not even agree with itself is said to be unsteady, and judged by its exit code alone.

--check has the library compare each stack with libgcc's, and tells how many differ. --only runs those whose name or
command has the word. Prints one line a program: its processor time alone and under the library, how many processes left a
record, stacks compared and cut off. Programs that are not installed are absent. Exits with 1 if any program was harmed.

LIBRARY is the shared library (tools/library.so in the folder of a report of `harness run`, or what rustc makes of
harness/preload with --cfg interpose). Needs Linux.
"""
import argparse
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("PYTHON", "python3")
SPACY = Path(os.environ.get("VIRTUAL_ENV", "/nowhere")) / "bin/python"
PATIENCE = 600

# What differs by itself, and what stands for it.
TIMES = (rb"\d+(\.\d+)? ?(ms|seconds|sec|s|min)\b", b"TIME")
ADDRESSES = (rb"0x[0-9a-f]{6,}", b"ADDRESS")
NUMBERS = (rb"\b\d+\b", b"N")
# Of Python's own tests: how busy the machine is, where they work, and in what order threads say something.
OF_TESTS = [TIMES, (rb"random seed: \d+", b"SEED"), (rb"\[\d+/\d+\]", b""), (rb"0:\d\d:\d\d load avg: [\d.]+ ", b""), (rb"test_python_\w+", b"FOLDER"), (rb"Ran \d+ tests in .*", b"RAN")]
# What the library itself says when it checks.
OWN = (rb"harness: a stack differs from libgcc's\n", b"")

C_PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct word { struct word *next; char text[16]; };
int main(void) {
    struct word *first = 0; unsigned sum = 0;
    for (int i = 0; i < 20000; i++) {
        struct word *one = malloc(sizeof *one); snprintf(one->text, sizeof one->text, "w%d", i * 7 % 1009);
        one->next = first; first = one;
    }
    while (first) { struct word *next = first->next; for (char *c = first->text; *c; c++) sum = sum * 31 + *c; free(first); first = next; }
    printf("%u\n", sum); return 0;
}
"""
CPP_PROGRAM = r"""
#include <iostream>
#include <map>
#include <string>
#include <stdexcept>
#include <vector>
int main() {
    std::map<std::string, std::vector<int>> words; int caught = 0;
    for (int i = 0; i < 20000; i++) {
        words["w" + std::to_string(i % 997)].push_back(i);
        try { if (i % 100 == 0) throw std::runtime_error("no " + std::to_string(i)); } catch (std::exception &e) { caught++; }
    }
    std::cout << words.size() << ' ' << caught << ' ' << words["w5"].size() << std::endl;
}
"""
JAVA_PROGRAM = r"""
import java.util.*;
public class Hello {
    public static void main(String[] arguments) throws Exception {
        Map<String, Integer> words = new TreeMap<>();
        for (int i = 0; i < 300000; i++) words.merge("w" + i % 1009, i, Integer::sum);
        Thread[] threads = new Thread[8];
        for (int i = 0; i < 8; i++) { threads[i] = new Thread(() -> { byte[] b = new byte[1 << 20]; b[5] = 1; }); threads[i].start(); }
        for (Thread one : threads) one.join();
        System.gc();
        System.out.println("hello " + words.size() + " " + words.get("w7"));
    }
}
"""
RUST_PROGRAM = r"""
use std::collections::BTreeMap;
fn main() {
    let mut words: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let all: Vec<_> = (0..4).map(|t| std::thread::spawn(move || (0..5000).map(|i| format!("{}", i * t)).collect::<Vec<_>>())).collect();
    for one in all { for (i, word) in one.join().unwrap().into_iter().enumerate() { words.entry(word).or_default().push(i); } }
    println!("{}", words.len());
}
"""
MAKEFILE = """all: $(patsubst %.c,%.o,$(wildcard part*.c))
\t@cat $(sort $^) | wc -c > size
\t@ls *.o | wc -l
%.o: %.c
\t@$(CC) -O1 -c $< -o $@
"""
SQL = """create table words(word text, number int);
with recursive c(i) as (select 1 union all select i + 1 from c where i < 60000)
insert into words select 'w' || (i * 7919 % 10007), i from c;
create index by_word on words(word);
select count(*), count(distinct word), sum(number) from words where word like 'w1%';
select word, group_concat(number) from words group by word order by word limit 3;
"""
SCRIPT = r"""
set -u
total=0
for i in $(seq 200); do /bin/true; total=$((total + i)); done
for i in $(seq 30); do echo "$i" | sed 's/$/x/' | tr x y; done | sort | tail -n 2
( trap 'echo trapped' USR1; kill -USR1 $BASHPID )
f() { local -a list=("$@"); echo "${#list[@]}"; }; f $(seq 1000)
coproc cat; echo through >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
cat <(echo one) <(echo two); sleep 0.01 & wait $!; echo "$total $?"
"""
PERL = r"""my %h; $h{$_ % 977} .= "x" for 1..200000; print scalar(keys %h), "\n"; print `echo from a child`;
my $pid = fork(); if (!$pid) { exit 3 } waitpid $pid, 0; print $? >> 8, "\n"; eval { die { code => 5 } }; print $@->{code}, "\n";
$SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select undef, undef, undef, 2;"""
NODE = r"""const {Worker} = require('worker_threads'); const {execFileSync} = require('child_process'); const zlib = require('zlib');
let a = []; for (let i = 0; i < 3e5; i++) a.push({i, s: 'x' + i}); console.log(a.length);
console.log(zlib.gunzipSync(zlib.gzipSync(Buffer.from(JSON.stringify(a)))).length, execFileSync('echo', ['child']).toString().trim());
new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', {eval: true}).on('message', m => console.log(m));"""
PROCESSES = r"""import concurrent.futures, multiprocessing
def work(n): return sum(len(str(i)) for i in range(n))
def put(queue, n): queue.put(work(n))
if __name__ == "__main__":
    for how in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(how)
        with concurrent.futures.ProcessPoolExecutor(3, context) as pool: print(how, sum(pool.map(work, range(1000))))
        queue = context.Queue(); all = [context.Process(target=put, args=(queue, n * 1000)) for n in range(4)]
        for one in all: one.start()
        print(sorted(queue.get() for _ in all)); [one.join() for one in all]"""
SPACY_SCRIPT = r"""import glob, spacy
from importlib import metadata
names = sorted(d.metadata["Name"].replace("-", "_") for d in metadata.distributions() if d.metadata["Name"].startswith(("en_core", "en-core")))
nlp = spacy.load(names[0])
for text in ["This is a test of the thing, and it went well in Paris last week."] * 20:
    print([(t.text, t.tag_, t.dep_, t.lemma_) for t in nlp(text)])"""


def files(**named):
    """Files that a program finds in its folder: `name_c` stands for name.c."""
    return {re.sub(r"_(\w+)$", r".\1", name): text for name, text in named.items()}


TEXT = "".join(f"{number * 7919 % 10007} word{number % 313} {'x' * (number % 41)}\n" for number in range(20000))
PARTS = {f"part{n}.c": f"#include <stdlib.h>\n#include <string.h>\nint part{n}(int x) {{ char *p = malloc(x + {n}); memset(p, 1, {n}); free(p); return x * {n}; }}\n"
         for n in range(24)}
CRATE = {"Cargo.toml": "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "src/main.rs": RUST_PROGRAM}
GIT = {"a": TEXT, "b": TEXT[:5000], "run.sh": """export GIT_CONFIG_NOSYSTEM=1 HOME=$PWD GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
git init -q -b main r && cd r && git config user.name N && git config user.email e@example.org
for i in 1 2 3 4 5 6; do head -n $((i * 500)) ../a > a; cat ../b > "b$i"; git add . && git commit -q -m "c$i"; done
git checkout -q -b side HEAD~2 && echo x > c && git add c && git commit -q -m side && git merge -q main -m merged
git gc -q && git log --stat --oneline | cat && git fsck 2>/dev/null && git grep -c word31 && git clone -q . ../s && git -C ../s rev-parse HEAD && git blame a | md5sum"""}

# Name, command, files in its folder, what differs by itself.
PROGRAMS = [
    ("git", ["sh", "run.sh"], GIT, []),
    ("gcc", ["sh", "-c", "gcc -O2 -g one.c -o one && ./one && gcc -O2 -S one.c -o - | md5sum"], files(one_c=C_PROGRAM), []),
    ("g++", ["sh", "-c", "g++ -std=c++17 -O1 one.cpp -o one && ./one"], files(one_cpp=CPP_PROGRAM), []),
    ("clang", ["clang", "-O2", "-c", "one.c", "-o", "one.o"], files(one_c=C_PROGRAM), []),
    ("rustc", ["sh", "-c", "rustc -O one.rs -o one && ./one"], files(one_rs=RUST_PROGRAM), []),
    ("cargo", ["sh", "-c", "CARGO_TARGET_DIR=t cargo run --offline"], CRATE, [TIMES, (rb"\(/[^)]*\)", b"(FOLDER)")]),
    ("go", ["go", "version"], {}, []),
    ("make", ["make", "-j4"], {"Makefile": MAKEFILE, **PARTS}, []),
    ("cmake", ["cmake", "--version"], {}, []),
    ("python json re", [PYTHON, "-m", "test", "test_json", "test_re"], {}, OF_TESTS),
    ("python threading", [PYTHON, "-m", "test", "test_threading"], {}, OF_TESTS),
    ("python subprocess", [PYTHON, "-m", "test", "test_subprocess"], {}, OF_TESTS),
    ("python os signal", [PYTHON, "-m", "test", "test_os", "test_signal", "test_mmap"], {}, OF_TESTS),
    ("python multiprocessing", [PYTHON, "run.py"], {"run.py": PROCESSES}, []),
    ("python ctypes asyncio", [PYTHON, "-m", "test", "test_ctypes", "test_queue", "test_socket", "test_select"], {}, OF_TESTS),
    ("spaCy", [str(SPACY), "run.py"], {"run.py": SPACY_SCRIPT}, []),
    ("node", ["node", "run.js"], files(run_js=NODE), []),
    ("java", ["sh", "-c", "javac Hello.java && java -cp . Hello"], {"Hello.java": JAVA_PROGRAM}, []),
    ("ruby", ["ruby", "-e", "puts (1..99999).map { |i| i.to_s }.uniq.size"], {}, []),
    ("sqlite3", ["sh", "-c", "sqlite3 words.db < run.sql && sqlite3 words.db 'pragma integrity_check'"], files(run_sql=SQL), []),
    ("bash", ["bash", "run.sh"], files(run_sh=SCRIPT), []),
    ("dash", ["sh", "-c", "for i in 1 2 3; do (echo $i; exit $i); echo $?; done; trap 'echo bye' EXIT; kill -TERM $$"], {}, []),
    ("perl", ["perl", "-e", PERL], {}, []),
    ("tar", ["sh", "-c", "tar czf a.tgz text && tar xzOf a.tgz | md5sum && tar cf - text | tar tvf - | wc -l"], {"text": TEXT}, []),
    ("xz", ["sh", "-c", "xz -T2 -k text && xz -dc text.xz | md5sum && bzip2 -k text && bunzip2 -c text.bz2 | md5sum"], {"text": TEXT}, []),
    ("find xargs grep", ["bash", "-c", f"find {ROOT}/harness -name '*.rs' -print0 | sort -z | xargs -0 -n 20 -P 1 grep -hc 'fn ' | sort | uniq -c | sort -rn"], {}, []),
    ("awk", ["awk", "BEGIN { for (i = 0; i < 300000; i++) a[i % 5000] = a[i % 5000] i % 7; print length(a[3]); \"echo sub\" | getline x; print x }"], {}, []),
    ("sed diff patch", ["bash", "-c", "sed 's/word1/WORD/' text > other; diff -u text other | tail -n +3 > d; patch -s text < d && cmp text other && wc -l d"], {"text": TEXT}, []),
    ("curl", ["curl", "-s", "file:///proc/self/comm"], {}, []),
    ("openssl", ["sh", "-c", "openssl dgst -sha256 text && openssl enc -aes-256-cbc -pbkdf2 -S 0102030405060708 -k k -in text | openssl enc -d -aes-256-cbc -pbkdf2 -S 0102030405060708 -k k | md5sum && openssl genrsa 1024 2>/dev/null | openssl rsa -check -noout"], {"text": TEXT}, []),
    ("sort", ["bash", "-c", "sort -R --random-source=text text | sort -n --parallel=4 -S 1M | md5sum; split -l 3000 text p && sort -m p* | tail -n 1; join <(sort text) <(sort text) | wc -l"], {"text": TEXT}, []),
    ("gdb", ["sh", "-c", "gcc -g one.c -o one && gdb -nx -batch -ex 'break main' -ex 'run > out' -ex bt -ex 'info locals' -ex continue ./one"], files(one_c=C_PROGRAM), [ADDRESSES, NUMBERS, (rb"warning: .*\n", b""), (rb"first = .*\n", b""), (rb"\[(New )?Thread .*\n", b"")]),
    ("strace", ["strace", "-f", "-o", "/dev/null", "sh", "-c", "echo traced; /bin/true"], {}, []),
    ("valgrind", ["sh", "-c", "gcc -g one.c -o one && valgrind -q --leak-check=full ./one"], files(one_c=C_PROGRAM), [(rb"==\d+==", b"==N==")]),
    ("objdump", ["bash", "-c", "gcc -g -c one.c -o one.o && objdump -dS one.o | md5sum; readelf -a one.o | md5sum; nm one.o; strip one.o && size one.o"], files(one_c=C_PROGRAM), []),
    ("jq", ["jq", "-n", "[range(50000) | {a: ., b: tostring}] | group_by(.a % 7) | map(length)"], {}, []),
    ("vim", ["vim", "-Nu", "NONE", "-es", "-c", "%s/word/WORD/g | sort | write! out | q!", "text"], {"text": TEXT[:200000]}, []),
    ("bc", ["sh", "-c", "echo '2^4000; scale=200; 4*a(1)' | bc -l | md5sum"], {}, []),
    ("dpkg", ["sh", "-c", "dpkg -l bash coreutils libc6 && dpkg -S /bin/bash; apt-cache policy bash"], {}, []),
    ("ssh", ["sh", "-c", "ssh -V; ssh-keygen -q -t ed25519 -N '' -f key && ssh-keygen -y -f key | cut -c 1-11"], {}, []),
    ("gpg", ["gpg", "--version"], {}, []),
    ("rsync", ["sh", "-c", "rsync -a text copy && cmp text copy"], {"text": TEXT}, []),
    ("heaptrack", ["sh", "-c", "gcc -g one.c -o one && heaptrack -o /dev/null ./one"], files(one_c=C_PROGRAM), [ADDRESSES, NUMBERS]),
    ("zip", ["sh", "-c", "zip -q a.zip text && unzip -p a.zip | md5sum"], {"text": TEXT}, []),
    ("cat dd tee", ["bash", "-c", "dd if=/dev/zero bs=1M count=64 2>/dev/null | tee >(md5sum > sum) | wc -c; sleep 0.3; cat sum"], {}, []),
    ("ps", ["sh", "-c", "ps -o comm= -p $$; id -u; df / | wc -l; ls / | md5sum; date -u -d @0; stat -c %s text; env -i /bin/echo bare"], {"text": TEXT}, []),
    ("chromium", ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "data:text/html,<p id=a></p><script>a.textContent=6*7</script>"], {}, [(rb"\[\d+[^\n]*\n", b"")]),
]


def left_in(folder):
    """What is in the folder now: names and, for texts of ours, hashes."""
    return sorted(str(path.relative_to(folder)) for path in folder.iterdir())


def run(command, given, environment, work):
    """Runs a command in a new folder: exit code, output, messages, what is left there, and processor seconds."""
    folder = work / "folder"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in given.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        result = (done.returncode, done.stdout, done.stderr)
    except subprocess.TimeoutExpired as late:
        result = ("hangs", late.stdout or b"", late.stderr or b"")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result + (left_in(folder), seconds)


def steady(result, varies):
    """A result without what differs by itself."""
    texts = []
    for text in result[1:3]:
        for pattern, stands in [OWN, *varies]:
            text = re.sub(pattern, stands, text)
        texts.append(text)
    return [result[0], *texts, result[3]]


def records(folder):
    """Of the records in a folder: how many, and the sums of stacks compared, different and cut, and of blocks unrecorded."""
    sums = {"records": 0, "checked": 0, "different": 0, "cut": 0, "unrecorded": 0, "broken": 0}
    for path in folder.iterdir():
        with open(path, "rb") as file:
            head = file.read(256)
        if head[:8] != b"HRECORD\0":
            sums["broken"] += 1
            continue
        sums["records"] += 1
        # calls, unrecorded, cut, too deep, checked, different: see harness/preload/src/record.rs.
        _, unrecorded, cut, _, checked, different = struct.unpack_from("<6Q", head, 56)
        for name, value in [("unrecorded", unrecorded), ("cut", cut), ("checked", checked), ("different", different)]:
            sums[name] += value
    return sums


def shown(text):
    return text[-400:].decode(errors="replace").replace("\n", "\n      ")


def compared(name, command, given, varies, library, check, work):
    """Runs one program both ways and prints what came of it. Whether it was unharmed."""
    alone = dict(os.environ, LC_ALL="C.UTF-8")
    alone.pop("LD_PRELOAD", None)
    folder = work / "records"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    under = dict(alone, LD_PRELOAD=str(library), HARNESS_RECORD_DIR=str(folder), HARNESS_RECORD="scan,check" if check else "scan")
    one, other = run(command, given, alone, work), run(command, given, under, work)
    sums = records(folder)
    same = steady(one, varies) == steady(other, varies)
    word = "ok"
    if not same:
        again = run(command, given, alone, work)
        unsteady = steady(one, varies) != steady(again, varies)
        word = "unsteady" if unsteady and one[0] == other[0] else "HARMED"
    if sums["different"] > 0 or sums["records"] == 0:
        word = "HARMED"
    figures = " ".join(f"{key} {value}" for key, value in sums.items() if value)
    print(f"{word:9} {name:24} exit {one[0]} {other[0]}  {one[4]:.2f} s {other[4]:.2f} s  {figures}", flush=True)
    if word == "HARMED" and not same:
        for what, left, right in zip(["exit", "output", "messages", "files"], steady(one, varies), steady(other, varies)):
            if left != right:
                left, right = (shown(one) if isinstance(one, bytes) else str(one) for one in (left, right))
                print(f"   {what} alone:\n      {left}\n   {what} under the library:\n      {right}", flush=True)
    return word != "HARMED"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("library", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    chosen = [one for one in PROGRAMS if not options.only or any(word in f"{one[0]} {' '.join(one[1])}" for word in options.only)]
    if options.list:
        print("\n".join(one[0] for one in chosen))
        return 0
    ran, harmed, absent = 0, [], []
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        for name, command, given, varies in chosen:
            # The programs of a shell's command are named in front.
            needed = [name.split()[0], "javac"] if name == "java" else [name] if command[0] in ("sh", "bash") and " " not in name else command[:1]
            if not all(shutil.which(one) for one in needed):
                absent.append(name)
                continue
            ran += 1
            if not compared(name, command, given, varies, options.library.resolve(), options.check, Path(work)):
                harmed.append(name)
    print(f"{ran} programs ran, {len(harmed)} were harmed{': ' + ', '.join(harmed) if harmed else ''}; "
          f"absent here: {', '.join(absent) or 'none'}")
    return 1 if harmed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
