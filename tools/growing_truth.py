"""What is true of a small program that grows, or that only seems to: read from its folder, and how to build and run it.

A folder holds one source and `truth.toml` (harness/tests/programs), or a source and `truth.json`, the older form, whose
programs are told apart by language. Lines are not written down: the source marks them, `/*@site*/`, and the mark's line
is looked up when the truth is read.

truth.toml
    about         what the program is, in a line
    source        the source, from the folder
    build         shell commands, run in the folder; {out} is where the program goes
    program       the program's name in {out}; without it the source's, without its ending
    arguments     with {iters} in it; "{iters}" where it is missing. The negative control is run with --twin behind them
    environment   variables for the run
    needs         shared libraries (libNAME.so.N), what is linked with (-lNAME) and programs (NAME), without which the
                  program cannot be built or run here: it is then skipped, and that is said
    cleanup       a shell command for what the program leaves behind it on purpose
    counts        iterations at which its truth was measured
    [[growth]]    what grows: resource (one or a list of those that are right), cause (the same; left out where there is
                  no choice), process (main, child, any; main if left out), exact, and where they can be told
                  bytes_per_iteration, count_per_iteration, between (two bounds, bytes), no_site
                  site = [{ function, mark, bytes, blocks, through, through_mark }]: bytes and blocks are those of an
                  iteration; `through` is a caller that has to stand in the stack
    [[also]]      growth that is a consequence: may be told or not. resource, function
    [[explained]] no growth, but big: kind (one or a list), bytes, site = { function, mark }
    [measured]    what tools/growing_measured.py saw. Nothing compares a harness with it
"""
import json
import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Site:
    """A line that takes something, and how much of it an iteration."""
    function: str
    file: str
    line: int | None
    bytes: float | None = None
    blocks: float | None = None
    through: str | None = None
    through_line: int | None = None


@dataclass
class Growth:
    """Something that grows."""
    resources: list
    causes: list | None = None
    process: str = "main"
    exact: bool = True
    bytes: float | None = None
    count: float | None = None
    between: list | None = None
    no_site: bool = False
    sites: list = field(default_factory=list)


@dataclass
class Explained:
    """Something big that does not grow."""
    kinds: list
    bytes: float | None = None
    site: Site | None = None


