"""Electronic invoices of the back office: signed as they are posted."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.description import Billing, Change, Form, Terms
from ...fiscal.ecf.signature import verify
from ...fiscal.ecf.validate import validate
from ..account_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestElectronicDocuments(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for prefix in ("E41", "E43", "E46", "E47"):
            cls.add_range(prefix)

    def signed(self, move):
        """The document as DGII reads it; it holds against the schemas and rules."""
        move.action_post()
        ecf = move.nu_ecf_id
        self.assertEqual(ecf.move_id, move)
        self.assertEqual(validate(ecf._xml_bytes(), signed=True), [])
        self.assertTrue(verify(ecf._xml_bytes()).ok)
        return build.parse_ecf(ecf._xml_bytes())

    def purchase(self, prefix, partner=None, **values):
        return self.invoice(
            partner or self.plumber, move_type="in_invoice", type=prefix, **values
        )

    def test_invoice_on_credit(self):
        due = fields.Date.today() + timedelta(days=15)
        move = self.invoice(
            type="E31",
            price=333.33,
            quantity=3,
            discount=10,
            taxes=self.itbis | self.tip,
            invoice_date_due=due,
            invoice_payment_term_id=False,
        )
        document = self.signed(move)
        self.assertEqual(document.terms, Terms.CREDIT)
        self.assertEqual(document.due_date, due)
        [payment] = document.payments
        self.assertEqual((payment.form, payment.amount), (Form.ON_CREDIT,
                         Decimal(str(move.amount_total))))  # fmt: skip
        self.assertEqual(document.totals.total, Decimal(str(move.amount_total)))
        self.assertEqual(document.totals.additional, Decimal(str(move.nu_amount_tip)))
        self.assertEqual(document.lines[0].discount, Decimal("100.00"))
        self.assertEqual(document.buyer.rnc, "131246796")

    def test_product_is_named_without_its_code_which_has_its_own_place(self):
        product = self.env["product.product"].create(
            {"name": "Café de Jarabacoa", "default_code": "C-7"}
        )
        move = self.invoice(type="E31")
        line = move.invoice_line_ids
        line.write(
            {"product_id": product.id, "name": f"{product.display_name}\nMolido"}
        )
        self.assertEqual(line.name, "[C-7] Café de Jarabacoa\nMolido")
        [line] = self.signed(move).lines
        self.assertEqual(line.name, "Café de Jarabacoa")
        self.assertEqual([code.code for code in line.codes], ["C-7"])

    def test_negative_line_is_a_discount_of_the_document(self):
        move = self.invoice(type="E31")
        move.write(
            {
                "invoice_line_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Cortesía",
                            "quantity": 1,
                            "price_unit": -100.0,
                            "tax_ids": [(6, 0, self.itbis.ids)],
                        },
                    )
                ]
            }
        )
        document = self.signed(move)
        self.assertEqual(document.adjustments[0].amount, Decimal("100.00"))
        self.assertEqual(document.totals.total, Decimal("1062.00"))

    def test_dollars_are_told_beside_pesos(self):
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
        document = self.signed(self.invoice(type="E31", currency_id=usd.id))
        self.assertEqual(document.totals.total, Decimal("70800.00"))
        self.assertEqual(document.foreign.currency, "USD")
        self.assertEqual(document.foreign.total, Decimal("1180.00"))

    def test_special_regime_is_exempt(self):
        document = self.signed(self.invoice(type="E44", taxes=self.itbis.browse()))
        self.assertEqual(document.totals.exempt, Decimal("1000.00"))

    def test_export_is_of_zero_rate(self):
        document = self.signed(self.invoice(type="E46", taxes=self.itbis.browse()))
        self.assertEqual(document.lines[0].billing, Billing.ITBIS_0)

    def test_credit_note_of_all_annuls(self):
        original = self.posted(type="E31")
        document = self.signed(self.note(original))
        self.assertEqual(document.reference.ncf, original.nu_ncf)
        self.assertEqual(document.reference.code, Change.ANNULS)
        self.assertEqual(document.reference.reason, "Devolución")
        self.assertEqual(document.note_indicator, 0)

    def test_credit_note_of_a_part_corrects_amounts(self):
        original = self.posted(type="E31")
        note = self.note(original, 100.0)
        document = self.signed(note)
        self.assertEqual(document.reference.code, Change.CORRECTS_AMOUNTS)
        self.assertEqual(note.nu_ecf_id.modified_id, original.nu_ecf_id)

    def test_late_note_says_so(self):
        original = self.posted(
            type="E31", invoice_date=fields.Date.today() - timedelta(days=40)
        )
        note = self.note(original)
        note.invoice_date = fields.Date.today()
        self.assertEqual(self.signed(note).note_indicator, 1)

    def test_debit_note_adds(self):
        original = self.posted(type="E31")
        document = self.signed(self.debit_note(original, 50.0))
        self.assertEqual(document.kind, "33")
        self.assertEqual(document.reference.code, Change.CORRECTS_AMOUNTS)

    def test_purchase_receipt_tells_what_is_withheld(self):
        move = self.purchase("E41", price=2000.0, taxes=self.person_services)
        document = self.signed(move)
        self.assertEqual(document.buyer.rnc, "00113918205", "the seller")
        self.assertEqual(document.totals.itbis_withheld, Decimal("360.00"))
        self.assertEqual(document.totals.isr_withheld, Decimal("200.00"))
        self.assertEqual(document.totals.total, Decimal("2360.00"))

    def test_minor_expenses_have_no_buyer(self):
        document = self.signed(self.purchase("E43", taxes=self.itbis.browse()))
        self.assertIsNone(document.buyer)
        self.assertEqual(document.lines[0].billing, Billing.EXEMPT)

    def test_payment_abroad_withholds_isr(self):
        chart = self.env["account.chart.template"].with_company(self.company)
        abroad = self.env["res.partner"].create(
            {"name": "Cloud POS LLC", "country_id": self.env.ref("base.us").id}
        )
        move = self.purchase("E47", abroad, taxes=chart.ref("ret_27_income_remittance"))
        document = self.signed(move)
        self.assertEqual(document.totals.isr_withheld, Decimal("270.00"))
        self.assertEqual(move.nu_isr_type, "03")

    def test_without_certificate_nothing_is_numbered(self):
        taken = self.ref("range_e31").next_number
        self.env["nu.pos.ecf.certificate"].search(
            [("company_id", "=", self.company.id)]
        ).active = False
        self.assertRefused("certificate", self.invoice(type="E31").action_post)
        self.assertEqual(self.ref("range_e31").next_number, taken)

    def test_posted_twice_is_signed_once(self):
        move = self.posted(type="E31")
        self.assertFalse(self.env["nu.pos.ecf"]._sign_move(move))
        self.assertEqual(
            self.env["nu.pos.ecf"].search_count([("move_id", "=", move.id)]), 1
        )
