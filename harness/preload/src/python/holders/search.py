# Who holds the objects of the call sites that hold the most.
#
# What is found in memory may be a weak reference, or a number that looks like an address: an object holds another one
# only if the collector's own look at it (gc.get_referents) says so, or if it is of a type that the collector knows
# nothing of.
import time

# The most links of a chain, with the tables between objects; and the most things that are looked for at a time.
LEVELS = 24
MOST = 2000

objects = {}  # address to object; what is no object has no entry
counts = {}  # address of an object to how many references to it there were; less than none where that is not known
holders = {}  # address to addresses of what holds it; what was not looked for yet has no entry
held = {}  # the other way round
rooted = set()  # addresses of what hangs on a root
behind = {}  # address of a block to the objects that are known to be pointed to from it
waiting = {}  # address of a block to objects that point there and do not hold what is known to be behind it
referents = {}  # address of an object to addresses of what it refers to

# Roots: the tables of modules; those of classes that are part of the interpreter, and no blocks; classes and functions
# that are found by their names; frames that run, and their variables; and data of a thread.
modules = {}
for module in list(sys.modules.values()):
    if is_module(module) and namespace(module) is not None:
        modules.setdefault(id(namespace(module)), module)

classes = {}
kinds = [object]
for kind in kinds:
    if id(table_of_class(kind)) not in classes and len(classes) < LONG:
        classes[id(table_of_class(kind))] = kind
        kinds.extend(type.__subclasses__(kind))

named = {}  # address of a class or function to where its name stands
running = set()
local = {}  # address to the frame and the name of a variable
for frame in frames.values():
    while frame is not None and len(running) < LONG:
        running.add(id(frame))
        # At the top of a module these are its own names, which outlive the frame.
        if frame.f_code.co_name != "<module>" and frame.f_code.co_filename != __file__:
            for name, value in variables(frame).items():
                local.setdefault(id(value), (frame, name))
        frame = frame.f_back


def is_thread_data(thing):
    return type(thing).__name__ == "_localdummy"


def is_root(address):
    if address in local or address in running or address in modules or address in classes or address in named:
        return True
    thing = objects.get(address)
    return thing is not None and (is_module(thing) or is_thread_data(thing))


def meet(address, thing, count):
    objects[address] = thing
    counts[address] = count
    # Of other objects nothing is asked yet: their attributes would become a dict, and be found no more.
    if is_class(thing) or type(thing) is FunctionType or type(thing).__name__ == "_lru_cache_wrapper":
        way = way_to(thing)
        if way:
            named[address] = way


def shows(thing):
    """Whether an object only shows memory that another one has."""
    if type(thing) is memoryview or type(thing) is ManagedBufferType:
        return True
    return not type(thing).__flags__ & COLLECTED and built_in(thing, "base")[1] is not None


def refers(holder, children):
    """Whether an object holds any of some others."""
    kind = type(holder)
    if kind is CodeType:
        # Beside its constants it has what it remembers of earlier calls, which may be long gone.
        return not children.isdisjoint(map(id, (holder.co_consts, holder.co_names, holder.co_filename)))
    if not kind.__flags__ & COLLECTED:
        return kind not in PLAIN
    known = referents.get(id(holder))
    if known is None:
        known = referents[id(holder)] = set(map(id, gc.get_referents(holder)))
    return not known.isdisjoint(children)


def note(child, holder):
    """Notes that something is held, and what hangs on a root now."""
    holders[child].append(holder)
    held.setdefault(holder, []).append(child)
    if holder in rooted or is_root(holder):
        below = [holder]
        while below:
            address = below.pop()
            rooted.add(address)
            below.extend(child for child in held.get(address, ()) if child not in rooted)


def look_for(addresses):
    """Finds what holds some objects and blocks, and hands on what was not known before."""
    things = [objects[address] for address in addresses if address in objects]
    blocks = [address for address in addresses if address not in objects]
    for address in addresses:
        holders[address] = []
    new = []
    for child, holder, thing, count in pointed_from((things, blocks)):
        new.extend(link(child, holder, thing, count))
    if pooled:
        new.extend(look_in_pools(things))
    return new


def link(child, holder, thing, count):
    """Notes what points to something as its holder, if it is one; hands on what was not known before."""
    if holder in holders[child]:
        return []
    new = []
    children = {child} if child in objects else behind.get(child)
    if thing is None:
        # From a table it goes on to whose table it is.
        new.extend(put_behind(holder, children or set()))
    elif child not in objects and shows(thing):
        return []
    elif children and not refers(thing, children):
        # Perhaps it holds others of those that are behind a table.
        waiting.setdefault(child, []).append((holder, thing, count))
        return []
    elif holder not in objects:
        meet(holder, thing, count)
    note(child, holder)
    if holder not in holders:
        new.append(holder)
    return new


def put_behind(block, children):
    """Notes that objects are pointed to from a block; hands on what was not known before."""
    known = behind.setdefault(block, set())
    fresh = children - known
    new = []
    if fresh:
        known.update(fresh)
        for found in waiting.pop(block, ()):
            new.extend(link(block, *found))
        for holder in holders.get(block, ()):
            if holder not in objects:
                new.extend(put_behind(holder, fresh))
    return new


def look_in_pools(things):
    """As far as the collector knows of it, and of few: it looks at all that it knows for each of them."""
    new = []
    for thing in things[:32]:
        if holders[id(thing)]:
            continue
        for holder in gc.get_referrers(thing):
            if type(holder) is not FrameType and id(holder) not in ours:
                meet(id(holder), holder, -1)
                note(id(thing), id(holder))
                new.append(id(holder))
    return new


def search(starts):
    """Looks for holders, and for theirs, until all that can be hangs on a root."""
    rooted.update(filter(is_root, starts))
    frontier = starts
    for _ in range(LEVELS):
        # What already hangs on a root, or holds nothing but what does, needs no further look.
        frontier = [
            address
            for address in dict.fromkeys(frontier)
            if address not in holders
            and address not in rooted
            and not (address in held and rooted.issuperset(held[address]))
        ]
        if not frontier or time.process_time() > seconds:
            return
        frontier = look_for(frontier[:MOST])


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
    """Whether something is held by objects alone that hold each other: all references to them come from themselves."""
    if start in rooted:
        return False
    closure, queue, inside = {start}, [start], {}
    for address in queue:
        for holder in holders.get(address, ()):
            if holder not in closure:
                closure.add(holder)
                queue.append(holder)

    def count(thing):
        for referent in gc.get_referents(thing):
            inside[id(referent)] = inside.get(id(referent), 0) + 1
            # Attributes become a dict when they are first looked at.
            if type(referent) is dict and id(referent) not in closure:
                count(referent)

    known = closure & objects.keys()
    for address in known:
        count(objects[address])
    return closure <= holders.keys() and all(counts[address] == inside.get(address, 0) for address in known)
