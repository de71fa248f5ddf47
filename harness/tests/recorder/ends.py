"""Ends in the way that the argument names: what is printed must be the same whoever looks on."""
import sys


def handlers():
    import atexit

    for number in range(3):
        atexit.register(print, "handler", number)


def code():
    sys.exit(5)


def text():
    sys.exit("why")


def interrupted():
    raise KeyboardInterrupt


def modules():
    print(sorted(sys.modules))


def stdout():
    import io

    sys.stdout = io.StringIO()
    sys.stderr = None


def finalizers():
    class Last:
        def __init__(self, name):
            self.name = name
            self.itself = self

        def __del__(self):
            print("freed", self.name)

    Last("cycle")
    globals()["KEPT"] = Last("kept")


def callbacks():
    import gc

    gc.callbacks.append(lambda phase, about: print(phase, sorted(about)))


def cleared():
    import atexit

    atexit.register(print, "never")
    atexit._clear()
    grow()


def called():
    import atexit

    atexit.register(print, "early")
    atexit._run_exitfuncs()
    print("between")
    grow()
    atexit.register(print, "late")


def hooks():
    import builtins

    find = builtins.__import__
    builtins.__import__ = lambda name, *rest: print("import", name) or find(name, *rest)
    sys.addaudithook(lambda event, about: event == "import" and print("audit", about[0]))


def pool():
    import multiprocessing

    workers = multiprocessing.get_context("fork").Pool(2)
    print(workers.map(abs, range(-3, 3)))
    # Not `terminate`, which a signal does.
    workers.close()
    workers.join()


def raised():
    import signal

    grow()
    signal.raise_signal(signal.SIGTERM)


def killed():
    import os
    import signal

    # As servers do that cleaned up after it.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    os.kill(os.getpid(), signal.SIGTERM)
    print("handled", flush=True)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    grow()
    os.kill(os.getpid(), signal.SIGTERM)


def threads():
    import threading

    threading.Thread(target=lambda: print("thread")).start()


KEPT = []


def grow():
    for _ in range(200):
        KEPT.append(bytearray(3000))


globals()[sys.argv[1]]()
