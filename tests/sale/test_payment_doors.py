"""Payments that do not come by ``sync_from_ui``: terminals of self orders, online
payments, the order's form, RPC. Their sales are numbered as all are, or refused."""

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..one_document import OneDocumentCase


class TestPaymentDoors(OneDocumentCase):
    def assertNumbered(self, order, pattern=r"^B02\d{8}$"):
        self.env.invalidate_all()
        order = order.with_user(self.env.user)
        self.assertIn(order.state, ("paid", "done"))
        self.assertRegex(order.nu_ncf, pattern)
        self.assertEqual(
            (order.nu_ncf_id.state, order.nu_ncf_id.order_id), ("issued", order)
        )
        self.assertEqual(order.nu_ncf_id.amount_total, order.amount_total)
        self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (90.0, 50.0))
        rows = self.env["nu_restaurant_pos.order_audit"].search(
            [("event", "=", "pos_finalize"), ("order_res_id", "=", order.id)]
        )
        self.assertEqual(rows.ncf, order.nu_ncf, "audited once")
        self.assertInvariant()

    def test_terminal_of_a_self_order(self):
        """As pos_self_order_stripe, _adyen, _razorpay, _qfpay and _pine_labs do."""
        order = self.waiting()
        order.add_payment(self.payment(order))
        self.assertEqual(
            self.Ncf._live(self.company, order.pos_reference).state, "reserved"
        )
        order.action_pos_order_paid()
        self.assertNumbered(order)

    def test_online_payment(self):
        """As pos_online_payment does."""
        order = self.waiting().sudo()
        order.add_payment(self.payment(order))
        order._process_saved_order(False)
        self.assertNumbered(order)

    def test_payment_row_made_without_add_payment(self):
        order = self.waiting().sudo()
        self.env["pos.payment"].create(self.payment(order))
        order.amount_paid = order._compute_amount_paid()
        order._process_saved_order(False)
        self.assertNumbered(order)

    def test_free_order_of_a_guest(self):
        """As pos_self_order's process_order does: written paid, then processed."""
        order = self.waiting()
        order.lines.sudo().write(
            {"price_unit": 0, "price_subtotal": 0, "price_subtotal_incl": 0}
        )
        order.write({"state": "paid", "amount_tax": 0.0, "amount_total": 0.0})
        order._process_saved_order(False)
        self.env.invalidate_all()
        self.assertEqual(order.sudo().nu_ncf_id.state, "issued")
        audit = self.env["nu_restaurant_pos.order_audit"].search(
            [("event", "=", "pos_finalize"), ("order_res_id", "=", order.id)]
        )
        self.assertEqual(len(audit), 1)
        self.assertInvariant()

    def test_form_of_the_order(self):
        order = self.waiting()
        wizard = (
            self.env["pos.make.payment"]
            .with_user(self.manager)
            .with_context(active_id=order.id)
            .create({"payment_method_id": self.card.id, "amount": 640.0})
        )
        wizard.check()
        self.assertNumbered(order)

    def test_part_payment_takes_no_number(self):
        order = self.waiting()
        order.add_payment(self.payment(order, 100.0))
        self.assertFalse(self.Ncf._live(self.company, order.pos_reference))
        order.add_payment(self.payment(order, 540.0))
        order.action_pos_order_paid()
        self.assertNumbered(order)

    def test_hubs_check_paid_on_its_form_is_audited(self):
        order = self.hub_draft()
        order.add_payment(self.payment(order))
        order.action_pos_order_paid()
        self.assertNumbered(order)

    def test_no_number_no_payment(self):
        self.env["nu.pos.ncf.range"].search(
            [("document_type_id", "=", self.type("B02").id)]
        ).write({"state": "closed"})
        order = self.waiting()
        self.assertProblem("NCF_NO_RANGE", order.add_payment, self.payment(order))
        self.assertEqual((order.state, order.amount_paid), ("draft", 0.0))

    def test_buyer_rules_hold_at_every_door(self):
        customer = self.env["res.partner"].create(
            {"name": "Sin RNC", "nu_document_type_id": self.type("B01").id}
        )
        order = self.waiting(self.screen_order("draft", partner_id=customer.id))
        self.assertProblem("RNC_REQUIRED", order.add_payment, self.payment(order))

    def test_register_without_numbers_pays_as_ever(self):
        self.allow_unnumbered()
        order = self.waiting()
        order.add_payment(self.payment(order))
        order.action_pos_order_paid()
        self.assertEqual((order.state, order.sudo().nu_ncf_id.id), ("paid", False))

    def test_electronic_sale_is_signed_at_every_door(self):
        self.config.nu_default_document_type_id = self.type("E32")
        order = self.waiting()
        order.add_payment(self.payment(order))
        order.action_pos_order_paid()
        self.assertNumbered(order, r"^E32\d{10}$")
        ecf = self.env["nu.pos.ecf"].search([("order_id", "=", order.id)])
        self.assertEqual(ecf.name, order.sudo().nu_ncf)

    # -- RPC --------------------------------------------------------------------------

    def test_word_paid_pays_nothing(self):
        for user in (self.cashier, self.hub, self.manager):
            for state in ("paid", "done"):
                order = self.waiting(user=user)
                before = self.Ncf.search_count([])
                with (
                    self.subTest(user.login, state=state),
                    self.assertRaisesRegex(UserError, "not fully paid"),
                    self.env.cr.savepoint(),
                ):
                    order.write({"state": state})
                self.env.invalidate_all()
                self.assertEqual(order.state, "draft")
                self.assertEqual(self.Ncf.search_count([]), before)

    def test_order_is_not_born_paid(self):
        values = {
            "session_id": self.config.current_session_id.id,
            "state": "paid",
            "amount_total": 640.0,
            "amount_tax": 140.0,
            "amount_paid": 640.0,
            "amount_return": 0,
        }
        for user in (self.cashier, self.manager, self.env.user):
            Order = self.env["pos.order"].with_user(user)
            with (
                self.subTest(user.login),
                self.assertRaisesRegex(UserError, "entered as new"),
                self.env.cr.savepoint(),
            ):
                Order.create(dict(values))
        # nobody else's number makes it one
        ncf = self.order_of(self.finalize()).nu_ncf_id
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.env["pos.order"].with_user(self.cashier).create(
                {**values, "nu_ncf_id": ncf.id}
            )

    def test_context_of_a_caller_opens_no_door(self):
        for name in ("nu_paying", "nu_sale", "nu_screen", "nu_reference"):
            for value in (True, "PAYING", {"a": 1}):
                order = self.waiting().with_context(**{name: value})
                with (
                    self.subTest(name, value=value),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    order.write({"state": "paid", "pos_reference": "MOVE/1"})

    # -- Returns ----------------------------------------------------------------------

    def returned(self, user, sale):
        """The draft of a return as the order's form makes it."""
        action = sale.with_user(user).refund()
        return self.env["pos.order"].with_user(user).browse(action["res_id"])

    def test_return_on_the_form_is_a_credit_note(self):
        sale = self.order_of(self.finalize())
        order = self.returned(self.manager, sale)
        order.add_payment(self.payment(order))
        order._process_saved_order(False)
        self.env.invalidate_all()
        self.assertRegex(order.sudo().nu_ncf, r"^B04\d{8}$")
        self.assertInvariant()

    def test_return_on_the_form_needs_the_permission(self):
        sale = self.order_of(self.finalize())
        order = self.returned(self.cashier, sale)
        for door in (
            lambda: order.add_payment(self.payment(order)),
            lambda: order.write({"state": "paid"}),
        ):
            with self.env.cr.savepoint():
                self.assertProblem("FORBIDDEN", door)
        self.assertEqual(order.state, "draft")

    def test_second_return_on_the_form_finds_nothing_left(self):
        sale = self.order_of(self.finalize())
        first, second = (self.returned(self.manager, sale) for _index in range(2))
        # core copies what is not in any other draft: make it the same again
        second.lines.sudo().unlink()
        first.lines.copy({"order_id": second.id})
        second.sudo().write({"amount_total": -640.0, "amount_tax": -140.0})
        first.add_payment(self.payment(first))
        first._process_saved_order(False)
        self.assertProblem("CONFLICT", second.add_payment, self.payment(second))

    def test_lines_slipped_under_a_payment_are_judged(self):
        """The return is checked as it is stored, not as it was announced."""
        sale = self.order_of(self.finalize())
        order = self.returned(self.manager, sale)
        order.add_payment(self.payment(order))
        order.lines.sudo().write({"qty": -5})
        with mute_logger("odoo.sql_db"):
            self.assertProblem("CONFLICT", order._process_saved_order, False)
        self.assertFalse(sale.lines.refund_orderline_ids.order_id.nu_ncf)
