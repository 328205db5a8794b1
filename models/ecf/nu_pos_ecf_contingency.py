"""Contingency: sales go on while DGII cannot be reached, or nothing can be signed."""

from datetime import timedelta

from odoo import api, fields, models

from ...fiscal.ecf import schedule

CONTINGENCIES = [
    ("offline", "No connection: signed now, sent later"),
    ("incapable", "Cannot issue e-CF: series B receipts"),
]


class NuPosEcfContingency(models.Model):
    """One contingency of a company, from its beginning to its end.

    ``offline``: documents are signed and printed with a legend, and sent within 72
    hours. ``incapable``: series B receipts for at most 15 days, each replaced by an
    e-CF within 30 days. Decreto 587-24 arts. 40-43, Instructivo Contingencia FE.
    """

    _name = "nu.pos.ecf.contingency"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Contingency of e-CF"
    _order = "date_start desc, id desc"
    _rec_name = "date_start"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(CONTINGENCIES, required=True, readonly=True)
    date_start = fields.Datetime(string="Since", required=True, readonly=True)
    date_end = fields.Datetime(string="Until", readonly=True)
    date_limit = fields.Datetime(
        string="Limit",
        readonly=True,
        help="Documents must be sent, or series E issued again, by then.",
    )
    by_hand = fields.Boolean(readonly=True)
    note = fields.Char(readonly=True)

    _open_uniq = models.UniqueIndex(
        "(company_id) WHERE date_end IS NULL", "The company is in contingency already."
    )

    @api.model
    def _of(self, company):
        """The contingency a company is in; empty for none."""
        return self.sudo().search(
            [("company_id", "=", company.id), ("date_end", "=", False)], limit=1
        )

    @api.model
    def _cron_watch(self):
        """Warn of documents near the limit of 72 hours and of long incapacities."""
        now = fields.Datetime.now()
        warn_from = now - schedule.SEND_LIMIT + timedelta(hours=24)
        for company, oldest, count in (
            self.env["nu.pos.ecf"]
            .sudo()
            ._read_group(
                [
                    ("state", "in", ("queued", "contingency", "unknown")),
                    ("date_signed", "<=", warn_from),
                ],
                ["company_id"],
                ["date_signed:min", "__count"],
            )
        ):
            urgency = schedule.urgency(oldest, now)
            record = (
                self.env["nu.pos.ecf"]
                .sudo()
                .search(
                    [
                        ("company_id", "=", company.id),
                        ("state", "in", ("queued", "contingency", "unknown")),
                    ],
                    order="date_signed",
                    limit=1,
                )
            )
            company._nu_ecf_tell(
                record,
                self.env._("Electronic receipts must reach DGII"),
                self.env._(
                    "%(count)s receipts are not sent; the first must be there by "
                    "%(limit)s (UTC), 72 hours after it was issued.",
                    count=count,
                    limit=fields.Datetime.to_string(urgency.deadline),
                ),
            )
        for record in self.sudo().search(
            [
                ("kind", "=", "incapable"),
                ("date_end", "=", False),
                ("date_limit", "<=", now + timedelta(days=3)),
            ]
        ):
            record.company_id._nu_ecf_tell(
                record,
                self.env._("The contingency on series B ends"),
                self.env._(
                    "Series B receipts are allowed until %s (UTC). Issue electronic "
                    "receipts again before that day.",
                    fields.Datetime.to_string(record.date_limit),
                ),
            )
