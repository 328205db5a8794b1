from odoo import fields, models
from odoo.exceptions import UserError

from ..fiscal.ecf.messages import REFUSED


class NuPosEcfReject(models.TransientModel):
    """Reject a received e-CF commercially, with the reason its issuer will read."""

    _name = "nu.pos.ecf.reject"
    _description = "Reject electronic receipt"

    received_id = fields.Many2one(
        "nu.pos.ecf.received",
        string="Receipt",
        required=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    reason = fields.Char(
        required=True, size=250, help="DetalleMotivoRechazo, 250 characters at most."
    )

    def action_apply(self):
        """Sign the rejection; a job sends it to DGII and to the issuer."""
        self.ensure_one()
        record = self.received_id._check_actor()
        reason = " ".join((self.reason or "").split())[:250]
        if not reason:
            raise UserError(self.env._("Say why the receipt is rejected."))
        record._give_answer(REFUSED, reason)
        return {"type": "ir.actions.act_window_close"}
