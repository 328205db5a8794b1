"""What Odoo's own screen may charge and give back: a sale, or the return of one."""

from odoo.exceptions import UserError
from odoo.fields import Command

from ...models.runtime.problem import ApiProblem
from ..one_document import OneDocumentCase


class TestKindOfTicket(OneDocumentCase):
    """A ticket is refused before a number is taken unless it is one document."""

    def test_exchange_is_two_documents(self):
        sale = self.sold()
        exchange = self.add_dish(self.browser_refund(sale))
        problem = self.assertNoNumberTaken(
            "VALIDATION", self.sync_as, self.manager, exchange, words="two documents"
        )
        self.assertEqual(problem.errors[0]["path"], "lines")

    def test_return_that_falls_into_an_open_check_is_refused(self):
        """The screen puts the line of a return into what it takes for the direct
        sale: a check of a hub, whose dishes it does not send again."""
        sale, check = self.sold(), self.hub_draft()
        ticket = self.browser_refund(sale, uuid=check.uuid)
        ticket.update(pos_reference=check.pos_reference, amount_total=0.0)
        before = self.counts()
        with self.assertRaisesRegex(UserError, "belongs to the hub"):
            self.sync_as(self.manager, ticket)
        self.assertEqual(self.counts(), before)
        check.with_user(self.manager).action_nu_take_over()
        self.assertNoNumberTaken(
            "VALIDATION", self.sync_as, self.manager, ticket, words="two documents"
        )
        self.assertEqual((check.state, check.lines.qty), ("draft", 1.0))
        # without the check's own dishes it is a return, and nothing else
        ticket["lines"].append(Command.delete(check.lines.id))
        ticket["amount_total"] = -640.0
        back = self.sync_as(self.manager, ticket)
        self.assertRegex(back.nu_ncf, r"^B04\d{8}$")

    def test_negative_order_that_refunds_nothing(self):
        order = self.screen_order(
            amount_total=-640.0, amount_tax=-140.0, amount_paid=-640.0
        )
        order["lines"][0][2].update(
            qty=-1, price_subtotal=-500.0, price_subtotal_incl=-640.0
        )
        order["payment_ids"][0][2]["amount"] = -640.0
        for is_refund in (False, True):
            with self.subTest(is_refund=is_refund):
                order["is_refund"] = is_refund
                self.assertNoNumberTaken(
                    "VALIDATION", self.sync_as, self.manager, order, words="Refund"
                )

    def test_preset_of_returns_makes_no_receipt(self):
        preset = self.env["pos.preset"].create({"name": "Back", "is_return": True})
        order = self.screen_order(preset_id=preset.id, amount_total=-640.0)
        order["lines"][0][2]["qty"] = -1
        self.assertNoNumberTaken("VALIDATION", self.sync_as, self.manager, order)

    def test_discount_above_the_sale_makes_no_receipt(self):
        order = self.screen_order(amount_total=-10.0)
        order["lines"].append(
            Command.create(
                {
                    "product_id": self.dish.id,
                    "qty": 1,
                    "price_unit": -650.0,
                    "price_subtotal": -650.0,
                    "price_subtotal_incl": -650.0,
                    "uuid": "9d1f0a50-0000-4000-8000-000000000001",
                }
            )
        )
        self.assertNoNumberTaken(
            "VALIDATION", self.sync_as, self.manager, order, words="less than nothing"
        )

    def test_return_of_two_sales(self):
        one, other = self.sold(), self.sold()
        ticket = self.browser_refund(one)
        second = self.browser_refund(other)
        ticket["lines"] += second["lines"]
        ticket["amount_total"] = -1280.0
        self.assertNoNumberTaken(
            "VALIDATION", self.sync_as, self.manager, ticket, words="one receipt"
        )

    def test_return_takes_no_money(self):
        sale = self.sold()
        for values in ({"qty": 1}, {"amount_total": 640.0}):
            with self.subTest(values):
                ticket = self.browser_refund(sale)
                ticket["lines"][0][2]["qty"] = values.get("qty", -1)
                ticket["amount_total"] = values.get("amount_total", -640.0)
                self.assertNoNumberTaken(
                    "VALIDATION", self.sync_as, self.manager, ticket, words="takes none"
                )

    def test_ticket_begun_as_a_return_sells_nothing(self):
        order = self.screen_order(is_refund=True)
        self.assertNoNumberTaken("VALIDATION", self.sync_as, self.manager, order)

    def test_line_that_does_not_exist(self):
        ticket = self.browser_refund(self.sold())
        for line_id in (2**31 - 1, "x", [1]):
            ticket["lines"][0][2]["refunded_orderline_id"] = line_id
            with self.subTest(line_id):
                self.assertNoNumberTaken(
                    "UNKNOWN_REFERENCE", self.sync_as, self.manager, ticket
                )

    def test_discount_line_of_a_sale_is_still_a_sale(self):
        order = self.screen_order(amount_total=512.0, amount_tax=112.0)
        order["amount_paid"] = 512.0
        order["payment_ids"][0][2]["amount"] = 512.0
        taxes = order["lines"][0][2]["tax_ids"]
        order["lines"].append(
            Command.create(
                {
                    "product_id": self.dish.id,
                    "qty": 1,
                    "price_unit": -100.0,
                    "price_subtotal": -100.0,
                    "price_subtotal_incl": -128.0,
                    "tax_ids": taxes,
                    "uuid": "9d1f0a50-0000-4000-8000-000000000002",
                }
            )
        )
        sold = self.sync_as(self.cashier, order)
        self.assertRegex(sold.nu_ncf, r"^B02\d{8}$")

    def test_draft_of_any_kind_is_kept(self):
        """Guests and cashiers go on tomorrow; only paying it is judged."""
        sale = self.sold()
        draft = self.add_dish(self.browser_refund(sale))
        draft.update(state="draft", payment_ids=[], amount_paid=0)
        self.assertEqual(self.sync_as(self.manager, draft).state, "draft")


