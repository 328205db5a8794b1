"""A bench in a forked process: each finds no registry and no connection."""

import multiprocessing
import multiprocessing.connection
import signal
import traceback

from _lib.process import die_with_parent
from _lib.progress import Failure

_FORK = multiprocessing.get_context("fork")


def call(function, *arguments):
    """Return ``function(*arguments)``, computed in a child that dies with us."""
    return call_all([function], 1, *arguments)[0]


def call_all(functions, at_once, *arguments):
    """Return what each function returns, each computed in a child of its own, so many
    at once."""
    waiting, running = list(enumerate(functions)), {}
    answers = [None] * len(functions)
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                index, function = waiting.pop(0)
                child = _Child(function, arguments)
                running[child.pipe] = index, child
            for pipe in multiprocessing.connection.wait(list(running)):
                index, child = running[pipe]
                answers[index] = child.answer()
                del running[pipe]
                child.end()
    finally:
        for _index, child in running.values():
            child.end()
    return answers


class _Child:
    def __init__(self, function, arguments):
        self.pipe, theirs = _FORK.Pipe(duplex=False)
        self.process = _FORK.Process(target=_answer, args=(theirs, function, arguments))
        self.process.start()
        theirs.close()

    def answer(self):
        try:
            kind, value = self.pipe.recv()
        except EOFError:
            kind, value = "failure", "the bench's process ended without a result"
        if kind == "failure":
            raise Failure(value)
        self.process.join()
        return value

    def end(self):
        # Its databases go with it, so it is asked politely and waited for.
        self.process.terminate()
        self.process.join()
        self.pipe.close()


def _answer(pipe, function, arguments):
    die_with_parent()()
    # A person's Ctrl-C is for the tool, which then asks us to end.
    signal.signal(signal.SIGINT, lambda *_ignored: None)
    try:
        pipe.send(("value", function(*arguments)))
    except Failure as failure:
        pipe.send(("failure", str(failure)))
    except Exception:
        pipe.send(("failure", traceback.format_exc()))
