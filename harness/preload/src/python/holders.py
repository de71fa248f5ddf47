# Who holds the objects of the call sites that hold the most: run in a copy of the process, which ends with it.
#
# Given are
#   samples       for each site its stack's number, some of its objects, how many references to each there were, and
#                 addresses of its blocks that are no objects
#   pointed_from  takes objects and addresses of blocks, and finds live blocks that point to them: (address of what is
#                 pointed to, address of what points to it, the object there or None, how many references to it there were)
#   frames        the innermost frame of each thread
#   pooled        whether Python has small objects in pools of its own, where nothing is found in them
#   seconds       processor time that may be spent
# and `result` is set: JSON, a line for each site.
#
# What is found in memory may be a weak reference, or a number that looks like an address: an object holds another one
# only if the collector's own look at it (gc.get_referents) says so, or if it is of a type that the collector knows
# nothing of. Nothing is asked of the program's classes that would run their code.
import gc
import sys
import time

LEVELS = 24
MOST = 2000
LONG = 100000
COLLECTED = 1 << 14

get = object.__getattribute__
FunctionType = type(lambda: None)
ModuleType = type(sys)
CodeType = type((lambda: None).__code__)
FrameType = type(sys._getframe())
CellType = type((lambda x: lambda: x)(0).__closure__[0])
MethodType = type((lambda: None).__get__(0))
MemberType = type(FunctionType.__globals__)
GeneratorType = type((lambda: (yield))())
ManagedBufferType = type(gc.get_referents(memoryview(b""))[0])


async def _coroutine():
    yield


_one = _coroutine()
AsyncGeneratorType = type(_one)


async def _coroutine():
    pass


_one = _coroutine()
CoroutineType = type(_one)
_one.close()
# What holds nothing: words of it may look like addresses.
PLAIN = (str, bytes, bytearray, int, float, complex)
RUNNING = ((GeneratorType, "gi"), (CoroutineType, "cr"), (AsyncGeneratorType, "ag"))


def attribute(thing, name, default=None):
    """An attribute that needs no code of the program's to be had."""
    try:
        return get(thing, name)
    except Exception:
        return default


def class_attribute(kind, name, default=None):
    try:
        return type.__getattribute__(kind, name)
    except Exception:
        return default


def name_of_type(kind):
    module = type.__dict__["__module__"].__get__(kind)
    name = type.__dict__["__qualname__"].__get__(kind)
    if not isinstance(module, str) or module == "builtins":
        return str(name)
    return "%s.%s" % (module, name)


def name_of_function(function):
    module, name = attribute(function, "__module__"), attribute(function, "__qualname__")
    if type(name) is not str:
        return None
    return "%s.%s" % (module, name) if type(module) is str else name


def name_of_code(code):
    return getattr(code, "co_qualname", code.co_name)


def place_of_frame(frame):
    file = frame.f_code.co_filename
    return "%s, %s:%s" % (name_of_code(frame.f_code), file.rpartition("/")[2], frame.f_lineno)


def key_of(table, child):
    """How a dict has something: its key, or None; and whether it is the key itself."""
    if dict.__len__(table) > LONG:
        return None, False
    for key, value in dict.items(table):
        if value is child:
            return key, False
        if key is child:
            return None, True
    return None, False


# ---- who holds whom

modules = {}
for module in list(sys.modules.values()):
    if isinstance(module, ModuleType):
        table = attribute(module, "__dict__")
        if type(table) is dict:
            modules.setdefault(id(table), module)

# The tables of classes that are part of the interpreter, and no blocks.
classes = {}
rest = [object]
for kind in rest:
    table = gc.get_referents(type.__dict__["__dict__"].__get__(kind))[0]
    if id(table) not in classes and len(classes) < LONG:
        classes[id(table)] = kind
        rest.extend(type.__subclasses__(kind))

running = {}
local = {}
for frame in list((frames or {}).values()):
    while frame is not None and len(running) < 10000:
        if frame.f_code.co_filename != __file__:
            running[id(frame)] = frame
            try:
                values = dict(frame.f_locals)
            except Exception:
                values = {}
            # At the top of a module these are its own names, which outlive the frame.
            if frame.f_code.co_name != "<module>":
                for name, value in values.items():
                    local.setdefault(id(value), (frame, name))
        frame = frame.f_back


def by_name(thing):
    """A class or function that is found by its own name: the classes that it is in, innermost first, and its module."""
    if isinstance(thing, type):
        module, name = class_attribute(thing, "__module__"), class_attribute(thing, "__qualname__")
    else:
        module, name = attribute(thing, "__module__"), attribute(thing, "__qualname__")
    if type(module) is not str or type(name) is not str:
        return None
    step = sys.modules.get(module)
    if not isinstance(step, ModuleType):
        return None
    steps = [step]
    for part in name.split("."):
        if isinstance(step, type):
            table = type.__dict__["__dict__"].__get__(step)
        else:
            table = attribute(step, "__dict__", {})
        step = table.get(part)
        if step is None:
            return None
        step = attribute(step, "__func__", step) if type(step) in (staticmethod, classmethod) else step
        steps.append(step)
    return steps[-2::-1] if step is thing else None


