"""Invoices, notes and payments of the back office in a month."""

from odoo.fields import Command

from .month_case import FIRST, MonthCase

#: Types the demo restaurant has no range of.
OTHERS = ("B03", "B11", "B13", "B16", "B17", "E41", "E43", "E46", "E47")


class OfficeMonthCase(MonthCase):
    """An accountant who bills, corrects and is paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chart = cls.env["account.chart.template"].with_company(cls.company)
        cls.chart = chart
        cls.itbis = chart.ref("tax_18_sale")
        cls.tip = chart.ref("tax_tip_sale")
        cls.state = cls.ref("partner_state")
        cls.service = cls.env["product.product"].create(
            {"name": "Catering", "type": "service", "taxes_id": False}
        )
        cls.env["nu.pos.ncf.range"].create(
            [
                {
                    "company_id": cls.company.id,
                    "document_type_id": cls.type(prefix).id,
                    "first_number": FIRST,
                    "last_number": FIRST + 98,
                    "date_expiry": cls.type(prefix).nu_expires and "2027-12-31",
                }
                for prefix in OTHERS
            ]
        )

    # -- Documents ---------------------------------------------------------------------

    def bill_out(self, day, price=1000.0, taxes=None, partner=None, **values):
        """A posted invoice of one service."""
        taxes = self.itbis if taxes is None else taxes
        with self.at(f"{day} 10:00"):
            move = self.moves().create(
                {
                    "move_type": "out_invoice",
                    "partner_id": (partner or self.buyer).id,
                    "company_id": self.company.id,
                    "invoice_date": day,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self.service.id,
                                "price_unit": price,
                                "tax_ids": [Command.set(taxes.ids)],
                            }
                        )
                    ],
                    **values,
                }
            )
            move.action_post()
        return move

    def moves(self):
        return (
            self.env["account.move"]
            .with_company(self.company)
            .with_context(allowed_company_ids=self.company.ids)
        )

    def credit_note(self, original, day, price):
        return self._note("account.move.reversal", original, day, price)

    def debit_note(self, original, day, price):
        return self._note("account.debit.note", original, day, price)

    def _note(self, wizard, original, day, price):
        values = {"reason": "Interés", "date": day}
        if wizard == "account.debit.note":
            values["copy_lines"] = True
        else:
            values["journal_id"] = original.journal_id.id
        with self.at(f"{day} 10:00"):
            done = (
                self.env[wizard]
                .with_company(self.company)
                .with_context(
                    active_model="account.move",
                    active_ids=original.ids,
                    allowed_company_ids=self.company.ids,
                )
                .create(values)
            )
            run = getattr(done, "create_debit", None) or done.refund_moves
            note = self.moves().browse(run()["res_id"])
            note.invoice_date = day
            note.invoice_line_ids.price_unit = price
            note.action_post()
        return note

    def journal(self, kind, **values):
        return self.env["account.journal"].create(
            {
                "name": f"Test {kind}",
                "code": f"T{kind[:4].upper()}",
                "type": kind,
                "company_id": self.company.id,
                **values,
            }
        )

    def pay_move(self, move, day, amount, journal=None, held=None):
        """Pay with ``amount`` of money; ``held``: ``{account code: withheld}``."""
        held = held or {}
        journal = journal or self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        owed = move.line_ids.filtered(
            lambda line: (
                line.account_id.account_type.startswith(("asset_rec", "liab"))
                and line.account_id.reconcile
            )
        )
        sign = 1 if move.move_type == "out_invoice" else -1
        money = journal.default_account_id or self.env["account.account"].search(
            [
                ("account_type", "=", "asset_cash"),
                ("company_ids", "in", self.company.ids),
            ],
            limit=1,
        )
        parts = [(money, amount)] if amount else []
        for code, value in held.items():
            parts.append((self.chart.ref(f"l10n_do_{code}"), value))
        whole = sum(value for _account, value in parts)
        with self.at(f"{day} 10:00"):
            entry = self.moves().create(
                {
                    "move_type": "entry",
                    "date": day,
                    "journal_id": journal.id,
                    "line_ids": [
                        Command.create(
                            {
                                "name": "paid",
                                "account_id": account.id,
                                "balance": sign * value,
                                "partner_id": move.partner_id.id,
                            }
                        )
                        for account, value in [*parts, (owed.account_id, -whole)]
                    ],
                }
            )
            entry.action_post()
            theirs = entry.line_ids.filtered(
                lambda line: line.account_id == owed.account_id
            )
            (owed + theirs).reconcile()
        self.env.flush_all()
        return entry

    def row(self, report, move):
        return report.line_ids.filtered(lambda line: line.ncf == move.nu_ncf)

    def text(self, report, move):
        [line] = [
            line
            for line in self.txt(report).decode().split("\r\n")
            if f"|{move.nu_ncf}|" in line
        ]
        return line
