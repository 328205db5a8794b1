from odoo import fields, models

from ..models.ecf.nu_pos_ecf_contingency import CONTINGENCIES


class NuPosEcfEnter(models.TransientModel):
    """Declare a contingency of the company."""

    _name = "nu.pos.ecf.enter"
    _description = "Declare contingency of e-CF"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(CONTINGENCIES, required=True, default="offline")
    note = fields.Char(string="Motive", size=250)

    def action_apply(self):
        """Enter it, as a POS manager of the company."""
        self.ensure_one()
        return self.company_id.action_enter_contingency(self.kind, self.note)
