from odoo import api, fields, models
from odoo.exceptions import AccessError


class AccountMove(models.Model):
    _inherit = "account.move"

    nu_ncf_id = fields.Many2one(
        "nu.pos.ncf",
        string="NCF record",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    nu_ncf = fields.Char(
        related="nu_ncf_id.name", string="NCF", store=True, index="btree_not_null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account'
        for vals in vals_list:
            self._nu_check_writable(vals)
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'account'
        self._nu_check_writable(vals)
        return super().write(vals)

    @api.model
    def _nu_check_writable(self, vals):
        """The number of an invoice is its sale's; the system alone writes it."""
        if "nu_ncf_id" in vals and not self.env.su:
            raise AccessError(self.env._("The NCF is written by the sale only."))
