from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...fiscal.calendar import due_day, fiscal_day, parse_days
from ...fiscal.identity import digits_of
from ...fiscal.reports import format606, format607, format608, format609
from ...fiscal.reports.files import Month, ReportError
from ...fiscal.reports.rules import Settings

FORMATS = [
    ("606", "606 Purchases"),
    ("607", "607 Sales"),
    ("608", "608 Annulled numbers"),
    ("609", "609 Payments abroad"),
    ("it1", "IT-1 and Anexo A"),
]
STATES = [
    ("draft", "Draft"),
    ("checked", "Checked"),
    ("filed", "Filed"),
    ("amended", "Amended"),
]
FROZEN = ("filed", "amended")
#: System parameter: days DGII does not work, besides weekends and holidays.
CLOSED_DAYS = "nu_pos.dgii_closed_days"
#: The pure writers, by format.
WRITERS = {
    "606": format606.FORMAT,
    "607": format607.FORMAT,
    "608": format608.FORMAT,
    "609": format609.FORMAT,
}
#: What a person may choose; all else is written by the steps of the report.
CHOSEN = {"company_id", "format", "date_from", "note", "proportion", "proportion_given"}
#: Lists whose rows guard themselves.
FIGURES = {
    "figure_ids", "compare_ids", "listed_ids", "consumer_ids", "below_ids",
    "form_ids", "annex_ids", "acquirer_ids",
}  # fmt: skip


