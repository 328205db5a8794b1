"""``scale``: a sale after a million others, against the first ones of a restaurant.

``scale-orders`` has them in the closed sessions of years, with a line, a payment, a
number, an audit row and a kept answer each, and no call may read a long table from end
to end. ``scale-session`` has a busy day's orders in the open session. Both sides are
our own sale.
"""

import contextlib
import time

from _lib import database
from _lib.progress import step

from . import bulk, inside, paired, sale, world
from .report import Result

BUDGET = 1.2
WARM_UP = 8
#: Orders before, rounds; the same with --quick.
SIZES = {
    "scale-orders": ((1_000_000, 100), (10_000, 10)),
    "scale-session": ((3_000, 100), (1_000, 10)),
}
#: Whoever reads one of these from end to end reads more every day.
LONG = (
    "pos_order",
    "pos_order_line",
    "pos_payment",
    "nu_pos_ncf",
    "nu_restaurant_pos_order_audit",
    "nu_pos_api_request",
)


def run(env, options):
    results = []
    with contextlib.ExitStack() as stack:
        young = stack.enter_context(database.fresh(env, "bench"))
        grown = {
            name: stack.enter_context(database.fresh(env, "bench")) for name in SIZES
        }
        inside.prepare(env, young)
        first = Shop(young)
        for name, db in grown.items():
            count, rounds = SIZES[name][bool(options.quick)]
            shop = Shop(db)
            session = shop.register.session if name == "scale-session" else None
            shop.grow(count, session)
            results.append(_measure(name, shop, first, count, rounds))
            shop.site.registry.clear_all_caches()
    return results


def _measure(name, shop, first, count, rounds):
    with step(f"Bench {name}"):
        calls = {"ours": shop.sale(), "reference": first.sale()}
        samples = paired.alternate(calls, rounds, WARM_UP)
        problems = shop.check()
        if name == "scale-orders":
            problems += shop.scans()
    ours, reference = samples["ours"], samples["reference"]
    return Result(
        name,
        ours.median_ms,
        reference.median_ms,
        BUDGET,
        "ms",
        detail={
            "orders before": f"{count:,}",
            "queries": {side: samples[side].median_queries for side in samples},
            "10 to 90 percent, ms": {side: samples[side].spread() for side in samples},
            "ratio in one round, median": round(
                paired.ratio_in_a_round(ours, reference), 3
            ),
            "sales on each side": rounds,
        },
        problems=problems,
    )


class Shop:
    """A database and its restaurant."""

    def __init__(self, db):
        self.db = db
        db.query(sale.WIDEN)
        self.site = inside.Site(db)
        with self.site.transaction() as odoo:
            self.register = world.hub_register(odoo, world.demo(odoo))
        self.sales = 0

    def call(self, function, *arguments):
        """Return ``function(env, ...)`` in a transaction of the cashier's."""
        with self.site.transaction(uid=self.register.restaurant.cashier) as odoo:
            return function(odoo, *arguments)

    def snapshot(self):
        self.sales += 1
        return world.snapshot(self.register, f"NU/scale/{self.sales}")

    def sell(self, snapshot):
        return self.site.rpc(
            self.register.restaurant.cashier,
            "pos.order",
            "hub_finalize_snapshot",
            snapshot,
        )

    def sale(self):
        def make(_index):
            snapshot = self.snapshot()
            return lambda: self.sell(snapshot)

        return make

    def grow(self, count, session=None):
        order = self.sell(self.snapshot())["order_id"]
        bulk.fill(self.db, order, count, session)

    def check(self):
        """What is wrong with the sales."""
        return sale.check_ours(self.db, "NU/scale/%", self.sales)

    # -- Scans ---------------------------------------------------------------------

    def scans(self):
        """Which call reads a long table from end to end? PostgreSQL counts it.

        It takes a while to ask, so each call is looked at only if one of them does;
        it is made once more then, and what only a first call reads has no name.
        """
        calls = self._calls()
        together = self._scanned(calls.values())
        if not together:
            return []
        read = {name: self._scanned([act]) for name, act in calls.items()}
        read["a first call"] = set(together).difference(*read.values())
        return [
            f"{name} reads all of {', '.join(sorted(tables))}"
            for name, tables in read.items()
            if tables
        ]

    def _scanned(self, acts):
        before = self._sequential()
        for act in acts:
            act()
        after = self._sequential()
        return [table for table in LONG if after[table] > before[table]]

    def _calls(self):
        sold = self.snapshot()
        answer = self.sell(sold)
        held = {**self.snapshot(), "lines": [], "payments": []}
        reservation = {
            name: held[name] for name in ("pos_reference", "config_id", "fiscal_type")
        }
        batch = [self.snapshot() for _index in range(20)]
        number = answer["fiscal"]["reference"]
        session, config = self.register.session, self.register.config

        def listing(**filters):
            return lambda: self.call(
                lambda odoo: odoo["nu.pos.order.reader"].listing(filters)
            )

        return {
            "a sale": lambda: self.sell(self.snapshot()),
            "a repeat": lambda: self.sell(sold),
            "a batch": lambda: self.call(
                lambda odoo: odoo["nu.pos.batch"].sync({"orders": batch})
            ),
            "a reservation": lambda: self.call(
                lambda odoo: odoo["pos.order"]._nu_reserve(dict(reservation))
            ),
            "its release": lambda: self.call(
                lambda odoo: odoo["pos.order"]._nu_release(
                    {k: reservation[k] for k in ("pos_reference", "config_id")}
                )
            ),
            "an order": lambda: self.call(
                lambda odoo: odoo["nu.pos.order.reader"].detail(str(answer["order_id"]))
            ),
            "an order by number": listing(fiscal_number=number),
            "an order by reference": listing(pos_reference=sold["pos_reference"]),
            "orders of a session": listing(session_id=str(session)),
            "drafts": listing(state="draft", config_id=str(config)),
            "changes": listing(
                updated_since=time.strftime(
                    "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60)
                )
            ),
            "the audit of an order": lambda: self.call(
                lambda odoo: (
                    odoo["nu_restaurant_pos.order_audit"]
                    .sudo()
                    .search([("pos_reference", "=", sold["pos_reference"])])
                    .mapped("event")
                )
            ),
            "a kept answer": lambda: self.call(
                lambda odoo: odoo["nu.pos.api.request"].recall("bulk", "x")
            ),
            "numbers nobody came for": lambda: self.call(
                lambda odoo: odoo["nu.pos.ncf"].sudo()._cron_release_stale()
            ),
        }

    def _sequential(self):
        """``{table: sequential scans so far}``. A connection reports its own when it is
        closed."""
        from odoo.addons.nu_restaurant_pos.models.runtime.autocommit_pool import (
            CONTROLS,
        )

        inside.leave_connections()
        CONTROLS.close()
        time.sleep(0.1)
        rows = self.db.query(
            "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY(%s)",
            [list(LONG)],
        )
        return dict(rows)
