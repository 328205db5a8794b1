from odoo import models


class AccountDebitNote(models.TransientModel):
    _inherit = "account.debit.note"

    def _prepare_default_values(self, move):
        # EXTENDS 'account_debit_note'
        move._nu_check_modifiable()
        values = super()._prepare_default_values(move)
        return {**values, "nu_note_reason": (self.reason or "")[:90] or False}