class NuPosDgiiReport(models.Model):
    """A format of DGII for a company and a month, from draft to filed.

    ``draft``    computed or to be computed, over and over
    ``checked``  computed, and without errors that keep it from being filed; those that
                 a person may answer for (a difference to the general ledger, a box
                 below zero) need his reason
    ``filed``    what DGII was sent: file, figures and lines never change again
    ``amended``  filed, and a later version was filed in its place

    NG 07-2018, NG 10-2018. The lines are written by one statement; the file by the
    writers of ``fiscal.reports``.
    """

    _name = "nu.pos.dgii.report"
    _description = "Report to DGII"
    _order = "date_from desc, company_id, format, version desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    format = fields.Selection(FORMATS, required=True, default="607")
    date_from = fields.Date(
        string="Month",
        required=True,
        default=lambda self: self._previous_month(),
        help="Any day of the month, as the days are in Santo Domingo.",
    )
    date_to = fields.Date(compute="_compute_date_to", store=True)
    deadline = fields.Date(
        compute="_compute_deadline",
        help="Day 15 of the next month; day 20 for the IT-1; the next working day "
        "where that is none.",
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", copy=False
    )
    version = fields.Integer(
        readonly=True, required=True, default=1, copy=False, aggregator=None
    )
    amended_id = fields.Many2one(
        "nu.pos.dgii.report",
        string="Replaces",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    is_overdue = fields.Boolean(compute="_compute_deadline")
    note = fields.Text(copy=False)
    line_ids = fields.One2many("nu.pos.dgii.report.line", "report_id", readonly=True)
    figure_ids = fields.One2many(
        "nu.pos.dgii.report.figure", "report_id", string="Figures"
    )
    compare_ids = fields.One2many(
        "nu.pos.dgii.report.figure",
        "report_id",
        string="Comparison",
        domain=[("section", "=", "compare")],
    )
    listed_ids = fields.One2many(
        "nu.pos.dgii.report.figure",
        "report_id",
        string="Totals of the file",
        domain=[("section", "=", "listed")],
    )
    consumer_ids = fields.One2many(
        "nu.pos.dgii.report.figure",
        "report_id",
        string="Consumer invoices",
        domain=[("section", "=", "consumer")],
    )
    below_ids = fields.One2many(
        "nu.pos.dgii.report.figure",
        "report_id",
        string="Not listed",
        domain=[("section", "=", "consumer_below")],
    )
    form_ids = fields.One2many(
        "nu.pos.dgii.report.figure",
        "report_id",
        string="IT-1",
        domain=[("section", "=", "form")],
    )
    annex_ids = fields.One2many(
        "nu.pos.dgii.report.figure",
        "report_id",
        string="Anexo A",
        domain=[("section", "=", "annex")],
    )
    acquirer_ids = fields.One2many(
        "nu.pos.dgii.report.figure",
        "report_id",
        string="Card acquirers",
        domain=[("section", "=", "acquirer")],
    )
    problem_ids = fields.One2many(
        "nu.pos.dgii.report.problem", "report_id", readonly=True
    )
    line_count = fields.Integer(string="Documents", readonly=True, copy=False)
    listed_count = fields.Integer(string="Lines of the file", readonly=True, copy=False)
    electronic_count = fields.Integer(
        string="e-NCF of the month", readonly=True, copy=False
    )
    sales_listed = fields.Selection(related="company_id.nu_607_series")
    error_count = fields.Integer(string="Errors", readonly=True, copy=False)
    blocking_count = fields.Integer(
        string="Errors that block",
        readonly=True,
        copy=False,
        help="Errors that nobody can answer for: the report is not filed with them.",
    )
    warning_count = fields.Integer(string="Warnings", readonly=True, copy=False)
    # purchases, sales and the return are not added up: aggregator=None
    amount = fields.Monetary(
        readonly=True,
        copy=False,
        aggregator=None,
        help="Without taxes and legal tip.",
    )
    itbis = fields.Monetary(string="ITBIS", readonly=True, copy=False, aggregator=None)
    tip = fields.Monetary(
        string="Propina legal", readonly=True, copy=False, aggregator=None
    )
    total = fields.Monetary(readonly=True, copy=False, aggregator=None)
    difference = fields.Monetary(
        readonly=True,
        copy=False,
        aggregator=None,
        help="What the general ledger has that no document of the report explains.",
    )
    date_computed = fields.Datetime(string="Computed on", readonly=True, copy=False)
    date_filed = fields.Datetime(string="Filed on", readonly=True, copy=False)
    filed_by_id = fields.Many2one(
        "res.users", string="Filed by", readonly=True, copy=False
    )
    filed_reason = fields.Text(
        string="Filed in spite of errors",
        readonly=True,
        copy=False,
        help="Why the report was right although it differs, by who filed it.",
    )
    file_name = fields.Char(compute="_compute_file_name")
    file_id = fields.Many2one(
        "ir.attachment", string="File sent", readonly=True, copy=False
    )
    file_hash = fields.Char(string="SHA-256", readonly=True, copy=False)
    # of the IT-1
    report_606_id = fields.Many2one(
        "nu.pos.dgii.report", string="606 used", readonly=True, copy=False
    )
    report_607_id = fields.Many2one(
        "nu.pos.dgii.report", string="607 used", readonly=True, copy=False
    )
    proportion = fields.Float(
        string="Coefficient of proportion",
        default=1.0,
        digits=(16, 6),
        copy=False,
        help="Art. 349: share of taxed and exported sales, for ITBIS that serves all. "
        "Reckoned from the month's operations unless it is given.",
    )
    proportion_given = fields.Boolean(
        string="Coefficient by hand",
        copy=False,
        help="The coefficient that is written here counts, not the one reckoned.",
    )

    _version_uniq = models.UniqueIndex(
        "(company_id, format, date_from, version)",
        "There is a report of this format and month already: amend it.",
    )

    # -- Fields ------------------------------------------------------------------------

    @api.model
    def _previous_month(self):
        today = fiscal_day(fields.Datetime.now())
        return today.replace(day=1) - relativedelta(months=1)

    @api.depends("format", "date_from", "version")
    def _compute_name(self):
        labels = dict(self._fields["format"]._description_selection(self.env))
        for report in self:
            name = labels.get(report.format) or ""
            if report.date_from:
                name = f"{name} {report.date_from:%Y-%m}"
            report.name = f"{name} v{report.version}" if report.version > 1 else name

    @api.depends("date_from")
    def _compute_date_to(self):
        for report in self:
            report.date_to = report.date_from and report.date_from + relativedelta(
                day=31
            )

    @api.depends("date_from", "format", "state")
    def _compute_deadline(self):
        today = fiscal_day(fields.Datetime.now())
        for report in self:
            report.deadline = report.date_from and self._due_day(
                report.date_from, report.format
            )
            report.is_overdue = bool(
                report.deadline
                and report.deadline < today
                and report.state not in FROZEN
            )

    @api.model
    def _due_day(self, month, code):
        """Last day for a format of a month: a working day of DGII."""
        text = self.env["ir.config_parameter"].sudo().get_param(CLOSED_DAYS)
        return due_day(month, 20 if code == "it1" else 15, parse_days(text))

    @api.depends("format", "date_from", "company_id.vat")
    def _compute_file_name(self):
        for report in self:
            writer, month = WRITERS.get(report.format), report._month()
            report.file_name = month and writer and writer.file_name(month)

    def _reporter(self):
        """RNC or cédula of the company, digits."""
        return digits_of(self.company_id.sudo().vat)

    def _month(self):
        """``fiscal.reports.files.Month``; None where the company has no RNC."""
        self.ensure_one()
        if not self.date_from:
            return None
        try:
            return Month(self._reporter(), self.date_from.year, self.date_from.month)
        except ReportError:
            return None

    @api.model
    def _settings(self):
        """What the sources leave open, as ``fiscal.reports.rules.Settings``: of the
        report's company, else of the one at work."""
        company = self.company_id or self.env.company
        get = self.env["ir.config_parameter"].sudo().get_param
        defaults = Settings()
        return Settings(
            consumer_threshold=type(defaults.consumer_threshold)(
                get("nu_pos.consumer_threshold") or defaults.consumer_threshold
            ),
            threshold_with_taxes=get("nu_pos.dgii_threshold") != "net",
            electronic_sales=company.sudo().nu_607_series != "paper",
            electronic_annulments=get("nu_pos.dgii_annulled") == "all",
            country_letters=get("nu_pos.dgii_countries") == "letters",
            series_b_until=self.env["account.move"]._nu_supplier_series_b_until(),
        )

    # -- What never changes --------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_chosen(vals)
            self._first_day(vals)
            if vals.get("proportion", 1) != 1:
                vals.setdefault("proportion_given", True)
            if not vals.get("amended_id"):
                self._check_first(vals)
        return super().create(vals_list)

    @api.model
    def _check_first(self, vals):
        """One report of a format and month; another version comes by an amendment."""
        defaults = self.default_get(["company_id", "format", "date_from"])
        found = self.search(
            [
                (name, "=", vals.get(name) or defaults.get(name))
                for name in ("company_id", "format", "date_from")
            ],
            limit=1,
        )
        if found:
            raise UserError(
                self.env._(
                    "%s exists already: compute it again, or amend it once filed.",
                    found.name,
                )
            )

    def write(self, vals):
        self._check_chosen(vals)
        if set(vals) - {"note"}:
            self._check_not_frozen()
        if "proportion" in vals and not self.env.su:
            # what a person writes counts, as a box that is given
            vals = {"proportion_given": True, **vals}
        self._first_day(vals)
        if {"proportion", "proportion_given"} & set(vals) and not self.env.su:
            # to be reckoned anew before it is filed
            self.sudo().state = "draft"
        if not self.env.su and {"company_id", "format", "date_from"} & set(vals):
            if any(report.line_count or report.amended_id for report in self):
                raise UserError(
                    self.env._("Month and format stay once a report is computed.")
                )
        return super().write(vals)

    def unlink(self):
        self._check_not_frozen()
        self._clear()
        return super().unlink()

    @api.model
    def _check_chosen(self, vals):
        forbidden = set(vals) - CHOSEN - FIGURES
        if forbidden and not self.env.su:
            raise AccessError(
                self.env._(
                    "%s is written by the steps of the report only.",
                    ", ".join(sorted(forbidden)),
                )
            )

    @api.model
    def _first_day(self, vals):
        if vals.get("date_from"):
            vals["date_from"] = fields.Date.to_date(vals["date_from"]).replace(day=1)

    def _check_not_frozen(self):
        for report in self:
            if report.state in FROZEN:
                raise UserError(
                    self.env._("%s was filed and never changes: amend it.", report.name)
                )

    def _others(self):
        """Other versions of the same format, month and company."""
        self.ensure_one()
        return self.search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("format", "=", self.format)
            & Domain("date_from", "=", self.date_from)
            & Domain("id", "!=", self.id)
        )
