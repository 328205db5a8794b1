"""Signs are arithmetic: discounts, rewards and returns, as a screen stores them."""

from decimal import Decimal

from odoo.fields import Command
from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.description import Billing, Change, Terms
from ...fiscal.ecf.schema import schema_problems
from ...fiscal.ecf.validate import validate
from ...models.runtime.problem import ApiProblem
from .. import fiscal_ecf
from ..screen import ScreenCase


class SignCase(ScreenCase):
    def setUp(self):
        super().setUp()
        self.config.nu_default_document_type_id = self.type("E32")

    def sell(self, *items, **values):
        return self.sync(self.ticket(*items, **values))

    def document(self, order, kind=None):
        """The signed document: right by our table, and by DGII's schema."""
        xml = self.ecf(order)._xml_bytes()
        self.assertEqual(validate(xml, signed=True), [])
        document = build.parse_ecf(xml)
        self.assertEqual(
            schema_problems(xml, fiscal_ecf.schema(kind or document.kind)), []
        )
        return document


@tagged("post_install", "-at_install")
class TestDiscountLines(SignCase):
    def test_discount_line_is_a_discount_of_the_document(self):
        order = self.sell(self.item(price=450.0), self.off(95.0))
        self.assertEqual(order.amount_total, 454.40)
        self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (63.90, 35.50))
        document = self.document(order)
        [line], [off] = document.lines, document.adjustments
        self.assertEqual(line.amount, Decimal("450.00"))
        self.assertEqual((off.kind, off.amount), ("D", Decimal("95.00")))
        self.assertEqual(off.billing, Billing.ITBIS_18)
        totals = document.totals
        self.assertEqual(totals.taxed_1, Decimal("355.00"))
        self.assertEqual(totals.itbis, Decimal("63.90"))
        self.assertEqual(totals.additional, Decimal("35.50"))
        self.assertEqual(totals.total, Decimal("454.40"))

    def test_paper_receipt_has_the_same_taxes(self):
        self.config.nu_default_document_type_id = self.type("B02")
        order = self.sell(self.item(price=450.0), self.off(95.0))
        self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (63.90, 35.50))

    def test_each_treatment_has_its_discount(self):
        order = self.sell(
            self.item(price=450.0),
            self.item(self.exempt, price=200.0),
            self.off(45.0),
            self.off(20.0, self.exempt),
        )
        document = self.document(order)
        self.assertEqual(
            {off.billing: off.amount for off in document.adjustments},
            {Billing.ITBIS_18: Decimal("45.00"), Billing.EXEMPT: Decimal("20.00")},
        )
        self.assertEqual(float(document.totals.total), order.amount_total)

    def test_discount_of_lines_with_tip_among_lines_without_is_theirs(self):
        """DGII shares a discount of the document among all lines when it reckons the
        tip; this one was given on what bears it."""
        plain = self.dish.taxes_id._filter_taxes_by_company(self.company)
        plain = plain._nu_without_tip()
        order = self.sell(
            self.item(price=1000.0),
            self.item(price=1000.0, tax_ids=plain),
            self.off(500.0),
        )
        self.assertEqual(order.nu_amount_tip, 50.0)
        document = self.document(order)
        self.assertFalse(document.adjustments)
        self.assertEqual(
            [line.discount for line in document.lines], [Decimal("500.00"), None]
        )
        self.assertEqual(document.totals.additional, Decimal("50.00"))

    def test_discount_of_everything_is_free_of_charge(self):
        order = self.sell(self.item(price=450.0), self.off(450.0), pay={self.cash: 0})
        self.assertEqual(order.amount_total, 0.0)
        document = self.document(order)
        self.assertEqual(document.terms, Terms.FREE)
        self.assertEqual(document.totals.total, Decimal("0.00"))
        self.assertEqual(document.adjustments[0].amount, Decimal("450.00"))

    def test_whole_return_gives_back_what_was_paid(self):
        order = self.sell(self.item(price=450.0), self.off(95.0))
        back = self.give_back(order)
        self.assertEqual(back.amount_total, -454.40)
        self.assertEqual(sum(back.payment_ids.mapped("amount")), -454.40)
        self.assertEqual((back.nu_amount_itbis, back.nu_amount_tip), (-63.90, -35.50))
        document = self.document(back)
        self.assertEqual(document.reference.code, Change.ANNULS)
        self.assertEqual(document.totals.total, Decimal("454.40"))
        self.assertEqual(document.adjustments[0].amount, Decimal("95.00"))
        self.close_session()

    def test_part_of_a_discounted_sale_takes_its_share_of_the_discount(self):
        order = self.sell(
            self.item(price=450.0), self.item(price=230.0), self.off(68.0)
        )
        first, second = order.lines[:2]
        back = self.give_back(order, lines=[{"line_id": second.id}])
        # 230.00 less its 23.00, with ITBIS and tip
        self.assertEqual(back.amount_total, -264.96)
        document = self.document(back)
        self.assertEqual(document.reference.code, Change.CORRECTS_AMOUNTS)
        self.assertEqual(document.adjustments[0].amount, Decimal("23.00"))
        rest = self.give_back(order, lines=[{"line_id": first.id}])
        self.assertEqual(
            round(back.amount_total + rest.amount_total, 2), -order.amount_total
        )
        self.document(rest)
        self.assertProblem("CONFLICT", self.give_back, order)
        self.close_session()

    def test_discount_is_not_given_back_by_itself(self):
        order = self.sell(
            self.item(price=450.0), self.item(price=230.0), self.off(68.0)
        )
        dish, _second, off = order.lines
        problem = self.assertProblem(
            "VALIDATION",
            self.give_back,
            order,
            lines=[{"line_id": dish.id}, {"line_id": off.id}],
        )
        self.assertEqual(problem.errors[0]["path"], "lines[1]")
        self.assertProblem(
            "CONFLICT", self.give_back, order, lines=[{"line_id": off.id}]
        )
        # all lines by their names are the whole order
        back = self.give_back(
            order, lines=[{"line_id": line.id} for line in order.lines]
        )
        self.assertEqual(back.amount_total, -order.amount_total)

    def test_discount_goes_back_with_lines_of_its_own_taxes(self):
        order = self.sell(
            self.item(price=450.0), self.off(45.0), self.item(self.exempt, price=200.0)
        )
        dish, _off, exempt = order.lines
        plain = self.give_back(order, lines=[{"line_id": exempt.id}])
        self.assertFalse(self.document(plain).adjustments)
        half = self.give_back(order, lines=[{"line_id": dish.id, "qty": 0.5}])
        self.assertEqual(half.amount_total, -259.20)
        self.assertEqual(self.document(half).adjustments[0].amount, Decimal("22.50"))
        rest = self.give_back(order)
        self.assertEqual(rest.amount_total, -259.20)
        self.close_session()

    def test_screen_gives_no_dish_back_without_its_discount(self):
        order = self.sell(
            self.item(price=450.0), self.off(45.0), self.item(self.exempt, price=200.0)
        )
        dish, off, exempt = order.lines
        numbers = self.Ncf.search_count([])
        problem = self.assertProblem(
            "CONFLICT", self.sync, self.ticket(self.back(dish), refund=True)
        )
        self.assertIn("discount", problem.detail)
        self.assertEqual(self.Ncf.search_count([]), numbers)
        back = self.sync(self.ticket(self.back(dish), self.back(off), refund=True))
        self.assertEqual(self.document(back).totals.total, Decimal("518.40"))
        self.sync(self.ticket(self.back(exempt), refund=True))
        self.close_session()


