"""A month of the demo restaurant, sold, bought and closed."""

from datetime import date, datetime

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from ..fiscal.ecf.self_signed import self_signed
from .common import FiscalCase

OCTOBER = date(2026, 10, 1)
#: First number of the ranges of the month.
FIRST = 7_000_001


class MonthCase(FiscalCase):
    """Sales at given moments of Santo Domingo; bills of suppliers; reports."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.ref("user_accountant")
        cls.manager = cls.ref("user_manager")
        # valid in the months of the tests, whenever they run
        signer = self_signed("Pruebas", cls.company.vat, datetime(2026, 8, 1), 3650)
        with freeze_time("2026-08-01"):
            cls.env["nu.pos.ecf.certificate"]._keep(cls.company, signer)
        # signed in production: what is signed for a test is in no report
        cls.company.nu_ecf_environment = "ecf"
        cls._renumber()
        cls.Report = cls.env["nu.pos.dgii.report"].with_user(cls.accountant)
        cls.supplier = cls.env["res.partner"].create(
            {"name": "Mercado Nuevo, SRL", "vat": "101850043", "is_company": True}
        )

    @classmethod
    def _renumber(cls):
        """Ranges of their own: what other tests took for good moves no number here."""
        ranges = cls.env["nu.pos.ncf.range"].search(
            [("company_id", "=", cls.company.id), ("state", "!=", "closed")]
        )
        types = ranges.document_type_id
        ranges.action_close()
        cls.env["nu.pos.ncf.range"].create(
            [
                {
                    "company_id": cls.company.id,
                    "document_type_id": kind.id,
                    "first_number": FIRST,
                    "last_number": FIRST + 9_999,
                    "date_expiry": kind.nu_expires and "2027-12-31",
                }
                for kind in types
            ]
        )

    # -- Sales -------------------------------------------------------------------------

    def at(self, moment):
        """Live at a moment, ``"2026-10-05 13:30"`` in Santo Domingo."""
        local = datetime.fromisoformat(moment)
        return freeze_time(fields.Datetime.add(local, hours=4))

    def sell(self, moment, *lines, **values):
        with self.at(moment):
            return self.order_of(self.finalize(self.snapshot(*lines, **values)))

    def give_back(self, moment, order, **wire):
        with self.at(moment):
            body = (
                self.env["nu.pos.refund"]
                .with_user(self.manager)
                .submit(str(order.id), wire)
                .body
            )
            self.env.invalidate_all()
            return self.env["pos.order"].browse(body["refund_id"])

    def pay(self, **amounts):
        methods = {
            "cash": self.cash,
            "card": self.card,
            "credit": self.credit,
            "transfer": self.ref("pm_transfer"),
            "voucher": self.ref("pm_voucher"),
        }
        return [
            {"payment_method_id": methods[name].id, "amount": amount}
            for name, amount in amounts.items()
        ]

    def close(self, moment, session=None):
        """Close the session, so that its sales are booked."""
        session = session or self.config.current_session_id
        with self.at(moment):
            self.env.flush_all()
            session = session.with_user(self.env.ref("base.user_admin")).sudo()
            session.action_pos_session_closing_control()
            if session.state != "closed":
                session.action_pos_session_close()
            self.env.invalidate_all()
        self.assertEqual(session.state, "closed")
        return session.move_id

    def open(self, moment):
        with self.at(moment):
            session = self.env["pos.session"].create({"config_id": self.config.id})
            session.set_opening_control(0, None)
        return session

    def annul(self, order, reason="08", moment="2026-10-20 12:00"):
        with self.at(moment):
            order.nu_ncf_id._void(reason)

    # -- Purchases ---------------------------------------------------------------------

    def tax(self, name, use="purchase"):
        return self.env["account.tax"].search(
            [
                ("company_id", "=", self.company.id),
                ("type_tax_use", "=", use),
                ("name", "=", name),
            ],
            limit=1,
        )

    def bill(self, day, ncf, *lines, refund=False, partner=None, **values):
        """A posted bill of ``(amount, "goods" or "services", tax names)``."""
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "purchase")], limit=1
        )
        products = {
            kind: self.env["product.product"].create(
                {"name": kind, "type": "service" if kind == "services" else "consu"}
            )
            for kind in {line[1] for line in lines}
        }
        own = values.pop("own", None)
        if own:
            # a number the company issues to itself
            values["nu_document_type_id"] = self.type(own).id
        with self.at(f"{day} 11:00"):
            move = (
                self.env["account.move"]
                .with_company(self.company)
                .with_context(allowed_company_ids=self.company.ids)
                .create(
                    {
                        "move_type": "in_refund" if refund else "in_invoice",
                        "partner_id": (partner or self.supplier).id,
                        "invoice_date": day,
                        "date": day,
                        "journal_id": journal.id,
                        "nu_expense_type": "09",
                        "nu_payment_form": "04",
                        "nu_supplier_ncf": ncf,
                        "invoice_line_ids": [
                            Command.create(
                                {
                                    "name": kind,
                                    "product_id": products[kind].id,
                                    "price_unit": amount,
                                    "tax_ids": [
                                        Command.set(
                                            [self.tax(name).id for name in taxes]
                                        )
                                    ],
                                }
                            )
                            for amount, kind, taxes in lines
                        ],
                        **values,
                    }
                )
            )
            move.action_post()
        self.env.flush_all()
        return move

    # -- Reports -----------------------------------------------------------------------

    def report(self, code, month=OCTOBER, check=False):
        report = self.Report.create(
            {"format": code, "date_from": month, "company_id": self.company.id}
        )
        report.action_check() if check else report.action_compute()
        self.env.invalidate_all()
        return report

    def txt(self, report):
        return b"".join(report._stream())

    def problems(self, report):
        return sorted((row.code, row.ncf or "") for row in report.problem_ids)

    def figure(self, report, section, code):
        return report.figure_ids.filtered(
            lambda row: row.section == section and row.code == code
        )

    def filed(self):
        self.sell("2026-10-05 12:00", fiscal_type="B01", partner_id=self.buyer.id)
        self.close("2026-10-05 23:00")
        report = self.report("607", check=True)
        report.action_file()
        return report
