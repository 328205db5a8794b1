"""Gift vouchers and voluntary tips: on the receipt with indicator 0, in no income."""

from decimal import Decimal

from odoo.fields import Command
from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.description import Billing, Form
from ...fiscal.reports.format607 import FORMAT
from ..month_office import OfficeMonthCase


@tagged("post_install", "-at_install")
class TestNotInvoiced(OfficeMonthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        owed = cls.env["account.account"].create(
            {
                "name": "Vouchers and tips owed",
                "code": "21030599",
                "account_type": "liability_current",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        products = cls.env["product.product"].with_company(cls.company)
        cls.voucher, cls.tip_line = products.create(
            [
                {
                    "name": name,
                    "type": "service",
                    "taxes_id": False,
                    "available_in_pos": True,
                    "nu_billing": "none",
                    "property_account_income_id": owed.id,
                    "company_id": cls.company.id,
                }
                for name in ("Bono de regalo", "Propina voluntaria")
            ]
        )

    def document(self, order):
        ecf = self.env["nu.pos.ecf"].search([("ncf_id", "=", order.nu_ncf_id.id)])
        return build.parse_ecf(ecf._xml_bytes())

    def sell_with_tip(self, moment="2026-10-05 12:00", **values):
        """A dish of 500.00 with ITBIS and legal tip, and 100.00 for the waiter."""
        values.setdefault("payments", self.pay(card=740.0))
        return self.sell(
            moment,
            self.line(),
            self.line(self.tip_line, price=100.0),
            total=740.0,
            **values,
        )

    def sell_voucher(self, moment="2026-10-05 12:00", **values):
        values.setdefault("payments", self.pay(card=1000.0))
        return self.sell(
            moment, self.line(self.voucher, price=1000.0), total=1000.0, **values
        )

    def month_of(self, *orders):
        self.close("2026-10-30 23:00")
        report = self.report("607", check=True)
        self.assertFalse(report.error_count, self.problems(report))
        for name in ("amount", "itbis", "tip", "total"):
            figure = self.figure(report, "compare", name)
            self.assertEqual(figure.difference, 0, name)
            if figure.has_ledger:
                self.assertEqual(figure.amount, figure.ledger)
        lines = {line.order_id: line for line in report.line_ids}
        return report, [lines[order] for order in orders]

    # -- e-CF --------------------------------------------------------------------------

    def test_tip_is_a_line_outside_of_the_total(self):
        order = self.sell_with_tip(fiscal_type="E32")
        document = self.document(order)
        self.assertEqual(
            [(line.billing, line.amount) for line in document.lines],
            [
                (Billing.ITBIS_18, Decimal("500.00")),
                (Billing.NOT_INVOICED, Decimal("100.00")),
            ],
        )
        totals = document.totals
        self.assertEqual(
            (totals.total, totals.not_invoiced, totals.period, totals.exempt),
            (Decimal("640.00"), Decimal("100.00"), Decimal("740.00"), None),
        )
        [payment] = document.payments
        self.assertEqual((payment.form, payment.amount), (Form.CARD, Decimal("640.00")))
        self.assertIn(("Monto no facturable", "100.00"), order._printed().totals)

    def test_voucher_is_sold_for_nothing_that_is_invoiced(self):
        """E32 of 0.00 with 1,000.00 that are not invoiced (Informe Técnico, 17)."""
        order = self.sell_voucher(fiscal_type="E32")
        document = self.document(order)
        self.assertEqual(document.lines[0].billing, Billing.NOT_INVOICED)
        totals = document.totals
        self.assertEqual(
            (totals.total, totals.not_invoiced, totals.period),
            (Decimal("0.00"), Decimal("1000.00"), Decimal("1000.00")),
        )
        self.assertEqual(document.payments, ())

    def test_returned_voucher_is_a_note_of_the_same_kind(self):
        order = self.sell_voucher(fiscal_type="E32")
        note = self.give_back("2026-10-06 12:00", order)
        document = self.document(note)
        self.assertEqual(
            (document.lines[0].billing, document.lines[0].amount),
            (Billing.NOT_INVOICED, Decimal("1000.00")),
        )
        self.assertEqual(document.totals.total, 0)
        _report, [sold, back] = self.month_of(order, note)
        self.assertEqual((sold.amount, back.amount, back.total), (0.0, 0.0, 0.0))

    def test_product_with_a_tax_is_sold_all_the_same(self):
        self.dish.nu_billing = "none"
        order = self.sell("2026-10-05 12:00", fiscal_type="E32")
        self.assertFalse(order.lines.nu_is_not_invoiced)
        self.assertEqual(self.document(order).totals.total, Decimal("640.00"))

    # -- The month ---------------------------------------------------------------------

    def test_tip_is_no_income_in_607_and_it1(self):
        listed = self.sell_with_tip(fiscal_type="B01", partner_id=self.buyer.id)
        consumer = self.sell_with_tip(payments=self.pay(card=60.0, cash=680.0))
        report, [credit, line] = self.month_of(listed, consumer)
        [row] = FORMAT.read(self.txt(report)).rows
        self.assertEqual(
            (row.amount, row.itbis, row.tip, row.card),
            (Decimal("500.00"), Decimal("90.00"), Decimal("50.00"), Decimal("640.00")),
        )
        self.assertEqual((credit.total, credit.card), (640.0, 640.0))
        self.assertEqual((line.card, line.cash), (0.0, 640.0), "card pays it first")
        self.assertEqual(self.figure(report, "consumer", "amount").amount, 500.0)
        self.assertEqual(self.figure(report, "consumer", "cash").amount, 640.0)
        self.report("606")
        form = self.report("it1", check=True)
        self.assertEqual(self.figure(form, "form", "1").amount, 1000.0)
        self.assertEqual(self.figure(form, "form", "4").amount, 0.0, "not exempt")
        self.assertEqual(self.figure(form, "annex", "19").amount, 1280.0)
        rates = self.env["nu.pos.sales.report"].search(
            [("order_id", "in", (listed + consumer).ids)]
        )
        self.assertEqual(set(rates.mapped("rate")), {"18"})

    def test_voucher_is_income_once_when_it_is_redeemed(self):
        sold = self.sell_voucher()
        redeemed = self.sell(
            "2026-10-06 12:00", payments=self.pay(voucher=640.0), total=640.0
        )
        report, [first, second] = self.month_of(sold, redeemed)
        self.assertEqual((first.amount, first.card, first.total), (0.0, 0.0, 0.0))
        self.assertEqual((second.amount, second.voucher), (500.0, 640.0))
        self.assertEqual(report.amount, 500.0)
        self.assertEqual(self.figure(report, "consumer", "count").count, 2)

    def test_voucher_redeemed_by_a_line_pays(self):
        """As gift cards of Odoo's screen do: a negative line of their product."""
        values = self.screen_order(amount_total=440.0, amount_paid=440.0)
        values["lines"].append(
            Command.create(
                {
                    "product_id": self.voucher.id,
                    "qty": 1,
                    "price_unit": -200.0,
                    "price_subtotal": -200.0,
                    "price_subtotal_incl": -200.0,
                    "tax_ids": [Command.clear()],
                    "uuid": "00000000-0000-4000-8000-000000000001",
                }
            )
        )
        values["payment_ids"][0][2]["amount"] = 440.0
        values["date_order"] = "2026-10-05 16:00:00"
        self.config.nu_default_document_type_id = self.type("E32")
        with self.at("2026-10-05 12:00"):
            order = self.sync(values)
        document = self.document(order)
        self.assertEqual([line.amount for line in document.lines], [Decimal("500.00")])
        self.assertEqual(
            (document.totals.total, document.totals.not_invoiced, document.adjustments),
            (Decimal("640.00"), None, ()),
        )
        self.assertEqual(
            {payment.form: payment.amount for payment in document.payments},
            {Form.CASH: Decimal("440.00"), Form.GIFT_VOUCHER: Decimal("200.00")},
        )
        _report, [line] = self.month_of(order)
        self.assertEqual(
            (line.amount, line.cash, line.voucher, line.total),
            (500.0, 440.0, 200.0, 640.0),
        )

    def test_invoice_of_the_back_office(self):
        move = self.bill_out(
            "2026-10-05",
            nu_document_type_id=self.type("E31").id,
            invoice_line_ids=[
                Command.create(
                    {
                        "product_id": product.id,
                        "price_unit": price,
                        "tax_ids": [Command.set(taxes.ids)],
                    }
                )
                for product, price, taxes in (
                    (self.service, 1000.0, self.itbis),
                    (self.voucher, 300.0, self.itbis.browse()),
                )
            ],
        )
        self.assertEqual((move._nu_total(), move.nu_amount_not_invoiced), (1180, 300))
        ecf = self.env["nu.pos.ecf"].search([("ncf_id", "=", move.nu_ncf_id.id)])
        totals = build.parse_ecf(ecf._xml_bytes()).totals
        self.assertEqual(
            (totals.total, totals.not_invoiced, totals.exempt),
            (Decimal("1180.00"), Decimal("300.00"), None),
        )
        self.pay_move(move, "2026-10-20", 1000.0)
        report = self.report("607", check=True)
        row = self.row(report, move)
        self.assertEqual(
            (row.amount, row.itbis, row.total, row.bank, row.credit),
            (1000.0, 180.0, 1180.0, 700.0, 480.0),
        )
        self.assertFalse(report.error_count, self.problems(report))
        for name in ("amount", "itbis"):
            self.assertEqual(self.figure(report, "compare", name).difference, 0)

    # -- Facts and settings ------------------------------------------------------------

    def test_what_was_sold_stays_what_it_was(self):
        order = self.sell_with_tip()
        self.tip_line.nu_billing = "invoice"
        self.assertTrue(order.lines[1].nu_is_not_invoiced)
        _report, [line] = self.month_of(order)
        self.assertEqual(line.amount, 500.0)
        self.open("2026-10-31 08:00")
        note = self.give_back("2026-10-31 12:00", order)
        self.assertEqual(sorted(note.lines.mapped("nu_is_not_invoiced")), [False, True])

    def test_income_account_of_the_house_is_told(self):
        voucher = self.voucher.with_company(self.company)
        voucher.property_account_income_id = False
        self.sell_voucher()
        report = self.report("607", check=True)
        [problem] = report.problem_ids.filtered(lambda row: row.code == "NOT_INCOME")
        self.assertIn("1,000.00", problem.detail)
        self.assertEqual(
            problem.action_open()["res_id"], self.voucher.product_tmpl_id.id
        )

    def test_tip_product_of_a_register_is_marked_by_itself(self):
        product, said = self.env["product.product"].create(
            [
                {"name": "Tips", "taxes_id": False, "type": "service"},
                {"name": "Said", "taxes_id": False, "nu_billing": "invoice"},
            ]
        )
        self.close("2026-10-30 23:00")
        self.config.write({"iface_tipproduct": True, "tip_product_id": product.id})
        self.assertEqual(product.nu_billing, "none")
        self.config.tip_product_id = said
        self.assertEqual(said.nu_billing, "invoice", "a person said so")
        # one that was set before, or by data: when the session opens
        self.env.cr.execute(
            "UPDATE product_template SET nu_billing = NULL WHERE id = %s",
            (product.product_tmpl_id.id,),
        )
        self.env.cr.execute(
            "UPDATE pos_config SET tip_product_id = %s WHERE id = %s",
            (product.id, self.config.id),
        )
        self.env.invalidate_all()
        self.open("2026-10-31 08:00")
        self.assertEqual(product.nu_billing, "none")
