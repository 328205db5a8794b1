from odoo import models


class PosSession(models.Model):
    """The rows of a session are sealed as soon as it is closed."""

    _inherit = "pos.session"

    def _validate_session(
        self,
        balancing_account=False,
        amount_to_balance=0,
        bank_payment_method_diffs=None,
    ):
        # EXTENDS 'point_of_sale'
        result = super()._validate_session(
            balancing_account, amount_to_balance, bank_payment_method_diffs
        )
        # Anything else than True is a question to the user, the session stays open.
        # The job runs after our commit: rows of this very transaction count too.
        if result is True:
            self.env.ref("nu_restaurant_pos.cron_seal_audit").sudo()._trigger()
        return result