def is_root(address):
    thing = objects.get(address)
    if address in local or address in running or address in modules or address in classes:
        return True
    if thing is None:
        return False
    return isinstance(thing, ModuleType) or address in named or type(thing).__name__ == "_localdummy"


objects = {}  # address to object; what is no object has no entry
holders = {}  # address to addresses of what holds it
held = {}  # the other way round
rooted = set()  # addresses of what hangs on a root
named = {}  # address of a class or function to where its name stands
counts = {}  # address of an object to how many references to it there were
behind = {}  # address of a block to the objects that are known to be pointed to from it
referents = {}


def refers(holder, children):
    """Whether an object holds any of some others."""
    kind = type(holder)
    if kind is CodeType:
        # Beside its constants it has what it remembers of earlier calls, which may be long gone.
        return not children.isdisjoint([id(part) for part in (holder.co_consts, holder.co_names, holder.co_filename)])
    if not kind.__flags__ & COLLECTED:
        return kind not in PLAIN
    known = referents.get(id(holder))
    if known is None:
        known = referents[id(holder)] = set(map(id, gc.get_referents(holder)))
    return not known.isdisjoint(children)


def shows(thing):
    """Whether an object only shows memory that another one has."""
    if type(thing) is memoryview or type(thing) is ManagedBufferType:
        return True
    return not type(thing).__flags__ & COLLECTED and attribute(thing, "base") is not None


def meet(address, thing, count):
    objects[address] = thing
    counts[address] = count
    if isinstance(thing, type) or callable(thing) and attribute(thing, "__qualname__"):
        steps = by_name(thing)
        if steps:
            named[address] = steps


def note(child, holder):
    """Notes that something is held, and what of it hangs on a root now."""
    holders[child].append(holder)
    held.setdefault(holder, []).append(child)
    if holder in rooted or is_root(holder):
        rooted.add(holder)
        below = [child]
        while below:
            address = below.pop()
            if address not in rooted:
                rooted.add(address)
                below.extend(held.get(address, ()))


def level(todo):
    """Finds what holds some objects and blocks, and hands on what was not known before."""
    for address in todo:
        holders[address] = []
    things = [objects[address] for address in todo if address in objects]
    blocks = [address for address in todo if address not in objects]
    new = []
    for child, holder, thing, count in pointed_from((things, blocks)):
        if holder in holders[child]:
            continue
        children = {child} if child in objects else behind.get(child)
        if thing is None:
            # From a table it goes on to whose table it is.
            known = behind.setdefault(holder, set())
            known.update(children or ())
        elif child not in objects and shows(thing) or children and not refers(thing, children):
            continue
        elif holder not in objects:
            meet(holder, thing, count)
        note(child, holder)
        if holder not in holders:
            new.append(holder)
    for thing in things[:32]:
        # Small objects are not blocks of their own where Python has them in its pools.
        if pooled and not holders[id(thing)]:
            for holder in gc.get_referrers(thing):
                if type(holder) is not FrameType and id(holder) not in ours:
                    meet(id(holder), holder, -1)
                    note(id(thing), id(holder))
                    new.append(id(holder))
    return new


def path_from(start):
    """The shortest way from something to a root, or else the longest that there is."""
    came, queue, last = {start: None}, [start], start
    for address in queue:
        last = address
        if is_root(address):
            break
        for holder in holders.get(address, ()):
            if holder not in came:
                came[holder] = address
                queue.append(holder)
    path = []
    while last is not None:
        path.append(last)
        last = came[last]
    return path[::-1]


def is_garbage(start):
    """Whether only objects that hold each other in a circle hold something."""
    if start in rooted:
        return False
    closure, queue = {start}, [start]
    for address in queue:
        for holder in holders.get(address, ()):
            if holder not in closure:
                closure.add(holder)
                queue.append(holder)
    inside = {}

    def count(thing):
        for referent in gc.get_referents(thing):
            inside[id(referent)] = inside.get(id(referent), 0) + 1
            # Attributes become a dict when they are first looked at.
            if type(referent) is dict and id(referent) not in closure:
                count(referent)

    for address in closure & objects.keys():
        if address not in holders:
            return False
        count(objects[address])
    return all(counts[address] == inside.get(address, 0) for address in closure & objects.keys())


