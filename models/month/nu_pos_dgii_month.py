from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...fiscal.calendar import day_bounds_utc, fiscal_day
from ..sale.late_numbers import unnumbered
from .nu_pos_dgii_report import FORMATS

#: Days before the first deadline on which an accountant is reminded.
REMIND_DAYS = 5


class NuPosDgiiMonth(models.Model):
    """A month of a company on one page: its formats, totals, problems and deadlines."""

    _name = "nu.pos.dgii.month"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Month of reports to DGII"
    _order = "date_from desc, company_id"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="Month",
        required=True,
        default=lambda self: self._free_month(),
    )
    deadline = fields.Date(
        compute="_compute_deadline",
        string="606 to 609 until",
        help="Day 15, or the next working day.",
    )
    deadline_it1 = fields.Date(
        compute="_compute_deadline",
        string="IT-1 until",
        help="Day 20, or the next working day.",
    )
    days_left = fields.Integer(compute="_compute_deadline")
    report_ids = fields.Many2many(
        "nu.pos.dgii.report", compute="_compute_reports", string="Formats"
    )
    amount = fields.Monetary(
        compute="_compute_reports", string="Sales", help="Without taxes and legal tip."
    )
    itbis = fields.Monetary(compute="_compute_reports", string="ITBIS of sales")
    itbis_paid = fields.Monetary(
        compute="_compute_reports", string="ITBIS of purchases"
    )
    to_pay = fields.Monetary(compute="_compute_reports", string="ITBIS to pay")
    tip = fields.Monetary(compute="_compute_reports", string="Tip due to staff")
    error_count = fields.Integer(compute="_compute_reports", string="Errors")
    warning_count = fields.Integer(compute="_compute_reports", string="Warnings")
    filed_count = fields.Integer(compute="_compute_reports", string="Filed")
    progress = fields.Char(compute="_compute_reports")
    numbers_used = fields.Integer(compute="_compute_numbers", string="Numbers used")
    numbers_voided = fields.Integer(
        compute="_compute_numbers", string="Numbers annulled"
    )
    unnumbered_count = fields.Integer(
        compute="_compute_unnumbered",
        string="Sales without number",
        help="Paid in the month, with no fiscal number.",
    )
    is_under_way = fields.Boolean(compute="_compute_unnumbered")
    is_reminded = fields.Boolean(
        readonly=True, copy=False, help="An accountant was reminded of the deadline."
    )

    _month_uniq = models.UniqueIndex(
        "(company_id, date_from)", "The month has a page already."
    )

    @api.depends("date_from")
    def _compute_name(self):
        for month in self:
            month.name = month.date_from and f"{month.date_from:%Y-%m}"

    @api.depends("date_from")
    def _compute_deadline(self):
        today = fiscal_day(fields.Datetime.now())
        due = self.env["nu.pos.dgii.report"]._due_day
        for month in self:
            day = month.date_from
            month.deadline = day and due(day, "606")
            month.deadline_it1 = day and due(day, "it1")
            month.days_left = day and (month.deadline - today).days

    @api.depends("date_from", "company_id")
    def _compute_reports(self):
        Report = self.env["nu.pos.dgii.report"]
        for month in self:
            reports = Report.search(
                [
                    ("company_id", "=", month.company_id.id),
                    ("date_from", "=", month.date_from),
                    ("state", "!=", "amended"),
                ],
                order="format, version",
            )
            by_format = {report.format: report for report in reports}
            sales, form = by_format.get("607", Report), by_format.get("it1", Report)
            month.report_ids = reports
            month.amount, month.itbis, month.tip = sales.amount, sales.itbis, sales.tip
            month.itbis_paid = by_format.get("606", Report).itbis
            month.to_pay = form.total
            month.error_count = sum(reports.mapped("error_count"))
            month.warning_count = sum(reports.mapped("warning_count"))
            month.filed_count = len(
                reports.filtered(lambda report: report.state == "filed")
            )
            month.progress = f"{month.filed_count} / {len(FORMATS)}"

    @api.depends("date_from", "company_id")
    def _compute_numbers(self):
        for month in self:
            month.numbers_used = month.numbers_voided = 0
            if not month.date_from:
                continue
            Ledger = self.env["nu.pos.ncf"]
            company = Domain("company_id", "=", month.company_id.id)
            month.numbers_used = Ledger.search_count(
                company & month._issued_domain() & Domain("state", "=", "issued")
            )
            month.numbers_voided = Ledger.search_count(company & month._void_domain())

    @api.depends("date_from", "company_id")
    def _compute_unnumbered(self):
        for month in self:
            month.is_under_way = month.date_from == self._this_month()
            month.unnumbered_count = 0
            if month.date_from:
                start, end = month._bounds()
                query = unnumbered(month.company_id, start, end)
                [[count]] = self.env.execute_query(
                    SQL("SELECT COUNT(*) FROM (%s) sold", query)
                )
                month.unnumbered_count = count

    def _bounds(self):
        """Moments in UTC, of Santo Domingo's month."""
        return (
            day_bounds_utc(self.date_from)[0],
            day_bounds_utc(self._last_day())[1],
        )

    def action_number_sales(self):
        """Number what was sold without a number in the month under way."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nu_restaurant_pos.nu_pos_number_sales_action"
        )
        return {**action, "context": {"default_company_id": self.company_id.id}}

    def _last_day(self):
        return self.date_from + relativedelta(day=31)

    def _issued_domain(self):
        return Domain("date_issued_day", ">=", self.date_from) & Domain(
            "date_issued_day", "<=", self._last_day()
        )

    def _void_domain(self):
        start, end = self._bounds()
        return (
            Domain("state", "=", "voided")
            & Domain("date_voided", ">=", start)
            & Domain("date_voided", "<", end)
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("date_from"):
                day = fields.Date.to_date(vals["date_from"])
                vals["date_from"] = day.replace(day=1)
        return super().create(vals_list)

    # -- Steps -------------------------------------------------------------------------

    def action_compute(self):
        """Make the reports that are missing, and compute all that are not filed."""
        self.check_access("write")
        self._work("action_compute")

    def action_check(self):
        """The same, and look for problems."""
        self.check_access("write")
        self._work("action_check")

    def _work(self, step):
        Report = self.env["nu.pos.dgii.report"]
        for month in self:
            known = set(month.report_ids.mapped("format"))
            Report.create(
                [
                    {
                        "company_id": month.company_id.id,
                        "format": code,
                        "date_from": month.date_from,
                    }
                    for code, _name in FORMATS
                    if code not in known
                ]
            )
            month.invalidate_recordset()
            # the IT-1 comes last: it is reckoned from the 606 and the 607
            for report in month.report_ids.sorted("format"):
                if report.state in ("draft", "checked"):
                    getattr(report, step)()
            month.invalidate_recordset()

    @api.model
    def _this_month(self):
        return fiscal_day(fields.Datetime.now()).replace(day=1)

    @api.model
    def _free_month(self):
        """The month that is due, or the one under way where that has its page."""
        due = self._month_due()
        taken = self.search_count(
            [("company_id", "=", self.env.company.id), ("date_from", "=", due)]
        )
        return self._this_month() if taken else due

    @api.model
    def _month_due(self):
        """The month before this one; a company that began in this one owes nothing for
        it."""
        this = self._this_month()
        company = ("company_id", "=", self.env.company.id)
        earlier = (
            (self.env["nu.pos.ncf"], [company, ("date_issued_day", "<", this)]),
            (
                self.env["account.move"],
                [company, ("state", "=", "posted"), ("invoice_date", "<", this)],
            ),
            (self, [company, ("date_from", "<", this)]),
        )
        if any(model.sudo().search(domain, limit=1) for model, domain in earlier):
            return self.env["nu.pos.dgii.report"]._previous_month()
        return this

    @api.model
    def action_open_current(self):
        """The page of the month that is due."""
        return self._action_open(self._month_due())

    @api.model
    def action_open_this(self):
        """The page of the month under way."""
        return self._action_open(self._this_month())

    @api.model
    def _action_open(self, day):
        company = self.env.company
        month = self.search(
            [("company_id", "=", company.id), ("date_from", "=", day)], limit=1
        )
        if not month and self.has_access("create"):
            month = self.create({"company_id": company.id, "date_from": day})
        if not month:
            return self.env["ir.actions.act_window"]._for_xml_id(
                "nu_restaurant_pos.nu_pos_dgii_month_action"
            )
        return {
            "type": "ir.actions.act_window",
            "name": month.name,
            "res_model": self._name,
            "res_id": month.id,
            "views": [(False, "form")],
        }

    # -- Reminders ---------------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Remind an accountant of each month whose first deadline is near and of which
        something is not filed; once a month."""
        sold = self.env["nu.pos.ncf"]._read_group([], ["company_id"])
        day = self.env["nu.pos.dgii.report"]._previous_month()
        for (company,) in sold:
            month = self.with_company(company).search(
                [("company_id", "=", company.id), ("date_from", "=", day)], limit=1
            )
            if not month:
                month = self.create({"company_id": company.id, "date_from": day})
            if month.days_left <= REMIND_DAYS and not month.is_reminded:
                month.is_reminded = True
                if month.filed_count < len(FORMATS):
                    month._remind()

    def _remind(self):
        self.ensure_one()
        for group in (
            "account.group_account_user",
            "account.group_account_manager",
            "nu_restaurant_pos.group_fiscal_accountant",
        ):
            users = self.env.ref(group).all_user_ids.filtered(
                lambda user: self.company_id in user.company_ids and not user.share
            )
            if users:
                break
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.deadline,
            summary=self.env._("Reports to DGII of %s", self.name),
            note=self.env._(
                "606 to 609 are due on %(formats)s, the IT-1 on %(it1)s.",
                formats=self.deadline,
                it1=self.deadline_it1,
            ),
            user_id=users[:1].id or self.env.uid,
        )

    # -- Screens -----------------------------------------------------------------------

    def _action(self, xml_id, domain, name=None):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"nu_restaurant_pos.{xml_id}"
        )
        return {
            **action,
            "domain": list(domain),
            "context": {},
            **({"name": name} if name else {}),
        }

    def _day_domain(self):
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("day", ">=", self.date_from)
            & Domain("day", "<=", self._last_day())
        )

    def action_view_sales(self):
        self.ensure_one()
        return self._action("nu_pos_sales_report_action", self._day_domain())

    def action_view_payments(self):
        self.ensure_one()
        return self._action("nu_pos_payments_report_action", self._day_domain())

    def action_view_tips(self):
        self.ensure_one()
        return self._action(
            "nu_pos_sales_report_tip_action",
            self._day_domain() & Domain("tip", "!=", 0),
        )

    def action_view_numbers(self):
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id) & self._issued_domain()
        return self._action("nu_pos_ncf_action", domain)

    def action_view_voided(self):
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id) & self._void_domain()
        return self._action("nu_pos_ncf_action", domain, self.env._("Annulled numbers"))

    def action_view_problems(self):
        self.ensure_one()
        return self._action(
            "nu_pos_dgii_report_problem_action",
            Domain("report_id", "in", self.report_ids.ids),
        )