class TestBrowser(OneDocumentCase):
    """The same with what a real browser sent."""

    def test_recorded_exchange_and_negative_ticket_are_refused(self):
        browser = self.browser()
        for name, words in (("exchange", "two documents"), ("negative", "Refund")):
            with self.subTest(name):
                self.assertNoNumberTaken("VALIDATION", browser.send, name, words=words)

    def test_recorded_return_needs_the_permission(self):
        browser = self.browser(user=self.cashier)
        browser.send("sale")
        self.assertNoNumberTaken("FORBIDDEN", browser.send, "part_refund")

    def test_recorded_returns_are_measured_with_their_positive_amounts(self):
        browser = self.browser()
        back = browser.send("part_refund")
        sale = browser.orders["sale"]
        self.assertEqual(back.lines.price_subtotal_incl, 230.4)
        starters = sale.lines[0]
        self.assertEqual((starters.qty, back.lines.qty), (2.0, -1.0))
        [body] = browser.bodies("part_refund")
        body.update(uuid=self.reference(), pos_reference=self.reference())
        body["lines"][0][2].update(qty=-2, uuid=self.reference())
        body["payment_ids"][0][2]["uuid"] = self.reference()
        self.assertNoNumberTaken(
            "CONFLICT", browser.send_bodies, "part_refund", [body], words="1 of"
        )


