"""``replica``: reads go to a streaming replica, writes to the primary.

The replica is made with ``pg_basebackup`` from a PostgreSQL of the bench's own and
follows it; Odoo is told of it by ``db_replica_host``. While it is held back, so that it
knows less than the primary, it shows who answers what: an order it has not heard of is
not found by a GET, but sold, repeated and numbered by the primary; and who logged in or
out meanwhile is known at once, as identity is asked of the primary.
"""

import contextlib
import dataclasses
import os
import statistics
import time

from _lib import cluster, database, home, postgres, server
from _lib.hub import Hub
from _lib.progress import Failure, step

from . import machine, private_cluster, traffic
from .report import Result

PORT = 5433
READS = 200
SEED = 1978
_PATIENCE = 30


def run(env, options):
    try:
        with private_cluster.fresh(env, f"nu_replica_{os.getpid()}") as found:
            own, db, private = found
            with Replica(private.place) as replica, step("Bench replica"):
                return [_perform(own, db, replica, options)]
    except private_cluster.Unavailable as reason:
        return [
            Result("replica", 1, 1, 1.0, "none", lower=False, detail={"left": reason})
        ]


class Replica:
    """A standby beside the bench's own cluster; gone after the block."""

    def __init__(self, place):
        self.place = place
        self.folder = place.folder / "replica"
        self.data = self.folder / "data"
        self.server = postgres.Server(str(place.sockets), PORT, postgres.ROLE)
        self.administrator = dataclasses.replace(
            self.server, user=cluster.ADMINISTRATOR
        )

    def __enter__(self):
        self._clear()
        self.folder.mkdir(parents=True)
        self.place._give(self.folder)
        log = self.folder / "postgresql.log"
        log.touch()
        self.place._give(log)
        with step("Making a streaming replica"):
            self._run(
                *("pg_basebackup", "-h", self.place.sockets, "-p", cluster.PORT),
                *("-U", cluster.ADMINISTRATOR, "-D", self.data, "-R"),
                *("-c", "fast", "--no-sync"),
            )
            options = f"-k {self.place.sockets} -p {PORT}"
            arguments = ["-w", "-t", "60", "-D", self.data, "-l", log, "-o", options]
            self._run("pg_ctl", *arguments, "start")
        return self

    def __exit__(self, *error):
        self._clear()

    def _clear(self):
        if (self.data / "postmaster.pid").exists():
            self.place._run("pg_ctl", "-w", "-D", self.data, "-m", "immediate", "stop")
        home.remove(self.folder)

    def _run(self, program, *arguments):
        made = self.place._run(program, *arguments)
        if made.returncode:
            raise Failure(f"{program} failed:\n{made.stdout[-800:]}")

    # --- holding it back --------------------------------------------------------------

    def hold_back(self):
        """It goes on receiving, and shows nothing new."""
        self.administrator.query("SELECT pg_wal_replay_pause()")
        self._wait("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def let_go(self, primary):
        self.administrator.query("SELECT pg_wal_replay_resume()")
        self.catch_up(primary)

    def catch_up(self, primary):
        place = primary.query("SELECT pg_current_wal_lsn()")[0][0]
        self._wait(f"SELECT pg_last_wal_replay_lsn() >= '{place}'")

    def _wait(self, question):
        deadline = time.monotonic() + _PATIENCE
        while not self.administrator.query(question)[0][0]:
            if time.monotonic() > deadline:
                raise Failure("The replica does not follow.")
            time.sleep(0.02)


def _perform(env, db, replica, options):
    traffic.open_gates(db)
    twin = database.Database(db.name, db.folder, replica.server)
    sales = traffic.sales(traffic.demo_tills(db), 4, SEED, "REPLICA")
    address = {"db_replica_host": replica.server.host, "db_replica_port": PORT}
    with contextlib.ExitStack() as stack:
        odoo = stack.enter_context(
            server.run(env, db, workers=1, ready=traffic.READY, **address)
        )
        checks = Checks(db, replica, odoo, sales)
        checks.perform()
        reads = {}
        if not options.quick:
            plain = server.run(env, db, workers=1, ready=traffic.READY)
            reads = _reads(db, twin, odoo, stack.enter_context(plain))
        for line in odoo.problems():
            if "read/write cursor" in line:
                checks.facts[f"no write on a reading route: {line[:200]}"] = False
    problems = [fact for fact in checks.facts if not checks.facts[fact]]
    problems += traffic.compare(db, sales, checks.answers, checks.again)
    return Result(
        "replica",
        sum(checks.facts.values()),
        len(checks.facts),
        1.0,
        "facts right",
        lower=False,
        detail={"facts": list(checks.facts), **reads},
        problems=problems[:20],
    )


class Checks:
    """What must hold while the replica knows less than the primary."""

    def __init__(self, db, replica, odoo, sales):
        self.db, self.replica, self.odoo = db, replica, odoo
        self.sales = list(sales.values())
        self.answers, self.again, self.facts = {}, {}, {}

    def _hub(self, device):
        hub = Hub(self.odoo.url, device=device)
        self.logged_in = hub.log_in(*traffic.HUB).status
        return hub

    def _sell(self, hub, sale):
        answer = hub.call("POST", "/hub/finalize", sale)
        kept = self.again if sale["pos_reference"] in self.answers else self.answers
        kept[sale["pos_reference"]] = answer.body
        return answer

    def _requests(self, device):
        rows = self.db.query(
            "SELECT sum(r.requests) FROM nu_pos_rate_limit r"
            " JOIN nu_pos_refresh_token s ON r.caller = 'session ' || s.id"
            " WHERE s.device LIKE %s",
            [f"%{device}"],
        )
        return rows[0][0] or 0

    def perform(self):
        known = self._hub("known")
        for sale in self.sales[:2]:
            self._sell(known, sale)
        self.replica.catch_up(self.db)
        self.replica.hold_back()
        time.sleep(1.1)
        self.held_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        try:
            self._held_back(known)
        finally:
            self.replica.let_go(self.db)
        answer = known.call("GET", f"/orders/{self.order}")
        self.facts["a GET finds it when the replica has it"] = answer.status == 200

    def _held_back(self, known):
        facts = self.facts
        sold = self._sell(known, self.sales[2])
        self.order = sold.get("order_id")
        facts["a sale is written by the primary"] = sold.status == 200
        answer = known.call("GET", f"/orders/{self.order}")
        facts["a GET is answered by the replica"] = answer.status == 404
        told = known.call("POST", "/bootstrap", {"sections": ["taxes"]})
        facts["a bootstrap dates itself by what the replica knows"] = (
            told.status == 200 and told.get("generated_at") < self.held_at
        )
        again = self._sell(known, self.sales[2])
        facts["a repeat is answered by the primary"] = again.get("created") is False
        newcomer = self._hub("newcomer")
        answer = newcomer.call("GET", "/auth/me")
        facts["who has just logged in may read"] = (
            self.logged_in == 200 and answer.status == 200
        )
        before = self._requests("newcomer")
        for _time in range(3):
            newcomer.call("GET", "/orders")
        facts["reads are counted by the primary"] = (
            self._requests("newcomer") == before + 3
        )
        newcomer.call("POST", "/auth/logout", {})
        answer = newcomer.call("GET", "/auth/me")
        facts["who has just logged out may not"] = answer.status == 401
        self._sell(known, self.sales[3])


def _reads(db, twin, odoo, plain):
    """Read a list of orders on a server with a replica and on one without."""
    hubs = {"with": Hub(odoo.url), "without": Hub(plain.url)}
    for hub in hubs.values():
        hub.log_in(*traffic.HUB)
        for _time in range(5):
            hub.call("GET", "/orders")
    found = {}
    for name, hub in hubs.items():
        primary, replica = machine.backends(db), machine.backends(twin)
        before = machine.cpu_seconds(primary), machine.cpu_seconds(replica)
        seconds = []
        for _time in range(READS):
            began = time.perf_counter()
            assert hub.call("GET", "/orders?per_page=50").status == 200
            seconds.append(time.perf_counter() - began)
        spent = (
            machine.cpu_seconds(primary) - before[0],
            machine.cpu_seconds(replica) - before[1],
        )
        found[name] = {
            "ms": round(statistics.median(seconds) * 1000, 1),
            "primary": round(spent[0] / READS * 1000, 2),
            "replica": round(spent[1] / READS * 1000, 2),
        }
    with_it, without = found["with"], found["without"]
    return {
        "a list of orders, ms": {"with": with_it["ms"], "without": without["ms"]},
        "PostgreSQL's CPU for it, ms": {
            "primary with a replica": with_it["primary"],
            "the replica": with_it["replica"],
            "primary without": without["primary"],
        },
    }
