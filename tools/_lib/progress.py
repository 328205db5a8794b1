"""What a person sees while the tools work: one line a step, with the seconds it took.

Progress goes to the error stream, so that a tool's own output stays clean.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time

from .process import die_with_parent

_START = float(os.environ.setdefault("NU_TOOLS_START", str(time.time())))
_HEARTBEAT = 15


class Failure(Exception):
    """The run cannot go on; the message says what the person can do about it."""


def say(text):
    """Print one line of progress with the seconds since the run began."""
    print(f"[{time.time() - _START:6.1f} s] {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title, measure=None):
    """Announce a step, beat while it lasts, and say how long it took.

    ``measure`` returns a short text ("34 MB") that shows that something moves.
    """
    began = time.monotonic()
    done = threading.Event()

    def beat():
        while not done.wait(_HEARTBEAT):
            extra = f", {measure()}" if measure else ""
            say(f"  ... {title}: {time.monotonic() - began:.0f} s{extra}")

    say(title)
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    say(f"  {title}: done in {time.monotonic() - began:.1f} s")


def size_of(folder):
    """Return a function for ``step(measure=)`` that tells a folder's size."""

    def measure():
        total = 0
        for path, _folders, files in os.walk(folder):
            for name in files:
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(path, name)).st_size
        return f"{total / 1e6:.0f} MB"

    return measure


def run(command, advice, **kwargs):
    """Run a command quietly and return its output; if it fails, say what to do."""
    command = [str(part) for part in command]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
            **kwargs,
        )
    except FileNotFoundError as exc:
        raise Failure(f"The command {command[0]} is missing.\n{advice}") from exc
    try:
        output, _none = process.communicate()
    except BaseException:
        # What the command itself has started must not go on writing either.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode:
        tail = "\n".join(output.strip().splitlines()[-25:])
        raise Failure(
            f"This command failed with status {process.returncode}:\n"
            f"  {shlex.join(command)}\n{tail}\n{advice}"
        )
    return output
