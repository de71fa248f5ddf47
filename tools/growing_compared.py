"""Compares what `harness run --json` says of a program with what is true of it (growing_truth.py). Every difference is
a sentence; none means that the harness is right."""
import re
from pathlib import PurePath

# How far a figure may be off: where it is exact, where it is not, and of something that is explained (which may count
# what lies beside the blocks of its site).
EXACT, ROUGH, EXPLAINED = 0.02, 0.5, 0.1


def bare(function):
    """A function's name without arguments, template arguments, return type, clones and the hash of Rust's mangling."""
    name = re.sub(r"::h[0-9a-f]{16}$", "", function or "")
    # Python's own: <module>, <lambda>.
    if re.fullmatch(r"<\w+>", name):
        return name
    name = re.sub(r"\s*\[clone [^\]]*\]|\.(constprop|isra|part|cold|lto_priv)(\.\d+)*", "", name)
    while True:
        shorter = re.sub(r"<[^<>]*>", "", name)
        if shorter == name:
            break
        name = shorter
    name = re.sub(r"\(.*$", "", name.replace("(anonymous namespace)::", ""))
    return name.split(" ")[-1]


def same_function(found, said):
    """Whether two names mean one function; either may have fewer namespaces than the other."""
    found, said = bare(found), bare(said)
    return bool(found) and (found == said or found.endswith("::" + said) or said.endswith("::" + found))


def same_file(found, said):
    return bool(found) and PurePath(found).name == PurePath(said).name


def near(found, said, share):
    """Whether a figure is within a share of what it should be; a missing figure is not."""
    return found is not None and abs(found - said) <= share * abs(said) + 1e-9


def is_at(found, site):
    """Whether a site of the document is the truth's, or was called by its `through`."""
    if not (same_function(found.get("function"), site.function) and same_file(found.get("file"), site.file)
            and found.get("line") == site.line):
        return False
    if site.through is None:
        return True
    return any(same_function(function, site.through) and (line is None or site.through_line is None or line == site.through_line)
               for function, line in map(frame_of, found.get("stack", [])))


def frame_of(frame):
    """Function and line of a frame of a stack, which may be an object or a text."""
    if isinstance(frame, dict):
        return frame.get("function"), frame.get("line")
    line = re.search(r":(\d+)\)?$", frame)
    return re.split(r" \(| at ", frame)[0].strip(), int(line[1]) if line else None


def process_is(row, wanted):
    """Whether growth was found in the main process or in a child, as the truth wants it."""
    process = row.get("process")
    word = process if isinstance(process, str) else (process or {}).get("role", (process or {}).get("kind", ""))
    return wanted == "any" or (word or "main").split()[0].strip(":,(") == wanted


def total(sites, name):
    """The sum of a figure over sites; None where no site has it."""
    values = [site[name] for site in sites if site.get(name) is not None]
    return sum(values) if values else None


def where(site):
    return f"{site.function} ({site.file}:{site.line})"


def growth_wrong(growth, rows):
    """What the document's growth lacks of one growth of the truth, and the sites that are it: (sentences, sites, rows).
    Where several resources are right, one of them has to be told rightly: figures of two are not added up."""
    told = [resource for resource in growth.resources if any(row.get("resource") == resource for row in rows)]
    if not told:
        return [f"no growth of {' or '.join(growth.resources)}"], [], []
    return min((growth_of(growth, resource, [row for row in rows if row.get("resource") == resource]) for resource in told),
               key=lambda result: len(result[0]))


