"""What a real browser sent, sent again."""

from .. import browser_bodies
from ..common import FiscalCase

# Recordings of what the server takes, with the type of number it gives.
SOLD = {
    "sale": "B02",
    "part_refund": "B04",
    "line_discount": "B02",
    "refund": "B04",
    "discount_line": "B02",
    "discount_line_refund": "B04",
    "change": "B02",
    "tip": "B02",
    "two_methods": "B02",
    "later": "B02",
}


class TestScreenBodies(FiscalCase):
    def test_every_recording_is_sold_as_the_browser_counted_it(self):
        browser = self.browser()
        for name, prefix in SOLD.items():
            with self.subTest(name):
                order = browser.orders.get(name) or browser.send(name)
                sent = browser_bodies.load(name)["calls"][-1]["order"]
                self.assertEqual(order.amount_total, sent["amount_total"])
                self.assertEqual((order.state, order.nu_ncf[:3]), ("paid", prefix))
        self.assertInvariant()

    def test_two_browsers_sell_two_sales(self):
        first, second = self.browser().send("sale"), self.browser().send("sale")
        self.assertNotEqual(first, second)
        self.assertNotEqual(first.nu_ncf, second.nu_ncf)

    def test_a_body_can_be_sent_otherwise_than_it_was(self):
        order = self.browser().send("sale", general_customer_note="Sin sal")
        self.assertEqual(order.general_customer_note, "Sin sal")

    def test_a_refund_refers_to_the_sale_of_its_own_browser(self):
        browser = self.browser()
        self.browser().send("sale")
        refund = browser.send("part_refund")
        self.assertEqual(
            refund.lines.refunded_orderline_id, browser.orders["sale"].lines[0]
        )

    def test_a_browser_sends_a_returned_line_with_a_positive_amount(self):
        """Odoo multiplies by the sign of the order (pos_order_line_accounting.js)."""
        body = browser_bodies.load("part_refund")["calls"][0]["order"]
        [(_kind, _id, line)] = body["lines"]
        self.assertEqual((line["qty"], line["price_subtotal"]), (-1, 180))
        self.assertEqual(body["amount_total"], -230.4)