@tagged("post_install", "-at_install")
class TestReturnsOfTheScreen(SignCase):
    def test_refund_of_the_screen_is_an_electronic_note(self):
        order = self.sell(self.item(qty=3, price=95.0), self.item(price=450.0))
        back = self.sell(self.back(order.lines[0], 1), refund=True)
        line = back.lines
        self.assertEqual((line.qty, line.price_subtotal), (-1, 95.0), "by the screen")
        self.assertEqual(line._nu_signed(), (-95.0, -121.60))
        self.assertEqual((back.nu_amount_itbis, back.nu_amount_tip), (-17.1, -9.5))
        document = self.document(back)
        self.assertEqual(document.totals.total, Decimal("121.60"))

    def test_return_over_the_api_after_one_on_the_screen_is_the_rest(self):
        for fiscal_type in ("B02", "E32"):
            with self.subTest(fiscal_type):
                self.config.nu_default_document_type_id = self.type(fiscal_type)
                order = self.sell(self.item(qty=3, price=95.0), self.item(price=985.0))
                self.assertEqual(order.amount_total, 1625.60)
                self.sell(self.back(order.lines[0], 1), refund=True)
                rest = self.give_back(order)
                self.assertEqual(rest.amount_total, -1504.0)
                self.assertEqual(sum(rest.payment_ids.mapped("amount")), -1504.0)
                self.assertEqual(
                    [line._nu_signed()[1] for line in rest.lines],
                    [-243.20, -1260.80],
                )
        self.close_session()

    def test_rest_on_the_screen_after_a_part_over_the_api(self):
        order = self.sell(self.item(qty=3, price=95.0), self.off(28.5))
        part = self.give_back(order, lines=[{"line_id": order.lines[0].id, "qty": 1}])
        dish, off = order.lines
        self.assertEqual(dish.refunded_qty, 1)
        rest = self.sell(
            self.back(dish, 2), self.back(off, off.qty - off.refunded_qty), refund=True
        )
        self.assertLessEqual(
            -part.amount_total - rest.amount_total, order.amount_total + 0.01
        )
        self.close_session()

    def test_answers_tell_a_refund_of_the_screen_negative(self):
        order = self.sell()
        back = self.sell(self.back(order.lines), refund=True)
        reader = self.env["nu.pos.order.reader"].with_user(self.hub)
        [line] = reader.detail(str(back.id))["data"]["lines"]
        self.assertEqual(line["price_subtotal"], -500.0)
        self.assertEqual(line["price_subtotal_incl"], -640.0)

    def test_meal_that_is_taken_away_bears_no_tip_and_gives_none_back(self):
        """The screen stores the taxes of the product; the position maps them."""
        position = self.ref("preset_takeout").fiscal_position_id
        raw = self.dish.taxes_id._filter_taxes_by_company(self.company)
        ticket = self.ticket(self.item(tax_ids=position.map_tax(raw)))
        ticket.update(
            fiscal_position_id=position.id, preset_id=self.ref("preset_takeout").id
        )
        ticket["lines"][0][2]["tax_ids"] = [Command.set(raw.ids)]
        order = self.sync(ticket)
        self.assertEqual((order.amount_total, order.nu_amount_tip), (590.0, 0.0))
        document = self.document(order)
        self.assertFalse(document.lines[0].additional_taxes)
        self.assertEqual(document.totals.total, Decimal("590.00"))
        part = self.give_back(order, lines=[{"line_id": order.lines.id, "qty": 0.4}])
        self.assertEqual((part.amount_total, part.nu_amount_tip), (-236.0, 0.0))
        rest = self.give_back(order)
        self.assertEqual(rest.amount_total, -354.0)
        sold = self.env["nu.pos.sales.report"].search([("order_id", "=", order.id)])
        self.assertEqual((sold.itbis, sold.tip), (90.0, 0.0))
        move = self.close_session()
        self.assertEqual(self.booked(move), (0.0, 0.0, 0.0))


