"""Reports to DGII: filing, amendments, the page of a month, rights."""

import hashlib

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..month_case import MonthCase


@tagged("post_install", "-at_install")
class TestReport(MonthCase):
    # -- Filing ------------------------------------------------------------------------

    def test_what_is_filed_never_changes(self):
        report = self.filed()
        content = report.file_id.sudo().raw
        self.assertEqual(report.state, "filed")
        self.assertEqual(report.filed_by_id, self.accountant)
        self.assertEqual(report.file_hash, hashlib.sha256(content).hexdigest())
        self.assertEqual(content, self.txt(report))
        for act in (
            report.action_compute,
            report.action_check,
            report.action_file,
            report.unlink,
            lambda: report.write({"date_from": "2026-09-01"}),
            lambda: report.sudo().write({"state": "draft"}),
        ):
            with self.assertRaises(UserError):
                act()
        with self.assertRaises(UserError):
            report.figure_ids[0].sudo().given = 1
        report.note = "acknowledged 1234"
        self.open("2026-10-06 08:00")
        self.sell("2026-10-06 12:00", fiscal_type="B01", partner_id=self.buyer.id)
        self.assertEqual(report.line_count, len(report.line_ids))

    def test_amendment_is_a_new_version_and_the_old_one_stays(self):
        report = self.filed()
        before = self.txt(report)
        self.open("2026-10-06 08:00")
        self.sell("2026-10-06 12:00", fiscal_type="B01", partner_id=self.buyer.id)
        self.close("2026-10-06 23:00")
        action = report.action_amend()
        version = self.Report.browse(action["res_id"])
        self.assertEqual((version.version, version.amended_id), (2, report))
        self.assertEqual(report.action_amend()["res_id"], version.id, "one at a time")
        self.assertEqual(report.state, "filed", "in force until the new one is filed")
        version.action_check()
        version.action_file()
        self.assertEqual((version.state, report.state), ("filed", "amended"))
        self.assertEqual(version.listed_count, report.listed_count + 1)
        self.assertEqual(report.file_id.sudo().raw, before)

    def test_only_the_checked_is_filed(self):
        report = self.report("607")
        with self.assertRaises(UserError):
            report.action_file()
        report.action_check()
        self.assertEqual(report.state, "checked")
        report.action_compute()
        self.assertEqual(report.state, "draft", "computed anew, to be checked anew")

    def test_a_month_has_one_report_of_a_format(self):
        self.report("607")
        with self.assertRaises(UserError):
            self.report("607", month="2026-10-17")

    def test_only_the_filed_is_amended(self):
        with self.assertRaises(UserError):
            self.report("607").action_amend()

    def test_steps_are_not_skipped_by_writing(self):
        report = self.report("607")
        for vals in ({"state": "filed"}, {"amount": 5}, {"file_hash": "x"}):
            with self.assertRaises(AccessError):
                report.write(vals)
        with self.assertRaises(AccessError):
            self.Report.create({"format": "606", "state": "filed"})
        with self.assertRaises(UserError):
            report.figure_ids[0].write({"amount": 5})
        for row in (report.line_ids[:1], report.problem_ids[:1]):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base"):
                row.browse(1).write({"ncf": "B0100000001"})

    # -- Dashboard -----------------------------------------------------------------

    def test_month_page_prepares_all_formats(self):
        self.filed()
        month = (
            self.env["nu.pos.dgii.month"]
            .with_user(self.accountant)
            .create({"date_from": "2026-10-19", "company_id": self.company.id})
        )
        month.action_check()
        self.assertEqual(
            sorted(month.report_ids.mapped("format")),
            ["606", "607", "608", "609", "it1"],
        )
        self.assertEqual((month.filed_count, month.amount), (1, 500.0))
        self.assertEqual((month.tip, month.numbers_used), (50.0, 1))
        self.assertEqual(str(month.deadline), "2026-11-16", "the 15th is a Sunday")
        self.assertEqual(str(month.deadline_it1), "2026-11-20")
        for action in (
            month.action_view_sales,
            month.action_view_payments,
            month.action_view_tips,
            month.action_view_numbers,
            month.action_view_voided,
            month.action_view_problems,
        ):
            found = action()
            self.env[found["res_model"]].search(found["domain"])

    # -- Rights ------------------------------------------------------------------------

    def test_auditors_read_and_change_nothing(self):
        report = self.filed()
        auditor = self.user("auditor", "account.group_account_readonly")
        seen = report.with_user(auditor)
        self.assertEqual(seen.line_ids.mapped("amount"), [500.0])
        self.assertTrue(b"".join(seen._stream()))
        self.assertTrue(seen.line_ids.action_open())
        draft = self.report("608")
        for act in (
            draft.with_user(auditor).action_compute,
            draft.with_user(auditor).action_check,
            draft.with_user(auditor).unlink,
            seen.action_amend,
            lambda: self.Report.with_user(auditor).create({"date_from": "2026-01-01"}),
            lambda: draft.with_user(auditor).write({"note": "x"}),
        ):
            with (
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_model", "odoo.models"),
            ):
                act()

    def test_cashiers_and_strangers_see_nothing(self):
        report = self.filed()
        other = self.env["res.company"].create({"name": "Otra casa"})
        stranger = self.user("stranger", "account.group_account_user", company=other)
        for user in (self.ref("user_cashier"), self.hub, stranger):
            for record in (report, report.line_ids, report.figure_ids):
                mine = record.with_user(user).with_context(
                    allowed_company_ids=user.company_ids.ids
                )
                with (
                    self.assertRaises(AccessError),
                    mute_logger("odoo.addons.base.models.ir_model", "odoo.models"),
                ):
                    mine[:1].read(["company_id"])
