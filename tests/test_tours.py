"""What a person does at Odoo's screen, and what is in the database afterwards."""

from odoo.tests import Form

from .common import DISCOUNT
from .tour_case import TourCase


class TestTours(TourCase):
    def assertNumbered(self, orders, *prefixes):
        self.assertEqual(
            [(order.state, (order.nu_ncf or "")[:3]) for order in orders],
            [("paid", prefix) for prefix in prefixes],
        )
        numbers = orders[0].browse([order.id for order in orders]).nu_ncf_id
        self.assertEqual(len(numbers), len(orders))
        self.assertEqual(set(numbers.mapped("state")), {"issued"})
        self.assertInvariant()

    def test_sales_and_returns_get_their_numbers(self):
        self.product_named(DISCOUNT)
        self.tour("nu_sale_and_returns")
        orders = self.recorded(
            "sale",
            "part_refund",
            "line_discount",
            "refund",
            "discount_line",
            "discount_line_refund",
        )
        self.assertNumbered(orders, "B02", "B04", "B02", "B04", "B02", "B04")
        sale, part, discounted, whole, reduced, back = orders
        self.assertEqual(
            [order.amount_total for order in orders],
            [1164.8, -230.4, 979.84, -979.84, 1728.0, -1728.0],
        )
        self.assertEqual(part.lines.refunded_orderline_id, sale.lines[0])
        self.assertEqual(whole.lines.refunded_orderline_id, discounted.lines)
        self.assertEqual(back.lines.refunded_orderline_id, reduced.lines)
        self.give_back_the_rest(sale, part)

    def give_back_the_rest(self, sale, part):
        """The API gives back what the screen has not, and once."""
        token = self.login("gerente@demo.do", "gerente-Demo-2026")
        path, body = f"orders/{sale.id}/refunds", {"reason": "No gustó"}
        status, answer, _response = self.call(path, body, token=token)
        self.assertEqual(status, 201, answer)
        rest = sale.browse(answer["refund_id"])
        self.assertEqual(sale.amount_total + part.amount_total + rest.amount_total, 0)
        self.assertEqual(sum(rest.payment_ids.mapped("amount")), -934.4)
        _status, again, _response = self.call(path, body, token=token)
        self.assertEqual((again["created"], again["refund_id"]), (False, rest.id))
        self.assertEqual(len(sale.lines.refund_orderline_ids), 3)

    def test_every_way_to_pay_gets_its_number(self):
        self.config.iface_tipproduct = True
        self.config.tip_product_id = self.env.ref("point_of_sale.product_product_tip")
        self.tour("nu_payments")
        orders = self.recorded("change", "tip", "two_methods", "later")
        self.assertNumbered(orders, "B02", "B02", "B02", "B02")
        change, tip, two, later = orders
        paid = sorted(change.payment_ids.mapped("amount"))
        self.assertEqual(paid, [-1296.0, 2000.0])
        self.assertEqual((tip.amount_total, tip.tip_amount), (754.0, 50.0))
        self.assertEqual(
            {pay.payment_method_id: pay.amount for pay in two.payment_ids},
            {self.cash: 200.0, self.card: 504.0},
        )
        self.assertEqual(later.lines.mapped("price_subtotal"), [550.0, 85.0])

    def test_buyers_with_and_without_an_invoice(self):
        self.tour("nu_buyers")
        invoiced, plain = self.recorded("invoice", "buyer")
        self.assertEqual(invoiced.account_move.nu_ncf, invoiced.nu_ncf)
        self.assertEqual(invoiced.state, "done")
        self.assertFalse(plain.account_move)

    def test_a_hubs_check_is_not_taken_over_by_the_screen(self):
        check = self.Order._nu_submit(self.draft(), finalize=False)
        check = self.env["pos.order"].browse(check.body["order_id"])
        self.tour("nu_beside_a_hub")
        orders = self.recorded("beside_hub", "beside_hub_refund")
        self.assertNumbered(orders, "B02", "B04")
        self.assertEqual([order.amount_total for order in orders], [230.4, -230.4])
        self.assertNotIn(check, orders)
        self.assertEqual((check.state, check.amount_total), ("draft", 640.0))
        self.assertEqual(check.lines.mapped("qty"), [1.0])

    def test_a_manager_without_hr_rights_opens_till_and_register(self):
        self.config.module_pos_hr = True
        manager = self.ref("user_manager")
        self.assertFalse(manager.has_group("hr.group_hr_user"))
        manager.password = manager.login
        self.tour("nu_manager_sale", manager)
        [order] = self.recorded("manager_sale")
        self.assertNumbered([order], "B02")
        self.assertEqual(order.employee_id, self.ref("employee_manager"))
        form = Form(self.config.with_user(manager).sudo(False))
        form.name = "Salón de Carmen"
        form.save()
        self.assertEqual(self.config.name, "Salón de Carmen")

    def test_exchange_and_return_without_sale_are_refused(self):
        taken = self.Ncf.search_count([])
        self.tour("nu_exchange")
        orders = self.recorded("exchange", "negative")
        self.assertNotIn("paid", [order.state for order in orders])
        self.assertEqual(self.Ncf.search_count([]), taken)