class TestReturnOnTheScreen(OneDocumentCase):
    """How far a return goes, and who may make one."""

    def test_browser_returns_part_after_part(self):
        sale = self.sold(qty=3)
        for _part in range(3):
            back = self.sync_as(self.manager, self.browser_refund(sale))
            self.assertEqual(
                (back.amount_total, back.nu_ncf_id.kind), (-640.0, "credit_note")
            )
        self.assertNoNumberTaken(
            "CONFLICT",
            self.sync_as,
            self.manager,
            self.browser_refund(sale),
            words="0 of",
        )
        self.assertInvariant()

    def test_more_than_was_sold(self):
        sale = self.sold(qty=2)
        forged = self.browser_refund(sale, qty=100, total=99999.0)
        self.assertNoNumberTaken("CONFLICT", self.sync_as, self.manager, forged)

    def test_more_money_than_was_paid(self):
        sale = self.sold(qty=2)
        for total in (640.01 * 2, 99999.0):
            with self.subTest(total):
                self.assertNoNumberTaken(
                    "CONFLICT",
                    self.sync_as,
                    self.manager,
                    self.browser_refund(sale, qty=1, total=round(total, 2)),
                    words="1280.00 are left",
                )

    def test_amounts_of_the_lines_count_too(self):
        sale = self.sold()
        ticket = self.browser_refund(sale)
        ticket["lines"][0][2]["price_subtotal_incl"] = 99999.0
        self.assertNoNumberTaken("CONFLICT", self.sync_as, self.manager, ticket)

    def test_same_line_twice(self):
        sale = self.sold()
        ticket, again = self.browser_refund(sale), self.browser_refund(sale)
        ticket["lines"] += again["lines"]
        self.assertNoNumberTaken("CONFLICT", self.sync_as, self.manager, ticket)

    def test_two_returns_in_one_message(self):
        """Both are judged before either is written; the second is again when it is."""
        sale = self.sold()
        both = [self.browser_refund(sale), self.browser_refund(sale)]
        with self.assertRaises(ApiProblem), self.env.cr.savepoint():
            self.sync_as(self.manager, *both)
        self.assertFalse(sale.refund_orders_count)

    def test_returns_of_the_api_count(self):
        sale = self.order_of(self.finalize(self.snapshot(self.line(qty=2))))
        Refund = self.env["nu.pos.refund"].with_user(self.manager)
        lines = [{"line_id": sale.lines.id, "qty": 1}]
        Refund.submit(str(sale.id), {"lines": lines})
        self.env.invalidate_all()
        self.assertNoNumberTaken(
            "CONFLICT",
            self.sync_as,
            self.manager,
            self.browser_refund(sale, qty=2),
            words="1 of",
        )
        back = self.sync_as(self.manager, self.browser_refund(sale))
        self.assertEqual(back.nu_ncf_id.state, "issued")

    def test_drafts_of_returns_take_nothing_away(self):
        sale = self.sold()
        waiting = self.browser_refund(sale, state="draft")
        self.sync_as(self.manager, waiting)
        back = self.sync_as(self.manager, self.browser_refund(sale))
        self.assertEqual(back.state, "paid")
        paid = {
            **self.browser_refund(sale, uuid=waiting["uuid"]),
            "pos_reference": waiting["pos_reference"],
            "lines": [],
        }
        self.assertNoNumberTaken("CONFLICT", self.sync_as, self.manager, paid)

    def test_return_of_a_return(self):
        back = self.sync_as(self.manager, self.browser_refund(self.sold()))
        again = self.browser_refund(back)
        self.assertNoNumberTaken("CONFLICT", self.sync_as, self.manager, again)

    def test_return_of_a_check_that_was_never_paid(self):
        check = self.waiting()
        self.assertNoNumberTaken(
            "CONFLICT", self.sync_as, self.manager, self.browser_refund(check)
        )

    def test_sale_without_number_has_no_note(self):
        default = self.config.nu_default_document_type_id
        self.allow_unnumbered()
        sale = self.sold()
        self.config.nu_default_document_type_id = default
        self.assertFalse(sale.nu_ncf)
        self.assertNoNumberTaken(
            "CONFLICT",
            self.sync_as,
            self.manager,
            self.browser_refund(sale),
            words="without a fiscal number",
        )

    def test_annulled_sale_has_no_note(self):
        sale = self.sold()
        sale.nu_ncf_id._void("05")
        self.assertNoNumberTaken(
            "CONFLICT",
            self.sync_as,
            self.manager,
            self.browser_refund(sale),
            words="annulled",
        )

    def test_sale_of_another_company(self):
        sale = self.sold()
        other = self.env["res.company"].create({"name": "Otra casa"})
        self.past(
            "UPDATE pos_order SET company_id = %s, nu_ncf_id = NULL WHERE id = %s",
            other.id,
            sale.id,
        )
        self.assertNoNumberTaken(
            "UNKNOWN_REFERENCE",
            self.sync_as,
            self.manager,
            self.browser_refund(sale),
        )

    def test_register_without_numbers_gives_a_note_all_the_same(self):
        sale = self.sold()
        self.allow_unnumbered()
        back = self.sync_as(self.manager, self.browser_refund(sale))
        self.assertRegex(back.nu_ncf, r"^B04\d{8}$")
        self.assertNoNumberTaken(
            "CONFLICT", self.sync_as, self.manager, self.browser_refund(sale)
        )

    def test_flag_of_a_return_follows_its_lines(self):
        ticket = self.browser_refund(self.sold())
        ticket["is_refund"] = False
        self.assertTrue(self.sync_as(self.manager, ticket).is_refund)

    def test_permission_of_the_user(self):
        sale = self.sold()
        ticket = self.browser_refund(sale)
        problem = self.assertNoNumberTaken(
            "FORBIDDEN", self.sync_as, self.cashier, ticket
        )
        self.assertEqual(problem.extra["permission"], "refund")
        self.allow(self.cashier, "refund")
        self.assertEqual(self.sync_as(self.cashier, ticket).state, "paid")

    def test_permission_of_who_is_at_the_till(self):
        sale = self.sold()
        for name, allowed in (("cashier", False), ("waiter", False), ("manager", True)):
            employee = self.ref(f"employee_{name}")
            ticket = self.browser_refund(sale, employee_id=employee.id)
            with self.subTest(name):
                if allowed:
                    back = self.sync_as(self.manager, ticket)
                    self.assertEqual(back.employee_id, employee)
                else:
                    self.assertNoNumberTaken(
                        "FORBIDDEN", self.sync_as, self.manager, ticket
                    )

    def test_naming_the_manager_lends_no_right(self):
        """Which member of staff is at the till is the caller's own word."""
        ticket = self.browser_refund(
            self.sold(), employee_id=self.ref("employee_manager").id
        )
        self.assertNoNumberTaken("FORBIDDEN", self.sync_as, self.cashier, ticket)

    def test_repeated_return_keeps_its_number(self):
        ticket = self.browser_refund(self.sold())
        first = self.sync_as(self.manager, ticket).nu_ncf
        self.assertEqual(self.sync_as(self.manager, ticket).nu_ncf, first)
