from odoo import models


class AccountFiscalPosition(models.Model):
    _inherit = "account.fiscal.position"

    def write(self, vals):
        # EXTENDS 'account'
        # ``account.tax._nu_final_ids`` remembers what positions map
        self.env.registry.clear_cache()
        return super().write(vals)
