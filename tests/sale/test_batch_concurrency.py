"""Batches on real connections: what they share, and what outlives them."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.runtime import autocommit_pool as nu_pos_control
from ...models.runtime.autocommit_pool import CONTROLS
from ..numbers.test_ncf_concurrency import RealCursorCase

BATCH_LOG = "odoo.addons.nu_restaurant_pos.models.sale.nu_pos_batch"


@tagged("post_install", "-at_install")
class TestBatchConcurrency(RealCursorCase):
    def snapshot(self, *args, **kwargs):
        return {
            **super().snapshot(*args, **kwargs),
            "pos_reference": self.own_reference(),
        }

    def sync(self, orders):
        def run(env):
            answer = env["nu.pos.batch"].sync({"orders": orders})
            return answer.body["results"]

        return self.in_transaction(run, self.hub.id)

    def ledger(self, orders):
        references = [order["pos_reference"] for order in orders]

        def read(env):
            env.cr.execute(
                "SELECT pos_reference, name, state FROM nu_pos_ncf"
                " WHERE pos_reference = ANY(%s)",
                [references],
            )
            return {reference: rest for reference, *rest in env.cr.fetchall()}

        return self.in_transaction(read)

    def test_two_batches_over_the_same_orders_in_opposite_order(self):
        orders = [self.snapshot() for _index in range(12)]
        first, second = self.race(
            lambda: self.sync(orders), lambda: self.sync(orders[::-1])
        )
        for results in (first, second):
            self.assertEqual([r["status"] for r in results], ["ok"] * 12, results)
        by_reference = {r["pos_reference"]: r for r in second}
        created = []
        for result in first:
            other = by_reference[result["pos_reference"]]
            self.assertEqual(result["order_id"], other["order_id"])
            self.assertEqual(result["fiscal"], other["fiscal"])
            created.append(result["created"] + other["created"])
        self.assertEqual(created, [1] * 12)
        self.assertEqual(len(self.ledger(orders)), 12)
        self.assertInvariant()

    def test_four_batches_that_overlap(self):
        orders = [self.snapshot() for _index in range(16)]
        batches = [
            orders[0:8],
            orders[4:12][::-1],
            orders[8:16],
            orders[12:] + orders[:4],
        ]
        answers = self.race(*(lambda b=b: self.sync(b) for b in batches))
        results = [result for answer in answers for result in answer]
        self.assertEqual({r["status"] for r in results}, {"ok"}, results)
        self.assertEqual(sum(r["created"] for r in results), 16)
        self.assertEqual(len({r["order_id"] for r in results}), 16)
        self.assertInvariant()

    def test_a_batch_beside_single_sales(self):
        orders = [self.snapshot() for _index in range(8)]

        def single(order):
            return self.in_transaction(
                lambda env: env["pos.order"].hub_finalize_snapshot(order), self.hub.id
            )

        batch, *singles = self.race(
            lambda: self.sync(orders), *(lambda o=o: single(o) for o in orders[5:8])
        )
        self.assertEqual([r["status"] for r in batch], ["ok"] * 8, batch)
        for result, answer in zip(batch[5:8], singles, strict=True):
            self.assertEqual(result["order_id"], answer["order_id"])
            self.assertEqual(result["created"] + answer["created"], 1)
        self.assertInvariant()

    def test_an_order_somebody_else_holds_waits_alone(self):
        orders = [self.snapshot() for _index in range(5)]
        key = self.env["pos.order"]._nu_lock_key(
            self.company.id, orders[2]["pos_reference"]
        )
        self.patch(nu_pos_control, "LOCK_WAIT", 1)
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
            results = self.sync(orders)
        self.assertEqual(
            [r.get("code") for r in results], [None, None, "IN_PROGRESS", None, None]
        )
        self.assertTrue(results[2]["retryable"])
        self.assertEqual([r["status"] for r in self.sync(orders)], ["ok"] * 5)

    def test_numbers_of_orders_that_break_are_kept_for_them(self):
        orders = [self.snapshot() for _index in range(6)]
        broken = orders[4]["pos_reference"]
        Order = self.env.registry["pos.order"]
        create = Order.create

        def failing(records, vals_list):
            if any(values["pos_reference"] == broken for values in vals_list):
                raise ZeroDivisionError
            return create(records, vals_list)

        with patch.object(Order, "create", failing), mute_logger(BATCH_LOG):
            results = self.sync(orders)
        self.assertEqual(
            [r.get("code") for r in results], [None] * 4 + ["INTERNAL", None]
        )
        before = self.ledger(orders)
        self.assertEqual(before[broken][1], "reserved")
        self.assertEqual(
            sorted(state for _name, state in before.values()),
            ["issued"] * 5 + ["reserved"],
        )
        again = self.sync(orders)
        self.assertEqual([r["created"] for r in again], [False] * 4 + [True, False])
        self.assertEqual(
            {reference: name for reference, (name, _state) in before.items()},
            {r["pos_reference"]: r["fiscal"]["reference"] for r in again},
            "no number was lost or doubled",
        )
        self.assertInvariant()

    def test_no_lock_is_left_behind(self):
        self.sync([self.snapshot() for _index in range(3)])
        self.env.cr.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname ="
            " current_database())"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_many_numbers_and_one_number_never_wait_for_each_other(self):
        """Crossed references and types, straight at the SQL function."""
        self.make_ranges("B16", (1, 5000))
        references = [self.own_reference() for _index in range(40)]
        type_id = self.type("B16").id

        def take(wanted):
            query = SQL(
                "SELECT outcome, ncf_id FROM nu_pos_ncf_take_all("
                "%s, %s, %s, 'sale', current_date, 1, false, %s, %s)",
                self.company.id,
                type_id,
                self.config.id,
                wanted,
                [False] * len(wanted),
            )
            with CONTROLS.lease(self.env.cr.dbname) as control:
                rows = control.fetchall(query)
            return {r: row["ncf_id"] for r, row in zip(wanted, rows, strict=True)}

        answers = self.race(
            lambda: take(references),
            lambda: take(references[::-1]),
            *(lambda r=r: {r: self.take("B16", r)} for r in references[:3]),
        )
        self.assertFalse([a for a in answers if isinstance(a, Exception)], answers)
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(len(set(answers[0].values())), 40)
        self.assertInvariant()