@dataclass
class Truth:
    """A program and what is true of it."""
    name: str
    folder: Path
    source: Path
    build: list
    program: str
    arguments: str
    environment: dict
    needs: list
    cleanup: str | None
    counts: list
    growth: list
    also: list
    explained: list
    measured: dict

    def command(self, out, twin=False, iters="{iters}"):
        """The command line, as a list; `out` is where the program was built."""
        words = self.arguments.replace("{iters}", str(iters)).split()
        return [f"{out}/{self.program}", *words, *(["--twin"] if twin else [])]

    def missing(self):
        """Why the program cannot be run here, or None."""
        for library in self.needs:
            if library.startswith("-l"):
                name = f"lib{library[2:]}.so"
                found = subprocess.run(["cc", f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip() != name
            elif ".so" not in library:
                found = shutil.which(library) is not None
            else:
                # dlopen refuses some that can be preloaded: they want room in the static thread-local storage.
                said = subprocess.run(["true"], env={**os.environ, "LD_PRELOAD": library}, capture_output=True, text=True).stderr
                found = library not in said
            if not found:
                return f"{library} is not installed"
        return None

    def make(self, out):
        """Builds it. Returns what the compiler said where it failed, or None."""
        out.mkdir(parents=True, exist_ok=True)
        for command in self.build:
            run = subprocess.run(command.replace("{out}", str(out)), shell=True, cwd=self.folder, capture_output=True, text=True)
            if run.returncode:
                return run.stderr.strip() or f"{command}: exit {run.returncode}"
        return None

    def clean_up(self, out):
        """Removes what the program leaves behind it on purpose."""
        if self.cleanup:
            subprocess.run(self.cleanup.replace("{out}", str(out)), shell=True, capture_output=True)


def as_list(value):
    """One value or a list of them, as a list; None stays."""
    return value if value is None or isinstance(value, list) else [value]


def line_of(source, mark):
    """The line of a source that bears a mark."""
    at = [number for number, line in enumerate(source.read_text().splitlines(), 1) if f"/*@{mark}*/" in line]
    if len(at) != 1:
        raise ValueError(f"{source}: /*@{mark}*/ stands in {len(at)} lines")
    return at[0]


def site_of(row, source):
    known = set(row) - {"function", "mark", "bytes", "blocks", "through", "through_mark"}
    if known:
        raise ValueError(f"{source}: a site does not know {known}")
    through = row.get("through_mark")
    return Site(row["function"], source.name, line_of(source, row["mark"]), row.get("bytes"), row.get("blocks"),
                row.get("through"), line_of(source, through) if through else None)


def read_toml(folder):
    """The truth of a program of the project's own."""
    text = tomllib.loads((folder / "truth.toml").read_text())
    source = (folder / text["source"]).resolve()
    growth = [Growth(as_list(row["resource"]), as_list(row.get("cause")), row.get("process", "main"), row["exact"],
                     row.get("bytes_per_iteration"), row.get("count_per_iteration"), row.get("between"),
                     row.get("no_site", False), [site_of(site, source) for site in row.get("site", [])])
              for row in text.get("growth", [])]
    for row in growth:
        if not row.sites and not row.no_site:
            raise ValueError(f"{folder.name}: growth without a site")
    explained = [Explained(as_list(row["kind"]), row.get("bytes"), site_of(row["site"], source) if "site" in row else None)
                 for row in text.get("explained", [])]
    return Truth(folder.name, folder, source, text["build"], text.get("program", source.stem), text.get("arguments", "{iters}"),
                 text.get("environment", {}), text.get("needs", []), text.get("cleanup"), text["counts"], growth,
                 text.get("also", []), explained, text.get("measured", {}))


# How the older form's programs are built, by the ending of the source.
COMPILERS = {".c": "cc -g -O1 -pthread -fno-builtin -o {out}/PROGRAM SOURCE",
             ".cpp": "c++ -std=c++17 -g -O1 -pthread -o {out}/PROGRAM SOURCE",
             ".rs": "rustc --edition 2021 -g -C opt-level=1 -o {out}/PROGRAM SOURCE"}


def read_json(folder):
    """The truth of a program in the older form; None for a program that is not compiled to one executable."""
    text = json.loads((folder / "truth.json").read_text())
    source = folder / text["file"]
    if source.suffix not in COMPILERS or "python" in text["language"].lower():
        return None
    grows, kind, also, explained, growth = text["grows"], text["kind"], [], [], []
    if not grows:
        word = {"high water mark": "high_water", "fragmentation": "fragmentation"}[kind]
        site = Site(text["function"], text["file"], text["line"]) if word == "high_water" else None
        explained.append(Explained([word, "dirty_pages"] if word == "fragmentation" else [word, "one_off"], None, site))
    else:
        said = text["valgrind"] if isinstance(text["valgrind"], dict) else {}
        causes = ["held"] if not said else ["unreachable"] if "definitely" in said else None
        by_line = text.get("bytes_per_iteration_of_each_line", {})
        # Debug information may put the further lines elsewhere in the same statement: their bytes count in the sum.
        sites = [Site(text["function"], text["file"], text["line"], by_line.get(str(text["line"]), text["bytes_per_iteration"]))]
        also = [{"resource": "heap"}]
        resources = ["heap"]
        if "thread" in kind:
            resources, causes, also = ["heap", "thread"], None, [{"resource": "heap"}, {"resource": "mapping"}, {"resource": "thread"}]
            sites[0].bytes, sites[0].blocks = None, text["blocks_per_iteration"]
        growth.append(Growth(resources, causes, "main", text["exact"], text["bytes_per_iteration"] if by_line else None, sites=sites))
    build = COMPILERS[source.suffix].replace("PROGRAM", source.stem).replace("SOURCE", source.name)
    return Truth(folder.name, folder, source, [build], source.stem, "{iters}", {}, [], None, text["measured"]["iterations"],
                 growth, also, explained, {})


def read_all(folders, only=()):
    """The truths of all programs below the folders, by name, and the names of those that are left out."""
    truths, left_out = [], []
    for folder in folders:
        for program in sorted(Path(folder).iterdir()):
            if only and program.name not in only:
                continue
            truth = read_toml(program) if (program / "truth.toml").exists() else \
                read_json(program) if (program / "truth.json").exists() else None
            if truth:
                truths.append(truth)
            elif program.is_dir():
                left_out.append(program.name)
    return truths, left_out


def environment(truth):
    """The environment of a run."""
    return {**os.environ, **truth.environment}
