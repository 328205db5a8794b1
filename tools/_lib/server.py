"""An Odoo server: started on loopback, waited for, stopped."""

import contextlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import logs
from .process import die_with_parent, stop
from .progress import Failure, step

PATIENCE = 180


@dataclass
class Running:
    """A server that answers: its address, its process and its log."""

    url: str
    port: int
    process: subprocess.Popen
    log: Path

    @property
    def pid(self):
        return self.process.pid

    def problems(self):
        """Return the warnings and errors in the server's log."""
        return logs.problems(self.log)


def free_port():
    """Return a TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def run(env, db, workers=0, port=None, ready=("/web/login",), **options):
    """Serve a database for the length of a block.

    ``workers`` 0 is one process with threads, more are processes. ``ready`` are the
    paths that must answer 200 before the block begins; ``options`` go into Odoo's
    configuration file.
    """
    running = _start_somewhere(env, db, workers, port, ready, options)
    try:
        yield running
    finally:
        stop(running.process)


def _start_somewhere(env, db, workers, port, ready, options):
    """Start on the port asked for, or on a free one that may be lost to a race."""
    for attempt in range(3):
        try:
            with step("Starting Odoo"):
                return _start(env, db, workers, port or free_port(), ready, options)
        except _PortTaken as exc:
            if port or attempt == 2:
                raise Failure(f"{exc}\nChoose another with --port.") from exc
    raise AssertionError("unreachable")


class _PortTaken(Exception):
    """Somebody else listens on the port."""


def _start(env, db, workers, port, ready, options):
    if is_taken(port):
        raise _PortTaken(f"Port {port} is in use.")
    log = logs.new(f"{db.name}-server-{port}")
    config = env.write_config(
        db.folder / f"server-{port}.conf",
        db.name,
        db.folder / "data",
        http_port=port,
        gevent_port=free_port(),
        workers=workers,
        logfile=log,
        **options,
    )
    output = db.folder / f"server-{port}.out"
    with open(output, "w") as sink:
        process = subprocess.Popen(
            env.command("server"),
            env=env.environ(config),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=db.folder,
            preexec_fn=die_with_parent(),
            # A person's Ctrl-C is for the tool, which then stops the server itself.
            start_new_session=True,
        )
    running = Running(f"http://127.0.0.1:{port}", port, process, log)
    try:
        for path in ready:
            _wait(running, path, output)
    except BaseException:
        stop(process)
        raise
    return running


def is_taken(port):
    """Tell whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(running, path, output):
    """Poll a path until it answers 200, the server ends or patience runs out."""
    deadline = time.monotonic() + PATIENCE
    answer = "nothing"
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            said = logs.tail(running.log) + "\n" + logs.tail(output)
            if "Address already in use" in said:
                raise _PortTaken(f"Port {running.port} is in use.")
            raise Failure(f"Odoo ended before it served. The end of its log:\n{said}")
        try:
            with urllib.request.urlopen(running.url + path, timeout=60) as response:
                answer = response.status
            if answer == 200:
                return
        except urllib.error.HTTPError as error:
            answer = error.code
            if answer != 503:
                break
        except OSError as error:
            answer = error
        time.sleep(0.2)
    raise Failure(
        f"{running.url}{path} answered {answer}. The end of {running.log}:\n"
        f"{logs.tail(running.log)}"
    )
