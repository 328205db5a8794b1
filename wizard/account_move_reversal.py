from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def _prepare_default_reversal(self, move):
        # EXTENDS 'account'
        move._nu_check_modifiable()
        values = super()._prepare_default_reversal(move)
        return {**values, "nu_note_reason": (self.reason or "")[:90] or False}
