"""``close-session``: closing a day of a hub's sales, against such a day of plain Odoo.

Ours are sales of the API on a database with the addon; the reference are sales that
Odoo's own screen sent, on a database without it. Each closing is undone, so that it can
be measured again.
"""

import multiprocessing
import time

from _lib import database
from _lib.process import die_with_parent
from _lib.progress import step

from . import bulk, inside, machine, profiling, sale, world
from .report import Result

SALES, SALES_QUICK = 3000, 100
ROUNDS = 2
#: The closing is core's own work and the same on both sides: two measurements of one
#: side differ by as much.
BUDGET = 1.05
#: As above: our fields of orders and lines are not read with core's.
BUDGET_MEMORY = 1.05
#: Real sales of the screen; the rest of its day are copies of them.
_REAL = 10
_FORK = multiprocessing.get_context("fork")
_COUNTS = """
    SELECT count(*), sum(amount_total), count(account_move),
           (SELECT count(*) FROM pos_order_line l JOIN pos_order o ON o.id = l.order_id
             WHERE o.session_id = %(session)s),
           (SELECT sum(amount) FROM pos_payment WHERE session_id = %(session)s)
      FROM pos_order WHERE session_id = %(session)s AND state = 'paid'
"""


def run(env, options):
    sales = SALES_QUICK if options.quick else SALES
    with (
        database.fresh(env, "bench") as db,
        sale.without_addon(env) as without,
        step("Bench close-session"),
    ):
        db.query(sale.WIDEN)
        inside.prepare(env, db)
        sides = {"ours": _ours(db, sales), "reference": _plain(without, sales)}
        problems = _compare(sides, sales)
        if options.profile:
            for name, day in sides.items():
                profiling.show(
                    f"close-session, {name}", lambda _i, day=day: day.close, 1
                )
        for day in sides.values():
            day.close()  # what it finds out once for all is no part of a day
        inside.leave_connections()
        found = {name: [] for name in sides}
        for _round in range(ROUNDS):
            for name, day in sides.items():
                found[name].append(_apart(day.measure))
        problems += [
            f"{name}: the session did not close: {row['answer']}"
            for name, rows in found.items()
            for row in rows
            if row["answer"] != {"successful": True}
        ]
    ours, reference = found["ours"], found["reference"]
    memory = [min(row["memory"] for row in rows) for rows in (ours, reference)]
    return [
        Result(
            "close-session",
            # the work is the same each time, what else runs on the machine is not
            min(row["seconds"] for row in ours),
            min(row["seconds"] for row in reference),
            BUDGET,
            "s",
            detail={
                "sales": sales,
                "queries": {"ours": ours[0]["queries"]}
                | {"reference": reference[0]["queries"]},
                "closings on each side": ROUNDS,
            },
            problems=problems,
        ),
        Result("close-memory", *memory, BUDGET_MEMORY, "MB"),
    ]


class Day:
    """A register's session full of sales."""

    def __init__(self, db, site, register):
        self.db = db
        self.site = site
        self.register = register

    def close(self):
        """Close the session as the screen does, and undo it; returns its answer."""
        manager = self.register.restaurant.manager
        with self.site.transaction(uid=manager) as odoo:
            session = odoo["pos.session"].browse(self.register.session)
            cash = session.get_closing_control_data()["default_cash_details"]["amount"]
            session.post_closing_cash_details(cash)
            session.update_closing_control_state_session("")
            answer = session.close_session_from_ui()
            odoo.cr.flush()
            odoo.cr.rollback()
        return answer

    def measure(self):
        before = machine.peak_memory(reset=True)
        queries, began = inside.query_count(), time.perf_counter()
        answer = self.close()
        return {
            "seconds": time.perf_counter() - began,
            "queries": inside.query_count() - queries,
            "memory": (machine.peak_memory() - before) / 2**20,
            "answer": answer,
        }

    def counts(self):
        return self.db.query(_COUNTS, {"session": self.register.session})[0]


def _ours(db, sales):
    site = inside.Site(db)
    with site.transaction() as odoo:
        register = world.hub_register(odoo, world.demo(odoo))
    with step(f"Making {sales:,} sales of a hub"):
        snapshots = [
            world.snapshot(register, f"NU/close/{index}") for index in range(sales)
        ]
        sale.sell_all(site, register.restaurant.cashier, snapshots)
    db.query("ANALYZE")
    return Day(db, site, register)


def _plain(db, sales):
    site = inside.Site(db)
    with site.transaction() as odoo:
        register = world.screen_register(odoo, world.bare(odoo))
    make = sale.plain_sale(site, register, invoiced=False)
    for index in range(_REAL):
        make(index)()
    rows = db.query(
        "SELECT id FROM pos_order WHERE session_id = %s ORDER BY id", [register.session]
    )
    copies = sales // _REAL - 1
    bulk.fill_plain(db, [order for (order,) in rows], copies)
    return Day(db, site, register)


def _compare(sides, sales):
    """Do both days hold the same?"""
    ours, reference = (day.counts() for day in sides.values())
    wanted = (sales, 0, sales * len(world.PRICES))
    if ours == reference and (ours[0], ours[2], ours[3]) == wanted:
        return []
    return [f"the days differ: ours {ours}, reference {reference}"]


def _apart(function):
    """Return ``function()``, computed in a process whose memory is its own."""
    mine, theirs = _FORK.Pipe(duplex=False)

    def work():
        die_with_parent()()
        theirs.send(function())

    process = _FORK.Process(target=work)
    process.start()
    theirs.close()
    try:
        return mine.recv()
    finally:
        process.terminate()
        process.join()
