from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...fiscal.reports.it1 import ANNEX, FORM
from .it1_return import It1Return, of_the_state
from .report_figures import PAYMENTS, WITHHELD

SECTIONS = [
    ("compare", "Report, number ledger and general ledger"),
    ("listed", "Lines of the file"),
    ("consumer", "Consumer invoices, all of the month"),
    ("consumer_below", "Consumer invoices that are not listed"),
    ("annex", "Anexo A"),
    ("form", "IT-1"),
    ("acquirer", "Withheld by card acquirers"),
]

#: Boxes of the IT-1 reckoned from others, or given: no document is behind them.
RECKONED = frozenset((*range(26, 30), *range(31, 39), *range(61, 69)))
#: Boxes of Anexo A that hold one type of receipt, by code of series B.
_OF_TYPE = {
    1: "01", 2: "02", 3: "03", 4: "04", 5: "12", 6: "14", 7: "15", 8: "16",
}  # fmt: skip


class NuPosDgiiReportFigure(models.Model):
    """A figure of a report, and what it is compared with."""

    _name = "nu.pos.dgii.report.figure"
    _description = "Figure of a report to DGII"
    _order = "report_id, sequence, id"

    report_id = fields.Many2one(
        "nu.pos.dgii.report", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="report_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(readonly=True)
    section = fields.Selection(SECTIONS, required=True, readonly=True)
    code = fields.Char(readonly=True, required=True)
    name = fields.Char(compute="_compute_name")
    label = fields.Char(readonly=True, help="Name of what has no box.")
    count = fields.Integer(readonly=True, aggregator=None)
    amount = fields.Monetary(readonly=True)
    local_amount = fields.Monetary(string="Local purchases", readonly=True)
    services_amount = fields.Monetary(string="Services", readonly=True)
    imports_amount = fields.Monetary(string="Imports", readonly=True)
    is_given = fields.Boolean(
        readonly=True, help="A box nothing else fills: give its amount."
    )
    has_documents = fields.Boolean(compute="_compute_has_documents")
    given = fields.Monetary(help="In place of what was reckoned.")
    has_given = fields.Boolean(
        string="Use the given",
        compute="_compute_has_given",
        store=True,
        readonly=False,
        help="The amount given counts, a zero too. Off: what was reckoned counts.",
    )
    ledger = fields.Monetary(string="Number ledger", readonly=True)
    has_ledger = fields.Boolean(readonly=True)
    booked = fields.Monetary(
        string="General ledger", readonly=True, help="Movement of the month."
    )
    unbooked = fields.Monetary(
        string="Not booked yet",
        readonly=True,
        help="Documents whose entry is not posted: their session is open.",
    )
    elsewhere = fields.Monetary(
        string="Booked in other months",
        readonly=True,
        help="Documents of the month that are booked in another, less those of other "
        "months that are booked in this one.",
    )
    annulled = fields.Monetary(
        readonly=True,
        help="Sales whose number is annulled, with their returns, those of a test "
        "environment and those without number, booked this month.",
    )
    difference = fields.Monetary(readonly=True, help="What nothing explains.")

    _code_uniq = models.UniqueIndex("(report_id, section, code)")

    @api.depends("section", "code", "label")
    def _compute_name(self):
        names = {
            "count": self.env._("Receipts"),
            "amount": self.env._("Amount without taxes"),
            "itbis": self.env._("ITBIS"),
            "isc": self.env._("ISC"),
            "other_taxes": self.env._("Other taxes"),
            "tip": self.env._("Propina legal"),
            "total": self.env._("Total"),
            "cash": self.env._("Cash"),
            "bank": self.env._("Transfer or cheque"),
            "card": self.env._("Card"),
            "credit": self.env._("On credit"),
            "voucher": self.env._("Gift vouchers"),
            "barter": self.env._("Barter"),
            "other_form": self.env._("Other forms"),
            "itbis_withheld": self.env._("ITBIS withheld"),
            "itbis_credit": self.env._("ITBIS to credit"),
            "itbis_cost": self.env._("ITBIS to cost"),
            "isr_withheld": self.env._("ISR withheld"),
            "services": self.env._("Services"),
            "goods": self.env._("Goods"),
        }
        for figure in self:
            boxes = {"annex": ANNEX, "form": FORM}.get(figure.section)
            if figure.label:
                figure.name = figure.label
            elif boxes and figure.code.isdigit():
                figure.name = boxes[int(figure.code)][0]
            else:
                figure.name = names.get(figure.code, figure.code)

    @api.depends("section", "code", "amount", "count")
    def _compute_has_documents(self):
        for figure in self:
            reckoned = figure.section == "form" and int(figure.code) in RECKONED
            figure.has_documents = (figure.amount or figure.count) and not reckoned

    @api.depends("given")
    def _compute_has_given(self):
        for figure in self:
            figure.has_given = figure.has_given or bool(figure.given)

    def _given(self):
        """``{(section, code): pesos}`` of what a person gave."""
        return {
            (figure.section, figure.code): figure.given
            for figure in self
            if figure.has_given
        }

    def write(self, vals):
        self.report_id._check_not_frozen()
        if "given" in vals:
            # a zero is given too
            vals = {"has_given": True, **vals}
        if not self.env.su and set(vals) - {"given", "has_given"}:
            raise UserError(self.env._("Only a box's own amount can be given."))
        result = super().write(vals)
        if "has_given" in vals and not self.env.su:
            for report in self.report_id:
                report.sudo().state = "draft"
        return result

    def unlink(self):
        self.report_id._check_not_frozen()
        return super().unlink()

    def action_open(self):
        """The documents behind the figure."""
        self.ensure_one()
        if self.section == "acquirer":
            return self.report_id._action_acquirer(int(self.code))
        report, domain = self._documents()
        if self.code in self.env["nu.pos.dgii.report.line"]._fields:
            domain &= _not_zero(self.code)
        return report._action_lines(self.name, domain)

    def _documents(self):
        """``(report, domain)`` of the lines behind the figure."""
        report = self.report_id
        if report.format == "it1":
            return self._box_documents()
        if self.section == "listed":
            domain = Domain("listed", "=", True)
            if report.format in ("606", "607") and self.code not in (
                "count",
                *WITHHELD,
            ):
                domain &= Domain("repeated", "=", False)
            return report, domain
        if self.section in ("consumer", "consumer_below"):
            domain = Domain("type_code", "=", "02")
            if not report._settings().electronic_sales:
                domain &= Domain("ncf", "=like", "B%")
            if self.section == "consumer_below":
                domain &= Domain("listed", "=", False)
            return report, domain
        return report, Domain.TRUE

    def _box_documents(self):
        """``(report, domain)`` of the documents of a box: bills of the 606, or sales of
        the 607."""
        box, report = int(self.code), self.report_id
        bought, sold = report.report_606_id, report.report_607_id or report
        withheld, once = _not_zero("itbis_withheld"), Domain("repeated", "=", False)
        if self.section == "annex":
            if box in _OF_TYPE:
                return sold, once & Domain("type_code", "=", _OF_TYPE[box])
            if 12 <= box <= 18:
                return sold, once & _not_zero(PAYMENTS[box - 12])
            if 20 <= box <= 25:
                return sold, once & Domain("income_type", "=", f"{box - 19:02}")
            if box in (29, 31):
                state = of_the_state()
                return sold, withheld & (state if box == 31 else ~state)
            if box == 43:
                return sold, Domain("id", "in", It1Return(report).late_notes().ids)
            if box == 44:
                special = Domain("listed", "=", True) & Domain("type_code", "=", "14")
                return bought, once & special
            if 45 <= box <= 56:
                return bought, once & Domain("listed", "=", True)
        elif box in (2, 5):
            return sold, once & Domain("type_code", "=", "16" if box == 2 else "14")
        elif box == 30:
            return sold, withheld
        elif 22 <= box <= 25:
            return bought, once & Domain("listed", "=", True)
        elif 39 <= box <= 60:
            return bought, withheld
        return sold, once


def _not_zero(name):
    """Neither zero nor empty."""
    return Domain(name, "<", 0) | Domain(name, ">", 0)
