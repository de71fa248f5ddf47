# Who holds the objects of the call sites that hold the most: run in a copy of the process, which ends with it. These
# files are one text, in this order: look.py, search.py and words.py.
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
# How objects are looked at without a line of the program's code: neither `isinstance`, which asks an object for its
# class, nor `getattr`, which calls properties.
import gc
import sys

# Nothing that is found is to be freed here, with all that the program does then.
gc.disable()

FunctionType = type(lambda: None)
ModuleType = type(sys)
CodeType = type((lambda: None).__code__)
FrameType = type(sys._getframe())
CellType = type((lambda x: lambda: x)(0).__closure__[0])
MethodType = type((lambda: None).__get__(0))
MemberType = type(FunctionType.__globals__)
GetSetType = type(FunctionType.__code__)
GeneratorType = type((lambda: (yield))())
ManagedBufferType = type(gc.get_referents(memoryview(b""))[0])


async def coroutine():
    pass


async def generator():
    yield


one = coroutine()
CoroutineType = type(one)
one.close()
AsyncGeneratorType = type(generator())

# What runs in turns, what it is called, and where its frame is.
TURNS = (
    (GeneratorType, "generator", "gi_frame"),
    (CoroutineType, "coroutine", "cr_frame"),
    (AsyncGeneratorType, "async generator", "ag_frame"),
)
# What holds nothing: words of it may look like addresses.
PLAIN = (str, bytes, bytearray, int, float, complex)
# A flag of types whose objects the collector knows.
COLLECTED = 1 << 14
# Tables that are longer are not searched for a name.
LONG = 100000

bases_of = type.__dict__["__mro__"].__get__
members_of = type.__dict__["__dict__"].__get__
module_of_type = type.__dict__["__module__"].__get__
path_of_type = type.__dict__["__qualname__"].__get__


def is_class(thing):
    return issubclass(type(thing), type)


def is_module(thing):
    return issubclass(type(thing), ModuleType)


def built_in(thing, name):
    """The part of an object that its type lays out: (whether there is one, what it is)."""
    for kind in bases_of(type(thing)):
        member = members_of(kind).get(name)
        if type(member) is GetSetType or type(member) is MemberType:
            try:
                return True, member.__get__(thing, type(thing))
            except Exception:
                return True, None
        if member is not None:
            break
    return False, None


def namespace(thing):
    """The dict of an object's attributes, or None."""
    table = built_in(thing, "__dict__")[1]
    return table if type(table) is dict else None


def attribute(thing, name):
    """An attribute of an object, or None where it cannot be had or would have to be asked for."""
    is_there, value = built_in(thing, name)
    if is_there:
        return value
    table = namespace(thing)
    return table.get(name) if table is not None else None


def table_of_class(kind):
    return gc.get_referents(members_of(kind))[0]


def name_of_type(kind):
    module, path = module_of_type(kind), path_of_type(kind)
    return path if type(module) is not str or module == "builtins" else "%s.%s" % (module, path)


def name_of_function(function):
    module, path = attribute(function, "__module__"), attribute(function, "__qualname__")
    if type(path) is not str:
        return None
    return "%s.%s" % (module, path) if type(module) is str else path


def name_of_code(code):
    return getattr(code, "co_qualname", code.co_name)


def place_of(frame):
    file = frame.f_code.co_filename.rpartition("/")[2]
    return "%s, %s:%s" % (name_of_code(frame.f_code), file, frame.f_lineno)


def variables(frame):
    """The local variables of a frame, where they are no mapping of the program's own."""
    known = frame.f_locals
    if type(known) is dict or type(known).__name__ == "FrameLocalsProxy":
        return dict(known)
    return {}


def key_of(table, child):
    """The key by which a dict has something, or None."""
    if len(table) <= LONG:
        for key, value in table.items():
            if value is child:
                return key
    return None


def way_to(thing):
    """Where a class or a function stands that is found by its own name: the classes that it is in, innermost first, and
    its module; None where it is not found so."""
    if is_class(thing):
        module, path = module_of_type(thing), path_of_type(thing)
    else:
        module, path = attribute(thing, "__module__"), attribute(thing, "__qualname__")
    step = sys.modules.get(module) if type(module) is str and type(path) is str else None
    if step is None or not is_module(step):
        return None
    steps = [step]
    for part in path.split("."):
        table = members_of(step) if is_class(step) else namespace(step)
        step = table.get(part) if table is not None else None
        if type(step) in (staticmethod, classmethod):
            step = attribute(step, "__func__")
        if step is None:
            return None
        steps.append(step)
    return steps[-2::-1] if step is thing else None
