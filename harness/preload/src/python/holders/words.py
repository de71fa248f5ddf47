# How a person says what holds an object: a link for each step of a path, innermost first.


def describe(thing):
    """An object by itself: its type, and the name that it has of its own."""
    if is_class(thing):
        return "class %s" % name_of_type(thing)
    if is_module(thing):
        return "module %s" % attribute(thing, "__name__")
    kind, name = name_of_type(type(thing)), None
    if type(thing) is FunctionType or kind == "functools._lru_cache_wrapper":
        name = name_of_function(thing)
    elif type(thing) is MethodType:
        name = name_of_function(thing.__func__)
    elif kind == "functools.partial":
        name = name_of_function(thing.func)
    elif kind in ("_asyncio.Task", "asyncio.tasks.Task"):
        code = attribute(attribute(thing, "_coro"), "cr_code")
        kind, name = "asyncio task of", name_of_code(code) if code is not None else None
    return "%s %s" % (kind, name) if name else kind


def attribute_of(owner, child):
    """The name of the attribute by which an object has another one."""
    table = namespace(owner)
    name = key_of(table, child) if table is not None else None
    if type(name) is str:
        return name
    for kind in bases_of(type(owner)):
        for name, member in members_of(kind).items():
            if type(member) is MemberType and built_in(owner, name)[1] is child:
                return name
    return None


def is_namespace(table, owner):
    return table_of_class(owner) is table if is_class(owner) else namespace(owner) is table


class Chain:
    """Links in words, and the same with the keys of dicts, which differ from object to object."""

    def __init__(self, first):
        self.links = [describe(first)]
        self.keyed = list(self.links)
        # Whether the last link is a type alone, so that it can be named by what has it.
        self.is_bare = self.links[0] == name_of_type(type(first))

    def say(self, link, keyed=None, is_bare=False):
        self.links.append(link)
        self.keyed.append(keyed or link)
        self.is_bare = is_bare

    def name_last(self, name):
        if self.is_bare:
            self.links[-1] = self.keyed[-1] = "%s %s" % (self.links[-1], name)
        self.is_bare = False

    def say_owner(self, owner, child):
        """What has something as an attribute."""
        if is_module(owner) or is_class(owner):
            table = members_of(owner) if is_class(owner) else namespace(owner)
            name = key_of(table, child)
            whole = name_of_type(owner) if is_class(owner) else attribute(owner, "__name__")
            if type(name) is str:
                self.name_last("%s.%s" % (whole, name))
            self.say(describe(owner))
            return
        name, kind = attribute_of(owner, child), describe(owner)
        if type(name) is str and kind == name_of_type(type(owner)):
            self.say("%s.%s" % (kind, name))
        else:
            self.say(kind, is_bare=kind == name_of_type(type(owner)))

    def say_frame(self, frame, of, child):
        name = key_of(variables(frame), child)
        if type(name) is str:
            self.say("local variable %s of %s%s" % (name, of, place_of(frame)))
        else:
            self.say("%sframe of %s" % (of, place_of(frame)))

    def say_tuple_of_function(self, thing, function, child):
        """A tuple that a function has: its closure, or what its parameters are by default. Whether it is one."""
        name = name_of_function(function)
        if thing is function.__defaults__:
            self.say("default value of %s" % name)
        elif thing is function.__closure__:
            variables = zip(function.__code__.co_freevars, thing)
            variable = [variable for variable, cell in variables if cell is child]
            self.say("closure variable %s of %s" % (variable[0], name) if variable else "closure of %s" % name)
        else:
            return False
        return True

    def say_object(self, thing, child):
        """Something that holds another thing, by itself. Whether it is worth a link."""
        kind = type(thing)
        for turns, of, frame in TURNS:
            if kind is turns and attribute(thing, frame) is not None:
                self.say_frame(attribute(thing, frame), of + " ", child)
                return
        if kind is FrameType:
            self.say_frame(thing, "", child)
        elif is_thread_data(thing):
            self.say("data of a thread (threading.local)")
        elif kind is dict:
            key = key_of(thing, child)
            self.say("dict", "dict[%r]" % key[:40] if type(key) is str else None, is_bare=True)
        elif kind not in (CellType, ManagedBufferType) and name_of_type(kind) != "functools._lru_list_elem":
            self.say_owner(thing, child)

    def say_end(self, end, start, child):
        """The root that was come to, or what there is in the place of one."""
        if end in local:
            frame, name = local[end]
            self.say("local variable %s of %s" % (name, place_of(frame)))
        for step in named.get(end, ()):
            self.say_owner(step, child)
            child = step
        if not is_root(end) and end in holders:
            if len(self.links) == 1 and not holders[start]:
                self.say("unreferenced by Python")
            elif is_garbage(start):
                self.say("a cycle that only the collector frees")

    def tidied(self):
        """Without the tables that a cache of functools is made of."""
        for at, link in enumerate(self.links):
            if link.startswith("functools._lru_cache_wrapper"):
                first = at
                while first > 1 and self.links[first - 1] in ("dict", "tuple", "functools._HashedSeq"):
                    first -= 1
                del self.links[first:at], self.keyed[first:at]
                break
        return tuple(self.links), tuple(self.keyed)


