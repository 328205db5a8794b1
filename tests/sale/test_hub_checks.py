"""Open checks of hubs beside Odoo's own screen: nobody's direct sale, nobody's prey."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..screen import ScreenCase


@tagged("post_install", "-at_install")
class TestHubChecks(ScreenCase):
    def setUp(self):
        super().setUp()
        self.config.nu_default_document_type_id = self.type("B02")
        self.cashier = self.env["pos.order"].with_user(self.ref("user_cashier"))

    def open_check(self, **values):
        return self.order_of(self.Order._nu_submit(self.draft(**values)).body)

    def as_screen(self, check, *items, **values):
        """What the screen would save of a check that it has loaded."""
        ticket = self.ticket(*items, **values)
        ticket.update(
            uuid=check.uuid,
            pos_reference=check.pos_reference,
            access_token=check.access_token,
        )
        return ticket

    def assertHub(self, function, *args):
        with self.assertRaisesRegex(UserError, "belongs to the hub"):
            function(*args)

    def test_check_without_table_is_a_tab_with_a_name(self):
        takeout = self.open_check(order_type="takeout", total=590.0)
        self.assertEqual(takeout.floating_order_name, f"#{takeout.tracking_number}")
        named = self.open_check(ticket_number="A-17")
        self.assertEqual(named.floating_order_name, "#A-17")
        alias = self.open_check(check_alias="Terraza, la familia Peña")
        self.assertEqual(alias.floating_order_name, "Terraza, la familia Peña")
        table = self.open_check(table_id=self.ref("table_5").id)
        self.assertFalse(table.floating_order_name)
        reader = self.env["nu.pos.order.reader"].with_user(self.hub)
        told = [
            reader.detail(str(check.id))["data"]["check_alias"]
            for check in (takeout, alias, table)
        ]
        self.assertEqual(told, [None, "Terraza, la familia Peña", None])

    def test_tab_keeps_its_name_and_no_invoice_tells_it(self):
        body = self.draft(fiscal_type="B01", partner_id=self.buyer.id)
        check = self.order_of(self.Order._nu_submit(body).body)
        name = check.floating_order_name
        self.Order._nu_submit({**body, "note": "sin sal"})
        self.assertEqual(check.floating_order_name, name)
        self.Order._nu_submit({**body, "check_alias": "Peña"})
        self.assertEqual(check.floating_order_name, "Peña")
        other = self.draft(fiscal_type="B01", partner_id=self.buyer.id)
        tab = self.order_of(self.Order._nu_submit(other).body)
        for sold in (body, other):
            pay = [{"payment_method_id": self.cash.id, "amount": 640.0}]
            self.finalize({**sold, "payments": pay})
        self.assertIn("Peña", check.account_move.narration)
        self.assertNotIn("#", tab.account_move.narration or "")

    def test_screen_does_not_change_pay_or_refund_into_it(self):
        check = self.open_check()
        sale = self.sync(self.ticket())
        before = check.read(["state", "amount_total", "write_date", "lines"])
        numbers = self.Ncf.search_count([])
        drafted = self.as_screen(check, self.item(price=900.0), state="draft", pay={})
        paid = self.as_screen(check, self.item())
        refund = self.as_screen(check, self.back(sale.lines), refund=True)
        for ticket in (drafted, paid, refund):
            self.assertHub(self.cashier.sync_from_ui, [dict(ticket)])
            self.env.invalidate_all()
        self.assertEqual(
            check.read(["state", "amount_total", "write_date", "lines"]), before
        )
        self.assertEqual(self.Ncf.search_count([]), numbers, "no number is taken")

    def test_screen_does_not_move_its_lines_to_another_order(self):
        check = self.open_check()
        ticket = self.ticket(state="draft", pay={})
        ticket["lines"].append(Command.update(check.lines.id, {"qty": 9}))
        self.assertHub(self.cashier.sync_from_ui, [ticket])
        self.assertEqual(check.lines.qty, 1)

    def test_screen_neither_deletes_nor_cancels_it(self):
        check = self.open_check()
        self.assertHub(self.cashier.remove_from_ui, check.ids)
        self.assertHub(self.cashier.browse(check.id).action_pos_order_cancel)
        self.assertHub(self.cashier.browse(check.id).unlink)
        self.assertEqual(check.state, "draft")
        mine = self.sync(self.ticket(state="draft", pay={}))
        self.cashier.remove_from_ui(mine.ids)
        self.assertIn(mine.exists().state, (False, "cancel"))

    def test_hub_cancels_its_own(self):
        check = self.open_check()
        self.env["nu.pos.refund"].with_user(self.hub).cancel(
            str(check.id), {"reason": "se fueron"}
        )
        self.assertEqual(check.state, "cancel")

    def test_manager_takes_it_over_and_the_screen_is_paid(self):
        body = self.draft()
        check = self.order_of(self.Order._nu_submit(body).body)
        with self.assertRaises(AccessError):
            self.cashier.browse(check.id).action_nu_take_over()
        self.assertEqual(check.source, "nu_hub")
        check.with_user(self.ref("user_manager")).action_nu_take_over()
        self.env.invalidate_all()
        audit = self.env["nu_restaurant_pos.order_audit"].search(
            [
                ("event", "=", "take_over"),
                ("pos_reference", "=", check.pos_reference),
            ]
        )
        self.assertEqual(audit.user_id, self.ref("user_manager"))
        self.assertProblem("CONFLICT", self.Order._nu_submit, {**body, "note": "x"})
        ticket = self.as_screen(check)
        ticket["lines"] = []
        sold = self.sync(ticket)
        self.assertEqual(sold, check)
        self.assertEqual((sold.state, sold.nu_ncf[:3]), ("paid", "B02"))
        self.assertEqual((sold.nu_amount_itbis, sold.nu_amount_tip), (90.0, 50.0))

    def test_guest_who_paid_at_the_hub_meanwhile_is_sold(self):
        body = self.snapshot()
        check = self.order_of(
            self.Order._nu_submit(
                {k: v for k, v in body.items() if k != "payments"}
            ).body
        )
        check.with_user(self.ref("user_manager")).action_nu_take_over()
        self.finalize(body)
        self.assertEqual((check.state, check.source), ("paid", "nu_hub"))
