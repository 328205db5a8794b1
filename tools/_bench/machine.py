"""What the machine does meanwhile: processes, their CPU time and memory, its speed."""

import contextlib
import multiprocessing
import os
import time
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_FORK = multiprocessing.get_context("fork")


def workers(pid):
    """Return the processes that answer requests: children that listen, not Odoo's
    websocket process, which is a program of its own."""
    found = []
    parent = Path(f"/proc/{pid}/cmdline").read_bytes()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text().split():
                with contextlib.suppress(OSError):
                    if Path(f"/proc/{child}/cmdline").read_bytes() == parent:
                        found.append(int(child))
    return found


def backends(db):
    """Return the processes of PostgreSQL that work on a database, if it runs here."""
    rows = db.query(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    return [pid for (pid,) in rows]


def cpu_seconds(pids):
    """Return the CPU time that processes (``"self"``: this one) have used; those that
    are gone count 0."""
    total = 0.0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError):
            text = Path(f"/proc/{pid}/stat").read_text()
            figures = text.rpartition(")")[2].split()
            total += (int(figures[11]) + int(figures[12])) / _TICK
    return total


def memory_mb(pid):
    """Return a process's resident memory that is its own, in MB."""
    figures = Path(f"/proc/{pid}/statm").read_text().split()
    return (int(figures[1]) - int(figures[2])) * _PAGE / 1e6


def peak_memory(reset=False):
    """Return this process's greatest resident memory since the last reset, in bytes."""
    if reset:
        # proc(5): 5 sets the peak to what is resident now
        Path("/proc/self/clear_refs").write_text("5")
    (line,) = (
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) * 1024


def second_core(seconds=0.15):
    """Return how much two busy processes get done beside what one does: 2.0 where two
    cores are free, 1.0 where the machine has but one to give at this moment."""
    alone, both = _race(1, seconds), _race(2, seconds)
    return both / alone


def _race(count, seconds):
    barrier = _FORK.Barrier(count)
    results = _FORK.SimpleQueue()
    processes = [
        _FORK.Process(target=_spin, args=(barrier, results, seconds), daemon=True)
        for _process in range(count)
    ]
    for process in processes:
        process.start()
    total = sum(results.get() for _process in processes)
    for process in processes:
        process.join()
    return total


def _spin(barrier, results, seconds):
    barrier.wait()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for number in range(500):
            str(number)
        count += 1
    results.put(count)
