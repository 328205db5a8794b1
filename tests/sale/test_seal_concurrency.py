"""A sale and somebody who edits its draft at the same moment, on real connections."""

import threading
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..numbers.test_ncf_concurrency import RealCursorCase


@tagged("post_install", "-at_install")
class TestSealConcurrency(RealCursorCase):
    def test_no_line_slips_into_a_draft_that_is_being_sold(self):
        body = self.snapshot(pos_reference=self.own_reference())
        draft = {name: value for name, value in body.items() if name != "payments"}

        def create(env):
            answer = env["pos.order"]._nu_submit(draft, finalize=False)
            return answer.body["order_id"]

        order_id = self.in_transaction(create, self.hub.id)
        paid, edited = threading.Event(), threading.Event()
        Audit = type(self.env["nu_restaurant_pos.order_audit"])
        record = Audit._record_all

        def held(audit, rows):
            # the sale is written, its number issued, nothing of it is committed
            audit.env.flush_all()
            paid.set()
            edited.wait(2)
            return record(audit, rows)

        def sell():
            with patch.object(Audit, "_record_all", held):
                return self.in_transaction(
                    lambda env: env["pos.order"].hub_finalize_snapshot(body),
                    self.hub.id,
                )

        def add_line(env):
            paid.wait(30)
            # reads the draft in its own snapshot, then waits for the sale
            order = env["pos.order"].browse(order_id)
            self.assertEqual(order.state, "draft")
            line = order.lines[0].copy_data()[0]
            try:
                env["pos.order.line"].create({**line, "order_id": order_id})
                env.flush_all()
            finally:
                edited.set()

        with mute_logger("odoo.sql_db"):
            sold, added = self.race(sell, lambda: self.in_transaction(add_line))
        self.assertEqual(sold["state"], "paid", sold)
        self.assertIsInstance(added, SerializationFailure)
        lines = self.in_transaction(
            lambda env: env["pos.order.line"].search_count(
                [("order_id", "=", order_id)]
            )
        )
        self.assertEqual(lines, 1)
