from odoo import api, fields, models


class NuPosDgiiFile(models.TransientModel):
    """Confirm that DGII has a report, naming what it differs by."""

    _name = "nu.pos.dgii.file"
    _description = "Mark report as filed"

    report_id = fields.Many2one("nu.pos.dgii.report", required=True, readonly=True)
    currency_id = fields.Many2one(related="report_id.currency_id")
    difference = fields.Monetary(
        related="report_id.difference",
        string="Difference to the general ledger",
    )
    error_count = fields.Integer(related="report_id.error_count")
    warning_count = fields.Integer(related="report_id.warning_count")
    errors = fields.Text(compute="_compute_error_texts", string="It differs")
    reason = fields.Text(string="Why it is right")

    @api.depends("report_id")
    def _compute_error_texts(self):
        for wizard in self:
            wizard.errors = "\n".join(wizard.report_id._error_texts())

    def action_confirm(self):
        self.ensure_one()
        self.report_id.action_file(self.reason)
        return {"type": "ir.actions.act_window_close"}
