"""A month of discounts and of refunds made on Odoo's screen, in all its reports."""

from odoo import fields
from odoo.tests import tagged

from ..month_case import MonthCase
from ..screen import ScreenCase


class ScreenMonthCase(ScreenCase, MonthCase):
    def setUp(self):
        super().setUp()
        self.config.nu_default_document_type_id = self.type("B02")

    def sync_at(self, moment, ticket):
        with self.at(moment):
            return self.sync({**ticket, "date_order": fields.Datetime.now()})

    def row(self, report, order):
        return report.line_ids.filtered(lambda row: row.order_id == order)

    def box(self, report, section, code):
        return self.figure(report, section, str(code)).amount


@tagged("post_install", "-at_install")
class TestMonthOfSigns(ScreenMonthCase):
    def test_screen_refunds_and_discounts_in_all_reports(self):
        sale = self.sync_at(
            "2026-10-05 13:00",
            self.ticket(
                self.item(qty=3, price=95.0), self.item(self.exempt, price=200.0)
            ),
        )
        cut = self.sync_at(
            "2026-10-06 13:00",
            self.ticket(self.item(price=450.0), self.off(95.0)),
        )
        back = self.sync_at(
            "2026-10-07 13:00",
            self.ticket(self.back(sale.lines[0], 1), refund=True),
        )
        self.close("2026-10-07 23:00")
        report = self.report("607", check=True)
        self.assertEqual(self.problems(report), [])
        self.assertEqual(
            [(row.amount, row.itbis, row.tip) for row in self.row(report, cut)],
            [(355.0, 63.90, 35.50)],
        )
        self.assertEqual(
            [(row.amount, row.itbis, row.tip) for row in self.row(report, back)],
            [(95.0, 17.10, 9.50)],
        )
        self.assertEqual(self.row(report, back).amount_net, -95.0)
        self.assertEqual(report.amount, 485.0 + 355.0 - 95.0)
        for figure in report.compare_ids:
            self.assertEqual(figure.difference, 0, figure.name)

        self.report("606", check=True)
        form = self.report("it1", check=True)
        # 200.00 exempt; 18 % of two dishes and the discounted one
        self.assertEqual(self.box(form, "form", 4), 200.0)
        self.assertEqual(self.box(form, "form", 11), 190.0 + 355.0)
        self.assertEqual(self.box(form, "form", 16), 34.20 + 63.90)

        lines = self.env["nu.pos.sales.report"].search(
            [("order_id", "in", (sale | cut | back).ids)]
        )
        by_order = {
            order: (
                round(sum(mine.mapped("amount")), 2),
                round(sum(mine.mapped("itbis")), 2),
                round(sum(mine.mapped("tip")), 2),
                round(sum(mine.mapped("total")), 2),
            )
            for order, mine in lines.grouped("order_id").items()
        }
        self.assertEqual(by_order[cut], (355.0, 63.90, 35.50, 454.40))
        self.assertEqual(by_order[back], (-95.0, -17.10, -9.50, -121.60))

    def test_screen_refund_of_an_invoiced_sale(self):
        self.Order = self.Order.with_context(generate_pdf=False)
        ticket = self.ticket(to_invoice=True, partner_id=self.buyer.id)
        sale = self.sync_at("2026-10-05 13:00", ticket)
        self.assertTrue(sale.account_move)
        back = self.sync_at(
            "2026-10-06 13:00",
            self.ticket(
                self.back(sale.lines),
                refund=True,
                to_invoice=True,
                partner_id=self.buyer.id,
            ),
        )
        self.assertEqual(back.account_move.move_type, "out_refund")
        self.close("2026-10-06 23:00")
        report = self.report("607", check=True)
        self.assertEqual(self.problems(report), [])
        self.assertEqual(self.row(report, back).amount, 500.0)
        self.assertEqual(report.amount, 0.0)
