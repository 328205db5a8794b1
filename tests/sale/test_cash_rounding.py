"""Cash rounding is one rule: till, document, 607, returns and closing entry."""

from decimal import Decimal

from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.description import Form
from ...fiscal.ecf.validate import validate
from ...models.evidence.nu_pos_guarded import unsealed
from ..screen import ScreenCase
from .test_signs_reports import ScreenMonthCase


class RoundingCase(ScreenCase):
    def setUp(self):
        super().setUp()
        self.config.nu_default_document_type_id = self.type("E32")
        self.Order = self.Order.with_context(generate_pdf=False)

    def sell(self, *items, **values):
        return self.sync(self.ticket(*items, **values))

    def api_sale(self, total, paid, **values):
        return self.order_of(
            self.finalize(
                self.snapshot(
                    self.line(price=total / 1.28, id="a"),
                    total=total,
                    payments=[{"payment_method_id": self.cash.id, "amount": paid}],
                    **values,
                )
            )
        )

    def document(self, order):
        xml = self.ecf(order)._xml_bytes()
        self.assertEqual(validate(xml, signed=True), [])
        return build.parse_ecf(xml)

    def paid(self, order):
        return round(sum(order.payment_ids.mapped("amount")), 2)


@tagged("post_install", "-at_install")
class TestRoundedSales(RoundingCase):
    def test_electronic_sale_tells_the_price_not_the_coins(self):
        self.rounding()
        for total, paid in ((121.60, 120), (76.80, 75), (108.80, 110), (153.60, 155)):
            with self.subTest(total):
                order = self.api_sale(total, paid, fiscal_type="E32")
                self.assertEqual(order.amount_total, total)
                self.assertEqual(order._nu_rounding(), round(paid - total, 2))
                document = self.document(order)
                self.assertEqual(float(document.totals.total), total)
                self.assertEqual(
                    [(p.form, float(p.amount)) for p in document.payments],
                    [(Form.CASH, total)],
                )

    def test_each_rule_and_type(self):
        for method, paid in (("HALF-UP", 210), ("UP", 215), ("DOWN", 210)):
            for only_cash in (True, False):
                with self.subTest(method=method, only_cash=only_cash):
                    self.rounding(method, only_cash)
                    order = self.api_sale(
                        212.40,
                        paid,
                        fiscal_type="E31",
                        partner_id=self.buyer.id,
                    )
                    self.assertEqual(order.amount_total, 212.40)
                    document = self.document(order)
                    self.assertEqual(
                        sum(payment.amount for payment in document.payments),
                        Decimal("212.40"),
                    )
                    self.assertEqual(order.account_move.amount_total, paid)
                    self.assertEqual(order.account_move.amount_residual, 0)
                    back = self.give_back(order)
                    self.assertEqual(back.amount_total, -212.40)
                    self.assertEqual(self.paid(back), -paid)
                    self.assertEqual(back.account_move.amount_residual, 0)
        self.close_session()

    def test_screen_sells_and_refunds_rounded(self):
        self.rounding()
        order = self.sell(self.item(price=95.0), pay={self.cash: 120.0})
        self.assertEqual(self.document(order).payments[0].amount, Decimal("121.60"))
        back = self.sell(self.back(order.lines), pay={self.cash: -120.0}, refund=True)
        self.assertEqual(self.document(back).totals.total, Decimal("121.60"))
        move = self.close_session()
        self.assertEqual(self.booked(move), (0.0, 0.0, 0.0))

    def test_change_of_a_rounded_sale(self):
        for only_cash in (True, False):
            with self.subTest(only_cash=only_cash):
                self.rounding(only_cash=only_cash)
                order = self.sell(
                    self.item(price=95.0), pay={self.cash: 200.0}, change=80.0
                )
                self.assertEqual(order.amount_total, 121.60, "not the coins")
                self.assertEqual(order.amount_tax, 26.60)
                self.assertEqual(order.amount_paid, 120.0)
                document = self.document(order)
                self.assertEqual(document.payments[0].amount, Decimal("121.60"))
                sale = self.api_sale(121.60, 200, fiscal_type="E32")
                self.assertEqual(sale.amount_total, 121.60)
                self.assertEqual(self.paid(self.give_back(sale)), -120.0)
        self.close_session()

    def test_card_is_rounded_where_all_is(self):
        self.rounding(only_cash=False)
        order = self.sell(self.item(price=95.0), pay={self.card: 120.0})
        [payment] = self.document(order).payments
        self.assertEqual((payment.form, payment.amount), (Form.CARD, Decimal("121.60")))
        back = self.give_back(order)
        self.assertEqual(
            [(p.payment_method_id, p.amount) for p in back.payment_ids],
            [(self.card, -120.0)],
        )
        self.close_session()

    def test_invoice_of_a_register_that_no_longer_rounds_is_not_rounded(self):
        self.rounding()
        self.config.cash_rounding = False
        order = self.api_sale(
            435.20, 435.20, fiscal_type="E31", partner_id=self.buyer.id
        )
        self.assertEqual(order.account_move.amount_total, 435.20)
        self.assertEqual(order.account_move.amount_residual, 0)
        self.assertEqual(self.document(order).totals.total, Decimal("435.20"))
        card = self.sell(
            self.item(price=95.0),
            pay={self.card: 121.60},
            to_invoice=True,
            partner_id=self.buyer.id,
        )
        self.assertEqual(card.account_move.amount_total, 121.60)

    def test_payment_by_card_is_not_rounded_on_its_invoice(self):
        self.rounding()
        order = self.sell(
            self.item(price=95.0),
            pay={self.card: 121.60},
            to_invoice=True,
            partner_id=self.buyer.id,
        )
        self.assertEqual(order.account_move.amount_total, 121.60)
        self.assertFalse(
            order.account_move.line_ids.filtered(
                lambda line: line.display_type == "rounding"
            )
        )


