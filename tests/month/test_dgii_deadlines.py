"""When the reports of a month are due, and which month is opened."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..month_case import MonthCase


@tagged("post_install", "-at_install")
class TestDeadlines(MonthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Month = (
            cls.env["nu.pos.dgii.month"]
            .with_user(cls.accountant)
            .with_company(cls.company)
        )

    def month(self, day, **values):
        return self.Month.create(
            {"date_from": day, "company_id": self.company.id, **values}
        )

    def test_what_falls_on_a_sunday_is_due_on_monday(self):
        month = self.month("2026-10-01")
        self.assertEqual(
            (str(month.deadline), str(month.deadline_it1)), ("2026-11-16", "2026-11-20")
        )
        report = self.report("607")
        self.assertEqual(str(report.deadline), "2026-11-16")
        with self.at("2026-11-16 23:00"):
            report.invalidate_recordset(["is_overdue"])
            self.assertFalse(report.is_overdue)
        with self.at("2026-11-17 00:01"):
            report.invalidate_recordset(["is_overdue"])
            self.assertTrue(report.is_overdue)

    def test_days_declared_for_once_are_a_setting(self):
        settings = self.env["res.config.settings"]
        settings.create({"nu_dgii_closed_days": "2026-11-16, 2026-11-20"}).set_values()
        month = self.month("2026-10-01")
        self.assertEqual(
            (str(month.deadline), str(month.deadline_it1)), ("2026-11-17", "2026-11-23")
        )
        with self.assertRaises(ValidationError):
            settings.create({"nu_dgii_closed_days": "16 nov"}).set_values()

    # -- Which month -------------------------------------------------------------------

    def opened(self, action):
        return str(self.Month.browse(action["res_id"]).date_from)

    def test_company_that_began_this_month_is_not_late(self):
        company = self.env["res.company"].create(
            {"name": "Recién nacida", "country_id": self.env.ref("base.do").id}
        )
        self.accountant.company_ids += company
        Month = self.Month.with_company(company)
        with self.at("2026-11-28 12:00"):
            self.assertEqual(self.opened(Month.action_open_current()), "2026-11-01")
        with self.at("2026-12-02 12:00"):
            self.assertEqual(self.opened(Month.action_open_current()), "2026-11-01")

    def test_month_before_is_due_once_something_was_sold(self):
        self.sell("2026-10-05 12:00")
        with self.at("2026-11-28 12:00"):
            self.assertEqual(
                self.opened(self.Month.action_open_current()), "2026-10-01"
            )
            self.assertEqual(self.opened(self.Month.action_open_this()), "2026-11-01")

    def test_new_page_is_of_a_month_without_one(self):
        self.sell("2026-10-05 12:00")
        with self.at("2026-11-28 12:00"):
            for day in ("2026-10-01", "2026-11-01"):
                proposed = self.Month.default_get(["date_from"])["date_from"]
                self.assertEqual(str(proposed), day)
                self.month(proposed)

    # -- Reminders ---------------------------------------------------------------------

    def remind(self, moment):
        self.env.flush_all()
        self.env.invalidate_all()  # the job begins in a transaction of its own
        with self.at(moment):
            self.env["nu.pos.dgii.month"]._cron_remind()
        return self.env["nu.pos.dgii.month"].search(
            [("company_id", "=", self.company.id), ("date_from", "=", "2026-10-01")]
        )

    def test_accountant_is_reminded_once_before_the_day(self):
        self.sell("2026-10-05 12:00")
        self.assertFalse(self.remind("2026-11-10 08:00").activity_ids)
        [activity] = self.remind("2026-11-11 08:00").activity_ids
        self.assertEqual(str(activity.date_deadline), "2026-11-16")
        self.assertTrue(activity.user_id.has_group("account.group_account_user"))
        self.assertIn(self.company, activity.user_id.company_ids)
        activity.action_done()
        self.assertFalse(self.remind("2026-11-12 08:00").activity_ids, "only once")

    def test_nobody_is_reminded_of_what_is_filed(self):
        self.sell("2026-10-05 12:00")
        self.close("2026-10-05 23:00")
        month = self.month("2026-10-01")
        month.action_check()
        for report in month.report_ids.sorted("format"):
            report.action_file()
        self.assertFalse(self.remind("2026-11-12 08:00").activity_ids)
