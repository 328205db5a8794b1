"""From a received e-CF to a draft vendor bill."""

import base64
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...fiscal.ecf.description import (
    PROPINA_LEGAL,
    SERVICE,
    AdditionalTax,
    Adjustment,
    Billing,
    Change,
    Reference,
    Terms,
    Totals,
)
from ...models.reception.bill_builder import BillBuilder
from ..common import FiscalCase
from ..ecf_reception import SUPPLIER, ReceptionMixin, line


@tagged("post_install", "-at_install")
class TestVendorBills(ReceptionMixin, FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_reception()
        cls.chart = cls.env["account.chart.template"].with_company(cls.company)

    def billed(self, *args, **values):
        """Received, and the job has run."""
        _receipt, record = self.take(self.file(*args, **values))
        self.assertEqual(record.state, "received", record.reason_detail)
        self.run_job()
        return record

    def run_job(self):
        self.env.flush_all()
        self.received._cron_make_bills()
        self.env.invalidate_all()

    def test_job_makes_a_draft_bill_with_what_the_supplier_wrote(self):
        record = self.billed(terms=Terms.CREDIT, due_date=date(2026, 12, 20))
        bill = record.bill_id
        self.assertEqual(record.bill_state, "made", record.bill_note)
        self.assertFalse(record.bill_note)
        self.assertFalse(record.bill_next)
        self.assertEqual((bill.move_type, bill.state), ("in_invoice", "draft"))
        self.assertEqual(bill.company_id, self.company)
        self.assertEqual(bill.journal_id.type, "purchase")
        self.assertEqual(bill.ref, "E310000000001")
        self.assertEqual(bill.invoice_date, date(2026, 11, 20))
        self.assertEqual(bill.invoice_date_due, date(2026, 12, 20))
        self.assertEqual(bill.partner_id.vat, SUPPLIER)
        self.assertEqual(bill.partner_id.name, "DISTRIBUIDORA EJEMPLO SRL")
        [row] = bill.invoice_line_ids
        self.assertEqual((row.name, row.quantity, row.price_unit), ("Arroz", 2, 100))
        self.assertEqual(row.tax_ids, self.chart.ref("tax_18_purch"))
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (200.0, 236.0))
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", bill.id)]
        )
        self.assertEqual(attachment.name, f"{SUPPLIER}E310000000001.xml")
        self.assertEqual(attachment.raw, base64.b64decode(record.xml))

    def test_bill_can_be_posted(self):
        bill = self.billed().bill_id
        bill.action_post()
        self.assertEqual(bill.state, "posted")

    def test_rates_natures_and_exempt_lines_take_the_company_taxes(self):
        record = self.billed(
            lines=[
                line("Arroz"),
                line("Flete", "50.00", "1", nature=SERVICE),
                line("Yogur", "40.00", "1", billing=Billing.ITBIS_16),
                line("Leche", "30.00", "1", billing=Billing.EXEMPT),
            ]
        )
        taxes = [row.tax_ids for row in record.bill_id.invoice_line_ids]
        self.assertEqual(
            taxes,
            [
                self.chart.ref(f"tax_{name}")
                for name in ("18_purch", "18_purch_serv", "16_purch", "0_purch")
            ],
        )
        self.assertEqual(record.bill_id.amount_total, 236.0 + 59.0 + 46.4 + 30.0)
        self.assertFalse(record.bill_note)

    def test_prices_that_hold_the_tax_give_the_same_total(self):
        lines = [line(f"Cosa {n}", "33.33", "1") for n in range(7)]
        record = self.billed(lines=lines, prices_with_tax=1)
        total = record.bill_id.amount_total
        self.assertEqual(total, record.amount_total)
        self.assertAlmostEqual(total, 7 * 33.33, delta=0.05)
        self.assertFalse(record.bill_note)

    def test_discounts_of_lines_and_document(self):
        record = self.billed(
            lines=[
                line("Diez por ciento", "100.00", "3", discount=Decimal("30.00")),
                line("Un tercio", "10.00", "1", discount=Decimal("3.33")),
            ],
            adjustments=(
                Adjustment(
                    kind="D",
                    description="Por volumen",
                    amount=Decimal("20.00"),
                    billing=Billing.ITBIS_18,
                ),
            ),
        )
        first, second, third = record.bill_id.invoice_line_ids
        self.assertEqual((first.price_unit, first.discount), (100.0, 10.0))
        self.assertEqual((second.price_subtotal), 6.67)
        self.assertEqual((third.name, third.price_subtotal), ("Por volumen", -20.0))
        self.assertEqual(record.bill_id.amount_total, record.amount_total)
        self.assertFalse(record.bill_note)

    def test_price_of_four_decimals_is_kept(self):
        record = self.billed(lines=[line(price="84.7458", quantity="11.8")])
        [row] = record.bill_id.invoice_line_ids
        self.assertEqual((row.price_unit, row.quantity), (84.7458, 11.8))
        self.assertEqual(row.price_subtotal, 1000.0)
        self.assertEqual(record.bill_id.amount_total, record.amount_total)

    def test_legal_tip_and_other_taxes_reach_the_total(self):
        tip = AdditionalTax(
            code=PROPINA_LEGAL, rate=Decimal(10), other=Decimal("20.00")
        )
        record = self.billed(
            lines=[line(additional_taxes=(PROPINA_LEGAL,))],
            totals=Totals(additional_taxes=(tip,)),
        )
        [row] = record.bill_id.invoice_line_ids
        self.assertEqual(
            row.tax_ids,
            self.chart.ref("tax_18_purch") | self.chart.ref("tax_tip_purch"),
        )
        self.assertEqual(record.bill_id.amount_total, 256.0)
        telecom = AdditionalTax(code="004", rate=Decimal(10), other=Decimal("20.00"))
        record = self.billed(
            2,
            lines=[line(additional_taxes=("004",))],
            totals=Totals(additional_taxes=(telecom,)),
        )
        row = record.bill_id.invoice_line_ids[1]
        self.assertEqual((row.price_unit, row.tax_ids.ids), (20.0, []))
        self.assertEqual(record.bill_id.amount_total, 256.0)

    def test_credit_note_refunds_the_bill_it_modifies(self):
        original = self.billed().bill_id
        record = self.billed(
            2,
            kind="34",
            lines=[line(quantity="1")],
            reference=Reference(
                ncf="E310000000001",
                issued=date(2026, 11, 20),
                code=Change.CORRECTS_AMOUNTS,
            ),
        )
        self.assertEqual(record.modified_ncf, "E310000000001")
        self.assertEqual(record.bill_id.move_type, "in_refund")
        self.assertEqual(record.bill_id.reversed_entry_id, original)
        self.assertEqual(record.bill_id.amount_total, 118.0)
        self.assertFalse(record.bill_note)

    def test_debit_note_names_its_origin_or_says_that_it_is_missing(self):
        reference = Reference(
            ncf="E310000000001",
            issued=date(2026, 11, 20),
            code=Change.CORRECTS_AMOUNTS,
        )
        orphan = self.billed(5, kind="33", reference=reference)
        self.assertIn("E310000000001", orphan.bill_note)
        self.assertIn("E310000000001", orphan.bill_id.message_ids[0].body)
        original = self.billed(1).bill_id
        record = self.billed(6, kind="33", reference=reference)
        self.assertEqual(record.bill_id.debit_origin_id, original)
        self.assertFalse(record.bill_note)

    def test_supplier_known_in_any_writing_of_the_rnc_is_not_made_again(self):
        known = self.env["res.partner"].create(
            {"name": "Distribuidora", "vat": "1-31-24679-6", "is_company": True}
        )
        self.assertEqual(self.billed().bill_id.partner_id, known)
        self.assertEqual(self.billed(2).bill_id.partner_id, known)

    def test_bill_entered_by_hand_is_taken_and_not_doubled(self):
        partner = self.env["res.partner"].create({"name": "X", "vat": SUPPLIER})
        by_hand = (
            self.env["account.move"]
            .with_company(self.company)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": partner.id,
                    "ref": "E310000000001",
                }
            )
        )
        record = self.billed()
        self.assertEqual(record.bill_id, by_hand)
        self.assertIn("already", record.bill_note)
        same = [("ref", "=", "E310000000001")]
        self.assertEqual(self.env["account.move"].search_count(same), 1)

    def test_totals_that_differ_are_told_on_the_bill(self):
        def dearer(xml):
            return xml.replace(
                b"<MontoTotal>236.00</MontoTotal>", b"<MontoTotal>300.00</MontoTotal>"
            )

        record = self.billed(edit=dearer)
        self.assertEqual(record.bill_state, "made")
        self.assertIn("300.00", record.bill_note)
        self.assertIn("236.00", record.bill_note)
        self.assertIn("300.00", record.bill_id.message_ids[0].body)

    def test_consumer_invoice_makes_no_bill(self):
        _receipt, record = self.take(self.file(kind="32"))
        self.assertEqual((record.state, record.bill_state), ("received", "none"))
        self.run_job()
        self.assertFalse(record.bill_id)
        accountant = record.with_user(self.ref("user_accountant"))
        with self.assertRaises(UserError):
            accountant.action_make_bill()

    def test_accounts_not_set_up_do_not_keep_from_answering(self):
        journals = self.env["account.journal"].search(
            [("type", "=", "purchase"), ("company_id", "=", self.company.id)]
        )
        journals.active = False
        record = self.billed()
        self.assertEqual(record.bill_state, "failed")
        self.assertIn("purchase journal", record.bill_note)
        self.assertTrue(record.bill_next, "it is tried again by itself")
        same = [("vat", "=", SUPPLIER)]
        self.assertFalse(
            self.env["res.partner"].search(same), "nothing is left half made"
        )
        journals.active = True
        record.with_user(self.ref("user_accountant")).action_make_bill()
        self.assertEqual(record.bill_state, "made")
        self.assertFalse(record.bill_note)
        self.assertFalse(record.bill_next)

    def test_failed_bills_are_tried_some_times_and_then_left_to_a_person(self):
        record = self.received
        with patch.object(BillBuilder, "build", side_effect=UserError("no")) as maker:
            record = self.billed()
            for _time in range(8):
                self.due(record)
                self.run_job()
        self.assertEqual(maker.call_count, 5)
        self.assertEqual((record.bill_state, record.bill_next), ("failed", False))

    def test_what_breaks_the_job_does_not_stop_the_others(self):
        _receipt, bad = self.take(self.file(1))
        _receipt, good = self.take(self.file(2))
        real = BillBuilder.build

        def build(builder):
            if builder.received.id == bad.id:
                raise ZeroDivisionError
            return real(builder)

        with patch.object(BillBuilder, "build", build):
            # no assertRaises: Odoo's rolls back what was committed before
            try:
                self.run_job()
                self.fail("the job did not break")
            except ZeroDivisionError:
                self.env.invalidate_all()
            self.assertEqual(bad.bill_attempts, 1)
            self.run_job()
        self.assertTrue(good.bill_id)
        self.assertFalse(bad.bill_id)

    def test_second_push_of_the_button_makes_no_second_bill(self):
        record = self.billed()
        bill = record.bill_id
        record.with_user(self.ref("user_accountant")).action_make_bill()
        self.assertEqual(record.bill_id, bill)
        same = [("ref", "=", record.name)]
        self.assertEqual(self.env["account.move"].search_count(same), 1)

    def test_deleted_draft_can_be_made_again(self):
        record = self.billed()
        record.bill_id.with_user(self.ref("user_accountant")).unlink()
        self.env.invalidate_all()
        self.run_job()
        self.assertFalse(record.bill_id, "what a person deleted stays away")
        record.with_user(self.ref("user_accountant")).action_make_bill()
        self.assertEqual(record.bill_id.ref, record.name)

    def test_only_accounting_makes_bills(self):
        _receipt, record = self.take(self.file())
        for name in ("user_cashier", "user_waiter", "user_hub"):
            with self.assertRaises(AccessError):
                record.with_user(self.ref(name)).action_make_bill()
        manager = self.ref("user_manager")
        manager.group_ids -= self.env.ref("account.group_account_invoice")
        self.assertTrue(record.with_user(manager).read(["name"]))
        with self.assertRaises(AccessError):
            record.with_user(manager).action_make_bill()
        self.assertFalse(record.bill_id)

    def due(self, record):
        if record.bill_next:
            record.sudo().bill_next = "2026-01-01"