@tagged("post_install", "-at_install")
class TestRoundedReturns(RoundingCase):
    def test_return_pays_back_what_was_paid(self):
        for method, paid in (("HALF-UP", 120.0), ("DOWN", 120.0), ("UP", 125.0)):
            with self.subTest(method):
                self.rounding(method)
                order = self.api_sale(121.60, paid, fiscal_type="E32")
                back = self.give_back(order)
                self.assertEqual(back.amount_total, -121.60, "the note is the price")
                self.assertEqual(self.paid(back), -paid)
                self.assertEqual(self.document(back).totals.total, Decimal("121.60"))
        self.close_session()

    def test_money_that_is_named_is_what_was_paid(self):
        self.rounding()
        order = self.api_sale(121.60, 120, fiscal_type="B02")
        pay = [{"payment_method_id": self.cash.id, "amount": 121.60}]
        problem = self.assertProblem(
            "TOTALS_MISMATCH", self.give_back, order, payments=pay
        )
        self.assertEqual(problem.errors[0]["expected"], "120.00")
        pay[0]["amount"] = 120
        self.assertEqual(self.paid(self.give_back(order, payments=pay)), -120.0)

    def test_parts_are_paid_in_coins_and_add_up_to_what_was_paid(self):
        for method, paid in (("HALF-UP", 120.0), ("DOWN", 120.0), ("UP", 125.0)):
            with self.subTest(method):
                self.rounding(method)
                order = self.sell(self.item(qty=8, price=11.875), pay={self.cash: paid})
                self.assertEqual(order.amount_total, 121.60)
                given = 0.0
                for part in range(8):
                    back = self.give_back(
                        order,
                        lines=[{"line_id": order.lines.id, "qty": 1}],
                        pos_reference=f"RF/coins/{order.id}/{part}",
                    )
                    self.assertEqual(self.paid(back) % 5, 0)
                    given -= self.paid(back)
                    self.assertLessEqual(given, paid)
                self.assertEqual(given, paid)
        self.close_session()

    def test_return_after_the_rounding_was_switched_off(self):
        self.rounding()
        paper = self.api_sale(121.60, 120, fiscal_type="B02")
        invoiced = self.api_sale(
            121.60, 120, fiscal_type="B01", partner_id=self.buyer.id
        )
        half = self.sell(
            self.item(price=95.0), self.item(price=95.0), pay={self.cash: 245.0}
        )
        # sold and returned in one session, in the middle of which the setting changes
        self.config.cash_rounding = False
        for order in (paper, invoiced):
            back = self.give_back(order)
            self.assertEqual((back.amount_total, self.paid(back)), (-121.60, -120.0))
        self.assertEqual(back.account_move.amount_total, 120.0)
        self.assertEqual(back.account_move.amount_residual, 0)
        parts = [
            self.give_back(
                half,
                lines=[{"line_id": line.id}],
                pos_reference=f"RF/half/{line.id}",
            )
            for line in half.lines
        ]
        self.assertEqual(sum(map(self.paid, parts)), -245.0)
        move = self.close_session()
        self.assertEqual(self.booked(move), (0.0, 0.0, 0.0))

    def test_screen_pays_back_no_more_than_was_paid(self):
        self.rounding("UP")
        order = self.sell(self.item(qty=3, price=31.50), pay={self.cash: 125.0})
        for _third in range(2):
            self.sell(self.back(order.lines, 1), pay={self.cash: -45.0}, refund=True)
        third = self.ticket(
            self.back(order.lines, 1), pay={self.cash: -45}, refund=True
        )
        problem = self.assertProblem("CONFLICT", self.sync, third)
        self.assertIn("35.00 are left", problem.detail)
        self.env.invalidate_all()
        manager = self.ref("user_manager")
        rest = self.env["pos.order"].browse(order.with_user(manager).refund()["res_id"])
        wizard = (
            self.env["pos.make.payment"]
            .with_user(manager)
            .with_context(active_id=rest.id, active_ids=rest.ids)
            .create({"payment_method_id": self.cash.id, "amount": -35.0})
        )
        wizard.check()
        self.env.invalidate_all()
        self.assertEqual((rest.state, rest.amount_paid), ("paid", -35.0))
        self.close_session()

    def test_sale_that_was_not_rounded_is_paid_back_by_card_to_the_cent(self):
        self.rounding()
        order = self.sell(self.item(price=95.0), pay={self.card: 121.60})
        self.assertEqual(self.paid(self.give_back(order)), -121.60)


