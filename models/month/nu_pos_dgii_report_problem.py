from odoo import api, fields, models

from .problem_texts import problem_texts

SEVERITIES = [("error", "Error"), ("warning", "Warning")]


class NuPosDgiiReportProblem(models.Model):
    """What is wrong with a report, where, and what to do about it."""

    _name = "nu.pos.dgii.report.problem"
    _description = "Problem of a report to DGII"
    _order = "severity, code, id"
    _rec_name = "message"

    report_id = fields.Many2one(
        "nu.pos.dgii.report", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="report_id.company_id", store=True, precompute=True
    )
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    code = fields.Char(readonly=True, required=True)
    ncf = fields.Char(string="NCF", readonly=True)
    column_number = fields.Integer(
        string="Column", readonly=True, aggregator=None, help="Of the file; 0: none."
    )
    detail = fields.Char(readonly=True)
    message = fields.Char(string="What is wrong", compute="_compute_message")
    advice = fields.Char(string="What to do", compute="_compute_message")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", string="Record", readonly=True
    )
    record_name = fields.Char(string="Where", compute="_compute_record_name")

    @api.depends("code", "detail")
    def _compute_message(self):
        texts = problem_texts(self.env)
        for problem in self:
            message, advice = texts.get(problem.code, (problem.detail, ""))
            problem.message = message
            problem.advice = advice

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for problem in self:
            record = problem._record()
            problem.record_name = record.sudo().display_name if record else ""

    def _record(self):
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id or ()).exists()

    def action_open(self):
        """Open the record to correct."""
        self.ensure_one()
        record = self._record()
        if not record or not record.has_access("read"):
            return False
        return record._get_records_action(name=record.display_name, context={})