@tagged("post_install", "-at_install")
class TestBrowser(SignCase):
    """With what a real browser sent."""

    def test_rest_over_the_api_after_a_part_refund_of_the_browser(self):
        for fiscal_type in ("B02", "E32"):
            with self.subTest(fiscal_type):
                self.config.nu_default_document_type_id = self.type(fiscal_type)
                browser = self.browser()
                part = browser.send("part_refund")
                sale = browser.orders["sale"]
                self.assertGreater(part.lines.price_subtotal, 0)
                rest = self.give_back(sale)
                self.assertEqual(
                    round(part.amount_total + rest.amount_total, 2),
                    -sale.amount_total,
                )
                for name in ("nu_amount_itbis", "nu_amount_tip"):
                    self.assertEqual(
                        round(part[name] + rest[name], 2), -sale[name], name
                    )
                self.assertProblem(
                    "CONFLICT", self.give_back, sale, pos_reference="RF/more"
                )
        self.close_session()

    def test_discount_line_of_the_browser_and_its_refund(self):
        browser = self.browser()
        back = browser.send("discount_line_refund")
        sale = browser.orders["discount_line"]
        self.assertEqual((sale.nu_amount_itbis, sale.nu_amount_tip), (243.0, 135.0))
        self.assertEqual((back.nu_amount_itbis, back.nu_amount_tip), (-243.0, -135.0))
        for order in (sale, back):
            document = self.document(order)
            self.assertEqual(document.totals.total, Decimal("1728.00"))
            self.assertEqual(document.adjustments[0].amount, Decimal("100.00"))
        self.assertProblem("CONFLICT", self.give_back, sale)
        again = self.browser().send("discount_line")
        whole = self.give_back(again)
        self.assertEqual(whole.amount_total, -1728.0)
        self.close_session()

    def test_every_recorded_sale_is_given_back_whole(self):
        browser = self.browser()
        for name in ("sale", "line_discount", "change", "tip", "two_methods", "later"):
            with self.subTest(name):
                sale = browser.orders.get(name) or browser.send(name)
                self.document(sale)
                back = self.give_back(sale)
                self.assertEqual(back.amount_total, -sale.amount_total)
                self.document(back)
        self.close_session()