@tagged("post_install", "-at_install")
class TestRoundedMonth(ScreenMonthCase):
    def test_607_does_not_change_with_the_setting(self):
        self.rounding()
        self.sync_at(
            "2026-10-05 13:00",
            self.ticket(self.item(price=95.0), pay={self.cash: 120.0}),
        )
        self.rounding(only_cash=False)
        card = self.sync_at(
            "2026-10-05 14:00",
            self.ticket(self.item(price=95.0), pay={self.card: 120.0}),
        )
        mixed = self.sync_at(
            "2026-10-05 15:00",
            self.ticket(self.item(price=95.0), pay={self.card: 100.0, self.cash: 20.0}),
        )
        with self.at("2026-10-05 16:00"):
            self.give_back(card)
        self.close("2026-10-05 23:00")
        self.config.cash_rounding = False
        self.config.rounding_method = False
        report = self.report("607", check=True)
        self.assertEqual(self.problems(report), [])
        self.assertEqual(self.row(report, card).card, 121.60)
        self.assertFalse(self.row(report, card).cash)
        self.assertEqual(
            (self.row(report, mixed).cash, self.row(report, mixed).card),
            (21.60, 100.0),
        )
        for figure in report.compare_ids:
            self.assertEqual(figure.difference, 0, figure.name)
        self.assertEqual(
            {
                order.nu_ncf: sum(
                    float(amount) for amount in order._nu_paid_by_form().values()
                )
                for order in (card, mixed)
            },
            {card.nu_ncf: 121.60, mixed.nu_ncf: 121.60},
        )

    def test_payment_that_is_missing_is_no_rounding(self):
        order = self.sync_at("2026-10-05 13:00", self.ticket(self.item(price=95.0)))
        self.close("2026-10-05 23:00")
        # as it was possible before what is numbered was sealed
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE pos_order SET amount_paid = 50 WHERE id = %s", (order.id,)
            )
            self.env.cr.execute(
                "UPDATE pos_payment SET amount = 50 WHERE pos_order_id = %s",
                (order.id,),
            )
        self.env.invalidate_all()
        report = self.report("607", check=True)
        self.assertIn(("SUM", order.nu_ncf), self.problems(report))
