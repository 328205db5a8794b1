"""A till's clock is believed within bounds; the day of a document is the server's."""

from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.tests import tagged

from ...fiscal import calendar
from ..common import FiscalCase
from ..order_case import OrderCase


def wire(moment):
    return moment.replace(tzinfo=timezone.utc).isoformat()


class TestTillClock(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.today = calendar.fiscal_day(cls.now)

    def sell(self, moment, **values):
        answer = self.finalize(self.snapshot(date_order=moment, **values))
        return answer, self.order_of(answer)

    def clock_warnings(self, answer):
        return [row for row in answer["warnings"] if row["code"] == "CLOCK"]

    def test_sale_of_yesterday_keeps_its_moment(self):
        """A hub that was offline for the evening."""
        told = self.now - timedelta(days=1)
        answer, order = self.sell(wire(told))
        self.assertEqual(self.clock_warnings(answer), [])
        self.assertEqual(order.date_order, told)
        self.assertEqual(order.nu_ncf_id.date_issued_day, self.today)

    def test_paid_sale_of_an_absurd_day_is_sold_at_the_servers_time(self):
        for told in (
            "1970-01-01T00:00:00Z",
            "2020-01-01T10:00:00-04:00",
            wire(self.now - timedelta(days=30)),
            wire(self.now + timedelta(minutes=30)),
            wire(self.now + timedelta(days=3)),
        ):
            with self.subTest(told=told):
                answer, order = self.sell(told)
                self.assertEqual(order.state, "paid")
                self.assertLess(abs(order.date_order - self.now), timedelta(minutes=9))
                [warning] = self.clock_warnings(answer)
                self.assertEqual(warning["path"], "date_order")
                self.assertIn("the server's time is 2", warning["message"])
                [row] = self.env["nu_restaurant_pos.order_audit"].search(
                    [
                        ("pos_reference", "=", order.pos_reference),
                        ("event", "=", "sale_warning"),
                    ]
                )
                self.assertIn(f'"given":{{"date_order":"{told}"}}', row.payload)

    def test_repeat_of_it_gets_the_same_answer(self):
        body = self.snapshot(date_order="1970-01-01T00:00:00Z")
        first = self.finalize(body)
        again = self.finalize(body)
        self.assertEqual(again["warnings"], first["warnings"])
        self.assertEqual((again["created"], again["fiscal"]), (False, first["fiscal"]))

    def test_draft_of_an_absurd_day_is_refused_with_the_servers_time(self):
        for told in ("1970-01-01T00:00:00Z", wire(self.now + timedelta(minutes=30))):
            with self.subTest(told=told):
                problem = self.assertProblem(
                    "VALIDATION",
                    self.Order._nu_submit,
                    self.draft(date_order=told),
                    finalize=False,
                )
                [entry] = problem.errors
                self.assertEqual((entry["path"], entry["given"]), ("date_order", told))
                expected = datetime.fromisoformat(entry["expected"])
                told_back = expected.replace(tzinfo=None) - self.now
                self.assertLess(abs(told_back), timedelta(minutes=9))

    def test_bounds_are_parameters(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("nu_pos.clock_days_back", "40")
        parameters.set_param("nu_pos.clock_minutes_ahead", "60")
        for delta in (timedelta(days=-30), timedelta(minutes=30)):
            with self.subTest(delta=delta):
                answer, order = self.sell(wire(self.now + delta))
                self.assertEqual(self.clock_warnings(answer), [])
                self.assertEqual(order.date_order, self.now + delta)

    def test_session_that_has_been_open_for_long_believes_its_own_days(self):
        session = self.config.current_session_id
        session.start_at = self.now - timedelta(days=20)
        told = self.now - timedelta(days=26)
        answer, order = self.sell(wire(told))
        self.assertEqual(self.clock_warnings(answer), [])
        self.assertEqual(order.date_order, told)

    def test_day_of_an_invoice_is_the_day_of_its_number(self):
        """A sale of three days ago whose hub comes back today."""
        told = self.now - timedelta(days=3)
        answer, order = self.sell(
            wire(told), fiscal_type="B01", partner_id=self.buyer.id
        )
        self.assertEqual(order.date_order, told)
        invoice = order.account_move
        self.assertEqual(invoice.invoice_date, self.today)
        self.assertEqual(invoice.date, self.today)
        self.assertEqual(order.nu_ncf_id.date_issued_day, self.today)
        self.assertTrue(answer["fiscal"]["reference"].startswith("B01"))

    def test_browser_with_a_wrong_clock_sells_at_the_servers_time(self):
        for told in ("1970-01-01 10:00:00", "2031-01-01 10:00:00"):
            with self.subTest(told=told):
                values = self.screen_order(date_order=told)
                values["payment_ids"][0][2]["payment_date"] = told
                order = self.sync(values)
                self.assertEqual(order.state, "paid")
                self.assertLess(abs(order.date_order - self.now), timedelta(minutes=9))
                paid = order.payment_ids.payment_date
                self.assertLess(abs(paid - self.now), timedelta(minutes=9))
                self.assertEqual(order.nu_warnings[0]["code"], "CLOCK")
                row = self.env["nu_restaurant_pos.order_audit"].search(
                    [
                        ("order_res_id", "=", order.id),
                        ("event", "=", "sale_warning"),
                    ]
                )
                self.assertIn(told.replace(" ", "T") + "Z", row.payload)

    def test_browser_with_a_right_clock_keeps_its_moment(self):
        told = self.now - timedelta(minutes=5)
        order = self.sync(self.screen_order(date_order=fields.Datetime.to_string(told)))
        self.assertEqual(order.date_order, told)
        self.assertFalse(order.nu_warnings)


@tagged("post_install", "-at_install")
class TestServerTime(OrderCase):
    def test_health_tells_the_time(self):
        body = self.assertDone(self.call("health", method="GET", token=None))
        told = datetime.fromisoformat(body["time"]).replace(tzinfo=None)
        self.assertLess(abs(told - fields.Datetime.now()), timedelta(minutes=1))