@tagged("post_install", "-at_install")
class TestPartsOfALine(SignCase):
    def test_hundred_parts_give_back_what_was_paid(self):
        order = self.sell(self.item(price=0.51))
        self.assertEqual(order.amount_total, 0.65)
        line, given, left, hundredths = order.lines, 0.0, 100, 1
        while left > hundredths:
            try:
                note = self.give_back(
                    order,
                    lines=[{"line_id": line.id, "qty": hundredths / 100}],
                    pos_reference=f"RF/part/{left}",
                )
            except ApiProblem as problem:
                # half a cent is no note, two halves are one
                self.assertIn("less than a cent", problem.detail)
                hundredths += 1
                continue
            left, hundredths = left - hundredths, 1
            self.assertLess(note.amount_total, 0)
            given -= note.amount_total
            self.assertLessEqual(round(given, 2), 0.65)
        self.assertGreater(given, 0.60)
        rest = self.give_back(order)
        self.assertEqual(round(given - rest.amount_total, 2), 0.65)
        self.assertLessEqual(rest.amount_total, 0)
        self.close_session()

    def test_quantities_have_the_decimals_of_sales(self):
        order = self.sell(self.item(qty=2))
        problem = self.assertProblem(
            "VALIDATION",
            self.give_back,
            order,
            lines=[{"line_id": order.lines.id, "qty": 1.001}],  # no weighed goods
        )
        self.assertEqual(problem.errors[0]["path"], "lines[0].qty")

    def test_last_third_of_the_screen_comes_back_from_the_form(self):
        """Three thirds, rounded one by one, are a cent more than the whole."""
        order = self.sell(self.item(qty=3, price=33.33, discount=7))
        self.assertEqual(order.amount_total, 119.03)
        for _third in range(2):
            self.sync(self.ticket(self.back(order.lines, 1), refund=True))
        third = self.ticket(self.back(order.lines, 1), refund=True)
        self.assertEqual(third["amount_total"], -39.68)
        self.assertProblem("CONFLICT", self.sync, third)
        manager = self.ref("user_manager")
        rest = self.env["pos.order"].browse(order.with_user(manager).refund()["res_id"])
        self.assertEqual(rest.amount_total, -39.67)
        wizard = (
            self.env["pos.make.payment"]
            .with_user(manager)
            .with_context(active_id=rest.id, active_ids=rest.ids)
            .create({"payment_method_id": self.cash.id, "amount": -39.67})
        )
        wizard.check()
        self.env.invalidate_all()
        self.assertEqual((rest.state, rest.amount_paid), ("paid", -39.67))
        self.document(rest)
        move = self.close_session()
        self.assertEqual(self.booked(move), (0.0, 0.0, 0.0))

    def test_books_hold_what_was_given_back_in_thirds(self):
        order = self.sell(
            self.item(qty=3, price=33.33, discount=7),
            self.item(self.exempt, qty=3, price=33.335),
        )
        for part in range(3):
            self.give_back(
                order,
                lines=[{"line_id": line.id, "qty": 1} for line in order.lines],
                pos_reference=f"RF/third/{order.id}/{part}",
            )
        returns = order.lines.refund_orderline_ids.order_id
        for name in ("amount_total", "amount_tax", "nu_amount_itbis", "nu_amount_tip"):
            self.assertEqual(round(sum(returns.mapped(name)), 2), -order[name], name)
        move = self.close_session()
        self.assertEqual(self.booked(move), (0.0, 0.0, 0.0))
