"""Which benches there are. Each is a module with ``TITLE`` and ``run(env, options)``."""

import importlib

from . import child

NAMES = ("finalize", "finalize-invoiced", "reserve", "crash")


def _module(name):
    return importlib.import_module(f".{name.replace('-', '_')}", __package__)


def titles():
    """Yield each bench's name and what it measures."""
    for name in NAMES:
        yield name, TITLES[name]


TITLES = {
    "finalize": "a consumer's sale; plain sync_from_ui of the same order",
    "finalize-invoiced": "an invoiced sale; plain sync_from_ui with to_invoice",
    "reserve": "taking a number, 1 and 8 clients; raw UPDATE + INSERT + commit",
    "crash": "200 sales while workers, server and database are killed",
}


def run(name, env, options):
    """Run one bench in a process of its own and return its results."""
    return child.call(_module(name).run, env, options)
