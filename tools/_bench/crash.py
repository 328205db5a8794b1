"""``crash``: sales go on while what serves them is killed; no number may suffer.

Clients send sales over HTTP to a server with two worker processes. At seeded moments
workers get SIGKILL, the whole server gets it and is started again, and PostgreSQL is
shut down at once and started again. A client repeats what was not answered. At the end
the database and the answers must tell the same story.
"""

import contextlib
import os
import random
import signal
import statistics
import time

from _lib import database, server
from _lib.progress import say, step

from . import machine, private_cluster, traffic
from .report import Result

SALES, SALES_QUICK = 200, 60
CLIENTS = 6
SEED = 1968


def run(env, options):
    try:
        with private_cluster.fresh(env, f"nu_crash_{os.getpid()}") as found:
            own, db, private = found
            return [_perform(own, db, options, private)]
    except private_cluster.Unavailable as reason:
        with database.fresh(env, "bench") as db:
            return [_perform(env, db, options, None, str(reason))]


def _perform(env, db, options, private, reason=None):
    count = SALES_QUICK if options.quick else SALES
    traffic.open_gates(db)
    sales = traffic.sales(traffic.demo_tills(db), count, SEED, "CRASH")
    plan = _plan(private is not None, count, options.quick)
    port = server.free_port()
    with contextlib.ExitStack() as stack:
        killer = Killer(env, db, port, private, stack)
        # The thread that starts a server must live as long: it is this one.
        killer.start()
        clients = traffic.Clients([killer.url], sales, CLIENTS)
        began = time.monotonic()
        with step(f"Bench crash: {len(sales)} sales, {len(plan)} kills"):
            clients.start()
            killer.perform(plan, clients)
            clients.join()
        duration = time.monotonic() - began
        with step("Sending all of them once more"):
            again = traffic.Clients([killer.url], sales, CLIENTS, token=clients.token)
            again.start().join()
    problems = [*clients.problems, *again.problems]
    problems += traffic.compare(db, sales, clients.answers, again.answers)
    right = 0 if problems else len(sales)
    return Result(
        "crash",
        right,
        len(sales),
        1.0,
        "sales right",
        lower=False,
        detail={
            "kills": killer.counts
            if private
            else {**killer.counts, "PostgreSQL": f"left alone: {reason}"},
            "sent again": clients.repeats,
            "of those after a page of Odoo's own (no database)": clients.pages,
            "of those sold already, the answer was lost": sum(
                not answer["created"] for answer in clients.answers.values()
            ),
            "seconds": round(duration, 1),
            "one answer, median ms": {
                "sale": round(statistics.median(clients.seconds) * 1000),
                "repeat of a sale": round(statistics.median(again.seconds) * 1000),
            },
            "clients": CLIENTS,
            "seed": SEED,
        },
        problems=problems[:20],
    )


# --- who kills ------------------------------------------------------------------------


def _plan(with_postgres, sales, quick):
    """Return ``[(sales answered, seconds to wait, what to kill)]``, in order."""
    chance = random.Random(SEED + 1)
    targets = ["worker"] * (3 if quick else 16) + ["server"] * (1 if quick else 4)
    if with_postgres:
        targets += ["postgres"] * (1 if quick else 2)
    chance.shuffle(targets)
    moments = sorted(chance.sample(range(5, sales - 10), len(targets)))
    return [
        (moment, chance.uniform(0, 0.08), target)
        for moment, target in zip(moments, targets)
    ]


class Killer:
    """Starts the server, and ends it or parts of it without a word."""

    def __init__(self, env, db, port, private, stack):
        self.env = env
        self.db = db
        self.port = port
        self.private = private
        self.stack = stack
        self.url = f"http://127.0.0.1:{port}"
        self.running = None
        self.counts = {"worker": 0, "server": 0, "server that ended by itself": 0}
        if private:
            self.counts["PostgreSQL"] = 0

    def start(self):
        self.running = self.stack.enter_context(
            server.run(
                self.env, self.db, workers=2, port=self.port, ready=traffic.READY
            )
        )

    def perform(self, plan, clients):
        for moment, pause, target in plan:
            while clients.busy and len(clients.answers) < moment:
                self._supervise()
                time.sleep(0.002)
            time.sleep(pause)
            getattr(self, f"_kill_{target}")()

        while clients.busy:
            self._supervise()
            time.sleep(0.02)
        self._supervise()

    def _supervise(self):
        """Start Odoo again when it has ended, as a machine's supervisor does: it ends
        by itself when it wants a new worker while PostgreSQL is starting up."""
        if self.running.process.poll() is not None:
            self.counts["server that ended by itself"] += 1
            self._start_again()

    def _kill_worker(self):
        """Kill one of the processes that answer requests; its parent starts another."""
        workers = machine.workers(self.running.pid)
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.Random(SEED + self.counts["worker"]).choice(workers), 9)
                self.counts["worker"] += 1

    def _kill_server(self):
        """Kill the parent and all its processes at once, and start anew."""
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.process.wait()
        self.counts["server"] += 1
        self._start_again()

    def _start_again(self):
        while server.is_taken(self.port):
            time.sleep(0.02)
        self.start()

    def _kill_postgres(self):
        say("PostgreSQL is shut down at once")
        self.private.crash()
        self.counts["PostgreSQL"] += 1
