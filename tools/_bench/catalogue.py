"""Which benches there are; each is a module of its own with ``run(env, options)``."""

import importlib

from . import child

_TITLES = {
    "finalize": "a consumer's sale; plain sync_from_ui of the same order",
    "finalize-invoiced": "an invoiced sale; plain sync_from_ui with to_invoice",
    "bootstrap": "the start of a terminal; plain pos.session.load_data",
    "batch": "1, 20, 100, 500 sales a message; plain sync_from_ui one by one",
    "reserve": "taking a number, 1 and 8 clients; raw UPDATE + INSERT + commit",
    "rnc-import": "DGII's list of 750,000 taxpayers; plain COPY of the same rows",
    "contention": "1 to 16 HTTP clients, 1 and 4 registers; 8 against 1",
    "two-servers": "two Odoo servers over one database; each sale sent to both",
    "flaky": "sales through a proxy that cuts connections",
    "login": "a password; Odoo's own check. A call with a token; one of Odoo's",
    "memory": "a worker after 5,000 sales; 20 MB",
    "soak": "mixed traffic, closings and refunds for --minutes N",
    "replica": "reads answered by a streaming replica, writes by the primary",
    "scale": "a sale after 1,000,000 others; the first ones of a restaurant",
    "orders-list": "pages of 300,000 orders; raw SQL, and the first page",
    "close-session": "closing 3,000 sales of a hub; the same of plain Odoo",
    "ecf": "an e-CF built, validated, signed; signing alone, and a sale with E32; B02",
    "ecf-soak": "500 e-CF over a line that fails, while workers are killed",
    "report-607": "a month of 10 k to 1 M sales to its TXT; COPY of the same rows",
    "crash": "200 sales while workers, server and database are killed",
}
NAMES = tuple(_TITLES)
#: They count what is right, measure memory, or are far from their limit: two run at a
#: time, the longest first.
_TOGETHER = (
    "memory",
    "report-607",
    "scale",
    "ecf-soak",
    "soak",
    "crash",
    "batch",
    "rnc-import",
    "orders-list",
    "two-servers",
    "replica",
    "flaky",
    "bootstrap",
)
#: They need the machine to themselves, even with --quick.
_ALONE = ("contention", "reserve")


def titles():
    """Return each bench's name and what it measures against what."""
    return _TITLES.items()


def run(names, env, options):
    """Run benches, each in a process of its own; returns their results in order.

    What measures time and is near its limit runs alone; with --quick, whose figures
    are but a look, only what cannot be told otherwise does.
    """
    together = [name for name in _TOGETHER if name in names]
    if options.quick:
        apart = {*_TOGETHER, *_ALONE}
        together[:0] = [name for name in names if name not in apart]
    found = {
        name: child.call(_module(name).run, env, options)
        for name in names
        if name not in together
    }
    answers = child.call_all([_module(name).run for name in together], 2, env, options)
    found.update(zip(together, answers))
    return [result for name in names for result in found[name]]


def _module(name):
    return importlib.import_module(f".{name.replace('-', '_')}", __package__)
