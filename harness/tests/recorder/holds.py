"""Objects that are held in the way that the first argument names, as many as the second says."""
import asyncio
import functools
import gc
import logging
import os
import sys
import threading

SIZE = 3000
KEPT = []
TASKS = set()
VIEWS = []


class Node:
    def __init__(self):
        self.blob = bytearray(SIZE)


class Client:
    def __init__(self):
        self.page = bytearray(SIZE)

    @functools.lru_cache(maxsize=None)
    def total(self):
        return len(self.page)


class Registry:
    items = {}

    def put(self, key, value):
        self.items[key] = value


def module(count):
    for _ in range(count):
        KEPT.append(bytearray(SIZE))


def cache(count):
    for _ in range(count):
        Client().total()


def handlers(count):
    log = logging.getLogger("requests")
    for _ in range(count):
        handler = logging.NullHandler()
        handler.extra = bytearray(SIZE)
        log.addHandler(handler)


def fail():
    payload = bytearray(SIZE)
    raise ValueError(len(payload))


def tracebacks(count):
    for _ in range(count):
        try:
            fail()
        except ValueError as error:
            KEPT.append(error)


def tasks(count):
    async def sleeper():
        data = bytearray(SIZE)
        await asyncio.Event().wait()
        return data

    async def main():
        for _ in range(count):
            TASKS.add(asyncio.ensure_future(sleeper()))
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main())
    for task in TASKS:
        task._log_destroy_pending = False


def views(count):
    for _ in range(count):
        VIEWS.append(memoryview(bytearray(SIZE))[:10])


def make():
    seen = []

    def add(thing):
        seen.append(thing)

    return add


ADD = make()


def closure(count):
    for _ in range(count):
        ADD(bytearray(SIZE))


OWN = threading.local()


def own(count):
    OWN.items = [bytearray(SIZE) for _ in range(count)]


def attribute(count):
    registry = Registry()
    for number in range(count):
        registry.put("key %d" % number, bytearray(SIZE))


def generators(count):
    def lines():
        line = bytearray(SIZE)
        yield 1
        yield line

    for _ in range(count):
        running = lines()
        next(running)
        KEPT.append(running)


def cycles(count):
    for _ in range(count):
        node = Node()
        node.itself = node


def no_collector(count):
    gc.disable()
    cycles(count)


def at_once(count):
    keep = [bytearray(SIZE) for _ in range(count)]
    print("at once", len(keep), flush=True)
    os._exit(3)


def deep(count, depth=900):
    return deep(count, depth - 1) if depth else at_once(count)


def child(count):
    process = os.fork()
    if process == 0:
        module(count)
        os._exit(4)
    print("child", os.waitpid(process, 0)[1] >> 8)


def busy(count):
    begun = threading.Event()

    def work():
        mine = [bytearray(SIZE) for _ in range(count)]
        begun.set()
        while True:
            len(mine)

    threading.Thread(target=work, daemon=True).start()
    begun.wait()


def raised(count):
    backlog = [bytearray(SIZE) for _ in range(count)]
    raise RuntimeError(len(backlog))


globals()[sys.argv[1]](int(sys.argv[2]))
print("done")
