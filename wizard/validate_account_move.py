from odoo import fields, models


class ValidateAccountMove(models.TransientModel):
    _inherit = "validate.account.move"

    def validate_move(self):
        # EXTENDS 'account'
        # Numbers are taken before the wizard writes anything.
        moves, today = self.move_ids, fields.Date.context_today(self)
        if not self.force_post:
            moves = moves.filtered(lambda move: move.date <= today)
        moves._nu_take_ahead()
        return super().validate_move()
