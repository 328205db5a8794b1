"""``orders-list``: a page of orders among many, against the least SQL that tells it.

``orders-first`` is page 1 with its total; its reference are two statements: the rows
with what is told of their numbers, and their count. ``orders-deep`` is the page in the
middle of all orders, reached by cursor; its reference is our own first page.
"""

import json

from _lib import database
from _lib.progress import step

from . import inside, paired, profiling
from .report import Result
from .scale import Shop

ORDERS, ORDERS_QUICK = 300_000, 20_000
PAGE = 50
#: Turning fifty rows into JSON through the ORM costs more than fetching them; beside
#: counting the rest of them it must stay small.
BUDGET_FIRST = 2.5
BUDGET_DEEP = 1.5

_PAGE = """
    SELECT o.*, n.name, n.state, t.doc_code_prefix, r.date_expiry, p.nu_order_type
      FROM pos_order o
      LEFT JOIN nu_pos_ncf n ON n.id = o.nu_ncf_id
      LEFT JOIN l10n_latam_document_type t ON t.id = n.document_type_id
      LEFT JOIN nu_pos_ncf_range r ON r.id = n.range_id
      LEFT JOIN pos_preset p ON p.id = o.preset_id
     WHERE o.company_id = %s ORDER BY o.id DESC LIMIT %s
"""
_COUNT = "SELECT count(*) FROM pos_order WHERE company_id = %s"


def run(env, options):
    count = ORDERS_QUICK if options.quick else ORDERS
    rounds = 10 if options.quick else 60
    with database.fresh(env, "bench") as db:
        inside.prepare(env, db)
        shop = Shop(db)
        shop.grow(count)
        with step("Bench orders-list"):
            lists = Lists(shop)
            samples = paired.alternate(lists.calls(), rounds, warm_up=3)
            problems = lists.check()
            if options.profile:
                for name in ("first", "deep"):
                    profiling.show(f"orders, {name}", lists.calls()[name])
    first = samples["first"]
    detail = {
        "orders": f"{count:,}",
        "queries": first.median_queries,
        "10 to 90 percent, ms": first.spread(),
    }
    changes = ("changes, first page", "changes, deep page", "deep page by its number")
    return [
        Result(
            "orders-first",
            first.median_ms,
            samples["reference"].median_ms,
            BUDGET_FIRST,
            "ms",
            detail=detail,
            problems=problems,
        ),
        Result(
            "orders-deep",
            samples["deep"].median_ms,
            first.median_ms,
            BUDGET_DEEP,
            "ms",
            detail={
                "queries": samples["deep"].median_queries,
                **{
                    f"{name}, ms": round(samples[name].median_ms, 1) for name in changes
                },
            },
        ),
    ]


class Lists:
    """The pages that are measured."""

    def __init__(self, shop):
        self.shop = shop
        [(company, middle)] = shop.db.query(
            "SELECT company_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY id)"
            "  FROM pos_order GROUP BY company_id ORDER BY count(*) DESC LIMIT 1"
        )
        self.company, self.middle = company, middle
        self.total = self.page()["pagination"]["total"]
        self.since = "2001-01-01T00:00:00Z"
        self.cursor = self._cursor_before(middle)
        self.changes_cursor = self._cursor_before(middle, updated_since=self.since)

    def page(self, **filters):
        def listing(odoo):
            return odoo["nu.pos.order.reader"].listing(filters)

        return self.shop.call(listing)

    def _cursor_before(self, order_id, **filters):
        """The cursor that a client has who read all pages up to this order."""

        def make(odoo):
            reader = odoo["nu.pos.order.reader"]
            order = odoo["pos.order"].sudo().browse(order_id)
            return reader._cursor(order, filters.get("updated_since"))

        return self.shop.call(make)

    def calls(self):
        deep_number = str(self.total // PAGE // 2)
        since = {"updated_since": self.since}

        def told(**filters):
            return lambda _index: lambda: json.dumps(self.page(**filters))

        return {
            "first": told(),
            "reference": lambda _index: self._plain,
            "deep": told(cursor=self.cursor),
            "deep page by its number": told(page=deep_number),
            "changes, first page": told(**since),
            "changes, deep page": told(**since, cursor=self.changes_cursor),
        }

    def _plain(self):
        with self.shop.site.transaction() as odoo:
            odoo.cr.execute(_PAGE, [self.company, PAGE])
            rows = odoo.cr.dictfetchall()
            odoo.cr.execute(_COUNT, [self.company])
            total = odoo.cr.fetchone()[0]
            json.dumps({"data": rows, "total": total}, default=str)

    def check(self):
        """What is wrong with the pages?"""
        problems = []
        deep = self.page(cursor=self.cursor)
        ids = [order["id"] for order in deep["data"]]
        if ids != list(range(self.middle - 1, self.middle - 1 - PAGE, -1)):
            problems.append(
                f"the deep page has {ids[:3]}, not what follows {self.middle}"
            )
        after = self.page(cursor=deep["pagination"]["next_cursor"])
        if after["data"][0]["id"] != ids[-1] - 1:
            problems.append("the page after the deep page is another one")
        changes = self.page(updated_since=self.since, cursor=self.changes_cursor)
        moments = [order["updated_at"] for order in changes["data"]]
        if moments != sorted(moments) or len(moments) != PAGE:
            problems.append("changes are not in their order")
        return problems
