"""Sales and the closing of their session at the same time, on real connections."""

import threading
from types import SimpleNamespace

from odoo.tests import tagged

from ...models.runtime.autocommit_pool import CONTROLS, Shared
from ...models.runtime.problem import ApiProblem
from ..numbers.test_ncf_concurrency import RealCursorCase


@tagged("post_install", "-at_install")
class TestClosingConcurrency(RealCursorCase):
    def setUp(self):
        super().setUp()
        self.gate = self.env["pos.session"]._nu_gate(self.config.id)
        self.session = self.config.current_session_id

    def holds(self, key):
        """May somebody else have the key now?"""
        with CONTROLS.lease(self.env.cr.dbname) as control:
            try:
                control.lock([key], wait=0.2)
            except ApiProblem as problem:
                self.assertEqual(problem.code, "IN_PROGRESS")
                return True
            return False

    def test_sales_share_what_a_closing_has_alone(self):
        with CONTROLS.lease(self.env.cr.dbname) as sale:
            sale.lock([Shared(self.gate)])
            self.assertFalse(self.holds(Shared(self.gate)), "two sales at a time")
            self.assertTrue(self.holds(self.gate), "a closing waits for the sale")
        self.assertFalse(self.holds(self.gate))

    def test_closing_sees_the_sale_it_waited_for(self):
        # the closing looks at its orders, then a sale that began before it commits
        order_id = self.in_transaction(self._order)
        sold, began = threading.Event(), threading.Event()
        seen = {}

        def close(env):
            session = env["pos.session"].browse(self.session.id)
            seen["before"] = self._note_of(env, order_id)
            began.set()
            sold.wait(10)
            session._nu_stop_sales()
            seen["after"] = self._note_of(env, order_id)
            seen["shut"] = self.holds(Shared(self.gate))

        def sell():
            began.wait(10)
            self.in_transaction(lambda env: self._touch(env, order_id))
            sold.set()

        _closed, failed = self.race(lambda: self.in_transaction(close), sell)
        self.assertIsNone(failed)
        self.assertEqual(seen, {"before": "no", "after": "sold", "shut": True})
        self.assertFalse(self.holds(self.gate), "its end lets sales in again")

    def test_closing_that_has_written_looks_whether_something_was_sold(self):
        order_id = self.in_transaction(self._order)

        def close(env):
            session = env["pos.session"].browse(self.session.id)
            session.write({"opening_notes": "noted first"})
            session.flush_recordset()
            self.in_transaction(lambda other: self._touch(other, order_id))
            session._nu_stop_sales()

        with self.assertRaisesRegex(Exception, "while the session was being closed"):
            self.in_transaction(close)
        self.assertFalse(self.holds(self.gate), "a failure lets go of it too")

    def test_screen_sale_keeps_its_session_open_until_it_ends(self):
        def sell(env):
            env["pos.session"].browse(self.session.id)._nu_keep_open()
            return self.holds(self.gate), self.holds(Shared(self.gate))

        self.assertEqual(self.in_transaction(sell), (True, False))
        self.assertFalse(self.holds(self.gate))

    # -- what is sold --------------------------------------------------------------

    def _order(self, env):
        values = {
            "session_id": self.session.id,
            "company_id": self.company.id,
            "pos_reference": self.own_reference(),
            "sequence_number": 1,
            "amount_total": 0,
            "amount_tax": 0,
            "amount_paid": 0,
            "amount_return": 0,
            "general_customer_note": "no",
            "state": "cancel",
        }
        return env["pos.order"].create(values).id

    def _touch(self, env, order_id):
        env["pos.order"].browse(order_id).general_customer_note = "sold"

    def _note_of(self, env, order_id):
        return env["pos.order"].browse(order_id).general_customer_note


@tagged("post_install", "-at_install")
class TestDeviceLog(RealCursorCase):
    def test_noted_session_leaves_the_sale_a_clean_transaction(self):
        session = _Session()
        request = SimpleNamespace(session=session)
        agent = SimpleNamespace(platform="linux", browser="firefox")
        request.httprequest = SimpleNamespace(user_agent=agent, remote_addr="::1")
        self.addCleanup(
            self.in_transaction,
            lambda env: env.cr.execute(
                "DELETE FROM res_device_log WHERE session_identifier = %s",
                [session.sid],
            ),
        )

        def authenticate(env):
            env["res.device.log"]._update_device(request)
            env.cr.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
            return env.cr.fetchone()[0]

        self.assertTrue(self.in_transaction(authenticate))
        rows = self.in_transaction(
            lambda env: env["res.device.log"].search_count(
                [("session_identifier", "=", session.sid)]
            )
        )
        self.assertEqual(rows, 1)


class _Session(dict):
    """As much of a web session as core's note of devices asks for."""

    sid = "nu-pos-test-of-the-device-log"
    uid = 2

    def __init__(self):
        super().__init__(_trace=[])

    def update_trace(self, request):
        trace = {
            "platform": request.httprequest.user_agent.platform,
            "browser": request.httprequest.user_agent.browser,
            "ip_address": request.httprequest.remote_addr,
            "first_activity": 1,
            "last_activity": 1,
        }
        self["_trace"].append(trace)
        return trace
