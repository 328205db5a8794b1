"""What was never handed over is in the 608, what was delivered gets a note and stays in
the 607; neither stands in the way of the closing."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..month_case import MonthCase


@tagged("post_install", "-at_install")
class TestAnnulled(MonthCase):
    def cancel(self, order, moment="2026-10-05 13:00", **wire):
        with self.at(moment):
            body = (
                self.env["nu.pos.refund"]
                .with_user(self.manager)
                .cancel(str(order.id), {"reason": "mistake", **wire})
                .body
            )
        self.env.invalidate_all()
        return self.env["pos.order"].browse(body["refund_id"])

    def listed(self, code):
        report = self.report(code, check=True)
        self.assertFalse(report.error_count, self.problems(report))
        return report, set(report.line_ids.mapped("ncf"))

    def judge(self, gone, stays, notes):
        sales, sold = self.listed("607")
        _annulled, annulled = self.listed("608")
        self.assertEqual(annulled, set(gone))
        self.assertEqual(sold, set(stays) | set(notes))
        for figure in sales.compare_ids:
            self.assertEqual(figure.difference, 0, figure.name)
        self.assertInvariant()

    def test_delivered_or_not_decides_between_note_and_608(self):
        kept = self.sell("2026-10-05 12:00")
        torn = self.sell("2026-10-05 12:01")
        back = self.sell("2026-10-05 12:02")
        credit = self.sell(
            "2026-10-05 12:03", fiscal_type="B01", partner_id=self.buyer.id
        )
        torn_credit = self.sell(
            "2026-10-05 12:04", fiscal_type="B01", partner_id=self.buyer.id
        )
        self.assertFalse(self.cancel(torn, delivered=False).nu_ncf)
        self.assertFalse(self.cancel(torn_credit, delivered=False).nu_ncf)
        notes = self.cancel(back) + self.cancel(credit)
        self.assertEqual({ncf[:3] for ncf in notes.mapped("nu_ncf")}, {"B04"})
        self.close("2026-10-05 23:00")
        self.judge(
            (torn + torn_credit).mapped("nu_ncf"),
            (kept + back + credit).mapped("nu_ncf"),
            notes.mapped("nu_ncf"),
        )

    def test_annulment_never_blocks_the_closing(self):
        """Each way to annul, on each kind of sale, in one session that closes."""
        credit = self.ref("partner_credit").id
        kinds = (
            {},
            {"fiscal_type": "B01", "partner_id": self.buyer.id},
            {
                "fiscal_type": "B01",
                "partner_id": credit,
                "payments": self.pay(credit=640.0),
                "total": 640.0,
            },
            {"payments": self.pay(card=640.0), "total": 640.0},
        )
        ways, gone = [], []
        # a consumer's sale is invoiced with the second policy only
        for policy, sales in (("identified", kinds), ("always", kinds[:1])):
            self.config.nu_invoice_policy = policy
            for minute, wire in enumerate(sales):
                ways += [
                    self.sell(f"2026-10-05 12:{minute:02}", **wire) for _way in "abc"
                ]
        notes, stays = [], []
        for place, order in enumerate(ways):
            number = order.nu_ncf
            if place % 3 == 0:
                self.cancel(order, delivered=False)
            elif place % 3 == 1:
                with self.at("2026-10-05 13:00"):
                    # over the documents of the API
                    self.env["nu.pos.fiscal.document"].with_user(self.manager).annul(
                        number, {"reason_code": "08", "reason": "torn"}
                    )
                    self.env.invalidate_all()
            else:
                # the number alone is not annulled under a sale that stands
                with self.assertRaisesRegex(UserError, "stands"):
                    self.env["nu.pos.ncf.void"].with_user(self.manager).create(
                        {
                            "ncf_ids": [(6, 0, order.nu_ncf_id.ids)],
                            "action": "void",
                            "reason": "04",
                        }
                    ).action_apply()
                notes.append(self.cancel(order).nu_ncf)
                stays.append(number)
                continue
            self.assertEqual(order.nu_ncf_id.state, "voided", number)
            gone.append(number)
        self.assertEqual((len(gone), len(notes)), (10, 5))
        self.close("2026-10-05 23:00")
        self.judge(gone, stays, notes)
