"""What core and people still write on a sale that has its number."""

from odoo.fields import Command

from ...models.sale.pos_order_seal import SEALED
from ..common import FiscalCase

#: Fields of lines and payments that are sold.
LINE = ("product_id", "qty", "price_unit", "price_subtotal", "price_subtotal_incl")
PAYMENT = ("payment_method_id", "amount", "payment_date")
#: One pixel, as the screen sends the picture of a receipt.
PIXEL = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


class TestAfterTheSale(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier = cls.ref("user_cashier")
        cls.manager = cls.ref("user_manager")

    def sold(self, order):
        """What the sale says, as values that can be compared."""
        order.invalidate_recordset()
        names = [name for name in SEALED if name not in ("state", "account_move")]
        return (
            order.read(names, load=False),
            order.lines.read(LINE, load=False),
            order.payment_ids.read(PAYMENT, load=False),
            order.nu_ncf_id.read(load=False),
        )

    def as_cashier(self, records):
        return records.with_user(self.cashier).with_context(
            allowed_company_ids=self.company.ids
        )

    def close(self, sold=0.0):
        session = self.config.current_session_id.with_user(self.manager).with_context(
            allowed_company_ids=self.company.ids
        )
        session.post_closing_cash_details(session.cash_register_balance_start + sold)
        session.update_closing_control_state_session("")
        result = session.close_session_from_ui()
        self.assertTrue(result["successful"], result)
        self.env.flush_all()
        self.env.invalidate_all()
        return session

    def fifo_product(self, cost, qty):
        category = self.env["product.category"].create({"name": "Bodega"})
        category.with_company(self.company).property_cost_method = "fifo"
        product = (
            self.env["product.product"]
            .with_company(self.company)
            .create(
                {
                    "name": "Ron añejo",
                    "is_storable": True,
                    "categ_id": category.id,
                    "standard_price": cost,
                    "taxes_id": [Command.set(self.dish.taxes_id.ids)],
                    "available_in_pos": True,
                }
            )
        )
        place = self.config.picking_type_id.default_location_src_id
        quant = (
            self.env["stock.quant"]
            .with_company(self.company)
            .with_context(inventory_mode=True)
            .create(
                {
                    "product_id": product.id,
                    "location_id": place.id,
                    "inventory_quantity": qty,
                }
            )
        )
        quant.action_apply_inventory()
        return product

    def test_closing_costs_fifo_products_and_posts(self):
        """Stock at closing: what a FIFO product cost is known only then."""
        session = self.config.current_session_id
        session.update_stock_at_closing = True
        rum = self.fifo_product(cost=30.0, qty=10)
        order = self.order_of(
            self.finalize(self.snapshot(self.line(rum, qty=2, price=100.0)))
        )
        screen = self.sync(self.screen_order())
        before, on_screen = self.sold(order), self.sold(screen)
        self.assertFalse(order.lines.is_total_cost_computed)
        self.close(order.amount_total + screen.amount_total)
        self.assertEqual((order.state, screen.state), ("done", "done"))
        self.assertTrue(order.lines.is_total_cost_computed)
        self.assertEqual(order.lines.total_cost, 60.0)
        self.assertEqual(order.margin, 140.0)
        moves = session.picking_ids.move_ids.filtered(lambda m: m.product_id == rum)
        self.assertEqual((sum(moves.mapped("quantity")), moves.state), (2.0, "done"))
        self.assertEqual((self.sold(order), self.sold(screen)), (before, on_screen))
        self.assertInvariant()

    def test_named_consumer_is_invoiced_after_the_closing(self):
        guest = self.env["res.partner"].create({"name": "Ana Pérez"})
        order = self.order_of(self.finalize(partner_id=guest.id))
        before = self.sold(order)
        self.close(order.amount_total)
        order.with_user(self.manager).action_pos_order_invoice()
        invoice = order.account_move
        self.assertEqual((invoice.state, invoice.nu_ncf), ("posted", order.nu_ncf))
        self.assertEqual(invoice.nu_buyer_name, "Ana Pérez")
        self.assertEqual(self.sold(order), before)

    def test_invoice_of_the_wizard(self):
        guest = self.env["res.partner"].create({"name": "Ana Pérez"})
        order = self.order_of(self.finalize(partner_id=guest.id))
        before = self.sold(order)
        self.env["pos.make.invoice"].with_user(self.manager).with_context(
            active_ids=order.ids
        ).create({"consolidated_billing": False}).action_create_invoices()
        self.assertEqual(order.account_move.nu_ncf, order.nu_ncf)
        self.assertEqual(self.sold(order), before)

    def test_consumer_whose_rnc_changes_its_dashes_only(self):
        """Spelling is no other buyer."""
        order = self.order_of(
            self.finalize(fiscal_type="B01", partner_id=self.buyer.id)
        )
        self.assertTrue(order.account_move)
        vat = self.buyer.vat
        self.buyer.with_context(no_vat_validation=True).vat = f"{vat[:1]}-{vat[1:]}"
        order._nu_check_invoicing(order)

    def test_receipt_by_email(self):
        order = self.as_cashier(self.order_of(self.finalize()))
        before = self.sold(order.sudo())
        order.action_send_receipt("ana@example.com", PIXEL, False)
        self.assertEqual(order.email, "ana@example.com")
        self.assertEqual(self.sold(order.sudo()), before)

    def test_reprint_kitchen_memo_and_courses(self):
        order = self.as_cashier(self.sync(self.screen_order()))
        before = self.sold(order.sudo())
        course = self.env["restaurant.order.course"].create(
            {"order_id": order.id, "index": 1}
        )
        order.write({"nb_print": 1, "has_deleted_line": True})
        order.write({"last_order_preparation_change": '{"lines": {}}'})
        order.write({"is_tipped": True, "tip_amount": 0})
        order.lines.write({"course_id": course.id})
        said = "llamó el cliente"
        order.message_post(body=said)
        self.env.flush_all()
        self.assertEqual((order.nb_print, order.has_deleted_line), (1, True))
        self.assertEqual(order.lines.course_id, course)
        self.assertEqual(self.sold(order.sudo()), before)

    def test_what_a_payment_terminal_notes(self):
        order = self.as_cashier(self.sync(self.screen_order()))
        before = self.sold(order.sudo())
        order.payment_ids.write({"transaction_id": "T1", "payment_status": "done"})
        self.env.flush_all()
        self.assertEqual(order.payment_ids.transaction_id, "T1")
        self.assertEqual(self.sold(order.sudo()), before)

    def test_books_go_on_with_an_issued_invoice(self):
        """Reconciliation, accounts, maturities and mails are no change of it."""
        order = self.order_of(
            self.finalize(fiscal_type="B01", partner_id=self.buyer.id)
        )
        invoice = order.account_move
        self.assertEqual(invoice.payment_state, "paid")
        term = invoice.line_ids.filtered(lambda ln: ln.display_type == "payment_term")
        term.remove_move_reconcile()
        self.assertEqual(invoice.payment_state, "not_paid")
        term.date_maturity = "2027-01-31"
        invoice.ref = "orden 7"
        invoice.invoice_line_ids.name = "Plato del día"
        self.env.flush_all()
        self.assertEqual(invoice.nu_ncf_id.state, "issued")

    def test_what_core_writes_later_is_not_sealed(self):
        """Where addons write that are not installed here, too (pos_loyalty)."""
        for model, names in (
            ("pos.order", "to_invoice email mobile nb_print has_deleted_line"),
            ("pos.order.line", "total_cost is_total_cost_computed coupon_id course_id"),
            ("pos.payment", "account_move_id payment_status transaction_id"),
            ("account.move.line", "account_id date_maturity full_reconcile_id"),
        ):
            with self.subTest(model=model):
                sealed = self.env[model]._nu_sealed_names
                self.assertEqual(sealed & set(names.split()), set())

    def test_every_field_of_ours_is_sealed_or_open_by_choice(self):
        """A new field of a sale is judged: does the document say it?"""
        chosen = {
            "pos.order": {
                "nu_approved_discount",
                "nu_approved_prices",
                "nu_date_served",
                "nu_kitchen_bumped_at",
                "nu_kitchen_status",
                "nu_version",
            },
            "pos.order.line": {"nu_kitchen_item_status", "nu_sent_qty"},
            "pos.payment": set(),
        }
        for model, still_open in chosen.items():
            with self.subTest(model=model):
                own = {
                    name
                    for name, field in self.env[model]._fields.items()
                    if name.startswith("nu_") and field.store
                }
                sealed = self.env[model]._nu_sealed_names
                self.assertEqual(own - sealed, still_open)