def search(starts):
    rooted.update(filter(is_root, starts))
    frontier = list(starts)
    for _ in range(LEVELS):
        # What already hangs on a root, or holds nothing but what does, needs no further look.
        todo = [
            address
            for address in dict.fromkeys(frontier)
            if address not in holders
            and address not in rooted
            and not (address in held and rooted.issuperset(held[address]))
        ]
        if not todo or time.process_time() > seconds:
            return
        frontier = level(todo[:MOST])


# ---- how a person says it


def attribute_of(owner, child):
    """By which attribute an object has another one."""
    table = attribute(owner, "__dict__")
    if type(table) is dict:
        key, _ = key_of(table, child)
        if type(key) is str:
            return key
    for kind in type.__dict__["__mro__"].__get__(type(owner)):
        for name, member in type.__dict__["__dict__"].__get__(kind).items():
            if type(member) is MemberType:
                try:
                    if member.__get__(owner) is child:
                        return name
                except Exception:
                    pass
    return None


def is_namespace(table, owner):
    if isinstance(owner, type):
        return gc.get_referents(type.__dict__["__dict__"].__get__(owner))[0] is table
    return attribute(owner, "__dict__") is table


def of_owner(owner, child):
    """What has another object as an attribute: (of which kind, what is said of it, the name of the attribute)."""
    if isinstance(owner, ModuleType):
        name = attribute(owner, "__name__")
        key, _ = key_of(attribute(owner, "__dict__"), child)
        return "module", "module %s" % name, "%s.%s" % (name, key) if type(key) is str else None
    if isinstance(owner, type):
        key = None
        for name, value in type.__dict__["__dict__"].__get__(owner).items():
            if value is child:
                key = name
        name = name_of_type(owner)
        return "class", "class %s" % name, "%s.%s" % (name, key) if type(key) is str else None
    key = attribute_of(owner, child)
    kind = name_of_type(type(owner))
    return "instance", "%s.%s" % (kind, key) if key else kind, None


def locals_of(thing):
    for kind, prefix in RUNNING:
        if type(thing) is kind:
            return attribute(thing, prefix + "_frame"), kind.__name__.replace("_", " ")
    return None, None


def variable_in(frame, child):
    try:
        return key_of(dict(frame.f_locals), child)[0]
    except Exception:
        return None


def describe(thing):
    """An object by itself."""
    if isinstance(thing, type):
        return "class %s" % name_of_type(thing)
    if isinstance(thing, ModuleType):
        return "module %s" % attribute(thing, "__name__")
    kind = name_of_type(type(thing))
    if type(thing) is FunctionType or kind == "functools._lru_cache_wrapper":
        name = name_of_function(thing)
        return "%s %s" % (kind, name) if name else kind
    if type(thing) is MethodType:
        name = name_of_function(thing.__func__)
        return "method %s" % name if name else "method"
    if kind in ("_asyncio.Task", "asyncio.tasks.Task"):
        coroutine = attribute(thing, "_coro") or attribute(thing, "get_coro", lambda: None)()
        code = attribute(coroutine, "cr_code")
        return "asyncio task of %s" % name_of_code(code) if code else "asyncio task"
    if kind == "functools.partial":
        name = name_of_function(thing.func)
        return "functools.partial of %s" % name if name else kind
    return kind


# What stands between two things that a person knows of, and is not worth a word.
BETWEEN = ("managedbuffer", "cell", "functools._lru_list_elem")


