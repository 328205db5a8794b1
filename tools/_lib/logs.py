"""Odoo's log files: where they are, and which of their lines are problems."""

import re

from . import home

KEEP = 40
_PROBLEM = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")
_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ ")


def new(name):
    """Return the path of a fresh log file; the oldest ones are removed."""
    folder = home.folder("logs")
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in files[:-KEEP]:
        path.unlink(missing_ok=True)
    path = folder / f"{name}.log"
    path.write_text("")
    return path


def problems(path):
    """Return the log's warnings and errors, each with the lines that follow it."""
    found, inside = [], False
    for line in path.read_text(errors="replace").splitlines():
        if _LINE.match(line):
            inside = bool(_PROBLEM.match(line))
            if inside:
                found.append(line)
        elif inside:
            found[-1] += "\n" + line
    return found


def tail(path, lines=30):
    """Return the end of a log file."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
