"""Bills of suppliers, and receipts that the buyer issues to itself."""

from datetime import timedelta

from odoo import fields
from odoo.tests import Form, tagged

from ..account_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestBills(DocumentCase):
    def test_bill_carries_the_suppliers_number_and_no_own(self):
        bill = self.bill("B0100004567")
        bill.action_post()
        self.assertFalse(bill.nu_ncf_id)
        self.assertEqual(bill.nu_document_type_id, self.type("B01"))
        self.assertEqual(
            (bill.nu_amount_services, bill.nu_amount_goods, bill.nu_amount_itbis),
            (1000.0, 0.0, 180.0),
        )
        self.assertEqual(bill.nu_amount_itbis_advance, 180.0)
        self.assertEqual(bill.nu_payment_form, "04", "nothing is paid yet")

    def test_goods_are_told_from_services(self):
        bill = self.bill("E310000000009", product=self.good)
        self.assertEqual((bill.nu_amount_goods, bill.nu_amount_services), (1000.0, 0))

    def test_malformed_numbers_are_refused(self):
        for ncf in ("B010000456", "X0100004567", "B0100000000", "E3100004567"):
            bill = self.bill(ncf)
            self.assertRefused("is not an NCF", bill.action_post)

    def test_receipts_that_no_supplier_gives_are_refused(self):
        for ncf in ("B1100000001", "B1300000001", "E470000000001", "B0400000001"):
            self.assertRefused("no receipt of a supplier", self.bill(ncf).action_post)

    def test_credit_note_of_a_supplier_wants_a_notes_number(self):
        bill = self.bill("B0100004567")
        bill.action_post()
        refund = self.note(bill)
        refund.nu_supplier_ncf = "B0100004568"
        self.assertRefused("no receipt of a supplier", refund.action_post)
        refund.nu_supplier_ncf = "B0400000012"
        refund.action_post()
        self.assertEqual(refund.nu_modified_ncf, "B0100004567")
        self.assertEqual(refund.nu_payment_form, "06")
        self.assertEqual(refund.nu_amount_itbis, 180.0)

    def test_one_receipt_is_booked_once(self):
        self.bill("B0100004567").action_post()
        self.assertRefused("booked already", self.bill("B0100004567").action_post)
        other = self.bill("B0100004567", self.client)
        other.action_post()
        self.assertEqual(other.state, "posted", "another supplier has that number too")

    def test_supplier_without_rnc_is_refused(self):
        self.supplier.vat = False
        self.assertRefused("needs an RNC", self.bill("B0100004567").action_post)

    def test_bill_of_tomorrow_is_refused(self):
        bill = self.bill(
            "B0100004567", invoice_date=fields.Date.today() + timedelta(days=2)
        )
        self.assertRefused("future", bill.action_post)

    def test_consumer_receipt_and_none_at_all_are_remarked(self):
        self.assertIn("no deduction", self.bill("B0200004567").nu_warnings)
        bare = self.bill(False)
        self.assertIn("606", bare.nu_warnings)
        bare.action_post()
        self.assertEqual(bare.state, "posted")

    def test_unusual_check_digit_is_a_remark(self):
        self.supplier.write({"vat": "101850042"})
        bill = self.bill("B0100004567")
        self.assertIn("101850042", bill.nu_warnings)
        bill.action_post()

    def test_number_is_typed_in_small_letters_on_the_form(self):
        form = Form(
            self.Move.with_user(self.accountant).with_context(
                default_move_type="in_invoice"
            )
        )
        form.partner_id = self.supplier
        form.nu_supplier_ncf = " b0100004567 "
        self.assertEqual(form.nu_supplier_ncf, "B0100004567")
        self.assertEqual(form.nu_document_type_id, self.type("B01"))

    def test_bill_goes_back_to_draft_for_correction(self):
        bill = self.bill("B0100004567")
        bill.action_post()
        bill.button_draft()
        bill.nu_supplier_ncf = "B0100004568"
        bill.action_post()
        self.assertEqual(bill.nu_supplier_ncf, "B0100004568")

    def test_expense_type_comes_from_partner_then_account(self):
        bill = self.bill("B0100000001")
        self.assertEqual(bill.nu_expense_type, "09", "booked as cost of sales")
        bill.invoice_line_ids.account_id = self.env["account.account"].search(
            [("account_type", "=", "expense")], limit=1
        )
        self.assertEqual(bill.nu_expense_type, "02")
        self.supplier.nu_expense_type = "11"
        self.assertEqual(self.bill("B0100000001").nu_expense_type, "11")

    def test_payment_tells_the_form(self):
        bill = self.bill("B0100004567")
        bill.action_post()
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.ids
        ).create({"journal_id": journal.id})._create_payments()
        self.assertEqual(bill.nu_payment_form, "02")

    def test_itbis_to_cost_is_not_deducted(self):
        bill = self.bill("B0100004567", taxes=self.itbis_to_cost)
        self.assertEqual(
            (
                bill.nu_amount_itbis,
                bill.nu_amount_itbis_cost,
                bill.nu_amount_itbis_advance,
            ),
            (180.0, 180.0, 0.0),
        )

    def test_proportional_itbis_is_told(self):
        self.itbis_bought.nu_is_proportional = True
        self.assertEqual(self.bill("B0100000001").nu_amount_itbis_proportional, 180.0)

    def test_foreign_bill_is_in_pesos(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "inverse_company_rate": 60.0,
                "name": fields.Date.today(),
            }
        )
        bill = self.bill("B0100004567", currency_id=usd.id)
        self.assertEqual(
            (bill.nu_amount_services, bill.nu_amount_itbis), (60000.0, 10800.0)
        )


