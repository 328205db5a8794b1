import random

from ..common import FiscalCase


class TestOrderTotals(FiscalCase):
    """The till's arithmetic is checked against Odoo's own, to the cent."""

    def submit(self, *lines, **values):
        body = self.draft(*lines, **{"total": 0, **values})
        answer = self.Order._nu_submit(body, finalize=False).body
        self.env.invalidate_all()
        return self.order_of(answer)

    def test_dine_in_bears_itbis_and_tip_apart(self):
        # the worked example of the tax rules: 2 x 450 and 1 x 200 at the table
        order = self.submit(self.line(qty=2, price=450.0), self.line(price=200.0))
        self.assertEqual(
            (order.nu_amount_itbis, order.nu_amount_tip, order.amount_total),
            (198.0, 110.0, 1408.0),
        )
        self.assertEqual(order.amount_tax, 308.0)

    def test_a_line_discount_lowers_the_base_of_both(self):
        order = self.submit(
            self.line(qty=2, price=450.0, discount=10), self.line(price=200.0)
        )
        self.assertEqual(
            (order.nu_amount_itbis, order.nu_amount_tip, order.amount_total),
            (181.8, 101.0, 1292.8),
        )

    def test_takeout_and_delivery_drop_the_tip(self):
        for order_type in ("takeout", "delivery"):
            order = self.submit(
                self.line(qty=2, price=450.0),
                self.line(price=200.0),
                order_type=order_type,
            )
            self.assertEqual(
                (order.nu_amount_itbis, order.nu_amount_tip, order.amount_total),
                (198.0, 0.0, 1298.0),
                order_type,
            )
            self.assertFalse(order.lines.tax_ids.filtered("nu_is_tip"))

    def test_takeout_drops_the_tip_even_if_the_till_sends_it(self):
        taxes = [self.ref("tax_18_sale").id, self.ref("tax_tip_sale").id]
        order = self.submit(self.line(price=100.0, tax_ids=taxes), order_type="takeout")
        self.assertEqual(order.amount_total, 118.0)

    def test_taxes_named_by_the_till_are_not_mapped_twice(self):
        taxes = [self.ref("tax_18_sale").id, self.ref("tax_tip_sale").id]
        order = self.submit(self.line(price=100.0, tax_ids=taxes))
        self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (18.0, 10.0))

    def test_rates_of_their_own(self):
        order = self.submit(
            self.line(self.reduced, price=100.0), self.line(self.exempt, price=100.0)
        )
        self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (16.0, 20.0))

    def test_special_regimes_bear_no_itbis(self):
        for prefix in ("B14", "E44"):
            order = self.submit(self.line(price=100.0), fiscal_type=prefix)
            self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (0.0, 10.0))

    def test_item_and_check_discounts_multiply(self):
        order = self.submit(self.line(price=1000.0, discount=10), check_discount=20)
        self.assertAlmostEqual(order.lines.discount, 28.0)
        self.assertEqual(order.lines.nu_item_discount, 10.0)
        self.assertEqual(order.nu_check_discount, 20.0)
        self.assertEqual(order.lines.price_subtotal, 720.0)
        self.assertEqual(order.amount_total, 921.6)

    def test_a_price_left_out_is_the_products(self):
        line = {"product_id": self.dish.id, "qty": 1}
        order = self.submit(line)
        self.assertEqual(order.lines.price_unit, self.dish.lst_price)

    def test_totals_that_differ_by_a_cent_are_refused(self):
        for field, wrong in (("amount_total", 640.01), ("amount_tax", 139.0)):
            body = {**self.draft(), field: wrong}
            problem = self.assertProblem(
                "TOTALS_MISMATCH", self.Order._nu_submit, body, finalize=False
            )
            [error] = problem.errors
            self.assertEqual(error["path"], field)
            self.assertEqual(error["given"], f"{wrong:.2f}")
            self.assertIn(f"{float(error['expected']):.2f}", problem.detail)

    def test_a_quantity_odoo_would_round_is_refused(self):
        body = self.draft(self.line(qty=0.333), total=0)
        problem = self.assertProblem(
            "VALIDATION", self.Order._nu_submit, body, finalize=False
        )
        self.assertEqual(problem.errors[0]["path"], "lines[0].qty")

    def test_amounts_equal_odoos_own_in_both_rounding_modes(self):
        chance = random.Random(7)
        products = [self.dish, self.reduced, self.exempt]
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            for round_number in range(15):
                lines = [
                    self.line(
                        chance.choice(products),
                        qty=chance.choice([1, 2, 3, 0.33, 1.5]),
                        price=round(chance.uniform(0.01, 1999), 2),
                        discount=chance.choice([0, 0, 5, 12.5, 33.33]),
                    )
                    for _index in range(chance.randint(1, 9))
                ]
                order = self.submit(
                    *lines,
                    check_discount=chance.choice([0, 10]),
                    order_type=chance.choice(["dine_in", "takeout"]),
                )
                ours = (order.amount_total, order.amount_tax)
                parts = order.nu_amount_itbis + order.nu_amount_tip
                order._compute_prices()
                where = (method, round_number, lines)
                self.assertEqual((order.amount_total, order.amount_tax), ours, where)
                self.assertAlmostEqual(parts, order.amount_tax, 2, where)
                if method == "round_per_line":
                    for line in order.lines:
                        core = line._compute_amount_line_all()
                        self.assertAlmostEqual(
                            line.price_subtotal, core["price_subtotal"], 2, where
                        )
                        self.assertAlmostEqual(
                            line.price_subtotal_incl,
                            core["price_subtotal_incl"],
                            2,
                            where,
                        )
