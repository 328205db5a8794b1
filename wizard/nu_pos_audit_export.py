import base64
from io import StringIO

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..models.evidence.audit_chain import AuditChain

#: What fits into one download; the command ``nu_audit export`` has no limit.
MOST_ROWS = 200_000


class NuPosAuditExport(models.TransientModel):
    """The sealed rows of a period as a file that an auditor verifies without us."""

    _name = "nu.pos.audit.export"
    _description = "Export of the audit"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(
        string="To",
        required=True,
        default=fields.Date.context_today,
        help="Last day, included; days of Santo Domingo.",
    )
    file = fields.Binary(string="Download", readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)
    anchor_id = fields.Many2one("nu.pos.audit.anchor", readonly=True)
    row_count = fields.Integer(compute="_compute_anchor")
    head = fields.Char(string="Last hash", compute="_compute_anchor")

    @api.depends("anchor_id")
    def _compute_anchor(self):
        for record in self:
            record.row_count = record.anchor_id.row_count
            record.head = record.anchor_id.hash

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for record in self:
            if record.date_from > record.date_to:
                raise ValidationError(
                    self.env._("The period ends before it begins: change the dates.")
                )

    def action_export(self):
        """Make the file and show it for download."""
        self.ensure_one()
        self.env["nu_restaurant_pos.order_audit"].check_access("read")
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of the companies you work in."))
        audit_chain = AuditChain(self.env, self.company_id)
        period = {"date_from": self.date_from, "date_to": self.date_to}
        span = audit_chain.span(**period)
        if span and span["count"] > MOST_ROWS:
            raise UserError(
                self.env._(
                    "The period has %(count)s rows, a download holds %(most)s: choose "
                    "a shorter one or use the command nu_audit export.",
                    count=span["count"],
                    most=MOST_ROWS,
                )
            )
        text = StringIO()
        anchor = audit_chain.export(text.write, **period)
        self.write(
            {
                "anchor_id": anchor.id,
                "file": base64.b64encode(text.getvalue().encode()),
                "file_name": f"audit-{self.date_from}-{self.date_to}.jsonl",
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
