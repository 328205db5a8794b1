"""Series B after its last day: told where an owner looks, and never a refusal."""

from datetime import date

from odoo import fields
from odoo.tests import Form, tagged

from ..month_case import MonthCase

NOVEMBER = "2026-11-01"


@tagged("post_install", "-at_install")
class TestSeriesB(MonthCase):
    def setUp(self):
        super().setUp()
        # the restaurant of the demo has applied at DGII
        self.company.nu_ecf_pending = False

    def ended(self, moment):
        with self.at(moment):
            return self.company._nu_series_b_ended()

    def enter_contingency(self, moment):
        with self.at(moment):
            self.company.sudo().action_enter_contingency("incapable")

    # -- When --------------------------------------------------------------------------

    def test_last_day_of_each_class(self):
        for kind, last, after in (
            ("large_national", "2025-12-31 23:59", "2026-01-01 00:00"),
            ("large_local_medium", "2026-10-31 23:59", "2026-11-01 00:00"),
            ("other", "2026-11-15 23:59", "2026-11-16 00:00"),
        ):
            self.company.nu_taxpayer_class = kind
            with self.subTest(kind):
                self.assertIsNone(self.ended(last))
                self.assertIn("Ley 32-23 art. 37", self.ended(after)["norm"])

    def test_day_that_dgii_gave_the_company(self):
        self.company.nu_series_b_until = "2026-12-31"
        self.assertIsNone(self.ended("2026-12-31 23:59"))
        self.assertEqual(self.ended("2027-01-01 00:00")["until"], date(2026, 12, 31))

    def test_who_is_electronic_in_contingency_or_waiting_is_not_warned(self):
        moment = "2026-11-20 12:00"
        self.assertTrue(self.ended(moment))
        self.company.nu_ecf_pending = True
        self.assertIsNone(self.ended(moment), "an application is pending")
        self.company.nu_ecf_pending = False
        self.company.nu_ecf_start = "2026-11-20"
        self.assertIsNone(self.ended(moment), "electronic since today")
        self.assertTrue(self.ended("2026-11-19 23:59"))
        self.enter_contingency(moment)
        self.assertIsNone(self.ended(moment), "in contingency")

    def test_companies_of_other_countries_are_not_meant(self):
        other = self.env["res.company"].create(
            {"name": "Elsewhere", "country_id": self.env.ref("base.us").id}
        )
        with self.at("2026-11-20 12:00"):
            self.assertIsNone(other._nu_series_b_ended())
            self.assertFalse(other.nu_series_b_warning)

    # -- Where -------------------------------------------------------------------------

    def test_sale_is_made_all_the_same(self):
        order = self.sell("2026-11-20 12:00", fiscal_type="consumidor_final")
        self.assertEqual(order.nu_ncf[:3], "B02")

    def test_card_of_the_register_and_set_up(self):
        with self.at("2026-11-20 12:00"):
            self.env.invalidate_all()
            config = self.config.with_user(self.manager)
            self.assertIn("2026-11-15", config.nu_series_b_warning)
            action = config.action_nu_set_up_ecf()
            self.assertEqual(action["res_model"], "nu.pos.ecf.setup")
            wizard = self.env["nu.pos.ecf.setup"].with_user(self.manager)
            wizard = wizard.with_company(self.company)
            with Form(wizard) as form:
                self.assertIn("Aviso 06-26", form.series_b_warning)
                form.pending = True
                self.assertFalse(form.series_b_warning)
                form.pending = False
                form.taxpayer_class = "large_national"
                self.assertEqual(str(form.series_b_until), "2025-12-31")
                self.assertIn("2025-12-31", form.series_b_warning)
                form.pending = True
            form.record.action_save()
            self.env.invalidate_all()
            self.assertFalse(config.nu_series_b_warning)
        self.assertEqual(self.company.nu_taxpayer_class, "large_national")

    def test_ranges_and_their_watch(self):
        Range = self.env["nu.pos.ncf.range"]
        live = Range.search(
            [
                ("company_id", "=", self.company.id),
                ("state", "in", ("queued", "active")),
            ]
        )
        with self.at("2026-11-20 12:00"):
            warned = live.filtered("series_b_warning")
            self.assertEqual(
                warned, live.filtered(lambda r: r.document_type_id.nu_series == "B")
            )
            for _run in range(2):
                Range._cron_watch()
        activities = warned.activity_ids.filtered(
            lambda activity: "Ley 32-23" in (activity.note or "")
        )
        self.assertEqual(len(activities), 1, "once")
        consumer = self.env["nu.pos.ncf.range"].browse(activities.res_id)
        self.assertEqual(consumer.document_type_id, self.type("B02"))
        activities.action_done()
        with self.at("2026-11-30 12:00"):
            Range._cron_watch()
        self.assertEqual(len(warned.activity_ids), 0, "once a month")
        with self.at("2026-12-01 12:00"):
            Range._cron_watch()
        self.assertEqual(len(warned.activity_ids), 1)

    def test_terminals_are_told(self):
        def start():
            found = self.env["nu.pos.bootstrap"].answer(
                {"config_id": self.config.id, "sections": ["taxes"]}
            )
            return found["company"]["series_b"]

        def alerts(prefix):
            rows = self.env["nu.pos.ncf.range"]._api_list(
                {"config_id": self.config.id, "fiscal_type": prefix, "state": "queued"}
            )
            return [row["alert"] for row in rows["data"]]

        with self.at("2026-11-20 12:00"):
            self.assertEqual(start()["until"], "2026-11-15")
            self.assertIn(["series_b_ended"], alerts("B02"))
            self.assertNotIn(["series_b_ended"], alerts("E32"))
            self.company.nu_ecf_pending = True
            self.assertIsNone(start())

    # -- The month ---------------------------------------------------------------------

    def told(self, code, month=NOVEMBER):
        report = self.report(code, month, check=True)
        return [
            (row.severity, row.ncf, row.detail)
            for row in report.problem_ids
            if row.code == "SERIES_B"
        ]

    def test_month_counts_what_was_sold_in_series_b_afterwards(self):
        self.sell("2026-11-15 23:59")
        first = self.sell("2026-11-16 00:01")
        last = self.sell("2026-11-17 12:00")
        self.sell("2026-11-18 12:00", fiscal_type="E32")
        self.enter_contingency("2026-11-19 10:00")
        self.sell("2026-11-19 12:00")
        with self.at("2026-11-20 10:00"):
            self.company.sudo().action_leave_contingency()
        credit = self.sell(
            "2026-11-21 12:00", fiscal_type="B01", partner_id=self.buyer.id
        )
        norm = "(Ley 32-23 art. 37; DGII, Aviso 06-26)"
        wanted = [
            (
                "warning",
                credit.nu_ncf,
                f"B01: 1, {credit.nu_ncf} - {credit.nu_ncf} {norm}",
            ),
            ("warning", first.nu_ncf, f"B02: 2, {first.nu_ncf} - {last.nu_ncf} {norm}"),
        ]
        self.assertEqual(self.told("607"), wanted)
        self.assertEqual(self.told("606"), [])

    def test_own_receipts_of_purchases_are_told_in_the_606(self):
        self.env["nu.pos.ncf.range"].create(
            {
                "company_id": self.company.id,
                "document_type_id": self.type("B11").id,
                "first_number": 1,
                "last_number": 9,
                "date_expiry": "2027-12-31",
            }
        )
        person = self.env["res.partner"].create({"name": "Juan", "vat": "00113918205"})
        bill = self.bill(
            "2026-11-20", None, (100.0, "services", []), partner=person, own="B11"
        )
        [(severity, ncf, _detail)] = self.told("606")
        self.assertEqual((severity, ncf), ("warning", bill.nu_ncf))

    def test_month_of_who_waits_for_dgii_is_quiet(self):
        self.sell("2026-11-20 12:00")
        self.company.nu_ecf_pending = True
        self.assertEqual(self.told("607"), [])

    def test_month_before_the_end_is_quiet(self):
        self.sell("2026-10-20 12:00")
        self.assertEqual(self.told("607", "2026-10-01"), [])
        self.assertEqual(
            fields.Date.to_string(self.company.nu_series_b_until), "2026-11-15"
        )
