"""A bench in a forked process: each finds no registry and no connection."""

import multiprocessing
import signal
import traceback

from _lib.process import die_with_parent
from _lib.progress import Failure

_FORK = multiprocessing.get_context("fork")


def call(function, *arguments):
    """Return ``function(*arguments)``, computed in a child that dies with us."""
    mine, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_answer, args=(theirs, function, arguments))
    process.start()
    theirs.close()
    try:
        try:
            kind, value = mine.recv()
        except EOFError:
            kind, value = "failure", "the bench's process ended without a result"
        process.join()
    finally:
        # Its databases go with it, so it is asked politely and waited for.
        process.terminate()
        process.join()
    if kind == "failure":
        raise Failure(value)
    return value


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
