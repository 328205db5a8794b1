"""``bootstrap``: the start of a terminal, against what Odoo's own screen loads.

Both answer for the same register, with 2,000 products and 50 tables: ours the one
answer of the API, the reference ``pos.session.load_data`` of all its models. Both are
turned into JSON, as their routes do; bytes are compared like times.
"""

import json

from _lib import database
from _lib.progress import step

from . import inside, paired, profiling, world
from .report import Result

PRODUCTS, PRODUCTS_QUICK, TABLES, CUSTOMERS = 2000, 500, 50, 200
BUDGET = 0.5


def run(env, options):
    rounds, products = (2, PRODUCTS_QUICK) if options.quick else (10, PRODUCTS)
    with database.fresh(env, "bench") as db, step("Bench bootstrap"):
        inside.prepare(env, db)
        site = inside.Site(db)
        with site.transaction() as odoo:
            restaurant = world.demo(odoo)
            register = world.hub_register(odoo, restaurant)
            _furnish(odoo, restaurant, register, products)
        bodies = {}
        calls = {
            "ours": _ours(site, register, bodies),
            "reference": _reference(site, register, bodies),
        }
        samples = paired.alternate(calls, rounds, warm_up=1)
        if options.profile:
            profiling.show("bootstrap, ours", calls["ours"])
    ours, reference = samples["ours"], samples["reference"]
    problems = _check(bodies, products)
    return [
        Result(
            "bootstrap",
            ours.median_ms,
            reference.median_ms,
            BUDGET,
            "ms",
            detail={
                "queries": {side: samples[side].median_queries for side in samples},
                "products": products,
                "tables": TABLES,
            },
            problems=problems,
        ),
        Result(
            "bootstrap-bytes",
            len(bodies["ours"]) / 1024,
            len(bodies["reference"]) / 1024,
            BUDGET,
            "KiB",
        ),
    ]


def _furnish(odoo, restaurant, register, wanted):
    """Fill the restaurant up to the numbers of the bench."""
    category = odoo["pos.category"].search([], limit=1)
    products = odoo["product.product"].search_count([("available_in_pos", "=", True)])
    odoo["product.product"].create(
        [
            {
                "name": f"Plato {index:04d} de la casa",
                "default_code": f"P{index:04d}",
                "barcode": f"74600{index:08d}",
                "list_price": 100 + index % 900,
                "available_in_pos": True,
                "pos_categ_ids": category.ids,
                "taxes_id": list(restaurant.taxes),
                "company_id": restaurant.company,
            }
            for index in range(wanted - products)
        ]
    )
    floors = odoo["pos.config"].browse(register.config).floor_ids
    odoo["restaurant.table"].create(
        [
            {"floor_id": floors[0].id, "table_number": 500 + index, "seats": 4}
            for index in range(TABLES - len(floors.table_ids))
        ]
    )
    odoo["res.partner"].create(
        [
            {
                "name": f"Cliente {index:04d}",
                "customer_rank": 1,
                "phone": "809-555-0101",
            }
            for index in range(CUSTOMERS)
        ]
    )


def _ours(site, register, bodies):
    def make(_index):
        def act():
            with _private(site, register) as odoo:
                found = odoo["nu.pos.bootstrap"].answer({"config_id": register.config})
                bodies["ours"] = _text(found)

        return act

    return make


def _reference(site, register, bodies):
    def make(_index):
        def act():
            with _private(site, register) as odoo:
                session = odoo["pos.session"].browse(register.session)
                bodies["reference"] = _text(session.load_data([]))

        return act

    return make


def _private(site, register):
    """An environment of the cashier with a cold cache, as a request has it."""
    return site.transaction(
        uid=register.restaurant.cashier,
        allowed_company_ids=[register.restaurant.company],
    )


def _text(found):
    return json.dumps(
        found, ensure_ascii=False, separators=(",", ":"), default=str
    ).encode()


def _check(bodies, products):
    ours = json.loads(bodies["ours"])
    floors = ours["config"]["floor_plan"]
    counts = {
        "products": (len(ours["products"]), products),
        "tables": (sum(len(floor["tables"]) for floor in floors), TABLES),
        "reference's products": (
            len(json.loads(bodies["reference"])["product.template"]),
            products,
        ),
    }
    return [
        f"{name}: {found}, not {wanted}"
        for name, (found, wanted) in counts.items()
        if found < wanted
    ]
