"""How every command starts: the right interpreter, clean signals, readable failures."""

import os
import signal
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 10)
CHECKOUT = Path(__file__).resolve().parents[2]


def main(command):
    """Run ``command(arguments)`` inside the tools' own environment and exit."""
    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)
        _enter_environment()
        status = command(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    except _failure() as failure:
        print(f"\n{Path(sys.argv[0]).name}: {failure}", file=sys.stderr)
        status = 1
    sys.exit(status)


def _failure():
    from .progress import Failure

    return Failure


def _enter_environment():
    """Continue in the virtual environment, which is built first if need be."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit("Python 3.10 or newer is needed; run this with a newer python3.")
    if not sys.platform.startswith("linux"):
        sys.exit("These tools need Linux (a container or virtual machine will do).")
    from . import venv

    python = venv.ensure(CHECKOUT)
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        os.execv(python, [str(python), *sys.argv])


def _leave(number, _frame):
    """Turn a polite signal into an exit, so that every ``finally`` runs."""
    sys.exit(128 + number)
