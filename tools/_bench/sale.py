"""One sale, ours and Odoo's own, on one database: what the finalize benches share."""

import contextlib
import time

from _lib import database, templates
from _lib.progress import step

from . import inside, paired, profiling, world
from .report import Result

WARM_UP = 8
_MESSAGE = 100
# The demo's range for identified buyers is shorter than a long run.
WIDEN = "UPDATE nu_pos_ncf_range SET last_number = 99999999 WHERE last_number < 1000000"


def measure(
    env,
    options,
    name,
    budget,
    rounds,
    fiscal_type="B02",
    invoiced=False,
    warm_up=WARM_UP,
):
    """Return the ``Result`` of a sale through the hub's method.

    Three are called in turns: ours; the reference, on a register of the same database
    for which the addon has nothing to do; and, unless it must be quick, the reference
    once more on a database without the addon, which shows what the addon costs those
    who do not use it.
    """
    rounds = max(rounds // 10, 4) if options.quick else rounds
    warm_up = 2 if options.quick else warm_up
    with contextlib.ExitStack() as stack:
        db = stack.enter_context(database.fresh(env, "bench"))
        stack.enter_context(step(f"Bench {name}"))
        db.query(WIDEN)
        inside.prepare(env, db)
        site = inside.Site(db)
        with site.transaction() as odoo:
            restaurant = world.demo(odoo)
            hub = world.hub_register(odoo, restaurant)
            screen = world.screen_register(odoo, restaurant)
        calls = {
            "ours": _ours(site, hub, name, fiscal_type, invoiced),
            "reference": plain_sale(site, screen, invoiced),
        }
        if not options.quick:
            without = stack.enter_context(without_addon(env))
            calls["without addon"] = _sale_without(without, invoiced)
        samples = paired.alternate(calls, rounds, warm_up)
        problems = _check(db, name, rounds + warm_up, invoiced)
        if options.profile:
            for side in ("ours", "reference"):
                profiling.show(f"{name}, {side}", calls[side])
    ours, reference, *more = samples.values()
    beside = {}
    if more:
        [bare] = more
        beside = {
            "Odoo without the addon, ms": round(bare.median_ms, 2),
            "ratio to that": f"{ours.median_ms / bare.median_ms:.2f}",
        }
    return Result(
        name,
        ours.median_ms,
        reference.median_ms,
        budget,
        "ms",
        detail={
            "queries": {side: samples[side].median_queries for side in samples},
            "10 to 90 percent, ms": {side: samples[side].spread() for side in samples},
            **beside,
            "ratio in one round, median": round(
                paired.ratio_in_a_round(ours, reference), 3
            ),
            "sales on each side": rounds,
        },
        problems=problems,
    )


def without_addon(env):
    """Give a fresh database with Odoo's modules only."""
    return database.fresh(env, "bench", template=templates.ensure_base)


def _sale_without(db, invoiced):
    site = inside.Site(db)
    with site.transaction() as odoo:
        screen = world.screen_register(odoo, world.bare(odoo))
    return plain_sale(site, screen, invoiced)


def _ours(site, register, name, fiscal_type, invoiced):
    customer = register.restaurant.customer if invoiced else 0

    def make(index):
        reference = f"NU/{name}/{index}"
        snapshot = world.snapshot(register, reference, fiscal_type, customer)

        def act():
            answer = site.rpc(
                register.restaurant.cashier,
                "pos.order",
                "hub_finalize_snapshot",
                snapshot,
            )
            assert answer["created"] and answer["fiscal"]["state"] == "issued", answer

        return act

    return make


def sell_all(site, cashier, snapshots):
    """Make all these sales, many a message as a hub sends them."""
    for first in range(0, len(snapshots), _MESSAGE):
        with site.transaction(uid=cashier) as odoo:
            orders = snapshots[first : first + _MESSAGE]
            answer = odoo["nu.pos.batch"].sync({"orders": orders})
        assert answer.status == 200, answer.body


def plain_sale(site, register, invoiced):
    customer = register.restaurant.customer if invoiced else False
    context = {"device_identifier": "1"}
    if invoiced:
        context["generate_pdf"] = False

    def make(index):
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        order = world.screen_order(register, moment, customer, invoiced)

        def act():
            answer = site.rpc(
                register.restaurant.cashier,
                "pos.order",
                "sync_from_ui",
                [order],
                **context,
            )
            assert answer["pos.order"][0]["state"] in ("paid", "done"), answer

        return act

    return make


def _check(db, name, sales, invoiced):
    """Return what is not as it must be: a fast sale that is wrong is no result."""
    problems = check_ours(db, f"NU/{name}/%", sales, invoiced)
    screen = db.query(
        "SELECT count(*), count(account_move), min(amount_total) FROM pos_order "
        "WHERE pos_reference LIKE '261-%%' AND state IN ('paid', 'done') "
        "AND nu_ncf_id IS NULL"
    )
    wanted = (sales, sales if invoiced else 0)
    if screen[0][:2] != wanted or float(screen[0][2]) != world.TOTAL:
        problems.append(f"the reference's sales, invoices, total: {screen[0]}")
    return problems


def check_ours(db, pattern, sales, invoiced=False):
    """Return what is wrong with our sales whose references are like ``pattern``."""
    problems = []
    rows = db.query(
        """
        SELECT count(*), count(DISTINCT n.name), count(o.account_move),
               count(DISTINCT a.id), count(DISTINCT p.id), min(o.amount_total)
          FROM pos_order o
          JOIN nu_pos_ncf n ON n.id = o.nu_ncf_id AND n.state = 'issued'
          JOIN nu_restaurant_pos_order_audit a ON a.order_res_id = o.id
           AND a.event = 'hub_finalize'
          JOIN pos_payment p ON p.pos_order_id = o.id
         WHERE o.pos_reference LIKE %s AND o.state IN ('paid', 'done')
        """,
        [pattern],
    )
    wanted = (sales, sales, sales if invoiced else 0, sales, sales)
    if rows[0][:5] != wanted or float(rows[0][5]) != world.TOTAL:
        problems.append(f"sales, numbers, invoices, audit, payments: {rows[0]}")
    broken = db.query("SELECT prefix FROM nu_pos_ncf_invariant() WHERE NOT ok")
    if broken:
        problems.append(f"the ledger does not add up: {broken}")
    return problems
