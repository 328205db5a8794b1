"""A Dominican register does not sell without numbers in silence, and what was sold so
before is numbered in one step while its month is under way."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..month_case import MonthCase

NOVEMBER = "2026-11-01"


class NumberingCase(MonthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bare = cls.register("Barra")

    @classmethod
    def register(cls, name, company=None, **values):
        company = company or cls.company
        return (
            cls.env["pos.config"]
            .with_company(company)
            .create(
                {
                    "name": name,
                    "company_id": company.id,
                    "payment_method_ids": [Command.set(cls.card.ids)],
                    "journal_id": cls.config.journal_id.id,
                    "invoice_journal_id": cls.config.invoice_journal_id.id,
                    **values,
                }
            )
        )

    def session(self, config, **values):
        return self.env["pos.session"].create({"config_id": config.id, **values})

    def refused(self, config, *words):
        """The action that the refusal offers."""
        with self.assertRaises(RedirectWarning) as caught, self.env.cr.savepoint():
            self.session(config)
        message, action = caught.exception.args[:2]
        for word in words:
            self.assertIn(word, message)
        return action


@tagged("post_install", "-at_install")
class TestOpening(NumberingCase):
    """Before a session opens."""

    def test_register_without_fiscal_type_opens_no_session(self):
        action = self.refused(self.bare, "Barra", "default fiscal type")
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("pos.config", self.bare.id)
        )
        self.assertIn("default fiscal type", self.bare.nu_numbering_problem)

    def test_screen_opens_no_session_either(self):
        register = self.bare.with_user(self.manager)
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            register.open_ui()
        self.assertFalse(self.bare.session_ids)
        self.bare.nu_default_document_type_id = self.type("B02")
        register.open_ui()
        self.assertEqual(len(self.bare.session_ids), 1)

    def test_register_without_range_is_led_to_its_ranges(self):
        self.bare.nu_default_document_type_id = self.type("B16")
        action = self.refused(self.bare, "B16")
        self.assertEqual(action["res_model"], "nu.pos.ncf.range")
        self.assertEqual(
            action["context"]["default_document_type_id"], self.type("B16").id
        )
        self.range("B16")
        self.assertTrue(self.session(self.bare))

    def range(self, prefix, **values):
        return self.env["nu.pos.ncf.range"].create(
            {
                "company_id": self.company.id,
                "document_type_id": self.type(prefix).id,
                "first_number": 1,
                "last_number": 9,
                "date_expiry": "2027-12-31",
                **values,
            }
        )

    def test_range_of_another_register_closed_or_expired_does_not_serve(self):
        self.bare.nu_default_document_type_id = self.type("B16")
        record = self.range("B16", config_id=self.config.id)
        self.refused(self.bare, "B16")
        record.config_id = self.bare
        record.action_close()
        self.refused(self.bare, "B16")
        record.action_reopen()
        record.date_expiry = "2026-01-01"
        self.refused(self.bare, "B16")
        record.date_expiry = "2027-12-31"
        self.assertTrue(self.session(self.bare))

    def test_type_that_counts_is_that_of_the_day(self):
        """After the switch the range of series E."""
        self.bare.nu_default_document_type_id = self.type("B16")
        self.range("B16")
        self.company.nu_ecf_start = "2026-01-01"
        self.refused(self.bare, "E46")
        self.range("E46")
        self.assertTrue(self.session(self.bare))

    def test_house_that_has_not_begun_allows_it(self):
        self.company.nu_allow_unnumbered = True
        self.assertFalse(self.bare.nu_numbering_problem)
        self.assertTrue(self.session(self.bare))

    def test_companies_of_other_countries_open_as_ever(self):
        other = self.env.ref("base.main_company")
        self.assertNotEqual(other.account_fiscal_country_id.code, "DO")
        register = (
            self.env["pos.config"]
            .with_context(allowed_company_ids=other.ids)
            .create({"name": "Elsewhere", "company_id": other.id})
        )
        self.assertFalse(register.nu_numbering_problem)
        self.assertTrue(self.session(register))

    def test_recovery_session_takes_what_is_sold(self):
        self.assertTrue(self.session(self.bare, rescue=True))

    def test_fiscal_type_stays_while_a_session_is_open(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.config.nu_default_document_type_id = False
        self.config.nu_default_document_type_id = self.type("B02")
        self.close("2026-11-20 23:00")
        self.config.nu_default_document_type_id = False
        self.assertIn("default fiscal type", self.config.nu_numbering_problem)


@tagged("post_install", "-at_install")
class TestLateNumbers(NumberingCase):
    """Sales of Odoo's screen that were made without a number."""

    def setUp(self):
        super().setUp()
        self.allow_unnumbered()

    def sell_bare(self, moment, **values):
        """A sale, or ``back``, the return of one."""
        back = values.pop("back", None)
        local = datetime.fromisoformat(moment)
        sold = fields.Datetime.to_string(local + timedelta(hours=4))
        with self.at(moment):
            made = self.screen_refund(back) if back else self.screen_order(**values)
            order = self.sync({**made, "date_order": sold})
        self.assertFalse(order.nu_ncf_id)
        return order

    def begin(self):
        """The house begins: from now on what is sold has its number."""
        self.company.nu_allow_unnumbered = False
        self.config.nu_default_document_type_id = self.type("B02")

    def wizard(self, user=None):
        wizard = (
            self.env["nu.pos.number.sales"]
            .with_user(user or self.manager)
            .with_context(allowed_company_ids=self.company.ids)
        )
        return wizard.create({"company_id": self.company.id})

    def number(self, moment):
        with self.at(moment):
            wizard = self.wizard()
            wizard.action_number()
            self.env.invalidate_all()
            return wizard.result.splitlines()

    def month(self):
        return (
            self.env["nu.pos.dgii.month"]
            .with_user(self.accountant)
            .create({"date_from": NOVEMBER, "company_id": self.company.id})
        )

    def test_month_is_numbered_in_one_step(self):
        first = self.sell_bare("2026-11-02 12:00")
        second = self.sell_bare("2026-11-03 12:00")
        self.begin()
        month = self.month()
        with self.at("2026-11-20 12:00"):
            self.assertEqual((month.unnumbered_count, month.is_under_way), (2, True))
            wizard = self.wizard()
            self.assertEqual(
                (wizard.order_count, wizard.amount, wizard.document_type),
                (2, 1280.0, "B02"),
            )
            self.assertEqual(str(wizard.day), "2026-11-20")
        self.assertEqual(self.number("2026-11-20 12:00"), ["2 numbered."])
        self.assertEqual(
            (first + second).mapped("nu_ncf"), ["B0207000001", "B0207000002"]
        )
        for order in first + second:
            ncf = order.nu_ncf_id
            self.assertEqual((ncf.state, ncf.order_id), ("issued", order))
            self.assertEqual(str(ncf.date_issued_day), "2026-11-20")
            self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (90.0, 50.0))
        self.assertInvariant()
        with self.at("2026-11-20 12:05"):
            month.invalidate_recordset()
            self.assertEqual(month.unnumbered_count, 0)
        self.assertEqual(self.number("2026-11-20 12:10"), ["0 numbered."])

    def test_receipt_says_both_days_and_the_audit_too(self):
        order = self.sell_bare("2026-11-02 12:00")
        self.begin()
        self.number("2026-11-20 12:00")
        head = dict(order._printed().head)
        self.assertEqual(
            (head["Fecha de emisión"], head["Fecha de la venta"]),
            ("20-11-2026", "02-11-2026"),
        )
        [row] = self.env["nu_restaurant_pos.order_audit"].search(
            [("event", "=", "reissue"), ("ncf", "=", order.nu_ncf)]
        )
        self.assertIn('"sold":"2026-11-02"', row.payload)
        self.assertEqual(row.user_id, self.manager)

    def test_electronic_house_signs_them(self):
        order = self.sell_bare("2026-11-02 12:00")
        self.begin()
        self.company.nu_ecf_start = "2026-11-10"
        self.number("2026-11-20 12:00")
        self.assertEqual(order.nu_ncf[:3], "E32")
        ecf = self.env["nu.pos.ecf"].search([("ncf_id", "=", order.nu_ncf_id.id)])
        self.assertEqual(str(ecf.date_issue), "2026-11-20")
        self.assertIn("Fecha de la venta", dict(ecf._printed().head))

    def test_return_gets_its_note_after_the_sale(self):
        sale = self.sell_bare("2026-11-02 12:00")
        back = self.sell_bare("2026-11-02 13:00", back=sale)
        self.begin()
        self.assertEqual(self.number("2026-11-20 12:00"), ["2 numbered."])
        self.assertEqual((sale.nu_ncf[:3], back.nu_ncf[:3]), ("B02", "B04"))
        self.assertEqual(back.nu_ncf_id.kind, "credit_note")
        self.close("2026-11-20 23:00")
        report = self.report("607", NOVEMBER, check=True)
        self.assertEqual((report.amount, report.itbis, report.tip), (0.0, 0.0, 0.0))
        self.assertEqual(report.difference, 0)

    def test_sale_that_needs_its_buyer_waits_for_a_person(self):
        great = self.sell_bare("2026-11-02 12:00")
        self.env.cr.execute(
            "UPDATE pos_order SET amount_total = 300000 WHERE id = %s", (great.id,)
        )
        self.env.invalidate_all()
        small = self.sell_bare("2026-11-03 12:00")
        self.begin()
        result = self.number("2026-11-20 12:00")
        self.assertEqual((result[0], len(result)), ("1 numbered.", 2))
        self.assertTrue(result[1].startswith(great.pos_reference))
        self.assertTrue(small.nu_ncf_id)
        self.assertFalse(great.nu_ncf_id)

    def test_used_up_range_stops_with_a_word(self):
        for day in (2, 3):
            self.sell_bare(f"2026-11-0{day} 12:00")
        self.begin()
        self.env["nu.pos.ncf.range"].search(
            [
                ("company_id", "=", self.company.id),
                ("document_type_id", "=", self.type("B02").id),
            ]
        ).action_close()
        result = self.number("2026-11-20 12:00")
        self.assertEqual((result[0], len(result)), ("0 numbered.", 2), "once")

    def test_earlier_month_is_a_problem_of_its_own(self):
        old = self.sell_bare("2026-10-31 23:59")
        new = self.sell_bare("2026-11-01 00:01")
        self.begin()
        self.assertEqual(self.number("2026-11-20 12:00"), ["1 numbered."])
        self.assertFalse(old.nu_ncf_id)
        self.assertTrue(new.nu_ncf_id)
        self.close("2026-11-20 23:00")
        with self.at("2026-11-21 10:00"):
            october = self.report("607", check=True)
            november = self.report("607", NOVEMBER, check=True)
        self.assertIn(("UNNUMBERED_PAST", ""), self.named(october))
        self.assertEqual(october.state, "checked", "it can be filed")
        self.assertEqual(self.named(november), set())
        figure = self.figure(november, "compare", "amount")
        self.assertEqual((figure.annulled, figure.difference), (500.0, 0.0))

    def named(self, report):
        return {
            (row.code, row.ncf if row.code != "UNNUMBERED_PAST" else "")
            for row in report.problem_ids
            if row.code.startswith("UNNUMBERED")
        }

    def test_month_under_way_cannot_be_checked_before(self):
        order = self.sell_bare("2026-11-02 12:00")
        self.begin()
        with self.at("2026-11-21 10:00"):
            report = self.report("607", NOVEMBER, check=True)
        self.assertEqual(report.state, "draft")
        [problem] = report.problem_ids.filtered(lambda row: row.code == "UNNUMBERED")
        self.assertEqual(problem.action_open()["res_id"], order.id)

    def test_managers_only(self):
        self.sell_bare("2026-11-02 12:00")
        cashier = self.user("caja", "point_of_sale.group_pos_user")
        with self.assertRaises(AccessError):
            self.wizard(cashier).action_number()