def chain(path):
    """What is said of a path that begins with an object."""
    known = [objects[address] for address in path if address in objects]
    child, end = known[0], path[-1]
    words = Chain(child)
    at = 1
    while at < len(known):
        thing = known[at]
        owner = known[at + 1] if at + 1 < len(known) else None
        owner = modules.get(id(thing)) or classes.get(id(thing)) or owner
        at += 1
        if type(thing) is dict and owner is not None and is_namespace(thing, owner):
            words.say_owner(owner, child)
            if id(thing) in classes:
                meet(id(owner), owner, -1)
                end = id(owner)
        elif type(thing) is tuple and type(owner) is FunctionType and words.say_tuple_of_function(thing, owner, child):
            pass
        else:
            words.say_object(thing, child)
            child = thing
            continue
        child = owner
        at += 1
    words.say_end(end, path[0], child)
    return words.tidied()


def typical(chains):
    """The chain that most of them are, with keys where these are the same."""
    groups = {}
    for links, keyed in chains:
        groups.setdefault(links, []).append(keyed)
    if not groups:
        return ()
    links, alike = max(groups.items(), key=lambda group: len(group[1]))
    return alike[0] if len(alike) > 1 and len(set(alike)) == 1 else links


def quoted(text):
    """As JSON has it."""
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


def line_of(stack, things):
    """What is said of a site."""
    kinds, chains = {}, []
    for thing in things:
        name = name_of_type(type(thing))
        kinds[name] = kinds.get(name, 0) + 1
        try:
            chains.append(chain(path_from(id(thing))))
        except Exception:
            # Of something that is not as it should be nothing is said: the others tell.
            pass
    ranked = sorted(kinds.items(), key=lambda kind: -kind[1])[:8]
    kinds = ",".join("[%s,%d]" % (quoted(name), count) for name, count in ranked)
    links = ",".join(map(quoted, typical(chains)[:32]))
    return '{"stack":%d,"objects":[%s],"held_by":[%s]}\n' % (stack, kinds, links)


def lines():
    owner_of = {block: None for _, _, _, blocks in samples for block in blocks}
    for _, things, references, _ in samples:
        for thing, count in zip(things, references):
            meet(id(thing), thing, count)
    search([id(thing) for _, things, _, _ in samples for thing in things] + list(owner_of))
    # Not every block is an object: what holds it is whose it is.
    for block in owner_of:
        owners = [objects[address] for address in path_from(block) if address in objects]
        owner_of[block] = owners[0] if owners else None
    for stack, things, _, blocks in samples:
        owners = [owner_of[block] for block in blocks if owner_of[block] is not None]
        if things or owners:
            yield line_of(stack, things + owners)


ours = {id(globals()), id(samples), id(objects)} | {id(things) for _, things, _, _ in samples} | set(map(id, samples))
try:
    result = "".join(lines()).encode()
except Exception as error:
    step = error.__traceback__
    while step.tb_next is not None:
        step = step.tb_next
    why = "%s: %s (line %d)" % (name_of_type(type(error)), error, step.tb_lineno)
    result = ('{"failed":%s}\n' % quoted(why)).encode()