def growth_of(growth, what, rows):
    """The same of the growth of one resource."""
    here = [row for row in rows if process_is(row, growth.process)]
    if not here:
        return [f"growth of {what} is said of {[row.get('process') for row in rows]} and not of {growth.process}"], [], []
    wrong, matched, used, share = [], [], [], EXACT if growth.exact else ROUGH
    for site in growth.sites:
        pairs = [(row, found) for row in here for found in row.get("sites", []) if is_at(found, site)]
        if not pairs:
            said = [f"{found.get('function')} ({found.get('file')}:{found.get('line')})" for row in here for found in row.get("sites", [])]
            wrong.append(f"{what}: not at {where(site)}, but at {', '.join(said[:4]) or 'no site'}")
            continue
        sites = [found for _, found in pairs]
        matched += sites
        used += [row for row, _ in pairs if row not in used]
        causes = {row.get("cause") for row, _ in pairs}
        if growth.causes and not causes <= set(growth.causes):
            wrong.append(f"{where(site)}: cause {', '.join(map(str, sorted(causes, key=str)))}, not {' or '.join(growth.causes)}")
        for name, said in (("bytes_per_iteration", site.bytes), ("blocks_per_iteration", site.blocks)):
            if said is not None and not near(total(sites, name), said, share):
                wrong.append(f"{where(site)}: {name} {total(sites, name)}, not {said:g}")
    rows_of_it = used if growth.sites else here
    for name, said in (("bytes_per_iteration", growth.bytes), ("count_per_iteration", growth.count)):
        if said is not None and rows_of_it and not near(total(rows_of_it, name), said, share):
            wrong.append(f"{what}: {name} {total(rows_of_it, name)}, not {said:g}")
    if growth.between and (matched or growth.no_site):
        found = total(matched or here, "bytes_per_iteration")
        if found is None or not growth.between[0] <= found <= growth.between[1]:
            wrong.append(f"{what}: {found} bytes an iteration, not between {growth.between[0]} and {growth.between[1]}")
    return wrong, matched, rows_of_it


def is_a_consequence(row, site, also):
    """Whether growth need not be told but may be."""
    return any(one["resource"] == row.get("resource") and
               ("function" not in one or (site is not None and same_function(site.get("function"), one["function"])))
               for one in also)


def explained_wrong(one, rows):
    """What the document lacks of something big that the truth explains."""
    kinds = [row for row in rows if row.get("kind") in one.kinds]
    what = " or ".join(one.kinds)
    if not kinds:
        return [f"{what} is not explained (said: {', '.join(str(row.get('kind')) for row in rows) or 'nothing'})"]
    if one.site:
        at = [row for row in kinds if names(row.get("site"), one.site)]
        if not at:
            return [f"{what}: not at {where(one.site)}"]
        kinds = at
    if one.bytes is not None and not any(near(row.get("bytes"), one.bytes, EXPLAINED) for row in kinds):
        return [f"{what}: {', '.join(str(row.get('bytes')) for row in kinds)} bytes, not {one.bytes:g}"]
    return []


def names(found, site):
    """Whether the site of an explanation, an object or a text, is the truth's."""
    if isinstance(found, dict):
        return same_function(found.get("function"), site.function) and found.get("line") in (site.line, None)
    return isinstance(found, str) and f"{site.file}:{site.line}" in found


def compare(truth, document, code):
    """Everything that is wrong in the document of a run of the program."""
    verdict = document.get("verdict")
    if not isinstance(verdict, dict):
        return ["the document has no verdict"]
    outcome = "leak" if truth.growth else "pass"
    wrong = [] if verdict.get("outcome") == outcome else [f"outcome {verdict.get('outcome')}, not {outcome}"]
    if (code == 0) != (verdict.get("outcome") == "pass"):
        wrong.append(f"exit code {code} with outcome {verdict.get('outcome')}")
    rows = verdict.get("growth") or []
    matched, used = [], []
    for growth in truth.growth:
        sentences, sites, its_rows = growth_wrong(growth, rows)
        wrong += sentences
        matched += sites
        used += its_rows
    for row in rows:
        sites = row.get("sites") or []
        if not sites and not any(row is one for one in used) and not is_a_consequence(row, None, truth.also):
            wrong.append(f"growth that is not there: {row.get('resource')} without a site, {row.get('bytes_per_iteration')} bytes")
        for site in sites:
            if not any(site is one for one in matched) and not is_a_consequence(row, site, truth.also):
                wrong.append(f"growth that is not there: {row.get('resource')} at {site.get('function')} "
                             f"({site.get('file')}:{site.get('line')}), {site.get('bytes_per_iteration')} bytes")
    for one in truth.explained:
        wrong += explained_wrong(one, verdict.get("explained") or [])
    return wrong


def compare_control(document, code):
    """Everything that is wrong in the document of a run of the negative control: it has to be clean."""
    verdict = document.get("verdict")
    if not isinstance(verdict, dict):
        return ["the document has no verdict"]
    wrong = [] if verdict.get("outcome") == "pass" else [f"outcome {verdict.get('outcome')}, not pass"]
    if code:
        wrong.append(f"exit code {code}")
    for row in verdict.get("growth") or []:
        sites = ", ".join(f"{site.get('function')} ({site.get('file')}:{site.get('line')})" for site in row.get("sites") or [])
        wrong.append(f"growth that is not there: {row.get('resource')}, {row.get('bytes_per_iteration')} bytes, at {sites or 'no site'}")
    return wrong
