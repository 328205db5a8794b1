"""``batch``: many sales in one message, against plain ``sync_from_ui`` one by one.

Both sides tell orders a second. The reference sends a few orders between two messages
of ours, so that a slow moment of the machine hits both.
"""

import gc
import statistics
import time

from _lib import database
from _lib.progress import step

from . import inside, profiling, sale, world
from .report import Result

#: Orders a message: budget, rounds, rounds with --quick.
SIZES = {1: (1.0, 30, 4), 20: (3.0, 8, 1), 100: (5.0, 5, 1), 500: (5.0, 2, 0)}
#: Plain orders in each round.
REFERENCE = 10


def run(env, options):
    with database.fresh(env, "bench") as db, step("Bench batch"):
        db.query(sale.WIDEN)
        inside.prepare(env, db)
        site = inside.Site(db)
        with site.transaction() as odoo:
            restaurant = world.demo(odoo)
            hub = world.hub_register(odoo, restaurant)
            screen = world.screen_register(odoo, restaurant)
        plain = sale.plain_sale(site, screen, invoiced=False)
        send = Sender(site, hub)
        send(20)
        for index in range(sale.WARM_UP):
            plain(index)()
        results = [
            _measure(send, plain, size, budget, quick if options.quick else rounds)
            for size, (budget, rounds, quick) in SIZES.items()
            if quick or not options.quick
        ]
        results[0].problems += sale.check_ours(db, "NU/batch/%", send.sent)
        if options.profile:
            profiling.show("batch, 100 orders", send.prepared, times=3)
        return results


def _measure(send, plain, size, budget, rounds):
    ours, reference = [], []
    spent = 0
    gc.collect()
    gc.freeze()
    for _round in range(rounds):
        act = send.prepared(0, size)
        before = inside.query_count()
        began = time.perf_counter()
        act()
        ours.append(size / (time.perf_counter() - began))
        spent += inside.query_count() - before
        acts = [plain(index) for index in range(REFERENCE)]
        began = time.perf_counter()
        for act in acts:
            act()
        reference.append(REFERENCE / (time.perf_counter() - began))
    gc.unfreeze()
    pairs = [mine / theirs for mine, theirs in zip(ours, reference)]
    return Result(
        f"batch-{size}",
        statistics.median(ours),
        statistics.median(reference),
        budget,
        "orders/s",
        lower=False,
        detail={
            "one order, ms": round(1000 / statistics.median(ours), 2),
            "queries an order": round(spent / rounds / size, 1),
            "ratio in one round, median": round(statistics.median(pairs), 2),
            "messages": rounds,
        },
    )


class Sender:
    """Sends messages of a hub, as the route does once it knows the caller."""

    def __init__(self, site, register):
        self.site = site
        self.register = register
        self.sent = 0

    def __call__(self, size):
        self.prepared(0, size)()

    def prepared(self, _index, size=100):
        """Return the function that sends ``size`` new orders."""
        orders = [
            world.snapshot(self.register, f"NU/batch/{self.sent + place}")
            for place in range(size)
        ]
        self.sent += size

        def act():
            cashier = self.register.restaurant.cashier
            with self.site.transaction(uid=cashier) as odoo:
                answer = odoo["nu.pos.batch"].sync({"orders": orders})
            assert answer.status == 200, answer.body
            assert all(row["created"] for row in answer.body["results"])

        return act
