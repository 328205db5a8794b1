"""``reserve``: taking a number durably, against raw PostgreSQL writing the same rows.

The subject is ``nu.pos.ncf.take`` in a unit of work: locks, control connection, SQL
function. The reference does the least there is: UPDATE of the counter, INSERT of the
ledger row, commit, over psycopg2, into the same tables with their indexes and foreign
keys (and without looking whether the order has a number already). Clients are
processes, so the interpreter's lock does not hold them back; all take from one range.
"""

import multiprocessing
import os
import statistics
import time

import psycopg2

from _lib import database
from _lib.process import die_with_parent
from _lib.progress import step

from . import inside, profiling, world
from .report import Result

CLIENTS = (1, 8)
BUDGET = 0.5
_FORK = multiprocessing.get_context("fork")
_PATIENCE = 120

_RANGES = "UPDATE nu_pos_ncf_range SET last_number = 99999999 WHERE id IN %s"
_RANGE_OF = """
    SELECT r.id, r.document_type_id, r.company_id FROM nu_pos_ncf_range r
      JOIN l10n_latam_document_type t ON t.id = r.document_type_id
     WHERE t.doc_code_prefix = %s AND r.state = 'active'
"""
_COUNT = """
    UPDATE nu_pos_ncf_range SET next_number = next_number + 1
     WHERE id = %s RETURNING next_number - 1
"""
_WRITE = """
    INSERT INTO nu_pos_ncf (
        company_id, document_type_id, range_id, config_id, sequence_number, name,
        pos_reference, kind, state, told, date_reserved,
        create_uid, create_date, write_uid, write_date)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 'sale', 'reserved', true,
            now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC',
            1, now() AT TIME ZONE 'UTC')
"""


def run(env, options):
    rounds, seconds = (2, 0.25) if options.quick else (5, 0.8)
    with database.fresh(env, "bench") as db, step("Bench reserve"):
        inside.prepare(env, db)
        site = inside.Site(db)
        with site.transaction() as odoo:
            register = world.hub_register(odoo, world.demo(odoo))
        ours, theirs = (db.query(_RANGE_OF, [name])[0] for name in ("B02", "B14"))
        db.query(_RANGES, [(ours[0], theirs[0])])
        work = Work(site, register, ours, theirs)
        if options.profile:
            _profile(work)
        return [_measure(db, work, count, rounds, seconds) for count in CLIENTS]


def _profile(work):
    with work.begun() as sides:
        for side in ("ours", "api"):
            profiling.show(f"reserve, {side}", lambda _index, side=side: sides[side])


def _measure(db, work, clients, rounds, seconds):
    inside.leave_connections()
    rates = _race(work, clients, rounds, seconds)
    medians = {side: statistics.median(rates[side]) for side in rates}
    broken = db.query("SELECT prefix FROM nu_pos_ncf_invariant() WHERE NOT ok")
    return Result(
        f"reserve-{clients}",
        medians["ours"],
        medians["reference"],
        BUDGET,
        "numbers/s",
        lower=False,
        detail={
            "clients": f"{clients} process{'es' if clients > 1 else ''}, one range",
            "whole reservation as the API does it, numbers/s": medians["api"],
            "its SQL function alone, autocommit, numbers/s": medians["function"],
        },
        problems=[f"the ledger does not add up: {broken}"] if broken else [],
    )


# --- clients --------------------------------------------------------------------------


def _race(work, clients, rounds, seconds):
    """Let processes work side by side, all on the same thing at a time, in turns.

    Returns ``{side: [numbers a second in each round]}``.
    """
    barrier = _FORK.Barrier(clients)
    results = _FORK.SimpleQueue()
    processes = [
        _FORK.Process(
            target=_client, args=(work, barrier, results, rounds, seconds), daemon=True
        )
        for _client_number in range(clients)
    ]
    for process in processes:
        process.start()
    try:
        answers = [_receive(results, processes) for _process in processes]
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return {
        side: [
            sum(answer[side][index] for answer in answers) for index in range(rounds)
        ]
        for side in work.sides
    }


def _receive(results, processes):
    deadline = time.monotonic() + _PATIENCE
    while results.empty():
        dead = [process.exitcode for process in processes if process.exitcode]
        if dead or time.monotonic() > deadline:
            raise RuntimeError(f"a client ended with status {dead}")
        time.sleep(0.05)
    return results.get()


def _client(work, barrier, results, rounds, seconds):
    die_with_parent()()
    rates = {side: [] for side in work.sides}
    with work.begun() as sides:
        for act in sides.values():
            for _time in range(20):
                act()
        for _round in range(rounds):
            for side, act in sides.items():
                barrier.wait(_PATIENCE)
                began, count = time.perf_counter(), 0
                while time.perf_counter() - began < seconds:
                    act()
                    count += 1
                rates[side].append(count / (time.perf_counter() - began))
    results.put(rates)


# --- what they do ---------------------------------------------------------------------


class Work:
    """The ways to take a number; ``begun`` opens a client's connections."""

    sides = ("ours", "reference", "api", "function")

    def __init__(self, site, register, ours, theirs):
        self.site = site
        self.register = register
        self.ours, self.theirs = ours, theirs
        self.serial = 0

    def begun(self):
        return _Begun(self)

    def reference(self):
        self.serial += 1
        return f"NU/RESERVE/{os.getpid()}/{self.serial}"

    def take(self, env, config):
        reference = self.reference()
        key = env["pos.order"]._nu_lock_key(config.company_id, reference)

        def work(unit):
            inside = config._nu_unit_env(unit.env)
            document_type = inside["l10n_latam.document.type"].browse(self.ours[1])
            return inside["nu.pos.ncf"].take(
                unit, document_type, config.with_env(inside), reference, told=True
            )[1]

        assert env["nu.pos.unit"].run([key], work)

    def reserve(self, env):
        body = {
            "pos_reference": self.reference(),
            "config_id": self.register.config,
            "fiscal_type": "B02",
        }
        assert env["pos.order"]._nu_reserve(body).body["created"]

    def write_rows(self, connection):
        range_id, document_type, company = self.theirs
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [range_id])
            number = cursor.fetchone()[0]
            row = [company, document_type, range_id, self.register.config, number]
            cursor.execute(_WRITE, [*row, f"B14{number:08d}", self.reference()])
        connection.commit()

    def call_function(self, connection):
        _range, document_type, company = self.ours
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM nu_pos_ncf_take(%s, %s, %s, %s, 'sale', current_date, "
                "1, true, false)",
                [company, document_type, self.register.config, self.reference()],
            )
            assert cursor.fetchone()[0] == "taken"


class _Begun:
    """A client at work."""

    def __init__(self, work):
        self.work = work

    def __enter__(self):
        work, db = self.work, self.work.site.db
        parameters = db.server.parameters(db.name)
        self.transaction = work.site.transaction(uid=work.register.restaurant.cashier)
        env = self.transaction.__enter__()
        config = env["pos.config"].sudo().browse(work.register.config)
        self.raw = psycopg2.connect(**parameters)
        self.alone = psycopg2.connect(**parameters)
        self.alone.autocommit = True
        return {
            "ours": lambda: work.take(env, config),
            "reference": lambda: work.write_rows(self.raw),
            "api": lambda: work.reserve(env),
            "function": lambda: work.call_function(self.alone),
        }

    def __exit__(self, *error):
        self.raw.close()
        self.alone.close()
        return self.transaction.__exit__(*error)
