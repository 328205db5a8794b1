"""Rights at the doors that ask nobody for leave: Odoo's screen, its RPC, its forms."""

import json

from odoo.exceptions import UserError
from odoo.fields import Command

from ..screen import ScreenCase

AUDIT = "nu_restaurant_pos.order_audit"


class LimitsOfTheScreenCase(ScreenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier, cls.manager = cls.ref("user_cashier"), cls.ref("user_manager")
        cls.full = cls.dish.lst_price

    def sync_by(self, user, *orders):
        Order = self.env["pos.order"].with_user(user)
        Order.sync_from_ui([dict(order) for order in orders])
        self.env.invalidate_all()
        uuids = [order["uuid"] for order in orders]
        return self.env["pos.order"].search([("uuid", "in", uuids)])

    def assertRefused(self, permission, user, order):
        problem = self.assertProblem("FORBIDDEN", self.sync_by, user, order)
        self.assertEqual(problem.extra["permission"], permission)
        self.assertFalse(
            self.env["pos.order"].search_count([("uuid", "=", order["uuid"])]),
        )
        self.assertFalse(
            self.Ncf.search_count([("pos_reference", "=", order["pos_reference"])]),
            "no number is taken",
        )
        return problem


class TestPricesOnTheScreen(LimitsOfTheScreenCase):
    def test_own_price_where_the_register_controls_prices(self):
        cheap = self.ticket(self.item(price=1.0))
        self.assertEqual(self.sync_by(self.cashier, cheap).state, "paid", "free")
        self.config.restrict_price_control = True
        self.assertRefused(
            "price_edit", self.cashier, self.ticket(self.item(price=1.0))
        )
        for user, price in ((self.cashier, self.full), (self.manager, 1.0)):
            sold = self.sync_by(user, self.ticket(self.item(price=price)))
            self.assertRegex(sold.nu_ncf, "^B02")

    def test_member_of_staff_who_is_named_needs_the_right_too(self):
        self.config.restrict_price_control = True
        order = self.ticket(
            self.item(price=1.0), employee_id=self.ref("employee_cashier").id
        )
        problem = self.assertRefused("price_edit", self.manager, order)
        self.assertIn("Luis Cajero", problem.detail)
        # nobody's word makes a manager of a cashier's session
        order = self.ticket(
            self.item(price=1.0), employee_id=self.ref("employee_manager").id
        )
        self.assertRefused("price_edit", self.cashier, order)

    def test_price_agreed_on_a_saved_check_stays(self):
        self.config.restrict_price_control = True
        order = self.ticket(self.item(price=1.0, price_type="manual"), state="draft")
        payments = order.pop("payment_ids")
        saved = self.sync_by(self.manager, order)
        self.assertTrue(saved.nu_approved_prices)
        paid = {**order, "state": "paid", "payment_ids": payments, "lines": []}
        self.assertEqual(self.sync_by(self.cashier, paid).state, "paid")

    def test_browser_approves_nothing(self):
        self.config.restrict_price_control = True
        order = self.ticket(
            self.item(price=1.0),
            nu_approved_prices=True,
            nu_approved_discount=100,
        )
        self.assertRefused("price_edit", self.cashier, order)

    def test_price_written_over_rpc_is_judged_when_it_is_paid(self):
        self.config.restrict_price_control = True
        order = self.ticket(self.item(price=self.full), state="draft")
        payments = order.pop("payment_ids")
        saved = self.sync_by(self.cashier, order)
        saved.lines.with_user(self.cashier).write({"price_unit": 1.0})
        paid = {**order, "state": "paid", "payment_ids": payments, "lines": []}
        self.assertProblem("FORBIDDEN", self.sync_by, self.cashier, paid)
        self.assertEqual(saved.state, "draft")


class TestTaxesOnTheScreen(LimitsOfTheScreenCase):
    def test_taxes_left_off(self):
        none = self.env["account.tax"]
        order = self.ticket(self.item(price=self.full, tax_ids=none))
        self.assertRefused("price_edit", self.cashier, order)
        self.assertEqual(self.sync_by(self.manager, order).amount_tax, 0)

    def test_taxes_of_the_product_in_any_form_of_the_register(self):
        """As they are, or as a fiscal position that the register offers maps them."""
        raw = self.dish.taxes_id._filter_taxes_by_company(self.company)
        for taxes in {
            raw,
            *(position.map_tax(raw) for position in self.config.fiscal_position_ids),
        }:
            order = self.ticket(self.item(price=self.full, tax_ids=taxes))
            self.assertEqual(self.sync_by(self.cashier, order).state, "paid")

    def test_withheld_taxes_are_nobodys(self):
        tax = (
            self.env["account.tax"]
            .with_company(self.company)
            .create({"name": "-5 % de prueba", "amount": -5, "type_tax_use": "sale"})
        )
        order = self.ticket(self.item(price=self.full, tax_ids=tax))
        for user in (self.cashier, self.manager):
            problem = self.assertProblem("VALIDATION", self.sync_by, user, order)
            self.assertEqual(problem.errors[0]["path"], "lines")


class TestDiscountsOnTheScreen(LimitsOfTheScreenCase):
    def sell(self, user, discount=0.0, price=None, **values):
        return self.ticket(
            self.item(price=price or self.full, discount=discount), **values
        )

    def test_cap_holds_on_the_screen(self):
        self.cashier.nu_max_discount = 10
        self.assertRefused("discount", self.cashier, self.sell(self.cashier, 11))
        self.assertRefused(
            "discount", self.cashier, self.sell(self.cashier, price=self.full / 2)
        )
        order = self.sell(self.cashier, 10)
        self.assertEqual(self.sync_by(self.cashier, order).state, "paid")

    def test_cap_of_the_employee_holds_on_the_session_of_a_manager(self):
        employee = self.ref("employee_cashier")
        employee.nu_max_discount = 5
        order = self.sell(self.manager, 20, employee_id=employee.id)
        self.assertRefused("discount", self.manager, order)

    def test_discount_of_a_manager_on_a_saved_check_stays(self):
        self.cashier.nu_max_discount = 10
        order = self.sell(self.manager, 30, state="draft")
        payments = order.pop("payment_ids")
        saved = self.sync_by(self.manager, order)
        self.assertEqual(saved.nu_approved_discount, 30)
        paid = {**order, "state": "paid", "payment_ids": payments, "lines": []}
        self.assertEqual(self.sync_by(self.cashier, paid).state, "paid")


class TestChecksOfHubsOverRpc(LimitsOfTheScreenCase):
    """A hub's open check is the hub's: nobody edits its lines over RPC."""

    def setUp(self):
        super().setUp()
        draft = self.draft(self.line(qty=2), kitchen_status="sent")
        self.check = self.order_of(self.Order._nu_submit(draft, finalize=False).body)

    def test_lines_are_changed_by_nobody_else(self):
        line = self.check.lines
        for user in (self.cashier, self.manager, self.hub):
            lines = self.env["pos.order.line"].with_user(user)
            order = self.check.with_user(user)
            for name, act in {
                "quantity": lambda r=lines: r.browse(line.id).write({"qty": 1}),
                "price": lambda r=lines: r.browse(line.id).write({"price_unit": 1}),
                "taxes": lambda r=lines: r.browse(line.id).write(
                    {"tax_ids": [Command.clear()]}
                ),
                "delete": lambda r=lines: r.browse(line.id).unlink(),
                "command": lambda o=order: o.write(
                    {"lines": [Command.delete(line.id)]}
                ),
                "new": lambda r=lines: r.create(
                    {
                        "order_id": self.check.id,
                        "product_id": self.dish.id,
                        "qty": 1,
                        "price_unit": 1,
                        "price_subtotal": 1,
                        "price_subtotal_incl": 1,
                    }
                ),
                "cancel": lambda o=order: o.action_pos_order_cancel(),
                "unlink": lambda o=order: o.unlink(),
            }.items():
                with self.subTest(user=user.login, act=name):
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        act()
                    self.env.invalidate_all()
        self.assertEqual((line.qty, line.price_unit), (2, 500))
        self.assertEqual(self.check.state, "draft")


class TestVoidsOnTheScreen(LimitsOfTheScreenCase):
    """They leave evidence; what the kitchen has is what the screen noted."""

    def sent(self):
        order = self.ticket(self.item(qty=2, price=self.full), state="draft")
        order.pop("payment_ids")
        uuid = order["lines"][0][2]["uuid"]
        order["last_order_preparation_change"] = json.dumps(
            {
                "lines": {uuid: {"uuid": uuid, "quantity": 2}},
                "metadata": {"serverDate": "2026-11-21 14:00:00"},
            }
        )
        return order, self.sync_by(self.cashier, order)

    def events(self, order, event):
        return self.env[AUDIT].search(
            [("pos_reference", "=", order.pos_reference), ("event", "=", event)]
        )

    def test_void_of_what_the_kitchen_has_leaves_an_event(self):
        values, order = self.sent()
        line = order.lines
        values["lines"] = [Command.update(line.id, {"qty": 1})]
        self.sync_by(self.cashier, values)
        row = self.events(order, "void_item")
        self.assertEqual(row.user_id, self.cashier)
        [void] = json.loads(row.payload)["lines"]
        self.assertEqual((void["line"], float(void["qty"])), (line.uuid, 1))
        self.assertEqual(float(void["amount"]), round(self.full * 1.28, 2))

    def test_saving_a_check_as_it_is_leaves_none(self):
        values, order = self.sent()
        self.sync_by(self.cashier, {**values, "lines": []})
        self.assertFalse(self.events(order, "void_item"))

    def test_cancelling_what_the_kitchen_has_leaves_an_event(self):
        _values, order = self.sent()
        order.with_user(self.cashier).action_pos_order_cancel()
        payload = json.loads(self.events(order, "cancel").payload)
        self.assertTrue(payload["at_kitchen"])
        self.assertEqual(float(payload["lines"][0]["qty"]), 2)

    def test_memo_of_another_form_is_no_error(self):
        _values, order = self.sent()
        for memo in ("[]", '{"lines": []}', '{"lines": {"a": 1}}', "x", False):
            order.sudo().last_order_preparation_change = memo
            self.assertEqual(order._nu_sent_at_screen(), {})