@tagged("post_install", "-at_install")
class TestOwnPurchaseReceipts(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for prefix in ("B11", "B13", "B17", "E41", "E43", "E47"):
            cls.add_range(prefix)

    def purchase(self, prefix, partner=None, **values):
        return self.invoice(
            partner or self.plumber, move_type="in_invoice", type=prefix, **values
        )

    def test_plumber_gets_our_number_and_is_withheld(self):
        move = self.purchase("B11", price=2000.0, taxes=self.person_services)
        move.action_post()
        self.assertEqual(move.nu_ncf, "B1100000001")
        self.assertEqual(move.nu_ncf_id.kind, "purchase")
        self.assertEqual(
            (
                move.nu_amount_itbis,
                move.nu_amount_itbis_withheld,
                move.nu_amount_isr_withheld,
                move.nu_isr_type,
            ),
            (360.0, 360.0, 200.0, "02"),
        )
        self.assertEqual(move.nu_ncf_id.amount_total, 2360.0, "before withholding")

    def test_receipt_of_purchases_comes_with_the_supplier(self):
        self.plumber.nu_purchase_type_id = self.type("B11")
        move = self.invoice(self.plumber, move_type="in_invoice")
        self.assertEqual(move.nu_document_type_id, self.type("B11"))
        self.company.nu_ecf_start = fields.Date.today()
        move = self.invoice(self.plumber, move_type="in_invoice")
        self.assertEqual(move.nu_document_type_id, self.type("E41"))

    def test_plumber_without_cedula_is_refused(self):
        move = self.purchase("B11", self.consumer)
        self.assertRefused("RNC or cédula", move.action_post)

    def test_minor_expenses_bear_no_itbis(self):
        move = self.purchase("B13")
        self.assertRefused("ITBIS", move.action_post)
        move.invoice_line_ids.tax_ids = False
        move.action_post()
        self.assertEqual(move.nu_ncf, "B1300000001")

    def test_own_receipt_is_sealed_too(self):
        move = self.purchase("B11")
        move.action_post()
        self.assertRefused("credit note", move.button_draft)

    def test_note_on_our_own_purchase_receipt_is_ours(self):
        move = self.purchase("B11")
        move.action_post()
        note = self.note(move)
        note.action_post()
        self.assertEqual(note.nu_ncf[:3], "B04")
        self.assertEqual(note.nu_modified_ncf, move.nu_ncf)
