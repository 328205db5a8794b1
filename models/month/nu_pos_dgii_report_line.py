from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...fiscal.annulment import ANNULMENT_REASONS
from ...fiscal.reports import codes


class Link(fields.Many2one):
    """A Many2one without a foreign key.

    A million rows are written without looking up each of their links, and what was
    filed stays as it was whatever becomes of its documents.
    """

    def update_db_foreign_key(self, model, column):
        """The database keeps no watch."""


class NuPosDgiiReportLine(models.Model):
    """A document of a report: one row of its file, or a consumer receipt of its
    summary.

    Made by one statement for the whole month (``nu.pos.dgii.documents``), never by
    the ORM. Amounts are positive as in the file; ``amount_net`` and ``total_net`` have
    the sign of the sales book.
    """

    _name = "nu.pos.dgii.report.line"
    _description = "Line of a report to DGII"
    _order = "id"
    _rec_name = "ncf"
    _log_access = False

    report_id = Link("nu.pos.dgii.report", required=True, readonly=True)
    company_id = Link("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    listed = fields.Boolean(
        readonly=True, help="In the file; the others are in the summary only."
    )
    repeated = fields.Boolean(
        readonly=True,
        help="A receipt of an earlier month whose tax was withheld in this one.",
    )
    type_code = fields.Char(string="Type", readonly=True, help="Code of series B.")
    ncf = fields.Char(string="NCF", readonly=True)
    modified_ncf = fields.Char(string="Modified NCF", readonly=True)
    modified_date = fields.Date(string="Date of the modified NCF", readonly=True)
    identity = fields.Char(string="RNC or cédula", readonly=True)
    identity_type = fields.Char(string="Kind of id", readonly=True)
    date = fields.Date(readonly=True)
    date_withheld = fields.Date(string="Withheld on", readonly=True)
    date_posted = fields.Date(
        string="Booked on", readonly=True, help="Day of the entry in the ledger."
    )
    income_type = fields.Selection(
        list(codes.INCOMES.items()), string="Type of income", readonly=True
    )
    expense_type = fields.Selection(
        list(codes.EXPENSES.items()), string="Type of expense", readonly=True
    )
    isr_type = fields.Selection(
        list(codes.INCOME_TAX_WITHHOLDINGS.items()),
        string="Type of ISR withheld",
        readonly=True,
    )
    payment_form = fields.Selection(
        list(codes.PAYMENT_FORMS.items()), string="Form of payment", readonly=True
    )
    reason = fields.Selection(
        [(row.code, row.spanish) for row in ANNULMENT_REASONS.values()],
        string="Annulment reason",
        readonly=True,
    )
    # as the file has them, notes positive: no sums (``..._net`` have the sign)
    amount = fields.Monetary(
        readonly=True, aggregator=None, help="Without taxes and legal tip."
    )
    services = fields.Monetary(readonly=True)
    goods = fields.Monetary(readonly=True)
    itbis = fields.Monetary(string="ITBIS", readonly=True, aggregator=None)
    itbis_withheld = fields.Monetary(string="ITBIS withheld", readonly=True)
    itbis_proportional = fields.Monetary(string="ITBIS in proportion", readonly=True)
    itbis_cost = fields.Monetary(string="ITBIS to cost", readonly=True)
    itbis_credit = fields.Monetary(string="ITBIS to credit", readonly=True)
    isr_withheld = fields.Monetary(string="ISR withheld", readonly=True)
    isc = fields.Monetary(string="ISC", readonly=True)
    other_taxes = fields.Monetary(readonly=True)
    tip = fields.Monetary(string="Propina legal", readonly=True, aggregator=None)
    cash = fields.Monetary(readonly=True)
    bank = fields.Monetary(string="Transfer or cheque", readonly=True)
    card = fields.Monetary(readonly=True)
    credit = fields.Monetary(string="On credit", readonly=True)
    voucher = fields.Monetary(string="Gift vouchers", readonly=True)
    barter = fields.Monetary(readonly=True)
    other_form = fields.Monetary(string="Other forms", readonly=True)
    total = fields.Monetary(
        readonly=True, aggregator=None, help="With taxes and legal tip."
    )
    amount_net = fields.Monetary(
        string="Net amount", readonly=True, help="Credit notes are taken off."
    )
    total_net = fields.Monetary(
        string="Net total", readonly=True, help="Credit notes are taken off."
    )
    itbis_net = fields.Monetary(
        string="Net ITBIS", compute="_compute_net", help="Credit notes are taken off."
    )
    tip_net = fields.Monetary(
        string="Net tip", compute="_compute_net", help="Credit notes are taken off."
    )
    payee = fields.Char(readonly=True)
    country = fields.Char(readonly=True)
    service = fields.Char(readonly=True)
    service_detail = fields.Char(readonly=True)
    related = fields.Char(string="Related party", readonly=True)
    partner_id = Link("res.partner", string="Contact", readonly=True)
    ncf_id = Link("nu.pos.ncf", string="NCF record", readonly=True)
    order_id = Link("pos.order", readonly=True)
    move_id = Link("account.move", string="Invoice", readonly=True)
    config_id = Link("pos.config", string="Register", readonly=True)

    _place = models.Index("(report_id, id)")
    _number = models.Index("(report_id, ncf)")

    @api.depends("itbis", "tip", "amount_net", "repeated")
    def _compute_net(self):
        for line in self:
            sign = -1 if line.amount_net < 0 else 1
            sign = 0 if line.repeated else sign
            line.itbis_net, line.tip_net = sign * line.itbis, sign * line.tip

    def create(self, vals_list):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Lines are computed from the documents."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Lines are computed from the documents."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("Lines are computed from the documents."))

    def action_open(self):
        """Open the document: the invoice, else the order, else the number."""
        self.ensure_one()
        for link in (self.move_id, self.order_id, self.ncf_id):
            record = link.exists()
            if record and record.has_access("read"):
                return record._get_records_action(name=record.display_name, context={})
        return False