def chain(path):
    """What is said of a path, innermost first: texts, and the same with keys of dicts."""
    known = [(address, objects.get(address)) for address in path]
    known = [(address, thing) for address, thing in known if thing is not None or address == path[0]]
    says, keyed = [], []

    def say(text, more=None):
        says.append(text)
        keyed.append(more or text)

    def name_last(name):
        if name and says and " " not in says[-1] and "." not in says[-1]:
            says[-1] = keyed[-1] = "%s %s" % (says[-1], name)

    first = known[0][1]
    say(describe(first) if first is not None else "memory")
    child, end = first, path[-1]
    at = 1
    while at < len(known):
        address, thing = known[at]
        owner = known[at + 1][1] if at + 1 < len(known) else None
        at += 1
        kind = type(thing)
        root = modules.get(address) or classes.get(address)
        if root is not None or kind is dict and owner is not None and is_namespace(thing, owner):
            owner = owner if root is None else root
            what, text, name = of_owner(owner, child)
            if name:
                name_last(name)
            say(text)
            child = owner
            at += 1
            if isinstance(root, type):
                end = id(root)
                meet(end, root, -1)
            continue
        frame, of = locals_of(thing)
        if kind is FrameType or frame is not None:
            name = variable_in(frame or thing, child)
            place = place_of_frame(frame or thing)
            of = of + " " if of else ""
            say("local variable %s of %s%s" % (name, of, place) if type(name) is str else "%sframe of %s" % (of, place))
        elif type(thing).__name__ == "_localdummy":
            say("data of a thread (threading.local)")
        elif kind is tuple and type(child) is CellType and type(owner) is FunctionType:
            names = owner.__code__.co_freevars
            cells = owner.__closure__ or ()
            of = [name for name, cell in zip(names, cells) if cell is child]
            says.append("closure variable %s of %s" % (of[0] if of else "", name_of_function(owner)))
            keyed.append(says[-1])
            thing = owner
            at += 1
        elif kind is tuple and type(owner) is FunctionType and owner.__defaults__ is thing:
            say("default value of %s" % name_of_function(owner))
            thing = owner
            at += 1
        elif name_of_type(kind) in BETWEEN:
            if kind is not CellType:
                continue
        elif kind is dict:
            key, _ = key_of(thing, child)
            say("dict", "dict[%r]" % key[:40] if type(key) is str else None)
        elif kind in (list, tuple, set, frozenset):
            say(kind.__name__)
        elif isinstance(thing, (ModuleType, type)):
            what, text, name = of_owner(thing, child)
            if name:
                name_last(name)
            say(text)
        elif describe(thing) != name_of_type(kind):
            say(describe(thing))
        else:
            key = attribute_of(thing, child)
            text = name_of_type(kind)
            say("%s.%s" % (text, key) if key else text)
        child = thing
    if end in local:
        frame, name = local[end]
        say("local variable %s of %s" % (name, place_of_frame(frame)))
    for step in named.get(end, ()):
        _, text, _ = of_owner(step, child)
        say(text)
        child = step
    if not is_root(end) and end in holders:
        if len(path) == 1:
            say("unreferenced by Python")
        elif is_garbage(path[0]):
            say("a cycle that only the collector frees")
    return says, keyed


def tidy(says, keyed):
    """Without the tables that a cache of functools is made of."""
    for at, text in enumerate(says):
        if text.startswith("functools._lru_cache_wrapper"):
            first = at
            while first > 1 and says[first - 1] in ("dict", "tuple", "functools._HashedSeq"):
                first -= 1
            return says[:first] + says[at:], keyed[:first] + keyed[at:]
    return says, keyed


def typical(chains):
    """The chain that most of them are."""
    groups = {}
    for says, keyed in chains:
        groups.setdefault(tuple(says), []).append(tuple(keyed))
    if not groups:
        return []
    says, alike = max(groups.items(), key=lambda group: len(group[1]))
    return alike[0] if len(set(alike)) == 1 and len(alike) > 1 else says


def quoted(text):
    parts = []
    for letter in text[:400]:
        code = ord(letter)
        if letter in '"\\':
            parts.append("\\" + letter)
        elif 32 <= code < 127:
            parts.append(letter)
        elif code < 0x10000:
            parts.append("\\u%04x" % code)
        else:
            code -= 0x10000
            parts.append("\\u%04x\\u%04x" % (0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF)))
    return '"%s"' % "".join(parts)


def main():
    # Not every block is an object: first whose they are.
    owner_of = {}
    for _, things, references, blocks in samples:
        for thing, count in zip(things, references):
            meet(id(thing), thing, count)
        for block in blocks:
            owner_of.setdefault(block, None)
    starts = [id(thing) for _, things, _, _ in samples for thing in things] + list(owner_of)
    search(starts)
    for block in owner_of:
        for address in path_from(block):
            if address in objects:
                owner_of[block] = objects[address]
                break
    lines = []
    for stack, things, _, blocks in samples:
        things = list(things) + [owner_of[block] for block in blocks if owner_of[block] is not None]
        if not things:
            continue
        kinds = {}
        for thing in things:
            name = name_of_type(type(thing))
            kinds[name] = kinds.get(name, 0) + 1
        chains = []
        for thing in things:
            try:
                chains.append(tidy(*chain(path_from(id(thing)))))
            except Exception:
                pass
        held_by = ",".join(map(quoted, typical(chains)[:32]))
        ranked = sorted(kinds.items(), key=lambda kind: -kind[1])[:8]
        of = ",".join("[%s,%d]" % (quoted(name), count) for name, count in ranked)
        lines.append('{"stack":%d,"objects":[%s],"held_by":[%s]}\n' % (stack, of, held_by))
    return "".join(lines).encode()


ours = {id(globals()), id(samples), id(objects)} | {id(things) for _, things, _, _ in samples} | set(map(id, samples))
gc.disable()
try:
    result = main()
except Exception as error:
    step = error.__traceback__
    while step.tb_next is not None:
        step = step.tb_next
    why = "%s: %s (line %d)" % (name_of_type(type(error)), error, step.tb_lineno)
    result = ('{"failed":%s}\n' % quoted(why)).encode()
